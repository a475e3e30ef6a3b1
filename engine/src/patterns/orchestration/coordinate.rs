//! What a site decides: which step is next, what an answer means, when an
//! order is over. It writes every decision into the order's history first.

use super::state::{
    ATTEMPT, ATTEMPT_AT, COMPLETED, DECLINED, ERROR, FAILED_STEP, Flow, Orchestration, REFUSAL,
    REJECTED, STEP, UNDO,
};
use crate::kernel::Duration;
use crate::kernel::{Context, FlowId, Outcome, Purpose, Role, Timer};
use crate::parts::workflow::{
    DONE, DOUBT, Effect, FAILED, Kind, RUNNING, STUCK, UNDOING, UNDONE, VOID, is_at_hand,
    is_broken, is_clear,
};

/// Timers of sites; the data is the flow, above the tag of a task.
pub const TIMEOUT: u8 = 2;
pub const RETRY: u8 = 3;
/// A person has made up its mind.
pub const APPROVER: u8 = 4;
/// An approval expires.
pub const EXPIRY: u8 = 5;

/// Kinds of notes, as `Pattern::notes` names them.
pub const UNDOING_BEGAN: u8 = 0;
pub const GOT_STUCK: u8 = 1;
pub const RESUMED: u8 = 2;

/// A task may be refused in no time; tried again in no time, it would never
/// let time pass.
const SHORTEST_WAIT: Duration = Duration(1_000_000);

const BACKOFF: Purpose = Purpose::named("backoff");
const APPROVING: Purpose = Purpose::named("approver");

/// The data of a timer or of a task that waits.
pub fn key(flow: FlowId, tag: u32) -> u64 {
    flow.0 << 32 | u64::from(tag)
}

/// The flow, and the tag.
pub fn of_key(data: u64) -> (FlowId, u32) {
    (FlowId(data >> 32), data as u32)
}

impl Orchestration {
    /// Lets a site do whatever an order's table allows.
    pub fn advance(&mut self, site: usize, flow: FlowId, context: &mut Context) {
        let workflow = self.workflow.clone();
        let mut moved = self.awake[site];
        while moved {
            moved = false;
            for step in 0..workflow.steps.len() {
                let Some(it) = self.flows.get(flow.0).filter(|it| it.ended.is_none()) else {
                    return;
                };
                let table = it.tables[site];
                if self.owner(step) != site {
                    continue;
                }
                if let Some(status) = workflow.next(&table, step, (it.cents, it.over)) {
                    moved = true;
                    self.set(site, flow, step, status, context);
                    self.begin(flow, step, status, context);
                }
            }
        }
    }

    /// Writes down where a step stands, as far as a site knows.
    pub fn set(&mut self, site: usize, id: FlowId, step: usize, status: u8, context: &mut Context) {
        let owner = self.owner(step) == site;
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        flow.tables[site][step] = status;
        flow.history.extend([(site << 4 | step) as u8, status]);
        self.tally.history += 1;
        if !owner {
            return;
        }
        let first = is_broken(status) && !flow.state.iter().any(|status| is_broken(*status));
        let before = std::mem::replace(&mut flow.state[step], status);
        let node = self.site_node(site);
        let tally = &mut self.tally.steps[step];
        tally.now = tally.now + u32::from(is_at_hand(status)) - u32::from(is_at_hand(before));
        tally.failures += i64::from(matches!(status, DOUBT | FAILED));
        let undo = !self.workflow.steps[step].undo.is_empty();
        tally.compensations += i64::from(status == UNDONE && undo);
        let mut note = |kind, value| {
            context.note(kind, node, id, value);
        };
        if first {
            note(UNDOING_BEGAN, step as u64);
        }
        if status == STUCK {
            note(GOT_STUCK, step as u64);
        }
        self.show(id);
        if !self.central {
            self.publish(site, id, step, context);
        }
        self.end_if_over(site, id, context);
    }

    /// A step enters a state in which something must be done.
    pub fn begin(&mut self, id: FlowId, step: usize, status: u8, context: &mut Context) {
        if !matches!(status, RUNNING | UNDOING) {
            return;
        }
        let now = context.now();
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        if self.workflow.steps[step].kind == Kind::Approval {
            flow.asked = now;
            return self.ask(id, step, context);
        }
        flow.attempts[step] = 0;
        self.enqueue(id, step, context);
    }

    /// Sets the alarms of an approval, as long as they still have to run.
    pub fn ask(&mut self, flow: FlowId, step: usize, context: &mut Context) {
        let Some(it) = self.flows.get(flow.0) else {
            return;
        };
        let gone = context.now().since(it.asked).0;
        let mut draws = context.random().keyed(APPROVING, flow.0, step as u64);
        let mean = self.parameters.approver;
        let takes = mean.scaled(crate::kernel::random::exponential(draws.uniform()));
        let node = self.site_node(self.owner(step));
        let expires = self.parameters.approval_timeout;
        for (kind, set, delay) in [(APPROVER, mean, takes), (EXPIRY, expires, expires)] {
            if set > Duration::ZERO {
                let data = key(flow, step as u32);
                let delay = Duration(delay.0.saturating_sub(gone));
                context.after(delay, Timer { node, kind, data });
            }
        }
    }

    /// Somebody decides about an approval, or nobody does in time.
    pub fn decided(&mut self, flow: FlowId, step: usize, well: bool, context: &mut Context) {
        let site = self.owner(step);
        let is_asked = self.workflow.steps[step].kind == Kind::Approval;
        let Some(it) = self.flows.get_mut(flow.0) else {
            return;
        };
        if !is_asked || it.tables[site][step] != RUNNING {
            return;
        }
        if !well {
            it.cause = REJECTED;
        }
        self.set(site, flow, step, if well { DONE } else { FAILED }, context);
        self.advance(site, flow, context);
    }

    /// The step's owner waits for the end of this task, or of one like it.
    fn awaits(&self, flow: FlowId, tag: u32) -> Option<&Flow> {
        let step = (tag & STEP) as usize;
        let flow = self.flows.get(flow.0)?;
        let status = if tag & UNDO == 0 { RUNNING } else { UNDOING };
        let table = flow.tables[self.owner(step)];
        (flow.ended.is_none() && table.get(step) == Some(&status)).then_some(flow)
    }

    /// The attempt in force has this tag.
    fn is_in_force(&self, flow: FlowId, tag: u32) -> bool {
        let attempt = |flow: &Flow| flow.attempts[(tag & STEP) as usize] & ATTEMPT;
        self.awaits(flow, tag)
            .is_some_and(|flow| attempt(flow) == tag >> ATTEMPT_AT)
    }

    fn is_out(&self, flow: FlowId, step: usize) -> bool {
        let flow = self.flows.get(flow.0);
        flow.is_some_and(|flow| flow.out >> step & 1 == 1)
    }

    /// Nobody waits for the attempt any longer.
    pub fn settle(&mut self, flow: FlowId, step: usize) {
        if self.is_out(flow, step)
            && let Some(flow) = self.flows.get_mut(flow.0)
        {
            flow.out &= !(1 << step);
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }

    /// A service is done with a task, well or not. Success counts whichever
    /// attempt it is of, failure only of the one in force.
    pub fn answered(&mut self, flow: FlowId, tag: u32, context: &mut Context) {
        let step = (tag & STEP) as usize;
        if self.awaits(flow, tag).is_none() {
            return;
        }
        if tag & (ERROR | REFUSAL) == 0 {
            self.settle(flow, step);
            let (site, status) = (
                self.owner(step),
                if tag & UNDO == 0 { DONE } else { UNDONE },
            );
            self.set(site, flow, step, status, context);
            self.advance(site, flow, context);
        } else if self.is_in_force(flow, tag) && self.is_out(flow, step) {
            self.settle(flow, step);
            self.failed(flow, tag, context);
        }
        self.pump(context);
    }

    /// An attempt got no answer in time.
    pub fn timed_out(&mut self, flow: FlowId, tag: u32, context: &mut Context) {
        let step = (tag & STEP) as usize;
        if self.is_in_force(flow, tag) && self.is_out(flow, step) {
            self.settle(flow, step);
            self.tally.timeouts += 1;
            let attempt = tag >> ATTEMPT_AT;
            context.timed_out(flow, attempt);
            if let Some(it) = self.flows.get_mut(flow.0) {
                it.doubt |= 1 << step;
            }
            self.failed(flow, tag, context);
            self.pump(context);
        }
    }

    /// The wait before a retry is over.
    pub fn rested(&mut self, flow: FlowId, tag: u32, context: &mut Context) {
        let step = (tag & STEP) as usize;
        if self.is_in_force(flow, tag) && !self.is_out(flow, step) {
            self.enqueue(flow, step, context);
        }
    }

    /// An attempt failed: another, or the end of it.
    pub fn failed(&mut self, id: FlowId, tag: u32, context: &mut Context) {
        let step = (tag & STEP) as usize;
        let (site, undo, refused) = (self.owner(step), tag & UNDO != 0, tag & REFUSAL != 0);
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        let most = self
            .parameters
            .most_attempts(&self.workflow.steps[step], undo);
        let broken = flow.tables[site].iter().any(|status| is_broken(*status));
        let over = most > 0.0 && f64::from(flow.attempts[step]) >= most;
        if !(over || !undo && (broken || refused)) {
            return self.retry_later(id, tag, context);
        }
        let status = match (undo, flow.doubt >> step & 1) {
            (true, _) => STUCK,
            (false, 0) => FAILED,
            (false, _) => DOUBT,
        };
        if !undo && !broken {
            flow.cause = if refused { DECLINED } else { FAILED_STEP };
        }
        self.set(site, id, step, status, context);
        self.advance(site, id, context);
    }

    fn retry_later(&mut self, flow: FlowId, tag: u32, context: &mut Context) {
        let step = (tag & STEP) as usize;
        let attempt = self.flows.get(flow.0).map_or(0, |flow| flow.attempts[step]);
        let mut draws = context.random().keyed(BACKOFF, flow.0, key(FlowId(0), tag));
        let backoff = self.parameters.backoff(&self.workflow.steps[step]);
        let delay = backoff.delay_ns(attempt, self.parameters.jitter, 0, draws.uniform());
        let delay = Duration(delay).max(SHORTEST_WAIT);
        self.tally.steps[step].retries += 1;
        context.retried(flow, attempt + 1, delay);
        let (node, kind) = (self.site_node(self.owner(step)), RETRY);
        let data = key(flow, tag & !(ERROR | REFUSAL));
        context.after(delay, Timer { node, kind, data });
    }

    /// An order whose steps are all done, or all clear, is over.
    fn end_if_over(&mut self, site: usize, id: FlowId, context: &mut Context) {
        let Some(flow) = self.flows.get(id.0) else {
            return;
        };
        let state = &flow.state[..self.workflow.steps.len()];
        if state.iter().all(|status| matches!(*status, DONE | VOID)) {
            self.end(id, COMPLETED, context);
        } else if state.iter().all(|status| is_clear(*status)) {
            let cause = flow.cause;
            self.remember_order(id);
            self.end(id, cause, context);
        } else {
            return;
        }
        // The site whose step was the last tells the shop, if it can.
        let Some(flow) = self.flows.get(id.0) else {
            return;
        };
        let well = flow.ended == Some(COMPLETED);
        let (from, to) = (self.site_node(site), crate::kernel::NodeId(flow.shop));
        let role = if well { Role::Response } else { Role::Error };
        let because = (false, Some(flow.message));
        self.post((from, to), role, (id, 0), because, context);
    }

    /// Keeps the order in which steps were undone.
    fn remember_order(&mut self, flow: FlowId) {
        let Some(flow) = self.flows.get(flow.0) else {
            return;
        };
        self.tally.undone.clear();
        for entry in flow.history.chunks_exact(2) {
            let step = usize::from(entry[0] & 0xf);
            let own = usize::from(entry[0] >> 4) == self.owner(step);
            if own && entry[1] == UNDONE && !self.workflow.steps[step].undo.is_empty() {
                self.tally.undone.push(step as u8);
            }
        }
    }

    /// An order has its outcome; what is still on the way comes to nothing.
    pub fn end(&mut self, id: FlowId, outcome: u8, context: &mut Context) {
        let Some(flow) = self.flows.get_mut(id.0).filter(|flow| flow.ended.is_none()) else {
            return;
        };
        flow.ended = Some(outcome);
        self.open -= 1;
        self.tally.ended[usize::from(outcome)] += 1;
        let started = flow.started;
        context.flow_ended(id, Outcome(outcome), started);
        if outcome > FAILED_STEP {
            return self.forget(id);
        }
        // What must be in force now, by the services' own records.
        let (mut right, mut charges) = (true, 0);
        for (step, it) in self.workflow.steps.iter().enumerate() {
            let wanted = u32::from(outcome == COMPLETED && flow.state[step] == DONE);
            if it.kind == Kind::Task && (outcome == COMPLETED || !it.undo.is_empty()) {
                right &= flow.held[step] == wanted;
            }
            charges += i64::from(it.effect == Effect::Charge) * i64::from(wanted);
        }
        self.tally.sold += charges * i64::from(flow.cents);
        let tally = &mut self.tally;
        match (right, outcome) {
            (true, COMPLETED) => tally.whole += 1,
            (true, _) => tally.clean += 1,
            (false, _) => tally.twice += u64::from(flow.doubled),
        }
        self.show(id);
        self.forget(id);
    }
}
