//! Experiments, and the story. Their texts are for people.

use crate::patterns::{Beat, Preset, Story};

/// A log with hundreds of events for two accounts.
macro_rules! long_streams {
    ($every:expr) => {
        concat!(
            "old-events=400; accounts=2; snapshot-every=",
            $every,
            "; rate=2; reads=0"
        )
    };
}

/// Projections that are slower than those who look.
macro_rules! slow_reads {
    ($consistency:expr) => {
        concat!("apply-ms=180; reads=100; consistency=", $consistency)
    };
}

/// One click each.
#[rustfmt::skip]
pub static PRESETS: &[Preset] = &[
    Preset::new("projection-crash", "Projection crash, catch-up",
        "History dies for two seconds. The log goes on; then it catches up from its checkpoint, and skips repeats.",
        "rate=6", "1s crash projection-2 for 2s", 0.4),
    Preset::new("two-writers", "Two writers conflict",
        "All commands concern one account. Handlers load the same version; one appends, the other loads again.",
        "hot=100; rate=8; reads=0; withdrawals=50", "", 0.2),
    Preset::new("rebuild", "Rebuild after a bug",
        "Balances forget withdrawals. The code is mended, the state stays wrong, until it is rebuilt beside the live one.",
        "withdrawals=50; old-events=20",
        "1s bug projection-1; 4s fix projection-1; 5s rebuild projection-1", 0.5),
    Preset::new("snapshots-off", "Long streams, no snapshots",
        "Every command replays its account from the first event: two hundred and more, each time.",
        long_streams!("0"), "", 0.15),
    Preset::new("snapshots-on", "Long streams, snapshots",
        "The first commands replay everything; from the first snapshots on, loads take a few events.",
        long_streams!("2"), "", 0.15),
    Preset::new("stale-read", "Stale reads",
        "Clients look right after they wrote. Balances have not come so far yet: crosses are answers of the past.",
        slow_reads!("any"), "", 0.2),
    Preset::new("own-writes", "Read your own writes",
        "The same, but a read waits at the projection until the client's own write is in: never stale, later.",
        slow_reads!("own-writes"), "", 0.2),
    Preset::new("old-version", "Events of an old version",
        "Without an upcaster nobody can read what was written in version 1. From 4 s on there is one.",
        "upcasting=off; snapshot-every=0; reads=0", "4s set upcasting=on", 0.4),
    Preset::new("correction", "Taken back, not deleted",
        "Event 2 was a mistake. A further event takes it back; the log keeps both.",
        "rate=2; withdrawals=0; transfers=0", "2s correct client-1 2", 0.2),
];

/// Told over one run.
#[rustfmt::skip]
pub const STORY: Story = Story {
    settings: "withdrawals=40",
    beats: &[
        Beat::new("0s", "", 0.08, "Clients send commands. A handler asks for a snapshot and the events since, folds them, and decides."),
        Beat::new("1.2s", "", 0.08, "What it decides is appended to the log, if the account still has the version it saw. Nothing is overwritten."),
        Beat::new("2.5s", "set hot=100; surge x2 for 1s", 0.12, "All want the same account now. Who comes second expects a version that is gone: conflict, load again."),
        Beat::new("5s", "set hot=10; crash projection-2 for 1500ms", 0.25, "A projection dies. Commands do not care; it lags, and catches up from its checkpoint."),
        Beat::new("8s", "slow projection-1 x5 for 2s", 0.2, "Balances are slow. A client that looks right after it wrote sees the past: a stale read, a cross."),
        Beat::new("11s", "bug projection-1", 0.3, "A bug: balances forget withdrawals. The log does not; it knows what is true."),
        Beat::new("14s", "fix projection-1; rebuild projection-1", 0.3, "Mended and rebuilt from the first event, beside the live state, which it replaces once it has caught up."),
        Beat::new("19s", "correct client-1", 0.15, "A mistake is not deleted. One more event takes it back, and history shows both."),
    ],
};
