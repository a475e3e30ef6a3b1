//! Links as pairs of lanes, with what is wrong with them.

use super::badge::{LinkBadge, tone_class};
use super::{Picked, Scene};
use leptos::prelude::*;
use patternscope_engine::kernel::{LinkId, Tone};
use patternscope_engine::scene::PairId;
use std::sync::Arc;

/// More pairs than this are left out of the order of tabs; lists reach them.
const TABBED_MOST: usize = 24;
/// Texts of adjacent pairs stand at different shares of the way.
const PLACES: [f64; 5] = [0.5, 0.34, 0.66, 0.42, 0.58];

/// Both directions between two nodes.
#[component]
pub fn LinkPair(
    scene: Arc<Scene>,
    index: usize,
    badges: Memo<Vec<LinkBadge>>,
    on_pick: Callback<(web_sys::Event, Option<Picked>)>,
) -> impl IntoView {
    let (there, back) = scene.layout.pairs[index];
    let picked = Picked::Pair(PairId(index as u16));
    let of = move |link: LinkId| {
        Memo::new(move |_| badges.with(|all| all.get(link.index()).cloned().unwrap_or_default()))
    };
    let ends = scene.topology.link(there);
    let (from, to) = (scene.topology.node(ends.from), scene.topology.node(ends.to));
    let name = format!("{} – {}", from.name, to.name);
    let lanes = [Some(there), back]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let badge = lanes.iter().map(|link| of(*link)).collect::<Vec<_>>();
    let states = badge.clone();
    let label = move || format!("Link {name}: {}. Open its menu.", state_text(&states));
    let tab = if scene.layout.pairs.len() > TABBED_MOST {
        "-1"
    } else {
        "0"
    };
    let hit = middle_path(&scene, there, back);
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            event.stop_propagation();
            on_pick.run((event.into(), Some(picked)));
        }
    };
    let drawn = lanes
        .iter()
        .zip(&badge)
        .map(|(link, badge)| lane(&scene, *link, *badge))
        .collect_view();
    view! {
        <g
            class="link"
            tabindex=tab
            role="button"
            aria-haspopup="dialog"
            aria-label=label
            on:click=move |event| on_pick.run((event.into(), Some(picked)))
            on:keydown=on_key
        >
            <path class="hit" d=hit/>
            {drawn}
            {trouble(&scene, index, lanes, badge)}
        </g>
    }
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
    let point = |i: usize| {
        (
            (curve[i].x + other[i].x) / 2.0,
            (curve[i].y + other[i].y) / 2.0,
        )
    };
    let ((ax, ay), (bx, by), (cx, cy), (dx, dy)) = (point(0), point(1), point(2), point(3));
    format!("M{ax:.1} {ay:.1}C{bx:.1} {by:.1} {cx:.1} {cy:.1} {dx:.1} {dy:.1}")
}

fn lane(scene: &Scene, link: LinkId, badge: Memo<LinkBadge>) -> impl IntoView + use<> {
    let path = scene.layout.lanes[link.index()].path();
    let class = move || {
        badge.with(|b| match (b.cut, b.label.is_empty()) {
            (true, _) => "lane cut",
            (false, false) => "lane impaired",
            (false, true) => "lane",
        })
    };
    view! { <path class=class d=path/> }
}

/// A break where it is cut; a text for what else is wrong.
fn trouble(
    scene: &Scene,
    index: usize,
    lanes: Vec<LinkId>,
    badges: Vec<Memo<LinkBadge>>,
) -> impl IntoView + use<> {
    let breaks = lanes
        .iter()
        .zip(&badges)
        .map(|(link, badge)| {
            let spot = scene.layout.lanes[link.index()].at(0.5);
            let place = format!("translate({:.1} {:.1})", spot.x, spot.y);
            let badge = *badge;
            let class = move || {
                if badge.with(|b| b.cut) {
                    "break"
                } else {
                    "off"
                }
            };
            view! {
                <g class=class transform=place>
                    <rect x="-9" y="-5" width="18" height="10" rx="4"/>
                    <path d="M-5.5-6.5L-2 6.5M2-6.5L5.5 6.5"/>
                </g>
            }
        })
        .collect_view();
    let spot = scene.layout.lanes[lanes[0].index()].at(PLACES[index % PLACES.len()]);
    let said = Memo::new(move |_| said_of(&badges));
    let class = move || {
        said.with(|(text, tone)| match text.is_empty() {
            true => "off".to_owned(),
            false => format!("pill {}", tone_class(*tone)),
        })
    };
    let width = move || said.with(|(text, _)| text.chars().count() as f32 * 6.4 + 14.0);
    let place = format!("translate({:.1} {:.1})", spot.x, spot.y + 4.0);
    view! {
        {breaks}
        <g class=class transform=place>
            <rect x=move || -width() / 2.0 y="-9" width=width height="18" rx="9"/>
            <text y="4" text-anchor="middle">{move || said.get().0}</text>
        </g>
    }
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
