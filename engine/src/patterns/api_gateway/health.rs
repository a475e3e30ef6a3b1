//! What a gateway finds out about replicas by itself: it asks each in turn
//! whether it is up, and looks again at those it has ejected.
//!
//! The check is shallow: a replica that is up says so whatever its work is
//! worth. Sick ones are for outlier ejection.

use super::gateway::{Gateway, HEALTH, SWEEP};
use super::legs::{HEALTHY, LET_BACK, UNHEALTHY, note};
use super::parameters::Parameters;
use crate::kernel::model::Draft;
use crate::kernel::{Context, Duration, FlowId, Hue, Marks, Message, NodeId, Role, Timer};

/// Checks in a row without an answer that take a replica out.
const UNANSWERED_MOST: u8 = 2;

#[derive(Clone, Copy, Debug, Default)]
struct Patient {
    /// A check is on its way.
    asked: bool,
    /// In a row.
    unanswered: u8,
    round: u16,
}

/// What checks have shown.
#[derive(Clone, Debug)]
pub struct Health {
    patients: Vec<Patient>,
    /// Of the timers in force; others are void.
    version: u32,
    every: Option<Duration>,
    sweep: Duration,
}

impl Health {
    /// Nothing is known yet; all pass for healthy.
    pub fn new(replicas: usize) -> Self {
        Self {
            patients: vec![Patient::default(); replicas],
            version: 0,
            every: None,
            sweep: Duration::ZERO,
        }
    }

    /// Whether a replica answers its checks.
    pub fn is_healthy(&self, replica: usize) -> bool {
        self.patients[replica].unanswered < UNANSWERED_MOST
    }

    /// Nothing is known any more, and no timer runs.
    pub fn forget(&mut self) {
        *self = Self {
            version: self.version.wrapping_add(1),
            ..Self::new(self.patients.len())
        };
    }
}

impl Gateway {
    /// Begins checks and sweeps anew if their knobs were turned. They are
    /// spread evenly over the time between two checks of the same replica.
    pub fn watch(&mut self, parameters: &Parameters, context: &mut Context) {
        if (self.health.every, self.health.sweep) == (parameters.health, parameters.sweep) {
            return;
        }
        self.health.forget();
        (self.health.every, self.health.sweep) = (parameters.health, parameters.sweep);
        let node = self.node;
        let version = u64::from(self.health.version) << 32;
        if let Some(every) = parameters.health {
            let count = self.health.patients.len();
            for index in 0..count {
                let first = every.scaled((index + 1) as f64 / count as f64);
                let (kind, data) = (HEALTH, version | index as u64);
                context.after(first, Timer { node, kind, data });
            }
        }
        let (kind, data) = (SWEEP, version);
        context.after(parameters.sweep, Timer { node, kind, data });
    }

    fn is_void(&self, timer: Timer) -> bool {
        timer.data >> 32 != u64::from(self.health.version)
    }

    fn replica(&self, index: usize) -> NodeId {
        let each = self.services[0].replicas.len();
        self.services[index / each].replicas[index % each]
    }

    /// It is time to check a replica.
    pub fn check(&mut self, timer: Timer, context: &mut Context) {
        let Some(every) = self.health.every.filter(|_| !self.is_void(timer)) else {
            return;
        };
        context.after(every, timer);
        let index = timer.data as u32 as usize;
        let to = self.replica(index);
        let was_healthy = self.health.is_healthy(index);
        let patient = &mut self.health.patients[index];
        if patient.asked {
            patient.unanswered = patient.unanswered.saturating_add(1);
        }
        patient.asked = true;
        patient.round = patient.round.wrapping_add(1);
        let tag = u32::from(patient.round);
        if was_healthy && !self.health.is_healthy(index) {
            note(UNHEALTHY, to, context);
        }
        if let Some(link) = context.topology().between(self.node, to) {
            context.send(Draft {
                link,
                flow: FlowId::NONE,
                cause: None,
                tag,
                role: Role::Control,
                hue: Hue::ROLE,
                marks: Marks::default(),
            });
        }
    }

    /// A replica answers a check.
    pub fn hear_check(&mut self, message: &Message, context: &mut Context) {
        let from = context.topology().link(message.link).from;
        let index = usize::from(from.0 - self.replica(0).0);
        let was_healthy = self.health.is_healthy(index);
        let patient = &mut self.health.patients[index];
        (patient.asked, patient.unanswered) = (false, 0);
        if !was_healthy {
            note(HEALTHY, from, context);
        }
    }

    /// It is time to look at the ejected again.
    pub fn sweep(&mut self, timer: Timer, parameters: &Parameters, context: &mut Context) {
        if self.is_void(timer) {
            return;
        }
        context.after(parameters.sweep, timer);
        let now = context.now();
        for service in &mut self.services {
            let replicas = &service.replicas;
            service.outliers.sweep(&parameters.outlier, now, |replica| {
                note(LET_BACK, replicas[replica], context);
            });
        }
    }
}
