//! A trace: what became of one unit of work, as spans of time.

use crate::kernel::{Fact, Instant, MessageId, NodeId, Outcome, Stamped, Topology};

/// What a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// From the start to the end for the one who asked.
    Whole,
    /// A message on its way.
    Travel,
    /// Waiting in a node.
    Wait,
    /// A worker's time.
    Work,
    /// A message or work that was lost.
    Lost,
    /// A moment.
    Moment,
}

/// A stretch of time in the life of a unit of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// What.
    pub kind: SpanKind,
    /// In words.
    pub label: String,
    /// When it began.
    pub from: Instant,
    /// When it ended, or now.
    pub to: Instant,
    message: Option<MessageId>,
    open: bool,
}

/// Spans in order of their beginning, from the facts of one unit of work.
pub fn spans(facts: &[Stamped], topology: &Topology, outcomes: &[&str], now: Instant) -> Vec<Span> {
    let mut trace = Trace {
        spans: Vec::new(),
        topology,
        outcomes,
        now,
    };
    for stamped in facts {
        trace.add(stamped.at, &stamped.fact);
    }
    trace.spans
}

struct Trace<'t> {
    spans: Vec<Span>,
    topology: &'t Topology,
    outcomes: &'t [&'t str],
    now: Instant,
}

impl Trace<'_> {
    fn name(&self, node: NodeId) -> &str {
        &self.topology.node(node).name
    }

    fn begin(&mut self, kind: SpanKind, label: String, from: Instant, message: Option<MessageId>) {
        let (to, open) = (self.now, true);
        self.spans.push(Span {
            kind,
            label,
            from,
            to,
            message,
            open,
        });
    }

    fn moment(&mut self, label: String, at: Instant) {
        self.begin(SpanKind::Moment, label, at, None);
        self.close(SpanKind::Moment, None, at);
    }

    /// Ends the latest open span of a kind and message.
    fn close(
        &mut self,
        kind: SpanKind,
        message: Option<MessageId>,
        at: Instant,
    ) -> Option<&mut Span> {
        let same = |span: &&mut Span| span.open && span.kind == kind && span.message == message;
        let span = self.spans.iter_mut().rev().find(same)?;
        (span.to, span.open) = (at, false);
        Some(span)
    }

    fn add(&mut self, at: Instant, fact: &Fact) {
        match fact {
            Fact::FlowStarted { node, .. } => {
                let label = format!("asked by {}", self.name(*node));
                self.begin(SpanKind::Whole, label, at, None);
            }
            Fact::FlowEnded {
                outcome: Outcome(index),
                ..
            } => {
                let how = self
                    .outcomes
                    .get(usize::from(*index))
                    .copied()
                    .unwrap_or("ended");
                if let Some(span) = self.close(SpanKind::Whole, None, at) {
                    span.label = format!("{}: {how}", span.label);
                }
            }
            Fact::Sent(message) => {
                let link = self.topology.link(message.link);
                let mark = [
                    (message.marks.retry, " (retry)"),
                    (message.marks.hedge, " (hedge)"),
                    (message.marks.duplicate, " (copy)"),
                ];
                let mark: String = mark.iter().filter(|m| m.0).map(|m| m.1).collect();
                let (from, to) = (self.name(link.from), self.name(link.to));
                let label = format!("{} {from} → {to}{mark}", message.role.name());
                self.begin(SpanKind::Travel, label, at, Some(message.id));
            }
            Fact::Delivered { message, .. } => {
                self.close(SpanKind::Travel, Some(*message), at);
            }
            Fact::Dropped { message, reason } => {
                if let Some(span) = self.close(SpanKind::Travel, Some(message.id), at) {
                    span.kind = SpanKind::Lost;
                    span.label = format!("{} lost: {}", span.label, reason.name());
                }
            }
            _ => self.add_work(at, fact),
        }
    }

    fn add_work(&mut self, at: Instant, fact: &Fact) {
        match fact {
            Fact::Queued { node, message, .. } => {
                let label = format!("waits in {}", self.name(*node));
                self.begin(SpanKind::Wait, label, at, Some(*message));
            }
            Fact::Started {
                node,
                message,
                worker,
                ..
            } => {
                self.close(SpanKind::Wait, Some(*message), at);
                let label = format!("{}, worker {}", self.name(*node), worker + 1);
                self.begin(SpanKind::Work, label, at, Some(*message));
            }
            Fact::Finished {
                message, wanted, ..
            } => {
                if let Some(span) = self.close(SpanKind::Work, Some(*message), at)
                    && !wanted
                {
                    span.label.push_str(", caller gone");
                }
            }
            Fact::Interrupted { message, .. } => self.lose(SpanKind::Work, *message, at),
            Fact::Discarded { message, .. } => self.lose(SpanKind::Wait, *message, at),
            Fact::TimedOut { .. } => self.moment("timeout".to_owned(), at),
            Fact::Retried { attempt, .. } => self.moment(format!("will retry: {attempt}"), at),
            Fact::Hedged { .. } => self.moment("hedged".to_owned(), at),
            Fact::Deduplicated { node, .. } => {
                let label = format!("{} answers from its record", self.name(*node));
                self.moment(label, at);
            }
            _ => {}
        }
    }

    fn lose(&mut self, kind: SpanKind, message: MessageId, at: Instant) {
        if let Some(span) = self.close(kind, Some(message), at) {
            span.kind = SpanKind::Lost;
            span.label.push_str(", lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::FlowId;
    use crate::patterns::request_response::PATTERN;
    use crate::{History, Scenario};

    #[test]
    fn a_finished_flow_has_no_open_span_and_its_parts_lie_within_the_run() {
        let mut history = History::new(Scenario::new(&PATTERN));
        history.seek(Instant::from_secs(3.0));
        let facts = history.flow_facts(FlowId(5));
        let outcomes = PATTERN.outcomes;
        let all = spans(
            &facts,
            history.simulation().topology(),
            outcomes,
            history.now(),
        );
        assert_eq!(all[0].kind, SpanKind::Whole);
        assert!(all[0].label.ends_with("succeeded"), "{}", all[0].label);
        assert!(all.iter().any(|span| span.kind == SpanKind::Work));
        for span in &all {
            assert!(!span.open && span.from <= span.to && span.to <= history.now());
        }
    }
}
