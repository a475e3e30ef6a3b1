//! The clients: calls from start to their one status, with a timeout and, if
//! there are two gateways, a second try at the other.

use super::call::{Asked, HOME, PATHS, STATUSES, Status};
use super::knobs::{Key, Parameters};
use super::layout::{CLIENTS, Layout};
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, Duration, FlowId, Hue, Instant, Marks, Message, Purpose, Role, Sequence, Timer,
};
use crate::parts::upstream::{Failover, Upstream};

/// A timer of clients: the time for an attempt is up; data is flow and attempt.
pub const GIVE_UP: u8 = 8;

/// More open flows than this in all clients together are refused at once.
pub const OPEN_MOST: usize = 100_000;

const CALLS: Purpose = Purpose::named("calls");
const MALFORMED: Purpose = Purpose::named("malformed");

/// A call that is not over.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// Whose.
    pub client: u16,
    /// Whether a user of the closed loop waits for it.
    pub user: bool,
    started: Instant,
    asked: Asked,
    /// Where the latest attempt went.
    gateway: u8,
}

/// What is called, by whom.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    /// Which.
    pub client: u16,
    /// Whether a user of the closed loop waits for it.
    pub user: bool,
    /// Whether it cannot be served.
    pub poison: bool,
    /// Path and item, if they are given.
    pub asked: Option<(u8, u32)>,
}

#[derive(Clone, Debug)]
struct Client {
    gateways: Upstream,
    open: u32,
    statuses: [u64; STATUSES],
}

/// A flow that ended, for the one who started it.
pub type Ended = Option<(FlowId, Flow)>;

/// All clients of a run.
#[derive(Clone, Debug)]
pub struct Clients {
    layout: Layout,
    clients: Vec<Client>,
    flows: Sequence<Flow>,
    /// Calls begun and calls answered well, by path.
    pub paths: [[u64; 2]; PATHS.len()],
    /// Attempts that went to the other gateway.
    pub failovers: u64,
}

fn fresh(layout: Layout) -> Upstream {
    Upstream::new(&[1, 1][..layout.gateways])
}

impl Clients {
    /// Idle clients.
    pub fn new(layout: Layout) -> Self {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(Client {
                gateways: fresh(layout),
                open: 0,
                statuses: [0; STATUSES],
            });
        }
        Self {
            layout,
            clients,
            flows: Sequence::default(),
            paths: [[0; 2]; PATHS.len()],
            failovers: 0,
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

    /// How a client's calls ended, by status.
    pub fn statuses(&self, client: usize) -> &[u64; STATUSES] {
        &self.clients[client].statuses
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
    pub fn begin(&mut self, begun: Begun, parameters: &Parameters, context: &mut Context) -> Ended {
        let node = self.layout.client(usize::from(begun.client));
        let asked = self.what(begun, parameters, context);
        self.paths[usize::from(asked.path)][0] += 1;
        let flow = FlowId(self.flows.push(Flow {
            client: begun.client,
            user: begun.user,
            started: context.now(),
            asked,
            gateway: 0,
        }));
        self.clients[usize::from(begun.client)].open += 1;
        context.flow_started(flow, node);
        if self.flows.len() > OPEN_MOST {
            return self.end(flow, Status::Overflow, context);
        }
        self.attempt(flow, None, parameters, context);
        None
    }

    /// What a flow asks for: the same for the same flow, whatever else happens.
    fn what(&self, begun: Begun, parameters: &Parameters, context: &Context) -> Asked {
        let (random, flow) = (context.random(), self.next_flow().0);
        let mut draws = random.keyed(CALLS, flow, 0);
        let [kind, service, item, token] = [(); 4].map(|()| draws.uniform());
        let (path, item) = begun
            .asked
            .unwrap_or(match kind < parameters.share(Key::Aggregated) {
                true => (HOME, 0),
                false => (
                    ((service * 3.0) as u8).min(2),
                    parameters.popularity.pick(item),
                ),
            });
        let node = self.layout.client(usize::from(begun.client));
        let errors = context.node(node).errors;
        Asked {
            path,
            item,
            attempt: 0,
            bad_token: token < parameters.share(Key::BadTokens),
            malformed: random.keyed(MALFORMED, flow, 0).uniform() < errors,
            poison: begun.poison,
        }
    }

    /// A try at a gateway that is not left alone and not the one tried before;
    /// if all are left alone, at one all the same.
    fn attempt(
        &mut self,
        id: FlowId,
        tried: Option<usize>,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let Some(flow) = self.flows.get_mut(id.0) else {
            return;
        };
        let client = usize::from(flow.client);
        let gateways = &mut self.clients[client].gateways;
        let never = Failover {
            max_fails: 0,
            ..parameters.failover
        };
        let mut chosen = None;
        for failover in [parameters.failover, never] {
            let is_tried = |gateway: usize| tried == Some(gateway);
            chosen = chosen.or_else(|| gateways.choose(&is_tried, failover, context.now()));
        }
        let gateway = chosen.unwrap_or(0);
        flow.gateway = gateway as u8;
        let attempt = flow.asked.attempt;
        if let Some(timeout) = parameters.time(Key::ClientTimeout) {
            let (node, kind) = (self.layout.client(client), GIVE_UP);
            let data = id.0 << 4 | u64::from(attempt);
            context.after(timeout, Timer { node, kind, data });
        }
        context.send(Draft {
            link: self.layout.to_gateway(client, gateway),
            flow: id,
            cause: None,
            tag: flow.asked.tag(),
            role: Role::Request,
            hue: Hue::of(client),
            marks: Marks {
                retry: attempt > 0,
                ..Marks::default()
            },
        });
    }

    fn learn(
        &mut self,
        flow: Flow,
        gateway: usize,
        failed: bool,
        parameters: &Parameters,
        now: Instant,
    ) {
        let gateways = &mut self.clients[usize::from(flow.client)].gateways;
        gateways.record(gateway, failed, parameters.failover, now);
    }

    /// An answer arrives. The first one counts.
    pub fn receive(
        &mut self,
        message: &Message,
        gateway: usize,
        parameters: &Parameters,
        context: &mut Context,
    ) -> Ended {
        let flow = *self.flows.get(message.flow.0)?;
        self.learn(flow, gateway, false, parameters, context.now());
        self.end(message.flow, Status::of_tag(message.tag), context)
    }

    /// The time for an attempt is up.
    pub fn fire(&mut self, timer: Timer, parameters: &Parameters, context: &mut Context) -> Ended {
        let (id, attempt) = (FlowId(timer.data >> 4), (timer.data & 15) as u8);
        let flow = *self.flows.get(id.0)?;
        if flow.asked.attempt != attempt {
            return None;
        }
        let attempt = u32::from(attempt);
        context.timed_out(id, attempt);
        let tried = usize::from(flow.gateway);
        self.learn(flow, tried, true, parameters, context.now());
        if self.layout.gateways < 2 || attempt > 0 {
            return self.end(id, Status::NoAnswer, context);
        }
        self.flows.get_mut(id.0)?.asked.attempt = 1;
        self.failovers += 1;
        context.retried(id, 1, Duration::ZERO);
        self.attempt(id, Some(tried), parameters, context);
        None
    }

    fn end(&mut self, id: FlowId, status: Status, context: &mut Context) -> Ended {
        let flow = self.flows.remove(id.0)?;
        let client = &mut self.clients[usize::from(flow.client)];
        client.open -= 1;
        client.statuses[status as usize] += 1;
        self.paths[usize::from(flow.asked.path)][1] += u64::from(status.is_good());
        let started = flow.started;
        context.flow_ended(id, status.outcome(), started);
        Some((id, flow))
    }

    /// A client forgets everything: its calls end.
    pub fn crash(&mut self, client: usize, context: &mut Context) {
        let mut mine = Vec::new();
        for (id, flow) in self.flows.iter() {
            if usize::from(flow.client) == client {
                mine.push(id);
            }
        }
        for id in mine {
            self.end(FlowId(id), Status::ClientCrash, context);
        }
        self.clients[client].gateways = fresh(self.layout);
    }
}
