//! What the picture shows: how each peer stands, whom it suspects, what it has.

use super::gossip::hue_of;
use super::knobs::Mode;
use super::state::*;
use crate::kernel::view::{NodeView, Running, Token, Waiting};
use crate::kernel::{Anchor, Hue, Marks, Message, MessageId, Role, Sign, Tone, View};
use std::fmt::Write;

/// Work shown at all nodes together; meters count all.
const SHOWN: usize = 256;

/// The first message: what stands for one that was never sent.
const NO_MESSAGE: MessageId = MessageId(std::num::NonZeroU64::MIN);

/// Registers are called so.
const NAMES: [char; KEYS] = ['x', 'y', 'z', 'w'];

impl PeerToPeer {
    /// See `Model::view`.
    pub fn fill(&self, view: &mut View) {
        for (_, flow) in self.flows.iter() {
            view.nodes[usize::from(flow.peer)].open += 1;
        }
        for (index, peer) in self.peers.iter().enumerate() {
            let node = node(index as u16);
            let hot = |key: &usize| peer.cells[*key].interest.is_hot();
            for key in (0..KEYS).filter(hot) {
                view.nodes[index].queue += 1;
                if view.waiting.len() < SHOWN {
                    let token = Token {
                        message: NO_MESSAGE,
                        flow: self.rumours[key].flow,
                        role: Role::Event,
                        hue: hue_of(key, peer.cells[key].stamp),
                        marks: Marks::default(),
                    };
                    let wanted = peer.cells[key].stamp == self.rumours[key].stamp;
                    view.waiting.push(Waiting {
                        node,
                        token,
                        wanted,
                    });
                }
            }
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

    /// See `Model::signs`.
    pub fn say(&self, signs: &mut Vec<Sign>) {
        for (index, peer) in self.peers.iter().enumerate() {
            let node = node(index as u16);
            let (text, tone) = self.standing(index as u16);
            let anchor = Anchor::Node(node);
            if !text.is_empty() {
                signs.push(Sign { anchor, text, tone });
            }
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
            let anchor = Anchor::Row(node, 0);
            if !text.is_empty() {
                signs.push(Sign { anchor, text, tone });
            }
        }
    }

    fn standing(&self, index: u16) -> (String, Tone) {
        let peer = &self.peers[usize::from(index)];
        let word = |text: &str, tone| (text.to_owned(), tone);
        match self.parameters.mode {
            _ if peer.away => word("left", Tone::Bad),
            _ if !peer.live => word("", Tone::Bad),
            Mode::Gossip if self.rumours[self.latest].stamp == 0 => word("", Tone::Plain),
            Mode::Gossip => match self.class(index, self.latest) {
                0 => word("susceptible", Tone::Plain),
                1 => word("infected", Tone::Warn),
                _ => word("removed", Tone::Good),
            },
            Mode::Lookup if !peer.joined => word("joins", Tone::Warn),
            Mode::Lookup => {
                let next = peer.successors[0];
                let right = self.peers[usize::from(next)].live;
                let tone = if right { Tone::Plain } else { Tone::Warn };
                (format!("next {}", next + 1), tone)
            }
            Mode::Swarm => {
                let (have, all) = (peer.chunks, self.parameters.whole);
                let tone = if have == all { Tone::Good } else { Tone::Plain };
                (format!("{}/{}", have.count_ones(), all.count_ones()), tone)
            }
            Mode::Direct => word("", Tone::Plain),
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
                    let (counter, origin) = (counter_of(*stamp), origin_of(*stamp) + 1);
                    let _ = write!(text, "{}{counter} by peer-{origin} ", NAMES[key]);
                }
                if text.is_empty() {
                    text.push_str("nothing newer");
                }
                return;
            }
            FEEDBACK => {
                let needed = cargo.iter().any(|it| it >> 63 == 1);
                text.push_str(if needed {
                    "was news"
                } else {
                    "knew it already"
                });
                return;
            }
            PING => write!(text, "are you there?"),
            PING_FOR_ME => write!(text, "ping peer-{} for me", first + 1),
            ACK => write!(text, "peer-{} is there", first + 1),
            FIND => write!(text, "who owns {first}? {} hops", part(cargo[0], 2)),
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
