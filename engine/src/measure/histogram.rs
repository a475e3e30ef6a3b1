//! A histogram of latencies in nanoseconds.
//!
//! This file owns how latencies are condensed: quantiles to within 0.5 %, mean,
//! minimum and maximum exactly. It owns no windows in time (whoever wants one
//! keeps a second histogram and clears it) and no theory.
//!
//! Memory: 4,224 counters of 4 bytes, 16,896 bytes on the heap, fixed from the
//! start however much is recorded; a clone copies exactly that and two short
//! structs. A counter saturates at 4.29e9.

use hdrhistogram::Histogram;

/// Shortest latency that is told apart to within 0.5 %: 1 us, in ns.
pub const LOWEST_NS: u64 = 1_000;
/// Longest latency that the quantiles know: one hour, in ns. Longer ones count as this.
pub const HIGHEST_NS: u64 = 3_600_000_000_000;
/// Bytes on the heap of one histogram, and so about what a clone costs.
pub const HEAP_BYTES: usize = 4_224 * 4;

/// Width of the narrowest bucket in ns: a half of it is within 0.5 % of [`LOWEST_NS`].
const RESOLUTION_NS: u64 = 8;
/// Decimal digits told apart; reporting the middle of a bucket then errs by 0.4 %.
const DIGITS: u8 = 2;

/// Latencies in nanoseconds: quantiles within 0.5 % between [`LOWEST_NS`] and
/// [`HIGHEST_NS`] (within 4 ns below), everything else exact.
#[derive(Debug, Clone)]
pub struct LatencyHistogram {
    buckets: Histogram<u32>,
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
}

impl LatencyHistogram {
    /// An empty histogram.
    #[must_use]
    pub fn new() -> Self {
        Self {
            buckets: Histogram::new_with_bounds(RESOLUTION_NS, HIGHEST_NS, DIGITS)
                .expect("the three constants are valid bounds"),
            count: 0,
            sum: 0,
            min: u64::MAX,
            max: 0,
        }
    }

    /// Adds one latency in ns; above [`HIGHEST_NS`] the quantiles saturate.
    pub fn record(&mut self, ns: u64) {
        self.buckets.saturating_record(ns.min(HIGHEST_NS));
        self.count += 1;
        self.sum += u128::from(ns);
        self.min = self.min.min(ns);
        self.max = self.max.max(ns);
    }

    /// Adds everything that `other` recorded.
    pub fn merge(&mut self, other: &Self) {
        self.buckets
            .add(&other.buckets)
            .expect("all histograms have the same bounds");
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Smallest latency in ns that at least the share `q` does not exceed, to
    /// within 0.5 %; `None` when empty or `q` is not in `0..=1`. `1.0` is the maximum.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<u64> {
        if self.count == 0 || !(0.0..=1.0).contains(&q) {
            return None;
        }
        if q == 1.0 {
            return Some(self.max);
        }
        let value = self.buckets.value_at_quantile(q);
        let middle = self.buckets.median_equivalent(value);
        Some(middle.clamp(self.min, self.max))
    }

    /// Exact mean in ns, `None` when empty.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// Exact maximum in ns, `None` when empty.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// Exact minimum in ns, `None` when empty.
    #[must_use]
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }

    /// Number of latencies recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Exact sum of all latencies in ns.
    #[must_use]
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.buckets.reset();
        self.count = 0;
        self.sum = 0;
        self.min = u64::MAX;
        self.max = 0;
    }
}

impl Default for LatencyHistogram {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_has_no_numbers() {
        let empty = LatencyHistogram::new();
        assert!(empty.is_empty());
        assert_eq!(empty.quantile(0.5), None);
        assert_eq!(empty.mean(), None);
        assert_eq!(empty.max(), None);
        assert_eq!(empty.min(), None);
    }

    #[test]
    fn documented_memory_is_true() {
        let buckets = LatencyHistogram::new().buckets.distinct_values();
        assert_eq!(buckets * size_of::<u32>(), HEAP_BYTES);
    }

    #[test]
    fn every_magnitude_within_half_a_percent() {
        let mut ns = LOWEST_NS;
        while ns < HIGHEST_NS {
            let mut one = LatencyHistogram::new();
            one.record(1);
            one.record(ns);
            one.record(u64::MAX);
            let middle = one.quantile(0.5).expect("not empty");
            assert!(
                middle.abs_diff(ns) as f64 <= 0.005 * ns as f64,
                "{middle} for {ns}"
            );
            ns += ns / 37 + 1;
        }
    }

    #[test]
    fn quantiles_of_a_ramp() {
        let mut ramp = LatencyHistogram::new();
        for i in 1..=100_000_u64 {
            ramp.record(i * 10_000);
        }
        for (q, want) in [
            (0.0, 1e4),
            (0.5, 5e8),
            (0.95, 9.5e8),
            (0.99, 9.9e8),
            (0.999, 9.99e8),
        ] {
            let got = ramp.quantile(q).expect("not empty") as f64;
            assert!((got / want - 1.0).abs() <= 0.005, "{got} for {want}");
        }
        assert_eq!(ramp.quantile(1.0), Some(1_000_000_000));
        assert_eq!(ramp.mean(), Some(500_005_000.0));
        assert_eq!(
            (ramp.min(), ramp.max(), ramp.count()),
            (Some(10_000), Some(1_000_000_000), 100_000)
        );
    }

    #[test]
    fn extremes_saturate_and_stay_exact_where_promised() {
        let mut wide = LatencyHistogram::new();
        wide.record(0);
        wide.record(u64::MAX);
        wide.record(u64::MAX);
        assert_eq!(wide.max(), Some(u64::MAX));
        assert_eq!(wide.sum(), 2 * u128::from(u64::MAX));
        let median = wide.quantile(0.5).expect("not empty");
        assert!(median.abs_diff(HIGHEST_NS) as f64 <= 0.005 * HIGHEST_NS as f64);
        assert_eq!(wide.quantile(f64::NAN), None);
        assert_eq!(wide.quantile(1.5), None);
    }

    #[test]
    fn one_value_is_exact() {
        let mut one = LatencyHistogram::new();
        one.record(123_456_789);
        assert_eq!(one.quantile(0.99), Some(123_456_789));
    }

    #[test]
    fn clear_and_merge() {
        let (mut a, mut b) = (LatencyHistogram::new(), LatencyHistogram::default());
        a.record(5_000);
        b.record(7_000);
        a.merge(&b);
        assert_eq!(
            (a.count(), a.mean(), a.min(), a.max()),
            (2, Some(6_000.0), Some(5_000), Some(7_000))
        );
        let copy = a.clone();
        a.clear();
        assert!(a.is_empty());
        assert_eq!(a.quantile(0.5), None);
        assert_eq!(copy.count(), 2);
    }
}
