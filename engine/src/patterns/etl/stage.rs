//! The two stages between staging and the warehouse: each has a queue and
//! workers, takes rows under credit and passes them on under credit, and keeps
//! a worker blocked while the next stage has no room. The second one writes:
//! in chunks, or row by row. What the transformer decides is in `rules`.

use super::knobs::CHUNK;
use super::run::{
    BEGIN, COMMITTED, DEDUPLICATED, END, FINISH, LOADED, NO_ATTEMPT, Of, READY, REPEATED, Shared,
    State, attempt_of, count_of, is_newer, send, tag_of,
};
use crate::kernel::{Context, Duration, FlowId, LinkId, Message, NodeId, Purpose, Role, Timer};
use crate::parts::station::{Station, Work};

/// A row that is worked on again after an error takes at least this.
const AGAIN_LEAST: Duration = Duration(1_000_000);
/// Marks the last row of a chunk.
const LAST: u32 = 1 << 31;

/// The one reason of `Fact::Discarded`: what waits is of an attempt that is over.
const STALE: u8 = 0;

const SERVICE: Purpose = Purpose::named("service");
const ERRORS: Purpose = Purpose::named("errors");

/// Where a stage's messages go.
#[derive(Clone, Copy, Debug)]
pub struct Links {
    /// To the one before.
    pub back: LinkId,
    /// To the next one.
    pub out: LinkId,
    /// To quarantine, from the transformer.
    pub aside: Option<LinkId>,
}

/// What a stage knows of one attempt.
#[derive(Clone, Copy, Debug, Default)]
struct Course {
    attempt: u32,
    /// Rows taken, told of as done, and done.
    received: u32,
    told: u32,
    done: u32,
    /// Rows passed on, and known to be done there.
    sent: u32,
    acked: u32,
    /// Bit by bit, workers whose row finds no room in the next stage.
    blocked: u32,
    /// Rows in quarantine's hands.
    rejecting: u32,
    /// Chunks in the warehouse's hands.
    uncommitted: u32,
    /// No row will follow; and that has been passed on.
    ending: bool,
    ended: bool,
}

/// One of the two.
#[derive(Clone, Debug)]
pub struct Stage {
    pub station: Station,
    /// Rows written, each chunk up to one that is marked, of one attempt; what
    /// is sent of them outlives a crash.
    written: Vec<u32>,
    written_in: u32,
    /// How many of them are in closed chunks.
    cut: usize,
    /// 0 for the first, 1 for the one that writes.
    pub index: usize,
    links: Links,
    course: Course,
}

impl Stage {
    /// An idle one.
    pub fn new(node: NodeId, index: usize, links: Links) -> Self {
        Self {
            station: Station::new(node, FINISH),
            written: Vec::new(),
            written_in: NO_ATTEMPT,
            cut: 0,
            index,
            links,
            course: Course {
                attempt: NO_ATTEMPT,
                ..Course::default()
            },
        }
    }

    /// Whether it is the transformer.
    pub fn transforms(&self) -> bool {
        self.links.aside.is_some()
    }

    /// Whether a worker waits for room in the next stage.
    pub fn is_blocked(&self) -> bool {
        self.course.blocked > 0
    }

    /// Puts the knobs in force.
    pub fn configure(&mut self, shared: &Shared, context: &mut Context) {
        self.station.cap = usize::MAX;
        self.station
            .set_workers(shared.parameters.workers(self.index) as usize);
        self.pump(shared, context);
    }

    fn writes(&self) -> bool {
        self.index == 1
    }

    fn send(&self, link: LinkId, role: Role, count: u32, of: Of, context: &mut Context) {
        send(link, role, tag_of(self.course.attempt, count), of, context);
    }

    /// Forgets what it has of an attempt.
    fn reset(&mut self, attempt: u32, context: &mut Context) {
        for worker in 0..u32::BITS {
            if self.course.blocked >> worker & 1 == 1 {
                self.release(worker, false, context);
            }
        }
        self.course = Course {
            attempt,
            ..Course::default()
        };
    }

    /// A message from before or behind.
    pub fn hear(&mut self, message: &Message, shared: &mut Shared, context: &mut Context) {
        let (attempt, count) = (attempt_of(message.tag), count_of(message.tag));
        let known = self.course.attempt;
        if message.role == Role::Control && count == BEGIN && is_newer(attempt, known) {
            self.reset(attempt, context);
            (self.written_in, self.cut) = (attempt, 0);
            self.written.clear();
            return self.send(self.links.out, Role::Control, BEGIN, Of::NONE, context);
        }
        if attempt != known {
            return;
        }
        let course = &mut self.course;
        match message.role {
            Role::Record => self.take(message, shared, context),
            Role::Control => course.ending |= count == END,
            Role::Ack if message.flow != FlowId::NONE => {
                course.rejecting = course.rejecting.saturating_sub(1);
            }
            Role::Ack => {
                course.acked = count.min(course.sent).max(course.acked);
                self.unblock(shared, context);
            }
            Role::Response => {
                if self.index == 1 && count == COMMITTED {
                    course.uncommitted = course.uncommitted.saturating_sub(1);
                }
                if count == READY && self.transforms() {
                    shared.recall();
                }
                self.send(self.links.back, Role::Response, count, Of::NONE, context);
            }
            _ => {}
        }
        self.pump(shared, context);
    }

    fn take(&mut self, message: &Message, shared: &mut Shared, context: &mut Context) {
        let attempt = self.course.attempt;
        let Some(index) = shared.index_of(message.flow) else {
            return;
        };
        let taken = &mut shared.entries[index].taken[self.index];
        if *taken != attempt
            && let Some(mut work) = Work::of(message, context)
        {
            *taken = attempt;
            self.course.received += 1;
            work.tag = tag_of(attempt, 0);
            self.station.offer(work, context);
            if self.transforms() {
                shared.meet(index);
            }
        }
    }

    fn unblock(&mut self, shared: &mut Shared, context: &mut Context) {
        while self.is_blocked() && self.has_credit(shared) {
            let worker = self.course.blocked.trailing_zeros();
            self.course.blocked &= self.course.blocked - 1;
            if let Some(work) = self.release(worker, true, context) {
                self.pass_on(&work, context);
            }
        }
    }

    fn is_stale(&self, work: &Work) -> bool {
        attempt_of(work.tag) != self.course.attempt
    }

    /// The second key of a draw for work on a row.
    fn key(&self, work: &Work) -> u64 {
        u64::from(work.tag) << 8 | self.index as u64
    }

    /// Puts idle workers to work, tells the one before what is done, and ends
    /// when all is.
    pub fn pump(&mut self, shared: &Shared, context: &mut Context) {
        let node = self.station.node();
        if !context.is_up(node) {
            return;
        }
        while let Some(queued) = self.station.take_next() {
            let work = queued.item;
            if self.is_stale(&work) {
                self.station.discard(&work, STALE, context);
                continue;
            }
            let mean = shared.parameters.service(self.index);
            let mut draws = context
                .random()
                .keyed(SERVICE, work.flow.0, self.key(&work));
            let mut takes = shared.parameters.distribution.draw(mean, &mut draws);
            if count_of(work.tag) > 0 {
                takes = takes.max(AGAIN_LEAST);
            }
            let takes = context.slowed(node, takes);
            self.station.start(queued, takes, context);
        }
        // In time, lest the one before run out of credit.
        let Course {
            received,
            told,
            done,
            ..
        } = self.course;
        if 2 * (received - told) > shared.parameters.window(self.index) && done > told {
            self.course.told = done;
            self.send(self.links.back, Role::Ack, done, Of::NONE, context);
        }
        self.end_if_empty(shared, context);
    }

    fn end_if_empty(&mut self, shared: &Shared, context: &mut Context) {
        let holds = self.station.depth() + self.station.busy() + self.course.rejecting;
        if !self.course.ending || self.course.ended || holds > 0 {
            return;
        }
        self.close_chunk(shared, context);
        if self.course.uncommitted == 0 {
            self.course.ended = true;
            self.send(self.links.out, Role::Control, END, Of::NONE, context);
        }
    }

    fn release(&mut self, worker: u32, wanted: bool, context: &mut Context) -> Option<Work> {
        let worker = worker as u16;
        let work = self.station.release(worker)?;
        self.station.finished(worker, &work, wanted, context);
        Some(work)
    }

    fn has_credit(&self, shared: &Shared) -> bool {
        self.writes() || self.course.sent - self.course.acked < shared.parameters.window(1)
    }

    /// A worker's time is up.
    pub fn finish(&mut self, timer: Timer, shared: &mut Shared, context: &mut Context) {
        let Some(mut work) = self.station.finish_and_hold(timer.data, context) else {
            return;
        };
        let worker = timer.data as u32;
        let index = shared.index_of(work.flow);
        if let Some(index) = index.filter(|_| !self.is_stale(&work)) {
            let (node, key) = (self.station.node(), self.key(&work));
            if context.fails(node, ERRORS, work.flow.0, key) {
                shared.counts[REPEATED] += 1;
                self.release(worker, false, context);
                work.tag += 1;
                self.station.offer(work, context);
            } else {
                self.worked(worker, index, &work, shared, context);
            }
        } else {
            self.release(worker, false, context);
        }
        self.pump(shared, context);
    }

    /// A row has been worked on without an error.
    fn worked(
        &mut self,
        worker: u32,
        index: usize,
        work: &Work,
        shared: &mut Shared,
        context: &mut Context,
    ) {
        let state = match self.transforms() {
            true => shared.judge(index),
            false => LOADED,
        };
        if state == LOADED && !self.has_credit(shared) {
            self.course.blocked |= 1 << worker;
            return;
        }
        self.release(worker, true, context);
        match state {
            LOADED if self.writes() => self.write(index, work, shared, context),
            LOADED => self.pass_on(work, context),
            DEDUPLICATED => self.leave_out(index, work, shared, context),
            reason => self.reject(reason, work, context),
        }
    }

    fn leave_out(&mut self, index: usize, work: &Work, shared: &mut Shared, context: &mut Context) {
        self.course.done += 1;
        shared.entries[index].kept = true;
        shared.settle(index, DEDUPLICATED, context);
        self.station.deduplicated(work, context);
    }

    fn reject(&mut self, reason: State, work: &Work, context: &mut Context) {
        self.course.done += 1;
        if let Some(aside) = self.links.aside {
            self.course.rejecting += 1;
            let count = u32::from(reason);
            self.send(aside, Role::Record, count, of_work(work), context);
        }
    }

    fn pass_on(&mut self, work: &Work, context: &mut Context) {
        let sent = self.course.sent;
        self.course.done += 1;
        self.course.sent += 1;
        self.send(self.links.out, Role::Record, sent, of_work(work), context);
    }

    fn write(&mut self, index: usize, work: &Work, shared: &Shared, context: &mut Context) {
        self.course.done += 1;
        if !shared.run.transactional {
            let count = self.written.len() as u32;
            self.send(self.links.out, Role::Record, count, of_work(work), context);
        }
        self.written.push(index as u32);
        if self.filling().len() >= shared.parameters.count(CHUNK) as usize {
            self.close_chunk(shared, context);
        }
    }

    /// Rows in the open chunk.
    pub fn filling(&self) -> &[u32] {
        &self.written[self.cut..]
    }

    /// Closes the open chunk, if there is any row in it, and sends it.
    fn close_chunk(&mut self, shared: &Shared, context: &mut Context) {
        let start = self.cut;
        if let Some(last) = self.written[start..].last_mut() {
            *last |= LAST;
            let of = Of::flow(shared.flow_of((*last & !LAST) as usize));
            self.cut = self.written.len();
            self.course.uncommitted += 1;
            self.send(self.links.out, Role::Batch, start as u32, of, context);
        }
    }

    /// The rows of a chunk by its place; none if another attempt has begun.
    pub fn chunk(&self, attempt: u32, start: u32) -> Chunk<'_> {
        let rows = self.written.get(start as usize..);
        let rows = rows.filter(|_| attempt == self.written_in);
        Chunk(rows.unwrap_or_default())
    }

    /// Its rows and all that it knows are gone.
    pub fn crash(&mut self, context: &mut Context) {
        self.station.crash(STALE, context);
        // The open chunk was only in memory.
        self.written.truncate(self.cut);
        self.course.blocked = 0;
        self.reset(NO_ATTEMPT, context);
    }

    /// Work stands still, or goes on.
    pub fn set_paused(&mut self, paused: bool, shared: &Shared, context: &mut Context) {
        self.station.set_paused(paused, context.now());
        self.pump(shared, context);
    }
}

/// The rows from a place to the end of the chunk there.
pub struct Chunk<'a>(&'a [u32]);

impl Iterator for Chunk<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let (row, rest) = self.0.split_first()?;
        self.0 = if row & LAST == 0 { rest } else { &[] };
        Some((row & !LAST) as usize)
    }
}

fn of_work(work: &Work) -> Of {
    Of {
        cause: Some(work.message),
        hue: work.hue,
        ..Of::flow(work.flow)
    }
}
