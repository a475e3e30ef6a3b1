//! The running part: arrivals, and who gets which message and timer.

use super::client::Clients;
use super::flow::Ended;
use super::knobs::Parameters;
use super::server::{FINISH, Request, Servers};
use crate::kernel::model::{Running, Token, Waiting};
use crate::kernel::random::exponential;
use crate::kernel::{
    Context, Draws, Duration, FlowId, Instant, Measured, Message, Model, NodeChange, NodeId,
    Purpose, Random, Role, Settings, Timer, Topology, Truth, View,
};
use crate::parts::source::Source;
use crate::scenario::Scenario;

/// The next request of a source; the data is its version.
const ARRIVAL: u8 = 5;
/// A user has thought; the data is the user.
const THOUGHT: u8 = 6;
/// The next row of the user's own input; the data is the row.
const ROW: u8 = 7;

const ARRIVALS: Purpose = Purpose::named("arrivals");
const THINKING: Purpose = Purpose::named("thinking");
const FIRST_THOUGHTS: Purpose = Purpose::named("first thoughts");

/// A picture shows at most this many waiting in one node; meters count all.
const SHOWN_WAITING: usize = 256;

/// One row of the user's own input.
#[derive(Clone, Debug)]
struct Row {
    at: Instant,
    client: u16,
    service: Option<Duration>,
}

#[derive(Clone)]
struct RequestResponse {
    parameters: Parameters,
    client_nodes: Vec<NodeId>,
    clients: Clients,
    servers: Servers,
    sources: Vec<Source>,
    /// Users of the closed loop that exist at each client.
    users: Vec<u32>,
    rows: std::sync::Arc<Vec<Row>>,
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
    let source = |index: usize| {
        let phase = (index + 1) as f64 / client_nodes.len() as f64;
        Source::new(random.substream(ARRIVALS, index as u64), phase)
    };
    Box::new(RequestResponse {
        clients: Clients::new(&client_nodes, &server_nodes, &parameters),
        servers: Servers::new(&server_nodes),
        sources: (0..client_nodes.len()).map(source).collect(),
        users: vec![0; client_nodes.len()],
        rows: std::sync::Arc::new(rows(scenario, client_nodes.len())),
        parameters,
        client_nodes,
    })
}

/// The user's own input, checked when it was read.
fn rows(scenario: &Scenario, clients: usize) -> Vec<Row> {
    let Some(input) = &scenario.input else {
        return Vec::new();
    };
    let row = |fields: &Vec<String>| {
        let client: u64 = fields.get(1)?.trim_start_matches("client-").parse().ok()?;
        Some(Row {
            at: Instant(Duration::from_millis(fields.first()?.parse().ok()?).0),
            client: (client.saturating_sub(1) % clients.max(1) as u64) as u16,
            service: fields
                .get(3)
                .and_then(|ms| ms.parse().ok())
                .map(Duration::from_millis),
        })
    };
    let mut rows: Vec<Row> = input.rows().iter().filter_map(row).collect();
    rows.sort_by_key(|row| row.at);
    rows
}

impl RequestResponse {
    fn has_own_input(&self) -> bool {
        !self.rows.is_empty()
    }

    fn wait_for_row(&self, row: usize, context: &mut Context) {
        if let Some(next) = self.rows.get(row) {
            let node = self.client_nodes[usize::from(next.client)];
            context.after(
                next.at.since(context.now()),
                Timer {
                    node,
                    kind: ROW,
                    data: row as u64,
                },
            );
        }
    }

    fn begin(&mut self, client: u16, user: bool, poison: bool, context: &mut Context) {
        let (clients, parameters) = (&mut self.clients, &self.parameters);
        let ended = clients.begin(client, user, poison, parameters, context);
        self.after_end(ended, context);
    }

    /// A user of the closed loop thinks before the next request.
    fn after_end(&mut self, ended: Option<Ended>, context: &mut Context) {
        if let Some(ended) = ended.filter(|ended| ended.user) {
            let (random, client) = (context.random(), u64::from(ended.client));
            let draws = random.keyed(THINKING, ended.flow.0, client);
            self.think(usize::from(ended.client), draws, context);
        }
    }

    fn think(&self, client: usize, mut draws: Draws, context: &mut Context) {
        context.after(
            self.parameters.think.scaled(exponential(draws.uniform())),
            Timer {
                node: self.client_nodes[client],
                kind: THOUGHT,
                data: 0,
            },
        );
    }

    /// Users that a client should have: an even share.
    fn users_wanted(&self, client: usize) -> u32 {
        if !self.parameters.closed || self.has_own_input() {
            return 0;
        }
        let clients = self.client_nodes.len() as u32;
        self.parameters.users / clients
            + u32::from((client as u32) < self.parameters.users % clients)
    }

    /// Starts users that are missing; those too many leave at their next thought.
    fn adjust_users(&mut self, context: &mut Context) {
        for client in 0..self.client_nodes.len() {
            let node = self.client_nodes[client];
            while context.is_up(node) && self.users[client] < self.users_wanted(client) {
                self.users[client] += 1;
                let user = u64::from(self.users[client]);
                let draws = context
                    .random()
                    .keyed(FIRST_THOUGHTS, user, u64::from(node.0));
                self.think(client, draws, context);
            }
        }
    }

    fn change_sources(&mut self, context: &mut Context) {
        for client in 0..self.client_nodes.len() {
            self.change_source(client, context);
        }
    }

    fn change_source(&mut self, client: usize, context: &mut Context) {
        let (node, source) = (self.client_nodes[client], &mut self.sources[client]);
        let wait = source.change(context.now(), self.parameters.curve, self.parameters.steady);
        if let Some(wait) = wait.filter(|_| self.rows.is_empty()) {
            let data = u64::from(source.version());
            context.after(
                wait,
                Timer {
                    node,
                    kind: ARRIVAL,
                    data,
                },
            );
        }
    }

    fn client_index(&self, node: NodeId) -> Option<u16> {
        let mut nodes = self.client_nodes.iter();
        let index = nodes.position(|client| *client == node)?;
        Some(index as u16)
    }

    fn arrive(&mut self, timer: Timer, context: &mut Context) {
        let Some(client) = self.client_index(timer.node) else {
            return;
        };
        let source = &mut self.sources[usize::from(client)];
        if timer.data != u64::from(source.version()) {
            return;
        }
        if let Some(wait) = source.next(context.now()) {
            context.after(wait, timer);
        }
        self.begin(client, false, false, context);
    }

    fn user_has_thought(&mut self, timer: Timer, context: &mut Context) {
        let Some(client) = self.client_index(timer.node) else {
            return;
        };
        let index = usize::from(client);
        if self.users[index] > self.users_wanted(index) {
            self.users[index] -= 1;
        } else {
            self.begin(client, true, false, context);
        }
    }

    fn take_row(&mut self, timer: Timer, context: &mut Context) {
        let row = self.rows[timer.data as usize].clone();
        self.wait_for_row(timer.data as usize + 1, context);
        if let Some(service) = row.service {
            self.servers
                .given_service
                .insert(self.clients.next_flow(), service);
        }
        self.begin(row.client, false, false, context);
    }

    fn client_changed(&mut self, client: u16, change: NodeChange, context: &mut Context) {
        match change {
            NodeChange::Crashed => {
                self.clients.crash(client, context);
                self.users[usize::from(client)] = 0;
            }
            NodeChange::Restarted => {
                self.change_source(usize::from(client), context);
                self.adjust_users(context);
            }
            NodeChange::Paused | NodeChange::Resumed => {}
        }
    }
}

impl Model for RequestResponse {
    fn start(&mut self, context: &mut Context) {
        self.servers.configure(&self.parameters, context);
        self.change_sources(context);
        self.adjust_users(context);
        self.wait_for_row(0, context);
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
                    |request| clients.awaits(request),
                    &self.parameters,
                    context,
                );
            }
            ARRIVAL => self.arrive(timer, context),
            THOUGHT => self.user_has_thought(timer, context),
            ROW => self.take_row(timer, context),
            _ => {
                let ended = self.clients.fire(timer, &self.parameters, context);
                self.after_end(ended, context);
            }
        }
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        if let Some(client) = self.client_index(node) {
            return self.client_changed(client, change, context);
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
        self.change_sources(context);
        self.adjust_users(context);
    }

    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context) {
        let client = node.and_then(|node| self.client_index(node)).unwrap_or(0);
        if context.is_up(self.client_nodes[usize::from(client)]) {
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
        let token = |request: &Request| Token {
            message: request.message,
            flow: FlowId(request.flow.0),
            role: Role::Request,
            marks: request.marks,
        };
        for (index, node) in self.client_nodes.iter().enumerate() {
            view.nodes[node.index()].open = self.clients.open_at(index);
        }
        for station in &self.servers.stations {
            let node = station.node();
            let shown = &mut view.nodes[node.index()];
            (shown.workers, shown.busy) = (station.workers(), station.busy() as u16);
            (shown.queue, shown.queue_cap) = (station.depth(), station.cap as u32);
            let waiting = station.waiting().take(SHOWN_WAITING);
            view.waiting.extend(waiting.map(|request| Waiting {
                node,
                token: token(request),
                wanted: self.clients.awaits(request),
            }));
            view.running.extend(
                station
                    .running(view.now)
                    .map(|(worker, job, done)| Running {
                        node,
                        worker,
                        token: token(&job.item),
                        since: job.since,
                        done,
                        wanted: self.clients.awaits(&job.item),
                    }),
            );
        }
    }
}
