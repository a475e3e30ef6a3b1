//! The two that work: the processor on batches, and beside it the one that
//! takes the same items one by one. Both have as many workers, the same costs
//! and, for the same item, the same luck.

use super::batch::{Batches, State, WITHOUT_BAD, attempt_of, tag_of};
use super::books::Shared;
use super::knobs::OnError;
use crate::kernel::{Context, LinkId, Marks, Message, NodeId, Purpose, Role, Timer};
use crate::parts::station::{Admission, OnFull, Station, Work};

/// Timers of both; the data is the worker.
pub const FINISH: u8 = 1;

/// More copies of batches than this are turned away.
const BATCHES_MOST: usize = 1_000;

const ERRORS: Purpose = Purpose::named("errors");

/// Reasons of `Fact::Discarded`, as `Pattern::discards` names them.
const REFUSED: u8 = 0;
const CRASH: u8 = 2;

/// In the memo of work: something in it cannot be processed. Above, how many
/// items it is.
const BAD: u32 = 1;

/// What came to a bench and went, in batches or items as it handles them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Passage {
    /// Arrived.
    pub arrived: u64,
    /// Worked on and passed on.
    pub done: u64,
    /// Worked on in vain, for good.
    pub failed: u64,
    /// Found the queue full.
    pub refused: u64,
    /// Lost in a crash.
    pub crashed: u64,
}

/// One of the two.
#[derive(Clone, Debug)]
pub struct Bench {
    /// Its queue and workers.
    pub station: Station,
    /// Whether it takes items one by one.
    single: bool,
    /// To the store.
    out: LinkId,
    /// To the accumulator; of no meaning for single items.
    back: LinkId,
    /// See there.
    pub passage: Passage,
}

impl Bench {
    /// An idle one.
    pub fn new(node: NodeId, single: bool, out: LinkId, back: LinkId) -> Self {
        Self {
            station: Station::new(node, FINISH),
            single,
            out,
            back,
            passage: Passage::default(),
        }
    }

    /// What it holds.
    pub fn holds(&self) -> u64 {
        u64::from(self.station.depth() + self.station.busy())
    }

    /// Puts knobs in force.
    pub fn configure(&mut self, shared: &Shared, context: &mut Context) {
        self.station.cap = match self.single {
            true => shared.parameters.queue_cap,
            false => BATCHES_MOST,
        };
        self.station.on_full = OnFull::Reject;
        self.station.set_workers(shared.parameters.workers);
        self.pump(shared, context);
    }

    /// Work arrives.
    pub fn receive(
        &mut self,
        message: &Message,
        (size, bad): (usize, bool),
        shared: &mut Shared,
        context: &mut Context,
    ) {
        self.passage.arrived += 1;
        let mut work = Work::one_way(message, self.back);
        work.memo = (size as u32) << 1 | u32::from(bad);
        if self.single {
            work.tag = tag_of(0, 1);
        }
        self.offer(work, shared, context);
        self.pump(shared, context);
    }

    fn offer(&mut self, work: Work, shared: &mut Shared, context: &mut Context) {
        if let Admission::Refused = self.station.offer(work, context) {
            self.passage.refused += 1;
            self.station.discard(&work, REFUSED, context);
            self.fail(&work, shared, context);
        }
    }

    fn forget(&self, work: &Work, shared: &mut Shared, context: &Context) {
        if self.single {
            shared.books.end_beside(work.flow, false, context.now());
        }
    }

    /// Tells who sent it that it failed.
    fn fail(&self, work: &Work, shared: &mut Shared, context: &mut Context) {
        self.forget(work, shared, context);
        if !self.single {
            work.send(work.reply, Role::Error, work.tag, context);
        }
    }

    /// Puts idle workers to work.
    pub fn pump(&mut self, shared: &Shared, context: &mut Context) {
        let node = self.station.node();
        if !context.is_up(node) {
            return;
        }
        while let Some(queued) = self.station.take_next() {
            let work = queued.item;
            let mean = shared.parameters.overhead
                + shared.parameters.per_item.scaled(f64::from(work.memo >> 1));
            let attempt = u64::from(attempt_of(work.tag));
            let distribution = shared.parameters.distribution;
            let takes = distribution.takes(mean, work.flow, attempt, node, context);
            self.station.start(queued, takes, context);
        }
    }

    /// A worker's time is up.
    pub fn finish(
        &mut self,
        timer: Timer,
        batches: &Batches,
        shared: &mut Shared,
        context: &mut Context,
    ) {
        let Some(work) = self.station.finish(timer.data, context) else {
            return;
        };
        let wanted = self.single || is_wanted(&work, batches);
        let worker = timer.data as u16;
        self.station.finished(worker, &work, wanted, context);
        let bad = work.memo & BAD != 0;
        let leaves_out = !self.single && shared.parameters.on_error == OnError::DropBad;
        let attempt = attempt_of(work.tag);
        let key = u64::from(attempt);
        let fails = context.fails(timer.node, ERRORS, work.flow.0, key) || bad && !leaves_out;
        if !fails {
            self.passage.done += 1;
            let tag = work.tag | if bad { WITHOUT_BAD } else { 0 };
            let role = if self.single {
                Role::Record
            } else {
                Role::Batch
            };
            work.send(self.out, role, tag, context);
        } else if self.single && attempt < shared.parameters.max_attempts {
            let tag = tag_of(0, attempt + 1);
            let marks = Marks {
                retry: true,
                ..work.marks
            };
            self.offer(Work { tag, marks, ..work }, shared, context);
        } else {
            self.passage.failed += 1;
            self.fail(&work, shared, context);
        }
        self.pump(shared, context);
    }

    /// All it held is lost; who sent a batch will miss the answer.
    pub fn crash(&mut self, shared: &mut Shared, context: &mut Context) {
        for work in self.station.crash(CRASH, context) {
            self.passage.crashed += 1;
            self.forget(&work, shared, context);
        }
    }

    /// Work stands still, or goes on.
    pub fn set_paused(&mut self, paused: bool, shared: &Shared, context: &mut Context) {
        self.station.set_paused(paused, context.now());
        self.pump(shared, context);
    }

    /// The store answered a batch: the accumulator hears of it.
    pub fn forward(&self, message: &Message, context: &mut Context) {
        let answer = Work::one_way(message, self.back);
        answer.send(self.back, message.role, message.tag, context);
    }
}

/// Whether the batch is neither over nor stored already.
pub fn is_wanted(work: &Work, batches: &Batches) -> bool {
    let batch = batches.get(batches.number_of(work.tag));
    batch.is_some_and(|batch| batch.state != State::Ended && !batch.stored)
}
