//! Whether one who knows a rumour still spreads it (Demers 1987): it loses
//! interest after rounds in which nobody needed it, by a counter or by a coin.
//! This part owns one peer's interest in one rumour; to whom it is told is the
//! pattern's business.

/// What makes interest die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dies {
    /// After `k` rounds in a row in which all were told in vain.
    Counter,
    /// After each such round with a chance of one in `k`.
    Coin,
    /// Never.
    Never,
}

/// When interest dies.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What decides.
    pub dies: Dies,
    /// At least 1.
    pub k: u8,
    /// Whether it matters that those told knew it already. Blind: every round
    /// of telling counts.
    pub feedback: bool,
}

/// One peer's interest in one rumour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    hot: bool,
    /// Rounds in vain, in a row.
    vain: u8,
    /// In this round: somebody needed it.
    needed: bool,
    /// In this round: somebody did not.
    known: bool,
    /// Heard in this round: rounds are the grain of time, so who tells it now
    /// tells news, too.
    fresh: bool,
}

impl Interest {
    /// One who does not spread it.
    pub const COLD: Self = Self {
        hot: false,
        vain: 0,
        needed: false,
        known: false,
        fresh: false,
    };
    /// One who has just heard it.
    pub const KINDLED: Self = Self {
        hot: true,
        fresh: true,
        ..Self::COLD
    };

    /// Whether it is told on.
    pub const fn is_hot(&self) -> bool {
        self.hot
    }

    /// Whether it was heard in this very round.
    pub const fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// It was told to somebody: nothing is known yet of what it was worth.
    pub fn told(&mut self, rule: Rule) {
        self.known |= !rule.feedback;
    }

    /// Somebody answers whether it was news. If any of a round needed it, the
    /// round was not in vain.
    pub fn answered(&mut self, news: bool) {
        self.needed |= news;
        self.known |= !news;
    }

    /// A round is over. `uniform` draws from 0 to 1 and is asked only for a coin.
    pub fn round_ends(&mut self, rule: Rule, uniform: impl FnOnce() -> f64) {
        let (needed, known) = (self.needed, self.known);
        (self.needed, self.known, self.fresh) = (false, false, false);
        if needed {
            self.vain = 0;
        } else if known {
            self.vain = self.vain.saturating_add(1);
            self.hot &= match rule.dies {
                Dies::Counter => self.vain < rule.k,
                Dies::Coin => uniform() * f64::from(rule.k) >= 1.0,
                Dies::Never => true,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        dies: Dies::Counter,
        k: 2,
        feedback: true,
    };

    fn round(interest: &mut Interest, rule: Rule, answers: &[bool]) -> bool {
        interest.told(rule);
        for news in answers {
            interest.answered(*news);
        }
        interest.round_ends(rule, || 0.4);
        interest.is_hot()
    }

    #[test]
    fn a_counter_counts_rounds_in_vain_in_a_row() {
        let mut it = Interest::KINDLED;
        assert!(round(&mut it, RULE, &[false]));
        assert!(round(&mut it, RULE, &[false, true, false]));
        assert!(round(&mut it, RULE, &[]));
        assert!(round(&mut it, RULE, &[false, false]));
        assert!(!it.is_fresh() && Interest::KINDLED.is_fresh());
        assert!(!round(&mut it, RULE, &[false]));
        assert!(!Interest::COLD.is_hot());
    }

    #[test]
    fn a_coin_and_blind_rounds() {
        let coin = |k| Rule {
            dies: Dies::Coin,
            k,
            ..RULE
        };
        for (k, goes_on) in [(2, false), (3, true)] {
            let mut it = Interest::KINDLED;
            assert_eq!(round(&mut it, coin(k), &[false]), goes_on);
        }
        let (feedback, mut it) = (false, Interest::KINDLED);
        let blind = Rule { feedback, ..RULE };
        assert!(round(&mut it, blind, &[]));
        assert!(!round(&mut it, blind, &[]));
        let (dies, mut it) = (Dies::Never, Interest::KINDLED);
        for _ in 0..300 {
            assert!(round(&mut it, Rule { dies, ..RULE }, &[false]));
        }
    }
}
