//! The accumulator: fills open batches, closes them at the first of three
//! limits, and keeps each batch until it is acknowledged or given up. What
//! comes of batches that fail is in `outcome`.

use super::batch::{BYTES, Batches, CLOSE, Item, LINGER, SIZE, State, tag_of};
use super::books::{CRASH, DISPLACED, ERROR, REFUSED, Shared, UNKNOWN};
use super::limit::Limit;
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, Fact, Hue, Instant, LinkId, Marks, Message, NodeId, Purpose, Queue, Role, Timer,
};
use crate::parts::station::{DOOR_MOST, OnFull};

/// Timers of the accumulator. An open batch has lingered: key and version.
pub const LINGERED: u8 = 2;
/// No acknowledgement in time: batch and attempt.
pub const ACK_TIMEOUT: u8 = 3;
/// A failed batch is sent again: batch and attempt.
pub const RETRY: u8 = 4;

const ACCEPTING: Purpose = Purpose::named("accepting");

/// A batch that fills.
#[derive(Clone, Debug, Default)]
pub struct Open {
    /// In order of acceptance.
    pub items: Vec<Item>,
    /// Together.
    pub bytes: u64,
    /// Its first item has waited long enough; it goes as soon as it can.
    pub due: bool,
    /// A timer of an earlier version is void.
    version: u32,
}

/// The batch that was closed last.
#[derive(Clone, Copy, Debug)]
pub struct Closed {
    /// Why.
    pub reason: u8,
    /// Of how many items.
    pub size: usize,
}

/// All that the accumulator knows.
#[derive(Clone, Debug)]
pub struct Accumulator {
    pub(super) node: NodeId,
    pub(super) out: LinkId,
    /// One a key.
    pub open: Vec<Open>,
    /// Closed, in order; they wait for a slot.
    pub ready: Queue<u64>,
    /// Not accepted yet, because the buffer is full.
    pub door: Queue<Item>,
    /// Open and closed ones together: items not ended.
    pub held: usize,
    /// Batches that have a slot.
    pub in_flight: u32,
    /// How many items a batch may have.
    pub limit: Limit,
    /// The last one closed.
    pub last: Option<Closed>,
    /// With their contents.
    pub batches: Batches,
}

impl Accumulator {
    /// An empty one that sends batches on `out`.
    pub fn new(node: NodeId, out: LinkId, keys: usize) -> Self {
        Self {
            node,
            out,
            open: vec![Open::default(); keys.max(1)],
            ready: Queue::default(),
            door: Queue::default(),
            held: 0,
            in_flight: 0,
            limit: Limit::default(),
            last: None,
            batches: Batches::default(),
        }
    }

    /// Items in open batches.
    pub fn filling(&self) -> u64 {
        let mut sum = 0;
        for open in &self.open {
            sum += open.items.len() as u64;
        }
        sum
    }

    /// An item arrives: it is accepted, refused, or waits at the door.
    pub fn receive(&mut self, item: Item, shared: &mut Shared, context: &mut Context) {
        if context.fails(self.node, ACCEPTING, item.flow.0, 0) {
            return self.refuse(&item, ERROR, shared, context);
        }
        if self.held >= shared.parameters.buffer {
            let on_full = shared.parameters.on_full;
            match on_full {
                OnFull::Block if self.door.len() < DOOR_MOST => {
                    return self.door.push_back(item);
                }
                OnFull::DropOldest if self.displace(shared, context) => {}
                _ => return self.refuse(&item, REFUSED, shared, context),
            }
        }
        self.accept(item, shared, context);
        self.pump(shared, context);
    }

    fn refuse(&self, item: &Item, outcome: u8, shared: &mut Shared, context: &mut Context) {
        discarded(self.node, item, 0, context);
        shared.books.end(item.flow, outcome, context);
    }

    /// Gives up the oldest that was not sent: a closed batch, or one item of
    /// an open one. Tells whether there was any.
    fn displace(&mut self, shared: &mut Shared, context: &mut Context) -> bool {
        if let Some(number) = self.ready.pop_front() {
            self.give_up(number, DISPLACED, shared, context);
            return true;
        }
        let Some(key) = self.oldest(|open| !open.items.is_empty()) else {
            return false;
        };
        let open = &mut self.open[key];
        let item = open.items.remove(0);
        open.bytes -= u64::from(item.bytes);
        self.held -= 1;
        shared.books.tally.left_open += 1;
        discarded(self.node, &item, 1, context);
        shared.books.fail(item.flow, DISPLACED, context);
        true
    }

    /// The key of the open batch whose first item came first.
    fn oldest(&self, is_meant: impl Fn(&Open) -> bool) -> Option<usize> {
        let mut found: Option<(Instant, usize)> = None;
        for (key, open) in self.open.iter().enumerate() {
            let Some(first) = open.items.first().filter(|_| is_meant(open)) else {
                continue;
            };
            if found.is_none_or(|(since, _)| first.since < since) {
                found = Some((first.since, key));
            }
        }
        found.map(|(_, key)| key)
    }

    fn accept(&mut self, mut item: Item, shared: &mut Shared, context: &mut Context) {
        item.since = context.now();
        shared.books.tally.accepted += 1;
        self.held += 1;
        let key = shared.parameters.key_of(item.hue).min(self.open.len() - 1);
        let bytes = u64::from(item.bytes);
        while !self.open[key].items.is_empty()
            && self.open[key].bytes + bytes > shared.parameters.max_bytes
        {
            self.close(key, BYTES, shared, context);
        }
        let open = &mut self.open[key];
        open.items.push(item);
        open.bytes += bytes;
        let first = open.items.len() == 1;
        if open.bytes >= shared.parameters.max_bytes {
            self.close(key, BYTES, shared, context);
        } else if self.is_full(key, shared) && !shared.parameters.adaptive {
            self.close(key, SIZE, shared, context);
        } else if first {
            self.arm(key, shared, context);
        }
    }

    fn is_full(&self, key: usize, shared: &Shared) -> bool {
        self.open[key].items.len() >= self.limit.items(&shared.parameters)
    }

    /// Sets the clock of an open batch by its first item. A slow accumulator
    /// is late.
    fn arm(&mut self, key: usize, shared: &Shared, context: &mut Context) {
        let node = self.node;
        let linger = context.slowed(node, shared.parameters.linger);
        let open = &mut self.open[key];
        open.version = open.version.wrapping_add(1);
        open.due = false;
        let Some(first) = open.items.first() else {
            return;
        };
        let left = (first.since + linger).since(context.now());
        open.due = left.0 == 0;
        if !open.due {
            let data = (key as u64) << 32 | u64::from(open.version);
            let kind = LINGERED;
            context.after(left, Timer { node, kind, data });
        }
    }

    /// An open batch has lingered.
    pub fn lingered(&mut self, data: u64, shared: &mut Shared, context: &mut Context) {
        let key = (data >> 32) as usize;
        let open = self.open.get_mut(key);
        if let Some(open) = open.filter(|open| open.version == data as u32) {
            open.due = true;
            self.pump(shared, context);
        }
    }

    /// Closes an open batch, or as much of it as a batch may have.
    fn close(&mut self, key: usize, reason: u8, shared: &mut Shared, context: &mut Context) {
        let most = self.limit.items(&shared.parameters);
        let open = &mut self.open[key];
        let size = most.min(open.items.len());
        let items: Vec<Item> = open.items.drain(..size).collect();
        for item in &items {
            open.bytes -= u64::from(item.bytes);
            shared.books.tally.fill_wait += u128::from(context.now().since(item.since).0);
        }
        self.arm(key, shared, context);
        let Some(flow) = items.first().map(|item| item.flow) else {
            return;
        };
        shared.books.tally.reasons[usize::from(reason)] += 1;
        shared.books.tally.closed += size as u64;
        self.last = Some(Closed { reason, size });
        let (node, value) = (self.node, size as u64);
        context.note(reason, node, flow, value);
        let number = self.batches.add(items.into(), reason);
        self.ready.push_back(number);
    }

    /// By hand: every open batch is closed as it is.
    pub fn close_all(&mut self, shared: &mut Shared, context: &mut Context) {
        if !context.is_up(self.node) {
            return;
        }
        for key in 0..self.open.len() {
            while !self.open[key].items.is_empty() {
                self.close(key, CLOSE, shared, context);
            }
        }
        self.pump(shared, context);
    }

    /// Goes on as far as it can: lets in who waits at the door, and sends
    /// while there are slots. A batch that is due fills on until it has one;
    /// one of adaptive size, even when it is full.
    pub fn pump(&mut self, shared: &mut Shared, context: &mut Context) {
        if !context.is_up(self.node) {
            return;
        }
        loop {
            if self.held < shared.parameters.buffer
                && let Some(item) = self.door.pop_front()
            {
                self.accept(item, shared, context);
            } else if self.in_flight < shared.parameters.in_flight
                && let Some(number) = self.next_ready(shared, context)
            {
                self.in_flight += 1;
                self.send(number, shared, context);
            } else {
                return;
            }
        }
    }

    fn next_ready(&mut self, shared: &mut Shared, context: &mut Context) -> Option<u64> {
        if self.ready.is_empty() {
            let limit = self.limit.items(&shared.parameters);
            let key = self.oldest(|open| open.due || open.items.len() >= limit)?;
            let full = self.open[key].items.len() >= limit;
            let reason = if full { SIZE } else { LINGER };
            self.close(key, reason, shared, context);
        }
        self.ready.pop_front()
    }

    /// Sends a batch that has a slot.
    pub(super) fn send(&mut self, number: u64, shared: &mut Shared, context: &mut Context) {
        let Some(batch) = self.batches.live(number) else {
            return;
        };
        let (Some(first), Some(last)) = (batch.items.first(), batch.items.last()) else {
            return;
        };
        batch.attempt += 1;
        batch.state = State::Sent;
        let attempt = batch.attempt;
        shared.books.tally.retries += u64::from(attempt > 1);
        let keyed = self.open.len() > 1;
        context.send(Draft {
            link: self.out,
            flow: first.flow,
            cause: Some(last.message),
            tag: tag_of(number, attempt),
            role: Role::Batch,
            hue: if keyed { first.hue } else { Hue::ROLE },
            marks: Marks {
                retry: attempt > 1,
                ..Marks::default()
            },
        });
        self.wait(
            ACK_TIMEOUT,
            number,
            attempt,
            shared.parameters.ack_timeout,
            context,
        );
    }

    /// Sets a clock for an attempt at a batch.
    pub(super) fn wait(
        &self,
        kind: u8,
        number: u64,
        attempt: u32,
        delay: crate::kernel::Duration,
        context: &mut Context,
    ) {
        let (node, data) = (self.node, number << 8 | u64::from(attempt & 0xff));
        let delay = context.slowed(node, delay);
        context.after(delay, Timer { node, kind, data });
    }

    /// Puts knobs in force.
    pub fn configure(&mut self, shared: &mut Shared, context: &mut Context) {
        for key in 0..self.open.len() {
            let up = context.is_up(self.node) && !shared.parameters.adaptive;
            while up && self.is_full(key, shared) {
                self.close(key, SIZE, shared, context);
            }
            self.arm(key, shared, context);
        }
        self.pump(shared, context);
    }

    /// Goes down. With a write-ahead log all that was accepted is found in it
    /// later; without, it is gone, and what became of batches that were sent
    /// is not known.
    pub fn crash(&mut self, shared: &mut Shared, context: &mut Context) {
        let mut door = std::mem::take(&mut self.door);
        while let Some(item) = door.pop_front() {
            self.refuse(&item, CRASH, shared, context);
        }
        self.in_flight = 0;
        self.ready.clear();
        let live = self.batches.all_live();
        if shared.parameters.write_ahead {
            for number in live {
                if let Some(batch) = self.batches.live(number) {
                    batch.state = State::Ready;
                }
                self.ready.push_back(number);
            }
            return;
        }
        for number in live {
            let sent = self
                .batches
                .get(number)
                .is_some_and(|batch| batch.attempt > 0);
            self.give_up(number, if sent { UNKNOWN } else { CRASH }, shared, context);
        }
        for key in 0..self.open.len() {
            let open = std::mem::take(&mut self.open[key]);
            shared.books.tally.left_open += open.items.len() as u64;
            self.held -= open.items.len();
            for item in &open.items {
                discarded(self.node, item, 2, context);
                shared.books.fail(item.flow, CRASH, context);
            }
            self.open[key].version = open.version.wrapping_add(1);
        }
    }

    /// Is up again, with what its log holds.
    pub fn restart(&mut self, shared: &mut Shared, context: &mut Context) {
        shared.books.tally.recovered += self.held as u64;
        self.configure(shared, context);
    }
}

/// An item is given up here: refused, displaced or lost in a crash.
pub(super) fn discarded(node: NodeId, item: &Item, why: u8, context: &mut Context) {
    let (flow, message) = (item.flow, item.message);
    context.observe(|| Fact::Discarded {
        node,
        flow,
        message,
        why,
        depth: 0,
    });
}

/// The item that a message brings.
pub fn item_of(message: &Message, bytes: u32, bad: bool) -> Item {
    Item {
        flow: message.flow,
        message: message.id,
        hue: message.hue,
        bytes,
        bad,
        since: message.arrive,
    }
}
