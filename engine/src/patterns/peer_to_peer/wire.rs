//! What all of the model's parts do: choose partners, send, answer, set timers,
//! begin and end flows. What messages mean is elsewhere.

use super::knobs::Mode;
use super::state::*;
use crate::kernel::model::Draft;
use crate::kernel::{
    Context, Draws, Duration, FlowId, Hue, Marks, Message, MessageId, Outcome, Purpose, Random,
    Timer,
};

/// More flows than this are not begun.
const FLOWS_MOST: u64 = 20_000;
const MISTAKES: Purpose = Purpose::named("mistakes");

impl PeerToPeer {
    pub fn peer(&mut self, peer: u16) -> &mut Peer {
        &mut self.peers[usize::from(peer)]
    }

    /// Everyone whom a peer can talk to.
    pub fn near(&self, peer: u16) -> &[u32] {
        let index = usize::from(peer);
        &self.near[self.starts[index] as usize..self.starts[index + 1] as usize]
    }

    pub fn draws(&self, purpose: Purpose, peer: u16, round: u32, random: &Random) -> Draws {
        random.keyed(purpose, u64::from(peer), u64::from(round))
    }

    /// A neighbour by chance: one whom the peer does not believe dead, unless
    /// `any` will do, and not `but`.
    pub fn pick(&self, peer: u16, but: u16, any: bool, draws: &mut Draws) -> Option<u16> {
        let near = self.near(peer);
        for _ in 0..16 {
            let place = (draws.uniform() * near.len() as f64) as usize;
            let other = *near.get(place)? as u16;
            if other != but && (any || !self.believes_dead(peer, other)) {
                return Some(other);
            }
        }
        None
    }

    /// Sends; for a message from one peer to itself, or over no link, nothing
    /// is sent.
    pub fn send(
        &mut self,
        ends: (u16, u16),
        what: u8,
        cargo: Cargo,
        about: (FlowId, u32, Hue),
        cause: Option<MessageId>,
        context: &mut Context,
    ) {
        let (from, to) = ends;
        let Some(link) = context.topology().between(node(from), node(to)) else {
            return;
        };
        let (flow, round, hue) = about;
        let id = context.send(Draft {
            link,
            flow,
            cause,
            tag: u32::from(what) << 24 | round_of(round),
            role: ROLES[usize::from(what)],
            hue,
            marks: Marks::default(),
        });
        // Copies made by the network have numbers, too.
        while self.cargo.next_key() + 1 < id.0.get() {
            let copy = self.cargo.push([0; 4]);
            self.cargo.remove(copy);
        }
        self.cargo.push(cargo);
    }

    /// Sends what belongs to no flow.
    pub fn tell(
        &mut self,
        ends: (u16, u16),
        what: u8,
        cargo: Cargo,
        cause: Option<&Message>,
        context: &mut Context,
    ) {
        let round = match cause {
            Some(message) => round_of(message.tag),
            None => self.peers[usize::from(ends.0)].round,
        };
        let (about, cause) = ((FlowId::NONE, round, Hue::ROLE), cause.map(|it| it.id));
        self.send(ends, what, cargo, about, cause, context);
    }

    /// Answers a message, in its flow and round.
    pub fn answer(
        &mut self,
        message: &Message,
        what: u8,
        cargo: Cargo,
        hue: Hue,
        context: &mut Context,
    ) {
        let ends = context.topology().link(message.link);
        let ends = (ends.to.0, ends.from.0);
        let about = (message.flow, round_of(message.tag), hue);
        self.send(ends, what, cargo, about, Some(message.id), context);
    }

    /// What a message carries; none if its like has come before.
    pub fn unload(&mut self, message: &Message) -> Option<Cargo> {
        let copy = u64::from(message.marks.duplicate);
        self.cargo.remove(message.id.0.get() - 1 - copy)
    }

    /// Whether a peer that makes mistakes makes one with this message.
    pub fn mistakes(&self, peer: u16, message: &Message, context: &Context) -> bool {
        if CAN_FAIL >> what_of(message.tag) & 1 == 0 {
            return false;
        }
        let (tag, number) = (u64::from(message.tag), message.id.0.get());
        context.fails(node(peer), MISTAKES, number, tag)
    }

    pub fn after(&self, peer: u16, kind: u8, data: u64, delay: Duration, context: &mut Context) {
        let node = node(peer);
        context.after(delay, Timer { node, kind, data });
    }

    /// Begins a flow, if there is room for one more.
    pub fn new_flow(&mut self, flow: Flow, context: &mut Context) -> Option<FlowId> {
        let id = FlowId(self.flows.push(flow));
        let node = node(flow.peer);
        context.flow_started(id, node);
        if self.open_flows() > FLOWS_MOST {
            self.end_flow(id, OVERFLOW, context);
            return None;
        }
        Some(id)
    }

    pub fn end_flow(&mut self, flow: FlowId, outcome: u8, context: &mut Context) {
        if let Some(it) = self.flows.remove(flow.0) {
            let started = it.started;
            self.tally.ended[usize::from(outcome)] += 1;
            let outcome = Outcome(outcome);
            context.flow_ended(flow, outcome, started);
        }
    }

    pub fn open_flows(&self) -> u64 {
        self.flows.len() as u64
    }

    /// Something to be told of a peer.
    pub fn note(peer: u16, kind: u8, flow: FlowId, value: u64, context: &mut Context) {
        let node = node(peer);
        context.note(kind, node, flow, value);
    }

    pub fn is(&self, mode: Mode) -> bool {
        self.parameters.mode == mode
    }
}
