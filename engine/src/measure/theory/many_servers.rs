//! Queues with several servers: M/M/c, finite room, closed loops, priorities.

use super::domain::{
    MAX_STATES, birth_death, expectation, finite, invert_tail, is_positive, is_quantile, is_rate,
};

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
