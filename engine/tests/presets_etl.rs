//! Every experiment of ETL shows what it promises within 20 s of watching, at
//! its own speed; where chance plays a part, with several seeds.
#![cfg(not(target_arch = "wasm32"))]

mod etl;

use etl::{Course, begin, run};
use patternscope_engine::Scenario;
use patternscope_engine::patterns::etl::PATTERN;

/// With a seed; none: the one of its own.
fn preset(slug: &str, seed: Option<u64>) -> (Scenario, f64) {
    etl::preset(&PATTERN, slug, seed)
}

fn watch(slug: &str, seed: Option<u64>) -> Course {
    let (scenario, end) = preset(slug, seed);
    run(&scenario, end)
}

const SEEDS: [Option<u64>; 5] = [None, Some(1), Some(2), Some(3), Some(4)];

fn ended(course: &Course) -> Vec<etl::Run> {
    let runs = course.runs().into_iter();
    runs.filter(|run| run.ended.is_some()).collect()
}

#[test]
fn a_loader_crash_naive_and_resumed() {
    for seed in SEEDS {
        let (naive, resumed) = (watch("crash-naive", seed), watch("crash-resume", seed));
        for course in [&naive, &resumed] {
            assert_eq!(course.runs().len(), 1);
            let run = &ended(course)[0];
            assert_eq!((run.extracted, run.loaded), (22, 22));
            assert_eq!(course.counted("retries"), 1);
        }
        // All that was written before the crash.
        let twice = naive.counted("duplicates");
        assert!((8..20).contains(&twice), "{twice}");
        assert_eq!(naive.counted("warehouse_rows"), 22 + twice);
        let says = naive.signs();
        assert!(says.contains(&format!("{twice} twice")), "{says:?}");
        assert_eq!(resumed.counted("duplicates"), 0);
        assert_eq!(resumed.counted("warehouse_rows"), 22);
        // Rows of committed chunks do not pass the loader again.
        let (again, all) = (resumed.finished("loader-1", 1.7, 6.0), 22);
        assert!(again < all && again >= 6, "{again}");
        assert_eq!(naive.finished("loader-1", 1.7, 6.0), all);
    }
}

#[test]
fn schema_drift() {
    for seed in SEEDS {
        let (scenario, end) = preset("schema-drift", seed);
        let mut course = begin(&scenario, true);
        course.until(7.4);
        let lost = course.ended_as("schema drift");
        assert!(lost >= 6, "{lost}");
        let quarantined = course.counted("quarantine_rows");
        assert!(quarantined >= lost);
        let before = course.counted("warehouse_rows");
        course.until(end);
        // The backfill brought in what had been rejected.
        assert!(course.ended_as("schema drift") <= lost + 8);
        assert!(course.counted("warehouse_rows") >= before + 6);
        let largest = ended(&course).iter().map(|run| run.extracted).max();
        let all = course.counted("warehouse_rows");
        assert!(largest >= Some(all * 2 / 3), "{largest:?} of {all}");
    }
}

#[test]
fn a_bad_day() {
    let (mut rejected, mut changed) = (0, 0);
    for seed in SEEDS {
        let course = watch("bad-day", seed);
        assert!(ended(&course).len() >= 2);
        let here = course.counted("quarantine_rows");
        assert!(here >= 5, "{here}");
        rejected += here;
        // Those that the sources had at first are clean.
        changed += course.runs().iter().map(|run| run.extracted).sum::<u64>() - 22;
        let by_reason = ["amount no number", "unknown country", "unknown customer"];
        let sum: u64 = by_reason.iter().map(|it| course.ended_as(it)).sum();
        assert_eq!(sum, here);
        let told = course.signs();
        let reasons = ["amount: ", "country: ", "customer: "];
        let told = told
            .iter()
            .filter(|it| reasons.iter().any(|reason| it.starts_with(reason)));
        assert!(told.count() >= 3);
    }
    let share = rejected as f64 / changed as f64;
    assert!((0.1..0.3).contains(&share), "{share}");
}

#[test]
fn late_rows_missed_and_caught() {
    for seed in SEEDS {
        let (without, with) = (watch("late-missed", seed), watch("late-overlap", seed));
        let missed = without.counted("missed_late");
        assert!(missed >= 3, "{missed}");
        assert_eq!(with.counted("missed_late"), 0, "{seed:?}");
        assert!(with.counted("warehouse_rows") > without.counted("warehouse_rows"));
        // What is read twice is there once.
        assert!(with.counted("unchanged") > 10);
        assert!(without.counted("unchanged") <= 3);
        assert_eq!(with.counted("duplicates"), 0);
        let says = |course: &Course| course.signs().iter().any(|it| it.ends_with(" missed"));
        assert!(says(&without) && !says(&with));
    }
}

#[test]
fn longer_than_its_schedule() {
    for seed in SEEDS {
        let course = watch("too-long", seed);
        let runs = ended(&course);
        assert!(runs.iter().all(|run| run.ended > Some(run.started + 1.0)));
        assert!(course.counted("skipped_runs") >= 3);
        assert!(course.measure("freshness_s") > 1.0);
        for pair in runs.windows(2) {
            assert!(Some(pair[1].started) >= pair[0].ended, "one at a time");
        }
    }
}

#[test]
fn a_rerun_changes_nothing_by_key_and_doubles_what_is_appended() {
    for seed in SEEDS {
        let [append, upsert] = ["rerun-append", "rerun-upsert"].map(|slug| {
            let (scenario, end) = preset(slug, seed);
            let mut course = begin(&scenario, true);
            course.until(3.4);
            assert_eq!(course.counted("warehouse_rows"), 22);
            course.until(end);
            assert_eq!(ended(&course).len(), 2);
            assert_eq!(ended(&course)[1].loaded, 22);
            course
        });
        assert_eq!(append.counted("warehouse_rows"), 44);
        assert_eq!(append.counted("duplicates"), 22);
        assert_eq!(upsert.counted("warehouse_rows"), 22);
        assert_eq!(upsert.counted("unchanged"), 22);
        assert_eq!(upsert.counted("duplicates"), 0);
    }
}

#[test]
fn a_rate_limit() {
    for seed in SEEDS {
        let course = watch("rate-limit", seed);
        assert!(course.counted("limited") >= 4);
        let says = course.signs();
        assert!(says.iter().any(|it| it.starts_with("429×")), "{says:?}");
        // Without the limit, the same runs are shorter.
        let (mut scenario, end) = preset("rate-limit", seed);
        scenario.settings.set("api-rate", "0").expect("a knob");
        let free = run(&scenario, end);
        assert_eq!(free.counted("limited"), 0);
        let longest = |course: &Course| {
            let spans = course.runs().into_iter();
            let spans = spans.map(|run| run.ended.unwrap_or(end) - run.started);
            spans.fold(0.0, f64::max)
        };
        let (long, short) = (longest(&course), longest(&free));
        assert!(long > short + 0.3, "{long} and {short}");
    }
}

#[test]
fn history() {
    let mut as_of = 0;
    for seed in SEEDS {
        let course = watch("history", seed);
        let closed = course.counted("closed_versions");
        assert!(closed >= 10, "{closed}");
        assert_eq!(course.counted("duplicates"), 0);
        assert!(
            course
                .signs()
                .contains(&format!("{closed} closed versions"))
        );
        as_of += course.counted("joined_as_of");
    }
    assert!(as_of >= 3, "{as_of}");
}

#[test]
fn backpressure() {
    let (scenario, end) = preset("backpressure", None);
    let mut course = begin(&scenario, true);
    let mut view = patternscope_engine::kernel::View::default();
    let topology = scenario.topology();
    let node = |name: &str| topology.find(name).expect("a node").index();
    let (mut blocked, mut staged) = (0, 0);
    for tick in 1..=200 {
        course.until(end * f64::from(tick) / 200.0);
        course.simulation.view(&mut view);
        // The bound of each buffer, and no more.
        assert!(view.nodes[node("loader-1")].queue <= 3);
        assert!(view.nodes[node("transformer-1")].queue <= 3);
        staged = staged.max(view.nodes[node("staging-1")].open);
        blocked += u32::from(course.signs().contains(&"blocked".to_owned()));
    }
    assert!(blocked > 40, "{blocked} of 200");
    assert!(staged >= 12, "{staged}");
    assert_eq!(
        ended(&course)[0].extracted,
        ended(&course)[0].loaded + ended(&course)[0].rejected + ended(&course)[0].deduplicated
    );
}

#[test]
fn load_first() {
    for seed in SEEDS {
        let course = watch("elt", seed);
        assert!(ended(&course).len() >= 2);
        let rejected = course.counted("quarantine_rows");
        assert!(rejected >= 1, "{rejected}");
        // Bad rows were loaded as well, and left out behind the loader.
        let (loaded, transformed) = (
            course.finished("loader-1", 0.0, 6.0),
            course.finished("transformer-1", 0.0, 6.0),
        );
        let extracted: u64 = ended(&course).iter().map(|run| run.extracted).sum();
        assert!(loaded as u64 >= extracted && transformed as u64 >= extracted);
    }
}

#[test]
fn the_story_tells_what_happens() {
    let story = Scenario::story(&PATTERN);
    let mut course = begin(&story, true);
    course.until(5.0);
    // The crash cost an attempt and nothing else.
    assert_eq!(course.counted("retries"), 1);
    assert_eq!(course.counted("duplicates"), 0);
    course.until(10.0);
    assert!(course.ended_as("schema drift") >= 2);
    course.until(20.0);
    assert!(course.counted("duplicates") > 5);
}
