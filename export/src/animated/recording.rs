//! What a run shows between two instants: exact where messages travel, looked
//! at many times a second elsewhere.

use super::keyframes::Mask;
use crate::film::{FALL_S, Film, Shot, label, message};
use crate::svg::write_mark;
use patternscope_engine::drawing::Mark;
use patternscope_engine::kernel::{Fact, Message, MessageId};
use patternscope_engine::scene::{Arc, Condition, FALL, Lane, Spot, Sprite};
use patternscope_engine::{Duration, Instant};
use std::collections::BTreeMap;

/// Looks a second of who watches.
const LOOKS_PER_S: f64 = 20.0;
/// With more flights than this none says what it carries.
const LABELLED_MOST: usize = 60;

/// A message on its way.
pub struct Flight {
    /// As it was sent, or as a cut has changed it since.
    pub message: Message,
    /// What it looks like, around the origin.
    pub mark: Mark,
}

/// A worker's ring while it works on one message.
pub struct Run {
    /// The middle of the ring.
    pub spot: Spot,
    /// Its radius.
    pub radius: f32,
    /// Whether anybody waits for it.
    pub wanted: bool,
    /// When it was first seen, in seconds of the loop, and how far it was.
    pub first: (f64, f32),
    /// The same for the last time.
    pub last: (f64, f32),
}

/// Where a lost message begins to fall, and when, in seconds of the loop.
#[derive(Clone, Copy)]
pub struct Fall {
    /// Where.
    pub spot: Spot,
    /// When; negative if it began before the loop.
    pub at_s: f64,
}

/// All of it.
pub struct Recording {
    /// What stays where it is, one a look.
    pub scenery: Vec<Mark>,
    /// The plot of both times, along the axes that it has at the end.
    pub times: [BTreeMap<String, Mask>; 2],
    /// What stands in cards, and messages that do not travel.
    pub layers: [BTreeMap<String, Mask>; 2],
    /// What is said of losses.
    pub losses: BTreeMap<String, Mask>,
    /// Messages that left between the two instants.
    pub flights: BTreeMap<MessageId, Flight>,
    /// Work, by message and by where the worker is.
    pub runs: BTreeMap<(MessageId, [i32; 2]), Run>,
    /// Lost messages.
    pub falls: BTreeMap<MessageId, Fall>,
    /// Where messages travel.
    pub lanes: Vec<Lane>,
    /// The look that shows where nothing may move.
    pub rest: usize,
    /// The instant of that look.
    pub rest_at: Instant,
}

impl Recording {
    /// Watches a shot.
    pub fn of(shot: &Shot, tell: &mut dyn FnMut(f64)) -> Self {
        let lasts_s = shot.lasts_s();
        let looks = (lasts_s * LOOKS_PER_S).ceil().max(1.0) as usize;
        let length = shot.to.since(shot.from).as_secs();
        let at = |look: usize| shot.from + Duration::from_secs(length * look as f64 / looks as f64);
        let rest = looks / 2;
        let axes = Film::new(&Shot {
            from: shot.to,
            ..shot.clone()
        })
        .time_plot();
        let mut film = Film::new(shot);
        let mut recording = Self {
            scenery: Vec::with_capacity(looks),
            times: Default::default(),
            layers: Default::default(),
            losses: BTreeMap::new(),
            flights: BTreeMap::new(),
            runs: BTreeMap::new(),
            falls: BTreeMap::new(),
            lanes: film.layout.lanes.clone(),
            rest,
            rest_at: at(rest),
        };
        for look in 0..looks {
            let since = film.history.now();
            film.seek(at(look));
            let at_s = lasts_s * look as f64 / looks as f64;
            if let Some(axes) = &axes {
                for (layer, marks) in recording.times.iter_mut().zip(film.times(axes)) {
                    add_all(layer, marks, look);
                }
            }
            recording.look(&film, look, at_s);
            recording.note_sent(&film, since, shot);
            tell(look as f64 / looks as f64);
        }
        let since = film.history.now();
        film.seek(shot.to);
        recording.note_sent(&film, since, shot);
        if recording.flights.len() > LABELLED_MOST {
            let is_words = |mark: &Mark| mark.tag == "text";
            for flight in recording.flights.values_mut() {
                flight.mark.children.retain(|part| !is_words(part));
            }
        }
        recording
    }

    fn look(&mut self, film: &Film, look: usize, at_s: f64) {
        self.scenery.push(film.scenery());
        add_all(&mut self.layers[0], film.shelves(), look);
        add_all(&mut self.losses, film.losses(), look);
        let now = film.history.now();
        let flights = &film.history.simulation().world().flights;
        let mut arcs = film.frame.arcs.iter();
        for sprite in &film.frame.sprites {
            match sprite.condition {
                Condition::Travels => {
                    let held = flights
                        .get(sprite.message.0.get() - 1)
                        .is_some_and(|message| now > message.arrive);
                    if !held {
                        continue;
                    }
                }
                Condition::Fell => {
                    self.note_fall(sprite, at_s);
                    continue;
                }
                Condition::Runs => {
                    if let Some(arc) = arcs.next() {
                        self.note_run(sprite, arc, at_s);
                    }
                }
                Condition::Waits | Condition::Stands => {}
            }
            let mark = message(sprite).at(sprite.spot);
            add_all(&mut self.layers[1], vec![mark], look);
        }
    }

    fn note_run(&mut self, sprite: &Sprite, arc: &Arc, at_s: f64) {
        let place = [arc.spot.x as i32, arc.spot.y as i32];
        let known = self.runs.entry((sprite.message, place));
        let run = known.or_insert(Run {
            spot: arc.spot,
            radius: arc.radius,
            wanted: arc.wanted,
            first: (at_s, arc.done),
            last: (at_s, arc.done),
        });
        run.last = (at_s, arc.done);
        run.wanted &= arc.wanted;
    }

    fn note_fall(&mut self, sprite: &Sprite, at_s: f64) {
        let share = 1.0 - sprite.strength;
        self.falls.entry(sprite.message).or_insert(Fall {
            spot: Spot {
                y: sprite.spot.y - FALL * (share * 1.6).min(1.0),
                ..sprite.spot
            },
            at_s: at_s - f64::from(share) * FALL_S,
        });
    }

    /// Takes down what was sent since the last look, and what has become of
    /// what is on its way.
    fn note_sent(&mut self, film: &Film, since: Instant, shot: &Shot) {
        let recent = film.history.recent().rev();
        for stamped in recent.take_while(|stamped| stamped.at >= since) {
            if let Fact::Sent(message) = &stamped.fact {
                self.note_flight(film, message, shot);
            }
        }
        for (_, message) in film.history.simulation().world().flights.iter() {
            self.note_flight(film, message, shot);
        }
    }

    fn note_flight(&mut self, film: &Film, sent: &Message, shot: &Shot) {
        if sent.depart < shot.from || sent.depart >= shot.to {
            return;
        }
        let known = self.flights.entry(sent.id);
        let flight = known.or_insert_with(|| Flight {
            message: *sent,
            mark: picture(film, sent),
        });
        // The one that is still under way knows best when it ends.
        let is_under_way = film.history.now() < sent.arrive;
        if is_under_way {
            flight.message = *sent;
        }
    }
}

fn picture(film: &Film, sent: &Message) -> Mark {
    let sprite = Sprite {
        spot: film.layout.lanes[sent.link.index()].at(0.5),
        role: sent.role,
        hue: sent.hue,
        marks: sent.marks,
        condition: Condition::Travels,
        wanted: true,
        strength: 1.0,
        scale: 1.0,
        flow: sent.flow,
        message: sent.id,
    };
    let mut mark = message(&sprite);
    mark.children
        .extend(label(&film.history, &film.layout, &sprite));
    mark
}

fn add_all(layer: &mut BTreeMap<String, Mask>, marks: Vec<Mark>, look: usize) {
    for mark in marks {
        let mut text = String::new();
        write_mark(&mut text, &mark);
        layer.entry(text).or_default().add(look);
    }
}
