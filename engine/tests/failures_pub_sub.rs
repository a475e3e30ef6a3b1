//! Every failure, on every kind of node and link of Pub-Sub, shows its effect
//! in numbers. The books are checked all along.
#![cfg(not(target_arch = "wasm32"))]

mod pub_sub;

use patternscope_engine::Fact;
use pub_sub::{Course, run, scenario};

/// 50 messages a second exactly spaced, one subscription, two consumers of 10
/// ms with an ack 10 ms later, links of 10 ms: undisturbed, a message takes
/// 10 + 1 + 10 + 10 ms if its consumer is free. Publication ends at 8 s.
const CALM: &[(&str, &str)] = &[
    ("arrival", "steady"),
    ("rate", "50"),
    ("filters", "a:#"),
    ("keys", "1000"),
    ("partitions", "4"),
    ("service-ms", "10"),
    ("service-dist", "constant"),
    ("ack-delay-ms", "10"),
    ("latency-ms", "10"),
    ("ack-timeout-ms", "500"),
    ("heartbeat-ms", "200"),
    ("session-ms", "1000"),
    ("prefetch", "8"),
];
const END: f64 = 16.0;

fn course(knobs: &[(&str, &str)], script: &str) -> Course {
    let all: Vec<_> = CALM.iter().chain(knobs).copied().collect();
    run(&scenario(&all, &format!("{script}; 8s set rate=0")), END)
}

fn delivery(mode: &str, script: &str) -> Course {
    course(&[("delivery", mode)], script)
}

impl Course {
    /// All that was published was processed, once.
    fn all_done(&self) {
        assert_eq!(self.watch.ledger.started, self.ended_as("processed"));
        assert_eq!(self.tally("a", "matched"), self.tally("a", "acked"));
    }

    fn retried(&self) -> usize {
        self.facts(0.0, END, |fact| matches!(fact, Fact::Retried { .. }))
    }
}

#[test]
fn nothing_broken() {
    for mode in ["at-most-once", "at-least-once", "effectively-once"] {
        let run = delivery(mode, "");
        run.all_done();
        let latencies = run.latencies(0.0, END);
        assert_eq!(latencies[0], 31.0);
        assert!(latencies[latencies.len() / 2] < 60.0, "{mode}");
        for name in ["redelivered", "duplicates", "deduplicated", "out_of_order"] {
            assert_eq!(run.tally("a", name), 0, "{mode} {name}");
        }
        assert_eq!(run.watch.ledger.lost_total(), 0);
        assert_eq!(run.retried(), 0);
    }
}

/// What the guarantees are about.
#[test]
fn a_consumer_dies_between_effect_and_ack() {
    let deaths = "2s crash consumer-* for 300ms; 4s crash consumer-* for 300ms; 6s crash consumer-1 for 300ms";
    let run = delivery("at-most-once", deaths);
    assert!(run.tally("a", "lost") > 20, "{}", run.tally("a", "lost"));
    assert_eq!(
        run.tally("a", "duplicates") + run.tally("a", "redelivered"),
        0
    );
    assert_eq!(run.ended_as("lost"), run.tally("a", "lost"));

    let run = delivery("at-least-once", deaths);
    run.all_done();
    assert!(run.tally("a", "duplicates") > 0);
    assert_eq!(run.tally("a", "out_of_order"), 0);

    let run = delivery("effectively-once", deaths);
    run.all_done();
    assert_eq!(run.tally("a", "duplicates"), 0);
    assert!(run.tally("a", "deduplicated") > 0);
}

#[test]
fn a_crashed_consumer_loses_its_partitions_to_others_and_gets_them_back() {
    let run = course(&[], "2s crash consumer-1 for 3s");
    assert_eq!(run.finished("consumer-1", 2.0, 5.0), 0);
    // From the end of its session on the other one has all of it.
    assert!(run.finished("consumer-2", 3.3, 4.9) > 75);
    assert!(run.finished("consumer-1", 5.5, 8.0) > 40);
    let rebalances = run.facts(0.01, END, |fact| {
        matches!(fact, Fact::Noted { kind: 0, .. })
    });
    assert_eq!(rebalances, 2);
    run.all_done();
}

/// It does not know that it is taken for dead: its work is done twice.
#[test]
fn a_paused_consumer_is_a_zombie() {
    let script = "2s pause consumer-1 for 2s";
    let run = delivery("at-least-once", script);
    run.all_done();
    assert_eq!(run.finished("consumer-1", 2.0, 4.0), 0);
    assert!(run.tally("a", "duplicates") > 0);
    assert_eq!(run.tally("a", "out_of_order"), 0);
    let run = delivery("effectively-once", script);
    run.all_done();
    assert_eq!(run.tally("a", "duplicates"), 0);
}

#[test]
fn a_slow_consumer_falls_behind_and_catches_up() {
    let run = course(
        &[("ack-timeout-ms", "60000")],
        "2s slow consumer-1 x8; 5s heal consumer-1",
    );
    run.all_done();
    let late = *run.latencies(4.0, 5.0).last().expect("some");
    assert!(late > 500.0, "{late} ms");
    assert!(*run.latencies(7.5, 8.0).last().expect("some") < 100.0);
    assert_eq!(run.tally("a", "redelivered"), 0);
}

#[test]
fn errors_of_a_consumer_are_refusals() {
    let run = course(
        &[("max-deliveries", "0")],
        "2s errors consumer-* 30%; 8s heal *",
    );
    run.all_done();
    // 300 messages, each refused 3 times in 7 deliveries.
    let again = run.tally("a", "redelivered") as f64;
    assert!((again - 300.0 * 3.0 / 7.0).abs() < 60.0, "{again}");
    let run = course(
        &[("max-deliveries", "2")],
        "2s errors consumer-* 30%; 8s heal *",
    );
    let dead = run.tally("a", "dead_lettered");
    assert!((10..50).contains(&dead), "{dead}");
    assert_eq!(run.ended_as("dead letter"), dead);
    let run = delivery("at-most-once", "2s errors consumer-* 30%; 8s heal *");
    assert_eq!(run.ended_as("lost"), run.tally("a", "lost"));
    assert!(
        (60..120).contains(&run.ended_as("lost")),
        "{}",
        run.ended_as("lost")
    );
}

#[test]
fn a_durable_broker_crashes() {
    let run = course(&[], "4s crash broker-1 for 1s");
    run.all_done();
    assert!(run.retried() > 40);
    assert!(run.latencies(5.0, 7.0).last().expect("some") > &900.0);
    // Without acks nobody sends again.
    let run = delivery("at-most-once", "4s crash broker-1 for 1s");
    assert!((50..55).contains(&run.ended_as("lost before the broker")));
}

#[test]
fn a_broker_in_memory_crashes() {
    let knobs = [("durable", "off"), ("ack-timeout-ms", "60000")];
    let run = course(
        &knobs,
        "2s slow consumer-* x8; 4s crash broker-1 for 1s; 5s heal *",
    );
    let lost = run.tally("a", "lost");
    assert!(lost > 20, "{lost}");
    // Some of these were processed, but the broker never learnt of it.
    assert!(run.ended_as("lost") <= lost && run.ended_as("lost") > 10);
}

#[test]
fn a_paused_or_slow_broker_loses_nothing() {
    let run = course(&[("ack-timeout-ms", "60000")], "4s pause broker-1 for 2s");
    run.all_done();
    assert_eq!(run.finished("broker-1", 4.0, 6.0) + run.retried(), 0);
    // Nor does it take anybody for dead afterwards.
    let rebalances = run.facts(0.01, END, |fact| {
        matches!(fact, Fact::Noted { kind: 0, .. })
    });
    assert_eq!(rebalances, 0);
    let run = course(&[("append-ms", "2")], "4s slow broker-1 x5; 6s heal *");
    run.all_done();
    assert_eq!(run.latencies(1.0, 4.0)[0], 32.0);
    assert_eq!(run.latencies(4.5, 6.0)[0], 40.0);
}

#[test]
fn errors_of_the_broker_are_refusals() {
    let run = delivery("at-most-once", "2s errors broker-1 20%; 8s heal *");
    let refused = run.ended_as("refused");
    assert!((35..85).contains(&refused), "{refused}");
    let run = course(&[], "2s errors broker-1 20%; 8s heal *");
    run.all_done();
    assert!(run.retried() > 35);
}

#[test]
fn a_crashed_publisher_forgets_what_was_not_confirmed() {
    let run = course(
        &[],
        "4s cut publisher-1>broker-1; 5s crash publisher-1 for 1s; 5.5s heal publisher-1>broker-1",
    );
    // A second's worth of half the load.
    let gone = run.ended_as("publisher crash");
    assert!((23..28).contains(&gone), "{gone}");
    assert_eq!(run.watch.ledger.started, run.ended_as("processed") + gone);
    let node = run
        .simulation
        .topology()
        .find("publisher-1")
        .expect("a node");
    let sent = |fact: &Fact| matches!(fact, Fact::FlowStarted { node: at, .. } if *at == node);
    assert_eq!(run.facts(5.01, 6.0, sent), 0);
    assert!(run.facts(6.0, 8.0, sent) > 45);
}

#[test]
fn loss_before_the_broker() {
    let run = delivery(
        "at-most-once",
        "2s loss publisher-*>broker-1 20%; 8s heal *",
    );
    let lost = run.ended_as("lost before the broker");
    assert!((35..85).contains(&lost), "{lost}");
    let run = course(
        &[],
        "2s loss publisher-*>broker-1 20%; 2s loss broker-1>publisher-* 20%; 9s heal *",
    );
    run.all_done();
    assert!(run.retried() > 70);
    assert_eq!(run.tally("a", "duplicates"), 0);
}

#[test]
fn a_cut_between_broker_and_consumer() {
    // Acks and heartbeats are lost: it is taken for dead.
    let run = course(&[], "2s cut consumer-1>broker-1; 5s heal *");
    run.all_done();
    assert!(run.tally("a", "duplicates") > 0);
    assert_eq!(run.finished("consumer-1", 3.6, 5.0), 0);
    // Deliveries are lost, heartbeats not: they come again until it heals.
    let run = course(
        &[("max-deliveries", "0")],
        "2s cut broker-1>consumer-1; 5s heal *",
    );
    run.all_done();
    assert!(run.tally("a", "redelivered") > 20);
    let run = delivery("at-most-once", "2s cut broker-1>consumer-1; 5s heal *");
    assert!((60..90).contains(&run.tally("a", "lost")));
}

#[test]
fn the_network_delivers_twice() {
    let script =
        "2s duplicate broker-1>consumer-* 30%; 2s duplicate publisher-*>broker-1 30%; 8s heal *";
    let run = delivery("at-least-once", script);
    run.all_done();
    let twice = run.tally("a", "duplicates");
    assert!((60..120).contains(&twice), "{twice}");
    let run = delivery("effectively-once", script);
    run.all_done();
    assert_eq!(run.tally("a", "duplicates"), 0);
    assert_eq!(run.tally("a", "matched"), run.watch.ledger.started);
    delivery("at-most-once", script).all_done();
}

#[test]
fn order_holds_with_acks_whatever_overtakes() {
    let knobs = [
        ("keys", "3"),
        ("rate", "30"),
        ("latency-ms", "30"),
        ("prefetch", "20"),
    ];
    let script = "1s reorder broker-1>consumer-* 60%; 3s leave consumer-1; 4s join consumer-1; \
        5s crash consumer-2 for 400ms; 6s crash broker-1 for 300ms; 7s pause consumer-1 for 1500ms";
    for seed in 1..=10 {
        for mode in ["at-least-once", "effectively-once"] {
            let all: Vec<_> = CALM.iter().chain(&knobs).copied().collect();
            let mut scenario = scenario(&all, &format!("{script}; 8s set rate=0"));
            scenario.settings.set("delivery", mode).expect("a mode");
            scenario.seed = seed;
            let run = run(&scenario, 30.0);
            run.all_done();
            assert_eq!(run.tally("a", "out_of_order"), 0);
        }
    }
    // Without acks nothing holds a later message back.
    let all = [
        ("delivery", "at-most-once"),
        ("workers", "8"),
        ("keys", "3"),
        ("latency-ms", "30"),
    ];
    let run = course(&all, "1s reorder broker-1>consumer-* 60%");
    assert!(run.tally("a", "out_of_order") > 10);
}

#[test]
fn a_leaving_member_finishes_what_it_has() {
    let run = course(&[], "3s leave consumer-1");
    run.all_done();
    assert_eq!(
        run.tally("a", "redelivered") + run.tally("a", "duplicates"),
        0
    );
    assert!(run.finished("consumer-1", 0.0, 3.0) > 50);
    assert_eq!(run.finished("consumer-1", 3.3, END), 0);
    assert_eq!(run.owner("a", 0), Some(2));
}

#[test]
fn retention_takes_what_nobody_had_yet() {
    let age = course(&[("retention-s", "1")], "2s crash consumer-* for 3s");
    let expired = age.tally("a", "expired");
    // Of three seconds the last one is left.
    assert!((80..130).contains(&expired), "{expired}");
    // A few were processed, and died with their consumer before the ack.
    assert!((expired - 5..=expired).contains(&age.ended_as("expired")));
    let count = course(&[("retention-count", "10")], "2s crash consumer-* for 3s");
    let expired = count.tally("a", "expired");
    assert!((90..150).contains(&expired), "{expired}");
    assert_eq!(count.tally("a", "backlog"), 0);
}

#[test]
fn a_full_buffer_drops_what_nobody_acknowledges() {
    let knobs = [("delivery", "at-most-once"), ("queue-cap", "5")];
    let run = course(&knobs, "2s slow consumer-* x8; 6s heal *");
    let lost = run.tally("a", "lost");
    // 25 a second each, of which it can do 12.5.
    assert!((60..140).contains(&lost), "{lost}");
    assert_eq!(run.ended_as("lost"), lost);
}

#[test]
fn pulling_consumers_set_the_pace() {
    let knobs = [("mode", "pull"), ("prefetch", "3")];
    let run = course(&knobs, "");
    run.all_done();
    let asked = run.facts(0.0, 8.0, |fact| {
        matches!(fact, Fact::Sent(message) if message.role.name() == "control" && message.tag & 3 == 3)
    });
    assert!(asked > 100, "{asked}");
    // Those who do not ask get nothing more than they asked for.
    let run = course(&knobs, "2s pause consumer-* for 500ms");
    run.all_done();
    // A lost question is asked again.
    course(&knobs, "2s loss consumer-*>broker-1 40%; 6s heal *").all_done();
}
