//! What closed forms predict for Orchestration, where they can: how many
//! orders are completed, and how long one takes that never waits.

use super::knobs::Parameters;
use super::model::workflow_of;
use crate::measure::{Measures, Prediction};
use crate::parts::service::Distribution;
use crate::parts::workflow::{
    Effect, FAILS_PERCENT, Kind, SERVICES, Step, TIMEOUT_MS, WORK_MS, Workflow,
};
use crate::patterns::Theory;
use crate::scenario::Scenario;

/// Of exponential works, one in 160 000 takes so many times the mean.
const LONG: f64 = 12.0;

/// What a workflow comes to under the knobs.
struct Forecast {
    /// Share of orders.
    completed: f64,
    /// Load of the busiest service, 1 being all it can do.
    busy: f64,
    /// Some attempts may time out.
    hurried: bool,
}

fn forecast(knobs: &Parameters, workflow: &Workflow, rate: f64, travel: f64) -> Forecast {
    let mut load = [0.0f64; SERVICES.len()];
    let mut forecast = Forecast {
        completed: 1.0,
        busy: 0.0,
        hurried: false,
    };
    for step in &workflow.steps {
        if step.kind != Kind::Task {
            continue;
        }
        let work = step.number(WORK_MS, knobs.service_ms);
        let load = &mut load[step.service];
        *load += rate / 1e3 * work / knobs.workers as f64;
        forecast.busy = forecast.busy.max(*load);
        let timeout = step.number(TIMEOUT_MS, knobs.timeout_ms);
        forecast.hurried |= timeout > 0.0 && timeout < LONG * work + 2.0 * travel;
        let usual = match step.effect {
            Effect::Charge => knobs.decline_percent,
            _ => 0.0,
        };
        forecast.completed *= 1.0 - step.number(FAILS_PERCENT, usual).min(100.0) / 100.0;
        let most = knobs.most_attempts(step, false);
        if most > 0.0 {
            forecast.completed *= 1.0 - libm::pow(knobs.error, most);
        }
    }
    forecast
}

/// Closed forms that fit the settings, beside what was measured.
pub fn theory(scenario: &Scenario, measures: &Measures) -> Theory {
    let settings = &scenario.settings;
    let knobs = Parameters::new(settings, 1, 1.0);
    let workflow = workflow_of(scenario);
    let (rate, central) = (
        settings.number("rate"),
        settings.choice("style") == "orchestration",
    );
    let travel = 2.0 * settings.number("latency-ms") + settings.number("latency-jitter-ms");
    let Forecast {
        completed,
        busy,
        hurried,
    } = forecast(&knobs, &workflow, rate, travel);
    let asks = knobs.approve_over.is_finite();
    // An order takes two items on average.
    let sold = 2.0 * rate * knobs.restock.as_secs();
    let reasons = [
        (
            !scenario.script.is_empty(),
            "The run was changed or broken on the way; closed forms describe an undisturbed one.",
        ),
        (
            !matches!(settings.choice("arrival"), "steady" | "poisson"),
            "Closed forms need steady or Poisson arrivals.",
        ),
        (
            busy > 0.6 || central && hurried,
            "Attempts may time out; set timeout-ms=0 and keep services less than 60 % busy.",
        ),
        (
            asks && (knobs.approver.0 == 0
                || knobs.approval_timeout.0 != 0
                    && knobs.approval_timeout.0 < 10 * knobs.approver.0),
            "Approvals may expire.",
        ),
        (
            sold == 0.0 || (knobs.stock as f64) < 1.5 * sold,
            "Stock may run out.",
        ),
    ];
    for (out_of_reach, why) in reasons {
        if out_of_reach {
            return Theory::OutOfReach(why);
        }
    }
    let mut rows = vec![Prediction {
        name: "orders completed",
        predicted: completed * 100.0,
        measured: measures.succeeded() as f64 / measures.ended().max(1) as f64 * 100.0,
        unit: "%",
        assumptions: "independent failures: a step fails with p^n, n attempts; no timeouts, stock in plenty",
    }];
    let constant = knobs.distribution == Distribution::Constant && knobs.error == 0.0;
    if central && constant && busy < 0.02 && completed == 1.0 && !asks {
        rows.push(critical_path(&knobs, &workflow, travel, measures));
    }
    Theory::Predicted(rows)
}

fn critical_path(
    knobs: &Parameters,
    workflow: &Workflow,
    travel: f64,
    measures: &Measures,
) -> Prediction {
    let decide = knobs.decide.as_millis();
    let weight = |step: &Step| match step.kind {
        Kind::Task => step.number(WORK_MS, knobs.service_ms) + travel + decide,
        _ => 0.0,
    };
    Prediction {
        name: "mean latency",
        predicted: workflow.longest(weight) + travel / 2.0 + decide,
        measured: measures.latency().mean().unwrap_or(0.0) / 1e6,
        unit: "ms",
        assumptions: "critical path: constant work, nothing waits",
    }
}
