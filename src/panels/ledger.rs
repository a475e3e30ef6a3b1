//! The ledger: where everything went, and whether the books balance.

use crate::format;
use crate::player::Player;
use leptos::prelude::*;
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
    rows.push(("messages in flight".to_owned(), balance.in_flight));
    let lost = losses(ledger).filter(|(_, count)| *count > 0);
    rows.extend(lost.map(|(reason, count)| (format!("lost: {reason}"), count)));
    Books {
        rows,
        truths: balance.truths,
    }
}

/// Always on screen.
#[component]
pub fn LedgerView(player: Player) -> impl IntoView {
    let books = player.watch(books);
    let rows = move || {
        let rows = books.with(|books| books.rows.clone());
        rows.into_iter()
            .map(
                |(name, count)| view! { <div><dt>{name}</dt><dd>{format::count(count)}</dd></div> },
            )
            .collect_view()
    };
    let balanced = Memo::new(move |_| books.with(|books| books.truths.iter().all(Truth::holds)));
    let verdict = move || match balanced.get() {
        true => "✓ every unit of work accounted for",
        false => "✗ the books do not balance: a fault of this program",
    };
    let identities = move || {
        books
            .get()
            .truths
            .into_iter()
            .map(|truth| {
                let sign = if truth.holds() { "✓" } else { "✗" };
                let values = format!(
                    "{} = {}",
                    format::count_signed(truth.left),
                    format::count_signed(truth.right)
                );
                view! { <li class:bad=!truth.holds()>{sign}" "{truth.name}<b>{values}</b></li> }
            })
            .collect_view()
    };
    view! {
        <section class="ledger" aria-label="Ledger">
            <dl>{rows}</dl>
            <details class=move || if balanced.get() { "verdict" } else { "verdict bad" }>
                <summary>{verdict}</summary>
                <ul>{identities}</ul>
            </details>
        </section>
    }
}
