//! Own input on the command line: taken as it is, or refused with line, column
//! and reason.

mod common;

use common::{PATTERN, file, json, patternscope, refused};

#[test]
fn own_input_is_checked_as_a_whole() {
    let bad = file(
        "bad.csv",
        "at_ms,client,path,service_ms\n1,1,/a,x\n-5,nobody,/b,3\n7,1,/c\n9,1,/d,4\n",
    );
    let outcome = patternscope(&["run", PATTERN, "--input", bad.to_str().expect("UTF-8")]);
    assert_eq!(
        (outcome.code, outcome.errors.len()),
        (Some(2), 4),
        "{:?}",
        outcome.errors
    );
    for (line, words) in [
        (0, "line 2, column service_ms: `x`"),
        (2, "line 3, column client: `nobody` is not there"),
        (3, "line 4:"),
    ] {
        assert!(
            outcome.errors[line].contains(words),
            "{}",
            outcome.errors[line]
        );
    }
    let good = file(
        "good.csv",
        "at_ms,client,path,service_ms\n300,client-1,/a,10\n100,2,\"/b,c\",20\n200,1,/d,30\n",
    );
    let run = json(&[
        "run",
        PATTERN,
        "--json",
        "--until",
        "20s",
        "--input",
        good.to_str().expect("UTF-8"),
    ]);
    assert_eq!(run["ledger"]["flows"]["started"], 3);
}

/// A run of own rows that is refused with these words, or goes well.
fn with_rows(name: &str, pattern: &str, rows: &str, more: &[&str], refusal: Option<&str>) {
    let path = file(name, rows);
    let arguments = ["run", pattern, "--json", "--until", "5s", "--input"];
    let path = path.to_str().expect("UTF-8");
    let arguments = [&arguments[..], &[path], more].concat();
    match refusal {
        Some(words) => refused(&arguments, &[name, words]),
        None => {
            let run = json(&arguments);
            assert_eq!(run["ledger"]["balanced"], true, "{name}");
        }
    }
}

#[test]
fn own_rows_name_those_who_are_there() {
    let calls = |client: &str| format!("at_ms,client,path,service_ms\n1,{client},/users/1,5\n");
    let gateway = |client: &str, refusal: Option<&str>| {
        with_rows("gateway.csv", "api-gateway", &calls(client), &[], refusal);
    };
    for client in ["web-1", "mobile-1", "partner-1", "3"] {
        gateway(client, None);
    }
    let right = "is not there; must be one of web-1, mobile-1, partner-1";
    gateway(
        "web-2",
        Some(&format!("line 2, column client: `web-2` {right}")),
    );
    gateway("4", Some(right));
    let direct = |client: &str, count: &str, refusal: Option<&str>| {
        let knob = format!("clients={count}");
        with_rows(
            "direct.csv",
            PATTERN,
            &calls(client),
            &["--set", &knob],
            refusal,
        );
    };
    direct("client-2", "2", None);
    direct(
        "client-2",
        "1",
        Some("line 2, column client: `client-2` is not there"),
    );
    let right = "must be one of client-1, client-2, client-3";
    direct("12", "9", Some(right));
    let etl = |sources: &str, refusal: Option<&str>| {
        let rows = "at_s,source,id,updated_at_s\n1,clicks,a,1\n";
        let knob = format!("sources={sources}");
        with_rows("etl.csv", "etl", rows, &["--set", &knob], refusal);
    };
    etl("3", None);
    etl(
        "2",
        Some("column source: `clicks` is not there; must be one of orders, crm"),
    );
}

#[test]
fn own_numbers_are_taken_as_they_are_or_refused() {
    let bank = |cents: &str, refusal: Option<&str>| {
        let rows = format!("at_ms,command,account,amount_cents,to\n1,deposit,A,{cents},\n");
        with_rows("bank.csv", "event-sourcing", &rows, &[], refusal);
    };
    bank("1000000000000", None);
    let right = "must be a whole number from 0 to 1000000000000";
    for wrong in ["1000000000001", "12.5", "-3", "", "x"] {
        let told = format!("line 2, column amount_cents: `{wrong}` {right}");
        bank(wrong, Some(&told));
    }
    let long = "at_ms,command,account,amount_cents,to\n1,deposit,an-account-with-a-long-name,5,\n";
    let right = "must be a name or a number of at most 24 bytes";
    with_rows("long.csv", "event-sourcing", long, &[], Some(right));
    let late = "at_ms,bytes\n36000000001,5\n1,2.5\n";
    with_rows(
        "late.csv",
        "batching",
        late,
        &[],
        Some("column at_ms: `36000000001`"),
    );
    with_rows(
        "late.csv",
        "batching",
        late,
        &[],
        Some("column bytes: `2.5` must be a whole"),
    );
    let stream = "processing_s,event_s,key,value\n1,1,red,\n2,2,watermark,\n";
    let right = "line 2, column value: `` must be a whole number; only a watermark has none";
    with_rows("stream.csv", "stream-processing", stream, &[], Some(right));
}

/// Nothing is in the log but what the user brought.
#[test]
fn an_own_log_begins_empty() {
    let rows =
        "at_ms,command,account,amount_cents,to\n1,deposit,alice,700,\n900,transfer,alice,200,bob\n";
    let path = file("log.csv", rows);
    let path = path.to_str().expect("UTF-8");
    let run = json(&[
        "run",
        "event-sourcing",
        "--json",
        "--until",
        "5s",
        "--input",
        path,
    ]);
    let balances = serde_json::json!({"alice": 500, "bob": 200});
    assert_eq!(run["measures"]["balances"], balances);
    assert_eq!(run["measures"]["log_length"], 3);
}

/// Rows go through every run, or none.
#[test]
fn compared_runs_have_the_same_rows() {
    let rows = "at_ms,client,path,service_ms\n1,1,/users/1,5\n9,3,/orders/2,5\n";
    let path = file("compared.csv", rows);
    let path = path.to_str().expect("UTF-8");
    let compare = |other: &'static str| {
        [
            "compare", PATTERN, other, "--until", "5s", "--json", "--input", path,
        ]
    };
    let result = json(&compare("api-gateway"));
    for run in result["runs"].as_array().expect("runs") {
        assert_eq!(run["ledger"]["flows"]["started"], 2, "{}", run["pattern"]);
    }
    refused(
        &compare("batching"),
        &[
            path,
            "batching reads at_ms,bytes",
            "compare patterns that read the same",
        ],
    );
    refused(
        &compare("peer-to-peer"),
        &[path, "peer-to-peer reads nothing"],
    );
    refused(
        &compare("?p=request-response&clients=2"),
        &[path, "line 3, column client: `3` is not there"],
    );
}
