//! If the program fails: a readable notice with a way on, never a dead page.

use crate::share;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// Writes a notice into the page when the program panics.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
        let _ = show(&info.to_string());
    }));
}

/// Plain DOM calls: after a panic nothing else can be relied on.
fn show(what: &str) -> Option<()> {
    let document = document();
    let body = document.body()?;
    let element = |tag: &str, text: &str| {
        let element = document.create_element(tag).ok()?;
        element.set_text_content(Some(text));
        Some(element)
    };
    let notice = element("div", "")?;
    notice.set_attribute("class", "failure").ok()?;
    notice.set_attribute("role", "alert").ok()?;
    notice
        .append_child(&element("h1", "Patternscope has stopped")?.into())
        .ok()?;
    let words = "That is a fault of the program, not of yours. \
        Load it again to go on; with the details below it can be repaired.";
    notice.append_child(&element("p", words)?.into()).ok()?;
    let button = element("button", "Load again")?;
    let reload = Closure::<dyn FnMut()>::new(share::reload);
    button
        .add_event_listener_with_callback("click", reload.as_ref().unchecked_ref())
        .ok()?;
    reload.forget();
    notice.append_child(&button.into()).ok()?;
    let details = format!("{what}\n{}", share::here());
    notice
        .append_child(&element("pre", &details)?.into())
        .ok()?;
    body.append_child(&notice.into()).ok()?;
    Some(())
}
