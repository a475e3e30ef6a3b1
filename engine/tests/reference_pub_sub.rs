//! Published cases of publish-subscribe systems, by whole runs. The rules of
//! filters and assignors alone are tested where they stand, in `parts`.
#![cfg(not(target_arch = "wasm32"))]

mod pub_sub;

use patternscope_engine::Fact;
use patternscope_engine::kernel::Role;
use patternscope_engine::patterns::Theory;
use patternscope_engine::patterns::pub_sub::PATTERN;
use patternscope_engine::scenario::Input;
use pub_sub::{Course, begin, course, run, scenario, with_input};

const SEEDS: u64 = 20;

/// Which subscriptions get a message of each topic, by name.
fn routed(knobs: &[(&str, &str)], names: &[&str], topics: &[&str]) -> Vec<String> {
    let route = |topic: &&str| {
        let csv = format!("at_ms,topic,key,body\n0,{topic},k,b\n");
        let run = run(&with_input(scenario(knobs, ""), &csv), 2.0);
        assert_eq!(run.ended_as("processed"), 1);
        let copies = |name: &str| run.tally(name, "acked") as usize;
        let got: Vec<String> = names.iter().map(|name| name.repeat(copies(name))).collect();
        got.concat()
    };
    topics.iter().map(route).collect()
}

/// RabbitMQ's fifth tutorial.
#[test]
fn topic_exchange() {
    let filters = ("filters", "A:*.orange.*;B:*.*.rabbit,lazy.#");
    let topics = [
        "quick.orange.rabbit",
        "lazy.orange.elephant",
        "quick.orange.fox",
        "lazy.brown.fox",
        "lazy.orange.new.rabbit",
        "lazy.pink.rabbit",
        "quick.brown.fox",
        "orange",
        "quick.orange.new.rabbit",
    ];
    let got = routed(&[filters], &["A", "B"], &topics);
    assert_eq!(got, ["AB", "AB", "A", "B", "B", "B", "", "", ""]);
}

/// MQTT 5.0, section 4.7.
#[test]
fn mqtt_filters() {
    let filters = (
        "filters",
        "A:sport/#;B:sport/+;C:sport/tennis/+;D:+/+;E:/+;F:+",
    );
    let topics = [
        "sport",
        "sport/",
        "sport/tennis/player1",
        "sport/tennis/player1/ranking",
        "/finance",
        "$SYS/monitor",
    ];
    let knobs = [("syntax", "mqtt"), filters, ("consumers", "1")];
    let got = routed(&knobs, &["A", "B", "C", "D", "E", "F"], &topics);
    assert_eq!(got, ["AF", "ABD", "AC", "A", "DE", ""]);
}

/// Kafka's assignors, for a topic of five partitions and two consumers.
#[test]
fn assignors() {
    for (assignor, wanted) in [
        ("range", [1, 1, 1, 2, 2]),
        ("round-robin", [1, 2, 1, 2, 1]),
        ("sticky", [1, 2, 1, 2, 1]),
    ] {
        let knobs = [
            ("assignor", assignor),
            ("partitions", "5"),
            ("filters", "a:#"),
        ];
        let run = course(&knobs, "", 0.1);
        let owners = std::array::from_fn(|p| run.owner("a", p).unwrap_or(0));
        assert_eq!(owners, wanted, "{assignor}");
    }
}

/// A member goes: sticky moves what was its own and nothing else.
#[test]
fn sticky_moves_little() {
    let knobs = [("partitions", "6"), ("filters", "a:#"), ("consumers", "3")];
    let run = course(&knobs, "1s leave consumer-2", 3.0);
    let owners: Vec<_> = (0..6).map(|p| run.owner("a", p).unwrap_or(0)).collect();
    assert_eq!(owners, [1, 1, 3, 1, 3, 3]);
}

/// Messages between broker and consumer for each delivery.
fn packets(delivery: &str) -> f64 {
    let knobs = [
        ("delivery", delivery),
        ("filters", "a:#"),
        ("consumers", "1"),
        ("rate", "5"),
    ];
    let run = course(&knobs, "10s set rate=0", 13.0);
    let broker = run
        .simulation
        .topology()
        .find("broker-1")
        .expect("a broker");
    let topology = run.simulation.topology().clone();
    let beyond = |fact: &Fact| match fact {
        Fact::Sent(message) => {
            let link = topology.link(message.link);
            message.role != Role::Control && link.from.max(link.to) > broker
        }
        _ => false,
    };
    run.facts(0.0, 13.0, beyond) as f64 / run.tally("a", "delivered") as f64
}

/// MQTT's quality of service 0 takes one packet a delivery, 1 takes two. (Its
/// 2 takes four; effectively-once is a record at the consumer instead.)
#[test]
fn packets_a_delivery() {
    assert_eq!(packets("at-most-once"), 1.0);
    assert_eq!(packets("at-least-once"), 2.0);
    assert_eq!(packets("effectively-once"), 2.0);
}

/// The mean over all seeds is `wanted`, and that with power.
fn mean_is(wanted: f64, half_digit: f64, mut measure: impl FnMut(u64) -> f64) {
    let all: Vec<f64> = (0..SEEDS).map(|seed| measure(seed + 1)).collect();
    let n = SEEDS as f64;
    let mean = all.iter().sum::<f64>() / n;
    let variance = all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    assert!(error <= 0.02 * wanted, "no power: {error} of {wanted}");
    let off = (mean - wanted).abs();
    assert!(
        off <= 4.0 * error + half_digit,
        "{mean} is not {wanted}: {error}"
    );
}

/// A fifth of the acks is lost; heartbeats too, so sessions are long.
fn lossy(seed: u64, rate: &str, most: &str) -> Course {
    let knobs = [
        ("filters", "a:#"),
        ("consumers", "1"),
        ("rate", rate),
        ("partitions", "6"),
        ("keys", "1000"),
        ("prefetch", "100"),
        ("retention-count", "10000"),
        ("service-ms", "0.1"),
        ("ack-delay-ms", "0"),
        ("latency-ms", "1"),
        ("append-ms", "0"),
        ("ack-timeout-ms", "50"),
        ("session-ms", "600000"),
        ("max-deliveries", most),
    ];
    let mut scenario = scenario(&knobs, "0s loss consumer-1>broker-1 20%; 40s set rate=0");
    scenario.seed = seed;
    let mut course = begin(&scenario, false);
    course.advance(45.0);
    assert_eq!(
        course.tally("a", "backlog") + course.tally("a", "in_flight"),
        0
    );
    course
}

/// Each delivery is acknowledged with probability 1 - p: 1 / (1 - p) of them.
#[test]
fn mean_deliveries_with_lost_acks() {
    mean_is(1.25, 0.0, |seed| {
        let run = lossy(seed, "100", "0");
        run.tally("a", "delivered") as f64 / run.tally("a", "matched") as f64
    });
}

/// All of three deliveries' acks are lost: p^3.
#[test]
fn dead_letters_with_lost_acks() {
    mean_is(0.008, 0.0, |seed| {
        let run = lossy(seed, "600", "3");
        run.tally("a", "dead_lettered") as f64 / run.tally("a", "matched") as f64
    });
}

/// One consumer that nobody waits for is one queue. Mean latency in seconds.
fn one_queue(seed: u64, rate: &str, distribution: &str) -> f64 {
    let knobs = [
        ("delivery", "at-most-once"),
        ("filters", "a:#"),
        ("consumers", "1"),
        ("rate", rate),
        ("service-ms", "1000"),
        ("service-dist", distribution),
        ("queue-cap", "100000"),
        ("append-ms", "0"),
        ("latency-ms", "0"),
        ("heartbeat-ms", "60000"),
        ("session-ms", "600000"),
    ];
    let mut scenario = scenario(&knobs, "");
    scenario.seed = seed;
    let mut course = begin(&scenario, false);
    course.advance(200_000.0);
    course.watch.measures.latency().mean().expect("flows ended") / 1e9
}

#[test]
fn a_consumer_without_acks_is_m_m_1() {
    mean_is(2.0, 0.0, |seed| one_queue(seed, "0.5", "exponential"));
}

#[test]
fn a_consumer_without_acks_is_m_d_1() {
    mean_is(3.0, 0.0, |seed| one_queue(seed, "0.8", "constant"));
}

/// What the page says beside what it measured.
#[test]
fn theory_where_it_holds() {
    let knobs = [
        ("delivery", "at-most-once"),
        ("filters", "a:#"),
        ("consumers", "1"),
        ("rate", "12"),
        ("append-ms", "0"),
        ("queue-cap", "10000"),
    ];
    for distribution in ["exponential", "constant", "erlang-2"] {
        let mut scenario = scenario(&knobs, "");
        scenario
            .settings
            .set("service-dist", distribution)
            .expect("a distribution");
        let mut course = begin(&scenario, false);
        course.advance(20_000.0);
        let Theory::Predicted(rows) = (PATTERN.theory)(&scenario, &course.watch.measures) else {
            panic!("out of reach");
        };
        let off = rows[0].measured / rows[0].predicted - 1.0;
        assert!(off.abs() < 0.03, "{distribution}: {off}");
    }
    let defaults = scenario(&[], "");
    let course = begin(&defaults, false);
    let theory = (PATTERN.theory)(&defaults, &course.watch.measures);
    assert!(matches!(theory, Theory::OutOfReach(_)));
}

/// Rows of the user's own: each once, in order of its key, at its time.
#[test]
fn own_input() {
    let csv = "at_ms,topic,key,body\n200,orders.eu,7,paid\n100,orders.eu,7,placed\n150,users.eu,ann,\"a, b\"\n";
    let scenario = with_input(
        scenario(&[("filters", "orders:orders.*;users:users.#")], ""),
        csv,
    );
    let run = run(&scenario, 2.0);
    assert_eq!(run.tally("orders", "acked"), 2);
    assert_eq!(run.tally("users", "acked"), 1);
    assert_eq!(run.tally("orders", "out_of_order"), 0);
    // What messages say on their way, from the publisher and from the log.
    let mut run = begin(&scenario, true);
    let mut told = |seconds: f64| {
        run.advance(seconds);
        let mut text = String::new();
        for (_, message) in run.simulation.world().flights.iter() {
            if message.role == Role::Event {
                run.simulation.model().describe(message, &mut text);
            }
        }
        text
    };
    assert_eq!(told(0.11), "orders.eu 7 placed");
    assert_eq!(told(0.16), "users.eu ann a, borders.eu 7 placed");
    assert_eq!(told(0.21), "orders.eu 7 paidusers.eu ann a, b");
    let bad = Input::parse(
        PATTERN.input.expect("input"),
        "at_ms,topic,key,body\nx,,k,b\n",
    );
    let reasons = bad.expect_err("two bad cells");
    assert_eq!(reasons.len(), 2, "{reasons:?}");
}
