//! Progress of long work, on standard error and only if that is a terminal.

use std::io::{IsTerminal, Write};

/// A line that is written over and over, and wiped at the end.
pub struct Progress {
    shown: bool,
}

impl Progress {
    /// Nothing is shown yet.
    pub fn new() -> Self {
        Self { shown: false }
    }

    /// Shows how far the work has got.
    pub fn show(&mut self, text: &str) {
        let mut standard_error = std::io::stderr();
        if standard_error.is_terminal() {
            self.shown = true;
            let _ = write!(standard_error, "\r\x1b[2K{text}");
            let _ = standard_error.flush();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}
