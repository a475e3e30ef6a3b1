//! The panels beside the stage: charts, theory, words, trace, ledger.

pub mod caption;
mod chart;
mod ledger;
pub mod live;
mod trace;
mod words;

use crate::dom::{Element, button, html};
use crate::player::Player;
use crate::signals::{Memo, State};
use chart::charts;
use ledger::ledger;
use trace::trace;
use words::{about, node_table, theory};

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
pub fn panels(player: Player) -> Element {
    let tab = State::new(Tab::Measures);
    let following = Memo::new(move || player.selected.get().is_some());
    let body = move || {
        vec![match tab.get() {
            _ if following.get() => trace(player),
            Tab::Measures => charts(player),
            Tab::Theory => theory(player),
            Tab::Words => node_table(player),
            Tab::About => about(player.pattern),
        }]
    };
    let tabs = TABS.into_iter().map(|(each, label)| {
        button("", label, move |_| {
            player.selected.set(None);
            player.repaint();
            tab.set(each);
        })
        .live("aria-pressed", move || {
            (!following.get() && tab.get() == each).to_string()
        })
    });
    html("div")
        .class("panels")
        .child(
            html("div")
                .class("tabs")
                .with("role", "group")
                .with("aria-label", "Panel")
                .children(tabs),
        )
        .child(
            html("div")
                .class("panel")
                .with("tabindex", "0")
                .with("role", "region")
                .with("aria-label", "Panel")
                .each(body),
        )
        .child(ledger(player))
}
