//! What is not durable cannot be waited for.

use azure_functions::{
    bindings::{
        DurableOrchestrationContext,
        durable::{TaskError, join_all},
    },
    func,
};

async fn elsewhere() -> u32 {
    1
}

#[func]
async fn orchestrate(_ctx: DurableOrchestrationContext) -> Result<(), TaskError> {
    join_all([elsewhere(), elsewhere()]).await;
    Ok(())
}

fn main() {}
