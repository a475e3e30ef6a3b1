//! Every experiment shows what it promises within 20 s of watching, at its
//! own speed and seed.
#![cfg(not(target_arch = "wasm32"))]

use patternscope_engine::kernel::{Measured, Observer, Outcome, Settings};
use patternscope_engine::measure::Ledger;
use patternscope_engine::patterns::{CATALOG, Pattern, request_response::PATTERN, settings_of};
use patternscope_engine::scenario::{parse_script, story_script};
use patternscope_engine::{Duration, Fact, Instant, Scenario, Simulation};

/// How long somebody watches.
const WATCHED_S: f64 = 20.0;

/// Ends of flows and the books of a run.
#[derive(Default)]
struct Watch {
    ledger: Ledger,
    /// When, whether well, and after how many milliseconds.
    ends: Vec<(f64, bool, f64)>,
    starts: Vec<f64>,
}

impl Observer for Watch {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.ledger.observe(at, fact);
        match fact {
            Fact::FlowStarted { .. } => self.starts.push(at.as_secs()),
            Fact::FlowEnded {
                outcome, latency, ..
            } => {
                let well = *outcome == Outcome::SUCCESS;
                self.ends.push((at.as_secs(), well, latency.as_millis()));
            }
            _ => {}
        }
    }
}

/// What was watched of a preset, and its end in simulated seconds.
struct Watched {
    watch: Watch,
    simulation: Simulation,
    end: f64,
}

fn watch(slug: &str) -> Watched {
    let preset = PATTERN.preset(slug).expect("a preset");
    let end = WATCHED_S * preset.speed;
    let mut watch = Watch::default();
    let scenario = Scenario::preset(&PATTERN, preset);
    let mut simulation = scenario.simulation(Some(&mut watch));
    for tick in 1..=200 {
        let at = Instant::from_secs(end * f64::from(tick) / 200.0);
        simulation.run_until(at, Some(&mut watch));
        let balance = watch.ledger.check(&simulation);
        assert!(balance.balanced(), "{slug} at {at}: {:?}", balance.truths);
    }
    Watched {
        watch,
        simulation,
        end,
    }
}

impl Watched {
    /// Latencies of flows that ended well then, sorted, in milliseconds.
    fn latencies(&self, from: f64, to: f64) -> Vec<f64> {
        let ends = self.watch.ends.iter();
        let good = ends.filter(|(at, well, _)| *well && *at >= from && *at < to);
        let mut all: Vec<f64> = good.map(|(_, _, latency)| *latency).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    fn quantile(&self, from: f64, to: f64, q: f64) -> f64 {
        let all = self.latencies(from, to);
        all[((all.len() - 1) as f64 * q) as usize]
    }

    fn goodput(&self, from: f64, to: f64) -> f64 {
        self.latencies(from, to).len() as f64 / (to - from)
    }

    fn offered(&self, from: f64, to: f64) -> f64 {
        let starts = self.watch.starts.iter();
        starts.filter(|at| **at >= from && **at < to).count() as f64 / (to - from)
    }

    fn measure(&self, name: &str) -> u64 {
        let measures = self.simulation.model().measures();
        match measures.iter().find(|(key, _)| *key == name) {
            Some((_, Measured::Count(count))) => *count,
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn hockey_stick() {
    let run = watch("hockey-stick");
    let (early, late) = ((0.0, 15.0), (run.end - 15.0, run.end));
    let tail = (
        run.quantile(early.0, early.1, 0.99),
        run.quantile(late.0, late.1, 0.99),
    );
    assert!(tail.1 > 4.0 * tail.0, "p99 {tail:?} ms");
    // p99 leaves while throughput still follows the load.
    let (middle, asked) = (run.goodput(25.0, 32.0), run.offered(25.0, 32.0));
    assert!((middle / asked - 1.0).abs() < 0.05, "{middle} of {asked}");
    let (goodput, offered) = (run.goodput(late.0, late.1), run.offered(late.0, late.1));
    assert!(
        (goodput / offered - 1.0).abs() < 0.05,
        "{goodput} of {offered}"
    );
    assert!(goodput > 3.0 * run.goodput(early.0, early.1));
}

/// The pause ends at 9 s.
#[test]
fn retry_storm() {
    let run = watch("retry-storm");
    assert!(run.goodput(0.0, 5.0) > 45.0);
    let long_after = run.goodput(19.0, run.end);
    assert!(long_after < 1.0, "{long_after} a second");
    let (retries, flows) = (run.measure("retries") as f64, run.watch.starts.len() as f64);
    assert!(retries > 2.0 * flows, "{retries} retries of {flows} flows");
    let runs = run.measure("runs");
    assert!(run.measure("wasted_runs") * 10 > runs * 8);
}

#[test]
fn retry_budget() {
    let run = watch("retry-budget");
    let recovered = run.goodput(25.0, run.end);
    let offered = run.offered(25.0, run.end);
    assert!(recovered > 0.97 * offered, "{recovered} of {offered}");
    let after = run.quantile(25.0, run.end, 0.99);
    let before = run.quantile(0.0, 5.0, 0.99);
    assert!(after < 1.5 * before, "p99 {before} ms, then {after} ms");
    assert!(run.measure("retries") * 10 < run.watch.starts.len() as u64);
}

#[test]
fn hedging() {
    let run = watch("hedging");
    let (before, after) = (
        run.quantile(2.0, 15.0, 0.99),
        run.quantile(17.0, run.end, 0.99),
    );
    assert!(after < before / 2.0, "p99 {before} ms, then {after} ms");
    let median = (
        run.quantile(2.0, 15.0, 0.5),
        run.quantile(17.0, run.end, 0.5),
    );
    assert!((median.1 / median.0 - 1.0).abs() < 0.2, "p50 {median:?} ms");
    let load = run.measure("hedges") as f64 / run.offered(15.0, run.end) / (run.end - 15.0);
    assert!((0.03..0.15).contains(&load), "extra load {load}");
}

#[test]
fn slow_server_with_and_without_deadline() {
    let (without, with) = (watch("slow-server"), watch("slow-server-deadline"));
    assert!(without.measure("timeouts") > 200);
    let (wasted, saved) = (without.measure("wasted_runs"), with.measure("wasted_runs"));
    assert!(wasted > 100, "{wasted} wasted runs");
    assert!(saved * 10 < wasted, "{saved} wasted runs of {wasted}");
    let (from, to) = (5.0, with.end);
    let goodput = (without.goodput(from, to), with.goodput(from, to));
    assert!(goodput.1 > 1.15 * goodput.0, "goodput {goodput:?}");
}

/// All of it is understood, and comes back from its text.
fn reads_well(pattern: &Pattern, name: &str, knobs: &str, script: &str) {
    let name = format!("{} {name}", pattern.slug);
    let mut settings = Settings::new(pattern.knobs);
    assert_eq!(
        settings_of(knobs).count(),
        knobs.matches('=').count(),
        "{name}"
    );
    for (key, value) in settings_of(knobs) {
        let set = settings.set(key, value);
        assert!(set.is_ok(), "{name}: {key}={value}: {set:?}");
    }
    let topology = (pattern.topology)(&settings);
    let (parsed, notices) = parse_script(script, &topology, &settings);
    assert!(notices.is_empty(), "{name}: {notices:?}");
    let entries = script.split(';').filter(|entry| !entry.trim().is_empty());
    assert_eq!(parsed.len(), entries.count(), "{name}");
}

#[test]
fn settings_and_scripts_of_the_catalog_are_understood() {
    for pattern in CATALOG {
        for preset in pattern.presets {
            reads_well(pattern, preset.slug, preset.settings, preset.script);
            assert!(preset.speed > 0.0 && !preset.title.is_empty() && !preset.summary.is_empty());
        }
        let story = &pattern.story;
        reads_well(pattern, "story", story.settings, &story_script(pattern));
        assert!((5..=8).contains(&story.beats.len()), "{}", pattern.slug);
        let times: Vec<Duration> = story
            .beats
            .iter()
            .map(|beat| Duration::parse(beat.at).expect("a duration"))
            .collect();
        assert!(times.is_sorted(), "{}: {times:?}", pattern.slug);
        assert!(
            story
                .beats
                .iter()
                .all(|beat| beat.speed > 0.0 && !beat.caption.is_empty())
        );
    }
}

#[test]
fn slugs_are_unique() {
    for pattern in CATALOG {
        let mut slugs: Vec<_> = pattern.presets.iter().map(|preset| preset.slug).collect();
        slugs.sort_unstable();
        let all = slugs.len();
        slugs.dedup();
        assert_eq!(slugs.len(), all, "{}", pattern.slug);
    }
}
