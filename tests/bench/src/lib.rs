//! Measures what a worker costs: a host that sends the same invocations to several workers, in turns, and reads their CPU
//! time from the system.

pub mod contender;
pub mod forward;
pub mod measure;
pub mod process;
pub mod report;
pub mod scenario;
pub mod session;
pub mod template;
