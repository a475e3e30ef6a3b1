//! Means over seeds with 95 % confidence intervals.

use serde::Serialize;

/// Student's t, two-sided 95 %, for 1 to 30 degrees of freedom.
const T_95: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];

/// Student's t beyond the table, up to 60 degrees of freedom and then to infinity:
/// rounded up, so that an interval is never too narrow.
const T_95_BEYOND: [f64; 2] = [2.040, 2.000];

/// A mean, and half the width of its confidence interval.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Estimate {
    /// None if nothing was measured.
    pub mean: Option<f64>,
    /// None with less than two values.
    pub ci95: Option<f64>,
}

impl Estimate {
    /// From independent values.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        if values.is_empty() {
            return Self {
                mean: None,
                ci95: None,
            };
        }
        let mean = values.iter().sum::<f64>() / n;
        if values.len() < 2 {
            return Self {
                mean: Some(mean),
                ci95: None,
            };
        }
        let squares: f64 = values
            .iter()
            .map(|value| (value - mean) * (value - mean))
            .sum();
        let error = (squares / (n - 1.0) / n).sqrt();
        let beyond = T_95_BEYOND[usize::from(values.len() > 61)];
        let t = T_95.get(values.len() - 2).copied().unwrap_or(beyond);
        Self {
            mean: Some(mean),
            ci95: Some(t * error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_students() {
        // Mean 3, standard deviation sqrt(2.5), t(4) = 2.776.
        let Estimate { mean, ci95 } = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(mean, Some(3.0));
        assert!(ci95.is_some_and(|half| (half - 2.776 * (2.5_f64 / 5.0).sqrt()).abs() < 1e-12));
        assert!(Estimate::of(&[1.0]).ci95.is_none() && Estimate::of(&[]).mean.is_none());
    }
}
