//! What scripts and links say, form by form: the documented ones are read, bad
//! ones are told with what would be right, and endless ones are cut short.

use patternscope_engine::History;
use patternscope_engine::kernel::{Instant, Node, Settings};
use patternscope_engine::patterns::request_response::PATTERN;
use patternscope_engine::patterns::{CATALOG, Pattern, find_pattern, settings_of};
use patternscope_engine::scenario::{
    ACTIONS, ParsedLink, Scenario, actions_of, format_script, link_options, parse_link,
    parse_script, parse_url, story_script,
};

#[test]
fn the_catalog_is_well_formed() {
    let reserved = [
        "p", "v", "seed", "preset", "set", "script", "input", "t", "speed",
    ];
    for pattern in CATALOG {
        let clash = |key: &&str| pattern.knobs.iter().any(|knob| knob.key == *key);
        assert_eq!(
            reserved
                .iter()
                .copied()
                .chain(link_options())
                .find(|key| clash(key)),
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

fn check_told(pattern: &'static Pattern, name: &str, values: &str, script: &str) {
    let mut settings = Settings::new(pattern.knobs);
    for (key, value) in settings_of(values) {
        assert_eq!(settings.set(key, value), Ok(()), "{} {name}", pattern.slug);
    }
    let notices = parse_script(script, &(pattern.topology)(&settings), &settings).1;
    assert_eq!(notices, Vec::<String>::new(), "{} {name}", pattern.slug);
}

/// Every form that the contracts show for this pattern's nodes.
#[test]
fn the_documented_script_is_understood() {
    let scenario = Scenario::new(&PATTERN);
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
    let scenario = Scenario::new(&PATTERN);
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
    PATTERN.slug
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
        Some((CATALOG[0].slug, 3))
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
    let scenario = Scenario::new(&PATTERN);
    let parse = |text: &str| parse_script(text, &scenario.topology(), &scenario.settings);
    let (script, notices) = parse(&"1s poison;".repeat(10_002));
    assert_eq!((script.len(), notices.len()), (10_000, 1));
    let (script, notices) = parse(&"1s poisn;".repeat(10_002));
    assert_eq!((script.len(), notices.len()), (0, 901));
    assert_eq!(parse(&" ".repeat(2 << 20)).1.len(), 1);
}

#[test]
fn every_action_of_the_table_is_read_as_its_usage_shows() {
    let scenario = Scenario::new(&PATTERN);
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
            usage.replace("NODE", "client-1").replace(['[', ']'], "")
        );
        let notices = parse_script(&text, &scenario.topology(), &scenario.settings).1;
        assert_eq!(notices, Vec::<String>::new(), "{text}");
    }
}

/// What one entry of a script comes to.
fn told(scenario: &Scenario, entry: &str) -> Vec<String> {
    parse_script(entry, &scenario.topology(), &scenario.settings).1
}

/// Words of a pattern's own, and `send`, work where they are taken, and are
/// refused everywhere else.
#[test]
fn words_are_refused_where_they_mean_nothing() {
    for pattern in CATALOG {
        let mut scenario = Scenario::new(pattern);
        for style in ["orchestration", "choreography"] {
            let _ = scenario.settings.set("style", style);
            let topology = scenario.topology();
            for word in actions_of(&topology).filter(|word| !word.lasts) {
                let is_own = topology.words.contains(word);
                if !is_own && word.name != "send" && word.name != "poison" {
                    continue;
                }
                let takes = |node: &&Node| {
                    let notices = told(&scenario, &format!("1s {} {}", word.name, node.name));
                    let expected = word.is_known_at(node);
                    assert_eq!(notices.is_empty(), expected, "{pattern:?} {notices:?}");
                    let right =
                        format!("`{}` does nothing at `{}`; only at `", word.name, node.name);
                    assert!(expected || notices[0].contains(&right), "{notices:?}");
                    expected
                };
                let known = topology.nodes().iter().filter(takes).count();
                assert!(known > 0, "{pattern:?}: {} works nowhere", word.name);
                assert!(!is_own || told(&scenario, &format!("1s {}", word.usage)).is_empty());
            }
        }
    }
    let gateway = Scenario::new(find_pattern("pub-sub").expect("it is there"));
    assert_eq!(
        told(&gateway, "1s join publisher-1"),
        [
            "script, line 1, entry 1: `1s join publisher-1`: `join` does nothing at `publisher-1`; only at `consumer-*`"
        ]
    );
}

#[test]
fn every_named_node_sends_and_numbers_are_numbers() {
    for pattern in CATALOG {
        let first = &Scenario::new(pattern).topology().nodes()[0].clone();
        let started = |script: &str, seconds: f64| {
            let mut scenario = Scenario::new(pattern);
            let _ = scenario.settings.set("rate", "0.001");
            let topology = scenario.topology();
            scenario.script = parse_script(script, &topology, &scenario.settings).0;
            let mut history = History::new(scenario);
            history.advance(Instant::from_secs(seconds), u64::MAX);
            history.ledger().started
        };
        // In ETL what is sent waits for the next run.
        let until = if pattern.slug == "etl" { 30.0 } else { 1.0 };
        let nodes = Scenario::new(pattern).topology();
        let all = nodes.nodes().iter().filter(|it| it.kind == first.kind);
        for (names, count) in [("1", 1), ("*", all.count() as u64)] {
            let script = format!("1s send {}-{names}", first.kind);
            let sent = started(&script, until) - started("", until);
            assert_eq!(sent, count, "{pattern:?}: {script}");
        }
    }
    let bank = Scenario::new(find_pattern("event-sourcing").expect("it is there"));
    for (entry, right) in [
        (
            "1s correct client-1 seven",
            "`seven` must be a whole number from 0 to 18446744073709551615, as in `correct client-1 17`, or left out",
        ),
        ("1s correct client-1 -1", "must be a whole number"),
        ("1s rebuild projection-1 7", "write `rebuild projection-1`"),
    ] {
        assert!(
            told(&bank, entry)[0].ends_with(right) || told(&bank, entry)[0].contains(right),
            "{:?}",
            told(&bank, entry)
        );
    }
    assert!(told(&bank, "1s correct client-1; 2s correct client-1 3").is_empty());
}
