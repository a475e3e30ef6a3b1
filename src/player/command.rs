//! What a user can ask of the player.

use super::{Core, Player, SPEEDS};
use crate::share;
use crate::signals::Memo;
use leptos::prelude::*;
use patternscope_engine::kernel::{Action, FlowId, Intervention, Target, Value};
use patternscope_engine::scenario::{Input, parse_action};
use patternscope_engine::{Duration, History, Instant, Scenario};
use std::sync::Arc;

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
    /// The user's own data in place of the present, from the start; or none.
    Input(Option<Arc<Input>>),
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
            Command::Toggle => self.set_playing(!self.is_busy()),
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
            Command::Input(input) => {
                let scenario = self.read(History::scenario);
                self.load(Scenario { input, ..scenario }, self.playing.get_untracked());
            }
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
            // Beside another run there is neither a caption nor a trace.
            Command::NextBeat | Command::Select(_) | Command::SelectNewest if self.is_in_tow() => {}
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
        if !playing {
            self.give_up_seek();
        }
        self.playing.set(playing);
        self.behind.set(false);
        self.repaint();
    }

    /// Whether time passes, or an instant is being sought: what a pause ends.
    pub fn is_busy(self) -> bool {
        self.playing.get() || self.catching_up.get()
    }

    fn step(self) {
        self.playing.set(false);
        self.core.update_value(|core| {
            core.stay();
            core.history.step();
        });
        self.repaint();
    }

    fn step_back(self) {
        self.core.update_value(Core::stay);
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

    /// Another run in place of this one.
    pub(super) fn load(self, scenario: Scenario, playing: bool) {
        self.show_link(&scenario);
        self.core.update_value(|core| {
            core.history = History::new(scenario);
            core.acts.clear();
            (core.seek, core.hold, core.dragging) = (None, None, None);
        });
        self.catching_up.set(false);
        self.selected.set(None);
        self.run.update(|run| *run += 1);
        self.playing.set(playing);
        self.repaint();
    }

    fn act(self, texts: &[String]) {
        self.core.update_value(Core::stay);
        let interventions: Vec<Intervention> = self.read(|history| {
            let simulation = history.simulation();
            let parse = |text: &String| {
                parse_action(text, simulation.topology(), simulation.settings()).ok()
            };
            texts.iter().filter_map(parse).collect()
        });
        self.core.update_value(|core| {
            core.dragging = None;
            core.begin_act();
            for intervention in interventions {
                core.intervene(intervention);
            }
        });
        self.committed();
    }

    fn committed(self) {
        self.show_link(&self.read(History::scenario));
        self.repaint();
    }

    /// The address of two runs side by side stays as it is.
    fn show_link(self, scenario: &Scenario) {
        if !self.is_in_tow() {
            share::show(scenario, self.story.get_untracked());
        }
    }

    fn drag(self, knob: usize, value: Value) {
        self.core.update_value(Core::stay);
        // While time stands still, only where the knob comes to rest counts.
        if self.playing.get_untracked() && !self.restarts(knob) {
            self.turn(knob, value);
            self.repaint();
        }
    }

    fn set_knob(self, knob: usize, value: Value) {
        self.core.update_value(Core::stay);
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
            // Not if rows of own input were then of nobody.
            if let (Some(input), Some(columns)) = (&scenario.input, scenario.pattern.input)
                && Input::parse_among(columns, &input.to_csv(), &scenario.topology()).is_err()
            {
                return self.repaint();
            }
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
            if core.dragging != Some(knob) {
                core.begin_act();
            }
            core.dragging = Some(knob);
            core.intervene(Intervention {
                action: Action::Set(knob, value),
                target: Target::None,
                lasting: None,
            });
        });
    }

    /// Takes the last act back. The user stays at the instant they look at.
    fn undo(self) {
        let at = self.at();
        self.core.update_value(|core| {
            core.dragging = None;
            for _ in 0..core.acts.pop().unwrap_or(0) {
                core.history.undo();
            }
        });
        self.seek(at);
        self.committed();
    }

    /// How many acts can be taken back.
    pub fn undo_depth(self) -> Memo<usize> {
        Memo::new(move || {
            self.beat.track();
            self.core.with_value(|core| core.acts.len())
        })
    }
}

impl Core {
    /// What follows is taken back as one.
    fn begin_act(&mut self) {
        self.acts.retain(|interventions| *interventions > 0);
        self.acts.push(0);
    }

    fn intervene(&mut self, intervention: Intervention) {
        self.history.intervene(intervention);
        if let Some(interventions) = self.acts.last_mut() {
            *interventions += 1;
        }
        // Acts that the history no longer remembers whole cannot be undone.
        while self.acts.iter().sum::<usize>() > self.history.undo_depth() {
            self.acts.remove(0);
        }
    }
}
