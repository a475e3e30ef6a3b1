//! Small charts that share the timeline's axis of time.

use crate::controls::timeline::extent;
use crate::dom::{Element, html, svg};
use crate::format;
use crate::player::Player;
use crate::signals::Memo;
use patternscope_engine::History;
use patternscope_engine::kernel::View;
use patternscope_engine::kernel::decimal::Number;
use patternscope_engine::measure::Bucket;

/// A chart's own pixels; it is stretched to its place.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 40.0;
/// Points of a line.
const POINTS: usize = 140;
/// A point stands for at least this much time before it.
const WINDOW_S: f64 = 1.0;

/// A value over the last window of time; not a number where there is none.
type Read = fn(&[Bucket], f64) -> f64;

/// One line of a chart.
struct Line {
    label: &'static str,
    class: &'static str,
    read: Read,
}

/// One chart.
#[derive(Clone, Copy)]
struct Chart {
    title: &'static str,
    unit: &'static str,
    /// The largest value it shows at least.
    least_top: f64,
    lines: &'static [Line],
}

/// A line's path, and its value at the playhead.
#[derive(Clone, Debug, Default, PartialEq)]
struct Drawn {
    path: String,
    value: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Picture {
    lines: Vec<Drawn>,
    top: f64,
}

/// Over the whole window, from the first moment on: one message in the first
/// tenth of a second is not ten a second.
fn rate(buckets: &[Bucket], seconds: f64, of: fn(&Bucket) -> u32) -> f64 {
    let sum: f64 = buckets.iter().map(|bucket| f64::from(of(bucket))).sum();
    sum / seconds.max(WINDOW_S)
}

/// Not a number where nothing ended well.
fn p50(buckets: &[Bucket], _: f64) -> f64 {
    let done: f64 = buckets.iter().map(|bucket| f64::from(bucket.done)).sum();
    let sum: f64 = buckets
        .iter()
        .map(|b| f64::from(b.p50_ms) * f64::from(b.done))
        .sum();
    sum / done
}

/// None where nothing ended well: that is no latency of zero.
fn p99(buckets: &[Bucket], _: f64) -> f64 {
    match buckets.iter().any(|bucket| bucket.done > 0) {
        true => most(buckets, |bucket| bucket.p99_ms),
        false => f64::NAN,
    }
}

fn most(buckets: &[Bucket], of: fn(&Bucket) -> f32) -> f64 {
    buckets
        .iter()
        .map(|bucket| f64::from(of(bucket)))
        .fold(0.0, f64::max)
}

fn mean(buckets: &[Bucket], of: fn(&Bucket) -> f32) -> f64 {
    let sum: f64 = buckets.iter().map(|bucket| f64::from(of(bucket))).sum();
    sum / buckets.len().max(1) as f64
}

/// Charts of every pattern, in the order of the page.
static CHARTS: [Chart; 5] = [
    Chart {
        title: "Throughput",
        unit: "/s",
        least_top: 1.0,
        lines: &[
            Line {
                label: "offered",
                class: "dashed",
                read: |b, s| rate(b, s, |b| b.offered),
            },
            Line {
                label: "done",
                class: "main",
                read: |b, s| rate(b, s, |b| b.done),
            },
        ],
    },
    Chart {
        title: "Latency",
        unit: "ms",
        least_top: 10.0,
        lines: &[
            Line {
                label: "p50",
                class: "main",
                read: p50,
            },
            Line {
                label: "p99",
                class: "second",
                read: p99,
            },
        ],
    },
    Chart {
        title: "Waiting",
        unit: "",
        least_top: 5.0,
        lines: &[Line {
            label: "in queues",
            class: "main",
            read: |b, _| most(b, |b| b.waiting as f32),
        }],
    },
    Chart {
        title: "Busy workers",
        unit: "",
        least_top: 1.0,
        lines: &[Line {
            label: "mean",
            class: "main",
            read: |b, _| mean(b, |b| b.busy),
        }],
    },
    Chart {
        title: "Failures",
        unit: "/s",
        least_top: 1.0,
        lines: &[
            Line {
                label: "failed",
                class: "bad",
                read: |b, s| rate(b, s, |b| b.failed),
            },
            Line {
                label: "retried",
                class: "second",
                read: |b, s| rate(b, s, |b| b.retried),
            },
        ],
    },
];

/// The charts of a run: those that mean something in it, and the pattern's own
/// in place of how busy workers are.
fn charts_of(history: &History) -> Vec<Chart> {
    let simulation = history.simulation();
    let mut view = View::default();
    simulation.view(&mut view);
    let has_workers = view.nodes.iter().any(|node| node.workers > 0);
    let level = simulation.model().level(history.now()).map(|level| Chart {
        title: level.title,
        unit: level.unit,
        least_top: 1.0,
        lines: &[Line {
            label: "",
            class: "main",
            read: |b, _| b.last().map_or(0.0, |b| f64::from(b.level)),
        }],
    });
    let [throughput, latency, waiting, busy, failures] = CHARTS;
    let mut charts = vec![throughput, latency];
    charts.extend(level);
    charts.extend(has_workers.then_some(waiting));
    charts.extend((has_workers && level.is_none()).then_some(busy));
    charts.push(failures);
    charts
}

fn picture(history: &History, chart: &Chart) -> Picture {
    let series = history.series();
    let buckets = series.buckets();
    let width = series.width().as_secs();
    let extent = extent(history);
    let window = (WINDOW_S / width)
        .ceil()
        .max((extent / POINTS as f64 / width).ceil()) as usize;
    let at = |line: &Line, end: usize| {
        let end = end.min(buckets.len());
        let part = &buckets[end.saturating_sub(window)..end];
        (line.read)(part, part.len() as f64 * width)
    };
    let step = (buckets.len() / POINTS).max(1);
    let now = (history.now().as_secs() / width) as usize;
    let mut top = chart.least_top;
    let mut rows = Vec::new();
    for line in chart.lines {
        let ends = (1..=buckets.len()).filter(|end| end.is_multiple_of(step));
        let row: Vec<(f64, f64)> = ends
            .map(|end| (end as f64 * width, at(line, end)))
            .collect();
        top = row.iter().map(|(_, value)| *value).fold(top, f64::max);
        rows.push(row);
    }
    let lines = rows.iter().zip(chart.lines).map(|(row, line)| Drawn {
        path: path(row, extent, top * 1.08),
        value: at(line, now),
    });
    Picture {
        lines: lines.collect(),
        top,
    }
}

fn path(row: &[(f64, f64)], extent: f64, top: f64) -> String {
    let mut path = String::with_capacity(row.len() * 12);
    let mut pen = 'M';
    for (seconds, value) in row {
        if value.is_nan() {
            pen = 'M';
            continue;
        }
        let (x, y) = (
            Number(seconds / extent * WIDTH),
            Number(HEIGHT - 1.0 - value / top * (HEIGHT - 2.0)),
        );
        path.push_str(&format!("{pen}{x:.1} {y:.1}"));
        pen = 'L';
    }
    path
}

/// All charts; others when another run has other nodes or settings.
pub fn charts(player: Player) -> Element {
    let now = player.watch(|history| {
        format!(
            "{:.1}",
            Number(history.now().as_secs() / extent(history) * WIDTH)
        )
    });
    let all = move || {
        let _ = player.run.get();
        let charts = player.read(charts_of).into_iter();
        charts.map(|chart| chart_of(player, chart, now)).collect()
    };
    html("div.charts").each(all)
}

fn chart_of(player: Player, chart: Chart, now: Memo<String>) -> Element {
    let picture = player.watch(move |history| picture(history, &chart));
    let value = move |index: usize| {
        html("b").live_text(move || {
            format::short(picture.with(|p| p.lines.get(index).map_or(0.0, |line| line.value)))
        })
    };
    let mut caption = html("figcaption").child(html("span.title").text(chart.title));
    if let [_] = chart.lines {
        let value = html("span.value").child(value(0));
        caption = caption.child(value.text(" ").text(chart.unit));
    } else {
        let key = |(index, line): (usize, &Line)| {
            html("span")
                .class(&format!("key {}", line.class))
                .text(line.label)
                .text(" ")
                .child(value(index))
        };
        caption = caption
            .children(chart.lines.iter().enumerate().map(key))
            .child(html("span.unit").text(chart.unit));
    }
    let line = |(index, line): (usize, &Line)| {
        svg("path")
            .class(&format!("line {}", line.class))
            .live("d", move || {
                picture.with(|p| p.lines.get(index).map_or(String::new(), |l| l.path.clone()))
            })
    };
    let drawing = svg("svg")
        .with("viewBox", "0 0 280 40")
        .with("preserveAspectRatio", "none")
        .with("role", "img")
        .live("aria-label", move || {
            let top = format::number(picture.with(|p| p.top));
            format!("{} over time, at most {top} {}", chart.title, chart.unit)
        })
        .child(svg("path.grid").with("d", "M0 .5H280M0 20H280M0 39.5H280"))
        .children(chart.lines.iter().enumerate().map(line))
        .child(svg("path.now").live("d", move || format!("M{} 0V40", now.get())));
    html("figure.chart").child(caption).child(drawing)
}
