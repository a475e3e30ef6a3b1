//! Outlier ejection: a host that fails several times in a row gets no calls
//! for a while.
//!
//! The semantics are Envoy's for consecutive failures: ejected at once at the
//! threshold, unless too many hosts are out already; back at the first sweep
//! after its time, which is the base time multiplied by how often it was
//! ejected; each sweep in which a host is in takes one off that count.

use crate::kernel::{Duration, Instant};

/// When a host is ejected and for how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutlierConfig {
    /// Failures in a row; zero: never.
    pub consecutive: u32,
    /// Time out, the first time.
    pub base: Duration,
    /// No ejection is longer.
    pub longest: Duration,
    /// At most this share of hosts is out, 0 to 1; but always one may be.
    pub most: f64,
}

impl Default for OutlierConfig {
    /// The defaults of Envoy.
    fn default() -> Self {
        Self {
            consecutive: 5,
            base: Duration::from_secs(30.0),
            longest: Duration::from_secs(300.0),
            most: 0.1,
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Host {
    /// In a row.
    failures: u32,
    /// How often it was ejected, less the sweeps in which it was in since.
    times: u32,
    ejected_at: Option<Instant>,
}

/// The hosts of one service.
#[derive(Clone, Debug)]
pub struct Outliers {
    hosts: Vec<Host>,
    out: usize,
}

impl Outliers {
    /// All in.
    pub fn new(hosts: usize) -> Self {
        Self {
            hosts: vec![Host::default(); hosts],
            out: 0,
        }
    }

    /// Whether a host is out.
    pub fn is_ejected(&self, host: usize) -> bool {
        self.hosts[host].ejected_at.is_some()
    }

    /// How many are out.
    pub fn ejected(&self) -> usize {
        self.out
    }

    /// A call to a host ended. Tells whether that ejects it.
    pub fn record(
        &mut self,
        host: usize,
        failed: bool,
        config: &OutlierConfig,
        now: Instant,
    ) -> bool {
        let count = self.hosts.len();
        let it = &mut self.hosts[host];
        if !failed {
            it.failures = 0;
            return false;
        }
        it.failures = it.failures.saturating_add(1);
        if config.consecutive == 0
            || it.failures < config.consecutive
            || it.ejected_at.is_some()
            || (self.out > 0 && (self.out + 1) as f64 > config.most * count as f64)
        {
            return false;
        }
        it.failures = 0;
        it.times += 1;
        it.ejected_at = Some(now);
        self.out += 1;
        true
    }

    /// A sweep: lets back in, in order, whose time is over; calls `back` for each.
    pub fn sweep(&mut self, config: &OutlierConfig, now: Instant, back: &mut dyn FnMut(usize)) {
        for (index, host) in self.hosts.iter_mut().enumerate() {
            match host.ejected_at {
                None => host.times = host.times.saturating_sub(1),
                Some(since) => {
                    let time = config.base.scaled(f64::from(host.times));
                    let time = time.min(config.longest.max(config.base));
                    if now.since(since) >= time || config.consecutive == 0 {
                        host.ejected_at = None;
                        host.failures = 0;
                        self.out -= 1;
                        back(index);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: OutlierConfig = OutlierConfig {
        consecutive: 5,
        base: Duration(30_000_000_000),
        longest: Duration(300_000_000_000),
        most: 0.1,
    };

    fn fail(outliers: &mut Outliers, host: usize, times: u32, at: f64) -> bool {
        (0..times).any(|_| outliers.record(host, true, &CONFIG, Instant::from_secs(at)))
    }

    fn sweep(outliers: &mut Outliers, at: f64) -> Vec<usize> {
        let mut back = Vec::new();
        outliers.sweep(&CONFIG, Instant::from_secs(at), &mut |host| back.push(host));
        back
    }

    #[test]
    fn the_defaults_are_envoys() {
        assert_eq!(OutlierConfig::default(), CONFIG);
    }

    #[test]
    fn five_in_a_row() {
        let mut outliers = Outliers::new(10);
        assert!(!fail(&mut outliers, 3, 4, 0.0));
        assert!(!outliers.record(3, false, &CONFIG, Instant::START));
        assert!(!fail(&mut outliers, 3, 4, 0.0));
        assert!(fail(&mut outliers, 3, 1, 0.0));
        assert!(outliers.is_ejected(3));
    }

    /// Out at 1 s: 30 s later is between the sweeps at 30 s and 40 s.
    #[test]
    fn back_at_the_first_sweep_after_its_time_which_grows() {
        let mut outliers = Outliers::new(10);
        assert!(fail(&mut outliers, 0, 5, 1.0));
        for tens in 1..=3 {
            assert_eq!(sweep(&mut outliers, f64::from(tens) * 10.0), []);
        }
        assert_eq!(sweep(&mut outliers, 40.0), [0]);
        // Again, before a sweep forgives: 60 s.
        assert!(fail(&mut outliers, 0, 5, 41.0));
        assert_eq!(sweep(&mut outliers, 100.0), []);
        assert_eq!(sweep(&mut outliers, 110.0), [0]);
        // Two sweeps in: as if for the first time.
        assert_eq!(sweep(&mut outliers, 120.0), []);
        assert_eq!(sweep(&mut outliers, 130.0), []);
        assert!(fail(&mut outliers, 0, 5, 130.0));
        assert_eq!(sweep(&mut outliers, 160.0), [0]);
    }

    #[test]
    fn at_most_a_tenth_but_always_one() {
        for (hosts, most) in [(1, 1), (2, 1), (10, 1), (19, 1), (20, 2), (100, 10)] {
            let mut outliers = Outliers::new(hosts);
            for host in 0..hosts {
                fail(&mut outliers, host, 5, 0.0);
            }
            assert_eq!(outliers.ejected(), most, "of {hosts}");
        }
    }

    #[test]
    fn switched_off_all_come_back() {
        let off = OutlierConfig {
            consecutive: 0,
            ..CONFIG
        };
        let mut outliers = Outliers::new(3);
        assert!(fail(&mut outliers, 1, 5, 0.0));
        assert!((0..99).all(|_| !outliers.record(2, true, &off, Instant::START)));
        outliers.sweep(&off, Instant::START, &mut |_| {});
        assert_eq!(outliers.ejected(), 0);
    }
}
