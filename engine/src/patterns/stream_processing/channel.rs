//! A channel from a source to an operator or from an operator to the sink: in
//! order and without doubles, whatever the network does. What is lost is not
//! sent again; the gap is noticed.

use super::state::Element;
use crate::kernel::{Instant, LinkId, MessageId, Queue};
use crate::parts::windows::Pane;

/// What travels on a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Parcel {
    /// Data, at its offset in the log.
    Datum(Element),
    /// Event time has come so far.
    Mark(i64),
    /// Nothing will come for a while.
    Idle,
    /// The cut of a checkpoint.
    Barrier(u64),
    /// A result.
    Result(Pane),
}

/// One place of a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// What.
    pub parcel: Parcel,
    /// What brought it, when, and after how many others at all nodes.
    pub arrived: Option<(MessageId, Instant, u64)>,
}

/// Both ends of a channel.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Where it runs.
    pub link: LinkId,
    /// Sent and not taken, in order.
    pub slots: Queue<Slot>,
    /// The number of the first of them.
    first: u32,
    /// Data and results among them.
    pub loaded: usize,
}

/// Numbers wrap here; the rest of a tag is the attempt.
const NUMBERS: u32 = 1 << 24;

/// The attempt that a message belongs to.
pub fn attempt_of(tag: u32) -> u8 {
    (tag >> 24) as u8
}

impl Parcel {
    /// Whether it takes room, which holds the sender back when there is none.
    pub fn is_load(&self) -> bool {
        matches!(self, Self::Datum(_) | Self::Result(_))
    }
}

impl Channel {
    /// An empty one.
    pub fn new(link: LinkId) -> Self {
        Self {
            link,
            slots: Queue::default(),
            first: 0,
            loaded: 0,
        }
    }

    /// Enters a parcel; its message carries the tag.
    pub fn enter(&mut self, parcel: Parcel, attempt: u8) -> u32 {
        let number = (self.first + self.slots.len() as u32) % NUMBERS;
        self.loaded += usize::from(parcel.is_load());
        self.slots.push_back(Slot {
            parcel,
            arrived: None,
        });
        u32::from(attempt) << 24 | number
    }

    /// The place of a message in the channel, if it is still awaited.
    pub fn place_of(&self, tag: u32) -> Option<usize> {
        let place = (tag % NUMBERS + NUMBERS - self.first) % NUMBERS;
        let slot = self.slots.get(place as usize)?;
        slot.arrived.is_none().then_some(place as usize)
    }

    /// The tag of the first that is awaited, if one after it is here already.
    pub fn gap(&self, attempt: u8) -> Option<u32> {
        let missing = self.slots.iter().position(|slot| slot.arrived.is_none())?;
        let later = self
            .slots
            .iter()
            .skip(missing)
            .any(|slot| slot.arrived.is_some());
        let number = (self.first + missing as u32) % NUMBERS;
        later.then_some(u32::from(attempt) << 24 | number)
    }

    /// The parcel of a message, taken or not.
    pub fn parcel_of(&self, tag: u32) -> Option<&Parcel> {
        let place = (tag % NUMBERS + NUMBERS - self.first) % NUMBERS;
        self.slots.get(place as usize).map(|slot| &slot.parcel)
    }

    /// The next parcel, if it is here.
    pub fn front(&self) -> Option<&Slot> {
        self.slots.front().filter(|slot| slot.arrived.is_some())
    }

    /// Takes the next parcel.
    pub fn take(&mut self) -> Option<Slot> {
        self.front()?;
        let slot = self.slots.pop_front()?;
        self.loaded -= usize::from(slot.parcel.is_load());
        self.first = (self.first + 1) % NUMBERS;
        Some(slot)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = Self::new(self.link);
    }

    /// Data and results that are here and wait.
    pub fn waiting(&self) -> impl Iterator<Item = &Slot> {
        let here = self.slots.iter().take_while(|slot| slot.arrived.is_some());
        here.filter(|slot| slot.parcel.is_load())
    }
}
