//! Two servers behind one caller.

use crate::run::{Experiment, Run, check, scenario};
use patternscope_engine::kernel::Stamped;
use patternscope_engine::scenario::Input;
use patternscope_engine::{Fact, Instant};
use std::sync::Arc;

fn runs(rate: f64, knobs: &[(&str, &str)]) -> Vec<Run> {
    let flows = if rate < 1.5 { 60_000 } else { 120_000 };
    Experiment {
        rate,
        flows,
        knobs,
        script: "",
    }
    .runs()
}

fn two_servers(lb: &str, at_half: &str, at_80_percent: &str) {
    for (rate, expected) in [(1.0, at_half), (1.6, at_80_percent)] {
        let runs = runs(rate, &[("servers", "2"), ("lb", lb)]);
        let name = format!("two servers, {lb}, {rate}");
        check(&name, expected, &runs, |run| run.latency_mean);
    }
}

#[test]
fn at_random() {
    two_servers("random", "2.000000", "5.000000");
}

#[test]
fn in_turn() {
    two_servers("round-robin", "1.618034", "3.843980");
}

/// With a single caller, least connections is join-the-shortest-queue.
#[test]
fn to_the_shortest() {
    two_servers("least-connections", "1.426321", "2.955737");
}

#[test]
fn one_queue_for_both() {
    for (rate, expected) in [(1.0, "1.333333"), (1.6, "2.777778")] {
        let runs = runs(rate, &[("workers", "2")]);
        let name = format!("M/M/2, {rate}");
        check(&name, expected, &runs, |run| run.latency_mean);
    }
}

/// How many requests each of two servers starts, given rows of own input.
fn split(rows: &[(u64, u64)]) -> [usize; 2] {
    let mut csv = String::from("at_ms,client,path,service_ms\n");
    for (at, service) in rows {
        csv.push_str(&format!("{at},client-1,/,{service}\n"));
    }
    let mut scenario = scenario(1, 0.0, &[("servers", "2")], "");
    scenario
        .settings
        .set("lb", "least-connections")
        .expect("a knob");
    let columns = scenario.pattern.input.expect("it takes input");
    scenario.input = Some(Arc::new(Input::parse(columns, &csv).expect("good rows")));
    let mut facts: Vec<Stamped> = Vec::new();
    let mut simulation = scenario.simulation(Some(&mut facts));
    simulation.run_until(Instant::from_secs(60.0), Some(&mut facts));
    [1, 2].map(|server| {
        let is_there =
            |fact: &&Stamped| matches!(fact.fact, Fact::Started { node, .. } if node.0 == server);
        facts.iter().filter(is_there).count()
    })
}

#[test]
fn least_connections_in_sequence_and_beside_a_hanging_request() {
    let sequence: Vec<(u64, u64)> = (0..10).map(|row| (row * 100, 10)).collect();
    assert_eq!(split(&sequence), [5, 5]);
    let mut hanging = vec![(0, 2_500)];
    hanging.extend((1..=10).map(|row| (row * 100, 10)));
    assert_eq!(split(&hanging), [1, 10]);
}
