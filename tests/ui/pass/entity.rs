//! An `impl` block is an entity, and the attribute is silent under strict lints.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    single_use_lifetimes,
    let_underscore_drop,
    rust_2018_idioms,
    non_upper_case_globals
)]

use azure_functions::{
    BoxError,
    bindings::{
        DurableOrchestrationContext,
        durable::{EntityContext, EntityRef},
    },
    func, functions,
};
use serde::{Deserialize, Serialize};

/// Counts.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Counter(i64);

#[func]
impl Counter {
    /// Nobody has counted more.
    pub const MOST: i64 = 1000;

    /// Counts.
    pub fn add(&mut self, amount: i64) -> Result<i64, BoxError> {
        self.0 += amount;
        Ok(self.0)
    }

    /// The key and the count.
    pub async fn get(&self, context: EntityContext) -> (String, i64) {
        (context.entity_id().key().to_owned(), self.0)
    }

    /// Ends.
    pub fn close(self) {}
}

mod inner {
    use azure_functions::func;
    use serde::{Deserialize, Serialize};

    #[derive(Default, Deserialize, Serialize)]
    pub(super) struct Hidden;

    #[func(name = "seen")]
    impl Hidden {
        fn look(&self) {}
    }
}

/// Calls.
#[func]
pub async fn calls(ctx: DurableOrchestrationContext) -> Result<(), BoxError> {
    let counter = EntityRef::<Counter>::new("a");
    let count: i64 = ctx.call_operation(&counter, Counter::add, 1).await?;
    let (key, again) = ctx.call_operation(&counter, Counter::get, ()).await?;
    ctx.signal_operation(&counter, Counter::close, ())?;
    assert_eq!((key.as_str(), again), ("a", count));
    Ok(())
}

fn main() {
    let [counter, hidden, _] = functions![Counter, inner::Hidden, calls];
    assert_eq!((counter.name, hidden.name), ("Counter", "seen"));
}
