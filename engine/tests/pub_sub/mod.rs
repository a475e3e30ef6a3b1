//! Runs of Pub-Sub, their books checked all along, and what they count.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use patternscope_engine::kernel::{Measured, Observer, Outcome, Stamped};
use patternscope_engine::measure::{Ledger, Measures};
use patternscope_engine::patterns::pub_sub::PATTERN;
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
pub fn with_input(mut scenario: Scenario, csv: &str) -> Scenario {
    let input = Input::parse(PATTERN.input.expect("takes input"), csv).expect("good input");
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

    fn table(&self, names: &[&str]) -> Option<Measured> {
        let mut here = self.simulation.model().measures();
        let mut here: Vec<(String, Measured)> = here
            .drain(..)
            .map(|(name, it)| (name.to_owned(), it))
            .collect();
        for (depth, name) in names.iter().enumerate() {
            let found = here.iter().find(|(key, _)| key == name)?.1.clone();
            match found {
                Measured::Table(inner) => here = inner,
                leaf => return (depth + 1 == names.len()).then_some(leaf),
            }
        }
        None
    }

    /// A count of a subscription's.
    pub fn tally(&self, subscription: &str, name: &str) -> u64 {
        match self.table(&["subscriptions", subscription, name]) {
            Some(Measured::Count(count)) => count,
            other => panic!("{subscription} {name}: {other:?}"),
        }
    }

    /// Who has a partition.
    pub fn owner(&self, subscription: &str, partition: usize) -> Option<u64> {
        match self.table(&["assignments", subscription, &format!("p{partition}")])? {
            Measured::Words(name) => name.strip_prefix("consumer-")?.parse().ok(),
            other => panic!("{other:?}"),
        }
    }

    /// Facts in a stretch of time, in seconds.
    pub fn count(&self, from: f64, to: f64, is_meant: impl Fn(&Fact) -> bool) -> usize {
        let (from, to) = (Instant::from_secs(from), Instant::from_secs(to));
        let within = |it: &&Stamped| it.at >= from && it.at < to;
        let facts = self.watch.facts.iter().filter(within);
        facts.filter(|it| is_meant(&it.fact)).count()
    }

    /// Work finished at a node.
    pub fn finished(&self, name: &str, from: f64, to: f64) -> usize {
        let id = self.simulation.topology().find(name).expect("a node");
        self.count(
            from,
            to,
            |fact| matches!(fact, Fact::Finished { node, .. } if *node == id),
        )
    }

    /// Flows that ended so.
    pub fn ended(&self, outcome: &str) -> u64 {
        let index = PATTERN.outcomes.iter().position(|it| *it == outcome);
        self.watch.ledger.ended[index.expect("an outcome")]
    }

    /// Milliseconds from publication to the last first effect, of flows that
    /// ended well then; sorted.
    pub fn latencies(&self, from: f64, to: f64) -> Vec<f64> {
        let mut all = Vec::new();
        for it in &self.watch.facts {
            if let Fact::FlowEnded {
                outcome: Outcome::SUCCESS,
                latency,
                ..
            } = it.fact
                && it.at >= Instant::from_secs(from)
                && it.at < Instant::from_secs(to)
            {
                all.push(latency.as_millis());
            }
        }
        all.sort_by(f64::total_cmp);
        all
    }
}
