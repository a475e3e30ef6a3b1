//! Peer-to-Peer: no coordinator; every peer is client and server. Peers talk,
//! gossip, find owners on a ring or share a file, and hold opinions of each
//! other. This file is what people read; the running part starts in `model`.

mod books;
mod codes;
mod gossip;
mod knobs;
mod membership;
mod model;
mod moves;
mod picture;
mod presets;
mod ring;
mod state;
mod swarm;
mod theory;
mod wire;

use super::{About, Pattern};
use crate::kernel::intervention::ActionWord;
use crate::kernel::{NodeId, Purpose, Random, Row, Settings, Topology};

/// Its entry in the catalog.
pub static PATTERN: Pattern = Pattern {
    slug: "peer-to-peer",
    title: "Peer-to-Peer",
    summary: "No coordinator: every peer is client and server; news spreads like a rumour; who is there is a matter of opinion.",
    about: About {
        what: "Peers keep copies of a few registers and tell each other of writes, ping each other and suspect who is silent, find owners of keys on a ring in few hops, or share a file in chunks.",
        when: "Many machines, none of which may be needed by all; membership, caches, configuration, distribution of files.",
        when_not: "You need one answer that all agree on now, or must know who is there.",
        not_modelled: &[
            "Everyone on the overlay can reach everyone else on it: no NAT, no addresses, no liars.",
            "Chord's places are evenly spaced; values behind keys are not stored or moved.",
            "Of two writes that did not know of each other the one with the greater stamp holds, the other is gone.",
            "Uploads take turns at full rate instead of sharing it.",
        ],
    },
    knobs: knobs::KNOBS,
    presets: presets::PRESETS,
    story: presets::STORY,
    speed: 0.15,
    outcomes: &[
        "done",
        "timed out",
        "error",
        "peer gone",
        "died out",
        "overtaken",
        "overflow",
    ],
    discards: &[],
    notes: &[
        "learnt",
        "suspected",
        "confirmed",
        "refuted",
        "left",
        "joined",
        "complete",
        "answered",
    ],
    input: None,
    topology,
    model: model::new,
    theory: theory::theory,
};

static WORDS: &[ActionWord] = &[
    ActionWord::own("leave", "leave peer-3", "Says goodbye and goes."),
    ActionWord::own("join", "join peer-3", "Comes back, and finds its way in."),
];

fn topology(settings: &Settings) -> Topology {
    let mut topology = Topology::default();
    (topology.words, topology.ring) = (WORDS, true);
    let peers = topology.add_column("peer", 0, settings.number("peers") as u16);
    for peer in &peers {
        topology.furnish(*peer, [Row::Line]);
    }
    // On the ring of lookups anybody can follow anybody.
    let overlay = match settings.choice("mode") {
        "lookup" => "mesh",
        _ => settings.choice("overlay"),
    };
    let size = peers.len();
    let mut pairs: Vec<(NodeId, NodeId)> = Vec::new();
    for one in 0..size {
        let mut add = |other: usize| {
            let (low, high) = (one.min(other), one.max(other));
            pairs.push((peers[low], peers[high]));
        };
        match overlay {
            "mesh" => (one + 1..size).for_each(add),
            "ring" => add((one + 1) % size),
            "chord" => {
                let steps = (0..usize::BITS).map(|bit| 1 << bit);
                steps
                    .take_while(|step| *step < size)
                    .for_each(|step| add((one + step) % size));
            }
            _ => {
                // The same for every seed: an overlay is a setting.
                let key = (one as u64, size as u64);
                let mut draws = Random::new(0).keyed(Purpose::named("overlay"), key.0, key.1);
                for _ in 0..settings.number("degree") as usize {
                    let step = 1 + (draws.uniform() * (size - 1) as f64) as usize;
                    add((one + step) % size);
                }
            }
        }
    }
    let ends = |(one, other): &(NodeId, NodeId)| u64::from(one.0) << 16 | u64::from(other.0);
    crate::kernel::order::sort_by_key(&mut pairs, ends);
    pairs.dedup();
    topology.connect_all(&pairs);
    topology
}
