//! Durable Functions: workflows that survive crashes, with the feature `durable`.
//!
//! An orchestrator calls activities, waits for timers and events, and is replayed from its history. The [`azure_functions_durable`]
//! engine does that; here are the bindings, and what a test needs: a [`World`] in which an orchestrator runs, and [`assert_replays`],
//! which holds it against what instances of it have done. The repository has a page for each pattern, one on what an orchestrator may
//! do, and one on versions, in `docs/durable`.
//!
//! An entity is the `impl` block of a type. Its methods are its operations, and callers name them as methods:
//!
//! ```
//! use azure_functions::{
//!     bindings::{
//!         DurableOrchestrationContext, OrchestrationOutput,
//!         durable::{EntityRef, TaskError, World},
//!     },
//!     func,
//! };
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Default, Deserialize, Serialize)]
//! struct Counter(i64);
//!
//! #[func]
//! impl Counter {
//!     fn add(&mut self, amount: i64) -> i64 {
//!         self.0 += amount;
//!         self.0
//!     }
//!
//!     /// Takes the counter itself: it is deleted.
//!     fn close(self) {}
//! }
//!
//! #[func]
//! async fn count(ctx: DurableOrchestrationContext<String>) -> Result<OrchestrationOutput<i64>, TaskError> {
//!     let counter = EntityRef::<Counter>::new(ctx.input());
//!     let count = ctx.call_operation(&counter, Counter::add, 2).await?;
//!     ctx.signal_operation(&counter, Counter::close, ())?;
//!     Ok(OrchestrationOutput(count))
//! }
//!
//! # fn main() {
//! assert_eq!(Counter(1).add(2), 3);
//! let mut world = World::new();
//! world.entity_of::<Counter>();
//! assert_eq!(world.run("count", "a", count).output(), Ok(2));
//! # }
//! ```

mod activity;
mod client;
mod entity;
mod failure;
mod function;
mod message;
pub(crate) mod methods;
mod orchestration;
mod replay;
#[cfg(test)]
mod tests;

pub use azure_functions_durable::{
    ContinueAsNew, Difference, DurableFuture, DurableHttpRequest, DurableHttpResponse, Either, End,
    Entity, EntityCall, EntityContext, EntityId, EntityIdError, EntityLock, EntityRef,
    ExternalEvent, FailureDetails, HttpCall, JoinAll, LockEntities, OperationArgument,
    OperationFunction, OperationResult, OrchestrationContext, RetryOptions, Select, SelectAll,
    Spawned, Status, Task, TaskError, TimedEvent, Timer, World, join_all,
    recorded::{RecordedHistory, RecordedHistoryError},
    select, select_all,
};

pub use self::{
    activity::{
        ActivityOutput, ActivityOutputBinding, ActivityTrigger, ActivityTriggerBinding,
        DurableActivityContext,
    },
    client::{
        DurableClientBinding, DurableClientError, DurableOrchestrationClient, EntityState,
        InstancePage, InstanceQuery, InstanceStatus, RuntimeStatus, SentEvent, SentSignal, Start,
        TestHub,
    },
    entity::{DurableEntityContext, EntityOutput, EntityOutputBinding, EntityTriggerBinding},
    function::{ActivityFunction, EntityFunction, OrchestratorFunction},
    orchestration::{
        DurableOrchestrationContext, OrchestrationOutput, OrchestrationOutputBinding,
        OrchestrationTriggerBinding,
    },
    replay::{ReplayError, assert_replays, replays},
};
use crate::{Setting, Value};

/// Asks the extension to speak the protocol that this worker speaks, whatever the runtime is called.
const REQUIRES_GRPC: &[Setting] = &[Setting {
    name: "durable_requires_grpc",
    value: Value::Flag(true),
}];
