//! Gossip: updates spread as rumours, and anti-entropy mends what rumours
//! left out. A peer's state is a few registers; the greater stamp holds, so
//! that states join in any order.

use super::state::*;
use crate::kernel::{Context, FlowId, Hue, Instant, Message, MessageId, Random};
use crate::parts::rumour::{Dies, Interest};

/// In feedback: this update was needed.
const NEEDED: u64 = 1 << 63;

/// What nobody but the one who issued a stamp can know.
pub fn seal(random: &Random, key: usize, counter: u32, origin: u16) -> u16 {
    let who = u64::from(counter) << 16 | u64::from(origin);
    (random.keyed(SEAL, who, key as u64).uniform() * 65_536.0) as u16
}

/// The colour of an update: registers and origins are told apart.
pub fn hue_of(key: usize, stamp: u64) -> Hue {
    Hue::of(key * 2 + usize::from(origin_of(stamp)))
}

impl PeerToPeer {
    /// Susceptible, infected, removed or away, as an index.
    pub fn class(&self, peer: u16, key: usize) -> usize {
        let peer = &self.peers[usize::from(peer)];
        let cell = &peer.cells[key];
        match peer.live {
            false => 3,
            true if cell.stamp < self.rumours[key].stamp => 0,
            true if cell.interest.is_hot() => 1,
            true => 2,
        }
    }

    fn change(&mut self, peer: u16, key: usize, cell: Cell) {
        let before = self.class(peer, key);
        self.peer(peer).cells[key] = cell;
        let after = self.class(peer, key);
        let count = &mut self.rumours[key].count;
        count[before] -= 1;
        count[after] += 1;
    }

    fn count_all(&mut self, key: usize) {
        let mut count = [0; 4];
        for peer in 0..self.peers.len() as u16 {
            count[self.class(peer, key)] += 1;
        }
        self.rumours[key].count = count;
    }

    /// After somebody came or went: the newest write may be gone with them.
    pub fn recount(&mut self, context: &mut Context) {
        for key in 0..KEYS {
            let live = self.peers.iter().filter(|it| it.live);
            let newest = live.map(|it| it.cells[key].stamp).max().unwrap_or(0);
            if newest != self.rumours[key].stamp {
                self.replace(key, newest, FlowId::NONE, GONE, context);
            }
            self.count_all(key);
        }
    }

    /// Another write is the newest now; one without a flow is not followed.
    fn replace(&mut self, key: usize, stamp: u64, flow: FlowId, end: u8, context: &mut Context) {
        self.end_flow(self.rumours[key].flow, end, context);
        self.rumours[key] = Rumour {
            stamp,
            flow,
            issued: context.now(),
            last: context.now(),
            over: flow == FlowId::NONE,
            ..Rumour::NONE
        };
        self.count_all(key);
    }

    /// A peer writes a register: an update begins to spread.
    pub fn issue(&mut self, peer: u16, context: &mut Context) {
        let flow = Flow {
            peer,
            place: 0,
            attempt: 0,
            poison: false,
            started: context.now(),
        };
        let Some(flow) = self.new_flow(flow, context) else {
            return;
        };
        let key = (flow.0 % self.parameters.registers) as usize;
        let counter = counter_of(self.peers[usize::from(peer)].cells[key].stamp) + 1;
        let seal = seal(&context.random(), key, counter, peer);
        let stamp = u64::from(counter) << 32 | u64::from(peer) << 16 | u64::from(seal);
        if stamp > self.rumours[key].stamp {
            self.replace(key, stamp, flow, OVERTAKEN, context);
        } else {
            // Elsewhere a later write is known; here it is not.
            self.end_flow(flow, OVERTAKEN, context);
        }
        self.latest = key;
        let interest = Interest::KINDLED;
        self.change(peer, key, Cell { stamp, interest });
    }

    /// Takes a write over, if it is newer than the peer's own.
    fn adopt(
        &mut self,
        peer: u16,
        key: usize,
        stamp: u64,
        hot: bool,
        context: &mut Context,
    ) -> bool {
        if stamp <= self.peers[usize::from(peer)].cells[key].stamp {
            return false;
        }
        if stamp > self.rumours[key].stamp {
            // It was on its way when the last who knew it went.
            self.replace(key, stamp, FlowId::NONE, GONE, context);
        }
        let interest = if hot {
            Interest::KINDLED
        } else {
            Interest::COLD
        };
        self.change(peer, key, Cell { stamp, interest });
        let (now, rumour) = (context.now(), &mut self.rumours[key]);
        if stamp == rumour.stamp {
            rumour.heard += 1;
            rumour.delays += now.since(rumour.issued).as_secs();
            rumour.last = now;
            Self::note(peer, LEARNT, rumour.flow, key as u64, context);
        }
        true
    }

    /// A round of a peer: interest wanes, and it tells and asks.
    pub fn gossip(&mut self, peer: u16, context: &mut Context) {
        let (rule, random) = (self.parameters.rule, context.random());
        let round = self.peers[usize::from(peer)].round;
        for key in 0..KEYS {
            let mut cell = self.peers[usize::from(peer)].cells[key];
            if cell.interest.is_hot() {
                let mut draws = self.draws(COIN, peer, round * KEYS as u32 + key as u32, &random);
                cell.interest.round_ends(rule, || draws.uniform());
                self.change(peer, key, cell);
            }
        }
        let repair = self.parameters.repair_every;
        let mut draws = self.draws(PARTNER, peer, round, &random);
        for _ in 0..self.parameters.fanout {
            let Some(other) = self.pick(peer, peer, false, &mut draws) else {
                break;
            };
            let told = self.parameters.push && self.spread(peer, other, RUMOUR, None, context);
            if self.parameters.pull && !told {
                self.tell((peer, other), PULL, [0; 4], None, context);
            }
        }
        // Peers have their turns at different rounds.
        let due = repair > 0 && (round + u32::from(peer)).is_multiple_of(repair);
        if (due || !self.peers[usize::from(peer)].joined)
            && let Some(other) = self.pick(peer, peer, true, &mut draws)
        {
            let all = self.peers[usize::from(peer)].cells.map(|it| it.stamp);
            self.tell((peer, other), COMPARE, all, None, context);
        }
    }

    /// Tells all that a peer is interested in, if anything.
    fn spread(
        &mut self,
        peer: u16,
        to: u16,
        what: u8,
        cause: Option<&Message>,
        context: &mut Context,
    ) -> bool {
        let (mut cargo, mut about) = ([0; KEYS], FlowId::NONE);
        let mut hue = Hue::ROLE;
        for (key, slot) in cargo.iter_mut().enumerate() {
            let cell = &mut self.peers[usize::from(peer)].cells[key];
            if !cell.interest.is_hot() {
                continue;
            }
            cell.interest.told(self.parameters.rule);
            *slot = cell.stamp;
            let rumour = &mut self.rumours[key];
            if rumour.stamp == cell.stamp {
                rumour.sent += 1;
                rumour.flying += 1;
                about = rumour.flow;
            }
            hue = hue_of(key, cell.stamp);
        }
        if hue == Hue::ROLE {
            return false;
        }
        let round = match cause {
            Some(message) => round_of(message.tag),
            None => self.peers[usize::from(peer)].round,
        };
        let cause: Option<MessageId> = cause.map(|it| it.id);
        self.send((peer, to), what, cargo, (about, round, hue), cause, context);
        true
    }

    /// A message that carried updates is on its way no more.
    pub fn landed(&mut self, what: u8, cargo: &Cargo) {
        if what == RUMOUR || what == TOLD {
            for (rumour, stamp) in self.rumours.iter_mut().zip(cargo) {
                if *stamp != 0 && *stamp == rumour.stamp {
                    rumour.flying = rumour.flying.saturating_sub(1);
                }
            }
        }
    }

    /// Any message of gossip arrives.
    pub fn hear(
        &mut self,
        (from, peer): (u16, u16),
        what: u8,
        message: &Message,
        cargo: &Cargo,
        context: &mut Context,
    ) {
        match what {
            PULL => {
                self.spread(peer, from, TOLD, Some(message), context);
            }
            FEEDBACK => self.hear_back(peer, cargo),
            RUMOUR | TOLD => {
                let mut back = *cargo;
                for (key, stamp) in back.iter_mut().enumerate() {
                    let news = self.adopt(peer, key, *stamp, true, context);
                    let cell = &self.peers[usize::from(peer)].cells[key];
                    if news || *stamp != 0 && cell.stamp == *stamp && cell.interest.is_fresh() {
                        *stamp |= NEEDED;
                    }
                }
                if self.parameters.rule.feedback {
                    let any = back.iter().any(|it| it & NEEDED != 0);
                    let hue = if any { message.hue } else { Hue::ROLE };
                    self.answer(message, FEEDBACK, back, hue, context);
                }
                if what == RUMOUR && self.parameters.pull {
                    self.spread(peer, from, TOLD, Some(message), context);
                }
            }
            _ => {
                let mut newer = self.peers[usize::from(peer)].cells.map(|it| it.stamp);
                for (key, stamp) in cargo.iter().enumerate() {
                    let news = self.adopt(peer, key, *stamp, false, context);
                    self.tally.repaired += u64::from(news);
                    if newer[key] <= *stamp {
                        newer[key] = 0;
                    }
                }
                if what == COMPARE {
                    self.answer(message, MEND, newer, Hue::ROLE, context);
                } else {
                    self.peer(peer).joined = true;
                }
            }
        }
    }

    fn hear_back(&mut self, peer: u16, cargo: &Cargo) {
        for (cell, stamp) in self.peer(peer).cells.iter_mut().zip(cargo) {
            if *stamp != 0 && cell.stamp == *stamp & !NEEDED {
                cell.interest.answered(stamp & NEEDED != 0);
            }
        }
    }

    /// Ends what has ended: rumours that nobody spreads, updates that all know.
    pub fn settle(&mut self, context: &mut Context) {
        let never = self.parameters.rule.dies == Dies::Never;
        let mut apart = false;
        for key in 0..KEYS {
            let rumour = self.rumours[key];
            let [susceptible, infected, removed, _] = rumour.count;
            apart |= susceptible > 0;
            let silent = infected == 0 && rumour.flying == 0;
            if !rumour.over && (silent || never && susceptible == 0) {
                let live = f64::from(susceptible + infected + removed);
                let period = self.parameters.period.as_secs();
                let tally = &mut self.tally;
                tally.rumours += 1;
                tally.residue += f64::from(susceptible) / live;
                tally.traffic += f64::from(rumour.sent) / live;
                tally.average += rumour.delays / f64::from(rumour.heard.max(1)) / period;
                tally.last += rumour.last.since(rumour.issued).as_secs() / period;
                self.rumours[key].over = true;
            }
            let end = match (susceptible, self.rumours[key].over) {
                (0, _) => 0,
                (_, true) if self.parameters.repair_every == 0 => DIED_OUT,
                _ => continue,
            };
            if rumour.flow != FlowId::NONE {
                self.end_flow(rumour.flow, end, context);
                self.rumours[key].flow = FlowId::NONE;
            }
        }
        self.measure_spell(apart, context.now());
    }

    /// How long live peers differ.
    fn measure_spell(&mut self, apart: bool, now: Instant) {
        match (self.apart_since, apart) {
            (None, true) => self.apart_since = Some(now),
            (Some(since), false) => {
                self.tally.spell = now.since(since);
                self.apart_since = None;
            }
            _ => {}
        }
    }
}
