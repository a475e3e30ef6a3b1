//! A gateway: what it keeps, its door, its workers, its answers. What it
//! decides about a call is in `decide`, how it calls services in `legs`, what
//! it knows of replicas in `health`.

use super::call::{Asked, CACHED, Call, LegKey, Status, TENANTS, Ticket};
use super::health::Health;
use super::legs::{Leg, Service};
use super::parameters::Parameters;
use super::replicas::CRASH;
use crate::kernel::model::Draft;
use crate::kernel::random::exponential;
use crate::kernel::{
    Context, Duration, Fact, Instant, Marks, Message, NodeId, Purpose, Role, Timer,
};
use crate::parts::cache::Cache;
use crate::parts::limiter::{LeakyBucket, TokenBucket};
use crate::parts::station::{Admission, Station};
use std::collections::BTreeMap;

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
pub const CALLS_MOST: usize = 20_000;

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

impl Why {
    /// How many there are.
    pub const COUNT: usize = 6;
    /// In the order of declaration, as measures name them.
    pub const NAMES: [&'static str; Self::COUNT] = [
        "shed",
        "overflow",
        "bulkhead",
        "breaker",
        "throttle",
        "no replica",
    ];
}

/// Both limiters of one client; the knob says which one counts.
#[derive(Clone, Copy, Debug)]
pub struct Limiter {
    /// Lets bursts pass.
    pub token: TokenBucket,
    /// Spreads them.
    pub leaky: LeakyBucket,
    /// Calls refused.
    pub refused: u64,
}

/// Counts of what became of calls at a gateway.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Calls that arrived.
    pub arrived: u64,
    /// Calls answered, by status.
    pub answered: [u64; Status::COUNT],
    /// Calls lost when it crashed.
    pub lost: u64,
    /// Calls that were readable, known and within their limits.
    pub accepted: u64,
    /// Of these, sent on to services.
    pub routed: u64,
    /// Of these, answered from the cache.
    pub from_cache: u64,
    /// Of these, waited for an answer that was being fetched.
    pub joined: u64,
    /// Of these, turned away because no service call could be made.
    pub turned_away: u64,
    /// Looked up in the cache.
    pub lookups: u64,
    /// Answers to service calls by name of end: see [`super::legs::End`].
    pub legs: [u64; 5],
    /// Service calls made.
    pub legs_begun: u64,
    /// 503, by [`Why`].
    pub refused: [u64; Why::COUNT],
    /// Replicas ejected, by replica.
    pub ejected: Vec<u64>,
}

/// One gateway.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Which.
    pub node: NodeId,
    /// Its queue and workers.
    pub station: Station<Ticket>,
    /// Calls that are not answered.
    pub calls: BTreeMap<u64, Call>,
    next_call: u64,
    /// One a client.
    pub limiters: [Limiter; TENANTS.len()],
    /// Answers it knows, by service and item.
    pub cache: Cache<(u8, u32)>,
    /// The latest lookups, a bit each, the last lowest: whether it knew.
    pub hits: u64,
    /// What is being fetched.
    pub fetching: BTreeMap<(u8, u32), LegKey>,
    /// Service calls that are not over.
    pub legs: BTreeMap<LegKey, Leg>,
    /// What it knows of each service.
    pub services: [Service; 3],
    /// What it knows of each replica.
    pub health: Health,
    /// See there.
    pub tally: Tally,
}

impl Gateway {
    /// An idle gateway before these replicas, those of a service together.
    pub fn new(node: NodeId, replicas: &[NodeId], parameters: &Parameters) -> Self {
        let each = replicas.len() / 3;
        let service = |index: usize| Service::new(&replicas[index * each..(index + 1) * each]);
        let limiter = Limiter {
            token: TokenBucket::new(parameters.rps.unwrap_or(0.0), parameters.burst),
            leaky: LeakyBucket::default(),
            refused: 0,
        };
        Self {
            node,
            station: Station::new(node, WORK),
            calls: BTreeMap::new(),
            next_call: 0,
            limiters: [limiter; 3],
            cache: Cache::default(),
            hits: 0,
            fetching: BTreeMap::new(),
            legs: BTreeMap::new(),
            services: [service(0), service(1), service(2)],
            health: Health::new(replicas.len()),
            tally: Tally {
                ejected: vec![0; replicas.len()],
                ..Tally::default()
            },
        }
    }

    /// Puts knobs in force.
    pub fn configure(&mut self, parameters: &Parameters, context: &mut Context) {
        let now = context.now();
        for limiter in &mut self.limiters {
            let rate = parameters.rps.unwrap_or(0.0);
            limiter.token.configure(rate, parameters.burst, now);
        }
        if parameters.ttl.is_none() {
            self.cache.clear();
        }
        for service in &mut self.services {
            service.balancer.set_policy(parameters.policy);
        }
        self.station.cap = parameters.gateway_queue;
        self.station.set_workers(parameters.gateway_workers);
        self.pump(parameters, context);
    }

    /// A call arrives.
    pub fn receive(
        &mut self,
        message: &Message,
        tenant: u8,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let Some(reply) = context.topology().reverse(message.link) else {
            return;
        };
        self.tally.arrived += 1;
        let id = self.next_call;
        self.next_call += 1;
        let call = Call {
            flow: message.flow,
            message: message.id,
            reply,
            tenant,
            asked: Asked::of_tag(message.tag),
            hue: message.hue,
            marks: message.marks,
            worker: None,
            open: 0,
            legs: 0,
            good: 0,
            failure: Status::Unavailable,
        };
        self.calls.insert(id, call);
        if self.calls.len() > CALLS_MOST {
            return self.turn_away(id, Why::Overflow, parameters, context);
        }
        match self.limit(tenant, parameters, context.now()) {
            None => {
                self.limiters[usize::from(tenant)].refused += 1;
                self.answer(id, Status::Limited, 0, parameters, context);
            }
            Some(Duration::ZERO) => self.admit(id, parameters, context),
            Some(wait) => {
                let (node, kind, data) = (self.node, ADMIT, id);
                context.after(wait, Timer { node, kind, data });
            }
        }
    }

    /// How long a client's call must wait at the door; none: it is over its
    /// limit.
    fn limit(&mut self, tenant: u8, parameters: &Parameters, now: Instant) -> Option<Duration> {
        let Some(rate) = parameters.rps else {
            return Some(Duration::ZERO);
        };
        let limiter = &mut self.limiters[usize::from(tenant)];
        if parameters.leaky {
            return limiter.leaky.offer(rate, parameters.burst, now);
        }
        limiter.token.take(1, now).then_some(Duration::ZERO)
    }

    /// A call goes in: to a worker, or into the queue.
    pub fn admit(&mut self, id: u64, parameters: &Parameters, context: &mut Context) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        if !parameters.blocking && parameters.gateway_work == Duration::ZERO {
            return self.decide(id, parameters, context);
        }
        if parameters.shed && self.is_too_full_for(call.tenant) {
            return self.turn_away(id, Why::Shed, parameters, context);
        }
        let ticket = Ticket {
            call: id,
            flow: call.flow,
            message: call.message,
            hue: call.hue,
            marks: call.marks,
        };
        match self.station.offer(ticket, context) {
            Admission::Admitted => self.pump(parameters, context),
            _ => self.turn_away(id, Why::Shed, parameters, context),
        }
    }

    /// The last client is refused from a third of the queue on, the first
    /// only when it is full.
    fn is_too_full_for(&self, tenant: u8) -> bool {
        let (depth, cap) = (self.station.depth() as usize, self.station.cap);
        let share = TENANTS.len() - usize::from(tenant);
        depth > 0 && depth * TENANTS.len() >= cap * share
    }

    /// Puts idle workers to work.
    fn pump(&mut self, parameters: &Parameters, context: &mut Context) {
        if !context.is_up(self.node) {
            return;
        }
        while let Some(queued) = self.station.take_next() {
            let takes = self.work(&queued.item, parameters, context);
            self.station.start(queued, takes, context);
        }
    }

    fn work(&self, ticket: &Ticket, parameters: &Parameters, context: &Context) -> Duration {
        let attempt = self.calls.get(&ticket.call).map(|call| call.asked.attempt);
        let key = u64::from(attempt.unwrap_or(0));
        let random = context.random();
        let uniform = random.keyed(GATEWAY_WORK, ticket.flow.0, key).uniform();
        parameters
            .gateway_work
            .scaled(exponential(uniform))
            .scaled(context.node(self.node).slow)
    }

    /// A worker is done with the gateway's own work on a call.
    pub fn worked(&mut self, worker: u64, parameters: &Parameters, context: &mut Context) {
        let Some(ticket) = self.station.finish_and_hold(worker, context) else {
            return;
        };
        let worker = worker as u16;
        if parameters.blocking {
            if let Some(call) = self.calls.get_mut(&ticket.call) {
                call.worker = Some(worker);
            }
            return self.decide(ticket.call, parameters, context);
        }
        self.free(worker, context);
        self.decide(ticket.call, parameters, context);
        self.pump(parameters, context);
    }

    fn free(&mut self, worker: u16, context: &mut Context) {
        let node = self.node;
        if let Some(ticket) = self.station.release(worker) {
            context.observe(|| Fact::Finished {
                node,
                flow: ticket.flow,
                message: ticket.message,
                worker,
                wanted: true,
            });
        }
    }

    /// Answers with 503.
    pub fn turn_away(&mut self, id: u64, why: Why, parameters: &Parameters, context: &mut Context) {
        self.tally.refused[why as usize] += 1;
        self.answer(id, Status::Unavailable, 0, parameters, context);
    }

    /// Answers a call, which is over then.
    pub fn answer(
        &mut self,
        id: u64,
        status: Status,
        extra: u32,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let Some(call) = self.calls.remove(&id) else {
            return;
        };
        self.tally.answered[status as usize] += 1;
        let role = match status.is_good() {
            true => Role::Response,
            false => Role::Error,
        };
        context.send(Draft {
            link: call.reply,
            flow: call.flow,
            cause: Some(call.message),
            tag: status as u32 | extra,
            role,
            hue: call.hue,
            marks: Marks {
                duplicate: false,
                ..call.marks
            },
        });
        if let Some(worker) = call.worker {
            self.free(worker, context);
            self.pump(parameters, context);
        }
    }

    /// Answers from the cache.
    pub fn answer_from_cache(&mut self, id: u64, parameters: &Parameters, context: &mut Context) {
        self.tally.from_cache += 1;
        self.answer(id, Status::Ok, CACHED, parameters, context);
    }

    /// The gateway forgets all it held and knew.
    pub fn crash(&mut self, parameters: &Parameters, context: &mut Context) {
        let (ran, waited) = self.station.crash();
        let (node, depth) = (self.node, self.station.depth());
        for (worker, ticket) in &ran {
            let (flow, message, worker) = (ticket.flow, ticket.message, *worker);
            context.observe(|| Fact::Interrupted {
                node,
                flow,
                message,
                worker,
            });
        }
        for ticket in &waited {
            let (flow, message, why) = (ticket.flow, ticket.message, CRASH);
            context.observe(|| Fact::Discarded {
                node,
                flow,
                message,
                why,
                depth,
            });
        }
        self.tally.lost += self.calls.len() as u64;
        self.calls.clear();
        self.cache.clear();
        self.hits = 0;
        for limiter in &mut self.limiters {
            limiter.token = TokenBucket::new(parameters.rps.unwrap_or(0.0), parameters.burst);
            limiter.leaky = LeakyBucket::default();
        }
        self.forget_services();
    }

    /// Work stands still, or goes on.
    pub fn set_paused(&mut self, paused: bool, parameters: &Parameters, context: &mut Context) {
        if paused {
            self.station.pause(context.now());
        } else {
            self.station.resume(context.now());
            self.pump(parameters, context);
        }
    }

    /// The share of the latest lookups that the cache answered, if any.
    pub fn hit_ratio(&self) -> Option<f64> {
        let seen = self.tally.lookups.min(64) as u32;
        (seen > 0).then(|| f64::from(self.hits.count_ones().min(seen)) / f64::from(seen))
    }
}
