//! The books: what became of every message, identities that hold at every
//! instant, and measures. They are told what happened and decide nothing.
//!
//! A flow is one published message. It ends when every subscription that
//! wants it has processed it for the first time or it was given up for it;
//! one that nobody wants ends well as soon as the broker has taken it.

use super::content::Subject;
use super::state::{
    Entry, FORGOTTEN, Fate, Flow, LOST_BEFORE, Lane, OPEN_MOST, OVERFLOW, PubSub, partition_of,
};
use crate::kernel::{Context, FlowId, Marks, Measured, NodeId, Outcome, Truth};
use crate::parts::station::Work;

const COPIES: &str = "published and wanted = acked + in flight + backlog + dead-lettered + expired + lost, for each subscription";

/// Consumers that have messages of a partition in hand: more than one?
fn is_shared(lane: &Lane) -> bool {
    let mut holder = None;
    for it in lane.pending.iter().filter(|it| it.at.is_some()) {
        if *holder.get_or_insert(it.at) != it.at {
            return true;
        }
    }
    false
}

impl PubSub {
    /// A message is published.
    pub fn begin(
        &mut self,
        publisher: u16,
        subject: Subject,
        poison: bool,
        context: &mut Context,
    ) -> FlowId {
        let flow = FlowId(self.flows.push(Flow {
            publisher,
            subject,
            started: context.now(),
            poison,
            kept: self.parameters.acked,
            attempts: 0,
            air: 0,
            logged: false,
            left: 0,
            worst: Outcome::SUCCESS,
            ended: false,
        }));
        self.open += 1;
        let node = NodeId(publisher);
        context.flow_started(flow, node);
        let (oldest, span) = self.flows.span();
        if span > OPEN_MOST {
            self.end(FlowId(oldest), OVERFLOW, context);
            self.flows.remove(oldest);
        }
        flow
    }

    pub fn end(&mut self, flow: FlowId, outcome: Outcome, context: &mut Context) {
        let Some(it) = self.flows.get_mut(flow.0) else {
            return;
        };
        if !std::mem::replace(&mut it.ended, true) {
            self.open -= 1;
            self.ended += 1;
            let started = it.started;
            context.flow_ended(flow, outcome, started);
        }
        if !it.kept {
            self.flows.remove(flow.0);
        }
    }

    /// Ends a flow if nothing is left to happen to it; `otherwise` is why if
    /// the broker never took it.
    pub fn end_if_done(&mut self, flow: FlowId, otherwise: Outcome, context: &mut Context) {
        match self.flows.get(flow.0) {
            Some(it) if it.logged && it.left == 0 || it.ended => {
                let worst = it.worst;
                self.end(flow, worst, context);
            }
            Some(it) if !it.logged && !it.kept && it.air == 0 => {
                self.end(flow, otherwise, context);
            }
            _ => {}
        }
    }

    /// A subscription has no more to do with a message: it was processed, or,
    /// if there is a fate, that became of its copy.
    fn cross_off(&mut self, s: usize, flow: FlowId, fate: Option<Fate>, context: &mut Context) {
        if let Some(it) = self.flows.get_mut(flow.0) {
            let was_left = it.left >> s & 1 == 1;
            it.left &= !(1 << s);
            if let Some(fate) = fate.filter(|fate| was_left && *fate != Fate::Acked) {
                it.worst = it.worst.max(Outcome(4 + fate as u8));
            }
            if was_left {
                self.end_if_done(flow, LOST_BEFORE, context);
            }
        }
    }

    /// Decides the fate of a subscription's copy. The caller sees to it that
    /// this happens once.
    pub fn settle(&mut self, s: usize, flow: FlowId, fate: Fate, context: &mut Context) {
        self.subscriptions[s].tally.settled[fate as usize] += 1;
        self.cross_off(s, flow, Some(fate), context);
    }

    /// A copy that was sent without an ack to wait for has its fate.
    /// The network's duplicates decide nothing.
    pub fn settle_forgotten(
        &mut self,
        c: usize,
        (flow, tag, marks): (FlowId, u32, Marks),
        fate: Fate,
        context: &mut Context,
    ) {
        if tag & FORGOTTEN != 0 && !marks.duplicate {
            let s = self.consumers[c].s;
            self.subscriptions[s].forgotten -= 1;
            self.settle(s, flow, fate, context);
        }
    }

    /// A consumer has processed a message.
    pub fn effect(&mut self, c: usize, item: &Work, context: &mut Context) {
        let s = self.consumers[c].s;
        let subscription = &mut self.subscriptions[s];
        let first = !subscription.done.is_done(item.flow);
        subscription.done.set_done(item.flow);
        let effects = &mut self.consumers[c].effects;
        effects.0 += 1;
        if first {
            self.note_order(s, item);
        } else {
            effects.1 += 1;
            subscription.tally.duplicates += 1;
        }
        self.cross_off(s, item.flow, None, context);
    }

    /// A message is processed for the first time: are later ones of its key
    /// processed already?
    fn note_order(&mut self, s: usize, item: &Work) {
        let p = partition_of(item.tag);
        let log = &mut self.logs[p];
        let Some((offset, found)) = log.find(item.flow, item.tag) else {
            return;
        };
        let key = found.subject.key;
        let index = (offset - log.first) as usize;
        log.entries[index].done |= 1 << s;
        let done = |it: &Entry| it.subject.key == key && it.done >> s & 1 == 1;
        if (offset + 1..log.end()).any(|later| log.get(later).is_some_and(done)) {
            let owed = self.pending(self.lane_of(s, p), item.flow).is_some();
            let tally = &mut self.subscriptions[s].tally;
            tally.out_of_order += 1;
            tally.excused += u64::from(!owed);
        }
    }

    /// The lane of a subscription in a partition.
    pub fn lane_of(&self, s: usize, p: usize) -> usize {
        s * self.logs.len() + p
    }

    /// Where in its lane a message is pending.
    pub fn pending(&self, l: usize, flow: FlowId) -> Option<usize> {
        let lane = self.lanes.get(l)?;
        lane.pending.iter().position(|it| it.flow == flow)
    }

    /// Messages a subscription has not read in a partition.
    pub fn unread(&self, lane: &Lane) -> u64 {
        let log = &self.logs[lane.p];
        let mut unread = 0;
        for offset in lane.next..log.end() {
            let topic = log.get(offset).map_or(0, |entry| entry.subject.topic);
            unread += u64::from(self.content.wanted(topic) >> lane.s & 1);
        }
        unread
    }

    /// Of a subscription: delivered and not settled, and waiting.
    pub fn unsettled(&self, s: usize) -> (u64, u64) {
        let (mut out, mut backlog) = (self.subscriptions[s].forgotten, 0);
        for lane in self.lanes.iter().filter(|lane| lane.s == s) {
            let delivered = lane.pending.iter().filter(|it| it.at.is_some()).count();
            out += delivered as u64;
            backlog += (lane.pending.len() - delivered) as u64 + self.unread(lane);
        }
        (out, backlog)
    }

    /// See `Model::truths`.
    pub fn identities(&self) -> Vec<Truth> {
        let mut truths = vec![Truth {
            name: "messages published = ended + open",
            left: self.flows.next_key() as i64,
            right: (self.ended + self.open) as i64,
        }];
        let (mut disordered, mut excused, mut shared) = (0, 0, 0);
        for (s, subscription) in self.subscriptions.iter().enumerate() {
            let tally = &subscription.tally;
            let (out, backlog) = self.unsettled(s);
            truths.push(Truth {
                name: COPIES,
                left: tally.matched as i64,
                right: (tally.settled.iter().sum::<u64>() + out + backlog) as i64,
            });
            disordered += tally.out_of_order as i64;
            excused += tally.excused as i64;
        }
        for lane in &self.lanes {
            shared += i64::from(is_shared(lane));
        }
        truths.push(Truth {
            name: "processed out of order of their key = of these, given up before or sent without ack",
            left: disordered,
            right: excused,
        });
        truths.push(Truth {
            name: "partitions in several consumers' hands = none",
            left: shared,
            right: 0,
        });
        truths
    }

    /// See `Model::measures`.
    pub fn tables(&self) -> Vec<(&'static str, Measured)> {
        let (mut subscriptions, mut assignments) = (Vec::new(), Vec::new());
        let mut rebalances = 0;
        for (s, subscription) in self.subscriptions.iter().enumerate() {
            let name = subscription.name.to_string();
            let mut shares = Vec::new();
            for lane in self.lanes.iter().filter(|lane| lane.s == s) {
                if let Some(c) = lane.owner {
                    let name = format!("p{}", lane.p);
                    let consumer = String::from("consumer-") + &(u64::from(c) + 1).to_string();
                    shares.push((name, Measured::Words(consumer)));
                }
            }
            assignments.push((name.clone(), Measured::Table(shares)));
            rebalances += subscription.tally.rebalances;
            subscriptions.push((name, self.table(s)));
        }
        vec![
            ("subscriptions", Measured::Table(subscriptions)),
            ("assignments", Measured::Table(assignments)),
            ("rebalances", Measured::Count(rebalances)),
        ]
    }

    fn table(&self, s: usize) -> Measured {
        let tally = &self.subscriptions[s].tally;
        let (out, backlog) = self.unsettled(s);
        let fate = |fate: Fate| tally.settled[fate as usize];
        let counts = [
            ("matched", tally.matched),
            ("delivered", tally.delivered),
            ("acked", fate(Fate::Acked)),
            ("redelivered", tally.redelivered),
            ("dead_lettered", fate(Fate::DeadLettered)),
            ("in_flight", out),
            ("backlog", backlog),
            ("expired", fate(Fate::Expired)),
            ("lost", fate(Fate::Lost)),
            ("duplicates", tally.duplicates),
            ("deduplicated", tally.deduplicated),
            ("out_of_order", tally.out_of_order),
        ];
        let mut rows = Vec::new();
        for (name, count) in counts {
            rows.push((name.to_owned(), Measured::Count(count)));
        }
        Measured::Table(rows)
    }
}
