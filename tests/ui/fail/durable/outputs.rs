//! What an orchestrator returns is its output, and nothing else.

use azure_functions::{
    bindings::{ActivityOutput, DurableOrchestrationContext},
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

fn main() {}
