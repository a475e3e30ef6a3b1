//! The panels beside the stage: charts, theory, words, trace, ledger.

pub mod caption;
mod chart;
mod ledger;
pub mod live;
mod trace;
mod words;

use crate::player::Player;
use chart::Charts;
use ledger::LedgerView;
use leptos::prelude::*;
use trace::Trace;
use words::{About, NodeTable, TheoryView};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Measures,
    Theory,
    Words,
    About,
}

const TABS: [(Tab, &str); 4] = [
    (Tab::Measures, "Measures"),
    (Tab::Theory, "Theory"),
    (Tab::Words, "Table"),
    (Tab::About, "About"),
];

/// The column of panels, the ledger always below.
#[component]
pub fn Panels(player: Player) -> impl IntoView {
    let tab = RwSignal::new(Tab::Measures);
    let following = move || player.selected.get().is_some();
    let body = move || {
        if following() {
            return view! { <Trace player=player/> }.into_any();
        }
        match tab.get() {
            Tab::Measures => view! { <Charts player=player/> }.into_any(),
            Tab::Theory => view! { <TheoryView player=player/> }.into_any(),
            Tab::Words => view! { <NodeTable player=player/> }.into_any(),
            Tab::About => view! { <About player=player/> }.into_any(),
        }
    };
    let choose = move |each: Tab| {
        player.selected.set(None);
        player.repaint();
        tab.set(each);
    };
    let tabs = TABS
        .into_iter()
        .map(|(each, label)| {
            view! {
                <button type="button"
                    aria-pressed=move || (!following() && tab.get() == each).to_string()
                    on:click=move |_| choose(each)>{label}</button>
            }
        })
        .collect_view();
    view! {
        <div class="panels">
            <div class="tabs" role="group" aria-label="Panel">{tabs}</div>
            <div class="panel" tabindex="0" role="region" aria-label="Panel">{body}</div>
            <LedgerView player=player/>
        </div>
    }
}
