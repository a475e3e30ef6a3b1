//! Closed forms of queueing, retry, hedging, fan-out and batching theory.
//!
//! This file owns the formulas that are shown as "predicted" beside what the
//! model measured, and the domain in which each of them holds. It owns no
//! state, no time, no random numbers and no decision about which formula fits
//! which settings; that is the pattern's business.
//!
//! Conventions: rates are events per unit of time, times are in that same unit
//! (whichever the caller uses throughout), probabilities and utilisations lie
//! in `0..=1`, a quantile `q` lies in `0..1`. "Wait" is the time before service
//! starts, "sojourn" is wait plus service. Outside its domain (no steady state,
//! negative rate, NaN) a formula answers `None` instead of a number.

mod balancing;
mod batching;
mod domain;
mod fan_out;
mod many_servers;
mod one_server;
mod overload;
mod spreading;
#[cfg(test)]
mod tests;

pub use balancing::*;
pub use batching::*;
pub use fan_out::*;
pub use many_servers::*;
pub use one_server::*;
pub use overload::*;
pub use spreading::*;
