//! The user's own data: CSV with a header (RFC 4180), or a list of JSON
//! objects, checked as a whole.
//!
//! A column's name tells its type, which `cells` checks. Where a pattern's
//! columns end in [`OTHERS`], the header may name more of them; their cells are
//! text as it stands. All bad cells are told at once, and then nothing is
//! loaded. What the data means is the pattern's business.

use super::cells::{COMMANDS, check_accounts, parse_number, sender_of, stranger, wrong_with};
use super::{bounded, csv, json};
use crate::kernel::settings::clip;
use crate::kernel::{Topology, order};
use crate::parts::workflow;

/// The longest text that is read, in bytes.
pub const INPUT_LONGEST: usize = 8 << 20;
/// The most rows that are read.
pub const ROWS_MOST: usize = 100_000;

/// In place of a last column: any others, of any names.
pub const OTHERS: &str = "...";
/// At most so many columns, others included.
const COLUMNS_MOST: usize = 40;

/// Rows of the user's own data, in order of their first column, a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Input {
    /// Reads CSV whose header names exactly `columns`, in any order, and others
    /// too if the last of them is [`OTHERS`]; or JSON whose objects have no
    /// other members. What they leave out is empty.
    ///
    /// # Errors
    /// Every bad row with its line, column and reason.
    pub fn parse(columns: &'static [&'static str], text: &str) -> Result<Self, Vec<String>> {
        Self::parse_among(columns, text, &Topology::default())
    }

    /// The same, where rows may name only those who are there, if anybody is.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_among(
        columns: &'static [&'static str],
        text: &str,
        topology: &Topology,
    ) -> Result<Self, Vec<String>> {
        if text.len() > INPUT_LONGEST {
            return Err(vec![format!(
                "input: has {} bytes; at most {INPUT_LONGEST} are read",
                text.len()
            )]);
        }
        let mut sheet = Sheet::new(columns, topology);
        if json::is_json(text) {
            sheet.read_json(text);
        } else {
            sheet.read_csv(text)?;
        }
        sheet.check_whole();
        let Sheet {
            columns,
            mut rows,
            mut bad,
            ..
        } = sheet;
        if rows.is_empty() && bad.is_empty() {
            bad.push("line 2: is missing; there must be at least one row".to_owned());
        }
        if !bad.is_empty() {
            return Err(bounded(bad));
        }
        order::sort_by_key(&mut rows, |row| order::key_of(time_of(row)));
        Ok(Self { columns, rows })
    }

    /// The names of the columns, in the pattern's order, then all others.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows, in order of their first column; cells in order of the columns.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// A cell; empty where there is none.
    pub fn text(&self, row: usize, column: &str) -> &str {
        let index = self.columns.iter().position(|name| name == column);
        let cell = index.and_then(|index| self.rows.get(row)?.get(index));
        cell.map_or("", String::as_str)
    }

    /// A cell of a column of numbers, finite and at least zero; else zero.
    pub fn number(&self, row: usize, column: &str) -> f64 {
        parse_number(self.text(row, column)).unwrap_or(0.0)
    }

    /// Whom a cell of the column `client` names, as a place among those who
    /// begin work; the first if nobody, which [`Self::parse_among`] refuses.
    pub fn client(&self, row: usize, topology: &Topology) -> u16 {
        sender_of(self.text(row, "client"), topology).unwrap_or(0)
    }

    /// As CSV that reads back the same.
    pub fn to_csv(&self) -> String {
        let mut text = self.columns.join(",");
        text.push('\n');
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }
}

/// Rows as they are read, and what is wrong with them.
struct Sheet<'t> {
    topology: &'t Topology,
    /// As the pattern names them.
    wanted: &'static [&'static str],
    /// So many are the pattern's own.
    checked: usize,
    /// All that are there.
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// On which each row begins.
    lines: Vec<usize>,
    bad: Vec<String>,
}

impl<'t> Sheet<'t> {
    fn new(wanted: &'static [&'static str], topology: &'t Topology) -> Self {
        let checked = wanted.len() - usize::from(wanted.last() == Some(&OTHERS));
        let own = wanted[..checked].iter();
        Self {
            topology,
            wanted,
            checked,
            columns: own.map(|name| (*name).to_owned()).collect(),
            rows: Vec::new(),
            lines: Vec::new(),
            bad: Vec::new(),
        }
    }

    fn read_csv(&mut self, text: &str) -> Result<(), Vec<String>> {
        let mut reader = csv::Reader::new(text);
        let order = match reader.record() {
            Some((line, Ok(header))) => self.read_header(&header, line)?,
            Some((line, Err(why))) => return Err(vec![format!("line {line}: {why}")]),
            None => {
                return Err(vec![format!(
                    "line 1: is empty; must be the header {}",
                    self.wanted.join(",")
                )]);
            }
        };
        while let Some((line, record)) = reader.record() {
            if self.is_full(line) {
                break;
            }
            match record {
                Ok(mut cells) if cells.len() == order.len() => {
                    let cell = |place: &usize| std::mem::take(&mut cells[*place]);
                    let row = order.iter().map(cell).collect();
                    self.add(row, line);
                }
                Ok(cells) => self.bad.push(format!(
                    "line {line}: has {} cells; must have {}: {}",
                    cells.len(),
                    order.len(),
                    self.columns.join(",")
                )),
                Err(why) => self.bad.push(format!("line {line}: {why}")),
            }
        }
        Ok(())
    }

    /// Takes up the names of all columns; tells where each stands in the text.
    fn read_header(&mut self, header: &[String], line: usize) -> Result<Vec<usize>, Vec<String>> {
        let (mut order, mut bad) = (Vec::new(), Vec::new());
        for name in &self.columns {
            match header.iter().position(|cell| cell == name) {
                Some(place) => order.push(place),
                None => bad.push(format!("line {line}, column {name}: is missing")),
            }
        }
        for (place, cell) in header.iter().enumerate() {
            let why = if header[..place].contains(cell) {
                "stands there twice"
            } else if self.columns.contains(cell) {
                continue;
            } else if self.takes(cell) {
                self.columns.push(cell.clone());
                order.push(place);
                continue;
            } else {
                "is not known"
            };
            bad.push(format!("line {line}, column {}: {why}", clip(cell)));
        }
        if bad.is_empty() {
            return Ok(order);
        }
        bad.push(format!(
            "line {line}: the header must be {}",
            self.wanted.join(",")
        ));
        Err(bounded(bad))
    }

    /// Whether there may be a column of this name beside the pattern's own.
    fn takes(&self, name: &str) -> bool {
        self.checked < self.wanted.len() && self.columns.len() < COLUMNS_MOST && !name.is_empty()
    }

    fn read_json(&mut self, text: &str) {
        let records = match json::records(text) {
            Ok(records) => records,
            Err((line, why)) => return self.bad.push(format!("line {line}: {why}")),
        };
        for json::Record { line, members } in records {
            if self.is_full(line) {
                break;
            }
            let mut row = vec![String::new(); self.columns.len()];
            for (name, text) in members {
                let known = self.columns.iter().position(|column| *column == name);
                if let Some(column) = known {
                    row[column] = text;
                } else if self.takes(&name) {
                    self.columns.push(name);
                    row.push(text);
                } else {
                    let name = clip(&name);
                    let notice = format!("line {line}, column {name}: is not known");
                    self.bad.push(notice);
                }
            }
            self.add(row, line);
        }
        // Members that came up later are missing in rows before.
        for row in &mut self.rows {
            row.resize(self.columns.len(), String::new());
        }
    }

    fn is_full(&mut self, line: usize) -> bool {
        let full = self.rows.len() >= ROWS_MOST;
        if full {
            self.bad.push(format!(
                "line {line}: more than {ROWS_MOST} rows; use fewer"
            ));
        }
        full
    }

    fn add(&mut self, row: Vec<String>, line: usize) {
        if !self.is_workflow() {
            for (column, cell) in self.columns[..self.checked].iter().zip(&row) {
                let says = |word: &str| row.iter().any(|cell| cell == word);
                let missing = match column.as_str() {
                    "to" if cell.is_empty() && says(COMMANDS[2]) => {
                        Some("must be the account that receives")
                    }
                    "value" if cell.is_empty() && !says("watermark") => {
                        Some("must be a whole number; only a watermark has none")
                    }
                    _ => None,
                };
                let wrong = wrong_with(column, cell).or(missing).map(str::to_owned);
                let wrong = wrong.or_else(|| stranger(column, cell, self.topology));
                if let Some(why) = wrong {
                    self.bad.push(notice(line, column, cell, &why));
                }
            }
        }
        self.rows.push(row);
        self.lines.push(line);
    }

    fn is_workflow(&self) -> bool {
        self.wanted == workflow::COLUMNS
    }

    /// Rows that refer to each other are checked together.
    fn check_whole(&mut self) {
        let is_workflow = self.is_workflow();
        let Self {
            columns,
            rows,
            lines,
            bad,
            ..
        } = self;
        let mut tell = |row: usize, column: usize, why: &str| {
            let (line, name) = (lines[row], &columns[column]);
            bad.push(notice(line, name, &rows[row][column], why));
        };
        if is_workflow {
            workflow::check(rows, &mut tell);
        } else if columns.iter().any(|name| name == "account") {
            check_accounts(columns, rows, &mut tell);
        }
    }
}

fn notice(line: usize, column: &str, cell: &str, why: &str) -> String {
    format!("line {line}, column {column}: `{}` {why}", clip(cell))
}

fn time_of(row: &[String]) -> f64 {
    row.first()
        .and_then(|cell| parse_number(cell))
        .unwrap_or(0.0)
}

fn quoted(cell: &str) -> String {
    let plain = cell.trim() == cell && !cell.contains([',', '"', '\n', '\r', '\u{feff}']);
    if plain {
        cell.to_owned()
    } else {
        format!("\"{}\"", cell.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[&str] = &["at_ms", "client", "path", "service_ms"];

    #[test]
    fn reads_quotes_any_order_and_sorts_stably() {
        let text = "\u{feff}path,at_ms,client,service_ms\r\n\"/a,\"\"b\"\"\n\",20,client-2,5\r\n\r\n/c, 10 ,1,2.5\n/d,10,3,1";
        let input = Input::parse(COLUMNS, text).unwrap();
        assert_eq!(input.rows().len(), 3);
        assert_eq!((input.text(0, "path"), input.text(1, "path")), ("/c", "/d"));
        assert_eq!(
            (
                input.text(2, "path"),
                input.text(2, "client"),
                input.number(2, "at_ms")
            ),
            ("/a,\"b\"\n", "client-2", 20.0)
        );
        assert_eq!(Input::parse(COLUMNS, &input.to_csv()), Ok(input));
    }

    #[test]
    fn tells_every_bad_row_at_once() {
        let text = "at_ms,client,path,service_ms\n1,1,/,x\n-1,,/,2\n1,2\n3,1,/,4\nNaN,1,\"/,4\n";
        let bad = Input::parse(COLUMNS, text).unwrap_err();
        assert_eq!(
            bad,
            [
                "line 2, column service_ms: `x` must be a number from 0 to 36000000000",
                "line 3, column at_ms: `-1` must be a number from 0 to 36000000000",
                "line 3, column client: `` must be a client, such as client-1",
                "line 4: has 2 cells; must have 4: at_ms,client,path,service_ms",
                "line 6: a quote is opened and never closed",
            ]
        );
        assert_eq!(Input::parse(COLUMNS, "at_ms,clint\n").unwrap_err().len(), 5);
        assert!(Input::parse(COLUMNS, "").is_err());
    }

    #[test]
    fn takes_other_columns_where_the_pattern_does() {
        let columns: &[&str] = &["at_s", "source", "id", OTHERS];
        let text = "amount,id,at_s,source,note_s\nn/a,7,2,orders,x\n1,8,1,crm,\n";
        let input = Input::parse(columns, text).unwrap();
        assert_eq!(
            input.columns(),
            ["at_s", "source", "id", "amount", "note_s"]
        );
        assert_eq!(
            (input.text(1, "amount"), input.text(1, "note_s")),
            ("n/a", "x")
        );
        assert_eq!(Input::parse(columns, &input.to_csv()), Ok(input));
        let bad = Input::parse(columns, "at_s,source,id,a,a\n").unwrap_err();
        assert_eq!(bad[0], "line 1, column a: stands there twice");
        let bad = Input::parse(columns, "at_s,source,id\n1,shop,\n").unwrap_err();
        assert_eq!(
            bad,
            [
                "line 2, column source: `shop` must be orders, crm or clicks",
                "line 2, column id: `` must be a name or a number",
            ]
        );
    }
}
