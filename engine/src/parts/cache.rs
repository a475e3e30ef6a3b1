//! A cache of answers that are fresh for a while. What an answer says is not
//! kept, only that it is known.

use crate::kernel::Instant;

/// The most entries; then the stale ones go, and if none is, no more come.
pub const ENTRIES_MOST: usize = 10_000;

/// Which keys are known, and until when they are fresh.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    /// In order of the keys.
    fresh_until: Vec<(u64, Instant)>,
}

impl Cache {
    fn place(&self, key: u64) -> Result<usize, usize> {
        self.fresh_until
            .binary_search_by_key(&key, |(known, _)| *known)
    }

    /// Whether a key is known and fresh.
    pub fn has(&self, key: u64, now: Instant) -> bool {
        self.place(key)
            .is_ok_and(|place| now < self.fresh_until[place].1)
    }

    /// Learns a key.
    pub fn put(&mut self, key: u64, until: Instant, now: Instant) {
        if let Ok(place) = self.place(key) {
            self.fresh_until[place].1 = until;
            return;
        }
        if self.len() >= ENTRIES_MOST {
            self.fresh_until.retain(|(_, until)| now < *until);
        }
        if let (Err(place), true) = (self.place(key), self.len() < ENTRIES_MOST) {
            self.fresh_until.insert(place, (key, until));
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.fresh_until.clear();
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
        assert!(!cache.has(7, at(0.0)));
        cache.put(7, at(2.0), at(0.0));
        assert!(cache.has(7, at(1.9)) && !cache.has(7, at(2.0)));
        cache.put(7, at(5.0), at(3.0));
        cache.put(3, at(6.0), at(4.0));
        assert!(cache.has(7, at(4.9)) && cache.has(3, at(4.9)));
        assert!(!cache.has(7, at(5.5)) && cache.has(3, at(5.5)));
        assert_eq!(cache.len(), 2);
        cache.clear();
        assert!(cache.is_empty());
    }

    #[test]
    fn bounded() {
        let mut cache = Cache::default();
        for number in 0..ENTRIES_MOST as u64 + 100 {
            cache.put(number, at(100.0 + number as f64), at(0.0));
            assert!(cache.len() <= ENTRIES_MOST);
        }
        let last = ENTRIES_MOST as u64 - 1;
        assert!(cache.has(last, at(1.0)) && !cache.has(last + 1, at(1.0)));
        // All stale ones go as soon as there is no room.
        cache.put(u64::MAX, at(1e6), at(500.0));
        assert_eq!(cache.len(), ENTRIES_MOST - 400);
        assert!(cache.has(u64::MAX, at(501.0)));
    }
}
