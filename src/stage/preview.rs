//! A small picture of a pattern that moves while somebody looks at it.

use super::layer::Layer;
use crate::dom::{Element, follow, svg};
use crate::player::{Command, Player};
use crate::signals::State;
use patternscope_engine::drawing::links::MANY_PAIRS;
use patternscope_engine::kernel::View;
use patternscope_engine::kernel::view::NodeView;
use patternscope_engine::patterns::Pattern;
use patternscope_engine::scene::{Frame, Layout, Needs, Travel};
use patternscope_engine::{History, Instant, Scenario};

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

/// Where there are many links, they are a backdrop.
fn lanes_class(layout: &Layout) -> &'static str {
    match layout.pairs.len() > MANY_PAIRS {
        true => "links crowded",
        false => "",
    }
}

/// A run of the pattern at its defaults, paused unless `moving`.
pub fn preview(pattern: &'static Pattern, moving: State<bool>) -> Element {
    let player = Player::new(Scenario::new(pattern), crate::theme::motion_is_unwelcome());
    player.dispatch(Command::Seek(Instant::from_secs(STILL_AT)));
    let layout = player.read(layout_of);
    let lanes = layout
        .lanes
        .iter()
        .map(|lane| svg("path").class("lane").with("d", &lane.path()));
    let cards = layout.cards.iter().map(|card| {
        svg("rect")
            .class("card")
            .number("x", card.area.x)
            .number("y", card.area.y)
            .number("width", card.area.w)
            .number("height", card.area.h)
            .with("rx", "10")
    });
    let messages = svg("g").class("messages");
    let picture = svg("svg")
        .class("preview")
        .with(
            "viewBox",
            &format!("0 0 {} {}", WIDTH as u32, (HEIGHT - CUT) as u32),
        )
        .with("aria-hidden", "true")
        .child(svg("g").class(lanes_class(&layout)).children(lanes))
        .child(svg("g").children(cards))
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

fn painter(layout: Layout, mut layer: Layer) -> crate::player::Painter {
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
