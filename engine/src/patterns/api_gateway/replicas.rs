//! The replicas of the services: a queue and workers each, and an answer to
//! every health check while they are up.

use super::call::{LEG_TAG, POISON, REFUSED};
use super::knobs::{Key, Parameters};
use super::layout::Layout;
use crate::kernel::{Context, Duration, FlowId, Message, Purpose, Role, Timer};
use crate::parts::station::{Admission, Station, Work};

/// A timer of replicas; the data is the worker.
pub const FINISH: u8 = 7;

/// Reasons of `Fact::Discarded`, as `Pattern::discards` names them.
const DISPLACED: u8 = 0;
/// The node went down.
pub const CRASH: u8 = 1;

const ERRORS: Purpose = Purpose::named("errors");

/// Counts of what became of calls at the replicas.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Calls that arrived.
    pub arrived: u64,
    /// Calls worked on to the end.
    pub served: u64,
    /// Turned away at a full queue, or given up for a newcomer.
    pub refused: u64,
    /// Lost when a replica crashed.
    pub lost: u64,
    /// Worked on with nobody waiting any more.
    pub wasted: u64,
}

/// All replicas of a run; those of a service stand together.
#[derive(Clone, Debug)]
pub struct Replicas {
    /// One each.
    pub stations: Vec<Station>,
    /// Service times that rows of the user's own input give, in order of flows.
    given: Vec<(FlowId, Duration)>,
    /// See there.
    pub tally: Tally,
}

impl Replicas {
    /// Replicas without workers yet.
    pub fn new(layout: Layout) -> Self {
        let mut stations = Vec::new();
        for replica in 0..layout.replicas() {
            stations.push(Station::new(layout.replica(replica), FINISH));
        }
        Self {
            stations,
            given: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Puts knobs in force.
    pub fn configure(&mut self, parameters: &Parameters, context: &mut Context) {
        for index in 0..self.stations.len() {
            let station = &mut self.stations[index];
            station.cap = parameters.count(Key::QueueCap);
            station.on_full = parameters.on_full;
            station.set_workers(parameters.count(Key::Workers));
            self.pump(index, parameters, context);
        }
    }

    /// Work on the next flow takes so long.
    pub fn give(&mut self, flow: FlowId, service: Duration) {
        self.given.push((flow, service));
    }

    /// A call, or a health check, arrives.
    pub fn receive(
        &mut self,
        index: usize,
        message: &Message,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let Some(work) = Work::of(message, context) else {
            return;
        };
        if message.role == Role::Control {
            return answer(&work, Role::Control, 0, context);
        }
        self.tally.arrived += 1;
        let refused = match self.stations[index].offer(work, context) {
            Admission::Admitted => None,
            Admission::Refused => Some(work),
            Admission::Displaced(oldest) => {
                self.stations[index].discard(&oldest, DISPLACED, context);
                Some(oldest)
            }
        };
        if let Some(refused) = refused {
            self.tally.refused += 1;
            answer(&refused, Role::Error, REFUSED, context);
        }
        self.pump(index, parameters, context);
    }

    /// Puts idle workers to work.
    fn pump(&mut self, index: usize, parameters: &Parameters, context: &mut Context) {
        let node = self.stations[index].node();
        if !context.is_up(node) {
            return;
        }
        while let Some(queued) = self.stations[index].take_next() {
            let flow = queued.item.flow;
            let takes = match self.given.binary_search_by_key(&flow, |(given, _)| *given) {
                Ok(place) => context.slowed(node, self.given[place].1),
                Err(_) => {
                    let tag = u64::from(queued.item.tag & LEG_TAG);
                    let mean = Duration::from_millis(parameters.number(Key::Service));
                    parameters
                        .distribution
                        .takes(mean, flow, tag, node, context)
                }
            };
            self.stations[index].start(queued, takes, context);
        }
    }

    /// A worker's time is up. `wanted` tells whether a gateway still waits.
    pub fn finish(
        &mut self,
        index: usize,
        timer: Timer,
        wanted: &dyn Fn(&Work) -> bool,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        let station = &mut self.stations[index];
        let Some(work) = station.finish(timer.data, context) else {
            return;
        };
        let wanted = wanted(&work);
        self.tally.served += 1;
        self.tally.wasted += u64::from(!wanted);
        station.finished(timer.data as u16, &work, wanted, context);
        let tag = u64::from(work.tag & LEG_TAG);
        let fails = work.tag & POISON != 0 || context.fails(timer.node, ERRORS, work.flow.0, tag);
        let role = if fails { Role::Error } else { Role::Response };
        answer(&work, role, 0, context);
        self.pump(index, parameters, context);
    }

    /// A replica loses all it held.
    pub fn crash(&mut self, index: usize, context: &mut Context) {
        self.tally.lost += self.stations[index].crash(CRASH, context).len() as u64;
    }

    /// Work stands still, or goes on.
    pub fn set_paused(
        &mut self,
        index: usize,
        paused: bool,
        parameters: &Parameters,
        context: &mut Context,
    ) {
        self.stations[index].set_paused(paused, context.now());
        self.pump(index, parameters, context);
    }

    /// Calls that wait or run.
    pub fn inside(&self) -> u64 {
        let mut inside = 0;
        for station in &self.stations {
            inside += u64::from(station.depth() + station.busy());
        }
        inside
    }
}

fn answer(work: &Work, role: Role, extra: u32, context: &mut Context) {
    work.send(work.reply, role, work.tag & LEG_TAG | extra, context);
}
