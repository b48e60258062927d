//! The embedded host, with a worker that is a real process and does what it is told.

mod lifecycle;
mod support;
