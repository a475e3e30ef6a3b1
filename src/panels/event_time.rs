//! The second picture of a stream: event time across, processing time upwards.
//! Elements are points, panes are the upper edges of their windows, and the
//! watermark climbs through. A point can be picked, by pointer or arrow keys.

use crate::dom::{Element, html, key_of, svg};
use crate::player::Player;
use crate::signals::{Memo, State};
use patternscope_engine::History;
use patternscope_engine::kernel::decimal::Number;
use patternscope_engine::kernel::view::Happening;
use patternscope_engine::kernel::{Hue, View};
use patternscope_engine::scene::glyph::write_at;
use std::fmt::Write;
use wasm_bindgen::JsCast;

const WIDTH: f32 = 288.0;
const HEIGHT: f32 = 300.0;
/// Where the axes meet.
const LEFT: f32 = 26.0;
const BOTTOM: f32 = 18.0;
/// The least span of either time, in milliseconds.
const SPAN_MS: f64 = 2_000.0;
const POINT: &str = "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z";
const CROSS: &str = "m-3.5-3.5l7 7m0-7l-7 7";
const RING: &str = "m-6.5 0a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0z";

/// Both axes, in milliseconds.
#[derive(Clone, Copy, PartialEq)]
struct Axes {
    event: (f64, f64),
    processing: (f64, f64),
}

/// All that is drawn, as paths.
#[derive(Clone, Default, PartialEq)]
struct Plot {
    /// One a hue.
    points: Vec<String>,
    late: String,
    panes: String,
    watermark: String,
    ideal: String,
    picked: String,
    words: String,
    ends: [String; 4],
}

fn view_of(history: &History) -> View {
    let mut view = View::default();
    history.simulation().view(&mut view);
    view
}

/// Whether the pattern knows event time.
pub fn has_event_time(player: Player) -> bool {
    let columns = player.pattern.input.unwrap_or_default();
    columns.contains(&"event_s")
}

impl Axes {
    fn of(view: &View) -> Self {
        let now = view.now.as_secs() * 1e3;
        let first = view.happenings.first();
        let from = first
            .map_or(0.0, |it| it.at.as_secs() * 1e3)
            .min(now - SPAN_MS);
        let events = view.happenings.iter().map(|it| it.event_ms as f64);
        let least = events.clone().fold(now - SPAN_MS, f64::min);
        let most = events.fold(now, f64::max);
        Self {
            event: (least, most),
            processing: (from, now),
        }
    }

    fn x(self, event_ms: f64) -> f32 {
        let (from, to) = self.event;
        let share = ((event_ms - from) / (to - from)).clamp(0.0, 1.0);
        LEFT + share as f32 * (WIDTH - LEFT - 6.0)
    }

    fn y(self, now_ms: f64) -> f32 {
        let (from, to) = self.processing;
        let share = ((now_ms - from) / (to - from)).clamp(0.0, 1.0);
        HEIGHT - BOTTOM - share as f32 * (HEIGHT - BOTTOM - 6.0)
    }

    fn spot(self, it: &Happening) -> (f32, f32) {
        (self.x(it.event_ms as f64), self.y(it.at.as_secs() * 1e3))
    }
}

fn seconds(milliseconds: f64) -> String {
    format!("{:.1} s", Number(milliseconds / 1e3))
}

fn plot(history: &History, picked: Option<u64>) -> Plot {
    let view = view_of(history);
    let axes = Axes::of(&view);
    let mut plot = Plot {
        points: vec![String::new(); Hue::COUNT + 1],
        words: "Pick a point to see what it is.".to_owned(),
        ..Plot::default()
    };
    for it in &view.happenings {
        let (x, y) = axes.spot(it);
        match it.counted {
            true => write_at(&mut plot.points[it.hue.index()], x, y, POINT),
            false => write_at(&mut plot.late, x, y, CROSS),
        }
        if picked == Some(it.flow.0) {
            write_at(&mut plot.picked, x, y, RING);
            plot.words = words(it);
        }
    }
    draw_panes(&mut plot.panes, &view, axes);
    draw_watermark(&mut plot.watermark, &view, axes);
    let begin = axes.event.0.max(axes.processing.0);
    let end = axes.event.1.min(axes.processing.1);
    let _ = write!(
        plot.ideal,
        "M{} {}L{} {}",
        axes.x(begin) as i32,
        axes.y(begin) as i32,
        axes.x(end) as i32,
        axes.y(end) as i32
    );
    let ends = [
        axes.event.0,
        axes.event.1,
        axes.processing.0,
        axes.processing.1,
    ];
    plot.ends = ends.map(seconds);
    plot
}

fn draw_panes(path: &mut String, view: &View, axes: Axes) {
    for it in &view.firings {
        let now = it.at.as_secs() * 1e3;
        if now > axes.processing.0 {
            let (start, end) = (axes.x(it.span_ms.0 as f64), axes.x(it.span_ms.1 as f64));
            let (start, end, y) = (start as i32, end as i32, axes.y(now) as i32);
            let _ = write!(path, "M{start} {y}H{end}M{start} {y}v5M{end} {y}v5");
        }
    }
}

fn draw_watermark(path: &mut String, view: &View, axes: Axes) {
    for (at, event_ms) in &view.watermarks {
        let now = at.as_secs() * 1e3;
        if now >= axes.processing.0 {
            let (x, y) = (axes.x(*event_ms as f64) as i32, axes.y(now) as i32);
            let _ = match path.is_empty() {
                true => write!(path, "M{x} {y}"),
                false => write!(path, "V{y}H{x}"),
            };
        }
    }
    if !path.is_empty() {
        let _ = write!(path, "V{}", axes.y(axes.processing.1) as i32);
    }
}

fn words(it: &Happening) -> String {
    let now = it.at.as_secs() * 1e3;
    let fate = if it.counted {
        "counted"
    } else {
        "too late or unreadable"
    };
    format!(
        "Element {}: value {}, happened at {}, worked on at {}, {} later; {fate}.",
        it.flow.0,
        it.value,
        seconds(it.event_ms as f64),
        seconds(now),
        seconds(now - it.event_ms as f64)
    )
}

/// The element next to a place of the plot, or a step from the picked one.
fn pick(
    history: &History,
    near: Option<(f32, f32)>,
    from: Option<u64>,
    step: isize,
) -> Option<u64> {
    let view = view_of(history);
    let all = &view.happenings;
    if let Some((x, y)) = near {
        let axes = Axes::of(&view);
        let far = |it: &&Happening| {
            let (a, b) = axes.spot(it);
            ((a - x) * (a - x) + (b - y) * (b - y)) as i64
        };
        return all.iter().min_by_key(far).map(|it| it.flow.0);
    }
    let place = all.iter().position(|it| Some(it.flow.0) == from);
    let place = place.map_or(all.len().saturating_sub(1), |place| {
        place.saturating_add_signed(step).min(all.len() - 1)
    });
    all.get(place).map(|it| it.flow.0)
}

/// The plot and, below it, what is picked.
pub fn event_time(player: Player) -> Element {
    let picked = State::new(None::<u64>);
    let plot = player.watch(move |history| plot(history, picked.get()));
    let picture = picture_of(plot);
    let root = picture.raw().clone();
    let picture = picture
        .on("click", move |event| {
            let Some(pointer) = event.dyn_ref::<web_sys::MouseEvent>() else {
                return;
            };
            let edge = root.get_bounding_client_rect();
            let scale = (f64::from(WIDTH) / edge.width().max(1.0)) as f32;
            let x = (f64::from(pointer.client_x()) - edge.left()) as f32 * scale;
            let y = (f64::from(pointer.client_y()) - edge.top()) as f32 * scale;
            picked.set(player.read(|history| pick(history, Some((x, y)), None, 0)));
            player.repaint();
        })
        .on("keydown", move |event| {
            let step = match key_of(&event).as_str() {
                "ArrowLeft" | "ArrowDown" => -1,
                "ArrowRight" | "ArrowUp" => 1,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            let from = picked.get_untracked();
            picked.set(player.read(|history| pick(history, None, from, step)));
            player.repaint();
        });
    html("article")
        .class("words times")
        .child(html("h2").text("Event time → · processing time ↑"))
        .child(picture)
        .child(html("p").with("aria-live", "polite").live_text(move || plot.with(|plot| plot.words.clone())))
        .child(html("p").class("hint").text(
            "Points are elements; crosses came too late. The line that climbs is the watermark. Brackets are panes, as wide as their windows. On the dashed line nothing is late.",
        ))
}

/// The drawing, made once; its paths follow the plot.
fn picture_of(plot: Memo<Plot>) -> Element {
    let path = |class: &str, read: fn(&Plot) -> String| {
        svg("path").class(class).live("d", move || plot.with(read))
    };
    let points = (0..=Hue::COUNT).map(|hue| {
        svg("path").class(&format!("hue-{hue}")).live("d", move || {
            plot.with(|plot| plot.points.get(hue).cloned().unwrap_or_default())
        })
    });
    let end = |index: usize, x: f32, y: f32, anchor: &str| {
        svg("text")
            .number("x", x)
            .number("y", y)
            .with("text-anchor", anchor)
            .live_text(move || plot.with(|plot| plot.ends[index].clone()))
    };
    svg("svg")
        .class("event-time")
        .with("viewBox", "0 0 288 300")
        .with("tabindex", "0")
        .with("role", "application")
        .with(
            "aria-label",
            "Event time across, processing time upwards. Arrow keys pick elements.",
        )
        .child(svg("path").class("axes").with("d", "M26 6V282H282"))
        .child(path("ideal", |plot| plot.ideal.clone()))
        .child(path("panes", |plot| plot.panes.clone()))
        .child(path("watermark", |plot| plot.watermark.clone()))
        .child(svg("g").class("points").children(points))
        .child(path("late", |plot| plot.late.clone()))
        .child(path("picked", |plot| plot.picked.clone()))
        .child(end(0, LEFT, HEIGHT - 4.0, "start"))
        .child(end(1, WIDTH - 4.0, HEIGHT - 4.0, "end"))
        .child(end(2, LEFT + 4.0, HEIGHT - BOTTOM - 4.0, "start"))
        .child(end(3, LEFT + 4.0, 14.0, "start"))
}
