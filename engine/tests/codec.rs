//! Links and scripts: what is written reads back the same, and no text
//! whatever makes a reader panic or take unbounded memory.
#![cfg(not(target_arch = "wasm32"))]

use patternscope_engine::kernel::settings::TEXT_LONGEST;
use patternscope_engine::kernel::{Action, Duration, Instant, Intervention, Target};
use patternscope_engine::kernel::{Knob, KnobKind, NodeSelector, Settings, Value};
use patternscope_engine::patterns::request_response::PATTERN;
use patternscope_engine::patterns::{CATALOG, Pattern};
use patternscope_engine::scenario::{
    Input, Scenario, format_link, format_script, parse_link, parse_script, parse_url,
};
use proptest::prelude::*;
use std::sync::Arc;

fn patterns() -> impl Strategy<Value = &'static Pattern> {
    (0..CATALOG.len()).prop_map(|index| CATALOG[index])
}

/// A value that the knob takes, from one number in [0, 1).
fn some_value(knob: &Knob, share: f64) -> Value {
    match knob.kind {
        KnobKind::Number {
            min, max, whole, ..
        } => {
            let number = min + share * (max - min);
            Value::Number(if whole {
                number.trunc().max(min)
            } else {
                number
            })
        }
        KnobKind::Choice { choices, .. } => Value::Choice((share * choices.len() as f64) as u8),
        KnobKind::Text { default, .. } => Value::Text(default.into()),
    }
}

#[derive(Clone, Debug)]
struct Raw {
    at: u64,
    action: usize,
    pick: usize,
    share: f64,
    lasting: Option<u64>,
}

fn raw_entries(most: usize) -> impl Strategy<Value = Vec<Raw>> {
    let one = (
        0..4_000_000_000_000u64,
        0..14usize,
        any::<usize>(),
        0.0..1.0f64,
        prop::option::of(1..90_000_000_000u64),
    );
    let one = one.prop_map(|(at, action, pick, share, lasting)| Raw {
        at,
        action,
        pick,
        share,
        lasting,
    });
    prop::collection::vec(one, 0..most)
}

/// Some knob that can be turned during a run.
fn free_knob(pattern: &Pattern, pick: usize) -> usize {
    let is_free = |index: &usize| !pattern.knobs[*index].structural;
    let free: Vec<usize> = (0..pattern.knobs.len()).filter(is_free).collect();
    free[pick % free.len()]
}

/// An entry of the grammar, made from data and not from text.
fn make_entry(raw: &Raw, scenario: &Scenario) -> (Instant, Intervention) {
    let topology = scenario.topology();
    let selector = |pick: usize, all: bool| {
        let node = &topology.nodes()[pick % topology.nodes().len()];
        NodeSelector {
            kind: node.kind.to_owned(),
            number: (!all).then_some(node.number),
        }
    };
    let node = Target::Nodes(selector(raw.pick, raw.pick.is_multiple_of(3)));
    let ends = &topology.links()[raw.pick % topology.links().len()];
    let link = Target::Links(
        selector(ends.from.index(), raw.pick.is_multiple_of(5)),
        selector(ends.to.index(), false),
    );
    let groups = Target::Groups(vec![
        vec![selector(ends.from.index(), false)],
        vec![selector(ends.to.index(), false)],
    ]);
    // Work begins in the first column alone.
    let first = topology
        .nodes()
        .iter()
        .filter(|it| it.place.column == 0)
        .count();
    let share = (raw.share * 1e6).round() / 1e6;
    let factor = (10.0 + raw.share * 900_000.0).round() / 1e3;
    let knob = free_knob(scenario.pattern, raw.pick);
    let (action, target) = match raw.action {
        0 => (Action::Crash, node),
        1 => (Action::Pause, Target::All),
        2 => (Action::Slow(factor), node),
        3 => (Action::Errors(share), node),
        4 => (Action::Cut, link),
        5 => (Action::Loss(share), Target::All),
        6 => (Action::Latency(Duration(raw.at % 7_777_777_777)), link),
        7 => (Action::Duplicate(share), link),
        8 => (Action::Reorder(share), link),
        9 => (Action::Partition, groups),
        10 => (Action::Surge(factor), Target::None),
        11 => (
            Action::Send,
            Target::Nodes(selector(raw.pick % first, false)),
        ),
        12 => (
            Action::Heal,
            if raw.share < 0.5 { Target::All } else { groups },
        ),
        _ => (
            Action::Set(knob, some_value(&scenario.pattern.knobs[knob], raw.share)),
            Target::None,
        ),
    };
    let lasting = raw.lasting.filter(|_| raw.action <= 10).map(Duration);
    (
        Instant(raw.at),
        Intervention {
            action,
            target,
            lasting,
        },
    )
}

fn make_scenario(pattern: &'static Pattern, seed: u64, knobs: &[f64], entries: &[Raw]) -> Scenario {
    let mut scenario = Scenario::new(pattern);
    if let Some(preset) = pattern
        .presets
        .get(seed as usize % (pattern.presets.len() + 1))
    {
        scenario = Scenario::preset(pattern, preset);
    }
    scenario.seed = seed;
    for (index, share) in knobs.iter().enumerate().take(pattern.knobs.len()) {
        scenario
            .settings
            .set_value(index, some_value(&pattern.knobs[index], *share));
    }
    scenario.script = entries
        .iter()
        .map(|raw| make_entry(raw, &scenario))
        .collect();
    scenario.script.sort_by_key(|(at, _)| *at);
    scenario
}

fn scenarios(entries: usize) -> impl Strategy<Value = Scenario> {
    (
        patterns(),
        any::<u64>(),
        prop::collection::vec(0.0..1.0f64, 0..40),
        raw_entries(entries),
    )
        .prop_map(|(pattern, seed, knobs, entries)| make_scenario(pattern, seed, &knobs, &entries))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_script_reads_back_the_same(scenario in scenarios(12)) {
        let text = format_script(&scenario.script, scenario.pattern.knobs);
        let (script, notices) = parse_script(&text, &scenario.topology(), &scenario.settings);
        prop_assert_eq!(notices, Vec::<String>::new(), "{}", text);
        prop_assert_eq!(script, scenario.script, "{}", text);
    }

    #[test]
    fn a_link_reads_back_the_same(
        scenario in scenarios(60),
        at in prop::option::of(0..9_000_000_000_000u64),
        speed in prop::option::of(0.001..100.0f64),
        rows in prop::collection::vec((0..5000u32, 1..9u8, "[ -~é\n]{0,12}", 0.0..99.0f64), 0..5),
    ) {
        let mut scenario = scenario;
        if let (Some(columns), false) = (scenario.pattern.input, rows.is_empty()) {
            let cell = |path: &str| format!("\"{}\"", path.replace('"', "\"\""));
            let row = |(at, client, path, service): &(u32, u8, String, f64)| format!("{at},{client},{},{service}", cell(path));
            let csv = columns.join(",") + "\n" + &rows.iter().map(row).collect::<Vec<_>>().join("\n");
            if let Ok(input) = Input::parse_among(columns, &csv, &scenario.topology()) {
                prop_assert_eq!(Input::parse(columns, &input.to_csv()), Ok(input.clone()));
                scenario.input = Some(Arc::new(input));
            }
        }
        let (query, fragment) = format_link(&scenario, at.map(Instant), speed);
        prop_assert!(format!("{query}{fragment}").bytes().all(|b| b.is_ascii_graphic()), "{}", query);
        let link = parse_url(&format!("https://example.test/sub/?{query}#{fragment}"));
        prop_assert_eq!(link.notices, Vec::<String>::new(), "{}", query);
        prop_assert_eq!(link.scenario, Some(scenario));
        prop_assert_eq!(link.at, at.map(Instant));
        prop_assert_eq!(link.speed, speed);
    }

    #[test]
    fn a_truncated_link_is_still_read(scenario in scenarios(60), cut in any::<prop::sample::Index>()) {
        let (query, fragment) = format_link(&scenario, Some(Instant(5)), Some(0.2));
        let whole = format!("?{query}#{fragment}");
        let link = parse_url(&whole[..cut.index(whole.len())]);
        prop_assert!(link.notices.len() < 1_100);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let scenario = Scenario::new(&PATTERN);
        let (topology, settings) = (scenario.topology(), &scenario.settings);
        for text in [text, String::from_utf8_lossy(&bytes).into_owned()] {
            parse_script(&text, &topology, settings);
            parse_script(&format!("5s {text}"), &topology, settings);
            parse_url(&text);
            parse_link(&format!("p={}&{text}", PATTERN.slug), &text);
            parse_link(&format!("p={}", PATTERN.slug), &format!("script={text}&input={text}"));
            parse_link(&format!("p={0}&script={text}&set={text}&rate={text}&t={text}", PATTERN.slug), "");
            let _ = Input::parse(&["at_ms", "client", "path", "service_ms"], &format!("at_ms,client,path,service_ms\n{text}"));
        }
    }

    /// Close to the grammar, so that more than the first check is reached.
    #[test]
    fn nearly_right_scripts_never_panic(
        words in prop::collection::vec(
            "(5s|for|3s|crash|slow|x8|x|%|20%|\\+|latency|\\+200ms|set|rate=|=9|client-1|server-\\*|-|>|client-1>|\\||,|\\*|;|#|\n|partition|surge|99999999999h)",
            0..12,
        ),
    ) {
        let scenario = Scenario::new(&PATTERN);
        parse_script(&words.join(" "), &scenario.topology(), &scenario.settings);
        parse_script(&words.concat(), &scenario.topology(), &scenario.settings);
    }
}

/// A text knob as a pattern has it.
static TEXT: &[Knob] = &[Knob::text(
    "Group",
    "filters",
    "Filters",
    ("a:b.*;c:#", "name:filter pairs"),
    |text| (!text.contains(':')).then(|| "has no `:`".to_owned()),
    "Who gets what.",
)];

#[test]
fn text_knobs_read_back_and_refuse_with_reason() {
    let mut settings = Settings::new(TEXT);
    assert_eq!(settings.text("filters"), "a:b.*;c:#");
    settings.set("filters", "x:é/+;y:#").expect("it fits");
    assert_eq!(settings.text("filters"), "x:é/+;y:#");
    assert_eq!(TEXT[0].format(settings.value(0)), "x:é/+;y:#");
    let refused = settings.set("filters", "none").expect_err("no colon");
    assert_eq!(
        refused.0,
        "filters=none: has no `:`; must be name:filter pairs"
    );
    let long = format!("a:{}", "b".repeat(TEXT_LONGEST));
    let refused = settings.set("filters", &long).expect_err("too long");
    assert!(refused.0.contains("has 402 bytes; at most 400"));
    assert_eq!(settings.text("filters"), "x:é/+;y:#");
    assert!(TEXT[0].structural);
}
