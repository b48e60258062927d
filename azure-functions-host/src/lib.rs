//! An embedded Azure Functions host: it speaks the worker protocol to a function app on a bare machine.

mod config;
mod error;
mod event;
mod functions;
mod host;
mod invoke;
mod limits;
mod process;
mod restart;
mod retry;
mod rpc;
mod supervisor;
mod workers;

pub use config::Config;
pub use error::HostError;
pub use event::{Event, EventKind, Events, Level};
pub use functions::Function;
pub use host::{HOST_VERSION, Host, HostHandle};
pub use invoke::{Answer, InvokeError};
pub use limits::Limits;
