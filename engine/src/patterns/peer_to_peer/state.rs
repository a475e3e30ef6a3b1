//! What the model knows: peers, opinions, rumours, open flows, and what
//! travels. Plain data; who acts on it is elsewhere.

pub use super::codes::*;
use super::knobs::{Parameters, SUCCESSORS_MOST};
use crate::kernel::{
    Duration, FlowId, Instant, Message, MessageId, NodeId, Purpose, Random, Sequence,
};
use crate::parts::rumour::Interest;
use crate::parts::traffic::Traffic;
use std::sync::Arc;

/// Nobody: no peer has this number.
pub const NOBODY: u16 = u16::MAX;
/// Registers that every peer keeps a copy of; an update writes one.
pub const KEYS: usize = 4;
/// Fingers of a peer: it knows who is 1, 2, 4, ... of 2^16 places ahead.
pub const FINGERS: usize = 16;
/// Chunks that a peer asks for at a time.
pub const SLOTS: usize = 4;

/// What a message carries.
pub type Cargo = [u64; 4];

/// Places on Chord's ring.
pub const PLACES: u32 = 1 << 16;

pub const PARTNER: Purpose = Purpose::named("partners");
pub const PROBED: Purpose = Purpose::named("probes");
pub const HELPERS: Purpose = Purpose::named("helpers");
pub const COIN: Purpose = Purpose::named("coins");
pub const ORIGIN: Purpose = Purpose::named("origins");
pub const OFFERS: Purpose = Purpose::named("offers");
pub const CHUNK: Purpose = Purpose::named("chunks");
pub const MOVES: Purpose = Purpose::named("moves");
pub const SEAL: Purpose = Purpose::named("seals");

/// A register's copy: a stamp (counter, origin and seal, from the top; zero:
/// never written) and the interest in telling it on. The greater stamp holds.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub stamp: u64,
    pub interest: Interest,
}

impl Cell {
    /// Never written.
    pub const NEVER: Self = Self {
        stamp: 0,
        interest: Interest::COLD,
    };
}

/// The origin in a stamp.
pub const fn origin_of(stamp: u64) -> u16 {
    (stamp >> 16) as u16
}

/// The counter in a stamp.
pub const fn counter_of(stamp: u64) -> u32 {
    (stamp >> 32) as u32
}

/// A chunk that a peer waits for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot {
    /// Zero: the slot is free.
    pub serial: u32,
    pub chunk: u8,
}

/// A participant. A copy of it is a copy of memory.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Neither crashed nor gone.
    pub live: bool,
    /// Has left.
    pub away: bool,
    /// Has found the others since it came.
    pub joined: bool,
    /// How often it has come or gone; tells which timers are old.
    pub moves: u32,
    /// Rounds since the start.
    pub round: u32,
    /// When it went without a word.
    pub down_since: Instant,
    /// Whether anybody has noticed.
    pub noticed: bool,
    /// Whom it pings in this round.
    pub probe: u16,
    pub acked: bool,
    /// Opinions that it has still to tell on.
    pub news: u16,
    pub cells: [Cell; KEYS],
    /// The next on the ring; [`NOBODY`] at the end.
    pub successors: [u16; SUCCESSORS_MOST],
    pub predecessor: u16,
    /// When its predecessor last said so.
    pub heard: Instant,
    /// Rounds since its successor last answered.
    pub unanswered: u8,
    pub fingers: [u16; FINGERS],
    /// Chunks, a bit each.
    pub chunks: u64,
    pub slots: [Slot; SLOTS],
    pub serial: u32,
    pub uploading: bool,
    pub uploads: u32,
    /// Until when its download is taken.
    pub busy_until: Instant,
    /// Its download.
    pub flow: FlowId,
    /// When it had the whole file.
    pub complete_at: Instant,
    pub suspects: u16,
    pub dead: u16,
}

/// The newest write of a register, and how it spreads.
#[derive(Clone, Copy, Debug)]
pub struct Rumour {
    pub stamp: u64,
    /// [`FlowId::NONE`] if it has ended.
    pub flow: FlowId,
    pub issued: Instant,
    /// When the latest peer heard it.
    pub last: Instant,
    /// Peers that have heard it, and their delays in seconds.
    pub heard: u32,
    pub delays: f64,
    pub sent: u32,
    /// Messages on their way that carry it.
    pub flying: u32,
    /// Nobody spreads it any more.
    pub over: bool,
    /// Peers: susceptible, infected, removed, away.
    pub count: [u32; 4],
}

impl Rumour {
    /// Of a register that nobody has written, or that is not followed.
    pub const NONE: Self = Self {
        stamp: 0,
        flow: FlowId::NONE,
        issued: Instant::START,
        last: Instant::START,
        heard: 0,
        delays: 0.0,
        sent: 0,
        flying: 0,
        over: true,
        count: [0; 4],
    };
}

/// An update until all know it, a request, a lookup, or a download.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    pub peer: u16,
    /// A place on the ring.
    pub place: u16,
    pub attempt: u8,
    pub poison: bool,
    pub started: Instant,
}

/// A chunk that somebody wants from a peer.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub by: u16,
    pub of: u16,
    pub chunk: u8,
    pub cause: MessageId,
    pub flow: FlowId,
    /// On its way through the uplink, since when.
    pub running: bool,
    pub since: Instant,
}

/// Counts over the whole run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub ended: [u64; 7],
    pub rumours: u32,
    pub residue: f64,
    pub traffic: f64,
    pub average: f64,
    pub last: f64,
    pub lookups: u64,
    pub hops: u64,
    pub hops_most: u64,
    /// Lookups answered while the ring was stable, and those answered right.
    pub stable: u64,
    pub right: u64,
    pub wrong: u64,
    pub detected: u32,
    pub detection: f64,
    pub suspicions: u32,
    pub false_suspicions: u32,
    pub refuted: u32,
    pub repaired: u64,
    pub chunks: u64,
    pub wasted: u64,
    pub deduplicated: u64,
    pub spell: Duration,
}

/// All of the model.
#[derive(Clone)]
pub struct PeerToPeer {
    pub random: Random,
    pub parameters: Parameters,
    pub traffic: Traffic,
    pub peers: Vec<Peer>,
    /// Who can talk to whom: the neighbours of all peers, one after another,
    /// and where those of each begin.
    pub near: Arc<Vec<u32>>,
    pub starts: Arc<Vec<u32>>,
    /// What each thinks of each: an opinion above, how often it is still to be
    /// told below.
    pub opinions: Vec<u32>,
    /// Chunks that each knows of each.
    pub known: Vec<u64>,
    /// Chunks that each has got from each, and whom it has refused.
    pub given: Vec<u32>,
    pub asks: Vec<Asked>,
    pub rumours: [Rumour; KEYS],
    /// The register written last.
    pub latest: usize,
    pub flows: Sequence<Flow>,
    pub cargo: Sequence<Cargo>,
    /// Messages that a peer has in hand.
    pub handling: Sequence<(Message, Cargo)>,
    /// When the ring last changed.
    pub ring_changed: Instant,
    /// Since when live peers differ.
    pub apart_since: Option<Instant>,
    pub tally: Tally,
}

/// What a tag says.
pub const fn what_of(tag: u32) -> u8 {
    (tag >> 24) as u8
}

/// The round or attempt in a tag.
pub const fn round_of(tag: u32) -> u32 {
    tag & 0xff_ffff
}

pub fn node(peer: u16) -> NodeId {
    NodeId(peer)
}

/// A word of four 16-bit numbers, the first at the bottom.
pub const fn word(parts: [u16; 4]) -> u64 {
    parts[0] as u64 | (parts[1] as u64) << 16 | (parts[2] as u64) << 32 | (parts[3] as u64) << 48
}

/// One of the four numbers of a word.
pub const fn part(word: u64, index: usize) -> u16 {
    (word >> (16 * index)) as u16
}
