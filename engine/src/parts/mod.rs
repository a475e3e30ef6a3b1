//! Parts that patterns are built of, one thought a file. A part knows the
//! kernel, but no pattern and no other part.

pub mod assignor;
pub mod balancer;
pub mod breaker;
pub mod cache;
pub mod event_log;
pub mod idempotency;
pub mod limiter;
pub mod outlier;
pub mod popularity;
pub mod retry;
pub mod rumour;
pub mod service;
pub mod source;
pub mod station;
pub mod throttle;
pub mod topic_filter;
pub mod traffic;
pub mod upstream;
pub mod windows;
pub mod workflow;
