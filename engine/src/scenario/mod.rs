//! A scenario: everything a run is a function of; and its text forms: the
//! script, the link, the user's own input. It runs nothing and draws nothing.

mod actions;
#[cfg(feature = "deflate")]
mod address;
mod beside;
mod cells;
mod csv;
mod input;
mod json;
mod link;
mod query;
mod script;
mod target;

pub use actions::{ACTIONS, ActionWord, TargetKind, ValueKind, actions_of};
#[cfg(feature = "deflate")]
pub use address::{format_link, parse_link, parse_url};
pub use beside::{WORKLOAD, named_run};
pub use cells::SOURCES;
pub use input::{INPUT_LONGEST, Input, OTHERS};
pub use link::{Attached, ParsedLink, link_options, most_bytes, read_link, write_link};
pub use query::pairs;
pub use script::{
    format_action, format_entry, format_script, parse_action, parse_entry, parse_script,
};

use crate::kernel::{
    Instant, Intervention, Random, Recording, Settings, Setup, Simulation, Topology,
};
use crate::patterns::{Pattern, Preset, settings_of};
use std::fmt;
use std::sync::Arc;

/// The seed of a run whose user chose none.
pub const DEFAULT_SEED: u64 = 7;

/// More causes than this are counted, not told one by one.
const NOTICES_MOST: usize = 1_000;

/// Everything a run is a function of.
#[derive(Clone)]
pub struct Scenario {
    /// Which pattern.
    pub pattern: &'static Pattern,
    /// All chance follows from it.
    pub seed: u64,
    /// The preset it started from, which the link names.
    pub preset: Option<&'static Preset>,
    /// Knobs at the start.
    pub settings: Settings,
    /// What is done when, in order of time.
    pub script: Vec<(Instant, Intervention)>,
    /// The user's own data, if brought.
    pub input: Option<Arc<Input>>,
}

impl Scenario {
    /// Every knob at its default, nothing done.
    pub fn new(pattern: &'static Pattern) -> Self {
        Self {
            pattern,
            seed: DEFAULT_SEED,
            preset: None,
            settings: Settings::new(pattern.knobs),
            script: Vec::new(),
            input: None,
        }
    }

    /// An experiment: its settings and its script.
    pub fn preset(pattern: &'static Pattern, preset: &'static Preset) -> Self {
        let mut scenario = Self::new(pattern);
        scenario.preset = Some(preset);
        scenario.settings = settings_with(pattern, preset.settings);
        let topology = scenario.topology();
        scenario.script = parse_script(preset.script, &topology, &scenario.settings).0;
        scenario
    }

    /// The pattern's story: its settings, and the script of its beats.
    pub fn story(pattern: &'static Pattern) -> Self {
        let mut scenario = Self::new(pattern);
        scenario.settings = settings_with(pattern, pattern.story.settings);
        let topology = scenario.topology();
        scenario.script = parse_script(&story_script(pattern), &topology, &scenario.settings).0;
        scenario
    }

    /// Who and where at the start.
    pub fn topology(&self) -> Topology {
        (self.pattern.topology)(&self.settings)
    }

    /// The run at its start.
    pub fn simulation(&self, recording: Recording) -> Simulation {
        let (random, topology) = (Random::new(self.seed), self.topology());
        let setup = Setup {
            random,
            model: (self.pattern.model)(self, &topology, &random),
            topology,
            settings: self.settings.clone(),
            script: self.script.clone(),
        };
        Simulation::new(setup, recording)
    }

    /// The script as text that [`parse_script`] reads back.
    pub fn script_text(&self) -> String {
        format_script(&self.script, self.pattern.knobs)
    }
}

/// The beats of a pattern's story as the text of a script.
pub fn story_script(pattern: &Pattern) -> String {
    let actions = |beat: &crate::patterns::Beat| -> Vec<String> {
        let (at, script) = (beat.at, beat.script);
        let trimmed = script
            .split(';')
            .map(str::trim)
            .filter(|action| !action.is_empty());
        trimmed.map(|action| format!("{at} {action}")).collect()
    };
    let entries: Vec<String> = pattern.story.beats.iter().flat_map(actions).collect();
    entries.join("; ")
}

/// The defaults with these values in place. The catalog's own values fit,
/// which a test over the catalog checks; one that did not would be left out.
fn settings_with(pattern: &'static Pattern, values: &str) -> Settings {
    let mut settings = Settings::new(pattern.knobs);
    for (key, text) in settings_of(values) {
        let _ = settings.set(key, text);
    }
    settings
}

/// Keeps a report readable whatever was pasted.
fn bounded(mut notices: Vec<String>) -> Vec<String> {
    let more = notices.len().saturating_sub(NOTICES_MOST);
    if more > 0 {
        notices.truncate(NOTICES_MOST);
        notices.push(format!("and {more} more"));
    }
    notices
}

impl PartialEq for Scenario {
    fn eq(&self, other: &Self) -> bool {
        let preset = |scenario: &Self| scenario.preset.map(|preset| preset.slug);
        self.pattern.slug == other.pattern.slug
            && self.seed == other.seed
            && preset(self) == preset(other)
            && self.settings == other.settings
            && self.script == other.script
            && self.input == other.input
    }
}

impl fmt::Debug for Scenario {
    /// As a link: short and complete; can be opened if nothing is attached.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (query, attached) = write_link(self, None, None);
        write!(f, "?{query}")?;
        attached
            .iter()
            .try_for_each(|(key, text)| write!(f, "\n{key}: {text}"))
    }
}
