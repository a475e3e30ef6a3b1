//! The running part: who gets which message and timer.

use super::knobs::{Mode, Parameters};
use super::state::*;
use crate::kernel::{
    Context, Fact, Instant, Level, Measured, Message, Model, NodeChange, NodeId, Random, Sequence,
    Settings, Sign, Timer, Topology, Truth, View,
};
use crate::parts::traffic::{Begin, Traffic};
use crate::scenario::Scenario;
use std::sync::Arc;

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let nodes: Vec<NodeId> = topology.node_ids().collect();
    let size = nodes.len();
    let parameters = Parameters::new(&scenario.settings, size, 1.0);
    let swarm = parameters.mode == Mode::Swarm;
    let table = if swarm { size * size } else { 0 };
    let (near, starts) = neighbours(topology);
    let peer = Peer {
        live: true,
        joined: true,
        ..Peer::ABSENT
    };
    let mut run = PeerToPeer {
        random: *random,
        parameters,
        traffic: Traffic::new(&nodes, parameters.load, Vec::new(), random),
        peers: vec![peer; size],
        near: Arc::new(near),
        starts: Arc::new(starts),
        opinions: vec![0; size * size],
        known: vec![0; table],
        given: vec![0; table],
        asks: Vec::new(),
        rumours: [Rumour::NONE; KEYS],
        latest: 0,
        flows: Sequence::default(),
        cargo: Sequence::default(),
        handling: Sequence::default(),
        ring_changed: Instant::START,
        apart_since: None,
        tally: Tally::default(),
    };
    run.peers[0].chunks = if swarm { parameters.whole } else { 0 };
    for rumour in &mut run.rumours {
        rumour.count[2] = size as u32;
    }
    run.begin_stable();
    Box::new(run)
}

/// Neighbours of all nodes, one after another, and where those of each begin.
fn neighbours(topology: &Topology) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; topology.nodes().len() + 1];
    for link in topology.links() {
        starts[link.from.index() + 1] += 1;
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let mut free = starts.clone();
    let mut near = vec![0; topology.links().len()];
    for link in topology.links() {
        let place = &mut free[link.from.index()];
        near[*place as usize] = u32::from(link.to.0);
        *place += 1;
    }
    (near, starts)
}

impl PeerToPeer {
    fn handle(&mut self, message: &Message, cargo: &Cargo, context: &mut Context) {
        let ends = context.topology().link(message.link);
        let (ends, what) = ((ends.from.0, ends.to.0), what_of(message.tag));
        let (from, peer) = ends;
        self.landed(what, cargo);
        if !self.peers[usize::from(peer)].live {
            return;
        }
        if self.mistakes(peer, message, context) {
            self.refuse(message, cargo, context);
            return;
        }
        match what {
            RUMOUR | FEEDBACK | PULL | COMPARE | MEND | TOLD => {
                self.hear(ends, what, message, cargo, context);
            }
            PING | PING_FOR_ME | ACK => self.hear_ping(ends, what, message, cargo, context),
            GOODBYE => {
                self.forget(peer, from, context);
                self.hear_ping(ends, what, message, cargo, context);
            }
            REQUEST => {
                let what = if cargo[0] == 0 { RESPONSE } else { FAILED };
                self.answer(message, what, *cargo, message.hue, context);
            }
            RESPONSE => self.end_flow(message.flow, 0, context),
            FAILED if !self.is(Mode::Swarm) => {
                self.failed(message.flow, round_of(message.tag), ERROR, context)
            }
            HAVE | ASK | PIECE | FAILED => self.hear_swarm(ends, what, message, cargo, context),
            _ => self.hear_ring(ends, what, message, cargo, context),
        }
    }

    fn settle_gossip(&mut self, context: &mut Context) {
        if self.is(Mode::Gossip) {
            self.settle(context);
        }
    }
}

impl Model for PeerToPeer {
    fn start(&mut self, context: &mut Context) {
        self.assemble(context);
        self.traffic.start(context);
        self.settle_gossip(context);
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        let to = context.topology().link(message.link).to;
        let Some(cargo) = self.unload(message) else {
            self.tally.deduplicated += 1;
            context.observe(|| Fact::Deduplicated {
                node: to,
                flow: message.flow,
                message: message.id,
            });
            return;
        };
        let takes = context.slowed(to, self.parameters.service);
        if takes.0 == 0 {
            self.handle(message, &cargo, context);
        } else {
            let number = self.handling.push((*message, cargo));
            self.after(to.0, HANDLED, number, takes, context);
        }
        self.settle_gossip(context);
    }

    fn lost(&mut self, message: &Message, context: &mut Context) {
        if let Some(cargo) = self.unload(message) {
            self.landed(what_of(message.tag), &cargo);
            self.settle_gossip(context);
        }
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        if Traffic::owns(timer) {
            if let Some(Begin::Source(peer) | Begin::User(peer) | Begin::Row(peer, _)) =
                self.traffic.fire(timer, context)
            {
                self.begin(peer, false, context);
            }
        } else {
            let (peer, data) = (timer.node.0, timer.data);
            let it = self.peers[usize::from(peer)];
            let current = u64::from(it.moves) == data;
            match timer.kind {
                ROUND if current && it.live => self.round(peer, context),
                PING_LATE if it.live => self.ping_is_late(peer, data, context),
                CONFIRM if it.live => self.confirm(peer, data, context),
                HANDLED => {
                    if let Some((message, cargo)) = self.handling.remove(data) {
                        self.handle(&message, &cargo, context);
                    }
                }
                SILENCE => {
                    let flow = crate::kernel::FlowId(data >> 8);
                    self.failed(flow, data as u32 & 0xff, TIMED_OUT, context);
                }
                UPLOADED if it.live => self.uploaded(peer, context),
                DOWNLOADED if it.live => self.downloaded(peer, data, context),
                NO_CHUNK if it.live => self.no_chunk(peer, data, context),
                MOVE if current => self.moved(peer, context),
                _ => {}
            }
        }
        self.settle_gossip(context);
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        let peer = node.0;
        match change {
            NodeChange::Crashed if self.peers[usize::from(peer)].live => {
                self.vanish(peer, context);
            }
            NodeChange::Restarted => {
                self.arrive(peer, context);
                self.traffic.sender_changed(peer, change, context);
            }
            _ => {}
        }
        self.settle_gossip(context);
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        let before = self.parameters;
        self.parameters = Parameters::new(settings, self.peers.len(), context.surge());
        self.traffic.configure(self.parameters.load, context);
        for peer in 0..self.peers.len() as u16 {
            if before.session == 0.0 {
                self.next_move(peer, context);
            }
        }
        self.settle_gossip(context);
    }

    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context) {
        self.begin(node.map_or(0, |node| node.0), poison, context);
        self.settle_gossip(context);
    }

    fn act(&mut self, word: &'static str, nodes: &[NodeId], _: &str, context: &mut Context) {
        for node in nodes
            .iter()
            .filter(|node| context.is_up(**node))
            .copied()
            .collect::<Vec<_>>()
        {
            match word {
                "join" => self.arrive(node.0, context),
                _ => self.leave(node.0, false, context),
            }
        }
        self.settle_gossip(context);
    }

    fn clone_box(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn truths(&self) -> Vec<Truth> {
        self.identities()
    }

    fn open_flows(&self) -> u64 {
        self.flows.len() as u64
    }

    fn measures(&self) -> Vec<(&'static str, Measured)> {
        self.tables()
    }

    fn level(&self, _: Instant) -> Option<Level> {
        Some(self.standing_of_all())
    }

    fn view(&self, view: &mut View) {
        self.fill(view);
    }

    fn signs(&self, _: Instant, signs: &mut Vec<Sign>) {
        self.say(signs);
    }

    fn describe(&self, message: &Message, text: &mut String) {
        self.tell_of(message, text);
    }
}
