//! A second request after a while: the tail falls, the load hardly grows.

use crate::run::{Experiment, check, check_to, quantile};

/// Replicas that are never all busy: each attempt is served at once.
const IDLE: [(&str, &str); 2] = [("servers", "2"), ("workers", "64")];

#[test]
fn exponential_hedged_at_its_p95() {
    let runs = Experiment {
        rate: 1.0,
        flows: 80_000,
        knobs: &[IDLE[0], IDLE[1], ("hedge-ms", "2995.732")],
        script: "",
    }
    .runs();
    check("mean", ".975000", &runs, |run| run.latency_mean);
    check("p99", "3.800451", &runs, |run| {
        quantile(&run.latencies, 0.99)
    });
    check("extra load", ".050000", &runs, |run| {
        run.counts["hedges"] / (run.counts["attempts"] - run.counts["hedges"])
    });
}

/// 99 % take 10 ms, 1 % take 1000 ms; their mean is 19.9 ms.
#[test]
fn bimodal_leaf() {
    let leaf = [
        IDLE[0],
        IDLE[1],
        ("service-ms", "19.9"),
        ("service-dist", "bimodal"),
    ];
    let runs = Experiment {
        rate: 10.0,
        flows: 100_000,
        knobs: &leaf,
        script: "",
    }
    .runs();
    check("mean without, ms", "19.900", &runs, |run| {
        run.latency_mean * 1e3
    });
    let hedged = [leaf[0], leaf[1], leaf[2], leaf[3], ("hedge-ms", "20")];
    let runs = Experiment {
        rate: 10.0,
        flows: 200_000,
        knobs: &hedged,
        script: "",
    }
    .runs();
    check("mean hedged, ms", "10.297", &runs, |run| {
        run.latency_mean * 1e3
    });
    check("P(10 ms)", ".990000", &runs, |run| run.share_of(0.01));
    check("P(30 ms)", ".009900", &runs, |run| run.share_of(0.03));
    // Both slow: some 20 a run, too few for 2 %.
    check_to("P(1000 ms)", ".000100", 0.1, &runs, |run| run.share_of(1.0));
}
