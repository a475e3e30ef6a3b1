//! Pure geometry: where nodes, links and messages are in a picture of a given
//! size. It draws nothing and knows no browser; whoever draws computes nothing.

mod card;
mod columns;
pub mod event_time;
mod frame;
pub mod glyph;
mod lane;
mod layout;
mod loss;
mod ring;
mod rows;
mod shelf;
pub mod trace;

pub use card::{Aside, Card, Detail, Needs, text_width};
pub use frame::{Arc, Condition, Frame, Loss, Sprite, Travel};
pub use lane::{Lane, PairId, curve_path};
pub use layout::{LabelSide, Layout};
pub use loss::FALL;
pub use rows::{ROW_PX, RowKind, RowPlace};
pub use shelf::{Bar, Cell, Offset, PointerMark};

/// A point of the picture, in its pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spot {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
}

/// A rectangle of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// Its left edge.
    pub x: f32,
    /// Its top edge.
    pub y: f32,
    /// Its width.
    pub w: f32,
    /// Its height.
    pub h: f32,
}

impl Spot {
    /// The distance to another, squared.
    pub fn distance_squared(self, other: Self) -> f32 {
        let (x, y) = (self.x - other.x, self.y - other.y);
        x * x + y * y
    }
}

impl Area {
    /// Its right edge.
    pub fn right(&self) -> f32 {
        self.x + self.w
    }

    /// Its bottom edge.
    pub fn bottom(&self) -> f32 {
        self.y + self.h
    }

    /// Its middle.
    pub fn centre(&self) -> Spot {
        Spot {
            x: self.x + self.w / 2.0,
            y: self.y + self.h / 2.0,
        }
    }

    /// Whether both share more than an edge.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    /// Whether a place lies within.
    pub fn covers(&self, spot: Spot) -> bool {
        spot.x > self.x && spot.x < self.right() && spot.y > self.y && spot.y < self.bottom()
    }

    /// Whether the other lies wholly within.
    pub fn contains(&self, other: &Self) -> bool {
        other.x >= self.x
            && other.y >= self.y
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }
}
