//! When a failed attempt is tried again, and whether it may be.
//!
//! This file owns the delay before a retry (backoff and jitter) and the budget
//! that bounds retries. It owns neither the count of retries of a request, nor
//! timers, nor random numbers: the caller draws exactly one uniform for every
//! retry, whatever the settings, so that changing them moves no other draw.
//!
//! Sources: the jitter formulas are those of the AWS architecture blog
//! ("Exponential backoff and jitter", 2015); the budget is the token scheme of
//! Finagle's retry budgets and gRPC's retry throttling.

/// How the delay grows from retry to retry, before jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BackoffKind {
    /// Retry at once; jitter has nothing to spread.
    #[default]
    None,
    /// Always the base delay.
    Constant,
    /// `base * factor^(retry - 1)`.
    Exponential,
}

/// How the delay is spread at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Jitter {
    /// Exactly the backoff `e`.
    #[default]
    None,
    /// Uniform in `0..e`.
    Full,
    /// `e / 2` plus uniform in `0..e / 2`.
    Equal,
    /// Uniform from the base to three times the delay before, at most the cap;
    /// grows by itself, whatever the kind of backoff.
    Decorrelated,
}

impl Jitter {
    /// Spreads the backoff `ceiling_ns` by `uniform` in `0..1`; [`Jitter::Decorrelated`],
    /// which has no such ceiling, is left to [`Backoff::delay_ns`] and changes nothing here.
    #[must_use]
    pub fn spread_ns(self, ceiling_ns: u64, uniform: f64) -> u64 {
        let ceiling = ceiling_ns as f64;
        match self {
            Self::None | Self::Decorrelated => ceiling_ns,
            Self::Full => to_ns(ceiling * unit(uniform)),
            Self::Equal => to_ns(ceiling * 0.5 * (1.0 + unit(uniform))),
        }
    }
}

/// The delay before each retry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// How the delay grows.
    pub kind: BackoffKind,
    /// Delay before the first retry, ns.
    pub base_ns: u64,
    /// Growth per retry of the exponential kind, usually 2; below 1 it shrinks.
    pub factor: f64,
    /// Longest delay, ns; `u64::MAX` for none.
    pub cap_ns: u64,
}

impl Backoff {
    /// No delay at all.
    pub const NONE: Self = Self {
        kind: BackoffKind::None,
        base_ns: 0,
        factor: 1.0,
        cap_ns: u64::MAX,
    };

    /// Delay before the `retry`th retry without jitter, ns.
    ///
    /// `retry` counts from 1 (0 is taken as 1):
    /// `min(cap, base * factor^(retry - 1))` for the exponential kind.
    #[must_use]
    pub fn ceiling_ns(&self, retry: u32) -> u64 {
        let raw = match self.kind {
            BackoffKind::None => return 0,
            BackoffKind::Constant => self.base_ns,
            BackoffKind::Exponential if self.base_ns == 0 => 0,
            BackoffKind::Exponential => {
                let exponent = f64::from(retry.saturating_sub(1));
                to_ns(self.base_ns as f64 * libm::pow(self.factor, exponent))
            }
        };
        raw.min(self.cap_ns)
    }

    /// Delay before the `retry`th retry, ns, at most the cap.
    ///
    /// `retry` counts from 1. `previous_ns` is the delay before the retry before
    /// (0 for the first), used by [`Jitter::Decorrelated`] alone. `uniform` is one
    /// draw in `0..1`, always drawn, not always used.
    #[must_use]
    pub fn delay_ns(&self, retry: u32, jitter: Jitter, previous_ns: u64, uniform: f64) -> u64 {
        match (self.kind, jitter) {
            (BackoffKind::None, _) => 0,
            (_, Jitter::Decorrelated) => self.decorrelated_ns(previous_ns, uniform),
            _ => jitter.spread_ns(self.ceiling_ns(retry), uniform),
        }
    }

    /// `min(cap, U(base, 3 * previous))`, the first time with `previous = base`.
    fn decorrelated_ns(&self, previous_ns: u64, uniform: f64) -> u64 {
        let base = self.base_ns as f64;
        let high = 3.0 * previous_ns.max(self.base_ns) as f64;
        to_ns(base + (high - base) * unit(uniform)).min(self.cap_ns)
    }
}

/// Nearest whole nanosecond; saturates, odd input (NaN, negative) is 0.
fn to_ns(ns: f64) -> u64 {
    libm::round(ns) as u64
}

/// A draw forced into `0..=1`; NaN is 0.
fn unit(uniform: f64) -> f64 {
    if uniform.is_nan() {
        0.0
    } else {
        uniform.clamp(0.0, 1.0)
    }
}

/// Millionths of a token in one: the budget counts in whole ones, so that ten
/// tenths are one.
const TOKEN: u64 = 1_000_000;

/// Bounds retries to a share of the first attempts.
///
/// Every first attempt deposits `ratio` tokens, every retry takes one; without a
/// whole token there is no retry. It starts full, which allows a burst of `cap`
/// retries. A ratio of 0 means no budget: retries are unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryBudget {
    ratio: u64,
    tokens: u64,
    cap: u64,
}

impl RetryBudget {
    /// Tokens that [`RetryBudget::with_ratio`] can hold.
    pub const DEFAULT_CAP: f64 = 10.0;

    /// A full budget: `ratio` tokens per first attempt (0 or odd input: unlimited),
    /// at most `cap` tokens kept, both to a millionth.
    #[must_use]
    pub fn new(ratio: f64, cap: f64) -> Self {
        let cap = to_ns(cap * TOKEN as f64);
        Self {
            ratio: to_ns(ratio * TOKEN as f64),
            tokens: cap,
            cap,
        }
    }

    /// [`RetryBudget::new`] with [`RetryBudget::DEFAULT_CAP`].
    #[must_use]
    pub fn with_ratio(ratio: f64) -> Self {
        Self::new(ratio, Self::DEFAULT_CAP)
    }

    /// Whether retries are not bounded at all.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        self.ratio == 0
    }

    /// Tokens at hand.
    #[must_use]
    pub fn tokens(&self) -> f64 {
        self.tokens as f64 / TOKEN as f64
    }

    /// A first attempt was sent.
    pub fn deposit(&mut self) {
        self.tokens = self.tokens.saturating_add(self.ratio).min(self.cap);
    }

    /// Asks for one retry; `true` if it may be sent, which takes its token.
    #[must_use = "a retry may be sent only if this is true"]
    pub fn withdraw(&mut self) -> bool {
        if self.is_unlimited() {
            return true;
        }
        match self.tokens.checked_sub(TOKEN) {
            Some(rest) => {
                self.tokens = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    const MS: u64 = 1_000_000;
    const SECOND: u64 = 1_000 * MS;

    fn exponential(base_ns: u64, factor: f64, cap_ns: u64) -> Backoff {
        Backoff {
            kind: BackoffKind::Exponential,
            base_ns,
            factor,
            cap_ns,
        }
    }

    fn schedule(backoff: Backoff, retries: u32) -> Vec<u64> {
        (1..=retries)
            .map(|r| backoff.delay_ns(r, Jitter::None, 0, 0.7))
            .collect()
    }

    #[test]
    fn published_schedules() {
        let s = SECOND;
        assert_eq!(
            schedule(exponential(s, 2.0, u64::MAX), 3),
            [s, 2 * s, 4 * s]
        );
        assert_eq!(
            schedule(exponential(3 * s, 1.5, u64::MAX), 2),
            [3 * s, 4_500 * MS]
        );
        assert_eq!(
            schedule(exponential(s, 2.0, 10 * s), 6),
            [s, 2 * s, 4 * s, 8 * s, 10 * s, 10 * s]
        );
        assert_eq!(
            schedule(exponential(100 * MS, 2.0, 400 * MS), 4),
            [100 * MS, 200 * MS, 400 * MS, 400 * MS]
        );
        // Temporal's defaults: 1 s, coefficient 2, cap 100 times the initial.
        assert_eq!(
            schedule(exponential(s, 2.0, 100 * s), 9)[6..],
            [64 * s, 100 * s, 100 * s]
        );
    }

    #[test]
    fn other_kinds() {
        assert_eq!(schedule(Backoff::NONE, 3), [0, 0, 0]);
        let constant = Backoff {
            kind: BackoffKind::Constant,
            ..exponential(MS, 9.0, u64::MAX)
        };
        assert_eq!(schedule(constant, 3), [MS, MS, MS]);
        for jitter in [Jitter::Full, Jitter::Equal, Jitter::Decorrelated] {
            assert_eq!(Backoff::NONE.delay_ns(4, jitter, 9, 0.9), 0);
        }
    }

    #[test]
    fn jitter_bounds_and_means() {
        let backoff = exponential(100 * MS, 2.0, 400 * MS);
        let at = |jitter, u| backoff.delay_ns(2, jitter, 150 * MS, u);
        assert_eq!(
            [0.0, 0.5, 1.0].map(|u| at(Jitter::Full, u)),
            [0, 100 * MS, 200 * MS]
        );
        assert_eq!(
            [0.0, 0.5, 1.0].map(|u| at(Jitter::Equal, u)),
            [100 * MS, 150 * MS, 200 * MS]
        );
        assert_eq!(
            [0.0, 0.5, 1.0].map(|u| at(Jitter::Decorrelated, u)),
            [100 * MS, 275 * MS, 400 * MS]
        );
        // The first time the delay before counts as the base.
        assert_eq!(backoff.delay_ns(1, Jitter::Decorrelated, 0, 0.5), 200 * MS);
    }

    #[test]
    fn envoy_intervals() {
        // Envoy's ceiling (2^N - 1) * 25 is the sum of our first N, capped at 250.
        let backoff = exponential(25 * MS, 2.0, u64::MAX);
        let ceiling = |n| {
            (1..=n)
                .map(|r| backoff.ceiling_ns(r))
                .sum::<u64>()
                .min(250 * MS)
        };
        let means = [1, 2, 3, 4].map(|n| Jitter::Full.spread_ns(ceiling(n), 0.5));
        assert_eq!(means, [12_500_000, 37_500_000, 87_500_000, 125 * MS]);
    }

    #[test]
    fn odd_input_neither_panics_nor_passes_the_cap() {
        for factor in [0.0, -2.0, 1e300, f64::NAN, f64::INFINITY] {
            for base in [0, 1, u64::MAX] {
                for jitter in [
                    Jitter::None,
                    Jitter::Full,
                    Jitter::Equal,
                    Jitter::Decorrelated,
                ] {
                    for u in [-1.0, 0.0, 1.0, 9.0, f64::NAN] {
                        let backoff = exponential(base, factor, SECOND);
                        assert!(backoff.delay_ns(u32::MAX, jitter, u64::MAX, u) <= SECOND);
                        assert!(backoff.delay_ns(0, jitter, 0, u) <= SECOND);
                    }
                }
            }
        }
    }

    #[test]
    fn budget_bounds_retries_to_a_share() {
        let mut budget = RetryBudget::with_ratio(0.1);
        assert_eq!((0..20).filter(|_| budget.withdraw()).count(), 10);
        let mut sent = 0;
        for _ in 0..1_000 {
            budget.deposit();
            sent += u32::from(budget.withdraw());
        }
        assert_eq!(sent, 100);
        for _ in 0..1_000 {
            budget.deposit();
        }
        assert_eq!(budget.tokens(), 10.0);
    }

    #[test]
    fn ratio_zero_is_unlimited() {
        for odd in [0.0, -1.0, f64::NAN] {
            let mut budget = RetryBudget::new(odd, 1.0);
            assert!(budget.is_unlimited());
            assert!((0..100).all(|_| budget.withdraw()));
        }
    }

    /// Uniforms by splitmix64, normals by Box and Muller.
    struct Draws(u64);

    impl Draws {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// One network hop: `|N(10, 2)|` ms, in ns.
        fn hop(&mut self) -> u64 {
            let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
            let normal = radius * libm::cos(2.0 * std::f64::consts::PI * self.uniform());
            ((10.0 + 2.0 * normal).abs() * MS as f64) as u64
        }
    }

    /// What arrives: at the row a read or a write, at the client its answer.
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    enum Step {
        Read,
        Value(u64),
        Write(u64),
        Reply(bool),
    }

    /// One run of the AWS backoff simulator: n clients write one versioned row
    /// once each. Returns the writes sent and the time of the last event in ms.
    fn contend(clients: u64, backoff: Backoff, jitter: Jitter, seed: u64) -> (f64, f64) {
        let mut draws = Draws(seed);
        let mut heap = BinaryHeap::new();
        let mut retries = vec![(0_u32, 0_u64); clients as usize];
        let mut sequence = clients;
        for client in 0..clients {
            heap.push(Reverse((draws.hop(), client, client as usize, Step::Read)));
        }
        let (mut version, mut calls, mut last) = (0_u64, 0.0, 0);
        while let Some(Reverse((now, _, client, step))) = heap.pop() {
            last = now;
            let hop = draws.hop();
            let (delay, next) = match step {
                Step::Read => (hop, Step::Value(version)),
                Step::Value(seen) => {
                    calls += 1.0;
                    (hop, Step::Write(seen))
                }
                Step::Write(seen) => {
                    let is_fresh = seen == version;
                    version += u64::from(is_fresh);
                    (hop, Step::Reply(is_fresh))
                }
                Step::Reply(true) => continue,
                Step::Reply(false) => {
                    let (retry, previous) = &mut retries[client];
                    *retry += 1;
                    *previous = backoff.delay_ns(*retry, jitter, *previous, draws.uniform());
                    (hop + *previous, Step::Read)
                }
            };
            heap.push(Reverse((now + delay, sequence, client, next)));
            sequence += 1;
        }
        (calls, last as f64 / MS as f64)
    }

    fn mean_and_sd(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        (mean, libm::sqrt(squares / (n - 1.0)))
    }

    /// The mean is as published: within 4 standard errors, the published
    /// table's own error and half a unit of its last digit.
    #[track_caller]
    fn as_published(what: &str, values: &[f64], want: f64, own: f64, half: f64) {
        let (mean, sd) = mean_and_sd(values);
        let tolerance = 4.0 * sd / libm::sqrt(values.len() as f64) + sd / own + half;
        assert!(
            (mean - want).abs() <= tolerance,
            "{what}: {mean} (sd {sd}) is not {want}"
        );
    }

    /// None, Expo, Equal, Full, Decorrelated as in the simulator's table:
    /// `e = min(2000, 5 * 2^attempt)` with attempt 1 first, so a base of 10.
    fn policies() -> [(Backoff, Jitter); 5] {
        let expo = exponential(10 * MS, 2.0, 2_000 * MS);
        let decorrelated = exponential(5 * MS, 2.0, 2_000 * MS);
        [
            (Backoff::NONE, Jitter::None),
            (expo, Jitter::None),
            (expo, Jitter::Equal),
            (expo, Jitter::Full),
            (decorrelated, Jitter::Decorrelated),
        ]
    }

    fn compare(clients: u64, calls: [f64; 5], times: Option<[f64; 5]>, halves: (f64, f64)) {
        let own = if clients <= 50 { 63.0 } else { 28.0 };
        for (i, (backoff, jitter)) in policies().into_iter().enumerate() {
            let runs: Vec<_> = (0..100)
                .map(|run| {
                    contend(
                        clients,
                        backoff,
                        jitter,
                        clients << 32 | run << 8 | i as u64,
                    )
                })
                .collect();
            let what = format!("n {clients}, policy {i}");
            let writes: Vec<_> = runs.iter().map(|r| r.0).collect();
            as_published(&what, &writes, calls[i], own, halves.0);
            let ends: Vec<_> = runs.iter().map(|r| r.1).collect();
            if let Some(times) = times {
                as_published(&what, &ends, times[i], own, halves.1);
            }
        }
    }

    #[test]
    fn aws_backoff_simulator() {
        compare(1, [1.0; 5], Some([40.0; 5]), (0.0, 0.5));
        compare(
            2,
            [3.0; 5],
            Some([82.0, 92.0, 89.4, 86.9, 92.0]),
            (0.0, 0.05),
        );
        compare(
            10,
            [50.9, 50.8, 42.5, 39.0, 37.7],
            Some([380.0, 3453.0, 726.0, 464.0, 437.0]),
            (0.05, 0.5),
        );
        compare(
            50,
            [689.7, 624.0, 347.2, 332.7, 374.6],
            Some([1140.0, 36447.0, 4248.0, 2908.0, 2210.0]),
            (0.05, 0.5),
        );
        compare(
            100,
            [2422.0, 1855.0, 812.0, 796.0, 1003.0],
            None,
            (0.5, 0.5),
        );
    }
}
