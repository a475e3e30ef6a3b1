//! What closed forms predict for Batching, where they can.

use super::knobs::Parameters;
use crate::kernel::NodeId;
use crate::measure::{Measures, Prediction, theory};
use crate::parts::service::Distribution;
use crate::patterns::Theory;
use crate::scenario::Scenario;

/// Closed forms that fit the settings, beside what was measured.
pub fn theory(scenario: &Scenario, measures: &Measures) -> Theory {
    let settings = &scenario.settings;
    let knobs = Parameters::new(settings, 1, 1.0);
    if let Some(reason) = out_of_reach(scenario, &knobs) {
        return Theory::OutOfReach(reason);
    }
    // It comes after the producers and the accumulator.
    let processor = NodeId(settings.number("producers") as u16 + 1);
    let batches = measures.node(processor, measures.warm_up()).served;
    let measured = [
        measures.succeeded() as f64 / batches.max(1) as f64,
        measures.latency().mean().unwrap_or(0.0) / 1e6,
    ];
    let rate = settings.number("rate") / 1e3;
    let hop = settings.number("latency-ms") + settings.number("latency-jitter-ms") / 2.0;
    if knobs.linger.0 == 0 {
        bulk(&knobs, rate, hop, measured)
    } else {
        size_or_time(&knobs, rate, hop, measured)
    }
}

fn out_of_reach(scenario: &Scenario, knobs: &Parameters) -> Option<&'static str> {
    let widest = 1.5 * knobs.size * knobs.max_items as f64;
    if !scenario.script.is_empty() {
        Some("The run was changed or broken on the way; closed forms describe an undisturbed one.")
    } else if scenario.input.is_some() || scenario.settings.choice("arrival") != "poisson" {
        Some("Closed forms need Poisson arrivals.")
    } else if (knobs.max_bytes as f64) < widest {
        Some("Bytes may close a batch; closed forms know count and age: set max-bytes=0.")
    } else if knobs.keys > 1 || knobs.adaptive || knobs.bad > 0.0 {
        Some("Closed forms need one key, a fixed size and good items.")
    } else {
        None
    }
}

fn rows(
    predicted: [f64; 2],
    measured: [f64; 2],
    assumptions: &'static str,
    latency: bool,
) -> Theory {
    let names = [("mean batch", "items"), ("mean latency", "ms")];
    let mut rows = Vec::new();
    for (index, (name, unit)) in names.into_iter().enumerate() {
        if index == 0 || latency {
            rows.push(Prediction {
                name,
                predicted: predicted[index],
                measured: measured[index],
                unit,
                assumptions,
            });
        }
    }
    Theory::Predicted(rows)
}

/// One slot: a batch is what came while the last one was on its way.
fn bulk(knobs: &Parameters, rate: f64, hop: f64, measured: [f64; 2]) -> Theory {
    const WHERE: &str =
        "M/M[1,b]/1 (Bailey): one batch in flight, exponential service, no travel, no linger";
    let exponential = knobs.distribution == Distribution::Exponential;
    let far = hop > 0.0 || knobs.store.0 > 0 || knobs.per_item.0 > 0;
    if knobs.in_flight > 1 || far || !exponential {
        return Theory::OutOfReach(
            "Without linger: one batch in flight, exponential overhead only, no latency, no write time.",
        );
    }
    let mu = 1.0 / knobs.overhead.as_millis();
    theory::bulk_server(rate, mu, knobs.max_items as u32).map_or(
        Theory::OutOfReach("The processor is overloaded: no steady state exists."),
        |form| rows([form.size_mean, form.sojourn_mean], measured, WHERE, true),
    )
}

/// Slots in plenty: count and age alone close batches.
fn size_or_time(knobs: &Parameters, rate: f64, hop: f64, measured: [f64; 2]) -> Theory {
    const WHERE: &str = "Poisson arrivals; a batch is closed by count or age and finds a slot";
    let form = theory::size_or_time(rate, knobs.max_items as u32, knobs.linger.as_millis());
    let Some(form) = form else {
        return Theory::OutOfReach("Nothing arrives.");
    };
    let (overhead, per_item) = (knobs.overhead.as_millis(), knobs.per_item.as_millis());
    let store = knobs.store.as_millis();
    let (batches, mean) = (rate / form.size_mean, overhead + form.size_mean * per_item);
    let busy = batches * mean / knobs.workers as f64;
    let away = batches * (mean + 4.0 * hop + store) / f64::from(knobs.in_flight);
    let load = busy.max(away);
    if load > 0.7 {
        return Theory::OutOfReach("Batches wait for a slot or a worker, and fill on meanwhile.");
    }
    let work = overhead + form.company * per_item;
    let latency = form.wait_mean + 3.0 * hop + work + store;
    rows([form.size_mean, latency], measured, WHERE, load < 0.15)
}
