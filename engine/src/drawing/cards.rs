//! Nodes as cards: name, state, counts, and rings for workers. The messages
//! within are drawn above them.

use super::badge::NodeBadge;
use super::icon::icon;
use super::mark::Mark;
use super::moving::write_arc;
use super::rows::{bar, rows};
use crate::format;
use crate::kernel::Node;
use crate::kernel::view::Tint;
use crate::scene::{Arc, Card, Spot, glyph, text_width};

const SMALL_PX: f32 = 12.0;
/// Where the headline begins.
const HEADLINE: Spot = Spot { x: 16.0, y: 28.0 };
/// A card lower than this is one of two lines.
const LOW: f32 = 66.0;
/// From a card's side to its texts.
const SIDE: f32 = 14.0;

/// One node; its class is what is wrong with it.
pub fn card(card: &Card, node: &Node, badge: &NodeBadge) -> Mark {
    if card.is_disc {
        return disc(card, node, badge);
    }
    let mut parts = vec![outline(card, "card")];
    parts.extend(card.has_icon().then(|| sign(card, node)));
    parts.push(title(card, node));
    parts.extend(texts(card, node.name.len(), badge));
    parts.push(Mark::path("rings", rings(card)));
    parts.extend(rows(card, badge));
    Mark::group(badge.trouble, parts)
}

/// A node on a ring: filled by what it has, with a few words beside it.
fn disc(card: &Card, node: &Node, badge: &NodeBadge) -> Mark {
    let (centre, radius) = (card.area.centre(), card.area.w / 2.0);
    let mut share = String::new();
    match badge.has {
        0 => {}
        100.. => write_ring(&mut share, centre, radius),
        percent => write_arc(
            &mut share,
            &Arc {
                spot: centre,
                radius,
                done: f32::from(percent) / 100.0,
                wanted: true,
            },
        ),
    }
    let mut parts = vec![
        outline(card, "card"),
        Mark::path("share", share),
        title(card, node),
        Mark::path("rings", rings(card)),
    ];
    if let Some(aside) = card.aside {
        let said = if badge.told { &*badge.status } else { "" };
        parts.push(Mark::words("status", aside.spot, said).anchored(aside.anchor));
    }
    let tint = match badge.tint {
        Tint::None => "disc",
        Tint::Soft => "disc soft",
        Tint::Full => "disc full",
    };
    Mark::group(badge.trouble, vec![Mark::group(tint, parts)])
}

/// What is true of all nodes of a ring together.
pub fn headline(text: &str) -> Mark {
    Mark::words("headline", HEADLINE, text)
}

/// The edge of a card.
pub fn outline(card: &Card, class: &'static str) -> Mark {
    let radius = match card.is_disc {
        true => card.area.h / 2.0,
        false => card.area.h.min(24.0) / 2.0,
    };
    Mark::rect(class, card.area, radius)
}

fn title(card: &Card, node: &Node) -> Mark {
    let (shown, anchor) = match card.numbered {
        true => (node.number.to_string(), "middle"),
        false => (node.name.clone(), "start"),
    };
    Mark::words("name", card.title, shown)
        .anchored(anchor)
        .number("font-size", card.title_px)
}

/// What the node is.
fn sign(card: &Card, node: &Node) -> Mark {
    Mark::path("icon", icon(node.figure)).at(Spot {
        x: card.area.x + SIDE,
        y: card.title.y - 13.5,
    })
}

fn texts(card: &Card, name_letters: usize, badge: &NodeBadge) -> Vec<Mark> {
    let beside = card.fits_beside(name_letters, badge.status.chars().count(), SMALL_PX);
    let end = Spot {
        x: status_end(card),
        y: card.title.y,
    };
    let status = if beside { &*badge.status } else { "" };
    let mut parts = vec![Mark::words("status", end, status).anchored("end")];
    if let Some(y) = card.footer {
        parts.extend(footer(card, y, beside, badge));
    }
    parts.extend(overflow(card, badge));
    parts
}

/// Where the state beside the name ends: before what stands in the same row.
fn status_end(card: &Card) -> f32 {
    let in_row = card.footer.is_none() && card.area.h < 60.0;
    match (card.workers.first(), card.queue.last()) {
        (Some(_), Some(waiting)) if in_row => waiting.x - 34.0,
        (Some(worker), None) if in_row => worker.x - card.ring - 8.0,
        _ => card.area.right() - SIDE,
    }
}

/// The row at the bottom: how much waits, or the state that found no room
/// beside the name.
fn footer(card: &Card, y: f32, beside: bool, badge: &NodeBadge) -> Vec<Mark> {
    let is_station = card.ring > 0.0;
    // In a low card the sign before the name reaches down to it.
    let x = match card.has_icon() && card.area.h < LOW {
        true => card.title.x,
        false => card.area.x + SIDE,
    };
    let right = card.area.right() - SIDE;
    let y = if is_station { y - 10.0 } else { y };
    let is_usual = badge.trouble.is_empty() && is_station;
    let below = match beside || is_usual {
        true => footer_text(badge, is_station),
        false => badge.status.clone(),
    };
    let mut parts = vec![Mark::words("small", Spot { x, y }, below)];
    if is_station {
        let room = card.area.w - 2.0 * SIDE;
        if room > text_width(16 + 9, SMALL_PX) {
            let busy = Mark::words("small", Spot { x: right, y }, utilisation_text(badge));
            parts.push(busy.anchored("end"));
        }
        let share = badge.queue as f32 / badge.queue_cap.max(1) as f32;
        parts.push(bar("track", x, y + 9.0, room));
        parts.push(bar("fill", x, y + 9.0, room * share.clamp(0.0, 1.0)));
    }
    parts
}

/// How many wait, and how many workers there are, beyond those drawn.
fn overflow(card: &Card, badge: &NodeBadge) -> Vec<Mark> {
    let mut parts = Vec::new();
    if card.ring > 0.0 {
        let more = match badge.queue.saturating_sub(card.queue.len() as u32) {
            0 => String::new(),
            unseen => format!("+{}", format::short_count(unseen)),
        };
        parts.push(Mark::words("more", card.overflow, more).anchored("end"));
    }
    if let Some(last) = card.workers.last().filter(|_| card.hidden_workers > 0) {
        let beyond = Spot {
            x: last.x + card.ring + 6.0,
            y: last.y + 4.0,
        };
        let more = format!("+{}", card.hidden_workers);
        parts.push(Mark::words("more", beyond, more));
    }
    parts
}

fn footer_text(badge: &NodeBadge, is_station: bool) -> String {
    match (is_station, badge.queue_cap) {
        (false, _) => String::new(),
        (true, 0) => format!("queue {}", badge.queue),
        (true, cap) => format!("queue {} of {}", badge.queue, format::count(u64::from(cap))),
    }
}

fn utilisation_text(badge: &NodeBadge) -> String {
    badge
        .utilisation
        .map_or(String::new(), |percent| format!("{percent} % busy"))
}

/// The empty rings of all workers, in one path.
fn rings(card: &Card) -> String {
    let mut path = String::new();
    for spot in &card.workers {
        write_ring(&mut path, *spot, card.ring);
    }
    path
}

fn write_ring(path: &mut String, middle: Spot, radius: f32) {
    glyph::write_at(path, middle.x - radius, middle.y, "");
    for across in [2.0 * radius, -2.0 * radius] {
        path.push('a');
        for value in [radius, radius, 0.0, 1.0, 0.0, across, 0.0] {
            glyph::write_number(path, value);
            path.push(' ');
        }
    }
}
