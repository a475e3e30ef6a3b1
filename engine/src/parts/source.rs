//! When work arrives. A source owes an amount of "expected arrivals" until its
//! next one and pays it off at the present rate, so a change of rate, a surge
//! or a ramp takes effect at once and uses no extra draw.

use crate::kernel::{Duration, Instant, Substream};

/// How the rate runs over time. Rates are per second, for one source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curve {
    /// The same always.
    Flat(f64),
    /// `factor` times the mean rate for the first `1/factor` of each period,
    /// then nothing.
    OnOff {
        /// Mean rate.
        rate: f64,
        /// At least 1.
        factor: f64,
        /// Seconds, above zero.
        period: f64,
    },
    /// From one rate to another over the first `seconds`, then steady.
    Ramp {
        /// At the start.
        from: f64,
        /// From `seconds` on.
        to: f64,
        /// Above zero.
        seconds: f64,
    },
}

impl Curve {
    /// The rate at a time.
    pub fn rate_at(&self, at: f64) -> f64 {
        match *self {
            Self::Flat(rate) => rate,
            Self::OnOff {
                rate,
                factor,
                period,
            } => {
                if at % period < period / factor {
                    rate * factor
                } else {
                    0.0
                }
            }
            Self::Ramp { from, to, seconds } => from + (to - from) * (at / seconds).min(1.0),
        }
    }

    /// The same shape at `factor` times the rate.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        match self {
            Self::Flat(rate) => Self::Flat(rate * factor),
            Self::OnOff {
                rate,
                factor: burst,
                period,
            } => Self::OnOff {
                rate: rate * factor,
                factor: burst,
                period,
            },
            Self::Ramp { from, to, seconds } => Self::Ramp {
                from: from * factor,
                to: to * factor,
                seconds,
            },
        }
    }

    /// Expected arrivals from the start until `at`.
    fn integral(&self, at: f64) -> f64 {
        match *self {
            Self::Flat(rate) => rate * at,
            Self::OnOff {
                rate,
                factor,
                period,
            } => {
                let cycles = libm::floor(at / period);
                let on = (at - cycles * period).min(period / factor);
                rate * (cycles * period + factor * on)
            }
            Self::Ramp { from, to, seconds } => {
                let climbed = at.min(seconds);
                let flat = (at - seconds).max(0.0);
                from * climbed + (to - from) * climbed * climbed / (2.0 * seconds) + to * flat
            }
        }
    }

    /// The time at which the integral reaches `total`; infinite if never.
    fn inverse(&self, total: f64) -> f64 {
        match *self {
            Self::Flat(rate) => total / rate,
            Self::OnOff {
                rate,
                factor,
                period,
            } => {
                let cycles = libm::floor(total / (rate * period));
                cycles * period + (total - cycles * rate * period) / (rate * factor)
            }
            Self::Ramp { from, to, seconds } => {
                let climb = (from + to) / 2.0 * seconds;
                if total >= climb {
                    return seconds + (total - climb) / to;
                }
                let slope = (to - from) / seconds;
                // The stable root of slope/2 t^2 + from t = total.
                let root = libm::sqrt((from * from + 2.0 * slope * total).max(0.0));
                2.0 * total / (from + root)
            }
        }
    }
}

/// One source of arrivals.
#[derive(Clone, Debug)]
pub struct Source {
    substream: Substream,
    steady: bool,
    curve: Curve,
    /// Expected arrivals still to go by before the next.
    owed: f64,
    since: Instant,
    /// Counts changes; a timer of an earlier version is void.
    version: u32,
}

impl Source {
    /// `phase` in (0, 1] is when a steady source has its first arrival, in
    /// expected arrivals; a random source draws it.
    pub fn new(substream: Substream, phase: f64) -> Self {
        Self {
            substream,
            steady: true,
            curve: Curve::Flat(0.0),
            owed: phase,
            since: Instant::START,
            version: 0,
        }
    }

    /// Puts another curve in force from now on. `steady`: arrivals exactly one
    /// apart; otherwise a Poisson process. Gives the new version's next wait.
    pub fn change(&mut self, now: Instant, curve: Curve, steady: bool) -> Option<Duration> {
        self.pay(now);
        self.curve = curve;
        if self.steady && !steady {
            self.owed = crate::kernel::random::exponential(self.substream.uniform());
        } else if steady {
            self.owed = self.owed.min(1.0);
        }
        self.steady = steady;
        self.version = self.version.wrapping_add(1);
        self.wait()
    }

    /// The version that a timer set now must carry.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// After an arrival: the time to the next one, if there will be one.
    pub fn next(&mut self, now: Instant) -> Option<Duration> {
        self.since = now;
        let uniform = self.substream.uniform();
        self.owed = if self.steady {
            1.0
        } else {
            crate::kernel::random::exponential(uniform)
        };
        self.wait()
    }

    fn pay(&mut self, now: Instant) {
        let paid = self.curve.integral(now.as_secs()) - self.curve.integral(self.since.as_secs());
        self.owed = (self.owed - paid).max(0.0);
        self.since = now;
    }

    fn wait(&self) -> Option<Duration> {
        let since = self.since.as_secs();
        let at = self.curve.inverse(self.curve.integral(since) + self.owed);
        (at.is_finite() && at < 1e9).then(|| Duration::from_secs((at - since).max(1e-9)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURVES: [Curve; 4] = [
        Curve::Flat(3.0),
        Curve::OnOff {
            rate: 2.0,
            factor: 4.0,
            period: 1.5,
        },
        Curve::Ramp {
            from: 1.0,
            to: 9.0,
            seconds: 5.0,
        },
        Curve::Ramp {
            from: 9.0,
            to: 0.5,
            seconds: 5.0,
        },
    ];

    #[test]
    fn inverse_undoes_integral() {
        for curve in CURVES {
            for step in 1..200 {
                let total = f64::from(step) * 0.37;
                let at = curve.inverse(total);
                assert!(
                    (curve.integral(at) - total).abs() < 1e-9,
                    "{curve:?} {total}"
                );
            }
        }
    }

    #[test]
    fn no_rate_no_arrival() {
        let random = crate::kernel::Random::new(1);
        let substream = random.substream(crate::kernel::Purpose::named("arrivals"), 0);
        let mut source = Source::new(substream, 1.0);
        assert_eq!(source.change(Instant::START, Curve::Flat(0.0), false), None);
        assert!(
            source
                .change(Instant::START, Curve::Flat(1e-3), false)
                .is_some()
        );
    }
}
