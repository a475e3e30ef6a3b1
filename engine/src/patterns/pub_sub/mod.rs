//! Pub-Sub: publishers send to a broker's logs, subscriptions read them at
//! their own pace. This file is what people read; the running part starts in
//! `model`.

mod books;
mod broker;
mod consumer;
mod content;
mod dispatch;
mod group;
mod knobs;
mod model;
mod picture;
mod state;
mod theory;

use super::{About, Beat, Pattern, Preset, Story};
use crate::kernel::intervention::ActionWord;
use crate::kernel::{Figure, Row, Settings, Topology};

/// Its entry in the catalog.
pub static PATTERN: Pattern = Pattern {
    slug: "pub-sub",
    title: "Pub-Sub",
    summary: "Publishers do not know consumers; the broker absorbs time and failure; delivery guarantees are choices.",
    about: About {
        what: "Publishers send to a broker, which keeps messages in logs and copies them to every subscription that wants them.",
        when: "Several parties react to the same events, at their own pace, and may be away for a while.",
        when_not: "The sender needs an answer, or there is one receiver that is always there: ask it directly.",
        not_modelled: &[
            "One broker without replicas; acks of consumers are durable at once if the logs are.",
            "Order is that of the log: what a publisher sends again may come after its later messages.",
            "Effectively-once is a durable record of what was done, written with the effect; no transactions, no four-packet handshake.",
        ],
    },
    knobs: knobs::KNOBS,
    presets: PRESETS,
    story: STORY,
    speed: 0.1,
    outcomes: &[
        "processed",
        "lost before the broker",
        "refused",
        "publisher crash",
        "overflow",
        "dead letter",
        "expired",
        "lost",
    ],
    discards: &["no room", "crash"],
    notes: &["rebalanced", "dead letter"],
    input: Some(&["at_ms", "topic", "key", "body"]),
    topology,
    model: model::new,
    theory: theory::theory,
};

static WORDS: &[ActionWord] = &[
    ActionWord::own(
        "join",
        &["consumer"],
        "join consumer-3",
        "A consumer joins its group; partitions are dealt out anew.",
    ),
    ActionWord::own(
        "leave",
        &["consumer"],
        "leave consumer-1",
        "A consumer finishes what it has and leaves its group.",
    ),
];

fn topology(settings: &Settings) -> Topology {
    let count = |key| settings.number(key) as u16;
    let mut topology = Topology::default();
    topology.words = WORDS;
    let publishers = topology.add_column("publisher", 0, count("publishers"));
    let broker = topology.add_column("broker", 1, 1)[0];
    let groups = content::subscriptions(settings).len() as u16;
    let consumers = topology.add_column("consumer", 2, groups * count("consumers"));
    topology.draw_as(Figure::Source, &publishers);
    topology.draw_as(Figure::Log, &[broker]);
    topology.draw_as(Figure::Server, &consumers);
    for publisher in publishers {
        topology.connect(publisher, broker);
    }
    for consumer in consumers {
        topology.connect(broker, consumer);
        topology.furnish(consumer, [Row::Line, Row::Line]);
    }
    let most = picture::CELLS;
    for partition in 0..count("partitions") {
        let label = format!("p{partition}");
        topology.furnish(broker, [Row::Cells { label, most }]);
    }
    let label = "dead".to_owned();
    topology.furnish(broker, [Row::Cells { label, most }]);
    topology
}

/// Three consumers that die three times, often between effect and ack.
macro_rules! crashes {
    ($delivery:expr) => {
        concat!(
            "filters=billing:#; consumers=3; rate=9; ack-delay-ms=150; delivery=",
            $delivery
        )
    };
}
const CRASHES: &str = "1500ms crash consumer-* for 500ms; 4s crash consumer-* for 500ms; 6s crash consumer-* for 500ms";

/// A backlog, and then the broker goes.
macro_rules! broker_crash {
    ($durable:expr) => {
        concat!("ack-timeout-ms=3000; durable=", $durable)
    };
}
const BROKER_CRASH: &str = "1s slow consumer-* x4; 4s crash broker-1 for 1s; 5s heal consumer-*";

static PRESETS: &[Preset] = &[
    Preset {
        slug: "slow-consumer",
        title: "Slow consumer",
        summary: "One consumer of search turns slow. Its pointer falls behind; billing, in the same logs, stays in step.",
        settings: "ack-timeout-ms=10000",
        script: "1s slow consumer-3 x6",
        speed: 0.4,
    },
    Preset {
        slug: "crash-before-ack",
        title: "Crash before the ack",
        summary: "Consumers die between effect and ack. The broker sends again, and the effect happens twice.",
        settings: crashes!("at-least-once"),
        script: CRASHES,
        speed: 0.4,
    },
    Preset {
        slug: "effectively-once",
        title: "The same, effectively once",
        summary: "The same crashes; a record of what was done lets consumers drop repeats. Nothing lost, nothing twice.",
        settings: crashes!("effectively-once"),
        script: CRASHES,
        speed: 0.4,
    },
    Preset {
        slug: "poison-message",
        title: "Poison message",
        summary: "Three messages that nobody can process come back five times each, then rest among the dead letters.",
        settings: "",
        script: "1s poison; 2s poison; 3s poison",
        speed: 0.3,
    },
    Preset {
        slug: "beyond-partitions",
        title: "Consumers beyond partitions",
        summary: "A third consumer clears the backlog. The fourth and fifth have nothing to do: there are three partitions.",
        settings: "filters=billing:#; consumers=5; members=1; rate=28; keys=240",
        script: "3s join consumer-2; 5s join consumer-3; 10s join consumer-4; 11s join consumer-5",
        speed: 0.8,
    },
    Preset {
        slug: "broker-crash",
        title: "Broker crash, durable",
        summary: "The broker dies with a backlog and reads it from its log again. Publishers send what it missed.",
        settings: broker_crash!("on"),
        script: BROKER_CRASH,
        speed: 0.5,
    },
    Preset {
        slug: "broker-crash-memory",
        title: "Broker crash, in memory",
        summary: "The same crash of a broker that keeps its logs in memory: what was not done yet is gone.",
        settings: broker_crash!("off"),
        script: BROKER_CRASH,
        speed: 0.5,
    },
];

const STORY: Story = Story {
    settings: "ack-timeout-ms=3000",
    beats: &[
        Beat {
            at: "0s",
            script: "",
            speed: 0.08,
            caption: "Publishers send to three logs, by key. Each subscription reads all logs; its pointers show how far it has come.",
        },
        Beat {
            at: "1s",
            script: "slow consumer-3 x6",
            speed: 0.25,
            caption: "A consumer of search is slow. The broker keeps its messages; publishers and billing notice nothing.",
        },
        Beat {
            at: "4s",
            script: "heal consumer-3; crash consumer-1",
            speed: 0.25,
            caption: "A consumer of billing dies. After a silent session its partitions go to the other one, unacked messages first.",
        },
        Beat {
            at: "8s",
            script: "heal *",
            speed: 0.2,
            caption: "It is back: partitions are dealt out anew, and each has one owner again. Order per key holds all along.",
        },
        Beat {
            at: "10s",
            script: "poison",
            speed: 0.2,
            caption: "A poisonous message comes back again and again; after five deliveries it goes to the dead letters.",
        },
        Beat {
            at: "13s",
            script: "crash broker-1 for 1s",
            speed: 0.2,
            caption: "The broker dies. Its logs survive, publishers send again what was not confirmed: nothing is lost.",
        },
        Beat {
            at: "17s",
            script: "set delivery=at-most-once; crash consumer-4 for 1s",
            speed: 0.2,
            caption: "Without acks there is less traffic, and what a dying consumer held is gone. Guarantees are a choice.",
        },
    ],
};
