//! Retries, timeouts, abandonment, and whether an overload ends.

use super::domain::{
    MAX_STATES, birth_death, expectation, finite, is_positive, is_probability, is_rate,
};
use super::many_servers::mm1;

/// A backlog that an outage leaves behind, see [`backlog`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backlog {
    /// Messages waiting at the end of the outage.
    pub peak: f64,
    /// Time from the end of the outage until the backlog is gone.
    pub drain: f64,
}

/// A queue in which refused work re-enters at once, see [`instant_requeue`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Requeue {
    /// Attempts per unit of time.
    pub lambda_effective: f64,
    /// Mean number in the system `L`.
    pub in_system_mean: f64,
    /// Mean time from first arrival to success `W`.
    pub sojourn_mean: f64,
}

/// Expected attempts of one request when each fails with `failure` and up to
/// `retries` follow: `(1 - p^(r+1)) / (1 - p)`.
#[must_use]
pub fn expected_attempts(failure: f64, retries: u32) -> Option<f64> {
    if !is_probability(failure) {
        return None;
    }
    let attempts = f64::from(retries) + 1.0;
    let rest = 1.0 - failure;
    if rest < 1e-12 {
        return Some(attempts);
    }
    Some((1.0 - libm::pow(failure, attempts)) / rest)
}

/// Probability that one of the first attempt and `retries` more succeeds.
#[must_use]
pub fn retry_success(failure: f64, retries: u32) -> Option<f64> {
    let attempts = f64::from(retries) + 1.0;
    is_probability(failure).then(|| 1.0 - libm::pow(failure, attempts))
}

/// Attempts that reach the bottom of `layers` that each try `attempts` times
/// while all fail: `attempts^layers`.
#[must_use]
pub fn layered_attempts(attempts: u32, layers: u32) -> Option<f64> {
    finite(libm::pow(f64::from(attempts), f64::from(layers)))
}

/// M/M/1 in which each served attempt fails with `failure` and joins the queue
/// again at once. `None` unless `lambda / (1 - failure) < mu`.
#[must_use]
pub fn instant_requeue(lambda: f64, mu: f64, failure: f64) -> Option<Requeue> {
    if !is_probability(failure) || !is_positive(lambda) {
        return None;
    }
    let lambda_effective = lambda / (1.0 - failure);
    let queue = mm1(lambda_effective, mu)?;
    Some(Requeue {
        lambda_effective,
        in_system_mean: queue.in_system_mean,
        sojourn_mean: finite(queue.in_system_mean / lambda)?,
    })
}

/// Share of arrivals at M/M/1 that leave unserved, when each gives up after the
/// fixed wait `patience` (Barrer 1957); any load.
#[must_use]
pub fn fixed_patience_loss(lambda: f64, mu: f64, patience: f64) -> Option<f64> {
    if !is_rate(lambda) || !is_positive(mu) || !is_rate(patience) {
        return None;
    }
    // Density of the virtual wait over that of an empty system, scaled to
    // stay finite under overload.
    let spare = mu - lambda;
    let exponent = spare * patience;
    let shift = if exponent < 0.0 { exponent } else { 0.0 };
    let beyond = lambda / mu * libm::exp(shift - exponent);
    let within = if exponent.abs() < 1e-12 {
        lambda * patience * libm::exp(shift)
    } else {
        lambda * (libm::exp(shift) - libm::exp(shift - exponent)) / spare
    };
    finite(beyond / (libm::exp(shift) + within + beyond))
}

/// Erlang A: share of arrivals at M/M/c that give up, when each waits for an
/// exponential patience of rate `theta > 0`; any load that keeps the number waiting
/// below a million.
#[must_use]
pub fn erlang_a_abandoned(lambda: f64, mu: f64, theta: f64, servers: u32) -> Option<f64> {
    if !is_positive(lambda) || !is_positive(mu) || !is_positive(theta) || servers == 0 {
        return None;
    }
    let busy = |n: usize| n.min(servers as usize) as f64;
    let waiting = |n: usize| n.saturating_sub(servers as usize) as f64;
    let death = |n: usize| busy(n) * mu + waiting(n) * theta;
    let p = birth_death(MAX_STATES, |n| lambda / death(n + 1))?;
    if p.len() > MAX_STATES {
        return None;
    }
    finite(expectation(&p, waiting) * theta / lambda)
}

/// Whether a system recovers after a trigger that made every request time out,
/// when callers retry `retries` times and nothing is cancelled:
/// it stays down exactly if `lambda (1 + retries) > mu`.
#[must_use]
pub fn metastable_recovers(lambda: f64, retries: u32, mu: f64) -> Option<bool> {
    if !is_rate(lambda) || !is_positive(mu) {
        return None;
    }
    Some(lambda * (1.0 + f64::from(retries)) <= mu)
}

/// Backlog after an outage of length `outage` with arrivals at `lambda` and a
/// total service rate `mu` (fluid limit). `None` unless `lambda < mu`.
#[must_use]
pub fn backlog(lambda: f64, mu: f64, outage: f64) -> Option<Backlog> {
    if !is_rate(lambda) || !is_positive(mu) || !is_rate(outage) || lambda >= mu {
        return None;
    }
    let peak = finite(lambda * outage)?;
    Some(Backlog {
        peak,
        drain: finite(peak / (mu - lambda))?,
    })
}
