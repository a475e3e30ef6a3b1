//! The knobs of API Gateway. What they come to in numbers is in `parameters`.

use super::call::LEGS_MOST;
use crate::kernel::{Knob, network};
use crate::parts::traffic::{self, LOAD};
use crate::parts::{service, station};

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
