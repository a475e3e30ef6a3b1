//! Time: play, step, speed, and the whole run to scrub through.

use crate::dom::{Element, button, html, svg, value_of};
use crate::format;
use crate::player::{Command, Player, SPEEDS};
use patternscope_engine::kernel::decimal;
use patternscope_engine::kernel::decimal::Number;
use patternscope_engine::scenario::format_action;
use patternscope_engine::{History, Instant};
use web_sys::Event;

/// Whole runs are shown in lengths that change seldom, in seconds.
const EXTENTS: [f64; 12] = [
    10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0, 7200.0, 36_000.0, 360_000.0,
];
/// Marks beyond this are not drawn.
const MARKS_MOST: usize = 200;
/// Bars of traffic over the track.
const BARS: usize = 120;
/// Positions of the speed slider a factor of ten.
const SPEED_STEPS: f64 = 20.0;

/// How much time the timeline and the charts show.
pub fn extent(history: &History) -> f64 {
    let last = history.marks().last().map_or(0.0, |(at, _)| at.as_secs());
    let end = history.end().as_secs().max(last.min(3600.0));
    EXTENTS
        .into_iter()
        .find(|extent| end <= extent * 0.97)
        .unwrap_or(end * 1.2)
}

/// The bar of time.
pub fn timeline(player: Player) -> Element {
    html("section.timeline")
        .with("aria-label", "Time")
        .child(transport(player))
        .child(scrubber(player))
        .child(clock(player))
}

fn transport(player: Player) -> Element {
    let send = move |class: &str, sign: &str, command: fn() -> Command| {
        button(class, sign, move |_| player.dispatch(command()))
    };
    let shape = svg("path").live("d", move || {
        if player.is_busy() {
            "M5 3h3v12h-3zM10 3h3v12h-3z"
        } else {
            "M5.5 2.5l10 6.5l-10 6.5z"
        }
    });
    let icon = svg("svg")
        .with("viewBox", "0 0 18 18")
        .with("aria-hidden", "true")
        .child(shape);
    html("div.transport")
        .child(
            send("round", "‹", || Command::StepBack)
                .with("aria-label", "Step back")
                .with("title", "Step back (,)"),
        )
        .child(
            send("play", "", || Command::Toggle)
                .with("title", "Play or pause (space)")
                .live("aria-label", move || {
                    if player.is_busy() { "Pause" } else { "Play" }
                })
                .child(icon),
        )
        .child(
            send("round", "›", || Command::Step)
                .with("aria-label", "Step")
                .with("title", "Step to what happens next (.)"),
        )
        .child(speed(player))
}

/// A logarithmic slider for simulated seconds a second.
fn speed(player: Player) -> Element {
    let place = |speed: f64| (format::decades(speed) * SPEED_STEPS).round();
    let (least, most) = (place(SPEEDS.0), place(SPEEDS.1));
    let position = move || place(player.speed.get());
    let words = move || format::span(player.speed.get());
    let set = move |event: Event| {
        let position = decimal::parse(&value_of(&event)).unwrap_or(0.0);
        let speed = format::power_of_ten(position / SPEED_STEPS);
        player.dispatch(Command::Speed(round_speed(speed)));
    };
    let range = html("input")
        .with("type", "range")
        .with("aria-label", "Speed")
        .with("min", &Number(least).to_string())
        .with("max", &Number(most).to_string())
        .with("step", "1")
        .property("value", position)
        .style("--share", move || {
            format!(
                "{:.1}%",
                Number(100.0 * (position() - least) / (most - least))
            )
        })
        .live("aria-valuetext", move || {
            format!("1 second shows {}", words())
        })
        .on("input", set);
    let behind = html("small").live_text(move || {
        if player.behind.get() {
            "as fast as this machine can"
        } else {
            ""
        }
    });
    html("div.speed")
        .child(
            html("span")
                .text("1 s shows ")
                .child(html("strong").live_text(words)),
        )
        .child(range)
        .child(behind)
}

/// Two digits are enough for a speed.
fn round_speed(speed: f64) -> f64 {
    let scale = format::power_of_ten(1.0 - format::decades(speed).floor());
    (speed * scale).round() / scale
}

fn scrubber(player: Player) -> Element {
    let extent = player.watch(extent);
    let now = player.watch(|history| history.now().as_secs());
    let share = move |seconds: f64| format!("{:.2}%", Number(100.0 * seconds / extent.get()));
    let done = player.watch(|history| history.end().as_secs());
    let bars = player.watch(bars);
    let marks = player.watch(marks);
    let tick = move |(seconds, words): (f64, String)| {
        let label = format!("{}: {words}", format::span(seconds));
        let go = move |_| player.dispatch(Command::Seek(Instant::from_secs(seconds)));
        button("mark", "", go)
            .with("tabindex", "-1")
            .with("title", &label)
            .with("aria-label", &format!("Go to {label}"))
            .style("left", move || share(seconds))
    };
    let end = move || format::span(extent.get());
    let range = html("input")
        .with("type", "range")
        .with("aria-label", "Time")
        .with("min", "0")
        .with("step", "any")
        .live("max", move || Number(extent.get()).to_string())
        .property("value", move || now.get())
        .live("aria-valuetext", move || {
            format!("{} of {}", format::span(now.get()), end())
        })
        .style("--share", move || share(now.get()))
        .on("input", move |event| {
            let seconds = decimal::parse(&value_of(&event)).unwrap_or(0.0);
            player.dispatch(Command::Seek(Instant::from_secs(seconds)));
        });
    let simulated = html("span.simulated").style("width", move || share(done.get()));
    let ticks = html("div.marks").each(move || marks.get().into_iter().map(tick).collect());
    html("div.scrubber")
        .child(
            svg("svg.bars")
                .with("viewBox", "0 0 120 10")
                .with("preserveAspectRatio", "none")
                .with("aria-hidden", "true")
                .child(svg("path").live("d", move || bars.get())),
        )
        .child(html("div.track").child(simulated).child(range).child(ticks))
        .child(
            html("div.scale")
                .child(html("span").text("0"))
                .child(html("span").live_text(end)),
        )
}

/// Offered traffic over the whole extent, as a path in 120 by 10.
fn bars(history: &History) -> String {
    let series = history.series();
    let width = series.width().as_secs();
    let each = extent(history) / BARS as f64;
    let mut counts = [0.0_f64; BARS];
    for (index, bucket) in series.buckets().iter().enumerate() {
        let place = (index as f64 * width / each) as usize;
        if let Some(count) = counts.get_mut(place) {
            *count += f64::from(bucket.offered);
        }
    }
    let most = counts.iter().copied().fold(1.0, f64::max);
    let mut path = String::new();
    for (place, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        let height = Number(1.0 + 9.0 * count / most);
        path.push_str(&format!("M{place}.15 10v-{height:.1}h.7v{height:.1}z"));
    }
    path
}

/// Interventions, in seconds and in words.
fn marks(history: &History) -> Vec<(f64, String)> {
    let knobs = history.simulation().settings().knobs();
    let mark = |(at, act): &(Instant, _)| (at.as_secs(), format_action(act, knobs));
    history.marks().iter().take(MARKS_MOST).map(mark).collect()
}

fn clock(player: Player) -> Element {
    let now = player.watch(|history| format::time(history.now()));
    let seed = player.watch(|history| history.scenario().seed);
    let depth = player.undo_depth();
    let set_seed = move |event: Event| match value_of(&event).trim().parse() {
        Ok(seed) => player.dispatch(Command::Seed(seed)),
        Err(_) => player.repaint(),
    };
    let field = html("input")
        .with("type", "text")
        .with("inputmode", "numeric")
        .class("seed")
        .property("value", move || seed.get().to_string())
        .on("change", set_seed);
    let seed = html("label")
        .with("title", "All chance follows from the seed")
        .text("seed ")
        .child(field);
    let restart = button("", "Restart", move |_| player.dispatch(Command::Restart))
        .with("title", "From the start, same script (r)");
    let undo = button("", "", move |_| player.dispatch(Command::Undo))
        .flag("disabled", move || depth.get() == 0)
        .live_text(move || match depth.get() {
            0 => "Undo".to_owned(),
            1 => "Undo 1 change".to_owned(),
            count => format!("Undo {count} changes"),
        });
    let catching_up = html("small.catching-up")
        .with("role", "status")
        .live_text(move || {
            if player.catching_up.get() {
                "catching up"
            } else {
                ""
            }
        });
    html("div.clock")
        .child(
            html("output.now")
                .with("aria-label", "Now")
                .live_text(move || now.get()),
        )
        .child(catching_up)
        .child(html("div.run").child(seed).child(restart).child(undo))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_have_two_digits() {
        assert_eq!(round_speed(0.0794), 0.079);
        assert_eq!(round_speed(1.0), 1.0);
        assert_eq!(round_speed(99.6), 100.0);
    }
}
