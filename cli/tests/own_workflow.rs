//! A workflow of one's own, as a user brings it.

mod common;

use common::{file, json, keys, refused};

/// A workflow of one's own is JSON; its steps are those that are measured.
#[test]
fn own_workflows_are_json() {
    let run = |name: &str, text: &str| {
        let path = file(name, text);
        let path = path.to_str().expect("UTF-8").to_owned();
        [
            "run",
            "orchestration",
            "--json",
            "--until",
            "20s",
            "--input",
        ]
        .map(str::to_owned)
        .into_iter()
        .chain([path])
        .collect::<Vec<String>>()
    };
    let good = run(
        "journey.json",
        r#"{"steps": [
            {"name": "hotel", "service": "inventory", "compensation": "cancel hotel", "next": ["flight", "train"]},
            {"name": "flight", "service": "payment", "compensation": "cancel flight", "next": ["car"]},
            {"name": "train", "service": "shipping", "compensation": "cancel train", "next": ["car"]},
            {"name": "car", "service": "notification", "fails_percent": 100, "retry": {"attempts": 2}}
        ]}"#,
    );
    let good: Vec<&str> = good.iter().map(String::as_str).collect();
    let measures = &json(&good)["measures"];
    let mut steps = keys(&measures["steps"]);
    steps.sort();
    assert_eq!(steps, ["car", "flight", "hotel", "train"]);
    assert_eq!(measures["flows"]["completed"], 0);
    assert_eq!(measures["order_of_compensation"]["cancel hotel"], 3);
    let bad = run(
        "ring.json",
        "[{\"name\": \"a\", \"service\": \"bakery\"},\n {\"nam\": 1}]",
    );
    let bad: Vec<&str> = bad.iter().map(String::as_str).collect();
    for cause in [
        "line 1, column service: `bakery` must be inventory, payment",
        "line 2, column nam: is not known",
        "line 2, column name: `` must be a name",
    ] {
        refused(&bad, &[cause]);
    }
}

/// What people can do to it is told beside what every pattern knows.
#[test]
fn own_words_are_described() {
    let described = json(&["describe", "orchestration", "--json"]);
    let faults = described["faults"].to_string();
    for word in ["approve", "reject", "unstick", "crash"] {
        assert!(faults.contains(&format!("\"{word}")), "{faults}");
    }
}
