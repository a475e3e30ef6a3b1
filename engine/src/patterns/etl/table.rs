//! What the warehouse holds: two tables, of which one is live while a run
//! builds the other, closed versions, and the newest rows. It decides what
//! becomes of a row that is loaded; when, is the business of `warehouse`.

use super::knobs::UPSERT;
use super::record::{Data, Row};

/// Lists of rows, and how many each keeps; more are only counted.
/// Closed versions, in order of closing.
pub const CLOSED: usize = 0;
/// Rows written.
pub const NEWEST: usize = 1;
/// Rows rejected.
pub const QUARANTINE: usize = 2;
const KEPT_MOST: [usize; 3] = [512, 8, 256];

/// All rows of one key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cell {
    /// The newest version.
    pub row: Row,
    /// How often the key stands in the table.
    pub copies: u32,
    /// By the books: the newest version loaded.
    noted: u32,
}

/// A table of the warehouse.
#[derive(Clone, Debug)]
pub struct Table {
    /// One a key.
    pub cells: Vec<Cell>,
    /// Closed versions.
    pub closed: u64,
    /// Rows that say nothing new.
    pub duplicates: u64,
}

/// What became of rows brought to a table: one more row,
const ADDED: usize = 0;
/// in place of another version,
const OVERWRITTEN: usize = 1;
/// no change at all;
pub const UNCHANGED: usize = 2;
/// rows gone with a table that was emptied;
const TRUNCATED: usize = 3;
/// and all that were brought.
const BROUGHT: usize = 4;

/// All that is stored.
#[derive(Clone, Debug)]
pub struct Store {
    pub tables: [Table; 2],
    /// Which of them is seen.
    pub live: usize,
    /// See [`CLOSED`] and the following.
    pub lists: [Vec<Row>; 3],
    /// See [`ADDED`] and the following.
    pub counts: [u64; 5],
}

/// A number that changes with each part of a row's content.
fn fingerprint(key: usize, version: u32, (amount, customer): (u32, u32)) -> u64 {
    let mut mixed = key as u64;
    for part in [version, amount, customer] {
        mixed = (mixed ^ u64::from(part).rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^= mixed >> 29;
    }
    mixed >> 16
}

impl Table {
    /// Its rows, closed versions included.
    pub fn rows(&self) -> u64 {
        let mut rows = self.closed;
        for cell in &self.cells {
            rows += u64::from(cell.copies);
        }
        rows
    }
}

impl Store {
    /// Empty tables for so many keys.
    pub fn new(keys: usize) -> Self {
        let table = Table {
            cells: vec![Cell::default(); keys],
            closed: 0,
            duplicates: 0,
        };
        Self {
            tables: [table.clone(), table],
            live: 0,
            lists: Default::default(),
            counts: [0; 5],
        }
    }

    /// Empties a table.
    pub fn truncate(&mut self, table: usize) {
        let emptied = &mut self.tables[table];
        self.counts[TRUNCATED] += emptied.rows();
        emptied.cells.fill(Cell::default());
        (emptied.closed, emptied.duplicates) = (0, 0);
        if table == self.live {
            self.lists[CLOSED].clear();
        }
    }

    /// Adds to a list.
    pub fn keep(&mut self, list: usize, row: Row) {
        if self.lists[list].len() >= KEPT_MOST[list] {
            self.lists[list].remove(0);
        }
        self.lists[list].push(row);
    }

    /// Writes a row.
    pub fn load(&mut self, table: usize, key: usize, row: Row, mode: u8, versioned: bool) {
        let into = &mut self.tables[table];
        let cell = &mut into.cells[key];
        let known = cell.copies > 0;
        let newer = !known || row.version > cell.row.version;
        let what = match mode {
            UPSERT if known && !newer => UNCHANGED,
            UPSERT if known && !versioned => OVERWRITTEN,
            _ => ADDED,
        };
        self.counts[BROUGHT] += 1;
        self.counts[what] += 1;
        cell.noted = cell.noted.max(row.version);
        if what == UNCHANGED {
            return;
        }
        let mut old = cell.row;
        old.until = row.updated;
        if newer {
            cell.row = row;
        }
        if what == ADDED && known && mode == UPSERT {
            into.closed += 1;
            self.keep(CLOSED, old);
        } else if what == ADDED {
            cell.copies += 1;
            into.duplicates += u64::from(!newer);
        }
        self.keep(NEWEST, row);
    }

    /// Both sides of three identities: rows brought, by what became of them;
    /// rows added, by where they are; and the content of the live table in one
    /// number, beside the same as it follows from the sources for the versions
    /// that the books know to be loaded.
    pub fn identities(&self, data: &Data) -> [(u64, u64); 3] {
        let [added, overwritten, unchanged, truncated, brought] = self.counts;
        let rows = self.tables[0].rows() + self.tables[1].rows();
        let (mut held, mut told) = (0_u64, 0_u64);
        let (mut source, mut id) = (0_u8, 0);
        for (key, cell) in self.tables[self.live].cells.iter().enumerate() {
            while key as u32 >= data.first[usize::from(source) + 1] {
                (source, id) = (source + 1, 0);
            }
            if cell.copies > 0 {
                let content = (cell.row.amount, cell.row.customer);
                held = held.wrapping_add(fingerprint(key, cell.row.version, content));
            }
            if cell.noted > 0 {
                let content = data.content(source, id, cell.noted);
                told = told.wrapping_add(fingerprint(key, cell.noted, content));
            }
            id += 1;
        }
        [
            (brought, added + overwritten + unchanged),
            (added, rows + truncated),
            (held >> 1, told >> 1),
        ]
    }
}
