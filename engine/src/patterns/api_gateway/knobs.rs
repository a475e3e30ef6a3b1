//! The knobs of API Gateway, and what they come to in numbers.

use super::call::LEGS_MOST;
use crate::kernel::{Duration, Knob, Settings, network};
use crate::parts::balancer::Policy;
use crate::parts::breaker::BreakerConfig;
use crate::parts::outlier::OutlierConfig;
use crate::parts::popularity::Popularity;
use crate::parts::service::{self, Distribution};
use crate::parts::station::{self, OnFull};
use crate::parts::traffic::{self, LOAD, Load};
use crate::parts::upstream::Failover;

const LIMIT: &str = "Limits";
const CACHE: &str = "Cache";
const PROTECTION: &str = "Protection";
const GATEWAY: &str = "Gateway";
const SERVICES: &str = "Services";
const ROUTING: &str = "Routing and health";
const CALLERS: &str = "Clients";

const fn ms(
    group: &'static str,
    key: &'static str,
    label: &'static str,
    default: f64,
    help: &'static str,
) -> Knob {
    Knob::number(group, key, label, "ms", (0.0, default, 600_000.0), help)
}

const fn count(
    group: &'static str,
    key: &'static str,
    label: &'static str,
    range: (f64, f64, f64),
    help: &'static str,
) -> Knob {
    Knob::number(group, key, label, "", range, help).whole()
}

const fn share(
    group: &'static str,
    key: &'static str,
    label: &'static str,
    default: f64,
    help: &'static str,
) -> Knob {
    Knob::number(group, key, label, "%", (0.0, default, 100.0), help)
}

/// In the order of the page.
pub static KNOBS: &[Knob] = &[
    traffic::ARRIVAL_KNOB,
    traffic::rate_knob(
        40.0,
        "Calls a second, all clients together: half from web, 30 % from mobile, 20 % from the partner.",
    ),
    traffic::ramp_to_knob(80.0),
    traffic::RAMP_S_KNOB,
    traffic::BURST_FACTOR_KNOB,
    traffic::BURST_PERIOD_KNOB,
    traffic::USERS_KNOB,
    traffic::THINK_KNOB,
    Knob::number(
        LOAD,
        "greed",
        "Greedy partner",
        "",
        (0.0, 1.0, 1000.0),
        "The partner sends this many times its share of the rate.",
    ),
    share(
        LOAD,
        "bad-tokens",
        "Bad tokens",
        2.0,
        "Share of calls whose token is not valid: 401.",
    ),
    share(
        LOAD,
        "aggregated",
        "Aggregated calls",
        10.0,
        "Share of calls to /home, which the gateway composes of several services; the rest is spread evenly over the services.",
    ),
    count(
        LOAD,
        "fan-out",
        "Fan-out",
        (1.0, 3.0, LEGS_MOST as f64),
        "Calls to services that an aggregated call makes, one service after the other.",
    ),
    count(
        LOAD,
        "keys",
        "Items",
        (1.0, 30.0, 10_000.0),
        "How many different items of each service are asked for.",
    ),
    Knob::number(
        LOAD,
        "skew",
        "Popularity skew",
        "",
        (0.0, 1.1, 4.0),
        "Item i is asked for in proportion to 1 / i^skew; 0 makes all equal.",
    ),
    Knob::number(
        LIMIT,
        "rps",
        "Rate limit",
        "/s",
        (0.0, 30.0, 50_000.0),
        "Calls a second that each client may make, at each gateway: over it 429.",
    )
    .zero_means("off"),
    count(
        LIMIT,
        "burst",
        "Burst",
        (1.0, 12.0, 10_000.0),
        "Calls that a client may make at once after a rest: the size of its bucket.",
    ),
    Knob::choice(
        LIMIT,
        "limiter",
        "Limiter",
        &["token-bucket", "leaky-bucket"],
        "Let bursts pass at once, or let what fits the bucket wait until it has leaked through.",
    ),
    Knob::choice(
        LIMIT,
        "shed",
        "Shed by priority",
        &["off", "on"],
        "Under overload refuse the partner from a third of the gateway's queue on, mobile from two thirds, web only when full.",
    ),
    ms(
        CACHE,
        "ttl-ms",
        "Fresh for",
        2000.0,
        "How long the gateway answers with what it knows; orders are never kept.",
    )
    .zero_means("no cache"),
    Knob::choice(
        CACHE,
        "coalesce",
        "Coalesce misses",
        &["off", "on"],
        "Calls that miss what is being fetched already wait for it instead of asking again.",
    ),
    share(
        PROTECTION,
        "failure-%",
        "Breaker opens at",
        50.0,
        "Share of failed calls at which the circuit breaker of a service opens: 503 at once.",
    )
    .zero_means("off"),
    count(
        PROTECTION,
        "window",
        "Breaker window",
        (1.0, 20.0, 10_000.0),
        "The breaker judges the last so many calls.",
    ),
    count(
        PROTECTION,
        "minimum",
        "Judge from",
        (1.0, 10.0, 10_000.0),
        "The breaker does not judge fewer calls than this.",
    ),
    ms(
        PROTECTION,
        "open-ms",
        "Stays open",
        3000.0,
        "How long an open breaker refuses before it tries again.",
    ),
    count(
        PROTECTION,
        "probes",
        "Probes",
        (1.0, 3.0, 1000.0),
        "Calls that a half-open breaker lets through to try.",
    ),
    ms(
        PROTECTION,
        "slow-call-ms",
        "Slow call",
        0.0,
        "Calls that take longer count as slow; the breaker opens at the same share of them.",
    )
    .zero_means("never"),
    count(
        PROTECTION,
        "bulkhead",
        "Bulkhead",
        (0.0, 20.0, 10_000.0),
        "Calls that a gateway may have open at one service; over it 503.",
    )
    .zero_means("off"),
    Knob::number(
        PROTECTION,
        "throttle",
        "Adaptive throttle",
        "",
        (0.0, 0.0, 100.0),
        "K: calls that may go out for each one accepted, over ten seconds; over it the gateway refuses some itself.",
    )
    .zero_means("off"),
    ms(
        PROTECTION,
        "timeout-ms",
        "Service timeout",
        1000.0,
        "How long the gateway waits for a service: 504; the service works on.",
    )
    .zero_means("none"),
    ms(
        PROTECTION,
        "join-ms",
        "Join within",
        600.0,
        "An aggregated call is answered with what has come by then: 206.",
    )
    .zero_means("wait for all"),
    count(
        GATEWAY,
        "gateways",
        "Gateways",
        (1.0, 1.0, 2.0),
        "With two, clients use the other when one does not answer.",
    )
    .structural(),
    count(
        GATEWAY,
        "gateway-workers",
        "Workers",
        (1.0, 16.0, 256.0),
        "Calls that a gateway works on at once.",
    ),
    Knob::number(
        GATEWAY,
        "gateway-ms",
        "Work",
        "ms",
        (0.0, 10.0, 60_000.0),
        "Mean time a gateway's own work on a call takes, exponentially distributed.",
    ),
    Knob::choice(
        GATEWAY,
        "io",
        "While waiting",
        &["blocking", "async"],
        "A worker waits with its call for the service, or turns to the next call.",
    ),
    count(
        GATEWAY,
        "gateway-queue",
        "Queue limit",
        (0.0, 30.0, 10_000.0),
        "Calls that may wait for a worker; over it 503.",
    ),
    count(
        SERVICES,
        "replicas",
        "Replicas",
        (1.0, 2.0, 100.0),
        "Servers of each of the three services.",
    )
    .structural(),
    count(
        SERVICES,
        "workers",
        "Workers each",
        (1.0, 2.0, 64.0),
        "Calls that a replica works on at once.",
    ),
    Knob::number(
        SERVICES,
        "service-ms",
        "Service time",
        "ms",
        (0.001, 80.0, 600_000.0),
        "Mean time a worker needs for a call.",
    ),
    service::distribution_knob(SERVICES),
    count(
        SERVICES,
        "queue-cap",
        "Queue limit",
        (0.0, 30.0, 100_000.0),
        "Calls that may wait at a replica.",
    ),
    station::on_full_knob(SERVICES),
    Knob::choice(
        ROUTING,
        "lb",
        "Balancing",
        &["round-robin", "random", "least-connections", "two-choices"],
        "How a gateway chooses a replica.",
    )
    .chosen(2),
    ms(
        ROUTING,
        "health-ms",
        "Health checks every",
        1000.0,
        "Each gateway asks each replica whether it is up; two without an answer in a row take it out.",
    )
    .zero_means("off"),
    count(
        ROUTING,
        "eject-after",
        "Eject after",
        (0.0, 5.0, 1000.0),
        "Failures in a row after which a gateway takes a replica out.",
    )
    .zero_means("never"),
    ms(
        ROUTING,
        "eject-ms",
        "Ejected for",
        5000.0,
        "Time out, multiplied by how often it was ejected.",
    ),
    share(
        ROUTING,
        "eject-most",
        "Eject at most",
        50.0,
        "Share of a service's replicas that may be ejected; always one may.",
    ),
    ms(
        ROUTING,
        "sweep-ms",
        "Sweep every",
        1000.0,
        "How often ejected replicas are looked at again.",
    ),
    ms(
        CALLERS,
        "client-timeout-ms",
        "Client timeout",
        2500.0,
        "How long a client waits; then it tries the other gateway, if there is one, or gives up.",
    )
    .zero_means("none"),
    ms(
        CALLERS,
        "failover-ms",
        "Avoid a gateway for",
        5000.0,
        "How long a client leaves a gateway alone that did not answer.",
    ),
    network::latency_knob(45.0),
    network::JITTER_KNOB,
];

/// The knobs as the model reads them.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Of one client of three, before [`Parameters::shares`].
    pub load: Load,
    /// Times a third of the rate, by client.
    pub shares: [f64; 3],
    /// 0 to 1.
    pub bad_tokens: f64,
    /// 0 to 1.
    pub aggregated: f64,
    /// Legs of an aggregated call.
    pub fan_out: u16,
    /// Of the items of each service.
    pub popularity: Popularity,
    /// Calls a second of each client; none: no limit.
    pub rps: Option<f64>,
    /// Of each client.
    pub burst: u32,
    /// Instead of a token bucket.
    pub leaky: bool,
    /// By priority.
    pub shed: bool,
    /// None: no cache.
    pub ttl: Option<Duration>,
    /// Of misses.
    pub coalesce: bool,
    /// Of each service at each gateway.
    pub breaker: BreakerConfig,
    /// Calls open at a service; none: no limit.
    pub bulkhead: Option<u32>,
    /// K; none: off.
    pub throttle: Option<f64>,
    /// Of calls to services.
    pub timeout: Option<Duration>,
    /// Of aggregated calls.
    pub join: Option<Duration>,
    /// Of each gateway.
    pub gateway_workers: usize,
    /// Mean.
    pub gateway_work: Duration,
    /// Whether a worker keeps its call until the answer.
    pub blocking: bool,
    /// Of each gateway.
    pub gateway_queue: usize,
    /// Of each replica.
    pub workers: usize,
    /// Mean.
    pub service: Duration,
    /// About that mean.
    pub distribution: Distribution,
    /// Of each replica.
    pub queue_cap: usize,
    /// Of each replica.
    pub on_full: OnFull,
    /// How gateways choose.
    pub policy: Policy,
    /// Between checks; none: no checks.
    pub health: Option<Duration>,
    /// Of each service at each gateway.
    pub outlier: OutlierConfig,
    /// Between sweeps.
    pub sweep: Duration,
    /// Of clients; none: they wait forever.
    pub client_timeout: Option<Duration>,
    /// Of clients, between gateways.
    pub failover: Failover,
}

fn above_zero(value: f64) -> Option<f64> {
    (value > 0.0).then_some(value)
}

impl Parameters {
    /// Reads the knobs while traffic surges `surge` times. `before` spares
    /// making a table again that has not changed.
    pub fn new(settings: &Settings, surge: f64, before: Option<&Self>) -> Self {
        let number = |key| settings.number(key);
        let ms = |key| Duration::from_millis(number(key));
        let some_ms = |key| above_zero(number(key)).map(Duration::from_millis);
        let on = |key| settings.choice(key) == "on";
        Self {
            load: Load::new(settings, 3, surge),
            shares: [1.5, 0.9, 0.6 * number("greed")],
            bad_tokens: number("bad-tokens") / 100.0,
            aggregated: number("aggregated") / 100.0,
            fan_out: number("fan-out") as u16,
            popularity: popularity(number("keys") as u32, number("skew"), before),
            rps: above_zero(number("rps")),
            burst: number("burst") as u32,
            leaky: settings.choice("limiter") == "leaky-bucket",
            shed: on("shed"),
            ttl: some_ms("ttl-ms"),
            coalesce: on("coalesce"),
            breaker: breaker(settings),
            bulkhead: above_zero(number("bulkhead")).map(|most| most as u32),
            throttle: above_zero(number("throttle")),
            timeout: some_ms("timeout-ms"),
            join: some_ms("join-ms"),
            gateway_workers: number("gateway-workers") as usize,
            gateway_work: ms("gateway-ms"),
            blocking: settings.choice("io") == "blocking",
            gateway_queue: number("gateway-queue") as usize,
            workers: number("workers") as usize,
            service: ms("service-ms"),
            distribution: Distribution::named(settings.choice("service-dist")),
            queue_cap: number("queue-cap") as usize,
            on_full: OnFull::named(settings.choice("on-full")),
            policy: match settings.choice("lb") {
                "round-robin" => Policy::RoundRobin,
                "random" => Policy::Random,
                "two-choices" => Policy::TwoChoices,
                _ => Policy::LeastConnections,
            },
            health: some_ms("health-ms").map(|every| every.max(SHORTEST)),
            outlier: OutlierConfig {
                consecutive: number("eject-after") as u32,
                base: ms("eject-ms"),
                longest: ms("eject-ms").scaled(10.0),
                most: number("eject-most") / 100.0,
            },
            sweep: ms("sweep-ms").max(SHORTEST),
            client_timeout: some_ms("client-timeout-ms"),
            failover: Failover {
                max_fails: 1,
                timeout: ms("failover-ms"),
            },
        }
    }
}

/// Checks and sweeps are not more frequent than this.
const SHORTEST: Duration = Duration(10_000_000);

fn popularity(items: u32, skew: f64, before: Option<&Parameters>) -> Popularity {
    let same = |known: &&Popularity| known.is_of(items, skew);
    let known = before.map(|before| &before.popularity).filter(same);
    known
        .cloned()
        .unwrap_or_else(|| Popularity::new(items, skew))
}

fn breaker(settings: &Settings) -> BreakerConfig {
    let failure = above_zero(settings.number("failure-%")).map(|share| share / 100.0);
    BreakerConfig {
        failure_share: failure,
        window: settings.number("window") as u32,
        minimum: settings.number("minimum") as u32,
        open: Duration::from_millis(settings.number("open-ms")),
        probes: settings.number("probes") as u32,
        slow: above_zero(settings.number("slow-call-ms")).map(Duration::from_millis),
        slow_share: failure.unwrap_or(1.0),
    }
}
