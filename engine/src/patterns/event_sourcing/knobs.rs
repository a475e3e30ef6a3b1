//! The knobs of Event Sourcing, and what they come to in numbers.

use crate::kernel::{Duration, Knob, Settings, network};
use crate::parts::event_log::STREAMS_MOST;
use crate::parts::retry::{Backoff, BackoffKind, Jitter};
use crate::parts::service::{self, Distribution};
use crate::parts::traffic::{self, LOAD, Load};

const ACCOUNTS: &str = "Accounts";
const COMMANDS: &str = "Commands";
const LOG: &str = "Log";
const PROJECTIONS: &str = "Projections";

/// In the order of the page.
#[rustfmt::skip]
pub static KNOBS: &[Knob] = &[
    traffic::OPEN_ARRIVAL_KNOB,
    traffic::rate_knob(4.0, "Commands a second, all clients together."),
    traffic::ramp_to_knob(30.0),
    traffic::RAMP_S_KNOB,
    traffic::BURST_FACTOR_KNOB,
    traffic::BURST_PERIOD_KNOB,
    Knob::number(LOAD, "clients", "Clients", "", (1.0, 3.0, 6.0), "Who sends commands, and reads.").whole().structural(),
    Knob::number(ACCOUNTS, "accounts", "Accounts", "", (1.0, 6.0, STREAMS_MOST as f64), "Each has a stream of its own in the log.").whole(),
    Knob::number(ACCOUNTS, "hot", "Hot account", "%", (0.0, 10.0, 100.0), "So many more commands concern the first account."),
    Knob::number(ACCOUNTS, "withdrawals", "Withdrawals", "%", (0.0, 30.0, 100.0), "Of all commands."),
    Knob::number(ACCOUNTS, "transfers", "Transfers", "%", (0.0, 20.0, 100.0), "Of the rest; what is left are deposits."),
    Knob::number(ACCOUNTS, "reads", "Reads", "%", (0.0, 60.0, 100.0), "Of accepted commands, followed by a look at the balance."),
    Knob::number(COMMANDS, "handlers", "Handlers", "", (1.0, 2.0, 4.0), "Commands go to them in turn.").whole().structural(),
    Knob::number(COMMANDS, "workers", "Workers each", "", (1.0, 2.0, 64.0), "Commands that a handler has in hand.").whole(),
    Knob::number(COMMANDS, "queue-cap", "Queue limit", "", (0.0, 100.0, 10_000.0), "Commands that wait at a handler; more are refused.").whole(),
    Knob::number(COMMANDS, "service-ms", "Service time", "ms", (0.0, 20.0, 60_000.0), "Mean, to take a command in."),
    service::distribution_knob(COMMANDS).chosen(0),
    Knob::number(COMMANDS, "fold-ms", "Fold time", "ms", (0.0, 2.0, 1_000.0), "For each event that a load replays."),
    Knob::number(COMMANDS, "conflict-retries", "Conflict retries", "", (0.0, 4.0, 20.0), "Loads again so often when another was first.").whole(),
    Knob::number(COMMANDS, "retry-initial-ms", "First wait", "ms", (0.0, 40.0, 60_000.0), "Before such a retry; doubles each time."),
    Knob::choice(COMMANDS, "jitter", "Jitter", &["none", "full", "equal"], "Spreads these waits.").chosen(1),
    Knob::number(COMMANDS, "timeout-ms", "Timeout", "ms", (100.0, 3_000.0, 600_000.0), "A client waits so long for an answer."),
    Knob::number(COMMANDS, "attempts", "Attempts", "", (1.0, 2.0, 8.0), "Of a client, the same command each time.").whole(),
    Knob::number(LOG, "append-ms", "Append time", "ms", (0.0, 10.0, 60_000.0), "For each append or read, one after another."),
    Knob::number(LOG, "snapshot-every", "Snapshot every", "events", (0.0, 5.0, 100_000.0), "Of a stream; a load begins at the last one.").whole().zero_means("never"),
    Knob::number(LOG, "snapshot-ms", "Snapshot read", "ms", (0.0, 5.0, 60_000.0), "Time of the snapshot store."),
    Knob::number(LOG, "old-events", "Old events", "", (0.0, 8.0, 50_000.0), "In the log at the start, in version 1: whole units, not cents. With own input the log begins empty.").whole().structural(),
    Knob::choice(LOG, "upcasting", "Upcasting", &["on", "off"], "Readers turn version 1 into version 2, or cannot read it."),
    Knob::number(PROJECTIONS, "apply-ms", "Apply time", "ms", (0.0, 60.0, 60_000.0), "For each event, at each projection."),
    Knob::number(PROJECTIONS, "prefetch", "Prefetch", "", (1.0, 8.0, 1_000.0), "Events sent ahead of the checkpoint.").whole(),
    Knob::number(PROJECTIONS, "checkpoint-every", "Checkpoint every", "events", (1.0, 4.0, 1_000.0), "And when there is nothing to apply.").whole(),
    Knob::number(PROJECTIONS, "replay-rate", "Replay rate", "/s", (1.0, 40.0, 1e6), "Events a second, when rebuilt."),
    Knob::choice(PROJECTIONS, "consistency", "Reads", &["any", "own-writes"], "Answered at once, or once the own write is in."),
    network::latency_knob(50.0),
    network::JITTER_KNOB,
];

/// The knobs as the model reads them; shares from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    pub load: Load,
    pub accounts: u32,
    pub hot: f64,
    pub withdrawals: f64,
    pub transfers: f64,
    pub reads: f64,
    pub workers: usize,
    pub queue_cap: usize,
    pub service: Duration,
    pub distribution: Distribution,
    pub fold: Duration,
    pub conflict_retries: u8,
    pub backoff: Backoff,
    pub jitter: Jitter,
    pub timeout: Duration,
    pub attempts: usize,
    pub append: Duration,
    /// Zero: never.
    pub snapshot_every: u32,
    pub snapshot: Duration,
    pub upcasting: bool,
    pub apply: Duration,
    pub prefetch: u64,
    pub checkpoint_every: u64,
    pub replay_rate: f64,
    /// Reads wait for the client's own write.
    pub own_writes: bool,
}

impl Parameters {
    /// Reads the knobs for `clients` clients while traffic surges.
    pub fn new(settings: &Settings, clients: usize, surge: f64) -> Self {
        let number = |key| settings.number(key);
        let share = |key| settings.number(key) / 100.0;
        let millis = |key| Duration::from_millis(settings.number(key));
        Self {
            load: Load::new(settings, clients, surge),
            accounts: number("accounts") as u32,
            hot: share("hot"),
            withdrawals: share("withdrawals"),
            transfers: share("transfers"),
            reads: share("reads"),
            workers: number("workers") as usize,
            queue_cap: number("queue-cap") as usize,
            service: millis("service-ms"),
            distribution: Distribution::named(settings.choice("service-dist")),
            fold: millis("fold-ms"),
            conflict_retries: number("conflict-retries") as u8,
            backoff: Backoff {
                kind: BackoffKind::Exponential,
                base_ns: millis("retry-initial-ms").0,
                factor: 2.0,
                cap_ns: u64::MAX / 4,
            },
            jitter: match settings.choice("jitter") {
                "full" => Jitter::Full,
                "equal" => Jitter::Equal,
                _ => Jitter::None,
            },
            timeout: millis("timeout-ms"),
            attempts: number("attempts") as usize,
            append: millis("append-ms"),
            snapshot_every: number("snapshot-every") as u32,
            snapshot: millis("snapshot-ms"),
            upcasting: settings.choice("upcasting") == "on",
            apply: millis("apply-ms"),
            prefetch: number("prefetch") as u64,
            checkpoint_every: number("checkpoint-every") as u64,
            replay_rate: number("replay-rate"),
            own_writes: settings.choice("consistency") == "own-writes",
        }
    }
}
