//! Orchestration: one coordinator drives the steps of each order, and undoes
//! what cannot be finished; or services do so among themselves. This file is
//! what people read; the running part starts in `model`.

mod books;
mod coordinate;
mod exchange;
mod knobs;
mod model;
mod picture;
mod presets;
mod recover;
mod service;
mod state;
mod theory;

use super::{About, Pattern};
use crate::kernel::intervention::ActionWord;
use crate::kernel::{Figure, Row, Settings, Topology};
use crate::parts::workflow::{COLUMNS, SERVICES, STEPS_MOST};

/// Its entry in the catalog.
pub static PATTERN: Pattern = Pattern {
    slug: "orchestration",
    title: "Orchestration",
    summary: "One coordinator drives the steps, knows where each flow stands, and undoes what cannot be finished.",
    about: About {
        what: "A workflow of steps at several services. The orchestrator calls them in turn, writes every decision down, retries what fails, and compensates in reverse order what cannot be finished (a saga).",
        when: "A process spans services and minutes or days, must survive crashes, and somebody asks where it stands.",
        when_not: "Few steps in one database: use a transaction. Loose reactions that nobody must undo: publish events.",
        not_modelled: &[
            "One orchestrator with a durable history that never fails; no replicas, no versions of a workflow.",
            "Task queues stand at the services and die with them; effects and records of services are durable at once.",
            "No isolation: others may see stock reserved by an order that is undone later.",
        ],
    },
    knobs: knobs::KNOBS,
    presets: presets::PRESETS,
    story: presets::STORY,
    speed: 0.1,
    outcomes: &[
        "completed",
        "undone: refused by a step",
        "undone: not approved",
        "undone: a step failed",
        "refused",
        "lost on the way",
        "overflow",
    ],
    discards: &["no room", "crash"],
    notes: &["compensation begins", "stuck", "resumed"],
    input: Some(COLUMNS),
    topology,
    model: model::new,
    theory: theory::theory,
};

/// What a person can do where somebody knows how orders stand.
macro_rules! words {
    ($at:expr, $node:literal) => {
        &[
            ActionWord::own(
                "approve",
                $at,
                concat!("approve ", $node, " 17"),
                "A person approves orders that wait for it: one, or all.",
            )
            .with_number(),
            ActionWord::own(
                "reject",
                $at,
                concat!("reject ", $node, " 17"),
                "A person rejects them; they are undone.",
            )
            .with_number(),
            ActionWord::own(
                "unstick",
                $at,
                concat!("unstick ", $node, " 17"),
                "A person has mended it: stuck compensations are tried again.",
            )
            .with_number(),
        ]
    };
}
static WORDS: &[ActionWord] = words!(&["orchestrator"], "orchestrator-1");
static SPREAD_WORDS: &[ActionWord] = words!(&SERVICES, "payment-1");

fn topology(settings: &Settings) -> Topology {
    let mut topology = Topology::default();
    let shops = topology.add_column("shop", 0, settings.number("shops") as u16);
    let central = settings.choice("style") == "orchestration";
    topology.words = if central { WORDS } else { SPREAD_WORDS };
    let mut services = Vec::new();
    for (index, kind) in SERVICES.into_iter().enumerate() {
        let column = if central { 2 } else { 1 + index as u8 / 2 };
        services.extend(topology.add_column(kind, column, 1));
        let rows = [3, 2, 2, 1][index];
        topology.furnish(services[index], vec![Row::Line; rows]);
    }
    topology.draw_as(Figure::Server, &services);
    if central {
        let desk = topology.add_column("orchestrator", 1, 1)[0];
        topology.draw_as(Figure::Conductor, &[desk]);
        let row = Row::Cells {
            label: String::new(),
            most: STEPS_MOST as u16 + 1,
        };
        topology.furnish(desk, vec![row; state::BOARD]);
        topology.furnish(desk, [Row::Line]);
        for other in shops.iter().chain(&services) {
            topology.connect(*other, desk);
        }
        return topology;
    }
    for (index, service) in services.iter().enumerate() {
        for other in &services[index + 1..] {
            topology.connect(*service, *other);
        }
        // Orders come in at the first service; the last one tells how they end.
        if index == 0 || index + 1 == services.len() {
            for shop in &shops {
                topology.connect(*shop, *service);
            }
        }
    }
    topology
}
