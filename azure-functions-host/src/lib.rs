//! An embedded Azure Functions host: it speaks the worker protocol to a function app on a bare machine.

mod error;
mod event;
mod invoke;
mod limits;
mod process;
mod restart;
mod retry;
mod rpc;
mod supervisor;
mod workers;

pub use error::HostError;
pub use event::{Event, EventKind, Events, Level};
pub use invoke::{Answer, InvokeError};
pub use limits::Limits;
