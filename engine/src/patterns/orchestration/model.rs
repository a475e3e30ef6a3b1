//! The running part: orders from shops, and who gets which message and timer.

use super::coordinate::{APPROVER, EXPIRY, RETRY, TIMEOUT, of_key};
use super::exchange::RESEND;
use super::knobs::Parameters;
use super::recover::REPLAYED;
use super::service::{FINISH, NO_ROOM, RESTOCK};
use super::state::{
    Flow, LOST, OPEN_MOST, ORDER, OVERFLOW, Orchestration, REFUSED, SPAN_MOST, STEP, Tally,
};
use crate::kernel::{
    Context, Fact, FlowId, Instant, Level, Measured, Message, MessageId, Model, NodeChange, NodeId,
    Purpose, Queue, Random, Role, Sequence, Settings, Sign, Timer, Topology, Truth, View,
};
use crate::parts::station::{Admission, Station, Work};
use crate::parts::traffic::{Begin, Traffic};
use crate::parts::workflow::{COLUMNS, SERVICES, STUCK, Table, UNDOING, Workflow};
use crate::scenario::{Input, Scenario};
use std::sync::Arc;

/// The workflow of orders, written as users write theirs.
pub const ORDER_WORKFLOW: &str = include_str!("order.json");

const CONTENT: Purpose = Purpose::named("content");
/// What orders are worth, in cents, and how many items they have.
const CENTS: (f64, f64) = (500.0, 11_500.0);
const ITEMS: f64 = 3.0;
/// Messages that wait at the orchestrator.
const INBOX_MOST: usize = 10_000;

/// The user's own workflow, or that of orders.
pub fn workflow_of(scenario: &Scenario) -> Workflow {
    match &scenario.input {
        Some(input) => Workflow::new(input.rows()),
        None => Input::parse(COLUMNS, ORDER_WORKFLOW)
            .map_or(Workflow::new(&[]), |input| Workflow::new(input.rows())),
    }
}

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let settings = &scenario.settings;
    let central = settings.choice("style") == "orchestration";
    let mut shops = Vec::new();
    let mut stations = Vec::new();
    for id in topology.node_ids() {
        match topology.node(id).kind {
            "shop" => shops.push(id),
            _ => stations.push(Station::new(id, FINISH)),
        }
    }
    let parameters = Parameters::new(settings, shops.len(), 1.0);
    let tally = Tally {
        free: parameters.stock,
        bought: parameters.stock,
        ..Tally::default()
    };
    Box::new(Orchestration {
        traffic: Traffic::new(&shops, parameters.load, Vec::new(), random),
        parameters,
        workflow: Arc::new(workflow_of(scenario)),
        central,
        flows: Sequence::default(),
        open: 0,
        stations,
        awake: [true; SERVICES.len()],
        tasks: Queue::default(),
        in_flight: 0,
        board: Vec::new(),
        tally,
    })
}

impl Orchestration {
    /// A shop sends an order.
    fn order(&mut self, shop: u16, poison: bool, context: &mut Context) {
        let (id, node) = (FlowId(self.flows.next_key()), NodeId(shop));
        let mut draws = context.random().keyed(CONTENT, id.0, 0);
        let cents = CENTS.0 + CENTS.1 * draws.uniform();
        let items = 1 + (ITEMS * draws.uniform()) as i64;
        let garbled = draws.uniform() < context.node(node).errors;
        let full = self.flows.len() >= OPEN_MOST || self.flows.span().1 >= SPAN_MOST;
        self.flows.push(Box::new(Flow {
            shop,
            started: context.now(),
            message: MessageId(std::num::NonZeroU64::MIN),
            cents: cents as u32,
            items,
            over: self.parameters.approve_over,
            poison: poison || garbled,
            accepted: false,
            ended: None,
            cause: 0,
            air: 0,
            tables: [Table::default(); SERVICES.len()],
            state: Table::default(),
            history: Vec::new(),
            attempts: Default::default(),
            out: 0,
            doubt: 0,
            asked: Instant::START,
            owed: [0; SERVICES.len()],
            held: Default::default(),
            closed: 0,
            told: Default::default(),
            hand: [0; 2],
            doubled: false,
        }));
        self.open += 1;
        context.flow_started(id, node);
        if full {
            return self.end(id, OVERFLOW, context);
        }
        let ends = (node, self.site_node(0));
        self.post(ends, Role::Request, (id, ORDER), (false, None), context);
    }

    /// A site takes an order in hand.
    fn accept(&mut self, id: FlowId, context: &mut Context) {
        let Some(flow) = self.flows.get_mut(id.0).filter(|flow| flow.ended.is_none()) else {
            return;
        };
        if std::mem::replace(&mut flow.accepted, true) {
            let message = flow.message;
            let node = self.site_node(0);
            self.tally.deduplicated += 1;
            return context.observe(|| Fact::Deduplicated {
                node,
                flow: id,
                message,
            });
        }
        self.show_new(id);
        self.advance(0, id, context);
    }

    /// The orchestrator has looked at a message; it may fail in that.
    pub fn decide(&mut self, work: &Work, fails: bool, context: &mut Context) {
        if fails {
            return self.order_is_gone(&work.flow, work.tag, REFUSED, context);
        }
        if let Some(flow) = self.flows.get_mut(work.flow.0) {
            flow.message = work.message;
        }
        if work.tag & ORDER != 0 {
            self.accept(work.flow, context);
        } else {
            self.answered(work.flow, work.tag, context);
        }
    }

    fn station_receives(&mut self, station: usize, message: &Message, context: &mut Context) {
        let Some(work) = Work::of(message, context) else {
            return;
        };
        let desk = self.central && self.site_of(station).is_some();
        match message.role {
            _ if desk => {
                let admission = self.stations[station].offer(work, context);
                if matches!(admission, Admission::Admitted) {
                    self.take_off(work.flow);
                    return self.work(station, context);
                }
                self.stations[station].discard(&work, NO_ROOM, context);
                self.order_is_gone(&work.flow, work.tag, REFUSED, context);
            }
            Role::Request => {
                if let Some(flow) = self.flows.get_mut(work.flow.0) {
                    flow.message = work.message;
                }
                self.accept(work.flow, context);
            }
            Role::Event | Role::Ack => self.hear(station, message, context),
            _ => self.receive_task(station, work, context),
        }
    }

    /// Turns knobs at all stations.
    fn configure(&mut self, context: &mut Context) {
        for index in 0..self.stations.len() {
            let desk = index >= SERVICES.len();
            let station = &mut self.stations[index];
            station.cap = if desk {
                INBOX_MOST
            } else {
                self.parameters.queue_cap
            };
            station.set_workers(if desk { 1 } else { self.parameters.workers });
            self.work(index, context);
        }
        self.pump(context);
    }

    /// A person acts at a site: on all orders, or on that of this number.
    fn person_acts(&mut self, site: usize, word: &str, value: &str, context: &mut Context) {
        let (oldest, span) = self.flows.span();
        let all = value.is_empty();
        let wanted: Option<u64> = value.parse().ok();
        for number in oldest..oldest + span as u64 {
            if !(all || wanted == Some(number)) {
                continue;
            }
            for step in 0..self.workflow.steps.len() {
                let flow = FlowId(number);
                if self.owner(step) != site {
                    continue;
                }
                let status = self.flows.get(number).map(|flow| flow.tables[site][step]);
                if word != "unstick" {
                    self.decided(flow, step, word == "approve", context);
                } else if status == Some(STUCK) {
                    self.set(site, flow, step, UNDOING, context);
                    self.begin(flow, step, UNDOING, context);
                }
            }
        }
    }
}

impl Model for Orchestration {
    fn start(&mut self, context: &mut Context) {
        self.configure(context);
        self.restock(false, context);
        self.traffic.start(context);
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        let to = context.topology().link(message.link).to;
        if let Some(station) = self.station_at(to) {
            self.station_receives(station, message, context);
        }
        self.landed(message.flow, message.marks);
    }

    fn lost(&mut self, message: &Message, context: &mut Context) {
        if !message.marks.duplicate && message.role == Role::Request {
            self.order_is_gone(&message.flow, message.tag, LOST, context);
        }
        self.landed(message.flow, message.marks);
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        if Traffic::owns(timer) {
            if let Some(Begin::Source(shop) | Begin::User(shop) | Begin::Row(shop, _)) =
                self.traffic.fire(timer, context)
            {
                self.order(shop, false, context);
            }
            return;
        }
        let (flow, tag) = of_key(timer.data);
        let step = (tag & STEP) as usize;
        match (timer.kind, self.station_at(timer.node)) {
            (FINISH, Some(station)) => self.finish(station, timer, context),
            (TIMEOUT, _) => self.timed_out(flow, tag, context),
            (RETRY, _) => self.rested(flow, tag, context),
            (APPROVER | EXPIRY, _) => self.decided(flow, step, timer.kind == APPROVER, context),
            (RESEND, Some(site)) => self.tell(site, flow, step, true, context),
            (RESTOCK, _) => self.restock(true, context),
            (REPLAYED, _) => self.wake(timer.data as usize, context),
            _ => {}
        }
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        if let Some(station) = self.station_at(node) {
            self.station_changed(station, change, context);
        } else if let Some(shop) = self.traffic.sender_at(node) {
            self.traffic.sender_changed(shop, change, context);
        }
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        let shops = self.stations[0].node().0.min(self.site_node(0).0);
        self.parameters = Parameters::new(settings, usize::from(shops), context.surge());
        self.configure(context);
        self.traffic.configure(self.parameters.load, context);
    }

    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context) {
        if let Some(shop) = self.traffic.sender_asked(node, context) {
            self.order(shop, poison, context);
        }
    }

    fn act(&mut self, word: &'static str, nodes: &[NodeId], value: &str, context: &mut Context) {
        for node in nodes {
            let site = self
                .station_at(*node)
                .and_then(|station| self.site_of(station));
            if let Some(site) = site.filter(|site| self.awake[*site] && context.is_up(*node)) {
                self.person_acts(site, word, value, context);
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
        Some(Level {
            title: "Open flows",
            unit: "",
            value: self.open_flows() as f64,
        })
    }

    fn view(&self, view: &mut View) {
        self.fill(view);
    }

    fn signs(&self, _: Instant, signs: &mut Vec<Sign>) {
        self.say(signs);
    }

    fn describe(&self, message: &Message, text: &mut String) {
        self.tell_of(message, text);
    }
}
