//! Closed forms of queueing, retry, hedging and fan-out theory.
//!
//! This file owns the formulas that are shown as "predicted" beside what the
//! model measured, and the domain in which each of them holds. It owns no
//! state, no time, no random numbers and no decision about which formula fits
//! which settings; that is the pattern's business.
//!
//! Conventions: rates are events per unit of time, times are in that same unit
//! (whichever the caller uses throughout), probabilities and utilisations lie
//! in `0..=1`, a quantile `q` lies in `0..1`. "Wait" is the time before service
//! starts, "sojourn" is wait plus service. Outside its domain (no steady state,
//! negative rate, NaN) a formula answers `None` instead of a number.

/// Longest recursion that any formula here walks before it gives up.
const MAX_STATES: usize = 1_000_000;
/// Halvings after which an interval of `f64` can shrink no further.
const BISECTIONS: u32 = 200;
/// Poisson terms kept in the M/D/1 recursion, where the mean is below one.
const POISSON_TERMS: usize = 64;

/// Steady state of an M/M/c queue, see [`mmc`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Queue {
    /// Arrivals per unit of time.
    pub lambda: f64,
    /// Completions per unit of time of one busy server.
    pub mu: f64,
    /// Number of servers.
    pub servers: u32,
    /// Share of the servers that is busy, `0..1`.
    pub utilisation: f64,
    /// Probability that an arrival has to wait (Erlang C), `0..=1`.
    pub wait_probability: f64,
    /// Mean wait `Wq`, time.
    pub wait_mean: f64,
    /// Mean sojourn `W`, time.
    pub sojourn_mean: f64,
    /// Mean number waiting `Lq`.
    pub waiting_mean: f64,
    /// Mean number in the system `L`.
    pub in_system_mean: f64,
}

/// Steady state of a queue that refuses work, see [`mmck`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FiniteQueue {
    /// Probability that an arrival is refused, `0..=1`.
    pub loss: f64,
    /// Mean number in the system `L`.
    pub in_system_mean: f64,
    /// Mean sojourn of the accepted, time; the mean service time where nothing arrives.
    pub sojourn_mean: f64,
    /// Accepted arrivals per unit of time.
    pub throughput: f64,
    /// Share of the servers that is busy, `0..=1`.
    pub utilisation: f64,
}

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

/// Steady state of a closed loop, see [`closed_loop`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClosedLoop {
    /// Completions per unit of time, `X`.
    pub throughput: f64,
    /// Mean time from request to answer, `R`.
    pub response_mean: f64,
    /// Share of the workers that is busy, `0..=1`.
    pub utilisation: f64,
}

/// A backlog that an outage leaves behind, see [`backlog`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backlog {
    /// Messages waiting at the end of the outage.
    pub peak: f64,
    /// Time from the end of the outage until the backlog is gone.
    pub drain: f64,
}

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

fn is_rate(x: f64) -> bool {
    x.is_finite() && x >= 0.0
}

fn is_positive(x: f64) -> bool {
    x.is_finite() && x > 0.0
}

fn is_probability(x: f64) -> bool {
    (0.0..=1.0).contains(&x)
}

fn is_quantile(q: f64) -> bool {
    (0.0..1.0).contains(&q)
}

fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

/// The `t >= 0` at which a falling `tail` passes `target`; `scale` is a typical time.
fn invert_tail(tail: impl Fn(f64) -> f64, target: f64, scale: f64) -> Option<f64> {
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
fn birth_death(last: usize, ratio: impl Fn(usize) -> f64) -> Option<Vec<f64>> {
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
fn expectation(p: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    p.iter().enumerate().map(|(n, w)| value(n) * w).sum()
}

/// Erlang B: probability that all of `servers` are busy when nobody waits.
///
/// `offered` is the load in Erlang (arrival rate times mean service), `>= 0`.
/// Recursion `B(k) = a B(k-1) / (k + a B(k-1))`; any service distribution.
#[must_use]
pub fn erlang_b(servers: u32, offered: f64) -> Option<f64> {
    if !is_rate(offered) || servers as usize > MAX_STATES {
        return None;
    }
    let blocked = (1..=servers).fold(1.0, |b, k| {
        let load = offered * b;
        load / (f64::from(k) + load)
    });
    finite(blocked)
}

/// Erlang C: probability that an arrival at M/M/c has to wait.
///
/// `offered` is the load in Erlang; `None` unless it is below `servers`.
#[must_use]
pub fn erlang_c(servers: u32, offered: f64) -> Option<f64> {
    let utilisation = offered / f64::from(servers);
    if servers == 0 || !is_rate(utilisation) || utilisation >= 1.0 {
        return None;
    }
    let b = erlang_b(servers, offered)?;
    finite(b / (1.0 - utilisation * (1.0 - b)))
}

/// M/M/c: Poisson arrivals at `lambda`, `servers` of exponential rate `mu`, one
/// unbounded first-come queue. `None` unless `lambda < servers * mu`.
#[must_use]
pub fn mmc(lambda: f64, mu: f64, servers: u32) -> Option<Queue> {
    if !is_rate(lambda) || !is_positive(mu) {
        return None;
    }
    let offered = lambda / mu;
    let wait_probability = erlang_c(servers, offered)?;
    let spare = f64::from(servers) * mu - lambda;
    let wait_mean = finite(wait_probability / spare)?;
    let sojourn_mean = finite(wait_mean + 1.0 / mu)?;
    Some(Queue {
        lambda,
        mu,
        servers,
        utilisation: offered / f64::from(servers),
        wait_probability,
        wait_mean,
        sojourn_mean,
        waiting_mean: lambda * wait_mean,
        in_system_mean: lambda * sojourn_mean,
    })
}

/// M/M/1: [`mmc`] with one server.
#[must_use]
pub fn mm1(lambda: f64, mu: f64) -> Option<Queue> {
    mmc(lambda, mu, 1)
}

impl Queue {
    /// Rate at which the servers could do more than arrives.
    fn spare(&self) -> f64 {
        f64::from(self.servers) * self.mu - self.lambda
    }

    /// Probability that the wait exceeds `t`: `C exp(-(c mu - lambda) t)`.
    #[must_use]
    pub fn wait_tail(&self, t: f64) -> f64 {
        if t < 0.0 {
            return 1.0;
        }
        self.wait_probability * libm::exp(-self.spare() * t)
    }

    /// Wait that the share `q` of arrivals does not exceed, time.
    #[must_use]
    pub fn wait_quantile(&self, q: f64) -> Option<f64> {
        if !is_quantile(q) {
            return None;
        }
        if self.wait_probability <= 1.0 - q {
            return Some(0.0);
        }
        finite(libm::log(self.wait_probability / (1.0 - q)) / self.spare())
    }

    /// Probability that the sojourn exceeds `t`: the wait (zero, or exponential
    /// at the spare rate) plus an independent exponential service.
    #[must_use]
    pub fn sojourn_tail(&self, t: f64) -> f64 {
        if t <= 0.0 {
            return 1.0;
        }
        let spare = self.spare();
        if self.servers == 1 {
            return libm::exp(-spare * t);
        }
        let served = libm::exp(-self.mu * t);
        let gap = spare - self.mu;
        let mixed = if (gap * t).abs() < 1e-12 {
            served * t
        } else if (gap * t).abs() < 1.0 {
            served * -libm::expm1(-gap * t) / gap
        } else {
            (served - libm::exp(-spare * t)) / gap
        };
        (served + self.wait_probability * self.mu * mixed).clamp(0.0, 1.0)
    }

    /// Sojourn that the share `q` of arrivals does not exceed, time.
    #[must_use]
    pub fn sojourn_quantile(&self, q: f64) -> Option<f64> {
        if !is_quantile(q) {
            return None;
        }
        if self.servers == 1 {
            return finite(-libm::log1p(-q) / self.spare());
        }
        invert_tail(|t| self.sojourn_tail(t), 1.0 - q, self.sojourn_mean)
    }

    /// Probability that a caller who gives up after `t` gave up too early while
    /// the server works on regardless: the sojourn tail at `t`.
    #[must_use]
    pub fn timeout_probability(&self, t: f64) -> Option<f64> {
        is_rate(t).then(|| self.sojourn_tail(t))
    }
}

/// M/M/c/K: as [`mmc`], but at most `capacity` in the system (in service plus
/// waiting, `>= servers`); arrivals beyond are refused. Any load has a steady state.
#[must_use]
pub fn mmck(lambda: f64, mu: f64, servers: u32, capacity: u32) -> Option<FiniteQueue> {
    if !is_rate(lambda) || !is_positive(mu) || servers == 0 || capacity < servers {
        return None;
    }
    let last = capacity as usize;
    if last > MAX_STATES {
        return None;
    }
    let busy = |n: usize| n.min(servers as usize) as f64;
    let p = birth_death(last, |n| lambda / (mu * busy(n + 1)))?;
    let loss = p.get(last).copied().unwrap_or(0.0);
    let in_system_mean = expectation(&p, |n| n as f64);
    let throughput = lambda * (1.0 - loss);
    let busy_mean = expectation(&p, busy);
    let sojourn_mean = if busy_mean > 0.0 {
        in_system_mean / (mu * busy_mean)
    } else {
        1.0 / mu
    };
    Some(FiniteQueue {
        loss,
        in_system_mean,
        sojourn_mean: finite(sojourn_mean)?,
        throughput,
        utilisation: (busy_mean / f64::from(servers)).min(1.0),
    })
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

/// Closed loop: `users` each think for `think` on average, then wait for one of
/// `workers` with exponential service of mean `service`; exact (machine repair).
///
/// The think time may have any distribution. `None` without users or workers.
#[must_use]
pub fn closed_loop(users: u32, think: f64, service: f64, workers: u32) -> Option<ClosedLoop> {
    let known = is_rate(think) && is_positive(service);
    if !known || users == 0 || workers == 0 || users as usize > MAX_STATES {
        return None;
    }
    let busy = |n: usize| n.min(workers as usize) as f64;
    let last = users as usize;
    let (busy_mean, in_system_mean) = if think == 0.0 {
        (busy(last), f64::from(users))
    } else {
        let p = birth_death(last, |n| {
            (last - n) as f64 * service / (think * busy(n + 1))
        })?;
        (expectation(&p, busy), expectation(&p, |n| n as f64))
    };
    let throughput = busy_mean / service;
    Some(ClosedLoop {
        throughput,
        response_mean: finite(in_system_mean / throughput)?,
        utilisation: (busy_mean / f64::from(workers)).min(1.0),
    })
}

/// Mean waits of two classes at one server of exponential rate `mu`, the first
/// served before the second but never interrupting it (Cobham 1954), time.
///
/// `None` unless `first + second < mu`.
#[must_use]
pub fn priority_waits(first: f64, second: f64, mu: f64) -> Option<(f64, f64)> {
    if !is_rate(first) || !is_rate(second) || !is_positive(mu) || first + second >= mu {
        return None;
    }
    let residual = (first + second) / (mu * mu);
    let after_first = 1.0 - first / mu;
    let after_both = 1.0 - (first + second) / mu;
    let waits = (
        residual / after_first,
        residual / (after_first * after_both),
    );
    (waits.0.is_finite() && waits.1.is_finite()).then_some(waits)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// `got` rounds to the published `want` of `digits` decimals.
    #[track_caller]
    fn printed(got: Option<f64>, want: f64, digits: u32) {
        let got = got.expect("inside the domain");
        let half = 0.5 * libm::pow(10.0, -f64::from(digits)) + 1e-9;
        assert!((got - want).abs() <= half, "{got} is not {want}");
    }

    /// `got` is `want` to 1e-9.
    #[track_caller]
    fn exact(got: Option<f64>, want: f64) {
        let got = got.expect("inside the domain");
        assert!(
            (got - want).abs() <= 1e-9 * want.abs().max(1.0),
            "{got} is not {want}"
        );
    }

    #[test]
    fn mm1_table() {
        for (lambda, mu, wq, w, l, p99) in [
            (0.5, 1.0, 1.0, 2.0, 1.0, 9.21034),
            (0.8, 1.0, 4.0, 5.0, 4.0, 23.02585),
            (0.9, 1.0, 9.0, 10.0, 9.0, 46.05170),
            (5.0, 8.0, 5.0 / 24.0, 1.0 / 3.0, 5.0 / 3.0, 1.53506),
        ] {
            let queue = mm1(lambda, mu).expect("stable");
            exact(Some(queue.wait_mean), wq);
            exact(Some(queue.sojourn_mean), w);
            exact(Some(queue.in_system_mean), l);
            exact(Some(queue.waiting_mean), l - lambda / mu);
            printed(queue.sojourn_quantile(0.99), p99, 5);
        }
    }

    #[test]
    fn mmc_table() {
        let three = mmc(0.2, 0.1, 3).expect("stable");
        printed(Some(three.wait_probability), 0.444444, 6);
        printed(Some(three.wait_mean), 4.444444, 6);
        let ten = mmc(8.0, 1.0, 10).expect("stable");
        printed(Some(ten.wait_probability), 0.409180, 6);
        printed(Some(ten.wait_mean), 0.204590, 6);
        printed(ten.wait_quantile(0.99), 1.855785, 6);
        printed(
            Some(mmc(1.6, 1.0, 2).expect("stable").wait_mean),
            1.777778,
            6,
        );
    }

    #[test]
    fn mmc_sojourn_tail_integrates_to_the_mean_and_inverts() {
        // (2, 3) has c - 1 = a, where the two exponentials coincide.
        for (lambda, servers) in [(2.0, 3), (1.6, 2), (8.0, 10), (0.5, 4), (9.9, 10)] {
            let queue = mmc(lambda, 1.0, servers).expect("stable");
            let step = 0.001 * queue.sojourn_mean;
            let sum: f64 = (0..60_000)
                .map(|i| queue.sojourn_tail((f64::from(i) + 0.5) * step))
                .sum();
            assert!((sum * step / queue.sojourn_mean - 1.0).abs() < 1e-5);
            for q in [0.5, 0.95, 0.99, 0.999] {
                let t = queue.sojourn_quantile(q).expect("in range");
                assert!((queue.sojourn_tail(t) - (1.0 - q)).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn finite_capacity_table() {
        let light = mmck(0.8, 1.0, 1, 5).expect("valid");
        printed(Some(light.loss), 0.088819, 6);
        printed(Some(light.in_system_mean), 1.868332, 6);
        printed(Some(light.sojourn_mean), 2.563065, 6);
        let heavy = mmck(1.2, 1.0, 1, 5).expect("valid");
        printed(Some(heavy.loss), 0.250588, 6);
        printed(Some(heavy.in_system_mean), 3.021172, 6);
        exact(Some(heavy.utilisation), heavy.throughput);
    }

    #[test]
    fn finite_capacity_meets_its_limits() {
        exact(
            mmck(10.0, 1.0, 10, 10).map(|q| q.loss),
            erlang_b(10, 10.0).expect("valid"),
        );
        let open = mmc(8.0, 1.0, 10).expect("stable");
        exact(
            mmck(8.0, 1.0, 10, 100_000).map(|q| q.sojourn_mean),
            open.sojourn_mean,
        );
        exact(mmck(1e6, 1.0, 2, 1_000).map(|q| q.throughput), 2.0);
        exact(mmck(0.0, 2.0, 2, 4).map(|q| q.sojourn_mean), 0.5);
    }

    #[test]
    fn erlang_b_table() {
        printed(erlang_b(5, 3.0), 0.1100543, 7);
        printed(erlang_b(10, 5.0), 0.0183846, 7);
        printed(erlang_b(10, 10.0), 0.2145823, 7);
    }

    #[test]
    fn mg1_table() {
        exact(mg1(0.8, 1.0, 0.5).map(|q| q.wait_mean), 3.0);
        printed(mg1(0.8, 1.0, 1.0 / 3.0).map(|q| q.wait_mean), 2.666667, 6);
        exact(mg1(0.8, 1.0, 5.5).map(|q| q.wait_mean), 13.0);
        exact(mg1(0.5, 1.0, 0.0).map(|q| q.wait_mean), 0.5);
        exact(mg1(0.8, 1.0, 0.0).map(|q| q.wait_mean), 2.0);
    }

    #[test]
    fn md1_wait_p99() {
        printed(md1_wait_quantile(0.5, 1.0, 0.99), 3.3363, 4);
        printed(md1_wait_quantile(0.8, 1.0, 0.99), 10.3559, 4);
        exact(md1_wait_quantile(0.8, 1.0, 0.2), 0.0);
        printed(md1_wait_quantile(8.0, 0.1, 0.99), 1.03559, 5);
        // Near saturation the wait is almost exponential.
        let near = md1_wait_quantile(0.99, 1.0, 0.99).expect("stable");
        assert!(
            (near / (49.5 * libm::log(100.0)) - 1.0).abs() < 0.02,
            "{near}"
        );
    }

    #[test]
    fn tandem_table() {
        exact(stages_mean(&[0.5, 0.5]), 4.0);
        printed(stages_quantile(&[0.5, 0.5], 0.5), 3.3567, 4);
        printed(stages_quantile(&[0.5, 0.5], 0.99), 13.2767, 4);
        printed(stages_mean(&[7.0, 2.0, 1.0]), 1.642857, 6);
        printed(stages_quantile(&[7.0, 2.0, 1.0], 0.99), 5.4499, 4);
        printed(stages_quantile(&[0.2], 0.99), 23.02585, 5);
    }

    #[test]
    fn closed_loop_table() {
        let ten = closed_loop(10, 10.0, 1.0, 1).expect("valid");
        printed(Some(ten.throughput), 0.785418, 6);
        printed(Some(ten.response_mean), 2.732079, 6);
        exact(closed_loop(1, 10.0, 1.0, 1).map(|c| c.response_mean), 1.0);
        exact(closed_loop(4, 10.0, 1.0, 4).map(|c| c.response_mean), 1.0);
        exact(closed_loop(6, 0.0, 1.0, 2).map(|c| c.response_mean), 3.0);
        let many = closed_loop(500, 10.0, 1.0, 3).expect("valid");
        exact(Some(many.response_mean), 500.0 / many.throughput - 10.0);
    }

    #[test]
    fn priority_table() {
        let (first, second) = priority_waits(0.3, 0.5, 1.0).expect("stable");
        printed(Some(first), 1.142857, 6);
        printed(Some(second), 5.714286, 6);
    }

    #[test]
    fn two_servers_table() {
        for (lambda, random, turn, shared) in [
            (1.0, 2.0, 1.618034, 1.333333),
            (1.6, 5.0, 3.843980, 2.777778),
        ] {
            exact(random_split_sojourn(lambda, 1.0, 2), random);
            printed(round_robin_sojourn(lambda, 1.0, 2), turn, 6);
            printed(mmc(lambda, 1.0, 2).map(|q| q.sojourn_mean), shared, 6);
        }
        exact(round_robin_sojourn(0.8, 1.0, 1), 5.0);
        exact(round_robin_sojourn(0.0, 2.0, 2), 0.5);
    }

    #[test]
    fn supermarket_table() {
        for (lambda, one, two, three) in [
            (0.5, 2.0, 1.2657, 1.1252),
            (0.9, 10.0, 2.6141, 2.0279),
            (0.99, 100.0, 5.4320, 3.8578),
        ] {
            exact(supermarket_sojourn(lambda, 1), one);
            printed(supermarket_sojourn(lambda, 2), two, 4);
            printed(supermarket_sojourn(lambda, 3), three, 4);
        }
    }

    #[test]
    fn retries_table() {
        exact(expected_attempts(0.5, 3), 1.875);
        exact(retry_success(0.5, 3), 0.9375);
        exact(expected_attempts(1.0, 3), 4.0);
        exact(layered_attempts(4, 3), 64.0);
        let again = instant_requeue(0.4, 1.0, 0.2).expect("stable");
        exact(Some(again.lambda_effective), 0.5);
        exact(Some(again.in_system_mean), 1.0);
        exact(Some(again.sojourn_mean), 2.5);
    }

    #[test]
    fn timeout_table() {
        printed(
            mm1(0.8, 1.0).and_then(|q| q.timeout_probability(10.0)),
            0.135335,
            6,
        );
        printed(fixed_patience_loss(0.8, 1.0, 5.0), 0.076987, 6);
        exact(fixed_patience_loss(1.0, 1.0, 5.0), 1.0 / 7.0);
        exact(fixed_patience_loss(3.0, 1.0, 1e6), 2.0 / 3.0);
        printed(erlang_a_abandoned(1.0, 1.0, 1.0, 1), 0.367879, 6);
        printed(erlang_a_abandoned(10.0, 1.0, 0.5, 10), 0.103913, 6);
    }

    #[test]
    fn overload_rules() {
        assert_eq!(metastable_recovers(0.4, 1, 1.0), Some(true));
        assert_eq!(metastable_recovers(0.4, 2, 1.0), Some(false));
        let outage = backlog(80.0, 100.0, 60.0).expect("stable");
        exact(Some(outage.peak), 4800.0);
        exact(Some(outage.drain), 240.0);
    }

    #[test]
    fn fan_out_table() {
        printed(fan_out_slow(0.01, 100), 0.633968, 6);
        printed(fan_out_slow(0.0001, 2000), 0.181277, 6);
        printed(max_exponential_mean(1.0, 10), 2.928968, 6);
        printed(max_exponential_quantile(1.0, 10, 0.99), 6.9032, 4);
        printed(max_exponential_mean(1.0, 100), 5.187378, 6);
        printed(max_exponential_quantile(1.0, 100, 0.99), 9.2054, 4);
        exact(fork_join_2(0.5, 1.0), 2.875);
        exact(fork_join_2(0.8, 1.0), 7.0);
    }

    #[test]
    fn hedging_table() {
        let hedge = -libm::log(0.05);
        exact(hedged_exponential_mean(1.0, hedge), 0.975);
        printed(hedged_exponential_quantile(1.0, hedge, 0.99), 3.800451, 6);
        exact(hedge_load(1.0, hedge), 0.05);
        let call = hedged_bimodal(10.0, 1000.0, 0.01, 20.0).expect("valid");
        exact(Some(call.fast), 0.99);
        exact(Some(call.rescued), 0.0099);
        exact(Some(call.rescued_latency), 30.0);
        exact(Some(call.slow), 0.0001);
        exact(Some(call.mean), 10.297);
        exact(Some(call.extra_load), 0.01);
        exact(
            hedged_bimodal(10.0, 1000.0, 0.01, 1e9).map(|c| c.mean),
            19.9,
        );
    }

    #[test]
    fn outside_the_domain_there_is_no_number() {
        assert!(mm1(1.0, 1.0).is_none());
        assert!(mmc(f64::NAN, 1.0, 2).is_none());
        assert!(mmc(1.0, 1.0, 0).is_none());
        assert!(mmc(0.0, 1.0, 1).is_some());
        assert!(mg1(2.0, 1.0, 1.0).is_none());
        assert!(mmck(1.0, 1.0, 3, 2).is_none());
        assert!(supermarket_sojourn(1.0, 2).is_none());
        assert!(stages_quantile(&[], 0.5).is_none());
        assert!(backlog(2.0, 1.0, 1.0).is_none());
        assert!(mm1(0.5, 1.0).is_some_and(|q| q.wait_quantile(1.0).is_none()));
    }

    #[test]
    fn no_input_panics() {
        let odd = [0.0, -1.0, 0.5, 1.0, 1e-300, 1e300, f64::INFINITY, f64::NAN];
        let finite_or_none = |x: Option<f64>| assert!(x.is_none_or(f64::is_finite), "{x:?}");
        for a in odd {
            for b in odd {
                for c in odd {
                    finite_or_none(mg1(a, b, c).map(|q| q.wait_mean));
                    finite_or_none(md1_wait_quantile(a, b, c));
                    finite_or_none(fixed_patience_loss(a, b, c));
                    finite_or_none(backlog(a, b, c).map(|x| x.drain));
                    finite_or_none(priority_waits(a, b, c).map(|x| x.1));
                    finite_or_none(instant_requeue(a, b, c).map(|x| x.sojourn_mean));
                    finite_or_none(hedged_exponential_quantile(a, b, c));
                    finite_or_none(hedged_bimodal(a, b, c, a).map(|x| x.mean));
                    finite_or_none(closed_loop(9, a, b, 2).map(|x| x.response_mean));
                    finite_or_none(stages_quantile(&[a, b], c));
                    finite_or_none(mmc(a, b, 3).and_then(|q| q.sojourn_quantile(c)));
                    finite_or_none(mmck(a, b, 2, 40).map(|q| q.sojourn_mean));
                }
                finite_or_none(round_robin_sojourn(a, b, 3));
                finite_or_none(fork_join_2(a, b));
                finite_or_none(max_exponential_quantile(a, 7, b));
                finite_or_none(expected_attempts(a, u32::MAX));
                finite_or_none(fan_out_slow(a, u32::MAX));
                finite_or_none(supermarket_sojourn(a, 2));
                finite_or_none(erlang_b(u32::MAX, a));
                finite_or_none(erlang_a_abandoned(a, b, 0.5, 3));
            }
        }
    }
}
