//! What cells of own input may say, by the name of their column: a name that
//! ends in a unit (`_ms`, `_s`, `_cents`) or is `bytes` holds numbers, `client`
//! a client, `topic` a topic, `source` a source, `id` and `account` names,
//! `value` a whole number, anything else text.

use crate::kernel::{Topology, decimal};
use crate::parts::event_log::STREAMS_MOST;

/// What a column `source` may say.
pub const SOURCES: [&str; 3] = ["orders", "crm", "clicks"];
/// What a column `command` may say; the last one needs a column `to`.
pub const COMMANDS: [&str; 3] = ["deposit", "withdraw", "transfer"];
/// The names of accounts are kept whole up to so many bytes.
const ACCOUNT_LONGEST: usize = 24;
const ACCOUNT: &str = "must be a name or a number of at most 24 bytes";

/// A column of numbers: what it ends in, the greatest, and what would be right.
type Numbers = (&'static str, f64, bool, &'static str);

/// Times end with the longest run, 10 000 hours.
const NUMBERS: [Numbers; 5] = [
    (
        "_ms",
        3.6e10,
        false,
        "must be a number from 0 to 36000000000",
    ),
    ("_s", 3.6e7, false, "must be a number from 0 to 36000000"),
    (
        "_cents",
        1e12,
        true,
        "must be a whole number from 0 to 1000000000000",
    ),
    (
        "bytes",
        1e9,
        true,
        "must be a whole number from 0 to 1000000000",
    ),
    (
        "value",
        1e12,
        true,
        "must be a whole number from -1000000000000 to 1000000000000",
    ),
];

/// What is wrong with a cell, if anything.
pub fn wrong_with(column: &str, cell: &str) -> Option<&'static str> {
    if let Some((_, most, whole, why)) = NUMBERS.iter().find(|it| column.ends_with(it.0)) {
        // A watermark has no value.
        let signed = column == "value";
        let fits = |number: f64| {
            let magnitude = if signed { number.abs() } else { number };
            (0.0..=*most).contains(&magnitude) && !(*whole && number != number.trunc())
        };
        let right = signed && cell.is_empty() || decimal::parse(cell).is_some_and(fits);
        return (!right).then_some(*why);
    }
    match column {
        "topic" if cell.is_empty() => Some("must be a topic, such as orders.eu"),
        "source" if !SOURCES.contains(&cell) => Some("must be orders, crm or clicks"),
        "id" if cell.is_empty() => Some("must be a name or a number"),
        "command" if !COMMANDS.contains(&cell) => Some("must be deposit, withdraw or transfer"),
        "account" if cell.is_empty() || cell.len() > ACCOUNT_LONGEST => Some(ACCOUNT),
        "to" if cell.len() > ACCOUNT_LONGEST => Some(ACCOUNT),
        "key" if cell.is_empty() => Some("must be a name, or watermark"),
        "client" if cell.is_empty() => Some("must be a client, such as client-1"),
        _ => None,
    }
}

/// A number of at least zero.
pub fn parse_number(cell: &str) -> Option<f64> {
    decimal::parse(cell).filter(|number| *number >= 0.0)
}

/// Accounts beyond those that an event log has streams for.
pub fn check_accounts(
    columns: &[String],
    rows: &[Vec<String>],
    tell: &mut dyn FnMut(usize, usize, &str),
) {
    let mut known: Vec<&str> = Vec::new();
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let named = ["account", "to"].contains(&columns[column].as_str());
            if !named || cell.is_empty() || known.contains(&cell.as_str()) {
                continue;
            }
            if known.len() >= STREAMS_MOST {
                return tell(
                    row,
                    column,
                    "is one account too many; at most 1000 are read",
                );
            }
            known.push(cell);
        }
    }
}

/// Whom a cell means, by name or by number from 1, as a place among those who
/// begin work: in the first column.
pub fn sender_of(cell: &str, topology: &Topology) -> Option<u16> {
    let number = cell.parse::<u16>().unwrap_or(0);
    let mut place = 0;
    for node in topology.nodes() {
        if node.place.column == 0 {
            place += 1;
            if node.name == cell || number == place {
                return Some(place - 1);
            }
        }
    }
    None
}

/// What would be right in place of a name of nobody who is there. Where nobody
/// is there at all, the row is read for another time.
pub fn stranger(column: &str, cell: &str, topology: &Topology) -> Option<String> {
    let by_kind = column == "source";
    if !by_kind && (column != "client" || sender_of(cell, topology).is_some()) {
        return None;
    }
    let mut right = String::from("is not there; must be one of");
    let mut sign = " ";
    for node in topology.nodes() {
        if by_kind && node.kind == cell {
            return None;
        }
        if node.place.column == 0 {
            let name = if by_kind { node.kind } else { &node.name };
            right = right + sign + name;
            sign = ", ";
        }
    }
    (sign == ", ").then_some(right)
}
