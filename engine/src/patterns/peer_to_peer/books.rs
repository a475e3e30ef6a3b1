//! The books: identities that hold at every instant, and what was counted.

use super::gossip::seal;
use super::knobs::Mode;
use super::state::*;
use crate::kernel::{Measured, Truth};

/// What the peers amount to, read off them one by one.
#[derive(Default)]
struct Reading {
    live: i64,
    infected: i64,
    behind: i64,
    written: i64,
    genuine: i64,
    chunks: i64,
}

/// A measure with its name, `table/name` in a table.
type Line = (&'static str, f64);

/// A mean; zero of nothing.
fn mean(sum: f64, count: u32) -> f64 {
    sum / f64::from(count.max(1))
}

/// Puts lines into a list, those of a table together.
fn list(measures: &mut Vec<(&'static str, Measured)>, lines: &[Line], whole: bool) {
    for (path, number) in lines {
        let value = match whole {
            true => Measured::Count(*number as u64),
            false => Measured::Number(*number),
        };
        let Some((group, name)) = path.split_once('/') else {
            measures.push((path, value));
            continue;
        };
        if measures.iter().all(|(name, _)| *name != group) {
            measures.push((group, Measured::Table(Vec::new())));
        }
        for (name_of, table) in measures.iter_mut() {
            if let (Measured::Table(rows), true) = (table, *name_of == group) {
                rows.push((name.to_owned(), value.clone()));
            }
        }
    }
}

impl PeerToPeer {
    fn read_peers(&self) -> Reading {
        let mut it = Reading::default();
        for peer in &self.peers {
            it.live += i64::from(peer.live);
            it.chunks += i64::from(peer.chunks.count_ones());
            for (key, cell) in peer.cells.iter().enumerate() {
                let (stamp, newest) = (cell.stamp, self.rumours[key].stamp);
                it.infected += i64::from(cell.interest.is_hot() && stamp == newest);
                it.behind += i64::from(peer.live && stamp < newest);
                if stamp != 0 {
                    let right = seal(&self.random, key, counter_of(stamp), origin_of(stamp));
                    it.written += 1;
                    it.genuine += i64::from(right == stamp as u16);
                }
            }
        }
        it
    }

    /// See `Model::truths`.
    pub fn identities(&self) -> Vec<Truth> {
        let read = self.read_peers();
        let mut sums = [0i64; 4];
        for rumour in &self.rumours {
            for (sum, count) in sums.iter_mut().zip(rumour.count) {
                *sum += i64::from(count);
            }
        }
        let tally = &self.tally;
        let ended: u64 = tally.ended.iter().sum();
        let first = match self.is(Mode::Swarm) {
            true => i64::from(self.parameters.whole.count_ones()),
            false => 0,
        };
        let rows = [
            (
                "susceptible + infected + removed = live peers, for each of 4 registers",
                sums[0] + sums[1] + sums[2],
                read.live * KEYS as i64,
            ),
            (
                "infected on the way = peers that spread the newest",
                sums[1],
                read.infected,
            ),
            (
                "susceptible on the way = live peers behind the newest",
                sums[0],
                read.behind,
            ),
            (
                "what peers hold was really issued: copies = copies with their origin's seal",
                read.written,
                read.genuine,
            ),
            (
                "lookups on a stable ring = those that ended at the true owner",
                tally.stable as i64,
                tally.right as i64,
            ),
            (
                "chunks held = those of peer-1 + those received",
                read.chunks,
                first + tally.chunks as i64,
            ),
            (
                "flows = ended + open",
                self.flows.next_key() as i64,
                (ended + self.flows.len() as u64) as i64,
            ),
        ];
        let mut truths = Vec::new();
        for (name, left, right) in rows {
            truths.push(Truth { name, left, right });
        }
        truths
    }

    /// See `Model::measures`.
    pub fn tables(&self) -> Vec<(&'static str, Measured)> {
        let tally = &self.tally;
        let rounds = self.peers.iter().map(|it| it.round).max().unwrap_or(0);
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
        let [susceptible, infected, removed, _] = self.rumours[self.latest].count.map(f64::from);
        let looked = tally.lookups as u32;
        let mut measures = Vec::new();
        let counts = [
            ("rounds", f64::from(rounds)),
            ("rumours", f64::from(tally.rumours)),
            ("spread/susceptible", susceptible),
            ("spread/infected", infected),
            ("spread/removed", removed),
            ("lookups", tally.lookups as f64),
            ("lookup_hops/max", tally.hops_most as f64),
            ("wrong_owners", tally.wrong as f64),
            ("ring_stable", f64::from(u8::from(self.is_stable()))),
            ("false_suspicions", f64::from(tally.false_suspicions)),
            ("suspicions", f64::from(tally.suspicions)),
            ("refuted", f64::from(tally.refuted)),
            ("detected", f64::from(tally.detected)),
            ("repaired", tally.repaired as f64),
            ("apart", f64::from(u8::from(self.apart_since.is_some()))),
            ("swarm/complete", f64::from(complete[0] + complete[1])),
            ("chunks", tally.chunks as f64),
            ("chunks_of_server", f64::from(self.peers[0].uploads)),
            ("wasted_chunks", tally.wasted as f64),
            ("deduplicated", tally.deduplicated as f64),
        ];
        list(&mut measures, &counts, true);
        let numbers = [
            ("residue", mean(tally.residue, tally.rumours)),
            ("traffic_per_peer", mean(tally.traffic, tally.rumours)),
            ("t_ave_rounds", mean(tally.average, tally.rumours)),
            ("t_last_rounds", mean(tally.last, tally.rumours)),
            ("lookup_hops/mean", mean(tally.hops as f64, looked)),
            ("convergence_ms", tally.spell.as_millis()),
            ("detection_ms", mean(tally.detection, tally.detected)),
            ("swarm/complete_ms", last),
            ("swarm/givers_mean_ms", mean(sums[0], complete[0])),
            ("swarm/riders_mean_ms", mean(sums[1], complete[1])),
        ];
        list(&mut measures, &numbers, false);
        measures
    }
}
