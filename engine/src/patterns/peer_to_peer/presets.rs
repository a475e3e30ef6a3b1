//! Experiments, and the story. Their texts are for people.

use crate::patterns::{Beat, Preset, Story};

/// One update, rounds together, nobody tires of it.
macro_rules! one_rumour {
    ($peers:expr, $exchange:expr) => {
        concat!(
            "peers=",
            $peers,
            "; rate=0; clocks=together; dies=never; exchange=",
            $exchange
        )
    };
}

/// A file of 8 Mbit for eleven.
macro_rules! file {
    ($sharing:expr) => {
        concat!(
            "mode=swarm; peers=12; timeout-ms=10000; period-ms=1000; sharing=",
            $sharing
        )
    };
}

/// One click each.
#[rustfmt::skip]
pub static PRESETS: &[Preset] = &[
    Preset::new("rumour", "A rumour in log n rounds",
        "One of 32 knows. Who knows doubles each round at first; the last few take as long again.",
        one_rumour!("32", "push"), "", 0.25),
    Preset::new("push-tail", "The tail: push",
        "Nearly all know, and push to each other: most messages are in vain until chance finds the last.",
        one_rumour!("40", "push"), "", 0.25),
    Preset::new("pull-tail", "The tail: pull",
        "The same, but those who do not know ask. The fewer are left, the surer they ask one who knows.",
        one_rumour!("40", "pull"), "", 0.25),
    Preset::new("residue", "Who never heard of it",
        "One push in vain, and a peer loses interest: the rumour dies early. From 4 s on, comparing mends it.",
        "peers=32; rate=0; k=1; clocks=together",
        "4s set repair-every=3", 0.4),
    Preset::new("partition", "Partition and healing",
        "Two halves write and agree, each with itself. Once they meet again, comparing joins their states.",
        "peers=12; rate=0; repair-every=3; registers=1; period-ms=250",
        "2500ms partition peer-1,peer-2,peer-3,peer-4,peer-5,peer-6|peer-7,peer-8,peer-9,peer-10,peer-11,peer-12 for 4s; 3s send peer-2; 3s send peer-9", 0.45),
    Preset::new("kill-any", "Kill any peer",
        "Three peers crash, one after another. The others notice, and go on asking each other.",
        "mode=direct; arrival=poisson; peers=12; rate=6; detect=on; timeout-ms=400",
        "1s crash peer-1; 2s crash peer-7; 3s crash peer-4", 0.3),
    Preset::new("suspicion", "Suspicion is an opinion",
        "peer-3 crashes and is given up. peer-8 only pauses: suspected too, but it refutes in a new incarnation.",
        "peers=12; rate=0; detect=on; period-ms=400; suspect-rounds=8",
        "1s crash peer-3; 1500ms pause peer-8 for 1800ms", 0.35),
    Preset::new("lookup", "Lookups in log n hops",
        "A lookup jumps to the finger or successor that comes nearest: hops grow with log n, of 16 peers not quite two.",
        "mode=lookup; arrival=poisson; peers=16; rate=5; period-ms=2000", "", 0.2),
    Preset::new("lookup-churn", "Lookups under churn",
        "Peers come and go, half of them without a word. The ring mends itself; lookups still take few hops.",
        "mode=lookup; arrival=poisson; peers=32; rate=6; period-ms=400; session-s=50; away-s=4; timeout-ms=600", "", 0.5),
    Preset::new("swarm", "A swarm shares a file",
        "Whoever has a chunk gives it on. All have the file a few seconds after the source could have sent it once.",
        file!("swarm"), "", 0.8),
    Preset::new("one-server", "The same file, one server",
        "Only peer-1 gives. Eleven share its uplink: when a swarm is done, each has a third.",
        file!("server"), "", 0.8),
];

/// Told over one run.
#[rustfmt::skip]
pub const STORY: Story = Story {
    settings: "rate=0; registers=1",
    beats: &[
        Beat::new("0s", "", 0.12, "One peer has written something. Once a round it tells another, chosen by chance. Nobody is in charge."),
        Beat::new("1500ms", "", 0.2, "Who has heard it tells it on: the number doubles, as with rumours and fevers."),
        Beat::new("3s", "", 0.3, "Now most pushes are in vain. A peer that is told so three times in a row loses interest."),
        Beat::new("5s", "set repair-every=4; partition peer-1,peer-2,peer-3,peer-4,peer-5,peer-6,peer-7,peer-8,peer-9,peer-10|peer-11,peer-12,peer-13,peer-14,peer-15,peer-16,peer-17,peer-18,peer-19,peer-20 for 5s; send peer-4; send peer-16", 0.3, "The network breaks in two. Both sides go on, and write: they diverge."),
        Beat::new("10s", "", 0.2, "It heals. Peers compare all they know now and then; the later write holds, everywhere."),
        Beat::new("13s", "set detect=on", 0.15, "Each also pings another once a round. No ack? Two others are asked to try."),
        Beat::new("14s", "crash peer-12; pause peer-5 for 1500ms", 0.2, "One crashes, one only pauses. Both are suspected; the second refutes, the first is given up."),
        Beat::new("18s", "send peer-9", 0.2, "Nothing stopped. No peer is needed by all; what all know, nobody knows at once."),
    ],
};
