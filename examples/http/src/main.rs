//! Functions that HTTP requests start.
//!
//! Run it with `cargo func run -p http-example`, then for example `curl 'http://localhost:7071/api/greet?name=Rust'`.

mod countdown;
mod faults;
mod greet;
mod items;
mod order;
mod pause;
mod visits;

use std::process::ExitCode;

use azure_functions::App;

use crate::visits::Visits;

fn main() -> ExitCode {
    App::new().state(Visits::default()).run()
}
