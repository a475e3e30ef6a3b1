//! Measures over time: a bounded row of buckets of equal width. When the row
//! is full, neighbours are merged and the width doubles.

use crate::kernel::{Duration, Fact, Instant, Observer, Outcome, order};

/// Buckets at most; a power of two.
pub const BUCKETS_MOST: usize = 512;

/// Latencies kept exactly a bucket; beyond, every latency replaces one in turn.
const LATENCIES_MOST: usize = 512;

/// The width at first.
const FIRST_WIDTH: Duration = Duration(100_000_000);

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bucket {
    /// Flows started.
    pub offered: u32,
    /// Flows ended well.
    pub done: u32,
    /// Flows ended otherwise.
    pub failed: u32,
    /// Messages lost.
    pub lost: u32,
    /// Retries and hedges.
    pub retried: u32,
    /// Most that waited in all nodes together.
    pub waiting: u32,
    /// Median latency of the flows that ended well, in milliseconds; of merged
    /// buckets their mean, weighted by `done`.
    pub p50_ms: f32,
    /// 99th percentile of the same; of merged buckets the larger.
    pub p99_ms: f32,
    /// Mean number of busy workers.
    pub busy: f32,
    /// The pattern's own level at the end.
    pub level: f32,
}

impl Bucket {
    fn merge(self, next: Self) -> Self {
        let weight = |bucket: &Self| bucket.done as f32;
        let all = (weight(&self) + weight(&next)).max(1.0);
        Self {
            offered: self.offered + next.offered,
            done: self.done + next.done,
            failed: self.failed + next.failed,
            lost: self.lost + next.lost,
            retried: self.retried + next.retried,
            waiting: self.waiting.max(next.waiting),
            p50_ms: (self.p50_ms * weight(&self) + next.p50_ms * weight(&next)) / all,
            p99_ms: self.p99_ms.max(next.p99_ms),
            busy: (self.busy + next.busy) / 2.0,
            level: next.level,
        }
    }
}

/// The row of buckets, the last one still open.
#[derive(Clone, Debug)]
pub struct Series {
    width: Duration,
    closed: Vec<Bucket>,
    open: Bucket,
    open_end: Instant,
    latencies: Vec<u64>,
    seen: u64,
    depths: Vec<u32>,
    waiting: u32,
    busy: u32,
    busy_since: Instant,
    busy_integral: u128,
    level: f32,
}

impl Series {
    /// An empty row for a topology of `nodes` nodes.
    pub fn new(nodes: usize) -> Self {
        Self {
            width: FIRST_WIDTH,
            closed: Vec::new(),
            open: Bucket::default(),
            open_end: Instant::START + FIRST_WIDTH,
            latencies: Vec::new(),
            seen: 0,
            depths: vec![0; nodes],
            waiting: 0,
            busy: 0,
            busy_since: Instant::START,
            busy_integral: 0,
            level: 0.0,
        }
    }

    /// How much time each bucket covers.
    pub fn width(&self) -> Duration {
        self.width
    }

    /// Complete buckets; bucket `i` begins at `i * width`.
    pub fn buckets(&self) -> &[Bucket] {
        &self.closed
    }

    /// When the open bucket ends.
    pub fn next_end(&self) -> Instant {
        self.open_end
    }

    /// Takes down the pattern's own level at the end of the open bucket.
    pub fn sample(&mut self, level: f64) {
        self.level = level as f32;
    }

    /// Closes what ends at or before `now`.
    pub fn settle(&mut self, now: Instant) {
        while now >= self.open_end {
            self.close();
        }
    }

    fn close(&mut self) {
        self.account_busy(self.open_end);
        self.open.busy = (self.busy_integral as f64 / self.width.0 as f64) as f32;
        let sorted = order::sorted(self.latencies.iter().map(|ns| (*ns, 0)).collect());
        let at = |share: f64| {
            let rank = libm::ceil(share * sorted.len() as f64) as usize;
            let found = sorted.get(rank.saturating_sub(1));
            found.map_or(0.0, |(ns, _)| *ns as f32 / 1e6)
        };
        (self.open.p50_ms, self.open.p99_ms) = (at(0.5), at(0.99));
        self.open.level = self.level;
        self.closed.push(self.open);
        self.open = Bucket {
            waiting: self.waiting,
            ..Bucket::default()
        };
        self.latencies.clear();
        (self.seen, self.busy_integral) = (0, 0);
        if self.closed.len() == BUCKETS_MOST {
            for i in 0..BUCKETS_MOST / 2 {
                self.closed[i] = self.closed[2 * i].merge(self.closed[2 * i + 1]);
            }
            self.closed.truncate(BUCKETS_MOST / 2);
            self.width = self.width + self.width;
        }
        self.open_end = Instant((self.closed.len() as u64 + 1) * self.width.0);
    }

    fn account_busy(&mut self, now: Instant) {
        self.busy_integral += u128::from(self.busy) * u128::from(now.since(self.busy_since).0);
        self.busy_since = now;
    }

    fn set_depth(&mut self, node: usize, depth: u32) {
        self.waiting = self.waiting - self.depths[node] + depth;
        self.depths[node] = depth;
        self.open.waiting = self.open.waiting.max(self.waiting);
    }

    fn record_latency(&mut self, latency: Duration) {
        self.seen += 1;
        if self.latencies.len() < LATENCIES_MOST {
            self.latencies.push(latency.0);
        } else {
            self.latencies[self.seen as usize % LATENCIES_MOST] = latency.0;
        }
    }
}

impl Observer for Series {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.settle(at);
        match *fact {
            Fact::FlowStarted { .. } => self.open.offered += 1,
            Fact::FlowEnded {
                outcome: Outcome::SUCCESS,
                latency,
                ..
            } => {
                self.open.done += 1;
                self.record_latency(latency);
            }
            Fact::FlowEnded { .. } => self.open.failed += 1,
            Fact::Dropped { .. } => self.open.lost += 1,
            Fact::Retried { .. } | Fact::Hedged { .. } => self.open.retried += 1,
            Fact::Queued { node, depth, .. } | Fact::Discarded { node, depth, .. } => {
                self.set_depth(node.index(), depth);
            }
            Fact::Started { node, depth, .. } => {
                self.set_depth(node.index(), depth);
                self.account_busy(at);
                self.busy += 1;
            }
            Fact::Finished { .. } | Fact::Interrupted { .. } => {
                self.account_busy(at);
                self.busy = self.busy.saturating_sub(1);
            }
            _ => {}
        }
    }
}
