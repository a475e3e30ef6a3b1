//! The running part: what clients do, and who gets which message and timer.

use super::handler::{AGAIN, FINISH, FOLDED, SILENCE, of_key};
use super::input;
use super::knobs::Parameters;
use super::projection::{NO_PAGE, REPLAYED, SWEEP};
use super::state::*;
use super::store::FOUND;
use crate::kernel::{
    Context, Instant, Level, Measured, Message, Model, NodeChange, NodeId, Random, Sequence,
    Settings, Sign, Timer, Topology, Truth, View,
};
use crate::parts::event_log::EventLog;
use crate::parts::station::Station;
use crate::parts::traffic::{Begin, Traffic};
use crate::scenario::Scenario;
use std::sync::Arc;

/// A client has waited long enough.
pub const TIMEOUT: u8 = 9;

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let settings = &scenario.settings;
    let (mut clients, mut handlers, mut projections) = (Vec::new(), Vec::new(), Vec::new());
    let (mut store, mut snapshots_at) = (NodeId(0), NodeId(0));
    for id in topology.node_ids() {
        let station = Station::new(id, FINISH);
        match topology.node(id).kind {
            "client" => clients.push(id),
            "handler" => handlers.push(station),
            "log" => store = id,
            "snapshots" => snapshots_at = id,
            _ => projections.push(Projection {
                live: Fold::default(),
                shadow: None,
                station,
                buggy: false,
                saved: 0,
                applied: 0,
                duplicates: 0,
                rebuilds: 0,
                parked: Vec::new(),
                sent: 0,
                acked: 0,
                heard: Instant::START,
            }),
        }
    }
    let parameters = Parameters::new(settings, clients.len(), 1.0);
    let (own, due) = input::read(scenario, clients.len());
    let mut run = EventSourcing {
        traffic: Traffic::new(&clients, parameters.load, due, random),
        parameters,
        own: Arc::new(own),
        flows: Sequence::default(),
        open: 0,
        handlers,
        log: EventLog::default(),
        taken_back: Vec::new(),
        store: Station::new(store, FINISH),
        snapshots_at,
        snapshots: Vec::new(),
        projections,
        answers: vec![(0, 0); clients.len()],
        tally: Tally::default(),
    };
    // A log of the user's own begins empty.
    if scenario.input.is_none() {
        run.write_old_events(settings.number("old-events") as u64);
    }
    run.begin_in_step();
    Box::new(run)
}

impl EventSourcing {
    /// Projections have applied what the log begins with.
    fn begin_in_step(&mut self) {
        let end = self.log.len();
        for (index, projection) in self.projections.iter_mut().enumerate() {
            for entry in (0..end).filter_map(|offset| self.log.get(offset)) {
                projection.live.apply(index, entry, false);
            }
            (projection.saved, projection.sent, projection.acked) = (end, end, end);
        }
    }

    fn configure(&mut self, context: &mut Context) {
        for handler in 0..self.handlers.len() {
            let station = &mut self.handlers[handler];
            station.cap = self.parameters.queue_cap;
            station.set_workers(self.parameters.workers);
            self.hand_out(handler, context);
        }
        for projection in &mut self.projections {
            projection.station.set_workers(1);
        }
        self.store.set_workers(1);
        self.push_all(context);
    }
}

impl Model for EventSourcing {
    fn start(&mut self, context: &mut Context) {
        self.configure(context);
        self.sweep(context);
        self.traffic.start(context);
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        let (to, what) = (
            context.topology().link(message.link).to,
            what_of(message.tag),
        );
        if what < EVENT
            && let Some(flow) = self.flows.get_mut(message.flow.0)
        {
            flow.message = message.id;
        }
        let (handler, projection) = (self.handler_at(to), self.projection_at(to));
        match (what, handler, projection) {
            (COMMAND, Some(handler), _) => self.receive_command(handler, message, context),
            (SNAPSHOT, Some(handler), _) => self.snapshot_is_here(handler, message, context),
            (TAIL, Some(handler), _) => self.tail_is_here(handler, message, context),
            (APPENDED, Some(handler), _) => self.append_is_answered(handler, message, context),
            (GET_SNAPSHOT | SAVE, ..) => self.snapshots_receive(message, context),
            (GET_EVENTS | APPEND, ..) => self.store_receives(message, context),
            (EVENT, _, Some(projection)) => self.receive_event(projection, message, context),
            (PAGE, _, Some(projection)) => self.page_is_here(projection, message, context),
            (QUERY, _, Some(projection)) => self.receive_query(projection, message, context),
            (ACK, ..) => self.acked(message, context),
            (REPLAY, ..) => self.send_page(message, context),
            (REPLY, ..) => self.replied(message, context),
            (ANSWER, ..) => self.answered(message, context),
            _ => {}
        }
        self.lost(message, context);
    }

    fn lost(&mut self, message: &Message, _: &mut Context) {
        if what_of(message.tag) < EVENT && !message.marks.duplicate {
            self.landed(message.flow);
        }
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        if Traffic::owns(timer) {
            match self.traffic.fire(timer, context) {
                Some(Begin::Source(client) | Begin::User(client)) => {
                    let order = self.make_up(client, context);
                    self.command(client, order, context);
                }
                Some(Begin::Row(client, row)) => self.command(client, self.own.rows[row], context),
                None => {}
            }
            return;
        }
        let handler = self.handler_at(timer.node);
        let projection = self.projection_at(timer.node);
        let data = timer.data;
        match (timer.kind, handler, projection) {
            (FINISH, Some(handler), _) => self.taken_in(handler, data, context),
            (FOLDED, Some(handler), _) => self.folded(handler, data, context),
            (AGAIN, Some(handler), _) => self.again(handler, data, context),
            (SILENCE, Some(handler), _) => self.silent(handler, data, context),
            (FINISH, _, Some(projection)) => self.event_is_done(projection, timer, context),
            (REPLAYED, _, Some(it)) => self.page_is_replayed(it, data, context),
            (NO_PAGE, _, Some(it)) => self.no_page(it, data, context),
            (FINISH, ..) => self.store_is_done(timer, context),
            (FOUND, ..) => self.snapshot_is_found(timer, context),
            (SWEEP, ..) => self.sweep(context),
            (TIMEOUT, ..) => {
                let (flow, attempt, _) = of_key(data);
                self.timed_out(flow, attempt, context);
            }
            _ => {}
        }
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        if let Some(client) = self.traffic.sender_at(node) {
            self.client_changes(client, change, context);
        } else if let Some(projection) = self.projection_at(node) {
            self.projection_changes(projection, change, context);
        } else if node == self.store.node() {
            self.store_changes(change, context);
        } else if let Some(handler) = self.handler_at(node) {
            let station = &mut self.handlers[handler];
            if change == NodeChange::Crashed {
                return self.handler_crashes(handler, context);
            }
            station.set_paused(change == NodeChange::Paused, context.now());
            self.hand_out(handler, context);
        }
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        let clients = self.answers.len();
        self.parameters = Parameters::new(settings, clients, context.surge());
        self.configure(context);
        self.traffic.configure(self.parameters.load, context);
    }

    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context) {
        if let Some(client) = self.traffic.sender_asked(node, context) {
            let mut order = self.make_up(client, context);
            if poison {
                order.spoil();
            }
            self.command(client, order, context);
        }
    }

    fn act(&mut self, word: &'static str, nodes: &[NodeId], value: &str, context: &mut Context) {
        for node in nodes {
            if !context.is_up(*node) {
                continue;
            }
            if let Some(projection) = self.projection_at(*node) {
                match word {
                    "rebuild" => self.rebuild(projection, context),
                    "bug" => self.projections[projection].buggy = true,
                    "fix" => self.projections[projection].buggy = false,
                    _ => {}
                }
            } else if let Some(client) = self.traffic.sender_at(*node)
                && word == "correct"
            {
                let last = self.log.len().saturating_sub(1);
                let about = value.parse().unwrap_or(last);
                if let Some(order) = self.correction(about) {
                    self.command(client, order, context);
                }
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
        let lags = (0..self.projections.len()).map(|it| self.lag(it));
        Some(Level {
            title: "Lag of projections",
            unit: "events",
            value: lags.max().unwrap_or(0) as f64,
        })
    }

    fn view(&self, view: &mut View) {
        self.fill(view);
    }

    fn signs(&self, _: Instant, signs: &mut Vec<Sign>) {
        self.say(signs);
    }

    fn look_back(&self, place: u64, lines: &mut Vec<String>) -> Option<u64> {
        Some(self.as_of(place, lines))
    }

    fn describe(&self, message: &Message, text: &mut String) {
        self.tell_of(message, text);
    }
}
