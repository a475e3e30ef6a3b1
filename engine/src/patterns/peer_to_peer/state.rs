//! What the model knows: peers, opinions, rumours, open flows, and what
//! travels. Plain data and small helpers; who acts on it is elsewhere.

use super::knobs::{Mode, Parameters, SUCCESSORS_MOST};
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, Draws, Duration, Fact, FlowId, Hue, Instant, Marks, Message, MessageId, NodeId,
    Outcome, Purpose, Random, Role, Sequence, Timer,
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
/// More flows than this are not begun.
const FLOWS_MOST: u64 = 20_000;

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

const ROLES: [Role; 21] = [
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
const CAN_FAIL: u32 = 1 << RUMOUR
    | 1 << TOLD
    | 1 << PULL
    | 1 << COMPARE
    | 1 << MEND
    | 1 << REQUEST
    | 1 << FIND
    | 1 << ASK
    | 1 << PIECE;

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
const MISTAKES: Purpose = Purpose::named("mistakes");

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

impl PeerToPeer {
    pub fn peer(&mut self, peer: u16) -> &mut Peer {
        &mut self.peers[usize::from(peer)]
    }

    /// Everyone whom a peer can talk to.
    pub fn near(&self, peer: u16) -> &[u32] {
        let index = usize::from(peer);
        &self.near[self.starts[index] as usize..self.starts[index + 1] as usize]
    }

    pub fn draws(&self, purpose: Purpose, peer: u16, round: u32, random: &Random) -> Draws {
        random.keyed(purpose, u64::from(peer), u64::from(round))
    }

    /// A neighbour by chance: one whom the peer does not believe dead, unless
    /// `any` will do, and not `but`.
    pub fn pick(&self, peer: u16, but: u16, any: bool, draws: &mut Draws) -> Option<u16> {
        let near = self.near(peer);
        for _ in 0..16 {
            let place = (draws.uniform() * near.len() as f64) as usize;
            let other = *near.get(place)? as u16;
            if other != but && (any || !self.believes_dead(peer, other)) {
                return Some(other);
            }
        }
        None
    }

    /// Sends; for a message from one peer to itself, or over no link, nothing
    /// is sent.
    pub fn send(
        &mut self,
        ends: (u16, u16),
        what: u8,
        cargo: Cargo,
        about: (FlowId, u32, Hue),
        cause: Option<MessageId>,
        context: &mut Context,
    ) {
        let (from, to) = ends;
        let Some(link) = context.topology().between(node(from), node(to)) else {
            return;
        };
        let (flow, round, hue) = about;
        let id = context.send(Draft {
            link,
            flow,
            cause,
            tag: u32::from(what) << 24 | round_of(round),
            role: ROLES[usize::from(what)],
            hue,
            marks: Marks::default(),
        });
        // Copies made by the network have numbers, too.
        while self.cargo.next_key() + 1 < id.0.get() {
            let copy = self.cargo.push([0; 4]);
            self.cargo.remove(copy);
        }
        self.cargo.push(cargo);
    }

    /// Sends what belongs to no flow.
    pub fn tell(
        &mut self,
        ends: (u16, u16),
        what: u8,
        cargo: Cargo,
        cause: Option<&Message>,
        context: &mut Context,
    ) {
        let round = match cause {
            Some(message) => round_of(message.tag),
            None => self.peers[usize::from(ends.0)].round,
        };
        let (about, cause) = ((FlowId::NONE, round, Hue::ROLE), cause.map(|it| it.id));
        self.send(ends, what, cargo, about, cause, context);
    }

    /// Answers a message, in its flow and round.
    pub fn answer(
        &mut self,
        message: &Message,
        what: u8,
        cargo: Cargo,
        hue: Hue,
        context: &mut Context,
    ) {
        let ends = context.topology().link(message.link);
        let ends = (ends.to.0, ends.from.0);
        let about = (message.flow, round_of(message.tag), hue);
        self.send(ends, what, cargo, about, Some(message.id), context);
    }

    /// What a message carries; none if its like has come before.
    pub fn unload(&mut self, message: &Message) -> Option<Cargo> {
        let copy = u64::from(message.marks.duplicate);
        self.cargo.remove(message.id.0.get() - 1 - copy)
    }

    /// Whether a peer that makes mistakes makes one with this message.
    pub fn mistakes(&self, peer: u16, message: &Message, context: &Context) -> bool {
        let errors = context.node(node(peer)).errors;
        if CAN_FAIL >> what_of(message.tag) & 1 == 0 {
            return false;
        }
        let (tag, number) = (u64::from(message.tag), message.id.0.get());
        errors > 0.0 && context.random().keyed(MISTAKES, number, tag).uniform() < errors
    }

    pub fn after(&self, peer: u16, kind: u8, data: u64, delay: Duration, context: &mut Context) {
        let node = node(peer);
        context.after(delay, Timer { node, kind, data });
    }

    /// Begins a flow, if there is room for one more.
    pub fn new_flow(&mut self, flow: Flow, context: &mut Context) -> Option<FlowId> {
        let id = FlowId(self.flows.push(flow));
        let node = node(flow.peer);
        context.observe(|| Fact::FlowStarted { flow: id, node });
        if self.open_flows() > FLOWS_MOST {
            self.end_flow(id, OVERFLOW, context);
            return None;
        }
        Some(id)
    }

    pub fn end_flow(&mut self, flow: FlowId, outcome: u8, context: &mut Context) {
        if let Some(it) = self.flows.remove(flow.0) {
            let latency = context.now().since(it.started);
            self.tally.ended[usize::from(outcome)] += 1;
            let outcome = Outcome(outcome);
            context.observe(|| Fact::FlowEnded {
                flow,
                outcome,
                latency,
            });
        }
    }

    pub fn open_flows(&self) -> u64 {
        self.flows.len() as u64
    }

    /// Something to be told of a peer.
    pub fn note(peer: u16, kind: u8, flow: FlowId, value: u64, context: &mut Context) {
        let node = node(peer);
        context.observe(|| Fact::Noted {
            kind,
            node,
            flow,
            value,
        });
    }

    pub fn is(&self, mode: Mode) -> bool {
        self.parameters.mode == mode
    }
}
