//! Who sends when: independent sources, users of a closed loop, or the rows of
//! the user's own input. What is sent is the pattern's business.

use super::source::{Curve, Source};
use crate::kernel::random::exponential;
use crate::kernel::{
    Context, Draws, Duration, FlowId, Instant, Knob, NodeChange, NodeId, Purpose, Random, Settings,
    Timer,
};
use std::sync::Arc;

/// Timers of these kinds are traffic's own; a pattern uses lower ones.
const ARRIVAL: u8 = 253;
const THOUGHT: u8 = 254;
const ROW: u8 = 255;

const ARRIVALS: Purpose = Purpose::named("arrivals");
const THINKING: Purpose = Purpose::named("thinking");
const FIRST_THOUGHTS: Purpose = Purpose::named("first thoughts");

/// The group of its knobs on the page.
pub const LOAD: &str = "Load";

/// How work arrives. Patterns where nobody waits for an answer leave out the
/// closed loop: [`OPEN_ARRIVAL_KNOB`].
pub const ARRIVAL_KNOB: Knob = Knob::choice(
    LOAD,
    "arrival",
    "Arrivals",
    &["steady", "poisson", "bursty", "ramp", "closed"],
    "How requests arrive: evenly, at random, in bursts, ever more, or from users who wait for their answer.",
)
.chosen(1);

/// [`ARRIVAL_KNOB`] without users who wait.
pub const OPEN_ARRIVAL_KNOB: Knob = Knob::choice(
    LOAD,
    "arrival",
    "Arrivals",
    &["steady", "poisson", "bursty", "ramp"],
    "How work arrives: evenly, at random, in bursts, or ever more.",
)
.chosen(1);

/// The rate of all sources together; not for users who wait.
pub const fn rate_knob(default: f64, help: &'static str) -> Knob {
    Knob::number(LOAD, "rate", "Rate", "/s", (0.0, default, 50_000.0), help)
        .only_if("arrival", &["steady", "poisson", "bursty", "ramp"])
}

/// For ramps.
pub const fn ramp_to_knob(default: f64) -> Knob {
    Knob::number(
        LOAD,
        "ramp-to",
        "Ramp to",
        "/s",
        (0.0, default, 50_000.0),
        "The rate at the end of the ramp.",
    )
    .only_if("arrival", &["ramp"])
}

/// For ramps.
pub const RAMP_S_KNOB: Knob = Knob::number(
    LOAD,
    "ramp-s",
    "Ramp over",
    "s",
    (0.1, 60.0, 3600.0),
    "How long the ramp takes.",
)
.only_if("arrival", &["ramp"]);

/// For bursts.
pub const BURST_FACTOR_KNOB: Knob = Knob::number(
    LOAD,
    "burst-factor",
    "Burst factor",
    "",
    (1.0, 4.0, 100.0),
    "During a burst the rate is this many times the mean; between bursts nothing comes.",
)
.only_if("arrival", &["bursty"]);

/// For bursts.
pub const BURST_PERIOD_KNOB: Knob = Knob::number(
    LOAD,
    "burst-period-ms",
    "Burst period",
    "ms",
    (1.0, 2000.0, 600_000.0),
    "From one burst to the next.",
)
.only_if("arrival", &["bursty"]);

/// For users who wait.
pub const USERS_KNOB: Knob = Knob::number(
    LOAD,
    "users",
    "Users",
    "",
    (0.0, 10.0, 10_000.0),
    "Each sends, waits for the answer, thinks, sends again.",
)
.whole()
.only_if("arrival", &["closed"]);

/// For users who wait.
pub const THINK_KNOB: Knob = Knob::number(
    LOAD,
    "think-ms",
    "Think time",
    "ms",
    (0.0, 500.0, 600_000.0),
    "Mean time a user thinks, exponentially distributed.",
)
.only_if("arrival", &["closed"]);

/// The load's knobs as numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Arrivals exactly evenly spaced.
    steady: bool,
    /// Arrivals from users in a closed loop.
    closed: bool,
    /// Of one sender, surge included.
    curve: Curve,
    /// In a closed loop.
    users: u32,
    /// In a closed loop.
    think: Duration,
}

impl Load {
    /// Reads the knobs for `senders` senders while traffic surges `surge`
    /// times. A pattern without a closed loop has no knobs for it.
    pub fn new(settings: &Settings, senders: usize, surge: f64) -> Self {
        let arrival = settings.choice("arrival");
        let closed = arrival == "closed";
        let waiting = |key| if closed { settings.number(key) } else { 0.0 };
        Self {
            steady: arrival == "steady",
            closed,
            curve: curve(settings, surge / senders.max(1) as f64),
            users: waiting("users") as u32,
            think: Duration::from_millis(waiting("think-ms")).scaled(1.0 / surge.max(1e-3)),
        }
    }

    /// The same shape at `factor` times the rate.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let curve = self.curve.times(factor);
        Self { curve, ..self }
    }
}

fn curve(settings: &Settings, share: f64) -> Curve {
    let rate = settings.number("rate") * share;
    match settings.choice("arrival") {
        "closed" => Curve::Flat(0.0),
        "bursty" => Curve::OnOff {
            rate,
            factor: settings.number("burst-factor").max(1.0),
            period: settings.number("burst-period-ms") / 1e3,
        },
        "ramp" => Curve::Ramp {
            from: rate,
            to: settings.number("ramp-to") * share,
            seconds: settings.number("ramp-s"),
        },
        _ => Curve::Flat(rate),
    }
}

/// Why a unit of work begins, and at which sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// A source sends.
    Source(u16),
    /// A user of the closed loop sends; tell [`Traffic::user_is_answered`].
    User(u16),
    /// A row of the user's own input is due: sender, and index of the row.
    Row(u16, usize),
}

/// All senders of a run.
#[derive(Clone, Debug)]
pub struct Traffic {
    nodes: Vec<NodeId>,
    loads: Vec<Load>,
    sources: Vec<Source>,
    /// Users of the closed loop that exist at each sender.
    users: Vec<u32>,
    /// When each row is due and who sends it, in order of time.
    rows: Arc<Vec<(Instant, u16)>>,
}

impl Traffic {
    /// Senders under one load. `rows` takes the place of sources and users
    /// unless it is empty.
    pub fn new(nodes: &[NodeId], load: Load, rows: Vec<(Instant, u16)>, random: &Random) -> Self {
        let source = |index: usize| {
            let phase = (index + 1) as f64 / nodes.len() as f64;
            Source::new(random.substream(ARRIVALS, index as u64), phase)
        };
        Self {
            nodes: nodes.to_vec(),
            loads: vec![load; nodes.len()],
            sources: (0..nodes.len()).map(source).collect(),
            users: vec![0; nodes.len()],
            rows: Arc::new(rows),
        }
    }

    /// Which sender a node is.
    pub fn sender_at(&self, node: NodeId) -> Option<u16> {
        let index = self.nodes.iter().position(|sender| *sender == node)?;
        Some(index as u16)
    }

    /// The run begins.
    pub fn start(&mut self, context: &mut Context) {
        self.change_sources(context);
        self.adjust_users(context);
        for sender in 0..self.nodes.len() {
            self.wait_for_row(sender, 0, context);
        }
    }

    /// Puts one load in force for all.
    pub fn configure(&mut self, load: Load, context: &mut Context) {
        self.loads.fill(load);
        self.change_sources(context);
        self.adjust_users(context);
    }

    /// Puts a load of its own in force for each.
    pub fn configure_each(&mut self, load: impl Fn(usize) -> Load, context: &mut Context) {
        for (index, slot) in self.loads.iter_mut().enumerate() {
            *slot = load(index);
        }
        self.change_sources(context);
        self.adjust_users(context);
    }

    /// Whether a timer is traffic's own.
    pub const fn owns(timer: Timer) -> bool {
        timer.kind >= ARRIVAL
    }

    /// One of its timers fires: perhaps somebody begins.
    pub fn fire(&mut self, timer: Timer, context: &mut Context) -> Option<Begin> {
        let sender = self.sender_at(timer.node)?;
        let index = usize::from(sender);
        match timer.kind {
            ARRIVAL => {
                let source = &mut self.sources[index];
                if timer.data != u64::from(source.version()) {
                    return None;
                }
                if let Some(wait) = source.next(context.now()) {
                    context.after(wait, timer);
                }
                Some(Begin::Source(sender))
            }
            THOUGHT if self.users[index] > self.users_wanted(index) => {
                self.users[index] -= 1;
                None
            }
            THOUGHT => Some(Begin::User(sender)),
            _ => {
                let row = timer.data as usize;
                self.wait_for_row(index, row + 1, context);
                Some(Begin::Row(sender, row))
            }
        }
    }

    /// A user of the closed loop has its answer, or has given up: it thinks
    /// before the next request.
    pub fn user_is_answered(&self, sender: u16, flow: FlowId, context: &mut Context) {
        let random = context.random();
        let draws = random.keyed(THINKING, flow.0, u64::from(sender));
        self.think(usize::from(sender), draws, context);
    }

    /// A sender went down, and its users with it; or it is back, and its rows
    /// that were due meanwhile are left out.
    pub fn sender_changed(&mut self, sender: u16, change: NodeChange, context: &mut Context) {
        match change {
            NodeChange::Crashed => self.users[usize::from(sender)] = 0,
            NodeChange::Restarted => {
                self.change_source(usize::from(sender), context);
                self.adjust_users(context);
                let row = self.rows_before(context.now());
                self.wait_for_row(usize::from(sender), row, context);
            }
            NodeChange::Paused | NodeChange::Resumed => {}
        }
    }

    /// Who sends one by word: the sender at a node, or else the first; none if
    /// it is down.
    pub fn sender_asked(&self, node: Option<NodeId>, context: &Context) -> Option<u16> {
        let sender = node.and_then(|node| self.sender_at(node)).unwrap_or(0);
        context
            .is_up(self.nodes[usize::from(sender)])
            .then_some(sender)
    }

    /// How many rows were due before a time.
    pub fn rows_before(&self, time: Instant) -> usize {
        self.rows.partition_point(|(at, _)| *at < time)
    }

    /// The next row of a sender, from a row on. Each waits for its own, so that
    /// one that crashes stops no other.
    fn wait_for_row(&self, sender: usize, from: usize, context: &mut Context) {
        let rows = self.rows.get(from..).unwrap_or_default();
        let own = |(_, other): &(Instant, u16)| usize::from(*other) == sender;
        if let Some(row) = rows.iter().position(own) {
            let node = self.nodes[sender];
            let (kind, data) = (ROW, (from + row) as u64);
            let wait = rows[row].0.since(context.now());
            context.after(wait, Timer { node, kind, data });
        }
    }

    fn think(&self, sender: usize, mut draws: Draws, context: &mut Context) {
        let wait = self.loads[sender]
            .think
            .scaled(exponential(draws.uniform()));
        let node = self.nodes[sender];
        let (kind, data) = (THOUGHT, 0);
        context.after(wait, Timer { node, kind, data });
    }

    /// Users that a sender should have: an even share.
    fn users_wanted(&self, sender: usize) -> u32 {
        let load = self.loads[sender];
        if !load.closed || !self.rows.is_empty() {
            return 0;
        }
        let senders = self.nodes.len() as u32;
        load.users / senders + u32::from((sender as u32) < load.users % senders)
    }

    /// Starts users that are missing; those too many leave at their next thought.
    fn adjust_users(&mut self, context: &mut Context) {
        for sender in 0..self.nodes.len() {
            let node = self.nodes[sender];
            while context.is_up(node) && self.users[sender] < self.users_wanted(sender) {
                self.users[sender] += 1;
                let user = u64::from(self.users[sender]);
                let random = context.random();
                let draws = random.keyed(FIRST_THOUGHTS, user, u64::from(node.0));
                self.think(sender, draws, context);
            }
        }
    }

    fn change_sources(&mut self, context: &mut Context) {
        for sender in 0..self.nodes.len() {
            self.change_source(sender, context);
        }
    }

    fn change_source(&mut self, sender: usize, context: &mut Context) {
        let (node, load) = (self.nodes[sender], self.loads[sender]);
        let source = &mut self.sources[sender];
        let wait = source.change(context.now(), load.curve, load.steady);
        if let Some(wait) = wait.filter(|_| self.rows.is_empty()) {
            let (kind, data) = (ARRIVAL, u64::from(source.version()));
            context.after(wait, Timer { node, kind, data });
        }
    }
}
