//! Single queues: M/M/1, M/M/c, M/M/1/K, Erlang B, M/D/1, M/G/1, closed loop.

use crate::run::{Experiment, check, quantile};

fn experiment<'e>(rate: f64, flows: u64, knobs: &'e [(&'e str, &'e str)]) -> Experiment<'e> {
    Experiment {
        rate,
        flows,
        knobs,
        script: "",
    }
}

fn mm1(rate: f64, flows: u64, service_ms: &str, expected: [&str; 4]) {
    let knobs = [("service-ms", service_ms)];
    let runs = experiment(rate, flows, &knobs).runs();
    let name = |what: &str| format!("M/M/1 {rate}: {what}");
    check(&name("Wq"), expected[0], &runs, |run| run.wait_mean);
    check(&name("W"), expected[1], &runs, |run| run.latency_mean);
    check(&name("L"), expected[2], &runs, |run| run.population());
    check(&name("p99"), expected[3], &runs, |run| {
        quantile(&run.latencies, 0.99)
    });
}

#[test]
fn mm1_half_loaded() {
    mm1(
        0.5,
        60_000,
        "1000",
        ["1.000000", "2.000000", "1.000000", "9.21034"],
    );
}

#[test]
fn mm1_at_80_percent() {
    mm1(
        0.8,
        120_000,
        "1000",
        ["4.000000", "5.000000", "4.000000", "23.02585"],
    );
}

#[test]
fn mm1_at_90_percent() {
    mm1(
        0.9,
        400_000,
        "1000",
        ["9.000000", "10.000000", "9.000000", "46.05170"],
    );
}

#[test]
fn mm1_five_against_eight() {
    mm1(
        5.0,
        60_000,
        "125",
        [".208333", ".333333", "1.666667", "1.53506"],
    );
}

#[test]
fn mmc() {
    let knobs = [("service-ms", "10000"), ("workers", "3")];
    let runs = experiment(0.2, 60_000, &knobs).runs();
    check("M/M/3: Wq", "4.444444", &runs, |run| run.wait_mean);
    check("M/M/3: C", ".444444", &runs, |run| {
        let waited = run.waits.iter().filter(|wait| **wait > 0.0).count();
        waited as f64 / run.waits.len() as f64
    });
    let knobs = [("workers", "10")];
    let runs = experiment(8.0, 150_000, &knobs).runs();
    check("M/M/10: Wq", ".204590", &runs, |run| run.wait_mean);
    check("M/M/10: wait p99", "1.855785", &runs, |run| {
        quantile(&run.waits, 0.99)
    });
    let knobs = [("workers", "2")];
    let runs = experiment(1.6, 100_000, &knobs).runs();
    check("M/M/2: Wq", "1.777778", &runs, |run| run.wait_mean);
}

#[test]
fn mm1_with_room_for_five() {
    for (rate, loss, population, accepted) in [
        (0.8, ".088819", "1.868332", Some("2.563065")),
        (1.2, ".250588", "3.021172", None),
    ] {
        let knobs = [("queue-cap", "4")];
        let runs = experiment(rate, 50_000, &knobs).runs();
        check(&format!("M/M/1/5 {rate}: loss"), loss, &runs, |run| {
            run.failed_share()
        });
        check(&format!("M/M/1/5 {rate}: L"), population, &runs, |run| {
            run.population()
        });
        if let Some(accepted) = accepted {
            check("M/M/1/5: W of the accepted", accepted, &runs, |run| {
                run.latency_mean
            });
        }
    }
}

#[test]
fn erlang_b() {
    for (workers, rate, loss) in [
        ("5", 3.0, ".1100543"),
        ("10", 5.0, ".0183846"),
        ("10", 10.0, ".2145823"),
    ] {
        let knobs = [("workers", workers), ("queue-cap", "0")];
        let runs = experiment(rate, 50_000, &knobs).runs();
        let name = format!("Erlang B {workers}, {rate}");
        check(&name, loss, &runs, |run| run.failed_share());
    }
}

#[test]
fn md1() {
    let knobs = [("service-dist", "constant")];
    let runs = experiment(0.5, 60_000, &knobs).runs();
    check("M/D/1 .5: Wq", ".500000", &runs, |run| run.wait_mean);
    check("M/D/1 .5: p99", "3.3363", &runs, |run| {
        quantile(&run.waits, 0.99)
    });
    let runs = experiment(0.8, 120_000, &knobs).runs();
    check("M/D/1 .8: Wq", "2.000000", &runs, |run| run.wait_mean);
    check("M/D/1 .8: p99", "10.3559", &runs, |run| {
        quantile(&run.waits, 0.99)
    });
}

#[test]
fn mg1() {
    for (distribution, flows, wait) in [
        ("erlang-2", 80_000, "3.000000"),
        ("uniform", 80_000, "2.666667"),
        ("hyperexponential", 200_000, "13.000000"),
    ] {
        let knobs = [("service-dist", distribution)];
        let runs = experiment(0.8, flows, &knobs).runs();
        check(&format!("M/G/1 {distribution}: Wq"), wait, &runs, |run| {
            run.wait_mean
        });
    }
}

#[test]
fn closed_loop() {
    for (users, rate, throughput, response) in [
        ("10", 0.785418, ".785418", "2.732079"),
        ("1", 1.0 / 11.0, ".090909", "1.000000"),
    ] {
        let knobs = [
            ("arrival", "closed"),
            ("users", users),
            ("think-ms", "10000"),
        ];
        let runs = experiment(rate, 50_000, &knobs).runs();
        check(&format!("{users} users: X"), throughput, &runs, |run| {
            run.throughput
        });
        check(&format!("{users} users: R"), response, &runs, |run| {
            run.latency_mean
        });
    }
}
