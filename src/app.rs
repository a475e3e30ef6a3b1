//! The routes: a gallery, or a pattern's page, whole or for embedding.

use crate::compare::{comparison, second_of};
use crate::dom::{Element, button, html, listen};
use crate::gallery::gallery;
use crate::page::pattern_page;
use crate::share;
use crate::signals::State;
use crate::theme::Theme;
use leptos::prelude::*;
use patternscope_engine::kernel::decimal::Number;
use patternscope_engine::kernel::{Settings, Value};
use patternscope_engine::scenario::ParsedLink;
use std::cell::Cell;
use wasm_bindgen::JsCast;

/// What the address says; changes when the user goes elsewhere.
#[derive(Clone, Copy)]
pub struct Route {
    link: State<ParsedLink>,
    /// How the page is coloured.
    pub theme: State<Theme>,
}

thread_local! {
    // There is one address. Leptos's contexts, which are found by type in a hash
    // map, would be two kilobytes of code for it.
    static ROUTE: Cell<Option<Route>> = const { Cell::new(None) };
}

impl Route {
    /// That of this page.
    pub fn current() -> Self {
        ROUTE
            .get()
            .expect("there is a route before there are views")
    }

    /// Goes to a query of this page.
    pub fn visit(self, query: &str) {
        share::visit(query);
        self.arrive();
    }

    /// Shows a link the way the present one is shown; the address stays as it is.
    pub fn show(self, mut link: ParsedLink) {
        let shown = self.link.get_untracked();
        let ways = shown.options.into_iter();
        link.options
            .extend(ways.filter(|(key, _)| share::KEPT.contains(key)));
        self.link.set(link);
    }

    /// Shows what the address says.
    fn arrive(self) {
        share::read(move |link| self.link.set(link));
    }
}

/// A link within the page, such as to `?p=etl` (`.` is the gallery): a real
/// one, followed without loading again.
pub fn link_to(query: &str, class: &str) -> Element {
    let route = Route::current();
    let target = query.to_owned();
    html("a")
        .class(class)
        .with("href", query)
        .on("click", move |event| {
            let Some(mouse) = event.dyn_ref::<web_sys::MouseEvent>() else {
                return;
            };
            let elsewhere = mouse.ctrl_key() || mouse.meta_key() || mouse.shift_key();
            if !elsewhere && mouse.button() == 0 {
                event.prevent_default();
                route.visit(&target);
            }
        })
}

/// Shows the whole page of a link in an element.
pub fn show_in(root: web_sys::Element, link: ParsedLink) {
    let theme = State::new(Theme::first(link.option("theme")));
    let route = Route {
        link: State::new(link),
        theme,
    };
    ROUTE.set(Some(route));
    crate::dom::follow(move || theme.get().apply());
    listen(&window(), "popstate", move |_| route.arrive());
    Element::existing(root).each(move || {
        let link = route.link.get();
        vec![untrack(|| view_of(link))]
    });
}

fn view_of(mut link: ParsedLink) -> Element {
    let mut notices = std::mem::take(&mut link.notices);
    match link.scenario.take() {
        Some(mut scenario) => {
            notices.extend(fit_page(&mut scenario.settings));
            match second_of(&link) {
                Some(second) => comparison(scenario, second, &link, notices),
                None => pattern_page(scenario, &link, notices),
            }
        }
        None => gallery(notices),
    }
}

/// Takes back what is more than a page can draw, and says so.
fn fit_page(settings: &mut Settings) -> Vec<String> {
    let mut notices = Vec::new();
    for (index, knob) in settings.knobs().iter().enumerate() {
        let (Some(most), Value::Number(wanted)) = (knob.on_page, settings.value(index).clone())
        else {
            continue;
        };
        if wanted > most {
            settings.set_value(index, Value::Number(most));
            let (key, wanted, most) = (knob.key, Number(wanted), Number(most));
            notices.push(format!(
                "{key}={wanted}: the page draws at most {most}; the command line takes more"
            ));
        }
    }
    notices
}

/// What a link said that could not be followed.
pub fn notices(notices: Vec<String>) -> Element {
    /// More than these say nothing new.
    const SHOWN: usize = 6;
    let open = State::new(!notices.is_empty());
    let more = notices.len().saturating_sub(SHOWN);
    let line = |text: &str| html("li").text(text);
    let lines = notices.iter().take(SHOWN).map(|notice| line(notice));
    let rest = (more > 0).then(|| line(&format!("and {more} more")));
    html("div.notices")
        .with("role", "status")
        .hidden_if(move || !open.get())
        .child(
            html("strong").text("Parts of this link could not be read; everything else applies."),
        )
        .child(html("ul").children(lines).children(rest))
        .child(button("", "Dismiss", move |_| open.set(false)))
}
