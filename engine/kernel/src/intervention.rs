//! Interventions: what a user does inside a run, as data. Scripts, their
//! text form, are read where scenarios are.

use crate::settings::Value;
use crate::time::Duration;
use crate::topology::{LinkId, Node, NodeId, Topology};
use std::fmt;

/// Names nodes: `server-2`, or all of a kind: `server-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSelector {
    /// The kind.
    pub kind: String,
    /// One, or all if none.
    pub number: Option<u16>,
}

/// What an intervention is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing in particular.
    None,
    /// `*`: everything.
    All,
    /// `server-2`, `server-*`.
    Nodes(NodeSelector),
    /// `client-1>server-*`.
    Links(NodeSelector, NodeSelector),
    /// `peer-1,peer-2|peer-3`.
    Groups(Vec<Vec<NodeSelector>>),
}

impl fmt::Display for NodeSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "{}-{number}", self.kind),
            None => write!(f, "{}-*", self.kind),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::All => f.write_str("*"),
            Self::Nodes(selector) => selector.fmt(f),
            Self::Links(from, to) => write!(f, "{from}>{to}"),
            Self::Groups(groups) => {
                let names = |group: &Vec<NodeSelector>| {
                    group
                        .iter()
                        .map(NodeSelector::to_string)
                        .collect::<Vec<_>>()
                };
                let groups: Vec<String> =
                    groups.iter().map(|group| names(group).join(",")).collect();
                f.write_str(&groups.join("|"))
            }
        }
    }
}

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Node: down until healed.
    Crash,
    /// Node: stop the world.
    Pause,
    /// Node: work takes this many times as long.
    Slow(f64),
    /// Node: this share of work fails, 0 to 1.
    Errors(f64),
    /// Link: nothing gets through.
    Cut,
    /// Link: this share is lost, 0 to 1.
    Loss(f64),
    /// Link: added latency.
    Latency(Duration),
    /// Link: this share arrives twice, 0 to 1.
    Duplicate(f64),
    /// Link: this share is overtaken, 0 to 1.
    Reorder(f64),
    /// Groups: links between them are cut.
    Partition,
    /// Traffic is multiplied.
    Surge(f64),
    /// One message by hand.
    Send,
    /// A message that cannot be processed.
    Poison,
    /// Ends the faults on a target.
    Heal,
    /// Turns a knob: index in the table, value.
    Set(usize, Value),
    /// A word of the pattern's own (see [`Topology::words`]), and its value.
    Word(&'static str, String),
}

/// One act, at a time that the script tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Intervention {
    /// What.
    pub action: Action,
    /// To what.
    pub target: Target,
    /// For how long, if it ends by itself.
    pub lasting: Option<Duration>,
}

impl NodeSelector {
    /// The nodes it names.
    pub fn nodes<'t>(&'t self, topology: &'t Topology) -> impl Iterator<Item = NodeId> + 't {
        topology.node_ids().filter(|id| self.matches(topology, *id))
    }

    fn matches(&self, topology: &Topology, id: NodeId) -> bool {
        let node = topology.node(id);
        node.kind == self.kind && self.number.is_none_or(|number| number == node.number)
    }
}

impl Target {
    /// The nodes it names; none for links and groups.
    pub fn nodes(&self, topology: &Topology) -> Vec<NodeId> {
        match self {
            Self::Nodes(selector) => selector.nodes(topology).collect(),
            Self::All => topology.node_ids().collect(),
            _ => Vec::new(),
        }
    }

    /// The links it names; for groups, the links between different groups.
    pub fn links(&self, topology: &Topology) -> Vec<LinkId> {
        let group = |groups: &[Vec<NodeSelector>], id: NodeId| {
            groups
                .iter()
                .position(|group| group.iter().any(|selector| selector.matches(topology, id)))
        };
        let named = |id: &LinkId| {
            let link = topology.link(*id);
            match self {
                Self::All => true,
                Self::Links(from, to) => {
                    from.matches(topology, link.from) && to.matches(topology, link.to)
                }
                Self::Groups(groups) => {
                    let ends = (group(groups, link.from), group(groups, link.to));
                    matches!(ends, (Some(one), Some(other)) if one != other)
                }
                _ => false,
            }
        };
        topology.link_ids().filter(named).collect()
    }
}

/// What an action is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// `server-1`, `server-*`, `*`.
    Node,
    /// `client-1>server-*`, `*`.
    Link,
    /// `peer-1,peer-2|peer-3`.
    Groups,
    /// A node or nothing.
    OptionalNode,
    /// A node, a link, groups or `*`.
    Any,
    /// A knob, as `key=value`.
    Knob,
    /// Nothing in particular.
    Nothing,
}

/// The value an action takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// None.
    Nothing,
    /// `x8`, from x0.01 to x1000.
    Factor,
    /// `20%`, from 0 % to 100 %.
    Ratio,
    /// `+200ms`.
    Delay,
    /// A whole number; may be left out.
    Number,
}

/// One word of the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionWord {
    /// As in scripts.
    pub name: &'static str,
    /// What it is done to.
    pub target: TargetKind,
    /// The kinds of nodes that know it, of a pattern's own word.
    pub at: &'static [&'static str],
    /// The value it takes.
    pub value: ValueKind,
    /// Whether it can end by itself: `for DURATION`.
    pub lasts: bool,
    /// How it is written.
    pub usage: &'static str,
    /// What it does, in one sentence.
    pub help: &'static str,
}

impl ActionWord {
    /// A word of a pattern's own: done to nodes of these kinds, at once.
    pub const fn own(
        name: &'static str,
        at: &'static [&'static str],
        usage: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            name,
            target: TargetKind::Node,
            at,
            value: ValueKind::Nothing,
            lasts: false,
            usage,
            help,
        }
    }

    /// Takes a number.
    #[must_use]
    pub const fn with_number(mut self) -> Self {
        self.value = ValueKind::Number;
        self
    }

    /// Whether it means anything at a node. Work begins in the first column.
    pub fn is_known_at(&self, node: &Node) -> bool {
        match self.target {
            TargetKind::OptionalNode => node.place.column == 0,
            _ => self.at.is_empty() || self.at.contains(&node.kind),
        }
    }
}
