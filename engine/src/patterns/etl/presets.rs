//! Experiments and the story of ETL.

use crate::patterns::{Beat, Preset, Story};

/// One long first run, and the loader goes down in the middle of it.
macro_rules! half_done {
    ($($extra:expr),*) => {
        concat!("rate=0; dirty=0; load=append; every-s=20; chunk=6" $(, "; ", $extra)*)
    };
}

/// Rows that show after their time.
macro_rules! late {
    ($($extra:expr),*) => {
        concat!("late=25; dirty=0; late-ms=1200; rate=6; updates=0; transform-ms=30" $(, "; ", $extra)*)
    };
}

/// One click each.
#[rustfmt::skip]
pub static PRESETS: &[Preset] = &[
    Preset {
        slug: "crash-naive",
        title: "Loader crash, naive append",
        summary: "Rows are written one by one. After the crash the run begins again: rows stand in the table twice.",
        settings: half_done!("transactional=off", "resume=off"),
        script: "1.3s crash loader-1 for 400ms",
        speed: 0.3,
    },
    Preset {
        slug: "crash-resume",
        title: "Loader crash, resumed",
        summary: "The same crash with chunks and checkpoint in one transaction: the run goes on, nothing is there twice.",
        settings: half_done!(),
        script: "1.3s crash loader-1 for 400ms",
        speed: 0.3,
    },
    Preset {
        slug: "schema-drift",
        title: "Schema drift",
        summary: "Orders change a column: all are rejected. The transformer learns it, a backfill brings them in.",
        settings: "dirty=0; every-s=2; rate=8; transform-ms=30",
        script: "1.8s drift orders-1; 7.5s adapt orders-1; 7.6s backfill staging-1",
        speed: 0.6,
    },
    Preset {
        slug: "bad-day",
        title: "A bad day",
        summary: "A fifth of all changes is dirty. Those rows go to quarantine with their reasons; the run does not stop.",
        settings: "dirty=20; rate=12",
        script: "",
        speed: 0.4,
    },
    Preset {
        slug: "late-missed",
        title: "Late rows, missed",
        summary: "A quarter of new rows shows after its own time. The mark has passed them: no run will read them.",
        settings: late!(),
        script: "",
        speed: 0.5,
    },
    Preset {
        slug: "late-overlap",
        title: "Late rows, caught",
        summary: "Each run reads two seconds behind the mark again. Late rows come in; upsert ignores the others.",
        settings: late!("overlap-s=2"),
        script: "",
        speed: 0.5,
    },
    Preset {
        slug: "too-long",
        title: "Longer than its schedule",
        summary: "Each run takes longer than a second. Every other one is skipped, and the news grow old.",
        settings: "every-s=1; rate=12",
        script: "",
        speed: 0.4,
    },
    Preset {
        slug: "rerun-append",
        title: "Run again, append",
        summary: "The same rows once more: every row of the last run stands there twice.",
        settings: "rate=0; every-s=20; load=append",
        script: "3.5s rerun staging-1",
        speed: 0.35,
    },
    Preset {
        slug: "rerun-upsert",
        title: "Run again, upsert",
        summary: "The same rows once more, by key: nothing changes.",
        settings: "rate=0; every-s=20",
        script: "3.5s rerun staging-1",
        speed: 0.35,
    },
    Preset {
        slug: "rate-limit",
        title: "Rate-limited API",
        summary: "Clicks come in pages of two, one request a second: 429, wait, again. The whole run waits for them.",
        settings: "page=2; api-rate=1; rate=8; dirty=0",
        script: "",
        speed: 0.4,
    },
    Preset {
        slug: "history",
        title: "History: type 2",
        summary: "Changed rows are closed and kept. Orders are joined with the customer as of their time.",
        settings: "history=type-2; updates=80; rate=14; dirty=0; transform-ms=30",
        script: "",
        speed: 0.4,
    },
    Preset {
        slug: "backpressure",
        title: "Backpressure",
        summary: "The loader becomes eight times slower: its buffer fills, the transformer is blocked, rows stay staged.",
        settings: "buffer=3; rate=10",
        script: "800ms slow loader-1 x8 for 1.5s",
        speed: 0.25,
    },
    Preset {
        slug: "elt",
        title: "Load first: ELT",
        summary: "Raw rows are copied over first and transformed at the warehouse; bad ones are found only there.",
        settings: "order=elt; dirty=15; rate=9",
        script: "",
        speed: 0.3,
    },
];

/// Told over one run.
#[rustfmt::skip]
pub const STORY: Story = Story {
    settings: "",
    beats: &[
        Beat::new("0s", "", 0.08, "A run begins. Three sources are read page by page; their rows gather in staging, customers first."),
        Beat::new("0.7s", "", 0.08, "Each row is cleaned, compared, joined with its customer. A bad one goes to quarantine and keeps its reason."),
        Beat::new("1.6s", "", 0.12, "Rows are loaded in chunks: a chunk and the checkpoint are one transaction."),
        Beat::new("2.55s", "", 0.15, "The next run reads only what changed since the mark. A chunk is mostly updates now."),
        Beat::new("3.2s", "crash loader-1 for 500ms", 0.12, "The loader goes down. The run tries again, goes on behind the checkpoint, and writes nothing twice."),
        Beat::new("5.05s", "drift orders-1", 0.3, "Orders change their schema overnight. The next runs reject every one of them."),
        Beat::new("10s", "adapt orders-1; backfill staging-1", 0.3, "The transformer learns the new schema. A backfill reads everything; upsert leaves alone what is there."),
        Beat::new("14.8s", "set load=append; rerun staging-1", 0.3, "Now append, and the last run once more: the same rows stand there twice. By key, nothing would have changed."),
    ],
};
