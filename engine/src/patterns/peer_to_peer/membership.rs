//! Membership as opinions (SWIM): each peer pings another once a round, asks
//! others to ping for it if no ack comes, suspects, and counts a suspect that
//! does not refute in time as dead. News rides on pings and acks.

use super::state::*;
use crate::kernel::{Context, FlowId, Hue, Message};

/// Opinions that ride on a message.
const RIDERS: usize = 4;
/// Every so many rounds a peer pings whom it may believe dead: how two sides
/// of a healed partition find each other again.
const KNOCK: u32 = 4;
/// The greatest incarnation.
const INCARNATION_MOST: u16 = (1 << 14) - 1;

/// Alive, in this incarnation.
pub const fn alive(incarnation: u16) -> u16 {
    let most = INCARNATION_MOST;
    (if incarnation < most {
        incarnation
    } else {
        most
    }) << 2
}

impl PeerToPeer {
    /// What one peer thinks of another.
    pub fn opinion(&self, peer: u16, about: u16) -> u16 {
        let place = usize::from(peer) * self.peers.len() + usize::from(about);
        (self.opinions[place] >> 16) as u16
    }

    /// Whether it is one of the dead to it.
    pub fn believes_dead(&self, peer: u16, about: u16) -> bool {
        self.parameters.detect && self.opinion(peer, about) & 3 == DEAD
    }

    /// Puts an opinion in place, to be told on some logarithm of times.
    fn hold(&mut self, peer: u16, about: u16, opinion: u16) {
        let size = self.peers.len();
        let times = 2 * (usize::BITS - size.leading_zeros());
        let held = &mut self.opinions[usize::from(peer) * size + usize::from(about)];
        let (was, fresh) = ((*held >> 16) as u16 & 3, *held & 0xffff == 0);
        *held = u32::from(opinion) << 16 | times;
        let it = self.peer(peer);
        it.news += u16::from(fresh);
        if about != peer {
            it.suspects += u16::from(opinion & 3 == SUSPECT);
            it.suspects -= u16::from(was == SUSPECT);
            it.dead += u16::from(opinion & 3 == DEAD);
            it.dead -= u16::from(was == DEAD);
        }
    }

    /// A peer comes, comes back or goes: it says so, a newcomer in a new
    /// incarnation.
    pub fn declare(&mut self, peer: u16, dead: bool) {
        let incarnation = self.opinion(peer, peer) >> 2;
        let opinion = match dead {
            true => alive(incarnation) + DEAD,
            false => alive(incarnation + 1),
        };
        self.hold(peer, peer, opinion);
    }

    /// A peer forgets what it thinks of others; its incarnation lasts.
    pub fn forget_opinions(&mut self, peer: u16) {
        let size = self.peers.len();
        let own = self.opinion(peer, peer);
        let held = &mut self.opinions[usize::from(peer) * size..][..size];
        held.fill(0);
        held[usize::from(peer)] = u32::from(own) << 16;
        let it = self.peer(peer);
        (it.news, it.suspects, it.dead) = (0, 0, 0);
    }

    /// Hears an opinion: the greater holds. About itself it knows better.
    pub fn merge(&mut self, peer: u16, about: u16, opinion: u16, context: &mut Context) {
        if usize::from(about) >= self.peers.len() || opinion <= self.opinion(peer, about) {
            return;
        }
        if about == peer {
            self.hold(peer, peer, alive((opinion >> 2) + 1));
            self.tally.refuted += 1;
            let value = u64::from(opinion >> 2) + 1;
            Self::note(peer, REFUTED, FlowId::NONE, value, context);
            return;
        }
        self.hold(peer, about, opinion);
        if opinion & 3 == SUSPECT {
            let data = u64::from(opinion) << 16 | u64::from(about);
            self.after(peer, CONFIRM, data, self.parameters.suspect, context);
        }
    }

    /// A suspicion has had its time.
    pub fn confirm(&mut self, peer: u16, data: u64, context: &mut Context) {
        let (about, opinion) = (data as u16, (data >> 16) as u16);
        if self.opinion(peer, about) == opinion {
            self.merge(peer, about, opinion - SUSPECT + DEAD, context);
            Self::note(peer, CONFIRMED, FlowId::NONE, u64::from(about), context);
        }
    }

    fn suspect(&mut self, peer: u16, about: u16, context: &mut Context) {
        let opinion = self.opinion(peer, about);
        if opinion & 3 != 0 {
            return;
        }
        self.merge(peer, about, opinion + SUSPECT, context);
        Self::note(peer, SUSPECTED, FlowId::NONE, u64::from(about), context);
        self.tally.suspicions += 1;
        let it = &mut self.peers[usize::from(about)];
        if it.live {
            self.tally.false_suspicions += 1;
        } else if !it.noticed {
            it.noticed = true;
            self.tally.detected += 1;
            self.tally.detection += context.now().since(it.down_since).as_millis();
        }
    }

    /// A round: judges the last ping, and sends the next.
    pub fn probe(&mut self, peer: u16, context: &mut Context) {
        let Peer {
            probe,
            acked,
            round,
            ..
        } = self.peers[usize::from(peer)];
        if probe != NOBODY && !acked {
            self.suspect(peer, probe, context);
        }
        let mut draws = self.draws(PROBED, peer, round, &context.random());
        let any = round.is_multiple_of(KNOCK);
        let probe = self.pick(peer, peer, any, &mut draws).unwrap_or(NOBODY);
        let it = self.peer(peer);
        (it.probe, it.acked) = (probe, false);
        if probe != NOBODY {
            self.ping((peer, probe), PING, [probe, NOBODY], (round, None), context);
            let (kind, late) = (PING_LATE, self.parameters.ping_timeout);
            self.after(peer, kind, u64::from(round), late, context);
        }
    }

    /// No ack in time: others try.
    pub fn ping_is_late(&mut self, peer: u16, round: u64, context: &mut Context) {
        let it = self.peers[usize::from(peer)];
        if u64::from(it.round) != round || it.acked {
            return;
        }
        let mut draws = self.draws(HELPERS, peer, it.round, &context.random());
        for _ in 0..self.parameters.helpers {
            if let Some(helper) = self.pick(peer, it.probe, false, &mut draws) {
                let about = [it.probe, NOBODY];
                self.ping(
                    (peer, helper),
                    PING_FOR_ME,
                    about,
                    (it.round, None),
                    context,
                );
            }
        }
    }

    /// Sends a ping or an ack, with what the sender thinks of the receiver and
    /// of itself, and with news.
    pub fn ping(
        &mut self,
        ends: (u16, u16),
        what: u8,
        about: [u16; 2],
        (round, cause): (u32, Option<&Message>),
        context: &mut Context,
    ) {
        let (from, to) = ends;
        if to == NOBODY || about[0] == NOBODY {
            return;
        }
        let views = [self.opinion(from, to), self.opinion(from, from)];
        let mut cargo = [word([about[0], about[1], views[0], views[1]]), 0, 0, 0];
        for (rider, news) in self.next_news(from).into_iter().enumerate() {
            cargo[1 + rider / 2] |= u64::from(news) << (32 * (rider % 2));
        }
        let (about, cause) = ((FlowId::NONE, round, Hue::ROLE), cause.map(|it| it.id));
        self.send(ends, what, cargo, about, cause, context);
    }

    /// The opinions that were told least: whom about, and what. Zero is no news.
    fn next_news(&mut self, peer: u16) -> [u32; RIDERS] {
        let size = self.peers.len();
        let mut riders = [0; RIDERS];
        for index in 0..RIDERS.min(usize::from(self.peers[usize::from(peer)].news)) {
            let held = &mut self.opinions[usize::from(peer) * size..][..size];
            let (mut best, mut most) = (0, 0);
            for (about, opinion) in held.iter().enumerate() {
                let news = (opinion >> 16) << 16 | about as u32;
                if opinion & 0xffff > most && !riders[..index].contains(&news) {
                    (best, most) = (about, opinion & 0xffff);
                }
            }
            if most > 0 {
                held[best] -= 1;
                riders[index] = (held[best] >> 16) << 16 | best as u32;
                self.peer(peer).news -= u16::from(most == 1);
            }
        }
        riders
    }

    /// A ping, a plea to ping, or an ack arrives.
    pub fn hear_ping(
        &mut self,
        (from, peer): (u16, u16),
        what: u8,
        message: &Message,
        cargo: &Cargo,
        context: &mut Context,
    ) {
        let [subject, behalf, of_me, of_itself] = [0, 1, 2, 3].map(|it| part(cargo[0], it));
        self.merge(peer, from, of_itself, context);
        self.merge(peer, peer, of_me, context);
        for news in [cargo[1], cargo[2]] {
            self.merge(peer, part(news, 0), part(news, 1), context);
            self.merge(peer, part(news, 2), part(news, 3), context);
        }
        let round = (round_of(message.tag), Some(message));
        match what {
            PING => self.ping((peer, from), ACK, [peer, behalf], round, context),
            PING_FOR_ME => self.ping((peer, subject), PING, [subject, from], round, context),
            _ if behalf != NOBODY && behalf != peer => {
                self.ping((peer, behalf), ACK, [subject, NOBODY], round, context);
            }
            _ => {
                let it = self.peer(peer);
                it.acked |= it.probe == subject && round_of(it.round) == round.0;
            }
        }
    }
}
