//! Items, batches of them, and the table of batches with their contents.

use crate::kernel::{FlowId, Hue, Instant, MessageId, Sequence};
use std::sync::Arc;

/// In a message's tag: the low bits of the batch's number, the attempt, and
/// whether bad items are left out.
const NUMBER: u32 = (1 << ATTEMPT_AT) - 1;
const ATTEMPT_AT: u32 = 22;
const ATTEMPT: u32 = 0xff;
/// The bad items of the batch are not part of it any more.
pub const WITHOUT_BAD: u32 = 1 << 31;

/// Contents of ended batches are kept for copies that still travel: as many
/// as hold so many items together, the oldest go first.
const RETAINED: usize = 4_096;

/// Why a batch was closed, as `flush_reasons` names them.
pub const REASONS: [&str; 4] = ["size", "bytes", "linger", "close"];
/// It had as many items as it may.
pub const SIZE: u8 = 0;
/// The next item would not fit in, or nothing more.
pub const BYTES: u8 = 1;
/// Its first item had waited long enough.
pub const LINGER: u8 = 2;
/// By hand.
pub const CLOSE: u8 = 3;

/// An item in the accumulator's hands.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Its flow, which is also its identity at the store.
    pub flow: FlowId,
    /// What brought it.
    pub message: MessageId,
    /// Of its key, or its producer.
    pub hue: Hue,
    /// Its size.
    pub bytes: u32,
    /// It cannot be processed.
    pub bad: bool,
    /// When it was accepted.
    pub since: Instant,
}

/// Where a closed batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for a slot.
    Ready,
    /// Sent, not acknowledged.
    Sent,
    /// Waits to be sent again; keeps its slot.
    Resting,
    /// Acknowledged, split or given up.
    Ended,
}

/// A closed batch.
#[derive(Clone, Debug)]
pub struct Batch {
    /// In order of acceptance.
    pub items: Arc<[Item]>,
    /// See [`REASONS`].
    pub reason: u8,
    /// Times it was sent.
    pub attempt: u32,
    /// Where it stands.
    pub state: State,
    /// Whether the store has written it, which its sender may not know.
    pub stored: bool,
}

impl Batch {
    /// Whether any item cannot be processed.
    pub fn has_bad(&self) -> bool {
        self.items.iter().any(|item| item.bad)
    }
}

/// The attempt of a tag.
pub fn attempt_of(tag: u32) -> u32 {
    tag >> ATTEMPT_AT & ATTEMPT
}

/// The tag of an attempt at a batch; individual items have number zero.
pub fn tag_of(number: u64, attempt: u32) -> u32 {
    (number as u32 & NUMBER) | (attempt & ATTEMPT) << ATTEMPT_AT
}

/// All batches that anybody may still ask for.
#[derive(Clone, Debug, Default)]
pub struct Batches {
    table: Sequence<Batch>,
    /// Ended ones below this number are forgotten.
    oldest: u64,
    retained: usize,
}

impl Batches {
    /// Enters a batch, ready to be sent.
    pub fn add(&mut self, items: Arc<[Item]>, reason: u8) -> u64 {
        self.table.push(Batch {
            items,
            reason,
            attempt: 0,
            state: State::Ready,
            stored: false,
        })
    }

    /// The number that a tag means: the latest with those low bits.
    pub fn number_of(&self, tag: u32) -> u64 {
        let next = self.table.next_key();
        let behind = (next as u32).wrapping_sub(tag) & NUMBER;
        next.saturating_sub(u64::from(behind))
    }

    /// A batch, unless forgotten.
    pub fn get(&self, number: u64) -> Option<&Batch> {
        self.table.get(number)
    }

    /// A batch, unless forgotten.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut Batch> {
        self.table.get_mut(number)
    }

    /// A batch that is not over.
    pub fn live(&mut self, number: u64) -> Option<&mut Batch> {
        let batch = self.table.get_mut(number)?;
        (batch.state != State::Ended).then_some(batch)
    }

    /// Numbers of batches that are not over, in order.
    pub fn all_live(&self) -> Vec<u64> {
        let live = self.table.iter();
        let live = live.filter(|(_, batch)| batch.state != State::Ended);
        live.map(|(number, _)| number).collect()
    }

    /// Items of batches that are not over.
    pub fn unended(&self) -> u64 {
        self.count(true)
    }

    /// Items of batches that are neither over nor stored.
    pub fn unsettled(&self) -> u64 {
        self.count(false)
    }

    fn count(&self, stored_too: bool) -> u64 {
        let mut sum = 0;
        for (_, batch) in self.table.iter() {
            if batch.state != State::Ended && (stored_too || !batch.stored) {
                sum += batch.items.len() as u64;
            }
        }
        sum
    }

    /// A batch is over; its contents are kept for a while.
    pub fn end(&mut self, number: u64) {
        let Some(batch) = self.live(number) else {
            return;
        };
        batch.state = State::Ended;
        self.retained += batch.items.len();
        if number < self.oldest {
            self.forget(number);
        }
        while self.retained > RETAINED {
            self.forget(self.oldest);
            self.oldest += 1;
        }
    }

    fn forget(&mut self, number: u64) {
        let batch = self.table.get(number);
        if batch.is_some_and(|batch| batch.state == State::Ended)
            && let Some(batch) = self.table.remove(number)
        {
            self.retained -= batch.items.len();
        }
    }
}
