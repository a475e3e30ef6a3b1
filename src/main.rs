//! patternscope, the web app: all that draws or listens. The engine it shows
//! is the crate `patternscope-engine`.

mod app;
mod controls;
mod failure;
mod format;
mod gallery;
mod keys;
mod page;
mod panels;
mod player;
mod pulse;
mod share;
mod stage;
mod theme;

use wasm_bindgen::JsCast;

fn main() {
    failure::install_hook();
    let root = leptos::prelude::document().get_element_by_id("app");
    match root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok()) {
        Some(root) => leptos::mount::mount_to(root, app::App).forget(),
        None => leptos::mount::mount_to_body(app::App),
    }
}
