//! The command line as a user meets it: the binary itself, its output and its
//! exit codes.

mod common;

use common::{PATTERN, file, json, keys, patternscope, refused};
use serde_json::Value;
use std::path::PathBuf;

#[test]
fn bad_arguments_name_key_value_and_range() {
    refused(
        &["run", "request-respons"],
        &["`request-respons`", "nearest is `request-response`"],
    );
    refused(&["describe", "nope"], &["`nope`", "patternscope list"]);
    refused(
        &["run", PATTERN, "--set", "servers=9999"],
        &["servers=9999", "1 to"],
    );
    refused(
        &["run", PATTERN, "--set", "lb=best"],
        &["lb=best", "random"],
    );
    refused(
        &["run", PATTERN, "--set", "rat=3"],
        &["`rat`", "nearest is `rate`"],
    );
    refused(
        &["run", PATTERN, "--set", "rate"],
        &["--set rate", "KEY=VALUE"],
    );
    refused(
        &["run", PATTERN, "--preset", "nope"],
        &["--preset nope", "hockey-stick"],
    );
    refused(&["run", PATTERN, "--until", "5"], &["5", "no unit"]);
    refused(
        &["run", PATTERN, "--warmup", "60s"],
        &["--warmup 60s", "--until 60s"],
    );
    refused(&["run", PATTERN, "--seed", "-1"], &["-1"]);
    refused(
        &["run", PATTERN, "--script", "/no/such/file"],
        &["/no/such/file"],
    );
    refused(
        &["run", PATTERN, "--at", "5s crash servr-1"],
        &["--at", "`servr-1`", "nearest is `server-1`"],
    );
    refused(&["run", "?p=nope"], &["p=nope", PATTERN]);
    refused(&["run", "?rate=3"], &["p=PATTERN"]);
    refused(
        &["sweep", PATTERN, "--vary", "rate=1..2"],
        &["rate=1..2", "rate=10..100/19"],
    );
    refused(
        &["sweep", PATTERN, "--vary", "servers=0..2/3"],
        &["servers=0", "1 to"],
    );
    refused(&["frobnicate"], &["frobnicate"]);
}

#[test]
fn numbers_and_times_out_of_range_name_the_range() {
    let run = |more: &[&str], words: &[&str]| refused(&[&["run", PATTERN], more].concat(), words);
    let whole = "must be a whole number from 0 to 18446744073709551615";
    for seed in ["abc", "-1", "1.5", "18446744073709551616"] {
        run(&["--seed", seed], &["--seed", seed, whole]);
    }
    run(
        &["--facts", "9e9"],
        &["--facts", "9e9", "from 0 to 1000000"],
    );
    run(
        &["--set", "servers=2.5"],
        &["servers=2.5: must be whole, 1 to 12"],
    );
    run(
        &["--set", "rate=1e99"],
        &["rate=1e99: must be 0 to 50000 /s"],
    );
    let range = "must be a time from 0s to 10000h, such as 250us, 15ms, 2s or 1.5m";
    for time in [
        "99999999999s",
        "99999999999999999999999s",
        "-5s",
        "abc",
        "5x",
    ] {
        run(&["--until", time], &["--until", time, range]);
        run(&["--warmup", time], &["--warmup", time, range]);
        let entry = format!("{time} crash server-1");
        run(&["--at", &entry], &["--at", &entry, range]);
        let entry = format!("1s crash server-1 for {time}");
        run(&["--at", &entry], &["--at", range]);
    }
    run(&["--until", "0s"], &["--until 0s: must be longer"]);
    refused(
        &["sweep", PATTERN, "--vary", "rate=1", "--seeds", "0"],
        &["--seeds", "0", "from 1 to 1000"],
    );
    let word = "event-sourcing";
    refused(
        &[
            "run",
            word,
            "--at",
            "1s correct client-1 99999999999999999999",
        ],
        &["must be a whole number from 0 to 18446744073709551615"],
    );
}

#[test]
fn a_byte_order_mark_before_a_script_does_no_harm() {
    let script = file(
        "marked.txt",
        "\u{feff}5s crash server-1 for 1s\r\n6s poison\r\n",
    );
    let script = script.to_str().expect("UTF-8");
    let with = json(&[
        "run", PATTERN, "--json", "--until", "9s", "--script", script,
    ]);
    let same = ["--at", "5s crash server-1 for 1s", "--at", "6s poison"];
    let flags = [&["run", PATTERN, "--json", "--until", "9s"], &same[..]].concat();
    assert_eq!(with["digest"], json(&flags)["digest"]);
}

#[test]
fn every_cause_has_its_line() {
    let bad = [
        "run",
        PATTERN,
        "--set",
        "rat=3",
        "--set",
        "servers=0",
        "--preset",
        "nope",
        "--at",
        "5s",
    ];
    assert_eq!(patternscope(&bad).errors.len(), 4);
}

#[test]
fn the_same_run_has_the_same_digest() {
    let run = |more: &[&str]| {
        json(&[&["run", PATTERN, "--json", "--until", "20s"], more].concat())["digest"].clone()
    };
    assert_eq!(run(&[]), run(&[]));
    assert_eq!(run(&[]), run(&["--seed", "7"]));
    assert_ne!(run(&[]), run(&["--seed", "8"]));
    assert_ne!(run(&[]), run(&["--at", "3s crash server-1"]));
}

#[test]
fn a_link_equals_the_flags_it_stands_for() {
    let script = file("equal.txt", "# comment\n5s slow server-1 x4 for 3s\n");
    let flags = [
        "run",
        PATTERN,
        "--json",
        "--until",
        "20s",
        "--preset",
        "slow-server",
        "--seed",
        "11",
        "--set",
        "rate=55",
        "--at",
        "4s loss client-*>server-1 20% for 2s",
        "--script",
        script.to_str().expect("UTF-8"),
    ];
    let link = "https://example.test/x/?p=request-response&v=1&seed=11&preset=slow-server&rate=55&theme=dark&t=3s\
        &script=3s+slow+server-2+x4;4s+loss+client-*%3Eserver-1+20%25+for+2s;5s+slow+server-1+x4+for+3s#";
    assert_eq!(
        json(&flags),
        json(&["run", link, "--json", "--until", "20s"])
    );
}

#[test]
fn the_printed_link_runs_the_same() {
    let flags = [
        "run",
        PATTERN,
        "--until",
        "9s",
        "--set",
        "rate=31.5",
        "--at",
        "2s cut client-1>server-1 for 1500ms",
    ];
    let text = patternscope(&flags).output;
    let line = |text: &str, word: &str| {
        let found = text.lines().find_map(|line| line.strip_prefix(word));
        found.expect("it is printed").trim().to_owned()
    };
    let again = patternscope(&["run", &line(&text, "link"), "--until", "9s"]).output;
    assert_eq!(line(&text, "digest"), line(&again, "digest"));
}

/// Where in `run --json`, and the keys that stand there.
const CONTRACT: [(&str, &str); 9] = [
    (
        "",
        "pattern version seed settings until_s warmup_s occurrences digest ledger rates latency_ms nodes links theory \
         measures",
    ),
    ("/ledger", "balanced messages flows truth"),
    (
        "/ledger/messages",
        "sent duplicated delivered in_flight lost",
    ),
    ("/ledger/flows", "started succeeded failed open"),
    ("/ledger/truth/0", "name left right holds"),
    ("/rates", "offered_per_s throughput_per_s goodput_per_s"),
    ("/latency_ms", "mean p50 p95 p99 p999 max count"),
    (
        "/nodes/server-1",
        "utilisation queue_mean queue_max wait_ms_mean served state",
    ),
    ("/links/client-1>server-1", "sent delivered lost duplicated"),
];

#[test]
fn the_json_has_every_key_of_the_contract() {
    let run = json(&[
        "run",
        PATTERN,
        "--json",
        "--until",
        "20s",
        "--warmup",
        "2s",
        "--at",
        "5s crash server-1 for 2s",
    ]);
    for (place, expected) in CONTRACT {
        let object = run.pointer(place).unwrap_or(&Value::Null);
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(keys(object), expected, "{place}");
    }
    let at = |place: &str| run.pointer(place).cloned().unwrap_or_default();
    assert_eq!(
        (at("/pattern"), at("/seed"), at("/warmup_s")),
        (PATTERN.into(), 7.into(), 2.0.into())
    );
    assert_eq!(
        (at("/ledger/balanced"), at("/nodes/server-1/state")),
        (true.into(), "up".into())
    );
    assert!(at("/ledger/messages/lost/crash").as_u64() > Some(0));
    for measure in "attempts retries hedges timeouts wasted_runs deduplicated".split(' ') {
        assert!(run["measures"][measure].is_u64(), "{measure}");
    }
}

#[test]
fn theory_is_told_in_json() {
    let calm = [
        "run",
        PATTERN,
        "--json",
        "--set",
        "timeout-ms=0",
        "--set",
        "retries=0",
        "--set",
        "queue-cap=100000",
        "--set",
        "servers=1",
        "--set",
        "rate=20",
    ];
    let theory = &json(&calm)["theory"];
    assert_eq!(
        keys(&theory[0]),
        ["name", "predicted", "measured", "unit", "assumptions"]
    );
}

#[test]
fn facts_are_shown_in_order() {
    let text = patternscope(&[
        "run",
        PATTERN,
        "--until",
        "5s",
        "--facts",
        "40",
        "--at",
        "0s crash server-1",
    ])
    .output;
    let lines: Vec<&str> = text.lines().take(40).collect();
    assert!(
        lines[0].contains("intervened") && lines[0].ends_with("act=crash server-1"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].contains("fault-began") && lines.iter().any(|line| line.contains("link=client-"))
    );
    let run = json(&["run", PATTERN, "--until", "5s", "--facts", "40", "--json"]);
    let facts = run["facts"].as_array().expect("a list");
    let times: Vec<f64> = facts
        .iter()
        .filter_map(|fact| fact["at_s"].as_f64())
        .collect();
    assert!(times.len() == 40 && times.is_sorted());
    assert_eq!(facts[0]["kind"], "flow-started");
}

#[test]
fn a_trace_is_valid_json_and_every_slice_ends() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("trace.json");
    let path_text = path.to_str().expect("UTF-8");
    json(&[
        "run",
        PATTERN,
        "--json",
        "--until",
        "5s",
        "--at",
        "1s pause server-1 for 1s",
        "--trace",
        path_text,
    ]);
    let text = std::fs::read_to_string(&path).expect("the trace is written");
    let trace: Value = serde_json::from_str(&text).expect("the trace is JSON");
    let events = trace["traceEvents"].as_array().expect("a list");
    let of = |phase: &str| events.iter().filter(|event| event["ph"] == phase).count();
    assert!(of("b") >= of("e") && of("e") > 50 && of("X") > 50);
    assert_eq!(of("i"), 1);
    refused(
        &["run", PATTERN, "--trace", "/no/such/folder/x.json"],
        &["/no/such/folder/x.json"],
    );
}

#[test]
fn a_sweep_has_one_row_a_point() {
    let base = [
        "sweep",
        PATTERN,
        "--vary",
        "rate=10..40/4",
        "--until",
        "20s",
        "--seeds",
        "3",
    ];
    let sweep = json(&[&base[..], &["--json"]].concat());
    let rows = sweep["rows"].as_array().expect("a list");
    let values: Vec<f64> = rows
        .iter()
        .filter_map(|row| row["value"].as_f64())
        .collect();
    assert_eq!(values, [10.0, 20.0, 30.0, 40.0]);
    let measures = [
        "throughput_per_s",
        "goodput_per_s",
        "p50_ms",
        "p99_ms",
        "lost_share",
        "failed_share",
        "utilisation_max",
    ];
    for row in rows {
        assert_eq!(keys(row)[1..], measures);
        assert!(row["p99_ms"]["mean"].is_f64() && row["p99_ms"]["ci95"].is_f64());
    }
    let csv = patternscope(&[&base[..], &["--csv"]].concat()).output;
    let cells: Vec<usize> = csv.lines().map(|line| line.split(',').count()).collect();
    assert_eq!(cells, [15; 5]);
    let single = json(&[
        "run", PATTERN, "--json", "--until", "20s", "--set", "rate=10",
    ]);
    let alone = json(&[
        "sweep", PATTERN, "--vary", "rate=10", "--until", "20s", "--seeds", "1", "--json",
    ]);
    assert_eq!(
        alone["rows"][0]["p99_ms"]["mean"],
        single["latency_ms"]["p99"]
    );
}

#[test]
fn the_catalog_is_described() {
    let list = json(&["list", "--json"]);
    let slugs = list["patterns"].as_array().expect("a list").iter();
    for slug in slugs.filter_map(|entry| entry["pattern"].as_str()) {
        let described = json(&["describe", slug, "--json"]);
        for key in ["knobs", "nodes", "links", "faults", "presets", "measures"] {
            assert!(
                described[key]
                    .as_array()
                    .is_some_and(|list| !list.is_empty()),
                "{slug} {key}"
            );
        }
        let knob = keys(&described["knobs"][0]);
        for key in [
            "key", "label", "unit", "kind", "min", "max", "default", "choices", "help",
        ] {
            assert!(knob.contains(&key), "{slug} {key}");
        }
        assert!(patternscope(&["describe", slug]).output.contains(slug));
    }
    assert!(patternscope(&["list"]).output.contains(PATTERN));
    assert_eq!(patternscope(&["--version"]).code, Some(0));
}

#[test]
fn compare_sends_the_same_arrivals_through_patterns() {
    let arguments = [
        "compare",
        "request-response",
        "?p=batching&producers=3&rate=999",
        "--set",
        "rate=20",
        "--set",
        "clients=3",
        "--seed",
        "5",
        "--until",
        "20s",
        "--json",
    ];
    let result = json(&arguments);
    assert_eq!(result["workload"]["rate"], "20");
    let runs = result["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 2);
    for run in runs {
        assert_eq!(
            (&run["seed"], &run["ledger"]["balanced"]),
            (&5.into(), &true.into())
        );
    }
    // Three senders each, the same seed, rate and kind: the same arrivals.
    let started = |run: &Value| run["ledger"]["flows"]["started"].as_u64();
    assert_eq!(started(&runs[0]), started(&runs[1]));
    refused(&["compare", PATTERN, "nope"], &["`nope`"]);
    refused(
        &["compare", PATTERN, "batching", "--set", "arrival=closed"],
        &["arrival=closed"],
    );
}
