//! How many items a batch may have: a knob, or what the backlog asks for.
//!
//! Adaptive: after every few batches it doubles if items still wait and the
//! last growth made more of them pass; if none wait it shrinks a little. So it
//! settles near the smallest size that keeps up.

use super::knobs::Parameters;
use crate::kernel::Instant;

/// Batches between two decisions.
const WINDOW: u32 = 8;
/// Growth must have made so many times more items pass to go on.
const HELPS: f64 = 1.05;

/// The limit and what it learnt.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    current: usize,
    /// Items a second when it grew last.
    before: f64,
    since: Instant,
    batches: u32,
    items: usize,
}

impl Default for Limit {
    fn default() -> Self {
        Self {
            current: 1,
            before: 0.0,
            since: Instant::START,
            batches: 0,
            items: 0,
        }
    }
}

impl Limit {
    /// In force now, at least 1.
    pub fn items(&self, parameters: &Parameters) -> usize {
        match parameters.adaptive {
            true => self.current.min(parameters.max_items),
            false => parameters.max_items,
        }
    }

    /// A batch of `size` items is acknowledged; `behind` tells whether others
    /// wait.
    pub fn learn(&mut self, size: usize, now: Instant, behind: bool, parameters: &Parameters) {
        self.batches += 1;
        self.items += size;
        if !parameters.adaptive || self.batches < WINDOW {
            return;
        }
        let rate = self.items as f64 / now.since(self.since).as_secs().max(1e-9);
        let current = self.current.min(parameters.max_items);
        if !behind {
            self.current = (current - current / 8).max(2) - 1;
            self.before = 0.0;
        } else if rate > HELPS * self.before {
            self.current = (2 * current).min(parameters.max_items);
            self.before = rate;
        }
        (self.since, self.batches, self.items) = (now, 0, 0);
    }
}
