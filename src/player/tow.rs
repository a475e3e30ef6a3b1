//! Two runs side by side: one player leads, the other is always at its instant.

use super::seek::Seek;
use super::{Command, Player};
use crate::dom::follow;
use leptos::prelude::*;
use patternscope_engine::History;

impl Player {
    /// Takes another one along from now on, at the same speed and seed.
    pub fn tow(self, other: Self) {
        self.core.update_value(|core| core.towing = Some(other));
        other.core.update_value(|core| core.towed = true);
        follow(move || other.speed.set(self.speed.get()));
        follow(move || {
            other.playing.set(self.playing.get());
            other.repaint();
        });
        follow(move || {
            let _ = self.run.get();
            let seed = self.read(History::scenario).seed;
            untrack(|| other.dispatch(Command::Seed(seed)));
        });
    }

    /// Whether it leads or follows another one.
    pub(super) fn is_in_tow(self) -> bool {
        self.core
            .with_value(|core| core.towed || core.towing.is_some())
    }

    /// After a frame: the other one to the same instant. What it has not
    /// reached since the last frame it goes on with.
    pub(super) fn tow_on(self) {
        let Some(other) = self.core.with_value(|core| core.towing) else {
            return;
        };
        let at = self.at();
        other.core.update_value(|core| match &mut core.seek {
            Some(seek) if seek.at <= at => seek.at = at,
            _ => {
                core.seek = Some(Seek {
                    at,
                    takes_long: false,
                });
            }
        });
        other.repaint();
    }
}
