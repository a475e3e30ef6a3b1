//! ETL: rows are extracted from sources in scheduled runs, transformed, and
//! loaded into a warehouse. This file is what people read; the running part is
//! in `model`.

mod account;
mod knobs;
mod model;
mod picture;
mod presets;
mod record;
mod rules;
mod run;
mod source;
mod stage;
mod staging;
mod table;
mod theory;
mod warehouse;

use super::{About, Pattern};
use crate::kernel::{Figure, Settings, Topology};
use crate::scenario::{ActionWord, OTHERS, SOURCES};

/// Its entry in the catalog.
pub static PATTERN: Pattern = Pattern {
    slug: "etl",
    title: "ETL",
    summary: "Move data in scheduled runs, and get the hard parts right: incremental, dirty, repeated, half done.",
    about: About {
        what: "Runs extract what changed since a mark, clean and check it, and load it in transactions. Rejected rows keep their reason.",
        when: "Reports and models need data of many systems in one place, and can wait for the next run.",
        when_not: "Somebody must react within seconds, or the sources can send their changes themselves.",
        not_modelled: &[
            "Rows deleted at a source are not noticed, as by any reading of changed rows.",
            "One run at a time, tried until it is through; runs never overlap.",
            "Staging, tables and checkpoints are durable; reading them back costs no time.",
        ],
    },
    knobs: knobs::KNOBS,
    presets: presets::PRESETS,
    story: presets::STORY,
    speed: 0.1,
    outcomes: record::OUTCOMES,
    discards: &["another attempt began"],
    notes: &[],
    input: Some(&["at_s", "source", "id", "updated_at_s", OTHERS]),
    topology,
    model: model::new,
    theory: theory::theory,
};

const WORDS: &[ActionWord] = &[
    ActionWord::own("run", &["staging"], "run staging-1", "starts a run now"),
    ActionWord::own(
        "rerun",
        &["staging"],
        "rerun staging-1",
        "runs the rows of the last run again",
    ),
    ActionWord::own(
        "backfill",
        &["staging"],
        "backfill staging-1",
        "starts a run that reads everything",
    ),
    ActionWord::own("drift", &SOURCES, "drift orders-1", "its schema changes"),
    ActionWord::own(
        "adapt",
        &SOURCES,
        "adapt orders-1",
        "the transformer learns its schema",
    ),
];

fn topology(settings: &Settings) -> Topology {
    let mut topology = Topology::default();
    let mut sources = Vec::new();
    for kind in SOURCES.iter().take(settings.number("sources") as usize) {
        sources.extend(topology.add_column(kind, 0, 1));
    }
    let mut kinds = ["transformer", "loader"];
    if settings.choice("order") == "elt" {
        kinds.reverse();
    }
    let mut add = |kind, column| topology.add_column(kind, column, 1)[0];
    let staging = add("staging", 1);
    let (one, two) = (add(kinds[0], 2), add(kinds[1], 3));
    let (warehouse, quarantine) = (add("warehouse", 3), add("quarantine", 2));
    let transformer = if kinds[0] == "transformer" { one } else { two };
    topology.draw_as(Figure::Table, &sources);
    topology.draw_as(Figure::Buffer, &[staging]);
    topology.draw_as(Figure::Server, &[one, two]);
    topology.draw_as(Figure::Store, &[warehouse]);
    topology.draw_as(Figure::Bin, &[quarantine]);
    for source in sources {
        topology.connect(source, staging);
    }
    topology.connect(staging, one);
    topology.connect(one, two);
    topology.connect(two, warehouse);
    topology.connect(transformer, quarantine);
    let nodes = [staging, one, two, warehouse, quarantine];
    picture::furnish(&mut topology, settings.number("chunk"), nodes);
    topology.words = WORDS;
    topology
}
