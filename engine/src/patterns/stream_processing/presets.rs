//! Experiments and the story of Stream Processing.

use crate::patterns::{Beat, Preset, Story};

/// Elements come late, some of them by more than the watermark allows for.
macro_rules! late {
    ($($extra:expr),*) => {
        concat!("late=60; late-ms=500; bound-ms=200" $(, "; ", $extra)*)
    };
}

/// An operator goes down between two checkpoints.
macro_rules! crash {
    ($($extra:expr),*) => {
        concat!("late=0; rate=16; size-s=0.5; early-s=0.15" $(, "; ", $extra)*)
    };
}

/// Clicks in bursts, and silence between them.
macro_rules! clicks {
    ($($extra:expr),*) => {
        concat!("arrival=bursty; burst-factor=4; burst-period-ms=1600; keys=2; late=20" $(, "; ", $extra)*)
    };
}

/// One click each.
#[rustfmt::skip]
pub static PRESETS: &[Preset] = &[
    Preset::new("late-dropped", "Late data, no lateness",
        "Elements that the watermark did not wait for find their windows gone: the side output counts them.",
        late!(), "", 0.3),
    Preset::new("late-allowed", "Late data, some lateness",
        "The same elements, but windows live two seconds longer: late panes mend what was told.",
        late!("allowed-lateness-s=2", "accumulation=accumulating-and-retracting"), "", 0.3),
    Preset::new("crash-at-least", "Crash, at least once",
        "The operator comes back with an older state and reads again. The sink has added it up before: the sum is too high.",
        crash!("delivery=at-least-once", "sink=plain"), "2.9s crash operator-1 for 300ms", 0.3),
    Preset::new("crash-exactly", "Crash, exactly once",
        "The same crash with aligned barriers and a sink that commits with them: not one too many, not one too few.",
        crash!(), "2.9s crash operator-1 for 300ms", 0.3),
    Preset::new("hot-key", "Hot key",
        "Four of five elements have one key, so one operator has nearly all the work. More operators do not help.",
        "hot=80; rate=60; parallelism=4; keys=8", "", 0.2),
    Preset::new("idle-source", "Idle source",
        "One source falls silent. Its watermark stands still, and so does all event time, until it counts as idle.",
        "late=20", "1s quiet source-2; 5s set idle-ms=500", 0.4),
    Preset::new("tumbling", "Clicks in tumbling windows",
        "Bursts of clicks are cut wherever the clock cuts them.",
        clicks!(), "", 0.3),
    Preset::new("session", "Clicks in sessions",
        "The same clicks: each burst is one window, as long as it lasted. Late clicks join what they bridge.",
        clicks!("window=session", "accumulation=accumulating-and-retracting"), "", 0.3),
    Preset::new("backpressure", "Backpressure",
        "The sink slows down. Channels fill from the back until the sources stop reading: lag grows, nothing is lost.",
        "rate=40; buffer=6; trigger=element", "1s slow sink-1 x10; 5s heal sink-1", 0.3),
    Preset::new("early-panes", "Early, on time, late",
        "An early guess every 300 ms, the result when the watermark passes, and corrections after it.",
        late!("early-s=0.3", "allowed-lateness-s=2", "accumulation=accumulating"), "", 0.25),
];

/// Told over one run.
#[rustfmt::skip]
pub const STORY: Story = Story {
    settings: "",
    beats: &[
        Beat::new("0s", "", 0.1, "Elements flow by key to operators, which add them up in windows of event time: when they happened, not when they came."),
        Beat::new("1.2s", "", 0.12, "Watermarks say how far event time has come. When they pass a window's end, its sum goes to the sink."),
        Beat::new("3s", "set late=70; set late-ms=600", 0.15, "Now many elements come late. The watermark was a guess: some find their window gone."),
        Beat::new("5s", "set allowed-lateness-s=3", 0.15, "Windows that live longer can be corrected. State is the price."),
        Beat::new("7s", "set late=20; crash operator-1 for 400ms", 0.12, "An operator goes down. All go back to the last barriers that met, and read their logs again."),
        Beat::new("9s", "quiet source-2", 0.3, "A source falls silent, and holds back event time for all."),
        Beat::new("12s", "set idle-ms=400", 0.3, "Declared idle, it no longer does."),
    ],
};
