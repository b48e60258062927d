//! The orchestrator engine of Durable Functions: history in, actions out.
//!
//! It knows no Functions and does no I/O: [`run`] is given what has happened to an instance and an orchestrator, and gives what
//! the host has to do next. An orchestrator is an `async` function whose futures are ours; it is polled once for each thing that
//! happened, on the caller's thread, in the order of the history. So it does the same each time it is replayed.
//!
//! ```
//! use azure_functions_durable::{OrchestrationContext, TaskError, World};
//!
//! async fn greet(ctx: OrchestrationContext) -> Result<String, TaskError> {
//!     let name: String = ctx.input()?;
//!     let greeting: String = ctx.call_activity_by_name("greet", name).await?;
//!     ctx.sleep(std::time::Duration::from_secs(3600)).await;
//!     Ok(greeting)
//! }
//!
//! // A test runs it in a world of its own, in which an hour takes no time.
//! let mut world = World::new();
//! world.activity("greet", |name: String| Ok::<_, TaskError>(format!("Hello, {name}!")));
//! let end = world.run("greet", "Rust", greet);
//! assert_eq!(end.output::<String>().unwrap(), "Hello, Rust!");
//! ```

mod clock;
mod context;
mod entity;
mod entity_call;
mod error;
mod event;
mod executor;
mod history;
mod http;
mod json;
mod operation;
mod replay;
mod retry;
mod spawn;
mod state;
mod task;
mod timer;
mod together;
mod typed;
mod world;

pub use azure_functions_shared::durable::{self as protocol, recorded};

pub use self::{
    context::OrchestrationContext,
    entity::{EntityBatch, EntityContext, EntityId, EntityIdError, run_entity},
    entity_call::{EntityCall, EntityLock, LockEntities},
    error::{FailureDetails, TaskError},
    event::{ExternalEvent, TimedEvent},
    executor::run,
    http::{DurableHttpRequest, DurableHttpResponse, HttpCall},
    operation::{OperationArgument, OperationContext, OperationFunction, OperationResult},
    replay::{Difference, replay, replays},
    retry::RetryOptions,
    spawn::Spawned,
    state::ContinueAsNew,
    task::Task,
    timer::Timer,
    together::{DurableFuture, Either, JoinAll, Select, SelectAll, join_all, select, select_all},
    typed::{Entity, EntityRef, Operated, Operation, OperationCall, OperationError, operate},
    world::{End, Status, World},
};
