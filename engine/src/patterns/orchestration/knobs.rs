//! The knobs of Orchestration, and what they come to in numbers.

use crate::kernel::{Duration, Knob, Settings, network};
use crate::parts::retry::{Backoff, BackoffKind, Jitter};
use crate::parts::service::{self, Distribution};
use crate::parts::traffic::{self, LOAD, Load};
use crate::parts::workflow::{self, Step};

const FLOW: &str = "Flow";
const RETRY: &str = "Retries";
const WORK: &str = "Services";
const FAILURE: &str = "Failures";
const CENTRAL: &[&str] = &["orchestration"];

/// In the order of the page.
#[rustfmt::skip]
pub static KNOBS: &[Knob] = &[
    traffic::OPEN_ARRIVAL_KNOB,
    traffic::rate_knob(6.0, "Orders a second, all shops together."),
    traffic::ramp_to_knob(30.0),
    traffic::RAMP_S_KNOB,
    traffic::BURST_FACTOR_KNOB,
    traffic::BURST_PERIOD_KNOB,
    Knob::number(LOAD, "shops", "Shops", "", (1.0, 2.0, 6.0), "How many send orders.").whole().structural(),
    Knob::choice(FLOW, "style", "Style", &["orchestration", "choreography"], "One coordinator, or services that react to events.").structural(),
    Knob::number(FLOW, "concurrency", "Steps at once", "", (1.0, 24.0, 10_000.0), "Attempts in flight; other tasks wait in line.").whole().only_if("style", CENTRAL),
    Knob::number(FLOW, "approve-over", "Approve over", "", (0.0, 100.0, 1e6), "Orders worth more need a person; most are 5 to 120.").zero_means("none"),
    Knob::number(FLOW, "approver-s", "Approver takes", "s", (0.0, 2.0, 36_000.0), "Mean time until somebody approves.").zero_means("by hand only"),
    Knob::number(FLOW, "approval-timeout-s", "Approval expires", "s", (0.0, 60.0, 360_000.0), "Then the order counts as rejected.").zero_means("never"),
    Knob::number(RETRY, "timeout-ms", "Step timeout", "ms", (0.0, 1_000.0, 600_000.0), "An attempt without answer counts as failed.").zero_means("none").only_if("style", CENTRAL),
    Knob::number(RETRY, "attempts", "Attempts", "", (0.0, 4.0, 250.0), "Of a step, before the order is undone.").whole().zero_means("no end"),
    Knob::number(RETRY, "retry-initial-ms", "First wait", "ms", (0.0, 200.0, 600_000.0), "Before the first retry."),
    Knob::number(RETRY, "retry-coefficient", "Coefficient", "", (1.0, 2.0, 10.0), "Each wait is so many times the last."),
    Knob::number(RETRY, "retry-max-ms", "Longest wait", "ms", (0.0, 20_000.0, 3.6e6), "No wait is longer."),
    Knob::choice(RETRY, "jitter", "Jitter", &["none", "full", "equal"], "How waits are spread at random."),
    Knob::number(RETRY, "undo-attempts", "Undo attempts", "", (0.0, 5.0, 250.0), "Of a compensation, before it is stuck.").whole().zero_means("no end"),
    Knob::number(WORK, "workers", "Workers each", "", (1.0, 2.0, 64.0), "Of each service, on one task queue.").whole(),
    Knob::number(WORK, "service-ms", "Service time", "ms", (0.001, 60.0, 600_000.0), "Mean time of a step, or of undoing it."),
    service::distribution_knob(WORK),
    Knob::number(WORK, "queue-cap", "Queue limit", "", (0.0, 100.0, 100_000.0), "Tasks that wait at a service; more are refused.").whole(),
    Knob::number(WORK, "decide-ms", "Decision", "ms", (0.0, 4.0, 60_000.0), "The orchestrator's own work for each message.").only_if("style", CENTRAL),
    Knob::number(WORK, "replay-rate", "Replay", "/s", (1.0, 200.0, 1e6), "History events read a second after a crash."),
    Knob::number(FAILURE, "decline", "Declined", "%", (0.0, 10.0, 100.0), "Orders whose payment is refused for good; no retry."),
    Knob::number(FAILURE, "error", "Errors", "%", (0.0, 2.0, 100.0), "Attempts that fail and are worth a retry."),
    Knob::number(FAILURE, "undo-error", "Undo errors", "%", (0.0, 0.0, 100.0), "Attempts at a compensation that fail."),
    Knob::choice(FAILURE, "idempotency", "Idempotent steps", &["on", "off"], "A repeated task is answered from the record."),
    Knob::number(FAILURE, "stock", "Stock", "", (0.0, 100.0, 1e6), "Items on the shelf at first and after restocking.").whole(),
    Knob::number(FAILURE, "restock-s", "Restock every", "s", (0.0, 5.0, 36_000.0), "Empty shelves are filled up.").zero_means("never"),
    network::latency_knob(50.0),
    network::JITTER_KNOB,
];

/// The knobs as the model reads them; shares from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    /// Of the shops.
    pub load: Load,
    /// Attempts in flight.
    pub concurrency: u32,
    /// In cents; infinite: no order.
    pub approve_over: f64,
    /// Mean; zero: by hand.
    pub approver: Duration,
    /// Zero: never.
    pub approval_timeout: Duration,
    /// In milliseconds; zero: none.
    pub timeout_ms: f64,
    /// Zero: no end.
    pub attempts: f64,
    /// Of retries without numbers of their own.
    initial_ms: f64,
    coefficient: f64,
    maximum_ms: f64,
    /// Of retries.
    pub jitter: Jitter,
    /// Zero: no end.
    pub undo_attempts: f64,
    /// Of each service.
    pub workers: usize,
    /// Mean, in milliseconds.
    pub service_ms: f64,
    /// About that mean.
    pub distribution: Distribution,
    /// Of each service.
    pub queue_cap: usize,
    /// Of the orchestrator.
    pub decide: Duration,
    /// Events a second.
    pub replay_rate: f64,
    /// In percent of orders.
    pub decline_percent: f64,
    /// Of attempts at a step.
    pub error: f64,
    /// Of attempts at a compensation.
    pub undo_error: f64,
    /// Whether services know tasks again.
    pub idempotent: bool,
    /// Items.
    pub stock: i64,
    /// Zero: never.
    pub restock: Duration,
}

impl Parameters {
    /// Reads the knobs for `shops` shops while traffic surges.
    pub fn new(settings: &Settings, shops: usize, surge: f64) -> Self {
        let number = |key| settings.number(key);
        let seconds = |key| Duration::from_secs(settings.number(key));
        let over = number("approve-over");
        Self {
            load: Load::new(settings, shops, surge),
            concurrency: number("concurrency") as u32,
            approve_over: if over == 0.0 {
                f64::INFINITY
            } else {
                over * 100.0
            },
            approver: seconds("approver-s"),
            approval_timeout: seconds("approval-timeout-s"),
            timeout_ms: number("timeout-ms"),
            attempts: number("attempts"),
            initial_ms: number("retry-initial-ms"),
            coefficient: number("retry-coefficient"),
            maximum_ms: number("retry-max-ms"),
            jitter: match settings.choice("jitter") {
                "full" => Jitter::Full,
                "equal" => Jitter::Equal,
                _ => Jitter::None,
            },
            undo_attempts: number("undo-attempts"),
            workers: number("workers") as usize,
            service_ms: number("service-ms"),
            distribution: Distribution::named(settings.choice("service-dist")),
            queue_cap: number("queue-cap") as usize,
            decide: Duration::from_millis(number("decide-ms")),
            replay_rate: number("replay-rate"),
            decline_percent: number("decline"),
            error: number("error") / 100.0,
            undo_error: number("undo-error") / 100.0,
            idempotent: settings.choice("idempotency") == "on",
            stock: number("stock") as i64,
            restock: seconds("restock-s"),
        }
    }

    /// Attempts at a step or its compensation; zero: no end.
    pub fn most_attempts(&self, step: &Step, undo: bool) -> f64 {
        match undo {
            true => self.undo_attempts,
            false => step.number(workflow::ATTEMPTS, self.attempts),
        }
    }

    /// The waits between attempts at a step.
    pub fn backoff(&self, step: &Step) -> Backoff {
        let ns = |which, otherwise| Duration::from_millis(step.number(which, otherwise)).0;
        Backoff {
            kind: BackoffKind::Exponential,
            base_ns: ns(workflow::INITIAL_MS, self.initial_ms),
            factor: step.number(workflow::COEFFICIENT, self.coefficient),
            cap_ns: ns(workflow::MAXIMUM_MS, self.maximum_ms),
        }
    }
}
