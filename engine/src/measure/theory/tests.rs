//! The published tables, and the limits of the domain.

use super::*;

/// `got` rounds to the published `want` of `digits` decimals.
#[track_caller]
fn printed(got: Option<f64>, want: f64, digits: u32) {
    let got = got.expect("inside the domain");
    let half = 0.5 * libm::pow(10.0, -f64::from(digits)) + 1e-9;
    assert!((got - want).abs() <= half, "{got} is not {want}");
}

/// `got` is `want` to 1e-9.
#[track_caller]
fn exact(got: Option<f64>, want: f64) {
    let got = got.expect("inside the domain");
    assert!(
        (got - want).abs() <= 1e-9 * want.abs().max(1.0),
        "{got} is not {want}"
    );
}

#[test]
fn mm1_table() {
    for (lambda, mu, wq, w, l, p99) in [
        (0.5, 1.0, 1.0, 2.0, 1.0, 9.21034),
        (0.8, 1.0, 4.0, 5.0, 4.0, 23.02585),
        (0.9, 1.0, 9.0, 10.0, 9.0, 46.05170),
        (5.0, 8.0, 5.0 / 24.0, 1.0 / 3.0, 5.0 / 3.0, 1.53506),
    ] {
        let queue = mm1(lambda, mu).expect("stable");
        exact(Some(queue.wait_mean), wq);
        exact(Some(queue.sojourn_mean), w);
        exact(Some(queue.in_system_mean), l);
        exact(Some(queue.waiting_mean), l - lambda / mu);
        printed(queue.sojourn_quantile(0.99), p99, 5);
    }
}

#[test]
fn mmc_table() {
    let three = mmc(0.2, 0.1, 3).expect("stable");
    printed(Some(three.wait_probability), 0.444444, 6);
    printed(Some(three.wait_mean), 4.444444, 6);
    let ten = mmc(8.0, 1.0, 10).expect("stable");
    printed(Some(ten.wait_probability), 0.409180, 6);
    printed(Some(ten.wait_mean), 0.204590, 6);
    printed(ten.wait_quantile(0.99), 1.855785, 6);
    printed(
        Some(mmc(1.6, 1.0, 2).expect("stable").wait_mean),
        1.777778,
        6,
    );
}

#[test]
fn mmc_sojourn_tail_integrates_to_the_mean_and_inverts() {
    // (2, 3) has c - 1 = a, where the two exponentials coincide.
    for (lambda, servers) in [(2.0, 3), (1.6, 2), (8.0, 10), (0.5, 4), (9.9, 10)] {
        let queue = mmc(lambda, 1.0, servers).expect("stable");
        let step = 0.001 * queue.sojourn_mean;
        let sum: f64 = (0..60_000)
            .map(|i| queue.sojourn_tail((f64::from(i) + 0.5) * step))
            .sum();
        assert!((sum * step / queue.sojourn_mean - 1.0).abs() < 1e-5);
        for q in [0.5, 0.95, 0.99, 0.999] {
            let t = queue.sojourn_quantile(q).expect("in range");
            assert!((queue.sojourn_tail(t) - (1.0 - q)).abs() < 1e-9);
        }
    }
}

#[test]
fn finite_capacity_table() {
    let light = mmck(0.8, 1.0, 1, 5).expect("valid");
    printed(Some(light.loss), 0.088819, 6);
    printed(Some(light.in_system_mean), 1.868332, 6);
    printed(Some(light.sojourn_mean), 2.563065, 6);
    let heavy = mmck(1.2, 1.0, 1, 5).expect("valid");
    printed(Some(heavy.loss), 0.250588, 6);
    printed(Some(heavy.in_system_mean), 3.021172, 6);
    exact(Some(heavy.utilisation), heavy.throughput);
}

#[test]
fn finite_capacity_meets_its_limits() {
    exact(
        mmck(10.0, 1.0, 10, 10).map(|q| q.loss),
        erlang_b(10, 10.0).expect("valid"),
    );
    let open = mmc(8.0, 1.0, 10).expect("stable");
    exact(
        mmck(8.0, 1.0, 10, 100_000).map(|q| q.sojourn_mean),
        open.sojourn_mean,
    );
    exact(mmck(1e6, 1.0, 2, 1_000).map(|q| q.throughput), 2.0);
    exact(mmck(0.0, 2.0, 2, 4).map(|q| q.sojourn_mean), 0.5);
}

#[test]
fn erlang_b_table() {
    printed(erlang_b(5, 3.0), 0.1100543, 7);
    printed(erlang_b(10, 5.0), 0.0183846, 7);
    printed(erlang_b(10, 10.0), 0.2145823, 7);
}

#[test]
fn mg1_table() {
    exact(mg1(0.8, 1.0, 0.5).map(|q| q.wait_mean), 3.0);
    printed(mg1(0.8, 1.0, 1.0 / 3.0).map(|q| q.wait_mean), 2.666667, 6);
    exact(mg1(0.8, 1.0, 5.5).map(|q| q.wait_mean), 13.0);
    exact(mg1(0.5, 1.0, 0.0).map(|q| q.wait_mean), 0.5);
    exact(mg1(0.8, 1.0, 0.0).map(|q| q.wait_mean), 2.0);
}

#[test]
fn md1_wait_p99() {
    printed(md1_wait_quantile(0.5, 1.0, 0.99), 3.3363, 4);
    printed(md1_wait_quantile(0.8, 1.0, 0.99), 10.3559, 4);
    exact(md1_wait_quantile(0.8, 1.0, 0.2), 0.0);
    printed(md1_wait_quantile(8.0, 0.1, 0.99), 1.03559, 5);
    // Near saturation the wait is almost exponential.
    let near = md1_wait_quantile(0.99, 1.0, 0.99).expect("stable");
    assert!(
        (near / (49.5 * libm::log(100.0)) - 1.0).abs() < 0.02,
        "{near}"
    );
}

#[test]
fn tandem_table() {
    exact(stages_mean(&[0.5, 0.5]), 4.0);
    printed(stages_quantile(&[0.5, 0.5], 0.5), 3.3567, 4);
    printed(stages_quantile(&[0.5, 0.5], 0.99), 13.2767, 4);
    printed(stages_mean(&[7.0, 2.0, 1.0]), 1.642857, 6);
    printed(stages_quantile(&[7.0, 2.0, 1.0], 0.99), 5.4499, 4);
    printed(stages_quantile(&[0.2], 0.99), 23.02585, 5);
}

#[test]
fn closed_loop_table() {
    let ten = closed_loop(10, 10.0, 1.0, 1).expect("valid");
    printed(Some(ten.throughput), 0.785418, 6);
    printed(Some(ten.response_mean), 2.732079, 6);
    exact(closed_loop(1, 10.0, 1.0, 1).map(|c| c.response_mean), 1.0);
    exact(closed_loop(4, 10.0, 1.0, 4).map(|c| c.response_mean), 1.0);
    exact(closed_loop(6, 0.0, 1.0, 2).map(|c| c.response_mean), 3.0);
    let many = closed_loop(500, 10.0, 1.0, 3).expect("valid");
    exact(Some(many.response_mean), 500.0 / many.throughput - 10.0);
}

#[test]
fn priority_table() {
    let (first, second) = priority_waits(0.3, 0.5, 1.0).expect("stable");
    printed(Some(first), 1.142857, 6);
    printed(Some(second), 5.714286, 6);
}

#[test]
fn two_servers_table() {
    for (lambda, random, turn, shared) in [
        (1.0, 2.0, 1.618034, 1.333333),
        (1.6, 5.0, 3.843980, 2.777778),
    ] {
        exact(random_split_sojourn(lambda, 1.0, 2), random);
        printed(round_robin_sojourn(lambda, 1.0, 2), turn, 6);
        printed(mmc(lambda, 1.0, 2).map(|q| q.sojourn_mean), shared, 6);
    }
    exact(round_robin_sojourn(0.8, 1.0, 1), 5.0);
    exact(round_robin_sojourn(0.0, 2.0, 2), 0.5);
}

#[test]
fn supermarket_table() {
    for (lambda, one, two, three) in [
        (0.5, 2.0, 1.2657, 1.1252),
        (0.9, 10.0, 2.6141, 2.0279),
        (0.99, 100.0, 5.4320, 3.8578),
    ] {
        exact(supermarket_sojourn(lambda, 1), one);
        printed(supermarket_sojourn(lambda, 2), two, 4);
        printed(supermarket_sojourn(lambda, 3), three, 4);
    }
}

#[test]
fn retries_table() {
    exact(expected_attempts(0.5, 3), 1.875);
    exact(retry_success(0.5, 3), 0.9375);
    exact(expected_attempts(1.0, 3), 4.0);
    exact(layered_attempts(4, 3), 64.0);
    let again = instant_requeue(0.4, 1.0, 0.2).expect("stable");
    exact(Some(again.lambda_effective), 0.5);
    exact(Some(again.in_system_mean), 1.0);
    exact(Some(again.sojourn_mean), 2.5);
}

#[test]
fn timeout_table() {
    printed(
        mm1(0.8, 1.0).and_then(|q| q.timeout_probability(10.0)),
        0.135335,
        6,
    );
    printed(fixed_patience_loss(0.8, 1.0, 5.0), 0.076987, 6);
    exact(fixed_patience_loss(1.0, 1.0, 5.0), 1.0 / 7.0);
    exact(fixed_patience_loss(3.0, 1.0, 1e6), 2.0 / 3.0);
    printed(erlang_a_abandoned(1.0, 1.0, 1.0, 1), 0.367879, 6);
    printed(erlang_a_abandoned(10.0, 1.0, 0.5, 10), 0.103913, 6);
}

#[test]
fn overload_rules() {
    assert_eq!(metastable_recovers(0.4, 1, 1.0), Some(true));
    assert_eq!(metastable_recovers(0.4, 2, 1.0), Some(false));
    let outage = backlog(80.0, 100.0, 60.0).expect("stable");
    exact(Some(outage.peak), 4800.0);
    exact(Some(outage.drain), 240.0);
}

#[test]
fn fan_out_table() {
    printed(fan_out_slow(0.01, 100), 0.633968, 6);
    printed(fan_out_slow(0.0001, 2000), 0.181277, 6);
    printed(max_exponential_mean(1.0, 10), 2.928968, 6);
    printed(max_exponential_quantile(1.0, 10, 0.99), 6.9032, 4);
    printed(max_exponential_mean(1.0, 100), 5.187378, 6);
    printed(max_exponential_quantile(1.0, 100, 0.99), 9.2054, 4);
    exact(fork_join_2(0.5, 1.0), 2.875);
    exact(fork_join_2(0.8, 1.0), 7.0);
}

#[test]
fn hedging_table() {
    let hedge = -libm::log(0.05);
    exact(hedged_exponential_mean(1.0, hedge), 0.975);
    printed(hedged_exponential_quantile(1.0, hedge, 0.99), 3.800451, 6);
    exact(hedge_load(1.0, hedge), 0.05);
    let call = hedged_bimodal(10.0, 1000.0, 0.01, 20.0).expect("valid");
    exact(Some(call.fast), 0.99);
    exact(Some(call.rescued), 0.0099);
    exact(Some(call.rescued_latency), 30.0);
    exact(Some(call.slow), 0.0001);
    exact(Some(call.mean), 10.297);
    exact(Some(call.extra_load), 0.01);
    exact(
        hedged_bimodal(10.0, 1000.0, 0.01, 1e9).map(|c| c.mean),
        19.9,
    );
}

#[test]
fn outside_the_domain_there_is_no_number() {
    assert!(mm1(1.0, 1.0).is_none());
    assert!(mmc(f64::NAN, 1.0, 2).is_none());
    assert!(mmc(1.0, 1.0, 0).is_none());
    assert!(mmc(0.0, 1.0, 1).is_some());
    assert!(mg1(2.0, 1.0, 1.0).is_none());
    assert!(mmck(1.0, 1.0, 3, 2).is_none());
    assert!(supermarket_sojourn(1.0, 2).is_none());
    assert!(stages_quantile(&[], 0.5).is_none());
    assert!(backlog(2.0, 1.0, 1.0).is_none());
    assert!(mm1(0.5, 1.0).is_some_and(|q| q.wait_quantile(1.0).is_none()));
}

#[test]
fn no_input_panics() {
    let odd = [0.0, -1.0, 0.5, 1.0, 1e-300, 1e300, f64::INFINITY, f64::NAN];
    let finite_or_none = |x: Option<f64>| assert!(x.is_none_or(f64::is_finite), "{x:?}");
    for a in odd {
        for b in odd {
            for c in odd {
                finite_or_none(mg1(a, b, c).map(|q| q.wait_mean));
                finite_or_none(size_or_time(a, 5, b).map(|x| x.wait_mean));
                finite_or_none(md1_wait_quantile(a, b, c));
                finite_or_none(fixed_patience_loss(a, b, c));
                finite_or_none(backlog(a, b, c).map(|x| x.drain));
                finite_or_none(priority_waits(a, b, c).map(|x| x.1));
                finite_or_none(instant_requeue(a, b, c).map(|x| x.sojourn_mean));
                finite_or_none(hedged_exponential_quantile(a, b, c));
                finite_or_none(hedged_bimodal(a, b, c, a).map(|x| x.mean));
                finite_or_none(closed_loop(9, a, b, 2).map(|x| x.response_mean));
                finite_or_none(stages_quantile(&[a, b], c));
                finite_or_none(mmc(a, b, 3).and_then(|q| q.sojourn_quantile(c)));
                finite_or_none(mmck(a, b, 2, 40).map(|q| q.sojourn_mean));
            }
            finite_or_none(round_robin_sojourn(a, b, 3));
            finite_or_none(bulk_server(a, b, 3).map(|x| x.sojourn_mean));
            finite_or_none(fork_join_2(a, b));
            finite_or_none(max_exponential_quantile(a, 7, b));
            finite_or_none(expected_attempts(a, u32::MAX));
            finite_or_none(fan_out_slow(a, u32::MAX));
            finite_or_none(supermarket_sojourn(a, 2));
            finite_or_none(erlang_b(u32::MAX, a));
            finite_or_none(erlang_a_abandoned(a, b, 0.5, 3));
        }
    }
}

#[test]
fn batches_closed_by_size_or_time() {
    let form = size_or_time(100.0, 10, 0.05).expect("in its domain");
    printed(Some(form.size_mean), 5.945_984, 6);
    printed(Some(form.by_size), 0.068_094, 6);
    printed(Some(form.wait_mean), 0.028_464, 6);
    printed(Some(100.0 / form.size_mean), 16.8181, 4);
    // Never by time: full batches, each item with all of its batch.
    let full = size_or_time(4.0, 5, 1e3).expect("in its domain");
    exact(Some(full.wait_mean), 4.0 / (2.0 * 4.0));
    exact(Some(full.company), 5.0);
    exact(Some(full.by_size), 1.0);
}

#[test]
fn a_server_that_takes_several() {
    let form = bulk_server(3.0, 1.0, 5).expect("in its domain");
    printed(Some(form.idle), 0.052_336, 6);
    printed(Some(form.queue_mean), 4.772_275, 6);
    printed(Some(form.sojourn_mean), 2.590_758, 6);
    printed(Some(form.size_mean), 3.165_677, 6);
    // One at once is M/M/1.
    let single = bulk_server(0.5, 1.0, 1).expect("in its domain");
    exact(Some(single.sojourn_mean), 2.0);
    assert!(bulk_server(5.0, 1.0, 5).is_none());
}

#[test]
fn rumours_detectors_rings_and_swarms() {
    let close = |value: Option<f64>, expected: f64, digits: f64| {
        let value = value.expect("in the domain");
        assert!((value - expected).abs() < digits, "{value} {expected}");
    };
    close(rounds_to_all(16, true), 7.413_81, 5e-6);
    close(rounds_to_all(64, true), 11.158_12, 5e-6);
    close(rounds_to_all(16, false), 6.140_34, 5e-6);
    close(rounds_to_all(64, false), 8.963_72, 5e-6);
    close(rounds_to_all(2, true), 1.0, 1e-12);
    close(first_detection(10), 1.530_080, 5e-7);
    let e = std::f64::consts::E;
    close(first_detection(1_000_000), e / (e - 1.0), 1e-5);
    assert_eq!(chord_hops(16, 1), Some((2.0, 4)));
    // Of 0 to 15 with steps of 1, 2, 3, 4 and 8: 0, 1, 1, 1, 1, 2, 2, 2, ...
    assert_eq!(chord_hops(16, 3), Some((28.0 / 16.0, 3)));
    assert_eq!(chord_hops(16, 8), Some((22.0 / 16.0, 2)));
    assert_eq!((chord_hops(12, 1), chord_hops(16, 0)), (None, None));
    for (peers, up, expected) in [
        (10, 0.5, 7500.0),
        (10, 0.0, 7500.0),
        (100, 0.0, 50_000.0),
        (100, 0.5, 18_750.0),
        (100, 1.0, 11_538.5),
        (100, 2.0, 7500.0),
        (1000, 0.0, 500_000.0),
        (1000, 0.5, 28_301.9),
        (1000, 1.0, 14_563.1),
        (1000, 2.0, 7500.0),
    ] {
        close(
            distribution_time(15_000.0, peers, 30.0, up, 2.0),
            expected,
            0.05,
        );
    }
    assert_eq!(rounds_to_all(1, true), None);
    assert_eq!(distribution_time(1.0, 10, 0.0, 1.0, 1.0), None);
}
