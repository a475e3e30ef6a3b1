//! A run of any pattern with its books checked all along, and what it counts.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use patternscope_engine::kernel::{Measured, Observer, Outcome, Stamped};
use patternscope_engine::measure::{Ledger, Measures};
use patternscope_engine::patterns::Pattern;
use patternscope_engine::scenario::{Input, parse_script};
use patternscope_engine::{Duration, Fact, Instant, Scenario, Simulation};
use std::sync::Arc;

/// Sees all of a run.
pub struct Watch {
    pub facts: Vec<Stamped>,
    pub ledger: Ledger,
    pub measures: Measures,
    pub keeps_facts: bool,
}

impl Observer for Watch {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        if self.keeps_facts {
            self.facts.observe(at, fact);
        }
        self.ledger.observe(at, fact);
        self.measures.observe(at, fact);
    }
}

/// A run and what was seen of it.
pub struct Course {
    pub watch: Watch,
    pub simulation: Simulation,
    pub outcomes: &'static [&'static str],
}

/// The defaults with knobs and a script, both of which must be right.
pub fn scenario(pattern: &'static Pattern, knobs: &[(&str, &str)], script: &str) -> Scenario {
    let mut scenario = Scenario::new(pattern);
    set(&mut scenario, knobs);
    let (parsed, notices) = parse_script(script, &scenario.topology(), &scenario.settings);
    assert!(notices.is_empty(), "{notices:?}");
    scenario.script = parsed;
    scenario
}

/// Turns knobs, which must be right.
pub fn set(scenario: &mut Scenario, knobs: &[(&str, &str)]) {
    for (key, value) in knobs {
        scenario.settings.set(key, value).expect("a valid knob");
    }
}

/// With own input, which must be right.
pub fn with_input(mut scenario: Scenario, text: &str) -> Scenario {
    let columns = scenario.pattern.input.expect("takes input");
    scenario.input = Some(Arc::new(Input::parse(columns, text).expect("good input")));
    scenario
}

/// An experiment with a seed, or its own; and the second until which it has
/// shown its phenomenon to somebody who watches for 20 s.
pub fn preset(pattern: &'static Pattern, slug: &str, seed: Option<u64>) -> (Scenario, f64) {
    let preset = pattern.preset(slug).expect("a preset");
    let mut scenario = Scenario::preset(pattern, preset);
    scenario.seed = seed.unwrap_or(scenario.seed);
    (scenario, 20.0 * preset.speed)
}

/// A run at its start.
pub fn begin(scenario: &Scenario, keeps_facts: bool) -> Course {
    let mut watch = Watch {
        facts: Vec::new(),
        ledger: Ledger::default(),
        measures: Measures::new(&scenario.topology(), Instant::START),
        keeps_facts,
    };
    let simulation = scenario.simulation(Some(&mut watch));
    Course {
        watch,
        simulation,
        outcomes: scenario.pattern.outcomes,
    }
}

/// A run of so many seconds, its books checked and its facts kept.
pub fn run(scenario: &Scenario, seconds: f64) -> Course {
    let mut course = begin(scenario, true);
    course.until(seconds);
    course
}

impl Course {
    /// Goes on, the books checked every 20 ms and a moment later, lest an act
    /// of then go unseen.
    pub fn until(&mut self, seconds: f64) {
        let mut at = self.simulation.now().as_secs();
        while at < seconds {
            let moment = self.simulation.now() + Duration(1);
            self.simulation.run_until(moment, Some(&mut self.watch));
            self.check();
            at = (at + 0.02).min(seconds);
            self.advance(at);
            self.check();
        }
    }

    /// The books.
    pub fn check(&self) {
        let balance = self.watch.ledger.check(&self.simulation);
        let now = self.simulation.now();
        assert!(balance.balanced(), "at {now}: {:?}", balance.truths);
    }

    /// Goes on.
    pub fn advance(&mut self, seconds: f64) {
        let at = Instant::from_secs(seconds);
        self.simulation.run_until(at, Some(&mut self.watch));
    }

    /// What a measure holds, by its path, such as `projections/history/lag`.
    pub fn leaf(&self, path: &str) -> Option<Measured> {
        let measures = self.simulation.model().measures();
        let mut names = path.split('/');
        let first = names.next()?;
        let mut here = measures.into_iter().find(|(name, _)| *name == first)?.1;
        for name in names {
            let Measured::Table(rows) = here else {
                return None;
            };
            here = rows.into_iter().find(|(key, _)| key == name)?.1;
        }
        Some(here)
    }

    /// A measure as a number.
    pub fn measure(&self, path: &str) -> f64 {
        match self.leaf(path) {
            Some(Measured::Count(count)) => count as f64,
            Some(Measured::Number(number)) => number,
            other => panic!("{path}: {other:?}"),
        }
    }

    /// A measure that counts.
    pub fn counted(&self, path: &str) -> u64 {
        match self.leaf(path) {
            Some(Measured::Count(count)) => count,
            other => panic!("{path}: {other:?}"),
        }
    }

    /// Facts of this form.
    pub fn count(&self, is: impl Fn(&Fact) -> bool) -> usize {
        self.watch.facts.iter().filter(|it| is(&it.fact)).count()
    }

    /// Facts of this form in a span of seconds.
    pub fn facts(&self, from: f64, to: f64, is: impl Fn(&Fact) -> bool) -> usize {
        let (from, to) = (Instant::from_secs(from), Instant::from_secs(to));
        let within = |it: &&Stamped| it.at >= from && it.at < to;
        let facts = self.watch.facts.iter().filter(within);
        facts.filter(|it| is(&it.fact)).count()
    }

    /// Flows that ended with this outcome in a span of seconds.
    pub fn ended(&self, with: u8, from: f64, to: f64) -> usize {
        let is = |fact: &Fact| matches!(fact, Fact::FlowEnded { outcome, .. } if outcome.0 == with);
        self.facts(from, to, is)
    }

    /// Flows that ended badly, whatever the reason.
    pub fn failed(&self, from: f64, to: f64) -> usize {
        let is = |fact: &Fact| matches!(fact, Fact::FlowEnded { outcome, .. } if outcome.0 > 0);
        self.facts(from, to, is)
    }

    /// Flows that ended so, in words, so far.
    pub fn ended_as(&self, outcome: &str) -> u64 {
        let index = self.outcomes.iter().position(|it| *it == outcome);
        self.watch.ledger.ended[index.expect("an outcome")]
    }

    /// Milliseconds of flows that ended well in a span of seconds, sorted.
    pub fn latencies(&self, from: f64, to: f64) -> Vec<f64> {
        let (from, to) = (Instant::from_secs(from), Instant::from_secs(to));
        let latency = |it: &Stamped| match it.fact {
            Fact::FlowEnded {
                outcome: Outcome::SUCCESS,
                latency,
                ..
            } if it.at >= from && it.at < to => Some(latency.as_millis()),
            _ => None,
        };
        let mut all: Vec<f64> = self.watch.facts.iter().filter_map(latency).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    /// Their mean.
    pub fn latency_ms(&self, from: f64, to: f64) -> f64 {
        let all = self.latencies(from, to);
        all.iter().sum::<f64>() / all.len() as f64
    }

    /// Work finished at a node in a span of seconds.
    pub fn finished(&self, name: &str, from: f64, to: f64) -> usize {
        let id = self.simulation.topology().find(name).expect("a node");
        let finished = |fact: &Fact| matches!(fact, Fact::Finished { node, .. } if *node == id);
        self.facts(from, to, finished)
    }

    /// What cards and their rows say.
    pub fn signs(&self) -> Vec<String> {
        let signs = self.simulation.signs();
        signs.into_iter().map(|sign| sign.text).collect()
    }

    /// The same in one text, a line each.
    pub fn words(&self) -> String {
        self.signs().into_iter().map(|sign| sign + "\n").collect()
    }
}

/// A count is what it should be, or nearly.
pub fn near(count: usize, expected: f64, tolerance: f64) {
    let off = (count as f64 - expected).abs();
    assert!(off <= tolerance, "{count} instead of {expected}");
}
