//! The page inside other pages: the stage with little around it, a way to the
//! whole page, and an ear for the page around ([`host`]).

mod host;

use crate::app::notices;
use crate::controls::timeline::timeline;
use crate::dom::{Element, html};
use crate::page::{pause_first, title};
use crate::panels::caption::caption;
use crate::panels::live::live_region;
use crate::player::{Command, Player};
use crate::share;
use crate::stage::stage;
use patternscope_engine::scenario::ParsedLink;
use patternscope_engine::{Duration, History, Instant};

pub use host::{leave, listen};

/// How much of a run is repeated if a link only says that it should be.
const LOOP_S: f64 = 10.0;
/// Kept free under the stage for the caption of a story.
const CAPTION_ROOM: f32 = 70.0;

/// The stage alone, or with the bar that plays and seeks.
pub fn embedded_page(player: Player, link: &ParsedLink, unread: Vec<String>) -> Element {
    let bare = link.option("controls") == Some("none");
    let told = player.story.get_untracked();
    let room = if told { CAPTION_ROOM } else { 0.0 };
    html("div")
        .class(class_of(link))
        .child(pause_first(player))
        .child(notices(unread))
        .child(
            html("main.frame")
                .child(title(player))
                .child(
                    html("div.middle")
                        .child(stage(player, room))
                        .children(told.then(|| caption(player))),
                )
                .children((!bare).then(|| timeline(player)))
                .child(whole_page(player)),
        )
        .child(live_region(player))
}

/// The classes of an embedded page.
pub fn class_of(link: &ParsedLink) -> &'static str {
    match link.option("background") {
        Some("transparent") => "page embedded transparent",
        _ => "page embedded",
    }
}

/// A link to this very moment on the whole page.
pub fn whole_page(player: Player) -> Element {
    let link = html("a.whole")
        .with("target", "_blank")
        .with("rel", "noopener")
        .with("href", &share::query_to(player.pattern.slug))
        .with("title", "This very moment on a page of its own")
        .text("patternscope ↗");
    let element = link.raw().clone();
    // Made when somebody is about to follow it; time goes on before that.
    let refresh = move |_| {
        let element = element.clone();
        let scenario = player.read(History::scenario);
        let (speed, told) = (player.speed.get_untracked(), player.story.get_untracked());
        share::link(&scenario, player.at(), speed, told, move |text| {
            let _ = element.set_attribute("href", &text);
        });
    };
    link.on("pointerenter", refresh.clone())
        .on("focus", refresh)
}

/// Begins again and again, if the link says so.
pub fn repeat(player: Player, link: &ParsedLink) {
    let length = match link.option("loop") {
        None | Some("0") => return,
        Some("1") => Duration::from_secs(LOOP_S),
        Some(length) => Duration::parse(length).unwrap_or_default(),
    };
    let begin = link.at.unwrap_or(Instant::START);
    let over = player.watch(move |history| history.now() >= begin + length);
    crate::dom::follow(move || {
        if over.get() && player.playing.get_untracked() {
            player.dispatch(Command::Seek(begin));
        }
    });
}
