//! What closed forms predict for Stream Processing, where they can.

use super::knobs::Parameters;
use crate::measure::{Measures, Prediction};
use crate::patterns::Theory;
use crate::scenario::Scenario;

const WHERE: &str = "D/1 operators with Poisson arrivals, keys evenly dealt (Pollaczek-Khinchine)";

/// Closed forms that fit the settings, beside what was measured: from the log
/// of a source into the windows.
pub fn theory(scenario: &Scenario, measures: &Measures) -> Theory {
    let settings = &scenario.settings;
    let number = |key| settings.number(key);
    let it = Parameters::new(settings, 1, 1.0);
    let operators = number("parallelism");
    let service = number("service-ms");
    let load = number("rate") / 1e3 * service / operators;
    let reasons = [
        (
            scenario.input.is_some() || !scenario.script.is_empty(),
            "The run was changed or broken on the way, or has input of its own.",
        ),
        (
            settings.choice("arrival") != "poisson",
            "Closed forms need Poisson arrivals.",
        ),
        (
            it.hot > 0.0 || !(number("keys") as u32).is_multiple_of(operators as u32),
            "Keys are not evenly dealt among the operators.",
        ),
        (
            it.aligned && number("checkpoint-ms") > 0.0 && number("sources") > 1.0,
            "Barriers that are aligned hold elements back: take one source, or checkpoint-ms=0.",
        ),
        (
            load > 0.8 || number("buffer") < 50.0 && load > 0.5,
            "Operators are so busy that channels fill and sources wait.",
        ),
    ];
    if let Some((_, reason)) = reasons.into_iter().find(|(applies, _)| *applies) {
        return Theory::OutOfReach(reason);
    }
    let scv = it.distribution.scv();
    let wait = load / (1.0 - load) * (1.0 + scv) / 2.0 * service;
    let travel = number("latency-ms") + number("latency-jitter-ms") / 2.0;
    Theory::Predicted(vec![Prediction {
        name: "mean latency into the windows",
        predicted: travel + wait + service,
        measured: measures.latency().mean().unwrap_or(0.0) / 1e6,
        unit: "ms",
        assumptions: WHERE,
    }])
}
