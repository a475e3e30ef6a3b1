//! Stream Processing: endless data, out of order, summed in windows of event
//! time by operators that survive crashes. This file is what people read; the
//! running part is in `model`.

mod books;
mod channel;
mod knobs;
mod model;
mod operator;
mod picture;
mod presets;
mod restore;
mod sink;
mod source;
mod state;
mod theory;

use super::{About, Pattern};
use crate::kernel::{Figure, Row, Settings, Topology};
use crate::scenario::ActionWord;

/// Its entry in the catalog.
pub static PATTERN: Pattern = Pattern {
    slug: "stream-processing",
    title: "Stream Processing",
    summary: "Unbounded data out of order: event time is not processing time, and state must survive failure.",
    about: About {
        what: "Sources read logs and send elements, by key, to operators that sum them in windows of event time. Watermarks say how far event time has come; barriers cut consistent snapshots.",
        when: "Data never ends, answers are wanted while it flows, and it arrives late and out of order.",
        when_not: "The data is finite or answers may wait: a batch job is simpler, and knows all that came late.",
        not_modelled: &[
            "Credits for backpressure travel at once; snapshots cost no time and are never lost.",
            "A gap in a channel restarts the whole job; it is never sent again.",
            "Producers crash with their source and bring nothing meanwhile; rows of own input wait for it. A log is cut at 100,000 elements.",
        ],
    },
    knobs: knobs::KNOBS,
    presets: presets::PRESETS,
    story: presets::STORY,
    speed: 0.12,
    outcomes: state::OUTCOMES,
    discards: &["restored"],
    notes: &[
        "pane early",
        "pane on time",
        "pane late",
        "checkpoint",
        "restore",
    ],
    input: Some(&["processing_s", "event_s", "key", "value"]),
    topology,
    model: model::new,
    theory: theory::theory,
};

const WORDS: &[ActionWord] = &[
    ActionWord::own(
        "quiet",
        &["source"],
        "quiet source-2",
        "leaves it without elements",
    ),
    ActionWord::own(
        "wake",
        &["source"],
        "wake source-2",
        "gives it elements again",
    ),
];

fn topology(settings: &Settings) -> Topology {
    let mut topology = Topology::default();
    (topology.words, topology.event_time) = (WORDS, true);
    let sources = topology.add_column("source", 0, settings.number("sources") as u16);
    let operators = topology.add_column("operator", 1, settings.number("parallelism") as u16);
    let sink = topology.add_column("sink", 2, 1)[0];
    let late = topology.add_column("late", 2, 1)[0];
    topology.draw_as(Figure::Source, &sources);
    topology.draw_as(Figure::Server, &operators);
    topology.draw_as(Figure::Store, &[sink]);
    topology.draw_as(Figure::Bin, &[late]);
    for source in &sources {
        for operator in &operators {
            topology.connect(*source, *operator);
        }
        topology.furnish(*source, [Row::Line]);
    }
    for operator in operators {
        topology.connect(operator, sink);
        topology.connect(operator, late);
        let label = String::from("windows");
        topology.furnish(operator, [Row::Line, Row::Gauge { label }]);
    }
    topology.furnish(sink, vec![Row::Line; 3]);
    topology.furnish(late, [Row::Line]);
    topology
}
