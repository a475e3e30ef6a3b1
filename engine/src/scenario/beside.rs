//! A second run beside a first one, under the same workload.

use super::Scenario;
use super::script::parse_script;
use crate::patterns::find_pattern;

/// Knobs that say how work arrives. What the first run has of them, all have.
pub const WORKLOAD: &[&str] = &[
    "arrival",
    "rate",
    "ramp-to",
    "ramp-s",
    "burst-factor",
    "burst-period-ms",
    "users",
    "think-ms",
];

/// A run named as `PATTERN`, at its defaults, or as `PATTERN:PRESET`.
pub fn named_run(name: &str) -> Option<Scenario> {
    let (slug, preset) = name.split_once(':').unwrap_or((name, ""));
    let pattern = find_pattern(slug)?;
    match preset {
        "" => Some(Scenario::new(pattern)),
        preset => Some(Scenario::preset(pattern, pattern.preset(preset)?)),
    }
}

impl Scenario {
    /// Takes seed and arrivals of a first run, and its script where this one
    /// has none of its own. Tells what of that means nothing here.
    pub fn go_beside(&mut self, first: &Self) -> Vec<String> {
        self.seed = first.seed;
        for key in WORKLOAD {
            if let Some(index) = first.settings.index(key) {
                let value = first.settings.knobs()[index].format(first.settings.value(index));
                // A closed loop is not for every pattern.
                let _ = self.settings.set(key, &value);
            }
        }
        if !self.script.is_empty() {
            return Vec::new();
        }
        let text = first.script_text();
        let (script, notices) = parse_script(&text, &self.topology(), &self.settings);
        self.script = script;
        notices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str) -> Scenario {
        named_run(name).expect("there is such a run")
    }

    #[test]
    fn runs_have_names() {
        assert_eq!(run("etl").pattern.slug, "etl");
        assert!(run("pub-sub:slow-consumer").preset.is_some());
        assert!(named_run("pub-sub:nothing").is_none());
        assert!(named_run("nothing").is_none());
    }

    #[test]
    fn the_second_run_has_the_load_of_the_first() {
        let mut first = run("request-response:retry-storm");
        first.seed = 11;
        let mut second = run("request-response");
        assert!(second.go_beside(&first).is_empty());
        assert_eq!(second.seed, 11);
        assert_eq!(second.settings.number("rate"), 50.0);
        assert_eq!(second.script, first.script);
    }

    #[test]
    fn what_means_nothing_there_is_told_and_a_script_of_ones_own_stays() {
        let first = run("request-response:retry-storm");
        let mut other = run("batching");
        assert_eq!(other.go_beside(&first).len(), 1);
        let mut own = run("request-response:slow-server");
        let script = own.script.clone();
        assert!(own.go_beside(&first).is_empty());
        assert_eq!(own.script, script);
    }
}
