//! The user's own input: `at_ms,client,path,service_ms`, checked when it was
//! read.

use super::call::path_of;
use crate::kernel::{Duration, Instant, Topology, order};
use crate::scenario::Scenario;

/// Its columns.
pub const COLUMNS: &[&str] = &["at_ms", "client", "path", "service_ms"];

/// One call.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// When.
    pub at: Instant,
    /// Its place among the clients.
    pub client: u16,
    /// By the first part of the path.
    pub path: u8,
    /// The same for the same path.
    pub item: u32,
    /// How long a replica works on it.
    pub service: Duration,
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

/// The rows in order of time; none without own input.
pub fn rows(scenario: &Scenario, topology: &Topology) -> Vec<Row> {
    let mut rows = Vec::new();
    let Some(input) = &scenario.input else {
        return rows;
    };
    let mut paths = Vec::new();
    for index in 0..input.rows().len() {
        let path = input.text(index, "path");
        rows.push(Row {
            at: Instant(Duration::from_millis(input.number(index, "at_ms")).0),
            client: input.client(index, topology),
            path: path_of(path),
            item: 0,
            service: Duration::from_millis(input.number(index, "service_ms")),
        });
        paths.push((hash(path), index));
    }
    let (mut item, mut before) = (0, 0);
    for (path, index) in order::sorted(paths) {
        item += u32::from(path != before);
        before = path;
        rows[index].item = item;
    }
    rows
}
