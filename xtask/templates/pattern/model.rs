//! The running part: each source sends at random, each sink answers.

use crate::kernel::model::Draft;
use crate::kernel::{
    Context, FlowId, Hue, Instant, Marks, Measured, Message, Model, NodeChange, NodeId, Outcome,
    Random, Role, Sequence, Settings, Timer, Topology, Truth, View,
};
use crate::parts::station::Work;
use crate::parts::traffic::{Load, Traffic};
use crate::scenario::Scenario;

const LOST_WITH_SENDER: Outcome = Outcome(1);

#[derive(Clone)]
struct Running {
    senders: Vec<NodeId>,
    traffic: Traffic,
    /// When each open flow began, and at which sender.
    flows: Sequence<(Instant, NodeId)>,
    ended: u64,
}

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let is_sender = |id: &NodeId| topology.node(*id).kind == "source";
    let senders: Vec<NodeId> = topology.node_ids().filter(is_sender).collect();
    let load = Load::new(&scenario.settings, senders.len(), 1.0);
    Box::new(Running {
        traffic: Traffic::new(&senders, load, Vec::new(), random),
        senders,
        flows: Sequence::default(),
        ended: 0,
    })
}

impl Running {
    fn begin(&mut self, node: NodeId, context: &mut Context) {
        let flow = FlowId(self.flows.push((context.now(), node)));
        context.flow_started(flow, node);
        let to = context.topology().node_ids().find(|to| context.topology().between(node, *to).is_some());
        let link = to.and_then(|to| context.topology().between(node, to));
        if let Some(link) = link {
            let (role, marks) = (Role::Request, Marks::default());
            context.send(Draft { link, flow, cause: None, tag: 0, role, hue: Hue::ROLE, marks });
        }
    }

    fn end(&mut self, flow: FlowId, outcome: Outcome, context: &mut Context) {
        if let Some((started, _)) = self.flows.remove(flow.0) {
            self.ended += 1;
            context.flow_ended(flow, outcome, started);
        }
    }
}

impl Model for Running {
    fn start(&mut self, context: &mut Context) {
        self.traffic.start(context);
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        if message.role == Role::Response {
            return self.end(message.flow, Outcome::SUCCESS, context);
        }
        if let Some(work) = Work::of(message, context) {
            work.send(work.reply, Role::Response, work.tag, context);
        }
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        if self.traffic.fire(timer, context).is_some() {
            self.begin(timer.node, context);
        }
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        let Some(sender) = self.traffic.sender_at(node) else { return };
        self.traffic.sender_changed(sender, change, context);
        if change == NodeChange::Crashed {
            let mine = self.flows.iter().filter(|(_, (_, at))| *at == node);
            let mine: Vec<u64> = mine.map(|(flow, _)| flow).collect();
            for flow in mine {
                self.end(FlowId(flow), LOST_WITH_SENDER, context);
            }
        }
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        let load = Load::new(settings, self.senders.len(), context.surge());
        self.traffic.configure(load, context);
    }

    fn send_one(&mut self, node: Option<NodeId>, _poison: bool, context: &mut Context) {
        if let Some(sender) = self.traffic.sender_asked(node, context) {
            self.begin(self.senders[usize::from(sender)], context);
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
