//! Rumours, failure detectors, rings of peers and swarms.

use super::domain::{is_positive, is_rate};

/// Beyond this the exact chain of [`rounds_to_all`] takes too long.
const PEERS_MOST: u32 = 128;

/// Mean rounds until all of `peers` know a rumour that one knows, in rounds at
/// the same time, each with one uniformly chosen other: told by those who know
/// (`push`), or asked for by those who do not. Exact, by the chain of how many
/// know (of 2 to 128 peers).
#[must_use]
pub fn rounds_to_all(peers: u32, push: bool) -> Option<f64> {
    if !(2..=PEERS_MOST).contains(&peers) {
        return None;
    }
    let size = peers as usize;
    let others = f64::from(peers - 1);
    let mut rounds = vec![0.0; size + 1];
    for know in (1..size).rev() {
        let missing = size - know;
        // How many learn it: those who try, one after another.
        let mut learn = vec![0.0; missing + 1];
        learn[0] = 1.0;
        for _ in 0..if push { know } else { missing } {
            for more in (0..missing).rev() {
                let hit = if push { missing - more } else { know } as f64 / others;
                learn[more + 1] += learn[more] * hit;
                learn[more] *= 1.0 - hit;
            }
        }
        let later: f64 = (1..=missing).map(|it| learn[it] * rounds[know + it]).sum();
        rounds[know] = (1.0 + later) / (1.0 - learn[0]);
    }
    Some(rounds[1])
}

/// Mean periods until one of `members` (the crashed one included) first pings
/// a crashed one, each pinging a uniformly chosen other once a period (SWIM,
/// Das 2002).
#[must_use]
pub fn first_detection(members: u32) -> Option<f64> {
    if members < 2 {
        return None;
    }
    let others = f64::from(members - 1);
    Some(1.0 / (1.0 - libm::pow(1.0 - 1.0 / others, others)))
}

/// Mean and most hops of a Chord lookup on a full ring of a power of two, in
/// which each peer knows so many of the next ones. A hop is the greatest step
/// of its fingers and successors that does not go too far: with one successor
/// the hops are the bits of a distance, of which half are set (Stoica 2001).
#[must_use]
pub fn chord_hops(peers: u32, successors: u32) -> Option<(f64, u32)> {
    if !peers.is_power_of_two() || successors == 0 {
        return None;
    }
    let (mut sum, mut most) = (0, 0);
    for distance in 0..peers {
        let (mut left, mut hops) = (distance, 0);
        while left > 0 {
            let finger = 1 << (31 - left.leading_zeros());
            left -= successors.min(left).max(finger);
            hops += 1;
        }
        sum += hops;
        most = most.max(hops);
    }
    Some((f64::from(sum) / f64::from(peers), most))
}

/// Least time to give a file of `size` to `peers` downloaders (Kurose and
/// Ross): a server uploads `server`, everyone downloads `down`; peers that
/// share upload `up` each, zero for a server alone. Sizes and rates in the
/// same units.
#[must_use]
pub fn distribution_time(size: f64, peers: u32, server: f64, up: f64, down: f64) -> Option<f64> {
    if !(is_positive(size) && is_positive(server) && is_rate(up) && is_positive(down)) {
        return None;
    }
    let all = f64::from(peers);
    let together = all * size / (server + all * up);
    Some((size / server).max(size / down).max(together))
}
