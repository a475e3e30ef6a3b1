//! Every failure of API Gateway shows its effect in numbers, and the effect
//! ends with its healing. The ledger is balanced all along.
#![cfg(not(target_arch = "wasm32"))]

mod course;

use course::{Course, near, run, scenario};
use patternscope_engine::patterns::api_gateway::PATTERN;

/// Ninety calls a second exactly spaced, a third to each of three services
/// with two replicas in turn; 5 ms a hop, 20 ms a call. What protects is off,
/// so that a test turns on what it is about.
const CALM: &[(&str, &str)] = &[
    ("arrival", "steady"),
    ("rate", "90"),
    ("bad-tokens", "0"),
    ("aggregated", "0"),
    ("rps", "0"),
    ("ttl-ms", "0"),
    ("failure-%", "0"),
    ("bulkhead", "0"),
    ("timeout-ms", "300"),
    ("client-timeout-ms", "1000"),
    ("gateway-ms", "0"),
    ("io", "async"),
    ("replicas", "2"),
    ("workers", "8"),
    ("service-ms", "20"),
    ("service-dist", "constant"),
    ("lb", "round-robin"),
    ("health-ms", "0"),
    ("eject-after", "0"),
    ("latency-ms", "5"),
];

/// Runs 12 s.
fn course(knobs: &[(&str, &str)], script: &str) -> Course {
    run(&scenario(&PATTERN, &[CALM, knobs].concat(), script), 12.0)
}

impl Course {
    fn good(&self, from: f64, to: f64) -> usize {
        self.ended(0, from, to)
    }

    /// All calls end well and take two hops out, the work, and two back.
    fn is_calm(&self, from: f64, to: f64) {
        assert_eq!(self.failed(from, to), 0, "{from} to {to} s");
        near(self.good(from, to), 90.0 * (to - from), 3.0);
        let latency = self.latency_ms(from, to);
        assert!((latency - 40.0).abs() < 0.5, "{latency} ms");
    }
}

#[test]
fn nothing_broken() {
    course(&[], "").is_calm(1.0, 12.0);
}

#[test]
fn a_crashed_gateway_answers_nobody_and_comes_back() {
    let run = course(&[], "4s crash gateway-1 for 2s");
    run.is_calm(1.0, 4.0);
    assert_eq!(run.good(4.1, 6.0), 0);
    // Their clients give up after a second.
    near(run.failed(4.0, 7.2), 184.0, 4.0);
    assert_eq!(
        run.counted("statuses/no answer"),
        run.failed(0.0, 12.0) as u64
    );
    run.is_calm(7.2, 12.0);
}

#[test]
fn a_second_gateway_takes_over() {
    let knobs = [("gateways", "2"), ("client-timeout-ms", "300")];
    let run = course(&knobs, "4s crash gateway-1 for 4s");
    assert_eq!(run.failed(0.0, 12.0), 0);
    assert!(run.counted("failovers") > 0);
    assert!(run.latency_ms(5.0, 8.0) < 60.0);
    run.is_calm(9.5, 12.0);
}

#[test]
fn a_paused_gateway_lets_calls_wait() {
    let knobs = [("timeout-ms", "0"), ("client-timeout-ms", "0")];
    let run = course(&knobs, "4s pause gateway-1 for 2s");
    assert_eq!(run.good(4.1, 6.0), 0);
    assert_eq!(run.failed(0.0, 12.0), 0);
    assert!(run.latency_ms(6.0, 6.5) > 500.0);
    run.is_calm(8.0, 12.0);
}

#[test]
fn a_crashed_replica_is_half_of_its_service() {
    let run = course(&[], "4s crash orders-1 for 2s");
    // A third of the calls, every second of them, ends with 504.
    near(run.failed(4.0, 6.5), 30.0, 8.0);
    assert_eq!(run.counted("statuses/504"), run.failed(0.0, 12.0) as u64);
    run.is_calm(6.5, 12.0);
}

#[test]
fn health_checks_take_a_crashed_replica_out() {
    let run = course(&[("health-ms", "100")], "4s crash orders-1 for 4s");
    assert!(run.failed(4.0, 5.0) > 0);
    run.is_calm(5.0, 8.0);
    run.is_calm(9.0, 12.0);
}

#[test]
fn outlier_ejection_takes_a_failing_replica_out() {
    let knobs = [("eject-after", "5"), ("eject-ms", "60000")];
    let run = course(&knobs, "4s errors users-2 100%");
    near(run.failed(4.0, 12.0), 5.0, 1.0);
    assert_eq!(run.counted("ejected/users-2"), 1);
    run.is_calm(6.0, 12.0);
}

#[test]
fn errors_are_a_share_of_the_work() {
    let run = course(&[], "2s errors users-* 30%; 10s heal *");
    let calls = 240.0;
    let spread = 4.0 * (calls * 0.21_f64).sqrt() + 0.3 * 60.0;
    near(run.failed(2.0, 10.1), 0.3 * calls, spread);
    assert_eq!(run.counted("statuses/500"), run.failed(0.0, 12.0) as u64);
    run.is_calm(10.2, 12.0);
}

#[test]
fn a_slow_service_is_cut_off_by_its_breaker() {
    let knobs = [
        ("failure-%", "50"),
        ("window", "10"),
        ("minimum", "10"),
        ("open-ms", "60000"),
    ];
    let run = course(&knobs, "4s slow catalogue-* x100");
    assert_eq!(run.counted("breaker/catalogue/opened"), 1);
    // Refused at once, with nothing sent on.
    let unavailable = run.counted("statuses/503");
    assert!(unavailable > 100, "{unavailable}");
    assert!(run.latency_ms(6.0, 12.0) < 41.0);
}

#[test]
fn a_slow_replica_takes_longer() {
    let run = course(&[], "4s slow users-* x3; 8s heal *");
    assert!(run.latency_ms(5.0, 8.0) > 45.0);
    assert_eq!(run.failed(0.0, 12.0), 0);
    run.is_calm(8.5, 12.0);
}

#[test]
fn a_crashed_client_gives_up_its_calls() {
    let run = course(&[], "4s crash web-1 for 2s");
    // It makes half of them.
    near(run.good(4.1, 6.0), 85.5, 4.0);
    assert_eq!(
        run.counted("statuses/client crash"),
        run.failed(0.0, 12.0) as u64
    );
    assert!(run.failed(4.0, 4.1) > 0);
    run.is_calm(6.5, 12.0);
}

#[test]
fn links_lose_delay_cut_and_copy() {
    let run = course(&[], "4s cut web-1>gateway-1 for 2s");
    near(run.failed(4.0, 7.1), 90.0, 3.0);
    run.is_calm(7.1, 12.0);
    let run = course(&[], "2s loss gateway-1>users-* 20%; 10s heal *");
    assert_eq!(run.counted("statuses/504"), run.failed(0.0, 12.0) as u64);
    assert!(run.failed(2.0, 10.5) > 20);
    run.is_calm(10.5, 12.0);
    let run = course(&[], "4s latency web-1>gateway-1 +200ms; 8s heal *");
    let latency = run.latency_ms(5.0, 8.0);
    assert!((latency - 140.0).abs() < 2.0, "{latency}");
    run.is_calm(8.5, 12.0);
    // The answer of a copy is nobody's.
    let run = course(&[], "2s duplicate gateway-1>orders-* 50%; 10s heal *");
    assert!(run.watch.ledger.duplicated > 50);
    run.is_calm(1.0, 12.0);
}
