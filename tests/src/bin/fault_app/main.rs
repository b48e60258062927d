//! An app whose functions end in every way that there is, for tests that need a process.

#[expect(dead_code, reason = "a test in another process opens the gate")]
mod functions;

use std::process::ExitCode;

fn main() -> ExitCode {
    // Nobody lets the blocking functions go; the process ends all the same.
    functions::app().0.run()
}
