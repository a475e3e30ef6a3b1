//! A run of any pattern with its books checked all along, and what it counts.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use patternscope_engine::kernel::{Measured, Observer, Stamped};
use patternscope_engine::measure::{Ledger, Measures};
use patternscope_engine::patterns::Pattern;
use patternscope_engine::scenario::{Input, parse_script};
use patternscope_engine::{Fact, Instant, Scenario, Simulation};
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
}

/// The defaults with knobs and a script, both of which must be right.
pub fn scenario(pattern: &'static Pattern, knobs: &[(&str, &str)], script: &str) -> Scenario {
    let mut scenario = Scenario::new(pattern);
    for (key, value) in knobs {
        scenario.settings.set(key, value).expect("a valid knob");
    }
    let (parsed, notices) = parse_script(script, &scenario.topology(), &scenario.settings);
    assert!(notices.is_empty(), "{notices:?}");
    scenario.script = parsed;
    scenario
}

/// With own input, which must be right.
pub fn with_input(mut scenario: Scenario, text: &str) -> Scenario {
    let columns = scenario.pattern.input.expect("takes input");
    scenario.input = Some(Arc::new(Input::parse(columns, text).expect("good input")));
    scenario
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
    Course { watch, simulation }
}

impl Course {
    /// Goes on, the books checked every 20 ms.
    pub fn until(&mut self, seconds: f64) {
        let mut at = self.simulation.now().as_secs();
        while at < seconds {
            at = (at + 0.02).min(seconds);
            self.advance(at);
            let balance = self.watch.ledger.check(&self.simulation);
            assert!(balance.balanced(), "at {at}: {:?}", balance.truths);
        }
    }

    /// Goes on.
    pub fn advance(&mut self, seconds: f64) {
        let at = Instant::from_secs(seconds);
        self.simulation.run_until(at, Some(&mut self.watch));
    }

    fn leaf(&self, path: &str) -> Option<Measured> {
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

    /// A measure by its path, such as `projections/history/lag`.
    pub fn measure(&self, path: &str) -> f64 {
        match self.leaf(path) {
            Some(Measured::Count(count)) => count as f64,
            Some(Measured::Number(number)) => number,
            other => panic!("{path}: {other:?}"),
        }
    }

    /// Facts of this form.
    pub fn count(&self, is: impl Fn(&Fact) -> bool) -> usize {
        self.watch.facts.iter().filter(|it| is(&it.fact)).count()
    }

    /// Flows that ended with this outcome in a span of seconds.
    pub fn ended(&self, outcome: u8, from: f64, to: f64) -> usize {
        let within = |it: &&Stamped| (from..to).contains(&it.at.as_secs());
        let is =
            |it: &&Stamped| matches!(it.fact, Fact::FlowEnded { outcome: o, .. } if o.0 == outcome);
        self.watch.facts.iter().filter(within).filter(is).count()
    }
}
