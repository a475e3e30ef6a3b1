//! Requests, and who comes and goes: what a peer begins, repeats and gives up;
//! joins, leaves, crashes and rounds.

use super::knobs::Mode;
use super::state::*;
use crate::kernel::random::exponential;
use crate::kernel::{Context, Duration, FlowId, Hue, Instant, Message};

/// A peer says goodbye to so many at most.
const GOODBYES: usize = 8;

impl PeerToPeer {
    /// A user of a peer wants something: an update, an answer, an owner.
    pub fn begin(&mut self, peer: u16, poison: bool, context: &mut Context) {
        if !self.peers[usize::from(peer)].live || !context.is_up(node(peer)) {
            return;
        }
        match self.parameters.mode {
            Mode::Gossip if !poison => self.issue(peer, context),
            Mode::Swarm => self.ask(peer, context),
            _ => {
                let next = self.flows.next_key() as u32;
                let mut draws = self.draws(ORIGIN, peer, next, &context.random());
                let flow = Flow {
                    peer,
                    place: (draws.uniform() * f64::from(PLACES)) as u16,
                    attempt: 0,
                    poison,
                    started: context.now(),
                };
                if let Some(id) = self.new_flow(flow, context) {
                    self.attempt(id, context);
                }
            }
        }
    }

    fn attempt(&mut self, id: FlowId, context: &mut Context) {
        let Some(flow) = self.flows.get(id.0).copied() else {
            return;
        };
        let (peer, attempt) = (flow.peer, u32::from(flow.attempt));
        if self.is(Mode::Gossip) {
            // A spoilt update: not even the one who issues it takes it.
            self.end_flow(id, ERROR, context);
            return;
        }
        let (data, wait) = (id.0 << 8 | u64::from(attempt), self.parameters.timeout);
        self.after(peer, SILENCE, data, wait, context);
        if self.is(Mode::Lookup) {
            let way = word([0, u16::from(flow.attempt), u16::from(flow.poison), 0]);
            let cargo = [word([flow.place, peer, 0, 0]), way, 0, 0];
            self.find(peer, cargo, (id, attempt), None, context);
            return;
        }
        let mut draws = self.draws(PARTNER, peer, id.0 as u32 * 8 + attempt, &context.random());
        if let Some(other) = self.pick(peer, peer, false, &mut draws) {
            let about = (id, attempt, Hue::of(usize::from(peer)));
            let cargo = [u64::from(flow.poison), 0, 0, 0];
            self.send((peer, other), REQUEST, cargo, about, None, context);
        }
    }

    /// An attempt failed: another one, unless it was the last.
    pub fn failed(&mut self, id: FlowId, attempt: u32, outcome: u8, context: &mut Context) {
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        if u32::from(flow.attempt) != attempt {
            return;
        }
        if outcome == TIMED_OUT {
            context.timed_out(id, attempt);
        }
        if flow.attempt + 1 >= self.parameters.attempts || flow.poison {
            self.end_flow(id, outcome, context);
            return;
        }
        flow.attempt += 1;
        let (attempt, delay) = (attempt + 1, Duration::ZERO);
        context.retried(id, attempt, delay);
        self.attempt(id, context);
    }

    /// A peer cannot do what it was asked to, and says so.
    pub fn refuse(&mut self, message: &Message, cargo: &Cargo, context: &mut Context) {
        let (peer, what) = (
            context.topology().link(message.link).to.0,
            what_of(message.tag),
        );
        if what == REQUEST || what == ASK {
            self.answer(message, FAILED, *cargo, Hue::ROLE, context);
        } else if what == FIND && part(cargo[0], 3) == 0 {
            let about = (message.flow, round_of(message.tag), Hue::ROLE);
            let ends = (peer, part(cargo[0], 1));
            self.send(ends, FAILED, *cargo, about, Some(message.id), context);
        }
    }

    /// The next round of a peer: at the same time as all others, or in its own.
    pub fn next_round(&mut self, peer: u16, context: &mut Context) {
        let (period, now) = (self.parameters.period.0.max(1), context.now().0);
        let phase = match self.parameters.together {
            true => 0,
            false => {
                let share = self
                    .draws(ORIGIN, peer, u32::MAX, &context.random())
                    .uniform();
                (share * period as f64) as u64
            }
        };
        let wait = period - (now + period - phase) % period;
        let slow = context.node(node(peer)).slow.max(1.0) - 1.0;
        let wait = Duration(wait) + Duration(period).scaled(slow);
        let chain = u64::from(self.peers[usize::from(peer)].moves);
        self.after(peer, ROUND, chain, wait, context);
    }

    /// A round of a peer.
    pub fn round(&mut self, peer: u16, context: &mut Context) {
        self.next_round(peer, context);
        self.peer(peer).round += 1;
        if self.parameters.detect {
            self.probe(peer, context);
        }
        match self.parameters.mode {
            Mode::Direct => {}
            Mode::Gossip => self.gossip(peer, context),
            Mode::Lookup => self.stabilise(peer, context),
            Mode::Swarm => self.look_around(peer, context),
        }
    }

    /// How long a peer stays, or stays away.
    pub fn next_move(&mut self, peer: u16, context: &mut Context) {
        let it = self.peers[usize::from(peer)];
        let mean = match it.away {
            true => self.parameters.away,
            false => self.parameters.session,
        };
        // Who has the file stays.
        let stays = self.is(Mode::Swarm) && peer == 0;
        if self.parameters.session > 0.0 && !stays {
            let mut draws = self.draws(MOVES, peer, it.moves, &context.random());
            let wait = Duration::from_secs(mean * exponential(draws.uniform()));
            self.after(peer, MOVE, u64::from(it.moves), wait, context);
        }
    }

    /// A stay, or an absence, is over.
    pub fn moved(&mut self, peer: u16, context: &mut Context) {
        let it = self.peers[usize::from(peer)];
        if it.away {
            self.arrive(peer, context);
        } else if self.parameters.session > 0.0 {
            let mut draws = self.draws(MOVES, peer, it.moves, &context.random());
            draws.uniform();
            let abrupt = draws.uniform() < self.parameters.abrupt;
            self.leave(peer, abrupt, context);
            self.next_move(peer, context);
        }
    }

    /// A peer leaves; unless it does so abruptly, it says goodbye.
    pub fn leave(&mut self, peer: u16, abrupt: bool, context: &mut Context) {
        let it = self.peers[usize::from(peer)];
        if !it.live {
            return;
        }
        self.declare(peer, true);
        if !abrupt && self.is(Mode::Lookup) {
            self.wave((peer, it.successors[0]), context);
            self.wave((peer, it.predecessor), context);
        } else if !abrupt {
            for index in 0..self.near(peer).len().min(GOODBYES) {
                let other = self.near(peer)[index] as u16;
                self.wave((peer, other), context);
            }
        }
        self.vanish(peer, context);
        self.peer(peer).away = true;
        self.peer(peer).noticed = !abrupt;
        Self::note(peer, LEFT, FlowId::NONE, u64::from(abrupt), context);
    }

    fn wave(&mut self, (peer, to): (u16, u16), context: &mut Context) {
        let round = self.peers[usize::from(peer)].round;
        self.ping((peer, to), GOODBYE, [peer, NOBODY], (round, None), context);
    }

    /// A peer is gone, with all that it held in memory. Chunks are on its disk,
    /// and so is its incarnation.
    pub fn vanish(&mut self, peer: u16, context: &mut Context) {
        let it = self.peer(peer);
        *it = Peer {
            moves: it.moves + 1,
            round: it.round,
            chunks: it.chunks,
            serial: it.serial,
            uploads: it.uploads,
            complete_at: it.complete_at,
            down_since: context.now(),
            ..Peer::ABSENT
        };
        self.forget_opinions(peer);
        self.ring_changed = context.now();
        let size = self.peers.len();
        if self.is(Mode::Swarm) {
            self.known[usize::from(peer) * size..][..size].fill(0);
            self.asks.retain(|asked| asked.of != peer);
        }
        // What it had in hand is lost, and so is what it had begun.
        let (first, span) = self.handling.span();
        for key in first..first + span as u64 {
            let here = |(message, _): &(Message, Cargo)| {
                context.topology().link(message.link).to.0 == peer
            };
            if self.handling.get(key).is_some_and(here)
                && let Some((message, cargo)) = self.handling.remove(key)
            {
                self.landed(what_of(message.tag), &cargo);
            }
        }
        self.recount(context);
        let (first, span) = self.flows.span();
        for key in first..first + span as u64 {
            // An update lives on in others.
            if !self.is(Mode::Gossip) && self.flows.get(key).is_some_and(|it| it.peer == peer) {
                self.end_flow(FlowId(key), GONE, context);
            }
        }
    }

    /// A peer comes, or comes back.
    pub fn arrive(&mut self, peer: u16, context: &mut Context) {
        let it = self.peer(peer);
        if it.live {
            return;
        }
        (it.live, it.away, it.moves) = (true, false, it.moves + 1);
        self.declare(peer, false);
        self.ring_changed = context.now();
        self.recount(context);
        Self::note(peer, JOINED, FlowId::NONE, 0, context);
        self.next_round(peer, context);
        self.next_move(peer, context);
        match self.parameters.mode {
            Mode::Direct | Mode::Gossip => {}
            Mode::Lookup => self.meet(peer, context),
            Mode::Swarm => {
                self.begin_download(peer, context);
                self.announce(peer, NOBODY, true, context);
            }
        }
    }

    /// All are there at the start.
    pub fn assemble(&mut self, context: &mut Context) {
        for peer in 0..self.peers.len() as u16 {
            self.next_round(peer, context);
            self.next_move(peer, context);
            if self.is(Mode::Swarm) {
                self.begin_download(peer, context);
            }
        }
        match self.parameters.mode {
            Mode::Swarm => self.announce(0, NOBODY, false, context),
            Mode::Gossip => {
                // Somebody has something to tell.
                let share = self.draws(ORIGIN, 0, 0, &context.random()).uniform();
                self.issue((share * self.peers.len() as f64) as u16, context);
            }
            Mode::Direct | Mode::Lookup => {}
        }
    }
}

impl Peer {
    /// One that is not there.
    pub const ABSENT: Self = Self {
        live: false,
        away: false,
        joined: false,
        moves: 0,
        round: 0,
        down_since: Instant::START,
        noticed: false,
        probe: NOBODY,
        acked: false,
        news: 0,
        cells: [Cell::NEVER; KEYS],
        successors: [NOBODY; super::knobs::SUCCESSORS_MOST],
        predecessor: NOBODY,
        heard: Instant::START,
        unanswered: 0,
        fingers: [NOBODY; FINGERS],
        chunks: 0,
        slots: [Slot {
            serial: 0,
            chunk: 0,
        }; SLOTS],
        serial: 0,
        uploading: false,
        uploads: 0,
        busy_until: Instant::START,
        flow: FlowId::NONE,
        complete_at: Instant::START,
        suspects: 0,
        dead: 0,
    };
}
