//! The kernel: time, chance, the agenda, messages on links, faults, facts.
//!
//! It knows nothing of any pattern; a pattern is a [`Model`] that the
//! [`Simulation`] drives.

pub mod agenda;
mod conditions;
pub mod decimal;
pub mod fact;
pub mod fault;
pub mod intervention;
pub mod message;
pub mod model;
pub mod network;
pub mod order;
mod queue;
pub mod random;
pub mod sequence;
pub mod settings;
pub mod simulation;
mod tell;
pub mod time;
pub mod topology;
pub mod view;

pub use agenda::{Agenda, Occurrence, Timer};
pub use fact::{Digest, Fact, NodeStatus, Observer, Outcome, Stamped};
pub use fault::{ActiveFault, Fault};
pub use intervention::{Action, Intervention, NodeSelector, Target};
pub use message::{DropReason, FlowId, Hue, Marks, Message, MessageId, Role};
pub use model::{Context, Level, Measured, Model, NodeChange, Truth};
pub use network::LinkCondition;
pub use queue::Queue;
pub use random::{Draws, Purpose, Random, Substream};
pub use sequence::Sequence;
pub use settings::{Knob, KnobKind, Settings, SettingsError, Value};
pub use simulation::{Recording, Setup, Simulation};
pub use time::{Duration, Instant};
pub use topology::{Figure, Link, LinkId, Node, NodeId, Place, Row, Topology};
pub use view::{Anchor, Sign, Tone, View};
