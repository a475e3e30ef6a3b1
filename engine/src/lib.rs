//! The pattern engine: a deterministic discrete-event simulation of
//! architecture patterns.
//!
//! The one law: `facts = f(Scenario, t)`, the same natively and in wasm.
//! The crate knows no browser, no wall clock and no unordered map, and takes
//! no decision from a platform's float functions (it uses `libm`).
//!
//! ```text
//! Scenario -> Simulation -> Facts -> Frame (truth at t) -> Scene (geometry) -> Drawing
//! ```

pub mod drawing;
pub mod format;
pub mod history;
pub mod measure;
pub mod parts;
pub mod patterns;
pub mod scenario;
pub mod scene;

pub use patternscope_kernel as kernel;

pub use history::History;
pub use kernel::{Duration, Fact, Instant, Simulation};
pub use patterns::{Pattern, find_pattern};
pub use scenario::Scenario;
