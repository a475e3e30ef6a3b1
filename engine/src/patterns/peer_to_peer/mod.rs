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
use crate::kernel::{NodeId, Purpose, Random, Row, Settings, Topology, order};

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
            "Peers of a swarm check what they get: a spoilt chunk never counts, so poison does nothing there.",
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
    ActionWord::own("leave", &["peer"], "leave peer-3", "Says goodbye and goes."),
    ActionWord::own(
        "join",
        &["peer"],
        "join peer-3",
        "Comes back, and finds its way in.",
    ),
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
    topology.connect_all(&pairs_of(overlay, peers.len(), settings));
    topology
}

/// Who knows whom, each pair once.
fn pairs_of(overlay: &str, size: usize, settings: &Settings) -> Vec<(NodeId, NodeId)> {
    let mut keys: Vec<(u64, usize)> = Vec::new();
    for one in 0..size {
        // The same for every seed: an overlay is a setting.
        let (key, purpose) = ((one as u64, size as u64), Purpose::named("overlay"));
        let mut draws = Random::new(0).keyed(purpose, key.0, key.1);
        let chosen = match overlay {
            "mesh" => size - one - 1,
            "ring" => 1,
            "chord" => (usize::BITS - (size - 1).leading_zeros()) as usize,
            _ => settings.number("degree") as usize,
        };
        for index in 0..chosen {
            let step = match overlay {
                "mesh" | "ring" => index + 1,
                "chord" => 1 << index,
                _ => 1 + (draws.uniform() * (size - 1) as f64) as usize,
            };
            let other = (one + step) % size;
            keys.push(((one.min(other) as u64) << 16 | one.max(other) as u64, 0));
        }
    }
    let mut pairs = Vec::new();
    let mut last = None;
    for (key, _) in order::sorted(keys) {
        if last != Some(key) {
            pairs.push((NodeId((key >> 16) as u16), NodeId(key as u16)));
            last = Some(key);
        }
    }
    pairs
}
