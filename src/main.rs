//! patternscope, the web app: all that draws or listens. The engine it shows
//! is the crate `patternscope-engine`.

mod app;
mod compare;
mod controls;
mod dom;
mod embed;
mod failure;
mod gallery;
mod keys;
mod page;
mod panels;
mod player;
mod pulse;
mod share;
mod sharing;
mod signals;
mod stage;
mod theme;

use patternscope_engine::format;
use wasm_bindgen::JsCast;

/// A seventh of the code of the standard library's own allocator.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn main() {
    failure::install_hook();
    let document = leptos::prelude::document();
    let root = document.get_element_by_id("app");
    let root = root.or_else(|| document.body().map(Into::into));
    let Some(root) = root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return;
    };
    share::read(move |link| {
        let shown_in = root.clone();
        leptos::mount::mount_to(root, move || app::show_in(shown_in.into(), link)).forget();
    });
}
