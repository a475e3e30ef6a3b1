//! Discs around a ring, and the links across it. Columns are another module's.

use super::{Area, Spot};

/// Points of the ellipse among which discs are spread.
const POINTS: usize = 2048;
/// The cosine and sine of a 2048th of a turn.
const TURN: (f32, f32) = (0.999_995_3, 0.003_067_957);
/// Diameters of discs, the first that fits is taken.
const DIAMETERS: [f32; 9] = [46.0, 40.0, 34.0, 28.0, 22.0, 17.0, 12.0, 9.0, 6.0];
/// The least distance between discs, in diameters.
const GAP: f32 = 0.35;
/// A ring is never more oblong than this.
const OBLONG: f32 = 1.35;
/// Discs at least so large have a few words beside them, where there is room
/// for words like these.
const WORDED: f32 = 28.0;
const WORDS: (f32, f32) = (104.0, 18.0);
/// Beyond this many discs words would run into one another.
const WORDED_MOST: usize = 32;
/// The narrowest picture with words.
const WORDED_WIDTH: f32 = 520.0;

/// Where `count` discs stand: clockwise from the top, evenly along an ellipse;
/// and whether there is room for words beside them.
pub fn areas(count: usize, inner: Area) -> (Vec<Area>, bool) {
    let worded = count <= WORDED_MOST && inner.w >= WORDED_WIDTH;
    let (w, h) = if worded { WORDS } else { (0.0, 0.0) };
    let inner = Area {
        x: inner.x + w,
        y: inner.y + h,
        w: inner.w - 2.0 * w,
        h: inner.h - 2.0 * h,
    };
    let fits = |diameter: &&f32| {
        let areas = spread(count, inner, **diameter);
        let apart = |pair: &[Area]| {
            let far = **diameter * (1.0 + GAP);
            pair[0].centre().distance_squared(pair[1].centre()) >= far * far
        };
        areas.windows(2).all(apart)
    };
    let smallest = DIAMETERS[DIAMETERS.len() - 1];
    let diameter = *DIAMETERS.iter().find(fits).unwrap_or(&smallest);
    (spread(count, inner, diameter), worded && diameter >= WORDED)
}

fn spread(count: usize, inner: Area, diameter: f32) -> Vec<Area> {
    let half = |length: f32| (length - diameter).max(0.0) / 2.0;
    let (across, down) = (half(inner.w), half(inner.h));
    let (across, down) = (across.min(down * OBLONG), down.min(across * OBLONG));
    let middle = inner.centre();
    let mut points = Vec::with_capacity(POINTS + 1);
    let mut lengths = Vec::with_capacity(POINTS + 1);
    let (mut x, mut y, mut length) = (0.0f32, -1.0f32, 0.0);
    for _ in 0..=POINTS {
        let spot = Spot {
            x: middle.x + across * x,
            y: middle.y + down * y,
        };
        let last: Spot = *points.last().unwrap_or(&spot);
        length += spot.distance_squared(last).sqrt();
        points.push(spot);
        lengths.push(length);
        (x, y) = (x * TURN.0 - y * TURN.1, x * TURN.1 + y * TURN.0);
    }
    let mut point = 0;
    let mut areas = Vec::with_capacity(count);
    for index in 0..count {
        let wanted = length * index as f32 / count as f32;
        while point < POINTS && lengths[point] < wanted {
            point += 1;
        }
        let spot = points[point];
        areas.push(Area {
            x: spot.x - diameter / 2.0,
            y: spot.y - diameter / 2.0,
            w: diameter,
            h: diameter,
        });
    }
    areas
}

/// The straight way between two discs, `shift` pixels to the left of the line
/// from the middle of `one` to that of `other`.
pub fn chord(one: Area, other: Area, shift: f32) -> [Spot; 4] {
    let (from, to) = (one.centre(), other.centre());
    let length = from.distance_squared(to).sqrt().max(1.0);
    let (x, y) = ((to.x - from.x) / length, (to.y - from.y) / length);
    let at = |along: f32| Spot {
        x: from.x + x * along + y * shift,
        y: from.y + y * along - x * shift,
    };
    let (start, end) = (one.w / 2.0, length - other.w / 2.0);
    let third = (end - start) / 3.0;
    [at(start), at(start + third), at(end - third), at(end)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURES: [(f32, f32); 4] = [
        (827.0, 620.0),
        (362.0, 500.0),
        (696.0, 552.0),
        (392.0, 150.0),
    ];

    fn inner(w: f32, h: f32) -> Area {
        Area {
            x: 14.0,
            y: 14.0,
            w,
            h,
        }
    }

    #[test]
    fn up_to_64_discs_stand_apart_and_inside() {
        for (w, h) in PICTURES {
            for count in 1..=64 {
                let (all, _) = areas(count, inner(w, h));
                for (index, one) in all.iter().enumerate() {
                    assert!(inner(w + 0.1, h + 0.1).contains(one), "{count} {one:?}");
                    let meets = |other: &Area| {
                        let far = one.centre().distance_squared(other.centre()).sqrt();
                        far < one.w
                    };
                    assert!(!all[index + 1..].iter().any(meets), "{count} at {w}x{h}");
                }
            }
        }
    }

    #[test]
    fn the_first_disc_is_on_top_and_the_next_to_its_right() {
        let (all, worded) = areas(12, inner(827.0, 620.0));
        assert!(worded && all.iter().skip(1).all(|it| it.y > all[0].y));
        assert!(all[1].x > all[0].x && all[11].x < all[0].x);
    }

    #[test]
    fn links_end_at_the_edges_of_their_discs() {
        let (all, _) = areas(9, inner(696.0, 552.0));
        for (one, other) in [(0, 1), (0, 4), (3, 8)] {
            let chord = chord(all[one], all[other], 3.0);
            for (spot, area) in [(chord[0], all[one]), (chord[3], all[other])] {
                let far = spot.distance_squared(area.centre()).sqrt();
                assert!((far - area.w / 2.0).abs() < 1.0, "{far}");
            }
        }
    }
}
