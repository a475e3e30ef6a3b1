//! Seeking without freezing the page: back to a checkpoint at once, then
//! forward in portions of a frame, until the instant is reached or the user
//! wants something else.

use super::{CHUNK, Core, Player};
use crate::pulse::clock_ms;
use leptos::prelude::*;
use patternscope_engine::Instant;

/// Seeking may take this much of a frame: nothing moves meanwhile, so it may
/// take longer than playing, but less than anybody feels as a delay.
const BUDGET_MS: f64 = 30.0;

/// An instant on the way to.
#[derive(Clone, Copy)]
pub(super) struct Seek {
    pub(super) at: Instant,
    /// A frame has ended before it was reached.
    pub(super) takes_long: bool,
}

impl Core {
    /// Goes on towards the instant sought, if there is one, as far as the
    /// budget goes. Tells whether none is left.
    pub(super) fn catch_up(&mut self) -> bool {
        let Some(seek) = &mut self.seek else {
            return true;
        };
        if !seek.takes_long {
            self.history.rewind(seek.at);
        }
        let begun = clock_ms();
        while !self.history.advance(seek.at, CHUNK) {
            if clock_ms() - begun > BUDGET_MS {
                seek.takes_long = true;
                return false;
            }
        }
        self.seek = None;
        true
    }

    /// Makes the present one that can be acted on: the instant sought if that
    /// is near, else the one that was reached.
    pub(super) fn stay(&mut self) {
        if !self.catch_up() {
            self.seek = None;
        }
        self.history.settle();
    }
}

impl Player {
    /// Where the user is: the present, or the instant on the way to.
    pub fn at(self) -> Instant {
        self.core.with_value(|core| {
            let sought = core.seek.map(|seek| seek.at);
            sought.unwrap_or(core.history.now())
        })
    }

    pub(super) fn seek(self, at: Instant) {
        let seek = Seek {
            at,
            takes_long: false,
        };
        self.core.update_value(|core| {
            core.seek = Some(seek);
            core.hold = None;
        });
        self.repaint();
    }

    /// By so many seconds of watching.
    pub(super) fn seek_by(self, seconds: f64) {
        let by = seconds * self.speed.get_untracked();
        self.seek(Instant::from_secs((self.at().as_secs() + by).max(0.0)));
    }

    /// Stays where a long seek has got to.
    pub(super) fn give_up_seek(self) {
        self.core.update_value(|core| {
            if core.seek.is_some_and(|seek| seek.takes_long) {
                core.seek = None;
            }
            if core.seek.is_none() {
                core.history.settle();
            }
        });
        self.catching_up.set(false);
    }
}
