//! Counts what passed and what failed, step by step, and says so at the end.

use std::time::{Duration, Instant};

use anyhow::{Error, Result, bail};

/// What one step found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Tests, or whole steps without tests of their own.
    pub passed: u32,
    /// The same, failed.
    pub failed: u32,
}

impl Count {
    /// A step that is one check.
    pub const ONE: Self = Self {
        passed: 1,
        failed: 0,
    };

    /// The count of a run, where a program that failed without a failed test
    /// (it did not build, say) is one failure, and one without tests one check.
    pub fn of_run(self, succeeded: bool) -> Self {
        match (succeeded, self) {
            (false, Self { passed, failed: 0 }) => Self { passed, failed: 1 },
            (
                true,
                Self {
                    passed: 0,
                    failed: 0,
                },
            ) => Self::ONE,
            (_, counted) => counted,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }
}

/// Sums the `test result:` lines of cargo and of the wasm test runner.
pub fn count_rust(output: &str) -> Count {
    let number = |line: &str, word: &str| -> u32 {
        let before = line.split(word).next().unwrap_or_default();
        let number = before.split_whitespace().next_back();
        number.and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    output
        .lines()
        .filter(|line| line.starts_with("test result:"))
        .map(|line| Count {
            passed: number(line, " passed"),
            failed: number(line, " failed"),
        })
        .fold(Count::default(), Count::plus)
}

/// Reads the summary of `node --test` with its spec reporter.
pub fn count_node(output: &str) -> Count {
    let number = |word: &str| {
        output.lines().rev().find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [_, name, number] if name == word => number.parse().ok(),
                _ => None,
            }
        })
    };
    Count {
        passed: number("pass").unwrap_or(0),
        failed: number("fail").unwrap_or(0),
    }
}

/// The steps so far.
#[derive(Default)]
pub struct Report {
    count: Count,
    steps: Vec<(String, Duration, Count)>,
}

impl Report {
    /// Runs a step, whatever became of the ones before; whether it passed.
    pub fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Count>) -> bool {
        println!("\n== {name}");
        let start = Instant::now();
        let count = work().unwrap_or_else(|error: Error| {
            println!("error: {error:#}");
            Count {
                passed: 0,
                failed: 1,
            }
        });
        let took = start.elapsed();
        println!("-- {name}: {}", line(count, took));
        self.count = self.count.plus(count);
        self.steps.push((name.to_owned(), took, count));
        count.failed == 0
    }

    /// Prints the summary, whose last line is the sum alone.
    pub fn finish(self) -> Result<()> {
        println!("\n== Summary");
        for (name, took, count) in &self.steps {
            println!("{name:<44} {}", line(*count, *took));
        }
        println!("{} passed, {} failed", self.count.passed, self.count.failed);
        if self.count.failed > 0 {
            std::process::exit(1); // Without a word: the sum is the last line.
        }
        if self.count.passed == 0 {
            bail!("nothing was tested");
        }
        Ok(())
    }
}

fn line(count: Count, took: Duration) -> String {
    let Count { passed, failed } = count;
    format!(
        "{passed} passed, {failed} failed in {:.1} s",
        took.as_secs_f64()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_the_results_of_cargo() {
        let output = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured\nother\n\
                      test result: FAILED. 3 passed; 2 failed; 0 ignored\n";
        assert_eq!(
            count_rust(output),
            Count {
                passed: 15,
                failed: 2
            }
        );
    }

    #[test]
    fn reads_the_summary_of_node() {
        let output =
            "\u{2714} pass 3 things (2ms)\n\u{2139} tests 9\n\u{2139} pass 7\n\u{2139} fail 2\n";
        assert_eq!(
            count_node(output),
            Count {
                passed: 7,
                failed: 2
            }
        );
    }

    #[test]
    fn a_program_that_breaks_down_is_a_failure() {
        let clean = Count {
            passed: 4,
            failed: 0,
        };
        assert_eq!(clean.of_run(false).failed, 1);
        assert_eq!(clean.of_run(true), clean);
        assert_eq!(Count::default().of_run(true), Count::ONE);
    }
}
