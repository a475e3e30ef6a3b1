//! What the kernel is compared with: the least that an event loop must do.
//! Take the earliest entry, draw when its successor is due, put that back.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Uniform draws in [0, 1).
pub fn uniforms(seed: u64) -> impl FnMut() -> f64 {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    move || (generator.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// A loop over a standard heap that always holds the same number of entries.
pub struct BareLoop {
    heap: BinaryHeap<Reverse<(u64, u64)>>,
    sequence: u64,
    generator: Xoshiro256PlusPlus,
}

impl BareLoop {
    /// A loop with this many entries, at least one.
    pub fn new(pending: usize) -> Self {
        let mut it = Self {
            heap: BinaryHeap::new(),
            sequence: 0,
            generator: Xoshiro256PlusPlus::seed_from_u64(7),
        };
        for _ in 0..pending.max(1) {
            it.add(0);
        }
        it
    }

    /// How many entries it holds.
    pub fn pending(&self) -> usize {
        self.heap.len()
    }

    fn add(&mut self, now: u64) {
        let uniform = (self.generator.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let wait = -libm::log(1.0 - uniform) * 1e9;
        self.sequence += 1;
        self.heap.push(Reverse((now + wait as u64, self.sequence)));
    }

    /// Runs through this many events; gives the last one's time.
    pub fn run(&mut self, events: u64) -> u64 {
        let mut now = 0;
        for _ in 0..events {
            if let Some(Reverse((at, _))) = self.heap.pop() {
                now = at;
                self.add(at);
            }
        }
        now
    }
}
