//! The log's node, which reads and appends one request after another, and the
//! snapshot store beside it. Both keep what they have through crashes.

use super::handler::{CRASH, FULL, key_of, of_key};
use super::state::*;
use crate::kernel::{Context, FlowId, Message, NodeChange, Purpose, Role, Timer};
use crate::parts::event_log::{Entry, Expected, Refusal};
use crate::parts::station::{Admission, Work};

/// The snapshot store has found one.
pub const FOUND: u8 = 5;

/// Requests that wait at the log; more are discarded and come again.
const INBOX_MOST: usize = 10_000;

const ERRORS: Purpose = Purpose::named("store errors");

impl EventSourcing {
    /// A handler asks the log.
    pub fn store_receives(&mut self, message: &Message, context: &mut Context) {
        let Some(work) = Work::of(message, context) else {
            return;
        };
        self.store.cap = INBOX_MOST;
        if matches!(self.store.offer(work, context), Admission::Admitted) {
            self.take_off(work.flow);
        } else {
            self.store.discard(&work, FULL, context);
        }
        self.store_works(context);
    }

    pub fn store_works(&mut self, context: &mut Context) {
        let node = self.store.node();
        while context.is_up(node)
            && let Some(queued) = self.store.take_next()
        {
            let takes = context.slowed(node, self.parameters.append);
            self.store.start(queued, takes, context);
        }
    }

    /// The log has done what it was asked for.
    pub fn store_is_done(&mut self, timer: Timer, context: &mut Context) {
        let Some(work) = self.store.finish(timer.data, context) else {
            return;
        };
        self.store.finished(timer.data as u16, &work, true, context);
        let (node, flow, message) = (timer.node, work.flow, work.message);
        let attempt = attempt_of(work.tag);
        let key = u64::from(work.tag) << 24 | context.now().0 & 0xff_ffff;
        let fails = context.fails(node, ERRORS, flow.0, key);
        let (what, verdict) = match what_of(work.tag) {
            APPEND if fails => (APPENDED, FAILED),
            APPEND => (APPENDED, self.append(&work, context)),
            // What cannot be read is asked for again.
            _ if fails => (EVENT, FAILED),
            _ => {
                self.read(flow, attempt);
                (TAIL, ACCEPTED)
            }
        };
        if what != EVENT {
            let role = match (what, verdict) {
                (TAIL, _) => Role::Batch,
                (_, ACCEPTED) => Role::Response,
                _ => Role::Error,
            };
            // Of the state read, or as the append expected it.
            let version = match (what, self.attempt(flow, attempt)) {
                (TAIL, Some(it)) => u64::from(it.answer[0].version),
                _ => value_of(work.tag),
            };
            let tag = tag_of(what, attempt, verdict, version);
            let back = context.topology().link(work.reply);
            let ends = (back.from, back.to);
            self.post(ends, role, flow, tag, Some(message), context);
        }
        self.landed(flow);
        self.store_works(context);
        self.push_all(context);
    }

    /// Folds what came after the snapshots: what a handler decides on.
    fn read(&mut self, flow: FlowId, attempt: usize) {
        let accounts = self.accounts(flow);
        let known = self.flows.get(flow.0).is_some_and(|it| it.position > 0);
        let upcasting = self.parameters.upcasting;
        let mut upcast = 0;
        let mut all = [Loaded::default(); 2];
        let mut unreadable = false;
        let Some(it) = self.attempt(flow, attempt) else {
            return;
        };
        let before = it.loaded;
        for (index, account) in accounts.into_iter().enumerate() {
            let Some(account) = account else { continue };
            let mut loaded = Loaded {
                version: self.log.version(account),
                balance: before[index].base,
                ..before[index]
            };
            for entry in self.log.tail(account, loaded.from) {
                loaded.balance += cents_of(entry);
                upcast += u64::from(entry.old);
                unreadable |= entry.old && !upcasting;
            }
            all[index] = loaded;
        }
        self.tally.upcast += if upcasting { upcast } else { 0 };
        if let Some(it) = self.attempt(flow, attempt) {
            (it.answer, it.unreadable, it.known) = (all, unreadable, known);
        }
    }

    /// Appends the events of a command, all or none.
    fn append(&mut self, work: &Work, context: &mut Context) -> u8 {
        let (id, attempt) = (work.flow, attempt_of(work.tag));
        let Some(flow) = self.flows.get(id.0) else {
            return FAILED;
        };
        let loaded = flow
            .tries
            .get(attempt)
            .map_or_else(Default::default, |it| it.loaded);
        if flow.position > 0 {
            // It is in the log already.
            self.tally.deduplicated += 1;
            self.store.deduplicated(work, context);
            return ACCEPTED;
        }
        let (kind, cents, about) = (flow.kind, flow.cents, flow.about);
        let effects = flow.effects();
        let expected = |index: usize| Expected::Version(loaded[index].version);
        let streams = [Some(flow.account), flow.to];
        if self.log.room() < streams.iter().flatten().count() as u64 {
            return LOG_FULL;
        }
        if kind == CORRECT && self.taken_back.contains(&about) {
            return REFUSED;
        }
        // A copy of an earlier request expects what it expected then.
        let same = u64::from(loaded[0].version) & 0xf_ffff == value_of(work.tag);
        for (index, stream) in streams.into_iter().enumerate() {
            let Some(stream) = stream else { continue };
            match self.log.check(stream, expected(index)) {
                Ok(()) if same => {}
                Err(Refusal::Full) => return LOG_FULL,
                _ => return CONFLICT,
            }
        }
        let kinds = [kind, if kind == SENT { RECEIVED } else { kind }];
        for (index, amount) in effects.into_iter().enumerate() {
            if let Some(stream) = streams[index] {
                let entry = Entry::new(id, work.message, stream, kinds[index], amount);
                if self.log.append(entry, expected(index)).is_err() {
                    return LOG_FULL;
                }
            }
        }
        self.book(kind, cents, about, streams[1].is_none());
        let position = self.log.len();
        if let Some(flow) = self.flows.get_mut(id.0) {
            flow.position = position;
        }
        ACCEPTED
    }

    /// Counts a command that was appended; `outer`: one account, so money came in or went out.
    fn book(&mut self, kind: u8, cents: i64, about: u64, outer: bool) {
        let tally = &mut self.tally;
        match kind {
            DEPOSITED => tally.deposits += cents,
            WITHDRAWN => tally.withdrawals += cents,
            CORRECT => {
                tally.corrections += 1;
                tally.corrected += if outer { cents } else { 0 };
                self.taken_back.push(about);
            }
            _ => {}
        }
    }

    /// The snapshot store is asked, or is given a snapshot.
    pub fn snapshots_receive(&mut self, message: &Message, context: &mut Context) {
        let (flow, attempt) = (message.flow, attempt_of(message.tag));
        let node = self.snapshots_at;
        if what_of(message.tag) == GET_SNAPSHOT {
            let takes = context.slowed(node, self.parameters.snapshot);
            // The way back is found by the attempt.
            let (kind, data) = (FOUND, key_of(flow, attempt, 0));
            return context.after(takes, Timer { node, kind, data });
        }
        let index = usize::from(verdict_of(message.tag) & 1);
        let (Some(account), Some(it)) = (self.accounts(flow)[index], self.flows.get(flow.0)) else {
            return;
        };
        // The handler's fold, and its own event.
        let loaded = it
            .tries
            .get(attempt)
            .map_or_else(Default::default, |it| it.loaded);
        let (version, balance) = (loaded[index].version + 1, loaded[index].balance);
        let balance = balance + it.effects()[index];
        if self.snapshots.len() <= account as usize {
            self.snapshots.resize(account as usize + 1, (0, 0));
        }
        let snapshot = &mut self.snapshots[account as usize];
        if version > snapshot.0 {
            *snapshot = (version, balance);
            self.tally.snapshots += 1;
        }
    }

    /// The snapshot store answers.
    pub fn snapshot_is_found(&mut self, timer: Timer, context: &mut Context) {
        let (flow, attempt, _) = of_key(timer.data);
        let fails = context.fails(timer.node, ERRORS, flow.0, attempt as u64);
        let accounts = self.accounts(flow);
        let found = accounts.map(|account| {
            let snapshot = account.and_then(|it| self.snapshots.get(it as usize));
            snapshot.copied().filter(|_| !fails).unwrap_or_default()
        });
        let Some(it) = self.attempt(flow, attempt) else {
            return;
        };
        for (answer, (from, base)) in it.answer.iter_mut().zip(found) {
            *answer = Loaded {
                from,
                base,
                ..Loaded::default()
            };
        }
        let handler = it.handler;
        let to = self.handlers[handler].node();
        let tag = tag_of(SNAPSHOT, attempt, 0, 0);
        self.post((timer.node, to), Role::Response, flow, tag, None, context);
    }

    /// The log went down, came back, stopped or went on.
    pub fn store_changes(&mut self, change: NodeChange, context: &mut Context) {
        let now = context.now();
        match change {
            NodeChange::Crashed => {
                for work in self.store.crash(CRASH, context) {
                    self.landed(work.flow);
                }
            }
            NodeChange::Restarted => {
                self.store_works(context);
                for projection in &mut self.projections {
                    projection.sent = projection.acked;
                }
                self.sweep(context);
            }
            NodeChange::Paused | NodeChange::Resumed => {
                self.store.set_paused(change == NodeChange::Paused, now);
                self.store_works(context);
            }
        }
    }

    /// What the log begins with: deposits of long ago, in version 1.
    pub fn write_old_events(&mut self, count: u64) {
        for number in 0..count {
            let stream = (number % u64::from(self.parameters.accounts)) as u32;
            let units = 20 + (number * 37 % 60) as i64;
            let message = crate::kernel::MessageId(std::num::NonZeroU64::MIN);
            let mut entry = Entry::new(FlowId::NONE, message, stream, DEPOSITED, units);
            entry.old = true;
            self.tally.deposits += cents_of(&entry);
            let version = self.log.version(stream);
            if self.log.append(entry, Expected::Version(version)).is_err() {
                return;
            }
        }
    }
}
