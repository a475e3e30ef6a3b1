//! A table keyed by consecutive numbers, for things that come in order and go
//! in roughly that order: a sliding window, no hashing, ordered iteration.

use std::collections::VecDeque;

/// Entries get the numbers 0, 1, 2, ...; removing frees from the front.
#[derive(Clone, Debug)]
pub struct Sequence<T> {
    first: u64,
    window: VecDeque<Option<T>>,
    live: usize,
}

impl<T> Default for Sequence<T> {
    fn default() -> Self {
        Self {
            first: 0,
            window: VecDeque::new(),
            live: 0,
        }
    }
}

impl<T> Sequence<T> {
    /// The number that the next entry gets.
    pub fn next_key(&self) -> u64 {
        self.first + self.window.len() as u64
    }

    /// Adds an entry and returns its number.
    pub fn push(&mut self, value: T) -> u64 {
        let key = self.next_key();
        self.window.push_back(Some(value));
        self.live += 1;
        key
    }

    fn slot(&self, key: u64) -> Option<usize> {
        usize::try_from(key.checked_sub(self.first)?).ok()
    }

    /// The entry of this number, unless removed.
    pub fn get(&self, key: u64) -> Option<&T> {
        self.window.get(self.slot(key)?)?.as_ref()
    }

    /// The entry of this number, unless removed.
    pub fn get_mut(&mut self, key: u64) -> Option<&mut T> {
        let slot = self.slot(key)?;
        self.window.get_mut(slot)?.as_mut()
    }

    /// Takes the entry of this number out.
    pub fn remove(&mut self, key: u64) -> Option<T> {
        let slot = self.slot(key)?;
        let value = self.window.get_mut(slot)?.take()?;
        self.live -= 1;
        while let Some(None) = self.window.front() {
            self.window.pop_front();
            self.first += 1;
        }
        Some(value)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Entries in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        let numbered = self.window.iter().enumerate();
        numbered.filter_map(|(i, value)| Some((self.first + i as u64, value.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_when_others_go() {
        let mut table = Sequence::default();
        for value in 'a'..='d' {
            table.push(value);
        }
        assert_eq!(table.remove(1), Some('b'));
        assert_eq!(table.remove(0), Some('a'));
        assert_eq!(table.remove(0), None);
        assert_eq!(table.get(3), Some(&'d'));
        assert_eq!(table.push('e'), 4);
        assert_eq!(
            table.iter().map(|(key, _)| key).collect::<Vec<_>>(),
            [2, 3, 4]
        );
        assert_eq!(table.len(), 3);
    }
}
