//! Elements of the page: made once, with texts, attributes and children that
//! follow Leptos's signals. It knows nothing of what they show.
//!
//! Why not typed views: each is a type of its own that is compiled anew, and
//! the page's came to two thirds of what a visitor downloads. Everything here
//! is compiled once. Text is set as text, never as markup.

use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Event;

const SVG: &str = "http://www.w3.org/2000/svg";

/// An element under construction, and a handle to it later.
#[derive(Clone)]
pub struct Element(web_sys::Element);

/// An HTML element: its tag or, as in a style sheet, `tag.class`; further
/// classes after spaces.
pub fn html(kind: &str) -> Element {
    let (tag, class) = parts_of(kind);
    Element(created(document().create_element(tag))).class(class)
}

/// The same of SVG.
pub fn svg(kind: &str) -> Element {
    let (tag, class) = parts_of(kind);
    Element(created(document().create_element_ns(Some(SVG), tag))).class(class)
}

fn parts_of(kind: &str) -> (&str, &str) {
    kind.split_once('.').unwrap_or((kind, ""))
}

/// A browser refuses only names that are none; ours are all constants.
fn created(made: Result<web_sys::Element, JsValue>) -> web_sys::Element {
    made.unwrap_or_else(|_| JsValue::NULL.unchecked_into())
}

/// A button that says `label` and does something.
pub fn button(class: &str, label: &str, press: impl FnMut(Event) + 'static) -> Element {
    html("button")
        .with("type", "button")
        .class(class)
        .text(label)
        .on("click", press)
}

/// Something to do, in a box. The table of a boxed closure also has code that
/// consumes it, compiled anew for each of hundreds; this has not.
pub trait Act<R> {
    /// Does it.
    fn act(&mut self) -> R;
}

impl<R, F: FnMut() -> R> Act<R> for F {
    fn act(&mut self) -> R {
        self()
    }
}

/// The same with an event.
trait Hear {
    fn hear(&mut self, event: Event);
}

impl<F: FnMut(Event)> Hear for F {
    fn hear(&mut self, event: Event) {
        self(event);
    }
}

/// Runs now, and again whenever signals that it reads change, until the
/// present owner goes.
pub fn follow(run: impl FnMut() + 'static) {
    follow_boxed(Box::new(run));
}

fn follow_boxed(mut run: Box<dyn Act<()>>) {
    let effect = RenderEffect::new(move |_| run.act());
    StoredValue::new_local(effect);
}

/// A listener that goes with its owner.
struct Listener {
    target: web_sys::EventTarget,
    name: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.closure.as_ref().unchecked_ref();
        let _ = self
            .target
            .remove_event_listener_with_callback(self.name, callback);
    }
}

/// Tells whether an element is on the screen, whenever that changes, until the
/// view goes.
pub fn watch_sight(element: &web_sys::Element, mut act: impl FnMut(bool) + 'static) {
    let on_cross = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let last = entries
            .pop()
            .dyn_into::<web_sys::IntersectionObserverEntry>();
        if let Ok(entry) = last {
            act(entry.is_intersecting());
        }
    });
    let observer = web_sys::IntersectionObserver::new(on_cross.as_ref().unchecked_ref());
    if let Ok(observer) = observer {
        observer.observe(element);
        let kept = StoredValue::new_local((observer, on_cross));
        on_cleanup(move || kept.with_value(|(observer, _)| observer.disconnect()));
    }
}

/// Listens to events of a target until the present owner goes.
pub fn listen(
    target: &web_sys::EventTarget,
    name: &'static str,
    handle: impl FnMut(Event) + 'static,
) {
    listen_boxed(target.clone(), name, Box::new(handle));
}

fn listen_boxed(target: web_sys::EventTarget, name: &'static str, mut handle: Box<dyn Hear>) {
    let closure = Closure::<dyn FnMut(Event)>::new(move |event| handle.hear(event));
    let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    StoredValue::new_local(Listener {
        target,
        name,
        closure,
    });
}

impl Element {
    /// One that is in the page already.
    pub fn existing(element: web_sys::Element) -> Self {
        Self(element)
    }

    /// The browser's own element.
    pub fn raw(&self) -> &web_sys::Element {
        &self.0
    }

    /// An attribute that stays.
    pub fn with(self, name: &str, value: &str) -> Self {
        let _ = self.0.set_attribute(name, value);
        self
    }

    /// A number as an attribute that stays.
    pub fn number(self, name: &str, value: f32) -> Self {
        let mut text = String::new();
        patternscope_engine::scene::glyph::write_number(&mut text, value);
        self.with(name, &text)
    }

    /// Its classes; none if empty.
    pub fn class(self, class: &str) -> Self {
        if class.is_empty() {
            self
        } else {
            self.with("class", class)
        }
    }

    /// An attribute that follows signals.
    pub fn live<T: Into<String>>(self, name: &'static str, read: impl Fn() -> T + 'static) -> Self {
        self.live_boxed(name, Box::new(move || read().into()))
    }

    fn live_boxed(self, name: &'static str, mut read: Box<dyn Act<String>>) -> Self {
        let element = self.0.clone();
        follow(move || {
            let _ = element.set_attribute(name, &read.act());
        });
        self
    }

    /// An attribute without a value, there or not.
    pub fn flag(self, name: &'static str, read: impl Fn() -> bool + 'static) -> Self {
        self.flag_boxed(name, Box::new(read))
    }

    fn flag_boxed(self, name: &'static str, mut read: Box<dyn Act<bool>>) -> Self {
        let element = self.0.clone();
        follow(move || {
            let _ = match read.act() {
                true => element.set_attribute(name, ""),
                false => element.remove_attribute(name),
            };
        });
        self
    }

    /// Shown unless this holds.
    pub fn hidden_if(self, read: impl Fn() -> bool + 'static) -> Self {
        self.hidden_boxed(Box::new(read))
    }

    fn hidden_boxed(self, mut read: Box<dyn Act<bool>>) -> Self {
        let element = self.0.clone();
        follow(move || {
            let _ = element.class_list().toggle_with_force("hidden", read.act());
        });
        self
    }

    /// A property of the browser's object, such as the value of an input.
    pub fn property<T: Into<JsValue>>(
        self,
        name: &'static str,
        read: impl Fn() -> T + 'static,
    ) -> Self {
        self.property_boxed(name, Box::new(move || read().into()))
    }

    fn property_boxed(self, name: &'static str, mut read: Box<dyn Act<JsValue>>) -> Self {
        let element = self.0.clone();
        follow(move || {
            let _ = js_sys::Reflect::set(&element, &name.into(), &read.act());
        });
        self
    }

    /// A style that follows signals.
    pub fn style(self, name: &'static str, read: impl Fn() -> String + 'static) -> Self {
        self.style_boxed(name, Box::new(read))
    }

    fn style_boxed(self, name: &'static str, mut read: Box<dyn Act<String>>) -> Self {
        let style = self.0.unchecked_ref::<web_sys::HtmlElement>().style();
        follow(move || {
            let _ = style.set_property(name, &read.act());
        });
        self
    }

    /// What it does on an event.
    pub fn on(self, name: &'static str, handle: impl FnMut(Event) + 'static) -> Self {
        listen(&self.0, name, handle);
        self
    }

    /// A text at its end.
    pub fn text(self, text: &str) -> Self {
        if !text.is_empty() {
            let _ = self.0.append_child(&document().create_text_node(text));
        }
        self
    }

    /// A text at its end that follows signals.
    pub fn live_text<T: Into<String>>(self, read: impl Fn() -> T + 'static) -> Self {
        self.live_text_boxed(Box::new(move || read().into()))
    }

    fn live_text_boxed(self, mut read: Box<dyn Act<String>>) -> Self {
        let node = document().create_text_node("");
        let _ = self.0.append_child(&node);
        follow(move || node.set_data(&read.act()));
        self
    }

    /// An element at its end.
    pub fn child(self, child: Self) -> Self {
        let _ = self.0.append_child(&child.0);
        self
    }

    /// Elements at its end.
    pub fn children(self, children: impl IntoIterator<Item = Self>) -> Self {
        children.into_iter().fold(self, Self::child)
    }

    /// Makes its children anew whenever signals that this reads change.
    pub fn each(self, make: impl Fn() -> Vec<Self> + 'static) -> Self {
        self.each_boxed(Box::new(make))
    }

    fn each_boxed(self, mut make: Box<dyn Act<Vec<Self>>>) -> Self {
        let parent = self.0.clone();
        follow(move || {
            let children = make.act().into_iter().map(|child| child.0);
            parent.replace_children_with_node(&children.collect::<js_sys::Array>());
        });
        self
    }
}

/// The value of the input or select that an event is about.
pub fn value_of(event: &Event) -> String {
    event_target_value(event)
}

/// The key of a keyboard's event.
pub fn key_of(event: &Event) -> String {
    event
        .dyn_ref::<web_sys::KeyboardEvent>()
        .map_or(String::new(), web_sys::KeyboardEvent::key)
}
