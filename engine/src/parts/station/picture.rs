//! How a station shows in a picture.

use super::{Station, Work};
use crate::kernel::Role;
use crate::kernel::view::{Running, Token, View, Waiting};

/// At most this many show that wait in one node, more than a card has room
/// for; meters count all.
const SHOWN: usize = 64;

impl Station {
    /// Adds it to a picture. `look` tells the shape of work and whether anybody
    /// waits for it; `cap` is how many may wait, or 0 if that is no matter.
    pub fn show(&self, cap: usize, look: &dyn Fn(&Work) -> (Role, bool), view: &mut View) {
        let (node, now) = (self.node, self.paused_since.unwrap_or(view.now));
        let shown = &mut view.nodes[node.index()];
        (shown.workers, shown.busy) = (self.workers(), self.busy as u16);
        (shown.queue, shown.queue_cap) = (self.depth(), cap as u32);
        for queued in self.queue.iter().chain(self.door.iter()).take(SHOWN) {
            let (token, wanted) = token(&queued.item, look);
            view.waiting.push(Waiting {
                node,
                token,
                wanted,
            });
        }
        for (worker, job) in self.workers.iter().enumerate() {
            let Some(job) = job else { continue };
            let (token, wanted) = token(&job.item, look);
            let worked = now.since(job.since + (self.paused_total - job.paused_before));
            view.running.push(Running {
                node,
                worker: worker as u16,
                token,
                since: job.since,
                done: match job.takes.0 {
                    0 => 1.0,
                    _ => worked.as_secs() / job.takes.as_secs(),
                },
                wanted,
            });
        }
    }
}

fn token(work: &Work, look: &dyn Fn(&Work) -> (Role, bool)) -> (Token, bool) {
    let (role, wanted) = look(work);
    let token = Token {
        message: work.message,
        flow: work.flow,
        role,
        hue: work.hue,
        marks: work.marks,
    };
    (token, wanted)
}
