//! The trace of one unit of work: a waterfall of its hops, waits and runs,
//! each bar a way to its instant.

use crate::dom::{Element, button, html};
use crate::format;
use crate::player::{Command, Player};
use leptos::prelude::*;
use patternscope_engine::History;
use patternscope_engine::Instant;
use patternscope_engine::kernel::FlowId;
use patternscope_engine::kernel::decimal::Number;
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
pub fn trace(player: Player) -> Element {
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
    let close = button("", "Close", move |_| player.dispatch(Command::Select(None)));
    html("article.words trace")
        .child(
            html("header")
                .child(html("h2").live_text(move || {
                    let flow = player.selected.get();
                    flow.map_or(String::new(), |flow| format!("Flow {}", flow.0))
                }))
                .child(close),
        )
        .child(html("p.hint").text("Each bar goes to its instant."))
        .child(html("ol").each(move || all.with(|all| bars(player, all))))
}

/// A bar a span, all on one axis.
fn bars(player: Player, all: &[Span]) -> Vec<Element> {
    let first = all.first().map_or(Instant::START, |span| span.from);
    let last = all.iter().map(|span| span.to).max().unwrap_or(first);
    let whole = last.since(first).as_secs().max(1e-9);
    let share = move |at: Instant| 100.0 * at.since(first).as_secs() / whole;
    let bar = |span: &Span| {
        let (at, from, to) = (span.from, share(span.from), share(span.to));
        let length = span.to.since(span.from).as_secs();
        let words = if length > 0.0 {
            format::span(length)
        } else {
            String::new()
        };
        let rail = html("i")
            .style("left", move || format!("{:.2}%", Number(from)))
            .style("width", move || {
                format!("{:.2}%", Number((to - from).max(0.8)))
            });
        let go = move |_| player.dispatch(Command::Seek(at));
        html("li").child(
            button(&format!("bar {}", class(span.kind)), "", go)
                .with("title", &format!("Go to {}", format::time(at)))
                .child(html("span.what").text(&span.label))
                .child(html("span.long").text(&words))
                .child(html("span.rail").child(rail)),
        )
    };
    all.iter().take(SPANS_MOST).map(bar).collect()
}
