//! Peer-to-Peer: what each failure does, in numbers. The ledger and the
//! pattern's truths are checked all along.
#![cfg(not(target_arch = "wasm32"))]

mod course;

use course::{Course, begin, run, scenario};
use patternscope_engine::Fact;
use patternscope_engine::patterns::peer_to_peer::PATTERN;

const DONE: u8 = 0;
const TIMED_OUT: u8 = 1;
const ERROR: u8 = 2;
const GONE: u8 = 3;
const OVERFLOW: u8 = 6;

fn course(knobs: &[(&str, &str)], script: &str, seconds: f64) -> Course {
    run(&scenario(&PATTERN, knobs, script), seconds)
}

const DIRECT: &[(&str, &str)] = &[
    ("mode", "direct"),
    ("arrival", "steady"),
    ("rate", "10"),
    ("timeout-ms", "400"),
];

fn direct(more: &[(&str, &str)], script: &str, seconds: f64) -> Course {
    course(&[DIRECT, more].concat(), script, seconds)
}

#[test]
fn nothing_broken() {
    let run = direct(&[], "", 10.0);
    assert_eq!(run.ended(DONE, 1.0, 9.0), 80);
    let latency = run.watch.measures.latency().mean().expect("some") / 1e6;
    assert!((latency - 120.0).abs() < 1.0, "{latency}");
}

#[test]
fn requests_to_a_crashed_peer_go_to_another() {
    let crash = "2s crash peer-2; 2s crash peer-3; 2s crash peer-4; 2s crash peer-5";
    let run = direct(&[], crash, 12.0);
    assert!(run.count(|it| matches!(it, Fact::Retried { .. })) > 5);
    assert!(run.ended(DONE, 3.0, 12.0) > 60);
    // What they had asked for ends with them.
    let own = direct(&[("latency-ms", "150")], "2s crash peer-*", 4.0);
    assert!(own.ended(GONE, 1.99, 2.01) >= 2);
    assert_eq!(own.ended(DONE, 2.0, 4.0), 0);
    let once = direct(&[("attempts", "1")], crash, 12.0);
    assert!(once.ended(TIMED_OUT, 2.0, 12.0) > 5);
}

#[test]
fn slow_paused_and_mistaken_peers() {
    let knobs = [("service-ms", "10"), ("timeout-ms", "5000")];
    let calm = direct(&knobs, "", 10.0);
    let mean = |run: &Course| run.watch.measures.latency().mean().expect("some") / 1e6;
    assert!((mean(&calm) - 140.0).abs() < 1.0);
    let slow = direct(&knobs, "1s slow peer-* x5", 10.0);
    assert!(mean(&slow) > mean(&calm) + 60.0);
    let paused = direct(&knobs, "2s pause peer-* for 1s", 10.0);
    assert_eq!(paused.ended(DONE, 2.0, 2.99), 0);
    assert_eq!(paused.ended(TIMED_OUT, 0.0, 10.0), 0);
    let wrong = direct(
        &[("attempts", "1")],
        "2s errors peer-* 100% for 2s; 6s poison",
        10.0,
    );
    assert!(wrong.ended(ERROR, 2.0, 4.1) > 15);
    assert_eq!(wrong.ended(ERROR, 6.0, 10.0), 1);
    let lookups = [
        ("mode", "lookup"),
        ("rate", "10"),
        ("attempts", "1"),
        ("timeout-ms", "5000"),
    ];
    let wrong = course(&lookups, "2s errors peer-* 100% for 2s", 8.0);
    assert!(wrong.ended(ERROR, 2.0, 4.5) > 8);
    assert_eq!(wrong.ended(ERROR, 5.0, 8.0), 0);
    let spoilt = course(&[("rate", "0")], "5s poison", 8.0);
    assert_eq!(
        (spoilt.ended(ERROR, 5.0, 6.0), spoilt.ended(DONE, 0.0, 8.0)),
        (1, 1)
    );
    // Who makes only mistakes does not hear rumours.
    let gossip = [("rate", "0"), ("registers", "1"), ("dies", "never")];
    let deaf = course(&gossip, "0s errors peer-3 100%", 10.0);
    assert_eq!(deaf.measure("spread/susceptible"), 1.0);
}

#[test]
fn a_crashed_peer_forgets_and_catches_up() {
    let knobs = [("rate", "0"), ("registers", "1")];
    let run = course(&knobs, "6s crash peer-3 for 1s", 6.9);
    assert!(run.measure("spread/removed") == 19.0, "{}", run.words());
    let run = course(&knobs, "6s crash peer-3 for 1s", 8.5);
    assert_eq!(run.measure("spread/removed"), 20.0);
    assert_eq!(run.measure("repaired"), 1.0);
    // A write that only the crashed one knew is gone.
    let alone = course(
        &[("rate", "0"), ("overlay", "ring")],
        "5s send peer-3; 5001ms crash peer-3",
        9.0,
    );
    assert_eq!(alone.ended(GONE, 5.0, 5.1), 1);
}

#[test]
fn leaving_and_joining() {
    let knobs = [
        ("mode", "lookup"),
        ("rate", "10"),
        ("peers", "12"),
        ("timeout-ms", "500"),
    ];
    let run = course(&knobs, "2s leave peer-4; 8s join peer-4", 7.9);
    assert_eq!(run.measure("ring_stable"), 1.0);
    assert!(run.words().contains("left"));
    let run = course(&knobs, "2s leave peer-4; 8s join peer-4", 16.0);
    assert_eq!(run.measure("ring_stable"), 1.0);
    assert_eq!(run.ended(TIMED_OUT, 10.0, 16.0), 0);
    // All at once: the ring is built anew from nothing.
    let run = course(&knobs, "2s crash peer-* for 1s", 60.0);
    assert_eq!(run.measure("ring_stable"), 1.0, "{}", run.words());
    // Two rings become one.
    let half =
        "peer-1,peer-2,peer-3,peer-4,peer-5,peer-6|peer-7,peer-8,peer-9,peer-10,peer-11,peer-12";
    let run = course(&knobs, &format!("2s partition {half} for 20s"), 60.0);
    assert_eq!(run.measure("ring_stable"), 1.0, "{}", run.words());
}

#[test]
fn both_sides_of_a_partition_find_each_other_again() {
    let knobs = [
        ("mode", "direct"),
        ("rate", "0"),
        ("peers", "8"),
        ("detect", "on"),
    ];
    let half = "peer-1,peer-2,peer-3,peer-4|peer-5,peer-6,peer-7,peer-8";
    let script = format!("2s partition {half} for 10s");
    let apart = course(&knobs, &script, 11.9);
    assert_eq!(apart.words().matches("4 dead to it").count(), 8);
    let healed = course(&knobs, &script, 40.0);
    assert!(!healed.words().contains("dead"), "{}", healed.words());
    assert!(healed.measure("refuted") >= 8.0);
}

#[test]
fn a_swarm_survives_its_peers() {
    let knobs: &[(&str, &str)] = &[
        ("mode", "swarm"),
        ("peers", "12"),
        ("timeout-ms", "3000"),
        ("period-ms", "500"),
    ];
    for script in [
        "2s crash peer-3 for 3s; 4s crash peer-7 for 2s",
        "1s pause peer-1 for 3s",
        "1s slow peer-1 x4 for 5s",
        "1s errors peer-* 30% for 6s",
        "1s loss peer-*>peer-* 20% for 6s",
        "1s leave peer-5; 6s join peer-5",
        "3s crash peer-1 for 6s",
        "1s duplicate peer-*>peer-* 50% for 6s",
    ] {
        let run = course(knobs, script, 60.0);
        assert_eq!(run.measure("swarm/complete"), 11.0, "{script}");
    }
    let gone = course(knobs, "2s crash peer-3 for 3s", 60.0);
    assert_eq!(gone.ended(GONE, 0.0, 3.0), 1);
    assert_eq!(gone.ended(DONE, 0.0, 60.0), 11);
}

#[test]
fn copies_of_messages_count_once() {
    let calm = direct(&[], "", 10.0);
    let twice = direct(&[], "0s duplicate peer-*>peer-* 100%", 10.0);
    assert_eq!(calm.ended(DONE, 0.0, 9.0), twice.ended(DONE, 0.0, 9.0));
    assert!(twice.measure("deduplicated") > 150.0);
}

#[test]
fn absurd_loads_end() {
    let run = |knobs: &[(&str, &str)], seconds| {
        let mut run = begin(&scenario(&PATTERN, knobs, ""), false);
        run.advance(seconds);
        assert!(run.watch.ledger.check(&run.simulation).balanced());
        run
    };
    for mode in ["direct", "gossip", "lookup"] {
        run(
            &[
                ("mode", mode),
                ("rate", "50000"),
                ("timeout-ms", "600000"),
                ("detect", "on"),
            ],
            1.0,
        );
    }
    run(
        &[
            ("mode", "direct"),
            ("rate", "50000"),
            ("latency-ms", "60000"),
        ],
        3.0,
    );
    for mode in ["direct", "gossip", "lookup", "swarm"] {
        let knobs = [
            ("mode", mode),
            ("peers", "2"),
            ("period-ms", "10"),
            ("session-s", "0.01"),
            ("away-s", "0"),
            ("fanout", "16"),
            ("detect", "on"),
            ("helpers", "8"),
            ("suspect-rounds", "0"),
        ];
        run(&knobs, 20.0);
    }
    let full = [
        ("mode", "direct"),
        ("rate", "50000"),
        ("latency-ms", "60000"),
        ("timeout-ms", "600000"),
    ];
    let mut full = begin(&scenario(&PATTERN, &full, ""), true);
    full.advance(1.0);
    assert_eq!(full.simulation.model().open_flows(), 20_000);
    assert!(full.ended(OVERFLOW, 0.0, 1.0) > 20_000);
}
