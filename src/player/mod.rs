//! The player: playhead, speed and commands, and the only owner of a
//! `History`. Views read through [`Player::watch`] and send [`Command`]s.

mod command;
mod seek;
mod story;
mod tow;

pub use command::Command;

use crate::pulse::{Pulse, clock_ms};
use crate::signals::{Memo, Shared, State};
use leptos::prelude::*;
use patternscope_engine::kernel::FlowId;
use patternscope_engine::patterns::Pattern;
use patternscope_engine::{Duration, History, Instant, Scenario};
use seek::Seek;

/// A frame never stands for more than this much wall time.
const LONGEST_FRAME_MS: f64 = 100.0;
/// Simulating may take this much of a frame.
const BUDGET_MS: f64 = 8.0;
/// Occurrences between looks at the clock.
const CHUNK: u64 = 2_000;
/// Numbers and charts change at most this often.
const BEAT_MS: f64 = 100.0;
/// With reduced motion, and on the way to an instant sought, the picture
/// changes at most this often.
const STILL_MS: f64 = 500.0;
/// The range of speeds, in simulated seconds a second.
pub const SPEEDS: (f64, f64) = (0.001, 100.0);
/// How long a lost message falls, in wall time.
const FALL_S: f64 = 1.1;

/// What a painter is told beside the run.
#[derive(Clone, Copy)]
pub struct Paint {
    /// Nothing may travel.
    pub still: bool,
    /// How long a lost message falls, in simulated time.
    pub fall: Duration,
    /// The unit of work that is followed.
    pub selected: Option<FlowId>,
}

/// Draws a frame; must not call the player.
pub type Painter = Box<dyn FnMut(&History, Paint)>;

/// What a view wants of a run, whatever its type; a trait for the reason of
/// `dom::Act`.
trait Look: Send + Sync {
    fn look(&self, history: &History) -> Shared;
}

impl<F: Fn(&History) -> Shared + Send + Sync> Look for F {
    fn look(&self, history: &History) -> Shared {
        self(history)
    }
}

struct Core {
    history: History,
    pulse: Option<Pulse>,
    painter: Option<Painter>,
    seek: Option<Seek>,
    hold: Option<Instant>,
    /// How many interventions each act of the user made, for undo.
    acts: Vec<usize>,
    /// The knob that is being dragged.
    dragging: Option<usize>,
    /// Who goes where this one goes.
    towing: Option<Player>,
    /// Goes where another one goes.
    towed: bool,
    since_beat: f64,
    since_paint: f64,
}

/// A handle that views pass around. What it leads to stays for the life of the
/// page, a hundred bytes a run that was opened: one word to copy into each of
/// the hundreds of closures that hold it.
#[derive(Clone, Copy)]
pub struct Player(&'static Handles);

impl std::ops::Deref for Player {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        self.0
    }
}

/// What views follow of a player.
pub struct Handles {
    core: StoredValue<Core, LocalStorage>,
    beat: Trigger,
    /// The pattern of its runs.
    pub pattern: &'static Pattern,
    /// Time passes.
    pub playing: State<bool>,
    /// Simulated seconds a second.
    pub speed: State<f64>,
    /// The machine cannot keep up with that.
    pub behind: State<bool>,
    /// An instant is sought that takes more than a moment to reach.
    pub catching_up: State<bool>,
    /// Counts runs: another one has other nodes and settings.
    pub run: State<u32>,
    /// The unit of work that is followed.
    pub selected: State<Option<FlowId>>,
    /// The event of the log as of which the state is shown, if not the last.
    pub looks_back_to: State<Option<u64>>,
    /// The run is told as the pattern's story.
    pub story: State<bool>,
    /// Nothing may travel.
    pub still: State<bool>,
}

impl Player {
    /// A run at its start, paused.
    pub fn new(scenario: Scenario, still: bool) -> Self {
        let pattern = scenario.pattern;
        let speed = scenario.preset.map_or(pattern.speed, |preset| preset.speed);
        let player = Self(Box::leak(Box::new(Handles {
            pattern,
            core: StoredValue::new_local(Core {
                history: History::new(scenario),
                pulse: None,
                painter: None,
                seek: None,
                hold: None,
                acts: Vec::new(),
                dragging: None,
                towing: None,
                towed: false,
                since_beat: 0.0,
                since_paint: 0.0,
            }),
            beat: Trigger::new(),
            playing: State::new(false),
            speed: State::new(speed),
            behind: State::new(false),
            catching_up: State::new(false),
            run: State::new(0),
            selected: State::new(None),
            looks_back_to: State::new(None),
            story: State::new(false),
            still: State::new(still),
        })));
        let pulse = Pulse::new(move |since| player.tick(since));
        player.core.update_value(|core| core.pulse = Some(pulse));
        player
    }

    /// Reads the run now, without following it.
    pub fn read<T>(self, read: impl FnOnce(&History) -> T) -> T {
        self.core.with_value(|core| read(&core.history))
    }

    /// Follows something of the run: looked at on every change, at most ten
    /// times a second, and passed on only when it differs.
    pub fn watch<T>(self, read: impl Fn(&History) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        let look = move |history: &History| Shared::new(read(history));
        Memo::of_shared(self.watch_boxed(Box::new(look)))
    }

    fn watch_boxed(self, read: Box<dyn Look>) -> leptos::prelude::Memo<Shared> {
        leptos::prelude::Memo::new(move |_| {
            self.beat.track();
            self.core.with_value(|core| read.look(&core.history))
        })
    }

    /// Runs an effect on every change, at most ten times a second.
    pub fn follow(self, run: impl Fn(&History) + 'static) {
        self.follow_boxed(Box::new(run));
    }

    fn follow_boxed(self, run: Box<dyn Fn(&History)>) {
        Effect::new(move |_| {
            self.beat.track();
            self.core.with_value(|core| run(&core.history));
        });
    }

    /// Who draws the frames from now on.
    pub fn set_painter(self, painter: Painter) {
        self.core.update_value(|core| core.painter = Some(painter));
        self.repaint();
    }

    /// Draws again, although nothing has changed in the run.
    pub fn repaint(self) {
        self.core.with_value(|core| {
            if let Some(pulse) = &core.pulse {
                pulse.wake();
            }
        });
    }

    /// Whether anybody can see the stage.
    pub fn set_visible(self, visible: bool) {
        let _ = self.core.try_with_value(|core| {
            if let Some(pulse) = &core.pulse {
                pulse.set_visible(visible);
            }
        });
    }

    /// One frame. Tells whether another is wanted.
    fn tick(self, since_ms: f64) -> bool {
        let (Some(playing), Some(speed)) = (
            self.playing.try_get_untracked(),
            self.speed.try_get_untracked(),
        ) else {
            return false;
        };
        let still = self.still.get_untracked();
        let selected = self.selected.get_untracked();
        let mut report = Report::default();
        self.core.update_value(|core| {
            report = core.frame(
                since_ms.min(LONGEST_FRAME_MS),
                playing,
                speed,
                still,
                selected,
            );
        });
        if report.held {
            self.playing.set(false);
        }
        self.tow_on();
        if report.beat {
            if playing && self.behind.get_untracked() != report.behind {
                self.behind.set(report.behind);
            }
            if self.catching_up.get_untracked() != report.seeking {
                self.catching_up.set(report.seeking);
            }
            self.beat.notify();
        }
        report.seeking || (playing && !report.held)
    }
}

/// What a frame came to.
#[derive(Default)]
struct Report {
    beat: bool,
    behind: bool,
    held: bool,
    seeking: bool,
}

impl Core {
    fn frame(
        &mut self,
        since_ms: f64,
        playing: bool,
        speed: f64,
        still: bool,
        selected: Option<FlowId>,
    ) -> Report {
        let mut report = Report::default();
        // Who is towed seeks in each frame, and yet plays.
        let sought = self.seek.is_some() && !(self.towed && playing);
        report.seeking = !self.catch_up();
        report.beat = !report.seeking && (sought || !playing);
        if sought && !report.seeking {
            self.since_paint = f64::MAX;
        }
        if playing && !report.seeking && !self.towed {
            self.play(since_ms, speed, &mut report);
        }
        self.since_beat += since_ms;
        self.since_paint += since_ms;
        if self.since_beat >= BEAT_MS || report.held {
            report.beat = true;
        }
        if report.beat {
            self.since_beat = 0.0;
        }
        let calm = (playing && still) || report.seeking;
        if !calm || self.since_paint >= STILL_MS || report.held {
            self.since_paint = 0.0;
            let fall = Duration::from_secs(FALL_S * speed);
            if let Some(painter) = &mut self.painter {
                painter(
                    &self.history,
                    Paint {
                        still,
                        fall,
                        selected,
                    },
                );
            }
        }
        report
    }

    /// Lets time pass, as far as the budget goes.
    fn play(&mut self, since_ms: f64, speed: f64, report: &mut Report) {
        let mut target = self.history.now() + Duration::from_secs(since_ms / 1e3 * speed);
        if let Some(hold) = self.hold.filter(|hold| *hold <= target) {
            target = hold;
            report.held = true;
        }
        let begun = clock_ms();
        while !self.history.advance(target, CHUNK) {
            if clock_ms() - begun > BUDGET_MS {
                report.behind = true;
                report.held = false;
                return;
            }
        }
        if report.held {
            self.hold = None;
        }
    }
}
