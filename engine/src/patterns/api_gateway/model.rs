//! The running part: arrivals, and who gets which message and timer.

use super::call::{LegKey, Path, SERVICES, TENANTS};
use super::client::{Begun, Clients, Ended};
use super::gateway::{ADMIT, Gateway, HEALTH, JOIN, LEG_TIMEOUT, SWEEP, WORK};
use super::input::{Row, rows};
use super::parameters::Parameters;
use super::replicas::{FINISH, Replicas, leg_tag};
use super::{books, picture};
use crate::kernel::{
    Context, Instant, LinkId, Measured, Message, Model, NodeChange, NodeId, NodeStatus, Random,
    Role, Settings, Sign, Timer, Topology, Truth, View,
};
use crate::parts::traffic::{Begin, Traffic};
use crate::scenario::Scenario;
use std::sync::Arc;

/// What a node is.
#[derive(Clone, Copy, Debug)]
enum Place {
    Client(u8),
    Gateway(u8),
    Replica,
}

/// A run's state.
#[derive(Clone)]
pub struct ApiGateway {
    pub parameters: Parameters,
    topology: Arc<Topology>,
    /// By node.
    places: Arc<Vec<Place>>,
    pub client_nodes: Vec<NodeId>,
    pub clients: Clients,
    pub gateways: Vec<Gateway>,
    pub replicas: Replicas,
    traffic: Traffic,
    /// The user's own input.
    rows: Arc<Vec<Row>>,
}

fn of_kind(topology: &Topology, kinds: &[&str]) -> Vec<NodeId> {
    let is_there = |id: &NodeId| kinds.contains(&topology.node(*id).kind);
    topology.node_ids().filter(is_there).collect()
}

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let client_nodes = of_kind(topology, &TENANTS);
    let gateway_nodes = of_kind(topology, &["gateway"]);
    let replica_nodes = of_kind(topology, &SERVICES);
    let place = |id: NodeId| {
        let of = |nodes: &[NodeId]| nodes.iter().position(|node| *node == id);
        match (of(&client_nodes), of(&gateway_nodes)) {
            (Some(client), _) => Place::Client(client as u8),
            (_, Some(gateway)) => Place::Gateway(gateway as u8),
            _ => Place::Replica,
        }
    };
    let parameters = Parameters::new(&scenario.settings, 1.0, None);
    let rows = rows(scenario);
    let due = rows.iter().map(|row| (row.at, row.client)).collect();
    let gateway = |node: &NodeId| Gateway::new(*node, &replica_nodes, &parameters);
    Box::new(ApiGateway {
        topology: Arc::new(topology.clone()),
        places: Arc::new(topology.node_ids().map(place).collect()),
        clients: Clients::new(&client_nodes, &gateway_nodes),
        gateways: gateway_nodes.iter().map(gateway).collect(),
        replicas: Replicas::new(&replica_nodes),
        traffic: Traffic::new(&client_nodes, parameters.load, due, random),
        rows: Arc::new(rows),
        parameters,
        client_nodes,
    })
}

impl ApiGateway {
    /// From one node to another.
    pub fn link(&self, from: NodeId, to: NodeId) -> Option<LinkId> {
        self.topology.between(from, to)
    }

    fn is_client(&self, node: NodeId) -> bool {
        matches!(self.places[node.index()], Place::Client(_))
    }

    /// Whether a client sent it.
    pub fn is_from_client(&self, message: &Message) -> bool {
        self.is_client(self.topology.link(message.link).from)
    }

    /// Whether it goes to a client.
    pub fn is_to_client(&self, message: &Message) -> bool {
        self.is_client(self.topology.link(message.link).to)
    }

    fn configure(&mut self, context: &mut Context) {
        self.replicas.configure(&self.parameters, context);
        for gateway in &mut self.gateways {
            gateway.configure(&self.parameters, context);
            if context.node(gateway.node).status != NodeStatus::Crashed {
                gateway.watch(&self.parameters, context);
            }
        }
        let (load, shares) = (self.parameters.load, self.parameters.shares);
        self.traffic
            .configure_each(|client| load.times(shares[client]), context);
    }

    fn begin(&mut self, begun: Begun, context: &mut Context) {
        let ended = self.clients.begin(begun, &self.parameters, context);
        self.after_end(ended, context);
    }

    fn after_end(&mut self, ended: Option<Ended>, context: &mut Context) {
        if let Some(ended) = ended.filter(|ended| ended.user) {
            self.traffic
                .user_is_answered(ended.tenant, ended.flow, context);
        }
    }

    fn traffic_fires(&mut self, timer: Timer, context: &mut Context) {
        let Some(begin) = self.traffic.fire(timer, context) else {
            return;
        };
        let (tenant, user, row) = match begin {
            Begin::Source(tenant) => (tenant, false, None),
            Begin::User(tenant) => (tenant, true, None),
            Begin::Row(tenant, row) => (tenant, false, self.rows.get(row).copied()),
        };
        if let Some(service) = row.and_then(|row| row.service) {
            let flow = self.clients.next_flow();
            self.replicas.given_service.insert(flow, service);
        }
        let begun = Begun {
            tenant,
            user,
            poison: false,
            asked: row.map(|row| (row.path, row.item)),
        };
        self.begin(begun, context);
    }

    fn gateway_at(&mut self, node: NodeId) -> Option<&mut Gateway> {
        match self.places[node.index()] {
            Place::Gateway(gateway) => self.gateways.get_mut(usize::from(gateway)),
            _ => None,
        }
    }

    fn gateway_fires(&mut self, timer: Timer, context: &mut Context) {
        let Place::Gateway(gateway) = self.places[timer.node.index()] else {
            return;
        };
        let (gateway, parameters) = (&mut self.gateways[usize::from(gateway)], &self.parameters);
        match timer.kind {
            WORK => gateway.worked(timer.data, parameters, context),
            ADMIT => gateway.admit(timer.data, parameters, context),
            LEG_TIMEOUT => gateway.leg_is_due(LegKey::unpack(timer.data), parameters, context),
            JOIN => gateway.join_is_due(timer.data, parameters, context),
            HEALTH => gateway.check(timer, context),
            _ => gateway.sweep(timer, parameters, context),
        }
    }

    fn gateway_hears(&mut self, index: u8, message: &Message, context: &mut Context) {
        let from = context.topology().link(message.link).from;
        let (gateway, parameters) = (&mut self.gateways[usize::from(index)], &self.parameters);
        match (self.places[from.index()], message.role) {
            (Place::Client(tenant), _) => gateway.receive(message, tenant, parameters, context),
            (_, Role::Control) => gateway.hear_check(message, context),
            _ => gateway.hear(message, parameters, context),
        }
    }

    fn client_changed(&mut self, client: u8, change: NodeChange, context: &mut Context) {
        let client = u16::from(client);
        match change {
            NodeChange::Crashed => {
                self.clients.crash(client, context);
                self.traffic.crash(client);
            }
            NodeChange::Restarted => self.traffic.restart(client, context),
            NodeChange::Paused | NodeChange::Resumed => {}
        }
    }

    fn gateway_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        let parameters = self.parameters.clone();
        let Some(gateway) = self.gateway_at(node) else {
            return;
        };
        match change {
            NodeChange::Crashed => gateway.crash(&parameters, context),
            NodeChange::Restarted => gateway.watch(&parameters, context),
            NodeChange::Paused | NodeChange::Resumed => {
                gateway.set_paused(change == NodeChange::Paused, &parameters, context);
            }
        }
    }
}

impl Model for ApiGateway {
    fn start(&mut self, context: &mut Context) {
        self.traffic.start(context);
        self.configure(context);
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        let to = context.topology().link(message.link).to;
        match self.places[to.index()] {
            Place::Client(_) => {
                let ended = self.clients.receive(message, &self.parameters, context);
                self.after_end(ended, context);
            }
            Place::Gateway(index) => self.gateway_hears(index, message, context),
            Place::Replica => self.replicas.receive(message, &self.parameters, context),
        }
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        match timer.kind {
            _ if Traffic::owns(timer) => self.traffic_fires(timer, context),
            FINISH => {
                let gateways = &self.gateways;
                let wanted = |work: &super::replicas::Work| {
                    let (flow, tag) = (work.flow, leg_tag(work));
                    let key = LegKey { flow, tag };
                    gateways.iter().any(|it| it.legs.contains_key(&key))
                };
                let parameters = &self.parameters;
                self.replicas.finish(timer, wanted, parameters, context);
            }
            WORK..=SWEEP => self.gateway_fires(timer, context),
            _ => {
                let ended = self.clients.fire(timer, &self.parameters, context);
                self.after_end(ended, context);
            }
        }
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        match (self.places[node.index()], change) {
            (Place::Client(client), _) => self.client_changed(client, change, context),
            (Place::Gateway(_), _) => self.gateway_changed(node, change, context),
            (_, NodeChange::Crashed) => self.replicas.crash(node, context),
            (_, NodeChange::Paused | NodeChange::Resumed) => {
                let (paused, parameters) = (change == NodeChange::Paused, &self.parameters);
                self.replicas.set_paused(node, paused, parameters, context);
            }
            (_, NodeChange::Restarted) => {}
        }
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        self.parameters = Parameters::new(settings, context.surge(), Some(&self.parameters));
        self.configure(context);
    }

    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context) {
        let client = node.and_then(|node| self.traffic.sender_at(node));
        let tenant = client.unwrap_or(0);
        if context.is_up(self.client_nodes[usize::from(tenant)]) {
            let begun = Begun {
                tenant,
                user: false,
                poison,
                asked: poison.then_some((Path::Service(1), 0)),
            };
            self.begin(begun, context);
        }
    }

    fn clone_box(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn truths(&self) -> Vec<Truth> {
        books::truths(self)
    }

    fn open_flows(&self) -> u64 {
        self.clients.open()
    }

    fn measures(&self) -> Vec<(&'static str, Measured)> {
        books::measures(self)
    }

    fn view(&self, view: &mut View) {
        picture::view(self, view);
    }

    fn signs(&self, now: Instant, signs: &mut Vec<Sign>) {
        picture::signs(self, now, signs);
    }

    fn describe(&self, message: &Message, text: &mut String) {
        picture::describe(self, message, text);
    }
}
