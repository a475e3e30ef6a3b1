//! How popular things are: item `i` of `n` is asked for in proportion to
//! `1 / i^skew` (Zipf; a skew of 0 makes all equal).

use std::sync::Arc;

/// A table from which items are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Popularity {
    /// The share of items up to each one.
    cumulative: Arc<Vec<f64>>,
}

impl Popularity {
    /// `items` things, at least one.
    pub fn new(items: u32, skew: f64) -> Self {
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (1..=items.max(1))
            .map(|item| {
                sum += libm::pow(f64::from(item), -skew);
                sum
            })
            .collect();
        for share in &mut cumulative {
            *share /= sum;
        }
        Self {
            cumulative: Arc::new(cumulative),
        }
    }

    /// The item that a uniform draw in `0..1` picks, from 0.
    pub fn pick(&self, uniform: f64) -> u32 {
        let index = self.cumulative.partition_point(|share| *share <= uniform);
        index.min(self.cumulative.len() - 1) as u32
    }

    /// The share of an item, from 0.
    pub fn share(&self, item: u32) -> f64 {
        let at = |index: usize| self.cumulative.get(index).copied().unwrap_or(1.0);
        let before = (item as usize).checked_sub(1).map_or(0.0, at);
        at(item as usize) - before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_follow_the_law_and_draws_the_shares() {
        let popularity = Popularity::new(50, 1.0);
        let ratio = popularity.share(0) / popularity.share(9);
        assert!((ratio - 10.0).abs() < 1e-9, "{ratio}");
        let total: f64 = (0..50).map(|item| popularity.share(item)).sum();
        assert!((total - 1.0).abs() < 1e-12);
        let draws = 1_000_000;
        let first = (0..draws).filter(|draw| {
            let uniform = f64::from(*draw) / f64::from(draws);
            popularity.pick(uniform) == 0
        });
        let share = first.count() as f64 / f64::from(draws);
        assert!((share - popularity.share(0)).abs() < 1e-5);
        assert_eq!(popularity.pick(1.0), 49);
    }

    #[test]
    fn no_skew_makes_all_equal() {
        let popularity = Popularity::new(4, 0.0);
        assert_eq!(popularity.pick(0.0), 0);
        assert_eq!(popularity.pick(0.25), 1);
        assert_eq!(popularity.pick(0.999), 3);
        assert_eq!(Popularity::new(0, 1.0).pick(0.5), 0);
    }
}
