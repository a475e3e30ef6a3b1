//! Sources: tables whose rows change, read in the order of their own times,
//! page by page. A page is what lies behind the reader's last row, so that
//! reading can go on after any failure. The reader's side of it, the stream,
//! stands here too; it belongs to staging.

use super::knobs::{
    API_RATE, DIRTY, EXTRACT, EXTRACT_TIME, LATE, LATENESS, OVERLAP, PAGE, REPEATS, UPDATES,
};
use super::record::{AMOUNT, CLICKS, COUNTRY, CRM, CUSTOMER, ORDERS, Row};
use super::run::{CHANGES, LIMITS, OVERTAKEN, Of, READ, STAGED_ONCE, Shared, send};
use crate::kernel::{Context, FlowId, Hue, Instant, LinkId, Message, NodeId, Purpose, Role, Timer};
use crate::parts::limiter::TokenBucket;

/// In the tag of an answer: above, the number of the request; below, the row.
pub const ROW_BITS: u32 = 12;
/// In place of a row: the source answers that there were too many requests.
pub const LIMITED: u32 = 1;

/// Rows that a source has twice, at most, unless they are the user's own.
const TWINS_MOST: usize = 32;
/// Rows that a source has at the start.
const AT_FIRST: [u32; 3] = [6, 12, 4];

const CHANGE: Purpose = Purpose::named("changes");
const READING: Purpose = Purpose::named("reading");

/// Where a reader stands: behind the row of this time and place.
pub type Cursor = (u64, u32);

/// A row's time as it is sorted: zero is before all.
pub fn time_key(at: Instant) -> u64 {
    at.0 + 1
}

/// A row as its source has it.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    row: Row,
    /// Whether this version waits to be staged for the first time.
    fresh: bool,
    /// Its entry in the run of this number.
    run: u32,
    entry: u32,
}

/// A page being read.
#[derive(Clone, Copy, Debug)]
struct Reader {
    run: u32,
    request: u32,
    index: u32,
    behind: Cursor,
}

/// Where reading a source stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Not begun.
    Idle,
    /// Asked for a page.
    Asked,
    /// Waits before it asks again.
    Resting,
    /// All that the window has is staged.
    Done,
}

/// Reading one source: what staging knows of it.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// From staging to the source.
    pub link: LinkId,
    pub reading: Reading,
    /// Behind the last row that is staged.
    pub behind: Cursor,
    pub request: u32,
    /// Rows of this page so far.
    pub index: u32,
    pub heard: Instant,
    /// Timeouts in this run.
    pub fruitless: u32,
    /// The last answer was 429.
    pub limited: bool,
}

/// One source.
#[derive(Clone, Debug)]
pub struct Source {
    /// Keys first, then rows that it has twice.
    slots: Vec<Slot>,
    /// Places of rows in the order of their times.
    order: Vec<Cursor>,
    pub index: u8,
    /// To staging.
    back: LinkId,
    /// Keys in use, and how often a row came twice.
    filled: usize,
    twins: usize,
    changes: u64,
    reader: Option<Reader>,
    bucket: TokenBucket,
    /// The form of its schema.
    pub schema: u8,
    pub stream: Stream,
}

/// What a change is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// As chance will have it.
    Any,
    /// A new row, and no other.
    First,
    /// One that no rule accepts.
    Bad,
    /// A row of the user's own.
    Given(usize),
}

impl Source {
    /// An empty one, which answers staging on `back` and is asked on `link`.
    pub fn new(index: u8, back: LinkId, link: LinkId) -> Self {
        Self {
            slots: Vec::new(),
            order: Vec::new(),
            index,
            back,
            filled: 0,
            twins: 0,
            changes: 0,
            reader: None,
            bucket: TokenBucket::new(1.0, 1),
            schema: 0,
            stream: Stream {
                link,
                reading: Reading::Done,
                behind: (0, 0),
                request: 0,
                index: 0,
                heard: Instant::START,
                fruitless: 0,
                limited: false,
            },
        }
    }

    /// Sources are the first nodes.
    pub fn node(&self) -> NodeId {
        NodeId(u16::from(self.index))
    }

    /// What it has before the run begins.
    pub fn fill(&mut self, shared: &mut Shared, context: &Context) {
        let most = shared.data.keys_of(self.index);
        for _ in 0..AT_FIRST[usize::from(self.index)].min(most) {
            self.change(Change::First, shared, context);
        }
    }

    /// Puts the knobs in force.
    pub fn configure(&mut self, shared: &Shared, now: Instant) {
        self.bucket
            .configure(shared.parameters.number(API_RATE), 1, now);
    }

    /// A row is added or changed.
    pub fn change(&mut self, change: Change, shared: &mut Shared, context: &Context) {
        self.changes += 1;
        let (row, place) = match change {
            Change::Given(index) => self.given(index, shared),
            _ => self.made_up(change, shared, context),
        };
        if row.version > 0 {
            self.put(row, place, shared);
        }
    }

    fn given(&self, index: usize, shared: &Shared) -> (Row, usize) {
        let row = shared.data.given[index];
        let place = row.id as usize;
        // The same once more is a row of its own.
        match self.slots.get(place) {
            Some(slot) if slot.row.version > 0 && slot.row.updated == row.updated => {
                (slot.row, usize::MAX)
            }
            _ => (row, place),
        }
    }

    fn made_up(&self, change: Change, shared: &Shared, context: &Context) -> (Row, usize) {
        let (data, parameters, now) = (&shared.data, &shared.parameters, context.now());
        let node = u64::from(self.index);
        let mut draws = context.random().keyed(CHANGE, node, self.changes);
        let mut draw = [0.0; 7];
        for slot in &mut draw {
            *slot = draws.uniform();
        }
        let [twin, update, which, bad, kind, late, lateness] = draw;
        let any = change == Change::Any;
        if !data.given.is_empty()
            || self.index == CLICKS && any && twin < parameters.number(REPEATS)
        {
            // The last one comes again.
            let last = self.order.last().map(|last| self.slots[last.1 as usize]);
            let mut row = last.unwrap_or_default().row;
            row.updated = now;
            return (row, usize::MAX);
        }
        let keys = data.keys_of(self.index) as usize;
        let kinds: &[u8] = match self.index {
            ORDERS if data.joins => &[AMOUNT, COUNTRY, CUSTOMER],
            ORDERS => &[AMOUNT, COUNTRY],
            CRM => &[COUNTRY],
            _ => &[CUSTOMER],
        };
        let is_bad = change == Change::Bad || any && bad < parameters.number(DIRTY);
        let defect = match is_bad {
            true => kinds[(kind * kinds.len() as f64) as usize],
            false => 0,
        };
        let known = self.filled;
        let updates = change != Change::First && update < parameters.number(UPDATES);
        let (mut id, mut version, mut updated) = (known, 1, now);
        if known > 0 && (known == keys || updates) {
            id = (which * known as f64) as usize;
            let before = self.slots[id].row;
            version = before.version + 1;
            updated = updated.max(Instant(before.updated.0 + 1));
        } else if any && late < parameters.number(LATE) && self.index != CRM {
            let by = parameters.time(LATENESS).scaled(0.5 + lateness);
            updated = Instant(now.0.saturating_sub(by.0));
        }
        let mut row = data.row(self.index, id as u32, version, defect);
        row.updated = updated;
        (row, id)
    }

    /// Puts a row in its place; beyond all keys, in a place of its own.
    fn put(&mut self, row: Row, mut place: usize, shared: &mut Shared) {
        let keys = shared.data.keys_of(self.index) as usize;
        if place >= keys {
            place = keys + self.twins % shared.data.given.len().max(TWINS_MOST);
            self.twins += 1;
        }
        if self.slots.len() <= place {
            self.slots.resize(place + 1, Slot::default());
        }
        let slot = &mut self.slots[place];
        let old = (time_key(slot.row.updated), place as u32);
        if slot.row.version == 0 {
            self.filled += usize::from(place < keys);
        } else if let Ok(at) = self.order.binary_search(&old) {
            self.order.remove(at);
        }
        shared.counts[CHANGES] += 1;
        shared.counts[OVERTAKEN] += u64::from(slot.fresh);
        *slot = Slot {
            row,
            fresh: true,
            run: 0,
            entry: 0,
        };
        let new = (time_key(row.updated), place as u32);
        let at = self.order.partition_point(|other| *other < new);
        self.order.insert(at, new);
    }

    /// A row of a run is staged.
    pub fn staged(&mut self, place: u32, row: &Row, shared: &mut Shared) {
        let slot = &mut self.slots[place as usize];
        let same = slot.row.id == row.id && slot.row.version == row.version;
        if same && slot.fresh {
            slot.fresh = false;
            shared.counts[STAGED_ONCE] += 1;
        }
    }

    /// Rows never staged; and of these, those that no run will read any more,
    /// because they are older than what is read again.
    pub fn fresh(&self, shared: &Shared) -> (u64, u64) {
        let mark = shared
            .mark
            .filter(|_| shared.parameters.count(EXTRACT) == 0);
        let behind = mark.map_or(0, |mark| mark.0);
        let behind = behind.saturating_sub(shared.parameters.time(OVERLAP).0);
        let (mut fresh, mut missed) = (0, 0);
        for slot in &self.slots {
            fresh += u64::from(slot.fresh);
            missed += u64::from(slot.fresh && slot.row.updated.0 < behind);
        }
        (fresh, missed)
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.order.len() as u64
    }

    /// A request for the page behind the reader's last row.
    pub fn asked(&mut self, message: &Message, shared: &mut Shared, context: &mut Context) {
        let request = message.tag >> ROW_BITS;
        if self.stream.request != request || self.stream.reading != Reading::Asked {
            return;
        }
        let name = u64::from(self.index);
        if context.fails(self.node(), READING, name, u64::from(request)) {
            return self.answer(Role::Error, request, 0, context);
        }
        let limits = self.index == CLICKS && shared.parameters.number(API_RATE) > 0.0;
        if limits && !self.bucket.take(1, context.now()) {
            shared.counts[LIMITS] += 1;
            return self.answer(Role::Error, request, LIMITED, context);
        }
        let reader = Reader {
            run: shared.run.number,
            request,
            index: 0,
            behind: self.stream.behind,
        };
        self.go_on(reader, shared, context);
    }

    fn next(&self, behind: Cursor, shared: &Shared) -> Option<Cursor> {
        let at = self.order.partition_point(|other| *other <= behind);
        let next = self.order.get(at);
        next.copied().filter(|next| next.0 <= shared.run.started.0)
    }

    /// Reads the next row, or ends the page.
    fn go_on(&mut self, reader: Reader, shared: &Shared, context: &mut Context) {
        let full = reader.index >= shared.parameters.count(PAGE);
        let more = self.next(reader.behind, shared).is_some();
        self.reader = None;
        if full || !more {
            let role = if more { Role::Response } else { Role::Ack };
            return self.answer(role, reader.request, reader.index, context);
        }
        self.reader = Some(reader);
        let node = self.node();
        let takes = shared
            .parameters
            .time(EXTRACT_TIME)
            .scaled(context.node(node).slow);
        let (kind, data) = (READ, u64::from(reader.request));
        context.after(takes, Timer { node, kind, data });
    }

    /// A row is read: it leaves.
    pub fn read(&mut self, data: u64, shared: &mut Shared, context: &mut Context) {
        let run = shared.run.number;
        let in_hand = |it: &Reader| u64::from(it.request) == data && it.run == run;
        let Some(mut reader) = self.reader.filter(in_hand) else {
            return;
        };
        if let Some(next) = self.next(reader.behind, shared) {
            let node = self.node();
            let slot = &mut self.slots[next.1 as usize];
            if slot.run != run {
                let mut row = slot.row;
                row.schema = self.schema;
                slot.run = run;
                slot.entry = shared.enter(row, next.1, node, context) as u32;
            }
            let flow = shared.flow_of(slot.entry as usize);
            let tag = reader.request << ROW_BITS | reader.index;
            self.send(Role::Record, flow, tag, context);
            reader.index += 1;
            reader.behind = next;
        }
        self.go_on(reader, shared, context);
    }

    fn answer(&self, role: Role, request: u32, index: u32, context: &mut Context) {
        self.send(role, FlowId::NONE, request << ROW_BITS | index, context);
    }

    fn send(&self, role: Role, flow: FlowId, tag: u32, context: &mut Context) {
        let of = Of {
            hue: Hue::of(usize::from(self.index)),
            ..Of::flow(flow)
        };
        send(self.back, role, tag, of, context);
    }

    /// What it was reading is forgotten.
    pub fn crash(&mut self) {
        self.reader = None;
    }
}
