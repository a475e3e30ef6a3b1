//! Where everything stands: cards in columns (or, in a narrow picture, in
//! bands from top to bottom) and a lane for each direction between them.

use super::card::{Card, Detail, Needs, text_width};
use super::lane::{Lane, PairId};
use super::{Area, Spot};
use crate::kernel::{LinkId, NodeId, Topology};

/// The picture of one topology at one size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// Whether links run from top to bottom.
    pub portrait: bool,
    /// One a node.
    pub cards: Vec<Card>,
    /// One a link.
    pub lanes: Vec<Lane>,
    /// The links of each pair, there and (if there is one) back.
    pub pairs: Vec<(LinkId, Option<LinkId>)>,
}

/// Half the distance between the two lanes of a pair.
const HALF_LANES: f32 = 4.0;
/// Around the picture.
const MARGIN: f32 = 14.0;
/// Between cards of a column or band.
const GAP: f32 = 10.0;
/// The least that links need.
const LINK_ROOM: f32 = 64.0;
/// The least room below for fallen messages.
const GROUND: f32 = 24.0;

/// Nodes of one column, in order of rows.
struct Column {
    nodes: Vec<NodeId>,
    station: bool,
}

impl Layout {
    /// Lays out a topology; `needs` has one entry a node, `reserved` is kept
    /// free at the bottom.
    pub fn new(
        topology: &Topology,
        needs: &[Needs],
        width: f32,
        height: f32,
        reserved: f32,
    ) -> Self {
        let (width, height) = (width.max(200.0), height.max(160.0));
        let portrait = width < 560.0 && height > width * 0.7;
        let columns = columns(topology, needs);
        let inner = Area {
            x: MARGIN,
            y: MARGIN,
            w: width - 2.0 * MARGIN,
            h: (height - 2.0 * MARGIN - reserved.min(height * 0.3)).max(100.0) - GROUND,
        };
        let areas = if portrait {
            bands(&columns, needs, topology.nodes().len(), inner)
        } else {
            side_by_side(&columns, needs, topology.nodes().len(), inner)
        };
        let cards: Vec<Card> = (areas.iter().zip(topology.nodes()))
            .enumerate()
            .map(|(index, (area, node))| Card::new(*area, need(needs, index), node.name.len()))
            .collect();
        let mut layout = Self {
            width,
            height,
            portrait,
            cards,
            lanes: Vec::new(),
            pairs: Vec::new(),
        };
        layout.connect(topology);
        layout
    }

    /// The pair of a link.
    pub fn pair_of(&self, link: LinkId) -> Option<PairId> {
        self.lanes.get(link.index()).map(|lane| lane.pair)
    }

    /// Draws a lane for each link, both directions side by side.
    fn connect(&mut self, topology: &Topology) {
        let mut pair_of_link = vec![PairId(0); topology.links().len()];
        for id in topology.link_ids() {
            let back = topology.reverse(id).filter(|back| *back != id);
            if back.is_some_and(|back| back < id) {
                continue;
            }
            let pair = PairId(self.pairs.len() as u16);
            pair_of_link[id.index()] = pair;
            if let Some(back) = back {
                pair_of_link[back.index()] = pair;
            }
            self.pairs.push((id, back));
        }
        let ports = self.ports(topology);
        for id in topology.link_ids() {
            let pair = pair_of_link[id.index()];
            let (first, _) = self.pairs[usize::from(pair.0)];
            let (one, other) = ports[usize::from(pair.0)];
            let forth = id == first;
            let shift = if forth { -HALF_LANES } else { HALF_LANES };
            let (from, to) = if forth { (one, other) } else { (other, one) };
            self.lanes
                .push(Lane::new(pair, self.curve(from, to, shift)));
        }
    }

    /// Where both ends of each pair meet their cards.
    fn ports(&self, topology: &Topology) -> Vec<(Port, Port)> {
        let ends = |pair: &(LinkId, Option<LinkId>)| {
            let link = topology.link(pair.0);
            (link.from, link.to)
        };
        let mut ports = vec![(Port::default(), Port::default()); self.pairs.len()];
        for node in topology.node_ids() {
            for far in [false, true] {
                let mut there: Vec<(f32, usize, bool)> = Vec::new();
                for (index, pair) in self.pairs.iter().enumerate() {
                    let (from, to) = ends(pair);
                    for (is_from, mine, partner) in [(true, from, to), (false, to, from)] {
                        if mine == node && self.leaves_far(topology, mine, partner) == far {
                            there.push((self.along(partner), index, is_from));
                        }
                    }
                }
                there.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                let count = there.len();
                for (place, (_, index, is_from)) in there.into_iter().enumerate() {
                    let port = self.port(node, far, place, count);
                    let slot = &mut ports[index];
                    *(if is_from { &mut slot.0 } else { &mut slot.1 }) = port;
                }
            }
        }
        ports
    }

    /// Whether a link leaves at the right (or, in portrait, at the bottom).
    fn leaves_far(&self, topology: &Topology, node: NodeId, partner: NodeId) -> bool {
        let column = |id: NodeId| topology.node(id).place.column;
        column(partner) >= column(node)
    }

    /// The place of a card across the direction of links.
    fn along(&self, node: NodeId) -> f32 {
        let centre = self.cards[node.index()].area.centre();
        if self.portrait { centre.x } else { centre.y }
    }

    fn port(&self, node: NodeId, far: bool, place: usize, count: usize) -> Port {
        let area = self.cards[node.index()].area;
        let side = if self.portrait { area.w } else { area.h };
        let spacing = ((side - 20.0) / count as f32).min(24.0);
        let offset = (place as f32 - (count as f32 - 1.0) / 2.0) * spacing;
        let centre = area.centre();
        let spot = match (self.portrait, far) {
            (false, true) => Spot {
                x: area.right(),
                y: centre.y + offset,
            },
            (false, false) => Spot {
                x: area.x,
                y: centre.y + offset,
            },
            (true, true) => Spot {
                x: centre.x + offset,
                y: area.bottom(),
            },
            (true, false) => Spot {
                x: centre.x + offset,
                y: area.y,
            },
        };
        Port {
            spot,
            far,
            narrow: (spacing / 4.0).min(HALF_LANES),
        }
    }

    fn curve(&self, from: Port, to: Port, shift: f32) -> [Spot; 4] {
        let aside = |port: Port| {
            let by = shift.signum() * port.narrow;
            match self.portrait {
                false => Spot {
                    x: port.spot.x,
                    y: port.spot.y + by,
                },
                true => Spot {
                    x: port.spot.x + by,
                    y: port.spot.y,
                },
            }
        };
        let (start, end) = (aside(from), aside(to));
        let (dx, dy) = (end.x - start.x, end.y - start.y);
        // Links that leave and arrive on the same side bulge out of it.
        let reach = if from.far == to.far {
            36.0
        } else if self.portrait {
            dy.abs() / 2.0
        } else {
            dx.abs() / 2.0
        };
        let out = |port: Port, spot: Spot| {
            let by = if port.far { reach } else { -reach };
            match self.portrait {
                false => Spot {
                    x: spot.x + by,
                    y: spot.y,
                },
                true => Spot {
                    x: spot.x,
                    y: spot.y + by,
                },
            }
        };
        [start, out(from, start), out(to, end), end]
    }
}

/// Where a pair meets a card.
#[derive(Clone, Copy, Debug, Default)]
struct Port {
    spot: Spot,
    far: bool,
    narrow: f32,
}

fn need(needs: &[Needs], index: usize) -> Needs {
    needs.get(index).copied().unwrap_or_default()
}

fn columns(topology: &Topology, needs: &[Needs]) -> Vec<Column> {
    let count = topology.nodes().iter().map(|node| node.place.column).max();
    let mut columns: Vec<Column> = (0..=count.unwrap_or(0))
        .map(|_| Column {
            nodes: Vec::new(),
            station: false,
        })
        .collect();
    for id in topology.node_ids() {
        let column = &mut columns[usize::from(topology.node(id).place.column)];
        column.nodes.push(id);
        column.station |= need(needs, id.index()).workers > 0;
    }
    for column in &mut columns {
        column.nodes.sort_by_key(|id| topology.node(*id).place.row);
    }
    columns.retain(|column| !column.nodes.is_empty());
    columns
}

/// The kind of card a column has, as far as its size goes.
fn typical(column: &Column, needs: &[Needs]) -> Needs {
    let of = |id: &NodeId| need(needs, id.index());
    column
        .nodes
        .iter()
        .map(of)
        .max_by_key(|n| n.workers)
        .unwrap_or_default()
}

fn side_by_side(columns: &[Column], needs: &[Needs], nodes: usize, inner: Area) -> Vec<Area> {
    let ideal = |column: &Column| {
        if column.station {
            inner.w * 0.37
        } else {
            inner.w * 0.2
        }
    };
    let least = |column: &Column| if column.station { 130.0 } else { 84.0 };
    let most = |column: &Column| if column.station { 380.0 } else { 190.0 };
    let mut widths: Vec<f32> = columns
        .iter()
        .map(|c| ideal(c).clamp(least(c), most(c)))
        .collect();
    let links = (columns.len().max(1) - 1) as f32;
    let room = (inner.w - links * LINK_ROOM).max(60.0);
    let total: f32 = widths.iter().sum();
    if total > room {
        widths.iter_mut().for_each(|width| *width *= room / total);
    }
    let between = if links > 0.0 {
        ((inner.w - widths.iter().sum::<f32>()) / links).min(520.0)
    } else {
        0.0
    };
    let used = widths.iter().sum::<f32>() + links * between;
    let mut x = inner.x + (inner.w - used) / 2.0;
    let mut areas = vec![Area::default(); nodes];
    for (column, width) in columns.iter().zip(widths) {
        let rows = column.nodes.len() as f32;
        let pitch = inner.h / rows;
        let ideal = Detail::Full.height(typical(column, needs)) * (inner.h / 520.0).clamp(1.0, 1.5);
        let height = ideal.min(pitch - GAP).max(8.0);
        // Cards that have room stay near each other.
        let pitch = pitch.min(height * 1.9 + 24.0);
        let top = inner.y + (inner.h - pitch * rows) / 2.0;
        for (row, id) in column.nodes.iter().enumerate() {
            let y = top + pitch * row as f32 + (pitch - height) / 2.0;
            areas[id.index()] = Area {
                x,
                y,
                w: width,
                h: height,
            };
        }
        x += width + between;
    }
    areas
}

fn bands(columns: &[Column], needs: &[Needs], nodes: usize, inner: Area) -> Vec<Area> {
    let per_row: Vec<usize> = columns
        .iter()
        .map(|column| {
            let least = if column.station && column.nodes.len() <= 4 {
                150.0
            } else {
                text_width(9, 12.0) + 24.0
            };
            let fits = ((inner.w + GAP) / (least + GAP)) as usize;
            let rows = column.nodes.len().div_ceil(fits.max(1));
            column.nodes.len().div_ceil(rows)
        })
        .collect();
    let rows = |index: usize| columns[index].nodes.len().div_ceil(per_row[index]);
    let links = (columns.len() - 1) as f32 * LINK_ROOM;
    let wanted = |detail: Detail| -> f32 {
        let band = |(index, column): (usize, &Column)| {
            rows(index) as f32 * (detail.height(typical(column, needs)) + GAP) - GAP
        };
        columns.iter().enumerate().map(band).sum()
    };
    let detail = [Detail::Full, Detail::Medium]
        .into_iter()
        .find(|detail| wanted(*detail) + links <= inner.h)
        .unwrap_or(Detail::Compact);
    // Even the smallest cards may be too many for a small picture.
    let squeeze = ((inner.h - links).max(inner.h * 0.7) / wanted(detail)).min(1.0);
    let left = inner.h - wanted(detail) * squeeze;
    let between = if columns.len() > 1 {
        left / (columns.len() - 1) as f32
    } else {
        0.0
    };
    let mut areas = vec![Area::default(); nodes];
    let mut y = inner.y;
    for (index, column) in columns.iter().enumerate() {
        let height = detail.height(typical(column, needs)) * squeeze;
        let gap = GAP * squeeze;
        for (row, ids) in column.nodes.chunks(per_row[index]).enumerate() {
            let count = ids.len() as f32;
            let most = if column.station { 340.0 } else { 150.0 };
            let width = ((inner.w - (count - 1.0) * GAP) / count).min(most);
            let used = count * width + (count - 1.0) * GAP;
            let top = y + row as f32 * (height + gap);
            for (place, id) in ids.iter().enumerate() {
                let x = inner.x + (inner.w - used) / 2.0 + place as f32 * (width + GAP);
                areas[id.index()] = Area {
                    x,
                    y: top,
                    w: width,
                    h: height,
                };
            }
        }
        y += rows(index) as f32 * (height + gap) - gap + between;
    }
    areas
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topology(clients: u16, servers: u16) -> (Topology, Vec<Needs>) {
        let mut topology = Topology::default();
        let ones = topology.add_column("client", 0, clients);
        let others = topology.add_column("server", 1, servers);
        for one in &ones {
            for other in &others {
                topology.connect(*one, *other);
            }
        }
        let plain = vec![Needs { workers: 0 }; ones.len()];
        let needs = [plain, vec![Needs { workers: 4 }; others.len()]].concat();
        (topology, needs)
    }

    const SIZES: [(f32, f32); 6] = [
        (696.0, 552.0),
        (856.0, 732.0),
        (390.0, 420.0),
        (320.0, 300.0),
        (844.0, 300.0),
        (3000.0, 1800.0),
    ];

    #[test]
    fn cards_never_overlap_nor_leave_the_picture() {
        for (clients, servers) in [(3, 2), (1, 1), (12, 12), (12, 1), (1, 12), (5, 3)] {
            let (topology, needs) = topology(clients, servers);
            for (width, height) in SIZES {
                let layout = Layout::new(&topology, &needs, width, height, 80.0);
                let whole = Area {
                    x: 0.0,
                    y: 0.0,
                    w: width,
                    h: height,
                };
                for (i, one) in layout.cards.iter().enumerate() {
                    let tag = format!("{clients}x{servers} at {width}x{height}: {:?}", one.area);
                    assert!(whole.contains(&one.area), "{tag}");
                    assert!(one.area.w > 20.0 && one.area.h >= 6.0, "{tag}");
                    for other in &layout.cards[i + 1..] {
                        assert!(!one.area.overlaps(&other.area), "{tag} {:?}", other.area);
                    }
                }
            }
        }
    }

    #[test]
    fn lanes_end_at_the_edges_of_their_cards() {
        let (topology, needs) = topology(3, 2);
        let layout = Layout::new(&topology, &needs, 696.0, 552.0, 80.0);
        assert_eq!(layout.lanes.len(), topology.links().len());
        assert_eq!(layout.pairs.len(), 6);
        for (lane, link) in layout.lanes.iter().zip(topology.links()) {
            let (from, to) = (
                layout.cards[link.from.index()].area,
                layout.cards[link.to.index()].area,
            );
            let (start, end) = (lane.at(0.0), lane.at(1.0));
            assert!(start.x == from.right() || start.x == from.x);
            assert!(end.x == to.right() || end.x == to.x);
            assert!(start.y > from.y && start.y < from.bottom());
            assert!(end.y > to.y && end.y < to.bottom());
        }
    }

    #[test]
    fn names_fit_their_cards() {
        for (clients, servers) in [(3, 2), (12, 12)] {
            let (topology, needs) = topology(clients, servers);
            for (width, height) in &SIZES[..3] {
                let layout = Layout::new(&topology, &needs, *width, *height, 80.0);
                for (card, node) in layout.cards.iter().zip(topology.nodes()) {
                    let end = card.title.x + text_width(node.name.len(), card.title_px);
                    let first = card.workers.first().map(|spot| spot.x - card.ring);
                    let limit = match card.detail {
                        Detail::Compact => first.unwrap_or(card.area.right()),
                        _ => card.area.right(),
                    };
                    assert!(
                        end <= limit + 1.0,
                        "{} {width}x{height} {end} {limit}",
                        node.name
                    );
                }
            }
        }
    }

    #[test]
    fn a_phone_sees_bands_from_top_to_bottom() {
        let (topology, needs) = topology(3, 2);
        let layout = Layout::new(&topology, &needs, 390.0, 420.0, 0.0);
        assert!(layout.portrait);
        assert!(layout.cards[0].area.bottom() < layout.cards[3].area.y);
    }
}
