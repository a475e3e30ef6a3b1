//! How long a piece of work takes: a mean and a distribution. It draws from
//! what it is given and keeps no state.

use crate::kernel::random::{exponential, normal};
use crate::kernel::{Context, Draws, Duration, FlowId, Knob, NodeId, Purpose};

/// The distributions, in the order of [`CHOICES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Always the mean.
    Constant,
    /// Memoryless; squared coefficient of variation 1.
    Exponential,
    /// Skewed; squared coefficient of variation [`LOGNORMAL_SCV`].
    Lognormal,
    /// 99 % fast, 1 % [`BIMODAL_SLOW`] times as slow.
    Bimodal,
    /// Uniform from 0 to twice the mean; squared coefficient of variation 1/3.
    Uniform,
    /// Two exponential phases; squared coefficient of variation 1/2.
    Erlang2,
    /// 90 % of half the mean, 10 % of 5.5 times the mean; 5.5.
    Hyperexponential,
}

/// As the knob `service-dist` spells them.
pub const CHOICES: &[&str] = &[
    "constant",
    "exponential",
    "lognormal",
    "bimodal",
    "uniform",
    "erlang-2",
    "hyperexponential",
];

/// Squared coefficient of variation of [`Distribution::Lognormal`].
pub const LOGNORMAL_SCV: f64 = 2.0;
/// A slow one takes this many times a fast one.
pub const BIMODAL_SLOW: f64 = 100.0;
const BIMODAL_SHARE: f64 = 0.01;

const SERVICE: Purpose = Purpose::named("service");

/// The knob that chooses among them.
pub const fn distribution_knob(group: &'static str) -> Knob {
    Knob::choice(
        group,
        "service-dist",
        "Distribution",
        CHOICES,
        "How service times scatter about their mean.",
    )
    .chosen(1)
}

impl Distribution {
    /// The one a choice names; exponential for anything unknown.
    pub fn named(choice: &str) -> Self {
        match choice {
            "constant" => Self::Constant,
            "lognormal" => Self::Lognormal,
            "bimodal" => Self::Bimodal,
            "uniform" => Self::Uniform,
            "erlang-2" => Self::Erlang2,
            "hyperexponential" => Self::Hyperexponential,
            _ => Self::Exponential,
        }
    }

    /// Variance over squared mean.
    pub fn scv(self) -> f64 {
        match self {
            Self::Constant => 0.0,
            Self::Exponential => 1.0,
            Self::Lognormal => LOGNORMAL_SCV,
            Self::Bimodal => {
                let mean = 1.0 - BIMODAL_SHARE + BIMODAL_SHARE * BIMODAL_SLOW;
                let square = 1.0 - BIMODAL_SHARE + BIMODAL_SHARE * BIMODAL_SLOW * BIMODAL_SLOW;
                square / (mean * mean) - 1.0
            }
            Self::Uniform => 1.0 / 3.0,
            Self::Erlang2 => 0.5,
            // E[X^2] = .9 * 2 * .5^2 + .1 * 2 * 5.5^2 = 6.5, the mean being 1.
            Self::Hyperexponential => 5.5,
        }
    }

    /// A draw with mean one, from exactly two uniforms.
    fn unit(self, first: f64, second: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Exponential => exponential(first),
            Self::Lognormal => {
                let variance = libm::log(1.0 + LOGNORMAL_SCV);
                libm::exp(libm::sqrt(variance) * normal(first, second) - variance / 2.0)
            }
            Self::Bimodal => {
                let fast = 1.0 / (1.0 - BIMODAL_SHARE + BIMODAL_SHARE * BIMODAL_SLOW);
                if first < BIMODAL_SHARE {
                    fast * BIMODAL_SLOW
                } else {
                    fast
                }
            }
            Self::Uniform => 2.0 * first,
            Self::Erlang2 => (exponential(first) + exponential(second)) / 2.0,
            Self::Hyperexponential => exponential(second) * if first < 0.9 { 0.5 } else { 5.5 },
        }
    }

    /// A draw with this mean.
    pub fn draw(self, mean: Duration, draws: &mut Draws) -> Duration {
        let (first, second) = (draws.uniform(), draws.uniform());
        mean.scaled(self.unit(first, second))
    }

    /// How long work of a flow takes at a node: always the same with the same
    /// `key`, the node's pace apart.
    pub fn takes(
        self,
        mean: Duration,
        flow: FlowId,
        key: u64,
        node: NodeId,
        context: &Context,
    ) -> Duration {
        let mut draws = context.random().keyed(SERVICE, flow.0, key);
        context.slowed(node, self.draw(mean, &mut draws))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Purpose, Random};

    #[test]
    fn means_and_variances_are_as_stated() {
        let random = Random::new(11);
        let n = 400_000u64;
        for choice in CHOICES {
            let distribution = Distribution::named(choice);
            let mut draw = |i| {
                let mut draws = random.keyed(Purpose::named("service"), i, 0);
                distribution
                    .draw(Duration::from_secs(1.0), &mut draws)
                    .as_secs()
            };
            let (sum, squares) = (0..n)
                .map(&mut draw)
                .fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
            let mean = sum / n as f64;
            let scv = squares / n as f64 / (mean * mean) - 1.0;
            let error = 4.0 * (distribution.scv() / n as f64).sqrt() + 1e-9;
            assert!((mean - 1.0).abs() < error, "{choice}: mean {mean}");
            assert!(
                (scv - distribution.scv()).abs() < 0.06 * distribution.scv() + 1e-9,
                "{choice}: scv {scv}"
            );
        }
    }
}
