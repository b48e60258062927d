//! The host's end of the worker protocol; nothing else in the crate touches tonic.

mod channel;
mod incoming;
mod logs;
mod server;
mod session;
mod settlement;
mod task_hub;

pub(crate) use channel::{Answered, Channel, Gone, Unsent};
pub(crate) use logs::exception_text;
pub(crate) use server::{Door, Server};
pub(crate) use session::{Ready, Session, SessionError};
