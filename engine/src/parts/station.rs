//! A station: a queue before some workers on one node. It decides who waits
//! and who is next; how long the work takes is its owner's business.

mod picture;
mod work;

use crate::kernel::{Context, Duration, Fact, Instant, Knob, NodeId, Queue, Timer};
pub use work::Work;

/// What a full queue does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFull {
    /// Refuses the newcomer.
    Reject,
    /// Gives up the oldest.
    DropOldest,
    /// Lets the newcomer wait at the door.
    Block,
}

/// The knob that chooses among them.
pub const fn on_full_knob(group: &'static str) -> Knob {
    Knob::choice(
        group,
        "on-full",
        "When full",
        &["reject", "drop-oldest", "block"],
        "Refuse the newcomer, give up the oldest, or let newcomers wait at the door.",
    )
}

/// At most this many wait at the door; more are refused.
pub const DOOR_MOST: usize = 10_000;

impl OnFull {
    /// The one a choice names.
    pub fn named(choice: &str) -> Self {
        match choice {
            "drop-oldest" => Self::DropOldest,
            "block" => Self::Block,
            _ => Self::Reject,
        }
    }
}

/// Work that waits.
#[derive(Clone, Copy, Debug)]
pub struct Queued {
    /// What.
    pub item: Work,
    /// Since when.
    pub since: Instant,
}

/// Work that runs.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// What.
    pub item: Work,
    /// Since when.
    pub since: Instant,
    /// How long it takes, pauses apart.
    pub takes: Duration,
    /// The station's paused time when it began.
    paused_before: Duration,
}

/// What became of a newcomer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is in the queue (and perhaps next).
    Admitted,
    /// It was refused.
    Refused,
    /// It is in, and this one was given up.
    Displaced(Work),
}

/// Queue and workers of one node.
#[derive(Clone, Debug)]
pub struct Station {
    node: NodeId,
    timer_kind: u8,
    workers: Vec<Option<Job>>,
    limit: usize,
    busy: usize,
    queue: Queue<Queued>,
    door: Queue<Queued>,
    /// At most this many wait, the door apart.
    pub cap: usize,
    /// What a full queue does.
    pub on_full: OnFull,
    /// All pauses that are over.
    paused_total: Duration,
    /// Since when it is paused, if it is.
    paused_since: Option<Instant>,
}

impl Station {
    /// A station without workers; timers it sets carry `timer_kind` and, as
    /// data, the worker's index.
    pub fn new(node: NodeId, timer_kind: u8) -> Self {
        Self {
            node,
            timer_kind,
            workers: Vec::new(),
            limit: 0,
            busy: 0,
            queue: Queue::default(),
            door: Queue::default(),
            cap: 0,
            on_full: OnFull::Reject,
            paused_total: Duration::ZERO,
            paused_since: None,
        }
    }

    /// Changes the number of workers; one that runs beyond it ends its work.
    pub fn set_workers(&mut self, workers: usize) {
        self.limit = workers;
        if self.workers.len() < workers {
            self.workers.resize(workers, None);
        }
        while self.workers.len() > workers && self.workers.last().is_some_and(Option::is_none) {
            self.workers.pop();
        }
    }

    fn has_idle(&self) -> bool {
        self.busy < self.limit && self.workers[..self.limit].iter().any(Option::is_none)
    }

    /// Takes a newcomer in, or not. Follow with [`Self::take_next`].
    pub fn offer(&mut self, item: Work, context: &mut Context) -> Admission {
        let queued = Queued {
            item,
            since: context.now(),
        };
        if self.queue.is_empty() && self.has_idle() {
            self.queue.push_back(queued);
            return Admission::Admitted;
        }
        let mut displaced = None;
        if self.queue.len() >= self.cap {
            match self.on_full {
                OnFull::Block if self.door.len() < DOOR_MOST => self.door.push_back(queued),
                OnFull::DropOldest if self.cap > 0 => displaced = self.queue.pop_front(),
                _ => return Admission::Refused,
            }
        }
        if self.on_full != OnFull::Block || self.queue.len() < self.cap {
            self.queue.push_back(queued);
        }
        let (node, depth) = (self.node, self.depth());
        context.observe(|| Fact::Queued {
            node,
            flow: item.flow,
            message: item.message,
            depth,
        });
        displaced.map_or(Admission::Admitted, |queued| {
            Admission::Displaced(queued.item)
        })
    }

    /// Takes the next out of the queue if a worker is idle. The caller starts
    /// it, or gives it up, and asks again.
    pub fn take_next(&mut self) -> Option<Queued> {
        if !self.has_idle() {
            return None;
        }
        let next = self.queue.pop_front().or_else(|| self.door.pop_front())?;
        while self.queue.len() < self.cap {
            let Some(queued) = self.door.pop_front() else {
                break;
            };
            self.queue.push_back(queued);
        }
        Some(next)
    }

    /// Puts work on an idle worker for `takes`.
    pub fn start(&mut self, queued: Queued, takes: Duration, context: &mut Context) {
        self.start_before(queued, self.depth(), takes, context);
    }

    /// The same for work that waited elsewhere, where `depth` still wait.
    pub fn start_before(
        &mut self,
        queued: Queued,
        depth: u32,
        takes: Duration,
        context: &mut Context,
    ) {
        let Some(worker) = self.workers[..self.limit].iter().position(Option::is_none) else {
            return;
        };
        let now = context.now();
        let item = queued.item;
        self.workers[worker] = Some(Job {
            item,
            since: now,
            takes,
            paused_before: self.paused_total,
        });
        self.busy += 1;
        let node = self.node;
        context.observe(|| Fact::Started {
            node,
            flow: item.flow,
            message: item.message,
            worker: worker as u16,
            depth,
            waited: now.since(queued.since),
        });
        context.after(
            takes,
            Timer {
                node,
                kind: self.timer_kind,
                data: worker as u64,
            },
        );
    }

    /// A worker's timer fired: gives its work back, unless pauses since have
    /// moved its end.
    pub fn finish(&mut self, worker: u64, context: &mut Context) -> Option<Work> {
        self.finish_and_hold(worker, context)?;
        self.release(worker as u16)
    }

    /// Like [`Self::finish`], but the worker keeps its work, which waits for
    /// something elsewhere, and takes no other before [`Self::release`].
    pub fn finish_and_hold(&mut self, worker: u64, context: &mut Context) -> Option<Work> {
        let job = self.workers.get(worker as usize)?.as_ref()?;
        let end = job.since + job.takes + (self.paused_total - job.paused_before);
        if end > context.now() {
            let delay = end.since(context.now());
            context.after(
                delay,
                Timer {
                    node: self.node,
                    kind: self.timer_kind,
                    data: worker,
                },
            );
            return None;
        }
        Some(job.item)
    }

    /// Frees a worker and gives back its work.
    pub fn release(&mut self, worker: u16) -> Option<Work> {
        let item = self.workers.get_mut(usize::from(worker))?.take()?.item;
        self.busy -= 1;
        self.set_workers(self.limit);
        Some(item)
    }

    /// Work stands still from now on, or goes on where it stood.
    pub fn set_paused(&mut self, paused: bool, now: Instant) {
        if paused {
            self.paused_since = Some(now);
        } else if let Some(since) = self.paused_since.take() {
            self.paused_total = self.paused_total + now.since(since);
        }
    }

    /// Everything is lost: what ran is interrupted, what waited discarded.
    /// Gives back what ran, then what waited.
    pub fn crash(&mut self, why: u8, context: &mut Context) -> Vec<Work> {
        let mut lost = Vec::new();
        for worker in 0..self.workers.len() {
            if let Some(job) = self.workers[worker].take() {
                self.interrupted(worker as u16, &job.item, context);
                lost.push(job.item);
            }
        }
        let ran = lost.len();
        for queue in [&mut self.queue, &mut self.door] {
            while let Some(queued) = queue.pop_front() {
                lost.push(queued.item);
            }
        }
        for work in &lost[ran..] {
            self.discard(work, why, context);
        }
        self.busy = 0;
        self.paused_since = None;
        self.set_workers(self.limit);
        lost
    }

    /// Tells that work is given up.
    pub fn discard(&self, work: &Work, why: u8, context: &mut Context) {
        context.observe(|| Fact::Discarded {
            node: self.node,
            flow: work.flow,
            message: work.message,
            why,
            depth: self.depth(),
        });
    }

    /// Tells that a worker ended its work early.
    pub fn interrupted(&self, worker: u16, work: &Work, context: &mut Context) {
        context.observe(|| Fact::Interrupted {
            node: self.node,
            flow: work.flow,
            message: work.message,
            worker,
        });
    }

    /// Tells that a worker has done its work, and whether anybody waited for it.
    pub fn finished(&self, worker: u16, work: &Work, wanted: bool, context: &mut Context) {
        context.observe(|| Fact::Finished {
            node: self.node,
            flow: work.flow,
            message: work.message,
            worker,
            wanted,
        });
    }

    /// Tells that work was known already, and not done again.
    pub fn deduplicated(&self, work: &Work, context: &mut Context) {
        context.observe(|| Fact::Deduplicated {
            node: self.node,
            flow: work.flow,
            message: work.message,
        });
    }

    /// Where it stands.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// How many wait, the door included.
    pub fn depth(&self) -> u32 {
        (self.queue.len() + self.door.len()) as u32
    }

    /// How many run.
    pub fn busy(&self) -> u32 {
        self.busy as u32
    }

    /// How many workers there are.
    pub fn workers(&self) -> u16 {
        self.limit as u16
    }
}
