//! Links as pairs of lanes, with what is wrong with them.

use super::badge::{LinkBadge, tone_class};
use super::mark::{Mark, OFF};
use crate::kernel::{LinkId, Tone};
use crate::scene::{Area, Layout, Spot, curve_path};

/// Texts of adjacent pairs stand at different shares of the way.
const PLACES: [f64; 5] = [0.5, 0.34, 0.66, 0.42, 0.58];
/// More pairs than this are drawn thin.
pub const MANY_PAIRS: usize = 40;
/// Across a ring, more than this are one faint backdrop, and only what is wrong
/// with them is drawn by itself.
const BACKDROP_PAIRS: usize = 64;
/// The width of a letter on a pill, and its ends.
const PILL_LETTER: f32 = 6.1;
const PILL_ENDS: f32 = 12.0;

/// The class of all links together.
pub fn links_class(layout: &Layout) -> &'static str {
    match layout.pairs.len() {
        pairs if pairs > MANY_PAIRS => "links many",
        _ => "links",
    }
}

/// Whether links are drawn all at once.
pub fn has_backdrop(layout: &Layout) -> bool {
    layout.is_ring && layout.pairs.len() > BACKDROP_PAIRS
}

/// All links at once, a line a pair, and those that something is wrong with;
/// `badges` has one entry a link.
pub fn backdrop(layout: &Layout, badges: &[LinkBadge]) -> Mark {
    let (mut whole, mut cut, mut impaired) = (String::new(), String::new(), String::new());
    for index in 0..layout.pairs.len() {
        let both = || lanes_of(layout, index).filter_map(|link| badges.get(link.index()));
        let path = if both().any(|badge| badge.cut) {
            &mut cut
        } else if both().any(|badge| !badge.label.is_empty()) {
            &mut impaired
        } else {
            &mut whole
        };
        path.push_str(&middle_path(layout, index));
    }
    let lanes = vec![
        Mark::path("lane", whole),
        Mark::path("lane impaired", impaired),
        Mark::path("lane cut", cut),
    ];
    Mark::group("backdrop", lanes)
}

/// The links of a pair: there, and back if there is one.
pub fn lanes_of(layout: &Layout, pair: usize) -> impl Iterator<Item = LinkId> + Clone {
    let (there, back) = layout.pairs[pair];
    [Some(there), back].into_iter().flatten()
}

/// Both directions between two nodes; `badges` has one entry each.
pub fn pair(layout: &Layout, index: usize, badges: &[LinkBadge]) -> Mark {
    let both = lanes_of(layout, index).zip(badges);
    let lane = |(link, badge): (LinkId, &LinkBadge)| {
        let class = match (badge.cut, badge.label.is_empty()) {
            (true, _) => "lane cut",
            (false, false) => "lane impaired",
            (false, true) => "lane",
        };
        Mark::path(class, layout.lanes[link.index()].path())
    };
    let mut parts: Vec<Mark> = both.clone().map(lane).collect();
    parts.extend(both.map(|(link, badge)| gap(layout.lanes[link.index()].at(0.5), badge.cut)));
    parts.push(pill(layout, index, badges));
    Mark::group("", parts)
}

/// What is wrong with either direction.
pub fn state_text(badges: &[LinkBadge]) -> String {
    let state = |badge: &LinkBadge| match badge.cut {
        true => "cut".to_owned(),
        false => badge.label.clone(),
    };
    let mut words: Vec<String> = badges
        .iter()
        .map(state)
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
pub fn middle_path(layout: &Layout, index: usize) -> String {
    let (there, back) = layout.pairs[index];
    let curve = layout.lanes[there.index()].curve;
    let mut other = back.map_or(curve, |back| layout.lanes[back.index()].curve);
    if back.is_some() {
        other.reverse();
    }
    curve_path([0, 1, 2, 3].map(|i| Spot {
        x: (curve[i].x + other[i].x) / 2.0,
        y: (curve[i].y + other[i].y) / 2.0,
    }))
}

/// A break, shown where a link is cut.
fn gap(spot: Spot, cut: bool) -> Mark {
    let hole = Area {
        x: -9.0,
        y: -5.0,
        w: 18.0,
        h: 10.0,
    };
    let parts = vec![
        Mark::rect("", hole, 4.0),
        Mark::path("", "M-5.5-6.5L-2 6.5M2-6.5L5.5 6.5"),
    ];
    Mark::group(if cut { "break" } else { OFF }, parts).at(spot)
}

/// A text for what else is wrong, or what the pattern says.
fn pill(layout: &Layout, index: usize, badges: &[LinkBadge]) -> Mark {
    let (there, _) = layout.pairs[index];
    let spot = layout.lanes[there.index()].at(PLACES[index % PLACES.len()]);
    let (text, tone) = said_of(badges);
    let class = match (text.is_empty(), tone_class(tone)) {
        (true, _) => OFF.to_owned(),
        (_, "") => "pill".to_owned(),
        (_, tone) => format!("pill {tone}"),
    };
    let width = text.chars().count() as f32 * PILL_LETTER + PILL_ENDS;
    let back = Area {
        x: -width / 2.0,
        y: -9.0,
        w: width,
        h: 18.0,
    };
    let words = Mark::words("", Spot { x: 0.0, y: 4.0 }, text).anchored("middle");
    Mark::group(class, vec![Mark::rect("", back, 9.0), words]).at(Spot {
        x: between_cards(layout, spot, width),
        y: spot.y + 4.0,
    })
}

/// The middle of what is `width` wide, moved from `spot` so far that the cards
/// to its left and right do not cover it; between both, where that cannot be.
fn between_cards(layout: &Layout, spot: Spot, width: f32) -> f32 {
    let (mut left, mut right) = (0.0, layout.width);
    for area in layout.cards.iter().map(|card| card.area) {
        if spot.y < area.y || spot.y > area.bottom() {
            continue;
        }
        if area.right() <= spot.x {
            left = area.right().max(left);
        } else if area.x >= spot.x {
            right = area.x.min(right);
        }
    }
    let (first, last) = (left + width / 2.0, right - width / 2.0);
    match first < last {
        true => spot.x.clamp(first, last),
        false => (left + right) / 2.0,
    }
}

/// What is wrong with a pair by the user's hand, and what the pattern says.
fn said_of(badges: &[LinkBadge]) -> (String, Tone) {
    let mut words: Vec<&str> = Vec::new();
    let mut tone = Tone::Plain;
    for badge in badges {
        if !badge.label.is_empty() {
            words.push(&badge.label);
            tone = Tone::Warn;
        }
        if let Some((text, of)) = &badge.sign {
            words.push(text);
            tone = *of;
        }
    }
    words.dedup();
    (words.join("; "), tone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patterns::CATALOG;
    use crate::scene::Needs;
    use crate::{History, Scenario};

    #[test]
    fn a_pill_stands_clear_of_cards_beside_it_where_it_fits() {
        for pattern in CATALOG {
            let history = History::new(Scenario::new(pattern));
            let topology = history.simulation().topology();
            // Around a ring nothing stands beside a link.
            if topology.ring {
                continue;
            }
            let needs = vec![Needs::default(); topology.nodes().len()];
            let layout = Layout::new(topology, &needs, 820.0, 700.0, (0.0, 80.0));
            for lane in &layout.lanes {
                let spot = lane.at(0.34);
                let width = 50.0;
                let x = between_cards(&layout, spot, width);
                for area in layout.cards.iter().map(|card| card.area) {
                    let is_beside = spot.y >= area.y && spot.y <= area.bottom();
                    let is_clear =
                        x + width / 2.0 <= area.x + 0.1 || x - width / 2.0 >= area.right() - 0.1;
                    let is_over = spot.x > area.x && spot.x < area.right();
                    assert!(!is_beside || is_clear || is_over, "{}", pattern.slug);
                }
            }
        }
    }
}
