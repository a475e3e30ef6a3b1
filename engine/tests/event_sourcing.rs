//! Event Sourcing: experiments and failures in numbers, books far from the
//! defaults, own commands. The ledger and the pattern's truths are checked
//! all along.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod course;

use common::random_script;
use course::{Course, begin, run, scenario, with_input};
use patternscope_engine::Fact;
use patternscope_engine::patterns::event_sourcing::PATTERN;
use patternscope_engine::scenario::{Input, parse_script};
use proptest::prelude::*;

const ACCEPTED: u8 = 0;
const REFUSED: u8 = 1;
const ERROR: u8 = 3;
const NO_ROOM: u8 = 4;
const UNREADABLE: u8 = 5;
const TIMED_OUT: u8 = 7;
const CLIENT_CRASH: u8 = 8;

/// Deposits at even distances, and nothing by chance.
const CALM: &[(&str, &str)] = &[
    ("arrival", "steady"),
    ("rate", "4"),
    ("withdrawals", "0"),
    ("transfers", "0"),
    ("reads", "0"),
    ("hot", "0"),
    ("jitter", "none"),
    ("accounts", "200"),
];

fn course(knobs: &[(&str, &str)], script: &str, seconds: f64) -> Course {
    run(&scenario(&PATTERN, knobs, script), seconds)
}

fn calm(more: &[(&str, &str)], script: &str, seconds: f64) -> Course {
    course(&[CALM, more].concat(), script, seconds)
}

fn preset(slug: &str, seed: u64, seconds: f64) -> Course {
    run(&course::preset(&PATTERN, slug, Some(seed)).0, seconds)
}

/// Seconds until a preset has shown its phenomenon, at most.
fn within(slug: &str) -> f64 {
    course::preset(&PATTERN, slug, None).1
}

const SEEDS: [u64; 5] = [1, 2, 3, 7, 42];

// Experiments.

#[test]
fn a_crashed_projection_lags_and_catches_up() {
    for seed in SEEDS {
        let behind = preset("projection-crash", seed, 2.9);
        assert!(behind.measure("projections/history/lag") >= 4.0);
        assert!(behind.measure("projections/balances/lag") <= 3.0);
        let after = preset("projection-crash", seed, within("projection-crash"));
        assert!(after.measure("projections/history/lag") <= 4.0);
        assert_eq!(
            after.measure("projections/history/applied") + 8.0,
            after.measure("projections/history/checkpoint")
        );
    }
}

#[test]
fn two_writers_conflict_and_try_again() {
    for seed in SEEDS {
        let run = preset("two-writers", seed, within("two-writers"));
        let conflicts = run.measure("conflicts");
        assert!(conflicts >= 3.0, "{conflicts}");
        assert!(run.ended(ACCEPTED, 0.0, 9.0) > 2);
        // One writer alone never meets another.
        let knobs = [
            ("hot", "100"),
            ("handlers", "1"),
            ("workers", "1"),
            ("rate", "2"),
        ];
        assert_eq!(course(&knobs, "", 6.0).measure("conflicts"), 0.0);
    }
}

#[test]
fn a_rebuild_mends_what_a_bug_left_out() {
    for seed in SEEDS {
        let wrong = preset("rebuild", seed, 4.9);
        let right = preset("rebuild", seed, within("rebuild"));
        let of = |run: &Course| {
            let truths = run.simulation.model().truths();
            truths.iter().map(|it| it.left).collect::<Vec<_>>()
        };
        assert_eq!(wrong.measure("projections/balances/rebuilds"), 0.0);
        assert_eq!(right.measure("projections/balances/rebuilds"), 1.0);
        assert!(!of(&wrong).is_empty());
        // While it was rebuilt, the live state went on: it never lagged far.
        let rebuilt = |it: &Fact| matches!(it, Fact::Noted { kind: 2, .. });
        assert_eq!(right.count(rebuilt), 1);
        let mut signs = Vec::new();
        right
            .simulation
            .model()
            .signs(right.simulation.now(), &mut signs);
        assert!(signs.iter().all(|sign| !sign.text.contains("wrong")));
        let mut signs = Vec::new();
        wrong
            .simulation
            .model()
            .signs(wrong.simulation.now(), &mut signs);
        assert!(signs.iter().any(|sign| sign.text.contains("wrong")));
    }
}

#[test]
fn snapshots_shorten_loads() {
    for seed in SEEDS {
        let seconds = within("snapshots-off");
        let without = preset("snapshots-off", seed, seconds);
        let with = preset("snapshots-on", seed, 3.0 * seconds);
        assert!(without.measure("load_cost/mean_events") >= 200.0);
        assert!(with.measure("snapshots") >= 1.0);
        // Loads after the first snapshots are short.
        let (loads, mean) = (with.measure("loads"), with.measure("load_cost/mean_events"));
        assert!(mean < 0.6 * 200.0 && loads > 5.0, "{mean} of {loads}");
    }
}

#[test]
fn reads_are_stale_unless_they_wait_for_the_own_write() {
    for seed in SEEDS {
        let seconds = within("stale-read");
        let any = preset("stale-read", seed, seconds);
        let own = preset("own-writes", seed, seconds);
        assert!(any.measure("stale_reads") >= 2.0);
        assert!(own.measure("reads") >= 1.0);
        assert_eq!(own.measure("stale_reads"), 0.0);
    }
}

#[test]
fn old_events_are_unreadable_without_an_upcaster() {
    for seed in SEEDS {
        let run = preset("old-version", seed, within("old-version"));
        assert!(run.ended(UNREADABLE, 0.0, 4.5) > 2);
        assert_eq!(run.ended(UNREADABLE, 5.0, 9.0), 0);
        assert!(run.ended(ACCEPTED, 5.0, 9.0) > 2);
        assert!(run.measure("upcast") > 0.0);
    }
}

#[test]
fn corrections_append() {
    for seed in SEEDS {
        let before = preset("correction", seed, 1.9);
        let run = preset("correction", seed, within("correction"));
        assert_eq!(run.measure("corrections"), 1.0);
        assert!(run.measure("log_length") > before.measure("log_length"));
        let mut lines = Vec::new();
        run.simulation.model().look_back(2, &mut lines);
        assert!(
            !lines[0].contains("corrected"),
            "the mistake stays: {lines:?}"
        );
    }
    // Once only, and not into debt.
    let twice = calm(
        &[("accounts", "1")],
        "2s correct client-1 3; 3s correct client-1 3",
        6.0,
    );
    assert_eq!(twice.measure("corrections"), 1.0);
    assert_eq!(twice.ended(REFUSED, 0.0, 6.0), 1);
}

// Failures.

#[test]
fn commands_that_go_wrong_at_their_client_are_refused() {
    let run = calm(&[], "3s errors client-* 100% for 2s", 10.0);
    assert_eq!(run.ended(ACCEPTED, 4.0, 5.0), 0);
    assert_eq!(run.ended(REFUSED, 0.0, 10.0), 8);
    assert!(run.ended(ACCEPTED, 6.0, 9.0) >= 11);
}

#[test]
fn nothing_broken() {
    let run = calm(&[], "", 10.0);
    assert_eq!(run.ended(ACCEPTED, 1.0, 9.0), 32);
    assert_eq!(run.measure("deduplicated"), 0.0);
}

#[test]
fn a_crashed_client_sends_nothing_and_gives_up() {
    let run = calm(&[("clients", "1")], "3s crash client-1 for 2s", 10.0);
    assert!(run.ended(CLIENT_CRASH, 2.9, 3.1) >= 1);
    assert_eq!(run.ended(ACCEPTED, 3.0, 5.0), 0);
    assert!(run.ended(ACCEPTED, 6.0, 9.0) >= 11);
}

#[test]
fn commands_of_a_crashed_handler_go_to_another() {
    let run = calm(&[("timeout-ms", "500")], "3s crash handler-1 for 2s", 12.0);
    let retried = run.count(|it| matches!(it, Fact::Retried { .. }));
    assert!(retried >= 3, "{retried}");
    assert!(run.ended(ACCEPTED, 1.0, 11.0) >= 36);
    assert_eq!(run.ended(TIMED_OUT, 8.0, 11.0), 0);
    // A command that was appended and asked for again is known again.
    let slow = calm(&[("timeout-ms", "440")], "3s slow log-1 x8 for 1s", 10.0);
    assert!(
        slow.measure("deduplicated") + slow.count(|it| matches!(it, Fact::Retried { .. })) as f64
            > 0.0
    );
}

#[test]
fn a_paused_or_slow_handler_is_late() {
    for script in ["3s pause handler-1 for 1s", "3s slow handler-1 x40 for 2s"] {
        let run = calm(&[], script, 12.0);
        let started = run.count(|it| matches!(it, Fact::FlowStarted { .. }));
        let open = run.simulation.model().open_flows() as usize;
        assert_eq!(run.ended(ACCEPTED, 0.0, 13.0) + open, started);
        let on_time = calm(&[], "", 12.0);
        let latency = |run: &Course| run.watch.measures.latency().mean().expect("some") / 1e6;
        assert!(latency(&run) > latency(&on_time) + 20.0);
    }
}

#[test]
fn errors_of_a_handler_and_a_full_queue_refuse() {
    let run = calm(
        &[("attempts", "1")],
        "3s errors handler-* 100% for 2s",
        10.0,
    );
    assert!(run.ended(ERROR, 3.0, 6.0) >= 6);
    assert_eq!(run.ended(ERROR, 6.0, 10.0), 0);
    let full = calm(
        &[
            ("attempts", "1"),
            ("queue-cap", "0"),
            ("workers", "1"),
            ("rate", "30"),
        ],
        "",
        5.0,
    );
    assert!(full.ended(NO_ROOM, 0.0, 5.0) > 20);
}

#[test]
fn a_crashed_log_loses_nothing_it_has() {
    let run = calm(&[], "3s crash log-1 for 1500ms", 14.0);
    assert!(run.ended(ACCEPTED, 3.2, 4.4) == 0);
    assert!(run.ended(ACCEPTED, 0.0, 14.0) >= 50);
    assert_eq!(
        run.measure("projections/search/lag"),
        run.measure("projections/history/lag")
    );
    assert!(run.measure("projections/search/lag") <= 3.0);
    for script in [
        "3s pause log-1 for 1s",
        "3s slow log-1 x20 for 1s",
        "3s errors log-1 60% for 1s",
    ] {
        let late = calm(&[], script, 14.0);
        assert!(late.ended(ACCEPTED, 3.0, 4.0) < 4, "{script}");
        assert!(late.ended(ACCEPTED, 0.0, 14.0) >= 48, "{script}");
    }
}

#[test]
fn without_snapshots_loads_begin_at_the_beginning() {
    let knobs = [("accounts", "1"), ("old-events", "50"), ("rate", "2")];
    let usual = calm(&knobs, "", 10.0);
    for script in ["1s crash snapshots-1", "1s errors snapshots-1 100%"] {
        let run = calm(&knobs, script, 10.0);
        assert!(
            run.measure("load_cost/mean_events") > usual.measure("load_cost/mean_events") + 20.0
        );
        assert!(run.ended(ACCEPTED, 4.0, 10.0) >= 8, "{script}");
    }
    // Cut either way, the handler gets nothing of what was found.
    let lengths = [
        "1s cut snapshots-1>handler-*",
        "1s cut handler-*>snapshots-1",
    ]
    .map(|script| {
        let run = calm(&knobs, script, 30.0);
        run.measure("load_cost/mean_events")
    });
    assert!(lengths.iter().all(|mean| *mean > 50.0), "{lengths:?}");
    let late = calm(&knobs, "1s slow snapshots-1 x100", 10.0);
    assert!(late.ended(ACCEPTED, 0.0, 10.0) >= 15);
}

#[test]
fn projections_apply_once_whatever_links_do() {
    for script in [
        "1s duplicate log-1>projection-* 50%",
        "1s loss log-1>projection-* 30%",
        "1s loss projection-*>log-1 40%",
        "1s reorder log-1>projection-* 50%",
        "1s errors projection-* 50%",
        "2s crash projection-* for 1s; 5s crash projection-* for 1s",
        "2s pause projection-* for 1s",
        "2s slow projection-* x5 for 1s",
    ] {
        let run = calm(&[], &format!("{script}; 12s heal *"), 20.0);
        for name in ["balances", "history", "search"] {
            let of = |what: &str| run.measure(&format!("projections/{name}/{what}"));
            assert_eq!(of("applied") + 8.0, of("checkpoint"), "{script}");
            assert!(of("lag") <= 3.0, "{script}: {}", of("lag"));
        }
    }
    let again = calm(&[], "1s duplicate log-1>projection-* 50%", 10.0);
    assert!(again.measure("projections/search/duplicates_ignored") > 5.0);
}

#[test]
fn a_rebuild_survives_losses_and_crashes() {
    let script = "1s rebuild projection-*; 2s loss * 20% for 3s; 3s crash projection-* for 1s; 5s crash log-1 for 1s";
    let run = calm(&[("old-events", "60"), ("replay-rate", "15")], script, 25.0);
    for name in ["balances", "history", "search"] {
        assert_eq!(run.measure(&format!("projections/{name}/rebuilds")), 1.0);
        assert!(run.measure(&format!("projections/{name}/lag")) <= 3.0);
    }
}

// The user's own commands.

#[test]
fn own_commands_take_the_place_of_made_up_ones() {
    let rows = "at_ms,command,account,amount_cents,to\n0,deposit,ann,10000,\n1000,withdraw,ann,2500,\n\
        2000,transfer,ann,1500,bob\n3000,withdraw,bob,9999,\n";
    let knobs = [("old-events", "0"), ("reads", "0")];
    let mut run = begin(&with_input(scenario(&PATTERN, &knobs, ""), rows), true);
    run.until(8.0);
    assert_eq!(run.measure("balances/ann"), 6000.0);
    assert_eq!(run.measure("balances/bob"), 1500.0);
    assert_eq!(
        (run.measure("log_length"), run.ended(REFUSED, 0.0, 8.0)),
        (4.0, 1)
    );
    let columns = PATTERN.input.expect("takes input");
    let bad =
        "at_ms,command,account,amount_cents,to\n0,give,ann,1,\n1,transfer,ann,5,\n2,deposit,,x,\n";
    let told = Input::parse(columns, bad).expect_err("bad rows");
    assert_eq!(
        told,
        [
            "line 2, column command: `give` must be deposit, withdraw or transfer",
            "line 3, column to: `` must be the account that receives",
            "line 4, column account: `` must be a name or a number of at most 24 bytes",
            "line 4, column amount_cents: `x` must be a whole number from 0 to 1000000000000",
        ]
    );
}

#[test]
fn a_transfer_to_the_same_account_is_refused() {
    let rows =
        "at_ms,command,account,amount_cents,to\n0,deposit,ann,10000,\n1000,transfer,ann,2500,ann\n";
    let knobs = [("old-events", "0"), ("reads", "0")];
    let mut run = begin(&with_input(scenario(&PATTERN, &knobs, ""), rows), true);
    run.until(5.0);
    assert_eq!(run.measure("balances/ann"), 10_000.0);
    assert_eq!(run.ended(REFUSED, 0.0, 5.0), 1);
}

/// The last place of a log is no room for two events.
#[test]
fn a_full_log_takes_no_half_of_a_transfer() {
    let knobs = [
        ("accounts", "1000"),
        ("old-events", "50000"),
        ("rate", "10000"),
        ("workers", "64"),
        ("queue-cap", "10000"),
        ("transfers", "100"),
        ("withdrawals", "1"),
        ("hot", "0"),
        ("reads", "0"),
        ("apply-ms", "0"),
        ("append-ms", "0"),
        ("service-ms", "0"),
        ("snapshot-ms", "0"),
        ("fold-ms", "0"),
        ("latency-ms", "0"),
    ];
    let mut full = 0;
    for seed in 1..=3 {
        let mut scenario = scenario(&PATTERN, &knobs, "");
        scenario.seed = seed;
        let mut run = begin(&scenario, false);
        run.advance(9.0);
        let balance = run.watch.ledger.check(&run.simulation);
        assert!(balance.balanced(), "{:?}", balance.truths);
        full += usize::from(run.measure("log_length") >= 199_999.0);
    }
    assert_eq!(full, 3);
}

#[test]
fn the_state_as_of_any_event_is_its_fold() {
    let run = course(&[], "", 10.0);
    let model = run.simulation.model();
    let sum = |lines: &[String]| {
        let cents = |line: &String| {
            let amount = line.split("  ").nth(1).expect("an amount").replace('.', "");
            amount.parse::<i64>().expect("cents")
        };
        lines[1..].iter().map(cents).sum::<i64>()
    };
    let mut lines = Vec::new();
    let length = model.look_back(0, &mut lines).expect("there is a log");
    assert_eq!(length as f64, run.measure("log_length"));
    assert_eq!(sum(&lines), 2000);
    lines.clear();
    model.look_back(length - 1, &mut lines);
    let balances: f64 = (1..=6)
        .map(|n| run.measure(&format!("balances/A-{n}")))
        .sum();
    assert_eq!(sum(&lines) as f64, balances);
    assert!(model.look_back(u64::MAX, &mut lines).is_some());
}

// Far from the defaults.

const CHOICES: &[(&str, &[&str])] = &[
    ("rate", &["4", "60", "0"]),
    ("accounts", &["6", "1", "300"]),
    ("hot", &["10", "100"]),
    ("withdrawals", &["30", "100"]),
    ("transfers", &["20", "100"]),
    ("reads", &["60", "100"]),
    ("handlers", &["2", "1", "4"]),
    ("workers", &["2", "1", "16"]),
    ("queue-cap", &["100", "0", "2"]),
    ("service-ms", &["20", "0", "300"]),
    ("fold-ms", &["2", "0", "50"]),
    ("conflict-retries", &["4", "0", "20"]),
    ("retry-initial-ms", &["40", "0"]),
    ("timeout-ms", &["3000", "100", "300"]),
    ("attempts", &["2", "1", "8"]),
    ("append-ms", &["10", "0", "200"]),
    ("snapshot-every", &["5", "0", "1"]),
    ("snapshot-ms", &["5", "0", "900"]),
    ("old-events", &["8", "0", "300"]),
    ("upcasting", &["on", "off"]),
    ("apply-ms", &["60", "0", "500"]),
    ("prefetch", &["8", "1", "1000"]),
    ("checkpoint-every", &["4", "1", "1000"]),
    ("replay-rate", &["40", "1000000", "1"]),
    ("consistency", &["any", "own-writes"]),
    ("latency-ms", &["50", "0", "300"]),
    ("latency-jitter-ms", &["0", "100"]),
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn conservation_anywhere(
        seed: u64,
        plan: Vec<(u16, u16, u16)>,
        picks in prop::collection::vec(0usize..8, CHOICES.len()),
    ) {
        let mut scenario = scenario(&PATTERN, &[], "");
        scenario.seed = seed;
        for ((key, values), pick) in CHOICES.iter().zip(picks) {
            // Often the first.
            let value = values.get(pick).unwrap_or(&values[0]);
            scenario.settings.set(key, value).expect("a valid knob");
        }
        let lines = random_script(&PATTERN, &plan).join("\n");
        scenario.script = parse_script(&lines, &scenario.topology(), &scenario.settings).0;
        begin(&scenario, false).until(4.0);
    }
}
