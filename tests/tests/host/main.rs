//! The embedded host, with a worker that is a real process and does what it is told.

mod admin;
mod client;
mod lifecycle;
mod requests;
mod support;
