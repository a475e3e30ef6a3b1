//! JSON as rows: a list of objects, alone or as the one member of an object.
//! It owns the syntax and counts lines; what columns there are and what their
//! cells mean is the business of `input`.

use std::iter::Peekable;
use std::str::Chars;

/// An object: the line it begins on, and its members as text. A member of an
/// inner object is named `outer.inner`; a list becomes its parts, `,` between them.
pub struct Record {
    /// From 1.
    pub line: usize,
    /// In order.
    pub members: Vec<(String, String)>,
}

/// Objects within objects, at most.
const DEEPEST: u8 = 3;

/// Whether a text is meant as JSON: no header of CSV begins so.
pub fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with(['{', '['])
}

/// Reads all objects.
///
/// # Errors
/// The line of the first fault, and what it is.
pub fn records(text: &str) -> Result<Vec<Record>, (usize, &'static str)> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader {
        rest: text.chars().peekable(),
        line: 1,
    };
    reader.document().map_err(|why| (reader.line, why))
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    line: usize,
}

impl Reader<'_> {
    /// The next letter that is no space, left where it is.
    fn peek(&mut self) -> char {
        while let Some(space) = self.rest.next_if(char::is_ascii_whitespace) {
            self.line += usize::from(space == '\n');
        }
        self.rest.peek().copied().unwrap_or('\0')
    }

    fn takes(&mut self, wanted: char) -> bool {
        let found = self.peek() == wanted;
        if found {
            self.rest.next();
        }
        found
    }

    fn expect(&mut self, wanted: char, why: &'static str) -> Result<(), &'static str> {
        if self.takes(wanted) { Ok(()) } else { Err(why) }
    }

    fn document(&mut self) -> Result<Vec<Record>, &'static str> {
        let wrapped = self.takes('{');
        if wrapped {
            self.name()?;
        }
        self.expect('[', "a list of objects must begin with [")?;
        let mut records = Vec::new();
        let mut more = !self.takes(']');
        while more {
            self.peek();
            let (line, mut members) = (self.line, Vec::new());
            self.expect('{', "an object must begin with {")?;
            self.members("", &mut members, DEEPEST)?;
            records.push(Record { line, members });
            more = self.goes_on(']')?;
        }
        if wrapped {
            self.expect('}', "after the list, only } may follow")?;
        }
        match self.peek() {
            '\0' => Ok(records),
            _ => Err("nothing may follow the end"),
        }
    }

    /// A comma, or the end of a list or object.
    fn goes_on(&mut self, end: char) -> Result<bool, &'static str> {
        let more = self.takes(',');
        if !more {
            self.expect(end, "a , or a closing bracket is missing")?;
        }
        Ok(more)
    }

    /// A member's name, and the colon after it.
    fn name(&mut self) -> Result<String, &'static str> {
        let mut name = String::new();
        self.expect('"', "a name in double quotes is missing")?;
        self.string(&mut name)?;
        self.expect(':', "a : after a name is missing")?;
        Ok(name)
    }

    /// The members of an object, whose `{` is taken.
    fn members(
        &mut self,
        before: &str,
        members: &mut Vec<(String, String)>,
        depth: u8,
    ) -> Result<(), &'static str> {
        let mut more = !self.takes('}');
        while more {
            let name = [before, &self.name()?].concat();
            if self.takes('{') {
                if depth == 0 {
                    return Err("objects are nested too deeply");
                }
                self.members(&[&name, "."].concat(), members, depth - 1)?;
            } else {
                let mut text = String::new();
                self.value(&mut text)?;
                members.push((name, text));
            }
            more = self.goes_on('}')?;
        }
        Ok(())
    }

    /// A string, a number, a word, or a list of these.
    fn value(&mut self, text: &mut String) -> Result<(), &'static str> {
        if !self.takes('[') {
            return self.scalar(text);
        }
        let mut more = !self.takes(']');
        while more {
            if !text.is_empty() {
                text.push(',');
            }
            self.scalar(text)?;
            more = self.goes_on(']')?;
        }
        Ok(())
    }

    fn scalar(&mut self, text: &mut String) -> Result<(), &'static str> {
        if self.takes('"') {
            return self.string(text);
        }
        let before = text.len();
        let plain = |c: &char| c.is_ascii_alphanumeric() || ['-', '+', '.'].contains(c);
        while let Some(letter) = self.rest.next_if(plain) {
            text.push(letter);
        }
        match &text[before..] {
            "" => return Err("a value is missing: a text in double quotes, or a number"),
            "null" => text.truncate(before),
            _ => {}
        }
        Ok(())
    }

    /// What follows an opening quote.
    fn string(&mut self, text: &mut String) -> Result<(), &'static str> {
        loop {
            match self.rest.next() {
                Some('"') => return Ok(()),
                Some('\\') => match self.escaped() {
                    Some(letter) => text.push(letter),
                    None => {
                        return Err("a \\ in a text is followed by no letter that it goes with");
                    }
                },
                Some('\n') | None => return Err("a quote is opened and never closed"),
                Some(letter) => text.push(letter),
            }
        }
    }

    /// What follows a backslash; halves of a pair stand for themselves.
    fn escaped(&mut self) -> Option<char> {
        match self.rest.next()? {
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'u' => {
                let mut code = 0;
                for _ in 0..4 {
                    code = code * 16 + self.rest.next()?.to_digit(16)?;
                }
                Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            letter => ['"', '\\', '/'].contains(&letter).then_some(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_become_rows() {
        let text = "\u{feff}{\"steps\": [\n {\"a\": \"x \\\"\\u00e9\", \"n\": -1.5, \"l\": [\"p\", 2],\n  \"in\": {\"b\": null, \"c\": true}},\n {}\n]}\n";
        assert!(is_json(text));
        let records = records(text).unwrap();
        let lines: Vec<usize> = records.iter().map(|record| record.line).collect();
        assert_eq!(lines, [2, 4]);
        let members = |index: usize| -> Vec<(&str, &str)> {
            let members = records[index].members.iter();
            members.map(|(k, v)| (k.as_str(), v.as_str())).collect()
        };
        assert_eq!(
            members(0),
            [
                ("a", "x \"é"),
                ("n", "-1.5"),
                ("l", "p,2"),
                ("in.b", ""),
                ("in.c", "true")
            ]
        );
        assert!(members(1).is_empty());
        assert!(!is_json("at_ms,key"));
    }

    #[test]
    fn faults_have_their_line() {
        let why = |text: &str| records(text).err().map(|(line, _)| line);
        assert_eq!(why("[]"), None);
        assert_eq!(why("[{\"a\": 1},\n{\"a\" 2}]"), Some(2));
        assert_eq!(why("[{\"a\": 1}\n\n{}]"), Some(3));
        assert_eq!(why("[{\"a\": \"x\n\"}]"), Some(1));
        assert_eq!(why("{\"a\": {}}"), Some(1));
        assert_eq!(why("[] x"), Some(1));
        assert_eq!(why("[{\"a\": \"\\q\"}]"), Some(1));
        let deep = format!("[{}1{}]", "{\"a\":".repeat(9), "}".repeat(9));
        assert_eq!(why(&deep), Some(1));
    }
}
