//! The knobs of API Gateway, and their values as the model reads them.

use crate::kernel::{Duration, Knob, Settings, Value, network};
use crate::parts::balancer::Policy;
use crate::parts::breaker::BreakerConfig;
use crate::parts::outlier::OutlierConfig;
use crate::parts::popularity::Popularity;
use crate::parts::service::{self, Distribution};
use crate::parts::station::{self, OnFull};
use crate::parts::traffic::{self, LOAD, Load};
use crate::parts::upstream::Failover;

const CALLS: &str = "Calls";
const LIMIT: &str = "Limits";
const CACHE: &str = "Cache";
const PROTECTION: &str = "Protection";
const GATEWAY: &str = "Gateway";
const SERVICES: &str = "Services";
const ROUTING: &str = "Routing and health";
const CALLERS: &str = "Clients";

type Text = &'static str;

const fn number(
    group: Text,
    names: (Text, Text, Text),
    range: (f64, f64, f64),
    help: Text,
) -> Knob {
    Knob::number(group, names.0, names.1, names.2, range, help)
}

const fn count(group: Text, names: (Text, Text), range: (f64, f64, f64), help: Text) -> Knob {
    Knob::number(group, names.0, names.1, "", range, help).whole()
}

const fn ms(group: Text, names: (Text, Text), default: f64, help: Text) -> Knob {
    Knob::number(
        group,
        names.0,
        names.1,
        "ms",
        (0.0, default, 600_000.0),
        help,
    )
}

const fn share(group: Text, names: (Text, Text), default: f64, help: Text) -> Knob {
    Knob::number(group, names.0, names.1, "%", (0.0, default, 100.0), help)
}

const OFF_ON: &[&str] = &["off", "on"];
const LIMITERS: &[&str] = &["token-bucket", "leaky-bucket"];
const POLICIES: &[&str] = &["round-robin", "random", "least-connections", "two-choices"];

/// The table, and a name for the place of each knob in it.
macro_rules! knobs {
    ($($name:ident = $knob:expr;)*) => {
        /// A knob, by its place in [`KNOBS`].
        #[derive(Clone, Copy, Debug)]
        #[expect(dead_code, reason = "some knobs are read by the parts that own them")]
        pub enum Key { $($name),* }

        /// In the order of the page.
        pub static KNOBS: &[Knob] = &[$($knob),*];
    };
}

knobs! {
    Arrival = traffic::ARRIVAL_KNOB;
    Rate = traffic::rate_knob(40.0, "Calls of all clients: web half, mobile 30 %, partner 20 %.");
    RampTo = traffic::ramp_to_knob(80.0);
    RampOver = traffic::RAMP_S_KNOB;
    BurstFactor = traffic::BURST_FACTOR_KNOB;
    BurstPeriod = traffic::BURST_PERIOD_KNOB;
    Users = traffic::USERS_KNOB;
    Think = traffic::THINK_KNOB;
    Greed = number(LOAD, ("greed", "Greedy partner", ""), (0.0, 1.0, 1000.0), "The partner sends so many times its share.");
    BadTokens = share(CALLS, ("bad-tokens", "Bad tokens"), 2.0, "Share of calls whose token is not valid: 401.");
    Aggregated = share(CALLS, ("aggregated", "Aggregated calls"), 10.0, "Share of calls to /home, composed of several services.");
    FanOut = count(CALLS, ("fan-out", "Fan-out"), (1.0, 3.0, 100.0), "Service calls of one aggregated call.");
    Items = count(CALLS, ("keys", "Items"), (1.0, 30.0, 10_000.0), "Different items of each service.");
    Skew = number(CALLS, ("skew", "Popularity skew", ""), (0.0, 1.1, 4.0), "Item i is asked for in proportion to 1 / i^skew.");
    Rps = number(LIMIT, ("rps", "Rate limit", "/s"), (0.0, 30.0, 50_000.0), "Calls of each client at each gateway; over it 429.").zero_means("off");
    Burst = count(LIMIT, ("burst", "Burst"), (1.0, 12.0, 10_000.0), "The size of each client's bucket.");
    Limiter = Knob::choice(LIMIT, "limiter", "Limiter", LIMITERS, "Bursts pass at once, or wait until they leaked through.");
    Shed = Knob::choice(LIMIT, "shed", "Shed by priority", OFF_ON, "A filling queue takes web and mobile only, then web only.");
    Ttl = ms(CACHE, ("ttl-ms", "Fresh for"), 2000.0, "How long answers are kept; orders never are.").zero_means("no cache");
    Coalesce = Knob::choice(CACHE, "coalesce", "Coalesce misses", OFF_ON, "Wait for what is being fetched already.");
    FailureShare = share(PROTECTION, ("failure-%", "Breaker opens at"), 50.0, "Share of failed calls; an open breaker answers 503.").zero_means("off");
    Window = count(PROTECTION, ("window", "Breaker window"), (1.0, 20.0, 10_000.0), "It judges the last so many calls.");
    Minimum = count(PROTECTION, ("minimum", "Judge from"), (1.0, 10.0, 10_000.0), "It does not judge fewer calls.");
    Open = ms(PROTECTION, ("open-ms", "Stays open"), 3000.0, "Before it lets some calls try again.");
    Probes = count(PROTECTION, ("probes", "Probes"), (1.0, 3.0, 1000.0), "Calls that it lets through to try when half-open.");
    SlowCall = ms(PROTECTION, ("slow-call-ms", "Slow call"), 0.0, "Slower calls also open it, at the same share.").zero_means("never");
    Bulkhead = count(PROTECTION, ("bulkhead", "Bulkhead"), (0.0, 20.0, 10_000.0), "Calls open at one service; over it 503.").zero_means("off");
    Throttle = number(PROTECTION, ("throttle", "Adaptive throttle", ""), (0.0, 0.0, 100.0), "K: calls that may go out for each one accepted, over 10 s.").zero_means("off");
    Timeout = ms(PROTECTION, ("timeout-ms", "Service timeout"), 1000.0, "Then 504, while the service works on.").zero_means("none");
    Join = ms(PROTECTION, ("join-ms", "Join within"), 600.0, "Then a composed answer is sent with what has come: 206.").zero_means("wait for all");
    Gateways = count(GATEWAY, ("gateways", "Gateways"), (1.0, 1.0, 2.0), "With two, clients try the other if one is silent.").structural();
    GatewayWorkers = count(GATEWAY, ("gateway-workers", "Workers"), (1.0, 16.0, 256.0), "Calls that it works on at once.");
    GatewayWork = number(GATEWAY, ("gateway-ms", "Work", "ms"), (0.0, 10.0, 60_000.0), "Mean of its own work on a call, exponential.");
    Io = Knob::choice(GATEWAY, "io", "While waiting", &["blocking", "async"], "A worker keeps its call until the answer, or takes others.");
    GatewayQueue = count(GATEWAY, ("gateway-queue", "Queue limit"), (0.0, 30.0, 10_000.0), "Calls that may wait for a worker; over it 503.");
    Replicas = count(SERVICES, ("replicas", "Replicas"), (1.0, 2.0, 100.0), "Servers of each service.").structural();
    Workers = count(SERVICES, ("workers", "Workers each"), (1.0, 2.0, 64.0), "Calls that a replica works on at once.");
    Service = number(SERVICES, ("service-ms", "Service time", "ms"), (0.001, 80.0, 600_000.0), "Mean work on a call.");
    ServiceDist = service::distribution_knob(SERVICES);
    QueueCap = count(SERVICES, ("queue-cap", "Queue limit"), (0.0, 30.0, 100_000.0), "Calls that may wait at a replica.");
    Full = station::on_full_knob(SERVICES);
    Balancing = Knob::choice(ROUTING, "lb", "Balancing", POLICIES, "How a gateway chooses a replica.").chosen(2);
    Health = ms(ROUTING, ("health-ms", "Health checks every"), 1000.0, "Two without an answer take a replica out.").zero_means("off");
    EjectAfter = count(ROUTING, ("eject-after", "Eject after"), (0.0, 5.0, 1000.0), "Failures in a row that take a replica out.").zero_means("never");
    EjectFor = ms(ROUTING, ("eject-ms", "Ejected for"), 5000.0, "Times how often it was ejected.");
    EjectMost = share(ROUTING, ("eject-most", "Eject at most"), 50.0, "Of a service's replicas; always one may be.");
    Sweep = ms(ROUTING, ("sweep-ms", "Sweep every"), 1000.0, "How often ejected replicas are looked at again.");
    ClientTimeout = ms(CALLERS, ("client-timeout-ms", "Client timeout"), 2500.0, "Then it tries the other gateway or gives up.").zero_means("none");
    Avoid = ms(CALLERS, ("failover-ms", "Avoid a gateway for"), 5000.0, "After it did not answer.");
    Latency = network::latency_knob(45.0);
    Jitter = network::JITTER_KNOB;
}

/// How many there are.
const COUNT: usize = Key::Jitter as usize + 1;

/// Checks and sweeps are not more frequent than this.
const SHORTEST: Duration = Duration(10_000_000);

/// The knobs as the model reads them.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Numbers, and indices of choices.
    values: [f64; COUNT],
    /// Of one client of three, before its share.
    pub load: Load,
    /// Of the items of each service.
    pub popularity: Popularity,
    /// Of service times.
    pub distribution: Distribution,
    /// Of each replica.
    pub on_full: OnFull,
    /// Of each service at each gateway.
    pub breaker: BreakerConfig,
    /// Of each service at each gateway.
    pub outlier: OutlierConfig,
    /// Of clients, between gateways.
    pub failover: Failover,
}

impl Parameters {
    /// Reads the knobs while traffic surges `surge` times.
    pub fn new(settings: &Settings, surge: f64) -> Self {
        let mut values = [0.0; COUNT];
        for (index, slot) in values.iter_mut().enumerate() {
            *slot = match settings.value(index) {
                Value::Number(number) => *number,
                Value::Choice(chosen) => f64::from(*chosen),
                Value::Text(_) => 0.0,
            };
        }
        let value = |key: Key| values[key as usize];
        let ms = |key| Duration::from_millis(value(key));
        let failure = value(Key::FailureShare) / 100.0;
        let breaker = BreakerConfig {
            failure_share: (failure > 0.0).then_some(failure),
            window: value(Key::Window) as u32,
            minimum: value(Key::Minimum) as u32,
            open: ms(Key::Open),
            probes: value(Key::Probes) as u32,
            slow: (value(Key::SlowCall) > 0.0).then(|| ms(Key::SlowCall)),
            slow_share: failure,
        };
        let outlier = OutlierConfig {
            consecutive: value(Key::EjectAfter) as u32,
            base: ms(Key::EjectFor),
            longest: ms(Key::EjectFor).scaled(10.0),
            most: value(Key::EjectMost) / 100.0,
        };
        Self {
            values,
            load: Load::new(settings, 3, surge),
            popularity: Popularity::new(value(Key::Items) as u32, value(Key::Skew)),
            distribution: Distribution::named(settings.choice("service-dist")),
            on_full: OnFull::named(settings.choice("on-full")),
            breaker,
            outlier,
            failover: Failover {
                max_fails: 1,
                timeout: ms(Key::Avoid),
            },
        }
    }

    /// A number as it is set.
    pub fn number(&self, key: Key) -> f64 {
        self.values[key as usize]
    }

    /// A number of things.
    pub fn count(&self, key: Key) -> usize {
        self.number(key) as usize
    }

    /// A percentage, from 0 to 1.
    pub fn share(&self, key: Key) -> f64 {
        self.number(key) / 100.0
    }

    /// Whether the second of two choices is made.
    pub fn is_on(&self, key: Key) -> bool {
        self.number(key) > 0.0
    }

    /// A time; none if it is zero.
    pub fn time(&self, key: Key) -> Option<Duration> {
        self.is_on(key)
            .then(|| Duration::from_millis(self.number(key)))
    }

    /// Times a third of the rate, by client.
    pub fn load_share(&self, client: usize) -> f64 {
        [1.5, 0.9, 0.6 * self.number(Key::Greed)][client]
    }

    /// How gateways choose.
    pub fn policy(&self) -> Policy {
        match self.count(Key::Balancing) {
            0 => Policy::RoundRobin,
            1 => Policy::Random,
            2 => Policy::LeastConnections,
            _ => Policy::TwoChoices,
        }
    }

    /// Between two checks of a replica, if there are any, and between sweeps.
    pub fn rounds(&self) -> (Option<Duration>, Duration) {
        let sweep = self.time(Key::Sweep).unwrap_or(SHORTEST);
        let health = self.time(Key::Health);
        (health.map(|every| every.max(SHORTEST)), sweep.max(SHORTEST))
    }
}
