//! Rates, latencies, utilisation and queues after warm-up. Time averages are
//! exact integrals between facts.

use super::histogram::LatencyHistogram;
use crate::kernel::{
    Duration, Fact, Instant, LinkId, NodeId, NodeStatus, Observer, Outcome, Topology,
};

/// What a closed form says, beside what was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Of what.
    pub name: &'static str,
    /// By the closed form.
    pub predicted: f64,
    /// In this run.
    pub measured: f64,
    /// Of both.
    pub unit: &'static str,
    /// Under which the closed form holds.
    pub assumptions: &'static str,
}

/// Of one node, after warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NodeMeasure {
    /// Mean number of busy workers.
    pub busy_mean: f64,
    /// Mean number that wait.
    pub queue_mean: f64,
    /// Most that ever waited.
    pub queue_max: u32,
    /// Mean time in the queue before work begins, in milliseconds.
    pub wait_ms_mean: f64,
    /// Pieces of work finished.
    pub served: u64,
    /// Up, crashed or paused.
    pub status: NodeStatus,
}

/// Of one link, after warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkMeasure {
    /// Sent by a node.
    pub sent: u64,
    /// Arrived.
    pub delivered: u64,
    /// Lost, whatever the reason.
    pub lost: u64,
    /// Made by the network.
    pub duplicated: u64,
}

#[derive(Clone, Debug, Default)]
struct NodeTally {
    busy: u32,
    depth: u32,
    changed: Instant,
    busy_integral: u128,
    depth_integral: u128,
    queue_max: u32,
    waited: u128,
    begun: u64,
    served: u64,
    status: NodeStatus,
}

impl NodeTally {
    /// Brings the integrals up to `now`, counting nothing before `from`.
    fn settle(&mut self, from: Instant, now: Instant) {
        let since = self.changed.max(from);
        let span = u128::from(now.since(since).0);
        self.busy_integral += span * u128::from(self.busy);
        self.depth_integral += span * u128::from(self.depth);
        self.changed = now;
    }
}

/// All measures of a run.
#[derive(Clone, Debug)]
pub struct Measures {
    from: Instant,
    started: u64,
    ended: u64,
    succeeded: u64,
    latency: LatencyHistogram,
    nodes: Vec<NodeTally>,
    links: Vec<LinkMeasure>,
}

impl Measures {
    /// Counts nothing before `warm_up`.
    pub fn new(topology: &Topology, warm_up: Instant) -> Self {
        Self {
            from: warm_up,
            started: 0,
            ended: 0,
            succeeded: 0,
            latency: LatencyHistogram::new(),
            nodes: vec![NodeTally::default(); topology.nodes().len()],
            links: vec![LinkMeasure::default(); topology.links().len()],
        }
    }

    fn per_second(&self, count: u64, now: Instant) -> f64 {
        let span = now.since(self.from).as_secs();
        if span > 0.0 { count as f64 / span } else { 0.0 }
    }

    /// Since when it counts.
    pub fn warm_up(&self) -> Instant {
        self.from
    }

    /// When anything last changed at a node.
    pub fn latest(&self) -> Instant {
        let changed = self.nodes.iter().map(|tally| tally.changed);
        changed.max().unwrap_or(self.from)
    }

    /// Flows that ended after warm-up, however they ended.
    pub fn ended(&self) -> u64 {
        self.ended
    }

    /// Flows that started after warm-up.
    pub fn started(&self) -> u64 {
        self.started
    }

    /// Flows that ended well after warm-up.
    pub fn succeeded(&self) -> u64 {
        self.succeeded
    }

    /// Flows started a second.
    pub fn offered_per_s(&self, now: Instant) -> f64 {
        self.per_second(self.started, now)
    }

    /// Flows ended a second, however they ended.
    pub fn throughput_per_s(&self, now: Instant) -> f64 {
        self.per_second(self.ended, now)
    }

    /// Flows ended well a second.
    pub fn goodput_per_s(&self, now: Instant) -> f64 {
        self.per_second(self.succeeded, now)
    }

    /// From start to end of flows that ended after warm-up, in nanoseconds.
    pub fn latency(&self) -> &LatencyHistogram {
        &self.latency
    }

    /// Of one node until `now`.
    pub fn node(&self, node: NodeId, now: Instant) -> NodeMeasure {
        let mut tally = self.nodes[node.index()].clone();
        tally.settle(self.from, now.max(tally.changed));
        let span = now.since(self.from).0;
        let mean = |integral: u128| {
            if span > 0 {
                integral as f64 / span as f64
            } else {
                0.0
            }
        };
        let waited_ms = tally.waited as f64 / 1e6;
        NodeMeasure {
            busy_mean: mean(tally.busy_integral),
            queue_mean: mean(tally.depth_integral),
            queue_max: tally.queue_max,
            wait_ms_mean: if tally.begun > 0 {
                waited_ms / tally.begun as f64
            } else {
                0.0
            },
            served: tally.served,
            status: tally.status,
        }
    }

    /// Of one link so far.
    pub fn link(&self, link: LinkId) -> LinkMeasure {
        self.links[link.index()]
    }

    fn tally(&mut self, node: NodeId, at: Instant) -> &mut NodeTally {
        let from = self.from;
        let tally = &mut self.nodes[node.index()];
        tally.settle(from, at);
        tally
    }

    fn deepen(&mut self, node: NodeId, at: Instant, depth: u32) -> &mut NodeTally {
        let warm = at >= self.from;
        let tally = self.tally(node, at);
        tally.depth = depth;
        if warm {
            tally.queue_max = tally.queue_max.max(depth);
        }
        tally
    }

    fn work_ended(&mut self, node: NodeId, at: Instant, served: u64) {
        let tally = self.tally(node, at);
        tally.busy = tally.busy.saturating_sub(1);
        tally.served += served;
    }

    fn began(&mut self, node: NodeId, at: Instant, depth: u32, waited: Duration) {
        let warm = at >= self.from;
        let tally = self.deepen(node, at, depth);
        tally.busy += 1;
        if warm {
            tally.begun += 1;
            tally.waited += u128::from(waited.0);
        }
    }
}

impl Observer for Measures {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        let warm = u64::from(at >= self.from);
        match *fact {
            Fact::FlowStarted { .. } => self.started += warm,
            Fact::FlowEnded {
                outcome, latency, ..
            } => {
                self.ended += warm;
                if warm == 1 {
                    self.succeeded += u64::from(outcome == Outcome::SUCCESS);
                    self.latency.record(latency.0);
                }
            }
            Fact::Sent(ref message) => {
                let link = &mut self.links[message.link.index()];
                let duplicate = u64::from(message.marks.duplicate);
                link.duplicated += warm * duplicate;
                link.sent += warm * (1 - duplicate);
            }
            Fact::Delivered { link, .. } => self.links[link.index()].delivered += warm,
            Fact::Dropped { ref message, .. } => self.links[message.link.index()].lost += warm,
            Fact::Queued { node, depth, .. } | Fact::Discarded { node, depth, .. } => {
                self.deepen(node, at, depth);
            }
            Fact::Started {
                node,
                depth,
                waited,
                ..
            } => self.began(node, at, depth, waited),
            Fact::Finished { node, .. } => self.work_ended(node, at, warm),
            Fact::Interrupted { node, .. } => self.work_ended(node, at, 0),
            Fact::NodeChanged { node, status } => self.tally(node, at).status = status,
            _ => {}
        }
    }
}
