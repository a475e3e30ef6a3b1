//! Copies on their way to consumers: which message is next, how many a
//! consumer may hold, and what becomes of a delivery: acknowledged, sent
//! again, or buried among the dead letters.

use super::broker::send;
use super::state::{FORGOTTEN, Fate, POISON, Pending, PubSub, partition_of};
use crate::kernel::{Context, FlowId, Hue, Marks, Role, Timer};
use crate::parts::station::Work;

/// The data is the delivery; see [`ack_timer`].
pub const ACK_TIMEOUT: u8 = 4;

/// Kinds of notes, as `Pattern::notes` names them.
pub const REBALANCED: u8 = 0;
const DEAD_LETTERED: u8 = 1;

/// Dead letters that are kept.
const DEAD_MOST: usize = 256;
/// A lane looks no further past messages that wait for an earlier one of
/// their key.
const LOOK_AHEAD: usize = 64;

impl PubSub {
    /// Sends the owner of a lane what it has room for.
    pub fn pump_owner(&mut self, l: usize, context: &mut Context) {
        if let Some(c) = self.lanes[l].owner {
            self.pump(usize::from(c), context);
        }
    }

    /// Sends a consumer what it has room for, its partitions in turn.
    pub fn pump(&mut self, c: usize, context: &mut Context) {
        if !context.is_up(self.broker) {
            return;
        }
        let (partitions, mut misses) = (self.logs.len(), 0);
        while misses < partitions && self.has_room(c) {
            let it = &mut self.consumers[c];
            it.turn = if it.turn + 1 < partitions {
                it.turn + 1
            } else {
                0
            };
            let l = it.s * partitions + it.turn;
            misses = if self.send_next(l, c, context) {
                0
            } else {
                misses + 1
            };
        }
    }

    fn has_room(&self, c: usize) -> bool {
        let (it, parameters) = (&self.consumers[c], &self.parameters);
        (!parameters.acked || it.out < parameters.prefetch) && (!parameters.pull || it.credit > 0)
    }

    /// The first pending message that waits for none of its key, reading on
    /// in the log if there is none.
    fn next_waiting(&mut self, l: usize) -> Option<usize> {
        let lane = &mut self.lanes[l];
        let log = &self.logs[lane.p];
        let mut index = 0;
        loop {
            while index == lane.pending.len() {
                let entry = log.get(lane.next).filter(|_| index < LOOK_AHEAD)?;
                if self.content.wanted(entry.subject.topic) >> lane.s & 1 == 1 {
                    lane.pending.push(Pending {
                        offset: lane.next,
                        flow: entry.flow,
                        key: entry.subject.key,
                        attempts: 0,
                        at: None,
                    });
                }
                lane.next += 1;
            }
            let (before, rest) = lane.pending.split_at(index);
            let it = rest.first()?;
            if it.at.is_none() && before.iter().all(|one| one.key != it.key) {
                return Some(index);
            }
            index += 1;
        }
    }

    /// Sends a consumer the next of a lane that it owns, unless another still
    /// has some of it in hand.
    fn send_next(&mut self, l: usize, c: usize, context: &mut Context) -> bool {
        let (me, lane) = (Some(c as u16), &self.lanes[l]);
        let mut pending = lane.pending.iter();
        if lane.owner != me || pending.any(|it| it.at.is_some() && it.at != me) {
            return false;
        }
        let Some(index) = self.next_waiting(l) else {
            return false;
        };
        let lane = &mut self.lanes[l];
        let it = &mut lane.pending[index];
        it.attempts += 1;
        let again = it.attempts > 1;
        let Some(entry) = self.logs[lane.p].get(it.offset) else {
            return false;
        };
        let subscription = &mut self.subscriptions[lane.s];
        subscription.tally.delivered += 1;
        subscription.tally.redelivered += u64::from(again);
        let mut tag = it.tag(lane.p) | if entry.poison { POISON } else { 0 };
        let consumer = &mut self.consumers[c];
        consumer.credit = consumer.credit.saturating_sub(1);
        if self.parameters.acked {
            it.at = me;
            consumer.out += 1;
            let (node, kind, data) = (self.broker, ACK_TIMEOUT, ack_timer(l, it));
            context.after(self.parameters.ack_timeout, Timer { node, kind, data });
        } else {
            tag |= FORGOTTEN;
            subscription.forgotten += 1;
            lane.pending.remove(index);
        }
        let marks = Marks {
            retry: again,
            ..Marks::default()
        };
        let hue = Hue::of(entry.subject.key as usize);
        let ends = (self.broker, consumer.station.node());
        let about = (entry.flow, tag, marks);
        send(
            ends,
            (Role::Event, hue),
            about,
            Some(entry.message),
            context,
        );
        true
    }

    /// A consumer has no more to do with a pending message.
    pub fn take_back(&mut self, l: usize, index: usize) -> Pending {
        let it = &mut self.lanes[l].pending[index];
        if let Some(c) = it.at.take() {
            self.consumers[usize::from(c)].out -= 1;
        }
        *it
    }

    /// A delivery came to nothing: the message waits again, or is buried.
    fn give_back(&mut self, l: usize, index: usize, context: &mut Context) {
        let Pending {
            attempts,
            offset,
            flow,
            ..
        } = self.take_back(l, index);
        if attempts < self.parameters.max_deliveries {
            return;
        }
        let lane = &mut self.lanes[l];
        lane.pending.remove(index);
        let (s, p) = (lane.s, lane.p);
        self.dead.entries.extend(self.logs[p].get(offset));
        if self.dead.entries.len() > DEAD_MOST {
            self.dead.entries.pop_front();
            self.dead.first += 1;
        }
        self.note(DEAD_LETTERED, flow, s as u64, context);
        self.settle(s, flow, Fate::DeadLettered, context);
    }

    /// Tells something of the broker's own.
    pub fn note(&self, kind: u8, flow: FlowId, value: u64, context: &mut Context) {
        let node = self.broker;
        context.note(kind, node, flow, value);
    }

    /// A consumer says that it has done a message, or cannot.
    pub fn answered(&mut self, c: usize, item: &Work, done: bool, context: &mut Context) {
        let (s, p) = (self.consumers[c].s, partition_of(item.tag));
        let l = self.lane_of(s, p);
        let Some(index) = self.pending(l, item.flow) else {
            return;
        };
        let it = self.lanes[l].pending[index];
        if done {
            self.take_back(l, index);
            self.lanes[l].pending.remove(index);
            self.settle(s, item.flow, Fate::Acked, context);
        } else if it.at == Some(c as u16) && it.tag(p) == item.tag & !POISON {
            self.give_back(l, index, context);
        }
        self.pump(c, context);
        self.pump_owner(l, context);
    }

    /// A delivery has not been acknowledged in time.
    pub fn ack_timeout(&mut self, data: u64, context: &mut Context) {
        let l = (data >> 56) as usize;
        let due = |it: &Pending| it.at.is_some() && ack_timer(l, it) == data;
        let pending = &self.lanes[l].pending;
        if let Some(index) = pending.iter().position(due) {
            let Pending { flow, attempts, .. } = pending[index];
            context.timed_out(flow, attempts);
            self.give_back(l, index, context);
            self.pump_owner(l, context);
        }
    }

    /// What a consumer had goes to others.
    pub fn requeue(&mut self, c: usize, context: &mut Context) {
        for l in 0..self.lanes.len() {
            for index in (0..self.lanes[l].pending.len()).rev() {
                if self.lanes[l].pending[index].at == Some(c as u16) {
                    self.give_back(l, index, context);
                }
            }
        }
    }
}

/// Lane, attempt and flow in one number.
fn ack_timer(l: usize, it: &Pending) -> u64 {
    (l as u64) << 56 | u64::from(it.attempts & 0xffff) << 40 | it.flow.0 & ((1 << 40) - 1)
}
