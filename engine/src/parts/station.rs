//! A station: a queue before some workers on one node. It decides who waits
//! and who is next; how long the work takes is its owner's business.

use crate::kernel::{Context, Duration, Fact, Instant, Knob, NodeId, Timer};
use crate::kernel::{FlowId, Hue, LinkId, Marks, Message, MessageId};
use std::collections::VecDeque;

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

/// What a station handles.
pub trait Item: Copy {
    /// Its flow.
    fn flow(&self) -> FlowId;
    /// The message that brought it.
    fn message(&self) -> MessageId;
}

/// Work that a message brings. Stations of patterns that make do with it are
/// compiled once for all of them.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// What brought it.
    pub message: MessageId,
    /// Whose it is.
    pub flow: FlowId,
    /// Back to the sender.
    pub reply: LinkId,
    /// Of the message.
    pub tag: u32,
    /// Of the message.
    pub hue: Hue,
    /// Of the message.
    pub marks: Marks,
    /// When it left its sender.
    pub sent: Instant,
    /// Whether its run ends early, when its sender gives up.
    pub cut: bool,
}

impl Work {
    /// What a message brings; none if there is no way back.
    pub fn of(message: &Message, context: &Context) -> Option<Self> {
        Some(Self {
            message: message.id,
            flow: message.flow,
            reply: context.topology().reverse(message.link)?,
            tag: message.tag,
            hue: message.hue,
            marks: message.marks,
            sent: message.depart,
            cut: false,
        })
    }
}

impl Item for Work {
    fn flow(&self) -> FlowId {
        self.flow
    }
    fn message(&self) -> MessageId {
        self.message
    }
}

/// Work that waits.
#[derive(Clone, Copy, Debug)]
pub struct Queued<I> {
    /// What.
    pub item: I,
    /// Since when.
    pub since: Instant,
}

/// Work that runs.
#[derive(Clone, Copy, Debug)]
pub struct Job<I> {
    /// What.
    pub item: I,
    /// Since when.
    pub since: Instant,
    /// How long it takes, pauses apart.
    pub takes: Duration,
    /// The station's paused time when it began.
    paused_before: Duration,
}

/// What became of a newcomer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission<I> {
    /// It is in the queue (and perhaps next).
    Admitted,
    /// It was refused.
    Refused,
    /// It is in, and this one was given up.
    Displaced(I),
}

/// Queue and workers of one node.
#[derive(Clone, Debug)]
pub struct Station<I> {
    node: NodeId,
    timer_kind: u8,
    workers: Vec<Option<Job<I>>>,
    limit: usize,
    busy: usize,
    queue: VecDeque<Queued<I>>,
    door: VecDeque<Queued<I>>,
    /// At most this many wait, the door apart.
    pub cap: usize,
    /// What a full queue does.
    pub on_full: OnFull,
    /// All pauses that are over.
    paused_total: Duration,
    /// Since when it is paused, if it is.
    paused_since: Option<Instant>,
}

impl<I: Item> Station<I> {
    /// A station without workers; timers it sets carry `timer_kind` and, as
    /// data, the worker's index.
    pub fn new(node: NodeId, timer_kind: u8) -> Self {
        Self {
            node,
            timer_kind,
            workers: Vec::new(),
            limit: 0,
            busy: 0,
            queue: VecDeque::new(),
            door: VecDeque::new(),
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
    pub fn offer(&mut self, item: I, context: &mut Context) -> Admission<I> {
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
            flow: item.flow(),
            message: item.message(),
            depth,
        });
        displaced.map_or(Admission::Admitted, |queued| {
            Admission::Displaced(queued.item)
        })
    }

    /// Takes the next out of the queue if a worker is idle. The caller starts
    /// it, or gives it up, and asks again.
    pub fn take_next(&mut self) -> Option<Queued<I>> {
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
    pub fn start(&mut self, queued: Queued<I>, takes: Duration, context: &mut Context) {
        self.start_before(queued, self.depth(), takes, context);
    }

    /// The same for work that waited elsewhere, where `depth` still wait.
    pub fn start_before(
        &mut self,
        queued: Queued<I>,
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
            flow: item.flow(),
            message: item.message(),
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
    pub fn finish(&mut self, worker: u64, context: &mut Context) -> Option<I> {
        self.finish_and_hold(worker, context)?;
        self.release(worker as u16)
    }

    /// Like [`Self::finish`], but the worker keeps its work, which waits for
    /// something elsewhere, and takes no other before [`Self::release`].
    pub fn finish_and_hold(&mut self, worker: u64, context: &mut Context) -> Option<I> {
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
    pub fn release(&mut self, worker: u16) -> Option<I> {
        let item = self.workers.get_mut(usize::from(worker))?.take()?.item;
        self.busy -= 1;
        self.set_workers(self.limit);
        Some(item)
    }

    /// Work stands still from now on.
    pub fn pause(&mut self, now: Instant) {
        self.paused_since = Some(now);
    }

    /// Work goes on where it stood.
    pub fn resume(&mut self, now: Instant) {
        if let Some(since) = self.paused_since.take() {
            self.paused_total = self.paused_total + now.since(since);
        }
    }

    /// Everything is lost: gives back what ran (with its worker) and what
    /// waited, in order.
    pub fn crash(&mut self) -> (Vec<(u16, I)>, Vec<I>) {
        let (mut ran, mut waited) = (Vec::new(), Vec::new());
        for (worker, job) in self.workers.iter_mut().enumerate() {
            if let Some(job) = job.take() {
                ran.push((worker as u16, job.item));
            }
        }
        for queue in [&mut self.queue, &mut self.door] {
            while let Some(queued) = queue.pop_front() {
                waited.push(queued.item);
            }
        }
        self.busy = 0;
        self.paused_since = None;
        self.set_workers(self.limit);
        (ran, waited)
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

    /// What waits, in order.
    pub fn waiting(&self) -> impl Iterator<Item = &I> {
        self.queue
            .iter()
            .chain(&self.door)
            .map(|queued| &queued.item)
    }

    /// What runs: worker, work, and how much of it is done at `now`.
    pub fn running(&self, now: Instant) -> impl Iterator<Item = (u16, &Job<I>, f64)> {
        let now = self.paused_since.unwrap_or(now);
        self.workers
            .iter()
            .enumerate()
            .filter_map(move |(worker, job)| {
                let job = job.as_ref()?;
                let worked = now.since(job.since + (self.paused_total - job.paused_before));
                let done = if job.takes == Duration::ZERO {
                    1.0
                } else {
                    worked.as_secs() / job.takes.as_secs()
                };
                Some((worker as u16, job, done))
            })
    }
}
