//! The running part: what publishers do, and who gets which message and timer.

use super::broker::{self, FINISH, HAND_MOST};
use super::consumer::{ACK, BEATS};
use super::content::{Content, subscriptions};
use super::dispatch::ACK_TIMEOUT;
use super::group::{FETCH, SWEEP};
use super::knobs::Parameters;
use super::picture;
use super::state::{
    Consumer, Fate, LOST, LOST_BEFORE, Lane, Log, POISON, PUBLISHER_CRASH, PubSub, Subscription,
};
use crate::kernel::{
    Context, FlowId, Hue, Instant, Level, Marks, Measured, Message, Model, NodeChange, NodeId,
    Random, Role, Sequence, Settings, Sign, Timer, Topology, Truth, View,
};
use crate::parts::station::Station;
use crate::parts::traffic::{Begin, Traffic};
use crate::scenario::Scenario;
use std::sync::Arc;

/// A publisher waited for the broker long enough; the data is the flow.
const RESEND: u8 = 6;

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let settings = &scenario.settings;
    let broker = topology.find("broker-1").unwrap_or(NodeId(0));
    let publishers: Vec<NodeId> = (0..broker.0).map(NodeId).collect();
    let parameters = Parameters::new(settings, publishers.len(), 1.0);
    let content = Content::new(scenario);
    let due = content.due(publishers.len());
    let partitions = settings.number("partitions") as usize;
    let each = settings.number("consumers") as usize;
    let members = match settings.number("members") as usize {
        0 => each,
        members => members,
    };
    let (mut groups, mut lanes, mut consumers) = (Vec::new(), Vec::new(), Vec::new());
    for (s, (name, _)) in subscriptions(settings).into_iter().enumerate() {
        groups.push(Subscription::new(name));
        for p in 0..partitions {
            lanes.push(Lane::new(s, p));
        }
        for number in 0..each {
            let node = NodeId(broker.0 + 1 + consumers.len() as u16);
            consumers.push(Consumer::new(
                s,
                Station::new(node, FINISH),
                number < members,
            ));
        }
    }
    Box::new(PubSub {
        traffic: Traffic::new(&publishers, parameters.load, due, random),
        parameters,
        content: Arc::new(content),
        flows: Sequence::default(),
        open: 0,
        ended: 0,
        broker,
        hand: Station::new(broker, FINISH),
        logs: vec![Log::default(); partitions],
        dead: Log::default(),
        subscriptions: groups,
        lanes,
        consumers,
    })
}

impl PubSub {
    fn publish(&mut self, publisher: u16, row: Option<usize>, poison: bool, context: &mut Context) {
        let flow = FlowId(self.flows.next_key());
        let ranges = (self.parameters.topics, self.parameters.keys);
        let subject = match row {
            Some(row) => self.content.of_row(row as u32),
            None => self.content.make_up(flow, ranges, &context.random()),
        };
        self.begin(publisher, subject, poison, context);
        self.transmit(flow, context);
    }

    /// Sends a message to the broker, once more if need be.
    fn transmit(&mut self, flow: FlowId, context: &mut Context) {
        let Some(it) = self.flows.get_mut(flow.0) else {
            return;
        };
        it.attempts += 1;
        it.air += 1;
        let node = NodeId(it.publisher);
        let tag = it.attempts << 16 | if it.poison { POISON } else { 0 };
        let marks = Marks {
            retry: it.attempts > 1,
            ..Marks::default()
        };
        let hue = Hue::of(it.subject.key as usize);
        let (kept, attempt) = (it.kept, it.attempts);
        let delay = self.parameters.ack_timeout;
        if marks.retry {
            context.retried(flow, attempt, delay);
        }
        let ends = (node, self.broker);
        broker::send(ends, (Role::Event, hue), (flow, tag, marks), None, context);
        if kept {
            let (kind, data) = (RESEND, flow.0);
            context.after(delay, Timer { node, kind, data });
        }
    }

    /// The broker confirms: the publisher forgets the message.
    fn confirmed(&mut self, flow: FlowId, context: &mut Context) {
        if let Some(it) = self.flows.get_mut(flow.0) {
            it.kept = false;
            // Confirmed, and then lost with the broker's log.
            self.end_if_done(flow, LOST, context);
        }
    }

    fn publisher_changed(&mut self, publisher: u16, change: NodeChange, context: &mut Context) {
        self.traffic.sender_changed(publisher, change, context);
        if change == NodeChange::Crashed {
            let (oldest, span) = self.flows.span();
            for number in oldest..oldest + span as u64 {
                let flow = self.flows.get_mut(number);
                if let Some(flow) = flow.filter(|flow| flow.publisher == publisher) {
                    flow.kept = false;
                    self.end_if_done(FlowId(number), PUBLISHER_CRASH, context);
                }
            }
        }
    }

    fn traffic_fires(&mut self, timer: Timer, context: &mut Context) {
        match self.traffic.fire(timer, context) {
            Some(Begin::Source(publisher) | Begin::User(publisher)) => {
                self.publish(publisher, None, false, context);
            }
            Some(Begin::Row(publisher, row)) => {
                self.publish(publisher, Some(row), false, context);
            }
            None => {}
        }
    }
}

impl Model for PubSub {
    fn start(&mut self, context: &mut Context) {
        self.hand.cap = HAND_MOST;
        self.hand.set_workers(1);
        self.configure_consumers(context);
        for s in 0..self.subscriptions.len() {
            self.rebalance(s, context);
        }
        let all = self.consumers.len();
        for c in 0..all {
            self.beat_after(c, (c + 1) as f64 / all as f64, context);
            if self.parameters.pull && self.consumers[c].joined {
                self.say(c, FETCH, context);
            }
        }
        self.sweep_later(context);
        self.traffic.start(context);
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        let to = context.topology().link(message.link).to;
        if to == self.broker {
            self.broker_receives(message, context);
        } else if let Some(c) = self.consumer_at(to) {
            self.consumer_receives(c, message, context);
        } else if message.role == Role::Ack {
            self.confirmed(message.flow, context);
        }
    }

    fn lost(&mut self, message: &Message, context: &mut Context) {
        if message.role == Role::Event {
            let about = (message.flow, message.tag, message.marks);
            match self.consumer_at(context.topology().link(message.link).to) {
                Some(c) => self.settle_forgotten(c, about, Fate::Lost, context),
                None => self.drop_publication(message.flow, message.marks, LOST_BEFORE, context),
            }
        }
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        let consumer = self.consumer_at(timer.node);
        match (timer.kind, consumer) {
            (FINISH, None) => self.append(timer, context),
            (FINISH, Some(c)) => self.finish(c, timer, context),
            (ACK, Some(c)) => self.acknowledge(c, timer.data, context),
            (BEATS, Some(c)) => self.beat(c, context),
            (ACK_TIMEOUT, _) => self.ack_timeout(timer.data, context),
            (SWEEP, _) => self.sweep(context),
            (RESEND, _) => {
                if self.flows.get(timer.data).is_some_and(|flow| flow.kept) {
                    self.transmit(FlowId(timer.data), context);
                }
            }
            _ => self.traffic_fires(timer, context),
        }
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        if let Some(publisher) = self.traffic.sender_at(node) {
            self.publisher_changed(publisher, change, context);
        } else if let Some(c) = self.consumer_at(node) {
            self.consumer_changed(c, change, context);
        } else {
            self.broker_changed(change, context);
        }
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        let before = self.parameters.strategy;
        self.parameters = Parameters::new(settings, usize::from(self.broker.0), context.surge());
        self.configure_consumers(context);
        self.traffic.configure(self.parameters.load, context);
        if context.is_up(self.broker) {
            for s in 0..self.subscriptions.len() {
                if self.parameters.strategy != before {
                    self.rebalance(s, context);
                }
            }
            self.tidy_up(context);
        }
    }

    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context) {
        if let Some(publisher) = self.traffic.sender_asked(node, context) {
            self.publish(publisher, None, poison, context);
        }
    }

    fn act(&mut self, word: &'static str, nodes: &[NodeId], _: &str, context: &mut Context) {
        for node in nodes {
            if let Some(c) = self.consumer_at(*node) {
                self.set_joined(c, word == "join", context);
            }
        }
    }

    fn clone_box(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn truths(&self) -> Vec<Truth> {
        self.identities()
    }

    fn open_flows(&self) -> u64 {
        self.open
    }

    fn measures(&self) -> Vec<(&'static str, Measured)> {
        self.tables()
    }

    fn level(&self, _: Instant) -> Option<Level> {
        let behind = |lane: &Lane| lane.pending.len() as u64 + self.unread(lane);
        Some(Level {
            title: "Lag of consumers",
            unit: "",
            value: self.lanes.iter().map(behind).sum::<u64>() as f64,
        })
    }

    fn view(&self, view: &mut View) {
        picture::view(self, view);
    }

    fn signs(&self, _: Instant, signs: &mut Vec<Sign>) {
        picture::signs(self, signs);
    }

    fn describe(&self, message: &Message, text: &mut String) {
        picture::describe(self, message, text);
    }
}
