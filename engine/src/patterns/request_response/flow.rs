//! What callers keep: each flow's state, each client's, and what they counted.
//! How they change is in `client`.

use super::server::ATTEMPT;
use crate::kernel::{FlowId, Instant, NodeId, Outcome, Purpose, Queue, Timer};
use crate::parts::balancer::Balancer;
use crate::parts::retry::RetryBudget;

/// Timers of clients. The data of the first three is flow and attempt.
pub const TIMEOUT: u8 = 2;
/// Time for a second copy of an attempt.
pub const HEDGE: u8 = 3;
/// The wait before a retry is over.
pub const RETRY: u8 = 4;

/// Outcomes, as `Pattern::outcomes` names them.
pub const TIMED_OUT: Outcome = Outcome(1);
pub const WAS_REFUSED: Outcome = Outcome(2);
pub const ERROR: Outcome = Outcome(3);
pub const OVERFLOW: Outcome = Outcome(4);
pub const CLIENT_CRASH: Outcome = Outcome(5);

/// More open flows than this in all clients together are refused at once.
pub const OPEN_MOST: usize = 100_000;

pub const BACKOFF: Purpose = Purpose::named("backoff");
pub const BALANCE: Purpose = Purpose::named("balance");

/// An attempt that is awaited.
#[derive(Clone, Copy, Debug)]
pub struct Awaited {
    pub attempt: u32,
    /// None: it waits for a connection.
    pub server: Option<u16>,
}

#[derive(Clone, Debug)]
pub struct Flow {
    pub client: u16,
    pub user: bool,
    pub poison: bool,
    pub started: Instant,
    /// The attempt whose clock runs; its hedge has another number.
    pub in_force: u32,
    /// The number that the next attempt gets.
    pub next_attempt: u32,
    pub retries: u32,
    pub previous_delay: u64,
    /// The attempt in force, and its hedge.
    pub awaited: [Option<Awaited>; 2],
}

/// One caller.
#[derive(Clone, Debug)]
pub struct Client {
    pub node: NodeId,
    pub balancer: Balancer,
    pub budget_ratio: f64,
    pub budget: RetryBudget,
    /// By server.
    pub outstanding: Vec<u32>,
    pub connections: u32,
    /// Attempts that wait for a connection.
    pub pending: Queue<(FlowId, u32)>,
    pub open: u32,
}

/// Counts of what callers did.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Requests that callers meant to send, repeated ones included.
    pub attempts: u64,
    /// After a failure.
    pub retries: u64,
    /// Beside an attempt that is still awaited.
    pub hedges: u64,
    /// Attempts without an answer in time.
    pub timeouts: u64,
    /// Flows ended, by outcome.
    pub ended: [u64; 6],
}

/// What a flow's end means for the one who started it.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// What ended.
    pub flow: FlowId,
    /// Which client.
    pub client: u16,
    /// Whether a user of the closed loop waits for it.
    pub user: bool,
}

pub fn timer(node: NodeId, kind: u8, flow: FlowId, attempt: u32) -> Timer {
    Timer {
        node,
        kind,
        data: flow.0 << 16 | u64::from(attempt & ATTEMPT),
    }
}

pub fn of_timer(timer: Timer) -> (FlowId, u32) {
    (FlowId(timer.data >> 16), timer.data as u32 & ATTEMPT)
}
