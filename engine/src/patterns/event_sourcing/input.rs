//! The user's own commands: `at_ms,command,account,amount_cents,to`, checked
//! when they were read.

use super::state::{DEPOSITED, Order, SENT, WITHDRAWN};
use crate::kernel::view::ShortName;
use crate::kernel::{Duration, Instant};
use crate::scenario::Scenario;

/// Its columns.
pub const COLUMNS: &[&str] = &["at_ms", "command", "account", "amount_cents", "to"];

/// Commands by row, and names of accounts in order of their first appearance.
#[derive(Debug, Default)]
pub struct Own {
    pub rows: Vec<Order>,
    names: Vec<ShortName>,
}

impl Own {
    /// The number of an account.
    fn account(&mut self, name: &str) -> u32 {
        let name = ShortName::from(name);
        let known = self.names.iter().position(|it| *it == name);
        known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        }) as u32
    }

    /// How many accounts the user names.
    pub fn accounts(&self) -> usize {
        self.names.len()
    }

    /// The name of an account, as the user wrote it.
    pub fn write_name(&self, account: u32, text: &mut String) {
        use std::fmt::Write;
        match self.names.get(account as usize) {
            Some(name) => text.push_str(name),
            None => {
                let _ = write!(text, "A-{}", account + 1);
            }
        }
    }
}

/// What the user brought; and when each row is due, and at which of `clients`.
pub fn read(scenario: &Scenario, clients: usize) -> (Own, Vec<(Instant, u16)>) {
    let (mut own, mut due) = (Own::default(), Vec::new());
    let Some(input) = &scenario.input else {
        return (own, due);
    };
    for row in 0..input.rows().len() {
        let kind = match input.text(row, "command") {
            "withdraw" => WITHDRAWN,
            "transfer" => SENT,
            _ => DEPOSITED,
        };
        let account = own.account(input.text(row, "account"));
        let to = (kind == SENT).then(|| own.account(input.text(row, "to")));
        let at = Duration::from_millis(input.number(row, "at_ms"));
        own.rows.push(Order {
            kind,
            account,
            to,
            cents: input.number(row, "amount_cents") as i64,
            about: 0,
        });
        due.push((Instant(at.0), (row % clients.max(1)) as u16));
    }
    (own, due)
}
