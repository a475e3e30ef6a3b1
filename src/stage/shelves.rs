//! What stands in cards besides messages: cells, offsets, pointers, gauges.
//! A layer of its own below the messages, on the same fast path.

use super::layer::{Gathered, make, write};
use patternscope_engine::kernel::{Hue, Tone};
use patternscope_engine::scene::{Frame, Spot, glyph};
use web_sys::Element;

/// Texts for offsets and for pointers; more are left out.
const OFFSETS: usize = 48;
const NAMES: usize = 24;
/// An arrow that points up at its tip.
const POINTER: &str = "m0 0l4.5 7.5h-9z";
/// The same, for a place that has scrolled away.
const POINTER_BEYOND: &str = "m-2 3.5l6.5-4.5v9z";
/// From a pointer's tip down to its name's base line.
const NAME_DROP: f32 = 17.5;

/// How things are, as classes.
const TONES: [(Tone, &str); 4] = [
    (Tone::Plain, "bar"),
    (Tone::Good, "bar good"),
    (Tone::Warn, "bar warn"),
    (Tone::Bad, "bar bad"),
];

/// A text, and what was last written to it.
struct Text {
    element: Element,
    spot: Spot,
    written: String,
}

impl Text {
    fn new(class: &str, parent: &Element) -> Option<Self> {
        Some(Self {
            element: make("text", class, parent)?,
            spot: Spot::default(),
            written: String::new(),
        })
    }

    fn say(&mut self, spot: Spot, text: &str, scratch: &mut String) {
        if self.written != text {
            self.written.clear();
            self.written.push_str(text);
            self.element.set_text_content(Some(text));
        }
        if self.spot != spot && !text.is_empty() {
            self.spot = spot;
            for (name, value) in [("x", spot.x), ("y", spot.y)] {
                scratch.clear();
                glyph::write_number(scratch, value);
                write(&self.element, name, scratch);
            }
        }
    }
}

/// The layer's elements.
pub struct Shelves {
    cells: Gathered,
    bars: Vec<Gathered>,
    pointers: Vec<Gathered>,
    offsets: Vec<Text>,
    names: Vec<Text>,
    scratch: String,
    number: String,
}

impl Shelves {
    /// Makes all elements under a group; none if the document refuses.
    pub fn new(parent: &Element) -> Option<Self> {
        let bars = TONES.iter().map(|(_, class)| Gathered::new(class, parent));
        let bars = bars.collect::<Option<Vec<_>>>()?;
        let cells = Gathered::new("cells", parent)?;
        let pointers = (0..=Hue::COUNT)
            .map(|hue| Gathered::new(&format!("pointer hue-{hue}"), parent))
            .collect::<Option<Vec<_>>>()?;
        let texts = |count: usize, class: &str| {
            (0..count)
                .map(|_| Text::new(class, parent))
                .collect::<Option<Vec<_>>>()
        };
        Some(Self {
            cells,
            bars,
            pointers,
            offsets: texts(OFFSETS, "offset")?,
            names: texts(NAMES, "pointer-name")?,
            scratch: String::new(),
            number: String::new(),
        })
    }

    /// Draws what a frame says of them.
    pub fn draw(&mut self, frame: &Frame) {
        self.draw_cells(frame);
        self.draw_bars(frame);
        for pointer in &frame.pointers {
            let shape = if pointer.beyond {
                POINTER_BEYOND
            } else {
                POINTER
            };
            let path = &mut self.pointers[pointer.hue.index()].path;
            glyph::write_at(path, pointer.spot.x, pointer.spot.y, shape);
        }
        let all = self.bars.iter_mut().chain(&mut self.pointers);
        all.chain([&mut self.cells]).for_each(Gathered::flush);
        self.draw_texts(frame);
    }

    fn draw_cells(&mut self, frame: &Frame) {
        for cell in &frame.cells {
            let half = cell.side / 2.0;
            let path = &mut self.cells.path;
            glyph::write_at(path, cell.spot.x - half, cell.spot.y - half, "h");
            glyph::write_number(path, cell.side);
            path.push('v');
            glyph::write_number(path, cell.side);
            path.push_str("h-");
            glyph::write_number(path, cell.side);
            path.push('z');
        }
    }

    fn draw_bars(&mut self, frame: &Frame) {
        for bar in &frame.bars {
            let Some(index) = TONES.iter().position(|(tone, _)| *tone == bar.tone) else {
                continue;
            };
            let (path, area) = (&mut self.bars[index].path, bar.area);
            glyph::write_at(path, area.x, area.y, "h");
            glyph::write_number(path, area.w);
            path.push('v');
            glyph::write_number(path, area.h);
            path.push_str("h-");
            glyph::write_number(path, area.w);
            path.push('z');
        }
    }

    fn draw_texts(&mut self, frame: &Frame) {
        let mut offsets = frame.offsets.iter();
        for text in &mut self.offsets {
            self.number.clear();
            let offset = offsets.next();
            if let Some(offset) = offset {
                glyph::write_count(&mut self.number, offset.number);
            }
            let spot = offset.map_or(text.spot, |offset| offset.spot);
            text.say(spot, &self.number, &mut self.scratch);
        }
        let mut named = frame.pointers.iter().filter(|pointer| pointer.named);
        for text in &mut self.names {
            let pointer = named.next();
            let spot = pointer.map_or(text.spot, |pointer| Spot {
                x: pointer.label_x,
                y: pointer.spot.y + NAME_DROP,
            });
            let label = pointer.map_or("", |pointer| &*pointer.label);
            text.say(spot, label, &mut self.scratch);
        }
    }
}
