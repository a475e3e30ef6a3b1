//! What queueing theory predicts for API Gateway, where it can.

use crate::kernel::Settings;
use crate::measure::{Measures, Prediction, theory};
use crate::patterns::Theory;
use crate::scenario::Scenario;

/// What must be off for a closed form to hold.
const OFF: [&str; 8] = [
    "bad-tokens",
    "rps",
    "ttl-ms",
    "failure-%",
    "bulkhead",
    "throttle",
    "timeout-ms",
    "client-timeout-ms",
];

/// Closed forms that fit the settings, beside what was measured.
pub fn theory(scenario: &Scenario, measures: &Measures) -> Theory {
    if let Some(reason) = out_of_reach(scenario) {
        return Theory::OutOfReach(reason);
    }
    match mean_latency(&scenario.settings) {
        None => Theory::OutOfReach("Gateway or services are too busy: no closed form holds."),
        Some((predicted, assumptions)) => Theory::Predicted(vec![Prediction {
            name: "mean latency",
            predicted,
            measured: measures.latency().mean().unwrap_or(0.0) / 1e6,
            unit: "ms",
            assumptions,
        }]),
    }
}

fn out_of_reach(scenario: &Scenario) -> Option<&'static str> {
    let settings = &scenario.settings;
    let (replicas, workers) = (settings.number("replicas"), settings.number("workers"));
    let balanced = match settings.choice("lb") {
        "random" => true,
        "two-choices" => replicas >= 20.0 && workers == 1.0,
        _ => replicas == 1.0,
    };
    let joined = match settings.number("aggregated") {
        0.0 => balanced,
        share => share == 100.0 && settings.number("join-ms") == 0.0,
    };
    let poisson = scenario.input.is_none() && settings.choice("arrival") == "poisson";
    let rules = [
        (
            scenario.script.is_empty(),
            "The run was changed or broken on the way.",
        ),
        (
            poisson && settings.choice("service-dist") == "exponential",
            "Needs Poisson arrivals and exponential service times.",
        ),
        (
            settings.choice("io") == "async",
            "Needs io=async: workers that wait with their calls have no closed form.",
        ),
        (
            OFF.iter().all(|key| settings.number(key) == 0.0),
            "Needs tokens, limits, cache, breaker, bulkhead, throttle and timeouts off.",
        ),
        (
            settings.number("gateways") == 1.0,
            "Needs one gateway: two do not know what the other sends.",
        ),
        (
            joined,
            "Needs all calls joined without a time limit; or none aggregated, and one replica, lb=random, or lb=two-choices with 20 replicas of one worker.",
        ),
    ];
    let broken = rules.iter().find(|(holds, _)| !holds);
    broken.map(|(_, reason)| *reason)
}

/// In milliseconds, and under which assumptions; none if something is too busy.
fn mean_latency(settings: &Settings) -> Option<(f64, &'static str)> {
    const RANDOM: &str = "two M/M/c queues in a row (Burke), spread at random, unbounded queues";
    const SUPERMARKET: &str =
        "supermarket model (Mitzenmacher): each call joins the shorter of two of many queues";
    const JOIN: &str = "the slowest of k independent exponential service times, nothing queues";
    let number = |key| settings.number(key);
    let lambda = number("rate") * (0.8 + 0.2 * number("greed")) / 1e3;
    // Four links, with half their jitter each.
    let travel = 4.0 * number("latency-ms") + 2.0 * number("latency-jitter-ms");
    let gateway = match number("gateway-ms") {
        0.0 => 0.0,
        work => theory::mmc(lambda, 1.0 / work, number("gateway-workers") as u32)?.sojourn_mean,
    };
    let (mean, replicas, workers) = (number("service-ms"), number("replicas"), number("workers"));
    let each = lambda / 3.0 / replicas;
    let (service, assumptions) = if number("aggregated") > 0.0 {
        let (legs, all) = (number("fan-out"), 3.0 * replicas * workers);
        if lambda * legs * mean > 0.1 * all || legs > 0.2 * all {
            return None;
        }
        (theory::max_exponential_mean(1.0 / mean, legs as u32)?, JOIN)
    } else if settings.choice("lb") == "two-choices" && replicas > 1.0 {
        (
            theory::supermarket_sojourn(each * mean, 2)? * mean,
            SUPERMARKET,
        )
    } else {
        (
            theory::mmc(each, 1.0 / mean, workers as u32)?.sojourn_mean,
            RANDOM,
        )
    };
    Some((travel + gateway + service, assumptions))
}
