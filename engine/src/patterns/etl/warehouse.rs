//! The warehouse and the quarantine as nodes: when rows are committed, in
//! which table, and who hears of it. What a table does with a row is in
//! `table`.

use super::knobs::{COMMIT_TIME, HISTORY, TRUNCATE};
use super::run::{
    BEGIN, COMMITTED, END, FINISHED, INCOMPLETE, LOADED, NO_ATTEMPT, Of, READY, STAGED, STORE,
    Shared, attempt_of, count_of, is_newer, send, tag_of,
};
use super::stage::Stage;
use super::table::QUARANTINE;
use crate::kernel::{Context, FlowId, LinkId, Message, NodeId, Purpose, Role, Timer};

const COMMITTING: Purpose = Purpose::named("committing");

/// The warehouse, or the quarantine.
#[derive(Clone, Copy, Debug)]
pub struct Warehouse {
    pub node: NodeId,
    back: LinkId,
    attempt: u32,
    /// The run whose table was made ready.
    prepared: u32,
    /// Times it was asked to store something.
    asked: u64,
}

impl Shared {
    /// The table that the run in hand writes to.
    pub fn target(&self) -> usize {
        let run = &self.run;
        let beside = run.mode == TRUNCATE && run.transactional && !run.swapped;
        self.store.live ^ usize::from(beside)
    }

    fn load(&mut self, index: usize, attempt: u32, context: &mut Context) {
        let versioned = self.parameters.count(HISTORY) == 1;
        let target = self.target();
        let entry = &mut self.entries[index];
        entry.written = attempt;
        let row = entry.row;
        let key = self.data.key(&row);
        self.store.load(target, key, row, self.run.mode, versioned);
        self.settle(index, LOADED, context);
    }
}

impl Warehouse {
    /// An empty one that answers on `back`.
    pub fn new(node: NodeId, back: LinkId) -> Self {
        Self {
            node,
            back,
            attempt: NO_ATTEMPT,
            prepared: 0,
            asked: 0,
        }
    }

    fn answer(&self, role: Role, tag: u32, flow: FlowId, context: &mut Context) {
        send(self.back, role, tag, Of::flow(flow), context);
    }

    fn reply(&self, attempt: u32, count: u32, context: &mut Context) {
        let tag = tag_of(attempt, count);
        self.answer(Role::Response, tag, FlowId::NONE, context);
    }

    fn fails(&mut self, context: &Context) -> bool {
        self.asked += 1;
        let (node, own) = (self.node, u64::from(self.node.0));
        context.fails(node, COMMITTING, own, self.asked)
    }

    /// Storing takes its time; of a row, its index, of a chunk, its tag alone.
    fn later(&self, index: usize, tag: u32, shared: &Shared, context: &mut Context) {
        let node = self.node;
        let takes = shared.parameters.time(COMMIT_TIME);
        let takes = context.slowed(node, takes);
        let (kind, data) = (STORE, (index as u64) << 32 | u64::from(tag));
        context.after(takes, Timer { node, kind, data });
    }

    /// A message to the warehouse.
    pub fn hear(&mut self, message: &Message, shared: &mut Shared, context: &mut Context) {
        let (attempt, count) = (attempt_of(message.tag), count_of(message.tag));
        match (message.role, count) {
            (Role::Record, _) => self.load_one(message, shared, context),
            (Role::Control, BEGIN) if is_newer(attempt, self.attempt) => {
                self.attempt = attempt;
                self.prepare(shared);
                self.reply(attempt, READY, context);
            }
            _ if attempt != self.attempt => {}
            (Role::Batch, _) => self.later(0, message.tag, shared, context),
            (Role::Control, END) => self.finish(shared, context),
            _ => {}
        }
    }

    /// A row by itself: seen at once, whatever comes after.
    fn load_one(&mut self, message: &Message, shared: &mut Shared, context: &mut Context) {
        let attempt = attempt_of(message.tag);
        if let Some(index) = shared.index_of(message.flow).filter(|_| shared.run.open) {
            match self.fails(context) {
                true => self.reply(attempt, INCOMPLETE, context),
                false => shared.load(index, attempt, context),
            }
        }
    }

    /// A run begins, or its next attempt; anew, if it does not resume.
    fn prepare(&mut self, shared: &mut Shared) {
        let first = self.prepared != shared.run.number;
        self.prepared = shared.run.number;
        if first || !shared.parameters.resumes() {
            shared.run.swapped = false;
            if shared.run.mode == TRUNCATE {
                shared.store.truncate(shared.target());
            }
        }
    }

    /// The time of a commit is over: all rows of the chunk and its checkpoint,
    /// or nothing.
    pub fn commit(
        &mut self,
        data: u64,
        writer: &Stage,
        shared: &mut Shared,
        context: &mut Context,
    ) {
        let tag = data as u32;
        let attempt = attempt_of(tag);
        let chunk = || writer.chunk(attempt, count_of(tag));
        let in_force = attempt == self.attempt && shared.run.open;
        if !in_force || chunk().next().is_none() {
            return;
        }
        if self.fails(context) {
            return self.reply(attempt, INCOMPLETE, context);
        }
        for index in chunk() {
            let entry = &shared.entries[index];
            let repeated = entry.written == attempt || entry.kept && shared.parameters.resumes();
            if shared.run.transactional && !repeated {
                shared.load(index, attempt, context);
            }
            let entry = &mut shared.entries[index];
            entry.kept |= entry.state != STAGED;
        }
        self.reply(attempt, COMMITTED, context);
    }

    /// All rows have been sent: the run is over if all are settled.
    fn finish(&mut self, shared: &mut Shared, context: &mut Context) {
        let complete = shared.run.unsettled == 0 && !self.fails(context);
        let target = shared.target();
        if complete && target != shared.store.live {
            shared.run.swapped = true;
            shared.store.truncate(1 - target);
            shared.store.live = target;
        }
        let count = if complete { FINISHED } else { INCOMPLETE };
        self.reply(self.attempt, count, context);
    }

    /// A message to the quarantine: a row, which takes as long as a commit.
    pub fn take(&mut self, message: &Message, shared: &Shared, context: &mut Context) {
        if let Some(index) = shared.index_of(message.flow) {
            self.later(index, message.tag, shared, context);
        }
    }

    /// The row is stored, once, or not.
    pub fn store(&mut self, data: u64, shared: &mut Shared, context: &mut Context) {
        let (index, tag) = ((data >> 32) as usize, data as u32);
        if self.fails(context) {
            return self.reply(attempt_of(tag), INCOMPLETE, context);
        }
        // Of another run if it is none of these.
        let flow = shared.flow_of(index);
        let Some(entry) = shared.entries.get_mut(index) else {
            return;
        };
        if entry.taken.contains(&attempt_of(tag)) {
            entry.kept = true;
            if entry.state == STAGED {
                let reason = count_of(tag) as u8;
                let mut row = entry.row;
                row.defect = reason;
                shared.store.keep(QUARANTINE, row);
                shared.settle(index, reason, context);
            }
            self.answer(Role::Ack, tag, flow, context);
        }
    }
}
