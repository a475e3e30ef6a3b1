//! A frame: where every message is at one instant. Reused from one to the
//! next, so that in steady state nothing is allocated.

use super::shelf::{Bar, Cell, Offset, PointerMark};
use super::{Layout, Spot};
use crate::kernel::{
    Duration, FlowId, Hue, Instant, Marks, Message, MessageId, Role, Simulation, Stamped, View,
};

/// Messages that a paused node keeps waiting stand in line on the link.
const HELD_STEP: f32 = 10.0;
/// At most so many of them; the others stand on the last one's place.
const HELD_MOST: u16 = 14;

/// How clearly a message shows behind a card, whose words come first.
const BEHIND: f32 = 0.2;

/// Beyond this many the ways of single messages cannot be told apart.
const CHORDS_MOST: usize = 100;

/// What a message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is on its way.
    Travels,
    /// It waits in a node.
    Waits,
    /// A worker has it.
    Runs,
    /// It stands in a cell.
    Stands,
    /// It was lost a moment ago.
    Fell,
}

/// One message in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sprite {
    /// Where.
    pub spot: Spot,
    /// Its shape.
    pub role: Role,
    /// Its colour.
    pub hue: Hue,
    /// Its outline.
    pub marks: Marks,
    /// What it does.
    pub condition: Condition,
    /// Whether anybody still waits for it.
    pub wanted: bool,
    /// How clearly it shows: 1, or less behind a card; falls to 0 after a loss.
    pub strength: f32,
    /// 1, or less in a small card.
    pub scale: f32,
    /// Its unit of work.
    pub flow: FlowId,
    /// Its number.
    pub message: MessageId,
}

/// A busy worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arc {
    /// The middle of its ring.
    pub spot: Spot,
    /// The ring's radius.
    pub radius: f32,
    /// How much of the work is done, 0 to 1.
    pub done: f32,
    /// Whether anybody still waits for it.
    pub wanted: bool,
}

/// Messages lost at one place, for one reason.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// Where the text stands.
    pub spot: Spot,
    /// How many of them still show.
    pub count: u32,
    /// Why.
    pub reason: &'static str,
    /// A link's index, or a node's after all links.
    pub(super) place: usize,
}

/// How messages move in the picture.
#[derive(Clone, Copy, Debug)]
pub struct Travel {
    /// They keep one place on their link instead.
    pub still: bool,
    /// How long a lost one falls, in simulated time.
    pub fall: Duration,
}

/// All that moves in the picture, at one instant.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Every message, in a stable order.
    pub sprites: Vec<Sprite>,
    /// Every busy worker that shows.
    pub arcs: Vec<Arc>,
    /// Where messages were lost.
    pub losses: Vec<Loss>,
    /// Places for messages, empty or not.
    pub cells: Vec<Cell>,
    /// Numbers of some places.
    pub offsets: Vec<Offset>,
    /// Who has come how far.
    pub pointers: Vec<PointerMark>,
    /// How full gauges are.
    pub bars: Vec<Bar>,
    /// Ways across a ring on which something travels.
    pub chords: Vec<(Spot, Spot)>,
    /// How many wait unseen, one a node.
    pub unseen: Vec<u32>,
    shown: Vec<u32>,
    held: Vec<u16>,
}

impl Frame {
    /// Takes the picture. `recent` are facts, the latest first; `discards`
    /// names reasons for giving up work.
    pub fn fill<'f>(
        &mut self,
        layout: &Layout,
        simulation: &Simulation,
        view: &View,
        recent: impl Iterator<Item = &'f Stamped>,
        discards: &[&'static str],
        travel: Travel,
    ) {
        self.sprites.clear();
        self.arcs.clear();
        self.losses.clear();
        self.cells.clear();
        self.offsets.clear();
        self.pointers.clear();
        self.bars.clear();
        self.chords.clear();
        self.unseen.clear();
        self.unseen.resize(layout.cards.len(), 0);
        self.shown.clear();
        self.shown.resize(layout.cards.len(), 0);
        self.held.clear();
        self.held.resize(layout.lanes.len(), 0);
        let now = simulation.now();
        for (_, message) in simulation.world().flights.iter() {
            self.add_flight(layout, message, now, travel.still);
        }
        self.add_waiting(layout, view);
        self.add_running(layout, view);
        self.add_standing(layout, view);
        let topology = simulation.topology();
        self.add_fallen(layout, topology, recent, now, discards, travel.fall);
    }

    /// The message nearest to a point, within `reach` pixels.
    pub fn pick(&self, spot: Spot, reach: f32) -> Option<&Sprite> {
        self.sprites
            .iter()
            .map(|sprite| (sprite.spot.distance_squared(spot), sprite))
            .filter(|(distance, _)| *distance <= reach * reach)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, sprite)| sprite)
    }

    fn add_flight(&mut self, layout: &Layout, message: &Message, now: Instant, still: bool) {
        let Some(lane) = layout.lanes.get(message.link.index()) else {
            return;
        };
        let share = if now > message.arrive {
            let held = &mut self.held[message.link.index()];
            *held = (*held + 1).min(HELD_MOST);
            let length = lane.at(0.0).distance_squared(lane.at(1.0)).sqrt().max(1.0);
            1.0 - f64::from(f32::from(*held) * HELD_STEP / length).min(0.6)
        } else if still {
            resting_share(message.id)
        } else {
            message.progress(now)
        };
        let spot = lane.at(share);
        if layout.is_ring && self.chords.len() < CHORDS_MOST {
            self.chords.push((lane.at(0.0), lane.at(1.0)));
        }
        let strength = match lane.is_behind(spot) {
            true => BEHIND,
            false => 1.0,
        };
        self.sprites.push(Sprite {
            spot,
            role: message.role,
            hue: message.hue,
            marks: message.marks,
            condition: Condition::Travels,
            wanted: true,
            strength,
            scale: 1.0,
            flow: message.flow,
            message: message.id,
        });
    }

    fn add_waiting(&mut self, layout: &Layout, view: &View) {
        for waiting in &view.waiting {
            let Some(card) = layout.cards.get(waiting.node.index()) else {
                continue;
            };
            let shown = &mut self.shown[waiting.node.index()];
            let Some(spot) = card.queue.get(*shown as usize) else {
                continue;
            };
            *shown += 1;
            self.sprites.push(Sprite {
                spot: *spot,
                role: waiting.token.role,
                hue: waiting.token.hue,
                marks: waiting.token.marks,
                condition: Condition::Waits,
                wanted: waiting.wanted,
                strength: 1.0,
                scale: 0.75,
                flow: waiting.token.flow,
                message: waiting.token.message,
            });
        }
        for (unseen, (node, shown)) in self
            .unseen
            .iter_mut()
            .zip(view.nodes.iter().zip(&self.shown))
        {
            *unseen = node.queue.saturating_sub(*shown);
        }
    }

    fn add_running(&mut self, layout: &Layout, view: &View) {
        for running in &view.running {
            let card = layout.cards.get(running.node.index());
            let spot = card.and_then(|card| card.workers.get(usize::from(running.worker)));
            let (Some(card), Some(spot)) = (card, spot) else {
                continue;
            };
            self.arcs.push(Arc {
                spot: *spot,
                radius: card.ring,
                done: running.done as f32,
                wanted: running.wanted,
            });
            self.sprites.push(Sprite {
                spot: *spot,
                role: running.token.role,
                hue: running.token.hue,
                marks: running.token.marks,
                condition: Condition::Runs,
                wanted: running.wanted,
                strength: 1.0,
                scale: (card.ring / 13.0).clamp(0.6, 1.0),
                flow: running.token.flow,
                message: running.token.message,
            });
        }
    }
}

/// Where a message rests when nothing may travel: always the same place for
/// the same message, and neighbours apart.
fn resting_share(id: MessageId) -> f64 {
    let golden = id.0.get() as f64 * 0.618_033_988_749_894_9;
    0.25 + 0.5 * (golden - golden.floor())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Instant;
    use crate::patterns::CATALOG;
    use crate::scene::{Layout, Needs};
    use crate::{History, Scenario};

    fn picture(history: &History, still: bool) -> (Layout, Frame) {
        let simulation = history.simulation();
        let mut view = View::default();
        simulation.view(&mut view);
        let needs: Vec<Needs> = view
            .nodes
            .iter()
            .map(|node| Needs {
                workers: node.workers,
            })
            .collect();
        let layout = Layout::new(simulation.topology(), &needs, 700.0, 550.0, (0.0, 80.0));
        let mut frame = Frame::default();
        let travel = Travel {
            still,
            fall: Duration::from_millis(100.0),
        };
        let recent: Vec<Stamped> = history.recent().cloned().collect();
        frame.fill(&layout, simulation, &view, recent.iter().rev(), &[], travel);
        (layout, frame)
    }

    #[test]
    fn every_flight_shows_within_the_picture_and_can_be_picked() {
        for pattern in CATALOG {
            let mut history = History::new(Scenario::new(pattern));
            history.seek(Instant::from_secs(5.0));
            let (layout, frame) = picture(&history, false);
            let flights = history.simulation().world().flights.len();
            let travelling = frame
                .sprites
                .iter()
                .filter(|s| s.condition == Condition::Travels)
                .count();
            assert_eq!(travelling, flights, "{}", pattern.slug);
            for sprite in &frame.sprites {
                assert!((0.0..=layout.width).contains(&sprite.spot.x));
                assert!((0.0..=layout.height).contains(&sprite.spot.y));
                assert!(frame.pick(sprite.spot, 1.0).is_some());
            }
        }
    }

    #[test]
    fn still_messages_do_not_move() {
        let mut history = History::new(Scenario::new(CATALOG[0]));
        history.seek(Instant::from_secs(5.0));
        let (_, before) = picture(&history, true);
        history.seek(Instant::from_secs(5.000_1));
        let (_, after) = picture(&history, true);
        for sprite in before
            .sprites
            .iter()
            .filter(|s| s.condition == Condition::Travels)
        {
            let same = after.sprites.iter().find(|s| s.message == sprite.message);
            if let Some(same) = same.filter(|s| s.condition == Condition::Travels) {
                assert_eq!(same.spot, sprite.spot);
            }
        }
    }
}
