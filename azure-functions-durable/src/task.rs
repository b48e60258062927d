//! Activities and sub-orchestrations: [`Task`].

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use azure_functions_shared::durable::{
    CreateSubOrchestrationAction, orchestrator_action::OrchestratorActionType as ActionType,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::{
    RetryOptions, TaskError, Timer, clock,
    context::new_guid,
    json,
    state::{Instance, Reply, Scheduled},
};

/// A running activity or sub-orchestration; awaiting it gives its result.
///
/// It runs whether it is awaited or not.
#[must_use = "it runs, but nobody learns how it ends"]
pub struct Task<O> {
    instance: Instance,
    what: String,
    order: Order,
    stage: Stage,
    retry: Option<RetryOptions>,
    attempt: u32,
    begun: Timestamp,
    output: PhantomData<fn() -> O>,
}

/// What to schedule for an attempt.
pub(crate) enum Order {
    /// The same each time.
    Again(ActionType),
    /// A sub-orchestration with a new id each time.
    NewInstance(CreateSubOrchestrationAction),
}

impl Order {
    fn place(&self, instance: &Instance) -> Scheduled {
        let action = match self {
            Self::Again(action) => action.clone(),
            Self::NewInstance(action) => {
                ActionType::CreateSubOrchestration(CreateSubOrchestrationAction {
                    instance_id: new_guid(instance).simple().to_string(),
                    ..action.clone()
                })
            }
        };
        instance.schedule(action)
    }
}

enum Stage {
    /// It has failed before it began.
    Failed(Option<TaskError>),
    Attempt(Scheduled),
    Pause(Timer),
    Ended,
}

impl<O> Task<O> {
    pub(crate) fn new(instance: &Instance, what: String, order: Order) -> Self {
        let begun = instance.state().now;
        let stage = Stage::Attempt(order.place(instance));
        Self {
            instance: instance.clone(),
            what,
            order,
            stage,
            retry: None,
            attempt: 1,
            begun,
            output: PhantomData,
        }
    }

    pub(crate) fn failed(instance: &Instance, error: TaskError) -> Self {
        let begun = instance.state().now;
        Self {
            instance: instance.clone(),
            what: String::new(),
            order: Order::NewInstance(CreateSubOrchestrationAction::default()),
            stage: Stage::Failed(Some(error)),
            retry: None,
            attempt: 1,
            begun,
            output: PhantomData,
        }
    }

    /// Tries it again when it fails.
    pub fn retry(mut self, options: RetryOptions) -> Self {
        self.retry = Some(options);
        self
    }

    /// The pause after a failure; the failure if there is none.
    fn pause(&self, error: TaskError) -> Result<Timer, TaskError> {
        let now = self.instance.state().now;
        let since = Duration::try_from(now.duration_since(self.begun)).unwrap_or_default();
        let retry = self.retry.as_ref();
        match retry.and_then(|retry| retry.delay(self.attempt, since, &error)) {
            Some(delay) => Ok(Timer::new(&self.instance, clock::later(now, delay))),
            None => Err(error),
        }
    }
}

impl<O: DeserializeOwned> Task<O> {
    fn end(&self, reply: Reply) -> Result<O, TaskError> {
        let task = || self.what.clone();
        match reply {
            Ok(output) => json::read(output.as_deref()).map_err(|reason| TaskError::Output {
                task: task(),
                reason,
            }),
            Err(details) => Err(TaskError::Failed {
                task: task(),
                details,
            }),
        }
    }
}

impl<O: DeserializeOwned> Future for Task<O> {
    type Output = Result<O, TaskError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match &mut this.stage {
                Stage::Failed(error) => {
                    return match error.take() {
                        Some(error) => Poll::Ready(Err(error)),
                        None => Poll::Pending,
                    };
                }
                Stage::Attempt(scheduled) => {
                    let reply = ready!(Pin::new(scheduled).poll(cx));
                    let end = match this.end(reply) {
                        Err(error @ TaskError::Failed { .. }) => match this.pause(error) {
                            Ok(timer) => {
                                this.stage = Stage::Pause(timer);
                                continue;
                            }
                            Err(error) => Err(error),
                        },
                        end => end,
                    };
                    this.stage = Stage::Ended;
                    return Poll::Ready(end);
                }
                Stage::Pause(timer) => {
                    ready!(Pin::new(timer).poll(cx));
                    this.attempt = this.attempt.saturating_add(1);
                    this.stage = Stage::Attempt(this.order.place(&this.instance));
                }
                Stage::Ended => return Poll::Pending,
            }
        }
    }
}

impl<O> fmt::Debug for Task<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("what", &self.what)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
