//! Retries, timeouts, the metastable rule, an outage and its backlog.

use crate::run::{Experiment, SEEDS, check, scenario};
use patternscope_engine::kernel::Stamped;
use patternscope_engine::measure::Ledger;
use patternscope_engine::{Duration, Fact, History, Instant};

#[test]
fn half_of_the_work_fails_and_three_retries() {
    let runs = Experiment {
        rate: 1.0,
        flows: 50_000,
        knobs: &[("workers", "64"), ("retries", "3")],
        script: "0s errors server-1 50%",
    }
    .runs();
    check("attempts", "1.875000", &runs, |run| {
        run.counts["attempts"] / (run.counts["attempts"] - run.counts["retries"])
    });
    check("success", ".937500", &runs, |run| run.succeeded / run.ended);
}

/// With 20 retries a failure for good has a probability of 0.2^21: none.
#[test]
fn instant_requeue_on_failure() {
    let runs = Experiment {
        rate: 0.4,
        flows: 60_000,
        knobs: &[("retries", "20")],
        script: "0s errors server-1 20%",
    }
    .runs();
    check("requeue: L", "1.000000", &runs, |run| run.population());
    check("requeue: W", "2.500000", &runs, |run| run.latency_mean);
    check("requeue: rate", ".500000", &runs, |run| run.busy_mean);
}

#[test]
fn timeout_while_the_server_works_on() {
    let runs = Experiment {
        rate: 0.8,
        flows: 120_000,
        knobs: &[("timeout-ms", "10000")],
        script: "",
    }
    .runs();
    check("P(T > 10)", ".135335", &runs, |run| run.failed_share());
}

/// The delays between the attempts of one flow that always fails.
fn delays(retries: &str, base_ms: &str, cap_ms: &str) -> Vec<u64> {
    let knobs = [
        ("retries", retries),
        ("backoff", "exponential"),
        ("backoff-ms", base_ms),
        ("backoff-cap-ms", cap_ms),
        ("jitter", "none"),
        ("service-ms", "1"),
    ];
    let scenario = scenario(1, 0.0, &knobs, "0s errors server-1 100%; 1s send client-1");
    let mut facts: Vec<Stamped> = Vec::new();
    let mut simulation = scenario.simulation(Some(&mut facts));
    simulation.run_until(Instant::from_secs(100.0), Some(&mut facts));
    let delay = |stamped: &Stamped| match stamped.fact {
        Fact::Retried { delay, .. } => Some(delay.0 / 1_000_000),
        _ => None,
    };
    facts.iter().filter_map(delay).collect()
}

#[test]
fn schedules_without_jitter() {
    assert_eq!(delays("3", "1000", "3600000"), [1_000, 2_000, 4_000]);
    assert_eq!(
        delays("6", "1000", "10000"),
        [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]
    );
    assert_eq!(delays("4", "100", "400"), [100, 200, 400, 400]);
}

/// Goodput over the last minute of five, after a stop of ten seconds at 20 s:
/// 40 requests a second to a server that can do 100.
fn goodput_long_after_a_stop(seed: u64, retries: &str) -> f64 {
    let knobs = [
        ("service-ms", "10"),
        ("timeout-ms", "1000"),
        ("retries", retries),
    ];
    let scenario = scenario(seed, 40.0, &knobs, "20s pause server-1 for 10s");
    let mut ledger = Ledger::default();
    let mut simulation = scenario.simulation(Some(&mut ledger));
    simulation.run_until(Instant::from_secs(240.0), Some(&mut ledger));
    let before = ledger.succeeded();
    simulation.run_until(Instant::from_secs(300.0), Some(&mut ledger));
    assert!(ledger.check(&simulation).balanced());
    (ledger.succeeded() - before) as f64 / 60.0
}

/// It never recovers if and only if lambda (1 + retries) > mu.
#[test]
fn metastable_rule() {
    for seed in 1..=SEEDS {
        let one = goodput_long_after_a_stop(seed, "1");
        assert!((37.0..43.0).contains(&one), "one retry: {one} a second");
        let two = goodput_long_after_a_stop(seed, "2");
        assert!(two < 0.5, "two retries: {two} a second");
    }
}

/// 80 a second to a server that can do 100 and stands still for a minute.
#[test]
fn backlog_of_an_outage() {
    let knobs = [
        ("arrival", "steady"),
        ("service-ms", "10"),
        ("service-dist", "constant"),
    ];
    let scenario = scenario(1, 80.0, &knobs, "60s pause server-1 for 60s");
    let mut history = History::new(scenario);
    let (mut peak, mut drained) = (0, Instant::START);
    for tick in 1..=4_000_u64 {
        let at = Instant::START + Duration(tick * 100_000_000);
        history.advance(at, u64::MAX);
        let balance = history.ledger().check(history.simulation());
        assert!(balance.balanced(), "at {at}: {:?}", balance.truths);
        peak = peak.max(balance.open);
        if balance.open > 1 {
            drained = at;
        }
    }
    assert!((4_799..=4_801).contains(&peak), "peak {peak}");
    let after = drained.as_secs() - 120.0;
    assert!((after - 240.0).abs() < 0.5, "drained after {after} s");
}
