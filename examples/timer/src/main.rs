//! A function that runs every minute.

use std::process::ExitCode;

use azure_functions::{bindings::TimerInfo, func};

/// Says when it ran before; the first time it runs is when the app starts.
#[func]
fn tick(#[binding(schedule = "0 * * * * *", run_on_startup = true)] timer: &TimerInfo) {
    let status = timer.schedule_status.as_ref();
    let late = if timer.is_past_due { ", late" } else { "" };
    if let Some(last) = status.and_then(|status| status.last) {
        tracing::info!("a tick{late}; the one before was at {last}");
    } else {
        tracing::info!("the first tick{late}");
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
