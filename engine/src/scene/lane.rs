//! Lanes: the path of each directed link, with equal steps along its length,
//! so that a message's place is a division and an interpolation.

use super::glyph::write_number;
use super::{Area, Spot};
use kurbo::{CubicBez, ParamCurve, Point};

/// Steps of a lane.
const STEPS: usize = 64;
/// Samples of the curve from which the steps are taken.
const SAMPLES: usize = 256;

/// Index of a pair of nodes that are linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PairId(pub u16);

/// The path of one directed link.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The pair whose link it is.
    pub pair: PairId,
    /// Its curve: start, two control points, end.
    pub curve: [Spot; 4],
    /// Cards of others that it passes behind.
    pub behind: Vec<Area>,
    steps: Vec<Spot>,
}

fn point(spot: Spot) -> Point {
    Point::new(f64::from(spot.x), f64::from(spot.y))
}

impl Lane {
    /// A lane along a cubic curve.
    pub fn new(pair: PairId, curve: [Spot; 4]) -> Self {
        let [start, one, two, end] = curve.map(point);
        let bezier = CubicBez::new(start, one, two, end);
        let at = |index: usize| bezier.eval(index as f64 / SAMPLES as f64);
        let mut lengths = Vec::with_capacity(SAMPLES + 1);
        let (mut length, mut last) = (0.0, start);
        for index in 0..=SAMPLES {
            let here = at(index);
            length += (here - last).hypot2().sqrt();
            lengths.push(length);
            last = here;
        }
        let mut steps = Vec::with_capacity(STEPS + 1);
        let mut sample = 0;
        for step in 0..=STEPS {
            let wanted = length * step as f64 / STEPS as f64;
            while sample + 1 < SAMPLES && lengths[sample + 1] < wanted {
                sample += 1;
            }
            let span = lengths[sample + 1] - lengths[sample];
            let share = if span > 0.0 {
                (wanted - lengths[sample]) / span
            } else {
                0.0
            };
            let here = bezier.eval((sample as f64 + share) / SAMPLES as f64);
            steps.push(Spot {
                x: here.x as f32,
                y: here.y as f32,
            });
        }
        steps[0] = curve[0];
        steps[STEPS] = curve[3];
        Self {
            pair,
            curve,
            behind: Vec::new(),
            steps,
        }
    }

    /// Whether it comes by a card.
    pub fn meets(&self, card: &Area) -> bool {
        self.steps.iter().any(|spot| card.covers(*spot))
    }

    /// Whether a card of others is before it at a place.
    pub fn is_behind(&self, spot: Spot) -> bool {
        self.behind.iter().any(|card| card.covers(spot))
    }

    /// The place at a share of the way, 0 to 1; exact at both ends.
    pub fn at(&self, share: f64) -> Spot {
        let along = share.clamp(0.0, 1.0) as f32 * STEPS as f32;
        let step = (along as usize).min(STEPS - 1);
        let (from, to) = (self.steps[step], self.steps[step + 1]);
        let rest = along - step as f32;
        if rest >= 1.0 {
            return to;
        }
        Spot {
            x: from.x + (to.x - from.x) * rest,
            y: from.y + (to.y - from.y) * rest,
        }
    }

    /// The path as SVG writes it.
    pub fn path(&self) -> String {
        curve_path(self.curve)
    }
}

/// A cubic curve as SVG writes it.
pub fn curve_path(curve: [Spot; 4]) -> String {
    let mut path = String::with_capacity(64);
    for (spot, mark) in curve.iter().zip(["M", "C", " ", " "]) {
        path.push_str(mark);
        write_number(&mut path, spot.x);
        path.push(' ');
        write_number(&mut path, spot.y);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(x: f32, y: f32) -> Spot {
        Spot { x, y }
    }

    #[test]
    fn ends_are_exact_and_speed_is_even() {
        let curve = [
            spot(10.0, 20.0),
            spot(150.0, 20.0),
            spot(150.0, 220.0),
            spot(290.0, 220.0),
        ];
        let lane = Lane::new(PairId(0), curve);
        assert_eq!(lane.at(0.0), curve[0]);
        assert_eq!(lane.at(1.0), curve[3]);
        assert_eq!(lane.at(7.0), curve[3]);
        let lengths: Vec<f32> = (0..100)
            .map(|i| {
                let from = lane.at(f64::from(i) / 100.0);
                lane.at(f64::from(i + 1) / 100.0)
                    .distance_squared(from)
                    .sqrt()
            })
            .collect();
        let mean = lengths.iter().sum::<f32>() / 100.0;
        assert!(
            lengths.iter().all(|l| (l / mean - 1.0).abs() < 0.02),
            "{lengths:?}"
        );
    }

    #[test]
    fn a_point_is_a_lane_too() {
        let lane = Lane::new(PairId(0), [spot(5.0, 5.0); 4]);
        assert_eq!(lane.at(0.5), spot(5.0, 5.0));
    }
}
