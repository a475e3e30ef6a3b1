//! The running part: arrivals, and who gets which message and timer.

use super::call::leg_key;
use super::client::{Begun, Clients, Ended};
use super::gateway::{ADMIT, Gateway, HEALTH, JOIN, LEG_TIMEOUT, SWEEP, WORK};
use super::input::{Row, rows};
use super::knobs::Parameters;
use super::layout::{Hop, Layout, Place};
use super::replicas::{FINISH, Replicas};
use super::{picture, tally};
use crate::kernel::{
    Context, Instant, Measured, Message, MessageId, Model, NodeChange, NodeId, NodeStatus, Random,
    Role, Settings, Sign, Timer, Topology, Truth, View,
};
use crate::parts::station::Work;
use crate::parts::traffic::{Begin, Traffic};
use crate::scenario::Scenario;
use std::num::NonZeroU64;
use std::sync::Arc;

/// A run's state.
#[derive(Clone)]
pub struct ApiGateway {
    pub parameters: Arc<Parameters>,
    pub layout: Layout,
    pub clients: Clients,
    pub gateways: Vec<Gateway>,
    pub replicas: Replicas,
    traffic: Traffic,
    /// The user's own input.
    rows: Arc<Vec<Row>>,
}

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let layout = Layout::new(&scenario.settings);
    let parameters = Arc::new(Parameters::new(&scenario.settings, 1.0));
    let rows = rows(scenario, topology);
    let mut due = Vec::new();
    for row in &rows {
        due.push((row.at, row.client));
    }
    let clients = [0, 1, 2].map(|client| layout.client(client));
    let mut gateways = Vec::new();
    for index in 0..layout.gateways {
        gateways.push(Gateway::new(index, layout));
    }
    Box::new(ApiGateway {
        clients: Clients::new(layout),
        gateways,
        replicas: Replicas::new(layout),
        traffic: Traffic::new(&clients, parameters.load, due, random),
        rows: Arc::new(rows),
        parameters,
        layout,
    })
}

/// Whether a gateway still waits for a piece of a replica's work.
pub fn is_wanted(gateways: &[Gateway], layout: Layout, work: &Work) -> bool {
    let gateway = &gateways[layout.hop(work.reply).gateway];
    gateway.leg(leg_key(work.flow, work.tag)).is_some()
}

impl ApiGateway {
    fn configure(&mut self, context: &mut Context) {
        let parameters = &self.parameters;
        self.replicas.configure(parameters, context);
        for gateway in &mut self.gateways {
            gateway.configure(parameters, context);
            if context.node(gateway.node).status != NodeStatus::Crashed {
                gateway.watch(parameters, context);
            }
        }
        let load = |client| parameters.load.times(parameters.load_share(client));
        self.traffic.configure_each(load, context);
    }

    fn begin(&mut self, begun: Begun, context: &mut Context) {
        let ended = self.clients.begin(begun, &self.parameters, context);
        self.after_end(ended, context);
    }

    fn after_end(&mut self, ended: Ended, context: &mut Context) {
        if let Some((id, flow)) = ended.filter(|(_, flow)| flow.user) {
            self.traffic.user_is_answered(flow.client, id, context);
        }
    }

    fn traffic_fires(&mut self, timer: Timer, context: &mut Context) {
        let Some(begin) = self.traffic.fire(timer, context) else {
            return;
        };
        let (client, user, row) = match begin {
            Begin::Source(client) => (client, false, None),
            Begin::User(client) => (client, true, None),
            Begin::Row(client, row) => (client, false, self.rows.get(row)),
        };
        let asked = row.map(|row| (row.path, row.item));
        if let Some(row) = row {
            self.replicas.give(self.clients.next_flow(), row.service);
        }
        let begun = Begun {
            client,
            user,
            poison: false,
            asked,
        };
        self.begin(begun, context);
    }

    fn gateway_fires(&mut self, index: usize, timer: Timer, context: &mut Context) {
        let (gateway, parameters) = (&mut self.gateways[index], &self.parameters);
        let call = MessageId(NonZeroU64::new(timer.data).unwrap_or(NonZeroU64::MIN));
        match timer.kind {
            WORK => gateway.worked(timer.data, parameters, context),
            ADMIT => gateway.admit(call, parameters, context),
            LEG_TIMEOUT => gateway.leg_is_due(timer.data, parameters, context),
            JOIN => gateway.join_is_due(call, parameters, context),
            HEALTH => gateway.check(timer, context),
            SWEEP => gateway.sweep(timer, parameters, context),
            _ => {}
        }
    }
}

impl Model for ApiGateway {
    fn start(&mut self, context: &mut Context) {
        self.traffic.start(context);
        self.configure(context);
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        let Hop {
            gateway,
            peer,
            inward,
        } = self.layout.hop(message.link);
        let parameters = &self.parameters;
        match (peer, inward) {
            (Place::Client(client), true) => {
                self.gateways[gateway].receive(message, client, parameters, context);
            }
            (Place::Replica(replica), true) if message.role == Role::Control => {
                self.gateways[gateway].hear_check(replica, context);
            }
            (Place::Replica(replica), true) => {
                self.gateways[gateway].hear(message, replica, parameters, context);
            }
            (Place::Replica(replica), false) => {
                self.replicas.receive(replica, message, parameters, context);
            }
            _ => {
                let ended = self.clients.receive(message, gateway, parameters, context);
                self.after_end(ended, context);
            }
        }
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        if Traffic::owns(timer) {
            return self.traffic_fires(timer, context);
        }
        match self.layout.place(timer.node) {
            Place::Gateway(gateway) => self.gateway_fires(gateway, timer, context),
            Place::Client(_) => {
                let ended = self.clients.fire(timer, &self.parameters, context);
                self.after_end(ended, context);
            }
            Place::Replica(replica) if timer.kind == FINISH => {
                let (gateways, layout) = (&self.gateways, self.layout);
                let wanted = |work: &Work| is_wanted(gateways, layout, work);
                let parameters = &self.parameters;
                self.replicas
                    .finish(replica, timer, &wanted, parameters, context);
            }
            Place::Replica(_) => {}
        }
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        let parameters = &self.parameters;
        let paused = change == NodeChange::Paused;
        match (self.layout.place(node), change) {
            (Place::Client(client), _) => {
                if change == NodeChange::Crashed {
                    self.clients.crash(client, context);
                }
                self.traffic.sender_changed(client as u16, change, context);
            }
            (Place::Gateway(gateway), NodeChange::Crashed) => {
                self.gateways[gateway].crash(parameters, context);
            }
            (Place::Gateway(gateway), NodeChange::Restarted) => {
                self.gateways[gateway].watch(parameters, context);
            }
            (Place::Gateway(gateway), _) => {
                self.gateways[gateway].set_paused(paused, parameters, context);
            }
            (Place::Replica(replica), NodeChange::Crashed) => {
                self.replicas.crash(replica, context);
            }
            (Place::Replica(replica), _) => {
                self.replicas
                    .set_paused(replica, paused, parameters, context);
            }
        }
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        self.parameters = Arc::new(Parameters::new(settings, context.surge()));
        self.configure(context);
    }

    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context) {
        if let Some(client) = self.traffic.sender_asked(node, context) {
            let begun = Begun {
                client,
                user: false,
                poison,
                asked: poison.then_some((1, 0)),
            };
            self.begin(begun, context);
        }
    }

    fn clone_box(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn truths(&self) -> Vec<Truth> {
        tally::truths(self)
    }

    fn open_flows(&self) -> u64 {
        self.clients.open()
    }

    fn measures(&self) -> Vec<(&'static str, Measured)> {
        tally::measures(self)
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
