//! The running part: each source sends at random, each sink answers.

use crate::kernel::model::Draft;
use crate::kernel::{
    Context, Fact, FlowId, Instant, Marks, Measured, Message, Model, NodeChange, NodeId, Outcome,
    Purpose, Random, Role, Sequence, Settings, Timer, Topology, Truth, View,
};
use crate::parts::source::{Curve, Source};
use crate::scenario::Scenario;

/// The next message of a source; the data is its version.
const ARRIVAL: u8 = 1;

const ARRIVALS: Purpose = Purpose::named("arrivals");
const LOST_WITH_SENDER: Outcome = Outcome(1);

#[derive(Clone)]
struct Running {
    rate: f64,
    senders: Vec<NodeId>,
    sources: Vec<Source>,
    /// When each open flow began, and at which sender.
    flows: Sequence<(Instant, NodeId)>,
    ended: u64,
}

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let is_sender = |id: &NodeId| topology.node(*id).kind == "source";
    let senders: Vec<NodeId> = topology.node_ids().filter(is_sender).collect();
    let source = |index| Source::new(random.substream(ARRIVALS, index), 1.0);
    Box::new(Running {
        rate: scenario.settings.number("rate"),
        sources: (0..senders.len() as u64).map(source).collect(),
        senders,
        flows: Sequence::default(),
        ended: 0,
    })
}

impl Running {
    fn change_source(&mut self, index: usize, context: &mut Context) {
        let curve = Curve::Flat(self.rate * context.surge() / self.senders.len() as f64);
        let source = &mut self.sources[index];
        if let Some(wait) = source.change(context.now(), curve, false) {
            let data = u64::from(source.version());
            context.after(wait, Timer { node: self.senders[index], kind: ARRIVAL, data });
        }
    }

    fn begin(&mut self, node: NodeId, context: &mut Context) {
        let flow = FlowId(self.flows.push((context.now(), node)));
        context.observe(|| Fact::FlowStarted { flow, node });
        let to = context.topology().node_ids().find(|to| context.topology().between(node, *to).is_some());
        let link = to.and_then(|to| context.topology().between(node, to));
        if let Some(link) = link {
            let (role, marks) = (Role::Request, Marks::default());
            context.send(Draft { link, flow, cause: None, tag: 0, role, marks });
        }
    }

    fn end(&mut self, flow: FlowId, outcome: Outcome, context: &mut Context) {
        if let Some((started, _)) = self.flows.remove(flow.0) {
            self.ended += 1;
            let latency = context.now().since(started);
            context.observe(|| Fact::FlowEnded { flow, outcome, latency });
        }
    }
}

impl Model for Running {
    fn start(&mut self, context: &mut Context) {
        for index in 0..self.sources.len() {
            self.change_source(index, context);
        }
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        if message.role == Role::Response {
            return self.end(message.flow, Outcome::SUCCESS, context);
        }
        if let Some(link) = context.topology().reverse(message.link) {
            let (flow, cause, role) = (message.flow, Some(message.id), Role::Response);
            context.send(Draft { link, flow, cause, tag: message.tag, role, marks: message.marks });
        }
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        let Some(index) = self.senders.iter().position(|node| *node == timer.node) else { return };
        let source = &mut self.sources[index];
        if timer.data != u64::from(source.version()) {
            return;
        }
        if let Some(wait) = source.next(context.now()) {
            context.after(wait, timer);
        }
        self.begin(timer.node, context);
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        let Some(index) = self.senders.iter().position(|sender| *sender == node) else { return };
        match change {
            NodeChange::Crashed => {
                let mine = self.flows.iter().filter(|(_, (_, at))| *at == node);
                let mine: Vec<u64> = mine.map(|(flow, _)| flow).collect();
                for flow in mine {
                    self.end(FlowId(flow), LOST_WITH_SENDER, context);
                }
            }
            NodeChange::Restarted => self.change_source(index, context),
            NodeChange::Paused | NodeChange::Resumed => {}
        }
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        self.rate = settings.number("rate");
        for index in 0..self.sources.len() {
            self.change_source(index, context);
        }
    }

    fn send_one(&mut self, node: Option<NodeId>, _poison: bool, context: &mut Context) {
        let node = node.filter(|node| self.senders.contains(node)).unwrap_or(self.senders[0]);
        if context.is_up(node) {
            self.begin(node, context);
        }
    }

    fn clone_box(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn truths(&self) -> Vec<Truth> {
        vec![Truth {
            name: "begun = ended + open",
            left: self.flows.next_key() as i64,
            right: (self.ended + self.open_flows()) as i64,
        }]
    }

    fn open_flows(&self) -> u64 {
        self.flows.len() as u64
    }

    fn measures(&self) -> Vec<(&'static str, Measured)> {
        vec![("ended", Measured::Count(self.ended))]
    }

    fn view(&self, view: &mut View) {
        for (_, (_, node)) in self.flows.iter() {
            view.nodes[node.index()].open += 1;
        }
    }
}
