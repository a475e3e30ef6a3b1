//! One run: a world, a model, a script, driven from occurrence to occurrence.
//!
//! `run_until(t)` takes every occurrence strictly before `t` and every
//! intervention of the script up to and including `t`. Interventions come
//! before the occurrences of their instant, so an act at the playhead and the
//! same act replayed from the script fall on the same side of everything.

use crate::agenda::{Agenda, Occurrence, Timer};
use crate::conditions::{condition_of, end_on, faults_of, latency_of, surge_of};
use crate::fact::{Fact, NodeStatus, Observer};
use crate::fault::{Fault, Faults};
use crate::intervention::{Action, Intervention};
use crate::message::{DropReason, MessageId};
use crate::model::{Context, Model, NodeChange, NodeState, World};
use crate::network::LinkCondition;
use crate::order;
use crate::random::Random;
use crate::sequence::Sequence;
use crate::settings::{Settings, Value};
use crate::time::Instant;
use crate::topology::{LinkId, NodeId, Topology};
use crate::view::{Sign, View};
use std::sync::Arc;

/// More than this held at one paused node are dropped as if it had crashed.
const HELD_MOST: usize = 100_000;

/// A run at an instant. A clone is a checkpoint.
#[derive(Clone)]
pub struct Simulation {
    world: World,
    model: Box<dyn Model>,
    settings: Settings,
    script: Arc<Vec<(Instant, Intervention)>>,
    applied: usize,
    occurrences: u64,
}

/// Who looks on, if anybody: recording is off without.
pub type Recording<'r> = Option<&'r mut dyn Observer>;

/// Lends an observer for one call.
fn lend<'s>(recording: &'s mut Recording<'_>) -> Recording<'s> {
    match recording {
        Some(observer) => Some(&mut **observer),
        None => None,
    }
}

/// What a run is made of.
pub struct Setup {
    /// All chance follows from it.
    pub random: Random,
    /// Who and where.
    pub topology: Topology,
    /// Knobs at the start.
    pub settings: Settings,
    /// What is done when, in any order.
    pub script: Vec<(Instant, Intervention)>,
    /// The pattern.
    pub model: Box<dyn Model>,
}

impl Simulation {
    /// A run at its start, nothing done yet but the model's own beginning and
    /// the script's interventions at zero.
    pub fn new(setup: Setup, mut recording: Recording) -> Self {
        let Setup {
            random,
            topology,
            settings,
            mut script,
            model,
        } = setup;
        let topology = Arc::new(topology);
        order::sort_by_key(&mut script, |(at, _)| at.0);
        let world = World {
            now: Instant::START,
            agenda: Agenda::default(),
            random,
            flights: Sequence::default(),
            nodes: vec![NodeState::default(); topology.nodes().len()],
            links: vec![LinkCondition::default(); topology.links().len()],
            latency: latency_of(&settings),
            faults: Faults::default(),
            surge: 1.0,
            topology: topology.clone(),
        };
        let mut simulation = Self {
            world,
            model,
            settings,
            script: Arc::new(script),
            applied: 0,
            occurrences: 0,
        };
        simulation.model.start(&mut Context::new(
            &mut simulation.world,
            lend(&mut recording),
        ));
        simulation.run_until(Instant::START, recording);
        simulation
    }

    /// The present.
    pub fn now(&self) -> Instant {
        self.world.now
    }

    /// Everything but the pattern's own state.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The pattern's own state.
    pub fn model(&self) -> &dyn Model {
        &*self.model
    }

    /// Who and where.
    pub fn topology(&self) -> &Arc<Topology> {
        &self.world.topology
    }

    /// Knobs as they stand now.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many occurrences have taken place.
    pub fn occurrences(&self) -> u64 {
        self.occurrences
    }

    /// When the next occurrence or intervention is due.
    pub fn next_at(&self) -> Option<Instant> {
        let scripted = self.script.get(self.applied).map(|(at, _)| *at);
        match (self.world.agenda.next_at(), scripted) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// Fills in what waits and what runs where.
    pub fn view(&self, view: &mut View) {
        view.clear(self.world.nodes.len(), self.world.now);
        self.model.view(view);
        for running in &mut view.running {
            running.done = running.done.clamp(0.0, 1.0);
        }
    }

    /// What the picture says in words now.
    pub fn signs(&self) -> Vec<Sign> {
        let mut signs = Vec::new();
        self.model.signs(self.world.now, &mut signs);
        signs
    }

    /// Advances to `until`; see the module for what falls before it.
    pub fn run_until(&mut self, until: Instant, recording: Recording) {
        self.run_until_or(until, u64::MAX, recording);
    }

    /// Advances to `until`, but stops after `most` occurrences. Tells whether
    /// it got there; if not, the present is that of the last occurrence.
    pub fn run_until_or(&mut self, until: Instant, most: u64, mut recording: Recording) -> bool {
        let stop = self.occurrences.saturating_add(most);
        loop {
            let scripted = self
                .script
                .get(self.applied)
                .map(|(at, _)| *at)
                .filter(|at| *at <= until);
            let limit = scripted.unwrap_or(until);
            while let Some((at, occurrence)) = self.world.agenda.take_before(limit) {
                self.world.now = at;
                self.occurrences += 1;
                self.take_place(occurrence, lend(&mut recording));
                if self.occurrences >= stop
                    && self.world.agenda.next_at().is_some_and(|next| next < limit)
                {
                    return false;
                }
            }
            if scripted.is_none() {
                self.world.now = self.world.now.max(until);
                return true;
            }
            self.world.now = limit;
            self.apply_next(lend(&mut recording));
        }
    }

    /// Acts now: appends to the script (whose entries after now are dropped)
    /// and applies.
    pub fn intervene(&mut self, intervention: Intervention, recording: Recording) {
        let script = Arc::make_mut(&mut self.script);
        script.truncate(self.applied);
        script.push((self.world.now, intervention));
        self.apply_next(recording);
    }

    /// The script, in order of time.
    pub fn script(&self) -> &Arc<Vec<(Instant, Intervention)>> {
        &self.script
    }

    /// How many interventions of the script have been applied.
    pub fn applied(&self) -> usize {
        self.applied
    }

    /// Puts another script in place of this one. Both must agree in what has
    /// been applied already.
    pub fn replace_script(&mut self, script: Arc<Vec<(Instant, Intervention)>>) {
        self.script = script;
    }

    fn take_place(&mut self, occurrence: Occurrence, mut recording: Recording) {
        match occurrence {
            Occurrence::Arrive(id) => self.arrive(id, recording),
            Occurrence::Fire {
                data,
                node,
                epoch,
                kind,
            } => {
                let state = &mut self.world.nodes[node.index()];
                if state.epoch != epoch || state.status == NodeStatus::Crashed {
                    return;
                }
                if state.status == NodeStatus::Paused {
                    hold(state, occurrence);
                    return;
                }
                self.model.fire(
                    Timer { node, kind, data },
                    &mut Context::new(&mut self.world, lend(&mut recording)),
                );
            }
            Occurrence::Lapse(id) => self.end_faults(
                |world| world.faults.end(id).into_iter().map(|f| f.id).collect(),
                recording,
            ),
        }
    }

    fn arrive(&mut self, id: MessageId, mut recording: Recording) {
        let key = id.0.get() - 1;
        let Some(message) = self.world.flights.get(key).copied() else {
            return;
        };
        let to = self.world.topology.link(message.link).to;
        let state = &mut self.world.nodes[to.index()];
        let mut lost = message.lost;
        if lost.is_none() {
            match state.status {
                NodeStatus::Up => {}
                NodeStatus::Crashed => lost = Some(DropReason::Crash),
                NodeStatus::Paused => match state.held.len() < HELD_MOST {
                    true => return hold(state, Occurrence::Arrive(id)),
                    false => lost = Some(DropReason::Crash),
                },
            }
        }
        self.world.flights.remove(key);
        let (flow, link) = (message.flow, message.link);
        let mut context = Context::new(&mut self.world, lend(&mut recording));
        match lost {
            Some(reason) => {
                context.observe(|| Fact::Dropped { message, reason });
                self.model.lost(&message, &mut context);
            }
            None => {
                context.observe(|| Fact::Delivered {
                    message: id,
                    flow,
                    link,
                });
                self.model.deliver(&message, &mut context);
            }
        }
    }

    fn apply_next(&mut self, mut recording: Recording) {
        let index = self.applied;
        self.applied += 1;
        let script = self.script.clone();
        let Some((_, intervention)) = script.get(index) else {
            return;
        };
        let mut context = Context::new(&mut self.world, lend(&mut recording));
        context.observe(|| Fact::Intervened {
            index: index as u32,
        });
        let topology = self.world.topology.clone();
        let target = &intervention.target;
        match &intervention.action {
            Action::Set(knob, value) => self.turn(*knob, value.clone(), recording),
            Action::Send | Action::Poison => {
                let poison = intervention.action == Action::Poison;
                let nodes = target.nodes(&topology);
                let mut context = Context::new(&mut self.world, lend(&mut recording));
                // Without a name one node sends, else each that is named.
                let first = nodes.first().copied();
                self.model.send_one(first, poison, &mut context);
                for node in nodes.iter().skip(1) {
                    self.model.send_one(Some(*node), poison, &mut context);
                }
            }
            Action::Heal => {
                let (nodes, links) = (target.nodes(&topology), target.links(&topology));
                let everything = *target == super::Target::All;
                self.end_faults(|world| end_on(world, everything, &nodes, &links), recording);
            }
            Action::Word(word, value) => {
                let nodes = target.nodes(&topology);
                let mut context = Context::new(&mut self.world, lend(&mut recording));
                self.model.act(word, &nodes, value, &mut context);
            }
            action => {
                let until = intervention.lasting.map(|lasting| self.world.now + lasting);
                let faults = faults_of(action, &target.nodes(&topology), &target.links(&topology));
                for fault in faults {
                    self.begin_fault(fault, until, lend(&mut recording));
                }
            }
        }
    }

    fn turn(&mut self, knob: usize, value: Value, mut recording: Recording) {
        if self
            .settings
            .knobs()
            .get(knob)
            .is_none_or(|knob| knob.structural)
        {
            return;
        }
        self.settings.set_value(knob, value);
        self.world.latency = latency_of(&self.settings);
        self.model.settings_changed(
            &self.settings,
            &mut Context::new(&mut self.world, lend(&mut recording)),
        );
    }

    fn begin_fault(&mut self, fault: Fault, until: Option<Instant>, mut recording: Recording) {
        let id = self.world.faults.add(fault.clone(), self.world.now, until);
        if let Some(until) = until {
            self.world.agenda.add(until, Occurrence::Lapse(id));
        }
        Context::new(&mut self.world, lend(&mut recording))
            .observe(|| Fact::FaultBegan { id, fault });
        self.conditions_changed(recording);
    }

    fn end_faults(&mut self, end: impl FnOnce(&mut World) -> Vec<u64>, mut recording: Recording) {
        let ended = end(&mut self.world);
        for id in &ended {
            Context::new(&mut self.world, lend(&mut recording))
                .observe(|| Fact::FaultEnded { id: *id });
        }
        if !ended.is_empty() {
            self.conditions_changed(recording);
        }
    }

    /// Derives every condition anew from the faults in force, and tells the
    /// model of what that changed.
    fn conditions_changed(&mut self, mut recording: Recording) {
        for link in self.world.topology.link_ids() {
            let condition = LinkCondition::of(link, self.world.faults.active());
            let was_cut = std::mem::replace(&mut self.world.links[link.index()], condition).cut;
            if condition.cut && !was_cut {
                self.lose_flights(link, lend(&mut recording));
            }
        }
        for node in self.world.topology.node_ids() {
            self.node_condition_changed(node, lend(&mut recording));
        }
        let surge = surge_of(&self.world.faults);
        if surge != self.world.surge {
            self.world.surge = surge;
            self.model.settings_changed(
                &self.settings,
                &mut Context::new(&mut self.world, lend(&mut recording)),
            );
        }
    }

    /// What travels on a link when it is cut is lost where it is.
    fn lose_flights(&mut self, link: LinkId, mut recording: Recording) {
        let now = self.world.now;
        let on_link = |m: &&super::Message| m.link == link && m.arrive > now;
        let lost: Vec<_> = self
            .world
            .flights
            .iter()
            .map(|(_, m)| m)
            .filter(on_link)
            .copied()
            .collect();
        for message in lost {
            self.world.flights.remove(message.id.0.get() - 1);
            let reason = message.lost.unwrap_or(DropReason::Cut);
            let mut context = Context::new(&mut self.world, lend(&mut recording));
            context.observe(|| Fact::Dropped { message, reason });
            self.model.lost(&message, &mut context);
        }
    }

    fn node_condition_changed(&mut self, node: NodeId, mut recording: Recording) {
        let (status, slow, errors) = condition_of(node, &self.world.faults);
        let now = self.world.now;
        let state = &mut self.world.nodes[node.index()];
        (state.slow, state.errors) = (slow, errors);
        let was = std::mem::replace(&mut state.status, status);
        if was == status {
            return;
        }
        Context::new(&mut self.world, lend(&mut recording))
            .observe(|| Fact::NodeChanged { node, status });
        if was == NodeStatus::Paused {
            self.end_pause(node, now, lend(&mut recording));
        }
        let change = match (was, status) {
            (_, NodeStatus::Crashed) => NodeChange::Crashed,
            (_, NodeStatus::Paused) => NodeChange::Paused,
            (NodeStatus::Paused, _) => NodeChange::Resumed,
            _ => NodeChange::Restarted,
        };
        if was == NodeStatus::Crashed && change == NodeChange::Paused {
            self.model.node_changed(
                node,
                NodeChange::Restarted,
                &mut Context::new(&mut self.world, lend(&mut recording)),
            );
        }
        if change == NodeChange::Crashed {
            let state = &mut self.world.nodes[node.index()];
            state.epoch = state.epoch.wrapping_add(1);
        }
        self.model.node_changed(
            node,
            change,
            &mut Context::new(&mut self.world, lend(&mut recording)),
        );
    }

    /// Puts what came due during the pause on the agenda again, now, in order;
    /// if the node is down by now, its messages are lost and its timers void.
    fn end_pause(&mut self, node: NodeId, now: Instant, mut recording: Recording) {
        let state = &mut self.world.nodes[node.index()];
        let crashed = state.status == NodeStatus::Crashed;
        for occurrence in std::mem::take(&mut state.held) {
            match occurrence {
                Occurrence::Arrive(id) if crashed => self.arrive(id, lend(&mut recording)),
                _ => self.world.agenda.add(now, occurrence),
            }
        }
    }
}

fn hold(state: &mut NodeState, occurrence: Occurrence) {
    state.held.push(occurrence);
}
