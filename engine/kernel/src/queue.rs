//! A queue whose clone is two copies of memory, compiled small for each type:
//! the standard one clones item by item, in six loops.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};

/// First in, first out.
#[derive(Debug)]
pub struct Queue<T>(VecDeque<T>);

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Copy> Clone for Queue<T> {
    fn clone(&self) -> Self {
        let (front, back) = self.0.as_slices();
        let mut all = Vec::with_capacity(self.0.len());
        all.extend_from_slice(front);
        all.extend_from_slice(back);
        Self(all.into())
    }
}

impl<T> Deref for Queue<T> {
    type Target = VecDeque<T>;

    fn deref(&self) -> &VecDeque<T> {
        &self.0
    }
}

impl<T> DerefMut for Queue<T> {
    fn deref_mut(&mut self) -> &mut VecDeque<T> {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_has_the_same_in_the_same_order() {
        let mut queue = Queue::default();
        for number in 0..20 {
            queue.push_back(number);
            if number % 2 == 0 {
                queue.pop_front();
            }
        }
        assert!(queue.iter().eq(queue.clone().iter()));
    }
}
