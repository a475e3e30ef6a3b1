//! The picture of both times: event time across, processing time upwards. Where
//! elements, windows and the watermark are in it; nothing of how they look.

use super::{Area, Spot};
use crate::kernel::View;
use crate::kernel::view::{Happening, Stretch};

/// Before the axis of processing time, for its numbers.
const LEFT: f32 = 40.0;
/// Below the axis of event time, for its numbers.
const BELOW: f32 = 20.0;
/// Above all, for the sums of windows.
const ABOVE: f32 = 20.0;
/// Right of all.
const RIGHT: f32 = 10.0;
/// The least span of either time, in milliseconds.
const SPAN_MS: f64 = 2_000.0;
/// Distances between the numbers at an axis, in milliseconds.
const STEPS_MS: [f64; 12] = [
    200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 2e4, 6e4, 12e4, 3e5, 6e5, 36e5,
];

/// Both axes at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimePlot {
    /// What lies between the axes.
    pub field: Area,
    event: (f64, f64),
    processing: (f64, f64),
}

impl TimePlot {
    /// Spans both axes over what a view tells.
    pub fn new(view: &View, area: Area) -> Self {
        let now = view.now.as_secs() * 1e3;
        let first = view.happenings.first();
        let from = first.map_or(0.0, |it| it.at.as_secs() * 1e3);
        let events = view.happenings.iter().map(|it| it.event_ms as f64);
        let least = events.clone().fold(f64::INFINITY, f64::min);
        let most = events.fold(f64::NEG_INFINITY, f64::max);
        let (least, most) = match view.happenings.is_empty() {
            true => (0.0, now),
            false => (least, most.max(now.min(most + SPAN_MS))),
        };
        Self {
            field: Area {
                x: area.x + LEFT,
                y: area.y + ABOVE,
                w: area.w - LEFT - RIGHT,
                h: area.h - ABOVE - BELOW,
            },
            event: (least.min(most - SPAN_MS), most),
            processing: (from.min(now - SPAN_MS), now),
        }
    }

    /// Where an event time is, kept within the field.
    pub fn x(&self, event_ms: f64) -> f32 {
        self.field.x + share(event_ms, self.event) * self.field.w
    }

    /// Where a processing time is, kept within the field.
    pub fn y(&self, now_ms: f64) -> f32 {
        self.field.bottom() - share(now_ms, self.processing) * self.field.h
    }

    /// Where an element is.
    pub fn spot(&self, it: &Happening) -> Spot {
        Spot {
            x: self.x(it.event_ms as f64),
            y: self.y(it.at.as_secs() * 1e3),
        }
    }

    /// The element nearest to a spot.
    pub fn nearest<'v>(&self, view: &'v View, spot: Spot) -> Option<&'v Happening> {
        let far = |it: &&Happening| self.spot(it).distance_squared(spot) as i64;
        view.happenings.iter().min_by_key(far)
    }

    /// Whether a processing time has scrolled away.
    pub fn is_past(&self, now_ms: f64) -> bool {
        now_ms < self.processing.0
    }

    /// The line on which nothing is late, if it comes by.
    pub fn ideal(&self) -> Option<[Spot; 2]> {
        let begin = self.event.0.max(self.processing.0);
        let end = self.event.1.min(self.processing.1);
        let at = |ms: f64| Spot {
            x: self.x(ms),
            y: self.y(ms),
        };
        (begin < end).then(|| [at(begin), at(end)])
    }

    /// Numbers at the axis of event time: where, and what, in milliseconds.
    pub fn event_ticks(&self, most: usize) -> impl Iterator<Item = (f32, f64)> + '_ {
        ticks(self.event, most).map(|ms| (self.x(ms), ms))
    }

    /// Numbers at the axis of processing time.
    pub fn processing_ticks(&self, most: usize) -> impl Iterator<Item = (f32, f64)> + '_ {
        ticks(self.processing, most).map(|ms| (self.y(ms), ms))
    }

    /// Left and right edge of a window, if any of it shows.
    pub fn edges(&self, window: &Stretch) -> Option<(f32, f32)> {
        let (start, end) = (window.start_ms as f64, window.end_ms as f64);
        let shows = end > self.event.0 && start < self.event.1;
        shows.then(|| (self.x(start), self.x(end)))
    }
}

fn share(at: f64, (from, to): (f64, f64)) -> f32 {
    ((at - from) / (to - from)).clamp(0.0, 1.0) as f32
}

/// Round numbers between two, not more than `most`.
fn ticks((from, to): (f64, f64), most: usize) -> impl Iterator<Item = f64> {
    let fits = |step: &&f64| (to - from) / **step < most as f64;
    let step = *STEPS_MS.iter().find(fits).unwrap_or(&(to - from));
    let first = libm::ceil(from / step);
    (0..most)
        .map(move |index| (first + index as f64) * step)
        .take_while(move |ms| *ms <= to)
}

/// Whether windows lie side by side, so that each can have its own strip.
pub fn are_side_by_side(windows: &[Stretch]) -> bool {
    windows
        .windows(2)
        .all(|pair| pair[0].end_ms <= pair[1].start_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{FlowId, Hue, Instant};

    const AREA: Area = Area {
        x: 0.0,
        y: 0.0,
        w: 660.0,
        h: 260.0,
    };

    fn view(now_s: f64, elements: &[(f64, i64)]) -> View {
        let happening = |(flow, (at, event_ms)): (usize, &(f64, i64))| Happening {
            flow: FlowId(flow as u64),
            at: Instant::from_secs(*at),
            event_ms: *event_ms,
            value: 1,
            hue: Hue::of(0),
            counted: true,
        };
        View {
            now: Instant::from_secs(now_s),
            happenings: elements.iter().enumerate().map(happening).collect(),
            ..View::default()
        }
    }

    #[test]
    fn later_is_higher_and_further_right() {
        let view = view(9.0, &[(1.0, 800), (4.0, 3_900), (8.0, 2_000)]);
        let plot = TimePlot::new(&view, AREA);
        let spots: Vec<Spot> = view.happenings.iter().map(|it| plot.spot(it)).collect();
        assert!(spots[0].x < spots[2].x && spots[2].x < spots[1].x);
        assert!(spots[0].y > spots[1].y && spots[1].y > spots[2].y);
        assert!(
            spots
                .iter()
                .all(|it| plot.field.covers(*it) || it.x == plot.field.x)
        );
        let near = Spot {
            x: spots[2].x + 3.0,
            y: spots[2].y,
        };
        assert_eq!(plot.nearest(&view, near).map(|it| it.flow.0), Some(2));
    }

    #[test]
    fn the_clock_of_events_may_be_another_one() {
        let view = view(40.0, &[(30.0, 43_200_000), (39.0, 43_209_000)]);
        let plot = TimePlot::new(&view, AREA);
        assert!(plot.ideal().is_none());
        assert!(plot.event_ticks(8).count() >= 3);
    }

    #[test]
    fn numbers_at_the_axes_are_few_and_round() {
        for span in [0.4, 2.0, 7.3, 31.0, 400.0, 90_000.0] {
            let view = view(span, &[(0.0, 0), (span, (span * 1e3) as i64)]);
            let plot = TimePlot::new(&view, AREA);
            assert!(
                (1..=8).contains(&plot.processing_ticks(8).count()),
                "{span}"
            );
        }
    }
}
