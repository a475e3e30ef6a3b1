//! {{title}}: sources send, sinks receive. This file is what people read; the
//! running part is in `model`.

mod model;

use super::{About, Beat, Pattern, Preset, Story, Theory};
use crate::kernel::{Knob, Settings, Topology};

/// Its entry in the catalog.
pub static PATTERN: Pattern = Pattern {
    slug: "{{slug}}",
    title: "{{title}}",
    summary: "What it teaches, in one sentence.",
    about: About {
        what: "What it is.",
        when: "When to use it.",
        when_not: "When not.",
        not_modelled: &["What the model leaves out."],
    },
    knobs: KNOBS,
    presets: PRESETS,
    story: STORY,
    speed: 0.2,
    outcomes: &["delivered", "client crash"],
    discards: &[],
    notes: &[],
    input: None,
    topology,
    model: model::new,
    theory: |_, _| Theory::OutOfReach("No closed form is known for this pattern yet."),
};

static KNOBS: &[Knob] = &[
    Knob::number("Load", "rate", "Rate", "/s", (0.0, 40.0, 50_000.0), "Messages a second, all sources together."),
    Knob::number("Links", "latency-ms", "Latency", "ms", (0.0, 50.0, 60_000.0), "One way."),
    Knob::number("Links", "latency-jitter-ms", "Latency jitter", "ms", (0.0, 0.0, 60_000.0), "At most this much more, evenly spread."),
];

fn topology(_: &Settings) -> Topology {
    let mut topology = Topology::default();
    let sources = topology.add_column("source", 0, 2);
    let sinks = topology.add_column("sink", 1, 1);
    for source in sources {
        topology.connect(source, sinks[0]);
    }
    topology
}

static PRESETS: &[Preset] = &[Preset {
    slug: "lossy-link",
    title: "Lossy link",
    summary: "One link loses half of what it carries.",
    settings: &[],
    script: "1s loss source-1>sink-1 50%",
    speed: 0.5,
}];

const STORY: Story = Story {
    settings: &[],
    beats: &[Beat { at: "0s", caption: "Sources send, the sink receives.", script: "", speed: 0.2 }],
};
