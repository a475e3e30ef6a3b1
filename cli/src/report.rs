//! The result of a run in the shape that other programs rely on. Names and
//! nesting are a contract: keys may be added, not renamed.

use crate::Failure;
use crate::request::Request;
use crate::run::Watch;
use patternscope_engine::kernel::{Measured, NodeStatus, Value as KnobValue, View};
use patternscope_engine::measure::ledger::losses;
use patternscope_engine::patterns::Theory;
use patternscope_engine::{Scenario, Simulation};
use serde::Serialize;
use serde_json::{Map, Value};

/// `run --json`.
#[derive(Serialize)]
pub struct Report {
    pub pattern: &'static str,
    pub version: &'static str,
    pub seed: u64,
    pub settings: Map<String, Value>,
    pub until_s: f64,
    pub warmup_s: f64,
    pub occurrences: u64,
    pub digest: String,
    pub ledger: LedgerReport,
    pub rates: Rates,
    pub latency_ms: Latency,
    pub nodes: Map<String, Value>,
    pub links: Map<String, Value>,
    pub theory: Vec<Prediction>,
    pub measures: Map<String, Value>,
}

/// Where everything went.
#[derive(Serialize)]
pub struct LedgerReport {
    pub balanced: bool,
    pub messages: Messages,
    pub flows: Flows,
    pub truth: Vec<TruthReport>,
}

#[derive(Serialize)]
pub struct Messages {
    pub sent: u64,
    pub duplicated: u64,
    pub delivered: u64,
    pub in_flight: u64,
    pub lost: Map<String, Value>,
}

#[derive(Serialize)]
pub struct Flows {
    pub started: u64,
    pub succeeded: u64,
    pub failed: Map<String, Value>,
    pub open: u64,
}

#[derive(Serialize)]
pub struct TruthReport {
    pub name: &'static str,
    pub left: i64,
    pub right: i64,
    pub holds: bool,
}

#[derive(Serialize)]
pub struct Rates {
    pub offered_per_s: f64,
    pub throughput_per_s: f64,
    pub goodput_per_s: f64,
}

/// Of flows that ended after warm-up; none where no flow did.
#[derive(Serialize)]
pub struct Latency {
    pub mean: Option<f64>,
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub p999: Option<f64>,
    pub max: Option<f64>,
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

#[derive(Serialize)]
pub struct Prediction {
    pub name: &'static str,
    pub predicted: f64,
    pub measured: f64,
    pub unit: &'static str,
    pub assumptions: &'static str,
}

impl Report {
    /// Gathers everything at the end of a run.
    pub fn new(
        scenario: &Scenario,
        request: &Request,
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
            until_s: request.until.as_secs(),
            warmup_s: request.warm_up.as_secs(),
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
    pub fn to_json(&self) -> Result<Value, Failure> {
        serde_json::to_value(self).map_err(|error| Failure::Other(error.to_string()))
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
        Measured::Table(parts) => parts
            .iter()
            .map(|(name, part)| (name.clone(), measured(part)))
            .collect(),
    }
}
