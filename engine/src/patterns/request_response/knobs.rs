//! The knobs of Request-Response, and what they come to in numbers.

use crate::kernel::{Duration, Knob, Settings};
use crate::parts::balancer::Policy;
use crate::parts::retry::{Backoff, BackoffKind, Jitter};
use crate::parts::service::{self, Distribution};
use crate::parts::source::Curve;
use crate::parts::station::{self, OnFull};

const LOAD: &str = "Load";
const SERVERS: &str = "Servers";
const CALLERS: &str = "Callers";
const LINKS: &str = "Links";

/// In the order of the page.
pub static KNOBS: &[Knob] = &[
    Knob::choice(LOAD, "arrival", "Arrivals", &["steady", "poisson", "bursty", "ramp", "closed"],
        "How requests arrive: evenly, at random, in bursts, ever more, or from users who wait for their answer.").chosen(1),
    Knob::number(LOAD, "rate", "Rate", "/s", (0.0, 40.0, 50_000.0), "Requests a second, all clients together.")
        .only_if("arrival", &["steady", "poisson", "bursty", "ramp"]),
    Knob::number(LOAD, "ramp-to", "Ramp to", "/s", (0.0, 80.0, 50_000.0), "The rate at the end of the ramp.")
        .only_if("arrival", &["ramp"]),
    Knob::number(LOAD, "ramp-s", "Ramp over", "s", (0.1, 60.0, 3600.0), "How long the ramp takes.").only_if("arrival", &["ramp"]),
    Knob::number(LOAD, "burst-factor", "Burst factor", "", (1.0, 4.0, 100.0),
        "During a burst the rate is this many times the mean; between bursts nothing comes.").only_if("arrival", &["bursty"]),
    Knob::number(LOAD, "burst-period-ms", "Burst period", "ms", (1.0, 2000.0, 600_000.0), "From one burst to the next.")
        .only_if("arrival", &["bursty"]),
    Knob::number(LOAD, "users", "Users", "", (0.0, 10.0, 10_000.0), "Each sends, waits for the answer, thinks, sends again.").whole()
        .only_if("arrival", &["closed"]),
    Knob::number(LOAD, "think-ms", "Think time", "ms", (0.0, 500.0, 600_000.0), "Mean time a user thinks, exponentially distributed.")
        .only_if("arrival", &["closed"]),
    Knob::number(LOAD, "clients", "Clients", "", (1.0, 3.0, 12.0), "How many callers there are.").whole().structural(),
    Knob::number(SERVERS, "servers", "Servers", "", (1.0, 2.0, 12.0), "How many servers there are.").whole().structural(),
    Knob::number(SERVERS, "workers", "Workers each", "", (1.0, 4.0, 64.0), "How many requests a server works on at once.").whole(),
    Knob::number(SERVERS, "service-ms", "Service time", "ms", (0.001, 90.0, 600_000.0), "Mean time a worker needs for a request."),
    Knob::choice(SERVERS, "service-dist", "Distribution", service::CHOICES, "How service times scatter about their mean.").chosen(1),
    Knob::number(SERVERS, "queue-cap", "Queue limit", "", (0.0, 50.0, 100_000.0), "How many requests may wait at a server.").whole(),
    Knob::choice(SERVERS, "on-full", "When full", station::ON_FULL,
        "Refuse the newcomer, give up the oldest, or let newcomers wait at the door."),
    Knob::choice(SERVERS, "idempotency", "Idempotency key", &["off", "on"],
        "A repeated request is answered from the record instead of run again."),
    Knob::choice(SERVERS, "deadline", "Deadline propagation", &["off", "on"],
        "A server drops work whose caller has given up, waiting or running."),
    Knob::number(CALLERS, "timeout-ms", "Timeout", "ms", (0.0, 800.0, 600_000.0),
        "How long a caller waits for an answer; the server works on.").zero_means("none"),
    Knob::number(CALLERS, "retries", "Retries", "", (0.0, 2.0, 20.0), "How often a caller tries again at most.").whole().zero_means("none"),
    Knob::choice(CALLERS, "backoff", "Backoff", &["none", "constant", "exponential"], "How the wait before a retry grows.").chosen(2),
    Knob::number(CALLERS, "backoff-ms", "Backoff base", "ms", (0.0, 100.0, 600_000.0), "The wait before the first retry.")
        .only_if("backoff", &["constant", "exponential"]),
    Knob::number(CALLERS, "backoff-cap-ms", "Backoff cap", "ms", (0.0, 10_000.0, 3_600_000.0), "No wait is longer.")
        .only_if("backoff", &["exponential"]),
    Knob::choice(CALLERS, "jitter", "Jitter", &["none", "full", "equal", "decorrelated"], "How waits are spread at random.").chosen(1)
        .only_if("backoff", &["constant", "exponential"]),
    Knob::number(CALLERS, "retry-budget", "Retry budget", "%", (0.0, 20.0, 100.0),
        "Retries allowed, as a share of requests, after a reserve of ten.").zero_means("unlimited"),
    Knob::number(CALLERS, "hedge-ms", "Hedge after", "ms", (0.0, 0.0, 600_000.0),
        "If no answer has come by then, a second request goes out; the first answer counts.").zero_means("never"),
    Knob::number(CALLERS, "pool", "Connections", "", (0.0, 0.0, 10_000.0), "Requests a client may have outstanding; others wait in it.")
        .whole().zero_means("unlimited"),
    Knob::choice(CALLERS, "lb", "Balancing", &["round-robin", "random", "least-connections", "two-choices"],
        "How a client chooses a server.").chosen(2),
    Knob::number(LINKS, "latency-ms", "Latency", "ms", (0.0, 50.0, 60_000.0), "One way."),
    Knob::number(LINKS, "latency-jitter-ms", "Latency jitter", "ms", (0.0, 0.0, 60_000.0), "At most this much more, evenly spread."),
];

/// The knobs as the model reads them.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Arrivals exactly evenly spaced.
    pub steady: bool,
    /// Arrivals from users in a closed loop.
    pub closed: bool,
    /// Of one client, surge included.
    pub curve: Curve,
    /// In a closed loop.
    pub users: u32,
    /// In a closed loop.
    pub think: Duration,
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
            steady: settings.choice("arrival") == "steady",
            closed: settings.choice("arrival") == "closed",
            curve: curve(settings, surge / clients.max(1) as f64),
            users: settings.number("users") as u32,
            think: ms("think-ms").scaled(1.0 / surge.max(1e-3)),
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

fn curve(settings: &Settings, share: f64) -> Curve {
    let rate = settings.number("rate") * share;
    match settings.choice("arrival") {
        "closed" => Curve::Flat(0.0),
        "bursty" => Curve::OnOff {
            rate,
            factor: settings.number("burst-factor").max(1.0),
            period: settings.number("burst-period-ms") / 1e3,
        },
        "ramp" => Curve::Ramp {
            from: rate,
            to: settings.number("ramp-to") * share,
            seconds: settings.number("ramp-s"),
        },
        _ => Curve::Flat(rate),
    }
}
