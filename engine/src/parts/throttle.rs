//! Adaptive throttling: a caller that is refused a lot refuses some of its
//! calls itself, before they leave.
//!
//! The formula is that of "Site Reliability Engineering", chapter 21: over a
//! sliding window, refuse with probability
//! `max(0, (requests - K accepts) / (requests + 1))`.

use crate::kernel::{Duration, Instant};

/// Slots of the window; it slides by one of these.
const SLOTS: usize = 10;

/// The probability of a refusal by the caller itself.
pub fn refusal_share(requests: u64, accepts: u64, factor: f64) -> f64 {
    let (requests, accepts) = (requests as f64, accepts as f64);
    ((requests - factor * accepts) / (requests + 1.0)).max(0.0)
}

/// Requests and accepts of the last while.
#[derive(Clone, Copy, Debug, Default)]
pub struct Throttle {
    requests: [u32; SLOTS],
    accepts: [u32; SLOTS],
    /// The number of the slot that is filled now, since the start of the run.
    slot: u64,
}

impl Throttle {
    /// Length of its window.
    pub const WINDOW: Duration = Duration(10_000_000_000);

    fn slide(&mut self, now: Instant) -> usize {
        let slot = now.0 / (Self::WINDOW.0 / SLOTS as u64);
        let stale = (slot - self.slot.min(slot)).min(SLOTS as u64);
        for back in 0..stale {
            let index = ((slot - back) % SLOTS as u64) as usize;
            (self.requests[index], self.accepts[index]) = (0, 0);
        }
        self.slot = slot;
        (slot % SLOTS as u64) as usize
    }

    /// Counts a request, and tells by one uniform draw whether it may go.
    /// `factor` is K: how many requests may be made for one accepted.
    pub fn permits(&mut self, factor: f64, uniform: f64, now: Instant) -> bool {
        let slot = self.slide(now);
        let (requests, accepts) = self.counts();
        self.requests[slot] = self.requests[slot].saturating_add(1);
        uniform >= refusal_share(requests, accepts, factor)
    }

    /// The other side accepted a request.
    pub fn accept(&mut self, now: Instant) {
        let slot = self.slide(now);
        self.accepts[slot] = self.accepts[slot].saturating_add(1);
    }

    /// Requests and accepts in the window.
    pub fn counts(&self) -> (u64, u64) {
        let sum = |slots: &[u32; SLOTS]| slots.iter().map(|it| u64::from(*it)).sum();
        (sum(&self.requests), sum(&self.accepts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_numbers() {
        assert!((refusal_share(100, 40, 2.0) - 20.0 / 101.0).abs() < 1e-12);
        assert_eq!(format!("{:.6}", refusal_share(100, 40, 2.0)), "0.198020");
        assert_eq!(refusal_share(100, 50, 2.0), 0.0);
        assert_eq!(refusal_share(0, 0, 2.0), 0.0);
    }

    #[test]
    fn a_request_counts_whether_it_may_go_or_not_and_is_forgotten() {
        let mut throttle = Throttle::default();
        for _ in 0..100 {
            throttle.permits(2.0, 0.0, Instant::START);
        }
        for _ in 0..40 {
            throttle.accept(Instant::from_secs(5.0));
        }
        assert_eq!(throttle.counts(), (100, 40));
        let mut at_edge = throttle;
        assert!(!at_edge.permits(2.0, 0.198_019, Instant::from_secs(9.9)));
        assert!(throttle.permits(2.0, 0.198_020, Instant::from_secs(9.9)));
        throttle.accept(Instant::from_secs(10.0));
        assert_eq!(throttle.counts(), (1, 41));
        throttle.accept(Instant::from_secs(1e6));
        assert_eq!(throttle.counts(), (0, 1));
    }
}
