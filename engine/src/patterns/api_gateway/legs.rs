//! Calls from a gateway to services: may it be made, at which replica, and
//! how it ended.

use super::call::{POISON, REFUSED, SERVICES, Status, leg_key};
use super::gateway::{Call, Gateway, Known, LEG_TIMEOUT, Why};
use super::knobs::{Key, Parameters};
use super::tally::{ENDS, LEGS, TURNS};
use crate::kernel::{Context, FlowId, Instant, Message, MessageId, NodeId, Purpose, Role};
use crate::parts::balancer::{Balancer, Policy};
use crate::parts::breaker::{Breaker, BreakerState};
use crate::parts::outlier::Outliers;
use crate::parts::throttle::Throttle;

/// A gateway has at most so many service calls open; more are refused.
pub const LEGS_MOST: usize = 10_000;

const BALANCE: Purpose = Purpose::named("balance");
const THROTTLE: Purpose = Purpose::named("throttle");

/// Kinds of `Fact::Noted`, as `Pattern::notes` names them; the first three
/// are of a breaker,
pub const OPENED: u8 = 0;
/// the others of a replica.
pub const EJECTED: u8 = 3;
/// See there.
pub const LET_BACK: u8 = 4;
/// See there.
pub const UNHEALTHY: u8 = 5;
/// See there.
pub const HEALTHY: u8 = 6;

/// A call to a service.
#[derive(Clone, Copy, Debug)]
pub struct Leg {
    /// See [`leg_key`].
    pub key: u64,
    /// For which call.
    pub call: MessageId,
    /// At which replica.
    pub replica: usize,
    since: Instant,
    /// When its time is up; an earlier timer is of an earlier leg of its key.
    due: Option<Instant>,
    /// What to keep its answer as.
    pub kept_as: Option<u64>,
    /// Whether other calls wait for its answer.
    pub shared: bool,
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
    /// Calls open: what the bulkhead limits.
    pub open: u32,
    /// Chooses a replica.
    pub balancer: Balancer,
    /// Refuses while the service fails.
    pub breaker: Breaker,
    /// Refuses while the service refuses.
    pub throttle: Throttle,
    /// Replicas that fail.
    pub outliers: Outliers,
}

/// Services of which nothing bad is known.
pub fn fresh(replicas: usize) -> Vec<Service> {
    let mut services = Vec::new();
    for _ in SERVICES {
        services.push(Service {
            open: 0,
            balancer: Balancer::new(Policy::default()),
            breaker: Breaker::default(),
            throttle: Throttle::default(),
            outliers: Outliers::new(replicas),
        });
    }
    services
}

/// Tells what is no message.
pub fn note(kind: u8, node: NodeId, context: &mut Context) {
    context.note(kind, node, FlowId::NONE, 0);
}

impl Gateway {
    fn leg_place(&self, key: u64) -> Result<usize, usize> {
        self.legs.binary_search_by_key(&key, |leg| leg.key)
    }

    /// An open service call.
    pub fn leg(&self, key: u64) -> Option<&Leg> {
        self.legs.get(self.leg_place(key).ok()?)
    }

    /// Calls a service for a call, if everything that protects it permits.
    pub fn begin_leg(
        &mut self,
        call: &Call,
        leg: u16,
        service: usize,
        kept_as: Option<u64>,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Result<(), Why> {
        let tag = self.free_tag(call, leg);
        let key = leg_key(call.work.flow, tag);
        let (Err(place), true) = (self.leg_place(key), self.legs.len() < LEGS_MOST) else {
            return Err(Why::Overflow);
        };
        let replica = self.permit(service, call.work.flow, tag, parameters, context)?;
        self.services[service].open += 1;
        self.outstanding[replica] += 1;
        self.known[replica].sent += 1;
        self.counts[LEGS] += 1;
        let timeout = parameters.time(Key::Timeout);
        let since = context.now();
        let leg = Leg {
            key,
            call: call.work.message,
            replica,
            since,
            due: timeout.map(|timeout| since + timeout),
            kept_as,
            shared: false,
        };
        self.legs.insert(place, leg);
        if let Some(timeout) = timeout {
            self.remind(timeout, LEG_TIMEOUT, key, context);
        }
        let poison = if call.asked.poison { POISON } else { 0 };
        let link = self.layout.to_replica(self.index, replica);
        call.work.send(link, Role::Request, tag | poison, context);
        Ok(())
    }

    /// A tag that no open leg has: copies of a call made by the network are
    /// calls of their own.
    fn free_tag(&self, call: &Call, leg: u16) -> u32 {
        let tag = u32::from(call.asked.attempt & 15) | u32::from(leg & 127) << 4;
        let mut copy = 0;
        while copy < 63
            && self
                .leg(leg_key(call.work.flow, tag | copy << 11))
                .is_some()
        {
            copy += 1;
        }
        tag | copy << 11
    }

    /// Which replica may be called, if any.
    fn permit(
        &mut self,
        service: usize,
        flow: FlowId,
        tag: u32,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Result<usize, Why> {
        let (now, random, tag) = (context.now(), context.random(), u64::from(tag));
        let it = &mut self.services[service];
        let most = parameters.number(Key::Bulkhead);
        if most > 0.0 && f64::from(it.open) >= most {
            return Err(Why::Bulkhead);
        }
        let factor = parameters.number(Key::Throttle);
        if factor > 0.0 {
            let uniform = random.keyed(THROTTLE, flow.0, tag).uniform();
            if !it.throttle.permits(factor, uniform, now) {
                return Err(Why::Throttle);
            }
        }
        let mut draws = random.keyed(BALANCE, flow.0, tag);
        let uniforms = (draws.uniform(), draws.uniform());
        it.balancer.set_policy(parameters.policy());
        let replica = self.choose(service, uniforms).ok_or(Why::NoReplica)?;
        let before = self.services[service].breaker.state();
        let breaker = &mut self.services[service].breaker;
        let permitted = breaker.permits(&parameters.breaker, now);
        self.note_turn(service, before, context);
        permitted.then_some(replica).ok_or(Why::Breaker)
    }

    /// A replica that is healthy and not ejected; if all healthy ones are
    /// ejected, one of them.
    fn choose(&mut self, service: usize, uniforms: (f64, f64)) -> Option<usize> {
        let each = self.layout.each;
        let known = &self.known[service * each..][..each];
        let outstanding = &self.outstanding[service * each..][..each];
        let Service {
            balancer, outliers, ..
        } = &mut self.services[service];
        let mut chosen = None;
        for ejected_too in [false, true] {
            let fine = |replica: usize| {
                known[replica].is_healthy() && (ejected_too || !outliers.is_ejected(replica))
            };
            chosen = chosen.or_else(|| balancer.choose(outstanding, fine, None, uniforms));
        }
        chosen.map(|replica| service * each + replica)
    }

    /// Notes a turn of the breaker since it was in `before`.
    fn note_turn(&mut self, service: usize, before: BreakerState, context: &mut Context) {
        let state = self.services[service].breaker.state();
        if state == before {
            return;
        }
        let turn = match state {
            BreakerState::Open => OPENED,
            BreakerState::HalfOpen => 1,
            BreakerState::Closed => 2,
        };
        self.counts[TURNS + 3 * service + usize::from(turn)] += 1;
        note(
            turn,
            self.layout.replica(service * self.layout.each),
            context,
        );
    }

    /// A replica answers.
    pub fn hear(
        &mut self,
        message: &Message,
        replica: usize,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let key = leg_key(message.flow, message.tag);
        if self.leg(key).is_none_or(|leg| leg.replica != replica) {
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
    pub fn leg_is_due(&mut self, key: u64, parameters: &Parameters, context: &mut Context) {
        let due = self.leg(key).and_then(|leg| leg.due);
        if due.is_some_and(|due| due <= context.now()) {
            self.end_leg(key, End::TimedOut, parameters, context);
        }
    }

    /// A service call is over.
    fn end_leg(&mut self, key: u64, end: End, parameters: &Parameters, context: &mut Context) {
        let Ok(place) = self.leg_place(key) else {
            return;
        };
        let leg = self.legs.remove(place);
        self.counts[ENDS + end as usize] += 1;
        self.learn(&leg, end, parameters, context);
        let ttl = parameters.time(Key::Ttl);
        if let (Some(kept_as), Some(ttl), End::Answered) = (leg.kept_as, ttl, end) {
            self.cache.put(kept_as, context.now() + ttl, context.now());
        }
        self.settle(leg.call, end.status(), parameters, context);
        let mut place = 0;
        while leg.shared && place < self.calls.len() {
            let call = self.calls[place];
            if call.fetch == Some(key) {
                let id = call.work.message;
                self.answer(id, end.status(), 0, parameters, context);
            } else {
                place += 1;
            }
        }
    }

    /// What the end of a call says of its service and its replica.
    fn learn(&mut self, leg: &Leg, end: End, parameters: &Parameters, context: &mut Context) {
        let (now, each) = (context.now(), self.layout.each);
        let service = leg.replica / each;
        let it = &mut self.services[service];
        it.open -= 1;
        self.outstanding[leg.replica] -= 1;
        let failed = end != End::Answered;
        if end != End::Refused && end != End::TimedOut {
            it.throttle.accept(now);
        }
        let (before, took) = (it.breaker.state(), now.since(leg.since));
        it.breaker.record(failed, took, &parameters.breaker, now);
        let replica = leg.replica % each;
        let ejected = it
            .outliers
            .record(replica, failed, &parameters.outlier, now);
        self.note_turn(service, before, context);
        if ejected {
            self.known[leg.replica].ejected += 1;
            note(EJECTED, self.layout.replica(leg.replica), context);
        }
    }

    /// The gateway went down: it knows of no calls, and nothing bad.
    pub fn forget_services(&mut self) {
        self.counts[ENDS + End::Forgotten as usize] += self.legs.len() as u64;
        self.legs.clear();
        self.services = fresh(self.layout.each);
        self.outstanding.fill(0);
        for known in &mut self.known {
            *known = Known {
                sent: known.sent,
                ejected: known.ejected,
                ..Known::default()
            };
        }
        self.forget_rounds();
    }
}
