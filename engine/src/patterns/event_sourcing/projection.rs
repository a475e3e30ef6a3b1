//! Projections: the log sends each its events in order, ahead of what it has
//! confirmed; it applies each once. Rebuilding goes on beside. Reads.

use super::handler::{CRASH, NOTE_REBUILT, NOTE_STALE, key_of};
use super::state::*;
use crate::kernel::{Context, Duration, FlowId, Message, NodeChange, NodeId, Purpose, Role, Timer};
use crate::parts::station::{Admission, Work};

/// The log looks for projections that have fallen silent.
pub const SWEEP: u8 = 6;
/// A page has been replayed; the data is where it began, and how many.
pub const REPLAYED: u8 = 7;
/// A page did not come; the data is where it began.
pub const NO_PAGE: u8 = 8;

/// The log sends again what was not confirmed by then.
const RESEND_AFTER: Duration = Duration(700_000_000);
const SWEEP_EVERY: Duration = Duration(350_000_000);
/// Events in a page of a rebuild.
const PAGE_EVENTS: u64 = 10;
/// Reads that wait at a projection; others are answered as it is.
const PARKED_MOST: usize = 10_000;

const ERRORS: Purpose = Purpose::named("projection errors");

impl EventSourcing {
    /// Sends every projection what it may have.
    pub fn push_all(&mut self, context: &mut Context) {
        for projection in 0..self.projections.len() {
            self.push(projection, context);
        }
    }

    fn push(&mut self, projection: usize, context: &mut Context) {
        if !context.is_up(self.store.node()) {
            return;
        }
        let (end, ahead) = (self.log.len(), self.parameters.prefetch);
        loop {
            let it = &mut self.projections[projection];
            if it.sent >= end.min(it.acked + ahead) {
                return;
            }
            if it.sent == it.acked {
                it.heard = context.now();
            }
            let offset = it.sent;
            it.sent += 1;
            let to = it.station.node();
            self.send_event(to, offset, context);
        }
    }

    fn send_event(&mut self, to: NodeId, offset: u64, context: &mut Context) {
        let Some(entry) = self.log.get(offset).copied() else {
            return;
        };
        let Some(link) = context.topology().between(self.store.node(), to) else {
            return;
        };
        context.send(crate::kernel::model::Draft {
            link,
            flow: entry.flow,
            cause: Some(entry.message),
            tag: tag_of(EVENT, 0, 0, offset),
            role: Role::Event,
            hue: crate::kernel::Hue::of(entry.stream as usize),
            marks: Default::default(),
        });
    }

    /// Sends again what stays unconfirmed, and looks again later.
    pub fn sweep(&mut self, context: &mut Context) {
        let now = context.now();
        for it in &mut self.projections {
            if it.acked < it.sent && now.since(it.heard) >= RESEND_AFTER {
                (it.sent, it.heard) = (it.acked, now);
            }
        }
        self.push_all(context);
        let (node, kind, data) = (self.store.node(), SWEEP, 0);
        context.after(SWEEP_EVERY, Timer { node, kind, data });
    }

    /// The log hears how far a projection has come, or that it begins again.
    pub fn acked(&mut self, message: &Message, context: &mut Context) {
        let from = context.topology().link(message.link).from;
        let Some(projection) = self.projection_at(from) else {
            return;
        };
        let it = &mut self.projections[projection];
        it.acked = it.acked.max(value_of(message.tag));
        it.heard = context.now();
        if verdict_of(message.tag) != 0 || it.sent < it.acked {
            it.sent = it.acked;
        }
        self.push(projection, context);
    }

    /// Tells the log, from a projection; a flow of its own it has not.
    fn tell(&mut self, projection: usize, tag: u32, context: &mut Context) {
        let ends = (
            self.projections[projection].station.node(),
            self.store.node(),
        );
        let role = match what_of(tag) {
            ACK => Role::Ack,
            _ => Role::Control,
        };
        self.post(ends, role, FlowId::NONE, tag, None, context);
    }

    fn checkpoint(&mut self, projection: usize, begins: bool, context: &mut Context) {
        let it = &mut self.projections[projection];
        if !begins {
            it.saved = it.live.next;
        }
        let tag = tag_of(ACK, 0, u8::from(begins), it.saved);
        self.tell(projection, tag, context);
    }

    /// An event arrives: the next one, a repeat, or one too early.
    pub fn receive_event(&mut self, projection: usize, message: &Message, context: &mut Context) {
        let Some(work) = Work::of(message, context) else {
            return;
        };
        let offset = value_of(message.tag);
        let it = &mut self.projections[projection];
        let wanted = it.live.next + u64::from(it.station.depth() + it.station.busy());
        if offset > wanted {
            return; // Sent again after a while, in order.
        }
        if offset < wanted {
            self.ignore(projection, &work, context);
            return;
        }
        it.station.cap = usize::MAX;
        if matches!(it.station.offer(work, context), Admission::Admitted) {
            self.projection_works(projection, context);
        }
    }

    /// A repeat changes nothing, but the log may not know that it came.
    fn ignore(&mut self, projection: usize, work: &Work, context: &mut Context) {
        let it = &mut self.projections[projection];
        it.duplicates += 1;
        let idle = it.station.busy() == 0;
        it.station.deduplicated(work, context);
        if idle {
            self.checkpoint(projection, false, context);
        }
    }

    pub fn projection_works(&mut self, projection: usize, context: &mut Context) {
        let takes = self.parameters.apply;
        let station = &mut self.projections[projection].station;
        let node = station.node();
        while context.is_up(node)
            && let Some(queued) = station.take_next()
        {
            station.start(queued, context.slowed(node, takes), context);
        }
    }

    /// An event is applied, unless that fails; then once more.
    pub fn event_is_done(&mut self, projection: usize, timer: Timer, context: &mut Context) {
        let it = &mut self.projections[projection];
        let Some(work) = it.station.finish_and_hold(timer.data, context) else {
            return;
        };
        let offset = value_of(work.tag);
        let Some(entry) = self.log.get(offset).copied() else {
            return;
        };
        let node = timer.node;
        let fails = context.fails(node, ERRORS, offset, context.now().0);
        if fails || entry.old && !self.parameters.upcasting {
            let takes = context.slowed(node, self.parameters.apply);
            return context.after(takes.max(LEAST_WAIT), timer);
        }
        it.station.release(timer.data as u16);
        it.station.finished(0, &work, true, context);
        if offset == it.live.next {
            it.live.apply(projection, &entry, it.buggy);
            it.applied += 1;
        } else {
            it.duplicates += 1;
        }
        let idle = it.station.depth() == 0;
        let due = it.live.next
            >= it.saved
                + self
                    .parameters
                    .checkpoint_every
                    .min(self.parameters.prefetch);
        if due || idle && it.live.next != it.saved {
            self.checkpoint(projection, false, context);
        }
        self.answer_parked(projection, context);
        self.projection_works(projection, context);
    }

    /// Begins to build the state anew, from the first event on.
    pub fn rebuild(&mut self, projection: usize, context: &mut Context) {
        self.projections[projection].shadow = Some(Fold::default());
        self.ask_for_page(projection, context);
    }

    fn ask_for_page(&mut self, projection: usize, context: &mut Context) {
        let it = &self.projections[projection];
        let Some(shadow) = &it.shadow else { return };
        let (node, kind, data) = (it.station.node(), NO_PAGE, shadow.next);
        let tag = tag_of(REPLAY, 0, 0, data);
        self.tell(projection, tag, context);
        context.after(PATIENCE, Timer { node, kind, data });
    }

    /// The log sends a page, from where it was asked for.
    pub fn send_page(&mut self, message: &Message, context: &mut Context) {
        let link = context.topology().link(message.link);
        let (here, there) = (link.to, link.from);
        let from = value_of(message.tag);
        let count = self.log.len().saturating_sub(from).min(PAGE_EVENTS);
        let tag = tag_of(PAGE, 0, count as u8, from);
        let cause = Some(message.id);
        self.post(
            (here, there),
            Role::Batch,
            FlowId::NONE,
            tag,
            cause,
            context,
        );
    }

    /// A page arrives: replaying it takes its time.
    pub fn page_is_here(&mut self, projection: usize, message: &Message, context: &mut Context) {
        let (from, count) = (value_of(message.tag), verdict_of(message.tag));
        let it = &self.projections[projection];
        if it.shadow.as_ref().is_none_or(|shadow| shadow.next != from) {
            return;
        }
        let node = it.station.node();
        let takes = Duration::from_secs(f64::from(count) / self.parameters.replay_rate);
        let takes = context.slowed(node, takes).max(LEAST_WAIT);
        let (kind, data) = (REPLAYED, from << 8 | u64::from(count));
        context.after(takes, Timer { node, kind, data });
    }

    /// A page is replayed. A shadow that has come as far as the live state
    /// takes its place: nothing is skipped, nothing is applied twice.
    pub fn page_is_replayed(&mut self, projection: usize, data: u64, context: &mut Context) {
        let (from, count) = (data >> 8, data & 0xff);
        let it = &mut self.projections[projection];
        let Some(shadow) = it.shadow.as_mut().filter(|shadow| shadow.next == from) else {
            return;
        };
        for offset in from..from + count {
            match self.log.get(offset) {
                Some(entry) if !entry.old || self.parameters.upcasting => {
                    shadow.apply(projection, entry, it.buggy);
                    self.tally.upcast += u64::from(entry.old);
                }
                _ => break,
            }
        }
        if shadow.next < it.live.next {
            let stuck = shadow.next == from;
            if !stuck {
                self.ask_for_page(projection, context);
            }
            return;
        }
        it.live = std::mem::take(shadow);
        it.shadow = None;
        it.rebuilds += 1;
        let (node, value) = (it.station.node(), it.live.next);
        context.note(NOTE_REBUILT, node, FlowId::NONE, value);
        self.checkpoint(projection, false, context);
        self.answer_parked(projection, context);
    }

    /// A page did not come, or could not be read.
    pub fn no_page(&mut self, projection: usize, from: u64, context: &mut Context) {
        let shadow = &self.projections[projection].shadow;
        if shadow.as_ref().is_some_and(|shadow| shadow.next == from) {
            self.ask_for_page(projection, context);
        }
    }

    /// A client reads.
    pub fn receive_query(&mut self, projection: usize, message: &Message, context: &mut Context) {
        let Some(flow) = self.flows.get(message.flow.0) else {
            return;
        };
        let it = &mut self.projections[projection];
        let behind = it.live.next < flow.position;
        if behind && self.parameters.own_writes && it.parked.len() < PARKED_MOST {
            it.parked.push(message.flow);
            return self.take_off(message.flow);
        }
        self.answer(projection, message.flow, context);
    }

    fn answer(&mut self, projection: usize, id: FlowId, context: &mut Context) {
        let it = &self.projections[projection];
        let (node, seen) = (it.station.node(), it.live.next);
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        flow.seen = seen;
        let (stale, client, cause) = (seen < flow.position, flow.client, flow.message);
        let (role, verdict) = match stale {
            true => (Role::Error, 1),
            false => (Role::Response, 0),
        };
        let (tag, ends) = (tag_of(ANSWER, 0, verdict, seen), (node, NodeId(client)));
        self.post(ends, role, id, tag, Some(cause), context);
    }

    fn answer_parked(&mut self, projection: usize, context: &mut Context) {
        let next = self.projections[projection].live.next;
        let mut waiting = std::mem::take(&mut self.projections[projection].parked);
        waiting.retain(|id| {
            let waits = self
                .flows
                .get(id.0)
                .is_some_and(|flow| flow.position > next);
            if !waits {
                self.answer(projection, *id, context);
                self.landed(*id);
            }
            waits
        });
        self.projections[projection].parked = waiting;
    }

    /// A client has its answer: of its own write, or of a time before it.
    pub fn answered(&mut self, message: &Message, context: &mut Context) {
        let id = message.flow;
        let Some(flow) = self.flows.get(id.0).filter(|flow| !flow.ended) else {
            return;
        };
        let (stale, client) = (verdict_of(message.tag) != 0, flow.client);
        let value = flow.position.saturating_sub(flow.seen);
        self.tally.reads += 1;
        let answers = &mut self.answers[usize::from(client)];
        answers.1 += 1;
        if stale {
            self.tally.stale += 1;
            answers.0 += 1;
            context.note(NOTE_STALE, NodeId(client), id, value);
        }
        self.end(id, ACCEPTED, context);
    }

    /// A projection went down, came back, stopped or went on.
    pub fn projection_changes(
        &mut self,
        projection: usize,
        change: NodeChange,
        context: &mut Context,
    ) {
        let now = context.now();
        let it = &mut self.projections[projection];
        match change {
            NodeChange::Crashed => {
                it.station.crash(CRASH, context);
                let parked = std::mem::take(&mut it.parked);
                for flow in parked {
                    self.landed(flow);
                }
            }
            NodeChange::Restarted => {
                self.checkpoint(projection, true, context);
                self.ask_for_page(projection, context);
            }
            NodeChange::Paused | NodeChange::Resumed => {
                it.station.set_paused(change == NodeChange::Paused, now);
                self.projection_works(projection, context);
            }
        }
    }

    /// A client waits for its answer so long.
    pub fn wait(&mut self, client: u16, flow: FlowId, attempt: usize, context: &mut Context) {
        let (node, kind) = (NodeId(client), super::model::TIMEOUT);
        let data = key_of(flow, attempt, 0);
        context.after(self.parameters.timeout, Timer { node, kind, data });
    }
}
