//! A run of a small calm system with a script of failures.

use super::course::{self, Course, run};
use patternscope_engine::Scenario;
use patternscope_engine::patterns::batching::PATTERN;

/// Two producers, 100 items a second exactly spaced, batches of ten of 400 B,
/// 10 ms a hop, 20 ms a batch and 1 ms an item, 5 ms a write.
const CALM: &[(&str, &str)] = &[
    ("arrival", "steady"),
    ("rate", "100"),
    ("producers", "2"),
    ("max-items", "10"),
    ("max-bytes", "0"),
    ("linger-ms", "300"),
    ("overhead-ms", "20"),
    ("per-item-ms", "1"),
    ("latency-ms", "10"),
    ("workers", "4"),
    ("in-flight", "8"),
    ("buffer", "2000"),
    ("ack-timeout-ms", "500"),
];

/// The calm system with other knobs.
pub fn scenario(knobs: &[(&str, &str)], script: &str) -> Scenario {
    course::scenario(&PATTERN, &[CALM, knobs].concat(), script)
}

/// Runs 12 s.
pub fn course(knobs: &[(&str, &str)], script: &str) -> Course {
    run(&scenario(knobs, script), 12.0)
}

impl Course {
    pub fn all(&self, which: u8) -> u64 {
        self.watch.ledger.ended[usize::from(which)]
    }

    /// 100 items a second arrive, each after half a fill of 90 ms and 65 ms.
    pub fn is_calm(&self, from: f64, to: f64) {
        let ended = self.ended(0, from, to) as f64;
        assert!(
            (ended / (to - from) - 100.0).abs() < 11.0 / (to - from),
            "{ended}"
        );
        let latency = self.latency_ms(from, to);
        assert!((latency - 110.0).abs() < 1.0, "{latency} ms");
    }

    pub fn all_stored(&self) {
        let failed = self.watch.ledger.failed_total();
        assert_eq!(failed, 0, "{:?}", self.watch.ledger.ended);
        assert!(self.watch.ledger.started - self.watch.ledger.succeeded() < 40);
    }
}
