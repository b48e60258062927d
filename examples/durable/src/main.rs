//! Durable Functions: one pattern in each module, with its tests.
//!
//! A `POST` to `/api/start/{name}` with a JSON body starts an orchestration, and the answer says where to ask for its status.

mod approval;
mod chaining;
mod counter;
mod fan_out;
mod monitor;
mod saga;
mod start;
mod versions;

use std::process::ExitCode;

fn main() -> ExitCode {
    azure_functions::run()
}
