//! The running part: who gets which message and timer.

use super::accumulator::{ACK_TIMEOUT, Accumulator, LINGERED, RETRY, item_of};
use super::bench::{Bench, FINISH};
use super::books::{Books, Flow, LOST, Shared};
use super::knobs::Parameters;
use super::store::{Store, WRITE, WRITE_ONE};
use crate::kernel::model::Draft;
use crate::kernel::view::Sign;
use crate::kernel::{
    Context, Duration, FlowId, Hue, Instant, LinkId, Marks, Measured, Message, Model, NodeChange,
    NodeId, Purpose, Random, Role, Settings, Timer, Topology, Truth, View,
};
use crate::parts::traffic::{Begin, Traffic};
use crate::scenario::Scenario;
use std::sync::Arc;

const KEYS: Purpose = Purpose::named("keys");
const SIZES: Purpose = Purpose::named("sizes");
const BADNESS: Purpose = Purpose::named("bad");

/// Everything in a run of Batching.
#[derive(Clone)]
pub struct Batching {
    pub(super) shared: Shared,
    producers: Vec<NodeId>,
    traffic: Traffic,
    pub(super) accumulator: Accumulator,
    pub(super) processor: Bench,
    pub(super) individual: Option<Bench>,
    pub(super) store_node: NodeId,
    store: Store,
    /// Sizes that the rows of the user's own input give.
    given: Arc<Vec<u32>>,
    /// The latest time it knows.
    pub(super) now: Instant,
}

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let link = |from, to| topology.between(from, to).unwrap_or(LinkId(0));
    let producers: Vec<NodeId> = topology
        .node_ids()
        .filter(|id| topology.node(*id).kind == "producer")
        .collect();
    // In the order in which the topology adds them.
    let first = producers.len() as u16;
    let [accumulator, processor, store, single] = [0, 1, 2, 3].map(|place| NodeId(first + place));
    let parameters = Parameters::new(&scenario.settings, producers.len(), 1.0);
    let (mut due, mut given) = (Vec::new(), Vec::new());
    if let Some(input) = &scenario.input {
        for row in 0..input.rows().len() {
            let at = Duration::from_millis(input.number(row, "at_ms"));
            due.push((Instant(at.0), (row % producers.len()) as u16));
            given.push(input.number(row, "bytes") as u32);
        }
    }
    let with_single = topology.nodes().len() > single.index();
    Box::new(Batching {
        accumulator: Accumulator::new(accumulator, link(accumulator, processor), parameters.keys),
        processor: Bench::new(
            processor,
            false,
            link(processor, store),
            link(processor, accumulator),
        ),
        individual: with_single.then(|| Bench::new(single, true, link(single, store), LinkId(0))),
        store_node: store,
        store: Store::new(store, link(store, processor)),
        traffic: Traffic::new(&producers, parameters.load, due, random),
        given: Arc::new(given),
        now: Instant::START,
        shared: Shared {
            parameters,
            books: Books::default(),
        },
        producers,
    })
}

impl Batching {
    /// An item sets out, on both paths.
    fn begin(&mut self, sender: u16, given: Option<u32>, poison: bool, context: &mut Context) {
        let node = self.producers[usize::from(sender)];
        let flow = self.shared.books.next_flow();
        let draw = |purpose| context.random().keyed(purpose, flow.0, 0).uniform();
        let (key, size, luck) = (draw(KEYS), draw(SIZES), draw(BADNESS));
        let bytes = given.unwrap_or((self.shared.parameters.size * (0.5 + size)) as u32);
        let bad = poison || luck < self.shared.parameters.bad + context.node(node).errors;
        let keys = self.shared.parameters.keys;
        let hue = match keys {
            0 | 1 => Hue::of(usize::from(sender)),
            _ => Hue::of((key * keys as f64) as usize),
        };
        let began = Flow {
            started: context.now(),
            bytes: bytes.max(1),
            bad,
            open: true,
            beside: self.individual.is_some(),
            written: false,
        };
        self.shared.books.begin(began, node, context);
        let single = self.individual.as_ref().map(|bench| bench.station.node());
        for to in [Some(self.accumulator.node), single].into_iter().flatten() {
            if let Some(link) = context.topology().between(node, to) {
                let (role, marks) = (Role::Record, Marks::default());
                context.send(Draft {
                    link,
                    flow,
                    cause: None,
                    tag: 0,
                    role,
                    hue,
                    marks,
                });
            }
        }
    }

    /// Size, and whether it is bad; a late copy of one that is over is of
    /// mean size.
    fn nature(&self, flow: FlowId) -> (u32, bool) {
        let mean = (self.shared.parameters.size as u32, false);
        let of_flow = |flow: &Flow| (flow.bytes, flow.bad);
        self.shared.books.flow(flow).map_or(mean, of_flow)
    }

    fn configure(&mut self, context: &mut Context) {
        self.accumulator.configure(&mut self.shared, context);
        self.processor.configure(&self.shared, context);
        if let Some(individual) = &mut self.individual {
            individual.configure(&self.shared, context);
        }
    }

    fn accumulator_hears(&mut self, message: &Message, context: &mut Context) {
        let (bytes, bad) = self.nature(message.flow);
        let accumulator = &mut self.accumulator;
        match message.role {
            Role::Record => {
                let item = item_of(message, bytes, bad);
                accumulator.receive(item, &mut self.shared, context);
            }
            Role::Ack => accumulator.acknowledged(message.tag, &mut self.shared, context),
            _ => accumulator.failed(message.tag, &mut self.shared, context),
        }
    }

    fn processor_hears(&mut self, message: &Message, context: &mut Context) {
        if message.role != Role::Batch {
            return self.processor.forward(message, context);
        }
        let batches = &self.accumulator.batches;
        let batch = batches.get(batches.number_of(message.tag));
        let load = batch.map_or((0, false), |batch| (batch.items.len(), batch.has_bad()));
        self.processor
            .receive(message, load, &mut self.shared, context);
    }

    fn finish(&mut self, timer: Timer, context: &mut Context) {
        let batches = &self.accumulator.batches;
        if timer.node == self.processor.station.node() {
            self.processor
                .finish(timer, batches, &mut self.shared, context);
        } else if let Some(individual) = &mut self.individual {
            individual.finish(timer, batches, &mut self.shared, context);
        }
    }

    fn accumulator_changed(&mut self, change: NodeChange, context: &mut Context) {
        match change {
            NodeChange::Crashed => self.accumulator.crash(&mut self.shared, context),
            NodeChange::Restarted => self.accumulator.restart(&mut self.shared, context),
            NodeChange::Resumed => self.accumulator.pump(&mut self.shared, context),
            NodeChange::Paused => {}
        }
    }

    fn bench_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        let shared = &mut self.shared;
        let bench = if node == self.processor.station.node() {
            Some(&mut self.processor)
        } else {
            self.individual.as_mut()
        };
        let Some(bench) = bench else {
            return;
        };
        match change {
            NodeChange::Crashed => bench.crash(shared, context),
            NodeChange::Restarted => {}
            _ => bench.set_paused(change == NodeChange::Paused, shared, context),
        }
    }
}

impl Model for Batching {
    fn start(&mut self, context: &mut Context) {
        self.configure(context);
        self.traffic.start(context);
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        self.now = context.now();
        let to = context.topology().link(message.link).to;
        if to == self.accumulator.node {
            self.accumulator_hears(message, context);
        } else if to == self.processor.station.node() {
            self.processor_hears(message, context);
        } else if to == self.store_node {
            self.store.receive(message, &mut self.shared, context);
        } else if let Some(individual) = &mut self.individual {
            let bad = self
                .shared
                .books
                .flow(message.flow)
                .is_some_and(|flow| flow.bad);
            individual.receive(message, (1, bad), &mut self.shared, context);
        }
    }

    fn lost(&mut self, message: &Message, context: &mut Context) {
        if message.role != Role::Record || message.marks.duplicate {
            return;
        }
        if context.topology().link(message.link).to == self.accumulator.node {
            self.shared.books.end(message.flow, LOST, context);
        } else {
            self.shared
                .books
                .end_beside(message.flow, false, context.now());
        }
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        self.now = context.now();
        if Traffic::owns(timer) {
            return match self.traffic.fire(timer, context) {
                Some(Begin::Row(sender, row)) => {
                    self.begin(sender, Some(self.given[row]), false, context);
                }
                Some(Begin::Source(sender) | Begin::User(sender)) => {
                    self.begin(sender, None, false, context);
                }
                None => {}
            };
        }
        let (shared, data) = (&mut self.shared, timer.data);
        let accumulator = &mut self.accumulator;
        match timer.kind {
            FINISH => self.finish(timer, context),
            LINGERED => accumulator.lingered(data, shared, context),
            ACK_TIMEOUT | RETRY => {
                let rested = timer.kind == RETRY;
                accumulator.attempt_fires(data, rested, shared, context);
            }
            WRITE => {
                let batches = &mut accumulator.batches;
                self.store.write(data, batches, shared, context);
            }
            WRITE_ONE => self.store.write_one(FlowId(data), shared, context),
            _ => {}
        }
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        self.now = context.now();
        if node == self.accumulator.node {
            self.accumulator_changed(change, context);
        } else if node == self.store_node {
            if change == NodeChange::Crashed {
                self.shared.books.end_writing(context.now());
            }
        } else if let Some(sender) = self.traffic.sender_at(node) {
            self.traffic.sender_changed(sender, change, context);
        } else {
            self.bench_changed(node, change, context);
        }
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        self.shared.parameters = Parameters::new(settings, self.producers.len(), context.surge());
        self.configure(context);
        self.traffic.configure(self.shared.parameters.load, context);
    }

    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context) {
        if let Some(sender) = self.traffic.sender_asked(node, context) {
            self.begin(sender, None, poison, context);
        }
    }

    fn act(&mut self, _: &'static str, nodes: &[NodeId], _: &str, context: &mut Context) {
        if nodes.contains(&self.accumulator.node) {
            self.accumulator.close_all(&mut self.shared, context);
        }
    }

    fn clone_box(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn truths(&self) -> Vec<Truth> {
        self.all_truths()
    }

    fn open_flows(&self) -> u64 {
        self.shared.books.open()
    }

    fn measures(&self) -> Vec<(&'static str, Measured)> {
        self.all_measures()
    }

    fn view(&self, view: &mut View) {
        self.fill(view);
    }

    fn signs(&self, now: Instant, signs: &mut Vec<Sign>) {
        self.add_signs(now, signs);
    }

    fn describe(&self, message: &Message, text: &mut String) {
        self.say(message, text);
    }
}
