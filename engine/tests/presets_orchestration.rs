//! Every experiment of Orchestration shows what it promises within 20 s of
//! watching, at its own speed, whatever the seed.
#![cfg(not(target_arch = "wasm32"))]

mod orchestration;

use orchestration::{Course, begin};
use patternscope_engine::kernel::{Outcome, Role};
use patternscope_engine::patterns::orchestration::PATTERN;
use patternscope_engine::{Fact, Scenario};
use std::collections::{BTreeMap, BTreeSet};

const SEEDS: [u64; 5] = [7, 1, 2, 3, 4];

fn preset(slug: &str, seed: u64) -> (Scenario, f64) {
    orchestration::preset(&PATTERN, slug, Some(seed))
}

/// The run that is watched, up to a share of it.
fn watch(slug: &str, seed: u64, knobs: &[(&str, &str)]) -> (Course, f64) {
    let (mut scenario, end) = preset(slug, seed);
    orchestration::set(&mut scenario, knobs);
    (begin(&scenario, true), end)
}

fn watched(slug: &str, seed: u64, knobs: &[(&str, &str)]) -> Course {
    let (mut course, end) = watch(slug, seed, knobs);
    course.until(end);
    course
}

/// Times each step of each order was begun by a worker: by flow and step.
fn begun(course: &Course) -> BTreeMap<(u64, u32), u32> {
    let mut tags = BTreeMap::new();
    for (_, message) in course.sent(Role::Command) {
        tags.insert(message.id, message.tag & 0xf);
    }
    let mut begun = BTreeMap::new();
    for (_, (flow, message)) in course.times(|fact| match fact {
        Fact::Started { flow, message, .. } => Some((*flow, *message)),
        _ => None,
    }) {
        if let Some(step) = tags.get(&message) {
            *begun.entry((flow.0, *step)).or_insert(0) += 1;
        }
    }
    begun
}

/// How each order ended.
fn outcomes(course: &Course) -> BTreeMap<u64, u8> {
    let ends = course.times(|fact| match fact {
        Fact::FlowEnded {
            flow,
            outcome: Outcome(how),
            ..
        } => Some((flow.0, *how)),
        _ => None,
    });
    ends.into_iter().map(|(_, end)| end).collect()
}

#[test]
fn declined_payments_run_back() {
    for seed in SEEDS {
        let course = watched("payment-declined", seed, &[]);
        let (done, undone) = (
            course.measure("flows/completed"),
            course.measure("flows/compensated"),
        );
        assert!(undone >= 5.0 && done >= 2.0, "{done} {undone}");
        // Declined orders release their stock, and no more.
        assert!(course.measure("steps/reserve/compensations") >= undone);
        // A poisonous one goes all the way.
        let mut back: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for (_, message) in course.sent(Role::Control) {
            back.entry(message.flow.0)
                .or_default()
                .push(message.tag & 0xf);
        }
        let longest = back.values().max_by_key(|steps| steps.len()).expect("one");
        assert_eq!(longest.len(), 4);
        assert_eq!(longest[2..], [3, 0], "refund, then release");
        let without = watched("payment-declined", seed, &[("decline", "0")]);
        assert!(without.measure("flows/compensated") <= 2.0);
    }
}

#[test]
fn a_crashed_orchestrator_does_nothing_twice() {
    let mut suppressed = 0.0;
    for seed in SEEDS {
        let course = watched("orchestrator-crash", seed, &[]);
        assert!(course.measure("resumed") >= 2.0);
        suppressed += course.measure("deduplicated");
        assert!(begun(&course).values().all(|times| *times == 1));
        // What was under way at the crash is completed; none is undone.
        let under_way: BTreeSet<u64> = course
            .times(|fact| match fact {
                Fact::Noted { kind: 2, flow, .. } => Some(flow.0),
                _ => None,
            })
            .into_iter()
            .map(|(_, flow)| flow)
            .collect();
        let ends = outcomes(&course);
        let done = under_way.iter().filter(|flow| ends.get(flow) == Some(&0));
        assert!(done.count() >= 2);
        assert_eq!(course.measure("flows/compensated"), 0.0);
    }
    assert!(suppressed >= 3.0, "{suppressed}");
}

#[test]
fn slow_shipping_times_out() {
    for seed in SEEDS {
        let course = watched("slow-shipping", seed, &[]);
        assert!(course.measure("timeouts") >= 15.0);
        assert!(course.measure("flows/compensated") >= 4.0);
        assert!(course.measure("money_cents/refunded") > 0.0);
        // Healed, it completes orders again.
        let late = course.times(|fact| match fact {
            Fact::FlowEnded {
                outcome: Outcome(0),
                ..
            } => Some(()),
            _ => None,
        });
        assert!(late.iter().filter(|(at, ())| *at > 5_500.0).count() >= 5);
    }
}

#[test]
fn a_small_pool_queues() {
    for seed in SEEDS {
        let (mut course, end) = watch("small-pool", seed, &[]);
        let depth = |course: &Course| {
            let topology = course.simulation.topology();
            let node = topology.find("inventory-1").expect("a service");
            let mut view = patternscope_engine::kernel::View::default();
            course.simulation.view(&mut view);
            view.nodes[node.index()].queue
        };
        course.until(6.0);
        let (before, late) = (depth(&course), course.measure("timeouts"));
        assert!(before >= 10 && late >= 5.0, "{before} {late}");
        course.until(end);
        assert!(depth(&course) <= 4);
        let mut roomy = watch("small-pool", seed, &[("workers", "4")]).0;
        roomy.until(6.0);
        assert!(depth(&roomy) <= 4);
        assert_eq!(roomy.measure("timeouts"), 0.0);
    }
}

#[test]
fn choreography_comes_to_the_same() {
    for seed in SEEDS {
        let course = watched("choreography", seed, &[]);
        assert!(
            course
                .simulation
                .topology()
                .find("orchestrator-1")
                .is_none()
        );
        assert!(course.measure("flows/compensated") >= 5.0);
        assert!(course.sent(Role::Event).len() >= 30 && course.sent(Role::Command).is_empty());
        let (one, other) = (
            outcomes(&course),
            outcomes(&watched("payment-declined", seed, &[])),
        );
        let both = one.iter().filter(|(flow, _)| other.contains_key(flow));
        let both: Vec<_> = both.collect();
        assert!(both.len() >= 8);
        assert!(both.iter().all(|(flow, how)| other[flow] == **how));
    }
}

#[test]
fn stuck_until_somebody_acts() {
    for seed in SEEDS {
        let (mut course, end) = watch("stuck", seed, &[]);
        course.until(5.9);
        let stuck = course.measure("flows/stuck");
        assert!(stuck >= 3.0, "{stuck}");
        let row = course
            .simulation
            .signs()
            .into_iter()
            .find(|sign| sign.text.ends_with(" stuck"));
        assert!(row.is_some());
        course.until(end);
        assert_eq!(course.measure("flows/stuck"), 0.0);
    }
}

#[test]
fn approvals_wait_and_expire() {
    for seed in SEEDS {
        let (mut course, end) = watch("approval", seed, &[]);
        course.until(3.99);
        let waiting = course.measure("flows/running");
        assert!(
            waiting >= 5.0 && course.measure("resumed") >= 1.0,
            "{waiting}"
        );
        course.until(5.5);
        let approved = course.measure("steps/charge/runs");
        course.until(end);
        assert!(course.measure("steps/approve/failures") >= 5.0);
        assert!(course.ends(2).iter().all(|latency| *latency >= 4_000.0));
        assert!(course.measure("steps/charge/runs") > approved);
        // Those who waited since before the crash were approved, not lost.
        let ends = outcomes(&course);
        let early = ends.iter().filter(|(flow, how)| **flow < 8 && **how == 0);
        assert!(early.count() >= 5);
    }
}

#[test]
fn charged_twice_without_idempotency() {
    for seed in SEEDS {
        let course = watched("charged-twice", seed, &[]);
        let twice = course.measure("done_twice");
        assert!(twice >= 1.0, "{twice}");
        let net = course.measure("money_cents/captured") - course.measure("money_cents/refunded");
        assert!(net > course.measure("money_cents/completed_orders"));
        let with = watched("charged-twice", seed, &[("idempotency", "on")]);
        assert_eq!(with.measure("done_twice"), 0.0);
        assert!(with.measure("deduplicated") >= 1.0);
    }
}

/// The story's run ends with nobody stuck, and shows each of its turns.
#[test]
fn the_story_tells_what_happens() {
    let mut course = begin(&Scenario::story(&PATTERN), true);
    course.until(4.9);
    assert!(course.measure("flows/compensated") >= 1.0);
    assert!(course.names("order_of_compensation").len() >= 4);
    course.until(7.9);
    assert!(course.measure("timeouts") >= 1.0 && course.measure("deduplicated") >= 1.0);
    course.until(10.9);
    assert!(course.measure("resumed") >= 2.0);
    course.until(14.9);
    assert!(course.measure("flows/running") >= 8.0);
    course.until(18.9);
    assert!(course.measure("flows/stuck") >= 1.0);
    course.until(22.0);
    assert_eq!(course.measure("flows/stuck"), 0.0);
    assert_eq!(course.measure("done_twice"), 0.0);
}
