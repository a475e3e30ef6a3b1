//! Peer-to-Peer against published numbers: rumours (Demers 1987), synchronous
//! spreading, SWIM's first detection, Chord's hops, bounds of file
//! distribution (the closed forms: `measure::theory`).
#![cfg(not(target_arch = "wasm32"))]

mod course;

use course::{Course, begin, scenario};
use patternscope_engine::kernel::{Fact, Purpose, Random};
use patternscope_engine::measure::theory;
use patternscope_engine::parts::rumour::{Dies, Interest, Rule};
use patternscope_engine::patterns::{Theory, peer_to_peer::PATTERN};

/// Mean and standard error.
fn summary(all: &[f64]) -> (f64, f64) {
    let n = all.len() as f64;
    let mean = all.iter().sum::<f64>() / n;
    let square = all.iter().map(|it| (it - mean) * (it - mean)).sum::<f64>() / (n - 1.0);
    (mean, (square / n).sqrt())
}

/// The published figures are means of some 200 runs themselves.
const PUBLISHED_RUNS: f64 = 200.0;

/// Within four standard errors and half a unit of the last digit; the errors
/// small enough for the test to have power.
fn assert_near(what: &str, all: &[f64], expected: f64, digit: f64, power: f64) {
    let (mean, error) = summary(all);
    assert!(
        error <= power * expected,
        "{what}: {mean} has an error of {error}"
    );
    assert!(
        (mean - expected).abs() <= 4.0 * error + digit / 2.0,
        "{what}: {mean} +- {error}, expected {expected}"
    );
}

/// One rumour among `size` sites in synchronous cycles, made of the very part
/// that the model uses: residue, traffic, cycles until the last heard it.
fn epidemic(size: usize, push: bool, rule: Rule, random: &Random, run: u64) -> [f64; 3] {
    let mut draws = random.substream(Purpose::named("epidemic"), run);
    let mut sites: Vec<Option<Interest>> = vec![None; size];
    sites[0] = Some(Interest::KINDLED);
    let (mut sent, mut last, mut cycle) = (0.0, 0.0, 0.0);
    while sites.iter().flatten().any(Interest::is_hot) {
        cycle += 1.0;
        let before: Vec<bool> = sites
            .iter()
            .map(|it| it.is_some_and(|it| it.is_hot()))
            .collect();
        for one in 0..size {
            if push && !before[one] {
                continue;
            }
            let other = (one + 1 + (draws.uniform() * (size - 1) as f64) as usize) % size;
            let (from, to) = if push { (one, other) } else { (other, one) };
            if !before[from] {
                continue;
            }
            sent += 1.0;
            let news = sites[to].is_none_or(|it| it.is_fresh());
            if sites[to].is_none() {
                sites[to] = Some(Interest::KINDLED);
                last = cycle;
            }
            if let Some(it) = &mut sites[from] {
                it.told(rule);
                it.answered(news);
            }
        }
        for it in sites.iter_mut().flatten() {
            it.round_ends(rule, || 0.0);
        }
    }
    let missed = sites.iter().filter(|it| it.is_none()).count();
    [missed as f64 / size as f64, sent / size as f64, last]
}

/// The same for a figure that is a mean of runs itself.
fn assert_agrees(what: &str, all: &[f64], expected: f64, digit: f64, power: f64) {
    let error = summary(all).1 * (all.len() as f64 / PUBLISHED_RUNS).sqrt();
    assert_near(what, all, expected, digit + 8.0 * error, power);
}

fn counter(k: u8) -> Rule {
    Rule {
        dies: Dies::Counter,
        k,
        feedback: true,
    }
}

fn epidemics(push: bool, k: u8, runs: u64) -> [Vec<f64>; 3] {
    let mut all: [Vec<f64>; 3] = Default::default();
    for run in 0..runs {
        let one = epidemic(1000, push, counter(k), &Random::new(u64::from(k)), run);
        for (column, value) in all.iter_mut().zip(one) {
            column.push(value);
        }
    }
    all
}

/// Demers 1987, table 1, at its own size.
#[test]
fn rumours_pushed_among_a_thousand() {
    for (k, runs, residue, digit, traffic, last) in [
        (1, 300, 0.18, 0.01, 1.7, 16.8),
        (2, 400, 0.037, 0.001, 3.3, 16.9),
        (3, 800, 0.011, 0.001, 4.5, 17.4),
        (4, 1_500, 0.0036, 0.0001, 5.6, 17.5),
        (5, 3_000, 0.0012, 0.0001, 6.7, 17.7),
    ] {
        let [s, m, t] = epidemics(true, k, runs);
        assert_agrees(&format!("residue, k {k}"), &s, residue, digit, 0.02);
        assert_agrees(&format!("traffic, k {k}"), &m, traffic, 0.1, 0.01);
        assert_agrees(&format!("last, k {k}"), &t, last, 0.1, 0.01);
    }
}

/// Demers 1987, table 3.
#[test]
fn rumours_pulled_among_a_thousand() {
    for (k, runs, residue, digit, traffic, last) in [
        (1, 500, 0.031, 0.001, 2.7, 17.6),
        (2, 4_000, 5.8e-4, 1e-5, 4.5, 15.4),
    ] {
        let [s, m, t] = epidemics(false, k, runs);
        assert_agrees(&format!("residue, k {k}"), &s, residue, digit, 0.04);
        assert_agrees(&format!("traffic, k {k}"), &m, traffic, 0.1, 0.01);
        assert_agrees(&format!("last, k {k}"), &t, last, 0.1, 0.01);
    }
    // Four in a million: too few to measure, enough to tell from k = 2.
    let [s, m, t] = epidemics(false, 3, 1_000);
    assert!(summary(&s).0 < 5e-5, "{}", summary(&s).0);
    assert_agrees("traffic, k 3", &m, 6.1, 0.1, 0.01);
    assert_agrees("last, k 3", &t, 14.0, 0.1, 0.01);
}

/// The whole model at the published size: sites at the same time, one rumour
/// after another.
fn rumours(knobs: &[(&str, &str)], count: usize) -> Course {
    let mut script = String::new();
    for index in 1..count {
        let at = index * 40_000 + 1;
        // Always the same: who has missed a write might write an older stamp.
        script.push_str(&format!("{at}ms send peer-500; "));
    }
    let all = [
        ("peers", "1000"),
        ("rate", "0"),
        ("clocks", "together"),
        ("period-ms", "1000"),
        ("latency-ms", "1"),
        ("registers", "1"),
    ];
    let scenario = scenario(&PATTERN, &[&all, knobs].concat(), &script);
    let mut course = begin(&scenario, false);
    course.advance(count as f64 * 40.0);
    course
}

#[test]
fn the_whole_model_has_a_thousand_sites() {
    let runs = 100;
    for (k, residue, traffic, last, spread) in [
        ("1", 0.18, 1.7, 16.8, [0.0158, 0.037]),
        ("2", 0.037, 3.3, 16.9, [0.0065, 0.033]),
    ] {
        let run = rumours(&[("k", k)], runs);
        // It may even have missed the very first.
        assert!(run.measure("rumours") >= runs as f64 - 1.0);
        let near = |measure, expected: f64, deviation: f64, digit: f64| {
            let bound = 4.0 * deviation / (runs as f64).sqrt() + digit / 2.0;
            let measured = run.measure(measure);
            assert!(
                (measured - expected).abs() <= bound,
                "{measure} {measured}, k {k}"
            );
        };
        near(
            "residue",
            residue,
            spread[0],
            if k == "1" { 0.01 } else { 0.001 },
        );
        near("traffic_per_peer", traffic, spread[1], 0.1);
        near("t_last_rounds", last, 1.2, 0.1);
    }
}

/// Synchronous spread to all: the mean of the exact chain, which is 7.41381,
/// 11.15812, 6.14034 and 8.96372 rounds.
#[test]
fn all_know_after_the_rounds_of_the_chain() {
    for (exchange, peers, runs) in [
        ("push", 16, 400),
        ("push", 64, 250),
        ("pull", 16, 400),
        ("pull", 64, 250),
    ] {
        let size = peers.to_string();
        let mut scenario = scenario(
            &PATTERN,
            &[
                ("peers", &size),
                ("exchange", exchange),
                ("rate", "0"),
                ("clocks", "together"),
                ("dies", "never"),
            ],
            "",
        );
        let (mut rounds, mut predicted) = (Vec::new(), 0.0);
        for seed in 0..runs {
            scenario.seed = seed;
            let mut run = begin(&scenario, false);
            run.advance(12.0);
            assert_eq!(run.measure("spread/susceptible"), 0.0);
            let Theory::Predicted(rows) = (PATTERN.theory)(&scenario, &run.watch.measures) else {
                panic!("in the domain");
            };
            predicted = rows[0].predicted;
            rounds.push(rows[0].measured);
        }
        let expected = theory::rounds_to_all(peers, exchange == "push").expect("in the domain");
        assert_eq!(predicted, expected);
        assert_near(exchange, &rounds, expected, 1e-5, 0.02);
    }
}

/// SWIM: ten members, one crashes just before a period.
#[test]
fn the_first_detection_takes_one_and_a_half_periods() {
    let mut scenario = scenario(
        &PATTERN,
        &[
            ("mode", "direct"),
            ("rate", "0"),
            ("peers", "10"),
            ("detect", "on"),
            ("clocks", "together"),
            ("period-ms", "1000"),
            ("latency-ms", "1"),
        ],
        "4999ms crash peer-4",
    );
    let mut periods = Vec::new();
    for seed in 0..2_500 {
        scenario.seed = seed;
        let mut run = begin(&scenario, false);
        run.advance(20.0);
        assert_eq!(run.measure("detected"), 1.0, "seed {seed}");
        // The ping of a period is judged at its end.
        periods.push((run.measure("detection_ms") / 1000.0).floor());
    }
    assert_near("periods", &periods, 1.530_080, 1e-6, 0.02);
}

/// Chord: on a full ring of 16 a lookup takes as many hops as its distance has
/// bits: from any peer to any place, half of four on average, four at most.
#[test]
fn chord_takes_as_many_hops_as_a_distance_has_bits() {
    let mut scenario = scenario(
        &PATTERN,
        &[
            ("mode", "lookup"),
            ("peers", "16"),
            ("rate", "100"),
            ("successors", "1"),
        ],
        "",
    );
    let (mut means, mut times) = (Vec::new(), Vec::new());
    for seed in 0..20 {
        scenario.seed = seed;
        let mut run = begin(&scenario, seed == 0);
        run.advance(60.0);
        means.push(run.measure("lookup_hops/mean"));
        assert_eq!(run.measure("lookup_hops/max"), 4.0);
        assert_eq!(run.measure("wrong_owners"), 0.0);
        let Theory::Predicted(rows) = (PATTERN.theory)(&scenario, &run.watch.measures) else {
            panic!("in the domain");
        };
        times.push(rows[0].measured - rows[0].predicted);
    }
    assert_near("hops", &means, 2.0, 0.0, 0.01);
    let (off, error) = summary(&times);
    assert!(off.abs() < 4.0 * error && error < 1.0, "{off} {error}");
}

/// Successors are steps, too: the more a peer knows, the fewer hops.
#[test]
fn successors_shorten_lookups_as_the_closed_form_says() {
    for (peers, successors) in [("16", "3"), ("64", "3"), ("64", "8"), ("32", "2")] {
        let knobs = [
            ("mode", "lookup"),
            ("peers", peers),
            ("rate", "100"),
            ("successors", successors),
        ];
        let mut scenario = scenario(&PATTERN, &knobs, "");
        let whole = |text: &str| text.parse::<u32>().expect("a number");
        let closed = theory::chord_hops(whole(peers), whole(successors));
        let (hops, most) = closed.expect("in the domain");
        let (mut means, mut times) = (Vec::new(), Vec::new());
        for seed in 0..20 {
            scenario.seed = seed;
            let mut run = begin(&scenario, false);
            run.advance(60.0);
            means.push(run.measure("lookup_hops/mean"));
            assert_eq!(run.measure("lookup_hops/max"), f64::from(most));
            let Theory::Predicted(rows) = (PATTERN.theory)(&scenario, &run.watch.measures) else {
                panic!("in the domain");
            };
            times.push(rows[0].measured - rows[0].predicted);
        }
        assert_near(successors, &means, hops, 0.0, 0.01);
        let (off, error) = summary(&times);
        assert!(off.abs() < 4.0 * error && error < 1.0, "{off} {error}");
    }
}

#[test]
fn closed_forms_stand_back_where_they_do_not_hold() {
    for (knobs, why) in [
        (&[("mode", "lookup"), ("peers", "12")][..], "power of two"),
        (
            &[("mode", "lookup"), ("peers", "64"), ("latency-ms", "300")],
            "than the timeout",
        ),
        (
            &[("mode", "direct"), ("timeout-ms", "100")],
            "than the timeout",
        ),
        (
            &[
                ("mode", "direct"),
                ("detect", "on"),
                ("ping-timeout-ms", "100"),
            ],
            "than their timeout",
        ),
        (&[("mode", "lookup"), ("session-s", "9")], "come and go"),
    ] {
        let scenario = scenario(&PATTERN, knobs, "");
        let mut run = begin(&scenario, false);
        run.advance(20.0);
        match (PATTERN.theory)(&scenario, &run.watch.measures) {
            Theory::OutOfReach(told) => assert!(told.contains(why), "{told}"),
            Theory::Predicted(_) => panic!("{knobs:?}"),
        }
    }
}

/// Every single lookup: its messages of finding are the bits of the distance to
/// the place's predecessor.
#[test]
fn each_lookup_has_the_hops_of_its_distance() {
    let knobs = [
        ("mode", "lookup"),
        ("peers", "16"),
        ("rate", "40"),
        ("successors", "1"),
        ("period-ms", "600000"),
    ];
    let mut run = begin(&scenario(&PATTERN, &knobs, ""), true);
    run.until(30.0);
    let mut hops = std::collections::BTreeMap::new();
    let mut origin = std::collections::BTreeMap::new();
    let mut checked = 0;
    for stamped in &run.watch.facts {
        match &stamped.fact {
            Fact::FlowStarted { flow, node } => {
                origin.insert(*flow, node.0);
            }
            Fact::Sent(message) if message.tag >> 24 == 11 => {
                *hops.entry(message.flow).or_insert(0u32) += 1;
            }
            Fact::Noted {
                kind: 7,
                flow,
                value,
                ..
            } => {
                let before = (*value as u16 + 15) % 16;
                let distance = (before + 16 - origin[flow]) % 16;
                assert_eq!(hops.get(flow).copied().unwrap_or(0), distance.count_ones());
                checked += 1;
            }
            _ => {}
        }
    }
    assert!(checked > 1_000, "{checked}");
}

/// Kurose and Ross: nobody beats the bounds, and the model comes near them.
#[test]
fn swarms_and_servers_come_near_their_bounds() {
    let file = |peers: &str, sharing: &str, up: &str| {
        let knobs = [
            ("mode", "swarm"),
            ("peers", peers),
            ("sharing", sharing),
            ("upload-mbps", up),
            ("file-mbit", "15000"),
            ("server-mbps", "30"),
            ("download-mbps", "2"),
            ("chunks", "64"),
            ("period-ms", "20000"),
            ("timeout-ms", "600000"),
        ];
        let scenario = scenario(&PATTERN, &knobs, "");
        let mut run = begin(&scenario, false);
        run.advance(120_000.0);
        let Theory::Predicted(rows) = (PATTERN.theory)(&scenario, &run.watch.measures) else {
            panic!("in the domain");
        };
        assert_eq!(
            run.measure("swarm/complete"),
            peers.parse::<f64>().expect("a number") - 1.0
        );
        (rows[0].predicted, run.measure("swarm/complete_ms") / 1e3)
    };
    for (peers, sharing, up, bound, most) in [
        ("11", "server", "1", 7500.0, 1.1),
        ("11", "swarm", "0.5", 7500.0, 1.3),
        ("101", "server", "1", 50_000.0, 1.1),
        ("101", "swarm", "0.5", 18_750.0, 1.3),
        ("101", "swarm", "1", 11_538.5, 1.3),
        ("101", "swarm", "2", 7500.0, 1.2),
    ] {
        let (predicted, measured) = file(peers, sharing, up);
        assert!((predicted - bound).abs() < 0.05, "{predicted} {bound}");
        let ratio = measured / bound;
        assert!(
            (1.0..most).contains(&ratio),
            "{peers} {sharing} {up}: {measured}, {ratio} of {bound}"
        );
    }
}
