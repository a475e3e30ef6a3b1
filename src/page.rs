//! The page of a pattern: header, controls, stage, panels, time.

use crate::app::{Notices, To};
use crate::controls::Controls;
use crate::controls::timeline::Timeline;
use crate::keys::{self, KEYS};
use crate::panels::Panels;
use crate::panels::caption::Caption;
use crate::panels::live::LiveRegion;
use crate::player::{Command, Player};
use crate::share;
use crate::stage::Stage;
use crate::theme::{Theme, motion_is_unwelcome};
use leptos::prelude::*;
use patternscope_engine::patterns::CATALOG;
use patternscope_engine::scenario::ParsedLink;
use patternscope_engine::{History, Scenario};

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
fn player_of(scenario: Scenario, link: &ParsedLink) -> Player {
    let still = motion_is_unwelcome();
    let told = link.option("story").is_some_and(|value| value != "0");
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
    let asked = link
        .option("autoplay")
        .map(|value| value != "0" && value != "false");
    // The link of a moment shows that moment.
    if asked.unwrap_or(!still && link.at.is_none()) {
        player.dispatch(Command::Play);
    }
    player
}

/// The page of one pattern.
#[component]
pub fn PatternPage(scenario: Scenario, link: ParsedLink, notices: Vec<String>) -> impl IntoView {
    let player = player_of(scenario, &link);
    let embedded = link.option("embed").is_some_and(|value| value != "0");
    let help = RwSignal::new(false);
    keys::listen(player, help);
    if embedded {
        let controls = link.option("controls").unwrap_or("min").to_owned();
        return view! { <Embedded player=player controls=controls notices=notices/> }.into_any();
    }
    let sheet = RwSignal::new(Sheet::None);
    let class = move || match sheet.get() {
        Sheet::None => "page",
        Sheet::Controls => "page show-controls",
        Sheet::Panels => "page show-panels",
    };
    let toggle = move |which: Sheet| {
        move |_| sheet.update(|now| *now = if *now == which { Sheet::None } else { which })
    };
    let pressed = move |which: Sheet| move || (sheet.get() == which).to_string();
    view! {
        <div class=class>
            <PauseFirst player=player/>
            <Header current=Some(player.pattern.slug)>
                <Share player=player/>
                <ThemeSwitch/>
                <button type="button" class="icon" aria-label="Keys" title="Keys (?)"
                    on:click=move |_| help.update(|open| *open = !*open)>"?"</button>
            </Header>
            <Notices notices=notices/>
            <main>
                <h1 class="unseen">{player.pattern.title}</h1>
                <aside class="side" aria-label="Controls"><Controls player=player/></aside>
                <div class="middle">
                    <Stage player=player reserved=CAPTION_ROOM/>
                    <Caption player=player/>
                </div>
                <aside class="right" aria-label="Measures"><Panels player=player/></aside>
                <Timeline player=player/>
                <nav class="sheets" aria-label="Sheets">
                    <button type="button" aria-pressed=pressed(Sheet::Controls)
                        on:click=toggle(Sheet::Controls)>"Load and failures"</button>
                    <button type="button" aria-pressed=pressed(Sheet::Panels)
                        on:click=toggle(Sheet::Panels)>"Measures"</button>
                </nav>
            </main>
            <Help open=help/>
            <LiveRegion player=player/>
        </div>
    }
    .into_any()
}

/// The stage alone, for other pages.
#[component]
fn Embedded(player: Player, controls: String, notices: Vec<String>) -> impl IntoView {
    let timeline = (controls != "none").then(|| view! { <Timeline player=player/> });
    view! {
        <div class="page embedded">
            <PauseFirst player=player/>
            <Notices notices=notices/>
            <main>
                <h1 class="unseen">{player.pattern.title}</h1>
                <div class="middle"><Stage player=player/></div>
                {timeline}
            </main>
            <LiveRegion player=player/>
        </div>
    }
}

/// Whatever moves can be stopped by the very first key press.
#[component]
fn PauseFirst(player: Player) -> impl IntoView {
    let label = move || {
        if player.playing.get() {
            "Pause the motion"
        } else {
            "Play"
        }
    };
    view! {
        <button type="button" class="skip" on:click=move |_| player.dispatch(Command::Toggle)>{label}</button>
    }
}

/// The bar at the top.
#[component]
pub fn Header(current: Option<&'static str>, children: Children) -> impl IntoView {
    let links = CATALOG
        .iter()
        .map(|pattern| view! {
            <To query=share::query_to(pattern.slug) current=current == Some(pattern.slug)>{pattern.title}</To>
        })
        .collect_view();
    view! {
        <header class="top">
            <To query=".".to_owned() class="brand">"patternscope"</To>
            <nav aria-label="Patterns">{links}</nav>
            <div class="tools">{children()}</div>
        </header>
    }
}

/// Light, dark, or as the system is.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = expect_context::<RwSignal<Theme>>();
    let label = move || format!("Colours: {}", theme.get().name());
    let sign = move || match theme.get() {
        Theme::Auto => "◐",
        Theme::Light => "☀",
        Theme::Dark => "☾",
    };
    let turn = move |_| {
        theme.update(|theme| *theme = theme.next());
        theme.get_untracked().keep();
    };
    view! { <button type="button" class="icon" aria-label=label title=label on:click=turn>{sign}</button> }
}

/// Copies the link of this very moment.
#[component]
fn Share(player: Player) -> impl IntoView {
    let link = RwSignal::new(None::<String>);
    let copied = RwSignal::new(false);
    let press = move |_| {
        if link.get_untracked().is_some() {
            return link.set(None);
        }
        let text = player.read(|history: &History| {
            let speed = player.speed.get_untracked();
            share::link(
                &history.scenario(),
                history.now(),
                speed,
                player.story.get_untracked(),
            )
        });
        share::copy(&text, move |done| {
            let _ = copied.try_set(done);
        });
        copied.set(false);
        link.set(Some(text));
    };
    let words = move || {
        if copied.get() {
            "Copied: the link of this very moment"
        } else {
            "The link of this very moment"
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            link.set(None);
        }
    };
    let open = move || {
        link.get().map(|text| {
            view! {
                <div class="popover" role="dialog" aria-label="Share">
                    <label>{words}
                        <input type="text" readonly prop:value=text on:focus=|event| {
                            event_target::<web_sys::HtmlInputElement>(&event).select();
                        }/>
                    </label>
                </div>
            }
        })
    };
    view! {
        <div class="share" on:keydown=on_key>
            <button type="button" aria-expanded=move || link.get().is_some().to_string() on:click=press>"Share"</button>
            {open}
        </div>
    }
}

/// The list of keys.
#[component]
fn Help(open: RwSignal<bool>) -> impl IntoView {
    let rows = || {
        KEYS.iter()
            .map(|(key, what)| {
                view! {
                    <div><dt><kbd>{*key}</kbd></dt><dd>{*what}</dd></div>
                }
            })
            .collect_view()
    };
    move || {
        open.get().then(|| view! {
        <div class="help" role="dialog" aria-label="Keys">
            <header>
                <strong>"Keys"</strong>
                <button type="button" class="plain" aria-label="Close" on:click=move |_| open.set(false)>"×"</button>
            </header>
            <dl>{rows()}</dl>
        </div>
    })
    }
}
