//! A cache of answers that are fresh for a while. What an answer says is not
//! kept, only that it is known.

use crate::kernel::Instant;
use std::collections::{BTreeMap, VecDeque};

/// The most entries; the oldest goes first.
pub const ENTRIES_MOST: usize = 10_000;

/// Which keys are known, and until when they are fresh.
#[derive(Clone, Debug)]
pub struct Cache<K> {
    fresh_until: BTreeMap<K, Instant>,
    /// In the order in which they came, with the end each had then.
    order: VecDeque<(K, Instant)>,
}

impl<K> Default for Cache<K> {
    fn default() -> Self {
        Self {
            fresh_until: BTreeMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<K: Copy + Ord> Cache<K> {
    /// Whether a key is known and fresh.
    pub fn has(&self, key: K, now: Instant) -> bool {
        self.fresh_until.get(&key).is_some_and(|until| now < *until)
    }

    /// Learns a key, and forgets what is stale or too much.
    pub fn put(&mut self, key: K, until: Instant, now: Instant) {
        self.fresh_until.insert(key, until);
        self.order.push_back((key, until));
        while let Some(&(oldest, its_end)) = self.order.front() {
            if its_end > now && self.order.len() <= ENTRIES_MOST {
                break;
            }
            self.order.pop_front();
            if self.fresh_until.get(&oldest) == Some(&its_end) {
                self.fresh_until.remove(&oldest);
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.fresh_until.clear();
        self.order.clear();
    }

    /// How many keys are known, some of them stale.
    pub fn len(&self) -> usize {
        self.fresh_until.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.fresh_until.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Instant {
        Instant::from_secs(seconds)
    }

    #[test]
    fn fresh_until_its_end_and_renewed() {
        let mut cache = Cache::default();
        assert!(!cache.has('a', at(0.0)));
        cache.put('a', at(2.0), at(0.0));
        assert!(cache.has('a', at(1.9)) && !cache.has('a', at(2.0)));
        cache.put('a', at(5.0), at(3.0));
        cache.put('b', at(6.0), at(4.0));
        assert!(cache.has('a', at(4.9)));
        assert_eq!(cache.len(), 2);
        cache.put('c', at(9.0), at(7.0));
        assert_eq!(cache.len(), 1);
        cache.clear();
        assert!(cache.is_empty());
    }

    #[test]
    fn bounded_in_keys_and_in_memory() {
        let mut cache = Cache::default();
        for number in 0..3 * ENTRIES_MOST {
            cache.put(number, at(100.0), at(0.0));
            cache.put(0, at(100.0), at(0.0));
            assert!(cache.len() <= ENTRIES_MOST && cache.order.len() <= ENTRIES_MOST);
        }
        assert!(cache.has(3 * ENTRIES_MOST - 1, at(1.0)));
        assert!(!cache.has(1, at(1.0)));
    }
}
