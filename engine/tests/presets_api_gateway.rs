//! Every experiment of API Gateway shows what it promises within 20 s of
//! watching, at its own speed and with several seeds.
#![cfg(not(target_arch = "wasm32"))]

use patternscope_engine::kernel::{Measured, NodeId, Observer, Outcome};
use patternscope_engine::measure::Ledger;
use patternscope_engine::patterns::api_gateway::PATTERN;
use patternscope_engine::{Fact, Instant, Scenario};
use std::collections::BTreeMap;

/// How long somebody watches.
const WATCHED_S: f64 = 20.0;
const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

/// A flow that ended.
struct End {
    at: f64,
    client: usize,
    well: bool,
    ms: f64,
}

/// Ends of flows, messages to each node, and the books of a run.
#[derive(Default)]
struct Watch {
    ledger: Ledger,
    client_of: BTreeMap<u64, usize>,
    ends: Vec<End>,
    /// When a call left the gateway for a service.
    service_calls: Vec<f64>,
    to_service: Vec<bool>,
    noted: Vec<(f64, u8)>,
}

impl Observer for Watch {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.ledger.observe(at, fact);
        match fact {
            Fact::FlowStarted { flow, node } => {
                self.client_of.insert(flow.0, node.index());
            }
            Fact::FlowEnded {
                flow,
                outcome,
                latency,
            } => self.ends.push(End {
                at: at.as_secs(),
                client: self.client_of[&flow.0],
                well: *outcome == Outcome::SUCCESS,
                ms: latency.as_millis(),
            }),
            Fact::Sent(message) => {
                let request = message.role == patternscope_engine::kernel::Role::Request;
                if request && self.to_service[message.link.index()] {
                    self.service_calls.push(at.as_secs());
                }
            }
            Fact::Noted { kind, .. } => self.noted.push((at.as_secs(), *kind)),
            _ => {}
        }
    }
}

/// What was watched of a preset.
struct Watched {
    watch: Watch,
    /// The measures at every hundredth of the time.
    measures: Vec<(f64, BTreeMap<&'static str, Measured>)>,
    end: f64,
}

fn watch(slug: &str, seed: u64) -> Watched {
    let preset = PATTERN.preset(slug).expect("a preset");
    let end = WATCHED_S * preset.speed;
    let scenario = Scenario {
        seed,
        ..Scenario::preset(&PATTERN, preset)
    };
    let topology = scenario.topology();
    let kind = |node: NodeId| topology.node(node).kind;
    let is_call = |id| {
        let link = topology.link(id);
        kind(link.from) == "gateway" && ["users", "orders", "catalogue"].contains(&kind(link.to))
    };
    let mut watch = Watch {
        to_service: topology.link_ids().map(is_call).collect(),
        ..Watch::default()
    };
    let mut simulation = scenario.simulation(Some(&mut watch));
    let mut measures = Vec::new();
    for tick in 1..=100 {
        let at = end * f64::from(tick) / 100.0;
        simulation.run_until(Instant::from_secs(at), Some(&mut watch));
        let balance = watch.ledger.check(&simulation);
        assert!(balance.balanced(), "{slug} at {at}: {:?}", balance.truths);
        measures.push((at, simulation.model().measures().into_iter().collect()));
    }
    Watched {
        watch,
        measures,
        end,
    }
}

fn count(measured: &Measured, path: &[&str]) -> u64 {
    match (measured, path) {
        (Measured::Count(count), []) => *count,
        (Measured::Table(rows), [first, rest @ ..]) => {
            let row = rows.iter().find(|(name, _)| name == first);
            row.map_or(0, |(_, cell)| count(cell, rest))
        }
        other => panic!("{other:?}"),
    }
}

impl Watched {
    /// How much a measure grew between two times.
    fn grew(&self, path: &[&str], from: f64, to: f64) -> f64 {
        let at = |time: f64| {
            let past = self.measures.iter().rfind(|(at, _)| *at <= time + 1e-9);
            past.map_or(0, |(_, measures)| count(&measures[path[0]], &path[1..]))
        };
        (at(to) - at(from)) as f64
    }

    /// Of calls to a path that began between two times, about the share that
    /// was answered well.
    fn share_of(&self, path: &str, from: f64, to: f64) -> f64 {
        self.grew(&["paths", path, "good"], from, to)
            / self.grew(&["paths", path, "calls"], from, to)
    }

    /// Of a client's flows that ended between two times: how many, and the
    /// share that ended well.
    fn client(&self, client: usize, from: f64, to: f64) -> (f64, f64) {
        let all = self.watch.ends.iter();
        let mine = all.filter(|end| end.client == client && end.at >= from && end.at < to);
        let (mut number, mut well) = (0.0, 0.0);
        for end in mine {
            number += 1.0;
            well += f64::from(u8::from(end.well));
        }
        (number, well / number)
    }

    fn well(&self, from: f64, to: f64) -> f64 {
        let all = self.watch.ends.iter();
        let good = all.filter(|end| end.well && end.at >= from && end.at < to);
        good.count() as f64 / (to - from)
    }

    fn latencies(&self, from: f64, to: f64) -> Vec<f64> {
        let all = self.watch.ends.iter();
        let good = all.filter(|end| end.well && end.at >= from && end.at < to);
        let mut all: Vec<f64> = good.map(|end| end.ms).collect();
        all.sort_by(f64::total_cmp);
        all
    }
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * q) as usize]
}

#[test]
fn slow_service_drags_all_down_unless_contained() {
    for seed in SEEDS {
        let (open, contained) = (
            watch("slow-service", seed),
            watch("bulkhead-and-breaker", seed),
        );
        for path in ["users", "catalogue"] {
            let healthy = open.share_of(path, 0.0, 4.0);
            let dragged = open.share_of(path, 7.0, open.end);
            let saved = contained.share_of(path, 7.0, contained.end);
            println!("{path}: {healthy} {dragged} {saved}");
        }
        println!(
            "orders {} {}",
            open.share_of("orders", 7.0, open.end),
            contained.share_of("orders", 7.0, 16.0)
        );
        println!(
            "breaker {}",
            contained.grew(&["breaker", "orders", "opened"], 0.0, 16.0)
        );
    }
}

#[test]
fn greedy_partner() {
    for seed in SEEDS {
        let run = watch("greedy-partner", seed);
        for client in 0..3 {
            println!(
                "{client}: {:?} {:?}",
                run.client(client, 3.0, 8.0),
                run.client(client, 10.0, run.end)
            );
        }
    }
}

#[test]
fn cache_stampede() {
    for seed in SEEDS {
        let run = watch("cache-stampede", seed);
        println!(
            "{} {}",
            run.grew(&["paths", "users", "calls"], 0.0, 8.0),
            run.watch.service_calls.len()
        );
        let u = |from: f64, to: f64| {
            run.grew(&["accepted"], from, to) - run.grew(&["answered_from_cache"], from, to)
        };
        println!(
            "not from cache {} {}, orders {} {}; joined {}",
            u(0., 8.),
            u(8., 16.),
            run.grew(&["paths", "orders", "calls"], 0., 8.),
            run.grew(&["paths", "orders", "calls"], 8., 16.),
            run.grew(&["joined_a_fetch"], 8., 16.)
        );
    }
}

#[test]
fn fan_out_tail() {
    for seed in SEEDS {
        let run = watch("fan-out-tail", seed);
        for (a, b) in [(1.0, 10.0), (11.5, run.end)] {
            let l = run.latencies(a, b);
            let slow = l.iter().filter(|ms| **ms > 500.0).count() as f64 / l.len() as f64;
            println!(
                "{} p50 {} p99 {} slow {slow}",
                l.len(),
                quantile(&l, 0.5),
                quantile(&l, 0.99)
            );
        }
    }
}

#[test]
fn gateway_down() {
    for seed in SEEDS {
        for slug in ["gateway-down", "two-gateways"] {
            let run = watch(slug, seed);
            println!(
                "{slug}: {} {} {} {} failovers {}",
                run.well(1., 3.),
                run.well(3.2, 6.),
                run.well(4.2, 6.),
                run.well(6.5, 8.),
                run.grew(&["failovers"], 0., 8.)
            );
        }
    }
}

#[test]
fn sick_replica() {
    for seed in SEEDS {
        let run = watch("sick-replica", seed);
        println!(
            "{:?} share {} {} {}",
            run.watch.noted,
            run.share_of("catalogue", 0., 2.),
            run.share_of("catalogue", 2., 12.),
            run.share_of("catalogue", 13., 16.)
        );
    }
}
