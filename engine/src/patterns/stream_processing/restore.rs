//! Checkpoints and restarts: a cut through all sources, operators and the
//! sink, and the way back to it.

use super::channel::{Parcel, attempt_of};
use super::state::*;
use crate::kernel::{Context, FlowId, NodeId};
use std::sync::Arc;

/// Checkpoints under way; older ones are given up.
const UNFINISHED_MOST: usize = 8;
/// The one reason of `Fact::Discarded`.
const RESTORED: u8 = 0;
const NOTE_CHECKPOINT: u8 = 3;
const NOTE_RESTORE: u8 = 4;

impl Streaming {
    /// A source sends a barrier at its present offset.
    pub fn begin_checkpoint(&mut self, source: usize, number: u64, context: &mut Context) {
        let offset = self.sources[source].offset;
        let known = self.unfinished.iter().position(|it| it.number == number);
        let place = known.unwrap_or_else(|| {
            if self.unfinished.len() >= UNFINISHED_MOST {
                self.unfinished.remove(0);
            }
            self.unfinished.push(Checkpoint {
                number,
                offsets: vec![None; self.sources.len()],
                windows: vec![None; self.operators.len()],
            });
            self.unfinished.len() - 1
        });
        self.unfinished[place].offsets[source] = Some(offset);
        self.tell(source, Parcel::Barrier(number), context);
    }

    /// An operator whose inputs have all brought a barrier keeps its state.
    pub fn snapshot(&mut self, operator: usize, context: &mut Context) {
        let it = &mut self.operators[operator];
        let least = it
            .intakes
            .iter()
            .map(|intake| intake.barrier)
            .min()
            .unwrap_or(0);
        if least <= it.taken {
            return;
        }
        it.taken = least;
        let windows = Arc::new(it.windows.clone());
        if let Some(checkpoint) = self.unfinished.iter_mut().find(|it| it.number == least) {
            checkpoint.windows[operator] = Some(windows);
        }
        let channel = self.out_of(operator);
        self.send(channel, Parcel::Barrier(least), None, context);
    }

    /// A checkpoint is complete when its barriers have met at the sink.
    pub fn finish_checkpoint(&mut self, context: &mut Context) {
        let least = self.sink.barriers.iter().copied().min().unwrap_or(0);
        let done = |it: &Checkpoint| {
            let cut = it.offsets.iter().all(Option::is_some);
            it.number == least && cut && it.windows.iter().all(Option::is_some)
        };
        let Some(place) = self.unfinished.iter().position(done) else {
            return;
        };
        let checkpoint = self.unfinished.remove(place);
        self.unfinished.retain(|it| it.number > least);
        for (source, offset) in self.sources.iter_mut().zip(&checkpoint.offsets) {
            let offset = offset.unwrap_or(source.base).max(source.base);
            let over = (offset - source.base) as usize;
            let over = over.min(source.log.len());
            source.log.drain(..over);
            source.base = offset;
        }
        self.checkpoint = Some(Arc::new(checkpoint));
        self.tally.checkpoints += 1;
        self.commit();
        context.note(
            NOTE_CHECKPOINT,
            self.sink.station.node(),
            FlowId::NONE,
            least,
        );
    }

    /// The whole job begins again at the last complete checkpoint.
    pub fn restore(&mut self, node: NodeId, context: &mut Context) {
        self.attempt = self.attempt.wrapping_add(1);
        self.sound &= self.exact;
        self.tally.restored += 1;
        self.channels.iter_mut().for_each(|channel| channel.clear());
        self.unfinished.clear();
        let checkpoint = self.checkpoint.clone();
        let number = checkpoint.as_ref().map_or(0, |it| it.number);
        for place in 0..self.operators.len() {
            self.interrupt(place, context);
            let kept = checkpoint
                .as_ref()
                .and_then(|it| it.windows[place].as_deref().cloned());
            let it = &mut self.operators[place];
            // A pane that was due fires at once.
            (it.windows, it.taken, it.due) = (kept.unwrap_or_default(), number, None);
            for (source, intake) in it.intakes.iter_mut().enumerate() {
                *intake = Intake {
                    barrier: number,
                    idle: source > 0 && !self.given.is_empty(),
                    ..Intake::default()
                };
            }
            self.watch_early(place, context);
        }
        self.interrupt_sink(context);
        self.sink.barriers.fill(number);
        self.tally.rolled_back += self.sink.pending.len() as u64;
        self.sink.pending.clear();
        context.note(NOTE_RESTORE, node, FlowId::NONE, number);
        for source in 0..self.sources.len() {
            let offset = checkpoint.as_ref().and_then(|it| it.offsets[source]);
            let idle = self.is_without_rows(source);
            let it = &mut self.sources[source];
            let offset = offset.unwrap_or(it.base);
            self.tally.replayed += it.offset - offset;
            it.offset = offset;
            (it.idle, it.latest_ms, it.told_ms) = (idle, i64::MIN, i64::MIN);
            it.read_at = context.now();
        }
        for source in 0..self.sources.len() {
            self.read(source, context);
        }
    }

    /// An operator's work is gone.
    pub fn interrupt(&mut self, operator: usize, context: &mut Context) {
        let it = &mut self.operators[operator];
        it.current = None;
        it.station.crash(RESTORED, context);
    }

    /// The sink's work is gone; the restart of the job rolls it back.
    pub fn interrupt_sink(&mut self, context: &mut Context) {
        let it = &mut self.sink;
        it.pending
            .extend(it.current.take().map(|pane| (context.now(), pane)));
        it.station.crash(RESTORED, context);
    }

    /// A gap in a channel: if it is still there, something was lost for good.
    pub fn check_gap(&mut self, data: u64, context: &mut Context) {
        let (channel, tag) = ((data >> 32) as usize, data as u32);
        if attempt_of(tag) == self.attempt && self.channels[channel].place_of(tag).is_some() {
            let node = context.topology().link(self.channels[channel].link).to;
            self.restore(node, context);
        }
    }
}
