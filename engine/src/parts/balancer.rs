//! Which of several servers gets the next request.
//!
//! This file owns the choice alone. It owns neither the servers' load (the
//! caller counts what is outstanding), nor their health (the caller says which
//! are available), nor the random numbers: the caller draws exactly two for
//! every choice, whatever the policy, so that changing the policy moves no
//! other draw.

/// How a [`Balancer`] chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// One after the other in a fixed cycle.
    #[default]
    RoundRobin,
    /// Each candidate with the same probability.
    Random,
    /// The candidate with the fewest outstanding requests, in turn among equals.
    LeastConnections,
    /// The less loaded of two different random candidates (Mitzenmacher 2001),
    /// the first drawn among equals.
    TwoChoices,
}

/// Chooses a server for each request. Plain data: a clone chooses the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balancer {
    policy: Policy,
    /// Index at which the next turn starts.
    next: usize,
}

impl Balancer {
    /// A balancer whose first turn starts at index 0.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, next: 0 }
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Changes the policy; the turn goes on where it was.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// The index of the server that gets the next request, below
    /// `outstanding.len()`; `None` when none is available.
    ///
    /// `outstanding` is the number of unanswered requests per server. `available`
    /// says whether a server may be chosen. `avoid` (the server that a hedge or a
    /// retry was sent to before) is chosen only if no other is available.
    /// `uniforms` are two draws in `0..1`, always drawn, not always used.
    pub fn choose(
        &mut self,
        outstanding: &[u32],
        available: impl Fn(usize) -> bool,
        avoid: Option<usize>,
        uniforms: (f64, f64),
    ) -> Option<usize> {
        self.pick(outstanding, &available, avoid, uniforms)
    }

    /// Compiled once, whoever asks.
    fn pick(
        &mut self,
        outstanding: &[u32],
        available: &dyn Fn(usize) -> bool,
        avoid: Option<usize>,
        uniforms: (f64, f64),
    ) -> Option<usize> {
        let size = outstanding.len();
        let candidate = |i: usize| Some(i) != avoid && available(i);
        let count = || (0..size).filter(|&i| candidate(i)).count();
        let chosen = match self.policy {
            Policy::RoundRobin | Policy::LeastConnections => self.turn(outstanding, &candidate),
            Policy::Random => nth(size, &candidate, index(uniforms.0, count())),
            Policy::TwoChoices => two_choices(outstanding, &candidate, count(), uniforms),
        };
        chosen.or_else(|| avoid.filter(|&i| i < size && available(i)))
    }

    /// The next candidate, of least load if that counts, looking round from
    /// the turn's start.
    fn turn(&mut self, outstanding: &[u32], candidate: &dyn Fn(usize) -> bool) -> Option<usize> {
        let size = outstanding.len();
        let start = if self.next < size { self.next } else { 0 };
        let mut best = None;
        for i in (start..size).chain(0..start) {
            if !candidate(i) {
                continue;
            }
            if self.policy == Policy::RoundRobin {
                best = Some(i);
                break;
            }
            if best.is_none_or(|best: usize| outstanding[i] < outstanding[best]) {
                best = Some(i);
            }
        }
        self.next = best? + 1;
        best
    }
}

/// A uniform draw in `0..1` as an index below `count` (0 for odd input).
fn index(uniform: f64, count: usize) -> usize {
    let scaled = (uniform * count as f64) as usize;
    scaled.min(count.saturating_sub(1))
}

/// The `n`th candidate below `size`.
fn nth(size: usize, candidate: &dyn Fn(usize) -> bool, n: usize) -> Option<usize> {
    (0..size).filter(|&i| candidate(i)).nth(n)
}

/// The less loaded of two different random candidates of `count`.
fn two_choices(
    outstanding: &[u32],
    candidate: &dyn Fn(usize) -> bool,
    count: usize,
    uniforms: (f64, f64),
) -> Option<usize> {
    let size = outstanding.len();
    let first = index(uniforms.0, count);
    let one = nth(size, candidate, first)?;
    if count < 2 {
        return Some(one);
    }
    let second = index(uniforms.1, count - 1);
    let other = nth(size, candidate, second + usize::from(second >= first))?;
    let is_better = outstanding[other] < outstanding[one];
    Some(if is_better { other } else { one })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Policy; 4] = [
        Policy::RoundRobin,
        Policy::Random,
        Policy::LeastConnections,
        Policy::TwoChoices,
    ];

    fn any(_: usize) -> bool {
        true
    }

    #[test]
    fn round_robin_cycles() {
        let mut lb = Balancer::new(Policy::RoundRobin);
        let turns: Vec<_> = (0..7)
            .filter_map(|_| lb.choose(&[9, 0, 0], any, None, (0.5, 0.5)))
            .collect();
        assert_eq!(turns, [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn round_robin_skips_the_unavailable() {
        let mut lb = Balancer::new(Policy::RoundRobin);
        let turns: Vec<_> = (0..4)
            .filter_map(|_| lb.choose(&[0; 3], |i| i != 1, None, (0.0, 0.0)))
            .collect();
        assert_eq!(turns, [0, 2, 0, 2]);
    }

    #[test]
    fn least_connections_splits_ten_sequential_five_five() {
        let mut lb = Balancer::new(Policy::LeastConnections);
        let mut served = [0; 2];
        for _ in 0..10 {
            served[lb
                .choose(&[0, 0], any, None, (0.9, 0.1))
                .expect("available")] += 1;
        }
        assert_eq!(served, [5, 5]);
    }

    #[test]
    fn least_connections_keeps_away_from_a_hanging_request() {
        let mut lb = Balancer::new(Policy::LeastConnections);
        assert_eq!(lb.choose(&[0, 0], any, None, (0.0, 0.0)), Some(0));
        for _ in 0..10 {
            assert_eq!(lb.choose(&[1, 0], any, None, (0.0, 0.0)), Some(1));
        }
    }

    #[test]
    fn two_choices_picks_the_less_loaded_of_two_different() {
        let mut lb = Balancer::new(Policy::TwoChoices);
        let load = [5, 1, 3];
        // First index 0, second the one after it.
        assert_eq!(lb.choose(&load, any, None, (0.0, 0.0)), Some(1));
        assert_eq!(lb.choose(&load, any, None, (0.0, 0.99)), Some(2));
        assert_eq!(lb.choose(&load, any, None, (0.99, 0.0)), Some(2));
        assert_eq!(lb.choose(&[2, 2], any, None, (0.6, 0.3)), Some(1));
        assert_eq!(lb.choose(&[7], any, None, (0.6, 0.3)), Some(0));
        // The most loaded of all is never chosen.
        for i in 0..100 {
            let u = f64::from(i) / 100.0;
            assert_ne!(lb.choose(&load, any, None, (u, 1.0 - u - 0.005)), Some(0));
        }
    }

    #[test]
    fn random_is_uniform() {
        let mut lb = Balancer::new(Policy::Random);
        let mut served = [0; 4];
        for i in 0..400 {
            let u = f64::from(i) / 400.0;
            served[lb.choose(&[0; 4], any, None, (u, 0.0)).expect("available")] += 1;
        }
        assert_eq!(served, [100; 4]);
    }

    #[test]
    fn avoid_is_the_last_resort() {
        for policy in ALL {
            let mut lb = Balancer::new(policy);
            for u in [0.0, 0.3, 0.7, 0.999] {
                assert_eq!(lb.choose(&[0, 9], any, Some(0), (u, u)), Some(1));
                assert_eq!(lb.choose(&[0, 9], |i| i == 0, Some(0), (u, u)), Some(0));
            }
        }
    }

    #[test]
    fn nothing_available_or_odd_input() {
        for policy in ALL {
            let mut lb = Balancer::new(policy);
            assert_eq!(lb.choose(&[], any, None, (0.5, 0.5)), None);
            assert_eq!(lb.choose(&[], any, Some(3), (0.5, 0.5)), None);
            assert_eq!(lb.choose(&[0, 0], |_| false, None, (0.5, 0.5)), None);
            assert!(lb.choose(&[0; 3], any, None, (1.0, f64::NAN)).is_some());
            assert!(lb.choose(&[0; 3], any, Some(9), (-1.0, 7.0)).is_some());
            // Fewer servers than before.
            assert_eq!(lb.choose(&[0; 1], any, None, (0.5, 0.5)), Some(0));
        }
    }
}
