//! The rows of a node's card: where labels, cells, bars and values are.

use super::card::WIDE;
use super::{Area, Spot, text_width};
use crate::kernel::Row;

/// The size of a row's letters.
pub const ROW_PX: f32 = 12.0;
/// Left and right of a card's content.
const INSET: f32 = 14.0;
/// From one numbered cell's middle to the next one's.
const CELL_PITCH: f32 = 15.0;
/// The same in a grid, in both directions.
const GRID_PITCH: f32 = 14.0;
/// A cell is this much smaller than its pitch.
const CELL_GAP: f32 = 3.0;
/// What is said of a row of cells stands behind them, in so many letters.
const VALUE_LETTERS: usize = 8;
/// A label before cells takes at most this share of the card.
const LABEL_SHARE: f32 = 0.35;
/// Heights: offsets above, cells, pointers and their names below.
const CELLS_HEIGHT: f32 = 46.0;
const GAUGE_HEIGHT: f32 = 28.0;
const LINE_HEIGHT: f32 = 17.0;
/// The width that a line of text wants.
pub const LINE_WIDTH: f32 = 150.0;
const GRID_LABEL: f32 = 18.0;

/// What a row is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Numbered cells in one line.
    Cells,
    /// Cells in several lines.
    Grid,
    /// A bar.
    Gauge,
    /// Text.
    Line,
}

/// Where a row's things are.
#[derive(Clone, Debug, PartialEq)]
pub struct RowPlace {
    /// What it is made of.
    pub kind: RowKind,
    /// What stands before it; empty for a line of text.
    pub label: String,
    /// Where label or text begin, on their base line.
    pub start: Spot,
    /// Where the value ends, on its base line.
    pub end: Spot,
    /// The middles of its cells, in order.
    pub cells: Vec<Spot>,
    /// The side of a cell.
    pub cell: f32,
    /// The bar of a gauge.
    pub bar: Area,
}

/// The height that rows want in a card of this width.
pub fn wanted_height(rows: &[Row], width: f32) -> f32 {
    rows.iter().map(|row| height(row, width)).sum()
}

/// The width that rows want.
pub fn wanted_width(rows: &[Row]) -> f32 {
    let width = |row: &Row| match row {
        Row::Cells { label, most } => {
            label_width(label)
                + f32::from((*most).min(24)) * CELL_PITCH
                + value_width()
                + 2.0 * INSET
        }
        Row::Grid { most, .. } => f32::from((*most).clamp(8, 16)) * GRID_PITCH + 2.0 * INSET,
        Row::Gauge { .. } => 190.0,
        Row::Line => LINE_WIDTH,
    };
    rows.iter().map(width).fold(0.0, f32::max)
}

fn height(row: &Row, width: f32) -> f32 {
    match row {
        Row::Cells { .. } => CELLS_HEIGHT,
        Row::Grid { most, .. } => GRID_LABEL + grid_lines(*most, width) as f32 * GRID_PITCH + 6.0,
        Row::Gauge { .. } => GAUGE_HEIGHT,
        Row::Line => LINE_HEIGHT,
    }
}

fn grid_columns(width: f32) -> usize {
    (((width - 2.0 * INSET) / GRID_PITCH) as usize).max(1)
}

/// More lines than this say nothing more.
const GRID_LINES_MOST: usize = 5;

fn grid_lines(most: u16, width: f32) -> usize {
    usize::from(most)
        .div_ceil(grid_columns(width))
        .clamp(1, GRID_LINES_MOST)
}

fn label_width(label: &str) -> f32 {
    if label.is_empty() {
        0.0
    } else {
        text_width(label.chars().count(), ROW_PX) + 10.0
    }
}

fn value_width() -> f32 {
    text_width(VALUE_LETTERS, ROW_PX)
}

/// Places rows below `top`; those that do not fit any more are left out. At the
/// right, `beside` pixels are left free, but not by cells.
pub fn place(rows: &[Row], area: Area, beside: f32, top: f32) -> Vec<Option<RowPlace>> {
    let own = Area {
        w: area.w - beside,
        ..area
    };
    let wanted = wanted_height(rows, area.w);
    let room = area.bottom() - 8.0 - top;
    let spare = ((room - wanted) / rows.len().max(1) as f32).clamp(0.0, 14.0);
    let before = rows.iter().map(|row| match row {
        Row::Cells { label, .. } => label_width(label),
        _ => 0.0,
    });
    let before = before.fold(0.0, f32::max).min(area.w * LABEL_SHARE);
    let mut y = top;
    let mut placed = Vec::with_capacity(rows.len());
    for row in rows {
        let height = height(row, area.w);
        // What a log ends with is words without tails.
        let below = if matches!(row, Row::Cells { .. }) {
            0.0
        } else {
            4.0
        };
        let fits = y + height <= area.bottom() - below;
        let within = match row {
            Row::Cells { .. } if area.w > WIDE => area,
            _ => own,
        };
        placed.push(fits.then(|| place_one(row, within, y + spare / 2.0, before)));
        if fits {
            y += height + spare;
        }
    }
    placed
}

fn place_one(row: &Row, area: Area, y: f32, before: f32) -> RowPlace {
    let (left, right) = (area.x + INSET, area.right() - INSET);
    let mut place = RowPlace {
        kind: RowKind::Line,
        label: String::new(),
        start: Spot {
            x: left,
            y: y + 12.0,
        },
        end: Spot {
            x: right,
            y: y + 12.0,
        },
        cells: Vec::new(),
        cell: 0.0,
        bar: Area::default(),
    };
    match row {
        Row::Line => {}
        Row::Gauge { label } => {
            place.kind = RowKind::Gauge;
            place.label.clone_from(label);
            place.bar = Area {
                x: left,
                y: y + 18.0,
                w: right - left,
                h: 4.0,
            };
        }
        Row::Cells { label, most } => {
            place.kind = RowKind::Cells;
            place.label.clone_from(label);
            place.start.y = y + 23.0;
            place.end.y = y + 23.0;
            place.cell = CELL_PITCH - CELL_GAP;
            let begin = left + before + CELL_PITCH / 2.0;
            let room = right - left - before - value_width();
            let count = ((room.max(0.0) / CELL_PITCH) as usize).min(usize::from(*most));
            place.cells = (0..count)
                .map(|index| Spot {
                    x: begin + index as f32 * CELL_PITCH,
                    y: y + 19.0,
                })
                .collect();
        }
        Row::Grid { label, most } => {
            place.kind = RowKind::Grid;
            place.label.clone_from(label);
            place.cell = GRID_PITCH - CELL_GAP;
            let columns = grid_columns(area.w);
            let count = (columns * grid_lines(*most, area.w)).min(usize::from(*most));
            place.cells = (0..count)
                .map(|index| Spot {
                    x: left + GRID_PITCH / 2.0 + (index % columns) as f32 * GRID_PITCH,
                    y: y + GRID_LABEL + GRID_PITCH / 2.0 + (index / columns) as f32 * GRID_PITCH,
                })
                .collect();
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let label = |text: &str| text.to_owned();
        vec![
            Row::Line,
            Row::Gauge {
                label: label("cache"),
            },
            Row::Cells {
                label: label("p0"),
                most: 20,
            },
            Row::Grid {
                label: label("open batch"),
                most: 50,
            },
        ]
    }

    #[test]
    fn everything_lies_within_the_card_and_apart() {
        for (w, h) in [
            (120.0, 90.0),
            (180.0, 300.0),
            (320.0, 240.0),
            (500.0, 400.0),
        ] {
            let area = Area {
                x: 10.0,
                y: 20.0,
                w,
                h,
            };
            let mut floor = area.y + 36.0;
            for place in place(&rows(), area, 0.0, floor).iter().flatten() {
                assert!(place.start.y > floor && place.start.y < area.bottom());
                assert!(place.end.y < area.bottom() && place.bar.bottom() < area.bottom());
                for cell in &place.cells {
                    assert!(cell.x - place.cell / 2.0 >= area.x);
                    assert!(cell.x + place.cell / 2.0 <= area.right());
                    assert!(cell.y - place.cell / 2.0 >= floor);
                    assert!(cell.y + place.cell / 2.0 <= area.bottom());
                }
                let lowest = place.cells.last().map_or(place.end.y, |cell| cell.y);
                floor = lowest.max(place.end.y);
            }
        }
    }

    #[test]
    fn a_card_as_high_as_wanted_shows_every_row() {
        for width in [150.0, 260.0, 420.0] {
            let area = Area {
                x: 0.0,
                y: 0.0,
                w: width,
                h: 36.0 + wanted_height(&rows(), width) + 10.0,
            };
            assert!(place(&rows(), area, 0.0, 36.0).iter().all(Option::is_some));
        }
    }
}
