//! What the picture shows: logs as rows of cells, how far each subscription
//! has come as pointers, and what the numbers come to in words.

use super::content::Subject;
use super::group::{FETCH, FRESH, LEAVE};
use super::state::{Entry, Log, PubSub, partition_of};
use crate::kernel::view::{Pointer, Shelf, Standing, Token};
use crate::kernel::{Anchor, Hue, Marks, Message, NodeId, Role, Sign, Tone, View};

/// Cells of a log that a card would like to show.
pub const CELLS: u16 = 16;
/// A lag worth a look.
const FAR: u64 = 8;
/// More messages of a publisher without confirmation are worth a look.
const MANY: u64 = 5;

fn token(entry: &Entry) -> Token {
    Token {
        message: entry.message,
        flow: entry.flow,
        role: if entry.poison {
            Role::Error
        } else {
            Role::Event
        },
        hue: Hue::of(entry.subject.key as usize),
        marks: Marks::default(),
    }
}

impl PubSub {
    /// Whether some subscription has not settled what stands there.
    fn is_unsettled(&self, p: usize, offset: u64, entry: &Entry) -> bool {
        let wanted = self.content.wanted(entry.subject.topic);
        self.lanes.iter().any(|lane| {
            lane.p == p
                && wanted >> lane.s & 1 == 1
                && (offset >= lane.next || lane.pending.iter().any(|it| it.offset == offset))
        })
    }

    fn shelve(&self, row: usize, log: &Log, partition: Option<usize>, view: &mut View) {
        let (node, row) = (self.broker, row as u8);
        let end = log.end();
        view.shelves.push(Shelf {
            node,
            row,
            first: log.first,
            end,
            room: end.max(log.first + u64::from(CELLS)),
        });
        let from = log.first.max(end.saturating_sub(u64::from(CELLS)));
        for place in from..end {
            if let Some(entry) = log.get(place) {
                view.standing.push(Standing {
                    node,
                    row,
                    place,
                    token: token(entry),
                    wanted: partition.is_none_or(|p| self.is_unsettled(p, place, entry)),
                });
            }
        }
    }

    fn show_consumers(&self, view: &mut View) {
        for consumer in &self.consumers {
            let cap = match self.parameters.acked {
                true => self.parameters.prefetch as usize,
                false => consumer.station.cap,
            };
            consumer.station.show(cap, &|_| (Role::Event, true), view);
        }
    }

    /// How far the last subscription is behind in a partition.
    fn lag(&self, p: usize) -> u64 {
        let lanes = self.lanes.iter().filter(|lane| lane.p == p);
        let lags = lanes.map(|lane| lane.pending.len() as u64 + self.unread(lane));
        lags.max().unwrap_or(0)
    }

    fn consumer_says(&self, c: usize) -> (String, Tone) {
        let it = &self.consumers[c];
        let mut text = self.subscriptions[it.s].name.to_string();
        let name = text.len();
        for lane in &self.lanes {
            if lane.owner == Some(c as u16) {
                let number = char::from(b'0' + lane.p as u8);
                text.extend([' ', 'p', number]);
            }
        }
        let word = match (it.joined, it.member) {
            (false, false) => "not in the group",
            (true, false) => "taken for dead",
            (_, true) if text.len() == name => "no partition left",
            _ => return (text, Tone::Plain),
        };
        (word.to_owned(), Tone::Warn)
    }
}

/// See `Model::view`.
pub fn view(run: &PubSub, view: &mut View) {
    let broker = &mut view.nodes[run.broker.index()];
    broker.queue = run.hand.depth();
    for (p, log) in run.logs.iter().enumerate() {
        run.shelve(p, log, Some(p), view);
    }
    for lane in &run.lanes {
        view.pointers.push(Pointer {
            node: run.broker,
            row: lane.p as u8,
            place: lane.position(),
            label: run.subscriptions[lane.s].name,
            hue: Hue::of(lane.s),
        });
    }
    run.shelve(run.logs.len(), &run.dead, None, view);
    run.show_consumers(view);
}

/// A word and a number, after what stands there already.
fn count(mut text: String, word: &str, number: u64) -> String {
    for part in [word, " ", &number.to_string()] {
        text.push_str(part);
    }
    text
}

/// See `Model::signs`.
pub fn signs(run: &PubSub, signs: &mut Vec<Sign>) {
    let mut say = |anchor, text, tone| signs.push(Sign { anchor, text, tone });
    let empty = String::new;
    for p in 0..run.logs.len() {
        let lag = run.lag(p);
        let tone = if lag < FAR { Tone::Plain } else { Tone::Warn };
        let text = count(empty(), "lag", lag);
        say(Anchor::Row(run.broker, p as u8), text, tone);
    }
    let (dead, row) = (run.dead.end(), run.logs.len() as u8);
    let tone = if dead > 0 { Tone::Bad } else { Tone::Plain };
    say(Anchor::Row(run.broker, row), dead.to_string(), tone);
    let mut kept = [0; 6];
    let (oldest, span) = run.flows.span();
    for flow in (oldest..oldest + span as u64).filter_map(|number| run.flows.get(number)) {
        kept[usize::from(flow.publisher) % 6] += u64::from(flow.kept);
    }
    for (publisher, kept) in kept.into_iter().enumerate() {
        if kept > MANY {
            let node = Anchor::Node(NodeId(publisher as u16));
            say(node, count(empty(), "unconfirmed", kept), Tone::Warn);
        }
    }
    for (c, consumer) in run.consumers.iter().enumerate() {
        let node = consumer.station.node();
        let (text, tone) = run.consumer_says(c);
        say(Anchor::Row(node, 0), text, tone);
        let (done, twice) = consumer.effects;
        let mut text = count(empty(), "done", done);
        let mut tone = Tone::Plain;
        if twice > 0 {
            (text, tone) = (count(text, ", twice", twice), Tone::Bad);
        }
        say(Anchor::Row(node, 1), text, tone);
    }
}

/// See `Model::describe`.
pub fn describe(run: &PubSub, message: &Message, text: &mut String) {
    if message.role == Role::Control {
        let word = match message.tag & 3 {
            FRESH => "back again",
            LEAVE => "leaves",
            FETCH => "asks for more",
            _ => "heartbeat",
        };
        return text.push_str(word);
    }
    let (flow, tag) = (message.flow, message.tag);
    let stands = || Some(run.logs.get(partition_of(tag))?.find(flow, tag)?.1.subject);
    let flow = run.flows.get(flow.0).map(|flow| flow.subject);
    let subject: Option<Subject> = flow.or_else(stands);
    if let Some(subject) = subject {
        run.content.describe(subject, text);
    }
}
