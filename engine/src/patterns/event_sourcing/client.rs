//! Clients: they send commands, wait, send them again, and look at what they
//! have written.

use super::state::*;
use crate::kernel::{
    Context, Duration, FlowId, Message, MessageId, NodeChange, NodeId, Outcome, Purpose, Role,
};

const CONTENT: Purpose = Purpose::named("content");
const READS: Purpose = Purpose::named("reads");
/// What commands are about, in cents.
const CENTS: (f64, f64) = (500.0, 9_500.0);

impl EventSourcing {
    /// A command made up for the next flow; one that went wrong at its client
    /// asks for what nobody has.
    pub fn make_up(&self, client: u16, context: &Context) -> Order {
        let flow = FlowId(self.flows.next_key());
        let it = &self.parameters;
        let mut draws = context.random().keyed(CONTENT, flow.0, 0);
        let mut draw = || draws.uniform();
        let hot = draw() < it.hot;
        let account = (draw() * f64::from(it.accounts)) as u32;
        let account = if hot { 0 } else { account };
        let other = (draw() * f64::from(it.accounts.saturating_sub(1))) as u32;
        let other = other + u32::from(other >= account);
        let (withdraws, sends) = (draw() < it.withdrawals, draw() < it.transfers);
        let kind = match (withdraws, sends && it.accounts > 1) {
            (true, _) => WITHDRAWN,
            (_, true) => SENT,
            _ => DEPOSITED,
        };
        let mut order = Order {
            kind,
            account,
            to: (kind == SENT).then_some(other),
            cents: (CENTS.0 + CENTS.1 * draw()) as i64,
            about: 0,
        };
        if draw() < context.node(NodeId(client)).errors {
            order.spoil();
        }
        order
    }

    /// What takes an event back: its opposite, on both sides of a transfer.
    pub fn correction(&self, about: u64) -> Option<Order> {
        let entry = self.log.get(about)?;
        let first = if entry.kind == RECEIVED {
            about - 1
        } else {
            about
        };
        let entry = self.log.get(first)?;
        let other = self.log.get(first + 1).filter(|_| entry.kind == SENT);
        Some(Order {
            kind: CORRECT,
            account: entry.stream,
            to: other.map(|it| it.stream),
            cents: -cents_of(entry),
            about: first,
        })
    }

    fn begin(&mut self, client: u16, order: Order, context: &mut Context) -> FlowId {
        let (flow, node) = (FlowId(self.flows.next_key()), NodeId(client));
        self.flows.push(Flow {
            client,
            kind: order.kind,
            account: order.account,
            to: order.to,
            cents: order.cents,
            about: order.about,
            started: context.now(),
            tries: Vec::new(),
            air: 0,
            ended: false,
            position: 0,
            seen: 0,
            message: MessageId(std::num::NonZeroU64::MIN),
        });
        self.open += 1;
        context.flow_started(flow, node);
        if self.flows.span().1 > OPEN_MOST {
            self.end(flow, OVERFLOW, context);
        }
        flow
    }

    pub fn command(&mut self, client: u16, order: Order, context: &mut Context) {
        let flow = self.begin(client, order, context);
        self.transmit(flow, context);
    }

    /// Sends a command to the handler whose turn it is.
    fn transmit(&mut self, flow: FlowId, context: &mut Context) {
        let handlers = self.handlers.len();
        let Some(it) = self.flows.get_mut(flow.0).filter(|it| !it.ended) else {
            return;
        };
        let (client, attempt) = (it.client, it.tries.len());
        let handler = (flow.0 as usize + attempt) % handlers;
        it.tries.push(Try {
            handler,
            seat: 0,
            stage: Stage::Waits,
            step: 0,
            loaded: [Loaded::default(); 2],
            answer: [Loaded::default(); 2],
            unreadable: false,
            known: false,
            conflicts: 0,
        });
        if attempt > 0 {
            let (attempt, delay) = (attempt as u32 + 1, Duration::ZERO);
            context.retried(flow, attempt, delay);
        }
        let ends = (NodeId(client), self.handlers[handler].node());
        let tag = tag_of(COMMAND, attempt, 0, 0);
        self.post(ends, Role::Command, flow, tag, None, context);
        self.wait(client, flow, attempt, context);
    }

    /// A client gave up waiting: once more, or not.
    pub fn timed_out(&mut self, flow: FlowId, attempt: usize, context: &mut Context) {
        let Some(it) = self.flows.get(flow.0).filter(|it| !it.ended) else {
            return;
        };
        if it.tries.len() > attempt + 1 {
            return;
        }
        let number = attempt as u32 + 1;
        context.timed_out(flow, number);
        self.once_more(flow, TIMED_OUT, context);
    }

    fn once_more(&mut self, flow: FlowId, otherwise: u8, context: &mut Context) {
        let it = self.flows.get(flow.0);
        let tries = it.map_or(usize::MAX, |it| it.tries.len());
        let reads = it.is_some_and(|it| it.kind == READ);
        if tries < self.parameters.attempts && !reads {
            self.transmit(flow, context);
        } else {
            self.end(flow, otherwise, context);
        }
    }

    /// A client hears what became of its command.
    pub fn replied(&mut self, message: &Message, context: &mut Context) {
        let (flow, attempt) = (message.flow, attempt_of(message.tag));
        let Some(it) = self.flows.get(flow.0).filter(|it| !it.ended) else {
            return;
        };
        let (client, account, position) = (it.client, it.account, it.position);
        match verdict_of(message.tag) {
            ACCEPTED => {}
            FAILED | NO_ROOM if it.tries.len() > attempt + 1 => return,
            verdict @ (FAILED | NO_ROOM) => return self.once_more(flow, verdict, context),
            verdict => return self.end(flow, verdict, context),
        }
        self.end(flow, ACCEPTED, context);
        let luck = context.random().keyed(READS, flow.0, 0).uniform();
        if luck >= self.parameters.reads {
            return;
        }
        let order = Order {
            kind: READ,
            account,
            to: None,
            cents: 0,
            about: 0,
        };
        let read = self.begin(client, order, context);
        if let Some(it) = self.flows.get_mut(read.0).filter(|it| !it.ended) {
            it.position = position;
            let ends = (NodeId(client), self.projections[0].station.node());
            let (tag, cause) = (tag_of(QUERY, 0, 0, 0), Some(message.id));
            self.post(ends, Role::Request, read, tag, cause, context);
            self.wait(client, read, 0, context);
        }
    }

    /// A flow has its outcome.
    pub fn end(&mut self, flow: FlowId, outcome: u8, context: &mut Context) {
        let Some(it) = self.flows.get_mut(flow.0).filter(|it| !it.ended) else {
            return;
        };
        it.ended = true;
        let started = it.started;
        self.open -= 1;
        self.tally.ended[usize::from(outcome)] += 1;
        context.flow_ended(flow, Outcome(outcome), started);
        self.forget(flow);
    }

    pub fn client_changes(&mut self, client: u16, change: NodeChange, context: &mut Context) {
        self.traffic.sender_changed(client, change, context);
        if change == NodeChange::Crashed {
            let (oldest, span) = self.flows.span();
            for number in oldest..oldest + span as u64 {
                if self.flows.get(number).is_some_and(|it| it.client == client) {
                    self.end(FlowId(number), CLIENT_CRASH, context);
                }
            }
        }
    }
}
