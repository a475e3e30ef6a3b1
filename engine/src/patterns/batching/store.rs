//! The store: writes a whole batch at once or not at all, and acknowledges
//! it. It is durable and remembers which items it has.

use super::batch::{Batches, State, WITHOUT_BAD, attempt_of};
use super::books::{BAD, Shared};
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, Fact, FlowId, Hue, LinkId, Marks, Message, MessageId, NodeId, Purpose, Role, Timer,
};
use crate::parts::idempotency::Keys;
use std::num::NonZeroU64;

/// Timers of the store. A batch is written: tag and message.
pub const WRITE: u8 = 5;
/// An item of the individual path is written: its flow.
pub const WRITE_ONE: u8 = 6;

const WRITING: Purpose = Purpose::named("writing");
const WRITING_ONE: Purpose = Purpose::named("writing one");

/// What is in it, and how it answers.
#[derive(Clone, Debug)]
pub struct Store {
    node: NodeId,
    back: LinkId,
    keys: Keys,
}

impl Store {
    /// An empty one that answers on `back`.
    pub fn new(node: NodeId, back: LinkId) -> Self {
        Self {
            node,
            back,
            keys: Keys::default(),
        }
    }

    /// A batch or an item arrives: its write begins.
    pub fn receive(&mut self, message: &Message, shared: &mut Shared, context: &mut Context) {
        let node = self.node;
        let (kind, data) = if message.role == Role::Batch {
            let id = u64::from(message.id.0.get() as u32);
            (WRITE, u64::from(message.tag) << 32 | id)
        } else {
            shared.books.begin_writing(message.flow);
            (WRITE_ONE, message.flow.0)
        };
        let takes = context.slowed(node, shared.parameters.store);
        context.after(takes, Timer { node, kind, data });
    }

    fn fails(&self, purpose: Purpose, flow: FlowId, attempt: u32, context: &Context) -> bool {
        context.fails(self.node, purpose, flow.0, u64::from(attempt))
    }

    /// An item of the individual path is written, or not.
    pub fn write_one(&mut self, flow: FlowId, shared: &mut Shared, context: &mut Context) {
        let fails = self.fails(WRITING_ONE, flow, 0, context);
        shared.books.end_beside(flow, !fails, context.now());
    }

    /// A batch is written, or not; either way the processor hears of it.
    pub fn write(
        &mut self,
        data: u64,
        batches: &mut Batches,
        shared: &mut Shared,
        context: &mut Context,
    ) {
        let tag = (data >> 32) as u32;
        let Some(batch) = batches.get_mut(batches.number_of(tag)) else {
            return;
        };
        let flow = batch.items[0].flow;
        let role = if self.fails(WRITING, flow, attempt_of(tag), context) {
            Role::Error
        } else {
            let in_force = batch.state != State::Ended && !batch.stored;
            batch.stored |= in_force;
            let items = batch.items.clone();
            for item in items.iter() {
                if !item.bad || tag & WITHOUT_BAD == 0 {
                    self.put(item.flow, item.message, in_force, shared, context);
                } else if in_force {
                    shared.books.fail(item.flow, BAD, context);
                }
            }
            Role::Ack
        };
        context.send(Draft {
            link: self.back,
            flow,
            cause: NonZeroU64::new(data & u64::from(u32::MAX)).map(MessageId),
            tag,
            role,
            hue: Hue::ROLE,
            marks: Marks {
                retry: attempt_of(tag) > 1,
                ..Marks::default()
            },
        });
    }

    /// One item of a batch. `in_force`: the accumulator still counts on it.
    fn put(
        &mut self,
        flow: FlowId,
        message: MessageId,
        in_force: bool,
        shared: &mut Shared,
        context: &mut Context,
    ) {
        shared.books.tally.brought += 1;
        shared.books.tally.stored += u64::from(in_force);
        if self.keys.begin_run(flow) {
            shared.books.tally.rows += 1;
            shared.books.pace.add(1.0, context.now());
        } else if shared.parameters.dedupe {
            shared.books.tally.suppressed += 1;
            let node = self.node;
            context.observe(|| Fact::Deduplicated {
                node,
                flow,
                message,
            });
        } else {
            shared.books.tally.duplicates += 1;
        }
        shared.books.end(flow, 0, context);
    }
}
