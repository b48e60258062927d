//! Durable Functions: workflows that survive crashes, with the feature `durable`.
//!
//! An orchestrator calls activities, waits for timers and events, and is replayed from its history. The [`azure_functions_durable`]
//! engine does that; here are the bindings, and what a test needs: a [`World`] in which an orchestrator runs, and [`assert_replays`],
//! which holds it against what instances of it have done. The repository has a page for each pattern, one on what an orchestrator may
//! do, and one on versions, in `docs/durable`.

mod activity;
mod client;
mod entity;
mod failure;
mod function;
mod message;
mod orchestration;
mod replay;
#[cfg(test)]
mod tests;

pub use azure_functions_durable::{
    ContinueAsNew, Difference, DurableFuture, Either, End, EntityCall, EntityContext, EntityId,
    EntityIdError, EntityLock, ExternalEvent, FailureDetails, JoinAll, LockEntities,
    OrchestrationContext, RetryOptions, Select, SelectAll, Spawned, Status, Task, TaskError,
    TimedEvent, Timer, World, join_all,
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
