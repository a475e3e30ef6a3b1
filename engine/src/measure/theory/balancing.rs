//! Load balanced over parallel servers.

use super::domain::{BISECTIONS, finite, is_positive, is_rate};
use super::many_servers::mm1;

/// Mean sojourn when Poisson arrivals at `lambda` in total are split at random
/// over `servers` M/M/1 queues of rate `mu` each, time.
#[must_use]
pub fn random_split_sojourn(lambda: f64, mu: f64, servers: u32) -> Option<f64> {
    if servers == 0 {
        return None;
    }
    Some(mm1(lambda / f64::from(servers), mu)?.sojourn_mean)
}

/// Mean sojourn when Poisson arrivals at `lambda` in total are dealt in turn to
/// `servers` queues of exponential rate `mu` each, time.
///
/// Each queue is an Erlang-n/M/1: `W = 1 / (mu (1 - s))` with `s` the root below
/// one of `s = (lambda / (lambda + mu (1 - s)))^n`.
#[must_use]
pub fn round_robin_sojourn(lambda: f64, mu: f64, servers: u32) -> Option<f64> {
    if !is_rate(lambda) || !is_positive(mu) || servers == 0 {
        return None;
    }
    let n = f64::from(servers);
    if lambda >= n * mu {
        return None;
    }
    // In x = 1 - s, so that the root keeps its digits near saturation.
    let excess = |x: f64| x + libm::expm1(-n * libm::log1p(mu * x / lambda));
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if excess(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    finite(1.0 / (mu * 0.5 * (low + high)))
}

/// Mean sojourn in the supermarket model: infinitely many servers of rate 1, at
/// load `lambda < 1` each, every arrival joins the shortest of `choices` random
/// queues (Mitzenmacher 2001): sum over `i >= 1` of `lambda^((d^i - d)/(d - 1))`.
#[must_use]
pub fn supermarket_sojourn(lambda: f64, choices: u32) -> Option<f64> {
    if !is_rate(lambda) || lambda >= 1.0 || choices == 0 {
        return None;
    }
    if choices == 1 {
        return finite(1.0 / (1.0 - lambda));
    }
    let d = f64::from(choices);
    let (mut sum, mut exponent) = (1.0, 0.0);
    for _ in 0..1_100 {
        exponent = exponent * d + d;
        let term = libm::pow(lambda, exponent);
        sum += term;
        if term < 1e-18 {
            return Some(sum);
        }
    }
    None
}
