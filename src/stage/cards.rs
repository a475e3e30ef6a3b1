//! Nodes as cards: name, state, counts, and rings for workers. The messages
//! within are the layer's.

use super::badge::NodeBadge;
use super::rows::rows;
use super::{Picked, Scene};
use leptos::prelude::*;
use patternscope_engine::kernel::NodeId;
use patternscope_engine::scene::{Card, text_width};
use std::sync::Arc;

const SMALL_PX: f32 = 12.0;

/// One node.
#[component]
pub fn NodeCard(
    scene: Arc<Scene>,
    index: usize,
    badges: Memo<Vec<NodeBadge>>,
    on_pick: Callback<(web_sys::Event, Option<Picked>)>,
) -> impl IntoView {
    let card = scene.layout.cards[index].clone();
    let name = scene.topology.nodes()[index].name.clone();
    let letters = name.len();
    let badge = Memo::new(move |_| badges.with(|all| all.get(index).cloned().unwrap_or_default()));
    let picked = Picked::Node(NodeId(index as u16));
    let area = card.area;
    let label = {
        let name = name.clone();
        move || {
            format!(
                "{name}: {}. Open its menu.",
                badge.with(|b| b.status.clone())
            )
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            event.stop_propagation();
            on_pick.run((event.into(), Some(picked)));
        }
    };
    view! {
        <g
            class=move || format!("node {}", badge.with(|b| b.trouble))
            tabindex="0"
            role="button"
            aria-haspopup="dialog"
            aria-label=label
            on:click=move |event| on_pick.run((event.into(), Some(picked)))
            on:keydown=on_key
        >
            <rect class="card" x=area.x y=area.y width=area.w height=area.h rx=area.h.min(24.0) / 2.0/>
            {card.has_icon().then(|| icon(&card))}
            <text class="name" x=card.title.x y=card.title.y font-size=card.title_px>{name}</text>
            {texts(card.clone(), letters, badge)}
            {rings(&card)}
            {rows(&card, badge)}
        </g>
    }
}

/// A machine with workers, or a screen of somebody who asks.
fn icon(card: &Card) -> impl IntoView + use<> {
    let path = if card.ring > 0.0 || !card.workers.is_empty() {
        "M1 0h16v7h-16zM1 10h16v7h-16zM4.5 3.5h.01M4.5 13.5h.01"
    } else {
        "M0 1h18v12h-18zM5 17h8"
    };
    let place = format!("translate({} {})", card.area.x + 15.0, card.area.y + 13.0);
    view! { <path class="icon" d=path transform=place/> }
}

fn texts(card: Card, letters: usize, badge: Memo<NodeBadge>) -> impl IntoView {
    let beside = {
        let card = card.clone();
        Memo::new(move |_| {
            badge.with(|b| card.fits_beside(letters, b.status.chars().count(), SMALL_PX))
        })
    };
    let status = move || {
        if beside.get() {
            badge.with(|b| b.status.clone())
        } else {
            String::new()
        }
    };
    view! {
        <text class="status" x=status_end(&card) y=card.title.y text-anchor="end">{status}</text>
        {card.footer.map(|y| footer(&card, y, beside, badge))}
        {overflow(&card, badge)}
    }
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
fn footer(
    card: &Card,
    y: f32,
    beside: Memo<bool>,
    badge: Memo<NodeBadge>,
) -> impl IntoView + use<> {
    let area = card.area;
    let is_station = card.ring > 0.0;
    let (left, right) = (area.x + 14.0, area.right() - 14.0);
    let y = if is_station { y - 10.0 } else { y };
    let below = move || {
        let footer = badge.with(|b| footer_text(b, is_station));
        if beside.get() || badge.with(|b| b.trouble.is_empty() && is_station) {
            footer
        } else {
            badge.with(|b| b.status.clone())
        }
    };
    let busy = move || badge.with(utilisation_text);
    let room = area.w - 28.0 > text_width(16 + 9, SMALL_PX);
    view! {
        <text class="small" x=left y=y>{below}</text>
        {(is_station && room).then(|| view! {
            <text class="small" x=right y=y text-anchor="end">{busy}</text>
        })}
        {is_station.then(|| gauge(left, y + 9.0, area.w - 28.0, badge))}
    }
}

/// How many wait, and how many workers there are, beyond those drawn.
fn overflow(card: &Card, badge: Memo<NodeBadge>) -> impl IntoView + use<> {
    let (shown, hidden) = (card.queue.len() as u32, card.hidden_workers);
    let spot = card.overflow;
    let more = move || {
        let unseen = badge.with(|b| b.queue).saturating_sub(shown);
        if unseen > 0 {
            format!("+{}", crate::format::count(u64::from(unseen)))
        } else {
            String::new()
        }
    };
    let last = card
        .workers
        .last()
        .map(|spot| (spot.x + card.ring + 6.0, spot.y + 4.0));
    view! {
        {(card.ring > 0.0).then(|| view! {
            <text class="more" x=spot.x y=spot.y text-anchor="end">{more}</text>
        })}
        {last.filter(|_| hidden > 0).map(|(x, y)| view! {
            <text class="more" x=x y=y>{format!("+{hidden}")}</text>
        })}
    }
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
fn gauge(x: f32, y: f32, width: f32, badge: Memo<NodeBadge>) -> impl IntoView {
    let filled = move || {
        let share = badge.with(|b| b.queue as f32 / b.queue_cap.max(1) as f32);
        format!("{:.1}", width * share.clamp(0.0, 1.0))
    };
    view! {
        <rect class="track" x=x y=y width=width height="4" rx="2"/>
        <rect class="fill" x=x y=y width=filled height="4" rx="2"/>
    }
}

/// The empty rings of all workers, in one path.
fn rings(card: &Card) -> impl IntoView + use<> {
    let r = card.ring;
    let ring = |spot: &patternscope_engine::scene::Spot| {
        format!(
            "M{} {}a{r} {r} 0 1 0 {} 0a{r} {r} 0 1 0 {} 0",
            spot.x - r,
            spot.y,
            2.0 * r,
            -2.0 * r
        )
    };
    let path: String = card.workers.iter().map(ring).collect();
    view! { <path class="rings" d=path/> }
}
