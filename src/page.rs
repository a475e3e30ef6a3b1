//! The page of a pattern: header, controls, stage, panels, time.

use crate::app::{Route, link_to, notices};
use crate::controls::controls;
use crate::controls::timeline::timeline;
use crate::dom::{Element, button, html};
use crate::embed;
use crate::keys::{self, KEYS};
use crate::panels::caption::caption;
use crate::panels::live::live_region;
use crate::panels::panels;
use crate::player::{Command, Player};
use crate::share;
use crate::sharing::share_tool;
use crate::signals::State;
use crate::stage::stage;
use crate::theme::{Theme, motion_is_unwelcome};
use patternscope_engine::Scenario;
use patternscope_engine::patterns::CATALOG;
use patternscope_engine::scenario::ParsedLink;

/// Kept free under the stage for the caption.
const CAPTION_ROOM: f32 = 76.0;
/// A sheet of a narrow page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sheet {
    None,
    Controls,
    Panels,
}

/// A player as the link wants it.
pub fn player_of(scenario: Scenario, link: &ParsedLink) -> Player {
    let still = motion_is_unwelcome();
    let beat = link
        .option("step")
        .and_then(|step| step.parse::<usize>().ok());
    let told = link.says("story").unwrap_or(false) || beat.is_some();
    let plain = scenario
        == Scenario {
            seed: scenario.seed,
            ..Scenario::new(scenario.pattern)
        };
    let scenario = if told && plain {
        Scenario::story(scenario.pattern)
    } else {
        scenario
    };
    let player = Player::new(scenario, still);
    player.story.set(told);
    if let Some(speed) = link.speed {
        player.dispatch(Command::Speed(speed));
    }
    if let Some(at) = link.at {
        player.dispatch(Command::Seek(at));
    }
    if let Some(beat) = beat {
        player.dispatch(Command::Seek(Player::begin_of(player.pattern, beat)));
    }
    // The link of a moment shows that moment.
    let moment = link.at.is_some() || beat.is_some();
    if link.says("autoplay").unwrap_or(!still && !moment) {
        player.dispatch(Command::Play);
    }
    player
}

/// The page of one pattern.
pub fn pattern_page(scenario: Scenario, link: &ParsedLink, unread: Vec<String>) -> Element {
    let player = player_of(scenario, link);
    let help_is_open = State::new(false);
    keys::listen(player, help_is_open);
    embed::repeat(player, link);
    let embedded = link.says("embed").unwrap_or(false);
    if embedded {
        embed::listen(player);
        if link.option("controls") != Some("full") {
            return embed::embedded_page(player, link, unread);
        }
    }
    let sheet = State::new(Sheet::None);
    let tools = vec![
        share_tool(player),
        theme_switch(),
        button("icon", "?", move |_| {
            help_is_open.update(|open| *open = !*open);
        })
        .with("aria-label", "Keys")
        .with("title", "Keys (?)"),
    ];
    let class = if embedded {
        embed::class_of(link)
    } else {
        "page"
    };
    html("div")
        .live("class", move || match sheet.get() {
            Sheet::None => class.to_owned(),
            Sheet::Controls => class.to_owned() + " show-controls",
            Sheet::Panels => class.to_owned() + " show-panels",
        })
        .child(pause_first(player))
        .children((!embedded).then(|| header(Some(player.pattern.slug), tools)))
        .child(notices(unread))
        .child(
            html("main")
                .child(title(player))
                .child(aside("side", "Controls", controls(player)))
                .child(
                    html("div.middle")
                        .child(stage(player, CAPTION_ROOM))
                        .child(caption(player)),
                )
                .child(aside("right", "Measures", panels(player)))
                .child(timeline(player))
                .children(embedded.then(|| embed::whole_page(player)))
                .child(sheets(sheet)),
        )
        .child(help(help_is_open))
        .child(live_region(player))
}

/// The heading, for those who do not see the stage.
pub fn title(player: Player) -> Element {
    html("h1.unseen").text(player.pattern.title)
}

fn aside(class: &str, label: &str, child: Element) -> Element {
    html("aside")
        .class(class)
        .with("aria-label", label)
        .child(child)
}

/// The buttons of a narrow page that open what a wide one shows at its sides.
fn sheets(sheet: State<Sheet>) -> Element {
    let opens = |label: &str, which: Sheet| {
        button("", label, move |_| {
            sheet.update(|now| *now = if *now == which { Sheet::None } else { which });
        })
        .live("aria-pressed", move || (sheet.get() == which).to_string())
    };
    html("nav.sheets")
        .with("aria-label", "Sheets")
        .child(opens("Load and failures", Sheet::Controls))
        .child(opens("Measures", Sheet::Panels))
}

/// Whatever moves can be stopped by the very first key press.
pub fn pause_first(player: Player) -> Element {
    button("skip", "", move |_| player.dispatch(Command::Toggle)).live_text(move || {
        if player.is_busy() {
            "Pause the motion"
        } else {
            "Play"
        }
    })
}

/// The bar at the top.
pub fn header(current: Option<&str>, tools: Vec<Element>) -> Element {
    let links = CATALOG.iter().map(|pattern| {
        let link = link_to(&share::query_to(pattern.slug), "").text(pattern.title);
        if current == Some(pattern.slug) {
            link.with("aria-current", "page")
        } else {
            link
        }
    });
    html("header.top")
        .child(link_to(".", "brand").text("patternscope"))
        .child(html("nav").with("aria-label", "Patterns").children(links))
        .child(html("div.tools").children(tools))
}

/// Light, dark, or as the system is.
pub fn theme_switch() -> Element {
    let theme = Route::current().theme;
    let label = move || format!("Colours: {}", theme.get().name());
    button("icon", "", move |_| {
        theme.update(|theme| *theme = theme.next());
        theme.get_untracked().keep();
    })
    .live("aria-label", label)
    .live("title", label)
    .live_text(move || match theme.get() {
        Theme::Auto => "◐",
        Theme::Light => "☀",
        Theme::Dark => "☾",
    })
}

/// The list of keys.
pub fn help(open: State<bool>) -> Element {
    let row = |(key, what): &(&str, &str)| {
        html("div")
            .child(html("dt").child(html("kbd").text(key)))
            .child(html("dd").text(what))
    };
    let list = move || {
        let close = button("plain", "×", move |_| open.set(false)).with("aria-label", "Close");
        html("div.help")
            .with("role", "dialog")
            .with("aria-label", "Keys")
            .child(
                html("div.head")
                    .child(html("strong").text("Keys"))
                    .child(close),
            )
            .child(html("dl").children(KEYS.iter().map(row)))
    };
    html("div").each(move || open.get().then(list).into_iter().collect())
}
