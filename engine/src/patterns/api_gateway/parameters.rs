//! The knobs of API Gateway as the model reads them.

use crate::kernel::{Duration, Settings};
use crate::parts::balancer::Policy;
use crate::parts::breaker::BreakerConfig;
use crate::parts::outlier::OutlierConfig;
use crate::parts::popularity::Popularity;
use crate::parts::service::Distribution;
use crate::parts::station::OnFull;
use crate::parts::traffic::Load;
use crate::parts::upstream::Failover;

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
