//! Every failure of Batching shows its effect in numbers, and the effect ends
//! with its healing. The ledger is balanced all along.
#![cfg(not(target_arch = "wasm32"))]

mod calm;
#[path = "../common/mod.rs"]
mod common;
#[path = "../course/mod.rs"]
mod course;

use calm::{course, scenario};
use course::near;
use patternscope_engine::kernel::view::Anchor;
use patternscope_engine::kernel::{NodeId, Row, View};
use patternscope_engine::measure::Ledger;
use patternscope_engine::patterns::batching::PATTERN;
use patternscope_engine::scenario::parse_script;
use patternscope_engine::{Fact, Instant};

/// As `Pattern::outcomes` numbers them.
const REFUSED: u8 = 1;
const DISPLACED: u8 = 2;
const ERROR: u8 = 3;
const BAD: u8 = 4;
const GAVE_UP: u8 = 5;
const CRASH: u8 = 6;
const UNKNOWN: u8 = 7;
const LOST: u8 = 8;

#[test]
fn nothing_broken() {
    let run = course(&[], "");
    run.is_calm(1.0, 12.0);
    run.all_stored();
    assert_eq!(run.measure("duplicates") + run.measure("retries"), 0.0);
    assert_eq!(run.measure("mean_size"), 10.0);
}

#[test]
fn a_crashed_accumulator_loses_what_it_holds() {
    let run = course(&[], "4.05s crash accumulator-1 for 2s");
    near(run.ended(LOST, 4.0, 6.2), 200.0, 2.0);
    near(run.ended(CRASH, 4.0, 4.1), 5.0, 2.0);
    // One batch was on its way: it is stored, and its sender never learns.
    assert_eq!(run.ended(UNKNOWN, 4.0, 4.1), 10);
    assert_eq!(run.measure("recovered"), 0.0);
    run.is_calm(7.0, 12.0);
}

#[test]
fn a_log_brings_back_what_was_accepted() {
    let run = course(&[("write-ahead", "on")], "4.05s crash accumulator-1 for 2s");
    assert_eq!(run.all(CRASH) + run.all(UNKNOWN), 0);
    near(run.ended(LOST, 4.0, 6.2), 200.0, 2.0);
    // The batch whose acknowledgement found nobody is sent again.
    assert_eq!(run.measure("duplicates"), 10.0);
    // That batch, and the open one.
    let recovered = run.measure("recovered");
    assert!((11.0..20.0).contains(&recovered), "{recovered}");
    run.is_calm(7.0, 12.0);
}

#[test]
fn a_paused_accumulator_is_late() {
    let run = course(&[], "4s pause accumulator-1 for 300ms");
    run.all_stored();
    assert_eq!(
        run.facts(4.0, 4.3, |fact| matches!(fact, Fact::Noted { .. })),
        0
    );
    assert!(run.latency_ms(4.3, 4.6) > 150.0);
    run.is_calm(6.0, 12.0);
}

#[test]
fn a_slow_accumulator_closes_late() {
    let knobs = [("rate", "20"), ("linger-ms", "320")];
    let (plain, slow) = (
        course(&knobs, ""),
        course(&knobs, "1s slow accumulator-1 x1.4"),
    );
    // Seven in 320 ms, nine in 448 ms.
    assert!((plain.measure("mean_size") - 7.0).abs() < 0.2);
    assert!((slow.measure("mean_size") - 9.0).abs() < 0.5);
}

#[test]
fn errors_of_the_accumulator_refuse_items() {
    let run = course(&[], "2s errors accumulator-1 30%; 10s heal *");
    near(
        run.ended(ERROR, 2.0, 10.1),
        240.0,
        4.0 * (800.0_f64 * 0.21).sqrt(),
    );
    run.is_calm(11.0, 12.0);
}

#[test]
fn what_a_crashed_processor_held_is_sent_again() {
    let run = course(&[], "4.03s crash processor-1 for 200ms");
    run.all_stored();
    assert!(run.measure("timeouts") >= 1.0);
    assert!(run.latency_ms(4.1, 5.0) > 250.0);
    run.is_calm(7.0, 12.0);
}

#[test]
fn a_processor_that_is_down_too_long_costs_the_batches() {
    let run = course(&[("max-attempts", "2")], "4s crash processor-1 for 2s");
    assert!(run.all(GAVE_UP) >= 50, "{}", run.all(GAVE_UP));
    assert_eq!(run.all(GAVE_UP) % 10, 0);
    run.is_calm(9.0, 12.0);
}

#[test]
fn a_paused_and_a_slow_processor_take_longer() {
    let run = course(
        &[],
        "4s pause processor-1 for 300ms; 7s slow processor-1 x2 for 2s",
    );
    run.all_stored();
    assert!(run.latency_ms(4.3, 4.5) > 200.0);
    // Thirty milliseconds more.
    let latency = run.latency_ms(7.5, 9.0);
    assert!((latency - 140.0).abs() < 1.0, "{latency}");
    run.is_calm(10.0, 12.0);
}

#[test]
fn errors_of_the_processor_are_tried_again() {
    let run = course(
        &[("max-attempts", "20")],
        "2s errors processor-1 30%; 10s heal *",
    );
    run.all_stored();
    // Three sevenths of 80 batches.
    let retries = run.measure("retries");
    assert!((retries - 34.0).abs() < 20.0, "{retries}");
    assert_eq!(run.measure("duplicates"), 0.0);
}

#[test]
fn a_batch_halved_for_a_passing_error_is_stored_once() {
    let knobs = [("on-error", "bisect"), ("max-attempts", "20")];
    let run = course(&knobs, "2s errors processor-1 30%; 10s heal *");
    run.all_stored();
    assert!(run.measure("splits") > 10.0);
    assert_eq!(run.measure("duplicates"), 0.0);
}

#[test]
fn a_store_that_fails_is_asked_again() {
    for script in [
        "4.045s crash store-1 for 200ms",
        "4s errors store-1 50%; 6s heal *",
        "4s cut processor-1>store-1 for 300ms",
    ] {
        let run = course(&[("max-attempts", "20")], script);
        run.all_stored();
        assert!(run.measure("retries") >= 1.0, "{script}");
        assert_eq!(run.measure("duplicates"), 0.0, "{script}");
    }
}

#[test]
fn a_slow_store_takes_longer() {
    let run = course(&[], "4s slow store-1 x11; 8s heal *");
    let latency = run.latency_ms(5.0, 8.0);
    assert!((latency - 160.0).abs() < 1.0, "{latency}");
    run.is_calm(9.0, 12.0);
}

#[test]
fn bad_producers_send_bad_items() {
    let run = course(
        &[("on-error", "drop-bad")],
        "2s errors producer-1 20%; 10s heal *",
    );
    near(
        run.ended(BAD, 2.0, 11.0),
        80.0,
        4.0 * (400.0_f64 * 0.16).sqrt(),
    );
    assert_eq!(run.watch.ledger.failed_total(), run.all(BAD));
}

#[test]
fn a_crashed_producer_is_silent() {
    let run = course(&[], "4s crash producer-1 for 2s");
    near(
        run.facts(4.0, 6.0, |fact| matches!(fact, Fact::FlowStarted { .. })),
        100.0,
        1.0,
    );
    run.all_stored();
}

#[test]
fn lost_items_are_lost_and_lost_batches_are_not() {
    let run = course(&[], "2s loss producer-*>accumulator-1 20%; 10s heal *");
    near(
        run.ended(LOST, 2.0, 10.1),
        160.0,
        4.0 * (800.0_f64 * 0.16).sqrt(),
    );
    let run = course(
        &[("max-attempts", "20")],
        "2s loss accumulator-1>processor-1 30%; 8s heal *",
    );
    run.all_stored();
    assert!(run.measure("timeouts") > 5.0 && run.measure("duplicates") == 0.0);
}

#[test]
fn unheard_acknowledgements_store_twice_unless_known() {
    let script = "2s cut processor-1>accumulator-1 for 600ms";
    let run = course(&[], script);
    run.all_stored();
    assert!(run.measure("duplicates") >= 10.0);
    let run = course(&[("dedupe", "on")], script);
    run.all_stored();
    assert_eq!(run.measure("duplicates"), 0.0);
    let known = run.facts(0.0, 12.0, |fact| matches!(fact, Fact::Deduplicated { .. }));
    assert_eq!(known as f64, run.measure("deduplicated"));
    assert!(known >= 10);
}

#[test]
fn an_ack_timeout_below_the_work_duplicates() {
    let run = course(&[("ack-timeout-ms", "50"), ("max-attempts", "50")], "");
    run.all_stored();
    assert!(run.measure("duplicates") > 500.0);
}

#[test]
fn copies_made_by_the_network_are_stored_twice_unless_known() {
    let script = "2s duplicate producer-*>accumulator-1 100%; 4s heal *";
    let run = course(&[], script);
    run.all_stored();
    assert_eq!(run.measure("duplicates"), 200.0);
    assert_eq!(
        run.measure("stored"),
        run.watch.ledger.succeeded() as f64 + 200.0
    );
    let run = course(&[("dedupe", "on")], script);
    assert_eq!(
        (run.measure("duplicates"), run.measure("deduplicated")),
        (0.0, 200.0)
    );
    let run = course(
        &[],
        "2s duplicate accumulator-1>processor-1 100%; 4s heal *",
    );
    run.all_stored();
    near(run.measure("duplicates") as usize, 200.0, 20.0);
}

#[test]
fn a_surge_fills_batches_faster() {
    let run = course(&[], "4s surge x3 for 2s");
    near(
        run.facts(4.1, 6.0, |fact| matches!(fact, Fact::Noted { .. })),
        57.0,
        2.0,
    );
    run.all_stored();
}

#[test]
fn a_full_buffer_refuses_displaces_or_blocks() {
    let script = "2s pause processor-1 for 2s";
    let knobs = |on_full| {
        [
            ("buffer", "50"),
            ("ack-timeout-ms", "5000"),
            ("in-flight", "2"),
            ("on-full", on_full),
        ]
    };
    let run = course(&knobs("reject"), script);
    // Two hundred come, and some thirty find room.
    near(run.all(REFUSED) as usize, 170.0, 15.0);
    assert_eq!(run.watch.ledger.failed_total(), run.all(REFUSED));
    let run = course(&knobs("drop-oldest"), script);
    near(run.all(DISPLACED) as usize, 170.0, 15.0);
    assert_eq!(run.watch.ledger.failed_total(), run.all(DISPLACED));
    course(&knobs("block"), script).all_stored();
}

#[test]
fn a_flush_by_hand_closes_what_is_open() {
    let run = course(
        &[("linger-ms", "5000"), ("max-items", "10000")],
        "1s flush accumulator-1",
    );
    assert_eq!(run.measure("flush_reasons/close"), 1.0);
    near(run.ended(0, 1.0, 2.0), 99.0, 1.0);
}

#[test]
fn each_key_fills_a_batch_of_its_own() {
    let scenario = scenario(&[("keys", "3"), ("arrival", "poisson")], "");
    let mut simulation = scenario.simulation(None);
    let mut view = View::default();
    let mut seen = [0; 3];
    for tick in 1..400 {
        simulation.run_until(Instant(tick * 10_000_000), None);
        simulation.view(&mut view);
        for standing in &view.standing {
            let row = usize::from(standing.row);
            assert_eq!(standing.token.hue.index(), row + 1);
            seen[row] += 1;
        }
        assert_eq!(view.shelves.len(), 3);
        let shown: u64 = view.shelves.iter().map(|shelf| shelf.end).sum();
        assert_eq!(shown, view.standing.len() as u64);
    }
    assert!(seen.iter().all(|seen| *seen > 100), "{seen:?}");
}

#[test]
fn the_individual_path_has_its_own_failures() {
    let run = course(
        &[("rate", "40")],
        "4s crash individual-1 for 1s; 8s errors individual-1 50%",
    );
    run.all_stored();
    assert!(run.measure("individual/stored") < run.measure("stored"));
    assert!(run.measure("individual/stored") > 0.7 * run.measure("stored"));
}

/// Knobs that the laws leave alone, under their random scripts.
#[test]
fn books_hold_whatever_is_done() {
    let knobs = [
        ("keys", "4"),
        ("adaptive", "on"),
        ("on-error", "bisect"),
        ("write-ahead", "on"),
        ("bad", "5"),
        ("max-bytes", "3000"),
        ("on-full", "drop-oldest"),
        ("buffer", "40"),
        ("ack-timeout-ms", "90"),
    ];
    for seed in 0..60_u64 {
        let mut draw = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            draw ^= draw << 13;
            draw ^= draw >> 7;
            draw ^= draw << 17;
            draw as u16
        };
        let plan: Vec<(u16, u16, u16)> = (0..10).map(|_| (next(), next(), next())).collect();
        let lines = common::random_script(&PATTERN, &plan).join("\n");
        // Scripts of the default topology name a third producer.
        let used = &knobs[..knobs.len() - seed as usize % 3];
        let mut scenario = scenario(used, "");
        scenario.settings.set("producers", "3").expect("a knob");
        scenario.seed = seed;
        let (parsed, notices) = parse_script(&lines, &scenario.topology(), &scenario.settings);
        assert!(notices.is_empty(), "{notices:?}");
        scenario.script = parsed;
        let mut ledger = Ledger::default();
        let mut simulation = scenario.simulation(Some(&mut ledger));
        for tick in 1..=300_u64 {
            simulation.run_until(Instant(tick * 20_000_000), Some(&mut ledger));
            let balance = ledger.check(&simulation);
            assert!(
                balance.balanced(),
                "{seed} at {tick}: {:?} {lines}",
                balance.truths
            );
        }
    }
}

#[test]
fn absurd_knobs_do_no_harm() {
    for knobs in [
        [
            ("rate", "50000"),
            ("max-items", "1"),
            ("buffer", "100000"),
            ("on-full", "block"),
        ],
        [
            ("rate", "50000"),
            ("max-items", "10000"),
            ("linger-ms", "0"),
            ("on-full", "drop-oldest"),
        ],
        [
            ("rate", "0"),
            ("buffer", "1"),
            ("linger-ms", "0"),
            ("overhead-ms", "0"),
        ],
        [
            ("bad", "100"),
            ("on-error", "bisect"),
            ("retry-ms", "0"),
            ("latency-ms", "0"),
        ],
        [
            ("rate", "20000"),
            ("ack-timeout-ms", "1"),
            ("in-flight", "64"),
            ("max-attempts", "50"),
        ],
    ] {
        let scenario = scenario(&knobs, "");
        let mut ledger = Ledger::default();
        let mut simulation = scenario.simulation(Some(&mut ledger));
        for second in 1..=4 {
            simulation.run_until_or(
                Instant::from_secs(f64::from(second)),
                400_000,
                Some(&mut ledger),
            );
            let balance = ledger.check(&simulation);
            assert!(balance.balanced(), "{knobs:?}: {:?}", balance.truths);
        }
    }
}

/// Everything the picture is told has its place in a card.
#[test]
fn rows_of_the_picture_are_there() {
    for keys in ["1", "2", "4"] {
        let scenario = scenario(&[("keys", keys), ("rate", "900")], "1s pause processor-1");
        let mut simulation = scenario.simulation(None);
        simulation.run_until(Instant::from_secs(1.4), None);
        let mut view = View::default();
        simulation.view(&mut view);
        let topology = simulation.topology();
        let is_there = |node: NodeId, row: u8| usize::from(row) < topology.node(node).rows.len();
        assert!(view.shelves.iter().all(|it| is_there(it.node, it.row)));
        assert!(view.readings.iter().all(|it| {
            let row = &topology.node(it.node).rows[usize::from(it.row)];
            matches!(row, Row::Gauge { .. })
        }));
        for sign in simulation.signs() {
            assert!(sign.text.chars().count() <= 24, "{}", sign.text);
            if let Anchor::Row(node, row) = sign.anchor {
                assert!(is_there(node, row), "{}", sign.text);
            }
        }
        assert!(view.waiting.len() <= 200);
    }
}
