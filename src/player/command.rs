//! What a user can ask of the player.

use super::{Player, SPEEDS};
use crate::share;
use leptos::prelude::*;
use patternscope_engine::kernel::{Action, FlowId, Intervention, Target, Value};
use patternscope_engine::scenario::parse_action;
use patternscope_engine::{Duration, History, Instant, Scenario};

/// An act on the player. Acts inside the run become interventions.
pub enum Command {
    /// Play or pause.
    Toggle,
    /// Play.
    Play,
    /// Pause.
    Pause,
    /// To the next occurrence that made a fact.
    Step,
    /// To the fact before.
    StepBack,
    /// To an instant.
    Seek(Instant),
    /// By so many seconds of wall time at the present speed.
    SeekBy(f64),
    /// Simulated seconds a second.
    Speed(f64),
    /// An intervention, as scripts write it.
    Act(String),
    /// Several at once.
    ActAll(Vec<String>),
    /// A knob moves; more may follow.
    Drag(usize, Value),
    /// A knob has its value.
    SetKnob(usize, Value),
    /// Takes the last act back.
    Undo,
    /// From the start, with the same script.
    Restart,
    /// Another run.
    Load(Box<Scenario>),
    /// The same run with other chance.
    Seed(u64),
    /// The next beat of the story.
    NextBeat,
    /// Follow a unit of work, or none.
    Select(Option<FlowId>),
    /// Follow the newest message on its way.
    SelectNewest,
}

impl Player {
    /// Does it.
    pub fn dispatch(self, command: Command) {
        match command {
            Command::Toggle => self.set_playing(!self.playing.get_untracked()),
            Command::Play => self.set_playing(true),
            Command::Pause => self.set_playing(false),
            Command::Step => self.step(),
            Command::StepBack => self.step_back(),
            Command::Seek(at) => self.seek(at),
            Command::SeekBy(seconds) => self.seek_by(seconds),
            Command::Speed(speed) => {
                let speed = if speed.is_finite() {
                    speed.clamp(SPEEDS.0, SPEEDS.1)
                } else {
                    1.0
                };
                self.speed.set(speed);
                self.repaint();
            }
            Command::Act(text) => self.act(&[text]),
            Command::ActAll(texts) => self.act(&texts),
            Command::Drag(knob, value) => self.drag(knob, value),
            Command::SetKnob(knob, value) => self.set_knob(knob, value),
            Command::Undo => self.undo(),
            Command::Restart => {
                self.load(self.read(History::scenario), self.playing.get_untracked());
            }
            Command::Load(scenario) => {
                let speed = scenario
                    .preset
                    .map_or(scenario.pattern.speed, |preset| preset.speed);
                self.story.set(false);
                self.speed.set(speed);
                self.load(*scenario, true);
            }
            Command::Seed(seed) => {
                let scenario = self.read(History::scenario);
                self.load(Scenario { seed, ..scenario }, self.playing.get_untracked());
            }
            Command::NextBeat => self.next_beat(),
            Command::Select(flow) => self.select(flow),
            Command::SelectNewest => {
                let flow = self.read(|history| {
                    let flights = &history.simulation().world().flights;
                    flights.iter().last().map(|(_, message)| message.flow)
                });
                self.select(flow);
            }
        }
    }

    /// Time stands still while somebody reads what became of a message.
    fn select(self, flow: Option<FlowId>) {
        if flow.is_some() {
            self.playing.set(false);
        }
        self.selected.set(flow);
        self.repaint();
    }

    pub(super) fn set_playing(self, playing: bool) {
        self.playing.set(playing);
        self.behind.set(false);
        self.repaint();
    }

    fn step(self) {
        self.playing.set(false);
        self.core.update_value(|core| core.history.step());
        self.repaint();
    }

    fn step_back(self) {
        let before = self.read(|history| {
            let now = history.now();
            let earlier = |at: Instant| at + Duration(1) < now;
            history
                .recent()
                .rev()
                .find(|fact| earlier(fact.at))
                .map(|fact| fact.at + Duration(1))
        });
        self.playing.set(false);
        self.seek(before.unwrap_or(Instant::START));
    }

    pub(super) fn seek(self, at: Instant) {
        self.core.update_value(|core| {
            core.seek = Some(at);
            core.hold = None;
        });
        self.repaint();
    }

    fn seek_by(self, seconds: f64) {
        let by = seconds * self.speed.get_untracked();
        let now = self
            .core
            .with_value(|core| core.seek.unwrap_or(core.history.now()));
        self.seek(Instant::from_secs((now.as_secs() + by).max(0.0)));
    }

    /// Another run in place of this one.
    pub(super) fn load(self, scenario: Scenario, playing: bool) {
        share::show(&scenario, self.story.get_untracked());
        self.core.update_value(|core| {
            core.history = History::new(scenario);
            core.acts.clear();
            (core.seek, core.hold, core.dragging) = (None, None, None);
        });
        self.selected.set(None);
        self.run.update(|run| *run += 1);
        self.playing.set(playing);
        self.repaint();
    }

    fn act(self, texts: &[String]) {
        let interventions: Vec<Intervention> = self.read(|history| {
            let simulation = history.simulation();
            let parse = |text: &String| {
                parse_action(text, simulation.topology(), simulation.settings()).ok()
            };
            texts.iter().filter_map(parse).collect()
        });
        self.core.update_value(|core| {
            core.dragging = None;
            core.acts.push(interventions.len());
            for intervention in interventions {
                core.history.intervene(intervention);
            }
        });
        self.committed();
    }

    fn committed(self) {
        share::show(&self.read(History::scenario), self.story.get_untracked());
        self.repaint();
    }

    fn drag(self, knob: usize, value: Value) {
        // While time stands still, only where the knob comes to rest counts.
        if self.playing.get_untracked() && !self.restarts(knob) {
            self.turn(knob, value);
            self.repaint();
        }
    }

    fn set_knob(self, knob: usize, value: Value) {
        if self.restarts(knob) {
            let mut scenario = self.read(|history| {
                let settings = history.simulation().settings().clone();
                Scenario {
                    settings,
                    script: Vec::new(),
                    preset: None,
                    ..history.scenario()
                }
            });
            scenario.settings.set_value(knob, value);
            self.story.set(false);
            self.load(scenario, self.playing.get_untracked());
            return;
        }
        let unchanged = self.read(|history| *history.simulation().settings().value(knob) == value);
        if !unchanged {
            self.turn(knob, value);
        }
        self.core.update_value(|core| core.dragging = None);
        self.committed();
    }

    /// Whether a knob can be set only at the start of a run; before anything
    /// has happened, that is every knob.
    fn restarts(self, knob: usize) -> bool {
        self.read(|history| {
            let knobs = history.simulation().settings().knobs();
            let untouched = history.now() == Instant::START && history.end() == Instant::START;
            knobs.get(knob).is_some_and(|knob| knob.structural)
                || (untouched && history.marks().is_empty())
        })
    }

    fn turn(self, knob: usize, value: Value) {
        self.core.update_value(|core| {
            match core.acts.last_mut() {
                Some(count) if core.dragging == Some(knob) => *count += 1,
                _ => core.acts.push(1),
            }
            core.dragging = Some(knob);
            core.history.intervene(Intervention {
                action: Action::Set(knob, value),
                target: Target::None,
                lasting: None,
            });
        });
    }

    fn undo(self) {
        self.core.update_value(|core| {
            for _ in 0..core.acts.pop().unwrap_or(1) {
                core.history.undo();
            }
            core.dragging = None;
        });
        self.committed();
    }

    /// How many acts can be taken back.
    pub fn undo_depth(self) -> Memo<usize> {
        self.watch(History::undo_depth)
    }
}
