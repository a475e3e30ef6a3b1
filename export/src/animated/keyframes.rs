//! Movement and visibility as CSS keyframes. Every animation lasts as long as
//! the loop; a negative delay says where in it something begins. Equal ones
//! share their keyframes.

use super::recording::{Fall, Flight, Recording, Run};
use crate::film::{FALL_S, Shot};
use crate::svg::write_mark;
use patternscope_engine::drawing::Mark;
use patternscope_engine::drawing::mark::moved_to;
use patternscope_engine::scene::{FALL, Lane, Spot, glyph};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The looks in which something shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mask(Vec<(usize, usize)>);

impl Mask {
    /// It shows in this look, which is not before the last one added.
    pub fn add(&mut self, look: usize) {
        match self.0.last_mut() {
            Some((_, end)) if *end >= look => *end = look + 1,
            _ => self.0.push((look, look + 1)),
        }
    }

    fn has(&self, look: usize) -> bool {
        self.0.iter().any(|(from, to)| (*from..*to).contains(&look))
    }
}

/// All keyframes of a file, by what they do.
pub struct Keyframes {
    lasts_s: f64,
    grain: u32,
    rest: usize,
    looks: usize,
    /// Keyframes, and what number they have.
    known: BTreeMap<(String, &'static str), usize>,
}

/// How something gets from one of its keyframes to the next.
const STEADY: &str = "linear";
const SWITCHED: &str = "step-end";
/// Keyframes that are gone by their end.
const GONE: &str = "%,to{visibility:hidden}";
/// So much of the loop later something is gone.
const MOMENT: f64 = 0.01;

impl Keyframes {
    /// None yet. Times are rounded to parts of the loop, `grain` of them.
    pub fn new(lasts_s: f64, grain: u32, recording: &Recording) -> Self {
        Self {
            lasts_s,
            grain,
            rest: recording.rest,
            looks: recording.scenery.len(),
            known: BTreeMap::new(),
        }
    }

    /// The class of these keyframes.
    fn class(&mut self, steps: String, timing: &'static str) -> String {
        let next = self.known.len();
        let number = *self.known.entry((steps, timing)).or_insert(next);
        format!("k{number}")
    }

    /// The style sheet.
    pub fn sheet(&self) -> String {
        let mut sheet = String::new();
        let lasts = short(self.lasts_s);
        for ((steps, timing), number) in &self.known {
            let _ = write!(
                sheet,
                ".k{number}{{animation:k{number} {lasts}s {timing} infinite}}\
                 @keyframes k{number}{{{steps}}}"
            );
        }
        sheet.push_str("@media(prefers-reduced-motion:reduce){*{animation:none!important}}");
        sheet
    }

    fn percent(&self, share: f64) -> String {
        short(100.0 * share)
    }

    /// So long, as a share of the loop; at least one grain, at most all of it.
    fn share(&self, seconds: f64) -> f64 {
        let grains = (seconds / self.lasts_s * f64::from(self.grain)).round();
        grains.clamp(1.0, f64::from(self.grain)) / f64::from(self.grain)
    }

    fn delay(&self, at_s: f64) -> String {
        format!("animation-delay:{}s", short(at_s - self.lasts_s))
    }

    /// Something that is there in some looks.
    pub fn write_switched(&mut self, body: &mut String, text: &str, mask: &Mask) {
        let looks = self.looks as f64;
        let mut steps = String::new();
        if mask.0.first().is_some_and(|(from, _)| *from > 0) {
            steps.push_str("0%{visibility:hidden}");
        }
        for (from, to) in &mask.0 {
            let (from, to) = (*from as f64 / looks, *to as f64 / looks);
            let _ = write!(steps, "{}%{{visibility:visible}}", self.percent(from));
            if to < 1.0 {
                let _ = write!(steps, "{}%{{visibility:hidden}}", self.percent(to));
            }
        }
        let class = self.class(steps, SWITCHED);
        let hidden = match mask.has(self.rest) {
            true => "",
            false => " visibility=\"hidden\"",
        };
        let _ = write!(body, "<g class=\"{class}\"{hidden}>{text}</g>");
    }

    /// A message along its link.
    pub fn write_flight(
        &mut self,
        body: &mut String,
        flight: &Flight,
        shot: &Shot,
        recording: &Recording,
    ) {
        let message = &flight.message;
        let Some(lane) = recording.lanes.get(message.link.index()) else {
            return;
        };
        let seconds = |span: patternscope_engine::Duration| span.as_secs() / shot.speed;
        let share = self.share(seconds(message.arrive.since(message.depart)));
        let reach = f64::from(message.reach) / 255.0;
        let class = self.class(self.along(lane, reach, share), STEADY);
        let now = recording.rest_at;
        let shown =
            (message.depart <= now && now < message.arrive).then(|| lane.at(message.progress(now)));
        let at_s = seconds(message.depart.since(shot.from));
        self.write_moving(body, flight.mark.clone(), &class, at_s, shown);
    }

    fn along(&self, lane: &Lane, reach: f64, share: f64) -> String {
        let pieces = pieces(lane);
        let mut steps = String::new();
        for piece in 0..=pieces {
            let done = f64::from(piece) / f64::from(pieces);
            let spot = lane.at(done * reach);
            let visible = match piece == 0 || piece == pieces {
                true => "visibility:visible;",
                false => "",
            };
            let _ = write!(
                steps,
                "{}%{{{visible}transform:{}}}",
                self.percent(done * share),
                translated(spot)
            );
        }
        self.end(&mut steps, share);
        steps
    }

    /// Gone from there on, unless that is the end of the loop.
    fn end(&self, steps: &mut String, share: f64) {
        if share + MOMENT / 100.0 < 1.0 {
            steps.push_str(&short(100.0 * share + MOMENT));
            steps.push_str(GONE);
        }
    }

    /// A ring that fills while work is done.
    pub fn write_run(&mut self, body: &mut String, run: &Run, shot: &Shot) {
        let look_s = self.lasts_s / self.looks as f64;
        let share = self.share(run.last.0 - run.first.0 + look_s);
        let left = |done: f32| short((f64::from(1.0 - done) * 20.0).round() / 20.0);
        let mut steps = format!(
            "0%{{visibility:visible;stroke-dashoffset:{}}}{}%{{visibility:visible;stroke-dashoffset:{}}}",
            left(run.first.1),
            self.percent(share),
            left(run.last.1)
        );
        self.end(&mut steps, share);
        let rest_s = shot.lasts_s() * self.rest as f64 / self.looks as f64;
        let shows = (run.first.0..=run.last.0).contains(&rest_s);
        let class = self.class(steps, STEADY);
        let mut transform = "rotate(-90 ".to_owned();
        for value in [run.spot.x, run.spot.y] {
            glyph::write_number(&mut transform, value);
            transform.push(' ');
        }
        transform.push(')');
        let orphan = if run.wanted { "" } else { " orphan" };
        let mark = Mark::new("circle", format!("arc{orphan} {class}"))
            .number("cx", run.spot.x)
            .number("cy", run.spot.y)
            .number("r", run.radius)
            .with("pathLength", "1")
            .with("stroke-dasharray", "1")
            .with("transform", transform)
            .with("visibility", if shows { "" } else { "hidden" })
            .with("style", self.delay(run.first.0));
        write_mark(body, &mark);
    }

    /// A lost message that falls and fades.
    pub fn write_fall(&mut self, body: &mut String, fall: Fall) {
        let share = self.share(FALL_S);
        let mut steps = format!(
            "0%{{visibility:visible;opacity:1;transform:none}}\
             {}%{{transform:translate(0,{FALL}px)}}\
             {}%{{visibility:visible;opacity:0;transform:translate(0,{FALL}px)}}",
            self.percent(share / 1.6),
            self.percent(share)
        );
        self.end(&mut steps, share);
        let class = self.class(steps, STEADY);
        let at_s = fall.at_s.rem_euclid(self.lasts_s);
        let cross = Mark::path(format!("fell {class}"), glyph::CROSS)
            .with("visibility", "hidden")
            .with("style", self.delay(at_s));
        write_mark(body, &Mark::group("", vec![cross]).at(fall.spot));
    }

    /// Something that moves from a second of the loop on; `shown` is where it
    /// is when nothing moves.
    fn write_moving(
        &self,
        body: &mut String,
        mut mark: Mark,
        class: &str,
        at_s: f64,
        shown: Option<Spot>,
    ) {
        if let Some((_, classes)) = mark.attributes.first_mut() {
            classes.push(' ');
            classes.push_str(class);
        }
        let mark = match shown {
            Some(spot) => mark.with("transform", moved_to(spot)),
            None => mark.with("visibility", "hidden"),
        };
        write_mark(body, &mark.with("style", self.delay(at_s)));
    }
}

/// How many straight pieces stand for a lane.
fn pieces(lane: &Lane) -> u32 {
    let (start, end) = (lane.at(0.0), lane.at(1.0));
    let is_bent = [0.25, 0.5, 0.75].into_iter().any(|share| {
        let on = Spot {
            x: start.x + (end.x - start.x) * share as f32,
            y: start.y + (end.y - start.y) * share as f32,
        };
        lane.at(share).distance_squared(on) > 0.5
    });
    if is_bent { 8 } else { 1 }
}

fn translated(spot: Spot) -> String {
    let mut text = "translate(".to_owned();
    glyph::write_number(&mut text, spot.x);
    text.push_str("px,");
    glyph::write_number(&mut text, spot.y);
    text.push_str("px)");
    text
}

/// A number with at most three digits after the point, without idle zeros.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "" | "-0" => "0".to_owned(),
        text => text.to_owned(),
    }
}
