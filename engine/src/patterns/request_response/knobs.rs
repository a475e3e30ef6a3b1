//! The knobs of Request-Response, and what they come to in numbers.

use crate::kernel::{Duration, Knob, Settings, network};
use crate::parts::balancer::Policy;
use crate::parts::retry::{Backoff, BackoffKind, Jitter};
use crate::parts::service::{self, Distribution};
use crate::parts::station::{self, OnFull};
use crate::parts::traffic::{self, Load};

const SERVERS: &str = "Servers";
const CALLERS: &str = "Clients";

/// In the order of the page.
pub static KNOBS: &[Knob] = &[
    traffic::ARRIVAL_KNOB,
    traffic::rate_knob(40.0, "Requests a second, all clients together."),
    traffic::ramp_to_knob(80.0),
    traffic::RAMP_S_KNOB,
    traffic::BURST_FACTOR_KNOB,
    traffic::BURST_PERIOD_KNOB,
    traffic::USERS_KNOB,
    traffic::THINK_KNOB,
    Knob::number(
        traffic::LOAD,
        "clients",
        "Clients",
        "",
        (1.0, 3.0, 12.0),
        "How many callers there are.",
    )
    .whole()
    .structural(),
    Knob::number(
        SERVERS,
        "servers",
        "Servers",
        "",
        (1.0, 2.0, 12.0),
        "How many servers there are.",
    )
    .whole()
    .structural(),
    Knob::number(
        SERVERS,
        "workers",
        "Workers each",
        "",
        (1.0, 4.0, 64.0),
        "How many requests a server works on at once.",
    )
    .whole(),
    Knob::number(
        SERVERS,
        "service-ms",
        "Service time",
        "ms",
        (0.001, 90.0, 600_000.0),
        "Mean time a worker needs for a request.",
    ),
    service::distribution_knob(SERVERS),
    Knob::number(
        SERVERS,
        "queue-cap",
        "Queue limit",
        "",
        (0.0, 50.0, 100_000.0),
        "How many requests may wait at a server.",
    )
    .whole(),
    station::on_full_knob(SERVERS),
    Knob::choice(
        SERVERS,
        "idempotency",
        "Idempotency key",
        &["off", "on"],
        "A repeated request is answered from the record instead of run again.",
    ),
    Knob::choice(
        SERVERS,
        "deadline",
        "Deadline propagation",
        &["off", "on"],
        "A server drops work whose caller has given up, waiting or running.",
    ),
    Knob::number(
        CALLERS,
        "timeout-ms",
        "Timeout",
        "ms",
        (0.0, 800.0, 600_000.0),
        "How long a caller waits for an answer; the server works on.",
    )
    .zero_means("none"),
    Knob::number(
        CALLERS,
        "retries",
        "Retries",
        "",
        (0.0, 2.0, 20.0),
        "How often a caller tries again at most.",
    )
    .whole()
    .zero_means("none"),
    Knob::choice(
        CALLERS,
        "backoff",
        "Backoff",
        &["none", "constant", "exponential"],
        "How the wait before a retry grows.",
    )
    .chosen(2),
    Knob::number(
        CALLERS,
        "backoff-ms",
        "Backoff base",
        "ms",
        (0.0, 100.0, 600_000.0),
        "The wait before the first retry.",
    )
    .only_if("backoff", &["constant", "exponential"]),
    Knob::number(
        CALLERS,
        "backoff-cap-ms",
        "Backoff cap",
        "ms",
        (0.0, 10_000.0, 3_600_000.0),
        "No wait is longer.",
    )
    .only_if("backoff", &["exponential"]),
    Knob::choice(
        CALLERS,
        "jitter",
        "Jitter",
        &["none", "full", "equal", "decorrelated"],
        "How waits are spread at random.",
    )
    .chosen(1)
    .only_if("backoff", &["constant", "exponential"]),
    Knob::number(
        CALLERS,
        "retry-budget",
        "Retry budget",
        "%",
        (0.0, 20.0, 100.0),
        "Retries allowed, as a share of requests, after a reserve of ten.",
    )
    .zero_means("unlimited"),
    Knob::number(
        CALLERS,
        "hedge-ms",
        "Hedge after",
        "ms",
        (0.0, 0.0, 600_000.0),
        "If no answer has come by then, a second request goes out; the first answer counts.",
    )
    .zero_means("never"),
    Knob::number(
        CALLERS,
        "pool",
        "Connections",
        "",
        (0.0, 0.0, 10_000.0),
        "Requests a client may have outstanding; others wait in it.",
    )
    .whole()
    .zero_means("unlimited"),
    Knob::choice(
        CALLERS,
        "lb",
        "Balancing",
        &["round-robin", "random", "least-connections", "two-choices"],
        "How a client chooses a server.",
    )
    .chosen(2),
    network::latency_knob(50.0),
    network::JITTER_KNOB,
];

/// The knobs as the model reads them.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Of the clients.
    pub load: Load,
    /// Of each server.
    pub workers: usize,
    /// Mean.
    pub service: Duration,
    /// About that mean.
    pub distribution: Distribution,
    /// Of each server.
    pub queue_cap: usize,
    /// Of each server.
    pub on_full: OnFull,
    /// Whether repeated requests are recognised.
    pub idempotency: bool,
    /// Whether servers drop what nobody waits for.
    pub deadline: bool,
    /// None: callers wait forever.
    pub timeout: Option<Duration>,
    /// At most.
    pub retries: u32,
    /// Between them.
    pub backoff: Backoff,
    /// Between them.
    pub jitter: Jitter,
    /// Share of requests; zero is unlimited.
    pub retry_budget: f64,
    /// None: never.
    pub hedge: Option<Duration>,
    /// None: unlimited.
    pub pool: Option<u32>,
    /// How clients choose.
    pub policy: Policy,
}

fn above_zero(ms: f64) -> Option<Duration> {
    (ms > 0.0).then(|| Duration::from_millis(ms))
}

impl Parameters {
    /// Reads the knobs for `clients` clients while traffic surges `surge` times.
    pub fn new(settings: &Settings, clients: usize, surge: f64) -> Self {
        let ms = |key| Duration::from_millis(settings.number(key));
        Self {
            load: Load::new(settings, clients, surge),
            workers: settings.number("workers") as usize,
            service: ms("service-ms"),
            distribution: Distribution::named(settings.choice("service-dist")),
            queue_cap: settings.number("queue-cap") as usize,
            on_full: OnFull::named(settings.choice("on-full")),
            idempotency: settings.choice("idempotency") == "on",
            deadline: settings.choice("deadline") == "on",
            timeout: above_zero(settings.number("timeout-ms")),
            retries: settings.number("retries") as u32,
            backoff: Backoff {
                kind: match settings.choice("backoff") {
                    "none" => BackoffKind::None,
                    "constant" => BackoffKind::Constant,
                    _ => BackoffKind::Exponential,
                },
                base_ns: ms("backoff-ms").0,
                factor: 2.0,
                cap_ns: ms("backoff-cap-ms").0.max(ms("backoff-ms").0),
            },
            jitter: match settings.choice("jitter") {
                "none" => Jitter::None,
                "equal" => Jitter::Equal,
                "decorrelated" => Jitter::Decorrelated,
                _ => Jitter::Full,
            },
            retry_budget: settings.number("retry-budget") / 100.0,
            hedge: above_zero(settings.number("hedge-ms")),
            pool: Some(settings.number("pool") as u32).filter(|pool| *pool > 0),
            policy: match settings.choice("lb") {
                "round-robin" => Policy::RoundRobin,
                "random" => Policy::Random,
                "two-choices" => Policy::TwoChoices,
                _ => Policy::LeastConnections,
            },
        }
    }
}
