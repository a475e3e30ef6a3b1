//! What stands in the rows of cards: messages in cells, pointers below them,
//! and how full gauges are.

use super::frame::{Condition, Frame, Sprite};
use super::rows::{ROW_PX, RowKind, RowPlace};
use super::{Area, Layout, Spot, text_width};
use crate::kernel::view::{Pointer, Shelf, ShortName, Standing};
use crate::kernel::{Hue, NodeId, Tone, View};

/// Every so many places of a log, one has its number.
const NUMBERED: u64 = 5;
/// From a cell's middle up to its number's base line.
const NUMBER_RISE: f32 = 9.5;
/// From a cell's middle down to the tip of a pointer.
const POINTER_DROP: f32 = 8.5;

/// A place for a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Its middle.
    pub spot: Spot,
    /// Its side.
    pub side: f32,
}

/// The number of a place in a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    /// The middle of the number, on its base line.
    pub spot: Spot,
    /// The number.
    pub number: u64,
}

/// A mark under a row of cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointerMark {
    /// Its tip.
    pub spot: Spot,
    /// The middle of its label: below the tip, but never left of the card's content.
    pub label_x: f32,
    /// Whose it is.
    pub label: ShortName,
    /// Its colour.
    pub hue: Hue,
    /// The place it stands for has scrolled away to the left.
    pub beyond: bool,
    /// Whether there is room for its label.
    pub named: bool,
}

/// How full a gauge is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The filled part.
    pub area: Area,
    /// How that is.
    pub tone: Tone,
}

/// The places of a shelf that show: from this one on.
fn first_shown(shelf: &Shelf, fits: u64) -> u64 {
    shelf.end.saturating_sub(fits).max(shelf.first)
}

fn row_of(layout: &Layout, node: NodeId, row: u8) -> Option<&RowPlace> {
    let card = layout.cards.get(node.index())?;
    card.rows.get(usize::from(row))?.as_ref()
}

/// The shelf a place belongs to; models give few, so a search is cheap.
fn shelf_of(view: &View, node: NodeId, row: u8) -> Option<&Shelf> {
    let same = |shelf: &&Shelf| shelf.node == node && shelf.row == row;
    view.shelves.iter().find(same)
}

impl Frame {
    pub(super) fn add_standing(&mut self, layout: &Layout, view: &View) {
        for shelf in &view.shelves {
            if let Some(row) = row_of(layout, shelf.node, shelf.row) {
                self.add_cells(row, shelf);
            }
        }
        for standing in &view.standing {
            if let Some(sprite) = stand(layout, view, standing) {
                self.sprites.push(sprite);
            }
        }
        self.add_pointers(layout, view);
        for reading in &view.readings {
            if let Some(row) = row_of(layout, reading.node, reading.row) {
                let share = if reading.share.is_finite() {
                    reading.share.clamp(0.0, 1.0)
                } else {
                    0.0
                };
                let area = Area {
                    w: row.bar.w * share,
                    ..row.bar
                };
                let tone = reading.tone;
                self.bars.push(Bar { area, tone });
            }
        }
    }

    fn add_cells(&mut self, row: &RowPlace, shelf: &Shelf) {
        let first = first_shown(shelf, row.cells.len() as u64);
        for (place, spot) in (first..shelf.room.max(shelf.end)).zip(&row.cells) {
            let side = row.cell;
            self.cells.push(Cell { spot: *spot, side });
            if row.kind == RowKind::Cells && place.is_multiple_of(NUMBERED) && place < shelf.end {
                let spot = Spot {
                    x: spot.x,
                    y: spot.y - NUMBER_RISE,
                };
                self.offsets.push(Offset {
                    spot,
                    number: place,
                });
            }
        }
    }

    fn add_pointers(&mut self, layout: &Layout, view: &View) {
        for pointer in &view.pointers {
            let row = row_of(layout, pointer.node, pointer.row);
            let shelf = shelf_of(view, pointer.node, pointer.row);
            let (Some(row), Some(shelf)) = (row, shelf) else {
                continue;
            };
            let first = first_shown(shelf, row.cells.len() as u64);
            let (Some(left), Some(right)) = (row.cells.first(), row.cells.last()) else {
                continue;
            };
            let pitch = row.cell + 3.0;
            let beyond = pointer.place < first;
            let steps = pointer.place.saturating_sub(first).min(10_000) as f32;
            let x = left.x - pitch / 2.0 + steps * pitch;
            let spot = Spot {
                x: x.min(right.x + pitch / 2.0),
                y: left.y + POINTER_DROP,
            };
            self.add_pointer(spot, row.start.x, pointer, beyond);
        }
    }

    fn add_pointer(&mut self, spot: Spot, start: f32, pointer: &Pointer, beyond: bool) {
        let same = self.pointers.iter().filter(|other| other.spot == spot);
        let width = text_width(pointer.label.len(), ROW_PX);
        let label_x = spot.x.max(start + width / 2.0);
        let is_free = |other: &PointerMark| {
            let apart = (width + text_width(other.label.len(), ROW_PX)) / 2.0;
            other.spot.y != spot.y || (other.label_x - label_x).abs() > apart
        };
        let named = same.count() == 0 && self.pointers.iter().all(is_free);
        self.pointers.push(PointerMark {
            spot,
            label_x,
            label: pointer.label,
            hue: pointer.hue,
            beyond,
            named,
        });
    }
}

fn stand(layout: &Layout, view: &View, standing: &Standing) -> Option<Sprite> {
    let row = row_of(layout, standing.node, standing.row)?;
    let shelf = shelf_of(view, standing.node, standing.row)?;
    let first = first_shown(shelf, row.cells.len() as u64);
    let index = standing.place.checked_sub(first)?;
    let spot = row.cells.get(usize::try_from(index).ok()?)?;
    let token = standing.token;
    Some(Sprite {
        spot: *spot,
        role: token.role,
        hue: token.hue,
        marks: token.marks,
        condition: Condition::Stands,
        wanted: standing.wanted,
        strength: 1.0,
        scale: row.cell / 16.0,
        flow: token.flow,
        message: token.message,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Layout, Needs};
    use super::*;
    use crate::kernel::view::{Reading, Token};
    use crate::kernel::{FlowId, Instant, Marks, MessageId, Role, Row, Topology};
    use std::num::NonZeroU64;

    fn picture(end: u64, pointer: u64) -> Frame {
        let mut topology = Topology::default();
        let node = topology.add_column("broker", 0, 1)[0];
        let label = "p0".to_owned();
        topology.furnish(node, [Row::Cells { label, most: 10 }]);
        let label = "age".to_owned();
        topology.furnish(node, [Row::Gauge { label }]);
        let layout = Layout::new(&topology, &[Needs::default()], 700.0, 500.0, (0.0, 0.0));
        let mut view = View::default();
        view.clear(1, Instant::START);
        view.shelves.push(Shelf {
            node,
            row: 0,
            first: 0,
            end,
            room: u64::MAX,
        });
        for place in 0..end {
            let token = Token {
                message: MessageId(NonZeroU64::MIN),
                flow: FlowId(place),
                role: Role::Event,
                hue: Hue::of(0),
                marks: Marks::default(),
            };
            view.standing.push(Standing {
                node,
                row: 0,
                place,
                token,
                wanted: true,
            });
        }
        view.pointers.push(Pointer {
            node,
            row: 0,
            place: pointer,
            label: "billing".into(),
            hue: Hue::of(1),
        });
        view.readings.push(Reading {
            node,
            row: 1,
            share: f32::NAN,
            tone: Tone::Plain,
        });
        let mut frame = Frame::default();
        frame.add_standing(&layout, &view);
        frame
    }

    #[test]
    fn a_log_shows_its_latest_and_all_its_cells() {
        let frame = picture(4, 2);
        assert_eq!((frame.sprites.len(), frame.cells.len()), (4, 10));
        let frame = picture(37, 2);
        let flows: Vec<u64> = frame.sprites.iter().map(|sprite| sprite.flow.0).collect();
        assert_eq!(flows, (27..37).collect::<Vec<_>>());
        assert_eq!(frame.offsets[0].number, 30);
        assert!(frame.pointers[0].beyond);
        assert_eq!(frame.bars[0].area.w, 0.0);
    }

    #[test]
    fn a_pointer_stands_before_its_place() {
        let frame = picture(8, 3);
        let x = frame.pointers[0].spot.x;
        assert!(x > frame.sprites[2].spot.x && x < frame.sprites[3].spot.x);
        assert!(!frame.pointers[0].beyond);
    }
}
