//! The panels beside the stage: charts, theory, words, trace, ledger.

pub mod caption;
mod chart;
mod ledger;
pub mod live;
mod look_back;
mod trace;
mod words;

use crate::dom::{Element, button, html};
use crate::player::Player;
use crate::signals::{Memo, State};
use crate::stage::event_time::{event_time, has_event_time};
use chart::charts;
use ledger::ledger;
use look_back::{has_log, look_back};
use trace::trace;
use words::{about, node_table, theory};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Measures,
    Log,
    Times,
    Theory,
    Words,
    About,
}

const TABS: [(Tab, &str); 6] = [
    (Tab::Measures, "Measures"),
    (Tab::Log, "Log"),
    (Tab::Times, "Times"),
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
            Tab::Log => look_back(player),
            Tab::Times => event_time(player),
            Tab::Theory => theory(player),
            Tab::Words => node_table(player),
            Tab::About => about(player.pattern),
        }]
    };
    let (has_log, has_event_time) = (has_log(player), has_event_time(player));
    let offered = move |(tab, _): &(Tab, &str)| match tab {
        Tab::Log => has_log,
        Tab::Times => has_event_time,
        _ => true,
    };
    let tabs = TABS.into_iter().filter(offered).map(|(each, label)| {
        // The stage of a wide page has it already.
        let class = if each == Tab::Times { "narrow" } else { "" };
        button(class, label, move |_| {
            player.selected.set(None);
            player.repaint();
            tab.set(each);
        })
        .live("aria-pressed", move || {
            (!following.get() && tab.get() == each).to_string()
        })
    });
    html("div.panels")
        .child(
            html("div.tabs")
                .with("role", "group")
                .with("aria-label", "Panel")
                .children(tabs),
        )
        .child(
            html("div.panel")
                .with("tabindex", "0")
                .with("role", "region")
                .with("aria-label", "Panel")
                .each(body),
        )
        .child(ledger(player))
}
