//! What a picture is told of a model: what stands, waits and runs in the nodes.
//! It says what is so; where it is drawn is the business of `scene`.

use crate::message::{FlowId, Hue, Marks, MessageId, Role};
use crate::time::Instant;
use crate::topology::{LinkId, NodeId};

/// A message as it stands in a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The message that brought the work.
    pub message: MessageId,
    /// Its flow.
    pub flow: FlowId,
    /// Its shape.
    pub role: Role,
    /// Its colour.
    pub hue: Hue,
    /// Its outline.
    pub marks: Marks,
}

/// Work that waits in a node's queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    /// Where.
    pub node: NodeId,
    /// What.
    pub token: Token,
    /// Whether anybody still waits for it.
    pub wanted: bool,
}

/// Work that runs on a worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Running {
    /// Where.
    pub node: NodeId,
    /// On which worker.
    pub worker: u16,
    /// What.
    pub token: Token,
    /// When it began.
    pub since: Instant,
    /// How much of it is done, 0 to 1.
    pub done: f64,
    /// Whether anybody still waits for it.
    pub wanted: bool,
}

/// A row of cells (see `Row::Cells`): which places of it exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// Where.
    pub node: NodeId,
    /// The node's row.
    pub row: u8,
    /// The first place that still exists.
    pub first: u64,
    /// The place after the last that is filled. If there are more than fit,
    /// the last ones show.
    pub end: u64,
    /// Empty places show up to this one.
    pub room: u64,
}

/// A message in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Where.
    pub node: NodeId,
    /// The node's row.
    pub row: u8,
    /// Its place: an offset in a log, a number in a batch.
    pub place: u64,
    /// What.
    pub token: Token,
    /// Drawn full; otherwise as an outline (done, expired, not wanted).
    pub wanted: bool,
}

/// A name of at most 24 bytes; a longer one is cut. It is copied, so that a
/// frame needs no memory for names that the user chose.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ShortName {
    length: u8,
    bytes: [u8; 24],
}

impl From<&str> for ShortName {
    fn from(text: &str) -> Self {
        let mut bytes = [0; 24];
        let end = text.floor_char_boundary(bytes.len());
        bytes[..end].copy_from_slice(&text.as_bytes()[..end]);
        let length = end as u8;
        Self { length, bytes }
    }
}

impl std::ops::Deref for ShortName {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl std::fmt::Debug for ShortName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

/// A mark under a row of cells: how far somebody has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pointer {
    /// Where.
    pub node: NodeId,
    /// The node's row.
    pub row: u8,
    /// Stands before this place.
    pub place: u64,
    /// Whose it is.
    pub label: ShortName,
    /// Its colour.
    pub hue: Hue,
}

/// How full a gauge is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Where.
    pub node: NodeId,
    /// The node's row.
    pub row: u8,
    /// 0 to 1.
    pub share: f32,
    /// How it is.
    pub tone: Tone,
}

/// A step of a workflow, drawn apart from the nodes: a graph that flows go
/// through. Its number is its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub name: ShortName,
    /// From the left: steps lie to the right of all that come before.
    pub column: u8,
    /// From the top; 0 is the main line.
    pub lane: u8,
    /// Bits: the steps that arrows lead to.
    pub after: u16,
    /// How many flows stand here, shown or not.
    pub flows: u32,
}

/// A flow at a step; its role tells whether it goes forward or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtStep {
    /// Which.
    pub step: u8,
    /// What.
    pub token: Token,
}

/// An element of a stream, drawn apart from the nodes: when it happened against
/// when it was worked on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Happening {
    /// Its flow.
    pub flow: FlowId,
    /// Processing time.
    pub at: Instant,
    /// Event time.
    pub event_ms: i64,
    /// What it adds.
    pub value: i64,
    /// Of its key.
    pub hue: Hue,
    /// It counts; otherwise it came too late, or could not be read.
    pub counted: bool,
}

/// A window of event time, all keys together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its start, in event time.
    pub start_ms: i64,
    /// Its end.
    pub end_ms: i64,
    /// What it has come to: what was told of it, or else what it holds.
    pub value: i64,
    /// Whether any of it was told.
    pub is_told: bool,
}

/// A pane of a window of event time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Firing {
    /// Processing time.
    pub at: Instant,
    /// The window's start and end, in event time.
    pub span_ms: (i64, i64),
    /// What it says.
    pub value: i64,
    /// Of its key.
    pub hue: Hue,
}

/// How strongly a disc is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tint {
    /// Not at all.
    #[default]
    None,
    /// It has what matters, and rests.
    Soft,
    /// It has what matters, and passes it on.
    Full,
}

/// Counts a node shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeView {
    /// How many workers it has; zero for nodes without.
    pub workers: u16,
    /// How many run.
    pub busy: u16,
    /// How much waits in it.
    pub queue: u32,
    /// How much may wait in it; zero for nodes without a queue.
    pub queue_cap: u32,
    /// Flows it has open.
    pub open: u32,
    /// How much it has of what matters, in percent; drawn around discs.
    pub has: u8,
    /// The same at a glance.
    pub tint: Tint,
}

/// What is true inside the nodes now. Reused from frame to frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The present.
    pub now: Instant,
    /// One a node.
    pub nodes: Vec<NodeView>,
    /// In the order of each queue.
    pub waiting: Vec<Waiting>,
    /// In the order of workers.
    pub running: Vec<Running>,
    /// At most one a row of cells.
    pub shelves: Vec<Shelf>,
    /// In cells; those out of sight may be left out.
    pub standing: Vec<Standing>,
    /// Under cells.
    pub pointers: Vec<Pointer>,
    /// At most one a gauge.
    pub readings: Vec<Reading>,
    /// A workflow's graph; empty for patterns without.
    pub steps: Vec<Step>,
    /// Flows in it; those out of sight may be left out.
    pub at_steps: Vec<AtStep>,
    /// Of a stream, the latest last; empty for patterns without event time.
    pub happenings: Vec<Happening>,
    /// Windows, the latest last.
    pub windows: Vec<Stretch>,
    /// The panes of late.
    pub firings: Vec<Firing>,
    /// How the watermark has moved: processing time and event time.
    pub watermarks: Vec<(Instant, i64)>,
}

impl View {
    /// Empties it for `nodes` nodes, keeping its memory.
    pub fn clear(&mut self, nodes: usize, now: Instant) {
        self.now = now;
        self.nodes.clear();
        self.nodes.resize(nodes, NodeView::default());
        self.waiting.clear();
        self.running.clear();
        self.shelves.clear();
        self.standing.clear();
        self.pointers.clear();
        self.readings.clear();
        self.steps.clear();
        self.at_steps.clear();
        self.happenings.clear();
        self.windows.clear();
        self.firings.clear();
        self.watermarks.clear();
    }
}

/// How something is; a colour, which never says it alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As usual.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Broken, refused, lost.
    Bad,
}

/// Where a sign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Beside a node's name, in place of its usual state.
    Node(NodeId),
    /// In a row of a node's card: the value of a gauge, the text of a line,
    /// what is to be said of a row of cells.
    Row(NodeId, u8),
    /// On a link.
    Link(LinkId),
    /// In a corner of a ring: what is true of all nodes together.
    Whole,
}

/// A few words in the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Where.
    pub anchor: Anchor,
    /// What; short.
    pub text: String,
    /// How that is.
    pub tone: Tone,
}
