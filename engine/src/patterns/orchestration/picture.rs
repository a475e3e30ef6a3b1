//! What the picture shows: the orchestrator's table of orders, a row of steps
//! each, and what services have in hand.

use super::state::{BOARD, Line, ORDER, Orchestration, STEP, UNDO};
use crate::kernel::view::{AtStep, Pointer, Shelf, Standing, Step, Token};
use crate::kernel::{Anchor, FlowId, Hue, Marks, Message, Role, Sign, Tone, View};
use crate::parts::station::Work;
use crate::parts::workflow::{
    DONE, DOUBT, FAILED, IDLE, Kind, RUNNING, SERVICES, STUCK, UNDOING, UNDONE, VOID, is_at_hand,
    is_broken,
};
use std::fmt::Write;

/// The first so many services say what they keep: free stock, money.
const KEEPERS: usize = 2;
fn numbered(before: &str, number: u64, after: &str) -> String {
    format!("{before}{number}{after}")
}

/// What stands in the cell of a step.
fn look(status: u8) -> Option<(Role, bool)> {
    match status {
        RUNNING => Some((Role::Command, true)),
        DONE => Some((Role::Response, true)),
        UNDOING => Some((Role::Control, true)),
        DOUBT | FAILED | STUCK => Some((Role::Error, true)),
        UNDONE => Some((Role::Control, false)),
        _ => None,
    }
}

/// The step that an order is about: in hand, or else stuck.
fn current(line: &Line) -> Option<usize> {
    let find = |wanted: &dyn Fn(u8) -> bool| line.table.iter().position(|it| wanted(*it));
    find(&|it| it == STUCK).or_else(|| find(&|it| matches!(it, RUNNING | UNDOING)))
}

impl Orchestration {
    /// A new order gets a row, if one is free.
    pub fn show_new(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get(id.0) else {
            return;
        };
        let line = Line {
            flow: id.0,
            message: flow.message,
            table: flow.state,
            attempts: flow.attempts,
            open: true,
        };
        if self.board.len() < BOARD {
            return self.board.push(line);
        }
        // The one that ended first goes first; ids tell well enough.
        let mut free: Option<usize> = None;
        for (row, other) in self.board.iter().enumerate() {
            if !other.open && free.is_none_or(|best| other.flow < self.board[best].flow) {
                free = Some(row);
            }
        }
        if let Some(row) = free {
            self.board[row] = line;
        }
    }

    /// An order's row follows it; one that is stuck gets one in any case.
    pub fn show(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get(id.0) else {
            return;
        };
        let stuck = flow.state.contains(&STUCK);
        let own = self.board.iter().position(|line| line.flow == id.0);
        let calm = |line: &Line| !line.table.contains(&STUCK);
        let row = own.or_else(|| match stuck {
            true => self.board.iter().position(calm),
            false => None,
        });
        if let Some(row) = row {
            self.board[row] = Line {
                flow: id.0,
                message: flow.message,
                table: flow.state,
                attempts: flow.attempts,
                open: flow.ended.is_none(),
            };
        }
    }

    /// See `Model::view`.
    pub fn fill(&self, view: &mut View) {
        for (step, it) in self.workflow.steps.iter().enumerate() {
            view.steps.push(Step {
                name: it.name,
                column: it.column,
                lane: it.lane,
                after: it.after,
                flows: self.tally.steps[step].now,
            });
        }
        for row in 0..self.board.len() {
            self.fill_row(row, view);
        }
        for station in &self.stations {
            let desk = self.central && station.node() == self.site_node(0);
            let look = |work: &Work| {
                let role = match work.tag {
                    tag if tag & ORDER != 0 => Role::Request,
                    _ if desk => Role::Response,
                    tag if tag & UNDO != 0 => Role::Control,
                    _ => Role::Command,
                };
                let order = self.flows.get(work.flow.0);
                (role, order.is_some_and(|order| order.ended.is_none()))
            };
            station.show(if desk { 0 } else { station.cap }, &look, view);
        }
    }

    fn fill_row(&self, row: usize, view: &mut View) {
        let (line, node) = (&self.board[row], self.site_node(0));
        let (room, row) = (self.workflow.steps.len() as u64, row as u8);
        if self.central {
            view.shelves.push(Shelf {
                node,
                row,
                first: 0,
                end: room,
                room,
            });
        }
        let hue = Hue::of(line.flow as usize);
        for (step, status) in line.table.iter().enumerate() {
            if let Some((role, wanted)) = look(*status) {
                let token = Token {
                    message: line.message,
                    flow: FlowId(line.flow),
                    role,
                    hue,
                    marks: Marks::default(),
                };
                if is_at_hand(*status) {
                    view.at_steps.push(AtStep {
                        step: step as u8,
                        token,
                    });
                }
                if !self.central {
                    continue;
                }
                view.standing.push(Standing {
                    node,
                    row,
                    place: step as u64,
                    token,
                    wanted,
                });
            }
        }
        if let Some(step) = current(line).filter(|_| self.central) {
            let it = &self.workflow.steps[step];
            let forward = line.table[step] == RUNNING;
            view.pointers.push(Pointer {
                node,
                row,
                place: step as u64,
                label: if forward { it.name } else { it.undo },
                hue,
            });
        }
    }

    /// An order in a few words.
    fn word(&self, line: &Line) -> (&'static str, Tone) {
        let has = |wanted: u8| line.table.contains(&wanted);
        let broken = line.table.iter().any(|status| is_broken(*status));
        let asks = |step: usize| self.workflow.steps[step].kind == Kind::Approval;
        match current(line) {
            _ if has(STUCK) => (" stuck", Tone::Bad),
            None if !line.open && broken => (" undone", Tone::Warn),
            None if !line.open => (" done", Tone::Good),
            _ if broken => (" undoing", Tone::Bad),
            Some(step) if asks(step) => (" approval?", Tone::Warn),
            Some(step) if line.attempts[step] > 1 => (" retries", Tone::Warn),
            _ => (" running", Tone::Plain),
        }
    }

    /// How many steps of a service wait for a person, the stuck ones first.
    fn waits_for(&self, service: usize) -> (&'static str, u64, Tone) {
        let (mut stuck, mut asked) = (0, 0);
        for (_, flow) in self.flows.iter() {
            for (step, it) in self.workflow.steps.iter().enumerate() {
                let here = it.service == service;
                let asks = it.kind == Kind::Approval && flow.state[step] == RUNNING;
                stuck += u64::from(here && flow.state[step] == STUCK);
                asked += u64::from(here && asks);
            }
        }
        match stuck {
            0 => (" approval?", asked, Tone::Warn),
            _ => (" stuck", stuck, Tone::Bad),
        }
    }

    /// See `Model::signs`.
    pub fn say(&self, signs: &mut Vec<Sign>) {
        let mut add = |anchor, text: String, tone| signs.push(Sign { anchor, text, tone });
        let tally = &self.tally;
        if self.central {
            let node = self.site_node(0);
            for (row, line) in self.board.iter().enumerate() {
                let (word, tone) = self.word(line);
                add(
                    Anchor::Row(node, row as u8),
                    numbered("#", line.flow, word),
                    tone,
                );
            }
            let (text, tone) = match (self.awake[0], self.stuck()) {
                (false, _) => ("reads its history".to_owned(), Tone::Warn),
                (_, 0) => (numbered("", self.open, " open"), Tone::Plain),
                (_, stuck) => (numbered("", stuck, " stuck"), Tone::Bad),
            };
            add(Anchor::Node(node), text, tone);
            let text = numbered("history: ", tally.history, " events");
            add(Anchor::Row(node, BOARD as u8), text, Tone::Plain);
        }
        for (service, station) in self.stations.iter().enumerate().take(SERVICES.len()) {
            let of = |row| Anchor::Row(station.node(), row);
            // Its tasks a line each, around what it keeps.
            let mut row = 0;
            for (step, it) in self.workflow.steps.iter().enumerate() {
                if it.service == service && it.kind == Kind::Task {
                    let text = format!("{} {}", &*it.name, tally.steps[step].runs);
                    add(of(row), text, Tone::Plain);
                    row += if row == 0 && service < KEEPERS { 2 } else { 1 };
                }
            }
            if !self.central {
                let (word, count, tone) = self.waits_for(service);
                if count > 0 {
                    add(
                        Anchor::Node(station.node()),
                        numbered("", count, word),
                        tone,
                    );
                }
            }
            let cents = (tally.captured - tally.refunded).unsigned_abs();
            let text = match service {
                0 => numbered("free ", tally.free.unsigned_abs(), ""),
                1 => numbered("holds ", cents / 100, ""),
                _ => continue,
            };
            add(of(1), text, Tone::Plain);
        }
    }

    /// See `Model::describe`.
    pub fn tell_of(&self, message: &Message, text: &mut String) {
        let Some(flow) = self.flows.get(message.flow.0) else {
            return;
        };
        let step = &self.workflow.steps[(message.tag & STEP) as usize % self.workflow.steps.len()];
        let news = match (message.tag >> 8) as u8 {
            DONE => " done",
            VOID => " left out",
            UNDONE => " undone",
            _ => " failed",
        };
        let (name, after) = match message.role {
            Role::Event | Role::Ack => (&*step.name, news),
            _ if message.tag & ORDER != 0 => ("order", ""),
            _ if message.tag == u32::from(IDLE) => ("order is over", ""),
            _ if message.tag & UNDO != 0 => (&*step.undo, ""),
            _ => (&*step.name, ""),
        };
        let (number, whole, cents) = (message.flow.0, flow.cents / 100, flow.cents % 100);
        let _ = write!(text, "{name}{after} #{number}, {whole}.{cents:02}");
    }
}
