//! What the picture shows: how each peer stands, whom it suspects, what it has.

use super::knobs::Mode;
use super::state::*;
use crate::kernel::decimal::Number;
use crate::kernel::view::{NodeView, Running, Tint, Token, Waiting};
use crate::kernel::{Anchor, Hue, Level, Marks, Message, Role, Sign, Tone, View};
use std::fmt::Write;

/// Work shown at all nodes together; meters count all.
const SHOWN: usize = 256;

/// Registers are called so.
const NAMES: [char; KEYS] = ['x', 'y', 'z', 'w'];

impl PeerToPeer {
    /// See `Model::view`.
    pub fn fill(&self, view: &mut View) {
        for (_, flow) in self.flows.iter() {
            view.nodes[usize::from(flow.peer)].open += 1;
        }
        for (index, peer) in self.peers.iter().enumerate() {
            let shown = &mut view.nodes[index];
            let hot = peer.cells.iter().filter(|cell| cell.interest.is_hot());
            shown.queue += hot.count() as u32;
            (shown.has, shown.tint) = self.possession(index as u16);
        }
        for asked in &self.asks {
            let token = Token {
                message: asked.cause,
                flow: asked.flow,
                role: Role::Record,
                hue: Hue::of(usize::from(asked.chunk)),
                marks: Marks::default(),
            };
            let (node, wanted) = (node(asked.of), true);
            let shown: &mut NodeView = &mut view.nodes[node.index()];
            if asked.running {
                (shown.workers, shown.busy) = (1, 1);
                let takes = self.parameters.upload[usize::from(asked.of != 0)];
                let gone = view.now.since(asked.since).0 as f64;
                view.running.push(Running {
                    node,
                    worker: 0,
                    token,
                    since: asked.since,
                    done: gone / takes.0.max(1) as f64,
                    wanted,
                });
            } else {
                shown.queue += 1;
                if view.waiting.len() < SHOWN {
                    view.waiting.push(Waiting {
                        node,
                        token,
                        wanted,
                    });
                }
            }
        }
    }

    /// What is charted: who knows the newest write, how much of the file is
    /// there, or how many are.
    pub fn standing_of_all(&self) -> Level {
        let live = self.peers.iter().filter(|peer| peer.live);
        let (title, unit, value) = match self.parameters.mode {
            Mode::Gossip => {
                let [_, infected, removed, _] = self.rumours[self.latest].count;
                ("Know the newest", "peers", f64::from(infected + removed))
            }
            Mode::Swarm => {
                let all = self.parameters.whole.count_ones() as usize * self.peers.len();
                let held: u32 = live.map(|peer| peer.chunks.count_ones()).sum();
                ("Chunks held", "%", 100.0 * f64::from(held) / all as f64)
            }
            Mode::Direct | Mode::Lookup => ("Peers here", "", live.count() as f64),
        };
        Level { title, unit, value }
    }

    /// How much a peer has of what it is all about, in percent: the newest
    /// write, or the file.
    fn possession(&self, index: u16) -> (u8, Tint) {
        let peer = &self.peers[usize::from(index)];
        match self.parameters.mode {
            _ if !peer.live => (0, Tint::None),
            Mode::Gossip if self.rumours[self.latest].stamp != 0 => {
                match self.class(index, self.latest) {
                    0 => (0, Tint::None),
                    1 => (100, Tint::Full),
                    _ => (100, Tint::Soft),
                }
            }
            Mode::Swarm => {
                let (have, all) = (peer.chunks, self.parameters.whole);
                let tint = if have == all { Tint::Full } else { Tint::None };
                let percent = 100 * have.count_ones() / all.count_ones().max(1);
                (percent as u8, tint)
            }
            _ => (0, Tint::None),
        }
    }

    /// See `Model::signs`.
    pub fn say(&self, signs: &mut Vec<Sign>) {
        let mut add = |anchor, (text, tone): (String, Tone)| {
            if !text.is_empty() {
                signs.push(Sign { anchor, text, tone });
            }
        };
        add(Anchor::Whole, (self.summary(), Tone::Plain));
        for (index, peer) in self.peers.iter().enumerate() {
            let node = node(index as u16);
            add(Anchor::Node(node), self.standing(index as u16));
            let mut text = String::new();
            let mut tone = Tone::Plain;
            if peer.suspects > 0 && peer.live {
                let _ = write!(text, "suspects {}", peer.suspects);
                tone = Tone::Warn;
            } else if peer.dead > 0 && peer.live {
                let _ = write!(text, "{} dead to it", peer.dead);
                tone = Tone::Bad;
            } else {
                self.holding(index as u16, &mut text);
            }
            add(Anchor::Row(node, 0), (text, tone));
        }
    }

    /// What is true of all peers together.
    fn summary(&self) -> String {
        let live = self.peers.iter().filter(|peer| peer.live);
        let count = live.clone().count();
        match self.parameters.mode {
            Mode::Gossip => {
                let [_, infected, removed, _] = self.rumours[self.latest].count;
                match self.rumours[self.latest].stamp {
                    0 => format!("{count} peers, nothing new"),
                    stamp => format!(
                        "{} of {count} know {}{}",
                        infected + removed,
                        NAMES[self.latest],
                        counter_of(stamp)
                    ),
                }
            }
            Mode::Lookup if self.tally.lookups > 0 => {
                let mean = self.tally.hops as f64 / self.tally.lookups as f64;
                format!("{:.1} hops a lookup, of {count} peers", Number(mean))
            }
            Mode::Swarm => {
                let whole = |peer: &&Peer| peer.chunks == self.parameters.whole;
                let complete = live.filter(whole).count();
                format!("{complete} of {count} have the whole file")
            }
            _ => format!("{count} peers"),
        }
    }

    /// How many live peers suspect one, and how many have given it up.
    fn reputation(&self, index: u16) -> (usize, usize) {
        let mut count = (0, 0);
        for by in (0..self.peers.len() as u16).filter(|by| self.peers[usize::from(*by)].live) {
            match self.opinion(by, index) & 3 {
                SUSPECT => count.0 += 1,
                DEAD => count.1 += 1,
                _ => {}
            }
        }
        count
    }

    /// What is to be said of a peer: what others hold of it comes first.
    fn standing(&self, index: u16) -> (String, Tone) {
        let peer = &self.peers[usize::from(index)];
        let plain = |text: String| (text, Tone::Plain);
        if peer.away {
            return ("left".to_owned(), Tone::Bad);
        }
        match self.reputation(index) {
            (_, dead) if dead > 0 => return (format!("dead to {dead}"), Tone::Bad),
            (suspected, _) if suspected > 0 => {
                return (format!("suspected by {suspected}"), Tone::Warn);
            }
            _ => {}
        }
        match self.parameters.mode {
            Mode::Lookup if !peer.joined => ("joins".to_owned(), Tone::Warn),
            Mode::Lookup => {
                let next = peer.successors[0];
                let right = self.peers[usize::from(next)].live;
                let tone = if right { Tone::Plain } else { Tone::Warn };
                (format!("next {}", next + 1), tone)
            }
            Mode::Swarm => {
                let (have, all) = (peer.chunks, self.parameters.whole);
                plain(format!("{}/{}", have.count_ones(), all.count_ones()))
            }
            _ => plain(String::new()),
        }
    }

    fn holding(&self, index: u16, text: &mut String) {
        let peer = &self.peers[usize::from(index)];
        match self.parameters.mode {
            Mode::Gossip => {
                for (key, cell) in peer.cells.iter().enumerate() {
                    let (counter, origin) = (counter_of(cell.stamp), origin_of(cell.stamp) + 1);
                    if counter > 0 && text.len() < 18 {
                        let space = if text.is_empty() { "" } else { " " };
                        let _ = write!(text, "{space}{}{counter} by {origin}", NAMES[key]);
                    }
                }
            }
            Mode::Lookup if peer.predecessor != NOBODY => {
                let _ = write!(text, "before it {}", peer.predecessor + 1);
            }
            Mode::Swarm => {
                let given = peer.uploads;
                let _ = write!(text, "gave {given}");
            }
            _ => {}
        }
    }

    /// See `Model::describe`.
    pub fn tell_of(&self, message: &Message, text: &mut String) {
        let copy = u64::from(message.marks.duplicate);
        let Some(cargo) = self.cargo.get(message.id.0.get() - 1 - copy) else {
            return;
        };
        let what = what_of(message.tag);
        let first = part(cargo[0], 0);
        let _ = match what {
            RUMOUR | TOLD | COMPARE | MEND => {
                for (key, stamp) in cargo.iter().enumerate().filter(|(_, it)| **it != 0) {
                    let space = if text.is_empty() { "" } else { " " };
                    let _ = write!(text, "{space}{}{}", NAMES[key], counter_of(*stamp));
                }
                if text.is_empty() {
                    text.push_str("nothing newer");
                }
                return;
            }
            FEEDBACK => {
                let needed = cargo.iter().any(|it| it >> 63 == 1);
                text.push_str(if needed { "news" } else { "known" });
                return;
            }
            PING => write!(text, "ping"),
            PING_FOR_ME => write!(text, "ping {} for me", first + 1),
            ACK => write!(text, "{} is there", first + 1),
            FIND => write!(text, "who owns {first}? hop {}", part(cargo[0], 2)),
            FOUND => write!(text, "peer-{} owns {first}", part(cargo[1], 0) + 1),
            HAVE => write!(text, "has {} chunks", cargo[0].count_ones()),
            ASK => write!(text, "chunk {}?", first + 1),
            PIECE => write!(text, "chunk {}", first + 1),
            _ => write!(text, "{}", WORDS[usize::from(what)]),
        };
    }
}

/// What other messages say.
const WORDS: [&str; 21] = [
    "",
    "",
    "what is new?",
    "",
    "",
    "",
    "",
    "",
    "leaves",
    "request",
    "response",
    "",
    "",
    "failed",
    "who is before you?",
    "my neighbours",
    "I am before you",
    "",
    "",
    "",
    "",
];
