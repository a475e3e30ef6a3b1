//! A table keyed by consecutive numbers, for things that come in order and go
//! in roughly that order: a sliding window, no hashing, ordered iteration.

/// Entries get the numbers 0, 1, 2, ...; removing frees from the front. A
/// plain vector: its clone is a copy of memory, compiled small for each type.
#[derive(Clone, Debug)]
pub struct Sequence<T> {
    /// The number of the first place in the window.
    first: u64,
    window: Vec<Option<T>>,
    /// Places at the front of the window that are free for good.
    gone: usize,
    live: usize,
}

impl<T> Default for Sequence<T> {
    fn default() -> Self {
        Self {
            first: 0,
            window: Vec::new(),
            gone: 0,
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
        self.window.push(Some(value));
        self.live += 1;
        key
    }

    #[inline]
    fn slot(&self, key: u64) -> Option<usize> {
        usize::try_from(key.checked_sub(self.first)?).ok()
    }

    /// The entry of this number, unless removed.
    #[inline]
    pub fn get(&self, key: u64) -> Option<&T> {
        self.window.get(self.slot(key)?)?.as_ref()
    }

    /// The entry of this number, unless removed.
    #[inline]
    pub fn get_mut(&mut self, key: u64) -> Option<&mut T> {
        let slot = self.slot(key)?;
        self.window.get_mut(slot)?.as_mut()
    }

    /// Takes the entry of this number out.
    pub fn remove(&mut self, key: u64) -> Option<T> {
        let slot = self.slot(key)?;
        let value = self.window.get_mut(slot)?.take()?;
        self.live -= 1;
        while let Some(None) = self.window.get(self.gone) {
            self.gone += 1;
        }
        // Seldom enough that each entry is moved once at most on average.
        if self.gone > 64 && self.gone * 2 > self.window.len() {
            self.window.drain(..self.gone);
            self.first += self.gone as u64;
            self.gone = 0;
        }
        Some(value)
    }

    /// The number of the oldest entry, and how many numbers there are from it
    /// on: what the table needs room for.
    pub fn span(&self) -> (u64, usize) {
        (self.first + self.gone as u64, self.window.len() - self.gone)
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
        let first = self.first + self.gone as u64;
        let numbered = self.window[self.gone..].iter().enumerate();
        numbered.filter_map(move |(i, value)| Some((first + i as u64, value.as_ref()?)))
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
        assert_eq!(table.span(), (2, 3));
    }

    #[test]
    fn frees_its_memory_from_the_front() {
        let mut table = Sequence::default();
        for number in 0..100_000u64 {
            assert_eq!(table.push(number), number);
            if let Some(old) = number.checked_sub(10) {
                assert_eq!(table.remove(old), Some(old));
                assert_eq!(table.get(old), None);
            }
            assert!(table.window.len() <= 200);
            assert_eq!(table.get(number), Some(&number));
            assert_eq!(table.iter().count(), table.len());
        }
        assert_eq!(table.iter().next(), Some((99_990, &99_990)));
    }
}
