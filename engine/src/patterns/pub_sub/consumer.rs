//! Consumers: they work on what they are sent, have an effect, acknowledge,
//! and tell the broker that they live.

use super::broker::{ERRORS, send};
use super::group::{BEAT, FETCH, FRESH, LEAVE};
use super::state::{FORGOTTEN, Fate, POISON, PubSub};
use crate::kernel::{Context, FlowId, Hue, Marks, Message, NodeChange, Role, Timer};
use crate::parts::station::{Admission, Work};

/// The time between effect and ack is over; the data is the worker.
pub const ACK: u8 = 2;
/// The next heartbeat is due.
pub const BEATS: u8 = 3;

/// Reasons of `Fact::Discarded`, as `Pattern::discards` names them.
const NO_ROOM: u8 = 0;
pub const CRASH: u8 = 1;

/// A consumer that holds deliveries that await an ack has always room for
/// another; the prefetch bounds them.
const ROOMY: usize = 100_000;

impl PubSub {
    /// Puts knobs in force.
    pub fn configure_consumers(&mut self, context: &mut Context) {
        let parameters = &self.parameters;
        let cap = if parameters.acked {
            ROOMY
        } else {
            parameters.queue_cap
        };
        for c in 0..self.consumers.len() {
            let station = &mut self.consumers[c].station;
            station.cap = cap;
            station.set_workers(self.parameters.workers);
            self.work(c, context);
        }
    }

    /// A delivery arrives.
    pub fn consumer_receives(&mut self, c: usize, message: &Message, context: &mut Context) {
        let Some(item) = Work::of(message, context) else {
            return;
        };
        let station = &mut self.consumers[c].station;
        if matches!(station.offer(item, context), Admission::Refused) {
            station.discard(&item, NO_ROOM, context);
            self.settle_forgotten(c, about(&item), Fate::Lost, context);
        }
        self.work(c, context);
    }

    /// Whether its subscription has done it before, and repeats are dropped.
    fn is_repeat(&self, c: usize, item: &Work) -> bool {
        self.parameters.dedupes
            && self.subscriptions[self.consumers[c].s]
                .done
                .is_done(item.flow)
    }

    fn drop_repeat(&mut self, c: usize, item: &Work, context: &mut Context) {
        self.subscriptions[self.consumers[c].s].tally.deduplicated += 1;
        self.consumers[c].station.deduplicated(item, context);
        answer(item, Role::Ack, context);
    }

    /// Puts idle workers to work; a consumer without work asks for some.
    fn work(&mut self, c: usize, context: &mut Context) {
        let node = self.consumer_node(c);
        if !context.is_up(node) {
            return;
        }
        while let Some(queued) = self.consumers[c].station.take_next() {
            let item = queued.item;
            if self.is_repeat(c, &item) {
                self.drop_repeat(c, &item, context);
                continue;
            }
            let key = u64::from(item.tag) << 8 | self.consumers[c].s as u64;
            let (parameters, flow) = (&self.parameters, item.flow);
            let (distribution, mean) = (parameters.distribution, parameters.service);
            let takes = distribution.takes(mean, flow, key, node, context);
            self.consumers[c].station.start(queued, takes, context);
        }
    }

    /// A worker has done its work: an effect, or a failure.
    pub fn finish(&mut self, c: usize, timer: Timer, context: &mut Context) {
        let station = &mut self.consumers[c].station;
        let Some(item) = station.finish_and_hold(timer.data, context) else {
            return;
        };
        let (node, worker) = (timer.node, timer.data as u16);
        let repeat = self.is_repeat(c, &item);
        let station = &self.consumers[c].station;
        station.finished(worker, &item, !repeat, context);
        let key = u64::from(item.tag) << 16 | u64::from(node.0);
        let fails = context.fails(node, ERRORS, item.flow.0, key);
        if item.tag & POISON != 0 || fails {
            self.settle_forgotten(c, about(&item), Fate::Lost, context);
            answer(&item, Role::Error, context);
            return self.release(c, timer.data, context);
        }
        if repeat {
            self.drop_repeat(c, &item, context);
            return self.release(c, timer.data, context);
        }
        self.effect(c, &item, context);
        self.settle_forgotten(c, about(&item), Fate::Acked, context);
        let kind = ACK;
        if item.tag & FORGOTTEN != 0 {
            self.release(c, timer.data, context);
        } else if self.parameters.ack_delay.0 == 0 {
            self.acknowledge(c, timer.data, context);
        } else {
            context.after(self.parameters.ack_delay, Timer { kind, ..timer });
        }
    }

    /// Says that a message is done, for which the worker waited.
    pub fn acknowledge(&mut self, c: usize, worker: u64, context: &mut Context) {
        let held = self.consumers[c].station.release(worker as u16);
        if let Some(item) = held {
            answer(&item, Role::Ack, context);
        }
        self.release(c, worker, context);
    }

    /// A worker is free.
    fn release(&mut self, c: usize, worker: u64, context: &mut Context) {
        self.consumers[c].station.release(worker as u16);
        self.work(c, context);
        if self.is_hungry(c) {
            self.say(c, FETCH, context);
        }
    }

    fn is_hungry(&self, c: usize) -> bool {
        let it = &self.consumers[c];
        self.parameters.pull && it.joined && it.station.depth() + it.station.busy() == 0
    }

    /// Sends the broker a word.
    pub fn say(&mut self, c: usize, word: u32, context: &mut Context) {
        let it = &mut self.consumers[c];
        it.words += 1;
        let (ends, tag) = ((it.station.node(), self.broker), it.words << 2 | word);
        if context.is_up(ends.0) {
            let about = (FlowId::NONE, tag, Marks::default());
            send(ends, (Role::Control, Hue::ROLE), about, None, context);
        }
    }

    /// A heartbeat is due; a hungry consumer asks instead, which says as much.
    pub fn beat(&mut self, c: usize, context: &mut Context) {
        if self.consumers[c].joined {
            let word = if self.is_hungry(c) { FETCH } else { BEAT };
            self.say(c, word, context);
        }
        self.beat_after(c, 1.0, context);
    }

    /// Sets the next heartbeat, after a share of the usual time.
    pub fn beat_after(&self, c: usize, share: f64, context: &mut Context) {
        let (node, kind, data) = (self.consumer_node(c), BEATS, 0);
        let wait = self.parameters.heartbeat.scaled(share);
        context.after(wait, Timer { node, kind, data });
    }

    /// It is told to take part, or to leave once it has done what it has.
    pub fn set_joined(&mut self, c: usize, joined: bool, context: &mut Context) {
        if std::mem::replace(&mut self.consumers[c].joined, joined) != joined {
            self.say(c, if joined { BEAT } else { LEAVE }, context);
        }
    }

    /// A consumer went down, came back, stopped or went on.
    pub fn consumer_changed(&mut self, c: usize, change: NodeChange, context: &mut Context) {
        let now = context.now();
        let station = &mut self.consumers[c].station;
        match change {
            NodeChange::Crashed => self.consumer_crashes(c, context),
            NodeChange::Paused | NodeChange::Resumed => {
                station.set_paused(change == NodeChange::Paused, now);
                self.work(c, context);
            }
            NodeChange::Restarted => {
                self.beat_after(c, 1.0, context);
                if self.consumers[c].joined {
                    self.say(c, FRESH, context);
                }
            }
        }
    }

    /// It loses what it held; the broker learns of it by silence, or when it
    /// is back.
    fn consumer_crashes(&mut self, c: usize, context: &mut Context) {
        for item in self.consumers[c].station.crash(CRASH, context) {
            self.settle_forgotten(c, about(&item), Fate::Lost, context);
        }
    }
}

fn about(item: &Work) -> (FlowId, u32, Marks) {
    (item.flow, item.tag, item.marks)
}

fn answer(item: &Work, role: Role, context: &mut Context) {
    if item.tag & FORGOTTEN == 0 {
        item.send(item.reply, role, item.tag, context);
    }
}
