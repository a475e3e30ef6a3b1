//! Codes: kinds of messages, timers, outcomes, notes and opinions.

use crate::kernel::Role;

// What a message says: the upper byte of its tag. Below: a round or an attempt.
/// Gossip: updates.
pub const RUMOUR: u8 = 0;
/// Gossip: whether they were needed.
pub const FEEDBACK: u8 = 1;
/// Gossip: what is new?
pub const PULL: u8 = 2;
/// Anti-entropy: all that I know.
pub const COMPARE: u8 = 3;
/// Anti-entropy: what you do not know.
pub const MEND: u8 = 4;
/// Detection: are you there?
pub const PING: u8 = 5;
/// Detection: ask another whether it is there.
pub const PING_FOR_ME: u8 = 6;
/// Detection: it is there.
pub const ACK: u8 = 7;
/// I leave.
pub const GOODBYE: u8 = 8;
/// Direct: a request.
pub const REQUEST: u8 = 9;
/// Direct: its answer.
pub const RESPONSE: u8 = 10;
/// Lookup: who owns this place?
pub const FIND: u8 = 11;
/// Lookup: the owner.
pub const FOUND: u8 = 12;
/// It could not be done.
pub const FAILED: u8 = 13;
/// Ring: who is before you, who comes next?
pub const STABILISE: u8 = 14;
/// Ring: these.
pub const AROUND: u8 = 15;
/// Ring: I am before you.
pub const NOTIFY: u8 = 16;
/// Swarm: these chunks I have.
pub const HAVE: u8 = 17;
/// Swarm: give me a chunk.
pub const ASK: u8 = 18;
/// Swarm: a chunk.
pub const PIECE: u8 = 19;
/// Gossip: updates that were asked for.
pub const TOLD: u8 = 20;

/// The shape of each kind.
pub const ROLES: [Role; 21] = [
    Role::Event,
    Role::Ack,
    Role::Request,
    Role::Batch,
    Role::Batch,
    Role::Control,
    Role::Command,
    Role::Ack,
    Role::Error,
    Role::Request,
    Role::Response,
    Role::Request,
    Role::Response,
    Role::Error,
    Role::Control,
    Role::Control,
    Role::Control,
    Role::Control,
    Role::Request,
    Role::Record,
    Role::Event,
];

// Timers.
/// A round begins; data: which chain of rounds.
pub const ROUND: u8 = 0;
/// No ack yet; data: the round.
pub const PING_LATE: u8 = 1;
/// A suspicion is old enough; data: opinion and whom it is about.
pub const CONFIRM: u8 = 2;
/// A message has been handled; data: its number.
pub const HANDLED: u8 = 3;
/// No answer yet; data: flow and attempt.
pub const SILENCE: u8 = 4;
/// A chunk has left; data: its place in `asks`.
pub const UPLOADED: u8 = 5;
/// A chunk has come in; data: which, and from whom.
pub const DOWNLOADED: u8 = 6;
/// A chunk has not come; data: the number of its slot's use.
pub const NO_CHUNK: u8 = 7;
/// The peer goes, or comes back; data: how many times it has moved before.
pub const MOVE: u8 = 8;

// Outcomes of flows; zero is success.
pub const TIMED_OUT: u8 = 1;
pub const ERROR: u8 = 2;
pub const GONE: u8 = 3;
pub const DIED_OUT: u8 = 4;
pub const OVERTAKEN: u8 = 5;
pub const OVERFLOW: u8 = 6;

// Notes.
pub const LEARNT: u8 = 0;
pub const SUSPECTED: u8 = 1;
pub const CONFIRMED: u8 = 2;
pub const REFUTED: u8 = 3;
pub const LEFT: u8 = 4;
pub const JOINED: u8 = 5;
pub const COMPLETE: u8 = 6;
pub const ANSWERED: u8 = 7;

// States within an opinion, which is an incarnation and one of these. Of two
// opinions the greater holds: that is all of SWIM's order of precedence.
pub const SUSPECT: u16 = 1;
pub const DEAD: u16 = 2;

/// Bits: what a peer can fail to do when it comes.
pub const CAN_FAIL: u32 = 1 << RUMOUR
    | 1 << TOLD
    | 1 << PULL
    | 1 << COMPARE
    | 1 << MEND
    | 1 << REQUEST
    | 1 << FIND
    | 1 << ASK
    | 1 << PIECE;
