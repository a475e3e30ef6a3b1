//! The words that callers, gateways and services share: paths, statuses, and
//! what a message's tag carries.

use crate::kernel::{FlowId, Outcome};

/// Who calls, in the order of the picture.
pub const TENANTS: [&str; 3] = ["web", "mobile", "partner"];
/// Who serves, in the order of the picture.
pub const SERVICES: [&str; 3] = ["users", "orders", "catalogue"];
/// The one whose answers are private, so that no gateway keeps them.
pub const PRIVATE: u8 = 1;

/// The first part of each path, by its number: services, then the composed
/// one, then what nobody serves.
pub const PATHS: [&str; 5] = [SERVICES[0], SERVICES[1], SERVICES[2], "home", "?"];
/// The composed path.
pub const HOME: u8 = 3;
/// The path of no service.
pub const UNKNOWN: u8 = 4;

/// The route of a path as users write it: `/orders/17?x=1` is of `orders`.
pub fn path_of(text: &str) -> u8 {
    let path = text.trim_start_matches('/');
    let ends = |byte: u8| matches!(byte, b'/' | b'?' | b'#');
    let end = path.bytes().position(ends).unwrap_or(path.len());
    let found = PATHS.iter().position(|name| *name == &path[..end]);
    found.map_or(UNKNOWN, |index| index as u8)
}

/// What a call carries; the tag of a message from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Index into [`PATHS`].
    pub path: u8,
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
        u32::from(self.attempt & 15) | flags << 4 | u32::from(self.path) << 8 | self.item << 12
    }

    /// From a tag.
    pub fn of_tag(tag: u32) -> Self {
        Self {
            path: (tag >> 8 & 15).min(u32::from(UNKNOWN)) as u8,
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

/// How many statuses there are.
pub const STATUSES: usize = 12;
/// Their codes, or words where HTTP has none.
pub const CODES: [&str; STATUSES] = [
    "200",
    "206",
    "400",
    "401",
    "404",
    "429",
    "500",
    "503",
    "504",
    "no answer",
    "overflow",
    "client crash",
];

impl Status {
    /// Whether the client got what it asked for, at least in part.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Ok | Self::Partial)
    }

    /// As `Pattern::outcomes` has it.
    pub const fn outcome(self) -> Outcome {
        Outcome((self as u8).saturating_sub(1))
    }

    /// The status that an answer's tag carries: its index.
    pub fn of_tag(tag: u32) -> Self {
        const SENT: [Status; 9] = [
            Status::Ok,
            Status::Partial,
            Status::BadRequest,
            Status::BadToken,
            Status::NoRoute,
            Status::Limited,
            Status::Failed,
            Status::Unavailable,
            Status::Timeout,
        ];
        SENT[(tag & 15).min(8) as usize]
    }
}

/// In the tag of an answer to a client: it came out of the cache.
pub const CACHED: u32 = 1 << 8;
/// In the tag of a service's answer: the service would not take the call.
pub const REFUSED: u32 = 1 << 18;
/// In the tag of a call to a service: it cannot be served.
pub const POISON: u32 = 1 << 17;
/// The part of the tag of a call to a service that names it within its flow:
/// attempt, 4 bits; leg, 7; copy, 6. Copies are calls that the network doubled.
pub const LEG_TAG: u32 = (1 << 17) - 1;

/// Names a call to a service among all: its flow, and its tag.
pub fn leg_key(flow: FlowId, tag: u32) -> u64 {
    flow.0 << 17 | u64::from(tag & LEG_TAG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_back() {
        let asked = Asked {
            path: HOME,
            item: (1 << 20) - 1,
            attempt: 3,
            bad_token: true,
            malformed: false,
            poison: true,
        };
        assert_eq!(Asked::of_tag(asked.tag()), asked);
        for status in [
            Status::Ok,
            Status::Partial,
            Status::Limited,
            Status::Timeout,
        ] {
            assert_eq!(Status::of_tag(status as u32 | CACHED), status);
            assert!(status.is_good() == (status.outcome() == Outcome::SUCCESS));
        }
        assert_eq!(Status::ClientCrash as usize + 1, STATUSES);
    }

    #[test]
    fn paths_lead_to_services() {
        assert_eq!(path_of("/orders/17?x=/users"), 1);
        assert_eq!(path_of("users"), 0);
        assert_eq!(path_of("/home"), HOME);
        assert_eq!(path_of("/orders-old/1"), UNKNOWN);
        assert_eq!(path_of(""), UNKNOWN);
    }
}
