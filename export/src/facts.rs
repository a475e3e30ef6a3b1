//! Facts in words and in JSON.

use crate::report::status_name;
use patternscope_engine::Instant;
use patternscope_engine::Scenario;
use patternscope_engine::kernel::fault::Fault;
use patternscope_engine::kernel::{
    Fact, FlowId, LinkId, Message, MessageId, NodeId, Observer, Stamped, Topology,
};
use patternscope_engine::patterns::Pattern;
use patternscope_engine::scenario::format_action;
use serde_json::{Map, Value, json};

/// The first facts of a run.
pub struct FactList {
    most: usize,
    facts: Vec<Stamped>,
}

impl FactList {
    /// Keeps at most this many.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            facts: Vec::new(),
        }
    }

    /// One JSON object a fact.
    pub fn to_json(&self, names: &Names) -> Value {
        self.facts
            .iter()
            .map(|stamped| Value::Object(names.fields(stamped.at, &stamped.fact)))
            .collect()
    }

    /// One line a fact.
    pub fn to_text(&self, names: &Names) -> String {
        let word = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let line = |stamped: &Stamped| {
            let mut fields = names.fields(stamped.at, &stamped.fact).into_iter().skip(1);
            let kind = fields.next().map_or(String::new(), |(_, kind)| word(&kind));
            let rest: Vec<String> = fields
                .map(|(key, value)| format!("{key}={}", word(&value)))
                .collect();
            format!(
                "{:>14}  {kind:<14} {}\n",
                stamped.at.to_string(),
                rest.join(" ")
            )
        };
        self.facts.iter().map(line).collect()
    }
}

impl Observer for FactList {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        if self.facts.len() < self.most {
            self.facts.observe(at, fact);
        }
    }
}

/// What it takes to put names in place of numbers.
pub struct Names {
    pattern: &'static Pattern,
    topology: Topology,
    script: Vec<String>,
}

impl Names {
    /// Of one scenario.
    pub fn new(scenario: &Scenario) -> Self {
        let write = |(_, act): &(Instant, _)| format_action(act, scenario.pattern.knobs);
        Self {
            pattern: scenario.pattern,
            topology: scenario.topology(),
            script: scenario.script.iter().map(write).collect(),
        }
    }

    /// Who and where.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// An intervention of the script as text.
    pub fn act(&self, index: u32) -> &str {
        self.script.get(index as usize).map_or("", String::as_str)
    }

    /// How a flow ended.
    pub fn outcome(&self, index: u8) -> &'static str {
        self.pattern
            .outcomes
            .get(usize::from(index))
            .copied()
            .unwrap_or("other")
    }

    fn node(&self, node: NodeId) -> &str {
        &self.topology.node(node).name
    }

    fn link(&self, link: LinkId) -> &str {
        &self.topology.link(link).name
    }

    /// Time, kind, then what the kind has to say.
    pub fn fields(&self, at: Instant, fact: &Fact) -> Map<String, Value> {
        let (kind, more) = self.told(fact);
        let mut fields = Map::new();
        fields.insert("at_s".to_owned(), at.as_secs().into());
        fields.insert("kind".to_owned(), kind.into());
        if let Value::Object(more) = more {
            fields.extend(more);
        }
        fields
    }

    fn told(&self, fact: &Fact) -> (&'static str, Value) {
        match fact {
            Fact::FlowStarted { flow, node } => (
                "flow-started",
                json!({"flow": flow.0, "node": self.node(*node)}),
            ),
            Fact::FlowEnded {
                flow,
                outcome,
                latency,
            } => {
                let (outcome, latency) = (self.outcome(outcome.0), latency.as_millis());
                (
                    "flow-ended",
                    json!({"flow": flow.0, "outcome": outcome, "latency_ms": latency}),
                )
            }
            Fact::TimedOut { flow, attempt } => {
                ("timed-out", json!({"flow": flow.0, "attempt": attempt}))
            }
            Fact::Hedged { flow, attempt } => {
                ("hedged", json!({"flow": flow.0, "attempt": attempt}))
            }
            Fact::Retried {
                flow,
                attempt,
                delay,
            } => (
                "retried",
                json!({"flow": flow.0, "attempt": attempt, "delay_ms": delay.as_millis()}),
            ),
            Fact::NodeChanged { node, status } => (
                "node-changed",
                json!({"node": self.node(*node), "state": status_name(*status)}),
            ),
            Fact::FaultBegan { id, fault } => (
                "fault-began",
                json!({"fault": id, "what": self.fault(fault)}),
            ),
            Fact::FaultEnded { id } => ("fault-ended", json!({"fault": id})),
            Fact::Intervened { index } => ("intervened", json!({"act": self.act(*index)})),
            Fact::Noted {
                kind,
                node,
                flow,
                value,
            } => {
                let note = self
                    .pattern
                    .notes
                    .get(usize::from(*kind))
                    .copied()
                    .unwrap_or("other");
                (
                    "noted",
                    json!({"note": note, "node": self.node(*node), "flow": flow.0, "value": value}),
                )
            }
            of_message => self.told_of_message(of_message),
        }
    }

    /// What happens to a message on its link, and where it waits.
    fn told_of_message(&self, fact: &Fact) -> (&'static str, Value) {
        let on = |flow: &FlowId, message: &MessageId, link: LinkId| json!({"flow": flow.0, "message": message.0, "link": self.link(link)});
        match fact {
            Fact::Sent(message) => ("sent", self.sent(message)),
            Fact::Delivered {
                message,
                flow,
                link,
            } => ("delivered", on(flow, message, *link)),
            Fact::Dropped { message, reason } => {
                let fields = on(&message.flow, &message.id, message.link);
                ("dropped", with(fields, json!({"reason": reason.name()})))
            }
            Fact::Queued {
                node,
                flow,
                message,
                depth,
            } => (
                "queued",
                with(self.at(flow, message, *node), json!({"depth": depth})),
            ),
            Fact::Discarded {
                node,
                flow,
                message,
                why,
                depth,
            } => {
                let why = self
                    .pattern
                    .discards
                    .get(usize::from(*why))
                    .copied()
                    .unwrap_or("other");
                let more = json!({"why": why, "depth": depth});
                ("discarded", with(self.at(flow, message, *node), more))
            }
            Fact::Deduplicated {
                node,
                flow,
                message,
            } => ("deduplicated", self.at(flow, message, *node)),
            of_work => self.told_of_work(of_work),
        }
    }

    /// What happens on a worker.
    fn told_of_work(&self, fact: &Fact) -> (&'static str, Value) {
        match fact {
            Fact::Started {
                node,
                flow,
                message,
                worker,
                depth,
                waited,
            } => {
                let more =
                    json!({"worker": worker + 1, "depth": depth, "waited_ms": waited.as_millis()});
                ("started", with(self.at(flow, message, *node), more))
            }
            Fact::Finished {
                node,
                flow,
                message,
                worker,
                wanted,
            } => {
                let more = json!({"worker": worker + 1, "wanted": wanted});
                ("finished", with(self.at(flow, message, *node), more))
            }
            Fact::Interrupted {
                node,
                flow,
                message,
                worker,
            } => {
                let more = json!({"worker": worker + 1});
                ("interrupted", with(self.at(flow, message, *node), more))
            }
            _ => ("other", Value::Null),
        }
    }

    fn at(&self, flow: &FlowId, message: &MessageId, node: NodeId) -> Value {
        json!({"flow": flow.0, "message": message.0, "node": self.node(node)})
    }

    fn sent(&self, message: &Message) -> Value {
        let marks = message.marks;
        let marks: Vec<&str> = [
            (marks.retry, "retry"),
            (marks.hedge, "hedge"),
            (marks.duplicate, "duplicate"),
        ]
        .into_iter()
        .filter_map(|(set, name)| set.then_some(name))
        .collect();
        json!({"flow": message.flow.0, "message": message.id.0, "cause": message.cause.map(|cause| cause.0),
            "link": self.link(message.link), "role": message.role.name(), "marks": marks.join(","),
            "arrive_s": message.arrive.as_secs()})
    }

    fn fault(&self, fault: &Fault) -> String {
        let ratio = |parts: &u32| format!("{}%", f64::from(*parts) / 1e4);
        let factor = |parts: &u32| format!("x{}", f64::from(*parts) / 1e3);
        match fault {
            Fault::Crash(node) => format!("crash {}", self.node(*node)),
            Fault::Pause(node) => format!("pause {}", self.node(*node)),
            Fault::Slow(node, by) => format!("slow {} {}", self.node(*node), factor(by)),
            Fault::Errors(node, share) => format!("errors {} {}", self.node(*node), ratio(share)),
            Fault::Cut(link) => format!("cut {}", self.link(*link)),
            Fault::Loss(link, share) => format!("loss {} {}", self.link(*link), ratio(share)),
            Fault::Latency(link, extra) => format!("latency {} +{extra}", self.link(*link)),
            Fault::Duplicate(link, share) => {
                format!("duplicate {} {}", self.link(*link), ratio(share))
            }
            Fault::Reorder(link, share) => format!("reorder {} {}", self.link(*link), ratio(share)),
            Fault::Partition(links) => format!("partition of {} links", links.len()),
            Fault::Surge(by) => format!("surge {}", factor(by)),
        }
    }
}

/// Two objects in one.
fn with(mut fields: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
        fields.extend(more);
    }
    fields
}
