//! Which member of a group gets which partitions: Kafka's three assignors.
//!
//! Pure: it knows topics as counts of partitions and members by their place
//! in a list. Who is a member, and when a partition may change hands, is the
//! business of its owner.

/// How partitions are dealt out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Each topic's partitions in one run, split into consecutive ranges; the
    /// first members get one more where it does not divide.
    Range,
    /// All partitions of all topics, one after the other, in turn.
    RoundRobin,
    /// As even as in turn, but whoever had a partition keeps it if that is fair.
    Sticky,
}

impl Strategy {
    /// As knobs spell them.
    pub const CHOICES: &'static [&'static str] = &["range", "round-robin", "sticky"];

    /// The one a choice names.
    pub fn named(choice: &str) -> Self {
        match choice {
            "range" => Self::Range,
            "round-robin" => Self::RoundRobin,
            _ => Self::Sticky,
        }
    }

    /// Deals out the partitions of `topics` (how many each has) among
    /// `members`. Partitions are in one row, those of the first topic first.
    /// `owners` says who had each, which matters to [`Self::Sticky`] alone,
    /// and then who gets it.
    pub fn assign(self, topics: &[u16], members: usize, owners: &mut [Option<usize>]) {
        match self {
            _ if members == 0 => owners.fill(None),
            Self::Range => range(topics, members, owners),
            Self::RoundRobin => {
                for (turn, owner) in owners.iter_mut().enumerate() {
                    *owner = Some(turn % members);
                }
            }
            Self::Sticky => sticky(members, owners),
        }
    }
}

fn range(topics: &[u16], members: usize, owners: &mut [Option<usize>]) {
    let mut at = 0;
    for count in topics.iter().map(|count| usize::from(*count)) {
        for member in 0..members {
            let size = count / members + usize::from(member < count % members);
            owners[at..at + size].fill(Some(member));
            at += size;
        }
    }
}

/// Kafka's rule: what is had is kept, the rest goes to whoever has least, and
/// then the richest gives its last to the poorest until shares are even.
fn sticky(members: usize, owners: &mut [Option<usize>]) {
    let mut sizes = vec![0; members];
    for owner in owners.iter_mut() {
        match *owner {
            Some(member) if member < members => sizes[member] += 1,
            _ => *owner = None,
        }
    }
    loop {
        let (mut poor, mut rich) = (0, 0);
        for (member, size) in sizes.iter().enumerate() {
            if *size < sizes[poor] {
                poor = member;
            }
            if *size >= sizes[rich] {
                rich = member;
            }
        }
        let free = owners.iter().position(Option::is_none);
        let even = sizes[rich] <= sizes[poor] + 1;
        let of_rich = || owners.iter().rposition(|owner| *owner == Some(rich));
        let Some(moved) = free.or_else(|| of_rich().filter(|_| !even)) else {
            return;
        };
        if free.is_none() {
            sizes[rich] -= 1;
        }
        sizes[poor] += 1;
        owners[moved] = Some(poor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `t0p1` and so on, as Kafka's documentation writes it.
    fn named(topics: &[u16], members: usize, owners: &[Option<usize>]) -> Vec<String> {
        let numbered = topics.iter().enumerate();
        let all =
            numbered.flat_map(|(topic, count)| (0..*count).map(move |p| format!("t{topic}p{p}")));
        let names: Vec<String> = all.collect();
        let share = |member| {
            let mine = names
                .iter()
                .zip(owners)
                .filter(|(_, owner)| **owner == Some(member));
            mine.map(|(name, _)| name.as_str())
                .collect::<Vec<_>>()
                .join(",")
        };
        (0..members).map(share).collect()
    }

    #[test]
    fn range_as_documented() {
        let mut owners = [None; 6];
        Strategy::Range.assign(&[3, 3], 2, &mut owners);
        let shares = named(&[3, 3], 2, &owners);
        assert_eq!(shares, ["t0p0,t0p1,t1p0,t1p1", "t0p2,t1p2"]);
    }

    #[test]
    fn round_robin_as_documented() {
        let mut owners = [None; 6];
        Strategy::RoundRobin.assign(&[3, 3], 2, &mut owners);
        let shares = named(&[3, 3], 2, &owners);
        assert_eq!(shares, ["t0p0,t0p2,t1p1", "t0p1,t1p0,t1p2"]);
    }

    #[test]
    fn sticky_as_documented() {
        let topics = [2; 4];
        let mut owners = [None; 8];
        Strategy::Sticky.assign(&topics, 3, &mut owners);
        assert_eq!(
            named(&topics, 3, &owners),
            ["t0p0,t1p1,t3p0", "t0p1,t2p0,t3p1", "t1p0,t2p1"]
        );
        // The second is removed; the third is the second now.
        let mut owners = owners.map(|owner| match owner {
            Some(1) => None,
            Some(2) => Some(1),
            other => other,
        });
        Strategy::Sticky.assign(&topics, 2, &mut owners);
        assert_eq!(
            named(&topics, 2, &owners),
            ["t0p0,t1p1,t2p0,t3p0", "t0p1,t1p0,t2p1,t3p1"]
        );
    }

    #[test]
    fn every_partition_has_one_owner_and_shares_are_even() {
        for strategy in [Strategy::Range, Strategy::RoundRobin, Strategy::Sticky] {
            for count in 0..9_u16 {
                let mut owners = vec![None; usize::from(count)];
                // Members come and go: to five, to two, to four.
                for members in [1, 2, 3, 4, 5, 4, 3, 2, 3, 4] {
                    let before = owners.clone();
                    strategy.assign(&[count], members, &mut owners);
                    let size = |member| owners.iter().filter(|it| **it == Some(member)).count();
                    let sizes: Vec<usize> = (0..members).map(size).collect();
                    assert_eq!(sizes.iter().sum::<usize>(), usize::from(count));
                    assert!(sizes.iter().max() <= sizes.iter().min().map(|it| it + 1).as_ref());
                    for member in (0..members).filter(|_| strategy == Strategy::Sticky) {
                        let had = before.iter().filter(|it| **it == Some(member)).count();
                        let pairs = before.iter().zip(&owners);
                        let kept = pairs
                            .filter(|(was, is)| was == is && **is == Some(member))
                            .count();
                        // Nobody gives up one thing to get another.
                        assert!(kept == had || kept == sizes[member]);
                    }
                }
                strategy.assign(&[count], 0, &mut owners);
                assert!(owners.iter().all(Option::is_none));
            }
        }
    }
}
