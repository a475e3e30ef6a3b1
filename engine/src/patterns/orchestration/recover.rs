//! Crashes: what is lost, and how a site finds its way again by its history.

use super::coordinate::RESUMED;
use super::service::CRASH;
use super::state::{LOST, ORDER, Orchestration};
use crate::kernel::{Context, Duration, FlowId, Marks, NodeChange, Timer};
use crate::parts::workflow::{
    DONE, IDLE, Kind, RUNNING, SERVICES, STEPS_MOST, Table, UNDOING, VOID,
};

/// A site has read its history.
pub const REPLAYED: u8 = 8;

/// What a history says of the steps that a site knows of.
pub fn replay(history: &[u8], site: usize) -> Table {
    let mut table = [IDLE; STEPS_MOST + 1];
    for entry in history.chunks_exact(2) {
        let (at, status) = (usize::from(entry[0]), entry[1]);
        if at >> 4 == site
            && let Some(known) = table.get_mut(at & 0xf)
        {
            *known = status;
        }
    }
    table
}

impl Orchestration {
    /// A service or the orchestrator went down, came back, stopped or went on.
    pub fn station_changed(&mut self, station: usize, change: NodeChange, context: &mut Context) {
        match change {
            NodeChange::Crashed => self.crash(station, context),
            NodeChange::Restarted => {
                if station == 0 {
                    self.restock(false, context);
                }
                if let Some(site) = self.site_of(station) {
                    self.read_history(site, context);
                }
            }
            NodeChange::Paused | NodeChange::Resumed => {
                let paused = change == NodeChange::Paused;
                self.stations[station].set_paused(paused, context.now());
                self.work(station, context);
            }
        }
    }

    /// All ids that open orders can have.
    fn all_flows(&self) -> std::ops::Range<u64> {
        let (oldest, span) = self.flows.span();
        oldest..oldest + span as u64
    }

    fn crash(&mut self, station: usize, context: &mut Context) {
        let site = self.site_of(station);
        for work in self.stations[station].crash(CRASH, context) {
            if self.central && site.is_some() {
                self.order_is_gone(&work.flow, work.tag, LOST, context);
            } else {
                self.set_in_hand(&work, false);
            }
            self.landed(work.flow, Marks::default());
        }
        if let Some(site) = site {
            self.forget_all(site);
        }
    }

    /// An order got no further than this; a copy of one in hand does not count.
    pub fn order_is_gone(&mut self, flow: &FlowId, tag: u32, why: u8, context: &mut Context) {
        let it = self.flows.get(flow.0);
        if tag & ORDER != 0 && it.is_some_and(|it| !it.accepted) {
            self.end(*flow, why, context);
        }
    }

    /// What a site has in memory is gone.
    fn forget_all(&mut self, site: usize) {
        self.awake[site] = false;
        self.tasks.clear();
        for number in self.all_flows() {
            for step in 0..self.workflow.steps.len() {
                if self.owner(step) == site {
                    self.settle(FlowId(number), step);
                }
            }
            if let Some(flow) = self.flows.get_mut(number) {
                flow.tables[site] = Table::default();
            }
        }
    }

    /// Begins to read the histories of open orders, which takes its time.
    fn read_history(&mut self, site: usize, context: &mut Context) {
        let mut events = 0;
        for (_, flow) in self.flows.iter() {
            for entry in flow.history.chunks_exact(2) {
                events += u32::from(usize::from(entry[0] >> 4) == site);
            }
        }
        let takes = Duration::from_secs(f64::from(events) / self.parameters.replay_rate);
        let takes = context.slowed(self.site_node(site), takes);
        let (node, kind, data) = (self.site_node(site), REPLAYED, site as u64);
        context.after(takes, Timer { node, kind, data });
    }

    /// A site knows where every order stands, and goes on from there: what was
    /// begun is asked for again, what was done is not.
    pub fn wake(&mut self, site: usize, context: &mut Context) {
        self.awake[site] = true;
        for number in self.all_flows() {
            if let Some(flow) = self.flows.get_mut(number).filter(|flow| flow.accepted) {
                flow.tables[site] = replay(&flow.history, site);
                self.resume(site, FlowId(number), context);
            }
        }
        let station = if self.central { SERVICES.len() } else { site };
        self.work(station, context);
    }

    fn resume(&mut self, site: usize, id: FlowId, context: &mut Context) {
        let Some(flow) = self.flows.get(id.0).filter(|flow| flow.ended.is_none()) else {
            return;
        };
        let table = flow.tables[site];
        let node = self.site_node(site);
        if table
            .iter()
            .any(|status| !matches!(*status, IDLE | DONE | VOID))
        {
            self.tally.resumed += 1;
            context.note(RESUMED, node, id, 0);
        }
        for (step, status) in table.iter().enumerate().take(self.workflow.steps.len()) {
            if self.owner(step) != site {
                continue;
            }
            match *status {
                RUNNING if self.workflow.steps[step].kind == Kind::Approval => {
                    self.ask(id, step, context);
                }
                RUNNING | UNDOING => {
                    if let Some(flow) = self.flows.get_mut(id.0) {
                        flow.doubt |= 1 << step;
                    }
                    self.enqueue(id, step, context);
                }
                _ if !self.central => self.tell(site, id, step, true, context),
                _ => {}
            }
        }
        self.advance(site, id, context);
    }
}
