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

const TOP: f32 = 12.0;
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

fn draw(steps: &[Step], width: f32, counts: Memo<Vec<Counts>>) -> Vec<Element> {
    let columns = steps.iter().map(|it| it.column + 1).max().unwrap_or(1);
    let pitch = (width - 2.0 * TOP) / f32::from(columns);
    let x = |step: &Step| TOP + pitch * (f32::from(step.column) + 0.5);
    let y = |step: &Step| TOP + LANE * f32::from(step.lane) + PILL_HEIGHT / 2.0;
    let half = |step: &Step| {
        let room = text_width(step.name.chars().count(), LETTER_PX) / 2.0 + 12.0;
        room.min(pitch / 2.0 - 6.0)
    };
    let mut parts = Vec::new();
    for step in steps {
        for (_, later) in (0..).zip(steps).filter(|(i, _)| step.after >> i & 1 == 1) {
            let (from, to) = (x(step) + half(step), x(later) - half(later));
            let (start, end, middle) = (y(step), y(later), (from + to) / 2.0);
            let path = format!(
                "M{} {}C{} {} {} {} {} {}",
                from as i32,
                start as i32,
                middle as i32,
                start as i32,
                middle as i32,
                end as i32,
                to as i32,
                end as i32
            );
            parts.push(svg("path").class("arrow").with("d", &path));
        }
    }
    for (index, step) in steps.iter().enumerate() {
        let of = move || counts.with(|counts| counts.get(index).copied().unwrap_or_default());
        let look = move || match of() {
            [0, 0, 0] => "step",
            [_, 0, 0] => "step on",
            [_, _, 0] => "step back",
            _ => "step stuck",
        };
        let words = move || match of().iter().sum::<usize>() {
            0 => String::new(),
            flows => flows.to_string(),
        };
        let pill = svg("rect")
            .number("x", x(step) - half(step))
            .number("y", y(step) - PILL_HEIGHT / 2.0)
            .number("width", 2.0 * half(step))
            .number("height", PILL_HEIGHT)
            .number("rx", PILL_HEIGHT / 2.0);
        let letters = (2.0 * half(step) / text_width(1, LETTER_PX)) as usize;
        let name = crate::format::shorten(&step.name, letters);
        parts.push(
            svg("g")
                .live("class", look)
                .child(pill)
                .child(text("", x(step), y(step) + 4.0).text(&name))
                .child(text("flows", x(step) + half(step) - 2.0, y(step) - 8.0).live_text(words)),
        );
    }
    parts
}
