//! What is where within a node's card: title, queue, workers, footer.

use super::rows::{self, RowPlace};
use super::{Area, Spot};
use crate::kernel::Row;

/// How much a card of a given height can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// One line: name and a few slots.
    Compact,
    /// Title and a line of slots.
    Medium,
    /// Title, slots and a footer.
    Full,
}

/// What decides the size of a node's card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// How many workers it has; zero for nodes that only send and receive.
    pub workers: u16,
}

/// A node's card with a place for everything in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// All of it.
    pub area: Area,
    /// How much it shows.
    pub detail: Detail,
    /// Where waiting messages stand, the next one first.
    pub queue: Vec<Spot>,
    /// Where workers are, as many as fit.
    pub workers: Vec<Spot>,
    /// The radius of a worker's ring.
    pub ring: f32,
    /// Workers that do not fit.
    pub hidden_workers: u16,
    /// Where `+N` stands when more wait than fit; its text ends here.
    pub overflow: Spot,
    /// Where the name begins, on its base line.
    pub title: Spot,
    /// The size of the name's letters.
    pub title_px: f32,
    /// The name does not fit; a number in the middle stands for it.
    pub numbered: bool,
    /// It is a disc on a ring, without anything but its number in it.
    pub is_disc: bool,
    /// Where a few words stand beside a disc, if there is room.
    pub aside: Option<Aside>,
    /// The base line of the footer's two texts, if it has one.
    pub footer: Option<f32>,
    /// What the pattern furnishes it with; none where the room ends.
    pub rows: Vec<Option<RowPlace>>,
}

/// Words beside a disc.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aside {
    /// Where they begin, end or have their middle, on their base line.
    pub spot: Spot,
    /// Which of the three, as SVG writes it.
    pub anchor: &'static str,
}

/// From the top of a card to what stands below its name.
pub const TITLE_HEIGHT: f32 = 38.0;
/// Queue and workers, where rows follow.
const SLOTS_HEIGHT: f32 = 38.0;

/// A cautious estimate of how wide a text of system fonts is.
pub fn text_width(letters: usize, px: f32) -> f32 {
    letters as f32 * px * 0.58
}

/// The same for a node's name, whose letters are bold.
pub fn name_width(letters: usize, px: f32) -> f32 {
    letters as f32 * px * 0.64
}

/// What slots beside rows take of a low card's width: this much a worker and
/// for the queue, but not more than this share.
const SLOT_WIDTH: f32 = 34.0;
const SLOTS_SHARE: f32 = 0.35;

/// In a wider card a log has a line of its own, above all else.
pub const WIDE: f32 = 300.0;

/// Where slots stand in a card of more than one line.
#[derive(Clone, Copy, PartialEq)]
enum SlotsPlace {
    Alone,
    AboveRows,
    /// Below a log, which is so high; zero where there is none.
    BesideRows(f32),
}

/// Where a name begins behind an icon, and without one.
const WITH_ICON: f32 = 40.0;
const WITHOUT: f32 = 14.0;
/// Ways to write a name, the best first: where it begins, the size of its
/// letters. Those of a low card come last.
const TITLES: [(f32, f32); 6] = [
    (WITH_ICON, 14.0),
    (WITH_ICON, 13.0),
    (WITHOUT, 14.0),
    (WITHOUT, 13.0),
    (12.0, 12.0),
    (10.0, 11.0),
];
/// From a disc's edge to the words beside it.
const ASIDE: f32 = 7.0;
/// Words beside a disc begin or end there, unless it is about above or below.
const LEVEL: f32 = 0.35;
/// The room that `+N` takes.
const OVERFLOW_WIDTH: f32 = 44.0;

impl Detail {
    /// The height a card wants.
    pub fn height(self, needs: Needs) -> f32 {
        match (self, needs.workers > 0) {
            (Self::Full, true) => 124.0,
            (Self::Full, false) => 78.0,
            (Self::Medium, true) => 76.0,
            (Self::Medium, false) => 54.0,
            (Self::Compact, _) => 30.0,
        }
    }

    /// The most that a card of this height can show.
    pub fn fitting(height: f32, needs: Needs) -> Self {
        [Self::Full, Self::Medium]
            .into_iter()
            .find(|detail| height >= detail.height(needs) - 8.0)
            .unwrap_or(Self::Compact)
    }
}

impl Card {
    /// Furnishes an area; the name has at most so many letters.
    pub fn new(area: Area, needs: Needs, name_letters: usize, rows: &[Row]) -> Self {
        let detail = Detail::fitting(area.h, needs);
        let compact = detail == Detail::Compact;
        let fits =
            |title: &&(f32, f32)| title.0 + name_width(name_letters, title.1) + 12.0 <= area.w;
        let ways = if compact { &TITLES[4..] } else { &TITLES[..] };
        let (left, title_px) = *ways.iter().find(fits).unwrap_or(&TITLES[5]);
        let numbered = name_width(name_letters, 12.0) + 14.0 > area.w;
        let mut card = Self {
            area,
            detail,
            queue: Vec::new(),
            workers: Vec::new(),
            ring: 0.0,
            hidden_workers: 0,
            overflow: Spot::default(),
            title: Spot {
                x: match numbered {
                    true => area.centre().x,
                    false => area.x + left,
                },
                y: if compact {
                    area.y + area.h / 2.0 + 4.5
                } else {
                    area.y + 26.0
                },
            },
            title_px,
            numbered,
            is_disc: false,
            aside: None,
            footer: (detail != Detail::Compact && rows.is_empty() && area.h >= 52.0)
                .then(|| area.bottom() - 14.0),
            rows: vec![None; rows.len()],
        };
        let place = slots_place(rows, area);
        if needs.workers > 0 {
            card.place_slots(needs.workers, name_letters, place);
        }
        if detail != Detail::Compact {
            let (mut beside, mut top) = (0.0, area.y + TITLE_HEIGHT);
            match place {
                _ if needs.workers == 0 => {}
                SlotsPlace::BesideRows(_) => beside = slots_width(area, needs.workers),
                _ => top += SLOTS_HEIGHT,
            }
            card.rows = rows::place(rows, area, beside, top);
        }
        if detail == Detail::Medium && needs.workers > 0 {
            card.footer = None;
        }
        card
    }

    /// A disc on a ring around `middle`; what it works on stands inside the
    /// ring, a few words outside.
    pub fn disc(area: Area, needs: Needs, middle: Spot, worded: bool) -> Self {
        let (centre, radius) = (area.centre(), area.w / 2.0);
        let far = centre.distance_squared(middle).sqrt().max(1.0);
        let out = Spot {
            x: (centre.x - middle.x) / far,
            y: (centre.y - middle.y) / far,
        };
        let beside = |by: f32| Spot {
            x: centre.x + out.x * by,
            y: centre.y + out.y * by,
        };
        let anchor = match out.x {
            x if x > LEVEL => "start",
            x if x < -LEVEL => "end",
            _ => "middle",
        };
        let words = beside(radius + ASIDE);
        let title_px = (area.w * 0.42).clamp(8.0, 14.0);
        let ring = (radius * 0.5).min(8.0);
        Self {
            area,
            detail: Detail::Compact,
            queue: Vec::new(),
            workers: vec![beside(-radius - ring - 4.0); needs.workers.min(1).into()],
            ring,
            hidden_workers: 0,
            overflow: centre,
            title: Spot {
                x: centre.x,
                y: centre.y + title_px * 0.36,
            },
            title_px,
            numbered: true,
            is_disc: true,
            aside: worded.then_some(Aside {
                spot: Spot {
                    x: words.x,
                    y: words.y + 4.0 + out.y * 5.0,
                },
                anchor,
            }),
            footer: None,
            rows: Vec::new(),
        }
    }

    /// Whether there is room for the icon.
    pub fn has_icon(&self) -> bool {
        !self.numbered && self.title.x - self.area.x >= WITH_ICON
    }

    /// Whether a text of so many letters fits to the right of the name.
    pub fn fits_beside(&self, name_letters: usize, letters: usize, px: f32) -> bool {
        let end = self.title.x + name_width(name_letters, self.title_px);
        end + 10.0 + text_width(letters, px) <= self.slots_left().min(self.area.right() - 12.0)
    }

    /// Where the slots of a one-line card begin; the right edge otherwise.
    fn slots_left(&self) -> f32 {
        match (self.detail, self.queue.last().or(self.workers.last())) {
            (Detail::Compact, Some(last)) => last.x - OVERFLOW_WIDTH,
            _ => self.area.right(),
        }
    }

    /// Workers from the right, then the queue, whose head is next to them.
    fn place_slots(&mut self, workers: u16, name_letters: usize, place: SlotsPlace) {
        let area = self.area;
        let below_title = area.y + TITLE_HEIGHT;
        let (left, line) = match self.detail {
            Detail::Compact => (
                self.title.x + name_width(name_letters, self.title_px) + 6.0,
                area.y + area.h / 2.0,
            ),
            _ if place == SlotsPlace::AboveRows => {
                (area.x + 14.0, below_title + SLOTS_HEIGHT / 2.0 - 4.0)
            }
            _ if let SlotsPlace::BesideRows(above) = place => {
                let middle = (below_title + above + area.bottom()) / 2.0 - 4.0;
                (area.right() - slots_width(area, workers), middle)
            }
            Detail::Medium => (area.x + 12.0, area.bottom() - 24.0),
            Detail::Full => (area.x + 14.0, area.y + area.h / 2.0 + 2.0),
        };
        let right = area.right() - 14.0;
        let room = (right - left).max(0.0);
        if room < 44.0 {
            // A name alone says more than a name behind rings.
            self.hidden_workers = workers;
            return;
        }
        let largest = match self.detail {
            Detail::Full => 13.0,
            Detail::Medium => 12.0,
            Detail::Compact => 8.5,
        };
        let share = room * 0.55;
        self.ring = [13.0, 12.0, 11.0, 10.0, 9.0, 8.5, 8.0]
            .into_iter()
            .filter(|ring| *ring <= largest)
            .find(|ring| f32::from(workers) * pitch(*ring) <= share)
            .unwrap_or(8.0);
        let fits = ((share / pitch(self.ring)) as u16).clamp(1, workers);
        let marker = if fits < workers { 26.0 } else { 0.0 };
        self.hidden_workers = workers - fits;
        for index in 0..fits {
            let x = right - marker - self.ring - f32::from(index) * pitch(self.ring);
            self.workers.push(Spot { x, y: line });
        }
        // The first worker stands nearest to the queue's head.
        self.workers.reverse();
        let gap = if self.detail == Detail::Compact {
            12.0
        } else {
            14.0
        };
        let head = self
            .workers
            .first()
            .map_or(right, |spot| spot.x - self.ring - gap);
        let mut x = head;
        while x - 6.0 >= left + OVERFLOW_WIDTH {
            self.queue.push(Spot { x, y: line });
            x -= gap;
        }
        self.overflow = Spot {
            x: self.queue.last().map_or(head + 4.0, |spot| spot.x - 10.0),
            y: line + 4.0,
        };
    }
}

/// The room that slots beside rows take.
fn slots_width(area: Area, workers: u16) -> f32 {
    let wanted = f32::from(workers + 1) * SLOT_WIDTH;
    wanted.min(area.w * SLOTS_SHARE)
}

/// In a low card the slots stand beside the rows instead of above them.
fn slots_place(rows: &[Row], area: Area) -> SlotsPlace {
    let is_line = |row: &Row| *row == Row::Line;
    let first = rows::wanted_height(&rows[..rows.len().min(1)], area.w);
    match rows {
        [] => SlotsPlace::Alone,
        [Row::Cells { .. }, lines @ ..] if area.w > WIDE && lines.iter().all(is_line) => {
            SlotsPlace::BesideRows(first)
        }
        _ if TITLE_HEIGHT + SLOTS_HEIGHT + first + 4.0 > area.h => SlotsPlace::BesideRows(0.0),
        _ => SlotsPlace::AboveRows,
    }
}

/// From one ring's middle to the next one's.
fn pitch(ring: f32) -> f32 {
    2.0 * ring + 8.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station(w: f32, h: f32, workers: u16) -> Card {
        let area = Area {
            x: 10.0,
            y: 20.0,
            w,
            h,
        };
        Card::new(area, Needs { workers }, 8, &[])
    }

    #[test]
    fn slots_stay_inside_and_apart() {
        for w in [90.0, 120.0, 170.0, 260.0, 360.0] {
            for h in [28.0, 40.0, 70.0, 124.0] {
                for workers in [1, 2, 4, 9, 64] {
                    let card = station(w, h, workers);
                    let (x, right) = (card.area.x, card.area.right());
                    assert!(
                        card.workers
                            .iter()
                            .all(|s| s.x - 8.0 > x && s.x + card.ring < right)
                    );
                    assert!(
                        card.queue
                            .iter()
                            .all(|s| s.x > x && s.x < card.workers[0].x)
                    );
                    assert_eq!(card.workers.len() as u16 + card.hidden_workers, workers);
                    for pair in card.workers.windows(2) {
                        assert!(pair[1].x - pair[0].x > 2.0 * card.ring);
                    }
                }
            }
        }
    }

    #[test]
    fn four_workers_fit_in_a_wide_card() {
        let card = station(320.0, 124.0, 4);
        assert_eq!((card.workers.len(), card.hidden_workers), (4, 0));
        assert!(card.queue.len() >= 6, "{}", card.queue.len());
        assert_eq!(card.detail, Detail::Full);
    }
}
