//! `run`: one run, watched.

use crate::facts::{FactList, Names};
use crate::progress::Progress;
use crate::report::Report;
use crate::request::{Options, Request};
use crate::trace::Trace;
use crate::{Failure, summary};
use clap::Args;
use patternscope_engine::kernel::{Digest, Fact, Observer, Topology};
use patternscope_engine::measure::{Ledger, Measures};
use patternscope_engine::{Instant, Scenario, Simulation};
use std::path::PathBuf;

/// Occurrences between two looks at the progress.
const STRIDE: u64 = 500_000;
/// Facts that `--facts` shows at most: they are kept until the run is over.
const FACTS_MOST: u64 = 1_000_000;

/// Arguments of `run`.
#[derive(Args)]
pub struct Arguments {
    /// A pattern, such as request-response, or a link.
    #[arg(value_name = "PATTERN|LINK")]
    target: String,
    #[command(flatten)]
    options: Options,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    /// Shows the first N facts.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=FACTS_MOST))]
    facts: u64,
    /// Writes the facts as Chrome trace-event JSON.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

/// Everything that looks on at a run.
pub struct Watch {
    /// A hash over all facts.
    pub digest: Digest,
    /// Where everything went.
    pub ledger: Ledger,
    /// How fast, how late, how full.
    pub measures: Measures,
    facts: Option<FactList>,
    trace: Option<Trace>,
}

impl Watch {
    /// Looks on without keeping facts.
    pub fn new(topology: &Topology, warm_up: Instant) -> Self {
        Self {
            digest: Digest::default(),
            ledger: Ledger::default(),
            measures: Measures::new(topology, warm_up),
            facts: None,
            trace: None,
        }
    }
}

impl Observer for Watch {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.digest.observe(at, fact);
        self.ledger.observe(at, fact);
        self.measures.observe(at, fact);
        if let Some(facts) = &mut self.facts {
            facts.observe(at, fact);
        }
        if let Some(trace) = &mut self.trace {
            trace.observe(at, fact);
        }
    }
}

/// Runs a scenario to its end.
pub fn drive(
    scenario: &Scenario,
    until: Instant,
    watch: &mut Watch,
    mut tell: impl FnMut(Instant),
) -> Simulation {
    let mut simulation = scenario.simulation(Some(watch));
    while !simulation.run_until_or(until, STRIDE, Some(watch)) {
        tell(simulation.now());
    }
    simulation
}

/// The text for standard output.
pub fn run(arguments: &Arguments) -> Result<String, Failure> {
    let request = Request::new(&arguments.target, &arguments.options)?;
    let scenario = request.scenario(&[]).map_err(Failure::Input)?;
    let names = Names::new(&scenario);
    let mut watch = Watch::new(&scenario.topology(), request.warm_up);
    watch.facts = (arguments.facts > 0).then(|| FactList::new(arguments.facts as usize));
    if let Some(path) = &arguments.trace {
        watch.trace = Some(Trace::create(path, Names::new(&scenario))?);
    }
    let mut progress = Progress::new();
    let simulation = drive(&scenario, request.until, &mut watch, |now| {
        progress.show(&format!("{:.1} s of {}", now.as_secs(), request.until));
    });
    drop(progress);
    if let Some(trace) = watch.trace.take() {
        trace.finish(request.until)?;
    }
    let report = Report::new(&scenario, &request, &simulation, &watch);
    let facts = watch.facts.take();
    if !arguments.json {
        let lines = facts.map_or(String::new(), |facts| facts.to_text(&names));
        return Ok(lines + &summary::of_run(&report, &scenario, &watch));
    }
    let mut object = report.to_json()?;
    if let (Some(facts), Some(fields)) = (facts, object.as_object_mut()) {
        fields.insert("facts".to_owned(), facts.to_json(&names));
    }
    Ok(format!("{object:#}\n"))
}
