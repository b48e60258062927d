//! A function that runs every ten seconds.

use std::process::ExitCode;

use azure_functions::{bindings::TimerInfo, func};

/// Says when it runs next; the first time it runs is when the app starts.
#[func]
pub fn tick(
    #[binding(schedule = "*/10 * * * * *", run_on_startup = true)] timer: TimerInfo,
) {
    match next(&timer) {
        Some(next) => tracing::info!("the next run is at {next}"),
        None => tracing::info!("the next run is not known"),
    }
}

fn next(timer: &TimerInfo) -> Option<azure_functions::Timestamp> {
    timer.schedule_status.as_ref()?.next
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_without_a_status() {
        tick(TimerInfo::default());
    }
}
