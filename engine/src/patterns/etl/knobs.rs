//! The knobs of ETL, and what they come to in numbers: one number a knob, in
//! the order of the table, so that reading them is one loop.

use crate::kernel::{Duration, Knob, Settings, Value, network};
use crate::parts::service::{self, Distribution};
use crate::parts::traffic::{self, Load};

const CHANGES: &str = "Changes";
const RUNS: &str = "Runs";
const READ: &str = "Extract";
const RULES: &str = "Transform";
const WAREHOUSE: &str = "Warehouse";
const ON_OFF: &[&str] = &["on", "off"];

const COUNT: usize = 38;

/// In the order of the page.
#[rustfmt::skip]
const TABLE: [Knob; COUNT] = [
    traffic::OPEN_ARRIVAL_KNOB,
    traffic::rate_knob(6.0, "Rows changed a second, at all sources together."),
    traffic::ramp_to_knob(60.0),
    traffic::RAMP_S_KNOB,
    traffic::BURST_FACTOR_KNOB,
    traffic::BURST_PERIOD_KNOB,
    Knob::number(traffic::LOAD, "sources", "Sources", "", (1.0, 3.0, 3.0), "Orders; then customers; then clicks.").whole().structural(),
    Knob::number(CHANGES, "updates", "Updates", "%", (0.0, 30.0, 100.0), "Changes of rows that exist."),
    Knob::number(CHANGES, "dirty", "Dirty rows", "%", (0.0, 8.0, 100.0), "Changes that no rule will accept."),
    Knob::number(CHANGES, "repeats", "Repeats", "%", (0.0, 15.0, 100.0), "Clicks delivered twice."),
    Knob::number(CHANGES, "late", "Late rows", "%", (0.0, 0.0, 100.0), "New rows that show after their own time."),
    Knob::number(CHANGES, "late-ms", "How late", "ms", (1.0, 1500.0, 3.6e6), "Mean; from half to one and a half of it."),
    Knob::number(RUNS, "every-s", "Every", "s", (0.1, 2.5, 1e6), "From one run to the next."),
    Knob::choice(RUNS, "extract", "Extract", &["incremental", "full"], "Changes since the mark, or everything."),
    Knob::number(RUNS, "overlap-s", "Overlap", "s", (0.0, 0.0, 1e6), "Reads so far behind the mark, for late rows.").only_if("extract", &["incremental"]),
    Knob::choice(RUNS, "if-running", "If one still runs", &["skip", "queue"], "Leaves a run out, or starts it later."),
    Knob::choice(RUNS, "resume", "Resume", ON_OFF, "Goes on after the checkpoint, or begins again."),
    Knob::number(RUNS, "timeout-ms", "Timeout", "ms", (10.0, 300.0, 3.6e6), "Silence for so long is a failure."),
    Knob::number(RUNS, "retry-ms", "Retry after", "ms", (1.0, 300.0, 3.6e6), "The wait after a failure or a 429."),
    Knob::choice(RUNS, "order", "Order", &["etl", "elt"], "Transforms before or after loading.").structural(),
    Knob::number(READ, "extractors", "In parallel", "", (1.0, 3.0, 3.0), "Sources read at the same time.").whole(),
    Knob::number(READ, "extract-ms", "Read time", "ms", (0.0, 25.0, 60_000.0), "For each row, at its source."),
    Knob::number(READ, "page", "Page", "", (1.0, 10.0, 4_000.0), "Rows a request asks for.").whole(),
    Knob::number(READ, "api-rate", "API limit", "/s", (0.0, 5.0, 1_000.0), "Requests for clicks; more are answered 429.").zero_means("none"),
    Knob::number(READ, "staging", "Staging", "", (1.0, 10_000.0, 1e6), "Rows staged at most; reading waits.").whole(),
    Knob::number(RULES, "transform-ms", "Transform time", "ms", (0.0, 60.0, 60_000.0), "Mean, for each row."),
    Knob::number(RULES, "workers", "Workers", "", (1.0, 1.0, 16.0), "Rows transformed at the same time.").whole(),
    service::distribution_knob(RULES).chosen(0),
    Knob::choice(RULES, "dedupe", "Deduplicate", &["run", "table", "off"], "Leaves out what this run, or the table, has."),
    Knob::number(RULES, "buffer", "Buffer", "", (0.0, 6.0, 100_000.0), "Rows that may wait before each stage.").whole(),
    Knob::choice(WAREHOUSE, "load", "Load", &["upsert", "append", "truncate-insert"], "By key; or one more row; or all anew."),
    Knob::choice(WAREHOUSE, "history", "History", &["type-1", "type-2"], "Overwrites a row, or closes it and adds one.").only_if("load", &["upsert"]),
    Knob::number(WAREHOUSE, "load-ms", "Load time", "ms", (0.0, 30.0, 60_000.0), "Mean, for each row."),
    Knob::number(WAREHOUSE, "chunk", "Chunk", "", (1.0, 8.0, 10_000.0), "Rows of one transaction.").whole(),
    Knob::number(WAREHOUSE, "commit-ms", "Commit time", "ms", (0.0, 40.0, 60_000.0), "For each chunk."),
    Knob::choice(WAREHOUSE, "transactional", "Transactional", ON_OFF, "A chunk with its checkpoint; or row by row."),
    network::latency_knob(50.0),
    network::JITTER_KNOB,
];

/// See `Pattern::knobs`.
pub static KNOBS: &[Knob] = &TABLE;

/// The place of a key in the table; the build fails if it is not there.
const fn place(key: &str) -> usize {
    let (mut at, key) = (0, key.as_bytes());
    loop {
        let other = TABLE[at].key.as_bytes();
        let mut same = 0;
        while same < key.len() && same < other.len() && key[same] == other[same] {
            same += 1;
        }
        if same == key.len() && same == other.len() {
            return at;
        }
        at += 1;
    }
}

/// Knobs by their places.
pub const UPDATES: usize = place("updates");
pub const DIRTY: usize = place("dirty");
pub const REPEATS: usize = place("repeats");
pub const LATE: usize = place("late");
pub const LATENESS: usize = place("late-ms");
pub const EVERY: usize = place("every-s");
/// 1: everything each time.
pub const EXTRACT: usize = place("extract");
pub const OVERLAP: usize = place("overlap-s");
/// 1: runs that are due wait.
pub const IF_RUNNING: usize = place("if-running");
/// 0: on.
pub const RESUME: usize = place("resume");
pub const TIMEOUT: usize = place("timeout-ms");
pub const RETRY: usize = place("retry-ms");
/// 1: the transformer is the second stage.
pub const ORDER: usize = place("order");
pub const EXTRACTORS: usize = place("extractors");
pub const EXTRACT_TIME: usize = place("extract-ms");
pub const PAGE: usize = place("page");
pub const API_RATE: usize = place("api-rate");
pub const STAGING: usize = place("staging");
pub const TRANSFORM_TIME: usize = place("transform-ms");
pub const WORKERS: usize = place("workers");
/// 0: with others of the run; 1: with the table, too; 2: not at all.
pub const DEDUPE: usize = place("dedupe");
pub const BUFFER: usize = place("buffer");
/// See [`UPSERT`] and the following.
pub const LOAD: usize = place("load");
/// 1: versions are kept.
pub const HISTORY: usize = place("history");
pub const LOAD_TIME: usize = place("load-ms");
pub const CHUNK: usize = place("chunk");
pub const COMMIT_TIME: usize = place("commit-ms");
/// 0: on.
pub const TRANSACTIONAL: usize = place("transactional");

/// How rows go into the table: by key,
pub const UPSERT: u8 = 0;
/// one more row each time, which needs no name here, or
/// into an empty table.
pub const TRUNCATE: u8 = 2;

/// The knobs as the model reads them: times in seconds, shares from 0 to 1,
/// choices by their places.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    numbers: [f64; COUNT],
    /// Of one source.
    pub load: Load,
    pub distribution: Distribution,
}

impl Parameters {
    /// Reads the knobs for `sources` sources while traffic surges.
    pub fn new(settings: &Settings, sources: usize, surge: f64) -> Self {
        let mut numbers = [0.0; COUNT];
        for (index, number) in numbers.iter_mut().enumerate() {
            let scale = match KNOBS[index].unit {
                "ms" => 1e3,
                "%" => 100.0,
                _ => 1.0,
            };
            *number = match settings.value(index) {
                Value::Number(value) => value / scale,
                Value::Choice(chosen) => f64::from(*chosen),
                Value::Text(_) => 0.0,
            };
        }
        Self {
            numbers,
            load: Load::new(settings, sources, surge),
            distribution: Distribution::named(settings.choice("service-dist")),
        }
    }

    /// The number of a knob.
    pub fn number(&self, knob: usize) -> f64 {
        self.numbers[knob]
    }

    /// A knob that counts, or a choice.
    pub fn count(&self, knob: usize) -> u32 {
        self.numbers[knob] as u32
    }

    /// A time.
    pub fn time(&self, knob: usize) -> Duration {
        Duration::from_secs(self.numbers[knob])
    }

    /// Whether an attempt goes on where the last one had come.
    pub fn resumes(&self) -> bool {
        self.count(RESUME) == 0
    }

    fn is_transformer(&self, stage: usize) -> bool {
        self.count(ORDER) == stage as u32
    }

    /// Mean time of a row in one of the two stages.
    pub fn service(&self, stage: usize) -> Duration {
        self.time(match self.is_transformer(stage) {
            true => TRANSFORM_TIME,
            false => LOAD_TIME,
        })
    }

    /// Rows that a stage works on at the same time.
    pub fn workers(&self, stage: usize) -> u32 {
        match self.is_transformer(stage) {
            true => self.count(WORKERS),
            false => 1,
        }
    }

    /// Rows that a stage may have in hand: those that wait, and one a worker.
    pub fn window(&self, stage: usize) -> u32 {
        self.count(BUFFER) + self.workers(stage)
    }
}
