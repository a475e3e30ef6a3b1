//! The user's own input: `at_ms,client,path,service_ms`, checked when it was
//! read.

use super::call::{Path, TENANTS};
use crate::kernel::{Duration, Instant};
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// Its columns.
pub const COLUMNS: &[&str] = &["at_ms", "client", "path", "service_ms"];

/// One call.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// When.
    pub at: Instant,
    /// Index into [`TENANTS`]; greater numbers begin again with the first.
    pub client: u16,
    /// By the first part of the path.
    pub path: Path,
    /// The same for the same path.
    pub item: u32,
    /// How long a replica works on it.
    pub service: Option<Duration>,
}

/// The rows in order of time; none without own input.
pub fn rows(scenario: &Scenario) -> Vec<Row> {
    let Some(input) = &scenario.input else {
        return Vec::new();
    };
    let mut items: BTreeMap<&str, u32> = BTreeMap::new();
    let row = |index: usize| {
        let path = input.text(index, "path");
        let next = items.len() as u32;
        Row {
            at: Instant(Duration::from_millis(input.number(index, "at_ms")).0),
            client: (input.client(index) - 1) % TENANTS.len() as u16,
            path: Path::of_text(path),
            item: *items.entry(path).or_insert(next),
            service: Some(Duration::from_millis(input.number(index, "service_ms"))),
        }
    };
    (0..input.rows().len()).map(row).collect()
}
