//! Published numbers and closed forms, by experiment.
//!
//! Twenty seeds each. A mean passes within four of its standard errors and
//! half a unit of the last printed digit; the standard error must be at most
//! 2 % of the expected value, so that the test can fail. In every run Little's
//! law and the utilisation law hold to 0.5 %.
#![cfg(not(target_arch = "wasm32"))]

mod balancing;
mod hedging;
mod queues;
mod retries;
mod run;
