//! What queueing theory predicts for Request-Response, where it can.

use crate::kernel::Settings;
use crate::measure::{Measures, Prediction, theory};
use crate::parts::service::Distribution;
use crate::patterns::Theory;
use crate::scenario::Scenario;

/// Closed forms that fit the settings, beside what was measured.
pub fn theory(scenario: &Scenario, measures: &Measures) -> Theory {
    let settings = &scenario.settings;
    if let Some(reason) = out_of_reach(scenario) {
        return Theory::OutOfReach(reason);
    }
    let latency_ms = measures.latency().mean().unwrap_or(0.0) / 1e6;
    let predicted = match settings.choice("arrival") {
        "closed" => closed(settings, latency_ms),
        _ => open(settings, measures, latency_ms),
    };
    predicted.map_or(
        Theory::OutOfReach("The servers are overloaded: no steady state exists."),
        Theory::Predicted,
    )
}

fn out_of_reach(scenario: &Scenario) -> Option<&'static str> {
    let settings = &scenario.settings;
    let closed = settings.choice("arrival") == "closed";
    let single = settings.number("servers") == 1.0;
    let random = settings.choice("lb") == "random";
    if !scenario.script.is_empty() {
        Some("The run was changed or broken on the way; closed forms describe an undisturbed one.")
    } else if scenario.input.is_some() {
        Some("The arrivals are your own data; closed forms need a Poisson process.")
    } else if !closed && settings.choice("arrival") != "poisson" {
        Some("Closed forms need Poisson arrivals or a closed loop of users.")
    } else if settings.number("timeout-ms") > 0.0
        || settings.number("hedge-ms") > 0.0
        || settings.number("pool") > 0.0
    {
        Some(
            "Timeouts, hedges and connection limits are on; closed forms need callers that just wait.",
        )
    } else if !(single || random && !closed) {
        Some(
            "Several servers without random balancing have no closed form; set one server, or lb=random.",
        )
    } else {
        None
    }
}

fn row(
    name: &'static str,
    predicted: f64,
    measured: f64,
    unit: &'static str,
    assumptions: &'static str,
) -> Prediction {
    Prediction {
        name,
        predicted,
        measured,
        unit,
        assumptions,
    }
}

/// Two links, with half their jitter each.
fn travel_ms(settings: &Settings) -> f64 {
    2.0 * settings.number("latency-ms") + settings.number("latency-jitter-ms")
}

fn closed(settings: &Settings, latency_ms: f64) -> Option<Vec<Prediction>> {
    const WHERE: &str = "machine repair model: exponential think and service times, link latency counted as thinking";
    if settings.choice("service-dist") != "exponential"
        || settings.number("queue-cap") < settings.number("users")
    {
        return None;
    }
    let travel = travel_ms(settings);
    let think = settings.number("think-ms") + travel;
    let workers = settings.number("workers") as u32;
    let form = theory::closed_loop(
        settings.number("users") as u32,
        think,
        settings.number("service-ms"),
        workers,
    )?;
    Some(vec![row(
        "mean latency",
        form.response_mean + travel,
        latency_ms,
        "ms",
        WHERE,
    )])
}

fn refused(loss: f64, measures: &Measures) -> Prediction {
    const MMCK: &str =
        "M/M/c/K: Poisson arrivals, exponential service, a bounded queue, callers do not retry";
    let measured = 1.0 - measures.succeeded() as f64 / measures.ended().max(1) as f64;
    row("refused", loss * 100.0, measured * 100.0, "%", MMCK)
}

fn open(settings: &Settings, measures: &Measures, latency_ms: f64) -> Option<Vec<Prediction>> {
    const MMC: &str = "M/M/c: Poisson arrivals, exponential service, c workers a server";
    const MG1: &str = "M/G/1 (Pollaczek and Khinchine): Poisson arrivals, one worker";
    let servers = settings.number("servers");
    let (lambda, mean) = (
        settings.number("rate") / servers / 1e3,
        settings.number("service-ms"),
    );
    let (workers, cap) = (
        settings.number("workers") as u32,
        settings.number("queue-cap"),
    );
    let travel = travel_ms(settings);
    let distribution = Distribution::named(settings.choice("service-dist"));
    let roomy = lambda * mean < 0.97 * f64::from(workers) && cap >= 1000.0;
    if distribution == Distribution::Exponential && !roomy {
        let bounded = settings.number("retries") == 0.0 && settings.choice("on-full") == "reject";
        let capacity = bounded.then(|| workers + cap as u32)?;
        return Some(vec![refused(
            theory::mmck(lambda, 1.0 / mean, workers, capacity)?.loss,
            measures,
        )]);
    }
    if distribution == Distribution::Exponential {
        let form = theory::mmc(lambda, 1.0 / mean, workers)?;
        let p99 = measures.latency().quantile(0.99).unwrap_or(0) as f64 / 1e6;
        return Some(vec![
            row(
                "mean latency",
                form.sojourn_mean + travel,
                latency_ms,
                "ms",
                MMC,
            ),
            row(
                "p99 latency",
                form.sojourn_quantile(0.99)? + travel,
                p99,
                "ms",
                MMC,
            ),
        ]);
    }
    if workers != 1 || !roomy {
        return None;
    }
    let form = theory::mg1(lambda, mean, distribution.scv())?;
    Some(vec![row(
        "mean latency",
        form.sojourn_mean + travel,
        latency_ms,
        "ms",
        MG1,
    )])
}
