//! A workflow's graph above the nodes, for patterns that have one: its steps,
//! what follows what, and how many flows stand where, forward or back.

use super::mark::Mark;
use crate::format;
use crate::kernel::view::Step;
use crate::kernel::{Role, View};
use crate::scene::{Area, Spot, text_width};

/// Above the first lane, room for how many flows are there.
const TOP: f32 = 24.0;
const SIDE: f32 = 12.0;
const LANE: f32 = 34.0;
const PILL_HEIGHT: f32 = 24.0;
const LETTER_PX: f32 = 12.0;
/// In narrower pictures names would not fit side by side.
const NARROW: f32 = 560.0;

/// Flows at a step: going forward, going back, stuck.
pub type Counts = [usize; 3];

/// How much room the graph takes; none for patterns without.
pub fn height(steps: &[Step], width: f32) -> f32 {
    match steps.iter().map(|step| step.lane + 1).max() {
        Some(lanes) if width >= NARROW => TOP + LANE * f32::from(lanes),
        _ => 0.0,
    }
}

/// How many flows are at each step.
pub fn count(view: &View) -> Vec<Counts> {
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

/// The graph; `counts` has one entry a step.
pub fn graph(steps: &[Step], width: f32, counts: &[Counts]) -> Mark {
    let mut parts = Vec::new();
    if width >= NARROW {
        let places = places(steps, width);
        for (step, to) in steps.iter().zip(&places) {
            let before = (0..).zip(&places).filter(|(i, _)| step.after >> i & 1 == 1);
            parts.extend(before.map(|(_, from)| arrow(*from, *to)));
        }
        for (index, (step, place)) in steps.iter().zip(places).enumerate() {
            parts.push(pill(
                &step.name,
                place,
                counts.get(index).copied().unwrap_or_default(),
            ));
        }
    }
    Mark::group("workflow", parts)
}

fn places(steps: &[Step], width: f32) -> Vec<Pill> {
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
    steps.iter().map(place).collect()
}

fn arrow(from: Pill, to: Pill) -> Mark {
    let (start, end) = ((from.x + from.half) as i32, (to.x - to.half) as i32);
    let (high, low, middle) = (from.y as i32, to.y as i32, (start + end) / 2);
    let path = format!("M{start} {high}C{middle} {high} {middle} {low} {end} {low}");
    Mark::path("arrow", path)
}

fn pill(name: &str, place: Pill, counts: Counts) -> Mark {
    let Pill { x, y, half } = place;
    let look = match counts {
        [0, 0, 0] => "step",
        [_, 0, 0] => "step on",
        [_, _, 0] => "step back",
        _ => "step stuck",
    };
    let flows = match counts.iter().sum::<usize>() {
        0 => String::new(),
        flows => flows.to_string(),
    };
    let top = y - PILL_HEIGHT / 2.0;
    let area = Area {
        x: x - half,
        y: top,
        w: 2.0 * half,
        h: PILL_HEIGHT,
    };
    let letters = (2.0 * half / text_width(1, LETTER_PX)) as usize;
    let beside = Spot {
        x: x + half - 10.0,
        y: top - 4.0,
    };
    let parts = vec![
        Mark::rect("", area, PILL_HEIGHT / 2.0),
        Mark::words("", Spot { x, y: y + 4.0 }, format::shorten(name, letters)),
        Mark::words("flows", beside, flows),
    ];
    Mark::group(look, parts)
}
