//! Event Sourcing: commands are decided on state folded from a log, and become
//! events in it; projections read the log and lag. This file is what people
//! read; the running part starts in `model`.

mod books;
mod client;
mod handler;
mod input;
mod knobs;
mod model;
mod picture;
mod presets;
mod projection;
mod state;
mod store;
mod theory;

use super::{About, Pattern};
use crate::kernel::intervention::ActionWord;
use crate::kernel::{Figure, Row, Settings, Topology};

/// Its entry in the catalog.
pub static PATTERN: Pattern = Pattern {
    slug: "event-sourcing",
    title: "Event Sourcing",
    summary: "The log is the truth, state is a fold; read models lag and can be rebuilt; time travel is free.",
    about: About {
        what: "Accounts are streams of events in one log. A handler folds an account's events, decides, and appends, if nobody else was first. Projections read the log and keep what queries need.",
        when: "You must know how things came to be, answer new questions about the past, or feed several read models.",
        when_not: "Only the present matters, or readers cannot bear to see a state of a moment ago.",
        not_modelled: &[
            "One log without replicas that never loses what it has; transfers append to two streams at once.",
            "Handlers keep nothing between commands: every one loads anew.",
            "Nothing is archived or forgotten; a log of 200 000 events is full.",
        ],
    },
    knobs: knobs::KNOBS,
    presets: presets::PRESETS,
    story: presets::STORY,
    speed: 0.1,
    outcomes: &[
        "accepted",
        "refused by the rules",
        "conflict",
        "error",
        "no room",
        "unreadable events",
        "log full",
        "timed out",
        "client crash",
        "overflow",
    ],
    discards: &["no room", "crash"],
    notes: &["conflict", "stale read", "rebuilt"],
    input: Some(input::COLUMNS),
    topology,
    model: model::new,
    theory: theory::theory,
};

static WORDS: &[ActionWord] = &[
    ActionWord::own(
        "rebuild",
        &["projection"],
        "rebuild projection-1",
        "Its state is built anew from the first event, while it goes on.",
    ),
    ActionWord::own(
        "bug",
        &["projection"],
        "bug projection-1",
        "Its code forgets withdrawals from now on.",
    ),
    ActionWord::own(
        "fix",
        &["projection"],
        "fix projection-1",
        "Its code is right again; its state is not.",
    ),
    ActionWord::own(
        "correct",
        &["client"],
        "correct client-1 17",
        "Takes event 17, or the last one, back: by one more event.",
    )
    .with_number(),
];

fn topology(settings: &Settings) -> Topology {
    let mut topology = Topology::default();
    let count = |key| settings.number(key) as u16;
    let clients = topology.add_column("client", 0, count("clients"));
    let handlers = topology.add_column("handler", 1, count("handlers"));
    let log = topology.add_column("log", 2, 1)[0];
    let snapshots = topology.add_column("snapshots", 2, 1)[0];
    let projections = topology.add_column("projection", 3, books::NAMES.len() as u16);
    topology.draw_as(Figure::Server, &handlers);
    topology.draw_as(Figure::Log, &[log]);
    topology.draw_as(Figure::Store, &[snapshots]);
    topology.draw_as(Figure::Table, &projections);
    for handler in &handlers {
        for client in &clients {
            topology.connect(*client, *handler);
        }
        topology.connect(*handler, log);
        topology.connect(*handler, snapshots);
        topology.furnish(*handler, [Row::Line]);
    }
    for (projection, name) in projections.iter().zip(books::NAMES) {
        topology.connect(log, *projection);
        let label = name.to_owned();
        topology.furnish(*projection, [Row::Gauge { label }, Row::Line]);
    }
    for client in &clients {
        topology.connect(*client, projections[0]);
    }
    picture::furnish(&mut topology, log, snapshots);
    (topology.words, topology.top_down) = (WORDS, true);
    topology
}
