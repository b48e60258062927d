//! An app that forgot its functions.

use std::process::ExitCode;

fn main() -> ExitCode {
    azure_functions::run()
}
