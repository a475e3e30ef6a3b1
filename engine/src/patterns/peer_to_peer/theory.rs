//! What closed forms predict for Peer-to-Peer.

use super::knobs::{Mode, Parameters};
use crate::kernel::Settings;
use crate::measure::{Measures, Prediction, theory};
use crate::parts::rumour::Dies;
use crate::patterns::Theory;
use crate::scenario::Scenario;

/// Milliseconds of a hop.
fn hop(settings: &Settings) -> f64 {
    let number = |key| settings.number(key);
    number("latency-ms") + number("latency-jitter-ms") / 2.0 + number("service-ms")
}

/// Mean and most messages of finding of a lookup on a ring that is stable.
fn hops_of(settings: &Settings) -> Option<(f64, u32)> {
    let whole = |key| settings.number(key) as u32;
    theory::chord_hops(whole("peers"), whole("successors"))
}

/// Why there is no closed form.
fn why_not(scenario: &Scenario, it: &Parameters, measures: &Measures) -> Option<&'static str> {
    let settings = &scenario.settings;
    let mesh = it.mode == Mode::Lookup || settings.choice("overlay") == "mesh";
    let (gossip, number) = (it.mode == Mode::Gossip, |key| settings.number(key));
    let late = 4.0 * hop(settings) > it.period.as_millis();
    // The slowest way there and back.
    let (slowest, lookups) = (
        hop(settings) + number("latency-jitter-ms") / 2.0,
        it.mode == Mode::Lookup,
    );
    let most = match lookups {
        true => hops_of(settings).map_or(0, |(_, most)| most) + 1,
        false => 2,
    };
    let asks = lookups || it.mode == Mode::Direct;
    let reasons = [
        (
            !scenario.script.is_empty() || it.session > 0.0,
            "The run was changed or broken on the way, or peers come and go.",
        ),
        (
            gossip && (!it.together || it.push == it.pull || it.fanout != 1 || !mesh),
            "The chain needs rounds together, push or pull alone, fanout 1 and a mesh.",
        ),
        (
            gossip && it.rule.dies != Dies::Never,
            "A rumour that dies may miss some; let it never die.",
        ),
        (
            gossip && (number("rate") > 0.0 || late),
            "The chain knows one update, and messages that arrive in their round; set the rate to 0.",
        ),
        (
            lookups && hops_of(settings).is_none(),
            "Chord's closed form needs a power of two of peers.",
        ),
        (
            asks && f64::from(most) * slowest >= it.timeout.as_millis(),
            "The longest way takes longer than the timeout.",
        ),
        (
            asks && it.detect && 2.0 * slowest >= it.ping_timeout.as_millis(),
            "Pings take longer than their timeout.",
        ),
        (
            it.mode == Mode::Swarm && (!mesh || it.free_riders > 0.0),
            "The bound knows no overlay and no free riders.",
        ),
        (measures.ended() == 0, "Nothing has ended yet."),
    ];
    let reason = reasons.iter().find(|(out_of_reach, _)| *out_of_reach);
    reason.map(|(_, why)| *why)
}

/// Closed forms that fit the settings, beside what was measured.
pub fn theory(scenario: &Scenario, measures: &Measures) -> Theory {
    let settings = &scenario.settings;
    let number = |key| settings.number(key);
    let peers = number("peers") as u32;
    let it = Parameters::new(settings, peers as usize, 1.0);
    if let Some(why) = why_not(scenario, &it, measures) {
        return Theory::OutOfReach(why);
    }
    let (hop, mean) = (
        hop(settings),
        measures.latency().mean().unwrap_or(0.0) / 1e6,
    );
    let hops = hops_of(settings).map_or(0.0, |(mean, _)| mean);
    let up = match it.server_only {
        true => 0.0,
        false => number("upload-mbps"),
    };
    let [file, server, down] = ["file-mbit", "server-mbps", "download-mbps"].map(number);
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
            "a full ring, stable: greatest steps by fingers and successors, one more back; none if the next peer owns it",
        ),
        Mode::Swarm => (
            "until all have the file, at least",
            theory::distribution_time(file, peers - 1, server, up, down),
            measures.latency().max().unwrap_or(0) as f64 / 1e9,
            "s",
            "a bound (Kurose and Ross): no chunks, no latency, nobody idle",
        ),
    };
    let Some(predicted) = predicted else {
        return Theory::OutOfReach("The exact chain is computed for up to 128 peers.");
    };
    Theory::Predicted(vec![Prediction {
        name,
        predicted,
        measured,
        unit,
        assumptions,
    }])
}
