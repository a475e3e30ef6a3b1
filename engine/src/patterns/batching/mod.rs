//! Batching: items fill a batch that goes as a whole, and beside it the same
//! items go one by one. This file is what people read; the running part is in
//! `model`.

mod account;
mod accumulator;
mod batch;
mod bench;
mod books;
mod knobs;
mod limit;
mod model;
mod outcome;
mod picture;
mod presets;
mod store;
mod theory;

use super::{About, Pattern};
use crate::kernel::{Figure, Row, Settings, Topology};
use crate::scenario::ActionWord;

/// Its entry in the catalog.
pub static PATTERN: Pattern = Pattern {
    slug: "batching",
    title: "Batching",
    summary: "Trade latency for efficiency: the fixed cost is paid once a batch, and items wait until it is full.",
    about: About {
        what: "Items fill a batch, which is closed by count, bytes or age, whichever comes first, and is then handled as a whole.",
        when: "Each call has a high fixed cost (a round trip, a commit, a fee), and items can wait a little.",
        when_not: "Every item is urgent, or items fail often: one bad item holds up, or takes down, all that travel with it.",
        not_modelled: &[
            "The write-ahead log costs no time; turning it on logs what is held already.",
            "Producers do not hear what became of an item, and do not send it again.",
            "The store writes any number of batches side by side; a blocked producer goes on producing, its items wait at the door.",
        ],
    },
    knobs: knobs::KNOBS,
    presets: presets::PRESETS,
    story: presets::STORY,
    speed: 0.08,
    outcomes: books::OUTCOMES,
    discards: &["refused", "displaced", "crash", "given up"],
    notes: &[
        "closed by size",
        "closed by bytes",
        "closed by linger",
        "closed by hand",
        "halved",
    ],
    input: Some(&["at_ms", "bytes"]),
    topology,
    model: model::new,
    theory: theory::theory,
};

const WORDS: &[ActionWord] = &[ActionWord::own(
    "flush",
    &["accumulator"],
    "flush accumulator-1",
    "closes its open batches as they are",
)];

/// Where several batches fill, count and bytes stand at each of them.
fn gauges(keys: u16) -> &'static [&'static str] {
    const ALL: &[&str] = &["items", "bytes", "age"];
    if keys > 1 { &ALL[2..] } else { ALL }
}

fn topology(settings: &Settings) -> Topology {
    let mut topology = Topology::default();
    let producers = topology.add_column("producer", 0, settings.number("producers") as u16);
    let accumulator = topology.add_column("accumulator", 1, 1)[0];
    let processor = topology.add_column("processor", 2, 1)[0];
    let store = topology.add_column("store", 3, 1)[0];
    topology.draw_as(Figure::Source, &producers);
    topology.draw_as(Figure::Buffer, &[accumulator]);
    topology.draw_as(Figure::Server, &[processor]);
    topology.draw_as(Figure::Store, &[store]);
    for producer in &producers {
        topology.connect(*producer, accumulator);
    }
    topology.connect(accumulator, processor);
    topology.connect(processor, store);
    if settings.choice("individual") == "on" {
        let individual = topology.add_column("individual", 1, 1)[0];
        topology.draw_as(Figure::Server, &[individual]);
        for producer in &producers {
            topology.connect(*producer, individual);
        }
        topology.connect(individual, store);
        topology.furnish(individual, [Row::Line]);
    }
    let keys = settings.number("keys") as u16;
    let most = settings.number("max-items").min(64.0) as u16;
    let label = |key: u16| format!("key {key}");
    if keys < 2 {
        let label = String::from("open batch");
        topology.furnish(accumulator, [Row::Grid { label, most }]);
    }
    for key in 1..=keys {
        if keys > 1 {
            let (label, most) = (label(key), most.min(24));
            topology.furnish(accumulator, [Row::Cells { label, most }]);
        }
    }
    for label in gauges(keys) {
        let label = String::from(*label);
        topology.furnish(accumulator, [Row::Gauge { label }]);
    }
    topology.furnish(accumulator, [Row::Line]);
    topology.furnish(processor, [Row::Line]);
    topology.furnish(store, [Row::Line]);
    topology.furnish(store, [Row::Line]);
    topology.words = WORDS;
    topology
}
