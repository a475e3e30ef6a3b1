//! A frame: every dot and ring at one instant, found from the state of the
//! run. The same instant gives the same frame, however it was reached.

use super::layout::{Point, Scene};
use crate::history::History;
use crate::kernel::{DropReason, Duration, Fact, FlowId, Instant, Marks, MessageId, NodeId, Role, View};

/// Why a dot is where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DotKind {
    /// Travels.
    Flight,
    /// Waits in a queue.
    Waiting,
    /// Is worked on.
    Working,
    /// Was lost and falls.
    Fallen,
}

/// A message in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Where.
    pub at: Point,
    /// Which.
    pub message: MessageId,
    /// Of which flow.
    pub flow: FlowId,
    /// Its shape.
    pub role: Role,
    /// Its outline.
    pub marks: Marks,
    /// Why it is there.
    pub kind: DotKind,
    /// Whether anybody still waits for it.
    pub wanted: bool,
    /// How far it has faded, 0 to 1.
    pub faded: f32,
}

/// A worker in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ring {
    /// Its middle.
    pub at: Point,
    /// Its radius.
    pub radius: f32,
    /// How much of its work is done, if it works.
    pub done: Option<f32>,
    /// Whether anybody still waits for that work.
    pub wanted: bool,
}

/// A word about what was lost where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossLabel {
    /// Where.
    pub at: Point,
    /// How many.
    pub count: u32,
    /// Why.
    pub why: &'static str,
}

/// Everything that moves, at one instant. Reused from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Messages.
    pub dots: Vec<Dot>,
    /// Workers, of each node in turn.
    pub rings: Vec<Ring>,
    /// How many wait beyond the slots, by node.
    pub overflow: Vec<(NodeId, u32)>,
    /// What was lost.
    pub losses: Vec<LossLabel>,
    view: View,
}

/// How far lost messages fall.
const FALL: f32 = 30.0;

impl Frame {
    /// What is true inside the nodes.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Fills the frame for the present of a run. Lost messages fall for
    /// `linger`.
    pub fn fill(&mut self, history: &History, scene: &Scene, linger: Duration) {
        let simulation = history.simulation();
        let now = simulation.now();
        simulation.view(&mut self.view);
        self.dots.clear();
        self.rings.clear();
        self.overflow.clear();
        self.losses.clear();
        self.add_flights(history, scene, now);
        self.add_waiting(scene);
        self.add_workers(scene);
        self.add_losses(history, scene, now, linger);
    }

    fn add_flights(&mut self, history: &History, scene: &Scene, now: Instant) {
        let flights = history.simulation().world().flights.iter();
        self.dots.extend(flights.map(|(_, message)| Dot {
            at: scene.locate(message, message.progress(now)),
            message: message.id,
            flow: message.flow,
            role: message.role,
            marks: message.marks,
            kind: DotKind::Flight,
            wanted: true,
            faded: 0.0,
        }));
    }

    fn add_waiting(&mut self, scene: &Scene) {
        let (mut node, mut index) = (NodeId(u16::MAX), 0);
        for waiting in &self.view.waiting {
            if waiting.node != node {
                (node, index) = (waiting.node, 0);
            }
            let workers = self.view.nodes[node.index()].workers;
            if index < scene.queue_slots(node, workers) {
                self.dots.push(Dot {
                    at: scene.queue_slot(node, index, workers),
                    message: waiting.token.message,
                    flow: waiting.token.flow,
                    role: waiting.token.role,
                    marks: waiting.token.marks,
                    kind: DotKind::Waiting,
                    wanted: waiting.wanted,
                    faded: 0.0,
                });
            }
            index += 1;
        }
        for (index, shown) in self.view.nodes.iter().enumerate().filter(|(_, shown)| shown.workers > 0) {
            let node = NodeId(index as u16);
            let slots = scene.queue_slots(node, shown.workers) as u32;
            if shown.queue > slots {
                self.overflow.push((node, shown.queue - slots));
            }
        }
    }

    fn add_workers(&mut self, scene: &Scene) {
        for (index, shown) in self.view.nodes.iter().enumerate() {
            let node = NodeId(index as u16);
            let (radius, _) = scene.worker_grid(shown.workers);
            self.rings.extend((0..shown.workers).map(|worker| Ring {
                at: scene.worker(node, worker, shown.workers),
                radius,
                done: None,
                wanted: true,
            }));
        }
        for running in &self.view.running {
            let before: u16 = self.view.nodes[..running.node.index()].iter().map(|node| node.workers).sum();
            let Some(ring) = self.rings.get_mut(usize::from(before + running.worker)) else { continue };
            (ring.done, ring.wanted) = (Some(running.done as f32), running.wanted);
            let at = ring.at;
            self.dots.push(Dot {
                at,
                message: running.token.message,
                flow: running.token.flow,
                role: running.token.role,
                marks: running.token.marks,
                kind: DotKind::Working,
                wanted: running.wanted,
                faded: 0.0,
            });
        }
    }

    fn add_losses(&mut self, history: &History, scene: &Scene, now: Instant, linger: Duration) {
        let mut at_nodes = 0u16;
        for stamped in history.recent().rev().take_while(|stamped| now.since(stamped.at) < linger) {
            let age = (now.since(stamped.at).as_secs() / linger.as_secs().max(1e-9)) as f32;
            let (start, message, flow, role, marks, why) = match &stamped.fact {
                Fact::Dropped { message, reason } => {
                    let start = scene.locate(message, message.progress(stamped.at));
                    (start, message.id, message.flow, message.role, message.marks, reason.name())
                }
                Fact::Interrupted { node, flow, message, .. } | Fact::Discarded { node, flow, message, .. } => {
                    let card = scene.cards[node.index()];
                    at_nodes += 1;
                    let x = card.x + 22.0 + f32::from(at_nodes % 12) * 17.0;
                    let start = Point { x, y: card.y + card.h - 4.0 };
                    let crash = matches!(stamped.fact, Fact::Interrupted { .. });
                    let why = if crash { DropReason::Crash.name() } else { "given up" };
                    (start, *message, *flow, Role::Error, Marks::default(), why)
                }
                _ => continue,
            };
            let fallen = Point { x: start.x, y: start.y + FALL * age * (2.0 - age) };
            let (kind, wanted) = (DotKind::Fallen, true);
            self.dots.push(Dot { at: fallen, message, flow, role, marks, kind, wanted, faded: age });
            self.label_loss(fallen, why);
        }
    }

    /// One label for losses that are close together.
    fn label_loss(&mut self, at: Point, why: &'static str) {
        let near = |label: &&mut LossLabel| {
            label.why == why && (label.at.x - at.x).abs() < 190.0 && (label.at.y - at.y).abs() < 60.0
        };
        match self.losses.iter_mut().find(near) {
            Some(label) => {
                label.count += 1;
                label.at.y = label.at.y.max(at.y);
            }
            None => self.losses.push(LossLabel { at, count: 1, why }),
        }
    }

    /// The dot nearest to a point, within `reach`.
    pub fn pick(&self, point: Point, reach: f32) -> Option<&Dot> {
        let square = |dot: &Dot| {
            let (dx, dy) = (dot.at.x - point.x, dot.at.y - point.y);
            dx * dx + dy * dy
        };
        let nearest = self.dots.iter().min_by(|a, b| square(a).total_cmp(&square(b)))?;
        (square(nearest) <= reach * reach).then_some(nearest)
    }
}
