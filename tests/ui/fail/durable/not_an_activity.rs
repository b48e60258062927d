//! Only an activity can be called as one.

use azure_functions::{
    bindings::{ActivityTrigger, DurableOrchestrationContext, QueueTrigger, durable::TaskError},
    func,
};

fn plain(number: i64) -> i64 {
    2 * number
}

#[func]
fn queued(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

#[func]
fn activity(_input: ActivityTrigger<i64>) {}

#[func]
async fn orchestrate(ctx: DurableOrchestrationContext) -> Result<(), TaskError> {
    ctx.call_activity(plain, 4).await?;
    ctx.call_activity(queued, 4).await?;
    ctx.call_sub_orchestrator(activity, 4).await?;
    Ok(())
}

fn main() {}
