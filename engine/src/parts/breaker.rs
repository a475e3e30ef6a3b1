//! A circuit breaker: calls to something that keeps failing are refused for a
//! while, then a few are let through to try.
//!
//! The semantics are those of resilience4j with a window by count: rates are
//! judged from the minimum number of calls on; an open breaker turns half-open
//! with the first call asked for after its wait; a half-open one gives a fixed
//! number of permits and is judged when so many results are in. Results count
//! in the state in which they come.

use crate::kernel::{Duration, Instant};

/// When it opens and for how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerConfig {
    /// It opens at this share of failures, 0 to 1; none: it never opens.
    pub failure_share: Option<f64>,
    /// Calls in the window.
    pub window: u32,
    /// No judgement on fewer calls, at most the window.
    pub minimum: u32,
    /// How long it stays open.
    pub open: Duration,
    /// Permits when half-open.
    pub probes: u32,
    /// A call that takes longer is slow.
    pub slow: Option<Duration>,
    /// It opens at this share of slow calls, 0 to 1.
    pub slow_share: f64,
}

impl Default for BreakerConfig {
    /// The defaults of resilience4j.
    fn default() -> Self {
        Self {
            failure_share: Some(0.5),
            window: 100,
            minimum: 100,
            open: Duration::from_secs(60.0),
            probes: 10,
            slow: Some(Duration::from_secs(60.0)),
            slow_share: 1.0,
        }
    }
}

/// What it does with calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Lets them through.
    Closed,
    /// Refuses them.
    Open,
    /// Lets some through to try.
    HalfOpen,
}

const FAILED: u8 = 1;
const SLOW: u8 = 2;

/// The last calls and how they went.
#[derive(Clone, Debug, Default)]
struct Window {
    /// [`FAILED`] and [`SLOW`], the oldest first.
    results: Vec<u8>,
    failures: u32,
    slow: u32,
}

impl Window {
    fn record(&mut self, failed: bool, slow: bool, size: u32) {
        let result = (u8::from(failed) * FAILED) | (u8::from(slow) * SLOW);
        self.results.push(result);
        self.failures += u32::from(failed);
        self.slow += u32::from(slow);
        while self.len() > size.max(1) {
            let oldest = self.results.remove(0);
            self.failures -= u32::from(oldest & FAILED != 0);
            self.slow -= u32::from(oldest & SLOW != 0);
        }
    }

    fn len(&self) -> u32 {
        self.results.len() as u32
    }

    fn share(&self, count: u32) -> f64 {
        f64::from(count) / f64::from(self.len().max(1))
    }

    fn is_bad(&self, config: &BreakerConfig) -> bool {
        let failing = config
            .failure_share
            .is_some_and(|most| self.share(self.failures) >= most);
        let slow = config.slow.is_some() && self.share(self.slow) >= config.slow_share;
        failing || slow && config.failure_share.is_some()
    }
}

/// One breaker.
#[derive(Clone, Debug)]
pub struct Breaker {
    state: BreakerState,
    window: Window,
    opened_at: Instant,
    /// Left to give while half-open.
    permits: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            state: BreakerState::Closed,
            window: Window::default(),
            opened_at: Instant::START,
            permits: 0,
        }
    }
}

impl Breaker {
    /// What it does with calls now. An open breaker whose wait is over is open
    /// until a call is asked for.
    pub fn state(&self) -> BreakerState {
        self.state
    }

    /// The share of failures in its window.
    pub fn failure_share(&self) -> f64 {
        self.window.share(self.window.failures)
    }

    /// Asks for a call. Each permit must be followed by one
    /// [`Self::record`] or [`Self::give_back`].
    pub fn permits(&mut self, config: &BreakerConfig, now: Instant) -> bool {
        if config.failure_share.is_none() {
            return true;
        }
        if self.state == BreakerState::Open && now.since(self.opened_at) >= config.open {
            self.state = BreakerState::HalfOpen;
            self.window = Window::default();
            self.permits = config.probes.max(1);
        }
        match self.state {
            BreakerState::Closed => true,
            BreakerState::Open => false,
            BreakerState::HalfOpen => {
                let given = self.permits > 0;
                self.permits -= u32::from(given);
                given
            }
        }
    }

    /// A permit was not used.
    pub fn give_back(&mut self) {
        if self.state == BreakerState::HalfOpen {
            self.permits += 1;
        }
    }

    /// A call ended.
    pub fn record(&mut self, failed: bool, took: Duration, config: &BreakerConfig, now: Instant) {
        let slow = config.slow.is_some_and(|most| took > most);
        match self.state {
            BreakerState::Open => {}
            BreakerState::Closed => {
                self.window.record(failed, slow, config.window);
                let enough = self.window.len() >= config.minimum.min(config.window);
                if enough && self.window.is_bad(config) {
                    self.open(now);
                }
            }
            BreakerState::HalfOpen => {
                let probes = config.probes.max(1);
                self.window.record(failed, slow, probes);
                if self.window.len() >= probes {
                    match self.window.is_bad(config) {
                        true => self.open(now),
                        false => *self = Self::default(),
                    }
                }
            }
        }
    }

    fn open(&mut self, now: Instant) {
        self.state = BreakerState::Open;
        self.opened_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: BreakerConfig = BreakerConfig {
        failure_share: Some(0.5),
        window: 100,
        minimum: 5,
        open: Duration(5_000_000_000),
        probes: 4,
        slow: None,
        slow_share: 1.0,
    };
    const FAST: Duration = Duration::ZERO;

    fn at(seconds: f64) -> Instant {
        Instant::from_secs(seconds)
    }

    fn call(breaker: &mut Breaker, failed: bool, now: Instant) {
        assert!(breaker.permits(&CONFIG, now));
        breaker.record(failed, FAST, &CONFIG, now);
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for failed in [true, true, true, false] {
            call(&mut breaker, failed, at(0.0));
            assert_eq!(breaker.state(), BreakerState::Closed);
        }
        call(&mut breaker, false, at(0.0));
        breaker
    }

    #[test]
    fn opens_at_60_percent_of_five_and_tries_after_its_wait() {
        let mut breaker = opened();
        assert_eq!(breaker.state(), BreakerState::Open);
        assert_eq!(breaker.failure_share(), 0.6);
        assert!(!breaker.permits(&CONFIG, at(0.0)));
        assert!(!breaker.permits(&CONFIG, at(3.0)));
        let given = (0..10).filter(|_| breaker.permits(&CONFIG, at(6.0)));
        assert_eq!(given.count(), 4);
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert_eq!(breaker.failure_share(), 0.0);
    }

    #[test]
    fn half_open_is_judged_when_all_results_are_in() {
        for (failures, after) in [
            (0, BreakerState::Closed),
            (1, BreakerState::Closed),
            (2, BreakerState::Open),
        ] {
            let mut breaker = opened();
            for number in 0..4 {
                assert!(breaker.permits(&CONFIG, at(6.0)));
                assert_eq!(breaker.state(), BreakerState::HalfOpen);
                breaker.record(number < failures, FAST, &CONFIG, at(6.0));
            }
            assert_eq!(breaker.state(), after);
            // Open again: the wait starts anew.
            assert_eq!(breaker.permits(&CONFIG, at(9.0)), failures < 2);
        }
    }

    #[test]
    fn a_permit_given_back_can_be_given_again() {
        let mut breaker = opened();
        for _ in 0..4 {
            assert!(breaker.permits(&CONFIG, at(6.0)));
        }
        assert!(!breaker.permits(&CONFIG, at(6.0)));
        breaker.give_back();
        assert!(breaker.permits(&CONFIG, at(6.0)));
    }

    #[test]
    fn results_that_come_while_open_change_nothing() {
        let mut breaker = opened();
        breaker.record(false, FAST, &CONFIG, at(1.0));
        assert_eq!(breaker.failure_share(), 0.6);
    }

    #[test]
    fn the_window_slides() {
        let config = BreakerConfig {
            window: 10,
            minimum: 10,
            ..CONFIG
        };
        let mut breaker = Breaker::default();
        for number in 0..100 {
            breaker.record(number % 5 < 2, FAST, &config, at(0.0));
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
        assert_eq!(breaker.failure_share(), 0.4);
        breaker.record(true, FAST, &config, at(0.0));
        breaker.record(true, FAST, &config, at(0.0));
        breaker.record(true, FAST, &config, at(0.0));
        assert_eq!(breaker.state(), BreakerState::Open);
    }

    #[test]
    fn defaults_need_a_hundred_calls_and_mind_slow_ones() {
        let config = BreakerConfig::default();
        for took in [0.0, 61.0] {
            let mut breaker = Breaker::default();
            let failed = took == 0.0;
            for _ in 0..99 {
                breaker.record(failed, Duration::from_secs(took), &config, at(0.0));
                assert_eq!(breaker.state(), BreakerState::Closed);
            }
            breaker.record(failed, Duration::from_secs(took), &config, at(0.0));
            assert_eq!(breaker.state(), BreakerState::Open);
            assert!(!breaker.permits(&config, at(59.9)));
            let given = (0..20).filter(|_| breaker.permits(&config, at(60.0)));
            assert_eq!(given.count(), 10);
        }
    }

    #[test]
    fn switched_off_it_never_opens() {
        let config = BreakerConfig {
            failure_share: None,
            ..CONFIG
        };
        let mut breaker = Breaker::default();
        for _ in 0..200 {
            assert!(breaker.permits(&config, at(0.0)));
            breaker.record(true, FAST, &config, at(0.0));
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
