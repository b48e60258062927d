//! The examples, as processes of their own, on a host in this process.

mod blob;
mod faults;
mod http;
mod load;
mod queue;
mod timer;
