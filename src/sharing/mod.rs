//! The Share dialog: the run as a link, in a page of one's own, or as a file.

mod exports;
mod forms;

use crate::dom::{Element, button, html, value_of};
use crate::player::Player;
use crate::share;
use crate::signals::State;
use exports::exports;
use forms::{CHOICES, FORMS, Form, START, Terms, first_chosen};
use gloo_timers::callback::Timeout;
use leptos::prelude::event_target;
use patternscope_engine::kernel::decimal::Number;
use patternscope_engine::{History, Instant, Scenario};
use wasm_bindgen::JsCast;

/// How long the dialog says that it copied something, in milliseconds.
const COPIED_MS: u32 = 4_000;
/// A preview follows options after a pause of so many milliseconds.
const PREVIEW_MS: u32 = 400;
/// The widest a preview is drawn, and what is beside it on a narrow page, in
/// pixels.
const PREVIEW_WIDTH: f32 = 420.0;
const PREVIEW_BESIDE: f32 = 40.0;

/// What the dialog shows.
#[derive(Clone, Copy)]
struct Desk {
    player: Player,
    is_open: State<bool>,
    /// The run as a whole link, from where it should begin.
    link: State<String>,
    form: State<Form>,
    /// Of each row of [`CHOICES`], which.
    chosen: State<Vec<usize>>,
    copied: State<Option<bool>>,
}

/// The button, and its dialog.
pub fn share_tool(player: Player) -> Element {
    let desk = Desk {
        player,
        is_open: State::new(false),
        link: State::new(String::new()),
        form: State::new(Form::Link),
        chosen: State::new(first_chosen()),
        copied: State::new(None),
    };
    let open = move |_| {
        desk.chosen.update(|chosen| chosen[START] = 0);
        desk.refresh();
        desk.is_open.set(true);
    };
    let opener = button("", "Share", open).with("aria-haspopup", "dialog");
    let dialog = move || {
        let shown = desk.is_open.get().then(|| desk.dialog());
        shown.into_iter().collect()
    };
    html("div.share")
        .child(opener)
        .child(html("div").each(dialog))
}

impl Desk {
    /// Makes the link anew: time has gone on, or it begins elsewhere.
    fn refresh(self) {
        let player = self.player;
        let start = self.chosen.with_untracked(|chosen| chosen[START]);
        let (scenario, at, told) = match start {
            0 => (
                player.read(History::scenario),
                player.at(),
                player.story.get_untracked(),
            ),
            1 => (player.read(History::scenario), Instant::START, false),
            _ => (Scenario::new(player.pattern), Instant::START, false),
        };
        let speed = player.speed.get_untracked();
        let beat = start
            .checked_sub(2)
            .map(|beat| format!("&step={}", beat + 1));
        share::link(&scenario, at, speed, told, move |link| {
            self.link.set(match beat {
                Some(beat) => share::with_option(&link, &beat),
                None => link,
            });
        });
    }

    fn dialog(self) -> Element {
        let root = html("dialog");
        let raw: web_sys::HtmlDialogElement = root.raw().clone().unchecked_into();
        let shut = raw.clone();
        let root = root
            .class("sharing")
            .with("aria-label", "Share")
            .on("close", move |_| self.is_open.set(false))
            .on("keydown", |event| event.stop_propagation())
            .child(self.head(move || shut.close()))
            .child(html("div.body").each(move || match self.form.get() {
                Form::File => vec![exports(self.player, self.link)],
                form => self.text_form(form),
            }));
        // It can only be shown once it is in the page.
        Timeout::new(0, move || {
            let _ = raw.show_modal();
        })
        .forget();
        root
    }

    fn head(self, shut: impl Fn() + 'static) -> Element {
        let tab = |(form, name): &(Form, &str)| {
            let form = *form;
            button("tab", name, move |_| {
                self.copied.set(None);
                self.form.set(form);
            })
            .live("aria-pressed", move || {
                (self.form.get() == form).to_string()
            })
        };
        let close = button("plain", "×", move |_| shut());
        html("div.head")
            .child(html("div.tabs").children(FORMS.iter().map(tab)))
            .child(close.with("aria-label", "Close"))
    }

    /// Options, the text, and what it comes to.
    fn text_form(self, form: Form) -> Vec<Element> {
        let text = move || {
            let terms = self.terms();
            terms.text(form)
        };
        let field = html("textarea")
            .with("readonly", "")
            .with("rows", if form == Form::Link { "2" } else { "4" })
            .with("aria-label", form.says())
            .on("focus", |event| {
                event_target::<web_sys::HtmlTextAreaElement>(&event).select();
            })
            .property("value", text);
        let shown = field.raw().clone();
        let copy = button("primary", "", move |_| {
            let field = shown.unchecked_ref::<web_sys::HtmlTextAreaElement>();
            field.select();
            share::copy(&self.terms().text(form), move |done| {
                self.copied.set(Some(done));
                Timeout::new(COPIED_MS, move || self.copied.set(None)).forget();
            });
        })
        .live_text(move || match self.copied.get() {
            None => "Copy",
            Some(true) => "Copied",
            Some(false) => "Press Ctrl+C",
        });
        let mut parts = vec![html("p").text(form.says())];
        let rows = (0..CHOICES.len()).filter(|row| form.takes(*row));
        parts.push(html("div.options").children(rows.map(|row| self.option(row))));
        parts.push(html("div.copying").child(field).child(copy));
        parts.push(html("p.hint").text(form.works_where()));
        match form {
            Form::Link | Form::File => {}
            Form::Markdown => parts.push(self.card()),
            Form::Frame | Form::Element => parts.push(self.preview()),
        }
        parts
    }

    fn terms(self) -> Terms {
        Terms {
            link: self.link.get(),
            pattern: self.player.pattern,
            chosen: self.chosen.get(),
        }
    }

    fn option(self, row: usize) -> Element {
        let (name, words) = CHOICES[row];
        let beats = match row {
            START => self.player.pattern.story.beats.len(),
            _ => 0,
        };
        let word = |(index, word): (usize, String)| {
            let option = html("option").with("value", &index.to_string()).text(&word);
            match self.chosen.with_untracked(|chosen| chosen[row] == index) {
                true => option.with("selected", ""),
                false => option,
            }
        };
        let beats = (1..=beats).map(|beat| format!("beat {beat} of its story"));
        let all = words.iter().map(|word| (*word).to_owned()).chain(beats);
        let select =
            html("select")
                .children(all.enumerate().map(word))
                .on("change", move |event| {
                    let index = value_of(&event).parse().unwrap_or_default();
                    self.chosen.update(|chosen| chosen[row] = index);
                    if row == START {
                        self.refresh();
                    }
                });
        html("label").text(name).child(select)
    }

    /// The very picture.
    fn card(self) -> Element {
        let picture = html("img")
            .with("src", &format!("cards/{}.png", self.player.pattern.slug))
            .with(
                "alt",
                "The picture of the pattern comes with the built site",
            );
        html("div.preview-frame card-frame").child(picture)
    }

    /// The very frame, drawn smaller.
    fn preview(self) -> Element {
        let shown = State::new(None::<(String, (u32, u32))>);
        let waiting = State::new(0_u32);
        crate::dom::follow(move || {
            let terms = self.terms();
            let turn = waiting.with_untracked(|turn| turn + 1);
            waiting.set(turn);
            let wanted = (terms.address(), terms.size());
            let wait = if shown.with_untracked(Option::is_none) {
                0
            } else {
                PREVIEW_MS
            };
            Timeout::new(wait, move || {
                if waiting.try_get_untracked() == Some(turn) {
                    shown.set(Some(wanted));
                }
            })
            .forget();
        });
        let frame = |(address, (width, height)): (String, (u32, u32))| {
            let body = leptos::prelude::document().body();
            let room = body.map_or(0, |body| body.client_width()) as f32 - PREVIEW_BESIDE;
            let scale = (room.min(PREVIEW_WIDTH) / width as f32).min(1.0);
            let (width, height) = (width as f32, height as f32);
            let frame = html("iframe")
                .with("title", "Preview")
                .with("src", &address)
                .with("tabindex", "-1")
                .style("width", move || pixels(width))
                .style("height", move || pixels(height))
                .style("transform", move || {
                    format!("scale({:.3})", Number(scale.into()))
                });
            html("div.preview-frame")
                .style("width", move || pixels(width * scale))
                .style("height", move || pixels(height * scale))
                .child(frame)
        };
        html("div").each(move || shown.get().map(frame).into_iter().collect())
    }
}

fn pixels(length: f32) -> String {
    format!("{:.0}px", Number(length.into()))
}
