//! Nodes and links of the stage: their marks, and what can be picked of them
//! by pointer or by key.

use super::marks::marks;
use super::{OnPick, Picked, Scene};
use crate::dom::{Element, key_of, svg};
use crate::signals::Memo;
use patternscope_engine::drawing::badge::{LinkBadge, NodeBadge};
use patternscope_engine::drawing::{cards, links};
use patternscope_engine::kernel::NodeId;
use patternscope_engine::scene::PairId;
use std::sync::Arc;

/// More pairs than this are left out of the order of tabs; lists reach them.
const TABBED_MOST: usize = 24;

/// One node.
pub fn node(
    scene: &Arc<Scene>,
    index: usize,
    badges: Memo<Vec<NodeBadge>>,
    on_pick: &OnPick,
) -> Element {
    let badge = Memo::new(move || badges.with(|all| all.get(index).cloned().unwrap_or_default()));
    let area = scene.layout.cards[index].area;
    let shape = svg("rect")
        .number("x", area.x)
        .number("y", area.y)
        .number("width", area.w)
        .number("height", area.h)
        .number("rx", area.h.min(24.0) / 2.0);
    let name = scene.topology.nodes()[index].name.clone();
    let button = pickable(shape, Picked::Node(NodeId(index as u16)), on_pick)
        .live("aria-label", move || {
            badge.with(|badge| format!("{name}: {}. Open its menu.", badge.status))
        });
    let scene = scene.clone();
    let picture = marks(move || {
        let (card, node) = (&scene.layout.cards[index], &scene.topology.nodes()[index]);
        badge.with(|badge| cards::card(card, node, badge))
    });
    svg("g.node").child(picture).child(button)
}

/// Both directions between two nodes.
pub fn pair(
    scene: &Arc<Scene>,
    index: usize,
    badges: Memo<Vec<LinkBadge>>,
    on_pick: &OnPick,
) -> Element {
    let lanes: Vec<_> = links::lanes_of(&scene.layout, index).collect();
    let ends = scene.topology.link(lanes[0]);
    let (from, to) = (scene.topology.node(ends.from), scene.topology.node(ends.to));
    let name = format!("{} – {}", from.name, to.name);
    let badge = Memo::new(move || {
        let of = |link: &patternscope_engine::kernel::LinkId| {
            badges.with(|all| all.get(link.index()).cloned().unwrap_or_default())
        };
        lanes.iter().map(of).collect::<Vec<LinkBadge>>()
    });
    let tab = match scene.layout.pairs.len() > TABBED_MOST {
        true => "-1",
        false => "0",
    };
    let shape = svg("path.hit").with("d", &links::middle_path(&scene.layout, index));
    let button = pickable(shape, Picked::Pair(PairId(index as u16)), on_pick)
        .with("tabindex", tab)
        .live("aria-label", move || {
            badge.with(|badge| format!("Link {name}: {}. Open its menu.", links::state_text(badge)))
        });
    let scene = scene.clone();
    let picture = marks(move || badge.with(|badge| links::pair(&scene.layout, index, badge)));
    svg("g.link").child(picture).child(button)
}

/// Lets a shape of the stage open a menu, by pointer or by key. It holds no
/// text: its label says more than what is drawn.
fn pickable(shape: Element, picked: Picked, on_pick: &OnPick) -> Element {
    let (by_pointer, by_key) = (on_pick.clone(), on_pick.clone());
    shape
        .with("tabindex", "0")
        .with("role", "button")
        .with("aria-haspopup", "dialog")
        .on("click", move |event| by_pointer(&event, Some(picked)))
        .on("keydown", move |event| {
            // As any button.
            if ["Enter", " "].contains(&key_of(&event).as_str()) {
                event.prevent_default();
                event.stop_propagation();
                by_key(&event, Some(picked));
            }
        })
}
