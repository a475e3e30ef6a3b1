//! The story: captions at their times, one key a beat.

use super::Player;
use leptos::prelude::*;
use patternscope_engine::patterns::{Beat, Pattern};
use patternscope_engine::{Duration, Instant, Scenario};

/// When a beat begins.
pub fn begins(beat: &Beat) -> Instant {
    Instant(Duration::parse(beat.at).unwrap_or_default().0)
}

impl Player {
    /// When a beat, counted from 1, begins; the last one if there are fewer.
    pub fn begin_of(pattern: &Pattern, beat: usize) -> Instant {
        let beats = pattern.story.beats;
        let beat = beats.get(beat.max(1) - 1).or(beats.last());
        beat.map_or(Instant::START, begins)
    }

    /// The beat at an instant, from 0.
    pub fn beat_at(pattern: &Pattern, now: Instant) -> usize {
        let beats = pattern.story.beats.iter();
        beats
            .filter(|beat| begins(beat) <= now)
            .count()
            .saturating_sub(1)
    }

    /// Begins the story, or goes on to its next beat and plays that to its end.
    pub(super) fn next_beat(self) {
        let pattern = self.pattern;
        let beats = pattern.story.beats;
        let next = if self.story.get_untracked() {
            Self::beat_at(pattern, self.at()) + 1
        } else {
            self.story.set(true);
            self.load(Scenario::story(pattern), false);
            0
        };
        let Some(beat) = beats.get(next) else {
            return;
        };
        self.seek(begins(beat));
        self.speed.set(beat.speed);
        let hold = beats.get(next + 1).map(|beat| begins(beat) - Duration(1));
        self.core.update_value(|core| core.hold = hold);
        self.set_playing(true);
    }
}
