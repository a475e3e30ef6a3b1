//! Every failure of Orchestration shows its effect in numbers, at every kind
//! of node and link, and the effect ends with its healing. The ledger and the
//! pattern's truths are checked all along.
#![cfg(not(target_arch = "wasm32"))]

mod flows;
#[path = "../orchestration/mod.rs"]
mod orchestration;
mod picture;

use orchestration::{Course, begin, calm, scenario};
use patternscope_engine::kernel::{Outcome, Role, View};
use patternscope_engine::{Fact, Scenario};
use std::collections::BTreeMap;

/// As `Pattern::outcomes` numbers them.
const COMPLETED: u8 = 0;
const DECLINED: u8 = 1;
const REJECTED: u8 = 2;
const STEP_FAILED: u8 = 3;
const REFUSED: u8 = 4;
const LOST: u8 = 5;

const SECONDS: f64 = 16.0;

fn with(more: &[(&str, &str)], script: &str) -> Course {
    let knobs = calm(&[&[("rate", "4")], more].concat());
    let mut course = begin(&scenario(&knobs, script), true);
    course.until(SECONDS);
    course
}

fn with_script(script: &str) -> Course {
    with(&[], script)
}

/// Orders that ended so in a span of seconds.
fn ended(course: &Course, from: f64, to: f64, how: u8) -> usize {
    let ends = course.times(|fact| match fact {
        Fact::FlowEnded {
            outcome: Outcome(outcome),
            ..
        } => Some(*outcome),
        _ => None,
    });
    let within = |at: f64| at >= from * 1e3 && at < to * 1e3;
    ends.iter()
        .filter(|(at, outcome)| within(*at) && *outcome == how)
        .count()
}

/// Mean latency of orders completed in a span of seconds, in milliseconds.
fn latency(course: &Course, from: f64, to: f64) -> f64 {
    let ends = course.times(|fact| match fact {
        Fact::FlowEnded {
            outcome: Outcome(COMPLETED),
            latency,
            ..
        } => Some(latency.as_millis()),
        _ => None,
    });
    let here: Vec<f64> = ends
        .iter()
        .filter(|(at, _)| *at >= from * 1e3 && *at < to * 1e3)
        .map(|(_, latency)| *latency)
        .collect();
    here.iter().sum::<f64>() / here.len() as f64
}

/// Four orders a second are completed, each in the usual time.
fn is_calm(course: &Course, from: f64, to: f64) {
    let expected = 4.0 * (to - from);
    let done = ended(course, from, to, COMPLETED) as f64;
    assert!((done - expected).abs() <= 2.0, "{done} of {expected}");
    let mean = latency(course, from, to);
    // Five tasks in a row, each two hops, and the order's own hop.
    assert!((860.0..960.0).contains(&mean), "{mean}");
}

/// No step of an order was performed by workers more than once.
fn nothing_twice(course: &Course) {
    assert_eq!(course.measure("done_twice"), 0.0);
    let orders = course.measure("flows/completed");
    for step in ["reserve", "charge", "pack", "label", "ship", "notify"] {
        let runs = course.measure(&format!("steps/{step}/runs"));
        assert!(runs >= orders);
    }
}

#[test]
fn nothing_broken() {
    let course = with_script("");
    is_calm(&course, 2.0, SECONDS);
    assert_eq!(
        course.measure("timeouts") + course.measure("deduplicated"),
        0.0
    );
    assert_eq!(course.measure("flows/compensated"), 0.0);
}

#[test]
fn a_crashed_shop_sends_nothing() {
    let course = with_script("4s crash shop-1 for 2s");
    assert_eq!(ended(&course, 5.2, 6.8, COMPLETED), 0);
    // What it had ordered is done without it.
    assert_eq!(course.measure("flows/compensated"), 0.0);
    is_calm(&course, 8.0, SECONDS);
}

#[test]
fn a_paused_shop_sends_late() {
    let course = with_script("4s pause shop-1 for 2s");
    assert_eq!(ended(&course, 5.2, 6.6, COMPLETED), 0);
    is_calm(&course, 9.0, SECONDS);
}

#[test]
fn errors_of_a_shop_are_orders_that_shipping_refuses() {
    let course = with_script("4s errors shop-1 100%; 6s heal shop-1");
    let refused = ended(&course, 4.0, 9.0, DECLINED);
    assert!((6..=10).contains(&refused), "{refused}");
    assert_eq!(course.measure("steps/ship/failures"), refused as f64);
    assert_eq!(course.measure("steps/charge/compensations"), refused as f64);
    is_calm(&course, 9.0, SECONDS);
}

#[test]
fn a_crashed_orchestrator_loses_orders_that_come_meanwhile_and_no_other() {
    let course = with(&[("replay-rate", "100")], "4s crash orchestrator-1 for 2s");
    let lost = ended(&course, 4.0, 6.2, LOST);
    assert!((7..=9).contains(&lost), "{lost}");
    assert_eq!(ended(&course, 4.0, 6.0, COMPLETED), 0);
    assert!(course.measure("resumed") >= 3.0);
    assert_eq!(course.measure("flows/compensated"), 0.0);
    nothing_twice(&course);
    is_calm(&course, 9.0, SECONDS);
}

/// The longer the history, the longer it takes to read.
#[test]
fn replay_takes_its_time() {
    let back = |rate: &str| {
        let course = with(&[("replay-rate", rate)], "4s crash orchestrator-1 for 1s");
        let first = course.sent(Role::Command);
        let first = first
            .iter()
            .find(|(at, _)| *at >= 5_000.0)
            .expect("it goes on");
        first.0
    };
    let (slow, fast) = (back("10"), back("1000"));
    assert!(fast < 5_100.0 && slow > 5_800.0, "{fast} {slow}");
}

#[test]
fn a_paused_orchestrator_is_late() {
    let course = with(&[("timeout-ms", "5000")], "4s pause orchestrator-1 for 1s");
    assert_eq!(ended(&course, 4.0, 5.0, COMPLETED), 0);
    assert!(latency(&course, 5.0, 6.0) > 1_100.0);
    assert_eq!(course.measure("flows/compensated"), 0.0);
    is_calm(&course, 8.0, SECONDS);
}

#[test]
fn a_slow_orchestrator_delays_every_step() {
    let course = with_script("4s slow orchestrator-1 x5; 9s heal orchestrator-1");
    // Seven decisions an order, 16 ms longer each.
    let slower = latency(&course, 6.0, 9.0) - latency(&course, 2.0, 4.0);
    assert!(slower > 70.0, "{slower}");
    is_calm(&course, 11.0, SECONDS);
}

#[test]
fn errors_of_the_orchestrator_refuse_orders_and_lose_answers() {
    let course = with_script("4s errors orchestrator-1 30%; 8s heal orchestrator-1");
    assert!(ended(&course, 4.0, 8.2, REFUSED) >= 2);
    assert!(course.measure("timeouts") >= 5.0);
    nothing_twice(&course);
    is_calm(&course, 12.0, SECONDS);
}

/// For each service, and a step that it does.
const SERVICES: [(&str, &str); 4] = [
    ("inventory-1", "pack"),
    ("payment-1", "charge"),
    ("shipping-1", "ship"),
    ("notification-1", "notify"),
];

#[test]
fn what_a_crashed_service_held_is_asked_for_again() {
    for (service, step) in SERVICES {
        let course = with_script(&format!("4s crash {service} for 800ms"));
        assert!(course.measure("timeouts") >= 1.0, "{service}");
        assert!(course.measure(&format!("steps/{step}/retries")) >= 1.0);
        assert_eq!(course.measure("flows/compensated"), 0.0);
        nothing_twice(&course);
        is_calm(&course, 10.0, SECONDS);
    }
}

#[test]
fn a_service_that_stays_down_means_the_way_back() {
    let course = with_script("4s crash shipping-1 for 7s");
    let undone = ended(&course, 4.0, 15.0, STEP_FAILED);
    assert!(undone >= 2, "{undone}");
    // What cannot be undone while it is down is retried until it can.
    assert_eq!(course.measure("flows/stuck"), 0.0);
    assert_eq!(
        course.measure("steps/charge/compensations"),
        course.measure("steps/reserve/compensations"),
    );
}

#[test]
fn a_paused_service_is_late() {
    for (service, _) in SERVICES {
        let course = with(
            &[("timeout-ms", "5000")],
            &format!("4s pause {service} for 1s"),
        );
        assert!(latency(&course, 5.0, 6.2) > 1_100.0, "{service}");
        assert_eq!(
            course.measure("flows/compensated") + course.measure("deduplicated"),
            0.0
        );
        is_calm(&course, 9.0, SECONDS);
    }
}

#[test]
fn a_slow_service_is_slow() {
    for (service, _) in SERVICES {
        let course = with_script(&format!("4s slow {service} x3; 9s heal {service}"));
        let slower = latency(&course, 6.0, 9.0) - latency(&course, 2.0, 4.0);
        assert!(slower > 100.0, "{service} {slower}");
        is_calm(&course, 12.0, SECONDS);
    }
}

#[test]
fn errors_of_a_service_are_tried_again() {
    for (service, step) in SERVICES {
        let course = with(
            &[("attempts", "0")],
            &format!("4s errors {service} 50%; 9s heal {service}"),
        );
        assert!(
            course.measure(&format!("steps/{step}/retries")) >= 8.0,
            "{service}"
        );
        assert_eq!(course.measure("flows/compensated"), 0.0);
        nothing_twice(&course);
        is_calm(&course, 13.0, SECONDS);
    }
}

/// A service's queue without room refuses, and refusals are tried again.
#[test]
fn a_full_queue_refuses() {
    let course = with(
        &[("queue-cap", "0"), ("workers", "1"), ("attempts", "20")],
        "4s surge x4 for 1s",
    );
    let discarded = course.times(|fact| match fact {
        Fact::Discarded { why: 0, .. } => Some(()),
        _ => None,
    });
    assert!(discarded.len() >= 5, "{}", discarded.len());
    nothing_twice(&course);
}

#[test]
fn links_lose_delay_and_copy_without_harm() {
    for link in ["orchestrator-1>payment-1", "payment-1>orchestrator-1"] {
        let lossy = with(
            &[("attempts", "0")],
            &format!("4s loss {link} 50%; 8s heal *"),
        );
        assert!(lossy.measure("timeouts") >= 5.0);
        assert_eq!(lossy.measure("flows/compensated"), 0.0);
        nothing_twice(&lossy);
        is_calm(&lossy, 14.0, SECONDS);

        let copied = with_script(&format!("4s duplicate {link} 100%; 8s heal *"));
        nothing_twice(&copied);
        is_calm(&copied, 2.0, SECONDS);

        let cut = with_script(&format!("4s cut {link} for 1s"));
        assert!(cut.measure("timeouts") >= 3.0);
        assert_eq!(cut.measure("flows/compensated"), 0.0);
        is_calm(&cut, 11.0, SECONDS);

        let late = with_script(&format!("4s latency {link} +100ms; 9s heal *"));
        let more = latency(&late, 6.0, 9.0) - latency(&late, 2.0, 4.0);
        assert!((more - 100.0).abs() < 10.0, "{more}");

        let overtaken = with_script(&format!("4s reorder {link} 50%; 9s heal *"));
        assert_eq!(overtaken.measure("flows/compensated"), 0.0);
    }
    let lost = with_script("4s cut shop-1>orchestrator-1 for 2s");
    assert!((7..=9).contains(&ended(&lost, 4.0, 6.1, LOST)));
}

/// An attempt that was given up may still have its effect: it is undone too,
/// and what arrives after that is refused.
#[test]
fn a_late_attempt_has_no_effect() {
    let knobs = [("attempts", "1"), ("timeout-ms", "300")];
    let course = with(
        &knobs,
        "4s latency orchestrator-1>payment-1 +600ms; 8s heal *",
    );
    let undone = ended(&course, 4.0, 12.0, STEP_FAILED);
    assert!(undone >= 10, "{undone}");
    assert_eq!(course.measure("steps/charge/compensations"), undone as f64);
    assert!(course.measure("money_cents/refunded") > 0.0);
    is_calm(&course, 12.0, SECONDS);

    // A task that waits in a paused service, behind its own compensation.
    let course = with(&knobs, "4s pause payment-1 for 3s");
    assert!(ended(&course, 4.0, 12.0, STEP_FAILED) >= 5);
    is_calm(&course, 12.0, SECONDS);
}

#[test]
fn out_of_stock_is_a_refusal() {
    let course = with(&[("stock", "4"), ("restock-s", "4")], "");
    let refused = ended(&course, 0.0, SECONDS, DECLINED);
    assert!(refused >= 20, "{refused}");
    assert_eq!(course.measure("steps/reserve/failures"), refused as f64);
    assert!(course.measure("flows/completed") >= 6.0);
}
