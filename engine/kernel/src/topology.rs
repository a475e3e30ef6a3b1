//! Who can talk to whom: named nodes in grid cells and directed links.

use crate::intervention::ActionWord;
use crate::order;

/// Index of a node in its topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u16);

/// Index of a link in its topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u32);

impl NodeId {
    /// As an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl LinkId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A cell of the picture's grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From the left, 0-based.
    pub column: u8,
    /// From the top within the column, 0-based.
    pub row: u16,
}

/// What a node's card has below its name, from top to bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Messages in one line of numbered cells, the latest at the right, with
    /// pointers below: a log. `most` is how many the pattern would like to show.
    Cells {
        /// Before the cells; short.
        label: String,
        /// At least 1.
        most: u16,
    },
    /// Messages in as many lines of cells as needed: a batch that fills.
    Grid {
        /// Above the cells; a sign stands at the right of it.
        label: String,
        /// At least 1.
        most: u16,
    },
    /// A bar that fills; its value is a sign.
    Gauge {
        /// What it measures.
        label: String,
    },
    /// A line of text; what it says is a sign.
    Line,
}

/// What a node is, at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Figure {
    /// Somebody who asks.
    #[default]
    Client,
    /// Somewhere that data comes from.
    Source,
    /// A machine that does work.
    Server,
    /// What all that comes in passes through.
    Gateway,
    /// A log, or what keeps logs.
    Log,
    /// What is filled and emptied.
    Buffer,
    /// What keeps data.
    Store,
    /// What is read from elsewhere and kept to be asked.
    Table,
    /// Where goes what cannot go on.
    Bin,
    /// Who tells others what to do.
    Conductor,
}

/// A participant.
#[derive(Clone, Debug)]
pub struct Node {
    /// `client`, `server`, ...: the part of the name before the number.
    pub kind: &'static str,
    /// From 1 within its kind.
    pub number: u16,
    /// `kind-number`.
    pub name: String,
    /// What it is.
    pub figure: Figure,
    /// Where it stands.
    pub place: Place,
    /// What its card has besides name, queue and workers.
    pub rows: Vec<Row>,
}

/// A directed connection.
#[derive(Clone, Debug)]
pub struct Link {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// `from>to`.
    pub name: String,
}

/// Nodes and links of one run; fixed while it lasts.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    nodes: Vec<Node>,
    links: Vec<Link>,
    /// Ends of links as one number, and their indexes; in order.
    by_ends: Vec<(u64, usize)>,
    /// What can be done to it besides what every pattern knows.
    pub words: &'static [ActionWord],
    /// Its nodes stand around a ring, in the order of their ids, instead of in columns.
    pub ring: bool,
    /// Its columns are bands from top to bottom, in wide pictures too: for what
    /// is about something long.
    pub top_down: bool,
    /// Its picture has a second one: event time against processing time.
    pub event_time: bool,
}

fn key_of(from: NodeId, to: NodeId) -> u64 {
    u64::from(from.0) << 16 | u64::from(to.0)
}

impl Topology {
    /// Adds `count` nodes of one kind at the bottom of a column and returns
    /// their ids; their numbers go on from those of their kind.
    pub fn add_column(&mut self, kind: &'static str, column: u8, count: u16) -> Vec<NodeId> {
        let so_far = |here: &dyn Fn(&Node) -> bool| {
            self.nodes.iter().filter(|node| here(node)).count() as u16
        };
        let first_row = so_far(&|node| node.place.column == column);
        let first_number = so_far(&|node| node.kind == kind) + 1;
        let mut ids = Vec::with_capacity(usize::from(count));
        for index in 0..count {
            ids.push(NodeId(self.nodes.len() as u16));
            let number = first_number + index;
            self.nodes.push(Node {
                kind,
                number,
                name: format!("{kind}-{number}"),
                figure: Figure::default(),
                place: Place {
                    column,
                    row: first_row + index,
                },
                rows: Vec::new(),
            });
        }
        ids
    }

    /// Says what nodes are; without it they are clients.
    pub fn draw_as(&mut self, figure: Figure, nodes: &[NodeId]) {
        for node in nodes {
            self.nodes[node.index()].figure = figure;
        }
    }

    /// Adds rows to a node's card, below those it has.
    pub fn furnish(&mut self, node: NodeId, rows: impl IntoIterator<Item = Row>) {
        self.nodes[node.index()].rows.extend(rows);
    }

    /// Adds a link there and one back.
    pub fn connect(&mut self, one: NodeId, other: NodeId) {
        for (from, to) in [(one, other), (other, one)] {
            let entry = self.add_link(from, to);
            let place = self.by_ends.partition_point(|it| *it < entry);
            self.by_ends.insert(place, entry);
        }
    }

    /// The same for each of many pairs, sorted once.
    pub fn connect_all(&mut self, pairs: &[(NodeId, NodeId)]) {
        for (one, other) in pairs {
            for (from, to) in [(*one, *other), (*other, *one)] {
                let entry = self.add_link(from, to);
                self.by_ends.push(entry);
            }
        }
        self.by_ends = order::sorted(std::mem::take(&mut self.by_ends));
    }

    fn add_link(&mut self, from: NodeId, to: NodeId) -> (u64, usize) {
        let name = format!("{}>{}", self.node(from).name, self.node(to).name);
        self.links.push(Link { from, to, name });
        (key_of(from, to), self.links.len() - 1)
    }

    /// All nodes, in order of their ids.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All links, in order of their ids.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The node with this id, which must be of this topology.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The link with this id, which must be of this topology.
    pub fn link(&self, id: LinkId) -> &Link {
        &self.links[id.index()]
    }

    /// The link from one node to another, if there is one.
    pub fn between(&self, from: NodeId, to: NodeId) -> Option<LinkId> {
        let key = key_of(from, to);
        let place = self.by_ends.binary_search_by_key(&key, |it| it.0).ok()?;
        Some(LinkId(self.by_ends[place].1 as u32))
    }

    /// The link in the other direction.
    pub fn reverse(&self, link: LinkId) -> Option<LinkId> {
        let Link { from, to, .. } = self.link(link);
        self.between(*to, *from)
    }

    /// All node ids.
    pub fn node_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u16).map(NodeId)
    }

    /// All link ids.
    pub fn link_ids(&self) -> impl Iterator<Item = LinkId> + use<> {
        (0..self.links.len() as u32).map(LinkId)
    }

    /// The node of this name.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        let index = self.nodes.iter().position(|node| node.name == name)?;
        Some(NodeId(index as u16))
    }
}
