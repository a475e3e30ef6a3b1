//! The books: identities that hold at every instant, and what was counted.

use super::gossip::seal;
use super::knobs::Mode;
use super::state::*;
use crate::kernel::{Measured, Truth};

impl PeerToPeer {
    /// See `Model::truths`.
    pub fn identities(&self) -> Vec<Truth> {
        let (mut live, mut infected, mut behind) = (0i64, 0i64, 0i64);
        let (mut written, mut genuine, mut chunks) = (0i64, 0i64, 0i64);
        for peer in &self.peers {
            live += i64::from(peer.live);
            chunks += i64::from(peer.chunks.count_ones());
            for (key, cell) in peer.cells.iter().enumerate() {
                let stamp = cell.stamp;
                infected += i64::from(cell.interest.is_hot() && stamp == self.rumours[key].stamp);
                behind += i64::from(peer.live && stamp < self.rumours[key].stamp);
                written += i64::from(stamp != 0);
                let right = seal(&self.random, key, counter_of(stamp), origin_of(stamp));
                genuine += i64::from(stamp != 0 && right == stamp as u16);
            }
        }
        let sum = |classes: &[usize]| -> i64 {
            let counts = self.rumours.iter().map(|it| it.count);
            counts
                .map(|count| classes.iter().map(|it| i64::from(count[*it])).sum::<i64>())
                .sum()
        };
        let tally = &self.tally;
        let ended: u64 = tally.ended.iter().sum();
        let first = match self.is(Mode::Swarm) {
            true => self.parameters.whole.count_ones(),
            false => 0,
        };
        let mut truths = Vec::new();
        for (name, left, right) in [
            (
                "susceptible + infected + removed = live peers, for each of 4 registers",
                sum(&[0, 1, 2]),
                live * KEYS as i64,
            ),
            (
                "infected on the way = peers that spread the newest",
                sum(&[1]),
                infected,
            ),
            (
                "susceptible on the way = live peers behind the newest",
                sum(&[0]),
                behind,
            ),
            (
                "what peers hold was really issued: copies = copies with their origin's seal",
                written,
                genuine,
            ),
            (
                "lookups on a stable ring = those that ended at the true owner",
                tally.stable as i64,
                tally.right as i64,
            ),
            (
                "chunks held = those of peer-1 + those received",
                chunks,
                i64::from(first) + tally.chunks as i64,
            ),
            (
                "flows = ended + open",
                self.flows.next_key() as i64,
                (ended + self.flows.len() as u64) as i64,
            ),
        ] {
            truths.push(Truth { name, left, right });
        }
        truths
    }

    /// See `Model::measures`.
    pub fn tables(&self) -> Vec<(&'static str, Measured)> {
        let count = |number: u64| Measured::Count(number);
        let tally = &self.tally;
        let mean = |sum: f64, count: u32| Measured::Number(sum / f64::from(count.max(1)));
        let rumour = &self.rumours[self.latest];
        let table = |rows: &[(&str, Measured)]| {
            let mut table = Vec::new();
            for (name, value) in rows {
                table.push(((*name).to_owned(), value.clone()));
            }
            Measured::Table(table)
        };
        let rounds = self.peers.iter().map(|it| it.round).max().unwrap_or(0);
        let looked = tally.lookups as u32;
        let (mut complete, mut last) = ([0; 2], 0.0f64);
        let mut sums = [0.0; 2];
        for (peer, it) in self.peers.iter().enumerate().skip(1) {
            if it.chunks == self.parameters.whole {
                let (rides, at) = (!self.gives(peer as u16), it.complete_at.as_secs() * 1e3);
                complete[usize::from(rides)] += 1;
                sums[usize::from(rides)] += at;
                last = last.max(at);
            }
        }
        let of = |class: usize| count(u64::from(rumour.count[class]));
        let mut measures = vec![
            ("rounds", count(u64::from(rounds))),
            ("rumours", count(u64::from(tally.rumours))),
            ("residue", mean(tally.residue, tally.rumours)),
            ("traffic_per_peer", mean(tally.traffic, tally.rumours)),
            ("t_ave_rounds", mean(tally.average, tally.rumours)),
            ("t_last_rounds", mean(tally.last, tally.rumours)),
            (
                "spread",
                table(&[
                    ("susceptible", of(0)),
                    ("infected", of(1)),
                    ("removed", of(2)),
                ]),
            ),
            (
                "lookup_hops",
                table(&[
                    ("mean", mean(tally.hops as f64, looked)),
                    ("max", count(tally.hops_most)),
                ]),
            ),
            ("convergence_ms", Measured::Number(tally.spell.as_millis())),
            ("detection_ms", mean(tally.detection, tally.detected)),
            (
                "swarm",
                table(&[
                    ("complete_ms", Measured::Number(last)),
                    ("complete", count(u64::from(complete[0] + complete[1]))),
                    ("givers_mean_ms", mean(sums[0], complete[0])),
                    ("riders_mean_ms", mean(sums[1], complete[1])),
                ]),
            ),
        ];
        for (name, number) in [
            ("false_suspicions", u64::from(tally.false_suspicions)),
            ("suspicions", u64::from(tally.suspicions)),
            ("refuted", u64::from(tally.refuted)),
            ("detected", u64::from(tally.detected)),
            ("repaired", tally.repaired),
            ("lookups", tally.lookups),
            ("wrong_owners", tally.wrong),
            ("ring_stable", u64::from(self.is_stable())),
            ("apart", u64::from(self.apart_since.is_some())),
            ("chunks", tally.chunks),
            ("chunks_of_server", u64::from(self.peers[0].uploads)),
            ("wasted_chunks", tally.wasted),
            ("deduplicated", tally.deduplicated),
        ] {
            measures.push((name, count(number)));
        }
        measures
    }
}
