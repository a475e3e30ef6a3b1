//! Facts as Chrome trace-event JSON, for the trace viewers that read it:
//! flows as asynchronous slices, runs of workers as slices on one row a
//! worker, interventions as instants. Written as the run goes, so that its
//! memory does not grow with the run.

use crate::facts::Names;
use patternscope_engine::Instant;
use patternscope_engine::kernel::{Fact, FlowId, NodeId, Observer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Flows and interventions have this process number, nodes those after it.
const FLOWS: u32 = 1;

/// A trace being written.
pub struct Trace<W> {
    file: W,
    names: Names,
    /// Since when a worker runs, and for which flow.
    running: BTreeMap<(NodeId, u16), (Instant, FlowId)>,
    first: bool,
    /// The first failure to write; told at the end.
    failed: Option<io::Error>,
}

fn process(node: NodeId) -> u32 {
    FLOWS + 1 + u32::from(node.0)
}

fn micros(at: Instant) -> f64 {
    at.0 as f64 / 1e3
}

impl<W: Write> Trace<W> {
    /// Begins one.
    pub fn new(file: W, names: Names) -> Self {
        let mut trace = Self {
            file,
            names,
            running: BTreeMap::new(),
            first: true,
            failed: None,
        };
        trace.name_process(FLOWS, "flows");
        for node in trace.names.topology().node_ids() {
            let name = trace.names.topology().node(node).name.clone();
            trace.name_process(process(node), &name);
        }
        trace
    }

    fn name_process(&mut self, process: u32, name: &str) {
        self.write(
            &json!({"ph": "M", "name": "process_name", "pid": process, "args": {"name": name}}),
        );
    }

    fn write(&mut self, event: &Value) {
        let before = if self.first {
            "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
        } else {
            ",\n"
        };
        self.first = false;
        let written = write!(self.file, "{before}{event}");
        self.failed = self.failed.take().or(written.err());
    }

    fn flow(&mut self, at: Instant, phase: &str, flow: FlowId, more: &Value) {
        self.write(&json!({"ph": phase, "cat": "flow", "name": "flow", "id": flow.0, "pid": FLOWS, "tid": 0,
            "ts": micros(at), "args": more}));
    }

    fn worked(&mut self, at: Instant, node: NodeId, worker: u16, end: &str) {
        let Some((since, flow)) = self.running.remove(&(node, worker)) else {
            return;
        };
        self.write(&json!({"ph": "X", "cat": "work", "name": format!("flow {}", flow.0), "pid": process(node),
            "tid": worker + 1, "ts": micros(since), "dur": at.since(since).0 as f64 / 1e3,
            "args": {"flow": flow.0, "end": end}}));
    }

    /// Ends it at the end of the run, and hands it back.
    ///
    /// # Errors
    /// The first failure to write.
    pub fn finish(mut self, until: Instant) -> io::Result<W> {
        let running: Vec<(NodeId, u16)> = self.running.keys().copied().collect();
        for (node, worker) in running {
            self.worked(until, node, worker, "open");
        }
        let ended = self
            .file
            .write_all(b"\n]}\n")
            .and_then(|()| self.file.flush());
        match self.failed.or(ended.err()) {
            Some(error) => Err(error),
            None => Ok(self.file),
        }
    }
}

impl<W: Write> Observer for Trace<W> {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        match *fact {
            Fact::FlowStarted { flow, node } => {
                let node = self.names.topology().node(node).name.clone();
                self.flow(at, "b", flow, &json!({"node": node}));
            }
            Fact::FlowEnded { flow, outcome, .. } => {
                let outcome = self.names.outcome(outcome.0);
                self.flow(at, "e", flow, &json!({"outcome": outcome}));
            }
            Fact::Started {
                node, flow, worker, ..
            } => {
                self.running.insert((node, worker), (at, flow));
            }
            Fact::Finished {
                node,
                worker,
                wanted,
                ..
            } => {
                self.worked(at, node, worker, if wanted { "wanted" } else { "wasted" });
            }
            Fact::Interrupted { node, worker, .. } => self.worked(at, node, worker, "interrupted"),
            Fact::Intervened { index } => {
                let name = self.names.act(index).to_owned();
                self.write(&json!({"ph": "i", "s": "g", "cat": "intervention", "name": name, "pid": FLOWS, "tid": 0,
                    "ts": micros(at)}));
            }
            _ => {}
        }
    }
}
