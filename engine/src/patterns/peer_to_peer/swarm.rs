//! A swarm: a file in chunks. Peers tell their neighbours what they have, ask
//! for what they miss, the rarest first, and give one chunk at a time.

use super::knobs::Order;
use super::state::*;
use crate::kernel::{Context, FlowId, Hue, Message};

/// So many wait at a peer for their chunk; more are refused until it says again
/// what it has.
const ASKS_MOST: usize = 2;
/// In what a peer has got from another: it has refused that one a chunk.
const REFUSED: u32 = 1;
/// What a chunk counts in it.
const CHUNK_COUNTS: u32 = 2;
/// With tit for tat, one in so many uploads and offers goes by turn.
const BY_TURN: u32 = 4;

impl PeerToPeer {
    /// Whether a peer gives chunks to others.
    pub fn gives(&self, peer: u16) -> bool {
        let share = self.parameters.free_riders;
        let mut draws = self.draws(CHUNK, peer, u32::MAX, &self.random);
        peer == 0 || !self.parameters.server_only && draws.uniform() >= share
    }

    fn misses(&self, peer: u16) -> u64 {
        self.parameters.whole & !self.peers[usize::from(peer)].chunks
    }

    fn knows(&mut self, peer: u16, other: u16) -> &mut u64 {
        let place = usize::from(peer) * self.peers.len() + usize::from(other);
        &mut self.known[place]
    }

    /// A peer that misses chunks begins, or goes on with, its download.
    pub fn begin_download(&mut self, peer: u16, context: &mut Context) {
        if self.misses(peer) != 0 {
            let flow = Flow {
                peer,
                place: 0,
                attempt: 0,
                poison: false,
                started: context.now(),
            };
            let flow = self.new_flow(flow, context);
            self.peer(peer).flow = flow.unwrap_or(FlowId::NONE);
        }
    }

    /// Tells a neighbour, or all who still miss something, what it has. `back`:
    /// wants to be told the same.
    pub fn announce(&mut self, peer: u16, to: u16, back: bool, context: &mut Context) {
        let gives = self.gives(peer);
        let chunks = match gives {
            true => self.peers[usize::from(peer)].chunks,
            false => 0,
        };
        let whole = self.parameters.whole;
        for index in 0..self.near(peer).len() {
            let other = self.near(peer)[index] as u16;
            let wanted = match to {
                NOBODY => back || gives && *self.knows(peer, other) != whole,
                _ => other == to,
            };
            if wanted {
                let cargo = [chunks, u64::from(back), 0, 0];
                self.tell((peer, other), HAVE, cargo, None, context);
            }
        }
    }

    /// A round: who waits for nothing though it misses something asks around.
    pub fn look_around(&mut self, peer: u16, context: &mut Context) {
        let it = self.peers[usize::from(peer)];
        let waits = it.slots.iter().any(|slot| slot.serial > 0);
        if self.misses(peer) != 0 && !waits {
            let mut draws = self.draws(PARTNER, peer, it.round, &context.random());
            if let Some(other) = self.pick(peer, peer, false, &mut draws) {
                self.announce(peer, other, true, context);
            }
            self.ask(peer, context);
        }
    }

    /// Fills free slots with chunks to wait for.
    pub fn ask(&mut self, peer: u16, context: &mut Context) {
        for slot in 0..SLOTS {
            let it = self.peers[usize::from(peer)];
            if it.slots[slot].serial > 0 || !it.live {
                continue;
            }
            let Some((chunk, of)) = self.choose(peer, context) else {
                return;
            };
            let serial = it.serial + 1;
            let it = self.peer(peer);
            (it.serial, it.slots[slot]) = (serial, Slot { serial, chunk });
            let about = (it.flow, serial, Hue::of(usize::from(chunk)));
            let cargo = [u64::from(chunk), 0, 0, 0];
            self.send((peer, of), ASK, cargo, about, None, context);
            let patience = self.parameters.timeout;
            self.after(peer, NO_CHUNK, u64::from(serial), patience, context);
        }
    }

    /// A chunk that a peer misses and has not asked for, and somebody who has it.
    fn choose(&self, peer: u16, context: &Context) -> Option<(u8, u16)> {
        let it = &self.peers[usize::from(peer)];
        let mut missing = self.misses(peer);
        for slot in it.slots.iter().filter(|slot| slot.serial > 0) {
            missing &= !(1 << slot.chunk);
        }
        let mut draws = self.draws(CHUNK, peer, it.serial, &context.random());
        let (first, turn) = (draws.uniform(), draws.uniform());
        let near = self.near(peer);
        let offers = |index: usize| {
            let other = near[index % near.len()] as u16;
            let place = usize::from(peer) * self.peers.len() + usize::from(other);
            match (self.parameters.server_only && other != 0) || self.believes_dead(peer, other) {
                true => (other, 0),
                false => (other, self.known[place] & missing),
            }
        };
        // Who has how many is counted only where it matters.
        let mut holders = [0u16; 64];
        for index in 0..near.len() {
            let mut rest = offers(index).1;
            while rest != 0 {
                holders[rest.trailing_zeros() as usize] += 1;
                rest &= rest - 1;
            }
        }
        let order = self.parameters.order;
        let start = match order {
            Order::Forward => 0,
            _ => (first * 64.0) as usize,
        };
        let (mut chunk, mut fewest) = (None, u16::MAX);
        for step in 0..64 {
            let candidate = (start + step) % 64;
            let count = match (holders[candidate], order) {
                (0, _) => continue,
                (count, Order::Rarest) => count,
                _ => 0,
            };
            if chunk.is_none() || count < fewest {
                (chunk, fewest) = (Some(candidate), count);
            }
        }
        let chunk = chunk?;
        let begin = (turn * near.len() as f64) as usize;
        let mut turns = (begin..begin + near.len()).map(offers);
        let (of, _) = turns.find(|(_, chunks)| chunks >> chunk & 1 == 1)?;
        Some((chunk as u8, of))
    }

    /// Any message of the swarm arrives.
    pub fn hear_swarm(
        &mut self,
        (from, peer): (u16, u16),
        what: u8,
        message: &Message,
        cargo: &Cargo,
        context: &mut Context,
    ) {
        match what {
            HAVE => {
                *self.knows(peer, from) = cargo[0];
                if cargo[1] != 0 {
                    self.announce(peer, from, false, context);
                }
                self.ask(peer, context);
            }
            ASK => {
                let asked = Asked {
                    by: from,
                    of: peer,
                    chunk: cargo[0] as u8,
                    cause: message.id,
                    flow: message.flow,
                    running: false,
                    since: context.now(),
                };
                let same = |it: &Asked| (it.by, it.of, it.chunk) == (from, peer, asked.chunk);
                let has = self.peers[usize::from(peer)].chunks >> asked.chunk & 1 == 1;
                let place = usize::from(peer) * self.peers.len() + usize::from(from);
                // With tit for tat, who gave nothing is served when nobody waits.
                let stranger = self.given[place] < CHUNK_COUNTS && peer != 0;
                let most = match self.parameters.tit_for_tat && stranger {
                    true => 1,
                    false => ASKS_MOST,
                };
                if self.asks.iter().any(same) {
                } else if has && self.waiting(peer) < most && self.gives(peer) {
                    self.asks.push(asked);
                    self.upload(peer, context);
                } else {
                    self.given[place] |= REFUSED;
                    self.answer(message, FAILED, *cargo, Hue::ROLE, context);
                }
            }
            FAILED => {
                *self.knows(peer, from) = 0;
                self.free(peer, cargo[0] as u8);
                self.ask(peer, context);
            }
            _ => {
                let (now, download) = (context.now(), self.parameters.download);
                let it = self.peer(peer);
                it.busy_until = it.busy_until.max(now) + download;
                let wait = it.busy_until.since(now);
                let data = u64::from(from) << 8 | cargo[0];
                self.after(peer, DOWNLOADED, data, wait, context);
            }
        }
    }

    /// Gives the next chunk, if it gives none now.
    pub fn upload(&mut self, peer: u16, context: &mut Context) {
        if self.peers[usize::from(peer)].uploading {
            return;
        }
        let by_turn = self.peers[usize::from(peer)]
            .uploads
            .is_multiple_of(BY_TURN);
        let by_credit = self.parameters.tit_for_tat && !by_turn;
        let (mut next, mut most) = (None, 0);
        for (index, asked) in self.asks.iter().enumerate() {
            if asked.of != peer {
                continue;
            }
            let place = usize::from(peer) * self.peers.len() + usize::from(asked.by);
            let credit = self.given[place] + 1;
            if next.is_none() || by_credit && credit > most {
                (next, most) = (Some(index), credit);
            }
        }
        if let Some(index) = next {
            (self.asks[index].running, self.asks[index].since) = (true, context.now());
            let it = self.peer(peer);
            (it.uploading, it.uploads) = (true, it.uploads + 1);
            let takes = self.parameters.upload[usize::from(peer != 0)];
            let slow = context.node(node(peer)).slow;
            self.after(peer, UPLOADED, 0, takes.scaled(slow), context);
        }
    }

    /// A chunk has left.
    pub fn uploaded(&mut self, peer: u16, context: &mut Context) {
        self.peer(peer).uploading = false;
        let running = |it: &Asked| it.of == peer && it.running;
        if let Some(place) = self.asks.iter().position(running) {
            let it = self.asks.remove(place);
            let hue = Hue::of(usize::from(it.chunk));
            let about = (it.flow, u32::from(it.chunk), hue);
            let cargo = [u64::from(it.chunk), 0, 0, 0];
            self.send((peer, it.by), PIECE, cargo, about, Some(it.cause), context);
        }
        self.upload(peer, context);
        self.offer(peer, context);
    }

    /// A chunk has come in.
    pub fn downloaded(&mut self, peer: u16, data: u64, context: &mut Context) {
        let (chunk, from) = (data as u8, (data >> 8) as u16);
        let place = usize::from(peer) * self.peers.len() + usize::from(from);
        self.free(peer, chunk);
        let it = self.peer(peer);
        if it.chunks >> chunk & 1 == 1 {
            self.tally.wasted += 1;
        } else {
            it.chunks |= 1 << chunk;
            let (flow, now) = (it.flow, context.now());
            self.tally.chunks += 1;
            self.given[place] += CHUNK_COUNTS;
            self.announce(peer, NOBODY, false, context);
            if self.misses(peer) == 0 {
                self.peer(peer).complete_at = now;
                Self::note(peer, COMPLETE, flow, 0, context);
                self.end_flow(flow, 0, context);
            }
        }
        self.ask(peer, context);
    }

    /// It waits for a chunk no longer.
    fn free(&mut self, peer: u16, chunk: u8) {
        for slot in &mut self.peer(peer).slots {
            if slot.serial > 0 && slot.chunk == chunk {
                *slot = Slot::default();
            }
        }
    }

    fn waiting(&self, peer: u16) -> usize {
        self.asks.iter().filter(|it| it.of == peer).count()
    }

    /// Who has room for more says so to as many whom it refused: by chance, or to
    /// who gave most.
    fn offer(&mut self, peer: u16, context: &mut Context) {
        let uploads = self.peers[usize::from(peer)].uploads;
        let by_credit = self.parameters.tit_for_tat && !uploads.is_multiple_of(BY_TURN);
        let mut draws = self.draws(OFFERS, peer, uploads, &context.random());
        let size = self.peers.len();
        for _ in self.waiting(peer)..ASKS_MOST {
            let start = (draws.uniform() * size as f64) as usize;
            let given = &mut self.given[usize::from(peer) * size..][..size];
            let (mut to, mut most) = (None, 0);
            for index in 0..size {
                let other = (start + index) % size;
                let credit = if by_credit { given[other] } else { REFUSED };
                if given[other] & REFUSED != 0 && credit > most {
                    (to, most) = (Some(other), credit);
                }
            }
            let Some(to) = to else {
                return;
            };
            given[to] &= !REFUSED;
            self.announce(peer, to as u16, false, context);
        }
    }

    /// A chunk has not come in time: somebody else may have it.
    pub fn no_chunk(&mut self, peer: u16, serial: u64, context: &mut Context) {
        for slot in &mut self.peer(peer).slots {
            if u64::from(slot.serial) == serial {
                *slot = Slot::default();
            }
        }
        self.ask(peer, context);
    }
}
