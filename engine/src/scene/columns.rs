//! How large every card is and where it stands: columns side by side or, in a
//! narrow picture, bands from top to bottom.

use super::card::{Detail, Needs, TITLE_HEIGHT, name_width, text_width};
use super::{Area, rows};
use crate::kernel::{NodeId, Row, Topology, order};

/// Between cards of a column or band.
const GAP: f32 = 10.0;
/// What links need, and the least of it, when cards need it more.
const LINK_ROOM: f32 = 84.0;
const LINK_LEAST: f32 = 40.0;
/// How far cards of a band stand apart at most, beyond the usual.
const SPREAD_MOST: f32 = 90.0;
/// The most that links need.
const LINK_MOST: f32 = 520.0;

/// What decides the size of cards.
pub struct Sizes<'a> {
    /// Who and where.
    pub topology: &'a Topology,
    /// One a node.
    pub needs: &'a [Needs],
}

/// Nodes of one column, in order of rows.
struct Column {
    nodes: Vec<NodeId>,
    ideal: f32,
    least: f32,
    most: f32,
    /// Of the widest rows, zero if none of its nodes has any.
    rows: f32,
}

impl Column {
    /// Whether any of its cards has more than lines of text.
    fn is_furnished(&self) -> bool {
        self.rows > rows::LINE_WIDTH
    }
}

impl Sizes<'_> {
    fn needs(&self, id: NodeId) -> Needs {
        self.needs.get(id.index()).copied().unwrap_or_default()
    }

    /// The height a card wants at a width and a level of detail.
    fn height(&self, id: NodeId, width: f32, detail: Detail) -> f32 {
        let (needs, own) = (self.needs(id), &self.topology.node(id).rows);
        match detail {
            Detail::Full if !own.is_empty() => {
                let slots = if needs.workers > 0 { 38.0 } else { 0.0 };
                TITLE_HEIGHT + slots + rows::wanted_height(own, width) + 12.0
            }
            _ => detail.height(needs),
        }
    }

    fn columns(&self, inner: Area) -> Vec<Column> {
        let topology = self.topology;
        let last = topology.nodes().iter().map(|node| node.place.column).max();
        let mut columns = Vec::new();
        for column in 0..=last.unwrap_or(0) {
            let here = |id: &NodeId| topology.node(*id).place.column == column;
            let mut nodes: Vec<NodeId> = topology.node_ids().filter(here).collect();
            if nodes.is_empty() {
                continue;
            }
            order::sort_by_key(&mut nodes, |id| u64::from(topology.node(*id).place.row));
            let station = nodes.iter().any(|id| self.needs(*id).workers > 0);
            let widths = nodes
                .iter()
                .map(|id| rows::wanted_width(&topology.node(*id).rows));
            let rows = widths.fold(0.0, f32::max);
            let (share, least, most) = match (station, rows > 0.0) {
                (_, true) => (
                    0.0,
                    (rows * 0.8).clamp(104.0, 190.0),
                    (rows * 1.25).max(200.0),
                ),
                (true, false) => (0.37, 130.0, 380.0),
                (false, false) => (0.2, 84.0, 190.0),
            };
            let names = nodes.iter().map(|id| topology.node(*id).name.len());
            let letters = names.max().unwrap_or(0);
            let name = name_width(letters, 12.0) + 24.0;
            let with_icon = name_width(letters, 13.0) + 54.0;
            columns.push(Column {
                nodes,
                ideal: (inner.w * share).max(rows).max(with_icon),
                least: least.max(name),
                most: most.max(with_icon),
                rows,
            });
        }
        columns
    }

    /// One area a node.
    pub fn areas(&self, inner: Area, portrait: bool) -> Vec<Area> {
        let columns = self.columns(inner);
        if portrait {
            self.bands(&columns, inner)
        } else {
            self.side_by_side(&columns, inner)
        }
    }

    fn side_by_side(&self, columns: &[Column], inner: Area) -> Vec<Area> {
        let mut widths: Vec<f32> = columns
            .iter()
            .map(|c| c.ideal.min(c.most).max(c.least))
            .collect();
        let links = (columns.len().max(1) - 1) as f32;
        let least: f32 = columns.iter().map(|column| column.least).sum();
        let room = (inner.w - links * LINK_ROOM)
            .max(least.min(inner.w - links * LINK_LEAST))
            .max(60.0);
        let total: f32 = widths.iter().sum();
        if total > room {
            shrink(&mut widths, columns, room);
        }
        let between = if links > 0.0 {
            ((inner.w - widths.iter().sum::<f32>()) / links).min(LINK_MOST)
        } else {
            0.0
        };
        let used = widths.iter().sum::<f32>() + links * between;
        let mut x = inner.x + (inner.w - used) / 2.0;
        let mut areas = vec![Area::default(); self.topology.nodes().len()];
        for (column, width) in columns.iter().zip(widths) {
            self.stack(column, x, width, inner, &mut areas);
            self.level(column, inner, &mut areas);
            x += width + between;
        }
        areas
    }

    /// The cards of one column below each other.
    fn stack(&self, column: &Column, x: f32, width: f32, inner: Area, areas: &mut [Area]) {
        let count = column.nodes.len() as f32;
        let stretch = (inner.h / 520.0).clamp(1.0, 1.5);
        let mut heights: Vec<f32> = column
            .nodes
            .iter()
            .map(|id| self.height(*id, width, Detail::Full) * stretch)
            .collect();
        let wanted: f32 = heights.iter().sum();
        let room = inner.h - GAP * count;
        if wanted > room {
            heights
                .iter_mut()
                .for_each(|height| *height = (*height * room / wanted).max(8.0));
        }
        let total: f32 = heights.iter().sum();
        // Cards that have room stay near each other.
        let gap = ((inner.h - total) / count).min(total / count * 0.9 + 24.0);
        let mut y = inner.y + (inner.h - total - gap * count) / 2.0 + gap / 2.0;
        for (id, height) in column.nodes.iter().zip(heights) {
            areas[id.index()] = Area {
                x,
                y,
                w: width,
                h: height,
            };
            y += height + gap;
        }
    }

    /// Moves the cards of a column, together, to the height of those on their
    /// left that they have links with.
    fn level(&self, column: &Column, inner: Area, areas: &mut [Area]) {
        let column_of = |id: NodeId| self.topology.node(id).place.column;
        let (mut sum, mut count) = (0.0, 0);
        for link in self.topology.links() {
            let right = column.nodes.contains(&link.to);
            if right && column_of(link.from) < column_of(link.to) {
                let (from, to) = (areas[link.from.index()], areas[link.to.index()]);
                sum += from.centre().y - to.centre().y;
                count += 1;
            }
        }
        let (Some(first), Some(last)) = (column.nodes.first(), column.nodes.last()) else {
            return;
        };
        let up = inner.y - areas[first.index()].y;
        let down = inner.y + inner.h - areas[last.index()].bottom();
        if count > 0 && up <= down {
            // Not `clamp`: its words for wrong bounds format floats, 7 KB of code.
            let by = (sum / count as f32).max(up.min(0.0)).min(down.max(0.0));
            for id in &column.nodes {
                areas[id.index()].y += by;
            }
        }
    }

    /// The widths of cards beside each other in a band: alike, but what has a
    /// log takes all that is left.
    fn widths(&self, column: &Column, line: &[NodeId], width: f32) -> Vec<f32> {
        let has_log = |id: &NodeId| {
            let rows = &self.topology.node(*id).rows;
            rows.iter().any(|row| matches!(row, Row::Cells { .. }))
        };
        let alike = line_width(column, line.len(), width);
        let logs = line.iter().filter(|id| has_log(id)).count();
        if logs == 0 || logs == line.len() {
            return vec![alike; line.len()];
        }
        let other = alike.min(rows::LINE_WIDTH + 24.0);
        let rest = width - (line.len() - logs) as f32 * (other + GAP) - (logs - 1) as f32 * GAP;
        let of = |id: &NodeId| match has_log(id) {
            true => rest / logs as f32,
            false => other,
        };
        line.iter().map(of).collect()
    }

    /// The cards of a band beside each other, in the middle of it. Those that have
    /// room stand apart, so that links find their way.
    fn place_line(&self, column: &Column, line: &[NodeId], band: Area, areas: &mut [Area]) {
        let widths = self.widths(column, line, band.w);
        let count = line.len() as f32;
        let used = widths.iter().sum::<f32>() + (count - 1.0) * GAP;
        let spread = ((band.w - used) / (count + 1.0)).min(SPREAD_MOST);
        let mut x = band.x + (band.w - used - spread * (count - 1.0)) / 2.0;
        for (id, w) in line.iter().zip(widths) {
            areas[id.index()] = Area { x, w, ..band };
            x += w + GAP + spread;
        }
    }

    fn bands(&self, columns: &[Column], inner: Area) -> Vec<Area> {
        let bands: Vec<Vec<Vec<NodeId>>> = columns
            .iter()
            .map(|column| {
                let per_line = per_line(column, inner.w);
                column
                    .nodes
                    .chunks(per_line)
                    .map(<[NodeId]>::to_vec)
                    .collect()
            })
            .collect();
        let furnished = columns.iter().any(Column::is_furnished);
        // Where some cards have logs or gauges, the others make room for them.
        let height = |line: &Vec<NodeId>, column: &Column, detail| {
            let width = line_width(column, line.len(), inner.w);
            let detail = match furnished && !column.is_furnished() {
                true => Detail::Medium.min(detail),
                false => detail,
            };
            let heights = line.iter().map(|id| self.height(*id, width, detail));
            heights.fold(0.0, f32::max)
        };
        let links = (columns.len() - 1) as f32 * LINK_ROOM;
        let wanted = |detail: Detail| -> f32 {
            let of = |(column, lines): (&Column, &Vec<Vec<NodeId>>)| {
                let sum: f32 = lines.iter().map(|line| height(line, column, detail)).sum();
                sum + GAP * (lines.len() - 1) as f32
            };
            columns.iter().zip(&bands).map(of).sum()
        };
        let details = [Detail::Full, Detail::Medium];
        let fits = |detail: &Detail| wanted(*detail) + links <= inner.h;
        // Cards with rows say more when squeezed than when reduced to a line.
        let detail = match furnished {
            true => Detail::Full,
            false => details.into_iter().find(fits).unwrap_or(Detail::Compact),
        };
        // Even the smallest cards may be too many for a small picture.
        let squeeze = ((inner.h - links).max(inner.h * 0.7) / wanted(detail)).min(1.0);
        let left = inner.h - wanted(detail) * squeeze;
        let between = left / (columns.len().max(2) - 1) as f32;
        let mut areas = vec![Area::default(); self.topology.nodes().len()];
        let mut y = inner.y;
        for (column, lines) in columns.iter().zip(&bands) {
            for line in lines {
                let height = height(line, column, detail) * squeeze;
                self.place_line(
                    column,
                    line,
                    Area {
                        y,
                        h: height,
                        ..inner
                    },
                    &mut areas,
                );
                y += height + GAP * squeeze;
            }
            y += between - GAP * squeeze;
        }
        areas
    }
}

/// Takes from the wide columns first, down to the least of each, then from all.
fn shrink(widths: &mut [f32], columns: &[Column], room: f32) {
    let total: f32 = widths.iter().sum();
    let least: f32 = columns.iter().map(|column| column.least).sum();
    let spare = (total - least).max(1e-3);
    let keep = ((room - least) / spare).max(0.0);
    for (width, column) in widths.iter_mut().zip(columns) {
        *width = column.least + (*width - column.least) * keep;
    }
    let total: f32 = widths.iter().sum();
    if total > room {
        widths.iter_mut().for_each(|width| *width *= room / total);
    }
}

/// How many cards of a column stand beside each other in a band.
fn per_line(column: &Column, width: f32) -> usize {
    let least = if column.rows > 0.0 {
        column.least
    } else if column.most > 200.0 && column.nodes.len() <= 4 {
        150.0
    } else {
        text_width(9, 12.0) + 24.0
    };
    let fits = ((width + GAP) / (least + GAP)) as usize;
    let lines = column.nodes.len().div_ceil(fits.max(1));
    column.nodes.len().div_ceil(lines)
}

fn line_width(column: &Column, count: usize, width: f32) -> f32 {
    let count = count as f32;
    let most = match (column.rows > 0.0, column.most > 200.0) {
        (true, _) => column.most,
        (false, true) => 340.0,
        (false, false) => 150.0,
    };
    ((width - (count - 1.0) * GAP) / count).min(most)
}
