//! A small picture of a pattern that moves while somebody looks at it.

use super::layer::Layer;
use super::marks::marks;
use crate::dom::{Element, follow, svg};
use crate::player::{Command, Player};
use crate::signals::State;
use patternscope_engine::drawing::{Mark, badge, cards, links};
use patternscope_engine::kernel::View;
use patternscope_engine::kernel::view::NodeView;
use patternscope_engine::patterns::Pattern;
use patternscope_engine::scene::{Frame, Layout, Needs, Travel};
use patternscope_engine::{History, Instant, Scenario};
use std::rc::Rc;

const WIDTH: f32 = 420.0;
const HEIGHT: f32 = 220.0;
/// Of the room for fallen messages, which few see here, so much is cut off.
const CUT: f32 = 24.0;
/// The still picture is of this instant, in seconds: something moves in each.
const STILL_AT: f64 = 5.4;

fn layout_of(history: &History) -> Layout {
    let simulation = history.simulation();
    let mut view = View::default();
    simulation.view(&mut view);
    let need = |node: &NodeView| Needs {
        workers: node.workers,
    };
    let needs: Vec<Needs> = view.nodes.iter().map(need).collect();
    Layout::new(simulation.topology(), &needs, WIDTH, HEIGHT, (0.0, 0.0))
}

/// A run of the pattern at its defaults, paused unless `moving`.
pub fn preview(pattern: &'static Pattern, moving: State<bool>) -> Element {
    let player = Player::new(Scenario::new(pattern), crate::theme::motion_is_unwelcome());
    player.dispatch(Command::Seek(Instant::from_secs(STILL_AT)));
    let layout = player.read(layout_of);
    let layout = Rc::new(layout);
    let states = player.watch(badge::links);
    let nodes = player.watch(badge::nodes);
    let topology = player.read(|history| history.simulation().topology().clone());
    let (backs, fronts) = (layout.clone(), layout.clone());
    let lanes = marks(move || states.with(|states| links_of(&backs, states)));
    let cards = marks(move || {
        let card = |(index, node)| {
            nodes.with(|nodes| cards::card(&fronts.cards[index], node, &nodes[index]))
        };
        let all = topology.nodes().iter().enumerate();
        Mark::group("nodes", all.map(card).collect())
    });
    let messages = svg("g.messages");
    let picture = svg("svg.preview")
        .with(
            "viewBox",
            &format!("0 0 {} {}", WIDTH as u32, (HEIGHT - CUT) as u32),
        )
        .with("aria-hidden", "true")
        .child(lanes)
        .child(cards)
        .child(messages.clone());
    if let Some(layer) = Layer::new(messages.raw()) {
        player.set_painter(painter(layout, layer));
    }
    follow(move || {
        player.dispatch(match moving.get() {
            true => Command::Play,
            false => Command::Pause,
        });
    });
    picture
}

fn links_of(layout: &Layout, states: &[badge::LinkBadge]) -> Mark {
    if links::has_backdrop(layout) {
        return links::backdrop(layout, states);
    }
    let pair = |index| {
        let both = links::lanes_of(layout, index).map(|link| states[link.index()].clone());
        links::pair(layout, index, &both.collect::<Vec<_>>())
    };
    let all = (0..layout.pairs.len()).map(pair);
    Mark::group(links::links_class(layout), all.collect())
}

fn painter(layout: Rc<Layout>, mut layer: Layer) -> crate::player::Painter {
    let (mut view, mut frame) = (View::default(), Frame::default());
    Box::new(move |history, paint| {
        let simulation = history.simulation();
        simulation.view(&mut view);
        let travel = Travel {
            still: paint.still,
            fall: paint.fall,
        };
        let recent = history.recent().rev();
        frame.fill(&layout, simulation, &view, recent, &[], travel);
        layer.draw(&frame, None, |_, _| None);
    })
}
