//! An activity is called with what it takes.

use azure_functions::{
    bindings::{
        ActivityOutput, ActivityTrigger, DurableOrchestrationContext, OrchestrationOutput,
        durable::TaskError,
    },
    func,
};

#[func]
fn double(ActivityTrigger(number): ActivityTrigger<i64>) -> ActivityOutput<i64> {
    ActivityOutput(2 * number)
}

#[func]
async fn orchestrate(
    ctx: DurableOrchestrationContext,
) -> Result<OrchestrationOutput<i64>, TaskError> {
    let doubled = ctx.call_activity(double, "four").await?;
    Ok(OrchestrationOutput(doubled))
}

fn main() {}
