//! A gateway: what it keeps, its door, its workers, its answers. What it
//! decides about a call is in `decide`, how it calls services in `legs`, what
//! it finds out about replicas in `health`.

use super::call::{Asked, STATUSES, Status};
use super::knobs::{Key, Parameters};
use super::layout::{CLIENTS, Layout};
use super::legs::{Leg, Service, fresh};
use super::replicas::CRASH;
use super::tally::{ANSWERED, ARRIVED, LIMITED, LOST, REASONS, SLOTS};
use crate::kernel::random::exponential;
use crate::kernel::{Context, Duration, Instant, Message, MessageId, NodeId, Purpose, Role, Timer};
use crate::parts::cache::Cache;
use crate::parts::limiter::{LeakyBucket, TokenBucket};
use crate::parts::station::{Admission, Station, Work};

/// Timers of gateways. The data is a worker,
pub const WORK: u8 = 1;
/// a call,
pub const ADMIT: u8 = 2;
/// a leg,
pub const LEG_TIMEOUT: u8 = 3;
/// a call,
pub const JOIN: u8 = 4;
/// version and replica,
pub const HEALTH: u8 = 5;
/// a version.
pub const SWEEP: u8 = 6;

/// A gateway has at most so many calls open; more are refused.
pub const CALLS_MOST: usize = 10_000;

const GATEWAY_WORK: Purpose = Purpose::named("gateway work");

/// Why a call was turned away with 503.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The gateway's queue was full, or too full for the client's priority.
    Shed,
    /// The gateway had too many calls open.
    Overflow,
    /// The service had too many calls open.
    Bulkhead,
    /// The service's breaker was open.
    Breaker,
    /// The adaptive throttle.
    Throttle,
    /// No replica was up.
    NoReplica,
}

/// A call in a gateway's hands.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The message that brought it, which names it.
    pub work: Work,
    /// Whose.
    pub client: u8,
    /// What for.
    pub asked: Asked,
    /// The gateway's worker that is held until the answer.
    pub worker: Option<u16>,
    /// Legs that are awaited.
    pub open: u16,
    /// Legs asked for.
    pub legs: u16,
    /// Legs answered well.
    pub good: u16,
    /// How the latest bad leg ended.
    pub failure: Status,
    /// The leg of another call whose answer is awaited.
    pub fetch: Option<u64>,
}

/// What a gateway knows of one replica.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// Calls sent.
    pub sent: u64,
    /// How often it was ejected.
    pub ejected: u64,
    /// A check is on its way.
    pub asked: bool,
    /// Checks without an answer, in a row.
    pub unanswered: u8,
    /// Checks sent.
    pub round: u16,
}

/// One gateway.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Which.
    pub index: usize,
    /// Which.
    pub node: NodeId,
    /// Who else is there.
    pub layout: Layout,
    /// Its queue and workers.
    pub station: Station,
    /// Calls that are not answered, in order of their messages.
    pub calls: Vec<Call>,
    /// One a client; the knob says which kind counts.
    tokens: [TokenBucket; CLIENTS],
    leaky: [LeakyBucket; CLIENTS],
    /// Answers it knows.
    pub cache: Cache,
    /// The latest lookups, a bit each, the last lowest: whether it knew.
    pub hits: u64,
    /// How many of these bits count.
    pub looked_up: u32,
    /// Service calls that are not over, in order of their keys.
    pub legs: Vec<Leg>,
    /// What it knows of each service.
    pub services: Vec<Service>,
    /// What it knows of each replica.
    pub known: Vec<Known>,
    /// Calls open at each replica.
    pub outstanding: Vec<u32>,
    /// Of its timers for checks and sweeps in force; others are void.
    pub version: u32,
    /// Between checks, and between sweeps.
    pub rounds: (Option<Duration>, Duration),
    /// See `tally`.
    pub counts: [u64; SLOTS],
}

impl Gateway {
    /// An idle gateway.
    pub fn new(index: usize, layout: Layout) -> Self {
        let node = layout.gateway(index);
        Self {
            index,
            node,
            layout,
            station: Station::new(node, WORK),
            calls: Vec::new(),
            tokens: [TokenBucket::new(0.0, 0); CLIENTS],
            leaky: [LeakyBucket::default(); CLIENTS],
            cache: Cache::default(),
            hits: 0,
            looked_up: 0,
            legs: Vec::new(),
            services: fresh(layout.each),
            known: vec![Known::default(); layout.replicas()],
            outstanding: vec![0; layout.replicas()],
            version: 0,
            rounds: (None, Duration::ZERO),
            counts: [0; SLOTS],
        }
    }

    fn fill_buckets(&mut self, parameters: &Parameters) {
        let (rate, burst) = (parameters.number(Key::Rps), parameters.count(Key::Burst));
        self.tokens = [TokenBucket::new(rate, burst as u32); CLIENTS];
        self.leaky = [LeakyBucket::default(); CLIENTS];
    }

    /// Puts knobs in force.
    pub fn configure(&mut self, parameters: &Parameters, context: &mut Context) {
        let now = context.now();
        if now == Instant::START {
            self.fill_buckets(parameters);
        }
        for bucket in &mut self.tokens {
            let burst = parameters.count(Key::Burst);
            bucket.configure(parameters.number(Key::Rps), burst as u32, now);
        }
        if !parameters.is_on(Key::Ttl) {
            self.cache.clear();
        }
        self.station.cap = parameters.count(Key::GatewayQueue);
        self.station
            .set_workers(parameters.count(Key::GatewayWorkers));
        self.pump(parameters, context);
    }

    /// Where a call stands, or would.
    pub fn place(&self, id: MessageId) -> Result<usize, usize> {
        self.calls
            .binary_search_by_key(&id, |call| call.work.message)
    }

    /// The call that a message brought.
    pub fn call(&mut self, id: MessageId) -> Option<&mut Call> {
        let place = self.place(id).ok()?;
        self.calls.get_mut(place)
    }

    /// A call arrives.
    pub fn receive(
        &mut self,
        message: &Message,
        client: usize,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let (Some(work), Err(place)) = (Work::of(message, context), self.place(message.id)) else {
            return;
        };
        self.counts[ARRIVED] += 1;
        let call = Call {
            work,
            client: client as u8,
            asked: Asked::of_tag(message.tag),
            worker: None,
            open: 0,
            legs: 0,
            good: 0,
            failure: Status::Unavailable,
            fetch: None,
        };
        self.calls.insert(place, call);
        if self.calls.len() > CALLS_MOST {
            return self.turn_away(message.id, Why::Overflow, parameters, context);
        }
        match self.limit(client, parameters, context.now()) {
            None => {
                self.counts[LIMITED + client] += 1;
                self.answer(message.id, Status::Limited, 0, parameters, context);
            }
            Some(Duration::ZERO) => self.admit(message.id, parameters, context),
            Some(wait) => self.remind(wait, ADMIT, message.id.0.get(), context),
        }
    }

    /// Sets a timer.
    pub fn remind(&self, wait: Duration, kind: u8, data: u64, context: &mut Context) {
        let node = self.node;
        context.after(wait, Timer { node, kind, data });
    }

    /// How long a client's call must wait at the door; none: it is over its
    /// limit.
    fn limit(&mut self, client: usize, parameters: &Parameters, now: Instant) -> Option<Duration> {
        let (rate, burst) = (parameters.number(Key::Rps), parameters.count(Key::Burst));
        if rate == 0.0 {
            return Some(Duration::ZERO);
        }
        if parameters.is_on(Key::Limiter) {
            return self.leaky[client].offer(rate, burst as u32, now);
        }
        self.tokens[client].take(1, now).then_some(Duration::ZERO)
    }

    /// What a client may still do at once, and its share of the most; none
    /// without a limit.
    pub fn allowance(
        &self,
        client: usize,
        parameters: &Parameters,
        now: Instant,
    ) -> Option<(f64, f64)> {
        let (rate, burst) = (parameters.number(Key::Rps), parameters.number(Key::Burst));
        let left = match parameters.is_on(Key::Limiter) {
            true => (burst - self.leaky[client].excess(rate, now)).max(0.0),
            false => self.tokens[client].tokens(now),
        };
        (rate > 0.0).then_some((left, left / burst))
    }

    /// A call goes in: to a worker, or into the queue.
    pub fn admit(&mut self, id: MessageId, parameters: &Parameters, context: &mut Context) {
        let Some(&mut Call { work, client, .. }) = self.call(id) else {
            return;
        };
        if parameters.is_on(Key::Io) && !parameters.is_on(Key::GatewayWork) {
            return self.decide(id, parameters, context);
        }
        // The last client is refused from a third of the queue on, the first
        // only when it is full.
        let (depth, cap) = (self.station.depth() as usize, self.station.cap);
        let is_too_full = depth > 0 && depth * CLIENTS >= cap * (CLIENTS - usize::from(client));
        let shed = parameters.is_on(Key::Shed) && is_too_full;
        if shed || !matches!(self.station.offer(work, context), Admission::Admitted) {
            return self.turn_away(id, Why::Shed, parameters, context);
        }
        self.pump(parameters, context);
    }

    /// Puts idle workers to work.
    fn pump(&mut self, parameters: &Parameters, context: &mut Context) {
        if !context.is_up(self.node) {
            return;
        }
        while let Some(queued) = self.station.take_next() {
            let Asked { attempt, .. } = Asked::of_tag(queued.item.tag);
            let random = context.random();
            let mut draws = random.keyed(GATEWAY_WORK, queued.item.flow.0, u64::from(attempt));
            let mean = Duration::from_millis(parameters.number(Key::GatewayWork));
            let slow = context.node(self.node).slow;
            let takes = mean.scaled(exponential(draws.uniform())).scaled(slow);
            self.station.start(queued, takes, context);
        }
    }

    /// A worker is done with the gateway's own work on a call.
    pub fn worked(&mut self, worker: u64, parameters: &Parameters, context: &mut Context) {
        let Some(work) = self.station.finish_and_hold(worker, context) else {
            return;
        };
        let worker = worker as u16;
        if parameters.is_on(Key::Io) {
            self.free(worker, context);
        } else if let Some(call) = self.call(work.message) {
            call.worker = Some(worker);
        }
        self.decide(work.message, parameters, context);
        self.pump(parameters, context);
    }

    fn free(&mut self, worker: u16, context: &mut Context) {
        if let Some(work) = self.station.release(worker) {
            self.station.finished(worker, &work, true, context);
        }
    }

    /// Answers with 503.
    pub fn turn_away(
        &mut self,
        id: MessageId,
        why: Why,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        self.counts[REASONS + why as usize] += 1;
        self.answer(id, Status::Unavailable, 0, parameters, context);
    }

    /// Answers a call, which is over then.
    pub fn answer(
        &mut self,
        id: MessageId,
        status: Status,
        extra: u32,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let Ok(place) = self.place(id) else {
            return;
        };
        let call = self.calls.remove(place);
        self.counts[ANSWERED + status as usize] += 1;
        let role = match status.is_good() {
            true => Role::Response,
            false => Role::Error,
        };
        let reply = call.work.reply;
        call.work.send(reply, role, status as u32 | extra, context);
        if let Some(worker) = call.worker {
            self.free(worker, context);
            self.pump(parameters, context);
        }
    }

    /// The gateway forgets all it held and knew.
    pub fn crash(&mut self, parameters: &Parameters, context: &mut Context) {
        self.station.crash(CRASH, context);
        self.counts[LOST] += self.calls.len() as u64;
        self.calls.clear();
        self.cache.clear();
        (self.hits, self.looked_up) = (0, 0);
        self.fill_buckets(parameters);
        self.forget_services();
    }

    /// Work stands still, or goes on.
    pub fn set_paused(&mut self, paused: bool, parameters: &Parameters, context: &mut Context) {
        self.station.set_paused(paused, context.now());
        self.pump(parameters, context);
    }

    /// The share of the latest lookups that the cache answered, if any.
    pub fn hit_ratio(&self) -> Option<f64> {
        let seen = f64::from(self.looked_up);
        (seen > 0.0).then(|| f64::from(self.hits.count_ones()) / seen)
    }
}

const _: () = assert!(STATUSES <= 16, "a status must fit its part of a tag");
