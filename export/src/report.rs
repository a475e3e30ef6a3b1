//! The result of a run in the shape that other programs rely on. Names and
//! nesting are a contract: keys may be added, not renamed.

use crate::watch::Watch;
use patternscope_engine::kernel::{Measured, NodeStatus, Value as KnobValue, View};
use patternscope_engine::measure::ledger::losses;
use patternscope_engine::patterns::Theory;
use patternscope_engine::{Instant, Scenario, Simulation};
use serde::Serialize;
use serde_json::{Map, Value};

/// `run --json`.
#[derive(Serialize)]
pub struct Report {
    /// Its slug.
    pub pattern: &'static str,
    /// Of this program.
    pub version: &'static str,
    /// All chance follows from it.
    pub seed: u64,
    /// Every knob by key.
    pub settings: Map<String, Value>,
    /// When the run ended.
    pub until_s: f64,
    /// Measures count from here on.
    pub warmup_s: f64,
    /// How much happened.
    pub occurrences: u64,
    /// A hash over all facts.
    pub digest: String,
    /// Where everything went.
    pub ledger: LedgerReport,
    /// A second.
    pub rates: Rates,
    /// Of flows that ended.
    pub latency_ms: Latency,
    /// By name.
    pub nodes: Map<String, Value>,
    /// By name.
    pub links: Map<String, Value>,
    /// Predicted beside measured.
    pub theory: Vec<Prediction>,
    /// The pattern's own.
    pub measures: Map<String, Value>,
}

/// Where everything went.
#[derive(Serialize)]
pub struct LedgerReport {
    /// Nothing is missing.
    pub balanced: bool,
    /// One hop each.
    pub messages: Messages,
    /// From end to end.
    pub flows: Flows,
    /// The pattern's own sums.
    pub truth: Vec<TruthReport>,
}

/// Messages of a run.
#[derive(Serialize)]
pub struct Messages {
    /// By nodes.
    pub sent: u64,
    /// By the network.
    pub duplicated: u64,
    /// Arrived.
    pub delivered: u64,
    /// On their way.
    pub in_flight: u64,
    /// By reason.
    pub lost: Map<String, Value>,
}

/// Flows of a run.
#[derive(Serialize)]
pub struct Flows {
    /// Begun.
    pub started: u64,
    /// Ended well.
    pub succeeded: u64,
    /// By outcome.
    pub failed: Map<String, Value>,
    /// Not ended.
    pub open: u64,
}

/// A sum that must come out the same in two ways.
#[derive(Serialize)]
pub struct TruthReport {
    /// What must be equal.
    pub name: &'static str,
    /// One side.
    pub left: i64,
    /// The other.
    pub right: i64,
    /// Whether both are equal.
    pub holds: bool,
}

/// Flows a second, after warm-up.
#[derive(Serialize)]
pub struct Rates {
    /// Flows that began.
    pub offered_per_s: f64,
    /// Flows that ended.
    pub throughput_per_s: f64,
    /// Flows that ended well.
    pub goodput_per_s: f64,
}

/// Of flows that ended after warm-up; none where no flow did.
#[derive(Serialize)]
pub struct Latency {
    /// Of all.
    pub mean: Option<f64>,
    /// The median.
    pub p50: Option<f64>,
    /// Of 20, 19 are faster.
    pub p95: Option<f64>,
    /// Of 100, 99 are faster.
    pub p99: Option<f64>,
    /// Of 1000, 999 are faster.
    pub p999: Option<f64>,
    /// The slowest.
    pub max: Option<f64>,
    /// How many.
    pub count: u64,
}

#[derive(Serialize)]
struct NodeReport {
    /// None for a node without workers.
    utilisation: Option<f64>,
    queue_mean: f64,
    queue_max: u32,
    wait_ms_mean: f64,
    served: u64,
    state: &'static str,
}

#[derive(Serialize)]
struct LinkReport {
    sent: u64,
    delivered: u64,
    lost: u64,
    duplicated: u64,
}

/// What theory says of a measure.
#[derive(Serialize)]
pub struct Prediction {
    /// Of what.
    pub name: &'static str,
    /// By theory.
    pub predicted: f64,
    /// In the run.
    pub measured: f64,
    /// May be empty.
    pub unit: &'static str,
    /// When theory holds.
    pub assumptions: &'static str,
}

impl Report {
    /// Gathers everything at the end of a run.
    pub fn new(
        scenario: &Scenario,
        warm_up: Instant,
        simulation: &Simulation,
        watch: &Watch,
    ) -> Self {
        let now = simulation.now();
        let measures = &watch.measures;
        Self {
            pattern: scenario.pattern.slug,
            version: env!("CARGO_PKG_VERSION"),
            seed: scenario.seed,
            settings: settings_of(scenario),
            until_s: now.as_secs(),
            warmup_s: warm_up.as_secs(),
            occurrences: simulation.occurrences(),
            digest: watch.digest.text(),
            ledger: ledger_of(scenario, simulation, watch),
            rates: Rates {
                offered_per_s: measures.offered_per_s(now),
                throughput_per_s: measures.throughput_per_s(now),
                goodput_per_s: measures.goodput_per_s(now),
            },
            latency_ms: latency_of(watch),
            nodes: nodes_of(simulation, watch),
            links: links_of(simulation, watch),
            theory: theory_of(scenario, watch),
            measures: simulation
                .model()
                .measures()
                .iter()
                .map(|(n, m)| ((*n).to_owned(), measured(m)))
                .collect(),
        }
    }

    /// As one JSON object.
    pub fn to_json(&self) -> Value {
        to_value(self)
    }

    /// The greatest share of busy workers of all nodes.
    pub fn utilisation_max(&self) -> Option<f64> {
        let shares = self
            .nodes
            .values()
            .filter_map(|node| node.get("utilisation")?.as_f64());
        shares.max_by(f64::total_cmp)
    }
}

fn settings_of(scenario: &Scenario) -> Map<String, Value> {
    let settings = &scenario.settings;
    let value = |index: usize| match settings.value(index) {
        KnobValue::Number(number) => Value::from(*number),
        chosen => Value::from(settings.knobs()[index].format(chosen)),
    };
    settings
        .knobs()
        .iter()
        .enumerate()
        .map(|(index, knob)| (knob.key.to_owned(), value(index)))
        .collect()
}

fn ledger_of(scenario: &Scenario, simulation: &Simulation, watch: &Watch) -> LedgerReport {
    let ledger = &watch.ledger;
    let balance = ledger.check(simulation);
    let failures = scenario.pattern.outcomes.iter().zip(&ledger.ended).skip(1);
    let truth = balance.truths.iter();
    LedgerReport {
        balanced: balance.balanced(),
        messages: Messages {
            sent: ledger.sent,
            duplicated: ledger.duplicated,
            delivered: ledger.delivered,
            in_flight: balance.in_flight,
            lost: losses(ledger)
                .map(|(reason, count)| (reason.to_owned(), count.into()))
                .collect(),
        },
        flows: Flows {
            started: ledger.started,
            succeeded: ledger.succeeded(),
            failed: failures
                .map(|(reason, count)| ((*reason).to_owned(), (*count).into()))
                .collect(),
            open: balance.open,
        },
        truth: truth
            .map(|t| TruthReport {
                name: t.name,
                left: t.left,
                right: t.right,
                holds: t.holds(),
            })
            .collect(),
    }
}

fn latency_of(watch: &Watch) -> Latency {
    let histogram = watch.measures.latency();
    let quantile = |share: f64| histogram.quantile(share).map(|ns| ns as f64 / 1e6);
    Latency {
        mean: histogram.mean().map(|ns| ns / 1e6),
        p50: quantile(0.5),
        p95: quantile(0.95),
        p99: quantile(0.99),
        p999: quantile(0.999),
        max: histogram.max().map(|ns| ns as f64 / 1e6),
        count: histogram.count(),
    }
}

fn to_value(report: impl Serialize) -> Value {
    serde_json::to_value(report).unwrap_or(Value::Null)
}

fn nodes_of(simulation: &Simulation, watch: &Watch) -> Map<String, Value> {
    let mut view = View::default();
    simulation.view(&mut view);
    let topology = simulation.topology();
    let report = |id: patternscope_engine::kernel::NodeId| {
        let measure = watch.measures.node(id, simulation.now());
        let workers = view.nodes[id.index()].workers;
        let report = NodeReport {
            utilisation: (workers > 0).then(|| measure.busy_mean / f64::from(workers)),
            queue_mean: measure.queue_mean,
            queue_max: measure.queue_max,
            wait_ms_mean: measure.wait_ms_mean,
            served: measure.served,
            state: status_name(measure.status),
        };
        (topology.node(id).name.clone(), to_value(report))
    };
    topology.node_ids().map(report).collect()
}

/// The word for a node's state.
pub fn status_name(status: NodeStatus) -> &'static str {
    match status {
        NodeStatus::Up => "up",
        NodeStatus::Crashed => "crashed",
        NodeStatus::Paused => "paused",
    }
}

/// From so many links on, those that carried nothing are left out.
const LINKS_MANY: usize = 10_000;

fn links_of(simulation: &Simulation, watch: &Watch) -> Map<String, Value> {
    let topology = simulation.topology();
    let few = topology.links().len() < LINKS_MANY;
    let told = |id: &patternscope_engine::kernel::LinkId| few || watch.measures.link(*id).sent > 0;
    let report = |id: patternscope_engine::kernel::LinkId| {
        let link = watch.measures.link(id);
        let (sent, delivered, lost, duplicated) =
            (link.sent, link.delivered, link.lost, link.duplicated);
        (
            topology.link(id).name.clone(),
            to_value(LinkReport {
                sent,
                delivered,
                lost,
                duplicated,
            }),
        )
    };
    topology.link_ids().filter(told).map(report).collect()
}

fn theory_of(scenario: &Scenario, watch: &Watch) -> Vec<Prediction> {
    let Theory::Predicted(predictions) = (scenario.pattern.theory)(scenario, &watch.measures)
    else {
        return Vec::new();
    };
    let report = |p: patternscope_engine::measure::Prediction| Prediction {
        name: p.name,
        predicted: p.predicted,
        measured: p.measured,
        unit: p.unit,
        assumptions: p.assumptions,
    };
    predictions.into_iter().map(report).collect()
}

fn measured(measure: &Measured) -> Value {
    match measure {
        Measured::Count(count) => Value::from(*count),
        Measured::Number(number) => Value::from(*number),
        Measured::Text(text) => Value::from(*text),
        Measured::Nothing => Value::Null,
        Measured::Words(text) => Value::from(text.as_str()),
        Measured::List(parts) => parts.iter().map(measured).collect(),
        Measured::Table(parts) => parts
            .iter()
            .map(|(name, part)| (name.clone(), measured(part)))
            .collect(),
    }
}
