//! What a pattern is to the kernel: plain data that reacts, and the only door
//! out of it, the [`Context`].

use crate::agenda::{Agenda, Occurrence, Timer};
use crate::fact::{Fact, NodeStatus, Observer};
use crate::fault::Faults;
use crate::message::{FlowId, Hue, Marks, Message, MessageId, Role};
use crate::network::{self, Latency, LinkCondition};
use crate::random::{Purpose, Random};
use crate::sequence::Sequence;
use crate::settings::Settings;
use crate::time::{Duration, Instant};
use crate::topology::{LinkId, NodeId, Topology};
use crate::view::{Sign, View};
use std::num::NonZeroU64;
use std::sync::Arc;

/// A pattern at run time. All of its state is plain data, so that a clone is
/// a checkpoint.
pub trait Model: Send {
    /// The run begins.
    fn start(&mut self, context: &mut Context);
    /// A message arrived.
    fn deliver(&mut self, message: &Message, context: &mut Context);
    /// A message was lost on its way. For the books only: no node can know of
    /// it, so none may react.
    fn lost(&mut self, _message: &Message, _context: &mut Context) {}
    /// A timer that this model set fires.
    fn fire(&mut self, timer: Timer, context: &mut Context);
    /// A node went down, came back, stopped or went on.
    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context);
    /// A knob was turned, or traffic surges.
    fn settings_changed(&mut self, settings: &Settings, context: &mut Context);
    /// One message by hand from a node, poisonous or not.
    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context);
    /// A word of the pattern's own, done to nodes (see `Topology::words`).
    fn act(
        &mut self,
        _word: &'static str,
        _nodes: &[NodeId],
        _value: &str,
        _context: &mut Context,
    ) {
    }
    /// A copy of all state.
    fn clone_box(&self) -> Box<dyn Model>;
    /// The pattern's own identities, exact at every instant.
    fn truths(&self) -> Vec<Truth>;
    /// Flows started and not ended, counted from the model's own state.
    fn open_flows(&self) -> u64;
    /// The pattern's own measures over the whole run so far.
    fn measures(&self) -> Vec<(&'static str, Measured)>;
    /// What the pattern is watched by besides what all have, such as a lag.
    fn level(&self, _now: Instant) -> Option<Level> {
        None
    }
    /// Fills in what waits, stands and runs where; `view` comes cleared.
    /// Called every frame: it must not allocate beyond what `view` keeps.
    fn view(&self, view: &mut View);
    /// Adds what the picture says in words. Called at most ten times a second.
    fn signs(&self, _now: Instant, _signs: &mut Vec<Sign>) {}
    /// Adds, line by line, the state as of the event at a place of the pattern's
    /// log, and tells how long that log is. None: there is no log to look back
    /// over.
    fn look_back(&self, _place: u64, _lines: &mut Vec<String>) -> Option<u64> {
        None
    }
    /// Adds what a message carries, in a few words, if the pattern has any.
    fn describe(&self, _message: &Message, _text: &mut String) {}
}

impl Clone for Box<dyn Model> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

/// What happened to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeChange {
    /// Down: forget what is volatile.
    Crashed,
    /// Up again: recover.
    Restarted,
    /// Stopped: no message, timer or work goes on.
    Paused,
    /// Goes on.
    Resumed,
}

/// How high something stands at an instant, for a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// What.
    pub title: &'static str,
    /// Such as `s`; empty for counts.
    pub unit: &'static str,
    /// How high.
    pub value: f64,
}

/// An identity: both sides are counted independently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// In words, as an equation.
    pub name: &'static str,
    /// Left-hand side.
    pub left: i64,
    /// Right-hand side.
    pub right: i64,
}

impl Truth {
    /// Whether both sides agree.
    pub fn holds(&self) -> bool {
        self.left == self.right
    }
}

/// A measure of a pattern's own.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    /// How many.
    Count(u64),
    /// How much.
    Number(f64),
    /// One of a few words.
    Text(&'static str),
    /// There is none yet.
    Nothing,
    /// Words of the user's own, or made of such.
    Words(String),
    /// Named parts.
    Table(Vec<(String, Measured)>),
    /// Parts without names, in order; the last ones only where there are many.
    List(Vec<Measured>),
}

/// A node's condition, which follows from the faults in force.
#[derive(Clone, Debug)]
pub struct NodeState {
    /// Up, crashed or paused.
    pub status: NodeStatus,
    /// Work started now takes this many times as long.
    pub slow: f64,
    /// This share of work fails, 0 to 1.
    pub errors: f64,
    /// Counts crashes; timers of an earlier epoch are void.
    pub epoch: u16,
    /// What came due during a pause, in order.
    pub held: Vec<Occurrence>,
}

impl Default for NodeState {
    fn default() -> Self {
        Self {
            status: NodeStatus::Up,
            slow: 1.0,
            errors: 0.0,
            epoch: 0,
            held: Vec::new(),
        }
    }
}

/// Everything in a run but the pattern's own state and the script.
#[derive(Clone, Debug)]
pub struct World {
    /// The present.
    pub now: Instant,
    /// What is pending.
    pub agenda: Agenda,
    /// All chance.
    pub random: Random,
    /// Who and where.
    pub topology: Arc<Topology>,
    /// Messages on their way; the key is the message's number less one.
    pub flights: Sequence<Message>,
    /// One a node.
    pub nodes: Vec<NodeState>,
    /// One a link.
    pub links: Vec<LinkCondition>,
    /// Of every link.
    pub latency: Latency,
    /// What is broken.
    pub faults: Faults,
    /// Traffic is multiplied by this.
    pub surge: f64,
}

const NETWORK: Purpose = Purpose::named("network");

/// What a model can see and do.
pub struct Context<'a> {
    world: &'a mut World,
    observer: Option<&'a mut dyn Observer>,
}

/// A message about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    /// Where.
    pub link: LinkId,
    /// Of which flow.
    pub flow: FlowId,
    /// Because of which message.
    pub cause: Option<MessageId>,
    /// See [`Message::tag`].
    pub tag: u32,
    /// See [`Message::role`].
    pub role: Role,
    /// See [`Message::hue`].
    pub hue: Hue,
    /// See [`Message::marks`].
    pub marks: Marks,
}

impl<'a> Context<'a> {
    pub(super) fn new(world: &'a mut World, observer: Option<&'a mut dyn Observer>) -> Self {
        Self { world, observer }
    }

    /// The present.
    pub fn now(&self) -> Instant {
        self.world.now
    }

    /// All chance in the run.
    pub fn random(&self) -> Random {
        self.world.random
    }

    /// Who and where.
    pub fn topology(&self) -> &Topology {
        &self.world.topology
    }

    /// A node's condition.
    pub fn node(&self, node: NodeId) -> &NodeState {
        &self.world.nodes[node.index()]
    }

    /// Whether a node is up and not paused.
    pub fn is_up(&self, node: NodeId) -> bool {
        self.node(node).status == NodeStatus::Up
    }

    /// Traffic is multiplied by this.
    pub fn surge(&self) -> f64 {
        self.world.surge
    }

    /// Tells what happened. The fact is made only if somebody looks.
    pub fn observe(&mut self, fact: impl FnOnce() -> Fact) {
        if self.observer.is_some() {
            self.tell(fact());
        }
    }

    /// Not in line: a hundred kinds of facts are told from as many places.
    #[inline(never)]
    fn tell(&mut self, fact: Fact) {
        if let Some(observer) = self.observer.as_deref_mut() {
            observer.observe(self.world.now, &fact);
        }
    }

    /// Sets a timer; a crash of its node voids it, a pause delays it.
    pub fn after(&mut self, delay: Duration, timer: Timer) {
        let Timer { node, kind, data } = timer;
        let epoch = self.node(node).epoch;
        let at = self.world.now + delay;
        self.world.agenda.add(
            at,
            Occurrence::Fire {
                data,
                node,
                epoch,
                kind,
            },
        );
    }

    /// Sends a message; what becomes of it is known, and observed, at once.
    pub fn send(&mut self, draft: Draft) -> MessageId {
        let condition = self.world.links[draft.link.index()];
        let latency = self.world.latency;
        let calm = latency.jitter == Duration::ZERO && condition == LinkCondition::default();
        let verdict = if calm {
            network::Verdict {
                travel: latency.base,
                lost: None,
                copy: None,
            }
        } else {
            // Keyed by what the message is, not by how many came before it.
            let key = u64::from(draft.tag) << 32 | u64::from(draft.link.0) << 8 | draft.role as u64;
            network::judge(
                latency,
                &condition,
                &mut self.world.random.keyed(NETWORK, draft.flow.0, key),
            )
        };
        let id = self.launch(&draft, verdict.travel, verdict.lost);
        if let Some(travel) = verdict.copy {
            let marks = Marks {
                duplicate: true,
                ..draft.marks
            };
            self.launch(&Draft { marks, ..draft }, travel, None);
        }
        id
    }

    fn launch(
        &mut self,
        draft: &Draft,
        travel: Duration,
        lost: Option<(super::DropReason, u8)>,
    ) -> MessageId {
        let world = &mut *self.world;
        let number = world.flights.next_key() + 1;
        let id = MessageId(NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN));
        let message = Message {
            id,
            flow: draft.flow,
            cause: draft.cause,
            depart: world.now,
            arrive: world.now + travel,
            tag: draft.tag,
            link: draft.link,
            role: draft.role,
            hue: draft.hue,
            marks: draft.marks,
            lost: lost.map(|(reason, _)| reason),
            reach: lost.map_or(255, |(_, reach)| reach),
        };
        world.agenda.add(message.arrive, Occurrence::Arrive(id));
        world.flights.push(message);
        self.observe(|| Fact::Sent(message));
        id
    }
}
