//! A function that runs every minute, and one that is tried again when it fails.
//!
//! Run the second one now: `curl http://localhost:7071/admin/functions/fetch -d '{}' -H 'content-type: application/json'`.

use std::{process::ExitCode, time::Duration};

use azure_functions::{Context, RetryPolicy, bindings::TimerInfo, func};

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

/// Works at the third attempt.
///
/// # Errors
///
/// At the first two.
#[func(retry = RetryPolicy::fixed_delay(2, Duration::from_millis(20)))]
fn fetch(
    #[binding(schedule = "0 0 4 * * *")] _timer: &TimerInfo,
    context: &Context,
) -> Result<(), &'static str> {
    let retries = context.retry().map_or(0, |retry| retry.count);
    if retries < 2 {
        return Err("nobody answers");
    }
    tracing::info!("fetched after {retries} retries");
    Ok(())
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

    #[test]
    fn fails_without_retries() {
        let context = Context::new("fetch");
        assert_eq!(
            fetch(&TimerInfo::default(), &context),
            Err("nobody answers")
        );
    }
}
