//! What closed forms predict for Peer-to-Peer.

use super::knobs::{Mode, Parameters};
use crate::measure::{Measures, Prediction, theory};
use crate::parts::rumour::Dies;
use crate::patterns::Theory;
use crate::scenario::Scenario;

/// Closed forms that fit the settings, beside what was measured.
pub fn theory(scenario: &Scenario, measures: &Measures) -> Theory {
    let settings = &scenario.settings;
    let peers = settings.number("peers") as u32;
    let it = Parameters::new(settings, peers as usize, 1.0);
    let mesh = it.mode == Mode::Lookup || settings.choice("overlay") == "mesh";
    let jitter = settings.number("latency-jitter-ms");
    let hop = settings.number("latency-ms") + jitter / 2.0 + settings.number("service-ms");
    let swarm = it.mode == Mode::Swarm;
    let mean = measures.latency().mean().unwrap_or(0.0) / 1e6;
    for (out_of_reach, why) in [
        (
            !scenario.script.is_empty() || it.session > 0.0,
            "The run was changed or broken on the way, or peers come and go.",
        ),
        (
            it.mode == Mode::Gossip
                && (!it.together || it.push == it.pull || it.fanout != 1 || !mesh),
            "The chain needs rounds together, push or pull alone, fanout 1 and a mesh.",
        ),
        (
            it.mode == Mode::Gossip && it.rule.dies != Dies::Never,
            "A rumour that dies may miss some; let it never die.",
        ),
        (
            it.mode == Mode::Gossip
                && (settings.number("rate") > 0.0 || 4.0 * hop > it.period.as_millis()),
            "The chain knows one update, and messages that arrive within their round; set the rate to 0.",
        ),
        (
            it.mode == Mode::Lookup && theory::chord_hops(peers).is_none(),
            "Chord's closed form needs a power of two of peers.",
        ),
        (
            swarm && (!mesh || it.free_riders > 0.0),
            "The bound knows no overlay and no free riders.",
        ),
        (measures.ended() == 0, "Nothing has ended yet."),
    ] {
        if out_of_reach {
            return Theory::OutOfReach(why);
        }
    }
    let hops = theory::chord_hops(peers).unwrap_or(0.0);
    let up = if it.server_only {
        0.0
    } else {
        settings.number("upload-mbps")
    };
    let [file, server, down] =
        ["file-mbit", "server-mbps", "download-mbps"].map(|key| settings.number(key));
    let (name, predicted, measured, unit, assumptions) = match it.mode {
        Mode::Direct => (
            "mean time of a request",
            Some(2.0 * hop),
            mean,
            "ms",
            "there and back, nobody fails",
        ),
        Mode::Gossip => (
            "rounds until all know",
            theory::rounds_to_all(peers, it.push),
            (mean / it.period.as_millis()).floor(),
            "rounds",
            "the mean of the exact chain; one run scatters by about 1.4",
        ),
        Mode::Lookup => (
            "mean time of a lookup",
            Some((hops + 1.0 - 1.0 / f64::from(peers)) * hop),
            mean,
            "ms",
            "half the bits of a distance are hops, and one way back; none if the next peer owns it",
        ),
        Mode::Swarm => (
            "until all have the file, at least",
            theory::distribution_time(file, peers - 1, server, up, down),
            measures.latency().max().unwrap_or(0) as f64 / 1e9,
            "s",
            "a bound (Kurose and Ross): no chunks, no latency, nobody idle",
        ),
    };
    match predicted {
        Some(predicted) => Theory::Predicted(vec![Prediction {
            name,
            predicted,
            measured,
            unit,
            assumptions,
        }]),
        None => Theory::OutOfReach("The exact chain is computed for up to 128 peers."),
    }
}
