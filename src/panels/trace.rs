//! The trace of one unit of work: a waterfall of its hops, waits and runs,
//! each bar a way to its instant.

use crate::format;
use crate::player::{Command, Player};
use leptos::prelude::*;
use patternscope_engine::History;
use patternscope_engine::Instant;
use patternscope_engine::kernel::FlowId;
use patternscope_engine::scene::trace::{Span, SpanKind, spans};

/// Bars shown at most.
const SPANS_MOST: usize = 200;

fn class(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Whole => "whole",
        SpanKind::Travel => "travel",
        SpanKind::Wait => "wait",
        SpanKind::Work => "work",
        SpanKind::Lost => "lost",
        SpanKind::Moment => "moment",
    }
}

/// The trace of the unit of work that is followed.
#[component]
pub fn Trace(player: Player) -> impl IntoView {
    let traced = StoredValue::new((None::<FlowId>, Instant::START, Vec::<Span>::new()));
    let all = player.watch(move |history: &History| {
        let Some(flow) = player.selected.get() else {
            return Vec::new();
        };
        // Nothing new while time passes: that would be run again each time.
        let (before, at, kept) = traced.get_value();
        if before == Some(flow) && (at == history.now() || player.playing.get_untracked()) {
            return kept;
        }
        let facts = history.flow_facts(flow);
        let outcomes = history.scenario().pattern.outcomes;
        let found = spans(
            &facts,
            history.simulation().topology(),
            outcomes,
            history.now(),
        );
        traced.set_value((Some(flow), history.now(), found.clone()));
        found
    });
    let title = move || player.selected.get().map(|flow| format!("Flow {}", flow.0));
    let bars =
        move || {
            let all = all.get();
            let first = all.first().map_or(Instant::START, |span| span.from);
            let last = all.iter().map(|span| span.to).max().unwrap_or(first);
            let whole = last.since(first).as_secs().max(1e-9);
            all.into_iter().take(SPANS_MOST).map(|span| {
            let share = |at: Instant| 100.0 * at.since(first).as_secs() / whole;
            let (from, to) = (share(span.from), share(span.to));
            let length = span.to.since(span.from).as_secs();
            let words = if length > 0.0 { format::span(length) } else { String::new() };
            let at = span.from;
            view! {
                <li>
                    <button type="button" class=format!("bar {}", class(span.kind))
                        title=format!("Go to {}", format::time(at))
                        on:click=move |_| player.dispatch(Command::Seek(at))>
                        <span class="what">{span.label}</span><span class="long">{words}</span>
                        <span class="rail"><i style:left=format!("{from:.2}%")
                            style:width=format!("{:.2}%", (to - from).max(0.8))></i></span>
                    </button>
                </li>
            }
        }).collect_view()
        };
    view! {
        <article class="words trace">
            <header>
                <h2>{title}</h2>
                <button type="button" on:click=move |_| player.dispatch(Command::Select(None))>"Close"</button>
            </header>
            <p class="hint">"Each bar goes to its instant."</p>
            <ol>{bars}</ol>
        </article>
    }
}
