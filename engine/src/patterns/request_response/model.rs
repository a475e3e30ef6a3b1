//! The running part: arrivals, and who gets which message and timer.

use super::client::Clients;
use super::flow::Ended;
use super::knobs::Parameters;
use super::server::{FINISH, Servers};
use crate::kernel::{
    Context, Duration, Instant, Measured, Message, Model, NodeChange, NodeId, Random, Role,
    Settings, Timer, Topology, Truth, View,
};
use crate::parts::traffic::{Begin, Traffic};
use crate::scenario::Scenario;

#[derive(Clone)]
struct RequestResponse {
    parameters: Parameters,
    client_nodes: Vec<NodeId>,
    clients: Clients,
    servers: Servers,
    traffic: Traffic,
    /// Service times that the rows of the user's own input give.
    given: std::sync::Arc<Vec<Option<Duration>>>,
}

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let of_kind = |kind: &str| -> Vec<NodeId> {
        topology
            .node_ids()
            .filter(|id| topology.node(*id).kind == kind)
            .collect()
    };
    let (client_nodes, server_nodes) = (of_kind("client"), of_kind("server"));
    let parameters = Parameters::new(&scenario.settings, client_nodes.len(), 1.0);
    let rows = rows(scenario, topology);
    let due = rows.iter().map(|row| (row.at, row.client)).collect();
    Box::new(RequestResponse {
        clients: Clients::new(&client_nodes, &server_nodes, &parameters),
        servers: Servers::new(&server_nodes),
        traffic: Traffic::new(&client_nodes, parameters.load, due, random),
        given: std::sync::Arc::new(rows.into_iter().map(|row| row.service).collect()),
        parameters,
        client_nodes,
    })
}

/// One row of the user's own input.
struct Row {
    at: Instant,
    client: u16,
    service: Option<Duration>,
}

/// The user's own input, checked when it was read; in order of time.
fn rows(scenario: &Scenario, topology: &Topology) -> Vec<Row> {
    let mut rows = Vec::new();
    let Some(input) = &scenario.input else {
        return rows;
    };
    for row in 0..input.rows().len() {
        let service = Duration::from_millis(input.number(row, "service_ms"));
        rows.push(Row {
            at: Instant(Duration::from_millis(input.number(row, "at_ms")).0),
            client: input.client(row, topology),
            service: Some(service),
        });
    }
    rows
}

impl RequestResponse {
    fn begin(&mut self, client: u16, user: bool, poison: bool, context: &mut Context) {
        let (clients, parameters) = (&mut self.clients, &self.parameters);
        let ended = clients.begin(client, user, poison, parameters, context);
        self.after_end(ended, context);
    }

    fn after_end(&mut self, ended: Option<Ended>, context: &mut Context) {
        if let Some(ended) = ended.filter(|ended| ended.user) {
            self.traffic
                .user_is_answered(ended.client, ended.flow, context);
        }
    }

    fn traffic_fires(&mut self, timer: Timer, context: &mut Context) {
        match self.traffic.fire(timer, context) {
            None => {}
            Some(Begin::Source(client)) => self.begin(client, false, false, context),
            Some(Begin::User(client)) => self.begin(client, true, false, context),
            Some(Begin::Row(client, row)) => {
                if let Some(service) = self.given[row] {
                    let flow = self.clients.next_flow();
                    self.servers.given_service.push((flow, service));
                }
                self.begin(client, false, false, context);
            }
        }
    }
}

impl Model for RequestResponse {
    fn start(&mut self, context: &mut Context) {
        self.servers.configure(&self.parameters, context);
        self.traffic.start(context);
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        if message.role == Role::Request {
            self.servers.receive(message, &self.parameters, context);
        } else {
            let ended = self.clients.receive(message, &self.parameters, context);
            self.after_end(ended, context);
        }
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        match timer.kind {
            FINISH => {
                let clients = &self.clients;
                self.servers.finish(
                    timer,
                    &|request| clients.awaits(request),
                    &self.parameters,
                    context,
                );
            }
            _ if Traffic::owns(timer) => self.traffic_fires(timer, context),
            _ => {
                let ended = self.clients.fire(timer, &self.parameters, context);
                self.after_end(ended, context);
            }
        }
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        if let Some(client) = self.traffic.sender_at(node) {
            if change == NodeChange::Crashed {
                self.clients.crash(client, context);
            }
            return self.traffic.sender_changed(client, change, context);
        }
        match change {
            NodeChange::Crashed => self.servers.crash(node, &self.parameters, context),
            NodeChange::Paused | NodeChange::Resumed => {
                let paused = change == NodeChange::Paused;
                self.servers
                    .set_paused(node, paused, &self.parameters, context);
            }
            NodeChange::Restarted => {}
        }
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        self.parameters = Parameters::new(settings, self.client_nodes.len(), context.surge());
        self.servers.configure(&self.parameters, context);
        self.clients.configure(&self.parameters, context);
        self.traffic.configure(self.parameters.load, context);
    }

    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context) {
        if let Some(client) = self.traffic.sender_asked(node, context) {
            self.begin(client, false, poison, context);
        }
    }

    fn clone_box(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn truths(&self) -> Vec<Truth> {
        let (tally, calls) = (&self.servers.tally, &self.clients.tally);
        let settled = tally.deduplicated
            + tally.refused
            + tally.displaced
            + tally.expired
            + tally.lost_waiting;
        vec![
            Truth {
                name: "requests begun = one outcome each + open",
                left: self.clients.next_flow().0 as i64,
                right: (calls.ended.iter().sum::<u64>() + self.clients.open()) as i64,
            },
            Truth {
                name: "requests at servers = runs + answered from record + refused + displaced + expired + lost in crash + waiting",
                left: tally.arrived as i64,
                right: (tally.runs + settled + self.servers.waiting()) as i64,
            },
            Truth {
                name: "runs = distinct keys run + repeated runs",
                left: tally.runs as i64,
                right: (tally.first_runs + tally.repeated) as i64,
            },
        ]
    }

    fn open_flows(&self) -> u64 {
        self.clients.open()
    }

    fn measures(&self) -> Vec<(&'static str, Measured)> {
        let (servers, clients) = (&self.servers.tally, &self.clients.tally);
        vec![
            ("attempts", Measured::Count(clients.attempts)),
            ("retries", Measured::Count(clients.retries)),
            ("hedges", Measured::Count(clients.hedges)),
            ("timeouts", Measured::Count(clients.timeouts)),
            ("runs", Measured::Count(servers.runs)),
            ("wasted_runs", Measured::Count(servers.wasted)),
            ("repeated_runs", Measured::Count(servers.repeated)),
            ("deduplicated", Measured::Count(servers.deduplicated)),
            ("refused", Measured::Count(servers.refused)),
            ("expired", Measured::Count(servers.expired)),
            ("cut_short", Measured::Count(servers.cut_short)),
        ]
    }

    fn view(&self, view: &mut View) {
        for (index, node) in self.client_nodes.iter().enumerate() {
            view.nodes[node.index()].open = self.clients.open_at(index);
        }
        for station in &self.servers.stations {
            let look = |request: &_| (Role::Request, self.clients.awaits(request));
            station.show(station.cap, &look, view);
        }
    }
}
