//! What moves: the classes and shapes of messages, of work that is being
//! done, and of what stands in cards beside them.

use crate::kernel::{Marks, Role, Simulation, Tone};
use crate::scene::{
    Arc, Area, Bar, Cell, Condition, Frame, Loss, PointerMark, Spot, Sprite, glyph,
};

/// An arrow that points up at its tip.
const POINTER: &str = "m0 0l4.5 7.5h-9z";
/// The same, for a place that has scrolled away.
const POINTER_BEYOND: &str = "m-2 3.5l6.5-4.5v9z";
/// From a pointer's tip down to its name's base line.
const NAME_DROP: f32 = 17.5;
/// The radius of the outline around a message that is a retry, a hedge, ...
pub const HALO: f32 = 9.5;
/// Messages below this scale are drawn small.
const SMALL: f32 = 0.85;

/// Up to so many messages are drawn one by one, with their outlines.
pub const RICH_MOST: usize = 150;
/// Up to so many messages on their way say what they carry.
const LABELLED_MOST: usize = 12;
/// Of two messages of one height nearer than this, one has a label.
const LABEL_APART: f32 = 60.0;
/// The same across.
const LABEL_ACROSS: f32 = 11.0;

/// How things are, and the class of a gauge that is so.
pub const BARS: [(Tone, &str); 4] = [
    (Tone::Plain, "bar"),
    (Tone::Good, "bar good"),
    (Tone::Warn, "bar warn"),
    (Tone::Bad, "bar bad"),
];

/// The colour that shows, 0 for that of the role: a failure always looks like one.
pub fn hue(sprite: &Sprite) -> usize {
    match sprite.role {
        Role::Error => 0,
        _ => sprite.hue.index(),
    }
}

/// Whether a message is drawn small.
pub fn is_small(sprite: &Sprite) -> bool {
    sprite.scale < SMALL
}

/// The class of one message.
pub fn class_of(sprite: &Sprite, lit: bool) -> String {
    let Marks {
        retry,
        hedge,
        duplicate,
    } = sprite.marks;
    let fell = sprite.condition == Condition::Fell;
    let stands = sprite.condition == Condition::Stands;
    let words = [
        (retry, " retry"),
        (hedge, " hedge"),
        (duplicate, " duplicate"),
        (!sprite.wanted && !stands, " orphan"),
        (!sprite.wanted && stands, " spent"),
        (fell, " fell"),
        (lit, " lit"),
        (is_small(sprite), " small"),
    ];
    let mut class = format!("glyph {}", sprite.role.name());
    if hue(sprite) > 0 && !fell {
        class.push_str(&format!(" hue-{}", hue(sprite)));
    }
    class.extend(words.iter().filter(|(on, _)| *on).map(|(_, word)| *word));
    class
}

/// The outline of one message, around its middle.
pub fn shape_of(sprite: &Sprite) -> &'static str {
    match sprite.condition {
        Condition::Fell => glyph::CROSS,
        _ => glyph::rich(sprite.role),
    }
}

/// The class of many messages in one path.
pub fn class_of_many(sprite: &Sprite) -> String {
    match hue(sprite) {
        0 => sprite.role.name().to_owned(),
        hue => format!("hue-{hue}"),
    }
}

/// How much of a worker's task is done, as a part of its ring.
pub fn write_arc(path: &mut String, arc: &Arc) {
    let (x, y, r) = (arc.spot.x, arc.spot.y, arc.radius);
    // Of a whole turn both ends are one place, and within a tenth of a pixel
    // nobody knows on which side the middle is.
    let (sine, cosine) = sine_cosine(arc.done.clamp(0.0, 0.99));
    glyph::write_at(path, x, y - r, "A");
    for value in [r, r] {
        glyph::write_number(path, value);
        path.push(' ');
    }
    path.push_str(if arc.done > 0.5 { "0 1 1 " } else { "0 0 1 " });
    glyph::write_number(path, x + r * sine);
    path.push(' ');
    glyph::write_number(path, y - r * cosine);
}

/// Sine and cosine of a share of a turn, to a hundredth of a pixel of any ring:
/// by their series within an eighth of a turn. Those of `libm` are exact, and
/// the page would be 5 KB larger.
fn sine_cosine(share: f32) -> (f32, f32) {
    let quarters = (share * 4.0).round();
    let angle = (share - quarters / 4.0) * std::f32::consts::TAU;
    let square = angle * angle;
    let sine = angle * (1.0 - square / 6.0 * (1.0 - square / 20.0));
    let cosine = 1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0));
    match quarters as i32 & 3 {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// The ways across a ring on which something travels.
pub fn write_chords(path: &mut String, frame: &Frame) {
    for (from, to) in &frame.chords {
        glyph::write_at(path, from.x, from.y, "L");
        glyph::write_number(path, to.x);
        path.push(' ');
        glyph::write_number(path, to.y);
    }
}

/// The edge of a place for a message.
pub fn write_cell(path: &mut String, cell: &Cell) {
    let half = cell.side / 2.0;
    write_box(
        path,
        Area {
            x: cell.spot.x - half,
            y: cell.spot.y - half,
            w: cell.side,
            h: cell.side,
        },
    );
}

/// How full a gauge is.
pub fn write_bar(path: &mut String, bar: &Bar) {
    write_box(path, bar.area);
}

fn write_box(path: &mut String, area: Area) {
    glyph::write_at(path, area.x, area.y, "h");
    glyph::write_number(path, area.w);
    path.push('v');
    glyph::write_number(path, area.h);
    path.push_str("h-");
    glyph::write_number(path, area.w);
    path.push('z');
}

/// The class of pointers of a hue, 0 to [`Hue::COUNT`](crate::kernel::Hue::COUNT).
pub fn pointer_class(hue: usize) -> String {
    format!("pointer hue-{hue}")
}

/// A pointer under a cell.
pub fn write_pointer(path: &mut String, pointer: &PointerMark) {
    let shape = match pointer.beyond {
        true => POINTER_BEYOND,
        false => POINTER,
    };
    glyph::write_at(path, pointer.spot.x, pointer.spot.y, shape);
}

/// Where a pointer's name stands.
pub fn name_spot(pointer: &PointerMark) -> Spot {
    Spot {
        x: pointer.label_x,
        y: pointer.spot.y + NAME_DROP,
    }
}

/// What is said where messages were lost.
pub fn write_loss(text: &mut String, loss: &Loss) {
    match loss.count {
        1 => text.push_str("lost: "),
        count => {
            glyph::write_count(text, u64::from(count));
            text.push_str(" lost: ");
        }
    }
    text.push_str(loss.reason);
}

/// Which messages say what they carry: where there are few, and apart.
#[derive(Default)]
pub struct Labels {
    few: bool,
    placed: Vec<Spot>,
}

impl Labels {
    /// Begins a frame.
    pub fn begin(&mut self, frame: &Frame) {
        let travels = |sprite: &&Sprite| sprite.condition == Condition::Travels;
        self.few = frame.sprites.iter().filter(travels).count() <= LABELLED_MOST;
        self.placed.clear();
    }

    /// Whether a message should say what it carries; one that is followed always.
    pub fn wants(&self, sprite: &Sprite, lit: bool) -> bool {
        let near = |other: &Spot| {
            let (across, along) = (other.y - sprite.spot.y, other.x - sprite.spot.x);
            across.abs() < LABEL_ACROSS && along.abs() < LABEL_APART
        };
        let is_free = || self.few && !self.placed.iter().any(near);
        sprite.condition == Condition::Travels && (lit || is_free())
    }

    /// It does.
    pub fn place(&mut self, sprite: &Sprite) {
        self.placed.push(sprite.spot);
    }
}

/// Writes what a message carries, or else the number of its unit of work.
pub fn describe(simulation: &Simulation, sprite: &Sprite, text: &mut String) {
    let key = sprite.message.0.get() - 1;
    if let Some(message) = simulation.world().flights.get(key) {
        simulation.model().describe(message, text);
    }
    if text.is_empty() {
        glyph::write_count(text, sprite.flow.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_and_cosine_are_right_enough_for_a_picture() {
        for step in 0..1000_u16 {
            let share = f32::from(step) / 1000.0;
            let turn = f64::from(share) * std::f64::consts::TAU;
            let (sine, cosine) = sine_cosine(share);
            assert!((f64::from(sine) - libm::sin(turn)).abs() < 1e-3, "{share}");
            assert!(
                (f64::from(cosine) - libm::cos(turn)).abs() < 1e-3,
                "{share}"
            );
        }
    }
}
