//! The knobs of Batching, and what they come to in numbers.

use crate::kernel::{Duration, Hue, Knob, Settings, network};
use crate::parts::service::{self, Distribution};
use crate::parts::station::{self, OnFull};
use crate::parts::traffic::{self, Load};

const BATCH: &str = "Batch";
const WORK: &str = "Processor";
const FAILURE: &str = "Failures";

const fn count(
    group: &'static str,
    key: &'static str,
    label: &'static str,
    range: (f64, f64, f64),
    help: &'static str,
) -> Knob {
    Knob::number(group, key, label, "", range, help).whole()
}

const fn millis(
    group: &'static str,
    key: &'static str,
    label: &'static str,
    range: (f64, f64, f64),
    help: &'static str,
) -> Knob {
    Knob::number(group, key, label, "ms", range, help)
}

/// In the order of the page.
#[rustfmt::skip]
pub static KNOBS: &[Knob] = &[
    traffic::OPEN_ARRIVAL_KNOB,
    traffic::rate_knob(60.0, "Items a second, all producers together."),
    traffic::ramp_to_knob(300.0),
    traffic::RAMP_S_KNOB,
    traffic::BURST_FACTOR_KNOB,
    traffic::BURST_PERIOD_KNOB,
    count(traffic::LOAD, "producers", "Producers", (1.0, 3.0, 6.0), "How many send items.").structural(),
    Knob::number(traffic::LOAD, "size", "Item size", "B", (1.0, 400.0, 1e6), "Mean size; items scatter from half to one and a half of it."),
    count(BATCH, "max-items", "Items at most", (1.0, 20.0, 10_000.0), "A batch of so many items is closed."),
    Knob::number(BATCH, "max-bytes", "Bytes at most", "B", (0.0, 8_200.0, 1e8), "A batch that cannot take the next item is closed.").zero_means("any"),
    millis(BATCH, "linger-ms", "Linger", (0.0, 300.0, 600_000.0), "Its first item waits no longer, if a slot is free."),
    Knob::choice(BATCH, "adaptive", "Adaptive size", &["off", "on"], "The limit of items grows while that helps a backlog."),
    count(BATCH, "keys", "Keys", (1.0, 1.0, 4.0), "Each key has an open batch of its own.").structural(),
    count(BATCH, "in-flight", "Batches in flight", (1.0, 3.0, 64.0), "Sent and not yet acknowledged, at most."),
    count(BATCH, "buffer", "Buffer", (1.0, 600.0, 100_000.0), "Items the accumulator holds, those in flight included."),
    station::on_full_knob(BATCH),
    count(WORK, "workers", "Workers", (1.0, 2.0, 64.0), "Batches worked on at once; as many beside it, one by one."),
    millis(WORK, "overhead-ms", "Overhead", (0.0, 40.0, 600_000.0), "Cost of each batch, however small."),
    millis(WORK, "per-item-ms", "Per item", (0.0, 2.0, 60_000.0), "Cost of each item in a batch."),
    service::distribution_knob(WORK).chosen(0),
    millis(WORK, "store-ms", "Write time", (0.0, 5.0, 60_000.0), "One write to the store, of any size."),
    Knob::number(FAILURE, "bad", "Bad items", "%", (0.0, 0.0, 100.0), "Share of items that cannot be processed."),
    Knob::choice(FAILURE, "on-error", "On error", &["retry-all", "bisect", "drop-bad"], "Send all again, halve the batch, or leave bad items out."),
    count(FAILURE, "max-attempts", "Attempts", (1.0, 4.0, 50.0), "A batch is given up after so many."),
    millis(FAILURE, "retry-ms", "Retry after", (0.0, 100.0, 600_000.0), "The wait before a failed batch is sent again."),
    millis(FAILURE, "ack-timeout-ms", "Ack timeout", (1.0, 1_500.0, 600_000.0), "A batch not acknowledged by then is sent again."),
    Knob::choice(FAILURE, "dedupe", "Deduplicate", &["off", "on"], "The store writes an item that it has already not again."),
    Knob::choice(FAILURE, "write-ahead", "Write-ahead log", &["off", "on"], "What is accepted survives a crash of the accumulator."),
    Knob::choice(BESIDE, "individual", "Beside it", &["on", "off"], "The same items once more, without batching.").structural(),
    count(BESIDE, "queue-cap", "Queue limit", (0.0, 500.0, 100_000.0), "Items that may wait there.").only_if("individual", &["on"]),
    network::latency_knob(50.0),
    network::JITTER_KNOB,
];

const BESIDE: &str = "One by one";

/// What becomes of a batch that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// It is sent again as it is.
    RetryAll,
    /// Its halves are sent, each a batch of its own.
    Bisect,
    /// Bad items are left out, the others stored.
    DropBad,
}

/// The knobs as the model reads them.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    /// Of the producers.
    pub load: Load,
    /// Mean, in bytes.
    pub size: f64,
    /// Share of items, 0 to 1.
    pub bad: f64,
    /// At least 1.
    pub keys: usize,
    /// At least 1.
    pub max_items: usize,
    /// `u64::MAX`: any.
    pub max_bytes: u64,
    /// Of an open batch.
    pub linger: Duration,
    /// Whether the limit of items follows the backlog.
    pub adaptive: bool,
    /// Batches sent and not acknowledged.
    pub in_flight: u32,
    /// Items held.
    pub buffer: usize,
    /// What a full buffer does.
    pub on_full: OnFull,
    /// Of the processor, and of the individual path.
    pub workers: usize,
    /// A batch costs this.
    pub overhead: Duration,
    /// And this for each item.
    pub per_item: Duration,
    /// About that mean.
    pub distribution: Distribution,
    /// Of a write.
    pub store: Duration,
    /// What becomes of a batch that fails.
    pub on_error: OnError,
    /// At least 1.
    pub max_attempts: u32,
    /// Between them.
    pub retry: Duration,
    /// Until an attempt counts as failed.
    pub ack_timeout: Duration,
    /// Whether the store knows items again.
    pub dedupe: bool,
    /// Whether the accumulator's items survive its crash.
    pub write_ahead: bool,
    /// Of the individual path.
    pub queue_cap: usize,
}

impl Parameters {
    /// Reads the knobs for `producers` producers while traffic surges.
    pub fn new(settings: &Settings, producers: usize, surge: f64) -> Self {
        let number = |key| settings.number(key);
        let on = |key| settings.choice(key) == "on";
        let ms = |key| Duration::from_millis(settings.number(key));
        let bytes = number("max-bytes") as u64;
        Self {
            load: Load::new(settings, producers, surge),
            size: number("size"),
            bad: number("bad") / 100.0,
            keys: number("keys") as usize,
            max_items: number("max-items") as usize,
            max_bytes: if bytes == 0 { u64::MAX } else { bytes },
            linger: ms("linger-ms"),
            adaptive: on("adaptive"),
            in_flight: number("in-flight") as u32,
            buffer: number("buffer") as usize,
            on_full: OnFull::named(settings.choice("on-full")),
            workers: number("workers") as usize,
            overhead: ms("overhead-ms"),
            per_item: ms("per-item-ms"),
            distribution: Distribution::named(settings.choice("service-dist")),
            store: ms("store-ms"),
            on_error: match settings.choice("on-error") {
                "bisect" => OnError::Bisect,
                "drop-bad" => OnError::DropBad,
                _ => OnError::RetryAll,
            },
            max_attempts: number("max-attempts") as u32,
            retry: ms("retry-ms"),
            ack_timeout: ms("ack-timeout-ms"),
            dedupe: on("dedupe"),
            write_ahead: on("write-ahead"),
            queue_cap: number("queue-cap") as usize,
        }
    }

    /// The open batch that an item of this colour belongs to.
    pub fn key_of(&self, hue: Hue) -> usize {
        match self.keys {
            0 | 1 => 0,
            keys => hue.index().saturating_sub(1) % keys,
        }
    }
}
