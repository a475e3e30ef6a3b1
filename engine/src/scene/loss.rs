//! Lost messages: they fall where they were lost, and a text says why.

use super::frame::{Condition, Frame, Loss, Sprite};
use super::{Layout, Spot};
use crate::kernel::{
    DropReason, Duration, Fact, FlowId, Hue, Instant, LinkId, Marks, MessageId, NodeId, Role,
    Stamped, Topology,
};

/// Fallen messages shown at most, the latest.
const FALLEN_MOST: usize = 96;
/// Places of loss that get a text at most.
const LOSSES_MOST: usize = 8;
/// Texts nearer than this, across and down, would run into one another.
const LOSS_APART: (f32, f32) = (90.0, 16.0);
/// How far lost messages fall, in pixels.
pub const FALL: f32 = 30.0;

impl Frame {
    pub(super) fn add_fallen<'f>(
        &mut self,
        layout: &Layout,
        topology: &Topology,
        recent: impl Iterator<Item = &'f Stamped>,
        now: Instant,
        discards: &[&'static str],
        fall: Duration,
    ) {
        let mut fallen = 0;
        for stamped in recent {
            let age = now.since(stamped.at);
            if age >= fall || fallen == FALLEN_MOST {
                break;
            }
            let Some(lost) = lost(layout, topology, stamped, discards) else {
                continue;
            };
            fallen += 1;
            let share = age.as_secs() as f32 / fall.as_secs().max(1e-9) as f32;
            self.note_loss(&lost);
            self.sprites.push(Sprite {
                spot: Spot {
                    x: lost.spot.x,
                    y: lost.spot.y + FALL * (share * 1.6).min(1.0),
                },
                role: Role::Error,
                hue: Hue::ROLE,
                marks: Marks::default(),
                condition: Condition::Fell,
                wanted: true,
                strength: (1.0 - share).clamp(0.0, 1.0),
                scale: 0.9,
                flow: lost.flow,
                message: lost.message,
            });
        }
    }

    fn note_loss(&mut self, lost: &Lost) {
        // One text for all that would stand over one another.
        let near = |loss: &Loss| {
            let (x, y) = (loss.spot.x - lost.label.x, loss.spot.y - lost.label.y);
            x.abs() < LOSS_APART.0 && y.abs() < LOSS_APART.1
        };
        let same = |loss: &&mut Loss| {
            loss.reason == lost.reason && (loss.place == lost.place || near(loss))
        };
        if let Some(loss) = self.losses.iter_mut().find(same) {
            loss.count += 1;
        } else if self.losses.len() < LOSSES_MOST {
            self.losses.push(Loss {
                spot: lost.label,
                count: 1,
                reason: lost.reason,
                place: lost.place,
            });
        }
    }
}

struct Lost {
    spot: Spot,
    label: Spot,
    reason: &'static str,
    place: usize,
    flow: FlowId,
    message: MessageId,
}

/// What a fact says of a loss, and where it shows.
fn lost(
    layout: &Layout,
    topology: &Topology,
    stamped: &Stamped,
    discards: &[&'static str],
) -> Option<Lost> {
    match stamped.fact {
        Fact::Dropped {
            ref message,
            reason,
        } => {
            let spot = place_of(layout, message.link, message.progress(stamped.at))?;
            let at_link = Spot {
                x: spot.x,
                y: spot.y + FALL + 18.0,
            };
            // What many links lose at one dead node is told once, beside it.
            let (label, place) = match reason {
                DropReason::Crash => at_node(layout, topology.link(message.link).to, at_link)?,
                DropReason::Cut | DropReason::Loss => (at_link, message.link.index()),
            };
            let (flow, message) = (message.flow, message.id);
            Some(Lost {
                spot,
                label,
                reason: reason.name(),
                place,
                flow,
                message,
            })
        }
        Fact::Interrupted {
            node,
            flow,
            message,
            ..
        } => inside(layout, node, flow, message, "crash"),
        Fact::Discarded {
            node,
            flow,
            message,
            why,
            ..
        } => {
            let reason = discards
                .get(usize::from(why))
                .copied()
                .unwrap_or("given up");
            inside(layout, node, flow, message, reason)
        }
        _ => None,
    }
}

/// Above a dead node, and its place among all.
fn at_node(layout: &Layout, node: NodeId, near: Spot) -> Option<(Spot, usize)> {
    let area = layout.cards.get(node.index())?.area;
    let (x, y) = match layout.portrait {
        true => (area.centre().x, area.y - 34.0),
        false => (near.x.min(area.x - 44.0), area.bottom() + 4.0),
    };
    Some((Spot { x, y }, layout.lanes.len() + node.index()))
}

/// Messages at the very end of a link fall before its card, not over it.
fn place_of(layout: &Layout, link: LinkId, share: f64) -> Option<Spot> {
    Some(layout.lanes.get(link.index())?.at(share.min(0.94)))
}

/// What is lost within a node falls out of its bottom.
fn inside(
    layout: &Layout,
    node: NodeId,
    flow: FlowId,
    message: MessageId,
    reason: &'static str,
) -> Option<Lost> {
    let area = layout.cards.get(node.index())?.area;
    let columns = 7;
    let column = (message.0.get() % columns) as f32;
    let step = (area.w * 0.5 / columns as f32).min(22.0);
    let spot = Spot {
        x: area.x + 20.0 + column * step,
        y: area.bottom() - 14.0,
    };
    let label = Spot {
        x: area.x + 20.0 + columns as f32 * step + 8.0,
        y: area.bottom() + 19.0,
    };
    let place = layout.lanes.len() + node.index();
    Some(Lost {
        spot,
        label,
        reason,
        place,
        flow,
        message,
    })
}
