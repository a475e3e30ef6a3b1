//! The ledger: where everything went, and whether the books balance.

use crate::dom::{Element, html};
use crate::format;
use crate::player::Player;
use crate::signals::Memo;
use patternscope_engine::History;
use patternscope_engine::kernel::Truth;
use patternscope_engine::measure::ledger::losses;

#[derive(Clone, PartialEq)]
struct Books {
    rows: Vec<(String, u64)>,
    truths: Vec<Truth>,
}

fn books(history: &History) -> Books {
    let ledger = history.ledger();
    let balance = ledger.check(history.simulation());
    let outcomes = history.scenario().pattern.outcomes;
    let mut rows = vec![("started".to_owned(), ledger.started)];
    rows.push(("succeeded".to_owned(), ledger.succeeded()));
    let failed = outcomes
        .iter()
        .zip(ledger.ended)
        .skip(1)
        .filter(|(_, count)| *count > 0);
    rows.extend(failed.map(|(name, count)| (format!("failed: {name}"), count)));
    rows.push(("open".to_owned(), balance.open));
    rows.push(("in flight".to_owned(), balance.in_flight));
    let lost = losses(ledger).filter(|(_, count)| *count > 0);
    rows.extend(lost.map(|(reason, count)| (format!("lost: {reason}"), count)));
    Books {
        rows,
        truths: balance.truths,
    }
}

/// Always on screen.
pub fn ledger(player: Player) -> Element {
    let books = player.watch(books);
    let row = |(name, count): &(String, u64)| {
        html("div")
            .child(html("dt").text(name))
            .child(html("dd").text(&format::count(*count)))
    };
    let identity = |truth: &Truth| {
        let sign = if truth.holds() { "✓ " } else { "✗ " };
        let sides = [truth.left, truth.right].map(format::count_signed);
        html("li")
            .class(if truth.holds() { "" } else { "bad" })
            .text(sign)
            .text(truth.name)
            .child(html("b").text(&sides.join(" = ")))
    };
    let balanced = Memo::new(move || books.with(|books| books.truths.iter().all(Truth::holds)));
    let verdict = html("summary").live_text(move || match balanced.get() {
        true => "✓ every unit of work accounted for",
        false => "✗ the books do not balance: a fault of this program",
    });
    html("section.ledger")
        .with("aria-label", "Ledger")
        .child(html("dl").each(move || books.with(|books| books.rows.iter().map(row).collect())))
        .child(
            html("details")
                .live("class", move || match balanced.get() {
                    true => "verdict",
                    false => "verdict bad",
                })
                .child(verdict)
                .child(
                    html("ul").each(move || {
                        books.with(|books| books.truths.iter().map(identity).collect())
                    }),
                ),
        )
}
