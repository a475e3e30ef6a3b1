//! Idempotency keys: which units of work have run, are in hand, or are done.
//!
//! A key is remembered for the next [`REMEMBERED`] keys, as real stores expire
//! theirs; one byte a key.

use crate::kernel::FlowId;
use crate::kernel::Queue;

/// How many keys are remembered.
pub const REMEMBERED: usize = 65_536;

const RAN: u8 = 1;
const IN_HAND: u8 = 2;
const DONE: u8 = 4;

/// The record of keys.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    first: u64,
    states: Queue<u8>,
}

impl Keys {
    fn state(&mut self, key: FlowId) -> Option<&mut u8> {
        let index = usize::try_from(key.0.checked_sub(self.first)?).ok()?;
        while self.states.len() <= index {
            self.states.push_back(0);
        }
        let mut index = index;
        while self.states.len() > REMEMBERED {
            self.states.pop_front();
            self.first += 1;
            index = index.checked_sub(1)?;
        }
        self.states.get_mut(index)
    }

    fn has(&self, key: FlowId, bit: u8) -> bool {
        let index = key
            .0
            .checked_sub(self.first)
            .and_then(|index| usize::try_from(index).ok());
        index
            .and_then(|index| self.states.get(index))
            .is_some_and(|state| state & bit != 0)
    }

    fn put(&mut self, key: FlowId, bit: u8, on: bool) {
        if let Some(state) = self.state(key) {
            *state = if on { *state | bit } else { *state & !bit };
        }
    }

    /// Notes that a run of this key begins. Tells whether it is the first.
    pub fn begin_run(&mut self, key: FlowId) -> bool {
        let first = !self.has(key, RAN);
        self.put(key, RAN, true);
        first
    }

    /// Whether somebody has this key in hand: it waits or runs.
    pub fn is_in_hand(&self, key: FlowId) -> bool {
        self.has(key, IN_HAND)
    }

    /// Whether its result is on record.
    pub fn is_done(&self, key: FlowId) -> bool {
        self.has(key, DONE)
    }

    /// Takes a key in hand, or lets it go.
    pub fn set_in_hand(&mut self, key: FlowId, in_hand: bool) {
        self.put(key, IN_HAND, in_hand);
    }

    /// Puts its result on record.
    pub fn set_done(&mut self, key: FlowId) {
        self.put(key, DONE, true);
    }
}
