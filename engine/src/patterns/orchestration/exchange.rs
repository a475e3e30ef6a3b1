//! How sites and services reach each other: tasks and their answers, and
//! events from service to service, which are sent until they are confirmed.

use super::coordinate::{TIMEOUT, key, of_key};
use super::state::{ATTEMPT, ATTEMPT_AT, ERROR, Flow, Orchestration, REFUSAL, STEP, UNDO};
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, Duration, FlowId, Hue, Marks, Message, MessageId, NodeId, Role, Timer,
};
use crate::parts::station::Work;
use crate::parts::workflow::{
    DONE, DOUBT, FAILED, RUNNING, SERVICES, UNDOING, UNDONE, VOID, is_broken,
};

/// News was not confirmed; the data is the flow, above the step.
pub const RESEND: u8 = 6;
/// By then.
const RESEND_AFTER: Duration = Duration(1_000_000_000);

impl Orchestration {
    /// Sends one message; its draws depend on flow, tag, link and role.
    pub fn post(
        &mut self,
        (from, to): (NodeId, NodeId),
        role: Role,
        (flow, tag): (FlowId, u32),
        (retry, cause): (bool, Option<MessageId>),
        context: &mut Context,
    ) {
        let link = context.topology().between(from, to);
        let (Some(link), Some(it)) = (link, self.flows.get_mut(flow.0)) else {
            return;
        };
        it.air += 1;
        let hue = Hue::of(flow.0 as usize);
        let marks = Marks {
            retry,
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

    /// A message, or work at a station, is no more; copies are not counted.
    pub fn landed(&mut self, flow: FlowId, marks: Marks) {
        if !marks.duplicate
            && let Some(it) = self.flows.get_mut(flow.0)
        {
            it.air -= 1;
            self.forget(flow);
        }
    }

    /// An order that is over is forgotten when nothing of it is on the way.
    pub fn forget(&mut self, flow: FlowId) {
        let over = |flow: &Flow| flow.ended.is_some() && flow.air == 0;
        if !self.flows.get(flow.0).is_some_and(|flow| over(flow)) {
            return;
        }
        if let Some(it) = self.flows.remove(flow.0) {
            let (cents, items) = self.kept(&it);
            if it.doubled || it.ended == Some(super::state::COMPLETED) {
                self.tally.left_cents += cents;
                self.tally.left_items += items;
            }
        }
    }

    /// Puts a step's task in line.
    pub fn enqueue(&mut self, flow: FlowId, step: usize, context: &mut Context) {
        self.tasks.push_back(key(flow, step as u32));
        self.pump(context);
    }

    /// Sends tasks out while there is room.
    pub fn pump(&mut self, context: &mut Context) {
        while self.in_flight < self.parameters.concurrency || !self.central {
            let Some(task) = self.tasks.pop_front() else {
                return;
            };
            let (flow, tag) = of_key(task);
            self.dispatch(flow, (tag & STEP) as usize, context);
        }
    }

    /// One attempt at a step or its compensation.
    fn dispatch(&mut self, id: FlowId, step: usize, context: &mut Context) {
        let (site, service) = (self.owner(step), self.workflow.steps[step].service);
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        let undo = match flow.tables[site][step] {
            _ if flow.out >> step & 1 == 1 => return,
            RUNNING => 0,
            UNDOING => UNDO,
            _ => return,
        };
        let broken = flow.tables[site].iter().any(|status| is_broken(*status));
        if broken && undo == 0 {
            // The order is being undone already.
            return self.failed(id, step as u32, context);
        }
        flow.attempts[step] = flow.attempts[step].saturating_add(1);
        flow.out |= 1 << step;
        self.in_flight += 1;
        let attempt = flow.attempts[step];
        let tag = step as u32 | undo | (attempt & ATTEMPT) << ATTEMPT_AT;
        let (message, flow) = (flow.message, id);
        self.show(id);
        if !self.central {
            // At home: no message, and nobody to lose it.
            let (hue, now) = (Hue::of(id.0 as usize), context.now());
            let mut work = Work::at_home(message, flow, hue, now);
            work.tag = tag;
            return self.receive_task(service, work, context);
        }
        let ends = (self.site_node(site), self.stations[service].node());
        let role = if undo == 0 {
            Role::Command
        } else {
            Role::Control
        };
        self.post(ends, role, (id, tag), (attempt > 1, Some(message)), context);
        let step = &self.workflow.steps[step];
        let timeout = step.number(
            crate::parts::workflow::TIMEOUT_MS,
            self.parameters.timeout_ms,
        );
        if timeout > 0.0 {
            let (node, kind, data) = (ends.0, TIMEOUT, key(id, tag));
            context.after(Duration::from_millis(timeout), Timer { node, kind, data });
        }
    }

    /// A service tells what became of a task.
    pub fn answer(&mut self, service: usize, work: &Work, verdict: u32, context: &mut Context) {
        let tag = work.tag & !(ERROR | REFUSAL) | verdict;
        if verdict == ERROR
            && tag & UNDO == 0
            && let Some(flow) = self.flows.get_mut(work.flow.0)
        {
            let told = &mut flow.told[(tag & STEP) as usize];
            *told = (*told).max(tag >> ATTEMPT_AT);
        }
        if !self.central {
            return self.answered(work.flow, tag, context);
        }
        let ends = (self.stations[service].node(), self.site_node(0));
        let role = if verdict == 0 {
            Role::Response
        } else {
            Role::Error
        };
        let because = (work.marks.retry, Some(work.message));
        self.post(ends, role, (work.flow, tag), because, context);
    }

    /// Tells the services that must know where a step stands.
    pub fn publish(&mut self, site: usize, id: FlowId, step: usize, context: &mut Context) {
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        let it = &self.workflow.steps[step];
        let about = match flow.state[step] {
            DONE => it.after,
            VOID => it.after | it.before,
            UNDONE => it.before,
            DOUBT | FAILED => u16::MAX,
            _ => return,
        };
        for (index, other) in self.workflow.steps.iter().enumerate() {
            if about >> index & 1 == 1 && other.service != site {
                flow.owed[other.service] |= 1 << step;
            }
        }
        self.tell(site, id, step, false, context);
    }

    /// Sends a step's news to all that have not confirmed it.
    pub fn tell(
        &mut self,
        site: usize,
        id: FlowId,
        step: usize,
        again: bool,
        context: &mut Context,
    ) {
        let Some(flow) = self.flows.get(id.0).filter(|flow| flow.ended.is_none()) else {
            return;
        };
        let (owed, status, cause) = (flow.owed, flow.state[step], flow.message);
        let (node, kind, data) = (self.site_node(site), RESEND, key(id, step as u32));
        let tag = step as u32 | u32::from(status) << ATTEMPT_AT;
        let mut waits = false;
        for (other, owed) in owed.iter().enumerate() {
            if owed >> step & 1 == 1 {
                waits = true;
                let ends = (node, self.stations[other].node());
                self.post(ends, Role::Event, (id, tag), (again, Some(cause)), context);
            }
        }
        if waits {
            context.after(RESEND_AFTER, Timer { node, kind, data });
        }
    }

    /// A service hears of another's step, and confirms; or hears that its own
    /// news has arrived.
    pub fn hear(&mut self, service: usize, message: &Message, context: &mut Context) {
        let (id, tag) = (message.flow, message.tag);
        let (step, status) = ((tag & STEP) as usize, (tag >> ATTEMPT_AT) as u8);
        let from = context.topology().link(message.link).from;
        let (Some(other), Some(flow)) = (self.station_at(from), self.flows.get_mut(id.0)) else {
            return;
        };
        if message.role == Role::Ack {
            if flow.state[step] == status {
                flow.owed[other.min(SERVICES.len() - 1)] &= !(1 << step);
            }
            return;
        }
        if !self.awake[service] {
            return;
        }
        let news = flow.ended.is_none() && flow.tables[service][step] < status;
        if news {
            flow.message = message.id;
        }
        let ends = (self.stations[service].node(), from);
        let because = (false, Some(message.id));
        self.post(ends, Role::Ack, (id, tag), because, context);
        if news {
            self.set(service, id, step, status, context);
            self.advance(service, id, context);
        }
    }
}
