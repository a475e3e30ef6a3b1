//! The only asker for animation frames. It asks for none while nobody wants
//! one, and none while the page is hidden or the stage is off-screen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// Called with the milliseconds since the last frame (zero after a sleep);
/// tells whether it wants another.
type OnFrame = Box<dyn FnMut(f64) -> bool>;
/// What the browser calls.
type OnBeat = Closure<dyn FnMut(f64)>;

struct Inner {
    on_frame: RefCell<OnFrame>,
    callback: RefCell<Option<OnBeat>>,
    requested: Cell<Option<i32>>,
    last: Cell<Option<f64>>,
    wanted: Cell<bool>,
    visible: Cell<bool>,
}

/// A heart that beats only on demand.
#[derive(Clone)]
pub struct Pulse(Rc<Inner>);

impl Pulse {
    /// Sleeps until [`Self::wake`].
    pub fn new(on_frame: impl FnMut(f64) -> bool + 'static) -> Self {
        let inner = Rc::new(Inner {
            on_frame: RefCell::new(Box::new(on_frame)),
            callback: RefCell::new(None),
            requested: Cell::new(None),
            last: Cell::new(None),
            wanted: Cell::new(false),
            visible: Cell::new(true),
        });
        let weak = Rc::downgrade(&inner);
        *inner.callback.borrow_mut() = Some(Closure::new(move |time| {
            if let Some(inner) = weak.upgrade() {
                inner.beat(time);
            }
        }));
        Self(inner)
    }

    /// Asks for a frame, unless one is on its way.
    pub fn wake(&self) {
        self.0.wanted.set(true);
        self.0.request();
    }

    /// Whether anybody can see the frames.
    pub fn set_visible(&self, visible: bool) {
        if self.0.visible.replace(visible) == visible {
            return;
        }
        if visible {
            self.0.request();
        } else {
            self.0.cancel();
        }
    }
}

impl Inner {
    fn request(&self) {
        if self.requested.get().is_some() || !self.wanted.get() || !self.visible.get() {
            return;
        }
        let callback = self.callback.borrow();
        let (Some(window), Some(callback)) = (web_sys::window(), callback.as_ref()) else {
            return;
        };
        let handle = window.request_animation_frame(callback.as_ref().unchecked_ref());
        self.requested.set(handle.ok());
    }

    fn cancel(&self) {
        self.last.set(None);
        if let (Some(handle), Some(window)) = (self.requested.take(), web_sys::window()) {
            let _ = window.cancel_animation_frame(handle);
        }
    }

    fn beat(&self, time: f64) {
        self.requested.set(None);
        self.wanted.set(false);
        let since = self
            .last
            .replace(Some(time))
            .map_or(0.0, |last| time - last);
        let again = match self.on_frame.try_borrow_mut() {
            Ok(mut on_frame) => on_frame(since),
            Err(_) => false,
        };
        if again || self.wanted.get() {
            self.wanted.set(true);
            self.request();
        } else {
            self.last.set(None);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Milliseconds since the page began, for budgets.
pub fn clock_ms() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |performance| performance.now())
}
