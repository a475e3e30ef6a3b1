//! What a gateway decides about a call once it has worked on it: who may, what
//! is known already, which services to ask, and what to make of their answers.

use super::call::{CACHED, HOME, PRIVATE, SERVICES, Status, UNKNOWN};
use super::gateway::{Call, Gateway, JOIN, Why};
use super::knobs::{Key, Parameters};
use super::tally::{ACCEPTED, FROM_CACHE, JOINED, LOOKUPS, ROUTED, TURNED_AWAY};
use crate::kernel::{Context, MessageId, Purpose};

const GATEWAY_ERRORS: Purpose = Purpose::named("gateway errors");

impl Gateway {
    /// The gateway's own work on a call is done.
    pub fn decide(&mut self, id: MessageId, parameters: &Parameters, context: &mut Context) {
        let Some(call) = self.call(id).copied() else {
            return;
        };
        let (asked, attempt) = (call.asked, u64::from(call.asked.attempt));
        let random = context.random();
        let mut luck = random.keyed(GATEWAY_ERRORS, call.work.flow.0, attempt);
        let refusals = [
            (
                luck.uniform() < context.node(self.node).errors,
                Status::Failed,
            ),
            (asked.malformed, Status::BadRequest),
            (asked.bad_token, Status::BadToken),
            (asked.path == UNKNOWN, Status::NoRoute),
        ];
        for (refused, status) in refusals {
            if refused {
                return self.answer(id, status, 0, parameters, context);
            }
        }
        self.counts[ACCEPTED] += 1;
        let kept_as = u64::from(asked.path) << 20 | u64::from(asked.item);
        let is_public = asked.path != PRIVATE && asked.path != HOME && !asked.poison;
        let kept_as = Some(kept_as).filter(|_| is_public && parameters.is_on(Key::Ttl));
        if let Some(key) = kept_as {
            let known = self.cache.has(key, context.now());
            self.counts[LOOKUPS] += 1;
            self.hits = self.hits << 1 | u64::from(known);
            self.looked_up = (self.looked_up + 1).min(u64::BITS);
            if known {
                self.counts[FROM_CACHE] += 1;
                return self.answer(id, Status::Ok, CACHED, parameters, context);
            }
            if parameters.is_on(Key::Coalesce) && self.join_fetch(id, key) {
                self.counts[JOINED] += 1;
                return;
            }
        }
        self.ask(&call, kept_as, parameters, context);
    }

    /// Lets a call wait for what is being fetched, if it is.
    fn join_fetch(&mut self, id: MessageId, kept_as: u64) -> bool {
        let fetches = |leg: &super::legs::Leg| leg.kept_as == Some(kept_as);
        let Some(place) = self.legs.iter().position(fetches) else {
            return false;
        };
        self.legs[place].shared = true;
        let key = self.legs[place].key;
        if let Some(call) = self.call(id) {
            call.fetch = Some(key);
        }
        true
    }

    /// Asks the service of a call's path, or several for a composed answer.
    fn ask(
        &mut self,
        call: &Call,
        kept_as: Option<u64>,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let (id, path) = (call.work.message, call.asked.path);
        let legs = match path {
            HOME => parameters.count(Key::FanOut) as u16,
            _ => 1,
        };
        let (mut begun, mut refusal) = (0, Why::NoReplica);
        for leg in 0..legs {
            let service = match path {
                // Each aggregated call begins with another service.
                HOME => (call.work.flow.0 + u64::from(leg)) as usize % SERVICES.len(),
                _ => usize::from(path),
            };
            match self.begin_leg(call, leg, service, kept_as, parameters, context) {
                Ok(()) => begun += 1,
                Err(why) => refusal = why,
            }
        }
        if begun == 0 {
            self.counts[TURNED_AWAY] += 1;
            return self.turn_away(id, refusal, parameters, context);
        }
        self.counts[ROUTED] += 1;
        if let Some(call) = self.call(id) {
            (call.legs, call.open) = (legs, begun);
        }
        if let Some(join) = parameters.time(Key::Join).filter(|_| path == HOME) {
            self.remind(join, JOIN, id.0.get(), context);
        }
    }

    /// A leg is over: its call may be, too.
    pub fn settle(
        &mut self,
        id: MessageId,
        status: Status,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let Some(call) = self.call(id) else {
            return;
        };
        call.open = call.open.saturating_sub(1);
        match status {
            Status::Ok => call.good += 1,
            bad => call.failure = bad,
        }
        if call.open == 0 {
            self.join(id, parameters, context);
        }
    }

    /// The time to join an aggregated call is up: what has come must do.
    pub fn join_is_due(&mut self, id: MessageId, parameters: &Parameters, context: &mut Context) {
        if let Some(call) = self.call(id) {
            call.failure = Status::Timeout;
            self.join(id, parameters, context);
        }
    }

    /// Answers with what has come.
    fn join(&mut self, id: MessageId, parameters: &Parameters, context: &mut Context) {
        let Some(call) = self.call(id) else {
            return;
        };
        let status = match call.good {
            0 => call.failure,
            good if good == call.legs => Status::Ok,
            _ => Status::Partial,
        };
        self.answer(id, status, 0, parameters, context);
    }
}
