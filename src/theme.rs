//! Light or dark: the system's, unless the user or the link says otherwise;
//! and whether motion is welcome.

use leptos::prelude::*;

/// How the page is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system is.
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// Under this key a choice is kept, where keeping is allowed.
const KEY: &str = "patternscope-theme";

impl Theme {
    /// The word in links and in the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.name() == name)
    }

    /// The one after it.
    pub const fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }

    /// What the link says, or what was chosen before.
    pub fn first(option: Option<&str>) -> Self {
        let kept = || storage()?.get_item(KEY).ok()?;
        option
            .and_then(Self::named)
            .or_else(|| Self::named(&kept()?))
            .unwrap_or(Self::Auto)
    }

    /// Colours the page.
    pub fn apply(self) {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", self.name());
        }
    }

    /// Keeps it for the next visit, where that is allowed.
    pub fn keep(self) {
        if let Some(storage) = storage() {
            let _ = storage.set_item(KEY, self.name());
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Whether the system asks for less motion.
pub fn motion_is_unwelcome() -> bool {
    is_so("(prefers-reduced-motion: reduce)")
}

/// Whether nothing can point at a thing without touching it.
pub fn is_touched() -> bool {
    is_so("(hover: none)")
}

fn is_so(query: &str) -> bool {
    let query = window().match_media(query);
    query.ok().flatten().is_some_and(|query| query.matches())
}
