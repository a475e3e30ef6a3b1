//! The vocabulary of interventions: one table that the script's reader, the
//! command line's `describe` and the page's menus share. A pattern's own words
//! stand in its topology.

use crate::kernel::Topology;
pub use crate::kernel::intervention::{ActionWord, TargetKind, ValueKind};

const fn lasting(
    name: &'static str,
    target: TargetKind,
    value: ValueKind,
    usage: &'static str,
    help: &'static str,
) -> ActionWord {
    ActionWord {
        name,
        target,
        at: &[],
        value,
        lasts: true,
        usage,
        help,
    }
}

const fn instant(
    name: &'static str,
    target: TargetKind,
    usage: &'static str,
    help: &'static str,
) -> ActionWord {
    ActionWord {
        name,
        target,
        at: &[],
        value: ValueKind::Nothing,
        lasts: false,
        usage,
        help,
    }
}

/// Every action that every pattern knows.
pub static ACTIONS: &[ActionWord] = &[
    lasting(
        "crash",
        TargetKind::Node,
        ValueKind::Nothing,
        "crash NODE [for DURATION]",
        "Down, volatile state lost; the end restarts it.",
    ),
    lasting(
        "pause",
        TargetKind::Node,
        ValueKind::Nothing,
        "pause NODE [for DURATION]",
        "Stops the world in it; what comes waits.",
    ),
    lasting(
        "slow",
        TargetKind::Node,
        ValueKind::Factor,
        "slow NODE x8 [for DURATION]",
        "Its work takes this many times as long.",
    ),
    lasting(
        "errors",
        TargetKind::Node,
        ValueKind::Ratio,
        "errors NODE 30% [for DURATION]",
        "This share of its work fails.",
    ),
    lasting(
        "cut",
        TargetKind::Link,
        ValueKind::Nothing,
        "cut FROM>TO [for DURATION]",
        "Nothing gets through; what travels is lost.",
    ),
    lasting(
        "loss",
        TargetKind::Link,
        ValueKind::Ratio,
        "loss FROM>TO 20% [for DURATION]",
        "This share of messages is lost.",
    ),
    lasting(
        "latency",
        TargetKind::Link,
        ValueKind::Delay,
        "latency FROM>TO +200ms [for DURATION]",
        "Messages travel longer.",
    ),
    lasting(
        "duplicate",
        TargetKind::Link,
        ValueKind::Ratio,
        "duplicate FROM>TO 10% [for DURATION]",
        "This share of messages arrives twice.",
    ),
    lasting(
        "reorder",
        TargetKind::Link,
        ValueKind::Ratio,
        "reorder FROM>TO 25% [for DURATION]",
        "This share of messages is overtaken.",
    ),
    lasting(
        "partition",
        TargetKind::Groups,
        ValueKind::Nothing,
        "partition NODE,NODE|NODE,NODE [for DURATION]",
        "Cuts every link between the groups.",
    ),
    lasting(
        "surge",
        TargetKind::Nothing,
        ValueKind::Factor,
        "surge x5 [for DURATION]",
        "Multiplies the traffic.",
    ),
    instant(
        "send",
        TargetKind::OptionalNode,
        "send [NODE]",
        "Sends one message by hand.",
    ),
    instant(
        "poison",
        TargetKind::OptionalNode,
        "poison [NODE]",
        "Sends one message that cannot be processed.",
    ),
    instant(
        "heal",
        TargetKind::Any,
        "heal NODE|FROM>TO|*",
        "Ends the faults on it.",
    ),
    instant("set", TargetKind::Knob, "set KEY=VALUE", "Turns a knob."),
];

/// Every action that can be done in a topology, the pattern's own last.
pub fn actions_of(topology: &Topology) -> impl Iterator<Item = &'static ActionWord> + use<> {
    ACTIONS.iter().chain(topology.words)
}
