//! The running part: who gets which message and timer.

use super::knobs::Parameters;
use super::record::{CRM, Data};
use super::rules::Rules;
use super::run::{COUNTS, FINISH, HAND, LOOK, READ, RUNS_KEPT, Run, STORE, Shared, TICK};
use super::source::{Change, Source};
use super::stage::{Links, Stage};
use super::staging::Staging;
use super::table::Store;
use super::warehouse::Warehouse;
use crate::kernel::view::Sign;
use crate::kernel::{
    Context, Instant, Level, LinkId, Measured, Message, Model, NodeChange, NodeId, Random,
    Settings, Timer, Topology, Truth, View,
};
use crate::parts::traffic::{Begin, Traffic};
use crate::scenario::Scenario;

/// Everything in a run of ETL.
#[derive(Clone)]
pub struct Etl {
    pub(super) shared: Shared,
    pub(super) sources: Vec<Source>,
    pub(super) staging: Staging,
    pub(super) stages: [Stage; 2],
    pub(super) warehouse: Warehouse,
    pub(super) quarantine: Warehouse,
    traffic: Traffic,
    /// The latest time it knows.
    pub(super) now: Instant,
}

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let settings = &scenario.settings;
    let link = |from, to| topology.between(from, to).unwrap_or(LinkId(0));
    let count = settings.number("sources") as usize;
    let elt = settings.choice("order") == "elt";
    // In the order in which the topology adds them.
    let [staging, one, two, warehouse, quarantine] =
        [0, 1, 2, 3, 4].map(|place| NodeId(count as u16 + place));
    let data = Data::new(scenario, count, random);
    let parameters = Parameters::new(settings, count, 1.0);
    let (mut sources, mut nodes, mut due) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..count {
        let node = NodeId(index as u16);
        let (back, forth) = (link(node, staging), link(staging, node));
        sources.push(Source::new(index as u8, back, forth));
        nodes.push(node);
    }
    if let Some(input) = &scenario.input {
        for (index, row) in data.given.iter().enumerate() {
            let at = Instant::from_secs(input.number(index, "at_s"));
            due.push((at, u16::from(row.source)));
        }
    }
    let stage = |index, node, before, after| {
        let back = link(node, before);
        let out = link(node, after);
        let aside = topology.between(node, quarantine);
        Stage::new(node, index, Links { back, out, aside })
    };
    let transformer = if elt { two } else { one };
    Box::new(Etl {
        stages: [stage(0, one, staging, two), stage(1, two, one, warehouse)],
        staging: Staging::new(staging, link(staging, one)),
        warehouse: Warehouse::new(warehouse, link(warehouse, two)),
        quarantine: Warehouse::new(quarantine, link(quarantine, transformer)),
        sources,
        traffic: Traffic::new(&nodes, parameters.load, due, random),
        now: Instant::START,
        shared: Shared {
            parameters,
            run: Run::default(),
            entries: Vec::new(),
            staged: Vec::new(),
            runs: [Run::default(); RUNS_KEPT],
            rows: [0; 8],
            counts: [0; COUNTS.len()],
            store: Store::new(data.first[3] as usize),
            rules: Rules::new(data.first[3], data.keys_of(CRM)),
            mark: None,
            data,
        },
    })
}

fn stage_at(stages: &mut [Stage; 2], node: NodeId) -> &mut Stage {
    let first = stages[0].station.node() == node;
    &mut stages[usize::from(!first)]
}

impl Etl {
    /// Puts the knobs in force. Customers change less often than the rest.
    fn configure(&mut self, context: &mut Context) {
        const SHARES: [[f64; 3]; 3] = [[1.0; 3], [1.75, 0.25, 0.0], [1.5, 0.25, 1.25]];
        let shares = SHARES[self.sources.len() - 1];
        let load = self.shared.parameters.load;
        let share = |source: usize| load.times(shares[source]);
        self.traffic.configure_each(share, context);
        for source in &mut self.sources {
            source.configure(&self.shared, context.now());
        }
        for stage in &mut self.stages {
            stage.configure(&self.shared, context);
        }
    }

    fn change(&mut self, source: usize, change: Change, context: &Context) {
        self.sources[source].change(change, &mut self.shared, context);
    }

    fn traffic_fires(&mut self, timer: Timer, context: &mut Context) {
        match self.traffic.fire(timer, context) {
            Some(Begin::Row(source, row)) => {
                self.change(usize::from(source), Change::Given(row), context);
            }
            Some(Begin::Source(source) | Begin::User(source)) => {
                self.change(usize::from(source), Change::Any, context);
            }
            None => {}
        }
    }

    fn stage_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        if node == self.warehouse.node || node == self.quarantine.node {
            return;
        }
        let stage = stage_at(&mut self.stages, node);
        match change {
            NodeChange::Crashed => {
                if stage.transforms() {
                    self.shared.rules.forget();
                }
                stage.crash(context);
            }
            NodeChange::Restarted => {}
            _ => stage.set_paused(change == NodeChange::Paused, &self.shared, context),
        }
    }
}

impl Model for Etl {
    fn start(&mut self, context: &mut Context) {
        self.configure(context);
        if self.shared.data.given.is_empty() {
            for source in &mut self.sources {
                source.fill(&mut self.shared, context);
            }
        }
        self.traffic.start(context);
        self.staging.start(&self.shared, context);
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        self.now = context.now();
        let link = context.topology().link(message.link);
        let (from, to) = (link.from, link.to);
        let (shared, sources) = (&mut self.shared, &mut self.sources[..]);
        if to == self.staging.node {
            let staging = &mut self.staging;
            match from.index() {
                at if at < sources.len() => {
                    staging.hear_source(message, at, sources, shared, context);
                }
                _ => staging.hear_stage(message, sources, shared, context),
            }
        } else if to == self.warehouse.node {
            self.warehouse.hear(message, shared, context);
        } else if to == self.quarantine.node {
            self.quarantine.take(message, shared, context);
        } else if let Some(source) = sources.get_mut(to.index()) {
            source.asked(message, shared, context);
        } else {
            let stage = stage_at(&mut self.stages, to);
            stage.hear(message, shared, context);
        }
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        self.now = context.now();
        if Traffic::owns(timer) {
            return self.traffic_fires(timer, context);
        }
        let (shared, sources) = (&mut self.shared, &mut self.sources[..]);
        let (staging, data) = (&mut self.staging, timer.data);
        match timer.kind {
            TICK => staging.tick(data, sources, shared, context),
            LOOK => staging.look(data, sources, shared, context),
            HAND => staging.handed(data, shared, context),
            READ => sources[timer.node.index()].read(data, shared, context),
            STORE if timer.node == self.warehouse.node => {
                self.warehouse
                    .commit(data, &self.stages[1], shared, context);
            }
            STORE => self.quarantine.store(data, shared, context),
            FINISH => stage_at(&mut self.stages, timer.node).finish(timer, shared, context),
            _ => {}
        }
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        self.now = context.now();
        if let Some(source) = self.sources.get_mut(node.index()) {
            if change == NodeChange::Crashed {
                source.crash();
            }
            self.traffic.sender_changed(node.0, change, context);
        } else if node != self.staging.node {
            self.stage_changed(node, change, context);
        } else if change == NodeChange::Restarted {
            let sources = &mut self.sources[..];
            self.staging.restart(sources, &mut self.shared, context);
        } else if change == NodeChange::Resumed {
            self.staging.reschedule(false, &self.shared, context);
            self.staging.pump(&self.shared, context);
        }
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        self.now = context.now();
        let sources = self.sources.len();
        self.shared.parameters = Parameters::new(settings, sources, context.surge());
        self.configure(context);
        self.staging.reschedule(false, &self.shared, context);
        self.staging.pump(&self.shared, context);
    }

    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context) {
        self.now = context.now();
        if let Some(source) = self.traffic.sender_asked(node, context) {
            let change = if poison { Change::Bad } else { Change::Any };
            self.change(usize::from(source), change, context);
        }
    }

    fn act(&mut self, word: &'static str, nodes: &[NodeId], _: &str, context: &mut Context) {
        self.now = context.now();
        let up = context.is_up(self.staging.node);
        match word {
            "drift" | "adapt" => {
                for node in nodes {
                    let index = node.index();
                    let Some(source) = self.sources.get_mut(index) else {
                        continue;
                    };
                    if word == "drift" {
                        source.schema = source.schema.saturating_add(1);
                    }
                    if word == "adapt" {
                        self.shared.rules.adapted[index] = source.schema;
                    }
                }
            }
            _ if !up || !nodes.contains(&self.staging.node) => {}
            "rerun" if self.shared.run.open => {}
            _ => {
                self.staging.backfill |= word == "backfill";
                let again = word == "rerun" && self.shared.run.number > 0;
                let sources = &mut self.sources[..];
                self.staging.run(again, sources, &mut self.shared, context);
            }
        }
    }

    fn clone_box(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn truths(&self) -> Vec<Truth> {
        self.all_truths()
    }

    fn open_flows(&self) -> u64 {
        self.shared.open().1
    }

    fn measures(&self) -> Vec<(&'static str, Measured)> {
        self.all_measures()
    }

    fn level(&self, now: Instant) -> Option<Level> {
        Some(Level {
            title: "Freshness",
            unit: "s",
            value: self.freshness(now).as_secs(),
        })
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
