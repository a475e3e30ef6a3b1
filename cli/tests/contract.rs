//! What contracts promise other programs, over all patterns: the keys of a run
//! and of the catalog, and the measures by their names.

mod common;

use common::{json, keys, patternscope};
use serde_json::Value;

/// The measures that a pattern has at least, by their places in `measures`,
/// and what stands there.
const MEASURES: [(&str, &str); 33] = [
    (
        "request-response",
        ": attempts retries hedges timeouts wasted_runs deduplicated",
    ),
    (
        "api-gateway",
        ": statuses cache_hit_ratio limited_by_client breaker ejected replica_share",
    ),
    ("api-gateway", "/statuses: 200 206 401 429 503"),
    (
        "api-gateway",
        "/limited_by_client: web-1 mobile-1 partner-1",
    ),
    ("api-gateway", "/breaker: users orders catalogue"),
    ("api-gateway", "/breaker/users: opened half_opened closed"),
    ("api-gateway", "/ejected: users-1 orders-2"),
    ("api-gateway", "/replica_share: users-1 orders-2"),
    ("pub-sub", ": subscriptions assignments"),
    (
        "pub-sub",
        "/subscriptions/billing: matched delivered acked redelivered dead_lettered backlog expired lost duplicates \
         out_of_order",
    ),
    ("pub-sub", "/assignments/billing: p0 p1 p2"),
    (
        "peer-to-peer",
        ": rounds residue traffic_per_peer t_ave_rounds t_last_rounds convergence_ms detection_ms false_suspicions",
    ),
    ("peer-to-peer", "/lookup_hops: mean max"),
    ("peer-to-peer", "/swarm: complete_ms"),
    ("event-sourcing", ": log_length conflicts snapshots"),
    ("event-sourcing", "/balances: A-1 A-6"),
    ("event-sourcing", "/projections: balances history search"),
    (
        "event-sourcing",
        "/projections/search: checkpoint lag applied duplicates_ignored",
    ),
    ("event-sourcing", "/load_cost: mean_events"),
    (
        "etl",
        ": runs warehouse_rows quarantine_rows missed_late duplicates freshness_s",
    ),
    (
        "etl",
        "/runs/0: number started_s ended_s extracted loaded rejected deduplicated mark_s",
    ),
    ("batching", ": batches mean_size stored failed"),
    ("batching", "/flush_reasons: size bytes linger close"),
    ("batching", "/individual: throughput_per_s latency_ms"),
    (
        "stream-processing",
        ": windows late_dropped watermark_s checkpoints restored duplicates",
    ),
    (
        "stream-processing",
        "/windows/0: number key start_s end_s emitted_at_s pane timing value retracted",
    ),
    (
        "orchestration",
        ": flows steps order_of_compensation resumed",
    ),
    (
        "orchestration",
        "/flows: completed compensated running stuck",
    ),
    (
        "orchestration",
        "/steps/reserve: runs retries failures compensations",
    ),
    ("orchestration", "/stock: free reserved"),
    ("orchestration", "/money_cents: captured refunded"),
    ("orchestration", "/order_of_compensation: release"),
    ("etl", "/runs/7/rejected: "),
];

fn run(pattern: &str) -> Value {
    json(&["run", pattern, "--until", "20s", "--json"])
}

#[test]
fn every_pattern_has_the_measures_of_the_contract() {
    for (pattern, wanted) in MEASURES {
        let (place, names) = wanted.split_once(": ").expect("a place and names");
        let measures = &run(pattern)["measures"];
        let object = measures
            .pointer(place)
            .unwrap_or_else(|| panic!("{pattern}: {place}"));
        let found = keys(object);
        for name in names.split_whitespace() {
            assert!(
                found.contains(&name),
                "{pattern}{place}: no {name} in {found:?}"
            );
        }
    }
    let owner = &run("pub-sub")["measures"]["assignments"]["search"]["p0"];
    assert!(
        owner
            .as_str()
            .is_some_and(|name| name.starts_with("consumer-"))
    );
}

#[test]
fn every_run_has_the_same_keys() {
    let top = "pattern version seed settings until_s warmup_s occurrences digest ledger rates latency_ms nodes links \
               theory measures";
    let list = json(&["list", "--json"]);
    let patterns = list["patterns"].as_array().expect("a list").iter();
    for pattern in patterns.map(|it| it["pattern"].as_str().expect("a slug")) {
        let run = run(pattern);
        assert_eq!(keys(&run), top.split_whitespace().collect::<Vec<_>>());
        let described = json(&["describe", pattern, "--json"]);
        let names = |key: &str, name: &str| -> Vec<String> {
            let list = described[key].as_array().expect("a list").iter();
            let text = |it: &Value| match name {
                "" => it.as_str().expect("a name").to_owned(),
                _ => it[name].as_str().expect("a name").to_owned(),
            };
            list.map(text).collect()
        };
        assert_eq!(keys(&run["settings"]), names("knobs", "key"), "{pattern}");
        assert_eq!(keys(&run["nodes"]), names("nodes", ""), "{pattern}");
        assert_eq!(keys(&run["links"]), names("links", ""), "{pattern}");
        for measure in names("measures", "") {
            assert!(!run["measures"][&measure].is_null(), "{pattern}: {measure}");
        }
    }
}

/// A knob that counts only beside another says so; many links are told by kind.
#[test]
fn what_is_described_is_complete_and_short() {
    let described = json(&["describe", "stream-processing", "--json"]);
    let mut knobs = described["knobs"].as_array().expect("a list").iter();
    let gap = knobs
        .find(|knob| knob["key"] == "gap-s")
        .expect("it is there");
    let expected = serde_json::json!({"key": "window", "values": ["session"]});
    assert_eq!(gap["only_if"], expected);
    let text = patternscope(&["describe", "stream-processing"]).output;
    assert!(text.contains("Silence that ends a session. Counts with window=session."));
    let text = patternscope(&["describe", "peer-to-peer"]).output;
    assert!(text.contains("Links\n  peer-*>peer-* (380 links)\n"));
}
