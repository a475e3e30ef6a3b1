//! Handlers: each command is decided on state folded from the log (snapshot
//! and tail), and appended if nobody else was first.

use super::state::*;
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, Duration, FlowId, Hue, Marks, Message, MessageId, NodeId, Purpose, Role, Timer,
};
use crate::parts::station::{Admission, Work};

/// Timers: the data of all but the first is the flow, the attempt, its step.
pub const FINISH: u8 = 1;
pub const FOLDED: u8 = 2;
pub const AGAIN: u8 = 3;
/// No answer came from snapshots or log.
pub const SILENCE: u8 = 4;

/// Reasons of `Fact::Discarded`, as `Pattern::discards` names them.
pub const FULL: u8 = 0;
pub const CRASH: u8 = 1;

/// Kinds of notes, as `Pattern::notes` names them.
pub const NOTE_CONFLICT: u8 = 0;
pub const NOTE_STALE: u8 = 1;
pub const NOTE_REBUILT: u8 = 2;

const ERRORS: Purpose = Purpose::named("errors");
const BACKOFF: Purpose = Purpose::named("backoff");

pub fn key_of(flow: FlowId, attempt: usize, step: u8) -> u64 {
    flow.0 << 12 | (attempt as u64 & 0xf) << 8 | u64::from(step)
}

pub fn of_key(data: u64) -> (FlowId, usize, u8) {
    (FlowId(data >> 12), (data >> 8 & 0xf) as usize, data as u8)
}

impl EventSourcing {
    /// Sends one message of a flow.
    pub fn post(
        &mut self,
        (from, to): (NodeId, NodeId),
        role: Role,
        flow: FlowId,
        tag: u32,
        cause: Option<MessageId>,
        context: &mut Context,
    ) {
        let Some(link) = context.topology().between(from, to) else {
            return;
        };
        let mut hue = Hue::ROLE;
        if let Some(it) = self.flows.get_mut(flow.0).filter(|_| what_of(tag) < EVENT) {
            it.air += 1;
            hue = Hue::of(it.account as usize);
        }
        let marks = Marks {
            retry: what_of(tag) == COMMAND && attempt_of(tag) > 0,
            ..Marks::default()
        };
        context.send(Draft {
            link,
            flow,
            cause,
            tag,
            role,
            hue,
            marks,
        });
    }

    /// Something of a flow is no longer on the way; one that is over and has
    /// nothing more there is forgotten.
    pub fn landed(&mut self, flow: FlowId) {
        if let Some(it) = self.flows.get_mut(flow.0) {
            it.air = it.air.saturating_sub(1);
        }
        self.forget(flow);
    }

    pub fn forget(&mut self, flow: FlowId) {
        if self
            .flows
            .get(flow.0)
            .is_some_and(|it| it.ended && it.air == 0)
        {
            self.flows.remove(flow.0);
        }
    }

    /// Work stays at a station.
    pub fn take_off(&mut self, flow: FlowId) {
        if let Some(it) = self.flows.get_mut(flow.0) {
            it.air += 1;
        }
    }

    /// A command arrives at a handler.
    pub fn receive_command(&mut self, handler: usize, message: &Message, context: &mut Context) {
        let (flow, attempt) = (message.flow, attempt_of(message.tag));
        let Some(work) = Work::of(message, context) else {
            return;
        };
        let Some(it) = self.at(flow, attempt, Stage::Waits) else {
            return;
        };
        if it.step > 0 {
            // A copy of what is in hand.
            self.tally.deduplicated += 1;
            return self.handlers[handler].deduplicated(&work, context);
        }
        it.step = 1;
        match self.handlers[handler].offer(work, context) {
            Admission::Admitted => self.take_off(flow),
            _ => {
                self.handlers[handler].discard(&work, FULL, context);
                self.set(flow, attempt, Stage::Over);
                self.reply(handler, flow, attempt, NO_ROOM, context);
            }
        }
        self.hand_out(handler, context);
    }

    /// Enters a stage; timers of earlier ones are void from now on.
    fn set(&mut self, flow: FlowId, attempt: usize, stage: Stage) {
        if let Some(it) = self.attempt(flow, attempt) {
            it.stage = stage;
            it.step = it.step.wrapping_add(1).max(1);
        }
    }

    /// Puts idle workers to work.
    pub fn hand_out(&mut self, handler: usize, context: &mut Context) {
        let node = self.handlers[handler].node();
        if !context.is_up(node) {
            return;
        }
        while let Some(queued) = self.handlers[handler].take_next() {
            let work = queued.item;
            let (distribution, mean) = (self.parameters.distribution, self.parameters.service);
            let key = u64::from(work.tag);
            let takes = distribution.takes(mean, work.flow, key, node, context);
            self.handlers[handler].start(queued, takes, context);
        }
    }

    /// A worker has taken a command in: it needs the account's state.
    pub fn taken_in(&mut self, handler: usize, worker: u64, context: &mut Context) {
        let Some(work) = self.handlers[handler].finish_and_hold(worker, context) else {
            return;
        };
        let (flow, attempt) = (work.flow, attempt_of(work.tag));
        if let Some(it) = self.attempt(flow, attempt) {
            it.seat = worker as u16;
        }
        self.load(handler, flow, attempt, context);
    }

    /// Begins a load, at the snapshot if there are any.
    fn load(&mut self, handler: usize, flow: FlowId, attempt: usize, context: &mut Context) {
        if let Some(it) = self.attempt(flow, attempt) {
            it.loaded = [Loaded::default(); 2];
        }
        let stage = match self.parameters.snapshot_every {
            0 => Stage::ReadsEvents,
            _ => Stage::ReadsSnapshot,
        };
        self.ask(handler, flow, attempt, stage, context);
    }

    /// Asks snapshots or log, and again if no answer comes.
    fn ask(
        &mut self,
        handler: usize,
        flow: FlowId,
        attempt: usize,
        stage: Stage,
        context: &mut Context,
    ) {
        self.set(flow, attempt, stage);
        let Some(it) = self.flows.get(flow.0) else {
            return;
        };
        let (to, role, what) = match stage {
            Stage::ReadsSnapshot => (self.snapshots_at, Role::Request, GET_SNAPSHOT),
            Stage::Appends => (self.store.node(), Role::Command, APPEND),
            _ => (self.store.node(), Role::Request, GET_EVENTS),
        };
        let (cause, step) = (it.message, it.tries[attempt].step);
        let version = it.tries[attempt].loaded[0].version;
        let tag = tag_of(what, attempt, 0, u64::from(version));
        let node = self.handlers[handler].node();
        self.post((node, to), role, flow, tag, Some(cause), context);
        let (kind, data) = (SILENCE, key_of(flow, attempt, step));
        context.after(PATIENCE, Timer { node, kind, data });
    }

    /// No answer: without snapshots it can do, without the log it cannot.
    pub fn silent(&mut self, handler: usize, data: u64, context: &mut Context) {
        let (flow, attempt, step) = of_key(data);
        let Some(it) = self.attempt(flow, attempt).filter(|it| it.step == step) else {
            return;
        };
        let stage = it.stage;
        let given_up = self
            .flows
            .get(flow.0)
            .is_none_or(|it| it.ended || it.tries.len() > attempt + 1);
        match stage {
            Stage::ReadsSnapshot | Stage::ReadsEvents | Stage::Appends if given_up => {
                self.leave(handler, flow, attempt, context);
            }
            Stage::ReadsSnapshot => self.ask(handler, flow, attempt, Stage::ReadsEvents, context),
            Stage::ReadsEvents | Stage::Appends => {
                self.ask(handler, flow, attempt, stage, context);
            }
            _ => {}
        }
    }

    /// The snapshot store has answered.
    pub fn snapshot_is_here(&mut self, handler: usize, message: &Message, context: &mut Context) {
        let (flow, attempt) = (message.flow, attempt_of(message.tag));
        if let Some(it) = self.at(flow, attempt, Stage::ReadsSnapshot) {
            it.loaded = it.answer;
            self.ask(handler, flow, attempt, Stage::ReadsEvents, context);
        }
    }

    /// The events since then are here: they are folded, which takes its time.
    pub fn tail_is_here(&mut self, handler: usize, message: &Message, context: &mut Context) {
        let (flow, attempt) = (message.flow, attempt_of(message.tag));
        let Some(it) = self.at(flow, attempt, Stage::ReadsEvents) else {
            return;
        };
        let loaded = it.answer;
        if u64::from(loaded[0].version) & 0xf_ffff != value_of(message.tag) {
            return;
        }
        it.loaded = loaded;
        self.set(flow, attempt, Stage::Folds);
        let mut events = 0;
        for it in loaded {
            events += u64::from(it.version - it.from.min(it.version));
        }
        let tally = &mut self.tally;
        tally.loads += 1;
        tally.replayed += events;
        tally.replayed_most = tally.replayed_most.max(events);
        let node = self.handlers[handler].node();
        let takes = self
            .parameters
            .fold
            .scaled(events as f64 * context.node(node).slow);
        let step = self.attempt(flow, attempt).map_or(0, |it| it.step);
        let (kind, data) = (FOLDED, key_of(flow, attempt, step));
        context.after(takes, Timer { node, kind, data });
    }

    /// The state is known: the command is decided.
    pub fn folded(&mut self, handler: usize, data: u64, context: &mut Context) {
        let (flow, attempt, step) = of_key(data);
        let Some(it) = self.at(flow, attempt, Stage::Folds).copied() else {
            return;
        };
        if it.step != step {
            return;
        }
        let node = self.handlers[handler].node();
        let verdict = if context.fails(node, ERRORS, flow.0, data & 0xfff) {
            FAILED
        } else if it.known {
            ACCEPTED
        } else if it.unreadable {
            UNREADABLE
        } else if !self.is_allowed(flow, &it.loaded) {
            REFUSED
        } else {
            return self.ask(handler, flow, attempt, Stage::Appends, context);
        };
        self.reply(handler, flow, attempt, verdict, context);
        self.leave(handler, flow, attempt, context);
    }

    /// No balance may fall below zero; nothing is taken back that is not there.
    fn is_allowed(&self, flow: FlowId, loaded: &[Loaded; 2]) -> bool {
        let Some(it) = self.flows.get(flow.0) else {
            return false;
        };
        let [from, to] = loaded.map(|it| it.balance);
        match it.kind {
            DEPOSITED => true,
            CORRECT => {
                let exists = self
                    .log
                    .get(it.about)
                    .is_some_and(|it| it.kind != CORRECTED);
                exists && from + it.cents >= 0 && (it.to.is_none() || to - it.cents >= 0)
            }
            // A transfer needs another account.
            _ => from >= it.cents && it.to != Some(it.account),
        }
    }

    /// The log has answered an append.
    pub fn append_is_answered(&mut self, handler: usize, message: &Message, context: &mut Context) {
        let (flow, attempt) = (message.flow, attempt_of(message.tag));
        let Some(it) = self.at(flow, attempt, Stage::Appends).copied() else {
            return;
        };
        // A copy of the answer to an earlier append says nothing of this one.
        if u64::from(it.loaded[0].version) & 0xf_ffff != value_of(message.tag) {
            return;
        }
        let verdict = verdict_of(message.tag);
        if verdict == CONFLICT {
            self.tally.conflicts += 1;
            let (node, value) = (self.handlers[handler].node(), u64::from(it.conflicts) + 1);
            let kind = NOTE_CONFLICT;
            context.note(kind, node, flow, value);
            if it.conflicts < self.parameters.conflict_retries {
                return self.back_off(handler, flow, attempt, context);
            }
        }
        if verdict == ACCEPTED {
            self.save_snapshots(handler, flow, attempt, context);
        }
        self.reply(handler, flow, attempt, verdict, context);
        self.leave(handler, flow, attempt, context);
    }

    fn back_off(&mut self, handler: usize, flow: FlowId, attempt: usize, context: &mut Context) {
        self.set(flow, attempt, Stage::BacksOff);
        let Some(it) = self.attempt(flow, attempt) else {
            return;
        };
        it.conflicts += 1;
        let (retry, step) = (u32::from(it.conflicts), it.step);
        let key = key_of(FlowId(u64::from(retry)), attempt, 0);
        let uniform = context.random().keyed(BACKOFF, flow.0, key).uniform();
        let parameters = &self.parameters;
        let delay = parameters
            .backoff
            .delay_ns(retry, parameters.jitter, 0, uniform);
        let (node, kind) = (self.handlers[handler].node(), AGAIN);
        let data = key_of(flow, attempt, step);
        context.after(Duration(delay), Timer { node, kind, data });
    }

    /// The wait after a conflict is over.
    pub fn again(&mut self, handler: usize, data: u64, context: &mut Context) {
        let (flow, attempt, step) = of_key(data);
        let here = self.at(flow, attempt, Stage::BacksOff);
        if here.is_some_and(|it| it.step == step) {
            self.load(handler, flow, attempt, context);
        }
    }

    /// Every so many events of an account, its state is saved.
    fn save_snapshots(
        &mut self,
        handler: usize,
        flow: FlowId,
        attempt: usize,
        context: &mut Context,
    ) {
        let Some(it) = self.attempt(flow, attempt).copied() else {
            return;
        };
        let every = self.parameters.snapshot_every;
        for (index, account) in self.accounts(flow).into_iter().enumerate() {
            let version = it.loaded[index].version + 1;
            if account.is_some() && every > 0 && version.is_multiple_of(every) && !it.known {
                let tag = tag_of(SAVE, attempt, index as u8, u64::from(version));
                let ends = (self.handlers[handler].node(), self.snapshots_at);
                self.post(ends, Role::Record, flow, tag, None, context);
            }
        }
    }

    fn reply(
        &mut self,
        handler: usize,
        flow: FlowId,
        attempt: usize,
        verdict: u8,
        context: &mut Context,
    ) {
        let Some(it) = self.flows.get(flow.0) else {
            return;
        };
        let ends = (self.handlers[handler].node(), NodeId(it.client));
        let role = match verdict {
            ACCEPTED => Role::Response,
            _ => Role::Error,
        };
        let (tag, cause) = (tag_of(REPLY, attempt, verdict, 0), Some(it.message));
        self.post(ends, role, flow, tag, cause, context);
    }

    /// A worker is done with a command.
    fn leave(&mut self, handler: usize, flow: FlowId, attempt: usize, context: &mut Context) {
        let Some(it) = self.attempt(flow, attempt) else {
            return;
        };
        let worker = it.seat;
        self.set(flow, attempt, Stage::Over);
        let wanted = self.flows.get(flow.0).is_some_and(|it| !it.ended);
        let station = &mut self.handlers[handler];
        if let Some(work) = station.release(worker) {
            station.finished(worker, &work, wanted, context);
            self.landed(work.flow);
        }
        self.hand_out(handler, context);
    }

    /// A handler went down: what it had in hand is gone.
    pub fn handler_crashes(&mut self, handler: usize, context: &mut Context) {
        for work in self.handlers[handler].crash(CRASH, context) {
            self.set(work.flow, attempt_of(work.tag), Stage::Over);
            self.landed(work.flow);
        }
    }
}
