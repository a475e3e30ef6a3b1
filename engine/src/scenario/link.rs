//! A scenario as a link, and back.
//!
//! ```text
//! ?p=pub-sub&v=1&seed=7&preset=slow-consumer&rate=40&script=5s+crash+broker-1&t=12.5s&speed=0.2
//! ```
//! Knobs stand there by key, those only that differ from the preset or the
//! default. What is long goes compressed into the fragment. Reading never
//! fails: what cannot be read is left at its default, and a notice says so.

use super::beside::named_run;
use super::input::{INPUT_LONGEST, Input};
use super::query::{encode, pairs};
use super::script::{SCRIPT_LONGEST, parse_script};
use super::{DEFAULT_SEED, Scenario, bounded};
use crate::kernel::decimal;
use crate::kernel::decimal::Number;
use crate::kernel::settings::{clip, nearest};
use crate::kernel::{Duration, Instant, Settings};
use crate::patterns::{CATALOG, Pattern, find_pattern};
use std::sync::Arc;

/// The version of the format.
pub const LINK_VERSION: u32 = 1;
/// A script longer than this goes compressed into the fragment.
const SCRIPT_LEGIBLE: usize = 1_500;
/// Simulated seconds a second of wall time: the range of `speed`.
const SPEED: std::ops::RangeInclusive<f64> = 0.0001..=1000.0;

/// What an option takes.
enum Takes {
    Words(&'static [&'static str]),
    /// A whole number from 1.
    Count,
    /// A duration, or yes or no.
    Length,
    /// A pattern, or one of its experiments.
    Run,
}

const YES_OR_NO: Takes = Takes::Words(&["1", "0", "true", "false"]);

/// Keys that concern the player, not the scenario; handed on as they are.
const OPTIONS: &[(&str, Takes)] = &[
    ("embed", YES_OR_NO),
    ("theme", Takes::Words(&["auto", "light", "dark"])),
    ("controls", Takes::Words(&["full", "min", "none"])),
    ("background", Takes::Words(&["theme", "transparent"])),
    ("autoplay", YES_OR_NO),
    ("loop", Takes::Length),
    ("step", Takes::Count),
    ("story", YES_OR_NO),
    ("with", Takes::Run),
];

/// The keys of options, which no knob may have.
pub fn link_options() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().map(|(option, _)| *option)
}

impl Takes {
    /// What would be right, if `value` is not.
    fn refusal(&self, value: &str) -> Option<String> {
        let (is_right, right) = match self {
            Self::Words(words) => (words.contains(&value), words.join(" or ")),
            Self::Count => (
                value.parse::<u8>().is_ok_and(|count| count > 0),
                "a whole number from 1 to 255".to_owned(),
            ),
            Self::Length => (
                ["0", "1"].contains(&value) || Duration::parse(value).is_ok_and(|it| it.0 > 0),
                "a time such as 8s, or 1 or 0".to_owned(),
            ),
            Self::Run => (
                named_run(value).is_some(),
                "PATTERN or PATTERN:PRESET, such as pub-sub:slow-consumer".to_owned(),
            ),
        };
        (!is_right).then_some(right)
    }
}

/// Keys that are read here, beside the knobs of the pattern.
const KEYS: &[&str] = &[
    "p", "v", "seed", "preset", "set", "script", "input", "t", "speed",
];

/// What a link says.
#[derive(Clone, Debug, Default)]
pub struct ParsedLink {
    /// None if the link names no pattern.
    pub scenario: Option<Scenario>,
    /// Where the playhead stands.
    pub at: Option<Instant>,
    /// Simulated seconds a second of wall time.
    pub speed: Option<f64>,
    /// Those of `embed`, `theme`, `controls`, `background`, `autoplay`, `loop`,
    /// `step`, `story` and `with` that are there and right, as written.
    pub options: Vec<(&'static str, String)>,
    /// What was left out, and what would be right.
    pub notices: Vec<String>,
}

impl ParsedLink {
    /// An option as written, if it is there.
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options
            .iter()
            .rev()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value.as_str())
    }

    /// Whether an option that takes yes or no says so; None if it is not there.
    pub fn says(&self, key: &str) -> Option<bool> {
        self.option(key)
            .map(|value| value == "1" || value == "true")
    }
}

/// What a link carries beside its query: a key and its value, unpacked, or why
/// that could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Such as `script`.
    pub key: String,
    /// The plain text; an error says what is wrong with what was there.
    pub value: Result<String, String>,
}

/// The most bytes that a packed value may unpack to; None: this key is never
/// packed.
pub fn most_bytes(key: &str) -> Option<usize> {
    match key {
        "script" => Some(SCRIPT_LONGEST),
        "input" => Some(INPUT_LONGEST),
        _ => None,
    }
}

/// Reads a query, with or without its `?`, and what the fragment carried.
pub fn read_link(query: &str, attached: Vec<Attached>) -> ParsedLink {
    let mut reading = Reading::default();
    for (key, value) in pairs(query.strip_prefix('?').unwrap_or(query)) {
        reading.take(key, value);
    }
    for Attached { key, value } in attached {
        match value {
            Ok(value) => reading.take(key, value),
            Err(why) => reading.link.notices.push(format!("{key}: {why}")),
        }
    }
    reading.finish()
}

/// What has been gathered so far; the order of keys does not matter.
#[derive(Default)]
struct Reading {
    link: ParsedLink,
    pattern: Option<String>,
    seed: Option<u64>,
    preset: Option<String>,
    knobs: Vec<(String, String)>,
    script: Option<String>,
    input: Option<String>,
}

impl Reading {
    fn take(&mut self, key: String, value: String) {
        match key.as_str() {
            "p" => self.pattern = Some(value),
            "v" => {
                if value.parse() != Ok(LINK_VERSION) {
                    self.refuse(
                        "v",
                        &value,
                        &format!("{LINK_VERSION}; what is known applies"),
                    );
                }
            }
            "seed" => match value.parse() {
                Ok(seed) => self.seed = Some(seed),
                Err(_) => self.refuse(
                    "seed",
                    &value,
                    &format!("a whole number from 0 to {}", u64::MAX),
                ),
            },
            "preset" => self.preset = Some(value),
            "set" => self.knobs.extend(split_set(&value)),
            "script" => self.script = Some(value),
            "input" => self.input = Some(value),
            "t" => match Duration::parse(&value) {
                Ok(at) => self.link.at = Some(Instant(at.0)),
                Err(_) => self.refuse("t", &value, "a time such as 12.5s"),
            },
            "speed" => match decimal::parse(&value).filter(|speed| SPEED.contains(speed)) {
                Some(speed) => self.link.speed = Some(speed),
                None => self.refuse(
                    "speed",
                    &value,
                    &format!("{} to {}", Number(*SPEED.start()), Number(*SPEED.end())),
                ),
            },
            _ => self.take_other(key, value),
        }
    }

    fn take_other(&mut self, key: String, value: String) {
        let Some((option, takes)) = OPTIONS.iter().find(|(option, _)| *option == key) else {
            return self.knobs.push((key, value));
        };
        match takes.refusal(&value) {
            Some(right) => self.refuse(option, &value, &right),
            None => self.link.options.push((option, value)),
        }
    }

    fn refuse(&mut self, key: &str, value: &str, right: &str) {
        self.link
            .notices
            .push(format!("{key}={}: must be {right}", clip(value)));
    }

    fn finish(mut self) -> ParsedLink {
        if let Some(pattern) = self.find_pattern() {
            let mut scenario = self.base(pattern);
            self.apply_knobs(&mut scenario.settings);
            self.apply_script(&mut scenario);
            self.apply_input(&mut scenario);
            self.link.scenario = Some(scenario);
        } else {
            for (key, value) in std::mem::take(&mut self.knobs) {
                let (key, value) = (clip(&key), clip(&value));
                self.link
                    .notices
                    .push(format!("{key}={value}: means nothing without p=PATTERN"));
            }
        }
        self.link.notices = bounded(self.link.notices);
        self.link
    }

    fn find_pattern(&mut self) -> Option<&'static Pattern> {
        let slug = self.pattern.take()?;
        let found = find_pattern(&slug);
        if found.is_none() {
            let known: Vec<&str> = CATALOG.iter().map(|pattern| pattern.slug).collect();
            self.refuse("p", &slug, &format!("one of {}", known.join(", ")));
        }
        found.or(CATALOG.first().copied())
    }

    /// The preset's settings or the defaults; the script comes later.
    fn base(&mut self, pattern: &'static Pattern) -> Scenario {
        let mut scenario = Scenario::new(pattern);
        if let Some(slug) = self.preset.take() {
            match pattern.preset(&slug) {
                Some(preset) => scenario = Scenario::preset(pattern, preset),
                None => {
                    let known: Vec<&str> =
                        pattern.presets.iter().map(|preset| preset.slug).collect();
                    self.refuse("preset", &slug, &format!("one of {}", known.join(", ")));
                }
            }
        }
        scenario.seed = self.seed.unwrap_or(DEFAULT_SEED);
        scenario
    }

    fn apply_knobs(&mut self, settings: &mut Settings) {
        // Two near-endless lists would take long to compare.
        const UNKNOWN_MOST: usize = 100;
        let mut unknown = 0;
        for (key, value) in std::mem::take(&mut self.knobs) {
            if settings.index(&key).is_some() {
                let refused = settings.set(&key, &value).err();
                self.link.notices.extend(refused.map(|refused| refused.0));
                continue;
            }
            unknown += 1;
            if unknown <= UNKNOWN_MOST {
                let known = settings.knobs().iter().map(|knob| knob.key);
                let near = nearest(
                    &key,
                    known.chain(KEYS.iter().copied()).chain(link_options()),
                );
                self.link.notices.push(format!(
                    "`{}` is not known here; nearest is `{near}`",
                    clip(&key)
                ));
            }
        }
        if unknown > UNKNOWN_MOST {
            self.link
                .notices
                .push(format!("and {} more unknown keys", unknown - UNKNOWN_MOST));
        }
    }

    fn apply_script(&mut self, scenario: &mut Scenario) {
        let text = self.script.take();
        let text = text
            .as_deref()
            .or(scenario.preset.map(|preset| preset.script))
            .unwrap_or_default();
        let (script, notices) = parse_script(text, &scenario.topology(), &scenario.settings);
        scenario.script = script;
        self.link.notices.extend(notices);
    }

    fn apply_input(&mut self, scenario: &mut Scenario) {
        let Some(text) = self.input.take() else {
            return;
        };
        let Some(columns) = scenario.pattern.input else {
            self.link
                .notices
                .push(format!("input: {} takes none", scenario.pattern.slug));
            return;
        };
        match Input::parse_among(columns, &text, &scenario.topology()) {
            Ok(input) => scenario.input = Some(Arc::new(input)),
            Err(bad) => self
                .link
                .notices
                .extend(bad.into_iter().map(|why| format!("input, {why}"))),
        }
    }
}

/// `key:value;key:value`, also with `=` and `,`.
fn split_set(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    text.split([';', ','])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once(['=', ':']).unwrap_or((part, ""));
            (key.trim().to_owned(), value.trim().to_owned())
        })
}

/// Writes a link: its query, without `?`, and what its fragment must carry, a
/// key and a text each, to be packed.
pub fn write_link(
    scenario: &Scenario,
    at: Option<Instant>,
    speed: Option<f64>,
) -> (String, Vec<(&'static str, String)>) {
    let pattern = scenario.pattern;
    let mut query = format!(
        "p={}&v={LINK_VERSION}&seed={}",
        encode(pattern.slug),
        scenario.seed
    );
    let mut attached = Vec::new();
    let mut add = |key: &str, value: &str| query.extend(["&", &encode(key), "=", &encode(value)]);
    let base = scenario.preset.map_or_else(
        || Scenario::new(pattern),
        |preset| Scenario::preset(pattern, preset),
    );
    if let Some(preset) = scenario.preset {
        add("preset", preset.slug);
    }
    for (key, value) in scenario.settings.differences(&base.settings) {
        add(key, &value);
    }
    if !is_implied(scenario) {
        let script = scenario.script_text();
        if script.len() <= SCRIPT_LEGIBLE {
            let acts: Vec<&str> = script.split(';').map(str::trim_start).collect();
            add("script", &acts.join(";"));
        } else {
            attached.push(("script", script));
        }
    }
    if let Some(at) = at {
        add("t", &at.to_string());
    }
    if let Some(speed) = speed {
        add("speed", &Number(speed).to_string());
    }
    if let Some(input) = &scenario.input {
        attached.push(("input", input.to_csv()));
    }
    (query, attached)
}

/// Whether a link that says no script means this one: the preset's, if all of
/// that fits the settings.
fn is_implied(scenario: &Scenario) -> bool {
    let text = scenario.preset.map_or("", |preset| preset.script);
    let (script, notices) = parse_script(text, &scenario.topology(), &scenario.settings);
    notices.is_empty() && script == scenario.script
}
