//! The servers: admission, work, answers, and the record of idempotency keys
//! that they share.

use super::knobs::Parameters;
use crate::kernel::{Context, Duration, FlowId, Instant, Message, NodeId, Purpose, Role, Timer};
use crate::parts::idempotency::Keys;
use crate::parts::station::{Admission, Station, Work};

/// Timers of servers; the data is the worker.
pub const FINISH: u8 = 1;

/// In a message's tag: the attempt, and what else the other side must know.
pub const ATTEMPT: u32 = 0xffff;
/// An error that means "refused".
pub const REFUSED: u32 = 1 << 16;
/// A request that cannot be processed.
pub const POISON: u32 = 1 << 17;

/// In the memo of a run that ends early, when its caller gives up.
const CUT_SHORT: u32 = 1;

/// Reasons of `Fact::Discarded`, as `Pattern::discards` names them.
const DISPLACED: u8 = 0;
const CALLER_GONE: u8 = 1;
const CRASH: u8 = 2;

const ERRORS: Purpose = Purpose::named("errors");

/// When its caller gives up, if it told.
fn deadline(request: &Work, parameters: &Parameters) -> Option<Instant> {
    let timeout = parameters.timeout.filter(|_| parameters.deadline)?;
    Some(request.sent + timeout)
}

/// Counts of what became of requests at the servers.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Requests that arrived.
    pub arrived: u64,
    /// Work begun.
    pub runs: u64,
    /// Of these, the first of their key.
    pub first_runs: u64,
    /// Of these, of a key that had run before.
    pub repeated: u64,
    /// Runs that ended with nobody waiting.
    pub wasted: u64,
    /// Answered from the record.
    pub deduplicated: u64,
    /// Turned away at a full queue.
    pub refused: u64,
    /// Given up for a newcomer.
    pub displaced: u64,
    /// Dropped before a run because their time was up.
    pub expired: u64,
    /// Runs ended early because their time was up.
    pub cut_short: u64,
    /// Lost waiting when a server crashed.
    pub lost_waiting: u64,
}

/// All servers of a run.
#[derive(Clone, Debug)]
pub struct Servers {
    /// Their node ids are consecutive from this one.
    first: NodeId,
    /// One each.
    pub stations: Vec<Station>,
    keys: Keys,
    /// Repeated requests that wait for the run of their key, and where: in the
    /// order of their keys, those of one key as they came.
    attached: Vec<(NodeId, Work)>,
    /// Service times that the user's own input gives, in the order of flows.
    pub given_service: Vec<(FlowId, Duration)>,
    /// See there.
    pub tally: Tally,
}

impl Servers {
    /// Servers without workers yet.
    pub fn new(nodes: &[NodeId]) -> Self {
        Self {
            first: nodes.first().copied().unwrap_or(NodeId(0)),
            stations: nodes
                .iter()
                .map(|node| Station::new(*node, FINISH))
                .collect(),
            keys: Keys::default(),
            attached: Vec::new(),
            given_service: Vec::new(),
            tally: Tally::default(),
        }
    }

    fn index(&self, node: NodeId) -> usize {
        usize::from(node.0 - self.first.0)
    }

    /// Puts knobs in force.
    pub fn configure(&mut self, parameters: &Parameters, context: &mut Context) {
        for index in 0..self.stations.len() {
            let station = &mut self.stations[index];
            station.cap = parameters.queue_cap;
            station.on_full = parameters.on_full;
            station.set_workers(parameters.workers);
            self.pump(index, parameters, context);
        }
    }

    /// A request arrives.
    pub fn receive(&mut self, message: &Message, parameters: &Parameters, context: &mut Context) {
        let node = context.topology().link(message.link).to;
        let Some(request) = Work::of(message, context) else {
            return;
        };
        self.tally.arrived += 1;
        if parameters.idempotency {
            if self.keys.is_done(request.flow) {
                return self.answer_from_record(node, &request, context);
            }
            if self.keys.is_in_hand(request.flow) {
                return self.attach(node, request);
            }
        }
        self.admit(node, request, parameters, context);
    }

    fn attach(&mut self, node: NodeId, request: Work) {
        let place = self
            .attached
            .partition_point(|(_, other)| other.flow <= request.flow);
        self.attached.insert(place, (node, request));
    }

    /// Takes out those that wait for the run of a key.
    fn detach(&mut self, key: FlowId) -> Vec<(NodeId, Work)> {
        // Mostly so, and worth a branch.
        if self.attached.is_empty() {
            return Vec::new();
        }
        let from = self.attached.partition_point(|(_, other)| other.flow < key);
        let of_key = |(_, other): &&(NodeId, Work)| other.flow == key;
        let count = self.attached[from..].iter().take_while(of_key).count();
        self.attached.drain(from..from + count).collect()
    }

    fn admit(
        &mut self,
        node: NodeId,
        request: Work,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let index = self.index(node);
        match self.stations[index].offer(request, context) {
            Admission::Admitted => self.keys.set_in_hand(request.flow, true),
            Admission::Refused => {
                self.tally.refused += 1;
                answer(&request, Role::Error, REFUSED, context);
            }
            Admission::Displaced(oldest) => {
                self.keys.set_in_hand(request.flow, true);
                self.tally.displaced += 1;
                self.stations[index].discard(&oldest, DISPLACED, context);
                answer(&oldest, Role::Error, REFUSED, context);
                self.let_go(oldest.flow, parameters, context);
            }
        }
        self.pump(index, parameters, context);
    }

    /// A key is in nobody's hands any more: who waited for its run is next.
    fn let_go(&mut self, key: FlowId, parameters: &Parameters, context: &mut Context) {
        self.keys.set_in_hand(key, false);
        for (node, request) in self.detach(key) {
            if self.keys.is_in_hand(key) {
                self.attach(node, request);
            } else {
                self.admit(node, request, parameters, context);
            }
        }
    }

    fn answer_from_record(&mut self, node: NodeId, request: &Work, context: &mut Context) {
        self.tally.deduplicated += 1;
        self.stations[self.index(node)].deduplicated(request, context);
        answer(request, Role::Response, 0, context);
    }

    /// Puts idle workers to work.
    fn pump(&mut self, index: usize, parameters: &Parameters, context: &mut Context) {
        let node = NodeId(self.first.0 + index as u16);
        if !context.is_up(node) {
            return;
        }
        while let Some(mut queued) = self.stations[index].take_next() {
            let request = queued.item;
            let deadline = deadline(&request, parameters);
            if deadline.is_some_and(|deadline| context.now() >= deadline) {
                self.tally.expired += 1;
                self.stations[index].discard(&request, CALLER_GONE, context);
                self.let_go(request.flow, parameters, context);
                continue;
            }
            self.tally.runs += 1;
            match self.keys.begin_run(request.flow) {
                true => self.tally.first_runs += 1,
                false => self.tally.repeated += 1,
            }
            let mut takes = self.service_time(node, &request, parameters, context);
            if let Some(left) = deadline.map(|deadline| deadline.since(context.now())) {
                queued.item.memo = if left < takes { CUT_SHORT } else { 0 };
                takes = takes.min(left);
            }
            self.stations[index].start(queued, takes, context);
        }
    }

    /// The same for the same attempt of the same flow, whatever else happens.
    fn service_time(
        &self,
        node: NodeId,
        request: &Work,
        parameters: &Parameters,
        context: &Context,
    ) -> Duration {
        let (given, flow) = (&self.given_service, request.flow);
        if let Ok(place) = given.binary_search_by_key(&flow, |(flow, _)| *flow) {
            return context.slowed(node, given[place].1);
        }
        let (mean, attempt) = (parameters.service, u64::from(request.tag & ATTEMPT));
        parameters
            .distribution
            .takes(mean, flow, attempt, node, context)
    }

    /// A worker's time is up. `wanted` tells whether a caller still waits for
    /// this attempt.
    pub fn finish(
        &mut self,
        timer: Timer,
        wanted: &dyn Fn(&Work) -> bool,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let (index, node) = (self.index(timer.node), timer.node);
        let (worker, station) = (timer.data as u16, &mut self.stations[index]);
        let Some(request) = station.finish(timer.data, context) else {
            return;
        };
        let flow = request.flow;
        if request.memo == CUT_SHORT {
            self.tally.cut_short += 1;
            station.interrupted(worker, &request, context);
            self.let_go(flow, parameters, context);
            return self.pump(index, parameters, context);
        }
        let wanted = wanted(&request);
        self.tally.wasted += u64::from(!wanted);
        station.finished(worker, &request, wanted, context);
        let attempt = u64::from(request.tag & ATTEMPT);
        let fails = request.tag & POISON != 0 || context.fails(node, ERRORS, flow.0, attempt);
        answer(
            &request,
            if fails { Role::Error } else { Role::Response },
            0,
            context,
        );
        if fails {
            self.let_go(flow, parameters, context);
        } else {
            self.keys.set_in_hand(flow, false);
            self.keys.set_done(flow);
            for (node, repeated) in self.detach(flow) {
                self.answer_from_record(node, &repeated, context);
            }
        }
        self.pump(index, parameters, context);
    }

    /// A server loses all it held. Its part of the record survives.
    pub fn crash(&mut self, node: NodeId, parameters: &Parameters, context: &mut Context) {
        let index = self.index(node);
        let waited = self.stations[index].depth() as usize;
        let before = self.attached.len();
        self.attached.retain(|(at, _)| *at != node);
        self.tally.lost_waiting += (before - self.attached.len() + waited) as u64;
        for request in self.stations[index].crash(CRASH, context) {
            self.let_go(request.flow, parameters, context);
        }
    }

    /// Work stands still, or goes on.
    pub fn set_paused(
        &mut self,
        node: NodeId,
        paused: bool,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let index = self.index(node);
        self.stations[index].set_paused(paused, context.now());
        self.pump(index, parameters, context);
    }

    /// Requests that wait, those for another's run included.
    pub fn waiting(&self) -> u64 {
        let depth = |station: &Station| u64::from(station.depth());
        let queued: u64 = self.stations.iter().map(depth).sum();
        queued + self.attached.len() as u64
    }
}

fn answer(request: &Work, role: Role, extra: u32, context: &mut Context) {
    request.send(
        request.reply,
        role,
        (request.tag & ATTEMPT) | extra,
        context,
    );
}
