//! What is published: topics, keys and bodies, made up or the user's own; and
//! who wants what.

use crate::kernel::settings::clip;
use crate::kernel::{Duration, FlowId, Instant, Purpose, Random, Settings};
use crate::parts::topic_filter::Syntax;
use crate::scenario::{Input, Scenario};
use std::sync::Arc;

/// At most this many subscriptions: one bit each.
pub const SUBSCRIPTIONS_MOST: usize = 6;
/// A longer name would be cut in the picture.
const NAME_LONGEST: usize = 24;
/// How many topics are known by name without own input.
pub const GENERATED_TOPICS: usize = 8;

/// In the order in which the knob `topics` takes them.
const TOPICS: [&str; GENERATED_TOPICS] = [
    "orders.eu",
    "payments.eu",
    "orders.us",
    "users.us",
    "payments.us",
    "orders.eu.refund",
    "users.eu",
    "users.eu.gone",
];

const CONTENT: Purpose = Purpose::named("content");

/// What a message is about. Made-up topics and keys are numbered; of own
/// input, a topic's number is that of its row, and a key's is its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Number of its topic.
    pub topic: u32,
    /// Number of its key.
    pub key: u32,
    /// The row of own input; none for what is made up.
    pub row: Option<u32>,
}

/// Names and filters in a text, or what is wrong with it.
fn read_filters(text: &str) -> Result<Vec<(&str, &str)>, &'static str> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    for pair in text.split(';') {
        let (name, filter) = pair.split_once(':').unwrap_or_default();
        let (name, filter) = (name.trim(), filter.trim());
        if name.is_empty() || filter.is_empty() || name.len() > NAME_LONGEST {
            return Err("a name or a filter is missing, or a name too long");
        }
        if found.iter().any(|(other, _)| *other == name) || found.len() >= SUBSCRIPTIONS_MOST {
            return Err("a name stands there twice, or there are too many");
        }
        found.push((name, filter));
    }
    Ok(found)
}

/// The subscriptions of a run, as names and filters.
pub fn subscriptions(settings: &Settings) -> Vec<(&str, &str)> {
    read_filters(settings.text("filters")).unwrap_or_default()
}

/// What is wrong with a text of subscriptions.
pub fn wrong_with_filters(text: &str) -> Option<String> {
    read_filters(text).err().map(str::to_owned)
}

/// Names of topics and keys, and the user's own rows.
#[derive(Debug)]
pub struct Content {
    syntax: Syntax,
    /// By topic: bit `s` is set if subscription `s` wants it.
    wanted: Vec<u8>,
    input: Option<Arc<Input>>,
}

/// FNV-1a, the halves folded.
fn hash(text: &str) -> u32 {
    let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    (hash ^ hash >> 32) as u32
}

impl Content {
    /// Of a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        let settings = &scenario.settings;
        let syntax = match settings.choice("syntax") {
            "mqtt" => Syntax::Mqtt,
            _ => Syntax::Amqp,
        };
        let mut content = Self {
            syntax,
            wanted: Vec::new(),
            input: scenario.input.clone(),
        };
        let rows = content.input.as_ref().map(|input| input.rows().len());
        let filters = subscriptions(settings);
        for topic in 0..rows.unwrap_or(GENERATED_TOPICS) {
            let name = content.topic(topic as u32);
            let mut wanted = 0;
            for (index, (_, filter)) in filters.iter().enumerate() {
                let matches = filter.split(',').any(|it| syntax.matches(it.trim(), &name));
                wanted |= u8::from(matches) << index;
            }
            content.wanted.push(wanted);
        }
        content
    }

    /// When each row is due, and which of `publishers` sends it.
    pub fn due(&self, publishers: usize) -> Vec<(Instant, u16)> {
        let mut due = Vec::new();
        if let Some(input) = &self.input {
            for row in 0..input.rows().len() {
                let at = Duration::from_millis(input.number(row, "at_ms"));
                due.push((Instant(at.0), (row % publishers.max(1)) as u16));
            }
        }
        due
    }

    /// What a row is about.
    pub fn of_row(&self, row: u32) -> Subject {
        let input = self.input.as_ref();
        let key = input.map_or("", |input| input.text(row as usize, "key"));
        Subject {
            topic: row,
            key: hash(key),
            row: Some(row),
        }
    }

    /// What a made-up message is about: the same for the same flow, however
    /// many others there are.
    pub fn make_up(&self, flow: FlowId, (topics, keys): (u32, u32), random: &Random) -> Subject {
        let mut draws = random.keyed(CONTENT, flow.0, 0);
        let (topic, key) = (draws.uniform(), draws.uniform());
        if let Some(input) = &self.input {
            // One like the user's own.
            let row = (topic * input.rows().len() as f64) as u32;
            return self.of_row(row);
        }
        Subject {
            topic: (topic * f64::from(topics)) as u32,
            key: (key * f64::from(keys)) as u32,
            row: None,
        }
    }

    /// Bit `s` is set if subscription `s` wants the topic.
    pub fn wanted(&self, topic: u32) -> u8 {
        self.wanted.get(topic as usize).copied().unwrap_or(0)
    }

    fn topic(&self, topic: u32) -> String {
        match (&self.input, self.syntax) {
            (Some(input), _) => input.text(topic as usize, "topic").to_owned(),
            (None, Syntax::Amqp) => TOPICS[topic as usize % GENERATED_TOPICS].to_owned(),
            (None, Syntax::Mqtt) => TOPICS[topic as usize % GENERATED_TOPICS].replace('.', "/"),
        }
    }

    /// Adds what a message carries: topic, key, body.
    pub fn describe(&self, subject: Subject, text: &mut String) {
        text.push_str(&clip(&self.topic(subject.topic)));
        match (&self.input, subject.row) {
            (Some(input), Some(row)) => {
                for column in ["key", "body"] {
                    text.push(' ');
                    text.push_str(&clip(input.text(row as usize, column)));
                }
            }
            _ => text.push_str(&format!(" k{}", subject.key + 1)),
        }
    }

    /// The partition of a key.
    pub fn partition(key: u32, partitions: usize) -> usize {
        let spread = (u64::from(key) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (spread >> 40) as usize % partitions.max(1)
    }
}
