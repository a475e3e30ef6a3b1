//! The running part: who gets which message and timer.

use super::channel::{Channel, attempt_of};
use super::knobs::Parameters;
use super::state::*;
use crate::kernel::{
    Context, Duration, Instant, Level, LinkId, Measured, Message, Model, NodeChange, NodeId, Queue,
    Random, Sequence, Settings, Sign, Timer, Topology, Truth, View, decimal,
};
use crate::parts::station::Station;
use crate::parts::traffic::{Begin, Traffic};
use crate::parts::windows::Windows;
use crate::scenario::{Input, Scenario};
use std::sync::Arc;

/// A run's model, at its start.
pub fn new(scenario: &Scenario, topology: &Topology, random: &Random) -> Box<dyn Model> {
    let settings = &scenario.settings;
    let link = |from, to| topology.between(from, to).unwrap_or(LinkId(0));
    let of_kind = |kind: &str| -> Vec<NodeId> {
        let all = topology.node_ids();
        all.filter(|id| topology.node(*id).kind == kind).collect()
    };
    let (sources, operators) = (of_kind("source"), of_kind("operator"));
    let (sink, late) = (of_kind("sink")[0], of_kind("late")[0]);
    let parameters = Parameters::new(settings, sources.len(), 1.0);
    let (due, given, names) = scenario.input.as_deref().map(rows_of).unwrap_or_default();
    let channels = channels_of(&sources, &operators, sink, &link);
    let travel = settings.number("latency-ms") + settings.number("latency-jitter-ms");
    let exact = parameters.is_exact();
    Box::new(Streaming {
        traffic: Traffic::new(&sources, parameters.load, due, random),
        operators: (operators.iter())
            .map(|node| operator(*node, sources.len(), link(*node, late)))
            .collect(),
        sink: Sink {
            station: station(sink),
            current: None,
            barriers: vec![0; operators.len()],
            pending: Vec::new(),
            rows: Queue::default(),
            summed: 0,
            changed: 0,
        },
        sources: sources.into_iter().map(source).collect(),
        late,
        channels,
        attempt: 0,
        arrivals: 0,
        unfinished: Vec::new(),
        checkpoint: None,
        flows: Sequence::default(),
        open: 0,
        tally: Tally::default(),
        exact,
        sound: true,
        given_marks: given.iter().any(|(_, key, _)| key.is_none()),
        given: Arc::new(given),
        given_so_far: 0,
        names: Arc::new(names),
        seen: Queue::default(),
        fired: Queue::default(),
        course: Queue::default(),
        panes: Vec::new(),
        now: Instant::START,
        patience: Duration::from_millis(500.0 + 10.0 * travel),
        last_message: None,
        parameters,
    })
}

/// From each source to each operator, then from each operator to the sink.
fn channels_of(
    sources: &[NodeId],
    operators: &[NodeId],
    sink: NodeId,
    link: &dyn Fn(NodeId, NodeId) -> LinkId,
) -> Vec<Channel> {
    let mut channels = Vec::new();
    for source in sources {
        for operator in operators {
            channels.push(Channel::new(link(*source, *operator)));
        }
    }
    for operator in operators {
        channels.push(Channel::new(link(*operator, sink)));
    }
    channels
}

/// One worker, without a queue of its own: work waits in channels.
fn station(node: NodeId) -> Station {
    let mut station = Station::new(node, FINISH);
    station.set_workers(1);
    station
}

fn operator(node: NodeId, sources: usize, late: LinkId) -> Operator {
    Operator {
        station: station(node),
        current: None,
        windows: Windows::default(),
        intakes: vec![Intake::default(); sources],
        taken: 0,
        due: None,
        late,
    }
}

fn source(node: NodeId) -> Source {
    Source {
        node,
        log: Queue::default(),
        base: 0,
        offset: 0,
        latest_ms: i64::MIN,
        read_at: Instant::START,
        idle: false,
        quiet: false,
        told_ms: i64::MIN,
        barrier: 0,
    }
}

type Rows = (
    Vec<(Instant, u16)>,
    Vec<(i64, Option<u32>, i64)>,
    Vec<String>,
);

/// When each row of own input arrives, all at the first source so that their
/// order stays, and what it is; and the names of the keys.
fn rows_of(input: &Input) -> Rows {
    let mut keys: Vec<String> = Vec::new();
    let (mut due, mut given) = (Vec::new(), Vec::new());
    for row in 0..input.rows().len() {
        due.push((Instant::from_secs(input.number(row, "processing_s")), 0));
        let name = input.text(row, "key");
        let key = (name != "watermark").then(|| {
            let place = keys.iter().position(|key| key == name);
            place.unwrap_or_else(|| {
                keys.push(name.to_owned());
                keys.len() - 1
            }) as u32
        });
        let event_ms = (input.number(row, "event_s") * 1e3 + 0.5) as i64;
        let value = decimal::parse(input.text(row, "value")).unwrap_or(0.0);
        given.push((event_ms, key, value as i64));
    }
    (due, given, keys)
}

impl Streaming {
    fn operator_at(&self, node: NodeId) -> Option<usize> {
        self.operators
            .iter()
            .position(|it| it.station.node() == node)
    }

    fn source_at(&self, node: NodeId) -> Option<usize> {
        self.sources.iter().position(|it| it.node == node)
    }

    /// A source begins to tell watermarks and barriers.
    fn begin(&mut self, source: usize, context: &mut Context) {
        let node = self.sources[source].node;
        self.wait(node, WATERMARK, self.parameters.watermark, 0, context);
        self.wait_for_barrier(source, context);
    }

    /// Rows of own input have waited in the log of a source that was down.
    fn take_rows(&mut self, source: usize, context: &mut Context) {
        let due = self.traffic.rows_before(context.now());
        let it = &self.sources[source];
        if self.is_without_rows(source) || it.quiet {
            return;
        }
        for row in self.given_so_far..due {
            self.given_so_far = row + 1;
            self.append(source, Some(row), false, context);
        }
    }

    /// Everybody goes on who can.
    fn go_on(&mut self, context: &mut Context) {
        for source in 0..self.sources.len() {
            self.read(source, context);
        }
        for operator in 0..self.operators.len() {
            self.operate(operator, context);
        }
        self.write(context);
    }

    fn station_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        let operator = self.operator_at(node);
        let now = context.now();
        let station = match operator {
            Some(place) => &mut self.operators[place].station,
            None => &mut self.sink.station,
        };
        match (change, operator) {
            (NodeChange::Paused, _) => station.set_paused(true, now),
            (NodeChange::Resumed, _) => {
                station.set_paused(false, now);
                self.go_on(context);
            }
            // What it knew goes with the restart of the job, at its own.
            (NodeChange::Crashed, Some(place)) => self.interrupt(place, context),
            (NodeChange::Crashed, None) => self.interrupt_sink(context),
            (NodeChange::Restarted, _) => self.restore(node, context),
        }
    }
}

impl Model for Streaming {
    fn start(&mut self, context: &mut Context) {
        for source in 0..self.sources.len() {
            let idle = self.is_without_rows(source);
            self.sources[source].idle = idle;
            for operator in &mut self.operators {
                operator.intakes[source].idle = idle;
            }
            self.begin(source, context);
        }
        self.traffic.start(context);
    }

    fn deliver(&mut self, message: &Message, context: &mut Context) {
        self.now = context.now();
        let is_here = |channel: &Channel| channel.link == message.link;
        let Some(place) = self.channels.iter().position(is_here) else {
            return;
        };
        if attempt_of(message.tag) != self.attempt {
            return;
        }
        let channel = &mut self.channels[place];
        let Some(slot) = channel.place_of(message.tag) else {
            return;
        };
        self.arrivals += 1;
        channel.slots[slot].arrived = Some((message.id, context.now(), self.arrivals));
        let to = context.topology().link(message.link).to;
        if let Some(tag) = self.channels[place].gap(self.attempt) {
            let data = (place as u64) << 32 | u64::from(tag);
            self.wait(to, GAP, self.patience, data, context);
        }
        self.last_message = Some(message.id);
        match self.operator_at(to) {
            Some(operator) => self.operate(operator, context),
            None => self.write(context),
        }
    }

    fn fire(&mut self, timer: Timer, context: &mut Context) {
        self.now = context.now();
        if Traffic::owns(timer) {
            let (source, row) = match self.traffic.fire(timer, context) {
                Some(Begin::Row(source, row)) => (source, Some(row)),
                Some(Begin::Source(source) | Begin::User(source)) => (source, None),
                None => return,
            };
            self.given_so_far = row.map_or(0, |row| row + 1);
            if !self.sources[usize::from(source)].quiet {
                self.append(usize::from(source), row, false, context);
            }
            return;
        }
        let (source, operator) = (self.source_at(timer.node), self.operator_at(timer.node));
        match (timer.kind, source, operator) {
            (FINISH, _, Some(operator)) => self.operated(operator, timer.data, context),
            (FINISH, ..) => self.written(timer.data, context),
            (WATERMARK, Some(source), _) => self.mark(source, context),
            (BARRIER, Some(source), _) => self.cut(source, timer.data, context),
            (EARLY, _, Some(operator)) => self.fire_early(operator, timer.data, context),
            (GAP, ..) => self.check_gap(timer.data, context),
            _ => {}
        }
    }

    fn node_changed(&mut self, node: NodeId, change: NodeChange, context: &mut Context) {
        self.now = context.now();
        if node == self.late {
            return;
        }
        let Some(source) = self.source_at(node) else {
            return self.station_changed(node, change, context);
        };
        self.traffic.sender_changed(source as u16, change, context);
        match change {
            NodeChange::Restarted => {
                self.begin(source, context);
                self.restore(node, context);
                self.take_rows(source, context);
            }
            NodeChange::Resumed => self.read(source, context),
            NodeChange::Crashed | NodeChange::Paused => {}
        }
    }

    fn settings_changed(&mut self, settings: &Settings, context: &mut Context) {
        let unarmed = self.parameters.checkpoint == Duration::ZERO;
        self.parameters = Parameters::new(settings, self.sources.len(), context.surge());
        self.exact &= self.parameters.is_exact();
        self.traffic.configure(self.parameters.load, context);
        if unarmed {
            for source in 0..self.sources.len() {
                self.wait_for_barrier(source, context);
            }
        }
        if !self.exact && context.is_up(self.sink.station.node()) {
            self.commit();
        }
        self.go_on(context);
    }

    fn send_one(&mut self, node: Option<NodeId>, poison: bool, context: &mut Context) {
        if let Some(source) = self.traffic.sender_asked(node, context) {
            self.append(usize::from(source), None, poison, context);
        }
    }

    fn act(&mut self, word: &'static str, nodes: &[NodeId], _: &str, _: &mut Context) {
        for source in self
            .sources
            .iter_mut()
            .filter(|it| nodes.contains(&it.node))
        {
            source.quiet = word == "quiet";
        }
    }

    fn clone_box(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn truths(&self) -> Vec<Truth> {
        self.all_truths()
    }

    fn open_flows(&self) -> u64 {
        self.open
    }

    fn measures(&self) -> Vec<(&'static str, Measured)> {
        self.all_measures()
    }

    fn level(&self, now: Instant) -> Option<Level> {
        let least = self
            .operators
            .iter()
            .map(|it| it.windows.watermark_ms)
            .min();
        let least = least.filter(|ms| *ms > i64::MIN).unwrap_or(0);
        Some(Level {
            title: "Watermark behind",
            unit: "s",
            value: (millis(now) - least) as f64 / 1e3,
        })
    }

    fn view(&self, view: &mut View) {
        self.fill(view);
    }

    fn signs(&self, now: Instant, signs: &mut Vec<Sign>) {
        self.add_signs(now, signs);
    }

    fn describe(&self, message: &Message, text: &mut String) {
        self.say(message, text);
    }
}
