//! Who of a subscription's consumers is there, by what the broker hears of
//! them, and who owns which partition.

use super::dispatch::REBALANCED;
use super::state::PubSub;
use crate::kernel::{Context, FlowId, Timer};

/// Looks for silent members and old messages.
pub const SWEEP: u8 = 5;

/// Words of consumers, in the low bits of a tag; above is their number.
pub const BEAT: u32 = 0;
/// It begins anew, and has nothing of what it was sent.
pub const FRESH: u32 = 1;
pub const LEAVE: u32 = 2;
/// It asks for messages.
pub const FETCH: u32 = 3;

impl PubSub {
    /// A word of a consumer's.
    pub fn hear(&mut self, c: usize, tag: u32, context: &mut Context) {
        let (word, number) = (tag & 3, tag >> 2);
        let prefetch = self.parameters.prefetch;
        let it = &mut self.consumers[c];
        if number <= it.heard_word {
            return;
        }
        (it.heard, it.heard_word) = (context.now(), number);
        if word == FETCH {
            it.credit = prefetch.saturating_sub(it.out);
        }
        let was = std::mem::replace(&mut it.member, word != LEAVE);
        if word == FRESH {
            self.requeue(c, context);
        }
        if was == (word == LEAVE) {
            self.rebalance(self.consumers[c].s, context);
        }
        self.pump(c, context);
    }

    /// Deals a group's partitions out anew.
    pub fn rebalance(&mut self, s: usize, context: &mut Context) {
        let mut members = Vec::new();
        for (c, consumer) in self.consumers.iter().enumerate() {
            if consumer.member && consumer.s == s {
                members.push(c);
            }
        }
        let count = self.logs.len();
        let first = self.lane_of(s, 0);
        let lanes = &mut self.lanes[first..first + count];
        let mut owners = Vec::new();
        for lane in lanes.iter() {
            let place = |owner| members.iter().position(|c| *c as u16 == owner);
            owners.push(lane.owner.and_then(place));
        }
        let strategy = self.parameters.strategy;
        strategy.assign(&[count as u16], members.len(), &mut owners);
        for (lane, owner) in lanes.iter_mut().zip(owners) {
            lane.owner = owner.map(|place| members[place] as u16);
        }
        self.subscriptions[s].tally.rebalances += 1;
        self.note(REBALANCED, FlowId::NONE, s as u64, context);
        for c in members {
            self.pump(c, context);
        }
    }

    /// Members silent for too long are out, and what they had goes to others;
    /// what is too old goes.
    pub fn sweep(&mut self, context: &mut Context) {
        for c in 0..self.consumers.len() {
            let it = &mut self.consumers[c];
            let silent = context.now().since(it.heard) >= self.parameters.session;
            if silent && std::mem::replace(&mut it.member, false) {
                self.requeue(c, context);
                self.rebalance(self.consumers[c].s, context);
            }
        }
        self.tidy_up(context);
        self.sweep_later(context);
    }

    pub fn sweep_later(&self, context: &mut Context) {
        let (node, kind, data) = (self.broker, SWEEP, 0);
        context.after(self.parameters.heartbeat, Timer { node, kind, data });
    }
}
