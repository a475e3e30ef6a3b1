//! A small picture of a pattern that moves while somebody looks at it.

use super::layer::Layer;
use crate::player::{Command, Player};
use leptos::prelude::*;
use leptos::svg::G;
use patternscope_engine::kernel::View;
use patternscope_engine::kernel::view::NodeView;
use patternscope_engine::patterns::Pattern;
use patternscope_engine::scene::{Frame, Layout, Needs, Travel};
use patternscope_engine::{History, Instant, Scenario};

const WIDTH: f32 = 420.0;
const HEIGHT: f32 = 220.0;
/// The still picture is of this instant, in seconds.
const STILL_AT: f64 = 4.0;

fn layout_of(history: &History) -> Layout {
    let simulation = history.simulation();
    let mut view = View::default();
    simulation.view(&mut view);
    let need = |node: &NodeView| Needs {
        workers: node.workers,
    };
    let needs: Vec<Needs> = view.nodes.iter().map(need).collect();
    Layout::new(simulation.topology(), &needs, WIDTH, HEIGHT, 0.0)
}

/// A run of the pattern at its defaults, paused unless `moving`.
#[component]
pub fn Preview(pattern: &'static Pattern, #[prop(into)] moving: Signal<bool>) -> impl IntoView {
    let player = Player::new(Scenario::new(pattern), crate::theme::motion_is_unwelcome());
    player.dispatch(Command::Seek(Instant::from_secs(STILL_AT)));
    let layout = player.read(layout_of);
    let lanes = layout
        .lanes
        .iter()
        .map(|lane| view! { <path class="lane" d=lane.path()/> })
        .collect_view();
    let cards = layout
        .cards
        .iter()
        .map(|card| {
            let area = card.area;
            view! { <rect class="card" x=area.x y=area.y width=area.w height=area.h rx="10"/> }
        })
        .collect_view();
    let messages = NodeRef::<G>::new();
    let layout = StoredValue::new(layout);
    Effect::new(move |_| {
        let Some(mut layer) = messages.get().and_then(|group| Layer::new(&group)) else {
            return;
        };
        let (mut view, mut frame) = (View::default(), Frame::default());
        player.set_painter(Box::new(move |history, paint| {
            let simulation = history.simulation();
            simulation.view(&mut view);
            let travel = Travel {
                still: paint.still,
                fall: paint.fall,
            };
            let recent = history.recent().rev();
            layout.with_value(|layout| {
                frame.fill(layout, simulation, &view, recent, &[], travel);
            });
            layer.draw(&frame, None, |_, _| {});
        }));
    });
    Effect::new(move |_| {
        player.dispatch(if moving.get() {
            Command::Play
        } else {
            Command::Pause
        });
    });
    view! {
        <svg class="preview" viewBox=format!("0 0 {WIDTH} {HEIGHT}") aria-hidden="true">
            <g>{lanes}</g>
            <g>{cards}</g>
            <g class="messages" node_ref=messages></g>
        </svg>
    }
}
