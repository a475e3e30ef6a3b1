//! A run as an SVG file that moves by itself, without a script: it shows in an
//! `<img>`, and stands still for who prefers that.
//!
//! What is on its way moves by keyframes along its link, from the very
//! departure to the very arrival. All else is looked at twenty times a second
//! and switched. What is on its way at the end of the loop goes on at its
//! beginning, so that the traffic has no seam.

mod keyframes;
mod recording;

use crate::film::Shot;
use crate::svg::{close, document, open, write_mark};
use keyframes::{Keyframes, Mask};
use patternscope_engine::drawing::Mark;
use recording::Recording;
use std::collections::BTreeMap;

/// The most that a file may have.
pub const BYTES_MOST: usize = 300_000;
/// Parts of the loop that times are rounded to, the finest first: fewer have
/// fewer keyframes.
const GRAINS: [u32; 3] = [500, 200, 80];

/// The whole file. `tell` hears how far it is, from 0 to 1.
///
/// # Errors
/// What is shown takes more than [`BYTES_MOST`]; the text says what to do.
pub fn animated_svg(shot: &Shot, tell: &mut dyn FnMut(f64)) -> Result<String, String> {
    let recording = Recording::of(shot, tell);
    let mut size = 0;
    for grain in GRAINS {
        let text = write(shot, &recording, grain);
        if text.len() <= BYTES_MOST {
            return Ok(text);
        }
        size = text.len();
    }
    Err(format!(
        "the animated SVG would take {size} bytes, at most {BYTES_MOST} are fine everywhere: \
         choose a shorter time between --from and --to, a lower rate, or a GIF"
    ))
}

fn write(shot: &Shot, recording: &Recording, grain: u32) -> String {
    let mut keyframes = Keyframes::new(shot.lasts_s(), grain, recording);
    let mut body = String::new();
    let scenery: Vec<&Mark> = recording.scenery.iter().collect();
    write_merged(&mut body, &scenery, &mut keyframes);
    body.push_str("<g class=\"event-time\">");
    for layer in &recording.times {
        write_switched(&mut body, layer, &mut keyframes);
    }
    body.push_str("</g><g class=\"messages\">");
    for layer in &recording.layers {
        write_switched(&mut body, layer, &mut keyframes);
    }
    for run in recording.runs.values() {
        keyframes.write_run(&mut body, run, shot);
    }
    for flight in recording.flights.values() {
        keyframes.write_flight(&mut body, flight, shot, recording);
    }
    for fall in recording.falls.values() {
        keyframes.write_fall(&mut body, *fall);
    }
    write_switched(&mut body, &recording.losses, &mut keyframes);
    body.push_str("</g>");
    document(shot, &keyframes.sheet(), &body)
}

/// Writes what one mark was at each look: what stays once, what differs once
/// a variant, shown when it was so.
fn write_merged(body: &mut String, looks: &[&Mark], keyframes: &mut Keyframes) {
    let first = looks[0];
    if looks.iter().all(|mark| *mark == first) {
        return write_mark(body, first);
    }
    let alike = |mark: &&Mark| {
        mark.tag == "g"
            && mark.attributes == first.attributes
            && mark.children.len() == first.children.len()
    };
    if looks.iter().all(alike) {
        open(body, first);
        for index in 0..first.children.len() {
            let parts: Vec<&Mark> = looks.iter().map(|mark| &mark.children[index]).collect();
            write_merged(body, &parts, keyframes);
        }
        return close(body, first);
    }
    let mut variants = BTreeMap::<String, Mask>::new();
    for (look, mark) in looks.iter().enumerate() {
        let mut text = String::new();
        write_mark(&mut text, mark);
        variants.entry(text).or_default().add(look);
    }
    write_switched(body, &variants, keyframes);
}

/// Writes texts, each shown in its own looks.
fn write_switched(body: &mut String, variants: &BTreeMap<String, Mask>, keyframes: &mut Keyframes) {
    for (text, mask) in variants.iter().filter(|(text, _)| !text.is_empty()) {
        keyframes.write_switched(body, text, mask);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;
    use patternscope_engine::patterns::CATALOG;
    use patternscope_engine::{Duration, Instant, Scenario};

    fn shot(scenario: Scenario) -> Shot {
        let speed = scenario.pattern.speed;
        let from = Instant::from_secs(1.0);
        Shot {
            scenario,
            from,
            to: from + Duration::from_secs(6.0 * speed),
            speed,
            theme: Theme::Auto,
            width: 960.0,
            height: 540.0,
        }
    }

    #[test]
    fn every_pattern_moves_at_its_defaults_within_the_bound() {
        for pattern in CATALOG {
            let shot = shot(Scenario::new(pattern));
            let recording = Recording::of(&shot, &mut |_| {});
            let text = animated_svg(&shot, &mut |_| {});
            let text = text.unwrap_or_else(|why| panic!("{}: {why}", pattern.slug));
            assert!(!recording.flights.is_empty(), "{}", pattern.slug);
            let drawn = text.matches("animation-delay").count();
            let moving = recording.flights.len() + recording.runs.len() + recording.falls.len();
            assert_eq!(drawn, moving, "{}", pattern.slug);
            assert!(text.contains("prefers-reduced-motion"));
            assert!(!text.contains("<script") && !text.contains("href"));
        }
    }

    #[test]
    fn too_much_is_refused_with_advice() {
        let pattern = patternscope_engine::find_pattern("request-response");
        let mut scenario = Scenario::new(pattern.expect("it is in the catalog"));
        scenario
            .settings
            .set("rate", "1000")
            .expect("within its range");
        let mut shot = shot(scenario);
        shot.speed = 1.0;
        shot.to = shot.from + Duration::from_secs(8.0);
        let why = animated_svg(&shot, &mut |_| {}).expect_err("thousands of messages");
        assert!(why.contains("--from"), "{why}");
    }
}
