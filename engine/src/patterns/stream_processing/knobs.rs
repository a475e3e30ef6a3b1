//! The knobs of Stream Processing, and what they come to in numbers.

use crate::kernel::{Duration, Knob, Settings, network};
use crate::parts::service::{self, Distribution};
use crate::parts::traffic::{self, LOAD, Load};
use crate::parts::windows::{Accumulation, Rules, Shape};

const WINDOWS: &str = "Windows";
const TIME: &str = "Event time";
const STATE: &str = "State";
const WORK: &str = "Operators";

/// Milliseconds of a knob in seconds.
fn millis(settings: &Settings, key: &str) -> i64 {
    (settings.number(key) * 1e3) as i64
}

/// In the order of the page.
#[rustfmt::skip]
pub static KNOBS: &[Knob] = &[
    traffic::OPEN_ARRIVAL_KNOB,
    traffic::rate_knob(14.0, "Elements a second, all sources together."),
    traffic::ramp_to_knob(120.0),
    traffic::RAMP_S_KNOB,
    traffic::BURST_FACTOR_KNOB,
    traffic::BURST_PERIOD_KNOB,
    Knob::number(LOAD, "sources", "Sources", "", (1.0, 2.0, 6.0), "Each reads a log of its own.").whole().structural(),
    Knob::number(LOAD, "keys", "Keys", "", (1.0, 4.0, 64.0), "Elements of one key go to one operator.").whole(),
    Knob::number(LOAD, "hot", "Hot key", "%", (0.0, 0.0, 100.0), "Share of elements that have the first key."),
    Knob::choice(WINDOWS, "window", "Window", &["tumbling", "sliding", "session"], "Side by side, overlapping, or until a silence."),
    Knob::number(WINDOWS, "size-s", "Size", "s", (0.001, 1.0, 3600.0), "From start to end, in event time.").only_if("window", &["tumbling", "sliding"]),
    Knob::number(WINDOWS, "slide-s", "Slide", "s", (0.001, 0.5, 3600.0), "From start to start.").only_if("window", &["sliding"]),
    Knob::number(WINDOWS, "gap-s", "Gap", "s", (0.001, 0.4, 3600.0), "Silence that ends a session.").only_if("window", &["session"]),
    Knob::choice(WINDOWS, "trigger", "Trigger", &["watermark", "element"], "A pane when the watermark passes, or at each element."),
    Knob::number(WINDOWS, "early-s", "Early panes", "s", (0.0, 0.0, 3600.0), "So long after a first new element one fires early.").zero_means("none"),
    Knob::choice(WINDOWS, "accumulation", "Panes", &["discarding", "accumulating", "accumulating-and-retracting"], "What is new, the whole sum, or the sum and the last one taken back."),
    Knob::number(WINDOWS, "allowed-lateness-s", "Allowed lateness", "s", (0.0, 0.0, 1e6), "Windows live so much longer than the watermark asks."),
    Knob::number(TIME, "late", "Delayed elements", "%", (0.0, 40.0, 100.0), "Share that arrives after its event time."),
    Knob::number(TIME, "late-ms", "Delay", "ms", (0.0, 250.0, 600_000.0), "Its mean; exponential, cut at four times the mean."),
    Knob::choice(TIME, "watermark", "Watermark", &["bounded", "perfect"], "A guess from the latest event time, or what no element can violate."),
    Knob::number(TIME, "bound-ms", "Out of order by", "ms", (0.0, 300.0, 600_000.0), "How far elements may lag behind the latest one.").only_if("watermark", &["bounded"]),
    Knob::number(TIME, "watermark-ms", "Watermark every", "ms", (10.0, 200.0, 60_000.0), "Sources tell so often."),
    Knob::number(TIME, "idle-ms", "Idle after", "ms", (0.0, 0.0, 600_000.0), "A source without elements no longer holds the watermark.").zero_means("never"),
    Knob::choice(STATE, "delivery", "Guarantee", &["exactly-once", "at-least-once"], "Barriers are aligned, or overtaken."),
    Knob::number(STATE, "checkpoint-ms", "Checkpoint every", "ms", (0.0, 1_000.0, 600_000.0), "Barriers set out so often.").zero_means("never"),
    Knob::choice(STATE, "sink", "Sink", &["transactional", "idempotent", "plain"], "Commits with checkpoints, knows panes again, or adds whatever comes."),
    Knob::number(WORK, "parallelism", "Operators", "", (1.0, 2.0, 4.0), "They share the keys.").whole().structural(),
    Knob::number(WORK, "filter-below", "Filter", "", (0.0, 0.0, 1e6), "Elements of a smaller value are left out, on purpose.").whole().zero_means("none"),
    Knob::choice(WORK, "map", "Map", &["value", "one"], "What of an element is added up: its value, or one for each."),
    Knob::number(WORK, "service-ms", "Service time", "ms", (0.0, 25.0, 60_000.0), "Mean time an operator needs for an element."),
    service::distribution_knob(WORK).chosen(0),
    Knob::number(WORK, "sink-ms", "Write time", "ms", (0.0, 10.0, 60_000.0), "Of a pane."),
    Knob::number(WORK, "buffer", "Buffer", "", (1.0, 16.0, 10_000.0), "Elements on a channel and not taken; then its source waits.").whole(),
    network::latency_knob(60.0),
    network::JITTER_KNOB,
];

/// What a sink does with a pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Holds it until the checkpoint is complete.
    Transactional,
    /// Writes it, once.
    Idempotent,
    /// Writes it.
    Plain,
}

/// The knobs as the model reads them.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    /// Of the sources.
    pub load: Load,
    /// At least 1.
    pub keys: u32,
    /// Share of the first key, 0 to 1.
    pub hot: f64,
    /// Of windows.
    pub rules: Rules,
    /// Share of elements, 0 to 1.
    pub late: f64,
    /// Mean of their delay.
    pub delay_ms: f64,
    /// Watermarks that no element violates.
    pub perfect: bool,
    /// Behind the latest event time.
    pub bound_ms: i64,
    /// Between watermarks.
    pub watermark: Duration,
    /// Zero: never.
    pub idle: Duration,
    /// Barriers are aligned.
    pub aligned: bool,
    /// Between checkpoints; zero: never.
    pub checkpoint: Duration,
    /// What a sink does with a pane.
    pub writing: Writing,
    /// Elements of a smaller value are left out; zero: none.
    pub least: i64,
    /// Elements are counted, whatever their value.
    pub ones: bool,
    /// Of an operator for an element.
    pub service: Duration,
    /// About that mean.
    pub distribution: Distribution,
    /// Of the sink for a pane.
    pub write: Duration,
    /// Elements on a channel.
    pub buffer: usize,
}

/// The longest delay is this many times the mean.
pub const LONGEST_DELAY: f64 = 4.0;

impl Parameters {
    /// Reads the knobs for `sources` sources while traffic surges.
    pub fn new(settings: &Settings, sources: usize, surge: f64) -> Self {
        let number = |key| settings.number(key);
        let is = |key, choice: &str| settings.choice(key) == choice;
        let ms = |key| Duration::from_millis(settings.number(key));
        let shape = match settings.choice("window") {
            "session" => Shape::Session {
                gap: millis(settings, "gap-s"),
            },
            kind => {
                let size = millis(settings, "size-s");
                // An element falls into 64 windows at most.
                let slide = match kind {
                    "sliding" => millis(settings, "slide-s").max(size / 64).min(size),
                    _ => size,
                };
                Shape::Sliding { size, slide }
            }
        };
        let accumulation = match settings.choice("accumulation") {
            "accumulating" => Accumulation::Accumulating,
            "accumulating-and-retracting" => Accumulation::Retracting,
            _ => Accumulation::Discarding,
        };
        Self {
            load: Load::new(settings, sources, surge),
            keys: number("keys") as u32,
            hot: number("hot") / 100.0,
            rules: Rules {
                shape,
                accumulation,
                each: is("trigger", "element"),
                early: Duration::from_secs(number("early-s")),
                lateness_ms: millis(settings, "allowed-lateness-s"),
            },
            late: number("late") / 100.0,
            delay_ms: number("late-ms"),
            perfect: is("watermark", "perfect"),
            bound_ms: number("bound-ms") as i64,
            watermark: ms("watermark-ms"),
            idle: ms("idle-ms"),
            aligned: is("delivery", "exactly-once"),
            checkpoint: ms("checkpoint-ms"),
            writing: match settings.choice("sink") {
                "idempotent" => Writing::Idempotent,
                "plain" => Writing::Plain,
                _ => Writing::Transactional,
            },
            least: number("filter-below") as i64,
            ones: is("map", "one"),
            service: ms("service-ms"),
            distribution: Distribution::named(settings.choice("service-dist")),
            write: ms("sink-ms"),
            buffer: number("buffer") as usize,
        }
    }

    /// Whether a restart changes no result.
    pub fn is_exact(&self) -> bool {
        self.aligned && self.writing == Writing::Transactional && self.checkpoint > Duration::ZERO
    }
}
