//! What the picture is told of flows: bounded, in its place, and counted right.

use super::*;
use patternscope_engine::kernel::{Action, Intervention, Target};

/// What the picture is given is bounded and stands where it can.
#[test]
fn pictures_are_bounded() {
    for style in ["orchestration", "choreography"] {
        let script = "1s slow shipping-1 x50; 2s poison; 3s set undo-error=100; 4s crash payment-1";
        let scenario: Scenario = scenario(&[("rate", "60"), ("style", style)], script);
        let mut course = begin(&scenario, false);
        let mut view = View::default();
        let mut waiting = BTreeMap::new();
        for tick in 1..=80 {
            course.advance(f64::from(tick) / 10.0);
            course.simulation.view(&mut view);
            waiting.clear();
            for it in &view.waiting {
                *waiting.entry(it.node).or_insert(0) += 1;
            }
            assert!(waiting.values().all(|count| *count <= 64));
            assert!(
                view.standing.len() <= 60 && view.shelves.len() <= 5 && view.pointers.len() <= 5
            );
            assert_eq!(view.steps.len(), 8);
            assert!(view.at_steps.len() <= 60);
            let mut here = [0; 8];
            for it in &view.at_steps {
                here[usize::from(it.step)] += 1;
            }
            for (step, shown) in view.steps.iter().zip(here) {
                assert!(shown <= step.flows, "{} {shown}", &*step.name);
            }
            for pointer in &view.pointers {
                let shelf = view.shelves.iter().find(|shelf| shelf.row == pointer.row);
                assert!(pointer.place < shelf.expect("a row").end);
            }
            for sign in course.simulation.signs() {
                assert!(sign.text.chars().count() <= 24, "{}", sign.text);
            }
            let mut text = String::new();
            for (_, message) in course.simulation.world().flights.iter() {
                course.simulation.model().describe(message, &mut text);
            }
        }
    }
}

/// The graph: every step right of those before it, none on top of another,
/// and as many orders at each as are under way there.
#[test]
fn the_graph_is_laid_out_and_counted() {
    for style in ["orchestration", "choreography"] {
        let knobs = [("style", style), ("attempts", "0"), ("concurrency", "999")];
        let mut course = with(&knobs, "8s crash shipping-1");
        let mut view = View::default();
        course.simulation.view(&mut view);
        let at: Vec<(&str, u8, u8)> = view
            .steps
            .iter()
            .map(|step| (&*step.name, step.column, step.lane))
            .collect();
        let expected = [
            ("reserve", 0, 0),
            ("large?", 1, 0),
            ("approve", 2, 1),
            ("charge", 3, 0),
            ("pack", 4, 0),
            ("label", 4, 1),
            ("ship", 5, 0),
            ("notify", 6, 0),
        ];
        assert_eq!(at, expected);
        assert_eq!(view.steps[3].after, 0b11_0000);
        // Nothing is labelled while shipping is down: all stand there, if
        // anybody but shipping knows.
        let open = course.measure("flows/running");
        let label = f64::from(view.steps[5].flows);
        assert!(open >= 30.0, "{open}");
        assert_eq!(label >= open - 5.0, style == "orchestration", "{label}");
        course.simulation.intervene(
            Intervention {
                action: Action::Heal,
                target: Target::All,
                lasting: None,
            },
            None,
        );
        course.advance(40.0);
        course.simulation.view(&mut view);
        assert!(view.steps[5].flows <= 4, "{}", view.steps[5].flows);
    }
}
