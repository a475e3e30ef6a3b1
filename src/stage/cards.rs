//! Nodes as cards: name, state, counts, and rings for workers. The messages
//! within are the layer's.

use super::badge::NodeBadge;
use super::rows::{bar_of, rows, text};
use super::{OnPick, Picked, Scene};
use crate::dom::{Element, key_of, svg};
use crate::signals::Memo;
use patternscope_engine::kernel::NodeId;
use patternscope_engine::scene::{Card, Spot, glyph, text_width};

const SMALL_PX: f32 = 12.0;

/// One node.
pub fn node_card(
    scene: &Scene,
    index: usize,
    badges: Memo<Vec<NodeBadge>>,
    on_pick: &OnPick,
) -> Element {
    let card = &scene.layout.cards[index];
    let name = scene.topology.nodes()[index].name.clone();
    let badge = Memo::new(move || badges.with(|all| all.get(index).cloned().unwrap_or_default()));
    let area = card.area;
    let outline = || {
        svg("rect")
            .number("x", area.x)
            .number("y", area.y)
            .number("width", area.w)
            .number("height", area.h)
            .number("rx", area.h.min(24.0) / 2.0)
    };
    let shown = match card.numbered {
        true => scene.topology.nodes()[index].number.to_string(),
        false => name.clone(),
    };
    let anchor = if card.numbered { "middle" } else { "start" };
    let title = text("name", card.title.x, card.title.y)
        .with("text-anchor", anchor)
        .number("font-size", card.title_px)
        .text(&shown);
    let letters = name.len();
    let picked = Picked::Node(NodeId(index as u16));
    let button = pickable(outline(), picked, on_pick).live("aria-label", move || {
        let status = badge.with(|b| b.status.clone());
        format!("{name}: {status}. Open its menu.")
    });
    svg("g")
        .live("class", move || {
            format!("node {}", badge.with(|b| b.trouble))
        })
        .child(outline().class("card"))
        .children(card.has_icon().then(|| icon(card)))
        .child(title)
        .children(texts(card, letters, badge))
        .child(rings(card))
        .children(rows(card, badge))
        .child(button)
}

/// Lets a shape of the stage open a menu, by pointer or by key. It holds no
/// text: its label says more than what is drawn.
pub fn pickable(shape: Element, picked: Picked, on_pick: &OnPick) -> Element {
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

/// A machine with workers, or a screen of somebody who asks.
fn icon(card: &Card) -> Element {
    let path = if card.ring > 0.0 || !card.workers.is_empty() {
        "M1 0h16v7h-16zM1 10h16v7h-16zM4.5 3.5h.01M4.5 13.5h.01"
    } else {
        "M0 1h18v12h-18zM5 17h8"
    };
    svg("path").class("icon").with("d", path).with(
        "transform",
        &moved_to(card.area.x + 15.0, card.area.y + 13.0),
    )
}

/// A transform to a place.
pub fn moved_to(x: f32, y: f32) -> String {
    let mut text = "translate(".to_owned();
    glyph::write_number(&mut text, x);
    text.push(' ');
    glyph::write_number(&mut text, y);
    text.push(')');
    text
}

fn texts(card: &Card, letters: usize, badge: Memo<NodeBadge>) -> Vec<Element> {
    let beside = {
        let card = card.clone();
        Memo::new(move || {
            badge.with(|b| card.fits_beside(letters, b.status.chars().count(), SMALL_PX))
        })
    };
    let status = text("status", status_end(card), card.title.y)
        .with("text-anchor", "end")
        .live_text(move || match beside.get() {
            true => badge.with(|b| b.status.clone()),
            false => String::new(),
        });
    let mut parts = vec![status];
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
        _ => card.area.right() - 14.0,
    }
}

/// The row at the bottom: how much waits, or the state that found no room
/// beside the name.
fn footer(card: &Card, y: f32, beside: Memo<bool>, badge: Memo<NodeBadge>) -> Vec<Element> {
    let area = card.area;
    let is_station = card.ring > 0.0;
    let (left, right) = (area.x + 14.0, area.right() - 14.0);
    let y = if is_station { y - 10.0 } else { y };
    let below = text("small", left, y).live_text(move || {
        let usual = badge.with(|b| b.trouble.is_empty() && is_station);
        match beside.get() || usual {
            true => badge.with(|b| footer_text(b, is_station)),
            false => badge.with(|b| b.status.clone()),
        }
    });
    let mut parts = vec![below];
    if is_station {
        let room = area.w - 28.0;
        if room > text_width(16 + 9, SMALL_PX) {
            let busy = text("small", right, y).with("text-anchor", "end");
            parts.push(busy.live_text(move || badge.with(utilisation_text)));
        }
        parts.extend(gauge(left, y + 9.0, room, badge));
    }
    parts
}

/// How many wait, and how many workers there are, beyond those drawn.
fn overflow(card: &Card, badge: Memo<NodeBadge>) -> Vec<Element> {
    let (shown, hidden) = (card.queue.len() as u32, card.hidden_workers);
    let spot = card.overflow;
    let mut parts = Vec::new();
    if card.ring > 0.0 {
        let more = text("more", spot.x, spot.y).with("text-anchor", "end");
        parts.push(more.live_text(
            move || match badge.with(|b| b.queue).saturating_sub(shown) {
                0 => String::new(),
                unseen => format!("+{}", crate::format::short_count(unseen)),
            },
        ));
    }
    if let Some(last) = card.workers.last().filter(|_| hidden > 0) {
        let more = text("more", last.x + card.ring + 6.0, last.y + 4.0);
        parts.push(more.text(&format!("+{hidden}")));
    }
    parts
}

fn footer_text(badge: &NodeBadge, is_station: bool) -> String {
    match (is_station, badge.queue_cap) {
        (false, _) => String::new(),
        (true, 0) => format!("queue {}", badge.queue),
        (true, cap) => format!(
            "queue {} of {}",
            badge.queue,
            crate::format::count(u64::from(cap))
        ),
    }
}

fn utilisation_text(badge: &NodeBadge) -> String {
    badge
        .utilisation
        .map_or(String::new(), |percent| format!("{percent} % busy"))
}

/// How full the queue is.
fn gauge(x: f32, y: f32, width: f32, badge: Memo<NodeBadge>) -> [Element; 2] {
    let filled = move || {
        let share = badge.with(|b| b.queue as f32 / b.queue_cap.max(1) as f32);
        let mut text = String::new();
        glyph::write_number(&mut text, width * share.clamp(0.0, 1.0));
        text
    };
    let fill = bar_of("fill", x, y, 0.0).live("width", filled);
    [bar_of("track", x, y, width), fill]
}

/// The empty rings of all workers, in one path.
fn rings(card: &Card) -> Element {
    let r = card.ring;
    let ring = |spot: &Spot| {
        let mut path = String::new();
        glyph::write_at(&mut path, spot.x - r, spot.y, "");
        for (turn, across) in [("a", 2.0 * r), ("a", -2.0 * r)] {
            path.push_str(turn);
            for value in [r, r, 0.0, 1.0, 0.0, across, 0.0] {
                glyph::write_number(&mut path, value);
                path.push(' ');
            }
        }
        path
    };
    let path: String = card.workers.iter().map(ring).collect();
    svg("path").class("rings").with("d", &path)
}
