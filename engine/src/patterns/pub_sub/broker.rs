//! The broker: appends what publishers send, deals partitions out to the
//! members of each group, and sends copies to their owners. What it knows of
//! others came to it by message.

use super::consumer::CRASH;
use super::content::Content;
use super::state::{Entry, Fate, LOST_BEFORE, Log, PubSub, REFUSED};
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, FlowId, Hue, Marks, Message, NodeChange, NodeId, Outcome, Purpose, Role, Timer,
};
use crate::parts::station::{Admission, Work};

/// The data is the worker, also at consumers.
pub const FINISH: u8 = 1;

/// The broker's queue before its log.
pub const HAND_MOST: usize = 10_000;

pub const ERRORS: Purpose = Purpose::named("errors");

/// Sends one message; its draws depend on flow, tag, link and role.
pub fn send(
    (from, to): (NodeId, NodeId),
    (role, hue): (Role, Hue),
    (flow, tag, marks): (FlowId, u32, Marks),
    cause: Option<crate::kernel::MessageId>,
    context: &mut Context,
) {
    if let Some(link) = context.topology().between(from, to) {
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
}

impl PubSub {
    /// The node of a consumer.
    pub fn consumer_node(&self, c: usize) -> NodeId {
        self.consumers[c].station.node()
    }

    /// Which consumer a node is.
    pub fn consumer_at(&self, node: NodeId) -> Option<usize> {
        let index = usize::from(node.0.checked_sub(self.broker.0 + 1)?);
        (index < self.consumers.len()).then_some(index)
    }

    /// A message arrives at the broker.
    pub fn broker_receives(&mut self, message: &Message, context: &mut Context) {
        let Some(item) = Work::of(message, context) else {
            return;
        };
        let from = context.topology().link(message.link).from;
        match (message.role, self.consumer_at(from)) {
            (Role::Event, _) => {
                if matches!(self.hand.offer(item, context), Admission::Admitted) {
                    self.append_next(context);
                } else {
                    self.drop_publication(item.flow, item.marks, REFUSED, context);
                }
            }
            (Role::Control, Some(c)) => self.hear(c, message.tag, context),
            (role, Some(c)) => self.answered(c, &item, role == Role::Ack, context),
            _ => {}
        }
    }

    /// A message of a publisher gets no further.
    pub fn drop_publication(
        &mut self,
        flow: FlowId,
        marks: Marks,
        why: Outcome,
        context: &mut Context,
    ) {
        if !marks.duplicate
            && let Some(it) = self.flows.get_mut(flow.0)
        {
            it.air -= 1;
            self.end_if_done(flow, why, context);
        }
    }

    fn append_next(&mut self, context: &mut Context) {
        if context.is_up(self.broker)
            && let Some(queued) = self.hand.take_next()
        {
            let takes = context.slowed(self.broker, self.parameters.append);
            self.hand.start(queued, takes, context);
        }
    }

    /// The broker's worker is done with a message.
    pub fn append(&mut self, timer: Timer, context: &mut Context) {
        let Some(item) = self.hand.finish(timer.data, context) else {
            return;
        };
        let (node, flow, message) = (self.broker, item.flow, item.message);
        let wanted = self.flows.get(flow.0).is_some();
        self.hand.finished(0, &item, wanted, context);
        self.append_next(context);
        let fails = context.fails(node, ERRORS, flow.0, u64::from(item.tag));
        let Some(it) = self.flows.get_mut(flow.0) else {
            return;
        };
        let (subject, poison) = (it.subject, it.poison);
        let to = NodeId(it.publisher);
        if it.kept {
            let role = if fails { Role::Error } else { Role::Ack };
            let marks = Marks::default();
            send(
                (node, to),
                (role, item.hue),
                (flow, item.tag, marks),
                Some(message),
                context,
            );
        }
        let news = !fails && !it.logged;
        it.logged |= news;
        if news {
            it.left = self.content.wanted(subject.topic);
        }
        self.drop_publication(item.flow, item.marks, REFUSED, context);
        if news {
            let at = context.now();
            let entry = Entry {
                flow,
                message,
                at,
                subject,
                poison,
                done: 0,
            };
            self.log(entry, context);
        }
    }

    fn log(&mut self, entry: Entry, context: &mut Context) {
        let p = Content::partition(entry.subject.key, self.logs.len());
        self.logs[p].entries.push_back(entry);
        let wanted = self.content.wanted(entry.subject.topic);
        for s in 0..self.subscriptions.len() {
            if wanted >> s & 1 == 1 {
                self.subscriptions[s].tally.matched += 1;
                self.pump_owner(self.lane_of(s, p), context);
            }
        }
        self.trim(p, context);
    }

    /// Retention: the oldest go, settled or not.
    fn trim(&mut self, p: usize, context: &mut Context) {
        let Self { parameters, .. } = self;
        let (most, retention) = (parameters.retention_count, parameters.retention);
        while let Some(oldest) = self.logs[p].entries.front().copied() {
            let age = context.now().since(oldest.at);
            if self.logs[p].entries.len() <= most && retention.is_none_or(|it| age < it) {
                return;
            }
            let offset = self.logs[p].first;
            self.logs[p].entries.pop_front();
            self.logs[p].first += 1;
            let wanted = self.content.wanted(oldest.subject.topic);
            for s in 0..self.subscriptions.len() {
                let l = self.lane_of(s, p);
                let lane = &mut self.lanes[l];
                let unread = lane.next <= offset;
                lane.next = lane.next.max(offset + 1);
                let pending = lane.pending.first().is_some_and(|it| it.offset == offset);
                if pending {
                    self.take_back(l, 0);
                    self.lanes[l].pending.remove(0);
                }
                if pending || unread && wanted >> s & 1 == 1 {
                    self.settle(s, oldest.flow, Fate::Expired, context);
                }
            }
        }
    }

    /// Retention, and work for whoever has room.
    pub fn tidy_up(&mut self, context: &mut Context) {
        for p in 0..self.logs.len() {
            self.trim(p, context);
        }
        for c in 0..self.consumers.len() {
            self.pump(c, context);
        }
    }

    /// The broker went down, came back, stopped or went on.
    pub fn broker_changed(&mut self, change: NodeChange, context: &mut Context) {
        let now = context.now();
        match change {
            NodeChange::Crashed => return self.broker_crashes(context),
            NodeChange::Paused => return self.hand.set_paused(true, now),
            NodeChange::Restarted => self.sweep_later(context),
            NodeChange::Resumed => self.hand.set_paused(false, now),
        }
        // It heard nobody in the meantime, which is nobody's fault.
        for consumer in &mut self.consumers {
            consumer.heard = now;
        }
        self.append_next(context);
        self.tidy_up(context);
    }

    fn broker_crashes(&mut self, context: &mut Context) {
        for item in self.hand.crash(CRASH, context) {
            self.drop_publication(item.flow, item.marks, LOST_BEFORE, context);
        }
        for lane in &mut self.lanes {
            for pending in &mut lane.pending {
                pending.at = None;
            }
        }
        for consumer in &mut self.consumers {
            (consumer.out, consumer.credit) = (0, 0);
        }
        if !self.parameters.durable {
            self.dead.first = self.dead.end();
            self.dead.entries.clear();
            for p in 0..self.logs.len() {
                self.wipe(p, context);
            }
        }
    }

    /// A log is gone; offsets go on from where it ended. Publishers that were
    /// not confirmed yet send again.
    fn wipe(&mut self, p: usize, context: &mut Context) {
        let first = self.logs[p].end();
        let entries = Default::default();
        let gone = std::mem::replace(&mut self.logs[p], Log { first, entries });
        for offset in gone.first..first {
            let flow = gone.get(offset).map_or(FlowId::NONE, |entry| entry.flow);
            if let Some(flow) = self.flows.get_mut(flow.0).filter(|it| it.kept) {
                (flow.logged, flow.left, flow.worst) = (false, 0, Outcome::SUCCESS);
            }
        }
        for s in 0..self.subscriptions.len() {
            let l = self.lane_of(s, p);
            let lane = &mut self.lanes[l];
            let unread = std::mem::replace(&mut lane.next, first);
            for pending in std::mem::take(&mut lane.pending) {
                self.settle(s, pending.flow, Fate::Lost, context);
            }
            for entry in (unread..first).filter_map(|offset| gone.get(offset)) {
                if self.content.wanted(entry.subject.topic) >> s & 1 == 1 {
                    self.settle(s, entry.flow, Fate::Lost, context);
                }
            }
        }
    }
}
