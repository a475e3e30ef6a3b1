//! CSV as RFC 4180 has it: records of cells, with the line each begins on. What
//! cells mean is not known here.

use std::iter::Peekable;
use std::str::Chars;

/// Takes records off CSV text, counting lines.
pub struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    line: usize,
}

/// What ended a cell.
#[derive(PartialEq)]
enum End {
    Cell,
    Record,
}

impl<'t> Reader<'t> {
    /// At the start of a text, which may begin with a byte order mark.
    pub fn new(text: &'t str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            rest: text.chars().peekable(),
            line: 1,
        }
    }

    fn take(&mut self) -> Option<char> {
        let mut next = self.rest.next()?;
        if next == '\r' {
            // CR LF, and a lone CR, are one end of a line.
            self.rest.next_if_eq(&'\n');
            next = '\n';
        }
        self.line += usize::from(next == '\n');
        Some(next)
    }

    /// The next record with the line it begins on; blank lines are left out.
    pub fn record(&mut self) -> Option<(usize, Result<Vec<String>, &'static str>)> {
        loop {
            self.rest.peek()?;
            let line = self.line;
            let mut cells = Vec::new();
            loop {
                match self.cell() {
                    Ok((cell, end)) => {
                        cells.push(cell);
                        if end == End::Record {
                            break;
                        }
                    }
                    Err(why) => return Some((line, Err(why))),
                }
            }
            if cells.len() > 1 || cells.iter().any(|cell| !cell.is_empty()) {
                return Some((line, Ok(cells)));
            }
        }
    }

    fn cell(&mut self) -> Result<(String, End), &'static str> {
        while self
            .rest
            .next_if(|next| *next == ' ' || *next == '\t')
            .is_some()
        {}
        if self.rest.next_if_eq(&'"').is_some() {
            return self.quoted_cell();
        }
        let mut cell = String::new();
        loop {
            match self.take() {
                Some(',') => return Ok((cell.trim().to_owned(), End::Cell)),
                None | Some('\n') => return Ok((cell.trim().to_owned(), End::Record)),
                Some(other) => cell.push(other),
            }
        }
    }

    fn quoted_cell(&mut self) -> Result<(String, End), &'static str> {
        let mut cell = String::new();
        loop {
            match self.rest.peek() {
                None => return Err("a quote is opened and never closed"),
                Some('"') => {
                    self.rest.next();
                    if self.rest.next_if_eq(&'"').is_none() {
                        break;
                    }
                    cell.push('"');
                }
                // Line ends stay as they were written.
                Some(other) => {
                    cell.push(*other);
                    self.line += usize::from(*other == '\n');
                    self.rest.next();
                }
            }
        }
        let mut clean = true;
        loop {
            match self.take() {
                Some(',') if clean => return Ok((cell, End::Cell)),
                None | Some('\n') if clean => return Ok((cell, End::Record)),
                None | Some('\n') => {
                    return Err(
                        "text follows a closing quote; write \"\" for a quote within quotes",
                    );
                }
                Some(other) => clean &= other == ' ' || other == '\t',
            }
        }
    }
}
