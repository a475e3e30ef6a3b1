//! What closed forms predict for Event Sourcing: how long a command takes that
//! meets nobody, its load being a snapshot and half a tail.

use crate::kernel::Settings;
use crate::measure::{Measures, Prediction};
use crate::patterns::Theory;
use crate::scenario::Scenario;

/// Hops of a command: to the handler, the snapshots, the log twice, and back.
const HOPS: f64 = 8.0;

fn busy(settings: &Settings, takes_ms: f64) -> f64 {
    let handlers = settings.number("handlers") * settings.number("workers");
    settings.number("rate") / 1e3 * takes_ms / handlers
}

/// Closed forms that fit the settings, beside what was measured.
pub fn theory(scenario: &Scenario, measures: &Measures) -> Theory {
    let settings = &scenario.settings;
    let number = |key| settings.number(key);
    let every = number("snapshot-every");
    let travel = number("latency-ms") + number("latency-jitter-ms") / 2.0;
    // Any version is as likely as any other: (S - 1) / 2 events on average.
    let tail = (every - 1.0) / 2.0 * number("fold-ms");
    let work = number("service-ms") + number("snapshot-ms") + 2.0 * number("append-ms") + tail;
    let predicted = HOPS * travel + work;
    // A first load replays all there is; later ones go on from snapshots.
    let streams = every * number("accounts");
    let (old, written) = (number("old-events"), measures.succeeded() as f64);
    let store = 2.0 * number("rate") / 1e3 * number("append-ms");
    let reasons = [
        (
            !scenario.script.is_empty() || scenario.input.is_some(),
            "The run was changed or broken on the way, or has its own commands.",
        ),
        (
            every == 0.0,
            "Without snapshots loads grow with the log; there is no steady state.",
        ),
        (
            !matches!(settings.choice("arrival"), "steady" | "poisson"),
            "Closed forms need steady or Poisson arrivals.",
        ),
        (
            ["reads", "transfers", "withdrawals"]
                .iter()
                .any(|key| number(key) > 0.0),
            "Reads, transfers and refused withdrawals take other ways; set all three to 0.",
        ),
        (
            old > 0.0 && settings.choice("upcasting") == "off",
            "Commands that cannot be decided end early.",
        ),
        (
            old > 2.0 * streams || old + written < 5.0 * streams,
            "Most loads do not begin at a snapshot yet; let it run longer, or snapshot more often.",
        ),
        (
            busy(settings, predicted) > 0.1 || store > 0.05,
            "Commands wait for a worker or the log; send fewer.",
        ),
        (
            number("rate") / 1e3 * predicted > 0.02 * number("accounts") || number("hot") > 50.0,
            "Commands may meet at an account and conflict.",
        ),
    ];
    for (out_of_reach, why) in reasons {
        if out_of_reach {
            return Theory::OutOfReach(why);
        }
    }
    Theory::Predicted(vec![Prediction {
        name: "mean latency of a command",
        predicted,
        measured: measures.latency().mean().unwrap_or(0.0) / 1e6,
        unit: "ms",
        assumptions: "nobody waits, nobody conflicts; a load replays (S - 1) / 2 events, snapshots every S",
    }])
}
