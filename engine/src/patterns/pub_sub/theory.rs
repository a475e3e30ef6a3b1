//! What queueing theory predicts for Pub-Sub, where it can: one partition, one
//! subscription, one consumer, nobody waits for acks. That is one queue.

use super::content::subscriptions;
use crate::measure::{Measures, Prediction, theory};
use crate::parts::service::Distribution;
use crate::patterns::Theory;
use crate::scenario::Scenario;

const MG1: &str =
    "M/G/1 (Pollaczek and Khinchine): Poisson arrivals, one consumer, one worker, no acks";

/// The closed form beside what was measured.
pub fn theory(scenario: &Scenario, measures: &Measures) -> Theory {
    let settings = &scenario.settings;
    let number = |key: &str| settings.number(key);
    let reason = if !scenario.script.is_empty() {
        "The run was changed or broken on the way; closed forms describe an undisturbed one."
    } else if scenario.input.is_some() || settings.choice("arrival") != "poisson" {
        "Closed forms need Poisson arrivals."
    } else if settings.choice("delivery") != "at-most-once" || settings.choice("mode") != "push" {
        "Acks, prefetch and pulling couple broker and consumer; set at-most-once and push."
    } else if number("consumers") * number("workers") != 1.0
        || !matches!(subscriptions(settings)[..], [(_, "#")])
    {
        "It needs one subscription to #, with one consumer and one worker."
    } else if number("append-ms") > 0.0 || number("queue-cap") < 1000.0 {
        "It needs an append time of 0 and a buffer of at least 1000."
    } else {
        ""
    };
    if !reason.is_empty() {
        return Theory::OutOfReach(reason);
    }
    let scv = Distribution::named(settings.choice("service-dist")).scv();
    match theory::mg1(number("rate") / 1e3, number("service-ms"), scv) {
        Some(form) => Theory::Predicted(vec![Prediction {
            name: "mean latency",
            predicted: form.sojourn_mean + 2.0 * number("latency-ms") + number("latency-jitter-ms"),
            measured: measures.latency().mean().unwrap_or(0.0) / 1e6,
            unit: "ms",
            assumptions: MG1,
        }]),
        None => Theory::OutOfReach("The consumer is overloaded: no steady state exists."),
    }
}
