//! Runs of Orchestration, their books checked all along, and what they count.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use patternscope_engine::kernel::{Measured, Message, Observer, Outcome, Role, Stamped};
use patternscope_engine::measure::{Ledger, Measures};
use patternscope_engine::patterns::orchestration::PATTERN;
use patternscope_engine::scenario::{Input, parse_script};
use patternscope_engine::{Fact, Instant, Scenario, Simulation};

/// No chance but that of arrivals, and an order a second.
pub const CALM: &[(&str, &str)] = &[
    ("arrival", "steady"),
    ("rate", "1"),
    ("shops", "1"),
    ("service-dist", "constant"),
    ("decline", "0"),
    ("error", "0"),
    ("approve-over", "0"),
    ("stock", "100000"),
];

/// Sees all of a run.
pub struct Watch {
    pub facts: Vec<Stamped>,
    pub ledger: Ledger,
    pub measures: Measures,
    keeps_facts: bool,
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
pub fn scenario(knobs: &[(&str, &str)], script: &str) -> Scenario {
    let mut scenario = Scenario::new(&PATTERN);
    for (key, value) in knobs {
        scenario.settings.set(key, value).expect("a valid knob");
    }
    let (parsed, notices) = parse_script(script, &scenario.topology(), &scenario.settings);
    assert!(notices.is_empty(), "{notices:?}");
    scenario.script = parsed;
    scenario
}

/// With own input.
pub fn with_workflow(mut scenario: Scenario, text: &str) -> Scenario {
    let input = Input::parse(PATTERN.input.expect("takes input"), text).expect("good input");
    scenario.input = Some(std::sync::Arc::new(input));
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

/// A run of so many seconds, its books checked every 20 ms.
pub fn run(scenario: &Scenario, seconds: f64) -> Course {
    let mut course = begin(scenario, true);
    course.until(seconds);
    course
}

/// A run with knobs and a script.
pub fn course(knobs: &[(&str, &str)], script: &str, seconds: f64) -> Course {
    run(&scenario(knobs, script), seconds)
}

/// Those of [`CALM`] and more.
pub fn calm<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut knobs = CALM.to_vec();
    knobs.extend_from_slice(more);
    knobs
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

    /// A measure by its path, such as `steps/charge/runs`.
    pub fn measure(&self, path: &str) -> f64 {
        match self.leaf(path) {
            Some(Measured::Count(count)) => count as f64,
            Some(Measured::Number(number)) => number,
            other => panic!("{path}: {other:?}"),
        }
    }

    /// The names in a table, in its order.
    pub fn names(&self, path: &str) -> Vec<String> {
        match self.leaf(path) {
            Some(Measured::Table(rows)) => rows.into_iter().map(|(name, _)| name).collect(),
            other => panic!("{path}: {other:?}"),
        }
    }

    /// Orders that ended so, and after how many milliseconds.
    pub fn ends(&self, outcome: u8) -> Vec<f64> {
        let facts = self.watch.facts.iter();
        let latency = |it: &Stamped| match it.fact {
            Fact::FlowEnded {
                outcome: Outcome(how),
                latency,
                ..
            } if how == outcome => Some(latency.as_millis()),
            _ => None,
        };
        facts.filter_map(latency).collect()
    }

    /// Facts of a kind, and when in milliseconds.
    pub fn times<T>(&self, what: impl Fn(&Fact) -> Option<T>) -> Vec<(f64, T)> {
        let facts = self.watch.facts.iter();
        let timed = |it: &Stamped| Some((it.at.as_secs() * 1e3, what(&it.fact)?));
        facts.filter_map(timed).collect()
    }

    /// Messages of a role that left, as what they carry.
    pub fn sent(&self, role: Role) -> Vec<(f64, Message)> {
        self.times(|fact| match fact {
            Fact::Sent(message) if message.role == role => Some(*message),
            _ => None,
        })
    }
}
