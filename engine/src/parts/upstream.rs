//! A few equal or weighted peers and what their caller learns of them by
//! itself: smooth weighted round robin, and peers that are left alone for a
//! while after failures.
//!
//! The semantics are those of nginx' `upstream` (round robin, `max_fails`,
//! `fail_timeout`), where time is counted in whole seconds; here it is exact.

use crate::kernel::{Duration, Instant};

/// When a peer is left alone, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failover {
    /// Failures within `timeout`; zero: never.
    pub max_fails: u32,
    /// Both the time in which failures count together and the time left alone.
    pub timeout: Duration,
}

impl Default for Failover {
    /// The defaults of nginx.
    fn default() -> Self {
        Self {
            max_fails: 1,
            timeout: Duration::from_secs(10.0),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Peer {
    weight: i64,
    current: i64,
    effective: i64,
    fails: u32,
    /// When the last failure happened.
    accessed: Instant,
    /// When it was last tried after a failure.
    checked: Instant,
}

/// The peers.
#[derive(Clone, Debug)]
pub struct Upstream {
    peers: Vec<Peer>,
}

impl Upstream {
    /// Peers of these weights, at least 1 each.
    pub fn new(weights: &[u32]) -> Self {
        let peer = |weight: &u32| Peer {
            weight: i64::from(*weight).max(1),
            current: 0,
            effective: i64::from(*weight).max(1),
            fails: 0,
            accessed: Instant::START,
            checked: Instant::START,
        };
        Self {
            peers: weights.iter().map(peer).collect(),
        }
    }

    /// Whether a peer is left alone now.
    pub fn is_shunned(&self, peer: usize, failover: Failover, now: Instant) -> bool {
        let it = &self.peers[peer];
        failover.max_fails > 0
            && it.fails >= failover.max_fails
            && now.since(it.checked) <= failover.timeout
    }

    /// The next peer, not one of the `tried`; none if all are left alone.
    pub fn choose(
        &mut self,
        tried: &dyn Fn(usize) -> bool,
        failover: Failover,
        now: Instant,
    ) -> Option<usize> {
        let (mut total, mut best) = (0, None);
        for index in 0..self.peers.len() {
            if tried(index) || self.is_shunned(index, failover, now) {
                continue;
            }
            let peer = &mut self.peers[index];
            peer.current += peer.effective;
            total += peer.effective;
            peer.effective = (peer.effective + 1).min(peer.weight);
            let most = best.map_or(i64::MIN, |(_, most)| most);
            if peer.current > most {
                best = Some((index, peer.current));
            }
        }
        let (chosen, _) = best?;
        let peer = &mut self.peers[chosen];
        peer.current -= total;
        if now.since(peer.checked) > failover.timeout {
            peer.checked = now;
        }
        Some(chosen)
    }

    /// A call to a peer ended.
    pub fn record(&mut self, peer: usize, failed: bool, failover: Failover, now: Instant) {
        let peer = &mut self.peers[peer];
        if failed {
            peer.fails = peer.fails.saturating_add(1);
            (peer.accessed, peer.checked) = (now, now);
            if failover.max_fails > 0 {
                let less = peer.weight / i64::from(failover.max_fails);
                peer.effective = (peer.effective - less).max(0);
            }
        } else if peer.accessed < peer.checked {
            peer.fails = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILOVER: Failover = Failover {
        max_fails: 3,
        timeout: Duration(10_000_000_000),
    };

    #[test]
    fn smooth_weighted_round_robin() {
        let mut upstream = Upstream::new(&[5, 1, 1]);
        let letters: String = (0..14)
            .filter_map(|_| upstream.choose(&|_| false, FAILOVER, Instant::START))
            .map(|peer| ['a', 'b', 'c'][peer])
            .collect();
        assert_eq!(letters, "aabacaaaabacaa");
    }

    /// How many of 30 requests each of two peers serves, if the first fails
    /// each of its requests for which `fails` says so, counted from 1. A failed
    /// request goes to the other.
    fn served(fails: impl Fn(u32) -> bool) -> [u32; 2] {
        let mut upstream = Upstream::new(&[1, 1]);
        let (mut served, mut asked) = ([0; 2], 0);
        for number in 0..30u32 {
            let now = Instant::from_secs(f64::from(number) * 0.01);
            let mut tried = [false; 2];
            while let Some(peer) = upstream.choose(&|peer| tried[peer], FAILOVER, now) {
                tried[peer] = true;
                asked += u32::from(peer == 0);
                let failed = peer == 0 && fails(asked);
                upstream.record(peer, failed, FAILOVER, now);
                if !failed {
                    served[peer] += 1;
                    break;
                }
            }
        }
        served
    }

    #[test]
    fn nginx_failover() {
        assert_eq!(served(|_| false), [15, 15]);
        assert_eq!(served(|asked| asked % 3 == 0), [6, 24]);
    }

    #[test]
    fn a_peer_is_tried_again_after_its_time_and_forgiven() {
        let failover = Failover {
            max_fails: 1,
            ..FAILOVER
        };
        let mut upstream = Upstream::new(&[1, 1]);
        upstream.record(0, true, failover, Instant::from_secs(1.0));
        assert!(upstream.is_shunned(0, failover, Instant::from_secs(11.0)));
        for _ in 0..5 {
            let chosen = upstream.choose(&|_| false, failover, Instant::from_secs(5.0));
            assert_eq!(chosen, Some(1));
        }
        let later = Instant::from_secs(11.5);
        let chosen: Vec<_> = (0..4)
            .filter_map(|_| upstream.choose(&|_| false, failover, later))
            .collect();
        assert!(chosen.contains(&0), "{chosen:?}");
        upstream.record(0, false, failover, later);
        assert!(!upstream.is_shunned(0, failover, later));
        upstream.record(0, true, failover, later);
        assert!(upstream.is_shunned(0, failover, later));
        assert_eq!(upstream.choose(&|peer| peer == 1, failover, later), None);
    }
}
