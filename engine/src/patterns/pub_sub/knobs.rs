//! The knobs of Pub-Sub, and what they come to in numbers.

use super::content::{GENERATED_TOPICS, wrong_with_filters};
use crate::kernel::{Duration, Knob, Settings, network};
use crate::parts::assignor::Strategy;
use crate::parts::service::{self, Distribution};
use crate::parts::traffic::{self, Load};

const SUBSCRIPTIONS: &str = "Subscriptions";
const DELIVERY: &str = "Delivery";
const CONSUMERS: &str = "Consumers";
const BROKER: &str = "Broker";

/// Deliveries that are acknowledged.
const ACKED: &[&str] = &["at-least-once", "effectively-once"];

const fn whole(
    group: &'static str,
    (key, label): (&'static str, &'static str),
    range: (f64, f64, f64),
    help: &'static str,
) -> Knob {
    Knob::number(group, key, label, "", range, help).whole()
}

const fn millis(
    group: &'static str,
    (key, label): (&'static str, &'static str),
    range: (f64, f64, f64),
    help: &'static str,
) -> Knob {
    Knob::number(group, key, label, "ms", range, help)
}

/// In the order of the page.
pub static KNOBS: &[Knob] = &[
    traffic::OPEN_ARRIVAL_KNOB,
    traffic::rate_knob(16.0, "Messages a second, all publishers together."),
    traffic::ramp_to_knob(60.0),
    traffic::RAMP_S_KNOB,
    traffic::BURST_FACTOR_KNOB,
    traffic::BURST_PERIOD_KNOB,
    whole(
        traffic::LOAD,
        ("publishers", "Publishers"),
        (1.0, 2.0, 6.0),
        "How many publishers there are.",
    )
    .structural(),
    whole(
        traffic::LOAD,
        ("topics", "Topics"),
        (1.0, 4.0, GENERATED_TOPICS as f64),
        "Messages are spread evenly over so many topics.",
    ),
    whole(
        traffic::LOAD,
        ("keys", "Keys"),
        (1.0, 24.0, 1000.0),
        "And over so many keys; order holds within a key.",
    ),
    Knob::choice(
        DELIVERY,
        "delivery",
        "Guarantee",
        &["at-most-once", "at-least-once", "effectively-once"],
        "Send and forget; resend until acked; also drop repeats.",
    )
    .chosen(1),
    Knob::choice(
        DELIVERY,
        "mode",
        "Flow",
        &["push", "pull"],
        "The broker sends while there is room, or when asked.",
    ),
    whole(
        DELIVERY,
        ("prefetch", "Prefetch"),
        (1.0, 4.0, 100.0),
        "Unacknowledged messages a consumer may hold, or asks for.",
    ),
    millis(
        DELIVERY,
        ("ack-timeout-ms", "Ack timeout"),
        (1.0, 1500.0, 600_000.0),
        "What is not acknowledged by then is sent again.",
    )
    .only_if("delivery", ACKED),
    millis(
        DELIVERY,
        ("ack-delay-ms", "Ack after"),
        (0.0, 15.0, 60_000.0),
        "From the effect to its ack; a crash between repeats it.",
    )
    .only_if("delivery", ACKED),
    whole(
        DELIVERY,
        ("max-deliveries", "Deliveries at most"),
        (0.0, 5.0, 100.0),
        "After so many, a message goes to the dead letters.",
    )
    .zero_means("unlimited")
    .only_if("delivery", ACKED),
    Knob::text(
        SUBSCRIPTIONS,
        "filters",
        "Subscriptions",
        (
            "billing:orders.*;search:#",
            "at most 6 of name:filter with `;` between, `,` between filters, such as billing:orders.*;search:#",
        ),
        wrong_with_filters,
        "Each subscription gets a copy of what its filter matches.",
    ),
    Knob::choice(
        SUBSCRIPTIONS,
        "syntax",
        "Topic syntax",
        &["amqp", "mqtt"],
        "Words by . with * and #, or levels by / with + and #.",
    )
    .structural(),
    whole(
        SUBSCRIPTIONS,
        ("consumers", "Consumers each"),
        (1.0, 2.0, 6.0),
        "They share the partitions of their subscription.",
    )
    .structural(),
    whole(
        SUBSCRIPTIONS,
        ("members", "Members at first"),
        (0.0, 0.0, 6.0),
        "So many of them take part; others wait to join.",
    )
    .zero_means("all")
    .structural(),
    Knob::choice(
        SUBSCRIPTIONS,
        "assignor",
        "Assignment",
        Strategy::CHOICES,
        "How partitions are dealt out among consumers.",
    )
    .chosen(2),
    millis(
        CONSUMERS,
        ("service-ms", "Service time"),
        (0.001, 60.0, 600_000.0),
        "Mean time a worker needs for a message.",
    ),
    service::distribution_knob(CONSUMERS),
    whole(
        CONSUMERS,
        ("workers", "Workers each"),
        (1.0, 1.0, 64.0),
        "How many messages a consumer works on at once.",
    ),
    whole(
        CONSUMERS,
        ("queue-cap", "Buffer"),
        (0.0, 100.0, 100_000.0),
        "Messages beyond are dropped; acked ones never are.",
    )
    .only_if("delivery", &["at-most-once"]),
    millis(
        CONSUMERS,
        ("heartbeat-ms", "Heartbeat"),
        (10.0, 600.0, 60_000.0),
        "Consumers tell the broker so often that they live.",
    ),
    millis(
        CONSUMERS,
        ("session-ms", "Session"),
        (20.0, 2000.0, 600_000.0),
        "Silent for so long, a consumer loses its partitions.",
    ),
    whole(
        BROKER,
        ("partitions", "Partitions"),
        (1.0, 3.0, 6.0),
        "Logs that messages are spread over, by key.",
    )
    .structural(),
    Knob::choice(
        BROKER,
        "durable",
        "Durable",
        &["off", "on"],
        "Whether the logs survive a crash of the broker.",
    )
    .chosen(1),
    Knob::number(
        BROKER,
        "retention-s",
        "Keep for",
        "s",
        (0.0, 60.0, 36_000.0),
        "Older messages go, whether or not everybody had them.",
    )
    .zero_means("no limit"),
    whole(
        BROKER,
        ("retention-count", "Keep at most"),
        (1.0, 500.0, 10_000.0),
        "A partition keeps no more messages than this.",
    ),
    millis(
        BROKER,
        ("append-ms", "Append time"),
        (0.0, 1.0, 60_000.0),
        "For each message, one after the other.",
    ),
    network::latency_knob(50.0),
    network::JITTER_KNOB,
];

/// The knobs as the model reads them.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Of the publishers.
    pub load: Load,
    /// How many.
    pub topics: u32,
    /// How many.
    pub keys: u32,
    /// Whether publishers and consumers wait for, and send, acks.
    pub acked: bool,
    /// Whether consumers drop what their subscription did before.
    pub dedupes: bool,
    /// Whether consumers ask.
    pub pull: bool,
    /// Of a consumer.
    pub prefetch: u32,
    /// Until the next attempt.
    pub ack_timeout: Duration,
    /// From effect to ack.
    pub ack_delay: Duration,
    /// `u32::MAX`: unlimited.
    pub max_deliveries: u32,
    /// Of a group.
    pub strategy: Strategy,
    /// Mean.
    pub service: Duration,
    /// About that mean.
    pub distribution: Distribution,
    /// Of a consumer.
    pub workers: usize,
    /// Of a consumer, if nobody acknowledges.
    pub queue_cap: usize,
    /// Between two of a consumer.
    pub heartbeat: Duration,
    /// How long silence is taken for life.
    pub session: Duration,
    /// Whether logs survive.
    pub durable: bool,
    /// None: no limit.
    pub retention: Option<Duration>,
    /// Of a partition.
    pub retention_count: usize,
    /// Of the broker.
    pub append: Duration,
}

impl Parameters {
    /// Reads the knobs for `publishers` publishers while traffic surges
    /// `surge` times.
    pub fn new(settings: &Settings, publishers: usize, surge: f64) -> Self {
        let number = |key| settings.number(key);
        let ms = |key| Duration::from_millis(settings.number(key));
        let delivery = settings.choice("delivery");
        Self {
            load: Load::new(settings, publishers, surge),
            topics: number("topics") as u32,
            keys: number("keys") as u32,
            acked: delivery != "at-most-once",
            dedupes: delivery == "effectively-once",
            pull: settings.choice("mode") == "pull",
            prefetch: number("prefetch") as u32,
            ack_timeout: ms("ack-timeout-ms"),
            ack_delay: ms("ack-delay-ms"),
            max_deliveries: match number("max-deliveries") as u32 {
                0 => u32::MAX,
                most => most,
            },
            strategy: Strategy::named(settings.choice("assignor")),
            service: ms("service-ms"),
            distribution: Distribution::named(settings.choice("service-dist")),
            workers: number("workers") as usize,
            queue_cap: number("queue-cap") as usize,
            heartbeat: ms("heartbeat-ms"),
            session: ms("session-ms"),
            durable: settings.choice("durable") == "on",
            retention: Some(Duration::from_secs(number("retention-s"))).filter(|it| it.0 > 0),
            retention_count: number("retention-count") as usize,
            append: ms("append-ms"),
        }
    }
}
