//! What closed forms predict for ETL, where they can.

use super::knobs::{BUFFER, Parameters, WORKERS};
use crate::kernel::NodeId;
use crate::measure::{Measures, Prediction};
use crate::parts::service::Distribution;
use crate::patterns::Theory;
use crate::scenario::Scenario;

/// Closed forms that fit the settings, beside what was measured.
pub fn theory(scenario: &Scenario, measures: &Measures) -> Theory {
    let settings = &scenario.settings;
    let sources = settings.number("sources");
    let knobs = Parameters::new(settings, 1, 1.0);
    let travels = settings.number("latency-ms") + settings.number("latency-jitter-ms");
    // The first stage comes after the sources and staging.
    let (node, now) = (NodeId(sources as u16 + 1), measures.latest());
    let (room, mean) = (knobs.number(BUFFER), knobs.service(0).as_secs());
    let fits = knobs.distribution == Distribution::Exponential
        && knobs.service(0) == knobs.service(1)
        && knobs.number(WORKERS) == 1.0
        && travels == 0.0
        && scenario.script.is_empty();
    if !fits || measures.node(node, now).busy_mean < 0.99 {
        return Theory::OutOfReach(
            "Known for equal exponential stages of one worker that always have work, without latency or acts.",
        );
    }
    let seconds = now.since(measures.warm_up()).as_secs();
    let served = measures.node(NodeId(node.0 + 1), now).served;
    Theory::Predicted(vec![Prediction {
        name: "throughput",
        predicted: (room + 2.0) / (room + 3.0) / mean,
        measured: served as f64 / seconds,
        unit: "/s",
        assumptions: "two exponential stages that always have work, B places between them: (B+2)/(B+3)",
    }])
}
