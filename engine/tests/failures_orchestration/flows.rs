//! What goes on in flows meanwhile: people who act, approvals that expire,
//! services without a coordinator, extremes.

use super::*;

/// Words of the pattern's own, for all orders and for one.
#[test]
fn people_approve_reject_and_mend() {
    let asks = [
        ("approve-over", "1"),
        ("approver-s", "0"),
        ("approval-timeout-s", "0"),
    ];
    let course = with(&asks, "4s approve orchestrator-1; 8s reject orchestrator-1");
    assert_eq!(ended(&course, 0.0, 4.0, COMPLETED), 0);
    assert!(ended(&course, 4.0, 8.0, COMPLETED) >= 13);
    assert_eq!(ended(&course, 8.0, 8.2, COMPLETED), 0);
    assert!(ended(&course, 8.0, 9.0, REJECTED) >= 13);

    let course = with(
        &asks,
        "4s approve orchestrator-1 3; 5s reject orchestrator-1 5",
    );
    assert_eq!(
        (
            ended(&course, 4.0, 6.5, COMPLETED),
            ended(&course, 5.0, 6.5, REJECTED)
        ),
        (1, 1)
    );

    // Nobody can act at a site that is down.
    let course = with(
        &asks,
        "4s crash orchestrator-1 for 500ms; 4.2s approve orchestrator-1",
    );
    assert_eq!(ended(&course, 0.0, SECONDS, COMPLETED), 0);

    let knobs = [
        ("undo-error", "100"),
        ("undo-attempts", "2"),
        ("decline", "100"),
    ];
    let script = "5s unstick orchestrator-1; 9s set undo-error=0; 9s unstick orchestrator-1 2; 10s unstick orchestrator-1; 10s set decline=0";
    let knobs = calm(&[&[("rate", "4")], &knobs[..]].concat());
    let mut course = begin(&scenario(&knobs, script), true);
    course.until(4.9);
    let stuck = course.measure("flows/stuck");
    assert!(stuck >= 12.0);
    // Tried again in vain.
    course.until(5.1);
    assert!(course.measure("flows/stuck") <= 4.0);
    course.until(8.9);
    assert!(course.measure("flows/stuck") >= stuck);
    course.until(9.5);
    let ends = course.times(|fact| match fact {
        Fact::FlowEnded { flow, .. } => Some(flow.0),
        _ => None,
    });
    let is_over = |number: u64| ends.iter().any(|(_, flow)| *flow == number);
    assert!(is_over(2) && !is_over(1) && !is_over(3));
    course.until(12.0);
    assert_eq!(course.measure("flows/stuck"), 0.0);
}

/// A long timer goes on through a crash.
#[test]
fn approvals_expire_in_time_through_a_crash() {
    let asks = [
        ("approve-over", "1"),
        ("approver-s", "0"),
        ("approval-timeout-s", "3"),
        ("rate", "0.5"),
    ];
    let times = |script: &str| with(&asks, script).ends(REJECTED);
    let (calm, crashed) = (times(""), times("2.5s crash orchestrator-1 for 1s"));
    assert!(calm.len() >= 4);
    let usual = calm[0];
    // One under way at the crash ends when it would have.
    let same = crashed
        .iter()
        .filter(|latency| (**latency - usual).abs() < 1.0);
    assert!(same.count() >= 3);
}

#[test]
fn own_steps_have_their_own_numbers() {
    let workflow = r#"[{"name": "quick", "service": "inventory", "work_ms": 5, "next": ["slow"]},
        {"name": "slow", "service": "payment", "work_ms": 2000, "timeout_ms": 5000}]"#;
    let scenario = orchestration::with_input(scenario(&calm(&[]), ""), workflow);
    let course = orchestration::run(&scenario, 12.0);
    assert_eq!(course.measure("timeouts"), 0.0);
    for latency in course.ends(COMPLETED) {
        // Five hops, three decisions.
        assert!(
            (latency - (2_005.0 + 250.0 + 12.0)).abs() < 1.0,
            "{latency}"
        );
    }
}

fn choreography(more: &[(&str, &str)], script: &str) -> Course {
    let style = [("style", "choreography")];
    with(&[&style[..], more].concat(), script)
}

/// Without an orchestrator services find their way again by themselves.
#[test]
fn choreography_survives_crashes_and_losses() {
    let usual = choreography(&[], "");
    assert_eq!(
        usual.measure("flows/compensated") + usual.measure("timeouts"),
        0.0
    );
    let rate = |course: &Course| ended(course, 13.0, SECONDS, COMPLETED);
    assert!((11..=13).contains(&rate(&usual)));
    for (service, _) in SERVICES {
        let course = choreography(&[], &format!("4.04s crash {service} for 1s"));
        let resumed = course.measure("resumed");
        assert!(
            service != "inventory-1" || resumed >= 1.0,
            "{service} {resumed}"
        );
        assert_eq!(course.measure("flows/compensated"), 0.0);
        nothing_twice(&course);
        assert!((11..=13).contains(&rate(&course)), "{service}");
    }
    for script in [
        "4s loss inventory-1>payment-1 60%; 8s heal *",
        "4s loss payment-1>inventory-1 60%; 8s heal *",
        "4s cut shipping-1>notification-1 for 2s",
        "4s duplicate payment-1>shipping-1 100%; 8s heal *",
        "4s reorder payment-1>shipping-1 100%; 8s heal *",
    ] {
        let course = choreography(&[], script);
        assert_eq!(course.measure("flows/compensated"), 0.0);
        assert_eq!(ended(&course, 0.0, SECONDS, LOST), 0);
        assert!((11..=13).contains(&rate(&course)), "{script}");
    }
    let stuck = choreography(
        &[
            ("decline", "100"),
            ("undo-error", "100"),
            ("undo-attempts", "2"),
        ],
        "6s set undo-error=0; 6s set decline=0; 6s unstick inventory-1",
    );
    assert!(ended(&stuck, 6.0, 7.0, DECLINED) >= 15);
    assert_eq!(stuck.measure("flows/stuck"), 0.0);
}

/// Everything at its bounds: it goes on, within memory and time.
#[test]
fn extremes() {
    let most: &[(&str, &str)] = &[
        ("rate", "50000"),
        ("shops", "6"),
        ("service-ms", "600000"),
        ("latency-ms", "60000"),
        ("attempts", "0"),
        ("retry-initial-ms", "0"),
    ];
    let least: &[(&str, &str)] = &[
        ("rate", "2000"),
        ("latency-ms", "0"),
        ("decide-ms", "0"),
        ("service-ms", "0.001"),
        ("timeout-ms", "1"),
        ("queue-cap", "0"),
        ("concurrency", "1"),
        ("stock", "0"),
    ];
    for knobs in [most, least] {
        for style in ["orchestration", "choreography"] {
            let mut scenario = scenario(
                knobs,
                "1s poison; 1s crash payment-1; 2s crash *; 3s heal *",
            );
            scenario.settings.set("style", style).expect("a style");
            let mut course = begin(&scenario, false);
            course.advance(4.0);
            let balance = course.watch.ledger.check(&course.simulation);
            assert!(balance.balanced(), "{:?}", balance.truths);
        }
    }
}

/// A task that is refused at once and tried again at once: time goes on.
#[test]
fn retries_without_a_wait_do_not_stop_time() {
    let knobs: &[(&str, &str)] = &[
        ("retry-initial-ms", "0"),
        ("retry-max-ms", "0"),
        ("attempts", "0"),
        ("undo-attempts", "0"),
        ("queue-cap", "0"),
        ("workers", "1"),
        ("latency-ms", "0"),
        ("decide-ms", "0"),
        ("restock-s", "0.000001"),
        ("stock", "1"),
    ];
    for style in ["orchestration", "choreography"] {
        let knobs = [calm(&[("rate", "40"), ("style", style)]), knobs.to_vec()].concat();
        let mut course = begin(&scenario(&knobs, "1s set undo-error=100"), false);
        course.advance(2.0);
        let balance = course.watch.ledger.check(&course.simulation);
        assert!(balance.balanced(), "{:?}", balance.truths);
    }
}
