//! The picture of both times, as elements: windows as strips with their sums,
//! panes as brackets, the watermark as a line that climbs, elements as points.

use super::mark::Mark;
use crate::kernel::decimal::Number;
use crate::kernel::view::{Firing, Happening};
use crate::kernel::{FlowId, Hue, Instant, View};
use crate::scene::event_time::{TimePlot, are_side_by_side};
use crate::scene::glyph::{write_at, write_number};
use crate::scene::{Area, Spot};

const POINT: &str = "m0-4l4 4l-4 4l-4-4z";
const CROSS: &str = "m-3.5-3.5l7 7m0-7l-7 7";
const RING: &str = "m-7.5 0a7.5 7.5 0 1 0 15 0a7.5 7.5 0 1 0-15 0z";
/// Numbers at an axis, and sums of windows, at most: their elements stay.
const TICKS: usize = 8;
const SUMS: usize = 16;
/// A strip must be so wide for its sum.
const SUM_WIDTH: f32 = 26.0;

/// All of it; `picked` has a ring around it.
pub fn plot(view: &View, area: Area, picked: Option<FlowId>) -> Mark {
    let plot = TimePlot::new(view, area);
    let field = plot.field;
    let mut parts = vec![ground(field)];
    parts.extend(strips(&plot, view));
    parts.extend(axes(&plot));
    parts.push(Mark::path("ideal", ideal(&plot)));
    let mut panes = String::new();
    for it in &view.firings {
        write_pane(&mut panes, &plot, it);
    }
    parts.push(Mark::path("panes", panes));
    let (watermark, tip) = watermark(&plot, view);
    parts.push(Mark::path("watermark", watermark));
    parts.extend(points(&plot, view));
    let found = view.happenings.iter().find(|it| Some(it.flow) == picked);
    let mut ring = String::new();
    if let Some(it) = found {
        let Spot { x, y } = plot.spot(it);
        write_at(&mut ring, x, y, RING);
    }
    parts.push(Mark::path("picked", ring));
    let name = if view.watermarks.is_empty() {
        ""
    } else {
        "watermark"
    };
    parts.push(Mark::words("name-of-line", tip, name).anchored("end"));
    parts.push(Mark::words(
        "words",
        Spot {
            x: field.x + 8.0,
            y: field.y + 16.0,
        },
        found.map_or("processing time ↑".to_owned(), words),
    ));
    Mark::group("event-time", parts)
}

/// What is behind all of it.
pub fn ground(field: Area) -> Mark {
    Mark::rect("field", field, 4.0)
}

/// The same in parts that stay what they are once they are there, along axes
/// that stay: for films, in which each part is shown from its time on. Nothing
/// of it follows the present.
/// The first of them is behind all others.
pub fn pieces(plot: &TimePlot, view: &View) -> Vec<Mark> {
    let field = plot.field;
    let mut parts = strips(plot, view);
    parts.extend(axes(plot));
    parts.push(Mark::path("ideal", ideal(plot)));
    for it in &view.firings {
        let mut path = String::new();
        write_pane(&mut path, plot, it);
        parts.push(Mark::path("panes", path));
    }
    for steps in view.watermarks.windows(2) {
        let mut path = String::new();
        steps
            .iter()
            .for_each(|step| write_step(&mut path, plot, *step));
        parts.push(Mark::path("watermark", path));
    }
    for it in view
        .happenings
        .iter()
        .filter(|it| !plot.is_past(it.at.as_secs() * 1e3))
    {
        let Spot { x, y } = plot.spot(it);
        let mut path = String::new();
        write_at(&mut path, x, y, if it.counted { POINT } else { CROSS });
        parts.push(match it.counted {
            true => Mark::path(format!("hue-{}", it.hue.index()), path),
            false => Mark::path("late", path),
        });
    }
    for (line, (class, words)) in [
        ("words", "processing time ↑"),
        ("name-of-line", "watermark"),
    ]
    .into_iter()
    .enumerate()
    {
        let spot = Spot {
            x: field.x + 8.0,
            y: field.y + 16.0 + 14.0 * line as f32,
        };
        parts.push(Mark::words(class, spot, words));
    }
    parts
}

/// What became of an element, in a line.
fn words(it: &Happening) -> String {
    let (event, now) = (it.event_ms as f64, it.at.as_secs() * 1e3);
    let fate = if it.counted { "" } else { ", too late" };
    format!(
        "{} happened at {}, worked on at {}{fate}",
        it.value,
        seconds(event, 2),
        seconds(now, 2)
    )
}

fn seconds(milliseconds: f64, digits: usize) -> String {
    format!("{:.digits$} s", Number(milliseconds / 1e3))
}

/// Every other window as a strip, and above it what it has come to.
fn strips(plot: &TimePlot, view: &View) -> Vec<Mark> {
    let field = plot.field;
    let mut strips = String::new();
    let mut sums = Vec::new();
    if are_side_by_side(&view.windows) {
        for window in &view.windows {
            let Some((left, right)) = plot.edges(window) else {
                continue;
            };
            let length = (window.end_ms - window.start_ms).max(1);
            if (window.start_ms / length) & 1 == 0 {
                write_at(&mut strips, left, field.y, "h");
                for (value, then) in [(right - left, "v"), (field.h, "h"), (left - right, "z")] {
                    write_number(&mut strips, value);
                    strips.push_str(then);
                }
            }
            if right - left >= SUM_WIDTH {
                sums.push(((left + right) / 2.0, window.value, window.is_told));
            }
        }
    }
    let first = sums.len().saturating_sub(SUMS);
    let sum = |index: usize| {
        let shown = sums.get(first + index);
        let (x, text, class) = shown.map_or((0.0, String::new(), ""), |(x, value, is_told)| {
            let class = if *is_told { "sum told" } else { "sum" };
            (*x, value.to_string(), class)
        });
        let spot = Spot {
            x,
            y: field.y - 6.0,
        };
        Mark::words(class, spot, text).anchored("middle")
    };
    let mut marks = vec![Mark::path("strips", strips)];
    marks.extend((0..SUMS).map(sum));
    marks
}

fn axes(plot: &TimePlot) -> Vec<Mark> {
    let field = plot.field;
    let across: Vec<_> = plot.event_ticks(TICKS).collect();
    let up: Vec<_> = plot.processing_ticks(TICKS).collect();
    let mut grid = String::new();
    for (x, _) in &across {
        write_at(&mut grid, *x, field.bottom(), "v4");
    }
    for (y, _) in &up {
        write_at(&mut grid, field.x, *y, "h-4");
    }
    let number = |found: Option<&(f32, f64)>| {
        found.map_or((0.0, String::new()), |(at, ms)| (*at, seconds_short(*ms)))
    };
    let below = |index: usize| {
        let (x, text) = number(across.get(index));
        let y = field.bottom() + 15.0;
        // Its name stands at the right end.
        let text = if x > field.right() - 90.0 {
            String::new()
        } else {
            text
        };
        Mark::words("tick", Spot { x, y }, text).anchored("middle")
    };
    let beside = |index: usize| {
        let (y, text) = number(up.get(index));
        let (x, y) = (field.x - 7.0, y + 3.5);
        Mark::words("tick", Spot { x, y }, text).anchored("end")
    };
    let end = Spot {
        x: field.right(),
        y: field.bottom() + 15.0,
    };
    let mut marks = vec![Mark::path("axes", grid)];
    marks.extend((0..TICKS).map(below));
    marks.extend((0..TICKS).map(beside));
    marks.push(Mark::words("tick", end, "event time →").anchored("end"));
    marks
}

/// `400 ms` as `0.4`, `12000` as `12`: seconds.
fn seconds_short(milliseconds: f64) -> String {
    let is_whole = (milliseconds as i64).unsigned_abs().is_multiple_of(1_000);
    let digits = usize::from(!is_whole);
    format!("{:.digits$}", Number(milliseconds / 1e3))
}

fn ideal(plot: &TimePlot) -> String {
    let mut path = String::new();
    if let Some([from, to]) = plot.ideal() {
        write_at(&mut path, from.x, from.y, "L");
        write_number(&mut path, to.x);
        path.push(' ');
        write_number(&mut path, to.y);
    }
    path
}

/// A bracket as wide as the window, at the height of the moment it was told.
fn write_pane(path: &mut String, plot: &TimePlot, it: &Firing) {
    let now = it.at.as_secs() * 1e3;
    if !plot.is_past(now) {
        let (start, end) = (plot.x(it.span_ms.0 as f64), plot.x(it.span_ms.1 as f64));
        let y = plot.y(now);
        write_at(path, start, y + 4.0, "v-4H");
        write_number(path, end);
        path.push_str("v4");
    }
}

/// The watermark goes on from where it was: up to this time, then to the right.
fn write_step(path: &mut String, plot: &TimePlot, (at, event_ms): (Instant, i64)) {
    let now = at.as_secs() * 1e3;
    if plot.is_past(now) {
        return;
    }
    let (x, y) = (plot.x(event_ms as f64), plot.y(now));
    if path.is_empty() {
        write_at(path, x, y, "");
    } else {
        path.push('V');
        write_number(path, y);
        path.push('H');
        write_number(path, x);
    }
}

/// Its steps, and where its name stands.
fn watermark(plot: &TimePlot, view: &View) -> (String, Spot) {
    let mut path = String::new();
    for step in &view.watermarks {
        write_step(&mut path, plot, *step);
    }
    let Some((at, event_ms)) = view.watermarks.last() else {
        return (path, Spot::default());
    };
    if !path.is_empty() {
        path.push('V');
        write_number(&mut path, plot.field.y);
    }
    let tip = Spot {
        x: (plot.x(*event_ms as f64) - 6.0).max(plot.field.x + 70.0),
        y: (plot.y(at.as_secs() * 1e3) - 4.0).max(plot.field.y + 32.0),
    };
    (path, tip)
}

/// Elements, a path a hue, and those that came too late.
fn points(plot: &TimePlot, view: &View) -> Vec<Mark> {
    let mut hues = vec![String::new(); Hue::COUNT + 1];
    let mut late = String::new();
    for it in &view.happenings {
        let Spot { x, y } = plot.spot(it);
        match it.counted {
            true => write_at(&mut hues[it.hue.index()], x, y, POINT),
            false => write_at(&mut late, x, y, CROSS),
        }
    }
    let path = |(hue, path)| Mark::path(format!("hue-{hue}"), path);
    let mut marks: Vec<Mark> = hues.into_iter().enumerate().map(path).collect();
    marks.push(Mark::path("late", late));
    marks
}
