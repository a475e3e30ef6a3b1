//! `list` and `describe`: the catalog, for people and for programs.

use crate::Failure;
use crate::request::known_pattern;
use patternscope_engine::Scenario;
use patternscope_engine::kernel::{Knob, KnobKind, Link, Topology};
use patternscope_engine::patterns::{CATALOG, Pattern, settings_of};
use patternscope_engine::scenario::actions_of;
use serde_json::{Value, json};
use std::fmt::Write;

/// The patterns in the order of the menu.
pub fn list(as_json: bool) -> String {
    if as_json {
        let entry =
            |p: &&Pattern| json!({"pattern": p.slug, "title": p.title, "summary": p.summary});
        let patterns: Vec<Value> = CATALOG.iter().map(entry).collect();
        return format!("{:#}\n", json!({ "patterns": patterns }));
    }
    CATALOG
        .iter()
        .map(|pattern| format!("{:<20} {}\n", pattern.slug, pattern.summary))
        .collect()
}

/// Everything that can be set, named, broken and measured.
pub fn describe(slug: &str, as_json: bool) -> Result<String, Failure> {
    let pattern = known_pattern(slug)?;
    Ok(if as_json {
        format!("{:#}\n", to_json(pattern))
    } else {
        to_text(pattern)
    })
}

fn knob_json(knob: &Knob) -> Value {
    let (kind, min, max, default, choices) = match knob.kind {
        KnobKind::Number {
            min,
            max,
            default,
            whole,
            ..
        } => (
            if whole { "whole" } else { "number" },
            json!(min),
            json!(max),
            json!(default),
            Value::Null,
        ),
        KnobKind::Choice { choices, .. } => (
            "choice",
            Value::Null,
            Value::Null,
            knob.format(&knob.default_value()).into(),
            json!(choices),
        ),
        KnobKind::Text { default, .. } => (
            "text",
            Value::Null,
            Value::Null,
            default.into(),
            Value::Null,
        ),
    };
    json!({"key": knob.key, "label": knob.label, "group": knob.group, "unit": knob.unit, "kind": kind, "min": min,
        "max": max, "default": default, "choices": choices, "structural": knob.structural,
        "only_if": knob.only_if.map(|(key, values)| json!({"key": key, "values": values})), "help": knob.help})
}

fn to_json(pattern: &'static Pattern) -> Value {
    let scenario = Scenario::new(pattern);
    let topology = scenario.topology();
    let nodes: Vec<&str> = topology
        .nodes()
        .iter()
        .map(|node| node.name.as_str())
        .collect();
    let links: Vec<&str> = topology
        .links()
        .iter()
        .map(|link| link.name.as_str())
        .collect();
    let faults = actions_of(&topology)
        .map(|word| json!({"name": word.name, "usage": word.usage, "help": word.help}));
    let presets = pattern.presets.iter().map(|preset| {
        let settings: serde_json::Map<String, Value> =
            settings_of(preset.settings).map(|(key, value)| (key.to_owned(), value.into())).collect();
        json!({"name": preset.slug, "title": preset.title, "summary": preset.summary, "settings": settings,
            "script": preset.script})
    });
    json!({
        "pattern": pattern.slug,
        "title": pattern.title,
        "summary": pattern.summary,
        "about": {"what": pattern.about.what, "when": pattern.about.when, "when_not": pattern.about.when_not,
            "not_modelled": pattern.about.not_modelled},
        "knobs": pattern.knobs.iter().map(knob_json).collect::<Vec<_>>(),
        "nodes": nodes,
        "links": links,
        "faults": faults.collect::<Vec<_>>(),
        "presets": presets.collect::<Vec<_>>(),
        "measures": measure_names(&scenario),
        "outcomes": pattern.outcomes,
        "input": pattern.input,
    })
}

fn measure_names(scenario: &Scenario) -> Vec<&'static str> {
    scenario
        .simulation(None)
        .model()
        .measures()
        .iter()
        .map(|(name, _)| *name)
        .collect()
}

/// Links by name, or, where they are many, by the kinds that they join.
fn links_of(topology: &Topology) -> String {
    const MANY: usize = 60;
    let few = topology.links().len() <= MANY;
    let kind = |id| topology.node(id).kind;
    let name = |link: &Link| match few {
        true => link.name.clone(),
        false => format!("{}-*>{}-*", kind(link.from), kind(link.to)),
    };
    let mut names: Vec<String> = Vec::new();
    for name in topology.links().iter().map(name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let count = match few {
        true => String::new(),
        false => format!(" ({} links)", topology.links().len()),
    };
    names.join(" ") + &count
}

fn to_text(pattern: &'static Pattern) -> String {
    let scenario = Scenario::new(pattern);
    let topology = scenario.topology();
    let mut text = format!(
        "{} ({})\n{}\n\nKnobs (--set KEY=VALUE)\n",
        pattern.title, pattern.slug, pattern.summary
    );
    for knob in pattern.knobs {
        let default = knob.format(&knob.default_value());
        let start = if knob.structural {
            " [at the start only]"
        } else {
            ""
        };
        let only = knob.only_if.map_or(String::new(), |(key, values)| {
            format!(" Counts with {key}={}.", values.join(" or "))
        });
        let _ = writeln!(
            text,
            "  {:<20} {default:<14} {}{start}",
            knob.key,
            knob.range()
        );
        let _ = writeln!(text, "  {:<20} {}{only}", "", knob.help);
    }
    let nodes: Vec<&str> = topology
        .nodes()
        .iter()
        .map(|node| node.name.as_str())
        .collect();
    let _ = writeln!(text, "\nNodes\n  {}", nodes.join(" "));
    let _ = writeln!(text, "\nLinks\n  {}", links_of(&topology));
    text.push_str("\nInterventions (--at \"TIME ...\")\n");
    for word in actions_of(&topology) {
        let _ = writeln!(text, "  {:<46} {}", word.usage, word.help);
    }
    text.push_str("\nPresets (--preset NAME)\n");
    for preset in pattern.presets {
        let _ = writeln!(text, "  {:<20} {}", preset.slug, preset.summary);
    }
    let _ = writeln!(text, "\nMeasures\n  {}", measure_names(&scenario).join(" "));
    if let Some(columns) = pattern.input {
        let _ = writeln!(text, "\nInput (--input FILE)\n  {}", columns.join(","));
    }
    text
}
