//! The words that callers, gateways and services share: paths, statuses, and
//! what a message's tag carries.

use crate::kernel::{FlowId, Hue, LinkId, Marks, MessageId, Outcome};
use crate::parts::station::Item;

/// Who calls, in the order of the picture.
pub const TENANTS: [&str; 3] = ["web", "mobile", "partner"];
/// Who serves, in the order of the picture.
pub const SERVICES: [&str; 3] = ["users", "orders", "catalogue"];
/// Which of them let the gateway keep their answers: orders are private.
pub const CACHEABLE: [bool; 3] = [true, false, true];
/// Legs of an aggregated call at most.
pub const LEGS_MOST: u16 = 100;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Of one service.
    Service(u8),
    /// Composed of several.
    Home,
    /// Of nobody.
    Unknown,
}

impl Path {
    const fn index(self) -> u32 {
        match self {
            Self::Service(service) => service as u32,
            Self::Home => 3,
            Self::Unknown => 4,
        }
    }

    fn of_index(index: u32) -> Self {
        match index {
            0..=2 => Self::Service(index as u8),
            3 => Self::Home,
            _ => Self::Unknown,
        }
    }

    /// The route of a path as users write it: `/orders/17?x=1` is of `orders`.
    pub fn of_text(text: &str) -> Self {
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let first = path.trim_start_matches('/').split('/').next();
        let first = first.unwrap_or_default();
        match SERVICES.iter().position(|service| *service == first) {
            Some(service) => Self::Service(service as u8),
            None if first == "home" => Self::Home,
            None => Self::Unknown,
        }
    }

    /// The first part of the path.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service(service) => SERVICES[usize::from(service)],
            Self::Home => "home",
            Self::Unknown => "?",
        }
    }
}

/// What a call carries; the tag of a message from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where to.
    pub path: Path,
    /// Which item, below 2^20.
    pub item: u32,
    /// From 0.
    pub attempt: u8,
    /// The token is not valid.
    pub bad_token: bool,
    /// The call cannot be read.
    pub malformed: bool,
    /// The call cannot be served.
    pub poison: bool,
}

impl Asked {
    /// As a tag.
    pub fn tag(self) -> u32 {
        let flags = u32::from(self.bad_token)
            | u32::from(self.malformed) << 1
            | u32::from(self.poison) << 2;
        u32::from(self.attempt & 15) | flags << 4 | self.path.index() << 8 | self.item << 12
    }

    /// From a tag.
    pub fn of_tag(tag: u32) -> Self {
        Self {
            path: Path::of_index(tag >> 8 & 15),
            item: tag >> 12,
            attempt: (tag & 15) as u8,
            bad_token: tag & 1 << 4 != 0,
            malformed: tag & 1 << 5 != 0,
            poison: tag & 1 << 6 != 0,
        }
    }
}

/// How a call ends for its client: exactly one a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Answered.
    Ok,
    /// Answered in part: some legs of an aggregated call failed or were late.
    Partial,
    /// The call could not be read.
    BadRequest,
    /// The token was not valid.
    BadToken,
    /// No service has this path.
    NoRoute,
    /// The client is over its limit.
    Limited,
    /// The service, or the gateway, failed on it.
    Failed,
    /// The gateway, or the service, would not take it.
    Unavailable,
    /// The service did not answer in time.
    Timeout,
    /// The client gave up waiting.
    NoAnswer,
    /// The client had too many calls open.
    Overflow,
    /// The client went down.
    ClientCrash,
}

impl Status {
    /// How many there are.
    pub const COUNT: usize = 12;

    /// Every status, in the order of declaration.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Ok,
        Self::Partial,
        Self::BadRequest,
        Self::BadToken,
        Self::NoRoute,
        Self::Limited,
        Self::Failed,
        Self::Unavailable,
        Self::Timeout,
        Self::NoAnswer,
        Self::Overflow,
        Self::ClientCrash,
    ];

    /// Its code, or words where HTTP has none.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ok => "200",
            Self::Partial => "206",
            Self::BadRequest => "400",
            Self::BadToken => "401",
            Self::NoRoute => "404",
            Self::Limited => "429",
            Self::Failed => "500",
            Self::Unavailable => "503",
            Self::Timeout => "504",
            Self::NoAnswer => "no answer",
            Self::Overflow => "overflow",
            Self::ClientCrash => "client crash",
        }
    }

    /// Whether the client got what it asked for, at least in part.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Ok | Self::Partial)
    }

    /// As `Pattern::outcomes` has it.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Ok | Self::Partial => Outcome::SUCCESS,
            other => Outcome(other as u8 - 1),
        }
    }

    /// The status of a tag made of its index.
    pub fn of_tag(tag: u32) -> Self {
        let index = (tag & 15) as usize;
        Self::ALL.get(index).copied().unwrap_or(Self::Failed)
    }
}

/// In the tag of an answer to a client: it came out of the cache.
pub const CACHED: u32 = 1 << 8;
/// In the tag of a service's answer: the service would not take the call.
pub const REFUSED: u32 = 1 << 18;
/// In the tag of a call to a service: it cannot be served.
pub const POISON: u32 = 1 << 17;
/// The part of the tag that names the leg.
pub const LEG_TAG: u32 = (1 << 17) - 1;

/// Names a call to a service: its flow, and a tag of attempt, leg and copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LegKey {
    /// Whose.
    pub flow: FlowId,
    /// Below 2^17: attempt, 4 bits; leg, 7; copy, 6.
    pub tag: u32,
}

impl LegKey {
    /// `copy` tells apart calls that the network doubled.
    pub fn new(flow: FlowId, attempt: u8, leg: u16, copy: u32) -> Self {
        let tag = u32::from(attempt & 15) | u32::from(leg & 127) << 4 | (copy & 63) << 11;
        Self { flow, tag }
    }

    /// As a timer's data.
    pub fn pack(self) -> u64 {
        self.flow.0 << 17 | u64::from(self.tag)
    }

    /// From a timer's data.
    pub fn unpack(data: u64) -> Self {
        Self {
            flow: FlowId(data >> 17),
            tag: data as u32 & LEG_TAG,
        }
    }
}

/// A call in a gateway's hands.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Whose.
    pub flow: FlowId,
    /// What brought it.
    pub message: MessageId,
    /// Back to the client.
    pub reply: LinkId,
    /// Index into [`TENANTS`].
    pub tenant: u8,
    /// What for.
    pub asked: Asked,
    /// Of the message.
    pub hue: Hue,
    /// Of the message.
    pub marks: Marks,
    /// The gateway's worker that is held until the answer.
    pub worker: Option<u16>,
    /// Legs that are awaited.
    pub open: u16,
    /// Legs asked for.
    pub legs: u16,
    /// Legs answered well.
    pub good: u16,
    /// How the latest bad leg ended.
    pub failure: Status,
}

/// A call in the gateway's queue, or on one of its workers.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    /// The call's number.
    pub call: u64,
    /// For facts and pictures.
    pub flow: FlowId,
    /// For facts and pictures.
    pub message: MessageId,
    /// For pictures.
    pub hue: Hue,
    /// For pictures.
    pub marks: Marks,
}

impl Item for Ticket {
    fn flow(&self) -> FlowId {
        self.flow
    }
    fn message(&self) -> MessageId {
        self.message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_back() {
        let asked = Asked {
            path: Path::Home,
            item: (1 << 20) - 1,
            attempt: 3,
            bad_token: true,
            malformed: false,
            poison: true,
        };
        assert_eq!(Asked::of_tag(asked.tag()), asked);
        let key = LegKey::new(FlowId(1 << 40), 1, 100, 63);
        assert_eq!(LegKey::unpack(key.pack()), key);
        for status in Status::ALL {
            assert_eq!(Status::of_tag(status as u32 | CACHED), status);
        }
    }

    #[test]
    fn paths_lead_to_services() {
        assert_eq!(Path::of_text("/orders/17?x=/users"), Path::Service(1));
        assert_eq!(Path::of_text("users"), Path::Service(0));
        assert_eq!(Path::of_text("/home"), Path::Home);
        assert_eq!(Path::of_text("/orders-old/1"), Path::Unknown);
        assert_eq!(Path::of_text(""), Path::Unknown);
    }
}
