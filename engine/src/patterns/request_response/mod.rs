//! Request-Response: clients ask, servers queue, work and answer. This file
//! is what people read; the running part is in `model`.

mod client;
mod flow;
mod knobs;
mod model;
mod server;
mod theory;

use super::{About, Beat, Pattern, Preset, Story};
use crate::kernel::{Figure, Settings, Topology};

/// Its entry in the catalog.
pub static PATTERN: Pattern = Pattern {
    slug: "request-response",
    title: "Request-Response",
    summary: "Waiting couples caller to callee: latency explodes before throughput does, and retries multiply load.",
    about: About {
        what: "A caller sends a request and waits for the answer. Requests that find every worker busy queue up.",
        when: "The caller cannot go on without the answer, and the answer is quick: reads, look-ups, checks.",
        when_not: "The work is long, comes in bursts, or must survive a crash of the callee: put a queue or a log between them.",
        not_modelled: &[
            "Connections are already open: no handshake, no TLS, no slow start; a crash sends no reset, so callers learn of it by timeout.",
            "Links have latency but no bandwidth; all requests are the same size.",
            "A server's workers do not slow each other down; its record of idempotency keys is shared, durable and instant.",
        ],
    },
    knobs: knobs::KNOBS,
    presets: PRESETS,
    story: STORY,
    speed: 0.08,
    outcomes: &[
        "succeeded",
        "timeout",
        "refused",
        "error",
        "overflow",
        "client crash",
    ],
    discards: &["displaced", "caller gone", "crash"],
    notes: &[],
    input: Some(&["at_ms", "client", "path", "service_ms"]),
    topology,
    model: model::new,
    theory: theory::theory,
};

fn topology(settings: &Settings) -> Topology {
    let mut topology = Topology::default();
    let clients = topology.add_column("client", 0, settings.number("clients") as u16);
    let servers = topology.add_column("server", 1, settings.number("servers") as u16);
    topology.draw_as(Figure::Server, &servers);
    for client in &clients {
        for server in &servers {
            topology.connect(*client, *server);
        }
    }
    topology
}

/// One server of four workers that can do 80 requests a second, asked for 50.
macro_rules! storm {
    ($($extra:expr),*) => {
        concat!("rate=50; servers=1; service-ms=50; queue-cap=5000; timeout-ms=500; latency-ms=10; retries=3"$(, "; ", $extra)*)
    };
}

static PRESETS: &[Preset] = &[
    Preset {
        slug: "hockey-stick",
        title: "Hockey stick",
        summary: "The rate climbs to 95 % of what the servers can do. Watch p99 leave p50 long before throughput flattens.",
        settings: "arrival=ramp; rate=10; ramp-to=95; ramp-s=40; workers=1; service-ms=20; queue-cap=5000; timeout-ms=0; retries=0; lb=random",
        script: "",
        speed: 3.0,
    },
    Preset {
        slug: "retry-storm",
        title: "Retry storm",
        summary: "The server stops for four seconds. Retries keep it down long after it is back: the cause is gone, the overload stays.",
        settings: storm!("backoff=none", "retry-budget=0"),
        script: "5s pause server-1 for 4s",
        speed: 2.0,
    },
    Preset {
        slug: "retry-budget",
        title: "Retry storm, tamed",
        summary: "The same stop, but retries are spread by jitter and bounded by a budget: the server recovers by itself.",
        settings: storm!("backoff=exponential", "jitter=full", "retry-budget=10"),
        script: "5s pause server-1 for 4s",
        speed: 2.0,
    },
    Preset {
        slug: "hedging",
        title: "Tail cut by hedging",
        summary: "One request in ten takes ten times as long. From 15 s on a second one goes out after 90 ms: p99 falls, load hardly grows.",
        settings: "rate=100; servers=3; service-ms=40; service-dist=hyperexponential; timeout-ms=0; retries=0; latency-ms=5; queue-cap=1000",
        script: "15s set hedge-ms=90",
        speed: 2.0,
    },
    Preset {
        slug: "slow-server",
        title: "Slow server",
        summary: "One of two servers turns four times as slow. It goes on working for callers that left long ago.",
        settings: "rate=60; lb=round-robin; retries=0; queue-cap=200; timeout-ms=600",
        script: "3s slow server-2 x4",
        speed: 0.8,
    },
    Preset {
        slug: "slow-server-deadline",
        title: "Slow server with deadlines",
        summary: "The same slow server drops what nobody waits for any more, so it works for those who still do.",
        settings: "rate=60; lb=round-robin; retries=0; queue-cap=200; timeout-ms=600; deadline=on",
        script: "3s slow server-2 x4",
        speed: 0.8,
    },
];

const STORY: Story = Story {
    settings: "queue-cap=200",
    beats: &[
        Beat {
            at: "0s",
            script: "",
            speed: 0.08,
            caption: "Three clients ask two servers. A filled dot is a request, a ring is its answer; the caller waits in between.",
        },
        Beat {
            at: "1s",
            script: "set rate=70",
            speed: 0.12,
            caption: "More load. The workers are busy most of the time, so requests begin to wait in line: that wait is the latency.",
        },
        Beat {
            at: "3s",
            script: "slow server-2 x4",
            speed: 0.25,
            caption: "One server turns slow. Its queue grows although the other still has room.",
        },
        Beat {
            at: "6s",
            script: "heal server-2; crash server-2 for 3s",
            speed: 0.25,
            caption: "Now it is down. What it held is lost; callers find out only by timeout, and try again.",
        },
        Beat {
            at: "9s",
            script: "set rate=60; set retry-budget=0; set backoff=none; pause server-* for 1.5s",
            speed: 0.4,
            caption: "Both servers stop for a moment, and callers retry at once, without a budget. Watch the outlined dots multiply.",
        },
        Beat {
            at: "14s",
            script: "set deadline=on; set retry-budget=10; set backoff=exponential; set rate=40",
            speed: 0.4,
            caption: "Deadlines let servers drop what nobody waits for; a budget and backoff bound the retries. The queues drain.",
        },
    ],
};
