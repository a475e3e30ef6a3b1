//! The catalog: the one list of patterns. Menu, routes, sliders, links, the
//! command line, law tests and golden files all iterate it; nothing else
//! names a pattern.

pub mod api_gateway;
pub mod batching;
pub mod etl;
pub mod event_sourcing;
pub mod orchestration;
pub mod peer_to_peer;
pub mod pub_sub;
pub mod request_response;
pub mod stream_processing;

use crate::kernel::{Knob, Model, Random, Settings, Topology};
use crate::measure::{Measures, Prediction};
use crate::scenario::Scenario;

/// Every pattern, in the order of the menu.
pub static CATALOG: &[&Pattern] = &[
    &peer_to_peer::PATTERN,
    &api_gateway::PATTERN,
    &pub_sub::PATTERN,
    &request_response::PATTERN,
    &event_sourcing::PATTERN,
    &etl::PATTERN,
    &batching::PATTERN,
    &stream_processing::PATTERN,
    &orchestration::PATTERN,
];

/// A pattern: data, and functions that make its running parts.
pub struct Pattern {
    /// In links and files.
    pub slug: &'static str,
    /// On screen.
    pub title: &'static str,
    /// One sentence: what it teaches.
    pub summary: &'static str,
    /// What it is, when to use it, when not, what is left out.
    pub about: About,
    /// Its settings, the important ones first.
    pub knobs: &'static [Knob],
    /// Its experiments.
    pub presets: &'static [Preset],
    /// Its story, told over one run.
    pub story: Story,
    /// Simulated seconds a second of wall time at first.
    pub speed: f64,
    /// Why a flow can fail; index 0 is success.
    pub outcomes: &'static [&'static str],
    /// Why work can be given up inside a node.
    pub discards: &'static [&'static str],
    /// Kinds of its own notes (see `Fact::Noted`).
    pub notes: &'static [&'static str],
    /// The columns of its own input, if it takes any.
    pub input: Option<&'static [&'static str]>,
    /// Who and where.
    pub topology: fn(&Settings) -> Topology,
    /// Its running part.
    pub model: fn(&Scenario, &Topology, &Random) -> Box<dyn Model>,
    /// What closed forms predict beside what was measured; empty when the
    /// settings or the faults leave the assumptions, and `why_no_theory` says so.
    pub theory: fn(&Scenario, &Measures) -> Theory,
}

/// Predictions, or why there are none.
pub enum Theory {
    /// Beside what was measured.
    Predicted(Vec<Prediction>),
    /// One sentence.
    OutOfReach(&'static str),
}

/// Words for people.
pub struct About {
    /// What it is.
    pub what: &'static str,
    /// When to use it.
    pub when: &'static str,
    /// When not.
    pub when_not: &'static str,
    /// What the model leaves out.
    pub not_modelled: &'static [&'static str],
}

/// Keys and values of settings as one text: `key=value; key=value`.
pub fn settings_of(settings: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = settings.split(';').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.trim(), value.trim()))
}

/// An experiment: settings and a script, one click, one link.
pub struct Preset {
    /// In links and files.
    pub slug: &'static str,
    /// On screen.
    pub title: &'static str,
    /// What to look at.
    pub summary: &'static str,
    /// What differs from the defaults: see [`settings_of`].
    pub settings: &'static str,
    /// Interventions, `;` between them.
    pub script: &'static str,
    /// Simulated seconds a second of wall time at first.
    pub speed: f64,
}

impl Preset {
    /// Its parts in order.
    pub const fn new(
        slug: &'static str,
        title: &'static str,
        summary: &'static str,
        settings: &'static str,
        script: &'static str,
        speed: f64,
    ) -> Self {
        Self {
            slug,
            title,
            summary,
            settings,
            script,
            speed,
        }
    }
}

/// A run told beat by beat.
pub struct Story {
    /// What differs from the defaults: see [`settings_of`].
    pub settings: &'static str,
    /// In order of time.
    pub beats: &'static [Beat],
}

/// A caption, and what is done at its time.
pub struct Beat {
    /// When, as a duration since the start.
    pub at: &'static str,
    /// What to see, in a sentence or two.
    pub caption: &'static str,
    /// Actions at that time without their time, `;` between them.
    pub script: &'static str,
    /// Simulated seconds a second of wall time from here on.
    pub speed: f64,
}

impl Beat {
    /// Its parts, the longest last.
    pub const fn new(
        at: &'static str,
        script: &'static str,
        speed: f64,
        caption: &'static str,
    ) -> Self {
        Self {
            at,
            caption,
            script,
            speed,
        }
    }
}

/// The pattern of this slug.
pub fn find_pattern(slug: &str) -> Option<&'static Pattern> {
    CATALOG.iter().find(|pattern| pattern.slug == slug).copied()
}

impl Pattern {
    /// The preset of this slug.
    pub fn preset(&self, slug: &str) -> Option<&Preset> {
        self.presets.iter().find(|preset| preset.slug == slug)
    }
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.slug)
    }
}
