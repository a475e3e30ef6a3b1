//! Two patterns, or two settings of one, side by side under the same workload:
//! one time for both, and what it comes to.

use crate::app::{Route, link_to, notices};
use crate::controls::option;
use crate::controls::timeline::timeline;
use crate::dom::{Element, html, value_of};
use crate::format;
use crate::keys;
use crate::page::{header, help, pause_first, player_of, theme_switch};
use crate::panels::live::live_region;
use crate::player::Player;
use crate::share;
use crate::signals::State;
use crate::stage::stage;
use patternscope_engine::patterns::CATALOG;
use patternscope_engine::scenario::{ParsedLink, named_run};
use patternscope_engine::{History, Scenario};

/// The page of two runs.
pub fn comparison(
    first: Scenario,
    mut second: Scenario,
    link: &ParsedLink,
    mut unread: Vec<String>,
) -> Element {
    let lost = second.go_beside(&first);
    let of = second.pattern.title;
    unread.extend(lost.into_iter().map(|why| format!("{of}: {why}")));
    let player = player_of(first, link);
    let other = Player::new(second, player.still.get_untracked());
    player.tow(other);
    let help_is_open = State::new(false);
    keys::listen(player, help_is_open);
    html("div.page")
        .child(pause_first(player))
        .child(header(None, vec![theme_switch()]))
        .child(notices(unread))
        .child(
            html("main.compare")
                .child(half(player))
                .child(half(other))
                .child(figures(player, other))
                .child(timeline(player)),
        )
        .child(help(help_is_open))
        .child(live_region(player))
}

/// What a run is called.
fn name_of(player: Player) -> String {
    let preset = player.read(|history| history.scenario().preset);
    match preset {
        Some(preset) => format!("{}: {}", player.pattern.title, preset.title),
        None => player.pattern.title.to_owned(),
    }
}

/// One of the two, under its name, which leads to its own page.
fn half(player: Player) -> Element {
    let preset = player.read(|history| history.scenario().preset);
    let mut query = share::query_to(player.pattern.slug);
    if let Some(preset) = preset {
        query.extend(["&preset=", preset.slug]);
    }
    let name = link_to(&query, "").text(&name_of(player));
    html("section.middle")
        .child(html("h1").child(name))
        .child(stage(player, 0.0))
}

/// What both come to so far; none where there is nothing to tell yet.
type Figures = [Option<f64>; 6];

fn figures_of(history: &History) -> Figures {
    let (measures, now) = (history.measures(), history.now());
    let quantile = |share| {
        let ns = measures.latency().quantile(share);
        ns.map(|ns| ns as f64 / 1e6)
    };
    let ledger = history.ledger();
    [
        Some(measures.throughput_per_s(now)),
        Some(measures.goodput_per_s(now)),
        quantile(0.5),
        quantile(0.99),
        Some(ledger.failed_total() as f64),
        Some(ledger.lost_total() as f64),
    ]
}

const NAMES: [(&str, &str); 6] = [
    ("Throughput", "/s"),
    ("Goodput", "/s"),
    ("p50", "ms"),
    ("p99", "ms"),
    ("Failed", ""),
    ("Lost", ""),
];

fn figures(player: Player, other: Player) -> Element {
    let both = player.watch(move |history| (figures_of(history), other.read(figures_of)));
    let row = move |index: usize| {
        let (name, unit) = NAMES[index];
        let cell = move |read: fn(Option<f64>, Option<f64>) -> Option<f64>, sign: bool| {
            html("td").live_text(move || {
                let (one, two) = both.with(|(one, two)| (one[index], two[index]));
                match read(one, two) {
                    None => "–".to_owned(),
                    Some(value) => {
                        let sign = match sign {
                            true if value > 0.0 => "+",
                            true if value < 0.0 => "−",
                            _ => "",
                        };
                        format!("{sign}{}", format::with_unit(value.abs(), unit))
                    }
                }
            })
        };
        html("tr")
            .child(html("th").with("scope", "row").text(name))
            .child(cell(|one, _| one, false))
            .child(cell(|_, two| two, false))
            .child(cell(|one, two| Some(two? - one?), true))
    };
    let of_one = player.pattern.slug == other.pattern.slug;
    let short = |player: Player| {
        let preset = player.read(|history| history.scenario().preset);
        match preset.filter(|_| of_one) {
            Some(preset) => preset.title,
            None => player.pattern.title,
        }
    };
    let head = ["Measure", short(player), short(other), "Difference"]
        .map(|name| html("th").with("scope", "col").text(name));
    html("section.figures words")
        .with("aria-label", "Both in figures")
        .child(
            html("table")
                .child(html("thead").child(html("tr").children(head)))
                .child(html("tbody").children((0..NAMES.len()).map(row))),
        )
}

/// Chooses what to put beside a run.
pub fn choice(player: Player) -> Element {
    let compare = move |event: web_sys::Event| {
        let name = value_of(&event);
        let scenario = player.read(History::scenario);
        let speed = player.speed.get_untracked();
        share::link(&scenario, player.at(), speed, false, move |link| {
            let (whole, hash) = link.split_at(link.find('#').unwrap_or(link.len()));
            Route::current().visit(&format!("{whole}&with={name}{hash}"));
        });
    };
    let own = player.pattern;
    let others = CATALOG.iter().filter(|pattern| pattern.slug != own.slug);
    let entry = |value: &str, title: &str| option(value, title, || false);
    let presets = own
        .presets
        .iter()
        .map(|preset| entry(&format!("{}:{}", own.slug, preset.slug), preset.title));
    html("select")
        .with("aria-label", "Compare with")
        .on("change", compare)
        .child(option("", "Compare with …", || true))
        .children(others.map(|pattern| entry(pattern.slug, pattern.title)))
        .child(entry(own.slug, "Its defaults"))
        .children(presets)
}

/// The second run of a link, if it asks for one and is not inside another page.
pub fn second_of(link: &ParsedLink) -> Option<Scenario> {
    match link.says("embed") {
        Some(true) => None,
        _ => named_run(link.option("with")?),
    }
}
