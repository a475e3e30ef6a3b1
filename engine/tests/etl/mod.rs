//! Runs of ETL, their books checked all along, and what they count.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use patternscope_engine::kernel::{Measured, Observer, Stamped};
use patternscope_engine::measure::{Ledger, Measures};
use patternscope_engine::patterns::etl::PATTERN;
use patternscope_engine::scenario::{Input, parse_script};
use patternscope_engine::{Fact, Instant, Scenario, Simulation};

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

/// A course and what was seen of it.
pub struct Course {
    pub watch: Watch,
    pub simulation: Simulation,
}

/// One run of ETL, as its measures tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub started: f64,
    pub ended: Option<f64>,
    pub extracted: u64,
    pub loaded: u64,
    pub deduplicated: u64,
    pub rejected: u64,
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
pub fn with_input(mut scenario: Scenario, csv: &str) -> Scenario {
    let input = Input::parse(PATTERN.input.expect("takes input"), csv).expect("good input");
    scenario.input = Some(std::sync::Arc::new(input));
    scenario
}

/// A course at its start.
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

/// A course of so many seconds, its books checked every 20 ms.
pub fn run(scenario: &Scenario, seconds: f64) -> Course {
    let mut course = begin(scenario, true);
    course.until(seconds);
    course
}

/// A course with knobs and a script.
pub fn course(knobs: &[(&str, &str)], script: &str, seconds: f64) -> Course {
    run(&scenario(knobs, script), seconds)
}

impl Course {
    /// Goes on, the books checked every 20 ms.
    pub fn until(&mut self, seconds: f64) {
        let mut at = self.simulation.now().as_secs();
        while at < seconds {
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

    /// A measure.
    pub fn measure(&self, name: &str) -> Measured {
        let measures = self.simulation.model().measures();
        let found = measures.into_iter().find(|(other, _)| *other == name);
        found.expect("a measure").1
    }

    /// A measure that counts.
    pub fn count(&self, name: &str) -> u64 {
        match self.measure(name) {
            Measured::Count(count) => count,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// A measure that is a number.
    pub fn number(&self, name: &str) -> f64 {
        match self.measure(name) {
            Measured::Number(number) => number,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// The parts of a measure that is a table.
    pub fn table(&self, name: &str) -> Vec<(String, Measured)> {
        parts(&self.measure(name))
    }

    /// The runs so far, the open one last.
    pub fn runs(&self) -> Vec<Run> {
        let Measured::List(runs) = self.measure("runs") else {
            panic!("a list");
        };
        let one = |run: &Measured| {
            let here = parts(run);
            let find = |name: &str| here.iter().find(|(other, _)| other == name);
            let count = |name: &str| match find(name) {
                Some((_, Measured::Count(count))) => *count,
                other => panic!("{name}: {other:?}"),
            };
            let number = |name: &str| match find(name) {
                Some((_, Measured::Number(number))) => Some(*number),
                _ => None,
            };
            let reasons = parts(&find("rejected").expect("reasons").1);
            let rejected = reasons.iter().map(|(_, count)| match count {
                Measured::Count(count) => *count,
                other => panic!("{other:?}"),
            });
            Run {
                started: number("started_s").expect("a start"),
                ended: number("ended_s"),
                extracted: count("extracted"),
                loaded: count("loaded"),
                deduplicated: count("deduplicated"),
                rejected: rejected.sum(),
            }
        };
        runs.iter().map(one).collect()
    }

    /// Rows rejected for a reason, in all runs.
    pub fn rejected(&self, outcome: &str) -> u64 {
        let index = PATTERN.outcomes.iter().position(|it| *it == outcome);
        self.watch.ledger.ended[index.expect("an outcome")]
    }

    /// Facts in a stretch of time, in seconds.
    pub fn facts(&self, from: f64, to: f64, is_meant: impl Fn(&Fact) -> bool) -> usize {
        let (from, to) = (Instant::from_secs(from), Instant::from_secs(to));
        let within = |it: &&Stamped| it.at >= from && it.at < to;
        let facts = self.watch.facts.iter().filter(within);
        facts.filter(|it| is_meant(&it.fact)).count()
    }

    /// Work finished at a node.
    pub fn finished(&self, name: &str, from: f64, to: f64) -> usize {
        let id = self.simulation.topology().find(name).expect("a node");
        let finished = |fact: &Fact| matches!(fact, Fact::Finished { node, .. } if *node == id);
        self.facts(from, to, finished)
    }

    /// What a card or one of its rows says.
    pub fn signs(&self) -> Vec<String> {
        let signs = self.simulation.signs();
        signs.into_iter().map(|sign| sign.text).collect()
    }
}

/// The parts of a table.
pub fn parts(measured: &Measured) -> Vec<(String, Measured)> {
    match measured {
        Measured::Table(parts) => parts.clone(),
        other => panic!("{other:?}"),
    }
}
