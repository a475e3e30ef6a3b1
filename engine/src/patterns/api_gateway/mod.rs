//! API Gateway: one front door before several services. This file is what
//! people read; its experiments are in `presets`, the running part in `model`.

mod books;
mod call;
mod client;
mod decide;
mod gateway;
mod health;
mod input;
mod knobs;
mod legs;
mod model;
mod parameters;
mod picture;
mod presets;
mod replicas;
mod theory;

use super::{About, Pattern};
use crate::kernel::{Settings, Topology};

/// Its entry in the catalog.
pub static PATTERN: Pattern = Pattern {
    slug: "api-gateway",
    title: "API Gateway",
    summary: "One front door for routing, protection and composition, and what that door costs.",
    about: About {
        what: "Clients know one address. The gateway behind it checks who calls, limits and caches, sends each call to a replica of the right service, composes answers of several, and shields services from clients and from each other.",
        when: "Several services serve several kinds of clients, and the same rules for all of them (tokens, limits, routes) should live in one place.",
        when_not: "One service, or services that only call each other: a gateway would add a hop and a place that can fail. Business logic does not belong in it.",
        not_modelled: &[
            "Connections are open already: no handshake, no TLS; a crash sends no reset, so others learn of it by timeout or health check.",
            "Each gateway has its own buckets, cache and opinion of replicas; real ones often share limits through a store.",
            "All single calls are reads: nothing makes a kept answer wrong before its time is over. Orders are private and never kept.",
            "A failed service call is not tried again at another replica.",
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
    let mut topology = Topology::default();
    let clients = call::TENANTS.map(|kind| topology.add_column(kind, 0, 1)[0]);
    let gateways = topology.add_column("gateway", 1, settings.number("gateways") as u16);
    let each = settings.number("replicas") as u16;
    let replicas = call::SERVICES.map(|kind| topology.add_column(kind, 2, each));
    for gateway in &gateways {
        for client in clients {
            topology.connect(client, *gateway);
        }
        for replica in replicas.iter().flatten() {
            topology.connect(*gateway, *replica);
        }
    }
    picture::furnish(&mut topology, &clients, &gateways);
    topology
}
