//! What several test files need.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use patternscope_engine::Scenario;
use patternscope_engine::kernel::{
    Action, Instant, Intervention, Knob, KnobKind, Node, Simulation, Stamped, Target, Value,
};
use patternscope_engine::patterns::Pattern;
use patternscope_engine::scenario::parse_script;

/// A scenario at its defaults with a seed and script lines, all of which must
/// be right.
pub fn scenario_with(pattern: &'static Pattern, seed: u64, script: &[String]) -> Scenario {
    let mut scenario = Scenario {
        seed,
        ..Scenario::new(pattern)
    };
    let topology = (pattern.topology)(&scenario.settings);
    let (script, notices) = parse_script(&script.join("\n"), &topology, &scenario.settings);
    assert!(notices.is_empty(), "{notices:?}");
    scenario.script = script;
    scenario
}

/// A simulation at its start, its first facts in `facts`.
pub fn fresh(scenario: &Scenario, facts: &mut Vec<Stamped>) -> Simulation {
    scenario.simulation(Some(facts))
}

/// All facts of a straight run.
pub fn facts(scenario: &Scenario, until: Instant) -> Vec<Stamped> {
    let mut facts = Vec::new();
    let mut simulation = fresh(scenario, &mut facts);
    simulation.run_until(until, Some(&mut facts));
    facts
}

/// Traffic doubles.
pub fn surge() -> Intervention {
    Intervention {
        action: Action::Surge(2.0),
        target: Target::None,
        lasting: None,
    }
}

/// Some knob that can be turned during a run, to some value of its range.
fn turn(pattern: &Pattern, which: usize) -> String {
    let free: Vec<&Knob> = pattern
        .knobs
        .iter()
        .filter(|knob| !knob.structural)
        .collect();
    let knob = free[which % free.len()];
    let value = match knob.kind {
        KnobKind::Choice { choices, .. } => Value::Choice((which / 7 % choices.len()) as u8),
        KnobKind::Number {
            min,
            max,
            default,
            whole,
            ..
        } => {
            let near = default * (which % 5) as f64 / 2.0 + (which % 3) as f64;
            let value = near.clamp(min, max);
            Value::Number(if whole { value.round() } else { value })
        }
        KnobKind::Text { .. } => unreachable!("texts are structural"),
    };
    format!("set {}={}", knob.key, knob.format(&value))
}

/// Script lines from arbitrary numbers: every kind of act, on every node and
/// link, at times that often coincide.
pub fn random_script(pattern: &'static Pattern, plan: &[(u16, u16, u16)]) -> Vec<String> {
    let topology = (pattern.topology)(&Scenario::new(pattern).settings);
    let line = |&(when, what, which): &(u16, u16, u16)| {
        let at = u64::from(when) % 60 * 50;
        let which = usize::from(which);
        let node = &topology.nodes()[which % topology.nodes().len()].name;
        let link = &topology.links()[which % topology.links().len()].name;
        let act = match what % 19 {
            0 => format!("crash {node}"),
            1 => format!("crash {node} for {}ms", which % 700 + 1),
            2 => format!("pause {node} for {}ms", which % 700 + 1),
            3 => format!("slow {node} x{}", which % 9 + 1),
            4 => format!("errors {node} {}%", which % 101),
            5 => format!("cut {link}"),
            6 => format!("cut {link} for 200ms"),
            7 => format!("loss {link} {}%", which % 101),
            8 => format!("latency {link} +{}ms", which % 400),
            9 => format!("duplicate {link} {}%", which % 101),
            10 => format!("reorder {link} {}%", which % 101),
            11 => format!("surge x{} for 300ms", which % 4 + 1),
            12 => "poison".to_owned(),
            13 => format!("heal {node}"),
            14 => "heal *".to_owned(),
            15 => format!("set latency-ms={}", which % 100),
            16 => match topology.words {
                [] => "send".to_owned(),
                words => {
                    let word = &words[which % words.len()];
                    let knows = |it: &&Node| word.is_known_at(it);
                    let nodes: Vec<&Node> = topology.nodes().iter().filter(knows).collect();
                    format!("{} {}", word.name, nodes[which % nodes.len()].name)
                }
            },
            _ => turn(pattern, which),
        };
        format!("{at}ms {act}")
    };
    plan.iter().take(12).map(line).collect()
}
