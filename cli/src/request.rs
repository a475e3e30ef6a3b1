//! What is to be run: from the arguments and the files they name to a
//! scenario. Everything wrong is told at once.

use crate::Failure;
use clap::Args;
use patternscope_engine::kernel::settings::{clip, nearest};
use patternscope_engine::patterns::{CATALOG, Pattern};
use patternscope_engine::scenario::{Input, parse_script, parse_url};
use patternscope_engine::{Duration, Instant, Scenario, find_pattern};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest file that is read; the readers of scripts and input have
/// narrower bounds of their own.
const FILE_LONGEST: u64 = 16 << 20;
/// How long to simulate if nothing else says so.
const UNTIL: Duration = Duration(60_000_000_000);

/// What `run`, `compare` and `sweep` have in common.
#[derive(Args, Clone, Default)]
pub struct Options {
    /// Sets a knob; see `describe` for keys and ranges. Repeatable.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Starts from an experiment.
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// All chance follows from it (7 unless a link says otherwise).
    #[arg(long, allow_hyphen_values = true, value_parser = seed)]
    pub seed: Option<u64>,
    /// How long to simulate [default: the instant of a link, or else 60s].
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = Duration::parse)]
    pub until: Option<Duration>,
    /// Measures count from here on.
    #[arg(long, value_name = "DURATION", default_value = "0s", allow_hyphen_values = true, value_parser = Duration::parse)]
    pub warmup: Duration,
    /// An intervention, such as "12s crash server-1 for 5s". Repeatable.
    #[arg(long = "at", value_name = "ENTRY", allow_hyphen_values = true)]
    pub entries: Vec<String>,
    /// A file of interventions, one a line.
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// A file of own data: CSV with a header, or a list of JSON objects.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
}

/// A whole number within a range.
pub fn whole(least: u64, most: u64) -> impl Fn(&str) -> Result<u64, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|it| (least..=most).contains(it));
        number.ok_or_else(|| format!("must be a whole number from {least} to {most}"))
    }
}

fn seed(text: &str) -> Result<u64, String> {
    whole(0, u64::MAX)(text)
}

/// A request whose files have been read.
pub struct Request {
    base: Scenario,
    linked_at: Option<Instant>,
    linked_speed: Option<f64>,
    sets: Vec<(String, String)>,
    /// Own input: where it came from, and its text. Who is there, so that rows
    /// may be theirs, depends on knobs.
    own: Option<(String, String)>,
    /// Where it came from, and its text.
    scripts: Vec<(String, String)>,
    /// When the run ends.
    pub until: Instant,
    /// When measures begin to count.
    pub warm_up: Instant,
}

impl Request {
    /// Reads arguments and files.
    pub fn new(target: &str, options: &Options) -> Result<Self, Failure> {
        let mut causes = Vec::new();
        let (mut base, linked_at, linked_speed) =
            base_scenario(target, options.preset.as_deref(), &mut causes)?;
        let at = linked_at
            .filter(|at| *at > Instant::START)
            .map(|at| Duration(at.0));
        let until = options.until.or(at).unwrap_or(UNTIL);
        base.seed = options.seed.unwrap_or(base.seed);
        let sets = options
            .sets
            .iter()
            .filter_map(|text| split_set(text, &mut causes))
            .collect();
        let mut scripts: Vec<_> = options
            .entries
            .iter()
            .map(|entry| ("--at".to_owned(), entry.clone()))
            .collect();
        if let Some(path) = &options.script {
            let text = read_text(path)
                .map_err(|cause| causes.push(cause))
                .unwrap_or_default();
            scripts.push((path.display().to_string(), text));
        }
        let linked = base.input.take();
        let mut own = linked.map(|input| ("link: input".to_owned(), input.to_csv()));
        if let Some(path) = &options.input {
            match read_input(base.pattern, path) {
                Ok(text) => own = Some((path.display().to_string(), text)),
                Err(cause) => causes.push(cause),
            }
        }
        if until == Duration::ZERO {
            causes.push("--until 0s: must be longer than 0s".to_owned());
        } else if options.warmup >= until {
            causes.push(format!(
                "--warmup {}: must be shorter than --until {}",
                options.warmup, until
            ));
        }
        let request = Self {
            base,
            linked_at,
            linked_speed,
            sets,
            own,
            scripts,
            until: Instant(until.0),
            warm_up: Instant(options.warmup.0),
        };
        causes.extend(request.scenario(&[]).err().unwrap_or_default());
        if causes.is_empty() {
            Ok(request)
        } else {
            Err(Failure::Input(causes))
        }
    }

    /// The scenario, with further knobs in place.
    pub fn scenario(&self, further: &[(String, String)]) -> Result<Scenario, Vec<String>> {
        let mut scenario = self.base.clone();
        let mut causes = Vec::new();
        for (key, value) in self.sets.iter().chain(further) {
            causes.extend(
                scenario
                    .settings
                    .set(key, value)
                    .err()
                    .map(|refused| refused.0),
            );
        }
        // Knobs may have changed who is there, so every entry is read again.
        let topology = scenario.topology();
        let own = ("link or preset".to_owned(), self.base.script_text());
        scenario.script.clear();
        for (origin, text) in std::iter::once(&own).chain(&self.scripts) {
            let (script, notices) = parse_script(text, &topology, &scenario.settings);
            scenario.script.extend(script);
            let place = |notice: &String| notice.trim_start_matches("script, ").to_owned();
            causes.extend(
                notices
                    .iter()
                    .map(|notice| format!("{origin}: {}", place(notice))),
            );
        }
        scenario.script.sort_by_key(|(at, _)| *at);
        if let (Some((name, text)), Some(columns)) = (&self.own, scenario.pattern.input) {
            match Input::parse_among(columns, text, &topology) {
                Ok(input) => scenario.input = Some(Arc::new(input)),
                Err(bad) => causes.extend(bad.iter().map(|why| format!("{name}: {why}"))),
            }
        }
        if causes.is_empty() {
            Ok(scenario)
        } else {
            Err(causes)
        }
    }

    /// Which pattern.
    pub fn pattern(&self) -> &'static Pattern {
        self.base.pattern
    }

    /// The instant that a link is of.
    pub fn linked_at(&self) -> Option<Instant> {
        self.linked_at
    }

    /// The speed that a link asks for.
    pub fn linked_speed(&self) -> Option<f64> {
        self.linked_speed
    }

    /// Takes the rows of a first run, which must be rows for this one too.
    pub fn share_input(&mut self, first: &Self) -> Result<(), Failure> {
        let Some((name, _)) = &first.own else {
            return Ok(());
        };
        let (mine, theirs) = (self.pattern(), first.pattern());
        if mine.input != theirs.input {
            let columns = |pattern: &Pattern| pattern.input.unwrap_or(&["nothing"]).join(",");
            return Err(Failure::input(format!(
                "{name}: {} reads {}, but {} reads {}; compare patterns that read the same, or leave own input out",
                theirs.slug,
                columns(theirs),
                mine.slug,
                columns(mine)
            )));
        }
        self.own.clone_from(&first.own);
        Ok(())
    }

    /// The first seed.
    pub fn seed(&self) -> u64 {
        self.base.seed
    }
}

/// The pattern of this slug, or what would be right.
pub fn known_pattern(slug: &str) -> Result<&'static Pattern, Failure> {
    find_pattern(slug).ok_or_else(|| {
        let near = nearest(slug, CATALOG.iter().map(|pattern| pattern.slug));
        Failure::input(format!(
            "`{}` is no pattern; nearest is `{near}` (see `patternscope list`)",
            clip(slug)
        ))
    })
}

/// What the target names, and the instant and the speed of a link.
fn base_scenario(
    target: &str,
    preset: Option<&str>,
    causes: &mut Vec<String>,
) -> Result<(Scenario, Option<Instant>, Option<f64>), Failure> {
    if target.contains(['?', '=', '/', '#']) {
        let link = parse_url(target);
        causes.extend(
            link.notices
                .into_iter()
                .map(|notice| format!("link: {notice}")),
        );
        let Some(scenario) = link.scenario else {
            causes.push("link: names no pattern; must have p=PATTERN".to_owned());
            return Err(Failure::Input(std::mem::take(causes)));
        };
        if preset.is_some() {
            causes.push("--preset: a link tells its own start; use --set".to_owned());
        }
        return Ok((scenario, link.at, link.speed));
    }
    let pattern = known_pattern(target)?;
    let Some(slug) = preset else {
        return Ok((Scenario::new(pattern), None, None));
    };
    match pattern.preset(slug) {
        Some(preset) => Ok((Scenario::preset(pattern, preset), None, None)),
        None => {
            let known: Vec<&str> = pattern.presets.iter().map(|preset| preset.slug).collect();
            causes.push(format!(
                "--preset {}: must be one of {}",
                clip(slug),
                known.join(", ")
            ));
            Ok((Scenario::new(pattern), None, None))
        }
    }
}

fn split_set(text: &str, causes: &mut Vec<String>) -> Option<(String, String)> {
    let pair = text
        .split_once('=')
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()));
    if pair.is_none() {
        causes.push(format!("--set {}: must be KEY=VALUE", clip(text)));
    }
    pair
}

fn read_text(path: &Path) -> Result<String, String> {
    let name = path.display();
    let mut text = String::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(FILE_LONGEST).read_to_string(&mut text));
    // Some editors begin a file with a byte order mark.
    let text = text.trim_start_matches('\u{feff}').to_owned();
    read.map(|_| text)
        .map_err(|error| format!("{name}: {error}"))
}

fn read_input(pattern: &Pattern, path: &Path) -> Result<String, String> {
    if pattern.input.is_none() {
        let (name, slug) = (path.display(), pattern.slug);
        return Err(format!("--input {name}: {slug} takes no input of its own"));
    }
    read_text(path)
}
