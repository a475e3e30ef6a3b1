//! The experiments and the story.

use crate::patterns::{Beat, Preset, Story};

/// Forty calls a second by a gateway whose workers wait with their calls; the
/// orders turn slow.
macro_rules! slow_orders {
    ($($extra:expr),*) => {
        concat!("rate=60; aggregated=0; bad-tokens=0; ttl-ms=0; rps=0; eject-after=0; workers=4; service-ms=50; latency-ms=10; queue-cap=500; client-timeout-ms=4000" $(, "; ", $extra)*)
    };
}

/// In the order of the menu.
pub static PRESETS: &[Preset] = &[
    Preset {
        slug: "slow-service",
        title: "One slow service",
        summary: "Orders turn 60 times as slow. The gateway's workers all wait for them, and the healthy services go down too.",
        settings: slow_orders!("failure-%=0", "bulkhead=0", "timeout-ms=0"),
        script: "4s slow orders-1 x60; 4s slow orders-2 x60",
        speed: 0.8,
    },
    Preset {
        slug: "bulkhead-and-breaker",
        title: "The slow service, contained",
        summary: "The same behind a bulkhead, a timeout and a breaker: orders fail fast, the others do not notice.",
        settings: slow_orders!("failure-%=50", "bulkhead=6", "timeout-ms=400"),
        script: "4s slow orders-1 x60; 4s slow orders-2 x60",
        speed: 0.8,
    },
    Preset {
        slug: "greedy-partner",
        title: "Greedy partner",
        summary: "The partner sends thirty times its share and drowns all. From 8 s on it gets 429 and the others are served.",
        settings: "rate=40; greed=30; rps=0; burst=12; ttl-ms=0; aggregated=0; bad-tokens=0; bulkhead=0; failure-%=0; eject-after=0; service-ms=50; latency-ms=10",
        script: "8s set rps=25",
        speed: 0.8,
    },
    Preset {
        slug: "cache-stampede",
        title: "Cache stampede",
        summary: "Each time the one item goes stale, all calls fetch it at once; from 8 s on they wait for the first one.",
        settings: "rate=150; keys=1; ttl-ms=1500; aggregated=0; bad-tokens=0; rps=0; service-ms=120; workers=16; bulkhead=0; failure-%=0; gateway-workers=64; gateway-ms=2; latency-ms=10",
        script: "8s set coalesce=on",
        speed: 0.8,
    },
    Preset {
        slug: "fan-out-tail",
        title: "Fan-out amplifies the tail",
        summary: "One service call in a hundred is slow. From 10 s on each call needs thirty: a quarter of all calls is slow.",
        settings: "rate=30; aggregated=100; fan-out=1; join-ms=0; timeout-ms=0; client-timeout-ms=0; service-dist=bimodal; service-ms=20; workers=64; bad-tokens=0; rps=0; bulkhead=0; failure-%=0; gateway-workers=128; gateway-ms=2; latency-ms=10",
        script: "10s set fan-out=30",
        speed: 1.0,
    },
    Preset {
        slug: "gateway-down",
        title: "The only gateway goes down",
        summary: "All services are up, but their only door is not: nothing gets through for 3 s, and the cache is cold after.",
        settings: "client-timeout-ms=800",
        script: "3s crash gateway-1 for 3s",
        speed: 0.4,
    },
    Preset {
        slug: "two-gateways",
        title: "Two gateways, one goes down",
        summary: "The same crash with two doors: the first calls time out and use the other one, then clients avoid the dead one.",
        settings: "client-timeout-ms=800; gateways=2",
        script: "3s crash gateway-1 for 3s",
        speed: 0.4,
    },
    Preset {
        slug: "sick-replica",
        title: "A sick replica is ejected",
        summary: "One replica fails nine calls in ten. Health checks see nothing; five failures in a row take it out.",
        settings: "ttl-ms=0; rate=60; failure-%=0; eject-ms=2000; latency-ms=20",
        script: "2s errors catalogue-2 90%; 12s heal catalogue-2",
        speed: 0.8,
    },
];

/// In order of time.
pub const STORY: Story = Story {
    settings: "",
    beats: &[
        Beat {
            at: "0s",
            script: "",
            speed: 0.08,
            caption: "Three kinds of clients, one door. A dot keeps its client's colour on the way in, on to a service, and back.",
        },
        Beat {
            at: "1.2s",
            script: "",
            speed: 0.1,
            caption: "Some answers turn back at the gateway: it kept them for two seconds. The cache gauge shows how many.",
        },
        Beat {
            at: "2.5s",
            script: "set greed=14",
            speed: 0.12,
            caption: "The partner gets greedy. Its bucket of tokens runs dry and it is told 429; the others have buckets of their own.",
        },
        Beat {
            at: "4.5s",
            script: "set greed=1; errors orders-1 100%; errors orders-2 100%",
            speed: 0.25,
            caption: "Orders fail. Soon the breaker opens: calls are refused at the door instead of sent to a service that cannot help.",
        },
        Beat {
            at: "8s",
            script: "heal orders-1; heal orders-2",
            speed: 0.25,
            caption: "Orders are well again. After its time the breaker lets a few calls through to try, half-open, and closes.",
        },
        Beat {
            at: "13s",
            script: "crash catalogue-2 for 5s",
            speed: 0.3,
            caption: "A catalogue server goes down. Hexagons are health checks: two without an answer, and no call goes there.",
        },
        Beat {
            at: "19s",
            script: "crash gateway-1 for 3s",
            speed: 0.3,
            caption: "Now the door itself. Every service is up and nobody can reach them: this is why there should be two.",
        },
    ],
};
