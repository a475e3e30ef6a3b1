//! Every failure shows its effect in numbers, and the effect ends with its
//! healing. The ledger is balanced all along.
#![cfg(not(target_arch = "wasm32"))]

mod calm;
#[path = "../course/mod.rs"]
mod course;

use calm::course;
use course::near;
use patternscope_engine::kernel::DropReason;
use patternscope_engine::{Fact, Instant};

const ERROR: u8 = 3;
const CLIENT_CRASH: u8 = 5;

#[test]
fn nothing_broken() {
    course(&[], "").is_calm(1.0, 12.0);
}

#[test]
fn a_crashed_server_loses_what_it_holds_and_gets() {
    let run = course(&[], "4s crash server-1 for 2s");
    run.is_calm(1.0, 4.0);
    assert_eq!(run.begun(4.0, 6.0, 1), 0);
    near(run.begun(4.0, 6.0, 2), 100.0, 2.0);
    let lost = run.facts(4.0, 4.1, |fact| matches!(fact, Fact::Interrupted { .. }));
    near(lost, 2.5, 0.5);
    near(run.dropped(4.0, 6.1, DropReason::Crash), 100.0, 2.0);
    near(run.failed(4.0, 7.0), 102.5, 3.0);
    run.is_calm(7.0, 12.0);
}

#[test]
fn a_crashed_client_gives_up_its_flows_and_sends_nothing() {
    let run = course(&[], "4s crash client-1 for 2s");
    near(run.ended(CLIENT_CRASH, 4.0, 4.1), 3.5, 0.5);
    let sent = run.facts(
        4.0,
        6.0,
        |fact| matches!(fact, Fact::FlowStarted { node, .. } if node.0 == 0),
    );
    assert_eq!(sent, 0);
    near(run.started(4.0, 6.0), 100.0, 1.0);
    near(run.dropped(4.0, 4.1, DropReason::Crash), 3.5, 0.5);
    run.is_calm(6.5, 12.0);
}

#[test]
fn a_paused_server_stands_still_and_goes_on() {
    let run = course(&[("timeout-ms", "0")], "4s pause server-1 for 2s");
    assert_eq!(run.begun(4.0, 6.0, 1), 0);
    // What came meanwhile is answered late, but nothing is lost.
    assert_eq!(
        run.failed(0.0, 12.0) + run.watch.ledger.lost_total() as usize,
        0
    );
    let late = run.latency_ms(6.0, 7.0);
    assert!(late > 500.0, "{late} ms");
    run.is_calm(8.0, 12.0);
}

#[test]
fn a_paused_client_falls_silent_and_goes_on() {
    let run = course(&[("timeout-ms", "0")], "4s pause client-1 for 2s");
    near(run.started(4.0, 6.0), 100.0, 1.0);
    assert_eq!(
        run.failed(0.0, 12.0) + run.watch.ledger.lost_total() as usize,
        0
    );
    run.is_calm(6.5, 12.0);
}

#[test]
fn a_slow_server_takes_longer() {
    let run = course(&[], "4s slow server-1 x3; 8s heal server-1");
    run.is_calm(1.0, 4.0);
    // Half of the flows take 100 ms more.
    assert!((run.latency_ms(5.0, 8.0) - 120.0).abs() < 1.0);
    run.is_calm(8.5, 12.0);
}

#[test]
fn errors_are_a_share_of_the_work() {
    let run = course(&[("servers", "1")], "2s errors server-1 30%; 10s heal *");
    let failed = run.ended(ERROR, 2.1, 10.0);
    near(failed, 0.3 * 790.0, 4.0 * (790.0_f64 * 0.21).sqrt());
    assert_eq!(failed, run.failed(2.1, 10.0));
    run.is_calm(10.2, 12.0);
}

#[test]
fn a_cut_link_lets_nothing_through() {
    let run = course(&[], "4s cut client-1>server-1 for 2s");
    // A quarter of the requests; the one on its way falls with the cut.
    near(run.dropped(4.0, 6.1, DropReason::Cut), 50.0, 1.0);
    near(run.begun(4.1, 6.0, 1), 47.5, 1.0);
    near(run.failed(4.0, 7.0), 50.0, 1.0);
    run.is_calm(7.0, 12.0);
}

#[test]
fn a_cut_link_back_lets_requests_run_in_vain() {
    let run = course(&[], "4s cut server-1>client-1; 6s heal server-1>client-1");
    near(run.begun(4.0, 6.0, 1), 100.0, 2.0);
    near(run.dropped(4.0, 6.1, DropReason::Cut), 50.0, 1.0);
    near(run.failed(4.0, 7.0), 50.0, 2.0);
    run.is_calm(7.0, 12.0);
}

#[test]
fn a_partition_cuts_both_ways_between_its_groups() {
    let run = course(
        &[],
        "4s partition client-1,server-1|client-2,server-2 for 2s",
    );
    // Each client reaches one of two servers.
    near(run.failed(4.0, 7.0), 100.0, 6.0);
    near(run.begun(4.1, 6.0, 1), 47.5, 1.0);
    near(run.begun(4.1, 6.0, 2), 47.5, 1.0);
    run.is_calm(7.0, 12.0);
}

#[test]
fn loss_takes_a_share() {
    let run = course(&[], "2s loss client-*>server-* 20%; 10s heal *");
    let lost = run.dropped(2.0, 10.1, DropReason::Loss);
    near(lost, 160.0, 4.0 * (800.0_f64 * 0.16).sqrt());
    near(run.failed(2.0, 11.0), lost as f64, 0.0);
    run.is_calm(11.0, 12.0);
}

#[test]
fn latency_is_added() {
    let run = course(&[], "4s latency client-*>server-* +200ms; 8s heal *");
    run.is_calm(1.0, 4.0);
    assert!((run.latency_ms(5.0, 8.0) - 270.0).abs() < 0.01);
    run.is_calm(8.5, 12.0);
}

#[test]
fn duplicates_run_twice_unless_a_key_tells() {
    let script = "2s duplicate client-*>server-* 10%; 10s heal *";
    let run = course(&[], script);
    let copies = run.watch.ledger.duplicated;
    near(copies as usize, 80.0, 4.0 * (800.0_f64 * 0.09).sqrt());
    assert_eq!(run.counted("repeated_runs"), copies);
    assert_eq!(run.counted("deduplicated"), 0);
    assert_eq!(run.failed(0.0, 12.0), 0);
    run.is_calm(10.2, 12.0);

    let with_key = course(&[("idempotency", "on")], script);
    assert_eq!(with_key.watch.ledger.duplicated, copies);
    assert_eq!(with_key.counted("deduplicated"), copies);
    assert_eq!(with_key.counted("repeated_runs"), 0);
}

#[test]
fn reordering_lets_messages_overtake() {
    let run = course(
        &[("rate", "400"), ("workers", "32")],
        "4s reorder client-*>server-* 25% for 4s",
    );
    let overtaken = |from: f64, to: f64| {
        let (from, to) = (Instant::from_secs(from), Instant::from_secs(to));
        let mut last = [0; 16];
        let mut count = 0;
        for stamped in run
            .watch
            .facts
            .iter()
            .filter(|it| it.at >= from && it.at < to)
        {
            if let Fact::Delivered { message, link, .. } = stamped.fact {
                let last = &mut last[link.index()];
                count += usize::from(message.0.get() < *last);
                *last = message.0.get().max(*last);
            }
        }
        count
    };
    assert_eq!(overtaken(0.0, 4.0) + overtaken(8.1, 12.0), 0);
    assert!(overtaken(4.0, 8.0) > 100, "{}", overtaken(4.0, 8.0));
    assert_eq!(run.failed(0.0, 12.0), 0);
}

#[test]
fn a_surge_multiplies_the_load() {
    let run = course(&[("workers", "64")], "4s surge x5 for 2s");
    near(run.started(2.0, 4.0), 200.0, 1.0);
    near(run.started(4.0, 6.0), 1000.0, 2.0);
    near(run.started(6.0, 8.0), 200.0, 2.0);
    run.is_calm(6.2, 12.0);
}

#[test]
fn poison_fails_as_often_as_it_is_tried() {
    let run = course(
        &[("retries", "2"), ("backoff", "none"), ("retry-budget", "0")],
        "4s poison",
    );
    assert_eq!(run.counted("retries"), 2);
    assert_eq!(run.ended(ERROR, 0.0, 12.0), 1);
    assert_eq!(run.failed(0.0, 12.0), 1);
    run.is_calm(5.0, 12.0);
}

#[test]
fn healing_everything_ends_everything() {
    let run = course(
        &[],
        "2s slow server-1 x9; 2s errors server-2 50%; 2s cut client-1>server-1; \
         3s loss client-2>server-* 50%; 3s crash server-2; 4s pause client-2; \
         4s latency server-*>client-* +90ms; 5s heal *",
    );
    assert!(run.failed(2.0, 5.0) > 100);
    run.is_calm(7.0, 12.0);
}

#[test]
fn a_fault_that_replaced_another_outlives_it() {
    let run = course(&[], "2s crash server-1 for 2s; 3s crash server-1 for 3s");
    assert_eq!(run.begun(2.0, 6.0, 1), 0);
    run.is_calm(7.0, 12.0);
}

#[test]
fn no_load() {
    let run = course(
        &[("rate", "0")],
        "3s crash server-*; 5s surge x9; 6s heal *",
    );
    assert_eq!(run.started(0.0, 12.0), 0);
    assert_eq!(run.watch.ledger.sent, 0);
}

#[test]
fn all_nodes_dead() {
    let script = "4s crash client-*; 4s crash server-*; 6s send client-1; 7s poison";
    let run = course(&[], script);
    assert_eq!(run.started(4.0, 12.0), 0);
    let balance = run.watch.ledger.check(&run.simulation);
    assert_eq!((balance.open, balance.in_flight), (0, 0));
    let healed = course(&[], &format!("{script}; 8s heal *"));
    healed.is_calm(9.0, 12.0);
}

#[test]
fn all_links_cut() {
    let script = "4s cut client-*>server-*; 4s cut server-*>client-*";
    let run = course(&[("retries", "2")], script);
    assert_eq!(run.ended(0, 4.1, 12.0), 0);
    near(run.started(4.0, 12.0), 800.0, 2.0);
    assert!(run.failed(6.0, 12.0) > 500);
    let healed = course(&[], &format!("{script}; 8s heal *"));
    healed.is_calm(9.0, 12.0);
}

/// Deadlines, keys, hedges, retries and a bounded pool, amid every failure.
#[test]
fn every_mechanism_at_once() {
    let script = "1s duplicate client-*>server-* 30%; 1s loss server-*>client-* 5%; 2s crash server-1 for 1s; \
                  4s pause server-* for 700ms; 5s slow server-2 x6; 6s set workers=2; 6s set queue-cap=3; \
                  7s pause client-1 for 900ms; 7.2s crash client-1 for 500ms; 7.3s set deadline=off; \
                  7.5s set pool=3; 8s surge x4 for 1s; 8.5s set deadline=on; 9s errors server-1 40%; \
                  9.5s pause server-1 for 1s; 9.7s crash server-1 for 200ms; 10s heal *";
    for on_full in ["reject", "drop-oldest", "block"] {
        for lb in ["random", "least-connections", "two-choices"] {
            let knobs = [
                ("deadline", "on"),
                ("idempotency", "on"),
                ("hedge-ms", "80"),
                ("retries", "3"),
                ("timeout-ms", "200"),
                ("pool", "20"),
                ("service-dist", "exponential"),
                ("on-full", on_full),
                ("lb", lb),
            ];
            let run = course(&knobs, script);
            assert!(run.counted("cut_short") > 50 && run.counted("expired") > 50);
            assert!(run.counted("deduplicated") > 50 && run.counted("hedges") > 50);
        }
    }
}
