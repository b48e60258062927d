//! Monitor: look again and again, with pauses, until something has come about or the time is up.

use std::time::Duration;

use azure_functions::{
    bindings::{
        ActivityOutput, ActivityTrigger, DurableOrchestrationContext, OrchestrationOutput,
        durable::TaskError,
    },
    func,
};
use serde::{Deserialize, Serialize};

/// What is watched, and how often.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Watch {
    job: String,
    every_secs: u64,
    tries: u32,
}

/// Whether a job is done.
#[func]
pub(crate) fn is_done(ActivityTrigger(job): ActivityTrigger<String>) -> ActivityOutput<bool> {
    ActivityOutput(job.ends_with("done"))
}

/// Watches a job. Each look is an execution of its own, so that the history does not grow.
#[func]
pub(crate) async fn monitor(
    ctx: DurableOrchestrationContext<Watch>,
) -> Result<OrchestrationOutput<bool>, TaskError> {
    let watch = ctx.input();
    if ctx.call_activity(is_done, watch.job.clone()).await? {
        return Ok(OrchestrationOutput(true));
    }
    if watch.tries <= 1 {
        return Ok(OrchestrationOutput(false));
    }
    ctx.sleep(Duration::from_secs(watch.every_secs)).await;
    let tries = watch.tries - 1;
    ctx.continue_as_new(Watch {
        tries,
        ..watch.clone()
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use azure_functions::bindings::durable::{TaskError, World};

    use super::{Watch, monitor};

    #[test]
    fn watches() {
        for (done_after, expected, elapsed) in [(0, true, 0), (2, true, 20), (9, false, 30)] {
            let mut world = World::new();
            let mut looks = 0;
            world.activity("is_done", move |_: String| {
                looks += 1;
                Ok::<_, TaskError>(looks > done_after)
            });
            let watch = Watch {
                job: "bake".to_owned(),
                every_secs: 10,
                tries: 4,
            };
            let end = world.run("monitor", watch, monitor);
            assert_eq!(end.output(), Ok(expected));
            assert_eq!(end.elapsed(), Duration::from_secs(elapsed));
        }
    }
}
