//! Batches that are closed by count or by age, and servers that take several
//! at once.

use super::domain::{BISECTIONS, MAX_STATES, finite, is_positive};

/// Batches of at most `most` items, closed `wait` after their first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SizeOrTime {
    /// Mean items a batch.
    pub size_mean: f64,
    /// Mean items in the batch of an item taken at random, itself included.
    pub company: f64,
    /// Share of batches that were full.
    pub by_size: f64,
    /// Mean wait of an item in its open batch.
    pub wait_mean: f64,
}

/// Poisson arrivals of rate `lambda`; a batch is closed at `most` items or
/// `wait` after its first, and the next item opens the next one.
///
/// With K Poisson of mean `lambda * wait`: the size is 1 + min(most - 1, K);
/// the items' waits together are the integral of the number in the batch, the
/// sum over j below most - 1 of (1 + j) P(K > j) / lambda.
pub fn size_or_time(lambda: f64, most: u32, wait: f64) -> Option<SizeOrTime> {
    let fits = most > 0 && most as usize <= MAX_STATES && wait >= 0.0;
    if !is_positive(lambda) || !fits || finite(lambda * wait).is_none() {
        return None;
    }
    let mean = lambda * wait;
    // The tail P(K > j), from logarithms, so that no large mean underflows.
    let (mut above, mut log_term) = (1.0, -mean);
    let (mut size_mean, mut squares, mut waits) = (1.0, 1.0, 0.0);
    for j in 0..most - 1 {
        above -= libm::exp(log_term);
        above = f64::max(above, 0.0);
        size_mean += above;
        squares += f64::from(2 * j + 3) * above;
        waits += f64::from(1 + j) * above / lambda;
        log_term += libm::log(mean / f64::from(j + 1));
    }
    Some(SizeOrTime {
        size_mean,
        company: squares / size_mean,
        by_size: above,
        wait_mean: waits / size_mean,
    })
}

/// One server that takes up to `most` at once, for an exponential time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BulkServer {
    /// Share of time without work.
    pub idle: f64,
    /// Mean number that wait.
    pub queue_mean: f64,
    /// Mean time until done.
    pub sojourn_mean: f64,
    /// Mean number taken at once.
    pub size_mean: f64,
}

/// M/M[1,b]/1 (Bailey): Poisson arrivals of rate `lambda`, exponential service
/// of rate `mu` a batch, all that wait are taken, at most `most`; later ones
/// do not join. While it works, the number waiting is geometric with the root
/// r in (0, 1) of `mu r^(most + 1) - (lambda + mu) r + lambda`.
pub fn bulk_server(lambda: f64, mu: f64, most: u32) -> Option<BulkServer> {
    if !is_positive(lambda) || !is_positive(mu) || lambda >= mu * f64::from(most) {
        return None;
    }
    // Below the smaller root the polynomial is positive, up to 1 negative.
    let value = |r: f64| mu * libm::pow(r, f64::from(most) + 1.0) - (lambda + mu) * r + lambda;
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..BISECTIONS {
        let middle = (low + high) / 2.0;
        if value(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let r = (low + high) / 2.0;
    let none_waits = 1.0 / (1.0 / (1.0 - r) + mu / lambda);
    let idle = none_waits * mu / lambda;
    let queue_mean = none_waits * r / ((1.0 - r) * (1.0 - r));
    Some(BulkServer {
        idle,
        queue_mean,
        sojourn_mean: queue_mean / lambda + 1.0 / mu,
        size_mean: lambda / (mu * (1.0 - idle)),
    })
}
