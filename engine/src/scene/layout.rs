//! Where everything stands: cards in columns (or, in a narrow picture, in
//! bands from top to bottom) and a lane for each direction between them.

use super::card::{Card, Needs, text_width};
use super::columns::Sizes;
use super::lane::{Lane, PairId};
use super::{Area, Spot, ring};
use crate::kernel::{LinkId, Node, NodeId, Topology, order};

/// The picture of one topology at one size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// Whether links run from top to bottom.
    pub portrait: bool,
    /// Whether nodes are discs around a ring.
    pub is_ring: bool,
    /// Where the picture of both times is, for patterns that have one and where
    /// there is room.
    pub plot: Option<Area>,
    /// One a node.
    pub cards: Vec<Card>,
    /// One a link.
    pub lanes: Vec<Lane>,
    /// The links of each pair, there and (if there is one) back.
    pub pairs: Vec<(LinkId, Option<LinkId>)>,
}

/// Where a message's label stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelSide {
    /// To its left.
    Left,
    /// To its right.
    Right,
}

/// The size of a label's letters.
const LABEL_PX: f32 = 11.0;
/// From a message's middle to its label.
const LABEL_BESIDE: f32 = 10.0;
/// Half the distance between the two lanes of a pair.
const HALF_LANES: f32 = 4.0;
/// The same across a ring, where there are many.
const RING_LANES: f32 = 2.5;
/// Around the picture.
const MARGIN: f32 = 14.0;
/// Bands from top to bottom need so much height, or a narrow picture.
const TOP_DOWN_LEAST: f32 = 420.0;
/// A picture of both times needs a picture so wide, and so much height.
const PLOT_LEAST: (f32, f32) = (560.0, 330.0);
/// What it takes of the height.
const PLOT_SHARE: f32 = 0.54;
/// The least room below for fallen messages.
const GROUND: f32 = 24.0;

impl Layout {
    /// Lays out a topology; `needs` has one entry a node, `reserved` is kept
    /// free at the top and at the bottom.
    pub fn new(
        topology: &Topology,
        needs: &[Needs],
        width: f32,
        height: f32,
        reserved: (f32, f32),
    ) -> Self {
        let (width, height) = (width.max(200.0), height.max(160.0));
        let portrait =
            topology.top_down && height >= TOP_DOWN_LEAST || width < 560.0 && height > width * 0.7;
        let mut inner = Area {
            x: MARGIN,
            y: MARGIN + reserved.0,
            w: width - 2.0 * MARGIN,
            h: (height - 2.0 * MARGIN - reserved.0 - reserved.1.min(height * 0.3)).max(100.0)
                - GROUND,
        };
        let has_plot = topology.event_time && width >= PLOT_LEAST.0 && inner.h >= PLOT_LEAST.1;
        let plot = has_plot.then(|| {
            let top = inner.y + inner.h * (1.0 - PLOT_SHARE) + GROUND / 2.0;
            let plot = Area {
                y: top,
                h: inner.bottom() + GROUND - top,
                ..inner
            };
            inner.h *= 1.0 - PLOT_SHARE;
            plot
        });
        let cards = match topology.ring {
            true => discs(topology, needs, inner),
            false => cards(topology, needs, inner, portrait),
        };
        let mut layout = Self {
            width,
            height,
            portrait,
            is_ring: false,
            plot,
            cards,
            lanes: Vec::new(),
            pairs: Vec::new(),
        };
        let pair_of_link = layout.pair_up(topology);
        if topology.ring {
            layout.connect_across(topology, &pair_of_link);
        } else {
            layout.connect(topology, &pair_of_link);
            layout.find_hidden(topology);
        }
        layout
    }

    /// The pair of a link.
    pub fn pair_of(&self, link: LinkId) -> Option<PairId> {
        self.lanes.get(link.index()).map(|lane| lane.pair)
    }

    /// On which side of a message at `spot` there is room for a label.
    pub fn label_side(&self, spot: Spot, letters: usize) -> Option<LabelSide> {
        let width = text_width(letters, LABEL_PX);
        let is_free = |x: f32| {
            let (right, top) = (x + width, spot.y - 7.0 - LABEL_PX);
            let meets = |card: &Card| {
                let area = card.area;
                x < area.right() && right > area.x && top < area.bottom() && spot.y > area.y
            };
            x >= 0.0 && right <= self.width && !self.cards.iter().any(meets)
        };
        if is_free(spot.x + LABEL_BESIDE) {
            Some(LabelSide::Right)
        } else {
            is_free(spot.x - LABEL_BESIDE - width).then_some(LabelSide::Left)
        }
    }

    /// Numbers the pairs of links; one entry a link.
    fn pair_up(&mut self, topology: &Topology) -> Vec<PairId> {
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
        pair_of_link
    }

    /// Draws a lane for each link, both directions side by side.
    fn connect(&mut self, topology: &Topology, pair_of_link: &[PairId]) {
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

    /// Notes which lanes pass behind cards that they do not lead to, as in
    /// bands of several rows.
    fn find_hidden(&mut self, topology: &Topology) {
        for (lane, link) in self.lanes.iter_mut().zip(topology.links()) {
            for (card, node) in self.cards.iter().zip(topology.node_ids()) {
                if node != link.from && node != link.to && lane.meets(&card.area) {
                    lane.behind.push(card.area);
                }
            }
        }
    }

    /// The same across a ring.
    fn connect_across(&mut self, topology: &Topology, pair_of_link: &[PairId]) {
        self.is_ring = true;
        for id in topology.link_ids() {
            let link = topology.link(id);
            let area = |node: NodeId| self.cards[node.index()].area;
            let curve = ring::chord(area(link.from), area(link.to), RING_LANES);
            self.lanes.push(Lane::new(pair_of_link[id.index()], curve));
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
            for side in Side::ALL {
                let mut there: Vec<(f32, usize, bool)> = Vec::new();
                for (index, pair) in self.pairs.iter().enumerate() {
                    let (from, to) = ends(pair);
                    for (is_from, mine, partner) in [(true, from, to), (false, to, from)] {
                        if mine == node && self.side(topology, mine, partner) == side {
                            there.push((self.along(partner), index, is_from));
                        }
                    }
                }
                // In the order of the pairs where two are equally far along.
                order::sort_by_key(&mut there, |(along, ..)| order::key_of(f64::from(*along)));
                let count = there.len();
                for (place, (_, index, is_from)) in there.into_iter().enumerate() {
                    let port = self.port(node, side, place, count);
                    let slot = &mut ports[index];
                    *(if is_from { &mut slot.0 } else { &mut slot.1 }) = port;
                }
            }
        }
        ports
    }

    /// Where a link to a partner leaves a card.
    fn side(&self, topology: &Topology, node: NodeId, partner: NodeId) -> Side {
        let (mine, other) = (topology.node(node).place, topology.node(partner).place);
        if mine.column != other.column {
            return match mine.column < other.column {
                true => Side::Right.turned(self.portrait),
                false => Side::Left.turned(self.portrait),
            };
        }
        let (here, there) = (
            self.cards[node.index()].area.centre(),
            self.cards[partner.index()].area.centre(),
        );
        let beside = (here.y - there.y).abs() < 1.0;
        match (mine.row.abs_diff(other.row), beside) {
            (1, true) if here.x < there.x => Side::Right,
            (1, true) => Side::Left,
            (1, false) if here.y < there.y => Side::Bottom,
            (1, false) => Side::Top,
            // Others of the same column are reached around what is between.
            _ => Side::Right.turned(self.portrait),
        }
    }

    /// The place of a card across the direction of links.
    fn along(&self, node: NodeId) -> f32 {
        let centre = self.cards[node.index()].area.centre();
        if self.portrait { centre.x } else { centre.y }
    }

    fn port(&self, node: NodeId, side: Side, place: usize, count: usize) -> Port {
        let area = self.cards[node.index()].area;
        let length = if side.is_level() { area.h } else { area.w };
        let spacing = ((length - 20.0) / count as f32).min(24.0);
        let offset = (place as f32 - (count as f32 - 1.0) / 2.0) * spacing;
        let centre = area.centre();
        let (x, y) = match side {
            Side::Right => (area.right(), centre.y + offset),
            Side::Left => (area.x, centre.y + offset),
            Side::Bottom => (centre.x + offset, area.bottom()),
            Side::Top => (centre.x + offset, area.y),
        };
        Port {
            spot: Spot { x, y },
            side,
            narrow: (spacing / 4.0).min(HALF_LANES),
        }
    }

    fn curve(&self, from: Port, to: Port, shift: f32) -> [Spot; 4] {
        let (start, end) = (from.aside(shift), to.aside(shift));
        // Links that leave and arrive on the same side bulge out of it.
        let reach = if from.side == to.side {
            36.0
        } else if from.side.is_level() {
            (end.x - start.x).abs() / 2.0
        } else {
            (end.y - start.y).abs() / 2.0
        };
        [start, from.out(start, reach), to.out(end, reach), end]
    }
}

/// Nodes as cards, in columns or bands.
fn cards(topology: &Topology, needs: &[Needs], inner: Area, portrait: bool) -> Vec<Card> {
    let areas = Sizes { topology, needs }.areas(inner, portrait);
    let card = |(index, (area, node)): (usize, (&Area, &Node))| {
        let needs = needs.get(index).copied().unwrap_or_default();
        // Names of a column are written in one way.
        let column = topology.nodes().iter();
        let column = column.filter(|other| other.place.column == node.place.column);
        let longest = column.map(|other| other.name.len()).max().unwrap_or(0);
        Card::new(*area, needs, longest, &node.rows)
    };
    let placed = areas.iter().zip(topology.nodes());
    placed.enumerate().map(card).collect()
}

/// Nodes as discs around a ring.
fn discs(topology: &Topology, needs: &[Needs], inner: Area) -> Vec<Card> {
    let (areas, worded) = ring::areas(topology.nodes().len(), inner);
    let disc = |(index, area): (usize, &Area)| {
        let needs = needs.get(index).copied().unwrap_or_default();
        Card::disc(*area, needs, inner.centre(), worded)
    };
    areas.iter().enumerate().map(disc).collect()
}

/// An edge of a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Left,
    Right,
    Top,
    Bottom,
}

impl Side {
    const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Top, Self::Bottom];

    /// A portrait picture runs from top to bottom.
    fn turned(self, portrait: bool) -> Self {
        match (self, portrait) {
            (Self::Left, true) => Self::Top,
            (Self::Right, true) => Self::Bottom,
            (side, _) => side,
        }
    }

    /// Whether links leave it to the left or right.
    fn is_level(self) -> bool {
        matches!(self, Self::Left | Self::Right)
    }
}

/// Where a pair meets a card.
#[derive(Clone, Copy, Debug, Default)]
struct Port {
    spot: Spot,
    side: Side,
    narrow: f32,
}

impl Port {
    /// The place of one of the two lanes.
    fn aside(self, shift: f32) -> Spot {
        let by = shift.signum() * self.narrow;
        let Spot { x, y } = self.spot;
        match self.side.is_level() {
            true => Spot { x, y: y + by },
            false => Spot { x: x + by, y },
        }
    }

    /// A point straight out of the card.
    fn out(self, spot: Spot, reach: f32) -> Spot {
        let Spot { x, y } = spot;
        match self.side {
            Side::Left => Spot { x: x - reach, y },
            Side::Right => Spot { x: x + reach, y },
            Side::Top => Spot { x, y: y - reach },
            Side::Bottom => Spot { x, y: y + reach },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::card::Detail;
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
                let layout = Layout::new(&topology, &needs, width, height, (0.0, 80.0));
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
        let layout = Layout::new(&topology, &needs, 696.0, 552.0, (0.0, 80.0));
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
                let layout = Layout::new(&topology, &needs, *width, *height, (0.0, 80.0));
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
        let layout = Layout::new(&topology, &needs, 390.0, 420.0, (0.0, 0.0));
        assert!(layout.portrait);
        assert!(layout.cards[0].area.bottom() < layout.cards[3].area.y);
    }
    #[test]
    fn lanes_know_the_cards_that_they_pass_behind() {
        let (topology, needs) = topology(1, 6);
        let wide = Layout::new(&topology, &needs, 696.0, 552.0, (0.0, 0.0));
        assert!(wide.lanes.iter().all(|lane| lane.behind.is_empty()));
        let narrow = Layout::new(&topology, &needs, 390.0, 420.0, (0.0, 0.0));
        let top = narrow.cards[1].area.y;
        for (lane, link) in narrow.lanes.iter().zip(topology.links()) {
            let ends = [link.from, link.to].map(|node| narrow.cards[node.index()].area);
            assert!(ends.iter().all(|end| !lane.behind.contains(end)));
            let is_below = ends.iter().any(|end| end.y > top);
            assert_eq!(!lane.behind.is_empty(), is_below, "{ends:?}");
            for card in &lane.behind {
                assert!((0..64).any(|i| card.covers(lane.at(f64::from(i) / 64.0))));
                assert!(lane.is_behind(card.centre()));
            }
        }
    }
}
