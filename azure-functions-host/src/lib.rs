//! An embedded Azure Functions host: it speaks the worker protocol to a function app on a bare machine.

pub mod clock;
pub mod schedule;
pub mod store;
