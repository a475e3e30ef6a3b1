//! An append-only log of events in streams, with optimistic concurrency: an
//! append says which version of its stream it expects. What events mean is the
//! pattern's business. Nothing is ever changed or deleted.

use crate::kernel::{FlowId, MessageId};
use std::sync::Arc;

/// The most events that are kept; more are refused.
pub const EVENTS_MOST: u64 = 200_000;
/// The most streams; a stream is named by a number below it.
pub const STREAMS_MOST: usize = 1_000;
/// Events in a chunk, which copies of the log share once it is full.
const CHUNK: usize = 256;

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The command that led to it.
    pub flow: FlowId,
    /// The message that brought it.
    pub message: MessageId,
    /// Of which stream.
    pub stream: u32,
    /// From 1 within its stream.
    pub version: u32,
    /// The pattern's own.
    pub kind: u8,
    /// Written in a form of long ago.
    pub old: bool,
    /// The pattern's own.
    pub amount: i64,
    /// The offset of the event before it in its stream, plus one; zero: none.
    before: u32,
}

impl Entry {
    /// An event that is not in a log yet.
    pub fn new(flow: FlowId, message: MessageId, stream: u32, kind: u8, amount: i64) -> Self {
        Self {
            flow,
            message,
            stream,
            version: 0,
            kind,
            old: false,
            amount,
            before: 0,
        }
    }
}

/// What an append takes for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The stream has no event yet.
    New,
    /// It has some.
    Exists,
    /// It has exactly so many.
    Version(u32),
}

/// Why an append is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another append came first, or will have to.
    WrongVersion,
    /// There is such a stream.
    Exists,
    /// There is none.
    NotFound,
    /// The log is full.
    Full,
}

/// Events by offset.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    chunks: Vec<Arc<Vec<Entry>>>,
    length: u64,
    /// By stream: its version, and the offset of its last event plus one.
    heads: Vec<(u32, u32)>,
}

impl EventLog {
    /// How many events there are; the offset of the next one.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many events it still takes.
    pub fn room(&self) -> u64 {
        EVENTS_MOST - self.length
    }

    /// The event at an offset.
    pub fn get(&self, offset: u64) -> Option<&Entry> {
        let (chunk, place) = (offset as usize / CHUNK, offset as usize % CHUNK);
        self.chunks.get(chunk)?.get(place)
    }

    /// How many events a stream has.
    pub fn version(&self, stream: u32) -> u32 {
        self.heads.get(stream as usize).map_or(0, |head| head.0)
    }

    /// Whether an append would go through.
    ///
    /// # Errors
    /// Why it would not.
    pub fn check(&self, stream: u32, expected: Expected) -> Result<(), Refusal> {
        let version = self.version(stream);
        match expected {
            _ if self.length >= EVENTS_MOST || stream as usize >= STREAMS_MOST => {
                Err(Refusal::Full)
            }
            Expected::New if version > 0 => Err(Refusal::Exists),
            Expected::Exists if version == 0 => Err(Refusal::NotFound),
            Expected::Version(wanted) if wanted != version => Err(Refusal::WrongVersion),
            _ => Ok(()),
        }
    }

    /// Appends an event to its stream; gives its offset.
    ///
    /// # Errors
    /// See [`Self::check`]; nothing is appended then.
    pub fn append(&mut self, mut entry: Entry, expected: Expected) -> Result<u64, Refusal> {
        self.check(entry.stream, expected)?;
        let stream = entry.stream as usize;
        if self.heads.len() <= stream {
            self.heads.resize(stream + 1, (0, 0));
        }
        let offset = self.length;
        (entry.version, entry.before) = self.heads[stream];
        entry.version += 1;
        self.heads[stream] = (entry.version, offset as u32 + 1);
        if (offset as usize).is_multiple_of(CHUNK) {
            self.chunks.push(Arc::new(Vec::with_capacity(CHUNK)));
        }
        if let Some(last) = self.chunks.last_mut() {
            Arc::make_mut(last).push(entry);
        }
        self.length += 1;
        Ok(offset)
    }

    /// Events of a stream after a version of it, the latest first.
    pub fn tail(&self, stream: u32, after: u32) -> impl Iterator<Item = &Entry> {
        let last = self.heads.get(stream as usize).map_or(0, |head| head.1);
        let mut next = u64::from(last);
        std::iter::from_fn(move || {
            let entry = self.get(next.checked_sub(1)?)?;
            next = u64::from(entry.before);
            (entry.version > after).then_some(entry)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU64;

    fn event(stream: u32, amount: i64) -> Entry {
        let message = MessageId(NonZeroU64::MIN);
        Entry::new(FlowId(0), message, stream, 0, amount)
    }

    #[test]
    fn versions_are_expected_as_in_the_published_table() {
        let mut log = EventLog::default();
        assert_eq!(
            log.append(event(0, 1), Expected::Exists),
            Err(Refusal::NotFound)
        );
        for version in 0..3 {
            assert!(log.append(event(0, 1), Expected::Version(version)).is_ok());
        }
        for wrong in [1, 2, 4] {
            let refused = log.append(event(0, 1), Expected::Version(wrong));
            assert_eq!(refused, Err(Refusal::WrongVersion));
        }
        assert_eq!(log.append(event(0, 1), Expected::New), Err(Refusal::Exists));
        // Four at once, all of which have seen version 3.
        let results = [0; 4].map(|_| log.append(event(0, 1), Expected::Version(3)));
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        assert_eq!((log.version(0), log.len()), (4, 4));
        assert!(log.append(event(0, 1), Expected::Exists).is_ok());
        assert!(log.append(event(1, 1), Expected::New).is_ok());
    }

    #[test]
    fn copies_share_what_is_full_and_tails_keep_to_their_stream() {
        let mut log = EventLog::default();
        for n in 0..1000 {
            let added = log.append(event(n % 3, i64::from(n)), Expected::Version(n / 3));
            assert_eq!(added, Ok(u64::from(n)));
        }
        let copy = log.clone();
        assert!(log.append(event(0, -1), Expected::Exists).is_ok());
        assert_eq!((copy.len(), log.len()), (1000, 1001));
        assert!(Arc::ptr_eq(&copy.chunks[0], &log.chunks[0]));
        let tail: Vec<i64> = copy.tail(1, 331).map(|entry| entry.amount).collect();
        assert_eq!(tail, [997, 994]);
        assert_eq!(copy.tail(2, 0).count(), 333);
    }

    /// Fowler's ships ("Event Sourcing", 2005): where a ship is, and where its
    /// cargo has been, follow from the events alone.
    #[test]
    fn ships_and_cargo() {
        const ARRIVAL: u8 = 0;
        const DEPARTURE: u8 = 1;
        const LOAD: u8 = 2;
        const UNLOAD: u8 = 3;
        const AT_SEA: i64 = 0;
        const SFO: i64 = 1;
        const LA: i64 = 2;
        const VANCOUVER: i64 = 3;
        let port = |log: &EventLog| {
            let moves = log.tail(0, 0).find(|entry| entry.kind <= DEPARTURE);
            moves.map_or(AT_SEA, |entry| {
                if entry.kind == ARRIVAL {
                    entry.amount
                } else {
                    AT_SEA
                }
            })
        };
        let has_been_in_canada = |log: &EventLog| {
            let (mut aboard, mut seen) = (false, false);
            for entry in (0..log.len()).filter_map(|offset| log.get(offset)) {
                aboard = entry.kind == LOAD || aboard && entry.kind != UNLOAD;
                seen |= aboard && entry.kind == ARRIVAL && entry.amount == VANCOUVER;
            }
            seen
        };
        let mut log = EventLog::default();
        let mut happens = |kind, place| {
            let it = Entry {
                kind,
                ..event(0, place)
            };
            assert!(log.append(it, Expected::Version(log.version(0))).is_ok());
            port(&log)
        };
        assert_eq!(happens(ARRIVAL, SFO), SFO);
        assert_eq!([happens(ARRIVAL, LA), happens(ARRIVAL, SFO)], [LA, SFO]);
        assert_eq!(happens(DEPARTURE, SFO), AT_SEA);
        happens(ARRIVAL, SFO);
        happens(LOAD, SFO);
        happens(ARRIVAL, VANCOUVER);
        happens(DEPARTURE, VANCOUVER);
        happens(ARRIVAL, SFO);
        happens(UNLOAD, SFO);
        assert!(has_been_in_canada(&log));
    }
}
