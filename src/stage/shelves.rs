//! What stands in cards besides messages: cells, offsets, pointers, gauges.
//! A layer of its own below the messages, on the same fast path.

use super::layer::{Gathered, make, write};
use patternscope_engine::drawing::moving::{self, BARS};
use patternscope_engine::kernel::Hue;
use patternscope_engine::scene::{Frame, Spot, glyph};
use web_sys::Element;

/// Texts for offsets and for pointers; more are left out.
const OFFSETS: usize = 48;
const NAMES: usize = 24;
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
        let bars = BARS.iter().map(|(_, class)| Gathered::new(class, parent));
        let bars = bars.collect::<Option<Vec<_>>>()?;
        let cells = Gathered::new("cells", parent)?;
        let pointers = (0..=Hue::COUNT)
            .map(|hue| Gathered::new(&moving::pointer_class(hue), parent))
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
            moving::write_pointer(&mut self.pointers[pointer.hue.index()].path, pointer);
        }
        let all = self.bars.iter_mut().chain(&mut self.pointers);
        all.chain([&mut self.cells]).for_each(Gathered::flush);
        self.draw_texts(frame);
    }

    fn draw_cells(&mut self, frame: &Frame) {
        for cell in &frame.cells {
            moving::write_cell(&mut self.cells.path, cell);
        }
    }

    fn draw_bars(&mut self, frame: &Frame) {
        for bar in &frame.bars {
            let index = BARS.iter().position(|(tone, _)| *tone == bar.tone);
            if let Some(gathered) = index.and_then(|index| self.bars.get_mut(index)) {
                moving::write_bar(&mut gathered.path, bar);
            }
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
            let spot = pointer.map_or(text.spot, moving::name_spot);
            let label = pointer.map_or("", |pointer| &*pointer.label);
            text.say(spot, label, &mut self.scratch);
        }
    }
}
