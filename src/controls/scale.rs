//! Where a value stands on a slider. Wide ranges are logarithmic, in steps of
//! round numbers, so that each press of an arrow key means something.

use patternscope_engine::kernel::{Knob, KnobKind};

/// Round numbers within a factor of ten.
const ROUND: [f64; 24] = [
    1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0, 2.2, 2.5, 2.8, 3.0, 3.2, 3.5, 4.0, 4.5, 5.0, 5.5,
    6.0, 7.0, 8.0, 9.0, 9.5,
];
/// A linear slider has at most so many steps.
const LINEAR_MOST: f64 = 100.0;
/// A logarithmic one begins so far below its first value.
const BELOW: f64 = 200.0;

/// The values a slider can have, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale(Vec<f64>);

impl Scale {
    /// For a knob that takes numbers.
    pub fn of(knob: &Knob) -> Option<Self> {
        let KnobKind::Number {
            min,
            max,
            default,
            whole,
            ..
        } = knob.kind
        else {
            return None;
        };
        let max = knob.on_page.unwrap_or(max);
        let step = if whole || knob.unit == "%" {
            1.0
        } else {
            (max - min) / LINEAR_MOST
        };
        if (max - min) / step <= LINEAR_MOST && max <= 200.0 {
            let count = ((max - min) / step).round() as usize;
            return Some(Self((0..=count).map(|i| min + step * i as f64).collect()));
        }
        let floor = if whole {
            1.0
        } else {
            (default.max(max / 1e5) / BELOW).max(1e-3)
        };
        Some(Self::round_numbers(min, max, floor.max(min), whole))
    }

    fn round_numbers(min: f64, max: f64, floor: f64, whole: bool) -> Self {
        let mut values = vec![min];
        let mut decade = 1e-3;
        while decade <= max {
            for round in ROUND {
                // A product with a decade below one is rarely exact.
                let value = (round * decade * 1e6).round() / 1e6;
                let fits = value > min && value >= floor && value < max;
                if fits && (!whole || value == value.trunc()) {
                    values.push(value);
                }
            }
            decade *= 10.0;
        }
        values.push(max);
        Self(values)
    }

    /// The last position.
    pub fn last(&self) -> usize {
        self.0.len() - 1
    }

    /// The value at a position.
    pub fn value(&self, position: usize) -> f64 {
        self.0[position.min(self.last())]
    }

    /// The position nearest to a value.
    pub fn position(&self, value: f64) -> usize {
        let after = self.0.partition_point(|v| *v < value).min(self.last());
        let before = after.saturating_sub(1);
        if (self.0[after] - value).abs() <= (value - self.0[before]).abs() {
            after
        } else {
            before
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patternscope_engine::patterns::CATALOG;

    #[test]
    fn every_knob_has_a_scale_that_goes_there_and_back() {
        for knob in CATALOG.iter().flat_map(|pattern| pattern.knobs) {
            let KnobKind::Number {
                min, max, whole, ..
            } = knob.kind
            else {
                assert_eq!(Scale::of(knob), None);
                continue;
            };
            let max = knob.on_page.unwrap_or(max);
            let scale = Scale::of(knob).expect("numbers have one");
            assert_eq!(
                (scale.value(0), scale.value(scale.last())),
                (min, max),
                "{}",
                knob.key
            );
            assert!(
                scale.last() <= 300,
                "{} has {} steps",
                knob.key,
                scale.last()
            );
            for position in 0..=scale.last() {
                let value = scale.value(position);
                assert_eq!(scale.position(value), position, "{}={value}", knob.key);
                assert!(!whole || value == value.trunc());
            }
        }
    }

    #[test]
    fn wide_ranges_are_logarithmic() {
        let knob = Knob::number("", "rate", "", "/s", (0.0, 40.0, 50_000.0), "");
        let scale = Scale::of(&knob).expect("a number");
        let middle = scale.value(scale.last() / 2);
        assert!((20.0..500.0).contains(&middle), "{middle}");
        assert_eq!(scale.value(scale.position(40.0)), 40.0);
    }
}
