//! What both ends of a boundary must agree on.
//!
//! Without features the crate has no dependencies and holds names and the syntax of property values, which the
//! macro, the compile-time checks and the embedded host share.

#[cfg(feature = "durable")]
pub mod durable;
pub mod expression;
pub mod names;
pub mod ncrontab;
pub mod route;
#[cfg(feature = "rpc")]
pub mod rpc;
pub mod storage_name;
pub mod timespan;
