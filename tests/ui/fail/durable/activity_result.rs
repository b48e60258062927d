//! An activity gives what it returns.

use azure_functions::{
    bindings::{
        ActivityOutput, ActivityTrigger, DurableOrchestrationContext, OrchestrationOutput,
        durable::TaskError,
    },
    func,
};

#[func]
async fn double(
    ActivityTrigger(number): ActivityTrigger<i64>,
) -> Result<ActivityOutput<i64>, std::io::Error> {
    Ok(ActivityOutput(2 * number))
}

#[func]
async fn orchestrate(ctx: DurableOrchestrationContext) -> Result<(), TaskError> {
    let _doubled: String = ctx.call_activity(double, 4).await?;
    Ok(())
}

#[func]
async fn above(ctx: DurableOrchestrationContext) -> Result<OrchestrationOutput<i64>, TaskError> {
    let doubled: i64 = ctx.call_sub_orchestrator(orchestrate, serde_json::Value::Null).await?;
    Ok(OrchestrationOutput(doubled))
}

fn main() {}
