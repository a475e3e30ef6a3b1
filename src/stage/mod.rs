//! The stage: draws what `engine::scene` computes, and listens to clicks.

pub mod badge;
mod cards;
mod layer;
mod legend;
mod links;
pub mod menu;
mod preview;
mod rows;
mod shelves;

pub use legend::legend;
pub use preview::Preview;

use crate::player::{Command, Player};
use cards::NodeCard;
use layer::Layer;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::svg::G;
use links::LinkPair;
use menu::Menu;
use patternscope_engine::kernel::{NodeId, Simulation, Topology, View};
use patternscope_engine::scene::{Frame, Layout, Needs, PairId, Spot, Sprite, Travel, glyph};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// A picture's fixed parts.
#[derive(Default)]
pub struct Scene {
    /// Where everything is.
    pub layout: Layout,
    /// What it is.
    pub topology: Arc<Topology>,
}

/// What the user wants a menu of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// A node.
    Node(NodeId),
    /// Both directions between two nodes.
    Pair(PairId),
}

/// An open menu: of what, and where.
#[derive(Clone, Copy, PartialEq)]
pub struct Opened {
    picked: Picked,
    spot: Spot,
}

/// A finger is less exact than a message is small.
const REACH: f32 = 13.0;

/// The moving picture of a run.
#[component]
pub fn Stage(
    player: Player,
    /// Kept free at the bottom, in pixels.
    #[prop(default = 0.0)]
    reserved: f32,
) -> impl IntoView {
    let root = NodeRef::<Div>::new();
    let messages = NodeRef::<G>::new();
    let size = RwSignal::new((0.0_f32, 0.0_f32));
    let scene = RwSignal::new(Arc::new(Scene::default()));
    let opened = RwSignal::new(None::<Opened>);
    let frame = Rc::new(RefCell::new(Frame::default()));
    let frame_to_pick = StoredValue::new_local(frame.clone());
    let nodes = player.watch(badge::nodes);
    let links = player.watch(badge::links);
    arrange(player, size, nodes, scene, reserved);
    Effect::new(move |_| {
        if let Some(root) = root.get() {
            observe_size(&root, size);
            observe_visibility(&root, player);
        }
    });
    Effect::new(move |_| {
        let group = messages.get();
        if let Some(layer) = group.and_then(|group| Layer::new(&group)) {
            player.set_painter(painter(player, layer, frame.clone(), scene));
        }
    });
    let on_pick = picking(player, root, frame_to_pick, scene, opened);
    let size_of = move |pick: fn(&Layout) -> f32| scene.with(|scene| pick(&scene.layout));
    let box_of = move || format!("0 0 {} {}", size_of(|l| l.width), size_of(|l| l.height));
    let pairs = move || {
        let scene = scene.get();
        let pair = |index| view! { <LinkPair scene=scene.clone() index=index badges=links on_pick=on_pick/> };
        (0..scene.layout.pairs.len()).map(pair).collect_view()
    };
    let cards = move || {
        let scene = scene.get();
        let card = |index| view! { <NodeCard scene=scene.clone() index=index badges=nodes on_pick=on_pick/> };
        (0..scene.layout.cards.len()).map(card).collect_view()
    };
    let class = move || {
        if player.selected.get().is_some() {
            "stage following"
        } else {
            "stage"
        }
    };
    view! {
        <div class=class node_ref=root on:click=move |event| on_pick.run((event.into(), None))>
            <svg viewBox=box_of role="group" aria-label=format!("Stage: {}", player.pattern.title)>
                <g class="links">{pairs}</g>
                <g class="nodes">{cards}</g>
                <g class="messages" aria-hidden="true" node_ref=messages></g>
            </svg>
            <Menu player=player scene=scene opened=opened/>
        </div>
    }
}

/// A click on a message follows it; any other opens the menu of what is there.
fn picking(
    player: Player,
    root: NodeRef<Div>,
    frame: StoredValue<Rc<RefCell<Frame>>, LocalStorage>,
    scene: RwSignal<Arc<Scene>>,
    opened: RwSignal<Option<Opened>>,
) -> Callback<(web_sys::Event, Option<Picked>)> {
    Callback::new(move |(event, picked): (web_sys::Event, Option<Picked>)| {
        event.stop_propagation();
        let spot = spot_of(&event, root);
        let found = spot.and_then(|spot| {
            frame.with_value(|frame| frame.borrow().pick(spot, REACH).map(|s| s.flow))
        });
        if found.is_some() {
            opened.set(None);
            return player.dispatch(Command::Select(found));
        }
        let spot = spot.or_else(|| picked.map(|picked| anchor(&scene.get_untracked(), picked)));
        opened.set(
            picked
                .zip(spot)
                .map(|(picked, spot)| Opened { picked, spot }),
        );
    })
}

/// Lays the picture out again when its size or what is in it changes.
fn arrange(
    player: Player,
    size: RwSignal<(f32, f32)>,
    nodes: Memo<Vec<badge::NodeBadge>>,
    scene: RwSignal<Arc<Scene>>,
    reserved: f32,
) {
    let needs = Memo::new(move |_| {
        let need = |badge: &badge::NodeBadge| Needs {
            workers: badge.workers,
        };
        nodes.with(|nodes| nodes.iter().map(need).collect::<Vec<_>>())
    });
    Effect::new(move |_| {
        player.run.track();
        let (width, height) = size.get();
        if width < 1.0 {
            return;
        }
        let needs = needs.get();
        let topology = player.read(|history| history.simulation().topology().clone());
        let layout = Layout::new(&topology, &needs, width, height, reserved);
        scene.set(Arc::new(Scene { layout, topology }));
        player.repaint();
    });
}

fn painter(
    player: Player,
    mut layer: Layer,
    frame: Rc<RefCell<Frame>>,
    scene: RwSignal<Arc<Scene>>,
) -> crate::player::Painter {
    let mut view = View::default();
    let discards = player.pattern.discards;
    Box::new(move |history, paint| {
        let Some(scene) = scene.try_get_untracked() else {
            return;
        };
        let simulation = history.simulation();
        if scene.layout.lanes.len() != simulation.topology().links().len() {
            return;
        }
        simulation.view(&mut view);
        let travel = Travel {
            still: paint.still,
            fall: paint.fall,
        };
        let mut frame = frame.borrow_mut();
        let recent = history.recent().rev();
        frame.fill(&scene.layout, simulation, &view, recent, discards, travel);
        layer.draw(&frame, paint.selected, |sprite, text| {
            describe(simulation, sprite, text);
        });
    })
}

/// What a message carries, or else the number of its unit of work.
fn describe(simulation: &Simulation, sprite: &Sprite, text: &mut String) {
    let key = sprite.message.0.get() - 1;
    if let Some(message) = simulation.world().flights.get(key) {
        simulation.model().describe(message, text);
    }
    if text.is_empty() {
        glyph::write_count(text, sprite.flow.0);
    }
}

/// Where an event of a pointer happened, in the stage's pixels.
fn spot_of(event: &web_sys::Event, root: NodeRef<Div>) -> Option<Spot> {
    let pointer = event.dyn_ref::<web_sys::MouseEvent>()?;
    // A click made by a keyboard has no place.
    if pointer.detail() == 0 {
        return None;
    }
    let edge = root.get_untracked()?.get_bounding_client_rect();
    Some(Spot {
        x: (f64::from(pointer.client_x()) - edge.left()) as f32,
        y: (f64::from(pointer.client_y()) - edge.top()) as f32,
    })
}

fn anchor(scene: &Scene, picked: Picked) -> Spot {
    let layout = &scene.layout;
    match picked {
        Picked::Node(node) => layout.cards[node.index()].area.centre(),
        Picked::Pair(pair) => {
            let (link, _) = layout.pairs[usize::from(pair.0)];
            layout.lanes[link.index()].at(0.5)
        }
    }
}

/// Follows the size of an element until the view goes.
fn observe_size(root: &web_sys::Element, size: RwSignal<(f32, f32)>) {
    let watched = root.clone();
    let measure = move || {
        let edge = watched.get_bounding_client_rect();
        let now = (edge.width() as f32, edge.height() as f32);
        if size.try_get_untracked().is_some_and(|before| before != now) {
            size.set(now);
        }
    };
    measure();
    let on_resize = Closure::<dyn FnMut(JsValue)>::new(move |_| measure());
    if let Ok(observer) = web_sys::ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
        observer.observe(root);
        let kept = StoredValue::new_local((observer, on_resize));
        on_cleanup(move || kept.with_value(|(observer, _)| observer.disconnect()));
    }
}

/// Lets the pulse rest while nobody can see the stage.
fn observe_visibility(root: &web_sys::Element, player: Player) {
    let on_screen = Rc::new(RefCell::new(true));
    let judge = {
        let on_screen = on_screen.clone();
        move || player.set_visible(*on_screen.borrow() && !document().hidden())
    };
    let on_hidden = window_event_listener_untyped("visibilitychange", {
        let judge = judge.clone();
        move |_| judge()
    });
    let on_cross = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let last = entries
            .pop()
            .dyn_into::<web_sys::IntersectionObserverEntry>();
        if let Ok(entry) = last {
            *on_screen.borrow_mut() = entry.is_intersecting();
            judge();
        }
    });
    let observer = web_sys::IntersectionObserver::new(on_cross.as_ref().unchecked_ref());
    let Ok(observer) = observer else {
        return on_cleanup(move || on_hidden.remove());
    };
    observer.observe(root);
    let kept = StoredValue::new_local((observer, on_cross));
    on_cleanup(move || {
        on_hidden.remove();
        kept.with_value(|(observer, _)| observer.disconnect());
    });
}
