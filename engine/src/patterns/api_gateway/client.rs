//! The clients: calls from start to their one status, with a timeout and, if
//! there are two gateways, a second try at the other.

use super::call::{Asked, Path, Status, TENANTS};
use super::parameters::Parameters;
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, Fact, FlowId, Hue, Instant, Marks, Message, NodeId, Purpose, Role, Sequence, Timer,
};
use crate::parts::upstream::{Failover, Upstream};

/// A timer of clients: the time for an attempt is up; data is flow and attempt.
pub const GIVE_UP: u8 = 8;

/// More open flows than this in all clients together are refused at once.
pub const OPEN_MOST: usize = 100_000;

const CALLS: Purpose = Purpose::named("calls");
const MALFORMED: Purpose = Purpose::named("malformed");

#[derive(Clone, Debug)]
struct Flow {
    tenant: u8,
    user: bool,
    started: Instant,
    asked: Asked,
    /// Where the latest attempt went.
    gateway: u8,
}

#[derive(Clone, Debug)]
struct Client {
    node: NodeId,
    gateways: Upstream,
    open: u32,
    statuses: [u64; Status::COUNT],
}

/// What a flow's end means for the one who started it.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// What ended.
    pub flow: FlowId,
    /// Which client.
    pub tenant: u16,
    /// Whether a user of the closed loop waits for it.
    pub user: bool,
}

/// What is called, by whom.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    /// Index of the client.
    pub tenant: u16,
    /// Whether a user of the closed loop waits for it.
    pub user: bool,
    /// Whether it cannot be served.
    pub poison: bool,
    /// Path and item, if they are given.
    pub asked: Option<(Path, u32)>,
}

/// All clients of a run.
#[derive(Clone, Debug)]
pub struct Clients {
    clients: Vec<Client>,
    gateways: Vec<NodeId>,
    flows: Sequence<Flow>,
    /// Calls begun and calls answered well, by [`Path`]'s first names.
    paths: [[u64; 2]; 5],
    /// Attempts that went to the other gateway.
    pub failovers: u64,
}

impl Clients {
    /// Idle clients.
    pub fn new(clients: &[NodeId], gateways: &[NodeId]) -> Self {
        let client = |node: &NodeId| Client {
            node: *node,
            gateways: Upstream::new(&vec![1; gateways.len()]),
            open: 0,
            statuses: [0; Status::COUNT],
        };
        Self {
            clients: clients.iter().map(client).collect(),
            gateways: gateways.to_vec(),
            flows: Sequence::default(),
            paths: [[0; 2]; 5],
            failovers: 0,
        }
    }

    /// Flows begun and not ended.
    pub fn open(&self) -> u64 {
        self.flows.len() as u64
    }

    /// Flows a client has open.
    pub fn open_at(&self, tenant: usize) -> u32 {
        self.clients[tenant].open
    }

    /// How a client's calls ended, by status.
    pub fn statuses(&self, tenant: usize) -> &[u64; Status::COUNT] {
        &self.clients[tenant].statuses
    }

    /// Calls begun and calls answered well, by path.
    pub fn of_path(&self, path: Path) -> [u64; 2] {
        self.paths[path_index(path)]
    }

    /// The number that the next flow gets.
    pub fn next_flow(&self) -> FlowId {
        FlowId(self.flows.next_key())
    }

    /// Whether a client still waits.
    pub fn awaits(&self, flow: FlowId) -> bool {
        self.flows.get(flow.0).is_some()
    }

    /// A call begins.
    pub fn begin(
        &mut self,
        begun: Begun,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Option<Ended> {
        let tenant = usize::from(begun.tenant);
        let node = self.clients[tenant].node;
        let asked = what(self.next_flow(), node, begun, parameters, context);
        self.paths[path_index(asked.path)][0] += 1;
        let flow = FlowId(self.flows.push(Flow {
            tenant: tenant as u8,
            user: begun.user,
            started: context.now(),
            asked,
            gateway: 0,
        }));
        self.clients[tenant].open += 1;
        context.observe(|| Fact::FlowStarted { flow, node });
        if self.flows.len() > OPEN_MOST {
            return self.end(flow, Status::Overflow, context);
        }
        let gateway = self.choose(tenant, None, parameters, context);
        self.attempt(flow, gateway, parameters, context);
        None
    }

    /// A gateway that is not left alone; if all are, one all the same.
    fn choose(
        &mut self,
        tenant: usize,
        tried: Option<u8>,
        parameters: &Parameters,
        context: &Context,
    ) -> u8 {
        let is_tried = |gateway: usize| tried.is_some_and(|tried| usize::from(tried) == gateway);
        let gateways = &mut self.clients[tenant].gateways;
        let never = Failover {
            max_fails: 0,
            ..parameters.failover
        };
        let now = context.now();
        let chosen = gateways
            .choose(is_tried, parameters.failover, now)
            .or_else(|| gateways.choose(is_tried, never, now));
        chosen.unwrap_or(0) as u8
    }

    fn attempt(&mut self, id: FlowId, gateway: u8, parameters: &Parameters, context: &mut Context) {
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        flow.gateway = gateway;
        let node = self.clients[usize::from(flow.tenant)].node;
        let to = self.gateways[usize::from(gateway)];
        let Some(link) = context.topology().between(node, to) else {
            return;
        };
        let attempt = flow.asked.attempt;
        let draft = Draft {
            link,
            flow: id,
            cause: None,
            tag: flow.asked.tag(),
            role: Role::Request,
            hue: Hue::of(usize::from(flow.tenant)),
            marks: Marks {
                retry: attempt > 0,
                ..Marks::default()
            },
        };
        if let Some(timeout) = parameters.client_timeout {
            let (kind, data) = (GIVE_UP, id.0 << 4 | u64::from(attempt));
            context.after(timeout, Timer { node, kind, data });
        }
        context.send(draft);
    }

    /// An answer arrives. The first one counts.
    pub fn receive(
        &mut self,
        message: &Message,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Option<Ended> {
        let from = context.topology().link(message.link).from;
        let gateway = self.gateways.iter().position(|node| *node == from)?;
        let tenant = usize::from(self.flows.get(message.flow.0)?.tenant);
        let gateways = &mut self.clients[tenant].gateways;
        gateways.record(gateway, false, parameters.failover, context.now());
        self.end(message.flow, Status::of_tag(message.tag), context)
    }

    /// The time for an attempt is up.
    pub fn fire(
        &mut self,
        timer: Timer,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Option<Ended> {
        let id = FlowId(timer.data >> 4);
        let attempt = (timer.data & 15) as u8;
        let flow = self.flows.get(id.0)?;
        if flow.asked.attempt != attempt {
            return None;
        }
        let (tenant, tried) = (usize::from(flow.tenant), flow.gateway);
        context.observe(|| Fact::TimedOut {
            flow: id,
            attempt: u32::from(attempt),
        });
        let gateways = &mut self.clients[tenant].gateways;
        gateways.record(usize::from(tried), true, parameters.failover, context.now());
        if self.gateways.len() < 2 || attempt > 0 {
            return self.end(id, Status::NoAnswer, context);
        }
        if let Some(flow) = self.flows.get_mut(id.0) {
            flow.asked.attempt += 1;
        }
        self.failovers += 1;
        context.observe(|| Fact::Retried {
            flow: id,
            attempt: 1,
            delay: crate::kernel::Duration::ZERO,
        });
        let other = self.choose(tenant, Some(tried), parameters, context);
        self.attempt(id, other, parameters, context);
        None
    }

    fn end(&mut self, id: FlowId, status: Status, context: &mut Context) -> Option<Ended> {
        let flow = self.flows.remove(id.0)?;
        let client = &mut self.clients[usize::from(flow.tenant)];
        client.open -= 1;
        client.statuses[status as usize] += 1;
        self.paths[path_index(flow.asked.path)][1] += u64::from(status.is_good());
        let latency = context.now().since(flow.started);
        context.observe(|| Fact::FlowEnded {
            flow: id,
            outcome: status.outcome(),
            latency,
        });
        Some(Ended {
            flow: id,
            tenant: u16::from(flow.tenant),
            user: flow.user,
        })
    }

    /// A client forgets everything: its calls end.
    pub fn crash(&mut self, tenant: u16, context: &mut Context) {
        let mine = self.flows.iter();
        let mine: Vec<u64> = mine
            .filter(|(_, flow)| u16::from(flow.tenant) == tenant)
            .map(|(id, _)| id)
            .collect();
        for id in mine {
            self.end(FlowId(id), Status::ClientCrash, context);
        }
        self.clients[usize::from(tenant)].gateways = Upstream::new(&vec![1; self.gateways.len()]);
    }
}

fn path_index(path: Path) -> usize {
    match path {
        Path::Service(service) => usize::from(service),
        Path::Home => TENANTS.len(),
        Path::Unknown => TENANTS.len() + 1,
    }
}

/// What a flow asks for: the same for the same flow, whatever else happens.
fn what(
    flow: FlowId,
    node: NodeId,
    begun: Begun,
    parameters: &Parameters,
    context: &Context,
) -> Asked {
    let random = context.random();
    let mut draws = random.keyed(CALLS, flow.0, 0);
    let (kind, service, item, token) = (
        draws.uniform(),
        draws.uniform(),
        draws.uniform(),
        draws.uniform(),
    );
    let drawn = if kind < parameters.aggregated {
        (Path::Home, 0)
    } else {
        let service = ((service * 3.0) as u8).min(2);
        (Path::Service(service), parameters.popularity.pick(item))
    };
    let (path, item) = begun.asked.unwrap_or(drawn);
    let errors = context.node(node).errors;
    Asked {
        path,
        item,
        attempt: 0,
        bad_token: token < parameters.bad_tokens,
        malformed: errors > 0.0 && random.keyed(MALFORMED, flow.0, 0).uniform() < errors,
        poison: begun.poison,
    }
}
