//! Services: queues of tasks, workers, and the effects that they have. A
//! service keeps a durable record of what it did for each order and step.

use super::state::{ATTEMPT_AT, ERROR, Orchestration, REFUSAL, STEP, UNDO};
use crate::kernel::{Context, Duration, FlowId, Marks, Purpose, Timer};
use crate::parts::station::{Admission, Work};
use crate::parts::workflow::{Effect, FAILS_PERCENT, Kind, RUNNING, WORK_MS};

/// A worker's work is done; the data is the worker.
pub const FINISH: u8 = 1;
/// Shelves are filled up.
pub const RESTOCK: u8 = 7;

/// Reasons of `Fact::Discarded`, as `Pattern::discards` names them.
pub const NO_ROOM: u8 = 0;
pub const CRASH: u8 = 1;

const ERRORS: Purpose = Purpose::named("errors");
const REFUSALS: Purpose = Purpose::named("refusals");

impl Orchestration {
    /// What the record says of a repeated task: none if it is no repeat, else
    /// whether its answer is known already.
    fn is_repeat(&self, work: &Work) -> Option<bool> {
        let undo = usize::from(work.tag & UNDO != 0);
        let flow = self.flows.get(work.flow.0)?;
        let in_hand = flow.hand[undo] >> (work.tag & STEP) & 1 == 1;
        let known = self.is_known(work);
        (self.parameters.idempotent && (known || in_hand)).then_some(known)
    }

    /// The answer stands in the record.
    fn is_known(&self, work: &Work) -> bool {
        let (step, undo) = ((work.tag & STEP) as usize, work.tag & UNDO != 0);
        self.flows.get(work.flow.0).is_some_and(|flow| {
            let (closed, held) = (flow.closed >> step & 1 == 1, flow.held[step] > 0);
            let told = flow.told[step] >= work.tag >> ATTEMPT_AT;
            if undo {
                closed && !held
            } else {
                closed || held || told
            }
        })
    }

    /// That answer.
    fn verdict(&self, work: &Work) -> u32 {
        let step = (work.tag & STEP) as usize;
        match self.flows.get(work.flow.0) {
            _ if work.tag & UNDO != 0 => 0,
            Some(flow) if flow.held[step] > 0 => 0,
            Some(flow) if flow.closed >> step & 1 == 1 => REFUSAL,
            _ => ERROR,
        }
    }

    fn drop_repeat(&mut self, service: usize, work: &Work, context: &mut Context) {
        self.tally.deduplicated += 1;
        self.stations[service].deduplicated(work, context);
    }

    pub fn set_in_hand(&mut self, work: &Work, in_hand: bool) {
        let (step, undo) = (work.tag & STEP, work.tag & UNDO != 0);
        if let Some(flow) = self.flows.get_mut(work.flow.0) {
            let hand = &mut flow.hand[usize::from(undo)];
            *hand = *hand & !(1 << step) | u16::from(in_hand) << step;
        }
    }

    /// A task arrives, or begins at home.
    pub fn receive_task(&mut self, service: usize, work: Work, context: &mut Context) {
        if self.flows.get(work.flow.0).is_none() {
            return;
        }
        if let Some(known) = self.is_repeat(&work) {
            self.drop_repeat(service, &work, context);
            if known {
                let verdict = self.verdict(&work);
                self.answer(service, &work, verdict, context);
            }
            return;
        }
        match self.stations[service].offer(work, context) {
            Admission::Admitted => {
                self.set_in_hand(&work, true);
                self.take_off(work.flow);
            }
            _ => {
                self.stations[service].discard(&work, NO_ROOM, context);
                self.answer(service, &work, ERROR, context);
            }
        }
        self.work(service, context);
    }

    /// Work at a station counts as on the way.
    pub fn take_off(&mut self, flow: FlowId) {
        if let Some(flow) = self.flows.get_mut(flow.0) {
            flow.air += 1;
        }
    }

    /// Puts idle workers of a service, or the orchestrator, to work.
    pub fn work(&mut self, station: usize, context: &mut Context) {
        let node = self.stations[station].node();
        let desk = self.central && self.site_of(station).is_some();
        if !context.is_up(node) || desk && !self.awake[0] {
            return;
        }
        while let Some(queued) = self.stations[station].take_next() {
            let Work { flow, tag, .. } = queued.item;
            let takes = if desk {
                context.slowed(node, self.parameters.decide)
            } else {
                let step = &self.workflow.steps[(tag & STEP) as usize];
                let mean = step.number(WORK_MS, self.parameters.service_ms);
                let (mean, key) = (Duration::from_millis(mean), u64::from(tag));
                let distribution = self.parameters.distribution;
                distribution.takes(mean, flow, key, node, context)
            };
            self.stations[station].start(queued, takes, context);
        }
    }

    /// A worker has done its work.
    pub fn finish(&mut self, station: usize, timer: Timer, context: &mut Context) {
        let it = &mut self.stations[station];
        let Some(work) = it.finish(timer.data, context) else {
            return;
        };
        let (node, flow) = (timer.node, work.flow);
        let order = self.flows.get(flow.0);
        let wanted = order.is_some_and(|order| order.ended.is_none());
        it.finished(timer.data as u16, &work, wanted, context);
        let key = u64::from(work.tag) << 16 | u64::from(node.0);
        let luck = context.random().keyed(ERRORS, flow.0, key).uniform();
        let errors = context.node(node).errors;
        if self.central && self.site_of(station).is_some() {
            self.decide(&work, luck < errors, context);
        } else {
            self.set_in_hand(&work, false);
            let own = match work.tag & UNDO {
                0 => self.parameters.error,
                _ => self.parameters.undo_error,
            };
            let fails = luck < errors + own - errors * own;
            let verdict = self.perform(&work, fails, context);
            self.answer(station, &work, verdict, context);
        }
        self.landed(flow, Marks::default());
        self.work(station, context);
    }

    /// Does what a task is about, once if services know tasks again. Tells
    /// what to answer.
    fn perform(&mut self, work: &Work, fails: bool, context: &mut Context) -> u32 {
        let (step, undo) = ((work.tag & STEP) as usize, work.tag & UNDO != 0);
        let random = context.random();
        let mut draws = random.keyed(REFUSALS, work.flow.0, step as u64);
        let refuses = self.refuses(work.flow, step, draws.uniform());
        let known = !undo && self.is_known(work);
        let verdict = self.verdict(work);
        let Some(flow) = self.flows.get_mut(work.flow.0) else {
            return 0;
        };
        self.tally.steps[step].runs += i64::from(!undo);
        if known && self.parameters.idempotent {
            return verdict;
        }
        flow.doubled |=
            known || !undo && flow.state[step] != RUNNING && !self.parameters.idempotent;
        if fails {
            return ERROR;
        }
        let it = &self.workflow.steps[step];
        let (tally, items, cents) = (&mut self.tally, flow.items, i64::from(flow.cents));
        if undo {
            flow.closed |= 1 << step;
            if flow.held[step] > 0 {
                flow.held[step] -= 1;
                tally.change(it.effect, -items, -cents);
            }
            return 0;
        }
        if refuses || it.effect == Effect::Reserve && tally.free < items {
            flow.closed |= 1 << step;
            return REFUSAL;
        }
        flow.held[step] = flow.held[step].saturating_add(1);
        tally.change(it.effect, items, cents);
        0
    }

    /// Whether a step refuses an order for good.
    fn refuses(&self, flow: FlowId, step: usize, luck: f64) -> bool {
        let it = &self.workflow.steps[step];
        let is_charge = it.effect == Effect::Charge;
        let usual = if is_charge {
            self.parameters.decline_percent
        } else {
            0.0
        };
        let undoable =
            |it: &crate::parts::workflow::Step| it.kind == Kind::Task && !it.undo.is_empty();
        if self.flows.get(flow.0).is_some_and(|flow| flow.poison) {
            return self.workflow.steps.iter().rposition(undoable) == Some(step);
        }
        luck * 100.0 < it.number(FAILS_PERCENT, usual)
    }

    /// Fills the shelves up, and sets the alarm for the next time.
    pub fn restock(&mut self, fill: bool, context: &mut Context) {
        let tally = &mut self.tally;
        let missing = (self.parameters.stock - tally.free).max(0);
        let interval = self.parameters.restock;
        if fill && interval > Duration::ZERO {
            tally.free += missing;
            tally.bought += missing;
        }
        let (node, kind, data) = (self.stations[0].node(), RESTOCK, 0);
        // The knob may be turned on later; and time must pass.
        let delay = match interval {
            Duration::ZERO => Duration(1_000_000_000),
            _ => interval.max(Duration(1_000_000)),
        };
        context.after(delay, Timer { node, kind, data });
    }
}

impl super::state::Tally {
    /// An effect happens, or with negative amounts is undone.
    fn change(&mut self, effect: Effect, items: i64, cents: i64) {
        match effect {
            Effect::None => {}
            Effect::Reserve => {
                self.free -= items;
                self.reserved += items;
            }
            Effect::Pick => {
                self.reserved -= items;
                self.picked += items;
            }
            Effect::Charge if cents >= 0 => self.captured += cents,
            Effect::Charge => self.refunded -= cents,
        }
    }
}
