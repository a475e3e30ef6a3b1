//! What gateways and replicas do alike with the work in their stations: answer
//! it, lose it in a crash, show it.

use super::call::LEG_TAG;
use crate::kernel::model::Draft;
use crate::kernel::view::{Running, Token, Waiting};
use crate::kernel::{Context, Fact, Marks, Role, View};
use crate::parts::station::{Station, Work};

/// Reasons of `Fact::Discarded`, as `Pattern::discards` names them.
pub const DISPLACED: u8 = 0;
/// The node went down.
pub const CRASH: u8 = 1;

/// A picture shows at most this many waiting in one node; meters count all.
const SHOWN_WAITING: usize = 256;

/// Sends what belongs to a piece of work: back, or on to another node.
pub fn send(work: &Work, role: Role, tag: u32, context: &mut Context) {
    context.send(Draft {
        link: work.reply,
        flow: work.flow,
        cause: Some(work.message),
        tag,
        role,
        hue: work.hue,
        marks: Marks {
            duplicate: false,
            ..work.marks
        },
    });
}

/// A replica's answer.
pub fn answer(work: &Work, role: Role, extra: u32, context: &mut Context) {
    send(work, role, work.tag & LEG_TAG | extra, context);
}

/// Tells that work was given up.
pub fn discard(station: &Station<Work>, work: &Work, why: u8, context: &mut Context) {
    context.observe(|| Fact::Discarded {
        node: station.node(),
        flow: work.flow,
        message: work.message,
        why,
        depth: station.depth(),
    });
}

/// A station loses all it holds; tells how much that was.
pub fn lose(station: &mut Station<Work>, context: &mut Context) -> u64 {
    let (ran, waited) = station.crash();
    let node = station.node();
    for (worker, work) in &ran {
        context.observe(|| Fact::Interrupted {
            node,
            flow: work.flow,
            message: work.message,
            worker: *worker,
        });
    }
    for work in &waited {
        discard(station, work, CRASH, context);
    }
    (ran.len() + waited.len()) as u64
}

/// Adds a station to the picture; `wanted` tells whether anybody waits.
pub fn show(station: &Station<Work>, wanted: &dyn Fn(&Work) -> bool, view: &mut View) {
    let (node, now) = (station.node(), view.now);
    let shown = &mut view.nodes[node.index()];
    (shown.workers, shown.busy) = (station.workers(), station.busy() as u16);
    (shown.queue, shown.queue_cap) = (station.depth(), station.cap as u32);
    for work in station.waiting().take(SHOWN_WAITING) {
        view.waiting.push(Waiting {
            node,
            token: token(work),
            wanted: wanted(work),
        });
    }
    for (worker, job, done) in station.running(now) {
        view.running.push(Running {
            node,
            worker,
            token: token(&job.item),
            since: job.since,
            done,
            wanted: wanted(&job.item),
        });
    }
}

fn token(work: &Work) -> Token {
    Token {
        message: work.message,
        flow: work.flow,
        role: Role::Request,
        hue: work.hue,
        marks: work.marks,
    }
}
