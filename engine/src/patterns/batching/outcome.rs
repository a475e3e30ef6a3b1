//! What becomes of batches that were sent: acknowledged, failed and sent
//! again, halved, or given up.

use super::accumulator::{Accumulator, RETRY, discarded};
use super::batch::{Item, State, attempt_of};
use super::books::{BAD, GAVE_UP, Shared};
use super::knobs::OnError;
use crate::kernel::Context;
use std::sync::Arc;

impl Accumulator {
    /// A batch is over: its items are held no longer.
    fn end(&mut self, number: u64) {
        if let Some(batch) = self.batches.live(number) {
            self.held -= batch.items.len();
            self.batches.end(number);
        }
    }

    /// Ends a batch; items that the store has not written fail.
    pub(super) fn give_up(
        &mut self,
        number: u64,
        outcome: u8,
        shared: &mut Shared,
        context: &mut Context,
    ) {
        let Some(batch) = self.batches.live(number) else {
            return;
        };
        let (items, stored) = (batch.items.clone(), batch.stored);
        self.end(number);
        for item in items.iter().filter(|_| !stored) {
            let outcome = if item.bad && outcome == GAVE_UP {
                BAD
            } else {
                outcome
            };
            shared.books.fail(item.flow, outcome, context);
            discarded(self.node, item, 3, context);
        }
    }

    /// A batch is acknowledged.
    pub fn acknowledged(&mut self, tag: u32, shared: &mut Shared, context: &mut Context) {
        let number = self.batches.number_of(tag);
        let Some(batch) = self.batches.live(number) else {
            return;
        };
        // An answer to an attempt before a crash: it waits among the ready.
        if batch.state == State::Ready {
            self.ready.retain(|ready| *ready != number);
        } else {
            self.in_flight -= 1;
        }
        let size = batch.items.len();
        self.end(number);
        self.pump(shared, context);
        let behind =
            !self.ready.is_empty() || self.filling() >= self.limit.items(&shared.parameters) as u64;
        self.limit
            .learn(size, context.now(), behind, &shared.parameters);
    }

    /// The processor or the store could not do an attempt.
    pub fn failed(&mut self, tag: u32, shared: &mut Shared, context: &mut Context) {
        let number = self.batches.number_of(tag);
        let (attempt, most) = (attempt_of(tag), shared.parameters.max_attempts);
        let Some(batch) = self.batches.live(number) else {
            return;
        };
        if batch.state != State::Sent || batch.attempt & 0xff != attempt {
            return;
        }
        let (count, flow, delay) = (batch.attempt, batch.items[0].flow, shared.parameters.retry);
        let halves =
            shared.parameters.on_error == OnError::Bisect && batch.items.len() > 1 && !batch.stored;
        if halves {
            return self.halve(number, shared, context);
        }
        if count >= most {
            return self.exhausted(number, shared, context);
        }
        batch.state = State::Resting;
        context.retried(flow, count, delay);
        self.wait(RETRY, number, attempt, delay, context);
    }

    fn exhausted(&mut self, number: u64, shared: &mut Shared, context: &mut Context) {
        self.give_up(number, GAVE_UP, shared, context);
        self.in_flight -= 1;
        self.pump(shared, context);
    }

    /// A clock of an attempt: nothing was heard of it, or it is time to send
    /// the batch again.
    pub fn attempt_fires(
        &mut self,
        data: u64,
        rested: bool,
        shared: &mut Shared,
        context: &mut Context,
    ) {
        let (number, attempt) = (data >> 8, data as u32 & 0xff);
        let state = if rested { State::Resting } else { State::Sent };
        let Some(batch) = self.batches.live(number) else {
            return;
        };
        if batch.state != state || batch.attempt & 0xff != attempt {
            return;
        }
        let (count, flow) = (batch.attempt, batch.items[0].flow);
        if !rested {
            shared.books.tally.timeouts += 1;
            let attempt = count;
            context.timed_out(flow, attempt);
            if count >= shared.parameters.max_attempts {
                return self.exhausted(number, shared, context);
            }
        }
        self.send(number, shared, context);
    }

    /// Each half is a batch of its own, next in line.
    fn halve(&mut self, number: u64, shared: &mut Shared, context: &mut Context) {
        let Some(batch) = self.batches.live(number) else {
            return;
        };
        let (items, reason) = (batch.items.clone(), batch.reason);
        self.end(number);
        self.in_flight -= 1;
        self.held += items.len();
        shared.books.tally.splits += 1;
        let (node, flow, value) = (self.node, items[0].flow, items.len() as u64);
        context.note(4, node, flow, value);
        let (first, second) = items.split_at(items.len() / 2);
        for half in [second, first] {
            let half: Arc<[Item]> = half.into();
            let number = self.batches.add(half, reason);
            self.ready.push_front(number);
        }
        self.pump(shared, context);
    }
}
