//! What a picture says of nodes and links besides their messages.

use crate::History;
use crate::format;
use crate::kernel::decimal::Number;
use crate::kernel::view::{NodeView, Tint};
use crate::kernel::{
    ActiveFault, Anchor, Fault, LinkCondition, LinkId, NodeId, NodeStatus, Sign, Tone, Topology,
    View,
};

/// One node at a glance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeBadge {
    /// How many workers it has.
    pub workers: u16,
    /// How many run.
    pub busy: u16,
    /// How much waits in it.
    pub queue: u32,
    /// How much may.
    pub queue_cap: u32,
    /// Flows it has open.
    pub open: u32,
    /// Mean share of busy workers since the start.
    pub utilisation: Option<u32>,
    /// What is wrong with it, as a class; empty if nothing is.
    pub trouble: &'static str,
    /// The same in words, or what it does.
    pub status: String,
    /// Whether that is more than a count of open flows.
    pub told: bool,
    /// How much it has of what matters, in percent.
    pub has: u8,
    /// The same at a glance.
    pub tint: Tint,
    /// What is in each row.
    pub rows: Vec<RowBadge>,
}

/// One row of a node at a glance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowBadge {
    /// What the pattern says of it.
    pub said: String,
    /// How that is.
    pub tone: Tone,
    /// How many cells it would show, had it the room.
    pub cells: usize,
}

/// One link at a glance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkBadge {
    /// Nothing gets through.
    pub cut: bool,
    /// What else is wrong with it; empty if nothing is.
    pub label: String,
    /// What the pattern says of it.
    pub sign: Option<(String, Tone)>,
}

/// The class of a tone; empty for the usual one.
pub fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    }
}

/// Every node's badge.
pub fn nodes(history: &History) -> Vec<NodeBadge> {
    let simulation = history.simulation();
    let mut view = View::default();
    simulation.view(&mut view);
    let world = simulation.world();
    let badge = |(index, seen): (usize, &NodeView)| {
        let node = NodeId(index as u16);
        let state = &world.nodes[index];
        let measured = history.measures().node(node, history.now());
        let busy = measured.busy_mean / f64::from(seen.workers.max(1));
        let back = back_in(world.faults.active(), node, history);
        let (trouble, status) = match state.status {
            NodeStatus::Crashed => ("down", format!("crashed{back}")),
            NodeStatus::Paused => ("paused", format!("paused{back}")),
            NodeStatus::Up if state.errors > 0.0 => (
                "faulty",
                format!("{} errors", format::percent(state.errors)),
            ),
            NodeStatus::Up if state.slow > 1.0 => {
                ("slow", format!("{}× slow", format::number(state.slow)))
            }
            NodeStatus::Up if seen.workers > 0 => {
                ("", format!("busy {} of {}", seen.busy, seen.workers))
            }
            NodeStatus::Up => ("", format!("{} open", seen.open)),
        };
        NodeBadge {
            workers: seen.workers,
            busy: seen.busy,
            queue: seen.queue,
            queue_cap: seen.queue_cap,
            open: seen.open,
            utilisation: (seen.workers > 0).then_some((busy * 100.0).round() as u32),
            told: !trouble.is_empty(),
            trouble,
            status,
            has: seen.has,
            tint: seen.tint,
            rows: Vec::new(),
        }
    };
    let mut badges: Vec<NodeBadge> = view.nodes.iter().enumerate().map(badge).collect();
    for sign in simulation.signs() {
        match sign.anchor {
            Anchor::Node(node) => say(&mut badges[node.index()], sign),
            Anchor::Row(node, row) => {
                let row = row_of(&mut badges[node.index()], row);
                (row.said, row.tone) = (sign.text, sign.tone);
            }
            Anchor::Link(_) | Anchor::Whole => {}
        }
    }
    for shelf in &view.shelves {
        let row = row_of(&mut badges[shelf.node.index()], shelf.row);
        row.cells = (shelf.room.max(shelf.end) - shelf.first) as usize;
    }
    badges
}

fn row_of(badge: &mut NodeBadge, row: u8) -> &mut RowBadge {
    let index = usize::from(row);
    let rows = &mut badge.rows;
    rows.resize(rows.len().max(index + 1), RowBadge::default());
    &mut rows[index]
}

/// What is wrong by the user's hand comes before what the pattern says.
fn say(badge: &mut NodeBadge, sign: Sign) {
    if badge.trouble.is_empty() {
        badge.trouble = match sign.tone {
            Tone::Plain | Tone::Good => "",
            Tone::Warn => "slow",
            Tone::Bad => "faulty",
        };
        (badge.status, badge.told) = (sign.text, true);
    }
}

/// What the pattern says of all nodes together.
pub fn headline(history: &History) -> String {
    let signs = history.simulation().signs();
    let whole = signs.into_iter().find(|it| it.anchor == Anchor::Whole);
    whole.map_or(String::new(), |it| it.text)
}

fn back_in(faults: &[ActiveFault], node: NodeId, history: &History) -> String {
    let until = faults
        .iter()
        .filter(|active| matches!(active.fault, Fault::Crash(on) | Fault::Pause(on) if on == node))
        .filter_map(|active| active.until)
        .max();
    until.map_or(String::new(), |until| {
        format!(
            ", back in {:.1} s",
            Number(until.since(history.now()).as_secs())
        )
    })
}

/// Every link's badge.
pub fn links(history: &History) -> Vec<LinkBadge> {
    let simulation = history.simulation();
    let links = &simulation.world().links;
    let mut badges: Vec<LinkBadge> = links.iter().map(link_badge).collect();
    for sign in simulation.signs() {
        if let Anchor::Link(link) = sign.anchor {
            badges[link.index()].sign = Some((sign.text, sign.tone));
        }
    }
    badges
}

fn link_badge(condition: &LinkCondition) -> LinkBadge {
    let mut words = Vec::new();
    let mut share = |share: f64, what: &str| {
        if share > 0.0 {
            words.push(format!("{} {what}", format::percent(share)));
        }
    };
    share(condition.loss, "lost");
    share(condition.duplicate, "twice");
    share(condition.reorder, "late");
    if condition.extra.0 > 0 {
        words.push(format!("+{}", format::span(condition.extra.as_secs())));
    }
    LinkBadge {
        cut: condition.cut,
        label: words.join(", "),
        sign: None,
    }
}

/// A link's name for people.
pub fn link_name(topology: &Topology, link: LinkId) -> String {
    let link = topology.link(link);
    format!(
        "{} → {}",
        topology.node(link.from).name,
        topology.node(link.to).name
    )
}

/// Something broken, and the intervention that mends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// In words.
    pub what: String,
    /// The rest of the time it lasts, if it ends by itself.
    pub left: Option<String>,
    /// As scripts write it.
    pub heal: String,
}

/// All that is broken now.
pub fn broken(history: &History) -> Vec<Broken> {
    let simulation = history.simulation();
    let topology = simulation.topology();
    let node = |id: &NodeId| topology.node(*id).name.clone();
    let link = |id: &LinkId| link_name(topology, *id);
    let share = |parts: &u32| format::percent(f64::from(*parts) / 1e6);
    let describe = |active: &ActiveFault| {
        let what = match &active.fault {
            Fault::Crash(on) => format!("{} crashed", node(on)),
            Fault::Pause(on) => format!("{} paused", node(on)),
            Fault::Slow(on, by) => {
                format!(
                    "{} {}× slow",
                    node(on),
                    format::number(f64::from(*by) / 1e3)
                )
            }
            Fault::Errors(on, parts) => format!("{} {} errors", node(on), share(parts)),
            Fault::Cut(on) => format!("{} cut", link(on)),
            Fault::Loss(on, parts) => format!("{} loses {}", link(on), share(parts)),
            Fault::Latency(on, extra) => {
                format!("{} +{}", link(on), format::span(extra.as_secs()))
            }
            Fault::Duplicate(on, parts) => format!("{} doubles {}", link(on), share(parts)),
            Fault::Reorder(on, parts) => format!("{} reorders {}", link(on), share(parts)),
            Fault::Partition(links) => format!("partition of {} links", links.len()),
            Fault::Surge(by) if *by == 1_000 => return None,
            Fault::Surge(by) => format!("surge ×{}", format::number(f64::from(*by) / 1e3)),
        };
        let left = active
            .until
            .map(|until| format!("{:.1} s", Number(until.since(history.now()).as_secs())));
        Some(Broken {
            what,
            left,
            heal: heal(&active.fault, topology),
        })
    };
    simulation
        .world()
        .faults
        .active()
        .iter()
        .filter_map(describe)
        .collect()
}

fn heal(fault: &Fault, topology: &Topology) -> String {
    let on_link = |id: &LinkId| format!("heal {}", topology.link(*id).name);
    match fault {
        Fault::Cut(on) | Fault::Loss(on, _) | Fault::Latency(on, _) => on_link(on),
        Fault::Duplicate(on, _) | Fault::Reorder(on, _) => on_link(on),
        Fault::Partition(links) => links.first().map_or("heal *".to_owned(), on_link),
        Fault::Surge(_) => "surge x1".to_owned(),
        node => node.node().map_or("heal *".to_owned(), |id| {
            format!("heal {}", topology.node(id).name)
        }),
    }
}
