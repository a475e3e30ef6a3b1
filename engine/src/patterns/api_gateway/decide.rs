//! What a gateway decides about a call once it has worked on it: who may, what
//! is known already, which services to ask, and what to make of their answers.

use super::call::{CACHEABLE, Call, LegKey, Path, Status};
use super::gateway::{Gateway, JOIN, Why};
use super::legs::End;
use super::parameters::Parameters;
use crate::kernel::{Context, Purpose, Timer};

const GATEWAY_ERRORS: Purpose = Purpose::named("gateway errors");

impl Gateway {
    /// The gateway's own work on a call is done.
    pub fn decide(&mut self, id: u64, parameters: &Parameters, context: &mut Context) {
        let Some(call) = self.calls.get(&id).copied() else {
            return;
        };
        let refusal = if self.fails(&call, context) {
            Some(Status::Failed)
        } else if call.asked.malformed {
            Some(Status::BadRequest)
        } else if call.asked.bad_token {
            Some(Status::BadToken)
        } else if call.asked.path == Path::Unknown {
            Some(Status::NoRoute)
        } else {
            None
        };
        if let Some(status) = refusal {
            return self.answer(id, status, 0, parameters, context);
        }
        self.tally.accepted += 1;
        match call.asked.path {
            Path::Service(service) => self.ask_one(id, &call, service, parameters, context),
            _ => self.ask_several(id, &call, parameters, context),
        }
    }

    /// The node's errors: a share of the gateway's own work fails.
    fn fails(&self, call: &Call, context: &Context) -> bool {
        let errors = context.node(self.node).errors;
        let attempt = u64::from(call.asked.attempt);
        let draws = || {
            context
                .random()
                .keyed(GATEWAY_ERRORS, call.flow.0, attempt)
                .uniform()
        };
        errors > 0.0 && draws() < errors
    }

    fn ask_one(
        &mut self,
        id: u64,
        call: &Call,
        service: u8,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let key = (service, call.asked.item);
        let cacheable =
            parameters.ttl.is_some() && CACHEABLE[usize::from(service)] && !call.asked.poison;
        if cacheable {
            let known = self.cache.has(key, context.now());
            self.tally.lookups += 1;
            self.hits = self.hits << 1 | u64::from(known);
            if known {
                return self.answer_from_cache(id, parameters, context);
            }
            if parameters.coalesce && self.join_fetch(id, key) {
                self.tally.joined += 1;
                return;
            }
        }
        match self.begin_leg(
            id,
            0,
            service,
            cacheable.then_some(key),
            parameters,
            context,
        ) {
            Ok(leg) => {
                self.tally.routed += 1;
                self.await_legs(id, 1, 1);
                if cacheable {
                    self.fetching.entry(key).or_insert(leg);
                }
            }
            Err(why) => {
                self.tally.turned_away += 1;
                self.turn_away(id, why, parameters, context);
            }
        }
    }

    /// Lets a call wait for what is being fetched, if it is.
    fn join_fetch(&mut self, id: u64, key: (u8, u32)) -> bool {
        let fetch = self.fetching.get(&key);
        let Some(leg) = fetch.and_then(|leg| self.legs.get_mut(leg)) else {
            return false;
        };
        leg.waiters.push(id);
        true
    }

    fn await_legs(&mut self, id: u64, legs: u16, open: u16) {
        if let Some(call) = self.calls.get_mut(&id) {
            (call.legs, call.open) = (legs, open);
        }
    }

    fn ask_several(
        &mut self,
        id: u64,
        call: &Call,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let (mut begun, mut refusal) = (0, Why::NoReplica);
        for leg in 0..parameters.fan_out {
            // Each aggregated call begins with another service.
            let service = ((call.flow.0 + u64::from(leg)) % 3) as u8;
            match self.begin_leg(id, leg, service, None, parameters, context) {
                Ok(_) => begun += 1,
                Err(why) => refusal = why,
            }
        }
        if begun == 0 {
            self.tally.turned_away += 1;
            return self.turn_away(id, refusal, parameters, context);
        }
        self.tally.routed += 1;
        self.await_legs(id, parameters.fan_out, begun);
        if let Some(join) = parameters.join {
            let (node, kind, data) = (self.node, JOIN, id);
            context.after(join, Timer { node, kind, data });
        }
    }

    /// A leg is over: its call may be, too.
    pub fn settle(&mut self, id: u64, end: End, parameters: &Parameters, context: &mut Context) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.open = call.open.saturating_sub(1);
        match end.status() {
            Status::Ok => call.good += 1,
            bad => call.failure = bad,
        }
        if call.open == 0 {
            let status = joined(call);
            self.answer(id, status, 0, parameters, context);
        }
    }

    /// The time to join an aggregated call is up: what has come must do.
    pub fn join_is_due(&mut self, id: u64, parameters: &Parameters, context: &mut Context) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.failure = Status::Timeout;
            let status = joined(call);
            self.answer(id, status, 0, parameters, context);
        }
    }
}

fn joined(call: &Call) -> Status {
    match call.good {
        0 => call.failure,
        good if good == call.legs => Status::Ok,
        _ => Status::Partial,
    }
}

/// The key of a leg's fetch is free again.
pub fn end_fetch(gateway: &mut Gateway, key: (u8, u32), leg: LegKey) {
    if gateway.fetching.get(&key) == Some(&leg) {
        gateway.fetching.remove(&key);
    }
}
