//! API Gateway: one front door before several services. This file is what
//! people read; its experiments are in `presets`, the running part in `model`.

mod call;
mod client;
mod decide;
mod gateway;
mod health;
mod input;
mod knobs;
mod layout;
mod legs;
mod model;
mod picture;
mod presets;
mod replicas;
mod tally;
mod theory;

use super::{About, Pattern};
use crate::kernel::{Settings, Topology};

/// Its entry in the catalog.
pub static PATTERN: Pattern = Pattern {
    slug: "api-gateway",
    title: "API Gateway",
    summary: "One front door for routing, protection and composition, and what that door costs.",
    about: About {
        what: "The gateway checks who calls, limits and caches, sends each call to a replica of the right service, and composes answers of several.",
        when: "Several services serve several kinds of clients under the same rules.",
        when_not: "One service, or services that only call each other: it adds a hop and a place that can fail.",
        not_modelled: &[
            "No handshake, no TLS; others learn of a crash by timeout or health check.",
            "Each gateway has its own buckets, cache and view of replicas; real ones may share them.",
            "Single calls are reads: no kept answer turns wrong before its time.",
            "A failed service call is not tried again elsewhere.",
        ],
    },
    knobs: knobs::KNOBS,
    presets: presets::PRESETS,
    story: presets::STORY,
    speed: 0.08,
    outcomes: &[
        "answered",
        "400 bad request",
        "401 bad token",
        "404 no route",
        "429 over limit",
        "500 failed",
        "503 unavailable",
        "504 timeout",
        "no answer",
        "overflow",
        "client crash",
    ],
    discards: &["displaced", "crash"],
    notes: &[
        "breaker opened",
        "breaker half-open",
        "breaker closed",
        "ejected",
        "let back",
        "unhealthy",
        "healthy",
    ],
    input: Some(input::COLUMNS),
    topology,
    model: model::new,
    theory: theory::theory,
};

fn topology(settings: &Settings) -> Topology {
    let layout = layout::Layout::new(settings);
    let mut topology = layout.topology();
    picture::furnish(&mut topology, layout);
    topology
}
