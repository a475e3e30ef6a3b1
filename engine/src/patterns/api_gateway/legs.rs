//! Calls from a gateway to services: may it be made, at which replica, and
//! how it ended.

use super::call::{LegKey, POISON, REFUSED, Status};
use super::decide::end_fetch;
use super::gateway::{Gateway, LEG_TIMEOUT, Why};
use super::parameters::Parameters;
use crate::kernel::model::Draft;
use crate::kernel::{Context, Fact, FlowId, Instant, Marks, Message, NodeId, Purpose, Role, Timer};
use crate::parts::balancer::{Balancer, Policy};
use crate::parts::breaker::{Breaker, BreakerState};
use crate::parts::outlier::Outliers;
use crate::parts::throttle::Throttle;

const BALANCE: Purpose = Purpose::named("balance");
const THROTTLE: Purpose = Purpose::named("throttle");

/// Kinds of `Fact::Noted`, as `Pattern::notes` names them.
pub const OPENED: u8 = 0;
/// A breaker.
pub const HALF_OPENED: u8 = 1;
/// A breaker.
pub const CLOSED: u8 = 2;
/// A replica.
pub const EJECTED: u8 = 3;
/// A replica.
pub const LET_BACK: u8 = 4;
/// A replica.
pub const UNHEALTHY: u8 = 5;
/// A replica.
pub const HEALTHY: u8 = 6;

/// A call to a service.
#[derive(Clone, Debug)]
pub struct Leg {
    /// For which call of the gateway's.
    pub call: u64,
    /// At which service.
    pub service: u8,
    /// At which of its replicas.
    pub replica: u16,
    since: Instant,
    /// When its time is up; an earlier timer is of an earlier leg of its key.
    pub due: Option<Instant>,
    /// What to keep its answer as.
    pub key: Option<(u8, u32)>,
    /// Calls that wait for the same answer.
    pub waiters: Vec<u64>,
}

/// How a service call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Answered.
    Answered,
    /// The service failed on it.
    Failed,
    /// The service would not take it.
    Refused,
    /// No answer in time.
    TimedOut,
    /// The gateway went down.
    Forgotten,
}

impl End {
    /// As a client sees it.
    pub const fn status(self) -> Status {
        match self {
            Self::Answered => Status::Ok,
            Self::Failed => Status::Failed,
            Self::Refused | Self::Forgotten => Status::Unavailable,
            Self::TimedOut => Status::Timeout,
        }
    }
}

/// What a gateway knows of one service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its replicas.
    pub replicas: Vec<NodeId>,
    /// Calls open, by replica.
    pub outstanding: Vec<u32>,
    /// Calls open, together: what the bulkhead limits.
    pub open: u32,
    /// Chooses a replica.
    pub balancer: Balancer,
    /// Refuses while the service fails.
    pub breaker: Breaker,
    /// How often the breaker opened, half-opened and closed.
    pub turns: [u64; 3],
    /// Refuses while the service refuses.
    pub throttle: Throttle,
    /// Replicas that fail.
    pub outliers: Outliers,
    /// Calls sent, by replica.
    pub sent: Vec<u64>,
}

impl Service {
    /// A service of which nothing bad is known.
    pub fn new(replicas: &[NodeId]) -> Self {
        Self {
            replicas: replicas.to_vec(),
            outstanding: vec![0; replicas.len()],
            open: 0,
            balancer: Balancer::new(Policy::default()),
            breaker: Breaker::default(),
            turns: [0; 3],
            throttle: Throttle::default(),
            outliers: Outliers::new(replicas.len()),
            sent: vec![0; replicas.len()],
        }
    }

    /// Notes a turn of the breaker since it was in `before`.
    fn note_turn(&mut self, before: BreakerState, context: &mut Context) {
        let kind = match self.breaker.state() {
            state if state == before => return,
            BreakerState::Open => OPENED,
            BreakerState::HalfOpen => HALF_OPENED,
            BreakerState::Closed => CLOSED,
        };
        self.turns[usize::from(kind)] += 1;
        let node = self.replicas[0];
        note(kind, node, context);
    }
}

/// Tells what is no message.
pub fn note(kind: u8, node: NodeId, context: &mut Context) {
    context.observe(|| Fact::Noted {
        kind,
        node,
        flow: FlowId::NONE,
        value: 0,
    });
}

impl Gateway {
    /// Calls a service for a call, if everything that protects it permits.
    pub fn begin_leg(
        &mut self,
        id: u64,
        leg: u16,
        service: u8,
        key: Option<(u8, u32)>,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Result<LegKey, Why> {
        let call = *self.calls.get(&id).ok_or(Why::Overflow)?;
        let leg_key = self.free_key(call.flow, call.asked.attempt, leg);
        let replica = self.permit(service, leg_key, parameters, context)?;
        let it = &mut self.services[usize::from(service)];
        let to = it.replicas[replica];
        let Some(link) = context.topology().between(self.node, to) else {
            return Err(Why::NoReplica);
        };
        it.open += 1;
        it.outstanding[replica] += 1;
        it.sent[replica] += 1;
        self.tally.legs_begun += 1;
        self.legs.insert(
            leg_key,
            Leg {
                call: id,
                service,
                replica: replica as u16,
                since: context.now(),
                due: parameters.timeout.map(|timeout| context.now() + timeout),
                key,
                waiters: Vec::new(),
            },
        );
        if let Some(timeout) = parameters.timeout {
            let (node, kind, data) = (self.node, LEG_TIMEOUT, leg_key.pack());
            context.after(timeout, Timer { node, kind, data });
        }
        context.send(Draft {
            link,
            flow: call.flow,
            cause: Some(call.message),
            tag: leg_key.tag | if call.asked.poison { POISON } else { 0 },
            role: Role::Request,
            hue: call.hue,
            marks: Marks {
                duplicate: false,
                ..call.marks
            },
        });
        Ok(leg_key)
    }

    /// A key that no open leg has: copies of a call made by the network are
    /// calls of their own.
    fn free_key(&self, flow: FlowId, attempt: u8, leg: u16) -> LegKey {
        let key = |copy| LegKey::new(flow, attempt, leg, copy);
        let free = (0..64).map(key).find(|key| !self.legs.contains_key(key));
        free.unwrap_or_else(|| key(0))
    }

    /// Which replica may be called, if any.
    fn permit(
        &mut self,
        service: u8,
        key: LegKey,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Result<usize, Why> {
        if self.legs.contains_key(&key) {
            return Err(Why::Overflow);
        }
        let (now, random) = (context.now(), context.random());
        let index = usize::from(service);
        let it = &mut self.services[index];
        if parameters.bulkhead.is_some_and(|most| it.open >= most) {
            return Err(Why::Bulkhead);
        }
        let tag = u64::from(key.tag);
        if let Some(factor) = parameters.throttle {
            let uniform = random.keyed(THROTTLE, key.flow.0, tag).uniform();
            if !it.throttle.permits(factor, uniform, now) {
                return Err(Why::Throttle);
            }
        }
        let mut draws = random.keyed(BALANCE, key.flow.0, tag);
        let uniforms = (draws.uniform(), draws.uniform());
        let replica = self.choose(index, uniforms).ok_or(Why::NoReplica)?;
        let it = &mut self.services[index];
        let before = it.breaker.state();
        let permitted = it.breaker.permits(&parameters.breaker, now);
        it.note_turn(before, context);
        if permitted {
            Ok(replica)
        } else {
            Err(Why::Breaker)
        }
    }

    /// A replica that is healthy and not ejected; if all healthy ones are
    /// ejected, one of them.
    fn choose(&mut self, service: usize, uniforms: (f64, f64)) -> Option<usize> {
        let Service {
            replicas,
            outstanding,
            balancer,
            outliers,
            ..
        } = &mut self.services[service];
        let first = service * replicas.len();
        let health = &self.health;
        let healthy = |replica: usize| health.is_healthy(first + replica);
        let fine = |replica: usize| healthy(replica) && !outliers.is_ejected(replica);
        balancer
            .choose(outstanding, fine, None, uniforms)
            .or_else(|| balancer.choose(outstanding, healthy, None, uniforms))
    }

    /// A service answers.
    pub fn hear(&mut self, message: &Message, parameters: &Parameters, context: &mut Context) {
        let key = LegKey {
            flow: message.flow,
            tag: message.tag & super::call::LEG_TAG,
        };
        let from = context.topology().link(message.link).from;
        let is_its = |leg: &Leg| {
            self.services[usize::from(leg.service)].replicas[usize::from(leg.replica)] == from
        };
        if !self.legs.get(&key).is_some_and(is_its) {
            return;
        }
        let end = match message.role {
            Role::Response => End::Answered,
            _ if message.tag & REFUSED != 0 => End::Refused,
            _ => End::Failed,
        };
        self.end_leg(key, end, parameters, context);
    }

    /// The time for a service call is up.
    pub fn leg_is_due(&mut self, key: LegKey, parameters: &Parameters, context: &mut Context) {
        let due = self.legs.get(&key).and_then(|leg| leg.due);
        if due.is_some_and(|due| due <= context.now()) {
            self.end_leg(key, End::TimedOut, parameters, context);
        }
    }

    /// A service call is over.
    pub fn end_leg(
        &mut self,
        key: LegKey,
        end: End,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let Some(leg) = self.legs.remove(&key) else {
            return;
        };
        self.tally.legs[end as usize] += 1;
        self.learn(&leg, end, parameters, context);
        if let Some(kept_as) = leg.key {
            end_fetch(self, kept_as, key);
            if let Some(ttl) = parameters.ttl.filter(|_| end == End::Answered) {
                let now = context.now();
                self.cache.put(kept_as, now + ttl, now);
            }
        }
        self.settle(leg.call, end, parameters, context);
        for waiter in leg.waiters {
            self.answer(waiter, end.status(), 0, parameters, context);
        }
    }

    /// What the end of a call says of its service and its replica.
    fn learn(&mut self, leg: &Leg, end: End, parameters: &Parameters, context: &mut Context) {
        let now = context.now();
        let it = &mut self.services[usize::from(leg.service)];
        let replica = usize::from(leg.replica);
        it.open -= 1;
        it.outstanding[replica] -= 1;
        let failed = end != End::Answered;
        if end != End::Refused && end != End::TimedOut {
            it.throttle.accept(now);
        }
        let before = it.breaker.state();
        let took = now.since(leg.since);
        it.breaker.record(failed, took, &parameters.breaker, now);
        it.note_turn(before, context);
        if it
            .outliers
            .record(replica, failed, &parameters.outlier, now)
        {
            let node = it.replicas[replica];
            let each = it.replicas.len();
            self.tally.ejected[usize::from(leg.service) * each + replica] += 1;
            note(EJECTED, node, context);
        }
    }

    /// The gateway went down: it knows of no calls, and nothing bad.
    pub fn forget_services(&mut self) {
        self.tally.legs[End::Forgotten as usize] += self.legs.len() as u64;
        self.legs.clear();
        self.fetching.clear();
        for service in &mut self.services {
            service.open = 0;
            service.outstanding.fill(0);
            service.breaker = Breaker::default();
            service.throttle = Throttle::default();
            service.outliers = Outliers::new(service.replicas.len());
        }
        self.health.forget();
    }
}
