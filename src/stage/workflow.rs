//! A workflow's graph above the nodes, for patterns that have one: its steps,
//! what follows what, and how many flows stand where, forward or back.

use super::Scene;
use super::rows::text;
use crate::dom::{Element, svg};
use crate::player::Player;
use crate::signals::{Memo, State};
use patternscope_engine::History;
use patternscope_engine::kernel::view::Step;
use patternscope_engine::kernel::{Role, View};
use patternscope_engine::scene::text_width;
use std::sync::Arc;

/// Above the first lane, room for how many flows are there.
const TOP: f32 = 24.0;
const SIDE: f32 = 12.0;
const LANE: f32 = 34.0;
const PILL_HEIGHT: f32 = 24.0;
const LETTER_PX: f32 = 12.0;
/// On narrower pages names would not fit side by side.
const NARROW: f32 = 560.0;

/// Flows at a step: going forward, going back, stuck.
type Counts = [usize; 3];

fn view_of(history: &History) -> View {
    let mut view = View::default();
    history.simulation().view(&mut view);
    view
}

fn steps(player: Player) -> Vec<Step> {
    player.read(|history| view_of(history).steps)
}

/// How much room the graph takes; none for patterns without.
pub fn height(player: Player, width: f32) -> f32 {
    let lanes = steps(player).iter().map(|step| step.lane + 1).max();
    match lanes {
        Some(lanes) if width >= NARROW => TOP + LANE * f32::from(lanes),
        _ => 0.0,
    }
}

/// The graph itself, laid out anew with the scene.
pub fn graph(player: Player, scene: State<Arc<Scene>>) -> Element {
    let counts = (!steps(player).is_empty()).then(|| player.watch(count));
    let picture = move || {
        let width = scene.with(|scene| scene.layout.width);
        match counts {
            Some(counts) if width >= NARROW => draw(&steps(player), width, counts),
            _ => Vec::new(),
        }
    };
    svg("g").class("workflow").each(picture)
}

fn count(history: &History) -> Vec<Counts> {
    let view = view_of(history);
    let mut counts = vec![[0; 3]; view.steps.len()];
    for it in &view.at_steps {
        let way = match it.token.role {
            Role::Control => 1,
            Role::Error => 2,
            _ => 0,
        };
        counts[usize::from(it.step)][way] += 1;
    }
    counts
}

/// Where a step's pill is.
#[derive(Clone, Copy)]
struct Pill {
    x: f32,
    y: f32,
    half: f32,
}

fn draw(steps: &[Step], width: f32, counts: Memo<Vec<Counts>>) -> Vec<Element> {
    let columns = steps.iter().map(|it| it.column + 1).max().unwrap_or(1);
    let pitch = (width - 2.0 * SIDE) / f32::from(columns);
    let place = |step: &Step| {
        let wanted = text_width(step.name.chars().count(), LETTER_PX) / 2.0 + 12.0;
        Pill {
            x: SIDE + pitch * (f32::from(step.column) + 0.5),
            y: TOP + LANE * f32::from(step.lane) + PILL_HEIGHT / 2.0,
            half: wanted.min(pitch / 2.0 - 6.0),
        }
    };
    let places: Vec<Pill> = steps.iter().map(place).collect();
    let mut parts = Vec::new();
    for (step, to) in steps.iter().zip(&places) {
        let before = (0..).zip(&places).filter(|(i, _)| step.after >> i & 1 == 1);
        parts.extend(before.map(|(_, from)| arrow(*from, *to)));
    }
    for (index, (step, place)) in steps.iter().zip(places).enumerate() {
        let of = move || counts.with(|counts| counts.get(index).copied().unwrap_or_default());
        parts.push(pill(&step.name, place, of));
    }
    parts
}

fn arrow(from: Pill, to: Pill) -> Element {
    let (start, end) = ((from.x + from.half) as i32, (to.x - to.half) as i32);
    let (high, low, middle) = (from.y as i32, to.y as i32, (start + end) / 2);
    let path = format!("M{start} {high}C{middle} {high} {middle} {low} {end} {low}");
    svg("path").class("arrow").with("d", &path)
}

fn pill(name: &str, place: Pill, counts: impl Fn() -> Counts + Copy + 'static) -> Element {
    let Pill { x, y, half } = place;
    let look = move || match counts() {
        [0, 0, 0] => "step",
        [_, 0, 0] => "step on",
        [_, _, 0] => "step back",
        _ => "step stuck",
    };
    let words = move || match counts().iter().sum::<usize>() {
        0 => String::new(),
        flows => flows.to_string(),
    };
    let shape = svg("rect")
        .number("x", x - half)
        .number("y", y - PILL_HEIGHT / 2.0)
        .number("width", 2.0 * half)
        .number("height", PILL_HEIGHT)
        .number("rx", PILL_HEIGHT / 2.0);
    let letters = (2.0 * half / text_width(1, LETTER_PX)) as usize;
    let flows = text("flows", x + half - 10.0, y - PILL_HEIGHT / 2.0 - 4.0).live_text(words);
    svg("g")
        .live("class", look)
        .child(shape)
        .child(text("", x, y + 4.0).text(&crate::format::shorten(name, letters)))
        .child(flows)
}
