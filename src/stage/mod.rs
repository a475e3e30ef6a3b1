//! The stage: draws what `engine::scene` computes, and listens to clicks.

pub mod event_time;
mod layer;
mod legend;
mod marks;
pub mod menu;
mod pickable;
mod preview;
mod shelves;

pub use legend::legend;
pub use patternscope_engine::drawing::badge;
pub use preview::preview;

use crate::dom::{Element, follow, html, listen, svg, watch_sight};
use crate::player::{Command, Player};
use crate::signals::{Memo, State};
use event_time::{event_time_plot, has_event_time};
use layer::Layer;
use leptos::prelude::*;
use marks::marks;
use menu::menu;
use patternscope_engine::History;
use patternscope_engine::drawing::{cards, links, moving, workflow};
use patternscope_engine::kernel::decimal::Number;
use patternscope_engine::kernel::view::{Pointer, ShortName};
use patternscope_engine::kernel::{Hue, NodeId, Topology, View};
use patternscope_engine::scene::{Frame, Layout, Needs, PairId, Spot, Travel};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::Event;

/// A picture's fixed parts.
#[derive(Default)]
pub struct Scene {
    /// Where everything is.
    pub layout: Layout,
    /// What it is.
    pub topology: Arc<Topology>,
    /// The page's pixels a pixel of the layout, at least 1.
    pub scale: f32,
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

/// As in the styles: narrower pages have one column.
const NARROW: f32 = 560.0;
/// A larger stage shows a larger picture, not a sparser one.
const FULL: (f32, f32) = (1200.0, 860.0);
/// A finger is less exact than a message is small.
const REACH: f32 = 13.0;

/// Called with a click or a key press, and with what it was on.
pub type OnPick = Rc<dyn Fn(&Event, Option<Picked>)>;

/// The moving picture of a run. `reserved` pixels are kept free at the bottom
/// of a wide one.
pub fn stage(player: Player, reserved: f32) -> Element {
    let root = html("div");
    let messages = svg("g.messages").with("aria-hidden", "true");
    let size = State::new((0.0_f32, 0.0_f32));
    let scene = State::new(Arc::new(Scene::default()));
    let opened = State::new(None::<Opened>);
    let frame = Rc::new(RefCell::new(Frame::default()));
    let nodes = player.watch(badge::nodes);
    let states = player.watch(badge::links);
    arrange(player, size, nodes, scene, reserved);
    observe_size(root.raw(), size);
    observe_visibility(root.raw(), player);
    if let Some(layer) = Layer::new(messages.raw()) {
        player.set_painter(painter(player, layer, frame.clone(), scene));
    }
    let on_pick = picking(player, root.raw().clone(), frame, scene, opened);
    let (on_pair, on_card, on_paper) = (on_pick.clone(), on_pick.clone(), on_pick);
    let headline = player.watch(badge::headline);
    let pairs = move || {
        let scene = scene.get();
        if links::has_backdrop(&scene.layout) {
            let all = move || states.with(|states| links::backdrop(&scene.layout, states));
            return vec![marks(all)];
        }
        let pair = |index| pickable::pair(&scene, index, states, &on_pair);
        (0..scene.layout.pairs.len()).map(pair).collect()
    };
    let cards = move || {
        let scene = scene.get();
        let card = |index| pickable::node(&scene, index, nodes, &on_card);
        (0..scene.layout.cards.len()).map(card).collect()
    };
    let picture = svg("svg")
        .with("role", "group")
        .with("aria-label", &format!("Stage: {}", player.pattern.title))
        .live("viewBox", move || {
            scene.with(|scene| {
                let [width, height] =
                    [scene.layout.width, scene.layout.height].map(|v| Number(v.into()));
                format!("0 0 {width:.1} {height:.1}")
            })
        })
        .child(
            svg("g")
                .live("class", move || {
                    scene.with(|scene| links::links_class(&scene.layout))
                })
                .each(pairs),
        )
        .child(svg("g.nodes").each(cards))
        .child(marks(move || headline.with(|text| cards::headline(text))))
        .children(times(player, root.raw().clone(), scene))
        .children(workflow_graph(player, scene))
        .child(messages);
    root.live("class", move || match player.selected.get() {
        Some(_) => "stage following",
        None => "stage",
    })
    .on("click", move |event| on_paper(&event, None))
    .child(picture)
    .child(menu(player, scene, opened))
}

fn view_of(history: &History) -> View {
    let mut view = View::default();
    history.simulation().view(&mut view);
    view
}

/// The picture of both times below the nodes, for patterns that have one.
fn times(player: Player, root: web_sys::Element, scene: State<Arc<Scene>>) -> Option<Element> {
    let area = move || scene.with(|scene| scene.layout.plot);
    let width = move || scene.with_untracked(|scene| scene.layout.width);
    has_event_time(player)
        .then(|| event_time_plot(player, area, root, width).hidden_if(move || area().is_none()))
}

/// The steps of a workflow above the nodes, for patterns that have one.
fn workflow_graph(player: Player, scene: State<Arc<Scene>>) -> Option<Element> {
    let has_steps = !player.read(view_of).steps.is_empty();
    let counts = has_steps.then(|| player.watch(|history| workflow::count(&view_of(history))))?;
    Some(marks(move || {
        let steps = player.read(view_of).steps;
        let width = scene.with(|scene| scene.layout.width);
        counts.with(|counts| workflow::graph(&steps, width, counts))
    }))
}

/// A click on a message follows it; any other opens the menu of what is there.
fn picking(
    player: Player,
    root: web_sys::Element,
    frame: Rc<RefCell<Frame>>,
    scene: State<Arc<Scene>>,
    opened: State<Option<Opened>>,
) -> OnPick {
    Rc::new(move |event, picked| {
        event.stop_propagation();
        let width = scene.with_untracked(|scene| scene.layout.width);
        let spot = spot_of(event, &root, width);
        let found =
            spot.and_then(|spot| frame.borrow().pick(spot, REACH).map(|sprite| sprite.flow));
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
    size: State<(f32, f32)>,
    nodes: Memo<Vec<badge::NodeBadge>>,
    scene: State<Arc<Scene>>,
    reserved: f32,
) {
    let needs = Memo::new(move || {
        let need = |badge: &badge::NodeBadge| Needs {
            workers: badge.workers,
        };
        nodes.with(|nodes| nodes.iter().map(need).collect::<Vec<_>>())
    });
    follow(move || {
        let _ = player.run.get();
        let (width, height) = size.get();
        if width < 1.0 {
            return;
        }
        let needs = needs.get();
        let topology = player.read(|history| history.simulation().topology().clone());
        // In a narrow page the caption stands below the stage, not over it.
        let reserved = if width < NARROW { 0.0 } else { reserved };
        let scale = (width / FULL.0).min(height / FULL.1).max(1.0);
        let (width, height) = (width / scale, height / scale);
        let view = player.read(view_of);
        let top = workflow::height(&view.steps, width);
        let layout = Layout::new(&topology, &needs, width, height, (top, reserved / scale));
        scene.set(Arc::new(Scene {
            layout,
            topology,
            scale,
        }));
        player.repaint();
    });
}

fn painter(
    player: Player,
    mut layer: Layer,
    frame: Rc<RefCell<Frame>>,
    scene: State<Arc<Scene>>,
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
        // The log of a pattern is its first row of cells.
        let place = player.looks_back_to.get_untracked();
        if let (Some(place), Some(log)) = (place, view.shelves.first()) {
            view.pointers.push(Pointer {
                node: log.node,
                row: log.row,
                place: place + 1,
                label: ShortName::from("as of"),
                hue: Hue::ROLE,
            });
        }
        let travel = Travel {
            still: paint.still,
            fall: paint.fall,
        };
        let mut frame = frame.borrow_mut();
        let recent = history.recent().rev();
        frame.fill(&scene.layout, simulation, &view, recent, discards, travel);
        layer.draw(&frame, paint.selected, |sprite, text| {
            moving::describe(simulation, sprite, text);
            scene.layout.label_side(sprite.spot, text.chars().count())
        });
    })
}

/// Where an event of a pointer happened, in the pixels of a layout so wide,
/// however a host page or the styles have scaled it.
fn spot_of(event: &Event, root: &web_sys::Element, width: f32) -> Option<Spot> {
    let pointer = event.dyn_ref::<web_sys::MouseEvent>()?;
    // A click made by a keyboard has no place.
    if pointer.detail() == 0 {
        return None;
    }
    let edge = root.get_bounding_client_rect();
    let scale = edge.width() / f64::from(width);
    Some(Spot {
        x: ((f64::from(pointer.client_x()) - edge.left()) / scale) as f32,
        y: ((f64::from(pointer.client_y()) - edge.top()) / scale) as f32,
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

/// Follows the size of an element, in pixels of its own, until the view goes.
fn observe_size(root: &web_sys::Element, size: State<(f32, f32)>) {
    let on_resize = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let Ok(last) = entries.pop().dyn_into::<web_sys::ResizeObserverEntry>() else {
            return;
        };
        let edge = last.content_rect();
        let now = (edge.width() as f32, edge.height() as f32);
        if size.try_get_untracked().is_some_and(|before| before != now) {
            size.set(now);
        }
    });
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
    let on_hidden = judge.clone();
    listen(&document(), "visibilitychange", move |_| on_hidden());
    watch_sight(root, move |is_seen| {
        *on_screen.borrow_mut() = is_seen;
        judge();
    });
}
