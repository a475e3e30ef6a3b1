//! What follows from the faults in force and from the knobs that every pattern
//! has: conditions of nodes and links, and which faults an act means. Pure
//! functions; the simulation applies what they say.

use crate::fact::NodeStatus;
use crate::fault::{Fault, Faults};
use crate::intervention::Action;
use crate::model::World;
use crate::network::Latency;
use crate::settings::Settings;
use crate::time::Duration;
use crate::topology::{LinkId, NodeId};

/// Links of every pattern have these two knobs.
pub(super) fn latency_of(settings: &Settings) -> Latency {
    Latency {
        base: Duration::from_millis(settings.number("latency-ms")),
        jitter: Duration::from_millis(settings.number("latency-jitter-ms")),
    }
}

pub(super) fn condition_of(node: NodeId, faults: &Faults) -> (NodeStatus, f64, f64) {
    let (mut status, mut slow, mut errors) = (NodeStatus::Up, 1.0, 0.0);
    for active in faults
        .active()
        .iter()
        .filter(|active| active.fault.node() == Some(node))
    {
        match active.fault {
            Fault::Crash(_) => status = NodeStatus::Crashed,
            Fault::Pause(_) if status == NodeStatus::Up => status = NodeStatus::Paused,
            Fault::Slow(_, thousandths) => slow = f64::from(thousandths) / 1e3,
            Fault::Errors(_, parts) => errors = f64::from(parts) / 1e6,
            _ => {}
        }
    }
    (status, slow, errors)
}

pub(super) fn surge_of(faults: &Faults) -> f64 {
    let surge = |fault: &Fault| match fault {
        Fault::Surge(thousandths) => Some(f64::from(*thousandths) / 1e3),
        _ => None,
    };
    faults
        .active()
        .iter()
        .rev()
        .find_map(|active| surge(&active.fault))
        .unwrap_or(1.0)
}

pub(super) fn end_on(
    world: &mut World,
    everything: bool,
    nodes: &[NodeId],
    links: &[LinkId],
) -> Vec<u64> {
    let on = |fault: &Fault| {
        everything
            || fault.node().is_some_and(|node| nodes.contains(&node))
            || links.iter().any(|link| fault.is_on_link(*link))
    };
    let ended = world
        .faults
        .active()
        .iter()
        .filter(|active| on(&active.fault))
        .map(|active| active.id)
        .collect();
    world.faults.end_where(on);
    ended
}

/// Ratios and factors enter facts as integers.
fn parts(share: f64, scale: f64) -> u32 {
    (share * scale).round().clamp(0.0, f64::from(u32::MAX)) as u32
}

pub(super) fn faults_of(action: &Action, nodes: &[NodeId], links: &[LinkId]) -> Vec<Fault> {
    let on_nodes = |make: &dyn Fn(NodeId) -> Fault| nodes.iter().map(|node| make(*node)).collect();
    let on_links = |make: &dyn Fn(LinkId) -> Fault| links.iter().map(|link| make(*link)).collect();
    match action {
        Action::Crash => on_nodes(&Fault::Crash),
        Action::Pause => on_nodes(&Fault::Pause),
        Action::Slow(factor) => on_nodes(&|node| Fault::Slow(node, parts(*factor, 1e3))),
        Action::Errors(share) => on_nodes(&|node| Fault::Errors(node, parts(*share, 1e6))),
        Action::Cut => on_links(&Fault::Cut),
        Action::Loss(share) => on_links(&|link| Fault::Loss(link, parts(*share, 1e6))),
        Action::Latency(extra) => on_links(&|link| Fault::Latency(link, *extra)),
        Action::Duplicate(share) => on_links(&|link| Fault::Duplicate(link, parts(*share, 1e6))),
        Action::Reorder(share) => on_links(&|link| Fault::Reorder(link, parts(*share, 1e6))),
        Action::Partition => vec![Fault::Partition(links.to_vec())],
        Action::Surge(factor) => vec![Fault::Surge(parts(*factor, 1e3))],
        _ => Vec::new(),
    }
}
