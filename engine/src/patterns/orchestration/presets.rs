//! Experiments, and the story. Their texts are for people.

use crate::patterns::{Beat, Preset, Story};

/// The same refused payments, for two styles.
macro_rules! declined {
    ($($extra:expr),*) => {
        concat!("decline=60; approve-over=0; error=0" $(, "; ", $extra)*)
    };
}

pub static PRESETS: &[Preset] = &[
    Preset {
        slug: "payment-declined",
        title: "Payment declined",
        summary: "Most payments are refused for good, and one order in the end at shipping: watch it run backwards.",
        settings: declined!(),
        script: "1s poison; 2s poison",
        speed: 0.2,
    },
    Preset {
        slug: "orchestrator-crash",
        title: "Orchestrator crash",
        summary: "It dies amid orders, reads its history, and goes on. What was done is answered from the record, not done again.",
        settings: "decline=0; error=0",
        script: "2s crash orchestrator-1 for 500ms",
        speed: 0.25,
    },
    Preset {
        slug: "slow-shipping",
        title: "Slow shipping",
        summary: "Attempts time out, then retries, then the way back: goods unpacked, money returned, stock released.",
        settings: "timeout-ms=400; attempts=3; decline=0",
        script: "1s slow shipping-1 x25; 4s heal shipping-1",
        speed: 0.4,
    },
    Preset {
        slug: "small-pool",
        title: "Worker pool too small",
        summary: "One worker a service: inventory's task queue grows past the timeout. At 6 s each gets three more.",
        settings: "workers=1; rate=8; service-ms=130; decline=0; error=0; concurrency=200; timeout-ms=1500",
        script: "6s set workers=4",
        speed: 0.6,
    },
    Preset {
        slug: "choreography",
        title: "The same, as choreography",
        summary: "Payments refused as before, but nobody is in charge: services hear of each other, and undo on their own.",
        settings: declined!("style=choreography"),
        script: "1s poison; 2s poison",
        speed: 0.2,
    },
    Preset {
        slug: "stuck",
        title: "Stuck compensation",
        summary: "Releasing stock fails, too. After three attempts orders are stuck, until somebody mends it and says so.",
        settings: "decline=60; undo-attempts=3; approve-over=0; error=0",
        script: "1s set undo-error=100; 4s set undo-error=0; 6s unstick orchestrator-1",
        speed: 0.4,
    },
    Preset {
        slug: "approval",
        title: "Human approval",
        summary: "Large orders wait for a person, through a crash as well. Approved at 4 s; later ones expire.",
        settings: "approve-over=60; approver-s=0; approval-timeout-s=4; decline=0; error=0",
        script: "2s crash orchestrator-1 for 300ms; 4s approve orchestrator-1",
        speed: 0.6,
    },
    Preset {
        slug: "charged-twice",
        title: "Charged twice",
        summary: "Payment turns slow and knows no task again: an attempt too late charges once more.",
        settings: "idempotency=off; timeout-ms=400; decline=0; error=0; approve-over=0",
        script: "1s slow payment-1 x8; 3s heal payment-1",
        speed: 0.3,
    },
];

pub const STORY: Story = Story {
    settings: "decline=0; error=0; approver-s=1",
    beats: &[
        Beat {
            at: "0s",
            script: "",
            speed: 0.08,
            caption: "Shops send orders. The orchestrator calls one service after another; each row of its table is an order.",
        },
        Beat {
            at: "2s",
            script: "poison",
            speed: 0.1,
            caption: "An order that shipping refuses. What was done is undone, last step first: hexagons go out.",
        },
        Beat {
            at: "5s",
            script: "set timeout-ms=400; slow payment-1 x6 for 1s",
            speed: 0.2,
            caption: "Payment is slow. Attempts time out and are sent again; its record tells repeats, nobody pays twice.",
        },
        Beat {
            at: "8s",
            script: "set timeout-ms=1000; crash orchestrator-1 for 500ms",
            speed: 0.15,
            caption: "The orchestrator dies. It reads its history, and every order goes on where it stood.",
        },
        Beat {
            at: "11s",
            script: "set approver-s=0; set approve-over=60",
            speed: 0.25,
            caption: "Large orders now wait for a person: a timer that may run for days and outlives crashes.",
        },
        Beat {
            at: "15s",
            script: "approve orchestrator-1; set approve-over=0; set undo-error=100; set undo-attempts=2; poison",
            speed: 0.25,
            caption: "Approved. Now a compensation fails as well, twice. Nothing can be finished nor undone: stuck.",
        },
        Beat {
            at: "19s",
            script: "set undo-error=0; unstick orchestrator-1",
            speed: 0.2,
            caption: "Somebody mends the cause and says so. The order is undone to its beginning: never half.",
        },
    ],
};
