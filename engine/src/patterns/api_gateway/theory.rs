//! What queueing theory predicts for API Gateway, where it can.

use crate::kernel::Settings;
use crate::measure::{Measures, Prediction, theory};
use crate::patterns::Theory;
use crate::scenario::Scenario;

/// Closed forms that fit the settings, beside what was measured.
pub fn theory(scenario: &Scenario, measures: &Measures) -> Theory {
    let settings = &scenario.settings;
    if let Some(reason) = out_of_reach(scenario) {
        return Theory::OutOfReach(reason);
    }
    let predicted = match settings.number("aggregated") {
        0.0 => single(settings, measures),
        _ => fanned_out(settings, measures),
    };
    predicted.map_or(
        Theory::OutOfReach("Gateway or services are overloaded: no steady state exists."),
        Theory::Predicted,
    )
}

fn out_of_reach(scenario: &Scenario) -> Option<&'static str> {
    let settings = &scenario.settings;
    let zero = |keys: &[&str]| keys.iter().all(|key| settings.number(key) == 0.0);
    let aggregated = settings.number("aggregated");
    let balanced = match settings.choice("lb") {
        "random" => true,
        "two-choices" => settings.number("replicas") >= 20.0 && settings.number("workers") == 1.0,
        _ => settings.number("replicas") == 1.0,
    };
    if !scenario.script.is_empty() {
        Some("The run was changed or broken on the way; closed forms describe an undisturbed one.")
    } else if scenario.input.is_some() || settings.choice("arrival") != "poisson" {
        Some("Closed forms need Poisson arrivals.")
    } else if settings.choice("service-dist") != "exponential" {
        Some("Closed forms need exponential service times here.")
    } else if settings.choice("io") != "async" {
        Some(
            "The gateway's workers wait with their calls (io=blocking); closed forms need io=async.",
        )
    } else if !zero(&[
        "bad-tokens",
        "rps",
        "ttl-ms",
        "failure-%",
        "bulkhead",
        "throttle",
        "timeout-ms",
        "client-timeout-ms",
    ]) {
        Some(
            "Tokens, limits, cache, breaker, bulkhead, throttle or timeouts are on; closed forms need them off.",
        )
    } else if settings.number("gateways") > 1.0 {
        Some("With two gateways neither knows what the other sends; closed forms need one.")
    } else if aggregated == 0.0 && !balanced {
        Some(
            "Needs one replica each, lb=random, or lb=two-choices with 20 or more replicas of one worker.",
        )
    } else if aggregated != 0.0 && (aggregated != 100.0 || settings.number("join-ms") != 0.0) {
        Some("Needs all calls aggregated and joined without a time limit, or none aggregated.")
    } else {
        None
    }
}

/// Four links, with half their jitter each.
fn travel_ms(settings: &Settings) -> f64 {
    4.0 * settings.number("latency-ms") + 2.0 * settings.number("latency-jitter-ms")
}

/// The gateway's own part; none if it is overloaded.
fn gateway_ms(settings: &Settings, lambda: f64) -> Option<f64> {
    match settings.number("gateway-ms") {
        0.0 => Some(0.0),
        work => {
            let workers = settings.number("gateway-workers") as u32;
            Some(theory::mmc(lambda, 1.0 / work, workers)?.sojourn_mean)
        }
    }
}

fn calls_per_ms(settings: &Settings) -> f64 {
    let shares = 0.5 + 0.3 + 0.2 * settings.number("greed");
    settings.number("rate") * shares / 1e3
}

fn mean_latency(predicted: f64, measures: &Measures, assumptions: &'static str) -> Prediction {
    Prediction {
        name: "mean latency",
        predicted,
        measured: measures.latency().mean().unwrap_or(0.0) / 1e6,
        unit: "ms",
        assumptions,
    }
}

fn single(settings: &Settings, measures: &Measures) -> Option<Vec<Prediction>> {
    const RANDOM: &str = "two M/M/c queues in a row (Burke): Poisson arrivals, exponential work, spread at random, unbounded queues";
    const SUPERMARKET: &str = "supermarket model (Mitzenmacher), the limit of many replicas: each call joins the shorter of two queues";
    let lambda = calls_per_ms(settings);
    let (replicas, mean) = (settings.number("replicas"), settings.number("service-ms"));
    let each = lambda / 3.0 / replicas;
    let two = settings.choice("lb") == "two-choices" && replicas > 1.0;
    let (service, assumptions) = if two {
        (
            theory::supermarket_sojourn(each * mean, 2)? * mean,
            SUPERMARKET,
        )
    } else {
        let workers = settings.number("workers") as u32;
        (theory::mmc(each, 1.0 / mean, workers)?.sojourn_mean, RANDOM)
    };
    let predicted = travel_ms(settings) + gateway_ms(settings, lambda)? + service;
    Some(vec![mean_latency(predicted, measures, assumptions)])
}

/// Legs that need not wait for a worker are independent.
fn fanned_out(settings: &Settings, measures: &Measures) -> Option<Vec<Prediction>> {
    const JOIN: &str = "the slowest of k independent exponential service times; replicas so idle that nothing queues";
    let (lambda, legs) = (calls_per_ms(settings), settings.number("fan-out"));
    let mean = settings.number("service-ms");
    let workers = 3.0 * settings.number("replicas") * settings.number("workers");
    if lambda * legs * mean > 0.1 * workers || legs > 0.2 * workers {
        return None;
    }
    let slowest = theory::max_exponential_mean(1.0 / mean, legs as u32)?;
    let predicted = travel_ms(settings) + gateway_ms(settings, lambda)? + slowest;
    Some(vec![mean_latency(predicted, measures, JOIN)])
}
