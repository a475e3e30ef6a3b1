//! Knobs and their values: one table a pattern, read by links, the command
//! line, files and the page alike.

use crate::decimal;
use crate::decimal::Number;
use crate::time::Duration;
use std::fmt;
use std::sync::Arc;

/// A setting a user can turn.
#[derive(Debug)]
pub struct Knob {
    /// Lower-kebab-case, as in links and files.
    pub key: &'static str,
    /// On screen.
    pub label: &'static str,
    /// The heading it stands under.
    pub group: &'static str,
    /// `ms`, `s`, `/s`, `%` or empty.
    pub unit: &'static str,
    /// Its range.
    pub kind: KnobKind,
    /// One sentence.
    pub help: &'static str,
    /// Shapes the topology: can be set only at the start of a run.
    pub structural: bool,
    /// The greatest value that a page offers, where it is less than what the
    /// range allows: what is beyond is for machines, not for pictures.
    pub on_page: Option<f64>,
    /// When it means nothing: another knob's key and the values under which
    /// this one counts. The page hides it otherwise.
    pub only_if: Option<(&'static str, &'static [&'static str])>,
}

/// What values a knob takes.
#[derive(Clone, Copy, Debug)]
pub enum KnobKind {
    /// A number within `min..=max`.
    Number {
        /// Least.
        min: f64,
        /// Greatest.
        max: f64,
        /// At first.
        default: f64,
        /// Whole numbers only.
        whole: bool,
        /// The word for zero where zero switches something off.
        zero: Option<&'static str>,
    },
    /// One of a few words.
    Choice {
        /// The words.
        choices: &'static [&'static str],
        /// Index of the first one chosen.
        default: u8,
    },
    /// A short text. Always structural: a script could not tell its `;` and
    /// `#` from its own.
    Text {
        /// At first.
        default: &'static str,
        /// How it is written, after "must be".
        grammar: &'static str,
        /// What is wrong with a text, if anything.
        wrong_with: fn(&str) -> Option<String>,
    },
}

/// The longest text a knob takes, in bytes.
pub const TEXT_LONGEST: usize = 400;

/// The value of a knob.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// In the knob's unit.
    Number(f64),
    /// Index into the knob's choices.
    Choice(u8),
    /// As written, at most [`TEXT_LONGEST`] bytes.
    Text(Arc<str>),
}

/// A value that was refused: names key, value and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(pub String);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

impl Knob {
    /// A number within `range`, `default` at first.
    pub const fn number(
        group: &'static str,
        key: &'static str,
        label: &'static str,
        unit: &'static str,
        range: (f64, f64, f64),
        help: &'static str,
    ) -> Self {
        let (min, default, max) = range;
        let kind = KnobKind::Number {
            min,
            max,
            default,
            whole: false,
            zero: None,
        };
        Self {
            key,
            label,
            group,
            unit,
            kind,
            help,
            structural: false,
            on_page: None,
            only_if: None,
        }
    }

    /// One of a few words, the first at first.
    pub const fn choice(
        group: &'static str,
        key: &'static str,
        label: &'static str,
        choices: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        let kind = KnobKind::Choice {
            choices,
            default: 0,
        };
        Self {
            key,
            label,
            group,
            unit: "",
            kind,
            help,
            structural: false,
            on_page: None,
            only_if: None,
        }
    }

    /// A short text, which `wrong_with` judges; `grammar` says in words what
    /// is right.
    pub const fn text(
        group: &'static str,
        key: &'static str,
        label: &'static str,
        (default, grammar): (&'static str, &'static str),
        wrong_with: fn(&str) -> Option<String>,
        help: &'static str,
    ) -> Self {
        let kind = KnobKind::Text {
            default,
            grammar,
            wrong_with,
        };
        Self {
            key,
            label,
            group,
            unit: "",
            kind,
            help,
            structural: true,
            on_page: None,
            only_if: None,
        }
    }

    /// Whole numbers only.
    #[must_use]
    pub const fn whole(mut self) -> Self {
        if let KnobKind::Number { ref mut whole, .. } = self.kind {
            *whole = true;
        }
        self
    }

    /// Zero switches it off, which this word says.
    #[must_use]
    pub const fn zero_means(mut self, word: &'static str) -> Self {
        if let KnobKind::Number { ref mut zero, .. } = self.kind {
            *zero = Some(word);
        }
        self
    }

    /// Another choice at first.
    #[must_use]
    pub const fn chosen(mut self, index: u8) -> Self {
        if let KnobKind::Choice {
            ref mut default, ..
        } = self.kind
        {
            *default = index;
        }
        self
    }

    /// Can be set only at the start of a run.
    #[must_use]
    pub const fn structural(mut self) -> Self {
        self.structural = true;
        self
    }

    /// A page offers no more than this.
    #[must_use]
    pub const fn on_page(mut self, most: f64) -> Self {
        self.on_page = Some(most);
        self
    }

    /// Means nothing unless another knob has one of these values.
    #[must_use]
    pub const fn only_if(mut self, key: &'static str, values: &'static [&'static str]) -> Self {
        self.only_if = Some((key, values));
        self
    }

    /// The value it has at first.
    pub fn default_value(&self) -> Value {
        match self.kind {
            KnobKind::Number { default, .. } => Value::Number(default),
            KnobKind::Choice { default, .. } => Value::Choice(default),
            KnobKind::Text { default, .. } => Value::Text(default.into()),
        }
    }

    /// The range in words: `1 to 64`, `none, full or equal`.
    pub fn range(&self) -> String {
        match self.kind {
            KnobKind::Number {
                min,
                max,
                whole,
                zero,
                ..
            } => {
                let unit = if self.unit.is_empty() {
                    String::new()
                } else {
                    format!(" {}", self.unit)
                };
                let zero = zero.map_or(String::new(), |word| format!(" (0 = {word})"));
                let (min, max) = (Number(min), Number(max));
                let whole = if whole { "whole, " } else { "" };
                format!("{whole}{min} to {max}{unit}{zero}")
            }
            KnobKind::Choice { choices, .. } => choices.join(", "),
            KnobKind::Text { grammar, .. } => grammar.to_owned(),
        }
    }

    /// Reads a value as links and files write it. A duration or ratio may
    /// carry its unit; a bare number takes the knob's.
    ///
    /// # Errors
    /// Names key, value and range.
    pub fn parse(&self, text: &str) -> Result<Value, SettingsError> {
        let refuse = || {
            SettingsError(format!(
                "{}={}: must be {}",
                self.key,
                clip(text),
                self.range()
            ))
        };
        match self.kind {
            KnobKind::Choice { choices, .. } => {
                let index = choices
                    .iter()
                    .position(|choice| *choice == text)
                    .ok_or_else(refuse)?;
                Ok(Value::Choice(index as u8))
            }
            KnobKind::Number {
                min, max, whole, ..
            } => {
                let number = self.parse_number(text).ok_or_else(refuse)?;
                let fits = number >= min && number <= max && (!whole || number == number.trunc());
                if fits {
                    Ok(Value::Number(number))
                } else {
                    Err(refuse())
                }
            }
            KnobKind::Text { wrong_with, .. } => self.parse_text(text, wrong_with),
        }
    }

    fn parse_text(
        &self,
        text: &str,
        wrong_with: fn(&str) -> Option<String>,
    ) -> Result<Value, SettingsError> {
        let why = if text.len() > TEXT_LONGEST {
            Some(format!(
                "has {} bytes; at most {TEXT_LONGEST} are read",
                text.len()
            ))
        } else {
            wrong_with(text)
        };
        match why {
            None => Ok(Value::Text(text.into())),
            Some(why) => Err(SettingsError(format!(
                "{}={}: {why}; must be {}",
                self.key,
                clip(text),
                self.range()
            ))),
        }
    }

    fn parse_number(&self, text: &str) -> Option<f64> {
        let bare = text.strip_suffix(self.unit).unwrap_or(text);
        if let Some(number) = decimal::parse(bare.trim()) {
            return Some(number);
        }
        let duration = Duration::parse(text).ok()?;
        match self.unit {
            "ms" => Some(duration.as_millis()),
            "s" => Some(duration.as_secs()),
            _ => None,
        }
    }

    /// As links and files write it.
    pub fn format(&self, value: &Value) -> String {
        match (value, self.kind) {
            (Value::Choice(index), KnobKind::Choice { choices, .. }) => choices
                .get(usize::from(*index))
                .copied()
                .unwrap_or_default()
                .to_owned(),
            (Value::Number(number), _) => Number(*number).to_string(),
            (Value::Choice(index), _) => format!("{index}"),
            (Value::Text(text), _) => text.to_string(),
        }
    }
}

/// Keeps a message short whatever was pasted.
pub fn clip(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

/// The values of all knobs of one pattern.
#[derive(Clone, Debug)]
pub struct Settings {
    knobs: &'static [Knob],
    values: Vec<Value>,
}

impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        let keys = |settings: &Self| settings.knobs.iter().map(|knob| knob.key);
        keys(self).eq(keys(other)) && self.values == other.values
    }
}

impl Settings {
    /// Every knob at its default.
    pub fn new(knobs: &'static [Knob]) -> Self {
        Self {
            knobs,
            values: knobs.iter().map(Knob::default_value).collect(),
        }
    }

    /// The table these are values of.
    pub fn knobs(&self) -> &'static [Knob] {
        self.knobs
    }

    /// Index of a key.
    pub fn index(&self, key: &str) -> Option<usize> {
        self.knobs.iter().position(|knob| knob.key == key)
    }

    /// The value at an index of the table.
    pub fn value(&self, index: usize) -> &Value {
        &self.values[index]
    }

    /// The number behind a key; zero for an unknown key or another kind.
    pub fn number(&self, key: &str) -> f64 {
        match self.index(key).map(|index| &self.values[index]) {
            Some(Value::Number(number)) => *number,
            _ => 0.0,
        }
    }

    /// The text behind a key; empty for an unknown key or another kind.
    pub fn text(&self, key: &str) -> &str {
        match self.index(key).map(|index| &self.values[index]) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The chosen word behind a key; empty for an unknown key or another kind.
    pub fn choice(&self, key: &str) -> &'static str {
        let Some(index) = self.index(key) else {
            return "";
        };
        match (&self.values[index], self.knobs[index].kind) {
            (Value::Choice(chosen), KnobKind::Choice { choices, .. }) => choices
                .get(usize::from(*chosen))
                .copied()
                .unwrap_or_default(),
            _ => "",
        }
    }

    /// Reads a value for a key.
    ///
    /// # Errors
    /// Names key, value and range; for an unknown key the nearest known one.
    pub fn parse(&self, key: &str, text: &str) -> Result<(usize, Value), SettingsError> {
        let index = self.index(key).ok_or_else(|| {
            let near = nearest(key, self.knobs.iter().map(|knob| knob.key));
            SettingsError(format!(
                "`{}` is no knob here; nearest is `{near}`",
                clip(key)
            ))
        })?;
        Ok((index, self.knobs[index].parse(text)?))
    }

    /// Sets a knob by key from text; see [`Self::parse`] for errors.
    ///
    /// # Errors
    /// As [`Self::parse`]; nothing is changed then.
    pub fn set(&mut self, key: &str, text: &str) -> Result<(), SettingsError> {
        let (index, value) = self.parse(key, text)?;
        self.values[index] = value;
        Ok(())
    }

    /// Sets a knob by index to a value of its kind.
    pub fn set_value(&mut self, index: usize, value: Value) {
        if let Some(slot) = self.values.get_mut(index) {
            *slot = value;
        }
    }

    /// Keys and written values that differ from `base`.
    pub fn differences(&self, base: &Self) -> Vec<(&'static str, String)> {
        let pairs = self.knobs.iter().zip(self.values.iter().zip(&base.values));
        pairs
            .filter(|(_, (mine, theirs))| mine != theirs)
            .map(|(knob, (mine, _))| (knob.key, knob.format(mine)))
            .collect()
    }
}

/// The candidate with the fewest edits from `word`.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> &'a str {
    let word: Vec<char> = word.chars().take(64).collect();
    candidates
        .min_by_key(|candidate| edits(&word, candidate))
        .unwrap_or_default()
}

/// Levenshtein's distance.
fn edits(word: &[char], other: &str) -> usize {
    let mut row: Vec<usize> = (0..=word.len()).collect();
    for (i, letter) in other.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for j in 0..word.len() {
            let substituted = diagonal + usize::from(word[j] != letter);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[word.len()]
}
