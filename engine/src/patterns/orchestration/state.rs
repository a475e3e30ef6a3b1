//! What a run consists of: orders with their histories, the sites that decide
//! about them, services, and counts. Data only; what is done is elsewhere.
//!
//! A site keeps a table of what it knows of each order and decides by it. The
//! orchestrator is one site that owns all steps; without it each service is a
//! site that owns its own steps and hears of others by events. So both styles
//! follow the same rules, on different knowledge.

use super::knobs::Parameters;
use crate::kernel::{Instant, MessageId, NodeId, Queue, Sequence};
use crate::parts::station::Station;
use crate::parts::traffic::Traffic;
use crate::parts::workflow::{SERVICES, STEPS_MOST, Table, Workflow};
use std::sync::Arc;

/// Outcomes, as `Pattern::outcomes` names them; 1 to 3 are compensated.
pub const COMPLETED: u8 = 0;
pub const DECLINED: u8 = 1;
pub const REJECTED: u8 = 2;
pub const FAILED_STEP: u8 = 3;
pub const REFUSED: u8 = 4;
pub const LOST: u8 = 5;
pub const OVERFLOW: u8 = 6;
/// How many there are.
pub const OUTCOMES: usize = 7;

/// More open orders than this end as overflow.
pub const OPEN_MOST: usize = 10_000;
/// So do orders so far after the oldest open one.
pub const SPAN_MOST: usize = 200_000;

/// In the tag of a task and of its answer; its attempt stands above.
pub const STEP: u32 = 0xf;
pub const UNDO: u32 = 1 << 4;
/// The answer: it failed, and may be tried again.
pub const ERROR: u32 = 1 << 5;
/// The answer: it failed for good.
pub const REFUSAL: u32 = 1 << 6;
/// Not a task: an order.
pub const ORDER: u32 = 1 << 7;
/// Attempts are counted to this.
pub const ATTEMPT_AT: u32 = 8;
pub const ATTEMPT: u32 = 0xff_ffff;

/// Rows of the orchestrator's table of orders.
pub const BOARD: usize = 5;

/// A count by step.
pub type Attempts = [u32; STEPS_MOST + 1];

/// An order from its shop to its end, and until nothing of it is on the way.
#[derive(Clone, Debug)]
pub struct Flow {
    pub shop: u16,
    pub started: Instant,
    /// The message that brought its latest news.
    pub message: MessageId,
    pub cents: u32,
    pub items: i64,
    /// Limit for choices that have none of their own, in cents.
    pub over: f64,
    /// Its last step that can be undone refuses it.
    pub poison: bool,
    pub accepted: bool,
    /// Its outcome, once it has one.
    pub ended: Option<u8>,
    /// Why it is undone.
    pub cause: u8,
    /// Messages on their way and work at stations, copies apart.
    pub air: u32,
    /// What each site knows; volatile.
    pub tables: [Table; SERVICES.len()],
    /// What each step's owner has written down.
    pub state: Table,
    /// Durable: by turns site and step, and the status it came to. At most
    /// four times as many as steps and sites, and two for each act of a person.
    pub history: Vec<u8>,
    /// Of the step or compensation in hand; durable.
    pub attempts: Attempts,
    /// Steps with an attempt that is awaited.
    pub out: u16,
    /// Steps with an attempt whose effect is unknown.
    pub doubt: u16,
    /// When a person was asked.
    pub asked: Instant,
    /// By site: steps whose news it has not confirmed; durable.
    pub owed: [u16; SERVICES.len()],
    /// The services' records: effects in force, by step.
    pub held: Attempts,
    /// Steps refused or undone at their service: tasks that come later are
    /// refused.
    pub closed: u16,
    /// Attempts that services told the failure of: copies of them, or of those
    /// before, have no effect any more.
    pub told: Attempts,
    /// Tasks that wait or run, and compensations.
    pub hand: [u16; 2],
    /// A repeated or late task was not known again.
    pub doubled: bool,
}

/// A row of the table of orders, which stays a while after the order's end.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub flow: u64,
    pub message: MessageId,
    pub table: Table,
    /// Attempts at what is in hand.
    pub attempts: Attempts,
    pub open: bool,
}

/// Counts of one step.
#[derive(Clone, Copy, Debug, Default)]
pub struct StepTally {
    /// Times it was run at its service.
    pub runs: i64,
    pub retries: i64,
    /// Times it was given up.
    pub failures: i64,
    /// Times it was compensated.
    pub compensations: i64,
    /// Orders that stand here now.
    pub now: u32,
}

/// Counts of the whole run.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By outcome.
    pub ended: [u64; OUTCOMES],
    /// Orders that ended with every effect, without any, or with one twice.
    pub whole: u64,
    pub clean: u64,
    pub twice: u64,
    /// Events written.
    pub history: u64,
    /// Orders that went on after a crash.
    pub resumed: u64,
    pub timeouts: u64,
    pub deduplicated: u64,
    /// Free, reserved, picked, and bought in all.
    pub free: i64,
    pub reserved: i64,
    pub picked: i64,
    pub bought: i64,
    pub captured: i64,
    pub refunded: i64,
    /// Of completed orders, in cents.
    pub sold: i64,
    /// Left over from orders that are over: cents, and items reserved.
    pub left_cents: i64,
    pub left_items: i64,
    pub steps: [StepTally; STEPS_MOST + 1],
    /// Steps of the last order that was undone, in the order of their undoing.
    pub undone: Vec<u8>,
}

/// All of a run.
#[derive(Clone)]
pub struct Orchestration {
    pub parameters: Parameters,
    pub workflow: Arc<Workflow>,
    /// There is an orchestrator.
    pub central: bool,
    pub traffic: Traffic,
    pub flows: Sequence<Box<Flow>>,
    pub open: u64,
    /// The services' task queues and workers, then the orchestrator's inbox.
    pub stations: Vec<Station>,
    /// Sites that are up and have read their history.
    pub awake: [bool; SERVICES.len()],
    /// Orders and steps that wait for their turn.
    pub tasks: Queue<u64>,
    /// Attempts that are awaited.
    pub in_flight: u32,
    pub board: Vec<Line>,
    pub tally: Tally,
}

impl Orchestration {
    /// The site that decides about a step.
    pub fn owner(&self, step: usize) -> usize {
        match self.central {
            true => 0,
            false => self.workflow.steps[step].service,
        }
    }

    /// Where a site is.
    pub fn site_node(&self, site: usize) -> NodeId {
        let station = if self.central { SERVICES.len() } else { site };
        self.stations[station].node()
    }

    /// Which station a node is.
    pub fn station_at(&self, node: NodeId) -> Option<usize> {
        self.stations
            .iter()
            .position(|station| station.node() == node)
    }

    /// The site at a station, if there is one.
    pub fn site_of(&self, station: usize) -> Option<usize> {
        match (self.central, station) {
            (true, SERVICES_COUNT) => Some(0),
            (true, _) => None,
            (false, site) => Some(site),
        }
    }
}

const SERVICES_COUNT: usize = SERVICES.len();
