//! A function that runs every minute.

use std::process::ExitCode;

use azure_functions::{bindings::TimerInfo, func};

/// Says when it runs next; the first time it runs is when the app starts.
#[func]
fn tick(#[binding(schedule = "0 * * * * *", run_on_startup = true)] timer: &TimerInfo) {
    let status = timer.schedule_status.as_ref();
    if let Some(next) = status.and_then(|status| status.next) {
        tracing::info!("the next run is at {next}");
    } else {
        tracing::info!("the host does not say when the next run is");
    }
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_without_a_status() {
        tick(&TimerInfo::default());
    }
}
