//! An embedded Azure Functions host: it speaks the worker protocol to a function app on a bare machine.

pub mod binding_data;
pub mod blob_path;
pub mod blob_pattern;
pub mod clock;
pub mod config;
pub mod dotnet;
mod error;
mod event;
pub mod expression;
pub mod functions;
pub mod json_text;
pub mod lenient_json;
pub mod route;
pub mod schedule;
mod setup;
pub mod store;
mod supervisor;
mod workers;

pub use error::HostError;
pub use event::{Event, EventKind, Events, Level};
pub use functions::Function;
pub use host::{HOST_VERSION, Host, HostHandle};
pub use invoke::{Answer, InvokeError};
pub use limits::Limits;
pub use setup::Config;
