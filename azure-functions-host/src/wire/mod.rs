//! Values on their way between the host's services and a worker, exactly as the real host shapes them.
//!
//! Inwards: a service's event becomes [`BindingData`](crate::binding_data::BindingData), which other bindings see, and
//! the [`TypedData`](azure_functions_shared::rpc::TypedData) that the worker sees. Outwards: a worker's response
//! becomes an [`Answer`], and its values an HTTP response, messages or the content of a blob.

mod answer;
mod capabilities;
mod collection;
mod cookie;
pub mod event_hub;
pub(crate) mod mcp;
mod metadata;
pub mod outputs;
pub mod request;
pub mod response;
pub mod service_bus;
pub mod trigger;

pub use answer::{Answer, AnswerError, Output};
pub use capabilities::Capabilities;
pub use collection::{fit, integers, texts};
pub(crate) use metadata::token;
pub use metadata::trigger_metadata;

use jiff::tz::TimeZone;

/// The zone of the dates that the host finds in JSON texts: that of a host in Azure.
pub(crate) const ZONE: TimeZone = TimeZone::UTC;
