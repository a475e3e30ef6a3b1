//! The run that every figure is taken from: Request-Response as an M/M/4
//! queue at 80 % load.
//! It owns no clock: natively and in wasm that is another one.

use patternscope_engine::kernel::Instant;
use patternscope_engine::patterns::request_response::PATTERN;
use patternscope_engine::{Scenario, Simulation};

/// Further than any bench gets.
pub const FAR: Instant = Instant(u64::MAX / 2);

/// One server with four workers, three clients, exponential service of 90 ms,
/// 80 % load, and these knobs besides.
pub fn mm4(knobs: &[(&str, &str)]) -> Scenario {
    let mut scenario = Scenario::new(&PATTERN);
    let load = [
        ("servers", "1"),
        ("clients", "3"),
        ("workers", "4"),
        ("service-ms", "90"),
        ("service-dist", "exponential"),
        ("rate", "35.556"),
    ];
    for (key, value) in load.iter().chain(knobs) {
        if let Err(error) = scenario.settings.set(key, value) {
            panic!("{error}");
        }
    }
    scenario
}

/// A run past its start, not recorded.
pub fn warmed_up(scenario: &Scenario) -> Simulation {
    let mut simulation = scenario.simulation(None);
    simulation.run_until_or(FAR, 100_000, None);
    simulation
}
