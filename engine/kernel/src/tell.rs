//! What patterns tell most and find out most, in a word each: here the code
//! for it is compiled once.

use crate::fact::{Fact, Outcome};
use crate::message::FlowId;
use crate::model::Context;
use crate::random::Purpose;
use crate::time::{Duration, Instant};
use crate::topology::NodeId;

impl Context<'_> {
    /// A unit of work began at a node.
    pub fn flow_started(&mut self, flow: FlowId, node: NodeId) {
        self.observe(|| Fact::FlowStarted { flow, node });
    }

    /// It ended, for the one who asked when it `started`.
    pub fn flow_ended(&mut self, flow: FlowId, outcome: Outcome, started: Instant) {
        let latency = self.now().since(started);
        self.observe(|| Fact::FlowEnded {
            flow,
            outcome,
            latency,
        });
    }

    /// An attempt got no answer in time.
    pub fn timed_out(&mut self, flow: FlowId, attempt: u32) {
        self.observe(|| Fact::TimedOut { flow, attempt });
    }

    /// An attempt follows after `delay`.
    pub fn retried(&mut self, flow: FlowId, attempt: u32, delay: Duration) {
        self.observe(|| Fact::Retried {
            flow,
            attempt,
            delay,
        });
    }

    /// Something of the pattern's own.
    pub fn note(&mut self, kind: u8, node: NodeId, flow: FlowId, value: u64) {
        self.observe(|| Fact::Noted {
            kind,
            node,
            flow,
            value,
        });
    }

    /// Whether a node makes one of its errors, always the same with the same keys.
    pub fn fails(&self, node: NodeId, purpose: Purpose, first: u64, second: u64) -> bool {
        let errors = self.node(node).errors;
        errors > 0.0 && self.random().keyed(purpose, first, second).uniform() < errors
    }

    /// How long work of so much time takes at a node, which may be slow.
    pub fn slowed(&self, node: NodeId, time: Duration) -> Duration {
        time.scaled(self.node(node).slow)
    }
}
