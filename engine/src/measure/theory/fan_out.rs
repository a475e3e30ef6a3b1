//! Fan-out, joins and hedging.

use super::domain::{MAX_STATES, finite, is_positive, is_probability, is_quantile, is_rate};

/// A request with a hedge, see [`hedged_bimodal`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HedgedBimodal {
    /// Probability that the first copy was fast.
    pub fast: f64,
    /// Probability that the first copy was slow and the hedge decided the latency.
    pub rescued: f64,
    /// Latency in the rescued case, time.
    pub rescued_latency: f64,
    /// Probability that the full slow time was paid.
    pub slow: f64,
    /// Mean latency, time.
    pub mean: f64,
    /// Probability that a second copy is sent: the extra load.
    pub extra_load: f64,
}

/// Probability that at least one of `leaves` calls is slow, when each is with
/// probability `slow`: `1 - (1 - p)^n` (Dean and Barroso 2013).
#[must_use]
pub fn fan_out_slow(slow: f64, leaves: u32) -> Option<f64> {
    if !is_probability(slow) {
        return None;
    }
    if leaves == 0 {
        return Some(0.0);
    }
    Some(-libm::expm1(f64::from(leaves) * libm::log1p(-slow)))
}

/// Mean of the slowest of `leaves` independent exponential calls of rate `mu`:
/// the harmonic number over `mu`, time.
#[must_use]
pub fn max_exponential_mean(mu: f64, leaves: u32) -> Option<f64> {
    if !is_positive(mu) || leaves as usize > MAX_STATES {
        return None;
    }
    let harmonic: f64 = (1..=leaves).rev().map(|k| 1.0 / f64::from(k)).sum();
    finite(harmonic / mu)
}

/// Time that the slowest of `leaves` independent exponential calls of rate `mu`
/// does not exceed with probability `q`.
#[must_use]
pub fn max_exponential_quantile(mu: f64, leaves: u32, q: f64) -> Option<f64> {
    if !is_positive(mu) || leaves == 0 || !is_quantile(q) {
        return None;
    }
    if q == 0.0 {
        return Some(0.0);
    }
    let tail = -libm::expm1(libm::log(q) / f64::from(leaves));
    finite((-libm::log(tail) / mu).max(0.0))
}

/// Mean latency of an exponential call of rate `mu`, hedged by an independent
/// second one after `hedge`, the first answer counts, time.
#[must_use]
pub fn hedged_exponential_mean(mu: f64, hedge: f64) -> Option<f64> {
    let sent = hedge_load(mu, hedge)?;
    finite((1.0 - sent + 0.5 * sent) / mu)
}

/// Share of calls of exponential rate `mu` that a hedge after `hedge` sends twice.
#[must_use]
pub fn hedge_load(mu: f64, hedge: f64) -> Option<f64> {
    (is_positive(mu) && is_rate(hedge)).then(|| libm::exp(-mu * hedge))
}

/// Latency that the hedged call of [`hedged_exponential_mean`] does not exceed
/// with probability `q`, time.
#[must_use]
pub fn hedged_exponential_quantile(mu: f64, hedge: f64, q: f64) -> Option<f64> {
    if !is_positive(mu) || !is_rate(hedge) || !is_quantile(q) {
        return None;
    }
    let alone = -libm::log1p(-q) / mu;
    finite(if alone <= hedge {
        alone
    } else {
        0.5 * (alone + hedge)
    })
}

/// A call that takes `fast`, or with probability `slow_share` takes `slow >= fast`,
/// hedged by an independent second one after `hedge`; times in one unit.
#[must_use]
pub fn hedged_bimodal(fast: f64, slow: f64, slow_share: f64, hedge: f64) -> Option<HedgedBimodal> {
    let known = is_rate(fast) && is_rate(slow) && is_rate(hedge) && slow >= fast;
    if !known || !is_probability(slow_share) {
        return None;
    }
    let rescued_latency = (hedge + fast).min(slow);
    let (is_fast, both) = (1.0 - slow_share, slow_share * slow_share);
    let helps = hedge + fast < slow;
    let rescued = if helps { slow_share * is_fast } else { 0.0 };
    let is_slow = if helps { both } else { slow_share };
    let extra_load = if hedge < fast {
        1.0
    } else if hedge < slow {
        slow_share
    } else {
        0.0
    };
    Some(HedgedBimodal {
        fast: is_fast,
        rescued,
        rescued_latency,
        slow: is_slow,
        mean: finite(is_fast * fast + rescued * rescued_latency + is_slow * slow)?,
        extra_load,
    })
}

/// Mean time until both halves of a job are done, when each job sends one half to
/// each of two M/M/1 queues (Flatto and Hahn 1984): `(12 - rho) / (8 (mu - lambda))`.
#[must_use]
pub fn fork_join_2(lambda: f64, mu: f64) -> Option<f64> {
    if !is_rate(lambda) || !is_positive(mu) || lambda >= mu {
        return None;
    }
    finite((12.0 - lambda / mu) / (8.0 * (mu - lambda)))
}
