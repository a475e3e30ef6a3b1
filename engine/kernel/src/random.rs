//! Chance: named substreams and keyed draws, so that one knob never
//! reshuffles what another decides.
//!
//! A [`Substream`] is drawn in order (arrivals of one client). [`Draws`] are
//! found by key (the service time of attempt 2 of flow 17), so they are the
//! same whatever else happens in the run: side-by-side runs see the same
//! luck. Generators are named: xoshiro256++ and SplitMix64.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

/// What a draw is for. Its name, not its place in the code, decides the draws.
#[derive(Clone, Copy, Debug)]
pub struct Purpose(u64);

impl Purpose {
    /// FNV-1a of the name.
    pub const fn named(name: &str) -> Self {
        let bytes = name.as_bytes();
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
            i += 1;
        }
        Self(hash)
    }
}

/// The root of all chance in a run: its seed.
#[derive(Clone, Copy, Debug)]
pub struct Random {
    seed: u64,
}

/// SplitMix64's finaliser: spreads any key over all 64 bits.
fn spread(mut key: u64) -> u64 {
    key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

impl Random {
    /// All draws follow from this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed: spread(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)),
        }
    }

    /// A stream drawn in order; `index` tells apart, say, the clients.
    pub fn substream(&self, purpose: Purpose, index: u64) -> Substream {
        let key = spread(self.seed ^ purpose.0) ^ spread(index.wrapping_add(1));
        Substream(Xoshiro256PlusPlus::seed_from_u64(key))
    }

    /// Draws that depend on nothing but seed, purpose and the two keys.
    pub fn keyed(&self, purpose: Purpose, first: u64, second: u64) -> Draws {
        let key = spread(self.seed ^ purpose.0 ^ spread(first.wrapping_add(1)));
        Draws(SplitMix64::seed_from_u64(
            key ^ spread(second ^ 0x5851_f42d_4c95_7f2d),
        ))
    }
}

/// A generator drawn in order: xoshiro256++.
#[derive(Clone, Debug)]
pub struct Substream(Xoshiro256PlusPlus);

/// A generator found by key: SplitMix64.
#[derive(Clone, Debug)]
pub struct Draws(SplitMix64);

/// 53 random bits as a float in [0, 1).
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Mean-one exponential from one uniform, by inversion.
pub fn exponential(uniform: f64) -> f64 {
    -libm::log(1.0 - uniform)
}

/// Standard normal from two uniforms (Box and Muller's cosine half).
pub fn normal(first: f64, second: f64) -> f64 {
    libm::sqrt(2.0 * exponential(first)) * cosine_of_turns(second)
}

/// The cosine of so many turns, 0 to 1, by its series about the nearest half
/// turn: off by less than 1e-12. A whole library's cosine takes a kilobyte of
/// the page for arguments that never come up here.
fn cosine_of_turns(turns: f64) -> f64 {
    const TERMS: i32 = 20;
    // By symmetry within a quarter of a turn.
    let half = libm::floor(2.0 * turns + 0.5);
    let angle = 2.0 * std::f64::consts::PI * (turns - half / 2.0);
    let mut sum = 1.0;
    let mut n = TERMS;
    while n > 0 {
        sum = 1.0 - sum * angle * angle / f64::from(n * (n - 1));
        n -= 2;
    }
    if half == 1.0 { -sum } else { sum }
}

impl Substream {
    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        unit(self.0.next_u64())
    }
}

impl Draws {
    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        unit(self.0.next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_are_those_of_the_library() {
        for step in 0..=10_000 {
            let turns = f64::from(step) / 10_000.0;
            let exact = libm::cos(2.0 * std::f64::consts::PI * turns);
            assert!((cosine_of_turns(turns) - exact).abs() < 1e-12, "{turns}");
        }
    }

    #[test]
    fn keyed_draws_are_uniform_and_independent_of_order() {
        let random = Random::new(7);
        let draw = |i: u64| random.keyed(Purpose::named("service"), i, 1).uniform();
        let n = 100_000u64;
        let mean = (0..n).map(draw).sum::<f64>() / n as f64;
        let tolerance = 4.0 * (1.0 / 12.0_f64 / n as f64).sqrt();
        assert!((mean - 0.5).abs() < tolerance, "{mean}");
        assert_eq!(draw(5), draw(5));
        let lagged = (0..n)
            .map(|i| (draw(i) - 0.5) * (draw(i + 1) - 0.5))
            .sum::<f64>();
        assert!((lagged / n as f64).abs() < 4.0 / 12.0 / (n as f64).sqrt());
    }

    #[test]
    fn names_tell_streams_apart() {
        let random = Random::new(7);
        let first = random.substream(Purpose::named("arrivals"), 0).uniform();
        let second = random.substream(Purpose::named("arrivals"), 1).uniform();
        let third = random.substream(Purpose::named("faults"), 0).uniform();
        assert!(first != second && first != third && second != third);
    }
}
