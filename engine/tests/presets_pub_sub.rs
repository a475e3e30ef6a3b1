//! Every experiment of Pub-Sub shows what it promises within 20 s of watching,
//! at its own speed; where chance plays a part, with several seeds.
#![cfg(not(target_arch = "wasm32"))]

mod pub_sub;

use patternscope_engine::patterns::pub_sub::PATTERN;
use patternscope_engine::{Fact, Scenario};
use pub_sub::{Course, begin, run};

/// With a seed; none: the one of its own.
fn preset(slug: &str, seed: Option<u64>) -> (Scenario, f64) {
    pub_sub::preset(&PATTERN, slug, seed)
}

fn watch(slug: &str, seed: Option<u64>) -> Course {
    let (scenario, end) = preset(slug, seed);
    run(&scenario, end)
}

const SEEDS: [Option<u64>; 5] = [None, Some(1), Some(2), Some(3), Some(4)];

#[test]
fn slow_consumer() {
    for seed in SEEDS {
        let run = watch("slow-consumer", seed);
        let (search, billing) = (
            run.tally("search", "backlog"),
            run.tally("billing", "backlog"),
        );
        assert!(search > 20 && billing < 6, "{search} and {billing}");
        // Slow, not twice.
        assert_eq!(run.tally("search", "redelivered"), 0);
        // Publishers notice nothing.
        assert_eq!(
            run.facts(0.0, 8.0, |fact| matches!(fact, Fact::Retried { .. })),
            0
        );
    }
}

#[test]
fn crash_before_ack_with_and_without_a_record() {
    let (mut twice, mut dropped) = (0, 0);
    for seed in SEEDS {
        let (without, with) = (
            watch("crash-before-ack", seed),
            watch("effectively-once", seed),
        );
        for run in [&without, &with] {
            assert_eq!(run.tally("billing", "lost"), 0);
            assert_eq!(run.tally("billing", "out_of_order"), 0);
            assert!(run.tally("billing", "redelivered") > 5);
        }
        twice += without.tally("billing", "duplicates");
        dropped += with.tally("billing", "deduplicated");
        assert!(without.tally("billing", "duplicates") > 0);
        assert_eq!(with.tally("billing", "duplicates"), 0);
    }
    assert!(twice >= 15 && dropped >= 15, "{twice} and {dropped}");
}

#[test]
fn poison_message() {
    for seed in SEEDS {
        let run = watch("poison-message", seed);
        assert_eq!(run.tally("search", "dead_lettered"), 3);
        assert_eq!(run.ended_as("dead letter"), 3);
        // Five deliveries each, and nobody else is delivered twice.
        let buried = run.tally("search", "dead_lettered") + run.tally("billing", "dead_lettered");
        let again = run.tally("search", "redelivered") + run.tally("billing", "redelivered");
        assert_eq!(again, 4 * buried);
        assert!(run.tally("search", "backlog") < 8);
    }
}

#[test]
fn beyond_partitions() {
    for seed in SEEDS {
        let (scenario, end) = preset("beyond-partitions", seed);
        let mut run = begin(&scenario, true);
        run.until(5.0);
        let before = run.tally("billing", "backlog");
        run.until(end);
        let after = run.tally("billing", "backlog");
        assert!(before > 35 && after * 2 < before, "{before}, then {after}");
        for idle in ["consumer-4", "consumer-5"] {
            assert_eq!(run.finished(idle, 0.0, end), 0);
        }
        let mut owners: Vec<_> = (0..3).map(|p| run.owner("billing", p)).collect();
        owners.sort_unstable();
        assert_eq!(owners, [Some(1), Some(2), Some(3)]);
        assert_eq!(run.tally("billing", "out_of_order"), 0);
    }
}

#[test]
fn broker_crash_durable_and_in_memory() {
    for seed in SEEDS {
        let (mut durable, memory) = (
            watch("broker-crash", seed),
            watch("broker-crash-memory", seed),
        );
        assert_eq!(
            durable.tally("search", "lost") + durable.tally("billing", "lost"),
            0
        );
        assert_eq!(
            durable.ended_as("processed"),
            durable.watch.ledger.started - open(&durable)
        );
        assert!(memory.tally("search", "lost") > 10);
        assert!(memory.ended_as("lost") > 10);
        // What the broker missed is published again.
        for run in [&durable, &memory] {
            let retried = run.facts(4.0, 10.0, |fact| matches!(fact, Fact::Retried { .. }));
            assert!(retried > 5, "{retried} retried");
            assert_eq!(run.ended_as("lost before the broker"), 0);
        }
        // It catches up.
        durable.until(25.0);
        assert!(open(&durable) < 15, "{} open", open(&durable));
    }
}

fn open(run: &Course) -> u64 {
    run.simulation.model().open_flows()
}
