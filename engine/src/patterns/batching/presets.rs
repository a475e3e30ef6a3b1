//! The experiments and the story of Batching.

use crate::patterns::{Beat, Preset, Story};

/// 150 items a second; each call costs 20 ms, each item 0.2 ms.
macro_rules! costly {
    ($($extra:expr),*) => {
        concat!("rate=150; overhead-ms=20; per-item-ms=0.2; latency-ms=10; buffer=5000; max-bytes=0; in-flight=8" $(, "; ", $extra)*)
    };
}

/// Batches of a hundred, one bad item on its way.
macro_rules! poisoned {
    ($($extra:expr),*) => {
        concat!("rate=400; max-items=100; max-bytes=0; linger-ms=1000; overhead-ms=20; per-item-ms=0.5; latency-ms=10; buffer=2000; individual=off" $(, "; ", $extra)*)
    };
}

/// The accumulator goes down while its batch is half full.
macro_rules! crashing {
    ($($extra:expr),*) => {
        concat!("rate=60; max-items=200; max-bytes=0; linger-ms=2500; individual=off" $(, "; ", $extra)*)
    };
}

/// One click each.
#[rustfmt::skip]
pub static PRESETS: &[Preset] = &[
    Preset {
        slug: "batch-of-one",
        title: "Batches of one",
        summary: "Every item pays the whole overhead: both paths saturate alike, at some 100 a second.",
        settings: costly!("max-items=1", "linger-ms=0"),
        script: "",
        speed: 0.4,
    },
    Preset {
        slug: "batch-of-fifty",
        title: "Batches of fifty",
        summary: "The same load has ample room, while one by one its queue grows beside it.",
        settings: costly!("max-items=50"),
        script: "",
        speed: 0.4,
    },
    Preset {
        slug: "linger",
        title: "Linger against latency",
        summary: "Linger goes from 0 to 100 and 800 ms: batches grow, fewer calls are made, p99 follows linger.",
        settings: "rate=80; max-items=100; max-bytes=0; linger-ms=0; overhead-ms=10; per-item-ms=0.2; latency-ms=10; in-flight=16; workers=4; individual=off",
        script: "5s set linger-ms=100; 10s set linger-ms=800",
        speed: 0.9,
    },
    Preset {
        slug: "poison-retry-all",
        title: "One bad item, retry all",
        summary: "One bad item fails its batch of a hundred four times; then all hundred are given up.",
        settings: poisoned!(),
        script: "1s poison",
        speed: 0.2,
    },
    Preset {
        slug: "poison-bisect",
        title: "One bad item, bisect",
        summary: "The failed batch is halved, again and again: seven splits isolate the bad item, 99 are stored.",
        settings: poisoned!("on-error=bisect"),
        script: "1s poison",
        speed: 0.2,
    },
    Preset {
        slug: "poison-drop-bad",
        title: "One bad item, left out",
        summary: "The processor tells items apart: the bad one fails alone, the others are stored at once.",
        settings: poisoned!("on-error=drop-bad"),
        script: "1s poison",
        speed: 0.2,
    },
    Preset {
        slug: "crash-open-batch",
        title: "Crash with an open batch",
        summary: "The accumulator goes down while its batch fills: what was accepted is gone.",
        settings: crashing!(),
        script: "1.7s crash accumulator-1 for 500ms",
        speed: 0.2,
    },
    Preset {
        slug: "crash-write-ahead",
        title: "Crash with write-ahead log",
        summary: "The same crash: after the restart the open batch is back and fills on; nothing accepted is lost.",
        settings: crashing!("write-ahead=on"),
        script: "1.7s crash accumulator-1 for 500ms",
        speed: 0.2,
    },
    Preset {
        slug: "lost-acks",
        title: "Lost acknowledgements",
        summary: "Batches are stored, but nobody hears: they are sent again and stored twice, until the store deduplicates.",
        settings: "ack-timeout-ms=400; individual=off; max-attempts=10",
        script: "1s loss processor-1>accumulator-1 60%; 4s set dedupe=on",
        speed: 0.35,
    },
    Preset {
        slug: "adaptive",
        title: "Adaptive size",
        summary: "The limit starts at one item and doubles while batches wait for a slot, until the load is carried.",
        settings: costly!("adaptive=on", "max-items=64", "rate=400"),
        script: "",
        speed: 0.2,
    },
    Preset {
        slug: "backpressure",
        title: "Backpressure",
        summary: "The processor stops for a second. The buffer fills to its bound, then items wait at the door.",
        settings: "rate=200; max-bytes=0; buffer=100; in-flight=6; on-full=block; individual=off",
        script: "1s pause processor-1 for 1s",
        speed: 0.2,
    },
];

/// Told over one run.
#[rustfmt::skip]
pub const STORY: Story = Story {
    settings: "",
    beats: &[
        Beat::new("0s", "", 0.08, "Items fill a batch. Three gauges race: items, bytes, age of the first item. The first that is full closes the batch."),
        Beat::new("1.2s", "", 0.12, "A batch costs 40 ms and 2 ms an item. Beside it the same items go one by one and pay 40 ms each: that queue grows."),
        Beat::new("3s", "set linger-ms=20", 0.12, "A shorter linger: small batches go out at once. Items arrive sooner, for more calls."),
        Beat::new("5s", "set linger-ms=600; set max-items=60; set max-bytes=0", 0.15, "A longer one: fewer, larger batches. Efficient, but the first item of each waits more than half a second."),
        Beat::new("8s", "set on-error=bisect; poison", 0.12, "One bad item fails its whole batch. Halving finds it; the others are stored."),
        Beat::new("11s", "crash accumulator-1 for 400ms", 0.12, "The accumulator goes down. Its open batch was only in memory."),
        Beat::new("13s", "set write-ahead=on; set ack-timeout-ms=500; set dedupe=on; loss processor-1>accumulator-1 50%", 0.2, "Now acknowledgements get lost. Batches are sent again; the store knows their items and writes none twice."),
    ],
};
