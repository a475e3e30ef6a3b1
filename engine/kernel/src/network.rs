//! The condition of links, and the verdict on each message: pass, late, lost,
//! twice. Exactly [`DRAWS_A_MESSAGE`] draws are made for every message.

use crate::fault::{ActiveFault, Fault};
use crate::message::DropReason;
use crate::random::Draws;
use crate::settings::Knob;
use crate::time::Duration;
use crate::topology::LinkId;

/// The group of its knobs on the page.
const LINKS: &str = "Links";

/// The time a message needs on any link; every pattern has this knob.
pub const fn latency_knob(default_ms: f64) -> Knob {
    let range = (0.0, default_ms, 60_000.0);
    Knob::number(LINKS, "latency-ms", "Latency", "ms", range, "One way.")
}

/// What may come on top; every pattern has this knob.
pub const JITTER_KNOB: Knob = Knob::number(
    LINKS,
    "latency-jitter-ms",
    "Latency jitter",
    "ms",
    (0.0, 0.0, 60_000.0),
    "At most this much more, evenly spread.",
);

/// Draws for jitter, loss, place of loss, duplication, lag of the copy and
/// reordering, made for every message whether or not they are needed.
pub const DRAWS_A_MESSAGE: usize = 6;

/// What is wrong with a link now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkCondition {
    /// Nothing gets through.
    pub cut: bool,
    /// Share lost, 0 to 1.
    pub loss: f64,
    /// Added latency.
    pub extra: Duration,
    /// Share delivered twice, 0 to 1.
    pub duplicate: f64,
    /// Share that is held back long enough to be overtaken, 0 to 1.
    pub reorder: f64,
}

fn ratio(parts_per_million: u32) -> f64 {
    f64::from(parts_per_million) / 1e6
}

impl LinkCondition {
    /// Follows from the faults in force.
    pub fn of(link: LinkId, faults: &[ActiveFault]) -> Self {
        let mut condition = Self::default();
        for active in faults.iter().filter(|active| active.fault.is_on_link(link)) {
            match &active.fault {
                Fault::Cut(_) | Fault::Partition(_) => condition.cut = true,
                Fault::Loss(_, share) => condition.loss = ratio(*share),
                Fault::Latency(_, extra) => condition.extra = *extra,
                Fault::Duplicate(_, share) => condition.duplicate = ratio(*share),
                Fault::Reorder(_, share) => condition.reorder = ratio(*share),
                _ => {}
            }
        }
        condition
    }
}

/// Latency without faults: `base` plus a uniform share of `jitter`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// One way.
    pub base: Duration,
    /// At most this much more.
    pub jitter: Duration,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Travel time to arrival, or to the place of loss.
    pub travel: Duration,
    /// Why and how far along (in 1/255) it is lost.
    pub lost: Option<(DropReason, u8)>,
    /// Travel time of a copy.
    pub copy: Option<Duration>,
}

/// Messages on a cut link fall at its middle, where the picture shows the cut.
const CUT_AT: u8 = 128;

/// Judges one message.
pub fn judge(latency: Latency, condition: &LinkCondition, draws: &mut Draws) -> Verdict {
    let [jitter, loss, place, twice, lag, late]: [f64; DRAWS_A_MESSAGE] =
        std::array::from_fn(|_| draws.uniform());
    let plain = latency.base + latency.jitter.scaled(jitter) + condition.extra;
    // Held back by up to twice its own travel time, a message is overtaken.
    let held = if late < condition.reorder {
        plain.scaled(1.0 + late / condition.reorder)
    } else {
        Duration::ZERO
    };
    let whole = plain + held;
    let lost = if condition.cut {
        Some((DropReason::Cut, CUT_AT))
    } else if loss < condition.loss {
        Some((DropReason::Loss, (80.0 + 120.0 * place) as u8))
    } else {
        None
    };
    let travel = lost.map_or(whole, |(_, reach)| whole.scaled(f64::from(reach) / 255.0));
    let copy =
        (lost.is_none() && twice < condition.duplicate).then(|| whole + plain.scaled(0.2 + lag));
    Verdict { travel, lost, copy }
}
