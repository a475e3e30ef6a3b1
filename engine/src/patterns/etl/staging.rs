//! Staging: keeps rows until they are settled, and runs the runs. It has the
//! schedule, reads the sources through one stream each, hands rows on under
//! the credit of the next stage, and tries again when nothing moves. What it
//! knows is on disk; only its timers go down with it.

use super::knobs::{
    BUFFER, CHUNK, EVERY, EXTRACT, EXTRACT_TIME, EXTRACTORS, IF_RUNNING, LOAD, OVERLAP, RETRY,
    STAGING, TIMEOUT, TRANSACTIONAL,
};
use super::record::CRM;
use super::run::{
    ATTEMPTS, BEGIN, COMMITTED, END, FINISHED, GONE, HAND, LOOK, NO_ATTEMPT, Of, READY, RETRIES,
    SKIPPED, Shared, TICK, attempt_of, count_of, send, tag_of,
};
use super::source::{LIMITED, ROW_BITS, Reading, Source, time_key};
use crate::kernel::{
    Context, Duration, Hue, Instant, LinkId, Message, NodeId, Purpose, Role, Timer,
};

/// The first run begins when the sources have their rows.
const FIRST_RUN: Duration = Duration(50_000_000);
/// A staging slowed k times hands on one row each k - 1 times this.
const HAND_OVER: Duration = Duration(10_000_000);
/// Runs that wait, at most.
const WAITING_MOST: u32 = 100;
/// The patience with who is silent doubles so often.
const DOUBLINGS_MOST: u32 = 20;
const REQUESTS: u32 = 1 << 20;
/// Customers first: others are joined with them.
const READING_ORDER: [usize; 3] = [CRM as usize, 0, 2];

const RECEIVING: Purpose = Purpose::named("staging");

/// The one that runs runs.
#[derive(Clone, Copy, Debug)]
pub struct Staging {
    pub node: NodeId,
    out: LinkId,
    /// A timer of another version is void.
    schedule: u32,
    every: Duration,
    /// Runs that are due.
    waiting: u32,
    /// The next run reads everything.
    pub backfill: bool,
    /// Bit by bit, the sources that are not read to their end.
    unread: u32,
    attempt: u32,
    /// Of the run in hand.
    pub attempts: u32,
    ready: bool,
    ended: bool,
    /// It came to nothing; the next one begins after a rest.
    failed: bool,
    handing: bool,
    sent: u32,
    acked: u32,
    /// How far among staged rows: customers, then all others.
    next: [usize; 2],
    heard: Instant,
    fruitless: u32,
}

/// A time that doubles with each failure.
fn patience(base: Duration, fruitless: u32) -> Duration {
    base.scaled(f64::from(1 << fruitless.min(DOUBLINGS_MOST)))
}

impl Staging {
    /// An idle one that hands on over `out`.
    pub fn new(node: NodeId, out: LinkId) -> Self {
        Self {
            node,
            out,
            schedule: 0,
            every: Duration::ZERO,
            waiting: 0,
            backfill: false,
            unread: 0,
            attempt: NO_ATTEMPT,
            attempts: 0,
            ready: false,
            ended: false,
            failed: false,
            handing: false,
            sent: 0,
            acked: 0,
            next: [0; 2],
            heard: Instant::START,
            fruitless: 0,
        }
    }

    fn after(&self, delay: Duration, kind: u8, data: u64, context: &mut Context) {
        let node = self.node;
        context.after(delay, Timer { node, kind, data });
    }

    /// Before it tries again, longer if it is slow.
    fn rest(&self, shared: &Shared, context: &Context) -> Duration {
        let slow = context.node(self.node).slow.max(1.0);
        shared.parameters.time(RETRY).scaled(slow)
    }

    /// How often it looks whether something is late: four times a rest or a
    /// timeout.
    fn look_later(&self, shared: &Shared, context: &mut Context) {
        let rest = self.rest(shared, context);
        let timeout = shared.parameters.time(TIMEOUT);
        let period = Duration(rest.min(timeout).0 / 4);
        self.after(period, LOOK, u64::from(shared.run.number), context);
    }

    /// The course begins.
    pub fn start(&mut self, shared: &Shared, context: &mut Context) {
        self.every = shared.parameters.time(EVERY);
        self.after(FIRST_RUN.min(self.every), TICK, 0, context);
    }

    /// The schedule begins anew from now, if it has changed or was lost.
    pub fn reschedule(&mut self, lost: bool, shared: &Shared, context: &mut Context) {
        if lost || self.every != shared.parameters.time(EVERY) {
            self.schedule = self.schedule.wrapping_add(1);
            self.next_tick(shared, context);
        }
    }

    fn next_tick(&mut self, shared: &Shared, context: &mut Context) {
        self.every = shared.parameters.time(EVERY);
        self.after(self.every, TICK, u64::from(self.schedule), context);
    }

    /// A run is due.
    pub fn tick(
        &mut self,
        data: u64,
        sources: &mut [Source],
        shared: &mut Shared,
        context: &mut Context,
    ) {
        if data == u64::from(self.schedule) {
            self.next_tick(shared, context);
            self.run(false, sources, shared, context);
        }
    }

    /// Starts a run, unless one is in hand; `again`, the last one's rows.
    pub fn run(
        &mut self,
        again: bool,
        sources: &mut [Source],
        shared: &mut Shared,
        context: &mut Context,
    ) {
        if !shared.run.open {
            self.begin(again, sources, shared, context);
        } else if shared.parameters.count(IF_RUNNING) == 1 && !again && self.waiting < WAITING_MOST
        {
            self.waiting += 1;
        } else {
            shared.counts[SKIPPED] += 1;
        }
    }

    fn begin(
        &mut self,
        again: bool,
        sources: &mut [Source],
        shared: &mut Shared,
        context: &mut Context,
    ) {
        let last = std::mem::take(&mut shared.entries);
        shared.staged.clear();
        let run = &mut shared.run;
        run.base += last.len() as u64;
        run.number += 1;
        (run.open, run.again, run.started) = (true, again, context.now());
        run.mode = shared.parameters.count(LOAD) as u8;
        (run.rows, run.ended) = ([0; 8], None);
        run.transactional = shared.parameters.count(TRANSACTIONAL) == 0;
        run.swapped = false;
        let full = std::mem::take(&mut self.backfill) || shared.parameters.count(EXTRACT) == 1;
        let behind = match shared.mark.filter(|_| !full) {
            Some(mark) => time_key(mark).saturating_sub(shared.parameters.time(OVERLAP).0 + 1),
            None => 0,
        };
        self.unread = 0;
        for source in sources.iter_mut() {
            let stream = &mut source.stream;
            stream.behind = (behind, u32::MAX);
            stream.fruitless = 0;
            if !again {
                stream.reading = Reading::Idle;
                self.unread |= 1 << source.index;
            }
        }
        for entry in last.iter().filter(|entry| again && entry.state != GONE) {
            let index = shared.enter(entry.row, entry.slot, self.node, context);
            shared.stage(index, entry.message);
        }
        (self.attempts, self.fruitless) = (0, 0);
        self.begin_attempt(shared, context);
        self.open_streams(sources, shared, context);
        self.look_later(shared, context);
    }

    /// All stages forget what they have of this run, and the warehouse tells
    /// what is committed.
    fn begin_attempt(&mut self, shared: &mut Shared, context: &mut Context) {
        self.attempt = self.attempt.wrapping_add(1) % ATTEMPTS;
        self.attempts += 1;
        shared.counts[RETRIES] += u64::from(self.attempts > 1);
        (self.ready, self.ended) = (false, false);
        (self.failed, self.handing) = (false, false);
        (self.sent, self.acked, self.next) = (0, 0, [0; 2]);
        self.heard = context.now();
        self.send(
            self.out,
            Role::Control,
            tag_of(self.attempt, BEGIN),
            Of::NONE,
            context,
        );
    }

    fn send(&self, link: LinkId, role: Role, tag: u32, mut of: Of, context: &mut Context) {
        of.retry = self.attempts > 1;
        send(link, role, tag, of, context);
    }

    /// How long silence is no failure: the rows in hand take their time.
    fn limit(&self, shared: &Shared) -> Duration {
        let parameters = &shared.parameters;
        let row = parameters.service(0).max(parameters.service(1));
        let rows = parameters.number(BUFFER) + parameters.number(CHUNK) + 2.0;
        let limit = parameters.time(TIMEOUT) + row.scaled(rows);
        patience(limit, self.fruitless)
    }

    fn has_credit(&self, shared: &Shared) -> bool {
        self.sent - self.acked < shared.parameters.window(0)
    }

    /// Looks whether anything moves that should: sources that were asked, and
    /// stages that are to begin or to end, or that hold all they may.
    pub fn look(
        &mut self,
        data: u64,
        sources: &mut [Source],
        shared: &mut Shared,
        context: &mut Context,
    ) {
        if data != u64::from(shared.run.number) || !shared.run.open {
            return;
        }
        let (now, rest) = (context.now(), self.rest(shared, context));
        for source in sources {
            let stream = &mut source.stream;
            let asked = stream.reading == Reading::Asked;
            let base = shared.parameters.time(TIMEOUT) + shared.parameters.time(EXTRACT_TIME);
            let limit = match stream.reading {
                Reading::Asked => patience(base, stream.fruitless),
                Reading::Resting => rest,
                _ => continue,
            };
            if stream.heard + limit <= now {
                stream.fruitless += u32::from(asked);
                self.ask(source, shared, context);
            }
        }
        if self.ready && !self.ended && !self.failed && self.has_credit(shared) {
            self.heard = now;
        }
        let limit = if self.failed {
            rest
        } else {
            self.limit(shared)
        };
        if self.heard + limit <= now {
            self.fruitless += u32::from(!self.failed);
            self.begin_attempt(shared, context);
        }
        self.look_later(shared, context);
    }

    /// As many sources are read at a time as may be.
    fn open_streams(&mut self, sources: &mut [Source], shared: &Shared, context: &mut Context) {
        let mut open = 0;
        for source in sources.iter() {
            open += u32::from(is_reading(source));
        }
        for index in READING_ORDER {
            if let Some(source) = sources.get_mut(index)
                && source.stream.reading == Reading::Idle
                && open < shared.parameters.count(EXTRACTORS)
            {
                open += 1;
                self.ask(source, shared, context);
            }
        }
    }

    /// Asks a source for the page behind the last row.
    fn ask(&self, source: &mut Source, shared: &Shared, context: &mut Context) {
        let full = shared.run.unsettled >= shared.parameters.count(STAGING) && source.index != CRM;
        let stream = &mut source.stream;
        stream.request = (stream.request + 1) % REQUESTS;
        stream.index = 0;
        stream.heard = context.now();
        stream.reading = if full {
            Reading::Resting
        } else {
            Reading::Asked
        };
        let (link, tag) = (stream.link, stream.request << ROW_BITS);
        if !full {
            self.send(link, Role::Request, tag, Of::NONE, context);
        }
    }

    /// A message from a source.
    pub fn hear_source(
        &mut self,
        message: &Message,
        at: usize,
        sources: &mut [Source],
        shared: &mut Shared,
        context: &mut Context,
    ) {
        let (request, index) = (message.tag >> ROW_BITS, message.tag % (1 << ROW_BITS));
        let source = &mut sources[at];
        let stream = &mut source.stream;
        if stream.request != request || stream.reading != Reading::Asked {
            return;
        }
        stream.limited = message.role == Role::Error && index == LIMITED;
        match message.role {
            Role::Record if index == stream.index => {
                self.receive(message, source, shared, context);
            }
            // What came before it is lost or late: asked for again at the end.
            Role::Record => {}
            Role::Response if index == stream.index => self.ask(source, shared, context),
            Role::Ack if index == stream.index => {
                stream.reading = Reading::Done;
                self.unread &= !(1 << at);
                self.open_streams(sources, shared, context);
                self.pump(shared, context);
            }
            _ => {
                stream.reading = Reading::Resting;
                stream.heard = context.now();
            }
        }
    }

    fn receive(
        &mut self,
        message: &Message,
        source: &mut Source,
        shared: &mut Shared,
        context: &mut Context,
    ) {
        let Some(index) = shared.index_of(message.flow) else {
            return;
        };
        let name = u64::from(message.tag) << 8 | u64::from(source.index);
        if context.fails(self.node, RECEIVING, message.flow.0, name) {
            return;
        }
        let entry = shared.entries[index];
        let stream = &mut source.stream;
        stream.behind = (time_key(entry.row.updated), entry.slot);
        stream.index += 1;
        stream.heard = context.now();
        if shared.stage(index, Some(message.id)) {
            source.staged(entry.slot, &entry.row, shared);
            self.pump(shared, context);
        }
    }

    /// The next row to hand on: customers first, and others when all of these
    /// are staged. A row that the checkpoint covers is left out.
    fn next_row(&mut self, shared: &Shared) -> Option<usize> {
        for class in 0..2 {
            if class == 1 && self.unread >> CRM & 1 == 1 {
                break;
            }
            while let Some(index) = shared.staged.get(self.next[class]) {
                self.next[class] += 1;
                let index = *index as usize;
                let entry = &shared.entries[index];
                let meant = (entry.row.source == CRM) == (class == 0);
                if meant && !(entry.kept && shared.parameters.resumes()) {
                    return Some(index);
                }
            }
        }
        None
    }

    /// Hands rows on as far as the next stage has room; after the last one,
    /// says so.
    pub fn pump(&mut self, shared: &Shared, context: &mut Context) {
        if !context.is_up(self.node) || !shared.run.open || !self.ready || self.ended {
            return;
        }
        while !self.handing && self.has_credit(shared) {
            let Some(index) = self.next_row(shared) else {
                if self.unread == 0 {
                    self.ended = true;
                    self.heard = context.now();
                    self.send(
                        self.out,
                        Role::Control,
                        tag_of(self.attempt, END),
                        Of::NONE,
                        context,
                    );
                }
                return;
            };
            let entry = &shared.entries[index];
            let of = Of {
                cause: entry.message,
                hue: Hue::of(usize::from(entry.row.source)),
                ..Of::flow(shared.flow_of(index))
            };
            let tag = tag_of(self.attempt, self.sent);
            self.send(self.out, Role::Record, tag, of, context);
            self.sent += 1;
            let slow = context.node(self.node).slow;
            if slow > 1.0 {
                self.handing = true;
                let data = u64::from(self.attempt);
                self.after(HAND_OVER.scaled(slow - 1.0), HAND, data, context);
            }
        }
    }

    /// A slow one may hand on the next row.
    pub fn handed(&mut self, data: u64, shared: &Shared, context: &mut Context) {
        self.handing &= data != u64::from(self.attempt);
        self.pump(shared, context);
    }

    /// A message from the next stage.
    pub fn hear_stage(
        &mut self,
        message: &Message,
        sources: &mut [Source],
        shared: &mut Shared,
        context: &mut Context,
    ) {
        let count = count_of(message.tag);
        if attempt_of(message.tag) != self.attempt || !shared.run.open {
            return;
        }
        self.heard = context.now();
        match (message.role, count) {
            (Role::Ack, _) => self.acked = count.min(self.sent).max(self.acked),
            (_, READY) => self.ready = true,
            (_, COMMITTED) => {}
            (_, FINISHED) if shared.run.unsettled == 0 => {
                shared.end_run(context);
                if self.waiting > 0 {
                    self.waiting -= 1;
                    self.begin(false, sources, shared, context);
                }
            }
            // Refused, or not complete.
            _ => self.failed = true,
        }
        self.pump(shared, context);
    }

    /// It is up again: its timers are gone, what it has staged is not.
    pub fn restart(&mut self, sources: &mut [Source], shared: &mut Shared, context: &mut Context) {
        self.reschedule(true, shared, context);
        if !shared.run.open {
            return;
        }
        for source in sources {
            if is_reading(source) {
                self.ask(source, shared, context);
            }
        }
        self.begin_attempt(shared, context);
        self.look_later(shared, context);
    }
}

fn is_reading(source: &Source) -> bool {
    matches!(source.stream.reading, Reading::Asked | Reading::Resting)
}
