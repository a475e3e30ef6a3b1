//! Rows: what they say, made up or the user's own, and how that reads. The
//! content of a row follows from its source, its name and its version alone,
//! so that the books can tell anew what the warehouse must hold.

use crate::kernel::decimal::Number;
use crate::kernel::settings::clip;
use crate::kernel::{Instant, Measured, Purpose, Random, decimal, order};
use crate::scenario::{Input, SOURCES, Scenario};
use std::sync::Arc;

/// The source of facts that change.
pub const ORDERS: u8 = 0;
/// The source of the dimension that facts are joined with.
pub const CRM: u8 = 1;
/// The source behind an interface with a rate limit, which repeats itself.
pub const CLICKS: u8 = 2;

/// What is wrong with a row; also the outcome of its flow. None is zero.
pub const AMOUNT: u8 = 1;
pub const COUNTRY: u8 = 2;
pub const CUSTOMER: u8 = 3;
pub const SCHEMA: u8 = 4;
/// See `Pattern::outcomes`.
pub static OUTCOMES: &[&str] = &[
    "loaded",
    "amount no number",
    "unknown country",
    "unknown customer",
    "schema drift",
    "changed while read",
];

/// Of nobody that the dimension knows.
const NOBODY: u32 = u32::MAX;
/// Of a row that names no customer.
const WITHOUT: u32 = u32::MAX - 1;

/// Made-up rows of orders, and of clicks; a full source changes those it has.
const ROWS_MOST: u32 = 400;

static NAMES: [&str; 12] = [
    "Ada", "Ben", "Cleo", "Dina", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jana", "Karl", "Lea",
];
static WORDS: [[&str; 4]; 3] = [
    ["done", "new", "paid", "sent"],
    ["Oslo", "Rome", "Bern", "Lyon"],
    ["/home", "/shop", "/cart", "/pay"],
];
static COUNTRIES: [&str; 4] = ["NO", "IT", "CH", "FR"];

const CONTENT: Purpose = Purpose::named("content");
const SLOPPY: Purpose = Purpose::named("sloppy");

/// One version of a row, as it travels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row {
    /// Index of the source.
    pub source: u8,
    /// Zero for none.
    pub defect: u8,
    /// Of which form of the source's schema it is.
    pub schema: u8,
    /// Number of its business key within the source.
    pub id: u32,
    /// From 1; a later one replaces it.
    pub version: u32,
    /// What it says of its last change.
    pub updated: Instant,
    /// In hundredths.
    pub amount: u32,
    /// Number of a customer.
    pub customer: u32,
    /// Version of the customer that the transformer joined; zero for none.
    pub joined: u32,
    /// Of a closed version: when the next one began.
    pub until: Instant,
}

/// What rows say.
#[derive(Clone, Debug)]
pub struct Data {
    /// Where the keys of each source begin among all; then their number.
    pub first: [u32; 4],
    /// The user's own, in order of time; the version is the place in this
    /// list, from 1.
    pub given: Arc<Vec<Row>>,
    /// Whether there are customers to join with.
    pub joins: bool,
    input: Option<Arc<Input>>,
    random: Random,
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

/// Reads an amount as people write it: ` 12,50`, `$12`, `12.5 EUR`.
fn coerced(text: &str) -> Option<u32> {
    let mut plain = String::new();
    for letter in text.chars() {
        match letter {
            '0'..='9' | '.' => plain.push(letter),
            ',' => plain.push('.'),
            ' ' | '$' | '€' | 'E' | 'U' | 'R' => {}
            _ => return None,
        }
    }
    let value = decimal::parse(&plain).filter(|value| *value < 4e7)?;
    Some((value * 100.0 + 0.5) as u32)
}

fn has(input: &Input, column: &str) -> bool {
    input.columns().iter().any(|name| name == column)
}

impl Data {
    /// Of a scenario with so many sources.
    pub fn new(scenario: &Scenario, sources: usize, random: &Random) -> Self {
        const SECOND: u32 = ROWS_MOST + NAMES.len() as u32;
        let mut data = Self {
            first: [0, ROWS_MOST, SECOND, SECOND + ROWS_MOST],
            given: Arc::new(Vec::new()),
            joins: sources > usize::from(CRM),
            input: scenario.input.clone(),
            random: *random,
        };
        if let Some(input) = &scenario.input {
            let mut given = Vec::new();
            for index in 0..input.rows().len() {
                given.push(read(input, index, sources));
            }
            data.first = number(&mut given, input);
            data.given = Arc::new(given);
        }
        data
    }

    /// How many keys a source may have.
    pub fn keys_of(&self, source: u8) -> u32 {
        let source = usize::from(source);
        self.first[source + 1] - self.first[source]
    }

    /// The number of a row's key among those of all sources.
    pub fn key(&self, row: &Row) -> usize {
        (self.first[usize::from(row.source)] + row.id) as usize
    }

    /// Amount and customer of a version, made up or given.
    pub fn content(&self, source: u8, id: u32, version: u32) -> (u32, u32) {
        if let Some(given) = self.given.get(version.wrapping_sub(1) as usize) {
            return (given.amount, given.customer);
        }
        let name = u64::from(source) << 32 | u64::from(id);
        let mut draws = self.random.keyed(CONTENT, name, u64::from(version));
        let amount = 100 + (draws.uniform() * 9_900.0) as u32;
        let mut draws = self.random.keyed(CONTENT, name, 0);
        let customer = (draws.uniform() * f64::from(self.keys_of(CRM))) as u32;
        (amount, if source == CRM { id } else { customer })
    }

    /// A version of a row, with what is wrong with it.
    pub fn row(&self, source: u8, id: u32, version: u32, defect: u8) -> Row {
        let (amount, customer) = self.content(source, id, version);
        Row {
            source,
            defect,
            id,
            version,
            amount,
            customer: if defect == CUSTOMER { NOBODY } else { customer },
            ..Row::default()
        }
    }

    /// Whether its amount is written so that it must be coerced.
    pub fn is_sloppy(&self, row: &Row) -> bool {
        let name = u64::from(row.source) << 32 | u64::from(row.id);
        let mut draws = self.random.keyed(SLOPPY, name, u64::from(row.version));
        row.source == ORDERS && self.given.is_empty() && draws.uniform() < 0.15
    }

    /// Whether it must be joined with a customer.
    pub fn names_customer(&self, row: &Row) -> bool {
        self.joins && row.source != CRM && row.customer != WITHOUT
    }

    /// Adds the cells of a row of the user's own by column, but for the time at
    /// which it came; its amount as a number, if it is one.
    pub fn cells(&self, row: &Row, cells: &mut Vec<(String, Measured)>) {
        let Some(input) = &self.input else {
            return;
        };
        let place = row.version as usize - 1;
        for column in input.columns().iter().skip(1) {
            let cell = match column.as_str() {
                "amount" if row.defect == 0 => Measured::Number(f64::from(row.amount) / 100.0),
                "updated_at_s" => Measured::Number(row.updated.as_secs()),
                _ => Measured::Words(input.text(place, column).to_owned()),
            };
            cells.push((column.clone(), cell));
        }
    }

    /// Adds how it reads: `raw` as at its source, else short, for a card.
    pub fn say(&self, row: &Row, raw: bool, text: &mut String) {
        let mut add = |part: &str| {
            text.push_str(part);
            text.push(' ');
        };
        if let Some(input) = &self.input {
            let row = row.version as usize - 1;
            for column in input.columns().iter().skip(2) {
                if column != "updated_at_s" {
                    add(&clip(input.text(row, column)));
                }
            }
            return;
        }
        let at = row.id.wrapping_add(row.version) as usize % 4;
        if row.source == ORDERS {
            add(&(1001 + row.id).to_string());
        }
        add(match row.customer {
            NOBODY => "?",
            customer => NAMES[customer as usize % NAMES.len()],
        });
        if row.source == ORDERS {
            let cents = if raw { 2 } else { 0 };
            let mut amount = format!("{:.cents$}", Number(f64::from(row.amount) / 100.0));
            if raw && self.is_sloppy(row) {
                amount = amount.replace('.', ",");
            }
            let known = row.defect != AMOUNT;
            add(if known { &amount } else { "n/a" });
            if !raw {
                return;
            }
        }
        add(WORDS[usize::from(row.source)][at]);
        if row.source != CLICKS {
            let known = row.defect != COUNTRY;
            add(if known { COUNTRIES[at] } else { "XX" });
        }
    }
}

/// A row of the user's own, its key not yet numbered.
fn read(input: &Input, index: usize, sources: usize) -> Row {
    let source = input.text(index, "source");
    let source = SOURCES.iter().position(|name| *name == source);
    let country = input.text(index, "country");
    let amount = coerced(input.text(index, "amount"));
    let mut defect = 0;
    if has(input, "country") && (country.len() != 2 || country == "XX") {
        defect = COUNTRY;
    }
    if has(input, "amount") && amount.is_none() {
        defect = AMOUNT;
    }
    Row {
        source: source.unwrap_or(0).min(sources - 1) as u8,
        defect,
        version: index as u32 + 1,
        updated: Instant::from_secs(input.number(index, "updated_at_s")),
        amount: amount.unwrap_or(0),
        ..Row::default()
    }
}

/// A name within a source, as a number.
fn named(source: u8, name: &str) -> u64 {
    u64::from(source) << 62 | hash(name) >> 2
}

/// Numbers the keys of each source, and finds each row's customer. Gives where
/// the keys of each source begin.
fn number(given: &mut [Row], input: &Input) -> [u32; 4] {
    let mut names = Vec::new();
    for (index, row) in given.iter().enumerate() {
        names.push((named(row.source, input.text(index, "id")), index));
    }
    let names = order::sorted(names);
    // Where each name stands first; then numbers, in that order.
    let (mut before, mut place) = (u64::MAX, 0);
    for (name, index) in &names {
        if *name != before {
            (before, place) = (*name, *index);
        }
        given[*index].id = place as u32;
    }
    let mut first = [0_u32; 4];
    for index in 0..given.len() {
        let (place, source) = (given[index].id as usize, given[index].source);
        let count = &mut first[usize::from(source) + 1];
        given[index].id = if place == index {
            *count
        } else {
            given[place].id
        };
        *count += u32::from(place == index);
    }
    let joins = has(input, "customer") && first[usize::from(CRM) + 1] > 0;
    for index in 0..given.len() {
        let name = named(CRM, input.text(index, "customer"));
        let place = names.partition_point(|(other, _)| *other < name);
        let found = names.get(place).filter(|(other, _)| *other == name);
        given[index].customer = match found {
            _ if given[index].source == CRM => given[index].id,
            _ if !joins => WITHOUT,
            Some((_, customer)) => given[*customer].id,
            None => NOBODY,
        };
    }
    first[2] += first[1];
    first[3] += first[2];
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, amount) in [
            ("12.50", Some(1250)),
            (" 12,5 ", Some(1250)),
            ("$7", Some(700)),
            ("3.1 EUR", Some(310)),
            ("0", Some(0)),
            ("n/a", None),
            ("", None),
            ("-4", None),
            ("12 apples", None),
            ("1e99", None),
        ] {
            assert_eq!(coerced(text), amount, "{text}");
        }
    }
}
