//! Durable Functions: the messages of orchestrators, entities and clients, and the service that a client calls.
//!
//! The messages are generated from `protobuf/durable`; what stands beside them here is how they travel.

#[expect(
    missing_docs,
    clippy::pedantic,
    reason = "generated code"
)]
#[cfg_attr(any(feature = "client", feature = "server"), expect(unused_qualifications, clippy::allow_attributes_without_reason, reason = "generated code"))]
#[cfg_attr(feature = "server", expect(clippy::allow_attributes, reason = "generated code"))]
#[rustfmt::skip]
mod generated;
pub mod recorded;

pub use generated::*;
