//! Time: play, step, speed, and the whole run to scrub through.

use crate::format;
use crate::player::{Command, Player, SPEEDS};
use leptos::prelude::*;
use patternscope_engine::scenario::format_action;
use patternscope_engine::{History, Instant};

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
#[component]
pub fn Timeline(player: Player) -> impl IntoView {
    view! {
        <section class="timeline" aria-label="Time">
            <Transport player=player/>
            <Scrubber player=player/>
            <Clock player=player/>
        </section>
    }
}

#[component]
fn Transport(player: Player) -> impl IntoView {
    let send = move |command: fn() -> Command| move |_| player.dispatch(command());
    let playing = player.playing;
    let name = move || if playing.get() { "Pause" } else { "Play" };
    let shape = move || {
        if playing.get() {
            "M5 3h3v12h-3zM10 3h3v12h-3z"
        } else {
            "M5.5 2.5l10 6.5l-10 6.5z"
        }
    };
    let place = |speed: f64| (format::decades(speed) * SPEED_STEPS).round();
    let (least, most) = (place(SPEEDS.0), place(SPEEDS.1));
    let position = move || place(player.speed.get());
    let words = move || format::span(player.speed.get());
    let set = move |event| {
        let position: f64 = event_target_value(&event).parse().unwrap_or(0.0);
        player.dispatch(Command::Speed(round_speed(format::power_of_ten(
            position / SPEED_STEPS,
        ))));
    };
    let share = move || format!("{:.1}%", 100.0 * (position() - least) / (most - least));
    let behind = move || {
        if player.behind.get() {
            "as fast as this machine can"
        } else {
            ""
        }
    };
    view! {
        <div class="transport">
            <button type="button" class="round" aria-label="Step back" title="Step back (,)"
                on:click=send(|| Command::StepBack)>"‹"</button>
            <button type="button" class="play" aria-label=name title="Play or pause (space)"
                on:click=send(|| Command::Toggle)>
                <svg viewBox="0 0 18 18" aria-hidden="true"><path d=shape/></svg>
            </button>
            <button type="button" class="round" aria-label="Step" title="Step to what happens next (.)"
                on:click=send(|| Command::Step)>"›"</button>
            <div class="speed">
                <span>"1 s shows "<strong>{words}</strong></span>
                <input type="range" aria-label="Speed" min=least max=most step="1"
                    prop:value=position style:--share=share
                    aria-valuetext=move || format!("1 second shows {}", words())
                    on:input=set/>
                <small>{behind}</small>
            </div>
        </div>
    }
}

/// Two digits are enough for a speed.
fn round_speed(speed: f64) -> f64 {
    let scale = format::power_of_ten(1.0 - format::decades(speed).floor());
    (speed * scale).round() / scale
}

#[component]
fn Scrubber(player: Player) -> impl IntoView {
    let extent = player.watch(extent);
    let now = player.watch(|history| history.now().as_secs());
    let seek = move |event| {
        let seconds: f64 = event_target_value(&event).parse().unwrap_or(0.0);
        player.dispatch(Command::Seek(Instant::from_secs(seconds)));
    };
    let share = move |seconds: f64| 100.0 * seconds / extent.get();
    let done = player.watch(|history| history.end().as_secs());
    let bars = player.watch(bars);
    let marks = player.watch(marks);
    let ticks = move || {
        marks.get().into_iter().map(|(seconds, words)| {
            let at = share(seconds);
            let label = format!("{}: {words}", format::span(seconds));
            view! {
                <button type="button" class="mark" tabindex="-1" style:left=format!("{at:.2}%")
                    title=label.clone() aria-label=format!("Go to {label}")
                    on:click=move |_| player.dispatch(Command::Seek(Instant::from_secs(seconds)))></button>
            }
        }).collect_view()
    };
    let ends = move || format::span(extent.get());
    view! {
        <div class="scrubber">
            <svg class="bars" viewBox="0 0 120 10" preserveAspectRatio="none" aria-hidden="true">
                <path d=move || bars.get()/>
            </svg>
            <div class="track">
                <span class="simulated" style:width=move || format!("{:.2}%", share(done.get()))></span>
                <input type="range" aria-label="Time" min="0" max=move || extent.get() step="any"
                    prop:value=move || now.get()
                    aria-valuetext=move || format!("{} of {}", format::span(now.get()), ends())
                    style:--share=move || format!("{:.2}%", share(now.get()))
                    on:input=seek/>
                {ticks}
            </div>
            <div class="scale"><span>"0"</span><span>{ends}</span></div>
        </div>
    }
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
        let height = 1.0 + 9.0 * count / most;
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

#[component]
fn Clock(player: Player) -> impl IntoView {
    let now = player.watch(|history| format::time(history.now()));
    let seed = player.watch(|history| history.scenario().seed);
    let depth = player.undo_depth();
    let changes = move || match depth.get() {
        0 => "Undo".to_owned(),
        1 => "Undo 1 change".to_owned(),
        count => format!("Undo {count} changes"),
    };
    let set_seed = move |event| match event_target_value(&event).trim().parse() {
        Ok(seed) => player.dispatch(Command::Seed(seed)),
        Err(_) => player.repaint(),
    };
    view! {
        <div class="clock">
            <output class="now" aria-label="Now">{now}</output>
            <div class="run">
                <label title="All chance follows from the seed">"seed "
                    <input type="text" inputmode="numeric" class="seed" prop:value=move || seed.get().to_string()
                        on:change=set_seed/>
                </label>
                <button type="button" title="From the start, same script (r)"
                    on:click=move |_| player.dispatch(Command::Restart)>"Restart"</button>
                <button type="button" disabled=move || depth.get() == 0
                    on:click=move |_| player.dispatch(Command::Undo)>{changes}</button>
            </div>
        </div>
    }
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
