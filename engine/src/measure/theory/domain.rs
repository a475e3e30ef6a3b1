//! The domain of the formulas, and the numerics they share. No formula.

/// Longest recursion that any formula here walks before it gives up.
pub(super) const MAX_STATES: usize = 1_000_000;

/// Halvings after which an interval of `f64` can shrink no further.
pub(super) const BISECTIONS: u32 = 200;

pub(super) fn is_rate(x: f64) -> bool {
    x.is_finite() && x >= 0.0
}

pub(super) fn is_positive(x: f64) -> bool {
    x.is_finite() && x > 0.0
}

pub(super) fn is_probability(x: f64) -> bool {
    (0.0..=1.0).contains(&x)
}

pub(super) fn is_quantile(q: f64) -> bool {
    (0.0..1.0).contains(&q)
}

pub(super) fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

/// The `t >= 0` at which a falling `tail` passes `target`; `scale` is a typical time.
pub(super) fn invert_tail(tail: impl Fn(f64) -> f64, target: f64, scale: f64) -> Option<f64> {
    if !is_positive(scale) || target.is_nan() {
        return None;
    }
    if tail(0.0) <= target {
        return Some(0.0);
    }
    let mut high = scale;
    while tail(high) > target {
        high *= 2.0;
        if high > scale * 1e9 || !high.is_finite() {
            return None;
        }
    }
    let mut low = 0.0;
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if high - low <= 1e-14 * high || middle <= low || middle >= high {
            break;
        }
        if tail(middle) > target {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(0.5 * (low + high))
}

/// Stationary distribution of a birth-death chain on `0..=last`.
///
/// `ratio(n)` is the birth rate in state `n` over the death rate in `n + 1`,
/// and must not grow with `n`. States beyond all weight are cut off.
pub(super) fn birth_death(last: usize, ratio: impl Fn(usize) -> f64) -> Option<Vec<f64>> {
    let mut weights = vec![1.0_f64];
    let (mut weight, mut sum) = (1.0_f64, 1.0_f64);
    for n in 0..last {
        let step = ratio(n);
        weight *= step;
        if !weight.is_finite() || weights.len() > MAX_STATES {
            return None;
        }
        if weight > 1e100 {
            // Far states are already zero, so each is touched a few times in all.
            for w in weights.iter_mut().rev().take_while(|w| **w > 0.0) {
                *w /= weight;
            }
            sum /= weight;
            weight = 1.0;
        }
        weights.push(weight);
        sum += weight;
        if step < 0.999 && weight < sum * 1e-22 {
            break;
        }
    }
    for w in &mut weights {
        *w /= sum;
    }
    Some(weights)
}

/// Sum of `value(n) * p[n]`.
pub(super) fn expectation(p: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    p.iter().enumerate().map(|(n, w)| value(n) * w).sum()
}
