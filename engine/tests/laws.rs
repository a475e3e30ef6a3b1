//! The laws that every pattern obeys, through the catalog.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use common::{facts, fresh, random_script, scenario_with};
use patternscope_engine::kernel::{Fact, Instant, Stamped};
use patternscope_engine::{History, patterns::CATALOG};
use proptest::prelude::*;

/// Long enough for every scripted act and its end.
const END: Instant = Instant(3_000_000_000);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The same scenario gives the same facts, and cutting the run into
    /// slices changes nothing.
    #[test]
    fn replay_and_slicing(seed: u64, plan: Vec<(u16, u16, u16)>, cuts: Vec<u32>) {
        for pattern in CATALOG {
            let scenario = scenario_with(pattern, seed, &random_script(pattern, &plan));
            let whole = facts(&scenario, END);
            prop_assert_eq!(&whole, &facts(&scenario, END));
            let mut cuts: Vec<u64> = cuts.iter().map(|cut| u64::from(*cut) % END.0).collect();
            cuts.sort_unstable();
            let mut sliced: Vec<Stamped> = Vec::new();
            let mut simulation = fresh(&scenario, &mut sliced);
            for cut in cuts.into_iter().chain([END.0]) {
                simulation.run_until(Instant(cut), Some(&mut sliced));
            }
            prop_assert_eq!(whole, sliced);
        }
    }

    /// Every identity holds at every instant, whatever is done to the run.
    #[test]
    fn conservation(seed: u64, plan: Vec<(u16, u16, u16)>) {
        for pattern in CATALOG {
            let scenario = scenario_with(pattern, seed, &random_script(pattern, &plan));
            let mut history = History::new(scenario);
            for tick in 1..=150u64 {
                history.advance(Instant(tick * 20_000_000), u64::MAX);
                let balance = history.ledger().check(history.simulation());
                prop_assert!(balance.balanced(), "at {} of {:?}", history.now(), balance.truths);
            }
        }
    }

    /// Acts made live are the same as the script they leave behind; going back
    /// and forth ends where a straight run ends.
    #[test]
    fn live_equals_replayed_and_rewind_equals_replay(seed: u64, plan: Vec<(u16, u16, u16)>, seeks: Vec<u32>) {
        for pattern in CATALOG {
            let script = random_script(pattern, &plan);
            let planned = scenario_with(pattern, seed, &script);
            let mut live = History::new(scenario_with(pattern, seed, &[]));
            for (at, act) in &planned.script {
                live.advance(*at, u64::MAX);
                live.intervene(act.clone());
            }
            live.seek(END);
            let mut replayed = History::new(planned);
            replayed.advance(END, u64::MAX);
            prop_assert_eq!(live.digest_text(), replayed.digest_text());
            prop_assert_eq!(live.scenario().script, replayed.scenario().script);
            for seek in seeks.iter().take(6) {
                let at = Instant(u64::from(*seek) % END.0);
                live.seek(at);
                let mut straight = History::new(replayed.scenario());
                straight.advance(at, u64::MAX);
                prop_assert_eq!(live.digest_text(), straight.digest_text());
                prop_assert_eq!(live.ledger(), straight.ledger());
            }
        }
    }

    /// Undo brings the replaced future back: what had been simulated of it at
    /// once, for the latest acts, and the same facts for all.
    #[test]
    fn undo_restores(seed: u64, plan: Vec<(u16, u16, u16)>, acts in prop::collection::vec(0u64..3_000_000_000, 1..8)) {
        for pattern in CATALOG {
            let mut history = History::new(scenario_with(pattern, seed, &random_script(pattern, &plan)));
            history.advance(END, u64::MAX);
            let mut before = Vec::new();
            for at in &acts {
                before.push((history.digest_text(), history.scenario().script));
                history.seek(Instant(*at));
                history.intervene(common::surge());
                history.advance(END, u64::MAX);
            }
            for (undone, (digest, script)) in before.into_iter().rev().enumerate() {
                prop_assert!(history.undo());
                if undone < 4 {
                    prop_assert_eq!(history.end(), END);
                }
                history.seek(END);
                prop_assert_eq!(history.digest_text(), digest);
                prop_assert_eq!(history.scenario().script, script);
            }
            prop_assert!(!history.undo());
        }
    }
}

#[test]
fn messages_arrive_after_they_depart_and_have_causes_that_came_first() {
    for pattern in CATALOG {
        let mut seen = 0;
        for Stamped { at, fact } in facts(&scenario_with(pattern, 3, &[]), END) {
            if let Fact::Sent(message) = fact {
                assert!(message.arrive >= message.depart && message.depart == at);
                assert!(message.cause.is_none_or(|cause| cause < message.id));
                seen += 1;
            }
        }
        assert!(seen > 100, "{} sent only {seen}", pattern.slug);
    }
}

/// An advance that runs out of budget amid an instant must not let an act
/// fall on the wrong side of what is left of that instant.
#[test]
fn acting_after_a_short_budget_replays_the_same() {
    for pattern in CATALOG {
        for budget in 1..200 {
            let mut live = History::new(scenario_with(pattern, 5, &[]));
            live.advance(END, budget);
            live.intervene(common::surge());
            live.advance(END, u64::MAX);
            let mut replayed = History::new(live.scenario());
            replayed.advance(END, u64::MAX);
            assert_eq!(
                live.digest_text(),
                replayed.digest_text(),
                "{} at {budget}",
                pattern.slug
            );
        }
    }
}
