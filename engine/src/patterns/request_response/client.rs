//! The callers: flows from start to outcome, with timeouts, retries, hedges
//! and a limit on connections.

use super::flow::{
    Awaited, BACKOFF, BALANCE, CLIENT_CRASH, Client, ERROR, Ended, Flow, HEDGE, OPEN_MOST,
    OVERFLOW, RETRY, TIMED_OUT, TIMEOUT, Tally, WAS_REFUSED, of_timer, timer,
};
use super::knobs::Parameters;
use super::server::{ATTEMPT, POISON, REFUSED};
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, Duration, Fact, FlowId, Hue, Marks, Message, NodeId, Outcome, Queue, Role, Sequence,
    Timer,
};
use crate::parts::balancer::Balancer;
use crate::parts::retry::RetryBudget;
use crate::parts::station::Work;

/// All clients of a run.
#[derive(Clone, Debug)]
pub struct Clients {
    clients: Vec<Client>,
    servers: Vec<NodeId>,
    flows: Sequence<Flow>,
    /// See there.
    pub tally: Tally,
}

impl Clients {
    /// Idle clients.
    pub fn new(clients: &[NodeId], servers: &[NodeId], parameters: &Parameters) -> Self {
        let client = |node: &NodeId| Client {
            node: *node,
            balancer: Balancer::new(parameters.policy),
            budget_ratio: parameters.retry_budget,
            budget: RetryBudget::with_ratio(parameters.retry_budget),
            outstanding: vec![0; servers.len()],
            connections: 0,
            pending: Queue::default(),
            open: 0,
        };
        Self {
            clients: clients.iter().map(client).collect(),
            servers: servers.to_vec(),
            flows: Sequence::default(),
            tally: Tally::default(),
        }
    }

    /// Puts knobs in force.
    pub fn configure(&mut self, parameters: &Parameters, context: &mut Context) {
        for index in 0..self.clients.len() {
            let client = &mut self.clients[index];
            client.balancer.set_policy(parameters.policy);
            if client.budget_ratio != parameters.retry_budget {
                client.budget_ratio = parameters.retry_budget;
                client.budget = RetryBudget::with_ratio(parameters.retry_budget);
            }
            self.use_free_connections(index as u16, parameters, context);
        }
    }

    /// Flows begun and not ended.
    pub fn open(&self) -> u64 {
        self.flows.len() as u64
    }

    /// Flows a client has open.
    pub fn open_at(&self, client: usize) -> u32 {
        self.clients[client].open
    }

    /// The number that the next flow gets.
    pub fn next_flow(&self) -> FlowId {
        FlowId(self.flows.next_key())
    }

    /// Whether a caller still waits for this attempt.
    pub fn awaits(&self, request: &Work) -> bool {
        let attempt = request.tag & ATTEMPT;
        let awaited = self.flows.get(request.flow.0).map(|flow| flow.awaited);
        awaited.is_some_and(|awaited| {
            awaited
                .iter()
                .flatten()
                .any(|awaited| awaited.attempt == attempt)
        })
    }

    /// A unit of work begins at a client.
    pub fn begin(
        &mut self,
        client: u16,
        user: bool,
        poison: bool,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Option<Ended> {
        let node = self.clients[usize::from(client)].node;
        let flow = FlowId(self.flows.push(Flow {
            client,
            user,
            poison,
            started: context.now(),
            in_force: 0,
            next_attempt: 0,
            retries: 0,
            previous_delay: 0,
            awaited: [None; 2],
        }));
        self.clients[usize::from(client)].open += 1;
        context.flow_started(flow, node);
        if self.flows.len() > OPEN_MOST {
            return self.end(flow, OVERFLOW, context);
        }
        self.clients[usize::from(client)].budget.deposit();
        self.attempt(flow, parameters, context);
        None
    }

    /// A new attempt, its clock starting now.
    fn attempt(&mut self, id: FlowId, parameters: &Parameters, context: &mut Context) {
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        let attempt = flow.next_attempt;
        flow.next_attempt += 1;
        flow.in_force = attempt;
        flow.awaited = [
            Some(Awaited {
                attempt,
                server: None,
            }),
            None,
        ];
        let node = self.clients[usize::from(flow.client)].node;
        if let Some(timeout) = parameters.timeout {
            context.after(timeout, timer(node, TIMEOUT, id, attempt));
        }
        if let Some(hedge) = parameters.hedge {
            context.after(hedge, timer(node, HEDGE, id, attempt));
        }
        self.connect(id, attempt, parameters, context);
    }

    /// Sends an attempt, or lets it wait for a connection.
    fn connect(
        &mut self,
        id: FlowId,
        attempt: u32,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let Some(flow) = self.flows.get(id.0) else {
            return;
        };
        let client = &mut self.clients[usize::from(flow.client)];
        if parameters
            .pool
            .is_some_and(|pool| client.connections >= pool)
        {
            client.pending.push_back((id, attempt));
        } else {
            self.send(id, attempt, context);
        }
    }

    fn send(&mut self, id: FlowId, attempt: u32, context: &mut Context) {
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        let client = &mut self.clients[usize::from(flow.client)];
        let other = flow
            .awaited
            .iter()
            .flatten()
            .find_map(|awaited| awaited.server);
        let hedge = flow.awaited[1].is_some_and(|awaited| awaited.attempt == attempt);
        let mut draws = context.random().keyed(BALANCE, id.0, u64::from(attempt));
        let uniforms = (draws.uniform(), draws.uniform());
        let avoid = other.map(usize::from);
        let Some(server) = client
            .balancer
            .choose(&client.outstanding, |_| true, avoid, uniforms)
        else {
            return;
        };
        let Some(link) = context
            .topology()
            .between(client.node, self.servers[server])
        else {
            return;
        };
        client.outstanding[server] += 1;
        client.connections += 1;
        for awaited in flow
            .awaited
            .iter_mut()
            .flatten()
            .filter(|awaited| awaited.attempt == attempt)
        {
            awaited.server = Some(server as u16);
        }
        self.tally.attempts += 1;
        let marks = Marks {
            retry: flow.retries > 0,
            hedge,
            duplicate: false,
        };
        let tag = (attempt & ATTEMPT) | if flow.poison { POISON } else { 0 };
        context.send(Draft {
            link,
            flow: id,
            cause: None,
            tag,
            role: Role::Request,
            hue: Hue::ROLE,
            marks,
        });
    }

    fn free(&mut self, client: u16, awaited: Awaited) {
        if let Some(server) = awaited.server {
            let client = &mut self.clients[usize::from(client)];
            let outstanding = &mut client.outstanding[usize::from(server)];
            *outstanding = outstanding.saturating_sub(1);
            client.connections = client.connections.saturating_sub(1);
        }
    }

    fn use_free_connections(
        &mut self,
        client: u16,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        loop {
            let it = &mut self.clients[usize::from(client)];
            if parameters.pool.is_some_and(|pool| it.connections >= pool) {
                return;
            }
            let Some((id, attempt)) = it.pending.pop_front() else {
                return;
            };
            let waits = |awaited: &Awaited| awaited.attempt == attempt && awaited.server.is_none();
            let flow = self.flows.get(id.0);
            if flow.is_some_and(|flow| flow.awaited.iter().flatten().any(waits)) {
                self.send(id, attempt, context);
            }
        }
    }

    /// An answer arrives.
    pub fn receive(
        &mut self,
        message: &Message,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Option<Ended> {
        let attempt = message.tag & ATTEMPT;
        let flow = self.flows.get_mut(message.flow.0)?;
        let slot = flow
            .awaited
            .iter()
            .position(|it| it.is_some_and(|awaited| awaited.attempt == attempt))?;
        let answered = flow.awaited[slot].take()?;
        let client = flow.client;
        let other_awaited = flow.awaited.iter().any(Option::is_some);
        self.free(client, answered);
        let ended = if message.role == Role::Response {
            self.end(message.flow, Outcome::SUCCESS, context)
        } else if other_awaited {
            None
        } else {
            let refused = message.tag & REFUSED != 0;
            self.retry_or_end(
                message.flow,
                if refused { WAS_REFUSED } else { ERROR },
                parameters,
                context,
            )
        };
        self.use_free_connections(client, parameters, context);
        ended
    }

    /// One of the clients' timers fires.
    pub fn fire(
        &mut self,
        timer: Timer,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Option<Ended> {
        let (flow, attempt) = of_timer(timer);
        match timer.kind {
            TIMEOUT => self.time_out(flow, attempt, parameters, context),
            HEDGE => {
                self.hedge(flow, attempt, parameters, context);
                None
            }
            _ => {
                let idle = |flow: &Flow| {
                    flow.next_attempt == attempt && flow.awaited.iter().all(Option::is_none)
                };
                if self.flows.get(flow.0).is_some_and(idle) {
                    self.attempt(flow, parameters, context);
                }
                None
            }
        }
    }

    fn time_out(
        &mut self,
        id: FlowId,
        attempt: u32,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Option<Ended> {
        let flow = self.flows.get_mut(id.0)?;
        if flow.in_force != attempt || flow.awaited.iter().all(Option::is_none) {
            return None;
        }
        let (client, given_up) = (flow.client, std::mem::take(&mut flow.awaited));
        for awaited in given_up.into_iter().flatten() {
            self.free(client, awaited);
        }
        self.tally.timeouts += 1;
        context.timed_out(id, attempt);
        let ended = self.retry_or_end(id, TIMED_OUT, parameters, context);
        self.use_free_connections(client, parameters, context);
        ended
    }

    fn hedge(&mut self, id: FlowId, attempt: u32, parameters: &Parameters, context: &mut Context) {
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        let first = flow.awaited[0]
            .filter(|awaited| awaited.attempt == attempt && awaited.server.is_some());
        if first.is_none() || flow.awaited[1].is_some() || flow.next_attempt != attempt + 1 {
            return;
        }
        let hedge = flow.next_attempt;
        flow.next_attempt += 1;
        flow.awaited[1] = Some(Awaited {
            attempt: hedge,
            server: None,
        });
        self.tally.hedges += 1;
        context.observe(|| Fact::Hedged {
            flow: id,
            attempt: hedge,
        });
        self.connect(id, hedge, parameters, context);
    }

    fn retry_or_end(
        &mut self,
        id: FlowId,
        failure: Outcome,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Option<Ended> {
        let flow = self.flows.get_mut(id.0)?;
        let client = &mut self.clients[usize::from(flow.client)];
        if flow.retries >= parameters.retries || !client.budget.withdraw() {
            return self.end(id, failure, context);
        }
        flow.retries += 1;
        let attempt = flow.next_attempt;
        let uniform = context
            .random()
            .keyed(BACKOFF, id.0, u64::from(flow.retries))
            .uniform();
        flow.previous_delay = parameters.backoff.delay_ns(
            flow.retries,
            parameters.jitter,
            flow.previous_delay,
            uniform,
        );
        let delay = Duration(flow.previous_delay);
        self.tally.retries += 1;
        context.retried(id, attempt, delay);
        context.after(delay, timer(client.node, RETRY, id, attempt));
        None
    }

    fn end(&mut self, id: FlowId, outcome: Outcome, context: &mut Context) -> Option<Ended> {
        let flow = self.flows.remove(id.0)?;
        for awaited in flow.awaited.into_iter().flatten() {
            self.free(flow.client, awaited);
        }
        self.clients[usize::from(flow.client)].open -= 1;
        self.tally.ended[usize::from(outcome.0)] += 1;
        let started = flow.started;
        context.flow_ended(id, outcome, started);
        Some(Ended {
            flow: id,
            client: flow.client,
            user: flow.user,
        })
    }

    /// A client forgets everything: its flows end.
    pub fn crash(&mut self, client: u16, context: &mut Context) {
        let mine: Vec<u64> = self
            .flows
            .iter()
            .filter(|(_, flow)| flow.client == client)
            .map(|(id, _)| id)
            .collect();
        for id in mine {
            self.end(FlowId(id), CLIENT_CRASH, context);
        }
        let it = &mut self.clients[usize::from(client)];
        it.pending.clear();
        it.outstanding.fill(0);
        it.connections = 0;
    }
}
