//! What a gateway finds out about replicas by itself: it asks each in turn
//! whether it is up, and looks again at those it has ejected.
//!
//! The check is shallow: a replica that is up says so whatever its work is
//! worth. Sick ones are for outlier ejection.

use super::gateway::{Gateway, HEALTH, Known, SWEEP};
use super::knobs::Parameters;
use super::legs::{HEALTHY, LET_BACK, UNHEALTHY, note};
use crate::kernel::model::Draft;
use crate::kernel::{Context, Duration, FlowId, Hue, Marks, Role, Timer};

/// Checks in a row without an answer that take a replica out.
const UNANSWERED_MOST: u8 = 2;

impl Known {
    /// Whether a replica answers its checks.
    pub fn is_healthy(&self) -> bool {
        self.unanswered < UNANSWERED_MOST
    }
}

impl Gateway {
    /// No timer for checks or sweeps is in force any more.
    pub fn forget_rounds(&mut self) {
        self.version = self.version.wrapping_add(1);
        self.rounds = (None, Duration::ZERO);
    }

    /// Begins checks and sweeps anew if their knobs were turned. They are
    /// spread evenly over the time between two checks of the same replica.
    pub fn watch(&mut self, parameters: &Parameters, context: &mut Context) {
        let rounds = parameters.rounds();
        if self.rounds == rounds {
            return;
        }
        self.forget_rounds();
        self.rounds = rounds;
        let version = u64::from(self.version) << 32;
        let count = self.known.len();
        for (index, known) in self.known.iter_mut().enumerate() {
            (known.asked, known.unanswered, known.round) = (false, 0, 0);
            if let Some(every) = rounds.0 {
                let first = every.scaled((index + 1) as f64 / count as f64);
                let (node, kind, data) = (self.node, HEALTH, version | index as u64);
                context.after(first, Timer { node, kind, data });
            }
        }
        self.remind(rounds.1, SWEEP, version, context);
    }

    /// It is time to check a replica.
    pub fn check(&mut self, timer: Timer, context: &mut Context) {
        let Some(every) = self.rounds.0.filter(|_| self.is_in_force(timer)) else {
            return;
        };
        context.after(every, timer);
        let replica = timer.data as u32 as usize;
        let known = &mut self.known[replica];
        let was_healthy = known.is_healthy();
        known.unanswered = known.unanswered.saturating_add(u8::from(known.asked));
        known.asked = true;
        known.round = known.round.wrapping_add(1);
        if was_healthy && !known.is_healthy() {
            note(UNHEALTHY, self.layout.replica(replica), context);
        }
        context.send(Draft {
            link: self.layout.to_replica(self.index, replica),
            flow: FlowId::NONE,
            cause: None,
            tag: u32::from(known.round),
            role: Role::Control,
            hue: Hue::ROLE,
            marks: Marks::default(),
        });
    }

    fn is_in_force(&self, timer: Timer) -> bool {
        timer.data >> 32 == u64::from(self.version)
    }

    /// A replica answers a check.
    pub fn hear_check(&mut self, replica: usize, context: &mut Context) {
        let known = &mut self.known[replica];
        let was_healthy = known.is_healthy();
        (known.asked, known.unanswered) = (false, 0);
        if !was_healthy {
            note(HEALTHY, self.layout.replica(replica), context);
        }
    }

    /// It is time to look at the ejected again.
    pub fn sweep(&mut self, timer: Timer, parameters: &Parameters, context: &mut Context) {
        if !self.is_in_force(timer) {
            return;
        }
        context.after(self.rounds.1, timer);
        let (now, layout) = (context.now(), self.layout);
        for (index, service) in self.services.iter_mut().enumerate() {
            let mut back = |replica: usize| {
                let replica = layout.replica(index * layout.each + replica);
                note(LET_BACK, replica, context);
            };
            service.outliers.sweep(&parameters.outlier, now, &mut back);
        }
    }
}
