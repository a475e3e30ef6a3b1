//! Every failure, on every kind of node and link of ETL, shows its effect in
//! numbers. The books are checked all along.
#![cfg(not(target_arch = "wasm32"))]

mod etl;

use etl::{Course, Run, run, scenario};
use patternscope_engine::Fact;
use patternscope_engine::kernel::Role;

/// One long first run of the 22 rows that are there, nothing dirty, each
/// stage 40 ms a row; the next run only after 20 s.
const CALM: &[(&str, &str)] = &[
    ("rate", "0"),
    ("dirty", "0"),
    ("every-s", "20"),
    ("transform-ms", "40"),
    ("load-ms", "40"),
    ("chunk", "5"),
    ("latency-ms", "10"),
];
const ROWS: u64 = 22;
const END: f64 = 12.0;

fn course(knobs: &[(&str, &str)], script: &str) -> Course {
    let all: Vec<_> = CALM.iter().chain(knobs).copied().collect();
    run(&scenario(&all, script), END)
}

impl Course {
    fn first(&self) -> Run {
        self.runs()[0].clone()
    }

    fn span(&self) -> f64 {
        self.first().ended.expect("over") - self.first().started
    }

    /// The run is over, and every row is in the table once.
    fn all_there(&self) {
        assert!(self.first().ended.is_some());
        assert_eq!(self.counted("warehouse_rows"), ROWS);
        assert_eq!(self.counted("duplicates"), 0);
        assert_eq!(self.counted("quarantine_rows"), 0);
    }

    fn sent(&self, role: Role) -> usize {
        let sent = |fact: &Fact| matches!(fact, Fact::Sent(message) if message.role == role);
        self.facts(0.0, END, sent)
    }
}

/// Of an undisturbed run.
fn calm_span() -> f64 {
    course(&[], "").span()
}

#[test]
fn nothing_broken() {
    for knobs in [
        &[][..],
        &[("load", "append")],
        &[("load", "truncate-insert")],
        &[("order", "elt")],
        &[("transactional", "off"), ("resume", "off")],
    ] {
        let course = course(knobs, "");
        course.all_there();
        assert_eq!(course.counted("retries"), 0);
        assert_eq!(course.watch.ledger.lost_total(), 0);
        assert_eq!(course.finished("transformer-1", 0.0, END), 22);
        assert!(course.span() < 1.5, "{}", course.span());
    }
}

#[test]
fn a_crashed_stage_costs_an_attempt() {
    for node in ["transformer-1", "loader-1"] {
        for order in ["etl", "elt"] {
            let knobs = [("order", order), ("load", "append")];
            let course = course(&knobs, &format!("500ms crash {node} for 300ms"));
            course.all_there();
            assert_eq!(course.counted("retries"), 1, "{node} {order}");
            // What was committed is not loaded again.
            let loaded = course.finished("loader-1", 0.0, END);
            assert!((23..44).contains(&loaded), "{node} {order}: {loaded}");
        }
    }
}

#[test]
fn naive_runs_leave_rows_twice() {
    let script = "860ms crash loader-1 for 300ms";
    let twice = |knobs: &[(&str, &str)]| {
        let append = [("load", "append")];
        let knobs: Vec<_> = append.iter().chain(knobs).copied().collect();
        let course = course(&knobs, script);
        assert!(course.first().ended.is_some());
        assert_eq!(course.first().loaded, ROWS);
        let twice = course.counted("duplicates");
        assert_eq!(course.counted("warehouse_rows"), ROWS + twice);
        twice
    };
    assert_eq!(twice(&[]), 0);
    // Row by row: those after the last checkpoint.
    let some = twice(&[("transactional", "off")]);
    assert!((1..=5).contains(&some), "{some}");
    // From the start: all that had been committed, too.
    let more = twice(&[("resume", "off")]);
    assert!(more >= 5 && more.is_multiple_of(5), "{more}");
    let all = twice(&[("resume", "off"), ("transactional", "off")]);
    assert!(all >= more && all > some, "{all}");
    // The table is asked what it has.
    assert_eq!(twice(&[("resume", "off"), ("dedupe", "table")]), 0);
}

#[test]
fn by_key_or_anew_nothing_is_there_twice_however_naive() {
    for load in ["upsert", "truncate-insert"] {
        for transactional in ["on", "off"] {
            let knobs = [
                ("load", load),
                ("transactional", transactional),
                ("resume", "off"),
            ];
            course(&knobs, "800ms crash loader-1 for 300ms").all_there();
        }
    }
}

/// A table built beside the live one is seen when it is whole.
#[test]
fn readers_of_a_table_built_anew() {
    for (transactional, least) in [("on", ROWS), ("off", 0)] {
        let knobs = [
            ("load", "truncate-insert"),
            ("extract", "full"),
            ("every-s", "4"),
            ("transactional", transactional),
        ];
        let all: Vec<_> = CALM.iter().chain(&knobs).copied().collect();
        let mut course = etl::begin(&scenario(&all, ""), false);
        course.until(3.0);
        assert_eq!(course.counted("warehouse_rows"), ROWS);
        let mut seen = ROWS;
        for tick in 0..120 {
            course.until(3.0 + f64::from(tick) / 50.0);
            seen = seen.min(course.counted("warehouse_rows"));
        }
        assert_eq!(seen, least, "transactional {transactional}");
        assert_eq!(course.counted("warehouse_rows"), ROWS);
    }
}

#[test]
fn a_crashed_source_holds_the_run_up() {
    let course = course(&[], "200ms crash orders-1 for 2s");
    course.all_there();
    assert!(course.span() > 2.0);
    assert_eq!(course.counted("retries"), 0);
    // Facts of other sources went on meanwhile.
    assert!(course.finished("loader-1", 0.3, 2.0) >= 10);
}

#[test]
fn facts_wait_for_customers() {
    let course = course(&[], "60ms crash crm-1 for 2s");
    course.all_there();
    assert!(course.finished("transformer-1", 0.0, 2.0) <= 12);
    assert_eq!(course.ended_as("unknown customer"), 0);
}

#[test]
fn staging_keeps_what_it_has() {
    let course = course(&[], "300ms crash staging-1 for 1s");
    course.all_there();
    assert_eq!(course.counted("retries"), 1);
    // Read once each: what was staged is not read again.
    let records = |fact: &Fact| matches!(fact, Fact::FlowStarted { .. });
    assert_eq!(course.facts(0.0, END, records), 22);
    let back = run(&scenario(CALM, "21s crash staging-1 for 1s"), 45.0);
    assert!(back.runs().len() >= 3, "its schedule goes on");
}

#[test]
fn a_crashed_warehouse_rolls_back() {
    for load in ["upsert", "append"] {
        // During the commit of the first chunk.
        let course = course(
            &[("load", load), ("commit-ms", "200")],
            "650ms crash warehouse-1 for 1s",
        );
        course.all_there();
        assert!(course.counted("retries") >= 1);
    }
}

#[test]
fn a_crashed_quarantine_gets_its_rows_in_the_end() {
    let knobs = [("dirty", "100"), ("rate", "20"), ("every-s", "1")];
    let all: Vec<_> = CALM.iter().chain(&knobs).copied().collect();
    let mut course = etl::begin(
        &scenario(&all, "1.6s crash quarantine-1 for 1s; 4s set rate=0"),
        true,
    );
    course.until(30.0);
    assert!(course.counted("retries") >= 1);
    let rejected: u64 = course.runs().iter().map(|run| run.rejected).sum();
    assert_eq!(rejected, course.counted("quarantine_rows"));
    assert!(rejected > 30, "{rejected}");
    let last = course
        .runs()
        .into_iter()
        .rev()
        .find(|run| run.ended.is_some());
    assert!(last.is_some_and(|run| run.started > 20.0));
}

#[test]
fn a_pause_holds_work_where_it_is() {
    let calm = calm_span();
    for node in [
        "staging-1",
        "transformer-1",
        "loader-1",
        "warehouse-1",
        "orders-1",
    ] {
        let course = course(
            &[("timeout-ms", "5000")],
            &format!("500ms pause {node} for 1s"),
        );
        course.all_there();
        assert_eq!(course.counted("retries"), 0, "{node}");
        let longer = course.span() - calm;
        let expected = match node {
            "orders-1" => -0.1..1.1,
            // The loader goes on meanwhile.
            "warehouse-1" => 0.3..1.1,
            _ => 0.6..1.1,
        };
        assert!(expected.contains(&longer), "{node}: {longer}");
    }
}

#[test]
fn slow_nodes_take_longer() {
    let calm = calm_span();
    for (node, factor, least) in [
        ("staging-1", 20, 1.0),
        ("transformer-1", 4, 2.0),
        ("loader-1", 4, 2.0),
        ("warehouse-1", 20, 0.5),
        ("crm-1", 10, 1.0),
    ] {
        let course = course(
            &[("timeout-ms", "5000")],
            &format!("0s slow {node} x{factor}"),
        );
        course.all_there();
        let longer = course.span() - calm;
        assert!(longer > least, "{node}: {longer}");
    }
}

#[test]
fn a_slow_quarantine_holds_up_the_end_of_a_run() {
    let knobs = [
        ("dirty", "100"),
        ("rate", "20"),
        ("every-s", "1.5"),
        ("timeout-ms", "5000"),
    ];
    let span = |script: &str| {
        let course = course(&knobs, script);
        let runs = course.runs();
        runs[1].ended.expect("over") - runs[1].started
    };
    assert!(span("0s slow quarantine-1 x50") > span("") + 1.0);
}

#[test]
fn errors_are_tried_again() {
    for (node, count) in [
        ("transformer-1", "repeated_work"),
        ("loader-1", "repeated_work"),
        ("warehouse-1", "retries"),
    ] {
        let course = course(&[("load", "append")], &format!("0s errors {node} 40%"));
        course.all_there();
        assert_eq!(course.first().rejected, 0, "{node}");
        let again = course.counted(count);
        assert!(again >= 2, "{node}: {again}");
    }
    let calm = course(&[], "").sent(Role::Request);
    for node in ["orders-1", "crm-1", "staging-1"] {
        let course = course(&[], &format!("0s errors {node} 60%; 5s heal *"));
        course.all_there();
        let asked = course.sent(Role::Request);
        assert!(asked > calm, "{node}: {asked} and {calm}");
    }
    let knobs = [("dirty", "100"), ("rate", "20"), ("every-s", "3")];
    let course = course(&knobs, "0s errors quarantine-1 30%; 6s heal *");
    assert!(course.counted("retries") >= 1);
    assert!(course.counted("quarantine_rows") > 10);
}

#[test]
fn links_lose_double_delay_and_shuffle() {
    let links = [
        "staging-1>orders-1",
        "crm-1>staging-1",
        "staging-1>transformer-1",
        "transformer-1>staging-1",
        "transformer-1>loader-1",
        "loader-1>transformer-1",
        "loader-1>warehouse-1",
        "warehouse-1>loader-1",
    ];
    let (mut lost, mut doubled) = (0, 0);
    for link in links {
        for fault in ["loss 40%", "duplicate 60%", "reorder 60%", "latency +150ms"] {
            let (word, value) = fault.split_once(' ').expect("two words");
            let script = format!("0s {word} {link} {value}; 8s heal *");
            let course = course(&[("load", "append"), ("timeout-ms", "100")], &script);
            course.all_there();
            lost += course.watch.ledger.lost_total();
            doubled += course.watch.ledger.duplicated;
        }
        let course = course(&[("load", "append")], &format!("300ms cut {link} for 2s"));
        course.all_there();
    }
    assert!(lost > 50 && doubled > 50, "{lost} and {doubled}");
}

#[test]
fn a_lost_page_is_asked_for_again() {
    let calm = course(&[], "").sent(Role::Request);
    let course = course(&[], "0s loss crm-1>staging-1 40%; 5s heal *");
    course.all_there();
    assert!(course.sent(Role::Request) > calm + 1);
}

#[test]
fn rows_by_hand_and_poison() {
    let script = "3s send orders-1; 3s send clicks-1; 3s poison orders-1; 3s poison crm-1; 3.5s run staging-1";
    let course = course(&[("updates", "0"), ("repeats", "0")], script);
    let second = course.runs()[1].clone();
    assert_eq!(
        (second.extracted, second.loaded, second.rejected),
        (4, 2, 2)
    );
}

#[test]
fn drift_adapt_and_backfill() {
    let knobs = [("rate", "12"), ("every-s", "2"), ("updates", "0")];
    let script = "1s drift orders-1; 5.9s adapt orders-1; 6s set rate=0; 10s backfill staging-1";
    let all: Vec<_> = CALM.iter().chain(&knobs).copied().collect();
    let mut course = etl::begin(&scenario(&all, script), true);
    course.until(9.9);
    let lost = course.ended_as("schema drift");
    assert!(lost > 8, "{lost}");
    let before = course.counted("warehouse_rows");
    course.until(40.0);
    // All but those of the last windows, which were read after it had adapted.
    assert!(course.counted("warehouse_rows") >= before + lost, "{lost}");
    assert!(course.counted("unchanged") >= before);
    assert_eq!(course.counted("duplicates"), 0);
}

#[test]
fn a_full_staging_stops_reading() {
    let knobs = [
        ("staging", "5"),
        ("transform-ms", "150"),
        ("page", "2"),
        ("rate", "0"),
    ];
    let all: Vec<_> = CALM.iter().chain(&knobs).copied().collect();
    let mut course = etl::begin(&scenario(&all, ""), true);
    let mut view = patternscope_engine::kernel::View::default();
    let staging = course
        .simulation
        .topology()
        .find("staging-1")
        .expect("a node");
    let mut most = 0;
    for tick in 1..=300 {
        course.until(f64::from(tick) / 50.0);
        course.simulation.view(&mut view);
        most = most.max(view.nodes[staging.index()].open);
    }
    // Customers are read at any rate; a page more of each other source.
    assert!((5..=12 + 4).contains(&most), "{most}");
    course.until(20.0);
    course.all_there();
}

#[test]
fn runs_that_are_due_wait_or_are_left_out() {
    let knobs = |policy| {
        [
            ("every-s", "0.5"),
            ("transform-ms", "100"),
            ("if-running", policy),
        ]
    };
    let (skip, queue) = (course(&knobs("skip"), ""), course(&knobs("queue"), ""));
    assert!(skip.counted("skipped_runs") >= 4);
    assert_eq!(queue.counted("skipped_runs"), 0);
    assert!(queue.counted("ended_runs") > skip.counted("ended_runs"));
}
