//! The message layer: the fast path of every frame. Few messages are glyphs
//! of their own; many are polygons gathered in one path a role. All elements
//! are made once, and only attributes that differ are written.

use super::shelves::Shelves;
use leptos::prelude::document;
use patternscope_engine::drawing::moving::{self, Labels, RICH_MOST};
use patternscope_engine::kernel::{FlowId, Hue, Marks, Role};
use patternscope_engine::scene::{Condition, Frame, LabelSide, Sprite, glyph};
use web_sys::Element;

/// Up to so many plain shapes have smooth edges, which cost most of a frame:
/// 5,000 shapes run at 45 frames a second with them and at 60 without.
const SMOOTH_MOST: usize = 2_500;
/// Places of loss that get a text.
const LOSS_TEXTS: usize = 8;
const SVG: &str = "http://www.w3.org/2000/svg";

/// One glyph, and what was last written to it.
struct Glyph {
    group: Element,
    shape: Element,
    number: Element,
    look: u16,
    opacity: u8,
    label: String,
    side: LabelSide,
}

/// A path that gathers shapes, and what was last written to it.
pub struct Gathered {
    element: Element,
    /// What is gathered for the next flush.
    pub path: String,
    written: String,
}

/// The layer's elements.
pub struct Layer {
    parent: Element,
    glyphs: Vec<Glyph>,
    used: usize,
    many: Element,
    /// By role and hue, made when first needed.
    kinds: Vec<Option<Gathered>>,
    orphans: Gathered,
    fallen: Gathered,
    marked: Gathered,
    lit: Gathered,
    chords: Gathered,
    arcs: Gathered,
    orphan_arcs: Gathered,
    losses: Vec<(Element, String)>,
    shelves: Shelves,
    labels: Labels,
    text: String,
    class: &'static str,
}

/// Makes an SVG element at the end of a parent.
pub fn make(tag: &str, class: &str, parent: &Element) -> Option<Element> {
    let element = document().create_element_ns(Some(SVG), tag).ok()?;
    element.set_attribute("class", class).ok()?;
    parent.append_child(&element).ok()?;
    Some(element)
}

/// Writes an attribute.
pub fn write(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

impl Gathered {
    /// An empty path of a class.
    pub fn new(class: &str, parent: &Element) -> Option<Self> {
        let element = make("path", class, parent)?;
        Some(Self {
            element,
            path: String::new(),
            written: String::new(),
        })
    }

    /// Writes what was gathered, if it differs, and begins anew.
    pub fn flush(&mut self) {
        if self.path != self.written {
            write(&self.element, "d", &self.path);
            std::mem::swap(&mut self.path, &mut self.written);
        }
        self.path.clear();
    }
}

/// The role's own colour, and the others.
const HUES: usize = Hue::COUNT + 1;
/// No sprite looks like this.
const NO_LOOK: u16 = u16::MAX;

/// All that decides a glyph's class, in bits.
fn look(sprite: &Sprite, lit: bool) -> u16 {
    let marks = sprite.marks;
    sprite.role as u16
        | u16::from(marks.retry) << 4
        | u16::from(marks.hedge) << 5
        | u16::from(marks.duplicate) << 6
        | u16::from(!sprite.wanted) << 7
        | u16::from(sprite.condition == Condition::Fell) << 8
        | u16::from(lit) << 9
        | u16::from(moving::is_small(sprite)) << 10
        | (moving::hue(sprite) as u16) << 11
        | u16::from(sprite.condition == Condition::Stands) << 14
}

impl Glyph {
    fn new(parent: &Element) -> Option<Self> {
        let group = make("g", "off", parent)?;
        let halo = make("circle", "halo", &group)?;
        let mut radius = String::new();
        glyph::write_number(&mut radius, moving::HALO);
        write(&halo, "r", &radius);
        let shape = make("path", "shape", &group)?;
        let number = make("text", "number right", &group)?;
        write(&number, "y", "-7");
        Some(Self {
            group,
            shape,
            number,
            look: NO_LOOK,
            opacity: 10,
            label: String::new(),
            side: LabelSide::Right,
        })
    }

    fn say(&mut self, label: &str, side: LabelSide) {
        if label != self.label {
            self.label.clear();
            self.label.push_str(label);
            self.number.set_text_content(Some(label));
        }
        if side != self.side {
            self.side = side;
            let class = match side {
                LabelSide::Left => "number left",
                LabelSide::Right => "number right",
            };
            write(&self.number, "class", class);
        }
    }

    fn draw(&mut self, sprite: &Sprite, lit: bool, text: &mut String) {
        let look = look(sprite, lit);
        if look != self.look {
            self.look = look;
            write(&self.group, "class", &moving::class_of(sprite, lit));
            write(&self.shape, "d", moving::shape_of(sprite));
        }
        let opacity = (sprite.strength * 10.0) as u8;
        if opacity != self.opacity {
            self.opacity = opacity;
            text.clear();
            glyph::write_number(text, f32::from(opacity) / 10.0);
            write(&self.group, "opacity", text);
        }
        text.clear();
        text.push_str("translate(");
        glyph::write_number(text, sprite.spot.x);
        text.push(' ');
        glyph::write_number(text, sprite.spot.y);
        text.push(')');
        write(&self.group, "transform", text);
    }

    fn hide(&mut self) {
        self.look = NO_LOOK;
        write(&self.group, "class", "off");
        let _ = self.group.remove_attribute("transform");
    }
}

impl Layer {
    /// Makes all elements under a group; none if the document refuses.
    pub fn new(parent: &Element) -> Option<Self> {
        let chords = Gathered::new("chord", parent)?;
        let shelves = Shelves::new(parent)?;
        let many = make("g", "many", parent)?;
        let arcs = Gathered::new("arc", parent)?;
        let orphan_arcs = Gathered::new("arc orphan", parent)?;
        let few = make("g", "few", parent)?;
        let glyphs = (0..RICH_MOST)
            .map(|_| Glyph::new(&few))
            .collect::<Option<Vec<_>>>()?;
        let losses = (0..LOSS_TEXTS)
            .map(|_| Some((make("text", "loss", parent)?, String::new())))
            .collect::<Option<Vec<_>>>()?;
        Some(Self {
            parent: parent.clone(),
            glyphs,
            used: 0,
            orphans: Gathered::new("orphan", &many)?,
            fallen: Gathered::new("fell", &many)?,
            marked: Gathered::new("marked", &many)?,
            lit: Gathered::new("lit", &many)?,
            kinds: (0..Role::ALL.len() * HUES).map(|_| None).collect(),
            many,
            chords,
            arcs,
            orphan_arcs,
            losses,
            shelves,
            labels: Labels::default(),
            text: String::new(),
            class: "",
        })
    }

    /// Draws a frame; `describe` says what a message carries, and on which
    /// side of it there is room for the words.
    pub fn draw(
        &mut self,
        frame: &Frame,
        selected: Option<FlowId>,
        describe: impl FnMut(&Sprite, &mut String) -> Option<LabelSide>,
    ) {
        self.shelves.draw(frame);
        moving::write_chords(&mut self.chords.path, frame);
        self.chords.flush();
        let rich = frame.sprites.len() <= RICH_MOST;
        let class = match rich {
            true => "messages rich",
            false if frame.sprites.len() <= SMOOTH_MOST => "messages plain",
            false => "messages plain dense",
        };
        if self.class != class {
            self.class = class;
            write(&self.parent, "class", class);
        }
        if rich {
            self.draw_glyphs(frame, selected, describe);
        } else {
            self.hide_glyphs(0);
            self.gather(frame, selected);
        }
        for gathered in self.kinds.iter_mut().flatten() {
            gathered.flush();
        }
        for gathered in [
            &mut self.orphans,
            &mut self.fallen,
            &mut self.marked,
            &mut self.lit,
        ] {
            gathered.flush();
        }
        self.draw_arcs(frame);
        self.draw_losses(frame);
    }

    fn draw_glyphs(
        &mut self,
        frame: &Frame,
        selected: Option<FlowId>,
        mut describe: impl FnMut(&Sprite, &mut String) -> Option<LabelSide>,
    ) {
        let mut label = String::new();
        self.labels.begin(frame);
        for (glyph, sprite) in self.glyphs.iter_mut().zip(&frame.sprites) {
            let lit = selected == Some(sprite.flow);
            label.clear();
            let side = match self.labels.wants(sprite, lit) {
                true => describe(sprite, &mut label),
                false => None,
            };
            match side {
                Some(side) => {
                    self.labels.place(sprite);
                    glyph.say(&label, side);
                }
                None => glyph.say("", LabelSide::Right),
            }
            glyph.draw(sprite, lit, &mut self.text);
        }
        self.hide_glyphs(frame.sprites.len());
    }

    fn hide_glyphs(&mut self, from: usize) {
        for glyph in self.glyphs.iter_mut().take(self.used).skip(from) {
            glyph.hide();
        }
        self.used = from;
    }

    fn gather(&mut self, frame: &Frame, selected: Option<FlowId>) {
        for sprite in &frame.sprites {
            let (x, y) = (sprite.spot.x, sprite.spot.y);
            let plain = glyph::plain(sprite.role);
            let (path, shape) = if sprite.condition == Condition::Fell {
                (Some(&mut self.fallen), glyph::CROSS_PLAIN)
            } else if sprite.wanted {
                (kind(&mut self.kinds, &self.many, sprite), plain)
            } else {
                (Some(&mut self.orphans), plain)
            };
            let Some(path) = path else { continue };
            glyph::write_at(&mut path.path, x, y, shape);
            if sprite.marks != Marks::default() {
                glyph::write_at(&mut self.marked.path, x, y, glyph::RING_PLAIN);
            }
            if selected == Some(sprite.flow) {
                glyph::write_at(&mut self.lit.path, x, y, glyph::RING_PLAIN);
            }
        }
    }

    fn draw_arcs(&mut self, frame: &Frame) {
        for arc in &frame.arcs {
            let path = if arc.wanted {
                &mut self.arcs
            } else {
                &mut self.orphan_arcs
            };
            moving::write_arc(&mut path.path, arc);
        }
        self.arcs.flush();
        self.orphan_arcs.flush();
    }

    fn draw_losses(&mut self, frame: &Frame) {
        for (index, (element, written)) in self.losses.iter_mut().enumerate() {
            self.text.clear();
            if let Some(loss) = frame.losses.get(index) {
                moving::write_loss(&mut self.text, loss);
                let mut number = String::new();
                glyph::write_number(&mut number, loss.spot.x);
                write(element, "x", &number);
                number.clear();
                glyph::write_number(&mut number, loss.spot.y);
                write(element, "y", &number);
            }
            if *written != self.text {
                element.set_text_content(Some(&self.text));
                std::mem::swap(written, &mut self.text);
            }
        }
    }
}

/// The path of a sprite's kind.
fn kind<'a>(
    kinds: &'a mut [Option<Gathered>],
    many: &Element,
    sprite: &Sprite,
) -> Option<&'a mut Gathered> {
    let slot = &mut kinds[sprite.role as usize * HUES + moving::hue(sprite)];
    if slot.is_none() {
        let class = moving::class_of_many(sprite);
        *slot = Gathered::new(&class, many);
    }
    slot.as_mut()
}
