//! {{title}}: sources send, sinks receive. This file is what people read; the
//! running part is in `model`.

mod model;

use super::{About, Beat, Pattern, Preset, Story, Theory};
use crate::kernel::{Knob, Settings, Topology, network};
use crate::parts::traffic;

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
    traffic::OPEN_ARRIVAL_KNOB,
    traffic::rate_knob(40.0, "Messages a second, all sources together."),
    traffic::ramp_to_knob(80.0),
    traffic::RAMP_S_KNOB,
    traffic::BURST_FACTOR_KNOB,
    traffic::BURST_PERIOD_KNOB,
    network::latency_knob(50.0),
    network::JITTER_KNOB,
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
    settings: "",
    script: "1s loss source-1>sink-1 50%",
    speed: 0.5,
}];

const STORY: Story = Story {
    settings: "",
    beats: &[Beat { at: "0s", caption: "Sources send, the sink receives.", script: "", speed: 0.2 }],
};
