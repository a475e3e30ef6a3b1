//! How much one client may ask for: a token bucket and a leaky bucket.
//!
//! This file owns the arithmetic alone; who is limited and what a refusal
//! means is the caller's business. The token bucket is that of Go's
//! `golang.org/x/time/rate`, the leaky bucket that of nginx' `limit_req`
//! (excess counted in whole thousandths of a request, as there).

use crate::kernel::{Duration, Instant};

/// Tokens drop in at a steady rate up to a burst; each call takes some.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBucket {
    /// Tokens a second.
    rate: f64,
    /// At most so many are kept.
    burst: f64,
    /// At `last`.
    tokens: f64,
    last: Instant,
}

impl TokenBucket {
    /// A full bucket: `rate` tokens a second, at most `burst` kept.
    pub fn new(rate: f64, burst: u32) -> Self {
        let burst = f64::from(burst);
        Self {
            rate,
            burst,
            tokens: burst,
            last: Instant::START,
        }
    }

    /// Changes rate and burst; what is in it stays, up to the new burst.
    pub fn configure(&mut self, rate: f64, burst: u32, now: Instant) {
        self.tokens = self.tokens(now);
        self.last = now;
        self.rate = rate;
        self.burst = f64::from(burst);
        self.tokens = self.tokens.min(self.burst);
    }

    /// Tokens in it now.
    pub fn tokens(&self, now: Instant) -> f64 {
        let dropped = now.since(self.last).as_secs() * self.rate;
        (self.tokens + dropped).min(self.burst)
    }

    /// Takes `count` tokens, or none if there are not so many. As in Go, a wait
    /// of less than a nanosecond is none.
    pub fn take(&mut self, count: u32, now: Instant) -> bool {
        let left = self.tokens(now) - f64::from(count);
        let enough = left >= 0.0 || -left / self.rate < 1e-9;
        if enough {
            self.tokens = left;
            self.last = now;
        }
        enough
    }
}

/// A bucket that leaks at a steady rate: what does not fit is refused, what
/// fits waits until it has leaked through.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LeakyBucket {
    /// In thousandths of a request; none before the first.
    excess: Option<u64>,
    last: Instant,
}

impl LeakyBucket {
    /// Requests in it now, at `rate` a second.
    pub fn excess(&self, rate: f64, now: Instant) -> f64 {
        let leaked = rate * now.since(self.last).as_secs();
        (self.excess.unwrap_or(0) as f64 / 1e3 - leaked).max(0.0)
    }

    /// Lets one request in and tells how long it must wait; none if it does
    /// not fit, which changes nothing. nginx counts time in milliseconds.
    pub fn offer(&mut self, rate: f64, burst: u32, now: Instant) -> Option<Duration> {
        let excess = match self.excess {
            None => 0,
            Some(excess) => {
                let elapsed_ms = (now.since(self.last).0 / 1_000_000) as f64;
                let leaked = (rate * elapsed_ms) as u64;
                (excess + 1000).saturating_sub(leaked)
            }
        };
        if excess > u64::from(burst) * 1000 {
            return None;
        }
        self.excess = Some(excess);
        self.last = now;
        Some(Duration::from_secs(
            excess as f64 / 1e3 / rate.max(f64::MIN_POSITIVE),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENTH: u64 = 100_000_000;

    /// Time in tenths of a second, tokens before, tokens asked, whether given.
    fn hold(burst: u32, calls: &[(u64, f64, u32, bool)]) {
        let mut bucket = TokenBucket::new(10.0, burst);
        for (index, &(tenths, before, count, given)) in calls.iter().enumerate() {
            let now = Instant(tenths * TENTH);
            assert_eq!(bucket.tokens(now), before, "call {index}: tokens");
            assert_eq!(bucket.take(count, now), given, "call {index}");
        }
    }

    #[test]
    fn token_bucket_with_a_burst_of_one() {
        hold(
            1,
            &[
                (0, 1.0, 1, true),
                (0, 0.0, 1, false),
                (0, 0.0, 1, false),
                (1, 1.0, 1, true),
                (1, 0.0, 1, false),
                (1, 0.0, 1, false),
                (2, 1.0, 2, false),
                (2, 1.0, 1, true),
                (2, 0.0, 1, false),
            ],
        );
    }

    #[test]
    fn token_bucket_with_a_burst_of_three() {
        hold(
            3,
            &[
                (0, 3.0, 2, true),
                (0, 1.0, 2, false),
                (0, 1.0, 1, true),
                (0, 0.0, 1, false),
                (1, 1.0, 4, false),
                (2, 2.0, 1, true),
                (3, 2.0, 1, true),
                (4, 2.0, 1, true),
                (4, 1.0, 1, true),
                (4, 0.0, 1, false),
                (4, 0.0, 1, false),
                (9, 3.0, 3, true),
                (9, 0.0, 0, true),
            ],
        );
    }

    #[test]
    fn token_bucket_keeps_what_it_has_when_turned() {
        let mut bucket = TokenBucket::new(10.0, 10);
        assert!(bucket.take(8, Instant::START));
        bucket.configure(1.0, 10, Instant(TENTH));
        assert_eq!(bucket.tokens(Instant(TENTH)), 3.0);
        bucket.configure(1.0, 2, Instant(TENTH));
        assert_eq!(bucket.tokens(Instant(11 * TENTH)), 2.0);
    }

    #[test]
    fn leaky_bucket_delays_then_refuses() {
        let mut bucket = LeakyBucket::default();
        let delays: Vec<Option<u64>> = (0..25)
            .map(|_| bucket.offer(10.0, 20, Instant::START).map(|delay| delay.0))
            .collect();
        let expected: Vec<Option<u64>> = (0..21)
            .map(|number| Some(number * TENTH))
            .chain([None; 4])
            .collect();
        assert_eq!(delays, expected);
        // nodelay looks at acceptance alone: 21 pass at once, then 5 of 20.
        let later = Instant(501_000_000);
        let passed = (0..20).filter(|_| bucket.offer(10.0, 20, later).is_some());
        assert_eq!(passed.count(), 5);
    }

    #[test]
    fn leaky_bucket_runs_empty() {
        let mut bucket = LeakyBucket::default();
        assert_eq!(bucket.excess(10.0, Instant::START), 0.0);
        for _ in 0..6 {
            assert!(bucket.offer(10.0, 20, Instant::START).is_some());
        }
        assert_eq!(bucket.excess(10.0, Instant::START), 5.0);
        assert_eq!(bucket.excess(10.0, Instant(2 * TENTH)), 3.0);
        assert_eq!(
            bucket.offer(10.0, 20, Instant(60 * TENTH)),
            Some(Duration::ZERO)
        );
    }
}
