//! An operation is called with what it takes, and gives what it returns.

use azure_functions::{
    BoxError,
    bindings::{DurableOrchestrationContext, durable::EntityRef},
    func,
};
use serde::{Deserialize, Serialize};

#[derive(Default, Deserialize, Serialize)]
struct Counter(i64);

#[func]
impl Counter {
    fn add(&mut self, amount: i64) -> i64 {
        self.0 += amount;
        self.0
    }
}

#[derive(Default, Deserialize, Serialize)]
struct Other;

#[func]
impl Other {
    fn get(&self) {}
}

fn plain(_amount: i64) {}

#[func]
async fn input(ctx: DurableOrchestrationContext) -> Result<(), BoxError> {
    let counter = EntityRef::<Counter>::new("a");
    ctx.call_operation(&counter, Counter::add, "one").await?;
    Ok(())
}

#[func]
async fn output(ctx: DurableOrchestrationContext) -> Result<(), BoxError> {
    let counter = EntityRef::<Counter>::new("a");
    let _count: String = ctx.call_operation(&counter, Counter::add, 1).await?;
    Ok(())
}

#[func]
async fn another(ctx: DurableOrchestrationContext) -> Result<(), BoxError> {
    let counter = EntityRef::<Counter>::new("a");
    ctx.call_operation(&counter, Other::get, ()).await?;
    ctx.call_operation(&counter, plain, 1).await?;
    Ok(())
}

fn main() {}
