//! The script as text: `AT ACTION TARGET [VALUE] [for DURATION]`, entries
//! parted by `;` or by line, `#` up to the end of a line for comments.
//!
//! Good entries apply; each bad one gives one notice that names what, where
//! and what would be right. Times and values are written exactly, so that a
//! script reads back as the same script.

use super::actions::{ActionWord, TargetKind, ValueKind, actions_of};
use super::target::parse_target;
use crate::kernel::decimal::Number;
use crate::kernel::settings::{clip, nearest};
use crate::kernel::{Action, Duration, Instant, Intervention, Knob, Settings, Target, Topology};
use crate::kernel::{decimal, order};

/// The longest text that is read, in bytes.
pub const SCRIPT_LONGEST: usize = 1 << 20;
/// The most entries that are read.
pub const ENTRIES_MOST: usize = 10_000;
/// Reading stops after this many bad entries: that text is no script.
const BAD_MOST: usize = 900;

/// Reads a script: what it says in order of time, and a notice for each entry
/// that was refused.
///
/// ```text
/// 5s crash server-1 for 3s; 20s set rate=90
/// ```
pub fn parse_script(
    text: &str,
    topology: &Topology,
    settings: &Settings,
) -> (Vec<(Instant, Intervention)>, Vec<String>) {
    let (mut script, mut notices) = (Vec::new(), Vec::new());
    if text.len() > SCRIPT_LONGEST {
        return (
            script,
            vec![format!(
                "script: has {} bytes; at most {SCRIPT_LONGEST} are read",
                text.len()
            )],
        );
    }
    for (index, (line, entry)) in entries(text).enumerate() {
        if index >= ENTRIES_MOST || notices.len() >= BAD_MOST {
            let limit = if index >= ENTRIES_MOST {
                "entries"
            } else {
                "bad entries"
            };
            let most = if index >= ENTRIES_MOST {
                ENTRIES_MOST
            } else {
                BAD_MOST
            };
            notices.push(format!(
                "script, line {line}: more than {most} {limit}; the rest is left out"
            ));
            break;
        }
        match parse_entry(entry, topology, settings) {
            Ok(timed) => script.push(timed),
            Err(why) => {
                notices.push(format!(
                    "script, line {line}, entry {}: `{}`: {why}",
                    index + 1,
                    clip(entry)
                ));
            }
        }
    }
    order::sort_by_key(&mut script, |(at, _)| at.0);
    (script, notices)
}

/// Entries with the number of their line, comments and blanks left out.
fn entries(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate();
    numbered.flat_map(|(index, line)| {
        let code = line.split_once('#').map_or(line, |(code, _)| code);
        let trimmed = code
            .split(';')
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        trimmed.map(move |entry| (index + 1, entry))
    })
}

/// Reads `12s crash server-1 for 5s`.
///
/// # Errors
/// Says what is wrong and what would be right.
pub fn parse_entry(
    text: &str,
    topology: &Topology,
    settings: &Settings,
) -> Result<(Instant, Intervention), String> {
    let text = text.trim();
    let (at, action) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let at = Duration::parse(at).map_err(|why| format!("must begin with a time: {why}"))?;
    Ok((Instant(at.0), parse_action(action, topology, settings)?))
}

/// Reads `crash server-1 for 5s`: an entry without its time.
///
/// # Errors
/// Says what is wrong and what would be right.
pub fn parse_action(
    text: &str,
    topology: &Topology,
    settings: &Settings,
) -> Result<Intervention, String> {
    let mut tokens: Vec<&str> = text.split_whitespace().collect();
    let lasting = take_lasting(&mut tokens)?;
    let Some((name, arguments)) = tokens.split_first() else {
        return Err("names no action; write such as `5s crash NODE for 3s`".to_owned());
    };
    let word = actions_of(topology)
        .find(|word| word.name == *name)
        .ok_or_else(|| {
            let near = nearest(name, actions_of(topology).map(|word| word.name));
            format!("`{}` is no action; nearest is `{near}`", clip(name))
        })?;
    if lasting.is_some() && !word.lasts {
        return Err(format!(
            "`{}` takes no `for`; write `{}`",
            word.name, word.usage
        ));
    }
    if word.target == TargetKind::Knob {
        return parse_set(&arguments.concat(), settings);
    }
    let (target, value) = split_arguments(word, arguments)?;
    let target = parse_target(&target, word.target, topology)?;
    check_place(word, &target, topology)?;
    let action = make_action(word, value)?;
    Ok(Intervention {
        action,
        target,
        lasting,
    })
}

/// Takes `for DURATION` off the end.
fn take_lasting(tokens: &mut Vec<&str>) -> Result<Option<Duration>, String> {
    let Some(place) = tokens.iter().position(|token| *token == "for") else {
        return Ok(None);
    };
    let tail = tokens.split_off(place);
    let [_, length] = tail[..] else {
        return Err("`for` must be followed by one duration, such as `for 5s`".to_owned());
    };
    let length = Duration::parse(length)?;
    if length == Duration::ZERO {
        return Err("`for 0s` would do nothing; write such as `for 5s`".to_owned());
    }
    Ok(Some(length))
}

/// The words for target and value; either is empty where there is none.
fn split_arguments<'t>(
    word: &ActionWord,
    arguments: &[&'t str],
) -> Result<(String, &'t str), String> {
    let refuse = || format!("write `{}`", word.usage);
    let (value, names) = match word.value {
        ValueKind::Nothing => ("", arguments),
        ValueKind::Number if arguments.len() < 2 => ("", arguments),
        _ => arguments
            .split_last()
            .map(|(value, names)| (*value, names))
            .ok_or_else(refuse)?,
    };
    let fits = match word.target {
        TargetKind::Nothing => names.is_empty(),
        TargetKind::OptionalNode => names.len() <= 1,
        // Spaces around the commas and bars of groups do no harm.
        TargetKind::Groups => !names.is_empty(),
        _ => names.len() == 1,
    };
    if fits {
        Ok((names.concat(), value))
    } else {
        Err(refuse())
    }
}

/// Refuses nodes at which a word means nothing. All nodes are those that know it.
fn check_place(word: &ActionWord, target: &Target, topology: &Topology) -> Result<(), String> {
    let Target::Nodes(selector) = target else {
        return Ok(());
    };
    let (mut right, mut before, mut known) = (String::new(), "", true);
    for node in topology.nodes() {
        if !word.is_known_at(node) {
            known &= node.kind != selector.kind;
        } else if node.kind != before {
            let or = if before.is_empty() { "`" } else { " or `" };
            right = right + or + node.kind + "-*`";
            before = node.kind;
        }
    }
    if known {
        return Ok(());
    }
    let name = word.name;
    Err(format!(
        "`{name}` does nothing at `{selector}`; only at {right}"
    ))
}

fn make_action(word: &ActionWord, value: &str) -> Result<Action, String> {
    Ok(match word.name {
        "crash" => Action::Crash,
        "pause" => Action::Pause,
        "slow" => Action::Slow(parse_factor(value)?),
        "errors" => Action::Errors(parse_ratio(value)?),
        "cut" => Action::Cut,
        "loss" => Action::Loss(parse_ratio(value)?),
        "latency" => Action::Latency(Duration::parse(value.strip_prefix('+').unwrap_or(value))?),
        "duplicate" => Action::Duplicate(parse_ratio(value)?),
        "reorder" => Action::Reorder(parse_ratio(value)?),
        "partition" => Action::Partition,
        "surge" => Action::Surge(parse_factor(value)?),
        "send" => Action::Send,
        "poison" => Action::Poison,
        "heal" => Action::Heal,
        own if value.is_empty() || value.parse::<u64>().is_ok() => {
            Action::Word(own, value.to_owned())
        }
        _ => {
            return Err(format!(
                "`{}` must be a whole number from 0 to {}, as in `{}`, or left out",
                clip(value),
                u64::MAX,
                word.usage
            ));
        }
    })
}

/// `x8`: thousandths, as the simulation counts them.
fn parse_factor(text: &str) -> Result<f64, String> {
    let number = text.strip_prefix('x').and_then(decimal::parse);
    match number {
        Some(factor) if (0.01..=1000.0).contains(&factor) => Ok((factor * 1e3).round() / 1e3),
        _ => Err(format!(
            "`{}` must be a factor from x0.01 to x1000, such as x8",
            clip(text)
        )),
    }
}

/// `20%`: parts per million, as the simulation counts them.
fn parse_ratio(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').and_then(decimal::parse);
    match number {
        Some(percent) if (0.0..=100.0).contains(&percent) => Ok((percent * 1e4).round() / 1e6),
        _ => Err(format!(
            "`{}` must be a ratio from 0% to 100%, such as 20%",
            clip(text)
        )),
    }
}

fn parse_set(text: &str, settings: &Settings) -> Result<Intervention, String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("write `set KEY=VALUE`, such as `set rate=90`")?;
    let (index, value) = settings.parse(key, value).map_err(|refused| refused.0)?;
    if settings.knobs()[index].structural {
        return Err(format!(
            "`{key}` decides who is there, so it can be set only at the start of a run"
        ));
    }
    Ok(Intervention {
        action: Action::Set(index, value),
        target: Target::None,
        lasting: None,
    })
}

/// Writes an intervention without its time: `crash server-1 for 5s`.
pub fn format_action(intervention: &Intervention, knobs: &[Knob]) -> String {
    let (name, value) = match &intervention.action {
        Action::Crash => ("crash", String::new()),
        Action::Pause => ("pause", String::new()),
        Action::Slow(factor) => ("slow", format_factor(*factor)),
        Action::Errors(share) => ("errors", format_ratio(*share)),
        Action::Cut => ("cut", String::new()),
        Action::Loss(share) => ("loss", format_ratio(*share)),
        Action::Latency(extra) => ("latency", format!("+{extra}")),
        Action::Duplicate(share) => ("duplicate", format_ratio(*share)),
        Action::Reorder(share) => ("reorder", format_ratio(*share)),
        Action::Partition => ("partition", String::new()),
        Action::Surge(factor) => ("surge", format_factor(*factor)),
        Action::Send => ("send", String::new()),
        Action::Poison => ("poison", String::new()),
        Action::Heal => ("heal", String::new()),
        Action::Set(index, value) => {
            let assign = |knob: &Knob| format!("{}={}", knob.key, knob.format(value));
            ("set", knobs.get(*index).map_or(String::new(), assign))
        }
        Action::Word(word, value) => (*word, value.clone()),
    };
    let lasting = intervention
        .lasting
        .map_or(String::new(), |length| format!("for {length}"));
    let parts = [
        name.to_owned(),
        intervention.target.to_string(),
        value,
        lasting,
    ];
    let written: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    written.join(" ")
}

/// Writes an entry: `12s crash server-1 for 5s`.
pub fn format_entry(at: Instant, intervention: &Intervention, knobs: &[Knob]) -> String {
    format!("{at} {}", format_action(intervention, knobs))
}

/// Writes a script on one line.
pub fn format_script(script: &[(Instant, Intervention)], knobs: &[Knob]) -> String {
    let entries: Vec<String> = script
        .iter()
        .map(|(at, act)| format_entry(*at, act, knobs))
        .collect();
    entries.join("; ")
}

fn format_factor(factor: f64) -> String {
    format!("x{}", Number((factor * 1e3).round() / 1e3))
}

fn format_ratio(share: f64) -> String {
    format!("{}%", Number((share * 1e6).round() / 1e4))
}
