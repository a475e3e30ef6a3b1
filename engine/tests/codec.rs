//! Links and scripts: what is written reads back the same, and no text
//! whatever makes a reader panic or take unbounded memory.
#![cfg(not(target_arch = "wasm32"))]

use patternscope_engine::kernel::{Action, Duration, Instant, Intervention, Settings, Target};
use patternscope_engine::kernel::{Knob, KnobKind, NodeSelector, Value};
use patternscope_engine::patterns::{CATALOG, Pattern};
use patternscope_engine::scenario::{
    ACTIONS, Input, LINK_OPTIONS, ParsedLink, Scenario, format_link, format_script, parse_link,
    parse_script, parse_url, story_script,
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
    let node = Target::Nodes(selector(raw.pick, raw.pick % 3 == 0));
    let ends = &topology.links()[raw.pick % topology.links().len()];
    let link = Target::Links(
        selector(ends.from.index(), raw.pick % 5 == 0),
        selector(ends.to.index(), false),
    );
    let groups = Target::Groups(vec![
        vec![selector(ends.from.index(), false)],
        vec![selector(ends.to.index(), false)],
    ]);
    let share = (raw.share * 1e6).round() / 1e6;
    let factor = (10.0 + raw.share * 900_000.0).round() / 1e3;
    let free: Vec<usize> = (0..scenario.pattern.knobs.len())
        .filter(|i| !scenario.pattern.knobs[*i].structural)
        .collect();
    let knob = free[raw.pick % free.len()];
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
        11 => (Action::Send, Target::Nodes(selector(raw.pick, false))),
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
            if let Ok(input) = Input::parse(columns, &csv) {
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
        let scenario = Scenario::new(CATALOG[0]);
        let (topology, settings) = (scenario.topology(), &scenario.settings);
        for text in [text, String::from_utf8_lossy(&bytes).into_owned()] {
            parse_script(&text, &topology, settings);
            parse_script(&format!("5s {text}"), &topology, settings);
            parse_url(&text);
            parse_link(&format!("p={}&{text}", CATALOG[0].slug), &text);
            parse_link(&format!("p={}", CATALOG[0].slug), &format!("script={text}&input={text}"));
            parse_link(&format!("p={0}&script={text}&set={text}&rate={text}&t={text}", CATALOG[0].slug), "");
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
        let scenario = Scenario::new(CATALOG[0]);
        parse_script(&words.join(" "), &scenario.topology(), &scenario.settings);
        parse_script(&words.concat(), &scenario.topology(), &scenario.settings);
    }
}

#[test]
fn the_catalog_is_well_formed() {
    let reserved = [
        "p", "v", "seed", "preset", "set", "script", "input", "t", "speed",
    ];
    for pattern in CATALOG {
        let clash = |key: &&str| pattern.knobs.iter().any(|knob| knob.key == *key);
        assert_eq!(
            reserved.iter().chain(LINK_OPTIONS).find(|key| clash(key)),
            None,
            "{}",
            pattern.slug
        );
        for preset in pattern.presets {
            check_told(pattern, preset.slug, preset.settings, preset.script);
        }
        check_told(
            pattern,
            "story",
            pattern.story.settings,
            &story_script(pattern),
        );
        assert!(!Scenario::story(pattern).script.is_empty());
    }
}

fn check_told(pattern: &'static Pattern, name: &str, values: &[(&str, &str)], script: &str) {
    let mut settings = Settings::new(pattern.knobs);
    for (key, value) in values {
        assert_eq!(settings.set(key, value), Ok(()), "{} {name}", pattern.slug);
    }
    let notices = parse_script(script, &(pattern.topology)(&settings), &settings).1;
    assert_eq!(notices, Vec::<String>::new(), "{} {name}", pattern.slug);
}

/// Every form that the contracts show for this pattern's nodes.
#[test]
fn the_documented_script_is_understood() {
    let scenario = Scenario::new(CATALOG[0]);
    let text = "12s crash server-1 for 5s  # a comment; not an entry
        20s set rate=90; 30s cut client-1>server-1
        5s loss client-*>server-* 20%; 8s slow server-1 x8; 9s pause server-1 for 2s
        4s latency client-1>server-1 +200ms; 4s errors server-2 30%; 6s duplicate client-1>server-1 10%
        6s reorder client-1>server-1 25%; 7s partition client-1, client-2 | server-1 for 10s
        10s surge x5 for 4s; 11s send client-1; 13s poison; 15s heal server-1; 15s heal *;";
    let (script, notices) = parse_script(text, &scenario.topology(), &scenario.settings);
    assert_eq!(notices, Vec::<String>::new());
    assert_eq!(script.len(), 16);
    assert!(script.is_sorted_by_key(|(at, _)| *at));
    let knobs = scenario.pattern.knobs;
    assert!(
        format_script(&script, knobs)
            .ends_with("15s heal server-1; 15s heal *; 20s set rate=90; 30s cut client-1>server-1")
    );
}

#[test]
fn bad_entries_say_what_would_be_right_and_the_good_apply() {
    let scenario = Scenario::new(CATALOG[0]);
    let text = "1s crash servr-1\n2s crash server-1 for 5; 3s slow server-1 x0; 4s loss client-1>server-1 120%
5s set servers=3; 6s set rat=3; 7s send client-1 for 3s; crash server-1; 8s crsh server-1; 9s cut client-1>client-2
10s crash server-1; 11s crash client-1>server-1; 12s slow server-1; 13s set rate=99999999";
    let (script, notices) = parse_script(text, &scenario.topology(), &scenario.settings);
    assert_eq!(script.len(), 1);
    let expected = [
        ("line 1, entry 1", "nearest is `server-1`"),
        ("line 2, entry 2", "has no unit"),
        ("line 2, entry 3", "x0.01 to x1000"),
        ("line 2, entry 4", "0% to 100%"),
        ("line 3, entry 5", "only at the start"),
        ("line 3, entry 6", "nearest is `rate`"),
        ("line 3, entry 7", "takes no `for`"),
        ("line 3, entry 8", "must begin with a time"),
        ("line 3, entry 9", "nearest is `crash`"),
        ("line 3, entry 10", "is no link here; nearest is `client-"),
        ("line 4, entry 12", "is not a node, such as `client-1`"),
        ("line 4, entry 13", "write `slow NODE x8 [for DURATION]`"),
        ("line 4, entry 14", "rate="),
    ];
    assert_eq!(notices.len(), expected.len(), "{notices:#?}");
    for (notice, (place, right)) in notices.iter().zip(expected) {
        assert!(
            notice.contains(place) && notice.contains(right),
            "{notice} | {place} | {right}"
        );
    }
}

fn slug() -> &'static str {
    CATALOG[0].slug
}

#[test]
fn bad_values_in_a_link_leave_the_rest_in_place() {
    let link = parse_link(
        &format!(
            "?p={}&v=9&seed=x&rate=1e99&rte=3&t=5&speed=0&preset=nope&latency-ms=7",
            slug()
        ),
        "#script=%%%",
    );
    let scenario = link.scenario.as_ref().expect("a pattern is named");
    assert_eq!(scenario.settings.number("latency-ms"), 7.0);
    let starts: Vec<&str> = link
        .notices
        .iter()
        .map(|n| n.split([':', ' ']).next().unwrap_or_default())
        .collect();
    assert_eq!(
        starts,
        [
            "v=9",
            "seed=x",
            "t=5",
            "speed=0",
            "script",
            "preset=nope",
            "rate=1e99",
            "`rte`"
        ]
    );
    assert!(link.notices[7].ends_with("nearest is `rate`"));
}

#[test]
fn an_unknown_pattern_falls_back_and_none_is_the_gallery() {
    let link = parse_link("p=nope&seed=3&theme=dark", "");
    assert_eq!(
        link.scenario.as_ref().map(|s| (s.pattern.slug, s.seed)),
        Some((slug(), 3))
    );
    assert_eq!(
        (link.notices.len(), link.option("theme")),
        (1, Some("dark"))
    );
    for text in ["", "?", "#", "https://example.test/", "?theme=dark"] {
        let ParsedLink {
            scenario, notices, ..
        } = parse_url(text);
        assert!(scenario.is_none() && notices.is_empty(), "{text}");
    }
}

#[test]
fn addresses_paths_and_sets_are_read() {
    let wanted = parse_link(&format!("p={}&rate=33&latency-ms=9", slug()), "").scenario;
    for text in [
        format!("https://example.test/a/?p={}&rate=33&latency-ms=9#", slug()),
        format!("/a/{}/?rate=33&latency-ms=9", slug()),
        format!("/a/{}/index.html?set=rate:33;latency-ms:9", slug()),
        format!("p={}&set=rate=33,latency-ms=9ms", slug()),
        format!("p={}&set=rate%3D33%3Blatency-ms%3D9", slug()),
    ] {
        let link = parse_url(&text);
        assert_eq!((link.notices.len(), &link.scenario), (0, &wanted), "{text}");
    }
}

#[test]
fn what_unpacks_without_end_is_refused() {
    use base64::Engine as _;
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b'#'; 64 << 20], 9);
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bomb);
    let link = parse_link(
        &format!("p={}", slug()),
        &format!("script={text}&input={text}"),
    );
    assert_eq!(
        link.notices,
        [
            "script: is longer than 1048576 bytes",
            "input: is longer than 8388608 bytes"
        ]
    );
}

#[test]
fn endless_scripts_are_cut_short() {
    let scenario = Scenario::new(CATALOG[0]);
    let parse = |text: &str| parse_script(text, &scenario.topology(), &scenario.settings);
    let (script, notices) = parse(&"1s poison;".repeat(10_002));
    assert_eq!((script.len(), notices.len()), (10_000, 1));
    let (script, notices) = parse(&"1s poisn;".repeat(10_002));
    assert_eq!((script.len(), notices.len()), (0, 1_001));
    assert_eq!(parse(&" ".repeat(2 << 20)).1.len(), 1);
}

#[test]
fn every_action_of_the_table_is_read_as_its_usage_shows() {
    let scenario = Scenario::new(CATALOG[0]);
    let link = scenario.topology().links()[0].name.clone();
    for word in ACTIONS {
        let groups = link.replace('>', "|");
        let usage = word
            .usage
            .replace("NODE,NODE|NODE,NODE", &groups)
            .replace("NODE|FROM>TO|*", "*");
        let usage = usage
            .replace("FROM>TO", &link)
            .replace("KEY=VALUE", "rate=5")
            .replace("DURATION", "5s");
        let text = format!(
            "1s {}",
            usage.replace("NODE", "server-1").replace(['[', ']'], "")
        );
        let notices = parse_script(&text, &scenario.topology(), &scenario.settings).1;
        assert_eq!(notices, Vec::<String>::new(), "{text}");
    }
}
