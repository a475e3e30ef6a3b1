//! Windows over event time for one operator: which windows an element falls
//! into, when their panes fire, what a late element does. It knows no nodes,
//! no messages and no chance.
//!
//! Event time is `event_ms`, milliseconds since the start of the stream; it may
//! be negative. Processing time is `now`, the run's own.
//!
//! Terms and the worked example of the tests: Akidau, Chernyak, Lax, Streaming
//! Systems (2018), chapters 1 and 2.

use crate::kernel::{Duration, Instant};

/// Windows that one operator holds at most; an element that would open another
/// is refused.
const OPEN_MOST: usize = 4_096;

/// How event time is cut, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Windows of `size` that begin every `slide`; tumbling if both are equal.
    Sliding {
        /// From start to end.
        size: i64,
        /// From start to start.
        slide: i64,
    },
    /// Windows that end after `gap` without an element.
    Session {
        /// Of silence.
        gap: i64,
    },
}

/// What a pane says of the elements that earlier panes have told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accumulation {
    /// Nothing: each pane tells what is new.
    Discarding,
    /// Their sum again, in place of the last one.
    Accumulating,
    /// The same, and takes the last one back by name.
    Retracting,
}

/// What an operator is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How event time is cut.
    pub shape: Shape,
    /// What panes say.
    pub accumulation: Accumulation,
    /// Every element fires its windows' panes.
    pub each: bool,
    /// So long after a first new element an early pane fires; zero: never.
    pub early: Duration,
    /// Windows live so much longer than the watermark says they must.
    pub lateness_ms: i64,
}

/// When a pane fired: before, at, or after its window's end was certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timing {
    /// The watermark had not passed the end.
    Early,
    /// It passed just now.
    OnTime,
    /// It had passed before.
    Late,
}

/// A result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pane {
    /// Whose.
    pub key: u32,
    /// The window's start.
    pub start_ms: i64,
    /// The window's end; the last element's time and the gap for a session.
    pub end_ms: i64,
    /// Counts the panes of a window, from 0.
    pub index: u32,
    /// When it fired.
    pub timing: Timing,
    /// A sum.
    pub value: i64,
    /// The value that it takes back.
    pub retracts: Option<i64>,
    /// What this pane adds to the sum over all windows, retractions included.
    pub change: i64,
}

/// What became of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It counts, in so many windows.
    Taken(u32),
    /// All its windows are gone.
    Late,
    /// There is no room for another window.
    Refused,
}

/// One window that is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Whose.
    pub key: u32,
    /// First moment within.
    pub start_ms: i64,
    /// First moment after.
    pub end_ms: i64,
    /// Of all its elements.
    pub sum: i64,
    /// Of those that no pane has told.
    pub fresh: i64,
    /// Elements that no pane has told.
    fresh_count: u32,
    /// The value that stands for it downstream.
    told: Option<i64>,
    /// Panes so far.
    pub panes: u32,
    /// The watermark has passed its end.
    pub closed: bool,
    /// When an early pane is due.
    due: Option<Instant>,
}

/// All windows of an operator. Plain data: a clone is a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// In no order that matters.
    open: Vec<Window>,
    /// Elements with an earlier event time are not expected any more.
    pub watermark_ms: i64,
    /// Values of elements taken, once a window they fell into.
    pub taken: i64,
    /// What all panes have changed.
    pub told: i64,
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            watermark_ms: i64::MIN,
            taken: 0,
            told: 0,
        }
    }
}

impl Windows {
    /// Windows that are not over.
    pub fn open(&self) -> &[Window] {
        &self.open
    }

    /// What no pane has told yet.
    pub fn fresh(&self) -> i64 {
        self.open.iter().map(|window| window.fresh).sum()
    }

    /// The next moment at which [`Self::tick`] has something to do.
    pub fn next_due(&self) -> Option<Instant> {
        self.open.iter().filter_map(|window| window.due).min()
    }

    /// An element.
    pub fn add(
        &mut self,
        (key, event_ms, value): (u32, i64, i64),
        now: Instant,
        rules: &Rules,
        panes: &mut Vec<Pane>,
    ) -> Fate {
        match rules.shape {
            Shape::Sliding { size, slide } => {
                let (size, slide) = (size.max(1), slide.max(1));
                let mut taken = 0;
                let mut room = true;
                let last = event_ms.div_euclid(slide) * slide;
                let mut start = last;
                while start > event_ms - size {
                    if !self.is_over(start + size, rules) {
                        match self.window(key, start, start + size) {
                            Some(place) => {
                                self.put(place, value, now, rules, panes);
                                taken += 1;
                            }
                            None => room = false,
                        }
                    }
                    start -= slide;
                }
                match taken {
                    0 if !room => Fate::Refused,
                    0 => Fate::Late,
                    _ => Fate::Taken(taken),
                }
            }
            Shape::Session { gap } => {
                let end = event_ms + gap.max(1);
                match self.session(key, event_ms, end, rules, panes) {
                    Ok(place) => {
                        self.put(place, value, now, rules, panes);
                        Fate::Taken(1)
                    }
                    Err(fate) => fate,
                }
            }
        }
    }

    /// The watermark moves, never back.
    pub fn advance(&mut self, watermark_ms: i64, rules: &Rules, panes: &mut Vec<Pane>) {
        if watermark_ms <= self.watermark_ms {
            return;
        }
        self.watermark_ms = watermark_ms;
        // In the order of event time, whatever the order of arrival.
        loop {
            let ripe = |window: &&mut Window| !window.closed && window.end_ms <= watermark_ms;
            let next = (self.open.iter_mut().filter(ripe))
                .min_by_key(|window| (window.end_ms, window.start_ms, window.key));
            let Some(window) = next else {
                break;
            };
            window.closed = true;
            window.due = None;
            let pane = window.fire(Timing::OnTime, rules);
            self.tell(pane, panes);
        }
        let lateness = rules.lateness_ms;
        self.open
            .retain(|window| window.end_ms.saturating_add(lateness) > watermark_ms);
    }

    /// Early panes that are due fire.
    pub fn tick(&mut self, now: Instant, rules: &Rules, panes: &mut Vec<Pane>) {
        for place in 0..self.open.len() {
            if self.open[place].due.is_some_and(|due| due <= now) {
                let pane = self.open[place].fire(Timing::Early, rules);
                self.tell(pane, panes);
            }
        }
    }

    fn is_over(&self, end_ms: i64, rules: &Rules) -> bool {
        end_ms.saturating_add(rules.lateness_ms) <= self.watermark_ms
    }

    /// The place of a window, opened if need be and room is.
    fn window(&mut self, key: u32, start_ms: i64, end_ms: i64) -> Option<usize> {
        let same = |it: &Window| (it.key, it.start_ms, it.end_ms) == (key, start_ms, end_ms);
        if let Some(place) = self.open.iter().position(same) {
            return Some(place);
        }
        if self.open.len() >= OPEN_MOST {
            return None;
        }
        self.open.push(Window {
            key,
            start_ms,
            end_ms,
            sum: 0,
            fresh: 0,
            fresh_count: 0,
            told: None,
            panes: 0,
            closed: end_ms <= self.watermark_ms,
            due: None,
        });
        Some(self.open.len() - 1)
    }

    /// The session of an element, merged of all that it bridges. Whatever had
    /// been told of these is taken back: they are no more.
    fn session(
        &mut self,
        key: u32,
        start_ms: i64,
        end_ms: i64,
        rules: &Rules,
        panes: &mut Vec<Pane>,
    ) -> Result<usize, Fate> {
        let meets = |it: &Window| it.key == key && it.start_ms < end_ms && start_ms < it.end_ms;
        let bridged = self.open.iter().filter(|it| meets(it)).count();
        if bridged == 0 && self.is_over(end_ms, rules) {
            return Err(Fate::Late);
        }
        if bridged == 1 {
            let place = self.open.iter().position(meets).unwrap_or(0);
            let it = self.open[place];
            if it.start_ms <= start_ms && end_ms <= it.end_ms {
                return Ok(place);
            }
        }
        let (mut start, mut end, mut sum, mut fresh, mut count) = (start_ms, end_ms, 0, 0, 0);
        let mut due: Option<Instant> = None;
        let mut place = 0;
        while place < self.open.len() {
            let it = self.open[place];
            if !meets(&it) {
                place += 1;
                continue;
            }
            self.open.swap_remove(place);
            (start, end) = (start.min(it.start_ms), end.max(it.end_ms));
            sum += it.sum;
            due = due.into_iter().chain(it.due).min();
            match (rules.accumulation, it.told) {
                (Accumulation::Discarding, _) | (_, None) => {
                    fresh += it.fresh;
                    count += it.fresh_count;
                }
                (_, Some(told)) => {
                    fresh += it.sum;
                    count += 1;
                    let timing = if it.closed {
                        Timing::Late
                    } else {
                        Timing::Early
                    };
                    let pane = it.pane(timing, 0, Some(told), -told);
                    self.tell(Some(pane), panes);
                }
            }
        }
        let merged = self.window(key, start, end).ok_or(Fate::Refused)?;
        let window = &mut self.open[merged];
        (window.sum, window.fresh, window.fresh_count) = (sum, fresh, count);
        window.due = due.filter(|_| !window.closed);
        Ok(merged)
    }

    fn put(
        &mut self,
        place: usize,
        value: i64,
        now: Instant,
        rules: &Rules,
        panes: &mut Vec<Pane>,
    ) {
        self.taken += value;
        let window = &mut self.open[place];
        window.sum += value;
        window.fresh += value;
        window.fresh_count += 1;
        let timing = if window.closed {
            Timing::Late
        } else {
            Timing::Early
        };
        if window.closed || rules.each {
            let pane = window.fire(timing, rules);
            self.tell(pane, panes);
        } else if rules.early > Duration::ZERO && window.due.is_none() {
            window.due = Some(now + rules.early);
        }
    }

    fn tell(&mut self, pane: Option<Pane>, panes: &mut Vec<Pane>) {
        if let Some(pane) = pane {
            self.told += pane.change;
            panes.push(pane);
        }
    }
}

impl Window {
    fn pane(&self, timing: Timing, value: i64, retracts: Option<i64>, change: i64) -> Pane {
        Pane {
            key: self.key,
            start_ms: self.start_ms,
            end_ms: self.end_ms,
            index: self.panes,
            timing,
            value,
            retracts,
            change,
        }
    }

    /// A pane, if there is anything to tell: news, or that it is on time.
    fn fire(&mut self, timing: Timing, rules: &Rules) -> Option<Pane> {
        self.due = None;
        let quiet = self.fresh_count == 0;
        // With a pane at each element, the last one has said it all.
        if quiet && (timing != Timing::OnTime || rules.each) {
            return None;
        }
        let (value, retracts) = match rules.accumulation {
            Accumulation::Discarding => (self.fresh, None),
            Accumulation::Accumulating => (self.sum, None),
            Accumulation::Retracting => (self.sum, self.told),
        };
        let before = match rules.accumulation {
            Accumulation::Discarding => 0,
            _ => self.told.unwrap_or(0),
        };
        let pane = self.pane(timing, value, retracts, value - before);
        (self.fresh, self.fresh_count, self.told) = (0, 0, Some(value));
        self.panes += 1;
        Some(pane)
    }
}

#[cfg(test)]
mod tests;
