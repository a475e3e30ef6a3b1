//! History: one scenario's run with checkpoints, so that any instant can be
//! sought, and with a script that can be forked and restored. It owns time
//! travel and nothing of the picture.

use crate::kernel::simulation::Recording;
use crate::kernel::{
    Digest, Duration, Fact, FlowId, Instant, Intervention, Observer, Simulation, Stamped,
};
use crate::measure::{Instruments, Ledger, Measures, Series};
use crate::scenario::Scenario;
use std::collections::VecDeque;
use std::sync::Arc;

/// Checkpoints at most; when full, every other one goes and the spacing doubles.
pub const CHECKPOINTS_MOST: usize = 256;
/// Occurrences between checkpoints at first.
const FIRST_SPACING: u64 = 4_096;
/// Facts kept for looking back; the oldest go first.
pub const RECENT_MOST: usize = 20_000;
/// How far before the present recent facts reach at least after a seek.
const LOOK_BACK: Duration = Duration(5_000_000_000);
/// Acts that can be taken back.
const UNDO_MOST: usize = 100;
/// Of these, how many keep what had been simulated.
const KEPT_FUTURES: usize = 4;

#[derive(Clone)]
struct Checkpoint {
    simulation: Simulation,
    instruments: Instruments,
}

type Script = Arc<Vec<(Instant, Intervention)>>;

/// What an act in the past replaced. Of the latest acts it keeps what had been
/// simulated too; of older ones that is simulated again as time passes.
struct Replaced {
    script: Script,
    at: Instant,
    end: Instant,
    checkpoints: Vec<Checkpoint>,
    series: Option<Series>,
}

/// A run that can be sought.
pub struct History {
    scenario: Scenario,
    simulation: Simulation,
    instruments: Instruments,
    checkpoints: Vec<Checkpoint>,
    spacing: u64,
    recent: VecDeque<Stamped>,
    end: Instant,
    explored: Option<Series>,
    replaced: Vec<Replaced>,
    /// False after an advance that ran out of budget amid an instant.
    settled: bool,
}

/// Feeds instruments and the recent facts at once.
struct Recorder<'r> {
    instruments: &'r mut Instruments,
    recent: &'r mut VecDeque<Stamped>,
}

impl Observer for Recorder<'_> {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.instruments.observe(at, fact);
        if self.recent.len() == RECENT_MOST {
            self.recent.pop_front();
        }
        self.recent.push_back(Stamped {
            at,
            fact: fact.clone(),
        });
    }
}

/// A recorded run from its start: simulation and instruments.
pub fn begin(scenario: &Scenario, warm_up: Instant) -> (Simulation, Instruments) {
    let topology = (scenario.pattern.topology)(&scenario.settings);
    let mut instruments = Instruments {
        digest: Digest::default(),
        ledger: Ledger::default(),
        measures: Measures::new(&topology, warm_up),
        series: Series::new(topology.nodes().len()),
    };
    let simulation = scenario.simulation(Some(&mut instruments));
    (simulation, instruments)
}

impl History {
    /// A run at its start.
    pub fn new(scenario: Scenario) -> Self {
        let (simulation, instruments) = begin(&scenario, Instant::START);
        let checkpoints = vec![Checkpoint {
            simulation: simulation.clone(),
            instruments: instruments.clone(),
        }];
        Self {
            scenario,
            simulation,
            instruments,
            checkpoints,
            spacing: FIRST_SPACING,
            recent: VecDeque::new(),
            end: Instant::START,
            explored: None,
            replaced: Vec::new(),
            settled: true,
        }
    }

    /// The present.
    pub fn now(&self) -> Instant {
        self.simulation.now()
    }

    /// How far the run has been simulated.
    pub fn end(&self) -> Instant {
        self.end
    }

    /// The run at the present.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// The scenario with the script as it stands, for links.
    pub fn scenario(&self) -> Scenario {
        Scenario {
            script: self.simulation.script().to_vec(),
            ..self.scenario.clone()
        }
    }

    /// Where everything went until now.
    pub fn ledger(&self) -> &Ledger {
        &self.instruments.ledger
    }

    /// How fast, how late, how full until now.
    pub fn measures(&self) -> &Measures {
        &self.instruments.measures
    }

    /// The hash over all facts until now.
    pub fn digest_text(&self) -> String {
        self.instruments.digest.text()
    }

    /// Measures over time, up to the furthest that was simulated.
    pub fn series(&self) -> &Series {
        self.explored.as_ref().unwrap_or(&self.instruments.series)
    }

    /// Recent facts in order of time: at least the last five seconds, unless
    /// they are more than [`RECENT_MOST`].
    pub fn recent(&self) -> impl DoubleEndedIterator<Item = &Stamped> {
        self.recent.iter()
    }

    /// Advances to `until`, by at most `most` occurrences. Tells whether it
    /// got there.
    pub fn advance(&mut self, until: Instant, most: u64) -> bool {
        let mut left = most;
        loop {
            let chunk = left.min(self.spacing);
            let before = self.simulation.occurrences();
            let bucket_end = self.instruments.series.next_end();
            let mut recorder = Recorder {
                instruments: &mut self.instruments,
                recent: &mut self.recent,
            };
            let target = until.min(bucket_end);
            let recording = Some(&mut recorder as &mut dyn Observer);
            self.settled = self.simulation.run_until_or(target, chunk, recording);
            left = left.saturating_sub((self.simulation.occurrences() - before).max(1));
            if self.settled && target == bucket_end {
                self.take_level();
            }
            self.keep_checkpoint();
            let arrived = self.settled && target == until;
            if arrived || left == 0 {
                self.instruments.series.settle(self.now());
                if self.now() >= self.end {
                    self.end = self.now();
                    self.explored = None;
                }
                return arrived;
            }
        }
    }

    /// Takes down the pattern's own level, at the same instants however the run
    /// is cut into pieces.
    fn take_level(&mut self) {
        let now = self.now();
        if let Some(level) = self.simulation.model().level(now) {
            self.instruments.series.sample(level.value);
        }
        self.instruments.series.settle(now);
    }

    fn keep_checkpoint(&mut self) {
        let Some(last) = self.checkpoints.last() else {
            return;
        };
        let further = self
            .simulation
            .occurrences()
            .saturating_sub(last.simulation.occurrences());
        if further < self.spacing || self.now() <= last.simulation.now() {
            return;
        }
        self.checkpoints.push(Checkpoint {
            simulation: self.simulation.clone(),
            instruments: self.instruments.clone(),
        });
        if self.checkpoints.len() >= CHECKPOINTS_MOST {
            let mut index = 0;
            self.checkpoints.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.spacing *= 2;
        }
    }

    /// Goes to any instant, in one go. Forward beyond what was simulated it
    /// simulates; a page that must stay responsive rewinds and advances in
    /// portions instead.
    pub fn seek(&mut self, at: Instant) {
        self.rewind(at);
        self.advance(at, u64::MAX);
    }

    /// After an advance that ran out of budget amid an instant: takes the rest
    /// of that instant, so that the present is one that a link can name.
    pub fn settle(&mut self) {
        if !self.settled {
            self.advance(Instant(self.now().0 + 1), u64::MAX);
        }
    }

    /// If `at` lies behind the present, goes back to a checkpoint before it.
    pub fn rewind(&mut self, at: Instant) {
        if at < self.now() || !self.settled {
            self.restore(at);
        }
    }

    /// Puts the latest checkpoint before `at` (and before the stretch that
    /// recent facts must cover) in place of the present.
    fn restore(&mut self, at: Instant) {
        if self.explored.is_none() {
            self.explored = Some(self.instruments.series.clone());
        }
        let from = at - LOOK_BACK;
        let index = self
            .checkpoints
            .partition_point(|c| c.simulation.now() < from)
            .max(1)
            - 1;
        let checkpoint = self.checkpoints[index].clone();
        let script = self.simulation.script().clone();
        (self.simulation, self.instruments) = (checkpoint.simulation, checkpoint.instruments);
        self.simulation.replace_script(script);
        self.recent.clear();
        self.settled = true;
    }

    /// Acts now. The future is replaced; [`Self::undo`] brings it back.
    pub fn intervene(&mut self, intervention: Intervention) {
        self.settle();
        if self.replaced.len() == UNDO_MOST {
            self.replaced.remove(0);
        }
        let script = self.simulation.script().clone();
        let replaced = self.put_future_aside(script);
        self.replaced.push(replaced);
        if let Some(older) = self.replaced.len().checked_sub(KEPT_FUTURES + 1) {
            self.replaced[older].checkpoints = Vec::new();
            self.replaced[older].series = None;
        }
        let mut recorder = Recorder {
            instruments: &mut self.instruments,
            recent: &mut self.recent,
        };
        self.simulation.intervene(intervention, Some(&mut recorder));
    }

    fn put_future_aside(&mut self, script: Script) -> Replaced {
        let (at, end) = (self.now(), self.end);
        let past = self
            .checkpoints
            .partition_point(|c| c.simulation.now() < at)
            .max(1);
        let checkpoints = self.checkpoints.split_off(past);
        let series = self
            .explored
            .take()
            .or_else(|| Some(self.instruments.series.clone()));
        self.end = at;
        Replaced {
            script,
            at,
            end,
            checkpoints,
            series,
        }
    }

    /// Whether there is an act to undo.
    pub fn can_undo(&self) -> bool {
        !self.replaced.is_empty()
    }

    /// How many acts can be undone.
    pub fn undo_depth(&self) -> usize {
        self.replaced.len()
    }

    /// Takes the last act back: the script it replaced is in force again, and
    /// the present is the instant of that act.
    pub fn undo(&mut self) -> bool {
        let Some(replaced) = self.replaced.pop() else {
            return false;
        };
        let at = replaced.at;
        let past = self
            .checkpoints
            .partition_point(|c| c.simulation.now() < at)
            .max(1);
        self.checkpoints.truncate(past);
        self.restore(at);
        self.simulation.replace_script(replaced.script);
        self.checkpoints.extend(replaced.checkpoints);
        self.end = if replaced.series.is_some() {
            replaced.end
        } else {
            at
        };
        self.explored = replaced.series;
        self.advance(at, u64::MAX);
        true
    }

    /// Advances to just after the next occurrence or intervention that made
    /// a fact.
    pub fn step(&mut self) {
        let seen = self.instruments.digest.count();
        for _ in 0..10_000 {
            let Some(next) = self.simulation.next_at() else {
                return;
            };
            self.advance(Instant(next.0 + 1), u64::MAX);
            if self.instruments.digest.count() > seen {
                return;
            }
        }
    }

    /// All facts of one flow until now, found by running again from before it
    /// began.
    pub fn flow_facts(&self, flow: FlowId) -> Vec<Stamped> {
        let before = self
            .checkpoints
            .partition_point(|c| c.instruments.ledger.started <= flow.0)
            .max(1)
            - 1;
        let mut simulation = self.checkpoints[before].simulation.clone();
        simulation.replace_script(self.simulation.script().clone());
        let mut trace = Trace {
            flow,
            facts: Vec::new(),
        };
        let recording: Recording = Some(&mut trace);
        simulation.run_until(self.now(), recording);
        trace.facts
    }

    /// Where the script's interventions stand on the time line.
    pub fn marks(&self) -> &[(Instant, Intervention)] {
        self.simulation.script()
    }
}

/// Facts of one flow, bounded like the recent ones.
struct Trace {
    flow: FlowId,
    facts: Vec<Stamped>,
}

impl Observer for Trace {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        if fact.flow() == Some(self.flow) && self.facts.len() < RECENT_MOST {
            self.facts.push(Stamped {
                at,
                fact: fact.clone(),
            });
        }
    }
}
