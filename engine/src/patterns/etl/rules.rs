//! What the transformer decides of a row: whether it is right, whether one
//! like it came before, and which version of its customer belongs to it. What
//! it knows for that, it learns when an attempt begins.

use super::knobs::{DEDUPE, HISTORY};
use super::record::{CRM, CUSTOMER, Row, SCHEMA};
use super::run::{AS_OF, COERCED, DEDUPLICATED, LOADED, Shared, State};

/// What it knows.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The newest version of each key that came before; zero for none.
    seen: Vec<u32>,
    /// The newest version of each customer that it knows, and the one before.
    customers: Vec<Row>,
    before: Vec<Row>,
    /// The form of each source's schema that it understands.
    pub adapted: [u8; 3],
    /// The row it judged last, and what is to become of it.
    pub last: Option<(Row, State)>,
}

impl Rules {
    /// It knows nothing yet.
    pub fn new(keys: u32, customers: u32) -> Self {
        Self {
            seen: vec![0; keys as usize],
            customers: vec![Row::default(); customers as usize],
            before: vec![Row::default(); customers as usize],
            adapted: [0; 3],
            last: None,
        }
    }
}

impl Shared {
    /// An attempt begins: the transformer learns what the table has of
    /// customers, and what came before.
    pub fn recall(&mut self) {
        let by_table = self.parameters.count(DEDUPE) == 1;
        let target = self.target();
        let rules = &mut self.rules;
        let table = &self.store.tables[self.store.live];
        for (key, cell) in table.cells.iter().enumerate() {
            if cell.copies > 0 {
                rules.learn(&cell.row, key);
            }
        }
        let table = &self.store.tables[target];
        for (seen, cell) in rules.seen.iter_mut().zip(&table.cells) {
            *seen = if by_table { cell.row.version } else { 0 };
        }
        for entry in &self.entries {
            if entry.kept && entry.state == LOADED && self.parameters.resumes() {
                let key = self.data.key(&entry.row);
                rules.learn(&entry.row, key);
            }
        }
    }

    /// The version of its customer that a fact is joined with; zero if there
    /// is no such customer. With history, the one that was valid at its time.
    fn joined(&mut self, row: &Row) -> u32 {
        let customer = row.customer as usize;
        let Some(newest) = self.rules.customers.get(customer) else {
            return 0;
        };
        let before = &self.rules.before[customer];
        let changed = newest.updated > row.updated && before.version > 0;
        if changed && self.parameters.count(HISTORY) == 1 {
            self.counts[AS_OF] += 1;
            return before.version;
        }
        newest.version
    }

    /// Judges a row, and joins it: [`LOADED`] if it is to go on.
    pub fn judge(&mut self, index: usize) -> State {
        let row = self.entries[index].row;
        let state = self.verdict(index, &row);
        self.rules.last = Some((row, state));
        state
    }

    fn verdict(&mut self, index: usize, row: &Row) -> State {
        let alone = self.verdict_alone(row);
        if alone != LOADED {
            return alone;
        }
        let key = self.data.key(row);
        if self.parameters.count(DEDUPE) < 2 && self.rules.seen[key] >= row.version {
            return DEDUPLICATED;
        }
        if self.data.names_customer(row) {
            let version = self.joined(row);
            if version == 0 {
                return CUSTOMER;
            }
            self.entries[index].row.joined = version;
        }
        self.counts[COERCED] += u64::from(self.data.is_sloppy(row));
        self.rules.seen[key] = row.version;
        LOADED
    }

    /// A row arrives at the transformer. A good customer is known from now on,
    /// lest a fact that is transformed at the same time should miss it.
    pub fn meet(&mut self, index: usize) {
        let row = &self.entries[index].row;
        if self.verdict_alone(row) == LOADED {
            self.rules.know(row);
        }
    }

    /// What a row's own content says of it.
    fn verdict_alone(&self, row: &Row) -> State {
        if row.schema > self.rules.adapted[usize::from(row.source)] {
            return SCHEMA;
        }
        if row.defect == CUSTOMER {
            LOADED
        } else {
            row.defect
        }
    }
}

impl Rules {
    /// What it knows of customers is gone.
    pub fn forget(&mut self) {
        self.customers.fill(Row::default());
        self.before.fill(Row::default());
    }

    fn learn(&mut self, row: &Row, key: usize) {
        self.seen[key] = self.seen[key].max(row.version);
        self.know(row);
    }

    fn know(&mut self, row: &Row) {
        if row.source == CRM
            && let Some(known) = self.customers.get_mut(row.id as usize)
            && row.version > known.version
        {
            self.before[row.id as usize] = *known;
            *known = *row;
        }
    }
}
