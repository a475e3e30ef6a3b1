//! The worked example of the book, and what it leaves open.

use super::Timing::{Early, Late, OnTime};
use super::*;

const MINUTE: i64 = 60_000;

/// `mm:ss` in milliseconds.
fn at(minutes: i64, seconds: i64) -> i64 {
    minutes * MINUTE + seconds * 1_000
}

enum Input {
    Element(i64, i64),
    Watermark(i64),
}
use Input::{Element, Watermark};

/// The book's nine elements: value, event time, processing time.
fn elements() -> Vec<(i64, Input)> {
    [
        (5, (0, 26), (4, 59)),
        (7, (2, 24), (5, 39)),
        (3, (3, 39), (6, 13)),
        (4, (4, 19), (6, 39)),
        (8, (3, 6), (7, 6)),
        (3, (6, 39), (7, 19)),
        (9, (1, 25), (8, 19)),
        (8, (7, 26), (8, 39)),
        (1, (7, 46), (9, 0)),
    ]
    .map(|(value, event, arrives)| {
        (
            at(arrives.0, arrives.1),
            Element(at(event.0, event.1), value),
        )
    })
    .into()
}

fn watermarked(perfect: bool) -> Vec<(i64, Input)> {
    let mut inputs = elements();
    let marks = match perfect {
        true => [((8, 39), 2), ((9, 0), 4), ((9, 10), 6), ((9, 20), 8)],
        false => [((6, 0), 2), ((7, 30), 4), ((7, 40), 6), ((9, 30), 8)],
    };
    for ((minutes, seconds), event) in marks {
        let when = at(minutes, seconds);
        // Before the 8 at 08:39, but after the 1 at 09:00.
        let before = when == at(8, 39);
        let place = inputs
            .iter()
            .position(|(arrives, _)| *arrives > when || (before && *arrives == when));
        let extra = if event == 8 && !perfect { at(0, 30) } else { 0 };
        inputs.insert(
            place.unwrap_or(inputs.len()),
            (when, Watermark(at(event, 0) + extra)),
        );
    }
    inputs
}

fn rules(accumulation: Accumulation) -> Rules {
    Rules {
        shape: Shape::Sliding {
            size: 2 * MINUTE,
            slide: 2 * MINUTE,
        },
        accumulation,
        each: false,
        early: Duration::ZERO,
        lateness_ms: 0,
    }
}

fn run(inputs: Vec<(i64, Input)>, rules: &Rules) -> (Vec<Pane>, usize) {
    let (mut windows, mut panes, mut late) = (Windows::default(), Vec::new(), 0);
    for (when, input) in inputs {
        let now = Instant(when as u64 * 1_000_000);
        // Timers that are due fire first.
        while let Some(due) = windows.next_due().filter(|due| *due <= now) {
            windows.tick(due, rules, &mut panes);
        }
        match input {
            Element(event_ms, value) => {
                let fate = windows.add((0, event_ms, value), now, rules, &mut panes);
                late += usize::from(fate == Fate::Late);
            }
            Watermark(event_ms) => windows.advance(event_ms, rules, &mut panes),
        }
        assert_eq!(windows.taken, windows.told + windows.fresh());
    }
    (panes, late)
}

/// Panes of the window that begins at a minute.
fn of(panes: &[Pane], minute: i64) -> Vec<(Timing, i64)> {
    let here = panes.iter().filter(|it| it.start_ms == at(minute, 0));
    here.map(|it| (it.timing, it.value)).collect()
}

#[test]
fn perfect_watermark() {
    let (panes, late) = run(watermarked(true), &rules(Accumulation::Accumulating));
    for (minute, sum) in [(0, 14), (2, 18), (4, 4), (6, 12)] {
        assert_eq!(of(&panes, minute), [(OnTime, sum)]);
    }
    assert_eq!(late, 0);
}

#[test]
fn heuristic_watermark_without_lateness_drops_the_nine() {
    let (panes, late) = run(watermarked(false), &rules(Accumulation::Accumulating));
    for (minute, sum) in [(0, 5), (2, 18), (4, 4), (6, 12)] {
        assert_eq!(of(&panes, minute), [(OnTime, sum)]);
    }
    assert_eq!(late, 1);
}

#[test]
fn a_pane_at_each_element() {
    let each = Rules {
        each: true,
        ..rules(Accumulation::Accumulating)
    };
    let (panes, _) = run(elements(), &each);
    let values = |minute| -> Vec<i64> { of(&panes, minute).iter().map(|it| it.1).collect() };
    assert_eq!(values(0), [5, 14]);
    assert_eq!(values(2), [7, 10, 18]);
    assert_eq!(values(4), [4]);
    assert_eq!(values(6), [3, 11, 12]);
}

fn early_and_late(accumulation: Accumulation) -> Rules {
    Rules {
        early: Duration::from_secs(60.0),
        lateness_ms: i64::MAX,
        ..rules(accumulation)
    }
}

#[test]
fn early_on_time_and_late_panes() {
    let rules = early_and_late(Accumulation::Accumulating);
    let (panes, late) = run(watermarked(false), &rules);
    assert_eq!(of(&panes, 0), [(Early, 5), (OnTime, 5), (Late, 14)]);
    assert_eq!(of(&panes, 2), [(Early, 10), (OnTime, 18)]);
    assert_eq!(of(&panes, 4), [(Early, 4), (OnTime, 4)]);
    assert_eq!(of(&panes, 6), [(Early, 3), (OnTime, 12)]);
    assert_eq!(late, 0);
}

#[test]
fn discarding_tells_what_is_new_and_retracting_takes_back() {
    let rules = early_and_late(Accumulation::Discarding);
    let (panes, _) = run(watermarked(false), &rules);
    assert_eq!(of(&panes, 0), [(Early, 5), (OnTime, 0), (Late, 9)]);
    assert_eq!(of(&panes, 2), [(Early, 10), (OnTime, 8)]);
    assert_eq!(panes.iter().map(|it| it.value).sum::<i64>(), 48);
    let rules = early_and_late(Accumulation::Retracting);
    let (panes, _) = run(watermarked(false), &rules);
    let first: Vec<_> = panes.iter().filter(|it| it.start_ms == 0).collect();
    let told: Vec<_> = first.iter().map(|it| (it.value, it.retracts)).collect();
    assert_eq!(told, [(5, None), (5, Some(5)), (14, Some(5))]);
    let sum = |it: &Pane| it.value - it.retracts.unwrap_or(0);
    assert_eq!(panes.iter().map(sum).sum::<i64>(), 48);
}

fn spans(windows: &Windows) -> Vec<(i64, i64)> {
    let mut spans: Vec<_> = windows
        .open()
        .iter()
        .map(|it| (it.start_ms, it.end_ms))
        .collect();
    spans.sort_unstable();
    spans
}

#[test]
fn sessions_merge_where_an_element_bridges_them() {
    let rules = Rules {
        shape: Shape::Session { gap: 5 },
        each: true,
        ..rules(Accumulation::Retracting)
    };
    let (mut windows, mut panes) = (Windows::default(), Vec::new());
    let mut add = |windows: &mut Windows, event_ms| {
        windows.add((0, event_ms, 1), Instant::START, &rules, &mut panes);
    };
    for event_ms in [10, 12, 20] {
        add(&mut windows, event_ms);
    }
    // Of elements 10 to 12, and of 20; both end a gap later.
    assert_eq!(spans(&windows), [(10, 17), (20, 25)]);
    add(&mut windows, 16);
    assert_eq!(spans(&windows), [(10, 25)]);
    assert_eq!(windows.open()[0].sum, 4);
    assert_eq!(panes.iter().map(|it| it.change).sum::<i64>(), 4);
}

#[test]
fn sliding_windows_of_an_element() {
    let rules = Rules {
        shape: Shape::Sliding {
            size: 5_000,
            slide: 1_000,
        },
        ..rules(Accumulation::Discarding)
    };
    for (event_ms, first, last) in [(0, -4_000, 0), (4_999, 0, 4_000), (5_000, 1_000, 5_000)] {
        let (mut windows, mut panes) = (Windows::default(), Vec::new());
        windows.add((0, event_ms, 1), Instant::START, &rules, &mut panes);
        let spans = spans(&windows);
        assert_eq!(spans.len(), 5);
        assert_eq!((spans[0].0, spans[4].0), (first, last));
    }
}
