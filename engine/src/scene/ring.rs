//! Cards around a ring, and the links across it. Columns are another module's.

use super::{Area, Spot};

/// Points of the ellipse among which cards are spread.
const POINTS: usize = 2048;
/// The cosine and sine of a 2048th of a turn.
const TURN: (f32, f32) = (0.999_995_3, 0.003_067_957);
/// Sizes of cards, the first that fits is taken.
const SIZES: [(f32, f32); 8] = [
    (132.0, 62.0),
    (112.0, 56.0),
    (92.0, 48.0),
    (64.0, 30.0),
    (44.0, 24.0),
    (28.0, 20.0),
    (20.0, 16.0),
    (13.0, 13.0),
];
/// The least distance between cards.
const GAP: f32 = 4.0;
/// How far links are drawn towards the middle of the ring.
const BOW: f32 = 0.4;

/// Where `count` cards stand: clockwise from the top, evenly along an ellipse.
pub fn areas(count: usize, inner: Area) -> Vec<Area> {
    let smallest = SIZES[SIZES.len() - 1];
    let apart = |areas: &[Area]| {
        let wide = areas.iter().map(|it| Area {
            w: it.w + GAP,
            h: it.h + GAP,
            ..*it
        });
        let wide: Vec<Area> = wide.collect();
        let rest = |index: usize| wide.iter().skip(index + 1);
        (0..wide.len()).all(|index| !rest(index).any(|other| wide[index].overlaps(other)))
    };
    let fitting = SIZES.iter().map(|size| spread(count, inner, *size));
    fitting
        .into_iter()
        .find(|areas| apart(areas))
        .unwrap_or_else(|| spread(count, inner, smallest))
}

fn spread(count: usize, inner: Area, (w, h): (f32, f32)) -> Vec<Area> {
    let (across, down) = ((inner.w - w).max(0.0) / 2.0, (inner.h - h).max(0.0) / 2.0);
    // Never more oblong than a screen.
    let (across, down) = (across.min(down * 1.7), down.min(across * 1.7));
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
            x: spot.x - w / 2.0,
            y: spot.y - h / 2.0,
            w,
            h,
        });
    }
    areas
}

/// The curve of a link between two cards, `shift` pixels to the left of the
/// way from `one` to `other`, bowed towards `middle`.
pub fn curve(one: Area, other: Area, middle: Spot, shift: f32) -> [Spot; 4] {
    let (from, to) = (one.centre(), other.centre());
    let length = from.distance_squared(to).sqrt().max(1.0);
    let aside = Spot {
        x: (to.y - from.y) / length * shift,
        y: (from.x - to.x) / length * shift,
    };
    let bowed = |spot: Spot| Spot {
        x: spot.x + (middle.x - spot.x) * BOW + aside.x,
        y: spot.y + (middle.y - spot.y) * BOW + aside.y,
    };
    let (first, second) = (bowed(from), bowed(to));
    let start = leave(one, first, aside);
    [start, first, second, leave(other, second, aside)]
}

/// Where the straight way from a card's middle to a spot leaves the card.
fn leave(area: Area, to: Spot, aside: Spot) -> Spot {
    let from = area.centre();
    let (x, y) = (to.x - aside.x - from.x, to.y - aside.y - from.y);
    let share = (area.w / 2.0 / x.abs().max(0.1)).min(area.h / 2.0 / y.abs().max(0.1));
    let inside = |value: f32, low: f32, high: f32| value.max(low).min(high);
    Spot {
        x: inside(from.x + x * share + aside.x, area.x, area.right()),
        y: inside(from.y + y * share + aside.y, area.y, area.bottom()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURES: [(f32, f32); 3] = [(827.0, 620.0), (362.0, 500.0), (696.0, 552.0)];

    fn inner(w: f32, h: f32) -> Area {
        Area {
            x: 14.0,
            y: 14.0,
            w,
            h,
        }
    }

    #[test]
    fn up_to_64_cards_stand_apart_and_inside() {
        for (w, h) in PICTURES {
            for count in 1..=64 {
                let all = areas(count, inner(w, h));
                for (index, one) in all.iter().enumerate() {
                    assert!(inner(w + 0.1, h + 0.1).contains(one), "{count} {one:?}");
                    let meets = |other: &Area| one.overlaps(other);
                    assert!(!all[index + 1..].iter().any(meets), "{count} at {w}x{h}");
                }
            }
        }
    }

    #[test]
    fn the_first_card_is_on_top_and_the_next_to_its_right() {
        let all = areas(12, inner(827.0, 620.0));
        assert!(all.iter().skip(1).all(|it| it.y > all[0].y));
        assert!(all[1].x > all[0].x && all[11].x < all[0].x);
    }

    #[test]
    fn links_end_at_the_edges_of_their_cards() {
        let all = areas(9, inner(696.0, 552.0));
        let middle = inner(696.0, 552.0).centre();
        for (one, other) in [(0, 1), (0, 4), (3, 8)] {
            let curve = curve(all[one], all[other], middle, 3.0);
            for (spot, area) in [(curve[0], all[one]), (curve[3], all[other])] {
                let close = |a: f32, b: f32| (a - b).abs() < 3.1;
                let level = close(spot.x, area.x) || close(spot.x, area.right());
                assert!(level || close(spot.y, area.y) || close(spot.y, area.bottom()));
            }
        }
    }
}
