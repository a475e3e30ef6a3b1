//! The replicas of the services: a queue and workers each, and an answer to
//! every health check while they are up.

use super::call::{LEG_TAG, POISON, REFUSED};
use super::parameters::Parameters;
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, Duration, Fact, FlowId, Hue, LinkId, Marks, Message, MessageId, NodeId, Purpose, Role,
    Timer,
};
use crate::parts::station::{Admission, Item, Station};
use std::collections::BTreeMap;

/// A timer of replicas; the data is the worker.
pub const FINISH: u8 = 7;

/// Reasons of `Fact::Discarded`, as `Pattern::discards` names them.
pub const DISPLACED: u8 = 0;
/// The node went down.
pub const CRASH: u8 = 1;

const SERVICE: Purpose = Purpose::named("service");
const ERRORS: Purpose = Purpose::named("errors");

/// A call in a replica's hands.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// What brought it.
    pub message: MessageId,
    /// Whose it is.
    pub flow: FlowId,
    reply: LinkId,
    tag: u32,
    /// Of the message.
    pub hue: Hue,
    /// Of the message.
    pub marks: Marks,
}

impl Item for Work {
    fn flow(&self) -> FlowId {
        self.flow
    }
    fn message(&self) -> MessageId {
        self.message
    }
}

/// Counts of what became of calls at the replicas.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Calls that arrived.
    pub arrived: u64,
    /// Calls worked on to the end.
    pub served: u64,
    /// Turned away at a full queue.
    pub refused: u64,
    /// Given up for a newcomer.
    pub displaced: u64,
    /// Lost when a replica crashed.
    pub lost: u64,
    /// Worked on with nobody waiting any more.
    pub wasted: u64,
}

/// All replicas of a run; those of a service stand together.
#[derive(Clone, Debug)]
pub struct Replicas {
    first: NodeId,
    /// One each.
    pub stations: Vec<Station<Work>>,
    /// Calls that arrived, by replica.
    pub calls: Vec<u64>,
    /// Service times that the user's own input gives.
    pub given_service: BTreeMap<FlowId, Duration>,
    /// See there.
    pub tally: Tally,
}

impl Replicas {
    /// Replicas without workers yet; their node ids are consecutive.
    pub fn new(nodes: &[NodeId]) -> Self {
        let stations = nodes.iter().map(|node| Station::new(*node, FINISH));
        Self {
            first: nodes.first().copied().unwrap_or(NodeId(0)),
            stations: stations.collect(),
            calls: vec![0; nodes.len()],
            given_service: BTreeMap::new(),
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

    /// A call, or a health check, arrives.
    pub fn receive(&mut self, message: &Message, parameters: &Parameters, context: &mut Context) {
        let node = context.topology().link(message.link).to;
        let Some(reply) = context.topology().reverse(message.link) else {
            return;
        };
        let work = Work {
            message: message.id,
            flow: message.flow,
            reply,
            tag: message.tag,
            hue: message.hue,
            marks: message.marks,
        };
        if message.role == Role::Control {
            return answer(&work, Role::Control, 0, context);
        }
        let index = self.index(node);
        self.tally.arrived += 1;
        self.calls[index] += 1;
        match self.stations[index].offer(work, context) {
            Admission::Admitted => {}
            Admission::Refused => {
                self.tally.refused += 1;
                answer(&work, Role::Error, REFUSED, context);
            }
            Admission::Displaced(oldest) => {
                self.tally.displaced += 1;
                self.discard(node, &oldest, DISPLACED, context);
                answer(&oldest, Role::Error, REFUSED, context);
            }
        }
        self.pump(index, parameters, context);
    }

    fn discard(&self, node: NodeId, work: &Work, why: u8, context: &mut Context) {
        let depth = self.stations[self.index(node)].depth();
        let (flow, message) = (work.flow, work.message);
        context.observe(|| Fact::Discarded {
            node,
            flow,
            message,
            why,
            depth,
        });
    }

    /// Puts idle workers to work.
    fn pump(&mut self, index: usize, parameters: &Parameters, context: &mut Context) {
        let node = self.stations[index].node();
        if !context.is_up(node) {
            return;
        }
        while let Some(queued) = self.stations[index].take_next() {
            let work = queued.item;
            let takes = match self.given_service.get(&work.flow) {
                Some(given) => *given,
                None => {
                    let tag = u64::from(work.tag & LEG_TAG);
                    let mut draws = context.random().keyed(SERVICE, work.flow.0, tag);
                    parameters.distribution.draw(parameters.service, &mut draws)
                }
            };
            let takes = takes.scaled(context.node(node).slow);
            self.stations[index].start(queued, takes, context);
        }
    }

    /// A worker's time is up. `wanted` tells whether a gateway still waits.
    pub fn finish(
        &mut self,
        timer: Timer,
        wanted: impl Fn(&Work) -> bool,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let (index, node) = (self.index(timer.node), timer.node);
        let Some(work) = self.stations[index].finish(timer.data, context) else {
            return;
        };
        let wanted = wanted(&work);
        self.tally.served += 1;
        self.tally.wasted += u64::from(!wanted);
        let (flow, message, worker) = (work.flow, work.message, timer.data as u16);
        context.observe(|| Fact::Finished {
            node,
            flow,
            message,
            worker,
            wanted,
        });
        let errors = context.node(node).errors;
        let luck = || {
            let tag = u64::from(work.tag & LEG_TAG);
            context.random().keyed(ERRORS, flow.0, tag).uniform()
        };
        let fails = work.tag & POISON != 0 || errors > 0.0 && luck() < errors;
        let role = if fails { Role::Error } else { Role::Response };
        answer(&work, role, 0, context);
        self.pump(index, parameters, context);
    }

    /// A replica loses all it held.
    pub fn crash(&mut self, node: NodeId, context: &mut Context) {
        let index = self.index(node);
        let (ran, waited) = self.stations[index].crash();
        self.tally.lost += (ran.len() + waited.len()) as u64;
        for (worker, work) in &ran {
            let (flow, message, worker) = (work.flow, work.message, *worker);
            context.observe(|| Fact::Interrupted {
                node,
                flow,
                message,
                worker,
            });
        }
        for work in &waited {
            self.discard(node, work, CRASH, context);
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
        if paused {
            self.stations[index].pause(context.now());
        } else {
            self.stations[index].resume(context.now());
            self.pump(index, parameters, context);
        }
    }

    /// Calls that wait or run.
    pub fn inside(&self) -> u64 {
        let inside = |station: &Station<Work>| u64::from(station.depth() + station.busy());
        self.stations.iter().map(inside).sum()
    }
}

/// The key of the leg that a piece of work belongs to.
pub fn leg_tag(work: &Work) -> u32 {
    work.tag & LEG_TAG
}

fn answer(work: &Work, role: Role, extra: u32, context: &mut Context) {
    context.send(Draft {
        link: work.reply,
        flow: work.flow,
        cause: Some(work.message),
        tag: (work.tag & LEG_TAG) | extra,
        role,
        hue: work.hue,
        marks: Marks {
            duplicate: false,
            ..work.marks
        },
    });
}
