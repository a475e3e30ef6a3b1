//! Messages: one hop each, of one flow, with a known cause.

use crate::time::Instant;
use crate::topology::LinkId;
use std::num::NonZeroU64;

/// Numbered from 1 in the order of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub NonZeroU64);

/// One end-to-end unit of work, numbered from 0 in the order of starting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

impl FlowId {
    /// Of a message that belongs to no unit of work, such as a health check.
    /// Exact as a number of JSON.
    pub const NONE: Self = Self((1 << 53) - 1);
}

/// What a message is; its shape in every picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Asks for an answer: a filled circle.
    Request,
    /// Answers: a ring.
    Response,
    /// Tells to do: a square.
    Command,
    /// Tells what happened: a diamond.
    Event,
    /// A row of data: a rectangle.
    Record,
    /// Several at once: a stack.
    Batch,
    /// Confirms: a small triangle.
    Ack,
    /// Keeps the system itself going: a hexagon.
    Control,
    /// Answers with a failure: a cross.
    Error,
}

impl Role {
    /// Every role, in the order of declaration.
    pub const ALL: [Self; 9] = [
        Self::Request,
        Self::Response,
        Self::Command,
        Self::Event,
        Self::Record,
        Self::Batch,
        Self::Ack,
        Self::Control,
        Self::Error,
    ];

    /// The word on screen and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Command => "command",
            Self::Event => "event",
            Self::Record => "record",
            Self::Batch => "batch",
            Self::Ack => "ack",
            Self::Control => "control",
            Self::Error => "error",
        }
    }
}

/// The colour of a message: what it is about, where that matters more than
/// what it does. Zero is the colour of its role; others are told apart by
/// tenant, key or source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hue(u8);

impl Hue {
    /// The colour of its role.
    pub const ROLE: Self = Self(0);
    /// How many others there are.
    pub const COUNT: usize = 6;

    /// The colour of the tenant, key or source of this number; they repeat.
    pub const fn of(index: usize) -> Self {
        Self(1 + (index % Self::COUNT) as u8)
    }

    /// Zero for the role's own, then 1 to [`Self::COUNT`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What makes a message not the first of its kind; its outline in a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marks {
    /// A later attempt at the same flow.
    pub retry: bool,
    /// A second attempt sent while the first is still awaited.
    pub hedge: bool,
    /// A copy made by the network.
    pub duplicate: bool,
}

/// Why a message was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DropReason {
    /// The link was cut.
    Cut,
    /// The link loses some messages.
    Loss,
    /// The receiver was down.
    Crash,
}

impl DropReason {
    /// Every reason, in the order of declaration.
    pub const ALL: [Self; 3] = [Self::Cut, Self::Loss, Self::Crash];

    /// The word on screen and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Loss => "loss",
            Self::Crash => "crash",
        }
    }
}

/// One message on one link. Where it is at `t` follows from these fields
/// alone: `(t - depart) / (arrive - depart)` of the way to `reach`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// Its number.
    pub id: MessageId,
    /// The unit of work it belongs to.
    pub flow: FlowId,
    /// The message whose handling sent this one.
    pub cause: Option<MessageId>,
    /// When it left.
    pub depart: Instant,
    /// When it arrives, or is lost if `lost` says so.
    pub arrive: Instant,
    /// The model's own data, such as the number of the attempt.
    pub tag: u32,
    /// Where it travels.
    pub link: LinkId,
    /// Its place in the protocol.
    pub role: Role,
    /// Its colour.
    pub hue: Hue,
    /// Retry, hedge, duplicate.
    pub marks: Marks,
    /// Set when the message will not get through, known at sending.
    pub lost: Option<DropReason>,
    /// How much of the link it covers by `arrive`, in 1/255: 255 unless lost.
    pub reach: u8,
}

impl Message {
    /// The share of its link that it has covered at `now`, in 0..=1.
    pub fn progress(&self, now: Instant) -> f64 {
        let span = self.arrive.since(self.depart).0;
        let gone = now.since(self.depart).0;
        let share = if span == 0 {
            1.0
        } else {
            (gone as f64 / span as f64).min(1.0)
        };
        share * f64::from(self.reach) / 255.0
    }
}
