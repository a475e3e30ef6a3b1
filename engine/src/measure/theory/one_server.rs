//! One server with any service time, and several such stages in a row.

use super::domain::{MAX_STATES, finite, invert_tail, is_positive, is_quantile, is_rate};

/// Poisson terms kept in the M/D/1 recursion, where the mean is below one.
const POISSON_TERMS: usize = 64;

/// Mean values of an M/G/1 queue, see [`mg1`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SingleServer {
    /// Share of time the server is busy, `0..1`.
    pub utilisation: f64,
    /// Mean wait `Wq`, time.
    pub wait_mean: f64,
    /// Mean sojourn `W`, time.
    pub sojourn_mean: f64,
    /// Mean number in the system `L`.
    pub in_system_mean: f64,
}

/// M/G/1 by Pollaczek and Khinchine: `Wq = lambda E[S^2] / (2 (1 - rho))`.
///
/// `mean` is the mean service time, `scv` its squared coefficient of variation
/// (0 constant, 1 exponential). `None` unless `lambda * mean < 1`.
#[must_use]
pub fn mg1(lambda: f64, mean: f64, scv: f64) -> Option<SingleServer> {
    let utilisation = lambda * mean;
    let known = is_rate(lambda) && is_positive(mean) && is_rate(scv);
    if !known || utilisation >= 1.0 {
        return None;
    }
    let wait_mean = utilisation * mean * (1.0 + scv) / (2.0 * (1.0 - utilisation));
    let sojourn_mean = finite(wait_mean + mean)?;
    Some(SingleServer {
        utilisation,
        wait_mean,
        sojourn_mean,
        in_system_mean: lambda * sojourn_mean,
    })
}

/// `P(A > k)` for a Poisson number `A` of mean `mean < 1`, by `k`.
fn poisson_tails(mean: f64) -> Vec<f64> {
    let mut term = libm::exp(-mean);
    let mut terms = Vec::with_capacity(POISSON_TERMS);
    for k in 1..=POISSON_TERMS {
        term *= mean / k as f64;
        terms.push(term);
    }
    let mut tail = 0.0;
    for term in terms.iter_mut().rev() {
        tail += *term;
        *term = tail;
    }
    terms
}

/// `P(at most m wait)` in M/D/1 for `m = 0..`, up to the first that reaches `q`.
///
/// The numbers in the system follow from balancing the flow across each level,
/// a recursion of positive terms only.
fn md1_waiting(utilisation: f64, q: f64) -> Option<Vec<f64>> {
    let tails = poisson_tails(utilisation);
    let none = libm::exp(-utilisation);
    let mut p = vec![1.0 - utilisation];
    let mut sum = 1.0 - utilisation;
    let mut waiting = Vec::new();
    while p.len() < MAX_STATES / 10 {
        let n = p.len() - 1;
        let mut up = p[0] * tails.get(n).copied().unwrap_or(0.0);
        for (back, tail) in tails.iter().enumerate().skip(1).take(n) {
            up += p[n + 1 - back] * tail;
        }
        let next = up / none;
        p.push(next);
        sum += next;
        waiting.push(sum);
        if sum >= q {
            return Some(waiting);
        }
    }
    None
}

/// M/D/1: wait that the share `q` of arrivals does not exceed, exact, time.
///
/// `service` is the constant service time. Method of Franx (2001): within one
/// service time the distribution of the wait is a Poisson mixture of the
/// distribution of the number waiting. `None` unless `lambda * service < 1`.
#[must_use]
pub fn md1_wait_quantile(lambda: f64, service: f64, q: f64) -> Option<f64> {
    let utilisation = mg1(lambda, service, 0.0)?.utilisation;
    if !is_quantile(q) {
        return None;
    }
    if q <= 1.0 - utilisation {
        return Some(0.0);
    }
    let waiting = md1_waiting(utilisation, q)?;
    let tail = |into: f64| {
        let mean = utilisation * (1.0 - into);
        let mut term = libm::exp(-mean);
        let mut within = 0.0;
        for (j, share) in waiting.iter().rev().take(POISSON_TERMS).enumerate() {
            within += share * term;
            term *= mean / (j + 1) as f64;
        }
        1.0 - within
    };
    let into = invert_tail(tail, 1.0 - q, 1.0)?.min(1.0);
    Some(((waiting.len() - 1) as f64 + into) * service)
}

/// Mean of a sum of independent exponential stages of the given `rates`, time.
///
/// For M/M/1 queues in tandem each stage has the rate `mu - lambda` (Burke,
/// Reich): the sojourns are independent and exponential.
#[must_use]
pub fn stages_mean(rates: &[f64]) -> Option<f64> {
    if !rates.iter().all(|&r| is_positive(r)) {
        return None;
    }
    finite(rates.iter().map(|r| 1.0 / r).sum())
}

/// Probability that the sum of the stages exceeds `t`, by uniformisation.
fn stages_tail(rates: &[f64], fastest: f64, t: f64) -> f64 {
    let chunks = libm::ceil(fastest * t / 32.0).max(1.0);
    let mean = fastest * t / chunks;
    let mut state = vec![0.0; rates.len()];
    state[0] = 1.0;
    for _ in 0..chunks as u64 {
        let mut step = state.clone();
        let mut weight = libm::exp(-mean);
        let mut next: Vec<f64> = state.iter().map(|s| s * weight).collect();
        for n in 1..=160_u32 {
            for i in (0..rates.len()).rev() {
                let arrives = if i == 0 {
                    0.0
                } else {
                    step[i - 1] * rates[i - 1] / fastest
                };
                step[i] = step[i] * (1.0 - rates[i] / fastest) + arrives;
            }
            weight *= mean / f64::from(n);
            for (sum, s) in next.iter_mut().zip(&step) {
                *sum += weight * s;
            }
            if weight < 1e-20 && f64::from(n) > mean {
                break;
            }
        }
        state = next;
    }
    state.iter().sum()
}

/// Time that the sum of independent exponential stages does not exceed with
/// probability `q`; equal rates are allowed.
///
/// `None` for no stage, for more than 64, or where the rates differ by more than
/// a factor of 1,000.
#[must_use]
pub fn stages_quantile(rates: &[f64], q: f64) -> Option<f64> {
    let mean = stages_mean(rates)?;
    let fastest = rates.iter().copied().fold(0.0, f64::max);
    let slowest = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let sensible = !rates.is_empty() && rates.len() <= 64 && fastest <= slowest * 1e3;
    if !sensible || !is_quantile(q) || q > 1.0 - 1e-9 {
        return None;
    }
    invert_tail(|t| stages_tail(rates, fastest, t), 1.0 - q, mean)
}
