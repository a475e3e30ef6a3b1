//! Links as pairs of lanes, with what is wrong with them.

use super::badge::{LinkBadge, tone_class};
use super::cards::{moved_to, pickable};
use super::{OnPick, Picked, Scene};
use crate::dom::{Element, svg};
use crate::signals::Memo;
use patternscope_engine::kernel::decimal::Number;
use patternscope_engine::kernel::{LinkId, Tone};
use patternscope_engine::scene::{PairId, Spot, curve_path};

/// More pairs than this are left out of the order of tabs; lists reach them.
const TABBED_MOST: usize = 24;
/// Texts of adjacent pairs stand at different shares of the way.
const PLACES: [f64; 5] = [0.5, 0.34, 0.66, 0.42, 0.58];

/// Both directions between two nodes.
pub fn link_pair(
    scene: &Scene,
    index: usize,
    badges: Memo<Vec<LinkBadge>>,
    on_pick: &OnPick,
) -> Element {
    let (there, back) = scene.layout.pairs[index];
    let of = |link: LinkId| {
        Memo::new(move || badges.with(|all| all.get(link.index()).cloned().unwrap_or_default()))
    };
    let ends = scene.topology.link(there);
    let (from, to) = (scene.topology.node(ends.from), scene.topology.node(ends.to));
    let name = format!("{} – {}", from.name, to.name);
    let lanes: Vec<LinkId> = [Some(there), back].into_iter().flatten().collect();
    let badge: Vec<Memo<LinkBadge>> = lanes.iter().map(|link| of(*link)).collect();
    let states = badge.clone();
    let tab = match scene.layout.pairs.len() > TABBED_MOST {
        true => "-1",
        false => "0",
    };
    let hit = middle_path(scene, there, back);
    let pairs = lanes.iter().zip(&badge);
    let shape = svg("path").class("hit").with("d", &hit);
    let picked = Picked::Pair(PairId(index as u16));
    let button = pickable(shape, picked, on_pick)
        .with("tabindex", tab)
        .live("aria-label", move || {
            format!("Link {name}: {}. Open its menu.", state_text(&states))
        });
    svg("g")
        .class("link")
        .children(
            pairs
                .clone()
                .map(|(link, badge)| lane(scene, *link, *badge)),
        )
        .children(pairs.map(|(link, badge)| break_of(scene, *link, *badge)))
        .child(pill(scene, index, there, badge.clone()))
        .child(button)
}

/// What is wrong with either direction.
fn state_text(badges: &[Memo<LinkBadge>]) -> String {
    let state = |badge: &LinkBadge| {
        if badge.cut {
            "cut".to_owned()
        } else {
            badge.label.clone()
        }
    };
    let mut words: Vec<String> = badges
        .iter()
        .map(|badge| badge.with(state))
        .filter(|word| !word.is_empty())
        .collect();
    words.dedup();
    if words.is_empty() {
        "whole".to_owned()
    } else {
        words.join(", ")
    }
}

/// A path between both lanes, for the pointer.
fn middle_path(scene: &Scene, there: LinkId, back: Option<LinkId>) -> String {
    let curve = scene.layout.lanes[there.index()].curve;
    let mut other = back.map_or(curve, |back| scene.layout.lanes[back.index()].curve);
    if back.is_some() {
        other.reverse();
    }
    curve_path([0, 1, 2, 3].map(|i| Spot {
        x: (curve[i].x + other[i].x) / 2.0,
        y: (curve[i].y + other[i].y) / 2.0,
    }))
}

fn lane(scene: &Scene, link: LinkId, badge: Memo<LinkBadge>) -> Element {
    svg("path")
        .with("d", &scene.layout.lanes[link.index()].path())
        .live("class", move || {
            badge.with(|b| match (b.cut, b.label.is_empty()) {
                (true, _) => "lane cut",
                (false, false) => "lane impaired",
                (false, true) => "lane",
            })
        })
}

/// A break, shown where a link is cut.
fn break_of(scene: &Scene, link: LinkId, badge: Memo<LinkBadge>) -> Element {
    let spot = scene.layout.lanes[link.index()].at(0.5);
    let gap = svg("rect")
        .with("x", "-9")
        .with("y", "-5")
        .with("width", "18")
        .with("height", "10")
        .with("rx", "4");
    svg("g")
        .with("transform", &moved_to(spot.x, spot.y))
        .live("class", move || {
            if badge.with(|b| b.cut) {
                "break"
            } else {
                "off"
            }
        })
        .child(gap)
        .child(svg("path").with("d", "M-5.5-6.5L-2 6.5M2-6.5L5.5 6.5"))
}

/// A text for what else is wrong, or what the pattern says.
fn pill(scene: &Scene, index: usize, link: LinkId, badges: Vec<Memo<LinkBadge>>) -> Element {
    let spot = scene.layout.lanes[link.index()].at(PLACES[index % PLACES.len()]);
    let said = Memo::new(move || said_of(&badges));
    let width = move || said.with(|(text, _)| text.chars().count() as f32 * 6.4 + 14.0);
    let back = svg("rect")
        .with("y", "-9")
        .with("height", "18")
        .with("rx", "9")
        .live("x", move || Number(f64::from(-width() / 2.0)).to_string())
        .live("width", move || Number(f64::from(width())).to_string());
    let words = svg("text")
        .with("y", "4")
        .with("text-anchor", "middle")
        .live_text(move || said.with(|(text, _)| text.clone()));
    svg("g")
        .with("transform", &moved_to(spot.x, spot.y + 4.0))
        .live("class", move || {
            said.with(|(text, tone)| match text.is_empty() {
                true => "off".to_owned(),
                false => format!("pill {}", tone_class(*tone)),
            })
        })
        .child(back)
        .child(words)
}

/// What is wrong with a pair by the user's hand, and what the pattern says.
fn said_of(badges: &[Memo<LinkBadge>]) -> (String, Tone) {
    let mut words: Vec<String> = Vec::new();
    let mut tone = Tone::Plain;
    for badge in badges {
        badge.with(|badge| {
            if !badge.label.is_empty() {
                words.push(badge.label.clone());
                tone = Tone::Warn;
            }
            if let Some((text, of)) = &badge.sign {
                words.push(text.clone());
                tone = *of;
            }
        });
    }
    words.dedup();
    (words.join("; "), tone)
}
