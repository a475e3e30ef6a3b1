//! The routes: a gallery, or a pattern's page, whole or for embedding.

use crate::gallery::Gallery;
use crate::page::PatternPage;
use crate::share;
use crate::theme::Theme;
use leptos::prelude::*;
use patternscope_engine::scenario::ParsedLink;

/// What follows from the address; changes when the user goes elsewhere.
#[derive(Clone, Copy)]
pub struct Route {
    visits: RwSignal<u32>,
}

impl Route {
    /// Goes to a query of this page.
    pub fn visit(self, query: &str) {
        share::visit(query);
        self.visits.update(|visits| *visits += 1);
    }
}

/// A link within the page: a real one, followed without loading again.
#[component]
pub fn To(
    /// Its query, such as `?p=etl`; `.` is the gallery.
    query: String,
    #[prop(into, optional)] class: &'static str,
    /// Whether this is where the user is.
    #[prop(optional)]
    current: bool,
    children: Children,
) -> impl IntoView {
    let route = expect_context::<Route>();
    let target = query.clone();
    let follow = move |event: web_sys::MouseEvent| {
        let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key();
        if !elsewhere && event.button() == 0 {
            event.prevent_default();
            route.visit(&target);
        }
    };
    view! {
        <a href=query class=class on:click=follow aria-current=current.then_some("page")>
            {children()}
        </a>
    }
}

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let route = Route {
        visits: RwSignal::new(0),
    };
    provide_context(route);
    let link = share::read();
    let theme = RwSignal::new(Theme::first(link.option("theme")));
    provide_context(theme);
    Effect::new(move |_| theme.get().apply());
    let back = window_event_listener_untyped("popstate", move |_| {
        route.visits.update(|visits| *visits += 1);
    });
    on_cleanup(move || back.remove());
    move || {
        route.visits.track();
        view_of(share::read())
    }
}

fn view_of(mut link: ParsedLink) -> AnyView {
    let notices = std::mem::take(&mut link.notices);
    match link.scenario.take() {
        Some(scenario) => {
            view! { <PatternPage scenario=scenario link=link notices=notices/> }.into_any()
        }
        None => view! { <Gallery notices=notices/> }.into_any(),
    }
}

/// What a link said that could not be followed.
#[component]
pub fn Notices(notices: Vec<String>) -> impl IntoView {
    /// More than these say nothing new.
    const SHOWN: usize = 6;
    let open = RwSignal::new(!notices.is_empty());
    let more = notices.len().saturating_sub(SHOWN);
    let lines = notices
        .into_iter()
        .take(SHOWN)
        .map(|notice| view! { <li>{notice}</li> });
    let lines = lines.collect_view();
    let rest = (more > 0).then(|| view! { <li>{format!("and {more} more")}</li> });
    view! {
        <div class="notices" role="status" class:hidden=move || !open.get()>
            <strong>"Parts of this link could not be read; everything else applies."</strong>
            <ul>{lines} {rest}</ul>
            <button type="button" on:click=move |_| open.set(false)>"Dismiss"</button>
        </div>
    }
}
