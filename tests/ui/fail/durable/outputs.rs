//! What an orchestrator takes is its context, and what it returns is its output.

use azure_functions::{
    bindings::{
        ActivityOutput, Blob, DurableEntityContext, DurableOrchestrationContext, EntityOutput,
        OrchestrationOutput, QueueMessage,
    },
    func,
};

#[func]
async fn text(_ctx: DurableOrchestrationContext) -> String {
    String::new()
}

#[func]
async fn activity(_ctx: DurableOrchestrationContext) -> ActivityOutput<u32> {
    ActivityOutput(1)
}

#[func]
#[binding(name = "output1", queue_name = "jobs")]
async fn writes(_ctx: DurableOrchestrationContext) -> (OrchestrationOutput<u32>, QueueMessage) {
    (OrchestrationOutput(1), "job".into())
}

#[func]
async fn reads(
    _ctx: DurableOrchestrationContext,
    #[binding(path = "data/settings.json")] _settings: Blob,
) {
}

#[func]
#[binding(name = "output1", queue_name = "jobs")]
async fn entity(_ctx: DurableEntityContext) -> (EntityOutput<u32>, QueueMessage) {
    (EntityOutput(1), "job".into())
}

fn main() {}
