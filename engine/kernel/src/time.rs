//! Simulated time: nanoseconds since the start of a run. No wall clock.

use crate::settings::clip;
use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A point in simulated time, in nanoseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub u64);

/// A length of simulated time, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

/// The longest run and the longest delay: 10 000 hours. It keeps every sum of
/// two times far from overflow, whatever a user types.
pub const LONGEST: Duration = Duration(10_000 * 3_600 * 1_000_000_000);

impl Instant {
    /// The start of every run.
    pub const START: Self = Self(0);

    /// Seconds since the start; negative and not-a-number become the start.
    pub fn from_secs(seconds: f64) -> Self {
        Self(Duration::from_secs(seconds).0)
    }

    /// Seconds since the start.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The time from `earlier` to `self`; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Rounds to the nearest nanosecond; negative and not-a-number become
    /// zero, anything beyond [`LONGEST`] becomes that.
    pub fn from_secs(seconds: f64) -> Self {
        let nanoseconds = seconds * 1e9;
        if nanoseconds >= LONGEST.0 as f64 {
            LONGEST
        } else if nanoseconds > 0.0 {
            Self((nanoseconds + 0.5) as u64)
        } else {
            Self::ZERO
        }
    }

    /// Like [`Self::from_secs`], from milliseconds.
    pub fn from_millis(milliseconds: f64) -> Self {
        Self::from_secs(milliseconds / 1e3)
    }

    /// In seconds.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// In milliseconds.
    pub fn as_millis(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Scaled by a factor of at least zero, bounded by [`LONGEST`].
    pub fn scaled(self, factor: f64) -> Self {
        // Mostly so, and worth a branch.
        if factor == 1.0 {
            return self;
        }
        Self::from_secs(self.as_secs() * factor)
    }

    /// Reads `250us`, `15ms`, `2s`, `1.5m`, `1h`, `40ns`. A bare number is
    /// refused, so that nobody has to guess a unit.
    ///
    /// # Errors
    /// A sentence that says what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refuse = || {
            let text = clip(text);
            format!("`{text}` must be a time from 0s to 10000h, such as 250us, 15ms, 2s or 1.5m")
        };
        let Some(split) = text.find(|c: char| c.is_ascii_alphabetic()) else {
            let text = clip(text);
            return Err(format!(
                "`{text}` has no unit: write 250us, 15ms, 2s or 1.5m"
            ));
        };
        let (number, unit) = text.split_at(split);
        let scale_ns = match unit {
            "ns" => 1u64,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(refuse()),
        };
        let nanoseconds = decimal_scaled(number, scale_ns);
        let fits = nanoseconds.filter(|it| *it <= LONGEST.0);
        fits.map(Self).ok_or_else(refuse)
    }
}

/// `number` times `scale`, exact in integers (a float would lose nanoseconds);
/// digits beyond the nanosecond are cut. None for anything but plain decimals.
fn decimal_scaled(number: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let mut total = whole.checked_mul(scale)?;
    let mut place = scale;
    for digit in fraction.bytes() {
        place /= 10;
        if place == 0 {
            break;
        }
        total = total.checked_add(u64::from(digit - b'0') * place)?;
    }
    Some(total)
}

impl fmt::Display for Duration {
    /// The shortest exact form with a unit, such as `12.5s`, `80ms`, `250us`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scale, unit, digits) = match self.0 {
            0 => return f.write_str("0s"),
            n if n < 1_000 => (1u64, "ns", 0),
            n if n < 1_000_000 => (1_000, "us", 3),
            n if n < 1_000_000_000 => (1_000_000, "ms", 6),
            _ => (1_000_000_000, "s", 9),
        };
        let (whole, rest) = (self.0 / scale, self.0 % scale);
        if rest == 0 {
            return write!(f, "{whole}{unit}");
        }
        let fraction = format!("{rest:0digits$}");
        write!(f, "{whole}.{}{unit}", fraction.trim_end_matches('0'))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Duration(self.0).fmt(f)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;
    fn add(self, length: Duration) -> Self {
        Self(self.0.saturating_add(length.0))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, length: Duration) {
        *self = *self + length;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;
    fn sub(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(length.0))
    }
}

impl Add for Duration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Duration {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_and_parse_back() {
        for ns in [1, 999, 1_500, 80_000_000, 12_345_678_901, 90_000_000_000] {
            let text = Duration(ns).to_string();
            assert_eq!(Duration::parse(&text), Ok(Duration(ns)), "{text}");
        }
        assert_eq!(Duration::parse("1.5m"), Ok(Duration(90_000_000_000)));
        assert!(Duration::parse("5").is_err());
        assert!(Duration::parse("-1s").is_err());
        assert!(Duration::parse("99999999999999h").is_err());
    }

    #[test]
    fn absurd_floats_stay_in_range() {
        assert_eq!(Duration::from_secs(f64::NAN), Duration::ZERO);
        assert_eq!(Duration::from_secs(-1.0), Duration::ZERO);
        assert_eq!(Duration::from_secs(f64::INFINITY), LONGEST);
    }
}
