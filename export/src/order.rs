//! What somebody wants of a run, and what is right of it.

use crate::film::Shot;
use crate::theme::Theme;
use patternscope_engine::{Duration, Instant, Scenario};
use std::ops::RangeInclusive;

/// How long a loop should last, in seconds, and how long if nothing says.
const LOOP_S: (f64, f64) = (6.0, 10.0);
const USUAL_S: f64 = 8.0;
/// The longest film, in seconds.
const LONGEST_S: f64 = 60.0;
/// How fast a run may be shown, in simulated seconds a second.
const SPEEDS: RangeInclusive<f64> = 0.001..=100.0;
/// The sizes of a picture, in pixels.
const WIDTHS: RangeInclusive<u32> = 320..=3840;
const HEIGHTS: RangeInclusive<u32> = 180..=2160;

/// What is wanted; what is not said follows from the run.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// Where it begins.
    pub from: Option<Instant>,
    /// Where it ends.
    pub to: Option<Instant>,
    /// Simulated seconds a second.
    pub speed: Option<f64>,
    /// Whose colours.
    pub theme: Theme,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels; nine sixteenths of the width if not said.
    pub height: Option<u32>,
}

impl Order {
    /// A shot of a run. A link may name an instant and a speed.
    ///
    /// # Errors
    /// What is wrong and what would be right, all of it.
    pub fn shot(
        &self,
        scenario: Scenario,
        linked_at: Option<Instant>,
        linked_speed: Option<f64>,
    ) -> Result<Shot, Vec<String>> {
        let preset_speed = scenario.preset.map(|preset| preset.speed);
        let usual = linked_speed
            .or(preset_speed)
            .unwrap_or(scenario.pattern.speed);
        let from = self.from.or(linked_at).unwrap_or(Instant::START);
        let speed = match (self.speed, self.to) {
            (Some(speed), _) => speed,
            (None, Some(to)) => {
                let length_s = to.since(from).as_secs();
                (length_s / usual).clamp(LOOP_S.0, LOOP_S.1).recip() * length_s
            }
            (None, None) => usual,
        };
        let to = self
            .to
            .unwrap_or_else(|| from + Duration::from_secs(USUAL_S * speed));
        let width = self.width.unwrap_or(960);
        let height = self
            .height
            .unwrap_or_else(|| (width * 9 / 16).max(*HEIGHTS.start()));
        let wrong = [
            (!WIDTHS.contains(&width))
                .then(|| format!("width {width}: must be from 320 to 3840 pixels")),
            (!HEIGHTS.contains(&height))
                .then(|| format!("height {height}: must be from 180 to 2160 pixels")),
            (to <= from).then(|| format!("to {to}: must be after --from {from}")),
            (to > from && !SPEEDS.contains(&speed))
                .then(|| format!("speed {speed}: must be from 0.001 to 100")),
        ];
        let wrong: Vec<String> = wrong.into_iter().flatten().collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Shot {
            scenario,
            from,
            to,
            speed,
            theme: self.theme,
            width: width as f32,
            height: height as f32,
        })
    }
}

/// Refuses films that nobody would watch to their end.
///
/// # Errors
/// The shot lasts longer than a minute.
pub fn check_length(shot: &Shot) -> Result<(), String> {
    let lasts_s = shot.lasts_s();
    if lasts_s <= LONGEST_S {
        return Ok(());
    }
    Err(format!(
        "it would last {lasts_s:.0} s; must be at most {LONGEST_S:.0} s: \
         choose a shorter time or a higher speed"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use patternscope_engine::patterns::CATALOG;

    fn secs(seconds: f64) -> Option<Instant> {
        Some(Instant::from_secs(seconds))
    }

    fn made(order: &Order) -> Result<Shot, Vec<String>> {
        order.shot(Scenario::new(CATALOG[0]), secs(3.0), Some(0.5))
    }

    #[test]
    fn a_link_says_where_and_how_fast() {
        let shot = made(&Order::default()).expect("nothing is wrong");
        assert_eq!((shot.from, shot.speed), (Instant::from_secs(3.0), 0.5));
        assert_eq!(shot.to, Instant::from_secs(7.0));
        assert_eq!((shot.width, shot.height), (960.0, 540.0));
    }

    #[test]
    fn a_stretch_becomes_a_loop_of_six_to_ten_seconds() {
        for (to, lasts) in [(3.5, 6.0), (7.0, 8.0), (33.0, 10.0)] {
            let order = Order {
                to: secs(to),
                ..Order::default()
            };
            let shot = made(&order).expect("nothing is wrong");
            assert!((shot.lasts_s() - lasts).abs() < 1e-6, "{}", shot.lasts_s());
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let order = Order {
            to: secs(1.0),
            width: Some(10),
            height: Some(9_999),
            ..Order::default()
        };
        assert_eq!(made(&order).expect_err("three are wrong").len(), 3);
        let long = Order {
            to: secs(300.0),
            speed: Some(1.0),
            ..Order::default()
        };
        let shot = made(&long).expect("it can be shown");
        assert!(check_length(&shot).is_err());
    }
}
