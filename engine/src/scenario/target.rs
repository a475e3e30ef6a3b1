//! Names of nodes and links in text, read against a topology.

use super::actions::TargetKind;
use crate::kernel::settings::{clip, nearest};
use crate::kernel::{NodeSelector, Target, Topology};

/// Reads a target of the kind that an action takes.
pub fn parse_target(text: &str, kind: TargetKind, topology: &Topology) -> Result<Target, String> {
    let target = parse_any(text, topology)?;
    let fits = match (&target, kind) {
        (Target::None, TargetKind::Nothing | TargetKind::OptionalNode) => true,
        (Target::All, TargetKind::Node | TargetKind::Link) => true,
        (Target::Nodes(_), TargetKind::Node | TargetKind::OptionalNode) => true,
        (Target::Links(..), TargetKind::Link) | (Target::Groups(_), TargetKind::Groups) => true,
        (target, TargetKind::Any) => *target != Target::None,
        _ => false,
    };
    if fits {
        Ok(target)
    } else {
        Err(format!(
            "`{}` is not {}",
            clip(text),
            right_kind(kind, topology)
        ))
    }
}

/// What would have been right, with a name that is really there.
fn right_kind(kind: TargetKind, topology: &Topology) -> String {
    let node = topology.nodes().first().map_or("node-1", |node| &node.name);
    let link = topology
        .links()
        .first()
        .map_or("node-1>node-2", |link| &link.name);
    match kind {
        TargetKind::Node | TargetKind::OptionalNode => format!("a node, such as `{node}`"),
        TargetKind::Link => format!("a link, such as `{link}`"),
        TargetKind::Groups => "groups of nodes with `|` between them".to_owned(),
        _ => format!("a node, a link or `*`, such as `{node}` or `{link}`"),
    }
}

fn parse_any(text: &str, topology: &Topology) -> Result<Target, String> {
    if text.is_empty() {
        return Ok(Target::None);
    }
    if text == "*" {
        return Ok(Target::All);
    }
    if text.contains('|') {
        return parse_groups(text, topology);
    }
    let Some((from, to)) = text.split_once('>') else {
        return Ok(Target::Nodes(parse_selector(text, topology)?));
    };
    let target = Target::Links(
        parse_selector(from, topology)?,
        parse_selector(to, topology)?,
    );
    if target.links(topology).is_empty() {
        let near = nearest(text, topology.links().iter().map(|link| link.name.as_str()));
        return Err(format!(
            "`{}` is no link here; nearest is `{near}`",
            clip(text)
        ));
    }
    Ok(target)
}

fn parse_groups(text: &str, topology: &Topology) -> Result<Target, String> {
    let group = |names: &str| -> Result<Vec<NodeSelector>, String> {
        names
            .split(',')
            .map(|name| parse_selector(name, topology))
            .collect()
    };
    let target = Target::Groups(text.split('|').map(group).collect::<Result<_, _>>()?);
    if target.links(topology).is_empty() {
        return Err(format!(
            "`{}` parts nothing: no link joins these groups",
            clip(text)
        ));
    }
    Ok(target)
}

fn parse_selector(text: &str, topology: &Topology) -> Result<NodeSelector, String> {
    let refuse = || {
        let near = nearest(text, topology.nodes().iter().map(|node| node.name.as_str()));
        format!("`{}` is no node here; nearest is `{near}`", clip(text))
    };
    let (kind, number) = text.rsplit_once('-').ok_or_else(refuse)?;
    let number = match number {
        "*" => None,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(digits.parse().map_err(|_| refuse())?)
        }
        _ => return Err(refuse()),
    };
    let selector = NodeSelector {
        kind: kind.to_owned(),
        number,
    };
    let known = selector.nodes(topology).next().is_some();
    if known { Ok(selector) } else { Err(refuse()) }
}
