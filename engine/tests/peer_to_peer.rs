//! Peer-to-Peer: experiments in numbers, books far from the
//! defaults. The ledger and the pattern's truths are checked all along.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod course;

use common::random_script;
use course::{Course, begin, run, scenario};
use patternscope_engine::kernel::NodeId;
use patternscope_engine::patterns::peer_to_peer::PATTERN;
use patternscope_engine::scenario::parse_script;
use patternscope_engine::{Fact, Scenario};
use proptest::prelude::*;

const DONE: u8 = 0;
const TIMED_OUT: u8 = 1;
const DIED_OUT: u8 = 4;

const LEARNT: u8 = 0;
const SUSPECTED: u8 = 1;
const CONFIRMED: u8 = 2;
const REFUTED: u8 = 3;

const SEEDS: [u64; 5] = [1, 2, 3, 7, 42];

fn course(knobs: &[(&str, &str)], script: &str, seconds: f64) -> Course {
    run(&scenario(&PATTERN, knobs, script), seconds)
}

fn preset_with(slug: &str, seed: u64, seconds: f64, knobs: &[(&str, &str)]) -> Course {
    let (mut scenario, _) = course::preset(&PATTERN, slug, Some(seed));
    course::set(&mut scenario, knobs);
    run(&scenario, seconds)
}

fn preset(slug: &str, seed: u64, seconds: f64) -> Course {
    preset_with(slug, seed, seconds, &[])
}

/// Seconds until a preset has shown its phenomenon, at most.
fn within(slug: &str) -> f64 {
    course::preset(&PATTERN, slug, None).1
}

fn noted(run: &Course, wanted: u8) -> Vec<(f64, u16, u64)> {
    let mut all = Vec::new();
    for stamped in &run.watch.facts {
        if let Fact::Noted {
            kind, node, value, ..
        } = stamped.fact
            && kind == wanted
        {
            all.push((stamped.at.as_secs(), node.0, value));
        }
    }
    all
}

// Experiments.

#[test]
fn a_rumour_reaches_all_in_about_log_n_rounds() {
    let mut all = 0.0;
    for seed in SEEDS {
        let run = preset("rumour", seed, within("rumour"));
        assert_eq!(run.measure("spread/susceptible"), 0.0);
        let rounds = run.measure("t_last_rounds");
        // log2 n + ln n = 8.5 for 32.
        assert!((6.0..14.0).contains(&rounds), "{rounds}");
        all += rounds / 5.0;
        let learnt = noted(&run, LEARNT);
        assert_eq!(learnt.len(), 31);
        // It doubles at most.
        let by = |rounds: usize| {
            learnt
                .iter()
                .filter(|it| it.0 < 0.3 * (rounds as f64 + 0.9))
                .count()
        };
        for rounds in 1..5 {
            assert!(by(rounds) < 1 << rounds, "{} after {rounds}", by(rounds));
        }
    }
    assert!((8.0..11.0).contains(&all), "{all}");
}

/// Rounds from nine in ten to all.
fn tail(run: &Course) -> f64 {
    let learnt = noted(run, LEARNT);
    let most = learnt.len() * 9 / 10;
    (learnt[learnt.len() - 1].0 - learnt[most].0) / 0.3
}

#[test]
fn pull_beats_push_at_the_tail() {
    let (mut push, mut pull) = (0.0, 0.0);
    for seed in 1..=20 {
        let run = preset("push-tail", seed, within("push-tail"));
        assert_eq!(run.measure("spread/susceptible"), 0.0, "seed {seed}");
        push += tail(&run);
        let run = preset("pull-tail", seed, within("pull-tail"));
        assert_eq!(run.measure("spread/susceptible"), 0.0, "seed {seed}");
        pull += tail(&run);
    }
    assert!(pull + 20.0 < push, "{pull} {push}");
    // The default seed shows it, too.
    let [push, pull] = ["push-tail", "pull-tail"].map(|slug| tail(&preset(slug, 7, within(slug))));
    assert!(pull + 2.0 <= push, "{pull} {push}");
}

#[test]
fn rumours_leave_some_out_and_comparing_mends_it() {
    for seed in SEEDS {
        let before = preset("residue", seed, 3.9);
        let missed = before.measure("spread/susceptible");
        assert!(
            missed >= 1.0 && before.measure("spread/infected") == 0.0,
            "{missed}"
        );
        assert_eq!(before.ended(DIED_OUT, 0.0, 4.0), 1);
        let after = preset("residue", seed, within("residue"));
        assert_eq!(after.measure("spread/susceptible"), 0.0);
        assert_eq!(after.measure("repaired"), missed);
    }
}

#[test]
fn halves_diverge_and_converge_again() {
    let mut never_met = 0;
    for seed in SEEDS {
        let apart = preset("partition", seed, 6.4);
        let text = apart.words();
        assert!(text.contains("by 2\n") && text.contains("by 9\n"), "{text}");
        assert_eq!(apart.measure("apart"), 1.0);
        let healed = preset("partition", seed, within("partition"));
        assert_eq!(healed.measure("apart"), 0.0);
        let text = healed.words();
        let by = |origin: &str| text.matches(origin).count();
        assert_eq!(by("by 2\n") + by("by 9\n"), 12, "{text}");
        assert!(
            by("by 2\n") == 0 || by("by 9\n") == 0,
            "one write holds: {text}"
        );
        // Without comparing, mostly nobody is interested any more.
        let never = preset_with("partition", seed, 30.0, &[("repair-every", "0")]);
        never_met += usize::from(never.measure("apart") == 1.0);
    }
    assert!(never_met >= 3, "{never_met}");
}

#[test]
fn nothing_stops_when_peers_are_killed() {
    for seed in SEEDS {
        let run = preset("kill-any", seed, 12.0);
        let ended = run.ended(DONE, 4.5, 11.5) as f64 / 7.0;
        assert!(ended > 2.0, "{ended} a second");
        assert_eq!(run.ended(TIMED_OUT, 5.0, 12.0), 0);
        assert_eq!(run.measure("detected"), 3.0);
        // Everyone who is left knows.
        let known = run.words().matches("3 dead to it").count();
        assert_eq!(known, 9, "{}", run.words());
    }
}

#[test]
fn a_pause_is_refuted_and_a_crash_is_not() {
    for seed in SEEDS {
        let run = preset("suspicion", seed, 12.0);
        let confirmed = noted(&run, CONFIRMED);
        assert!(
            !confirmed.is_empty() && confirmed.iter().all(|it| it.2 == 2),
            "{confirmed:?}"
        );
        let suspects: Vec<u64> = noted(&run, SUSPECTED).iter().map(|it| it.2).collect();
        assert!(
            suspects.contains(&2) && suspects.contains(&7),
            "{suspects:?}"
        );
        let refuted = noted(&run, REFUTED);
        assert!(refuted.iter().any(|it| it.1 == 7), "{refuted:?}");
        assert!(run.measure("false_suspicions") >= 1.0);
        assert_eq!(run.words().matches("1 dead to it").count(), 11);
    }
}

#[test]
fn lookups_take_log_n_hops_also_under_churn() {
    for seed in SEEDS {
        let calm = preset("lookup", seed, 30.0);
        let mean = calm.measure("lookup_hops/mean");
        assert!((1.5..2.2).contains(&mean), "{mean}");
        assert_eq!(calm.measure("wrong_owners"), 0.0);
        let churn = preset("lookup-churn", seed, 60.0);
        let mean = churn.measure("lookup_hops/mean");
        assert!((1.8..3.2).contains(&mean), "{mean}, log2 of 32 is 5");
        let failed = churn.ended(TIMED_OUT, 0.0, 60.0) as f64;
        let lookups = churn.measure("lookups");
        assert!(
            lookups > 200.0 && failed < 0.08 * lookups,
            "{failed} of {lookups}"
        );
        let wrong = churn.measure("wrong_owners");
        assert!(wrong < 0.12 * lookups, "{wrong} of {lookups}");
        assert!(noted(&churn, 4).len() > 10 && noted(&churn, 5).len() > 10);
        // Once it is over, the ring is whole.
        let script = "20s set session-s=0; 20s set away-s=1";
        let mut scenario = Scenario::preset(&PATTERN, PATTERN.preset("lookup-churn").expect("one"));
        scenario.seed = seed;
        scenario.script = parse_script(script, &scenario.topology(), &scenario.settings).0;
        let mut after = begin(&scenario, true);
        after.until(70.0);
        assert_eq!(after.measure("ring_stable"), 1.0);
        assert_eq!(after.ended(TIMED_OUT, 50.0, 70.0), 0);
    }
}

#[test]
fn a_swarm_beats_one_server() {
    for seed in SEEDS {
        let swarm = preset("swarm", seed, within("swarm"));
        let server = preset("one-server", seed, 60.0);
        assert_eq!(swarm.measure("swarm/complete"), 11.0);
        assert_eq!(server.measure("swarm/complete"), 11.0);
        let times = [&swarm, &server].map(|run| run.measure("swarm/complete_ms"));
        assert!(2.0 * times[0] < times[1], "{times:?}");
        assert!(times[1] >= 29_333.0, "{times:?}");
        // Every chunk came from the server once, and few more.
        assert!(swarm.measure("chunks_of_server") < 0.5 * 176.0);
        assert_eq!(server.measure("chunks_of_server"), 176.0);
    }
}

#[test]
fn the_rarest_first_is_faster_and_tit_for_tat_makes_free_riders_wait() {
    let run = |knobs: &[(&str, &str)]| {
        let knobs = [&[("peers", "24"), ("server-mbps", "1.5")], knobs].concat();
        let (mut last, mut givers, mut riders) = (0.0, 0.0, 0.0);
        for seed in 1..=12 {
            let run = preset_with("swarm", seed, 200.0, &knobs);
            assert_eq!(run.measure("swarm/complete"), 23.0);
            last += run.measure("swarm/complete_ms");
            givers += run.measure("swarm/givers_mean_ms");
            riders += run.measure("swarm/riders_mean_ms");
        }
        (last, riders / givers)
    };
    let (rarest, in_order) = (run(&[]).0, run(&[("order", "in-order")]).0);
    assert!(1.05 * rarest < in_order, "{rarest} {in_order}");
    // Where uplinks are scarce.
    let riding = [("free-riders", "40"), ("upload-mbps", "0.4")];
    let [free, fair] = ["off", "on"].map(|word| {
        let all = [&riding[..], &[("tit-for-tat", word)]].concat();
        run(&all).1
    });
    assert!(fair > free + 0.05, "{free} {fair}");
}

#[test]
fn the_story_happens() {
    let told = |seconds| {
        let mut run = begin(&Scenario::story(&PATTERN), true);
        run.until(seconds);
        run
    };
    assert_eq!(told(4.9).measure("spread/susceptible"), 0.0);
    let apart = told(9.9);
    let text = apart.words();
    assert!(
        text.contains("by 4\n") && text.contains("by 16\n"),
        "{text}"
    );
    let healed = told(12.9);
    assert_eq!(healed.measure("apart"), 0.0);
    let suspected: Vec<u64> = noted(&told(17.9), SUSPECTED)
        .iter()
        .map(|it| it.2)
        .collect();
    assert!(
        suspected.contains(&11) && suspected.contains(&4),
        "{suspected:?}"
    );
    let end = told(24.0);
    assert!(noted(&end, REFUTED).iter().any(|it| it.1 == 4));
    assert_eq!(end.words().matches("1 dead to it").count(), 19);
    assert_eq!(end.measure("apart"), 0.0);
}

#[test]
fn other_overlays_and_modes_of_gossip_reach_all() {
    for overlay in ["mesh", "ring", "random-k", "chord"] {
        for exchange in ["push", "pull", "push-pull"] {
            for (dies, feedback) in [
                ("never", "on"),
                ("counter", "blind"),
                ("coin", "on"),
                ("coin", "blind"),
            ] {
                let knobs = [
                    ("overlay", overlay),
                    ("exchange", exchange),
                    ("dies", dies),
                    ("feedback", feedback),
                    ("repair-every", "5"),
                    ("rate", "0.5"),
                    ("fanout", "2"),
                ];
                let run = course(&knobs, "30s set rate=0", 90.0);
                assert_eq!(run.measure("apart"), 0.0, "{knobs:?}");
                assert_eq!(run.simulation.model().open_flows(), 0, "{knobs:?}");
            }
        }
    }
}

#[test]
fn overlays_have_their_links() {
    let degree = |knobs: &[(&str, &str)]| {
        let topology = scenario(&PATTERN, knobs, "").topology();
        topology.links().len() as f64 / topology.nodes().len() as f64
    };
    assert_eq!(degree(&[("peers", "64")]), 63.0);
    assert_eq!(degree(&[("peers", "64"), ("overlay", "ring")]), 2.0);
    assert_eq!(degree(&[("peers", "64"), ("overlay", "chord")]), 11.0);
    assert_eq!(degree(&[("peers", "2"), ("overlay", "ring")]), 1.0);
    let random = degree(&[("peers", "1024"), ("overlay", "random-k"), ("degree", "4")]);
    assert!((7.5..8.0).contains(&random), "{random}");
    let topology = scenario(&PATTERN, &[("peers", "1024")], "").topology();
    assert_eq!(topology.links().len(), 1024 * 1023);
    let ends = (NodeId(1023), NodeId(17));
    let link = topology.between(ends.0, ends.1).expect("a mesh");
    assert_eq!((topology.link(link).from, topology.link(link).to), ends);
    assert!(topology.ring);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    /// The books far from the defaults, whatever is done to the run.
    #[test]
    fn the_books_hold_anywhere(
        seed: u64,
        plan: Vec<(u16, u16, u16)>,
        mode in 0usize..4,
        overlay in 0usize..4,
        which in 0usize..3,
        rate in 0u32..40,
        service in 0u32..40,
    ) {
        let number = |value: u32| value.to_string();
        let mut scenario = scenario(&PATTERN, &[
            ("mode", ["direct", "gossip", "lookup", "swarm"][mode]),
            ("overlay", ["mesh", "ring", "random-k", "chord"][overlay]),
            ("exchange", ["push", "pull", "push-pull"][which]),
            ("dies", ["counter", "coin", "never"][which]),
            ("order", ["rarest", "random", "in-order"][which]),
            ("peers", "20"),
            ("period-ms", "100"),
            ("detect", "on"),
            ("rate", &number(rate)),
            ("service-ms", &number(service)),
            ("session-s", if which == 0 { "0" } else { "1" }),
            ("away-s", "0.4"),
            ("repair-every", if which == 1 { "3" } else { "0" }),
            ("timeout-ms", "400"),
            ("file-mbit", "4"),
            ("free-riders", "20"),
            ("tit-for-tat", if which == 1 { "on" } else { "off" }),
        ], "");
        let text = random_script(&PATTERN, &plan).join("\n");
        let topology = scenario.topology();
        // Some links of the default mesh are none of a sparser overlay.
        scenario.script = parse_script(&text, &topology, &scenario.settings).0;
        scenario.seed = seed;
        let mut run = begin(&scenario, false);
        run.until(3.0);
    }
}
