//! Chord: who owns a place on the ring, found by fingers in few hops; and how
//! the ring mends itself: successors, stabilising, fingers looked up anew.

use super::knobs::SUCCESSORS_MOST;
use super::state::*;
use crate::kernel::{Context, FlowId, Hue, Message};

/// Purposes of a lookup: a user's, or one of these. Fingers count up from here.
const FINGER: u16 = 1;
const JOIN: u16 = 100;
/// A lookup that has come so far is lost.
const HOPS_MOST: u16 = 64;
/// Rounds without an answer after which a successor is given up.
const PATIENCE: u8 = 2;
/// Rounds without a way in after which a peer makes a ring of its own.
const ALONE: u8 = 8;
/// Every so many rounds a peer asks anybody where it belongs: how rings that
/// were parted become one.
const MEET: u32 = 4;

impl PeerToPeer {
    /// Where a peer stands on the ring.
    pub fn place(&self, peer: u16) -> u16 {
        (u32::from(peer) * PLACES / self.peers.len() as u32) as u16
    }

    /// How far ahead a place is; a full turn if it is the same.
    fn ahead(from: u16, to: u16) -> u32 {
        let way = u32::from(to.wrapping_sub(from));
        if way == 0 { PLACES } else { way }
    }

    fn way(&self, peer: u16, other: u16) -> u32 {
        Self::ahead(self.place(peer), self.place(other))
    }

    /// The ring as it would be after all stabilising: at the start.
    pub fn begin_stable(&mut self) {
        let size = self.peers.len() as u32;
        for peer in 0..size {
            let next = |step: u32| ((peer + step) % size) as u16;
            let place = u32::from(self.place(peer as u16));
            let it = &mut self.peers[peer as usize];
            for (index, successor) in it.successors.iter_mut().enumerate() {
                let inside = index < self.parameters.successors && (index as u32) + 1 < size;
                *successor = if inside {
                    next(index as u32 + 1)
                } else {
                    NOBODY
                };
            }
            it.predecessor = next(size - 1);
            for (index, finger) in it.fingers.iter_mut().enumerate() {
                // The first at or after this place.
                let target = (place + (1 << index)) % PLACES;
                *finger = ((target * size).div_ceil(PLACES) % size) as u16;
            }
        }
    }

    /// Whom it follows from now on, the nearest first; nobody: itself.
    fn lead(&mut self, peer: u16, list: &[u16], context: &mut Context) {
        let most = self.parameters.successors;
        let before = self.peers[usize::from(peer)].successors;
        let mut successors = [NOBODY; SUCCESSORS_MOST];
        let mut count = 0;
        for other in list {
            if *other == peer && count > 0 {
                break;
            }
            if count < most && *other != NOBODY && !successors.contains(other) {
                successors[count] = *other;
                count += 1;
            }
        }
        if count == 0 {
            successors[0] = peer;
        }
        if successors[0] != before[0] {
            self.ring_changed = context.now();
        }
        self.peer(peer).successors = successors;
    }

    /// Another peer is gone, as far as this one knows.
    pub fn forget(&mut self, peer: u16, other: u16, context: &mut Context) {
        let it = self.peer(peer);
        for finger in &mut it.fingers {
            if *finger == other {
                *finger = NOBODY;
            }
        }
        if it.predecessor == other {
            it.predecessor = NOBODY;
        }
        let mut list = it.successors;
        if list.contains(&other) {
            for slot in &mut list {
                if *slot == other {
                    *slot = NOBODY;
                }
            }
            self.lead(peer, &list, context);
        }
    }

    /// A round: is the successor there, who is between, are the fingers right?
    pub fn stabilise(&mut self, peer: u16, context: &mut Context) {
        let round = self.peers[usize::from(peer)].round;
        if !self.peers[usize::from(peer)].joined {
            let it = self.peer(peer);
            it.unanswered += 1;
            if it.unanswered > ALONE {
                (it.joined, it.unanswered) = (true, 0);
                self.lead(peer, &[], context);
            }
            self.meet(peer, context);
            return;
        }
        if self.peers[usize::from(peer)].unanswered >= PATIENCE {
            self.peer(peer).unanswered = 0;
            let gone = self.peers[usize::from(peer)].successors[0];
            self.forget(peer, gone, context);
        }
        let it = self.peer(peer);
        let (next, before) = (it.successors[0], it.predecessor);
        if next != peer {
            it.unanswered += 1;
            self.tell((peer, next), STABILISE, [0; 4], None, context);
        } else if before != NOBODY {
            self.lead(peer, &[before], context);
        }
        self.mend_finger(peer, round, context);
        if (round + u32::from(peer)).is_multiple_of(MEET) {
            self.meet(peer, context);
        }
    }

    fn mend_finger(&mut self, peer: u16, round: u32, context: &mut Context) {
        let next = self.peers[usize::from(peer)].successors[0];
        let span = self.way(peer, next);
        let far = FINGERS as u32 - (u32::BITS - span.leading_zeros()).min(FINGERS as u32) + 1;
        // The far ones in turn; near ones are the successor.
        for index in 0..FINGERS {
            if 1 << index <= span {
                self.peer(peer).fingers[index] = next;
            }
        }
        let index = FINGERS as u32 - 1 - round % far;
        let target = self.place(peer).wrapping_add(1 << index);
        let skip = (round / far % 3) as u16;
        let cargo = [
            word([target, peer, 0, FINGER + index as u16]),
            word([0, skip, 0, 0]),
            0,
            0,
        ];
        self.find(peer, cargo, (FlowId::NONE, round), None, context);
    }

    /// Asks anybody where it belongs.
    pub fn meet(&mut self, peer: u16, context: &mut Context) {
        let round = self.peers[usize::from(peer)].round;
        let mut draws = self.draws(PARTNER, peer, round, &context.random());
        if let Some(other) = self.pick(peer, peer, true, &mut draws) {
            let target = self.place(peer).wrapping_add(1);
            let cargo = [word([target, peer, 1, JOIN]), 0, 0, 0];
            self.tell((peer, other), FIND, cargo, None, context);
        }
    }

    /// Looks a place up, or sends the lookup nearer. The words of a lookup:
    /// place, who asks, hops, purpose; owner, ways to skip, poison.
    pub fn find(
        &mut self,
        peer: u16,
        mut cargo: Cargo,
        (flow, round): (FlowId, u32),
        cause: Option<&Message>,
        context: &mut Context,
    ) {
        let it = self.peers[usize::from(peer)];
        let [target, asker, hops, purpose] = [0, 1, 2, 3].map(|index| part(cargo[0], index));
        if !it.joined || hops > HOPS_MOST {
            return;
        }
        let (next, to_target) = (it.successors[0], Self::ahead(self.place(peer), target));
        let about = (flow, round, Hue::of((flow.0 % Hue::COUNT as u64) as usize));
        if to_target <= self.way(peer, next) {
            cargo[1] = cargo[1] & !0xffff | u64::from(next);
            if asker == peer {
                self.found(peer, &cargo, flow, context);
            } else {
                let poison = part(cargo[1], 2) != 0;
                let what = if poison { FAILED } else { FOUND };
                let cause = cause.map(|it| it.id);
                self.send((peer, asker), what, cargo, about, cause, context);
            }
            return;
        }
        // The farthest that is before it; another way skips some.
        let (mut limit, mut best) = (to_target, NOBODY);
        for _ in 0..=part(cargo[1], 1) {
            let mut farthest = 0;
            for other in it.fingers.iter().chain(&it.successors).copied() {
                if other == NOBODY || other == peer || self.believes_dead(peer, other) {
                    continue;
                }
                let way = self.way(peer, other);
                if way < limit && way > farthest {
                    (farthest, best) = (way, other);
                }
            }
            if farthest == 0 {
                break;
            }
            limit = farthest;
        }
        if best != NOBODY {
            cargo[0] = word([target, asker, hops + 1, purpose]);
            let cause = cause.map(|it| it.id);
            self.send((peer, best), FIND, cargo, about, cause, context);
        }
    }

    /// The answer to a lookup of this peer's.
    pub fn found(&mut self, peer: u16, cargo: &Cargo, flow: FlowId, context: &mut Context) {
        let [target, _, hops, purpose] = [0, 1, 2, 3].map(|index| part(cargo[0], index));
        let owner = part(cargo[1], 0);
        match purpose {
            0 => self.lookup_ends(flow, target, owner, hops, context),
            JOIN => {
                let it = self.peers[usize::from(peer)];
                let nearer = self.way(peer, owner) < self.way(peer, it.successors[0]);
                if owner != peer && (!it.joined || nearer) {
                    let mut list = [owner; 1 + SUCCESSORS_MOST];
                    list[1..].copy_from_slice(&it.successors);
                    let count = if it.joined { list.len() } else { 1 };
                    let it = self.peer(peer);
                    (it.joined, it.unanswered) = (true, 0);
                    self.lead(peer, &list[..count], context);
                }
            }
            _ => {
                let index = usize::from(purpose - FINGER) % FINGERS;
                self.peer(peer).fingers[index] = owner;
            }
        }
    }

    fn lookup_ends(
        &mut self,
        id: FlowId,
        target: u16,
        owner: u16,
        hops: u16,
        context: &mut Context,
    ) {
        let Some(flow) = self.flows.get(id.0).copied() else {
            return;
        };
        let right = self.owner_of(target) == Some(owner);
        let stable = flow.started > self.ring_changed && self.is_stable();
        let tally = &mut self.tally;
        tally.lookups += 1;
        tally.hops += u64::from(hops);
        tally.hops_most = tally.hops_most.max(u64::from(hops));
        tally.wrong += u64::from(!right);
        tally.stable += u64::from(stable);
        tally.right += u64::from(stable && right);
        let node = node(flow.peer);
        let value = u64::from(owner);
        context.note(ANSWERED, node, id, value);
        self.end_flow(id, if flow.poison { ERROR } else { 0 }, context);
    }

    /// Who owns a place in truth: the first live peer at or after it.
    fn owner_of(&self, place: u16) -> Option<u16> {
        let mut owner = None;
        let mut least = u32::MAX;
        for peer in (0..self.peers.len() as u16).filter(|it| self.peers[usize::from(*it)].live) {
            let way = u32::from(self.place(peer).wrapping_sub(place));
            if way < least {
                (least, owner) = (way, Some(peer));
            }
        }
        owner
    }

    /// Whether every live peer's successor is the next live peer.
    pub fn is_stable(&self) -> bool {
        let mut next = None;
        // Backwards, and around once for the last one's sake.
        for turn in [false, true] {
            for (peer, it) in self
                .peers
                .iter()
                .enumerate()
                .rev()
                .filter(|(_, it)| it.live)
            {
                if turn && (!it.joined || next != Some(it.successors[0])) {
                    return false;
                }
                next = Some(peer as u16);
            }
        }
        true
    }

    /// Any message of the ring arrives.
    pub fn hear_ring(
        &mut self,
        (from, peer): (u16, u16),
        what: u8,
        message: &Message,
        cargo: &Cargo,
        context: &mut Context,
    ) {
        let (it, now) = (self.peers[usize::from(peer)], context.now());
        let stale = now.since(it.heard).0 > 3 * self.parameters.period.0;
        match what {
            STABILISE => {
                let before = if stale { NOBODY } else { it.predecessor };
                let pack = |at: usize| word([0, 1, 2, 3].map(|index| it.successors[at + index]));
                let cargo = [u64::from(before), pack(0), pack(4), 0];
                if it.joined {
                    self.answer(message, AROUND, cargo, Hue::ROLE, context);
                }
            }
            AROUND if from == it.successors[0] => {
                self.peer(peer).unanswered = 0;
                let mut list = [from; 2 + SUCCESSORS_MOST];
                let between = part(cargo[0], 0);
                let fits = between != NOBODY
                    && between != peer
                    && self.way(peer, between) < self.way(peer, from)
                    && !self.believes_dead(peer, between);
                list[0] = if fits { between } else { NOBODY };
                for index in 0..SUCCESSORS_MOST {
                    list[2 + index] = part(cargo[1 + index / 4], index % 4);
                }
                self.lead(peer, &list, context);
                let next = self.peers[usize::from(peer)].successors[0];
                self.tell((peer, next), NOTIFY, [0; 4], Some(message), context);
            }
            NOTIFY => {
                let before = it.predecessor;
                let nearer = before == NOBODY || self.way(from, peer) < self.way(before, peer);
                if nearer || stale || before == from {
                    let it = self.peer(peer);
                    (it.predecessor, it.heard) = (from, now);
                }
            }
            FIND => {
                let about = (message.flow, round_of(message.tag));
                self.find(peer, *cargo, about, Some(message), context);
            }
            FOUND => self.found(peer, cargo, message.flow, context),
            _ => {}
        }
    }
}
