//! The client: starting orchestrations, asking for them, and telling them something.

mod error;
mod history;
mod query;
mod start;
mod status;
mod test_hub;
#[cfg(test)]
mod tests;
mod urls;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use azure_functions_durable::{
    Entity, EntityId, EntityRef, OperationFunction,
    protocol::{
        GetEntityRequest, GetInstanceRequest, PurgeInstancesRequest, QueryInstancesRequest,
        RaiseEventRequest, RestartInstanceRequest, ResumeRequest, RewindInstanceRequest,
        SignalEntityRequest, SuspendRequest, TerminateRequest, purge_instances_request,
    },
};
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

pub use self::{
    error::DurableClientError,
    query::{InstancePage, InstanceQuery},
    start::Start,
    status::{EntityState, InstanceStatus, RuntimeStatus},
    test_hub::{SentEvent, SentSignal, TestHub},
};
use self::{status::into_wire, urls::Settings};
use super::{
    REQUIRES_GRPC,
    function::{EntityFunction, OrchestratorFunction, name_of},
    message,
};
use crate::{
    BindError, Binding, Context, Data, FromInput, Property, Setting, Timestamp,
    bindings::HttpResponse,
    worker::task_hub::{Connection, Connections, TaskHub},
};

/// The binding of [`DurableOrchestrationClient`].
#[derive(Debug)]
pub struct DurableClientBinding;

impl Binding for DurableClientBinding {
    const TYPE: &'static str = "durableClient";
    const PROPERTIES: &'static [Property] = &[
        Property::string("task_hub")
            .default("that of the app")
            .doc("The name of the task hub."),
        Property::string("connection_name")
            .default("that of the app")
            .doc("The setting with the storage of the task hub."),
        Property::boolean("external_client")
            .default("false")
            .doc("Whether the task hub is another app's."),
    ];
    const FIXED: &'static [Setting] = REQUIRES_GRPC;
}

/// How long the task hub may take for an answer, unless the app says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts orchestrations, and looks after them.
///
/// It talks to the host, and can be used in async functions. Each call takes at most 30 seconds, or what
/// [`with_timeout`](Self::with_timeout) says. Cloning is cheap. A unit test gets one from a [`TestHub`].
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `task_hub` | string | that of the app | The name of the task hub. |
/// | `connection_name` | string | that of the app | The setting with the storage of the task hub. |
/// | `external_client` | boolean | false | Whether the task hub is another app's. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     BoxError,
///     bindings::{DurableOrchestrationClient, DurableOrchestrationContext, HttpRequest, HttpResponse},
///     func,
/// };
///
/// #[func]
/// async fn work(_ctx: DurableOrchestrationContext<String>) {}
///
/// #[func]
/// async fn start(req: HttpRequest<String>, client: DurableOrchestrationClient) -> Result<HttpResponse, BoxError> {
///     let id = client.start(work, req.into_body()).tag("from", "http").await?;
///     Ok(client.check_status_response(&id)?)
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct DurableOrchestrationClient {
    hub: TaskHub,
    settings: Arc<Settings>,
    patience: Duration,
}

impl DurableOrchestrationClient {
    /// A client of the task hub that `json` describes as the host does, with the connection of this address.
    fn read(data: &Data, to: impl FnOnce(&str) -> Connection) -> Result<Self, BindError> {
        let settings: Settings = message::read(data)?;
        let Some(address) = settings.rpc_base_url.as_deref() else {
            return Err(BindError::new(
                "the host does not say at which address the task hub is; use version 3.15.0 of the Durable extension or later",
            ));
        };
        Ok(Self {
            hub: TaskHub {
                connection: to(address),
                name: settings.task_hub_name.clone(),
                max_message: settings
                    .max_grpc_message_size_in_bytes
                    .filter(|max| *max > 0),
            },
            settings: Arc::new(settings),
            patience: PATIENCE,
        })
    }

    /// The same client, which waits this long for an answer of the task hub.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self {
            patience: timeout,
            ..self
        }
    }

    /// Starts an orchestrator of this app. Nothing starts before this is awaited.
    pub fn start<F, Via>(&self, orchestrator: F, input: F::Input) -> Start<'_>
    where
        F: OrchestratorFunction<Via>,
        F::Input: Serialize,
    {
        let _ = orchestrator;
        let name = name_of::<F>("orchestration").map_err(DurableClientError::Function);
        Start::new(self, name, json("the input", &input))
    }

    /// Starts the orchestrator of this name. Nothing starts before this is awaited.
    pub fn start_by_name(&self, name: &str, input: impl Serialize) -> Start<'_> {
        Start::new(self, Ok(name), json("the input", &input))
    }

    /// What is known of an instance; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When the task hub does not answer.
    pub async fn status(
        &self,
        instance_id: &str,
    ) -> Result<Option<InstanceStatus>, DurableClientError> {
        let answer = self.hub.get_instance(get(instance_id), self.patience);
        let answer = answer.await?;
        Ok(answer.orchestration_state.map(InstanceStatus::from_wire))
    }

    /// Waits until an instance has ended.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](DurableClientError::TimedOut) when it has not within this time; that is so too if there is no such instance.
    ///
    /// # Cancel safety
    ///
    /// Can be dropped and called again.
    pub async fn wait(
        &self,
        instance_id: &str,
        within: Duration,
    ) -> Result<InstanceStatus, DurableClientError> {
        let message = get(instance_id);
        let answer = self.hub.wait_for_instance_completion(message, within);
        found(instance_id, answer.await?.orchestration_state)
    }

    /// Waits until an instance has begun.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](DurableClientError::TimedOut) when it has not within this time; that is so too if there is no such instance.
    ///
    /// # Cancel safety
    ///
    /// Can be dropped and called again.
    pub async fn wait_for_start(
        &self,
        instance_id: &str,
        within: Duration,
    ) -> Result<InstanceStatus, DurableClientError> {
        let message = get(instance_id);
        let answer = self.hub.wait_for_instance_start(message, within);
        found(instance_id, answer.await?.orchestration_state)
    }

    /// Sends an event to an instance.
    ///
    /// # Errors
    ///
    /// When there is no such instance, or it has ended.
    pub async fn raise_event(
        &self,
        instance_id: &str,
        name: &str,
        data: impl Serialize,
    ) -> Result<(), DurableClientError> {
        let message = RaiseEventRequest {
            instance_id: instance_id.to_owned(),
            name: name.to_owned(),
            input: json("the data of the event", &data)?,
        };
        self.hub.raise_event(message, self.patience).await?;
        Ok(())
    }

    /// Ends an instance, with an output. Its sub-orchestrations go on.
    ///
    /// # Errors
    ///
    /// When there is no such instance, or it has ended.
    pub async fn terminate(
        &self,
        instance_id: &str,
        output: impl Serialize,
    ) -> Result<(), DurableClientError> {
        let message = TerminateRequest {
            instance_id: instance_id.to_owned(),
            output: json("the output", &output)?,
            recursive: false,
        };
        self.hub.terminate_instance(message, self.patience).await?;
        Ok(())
    }

    /// Stops an instance for a while: it hears of nothing until it is resumed.
    ///
    /// # Errors
    ///
    /// When there is no such instance, or it has ended.
    pub async fn suspend(&self, instance_id: &str, reason: &str) -> Result<(), DurableClientError> {
        let message = SuspendRequest {
            instance_id: instance_id.to_owned(),
            reason: Some(reason.to_owned()),
        };
        self.hub.suspend_instance(message, self.patience).await?;
        Ok(())
    }

    /// Lets an instance that was suspended go on.
    ///
    /// # Errors
    ///
    /// When there is no such instance, or it has ended.
    pub async fn resume(&self, instance_id: &str, reason: &str) -> Result<(), DurableClientError> {
        let message = ResumeRequest {
            instance_id: instance_id.to_owned(),
            reason: Some(reason.to_owned()),
        };
        self.hub.resume_instance(message, self.patience).await?;
        Ok(())
    }

    /// Has a failed instance try again what failed.
    ///
    /// # Errors
    ///
    /// When there is no such instance, or it has not failed.
    pub async fn rewind(&self, instance_id: &str, reason: &str) -> Result<(), DurableClientError> {
        let message = RewindInstanceRequest {
            instance_id: instance_id.to_owned(),
            reason: Some(reason.to_owned()),
        };
        self.hub.rewind_instance(message, self.patience).await?;
        Ok(())
    }

    /// Starts an instance again with the input that it had, under a new id if `as_new`; gives the id.
    ///
    /// # Errors
    ///
    /// When there is no such instance, or it has not ended and keeps its id.
    pub async fn restart(
        &self,
        instance_id: &str,
        as_new: bool,
    ) -> Result<String, DurableClientError> {
        let message = RestartInstanceRequest {
            instance_id: instance_id.to_owned(),
            restart_with_new_instance_id: as_new,
        };
        let answer = self.hub.restart_instance(message, self.patience).await?;
        Ok(answer.instance_id)
    }

    /// Some of the instances that `query` chooses, and what leads to the next.
    ///
    /// # Errors
    ///
    /// When the task hub does not answer.
    pub async fn query(&self, query: InstanceQuery) -> Result<InstancePage, DurableClientError> {
        let message = QueryInstancesRequest {
            query: Some(query.into_wire()),
        };
        let answer = self.hub.query_instances(message, self.patience).await?;
        Ok(InstancePage::from_wire(answer))
    }

    /// Removes all traces of an instance that has ended. Says whether there was one.
    ///
    /// # Errors
    ///
    /// When it has not ended.
    pub async fn purge(&self, instance_id: &str) -> Result<bool, DurableClientError> {
        let which = purge_instances_request::Request::InstanceId(instance_id.to_owned());
        Ok(self.remove(which).await? > 0)
    }

    /// Removes all traces of the instances that `query` chooses by their status and the time when they were made. Says how many.
    ///
    /// # Errors
    ///
    /// When `query` has a prefix or a page, which the extension does not heed here.
    pub async fn purge_all(&self, query: InstanceQuery) -> Result<u32, DurableClientError> {
        if query.is_more_than_filter() {
            return Err(DurableClientError::Invalid(
                "instances are removed by status and time only; ask for them and remove them one by one".to_owned(),
            ));
        }
        let which = purge_instances_request::Request::PurgeInstanceFilter(query.into_filter());
        self.remove(which).await
    }

    async fn remove(
        &self,
        which: purge_instances_request::Request,
    ) -> Result<u32, DurableClientError> {
        let message = PurgeInstancesRequest {
            request: Some(which),
            ..PurgeInstancesRequest::default()
        };
        let answer = self.hub.purge_instances(message, self.patience).await?;
        Ok(answer.deleted_instance_count.try_into().unwrap_or_default())
    }

    /// The entity of an entity function of this app that has this key.
    ///
    /// # Errors
    ///
    /// When the function has no `#[func]`.
    pub fn entity<F, Via>(
        &self,
        entity: F,
        key: impl Into<String>,
    ) -> Result<EntityId, DurableClientError>
    where
        F: EntityFunction<Via>,
    {
        let _ = entity;
        name_of::<F>("entity_name")
            .map(|name| EntityId::new(name, key))
            .map_err(DurableClientError::Function)
    }

    /// Calls an operation of an entity, and does not wait for it.
    ///
    /// # Errors
    ///
    /// When the task hub does not take it.
    pub async fn signal_entity(
        &self,
        entity: &EntityId,
        operation: &str,
        input: impl Serialize,
    ) -> Result<(), DurableClientError> {
        self.signal(entity, operation, json("the input", &input)?, None)
            .await
    }

    /// Has an operation of an entity called at this time.
    ///
    /// # Errors
    ///
    /// When the task hub does not take it.
    pub async fn signal_entity_at(
        &self,
        time: Timestamp,
        entity: &EntityId,
        operation: &str,
        input: impl Serialize,
    ) -> Result<(), DurableClientError> {
        self.signal(entity, operation, json("the input", &input)?, Some(time))
            .await
    }

    /// Calls a method of an entity, and does not wait for it.
    ///
    /// # Errors
    ///
    /// When the method is no operation, or the task hub does not take it.
    pub fn signal_operation<E, F, Via>(
        &self,
        entity: &EntityRef<E>,
        operation: F,
        input: F::Input,
    ) -> BoxFuture<'static, Result<(), DurableClientError>>
    where
        E: Entity,
        F: OperationFunction<E, Via>,
        F::Input: Serialize,
    {
        // Boxed, so that `Via` is no part of the future: the compiler could not tell that it is `Send`.
        let name = entity.operation_name(operation);
        let input = json("the input", &input);
        let (client, entity) = (self.clone(), EntityId::from(entity));
        Box::pin(async move {
            let name = name.map_err(DurableClientError::Function)?;
            client.signal(&entity, name, input?, None).await
        })
    }

    async fn signal(
        &self,
        entity: &EntityId,
        operation: &str,
        input: Option<String>,
        time: Option<Timestamp>,
    ) -> Result<(), DurableClientError> {
        let message = SignalEntityRequest {
            instance_id: entity.to_string(),
            name: operation.to_owned(),
            input,
            request_id: Uuid::new_v4().to_string(),
            scheduled_time: time.map(into_wire),
            parent_trace_context: None,
            request_time: Some(into_wire(Timestamp::now())),
        };
        self.hub.signal_entity(message, self.patience).await?;
        Ok(())
    }

    /// What is known of an entity, with its state; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When the state is not of the type.
    pub async fn read_entity<S: DeserializeOwned>(
        &self,
        entity: &EntityId,
    ) -> Result<Option<EntityState<S>>, DurableClientError> {
        let message = GetEntityRequest {
            instance_id: entity.to_string(),
            include_state: true,
        };
        let answer = self.hub.get_entity(message, self.patience).await?;
        let found = answer.entity.filter(|_| answer.exists);
        found
            .map(|found| EntityState::from_wire(entity, found))
            .transpose()
    }

    /// The addresses by which others can look after an instance, by their names in the host's own answers: `statusQueryGetUri` and so on.
    ///
    /// They hold a key: give them only to one who may manage all instances.
    ///
    /// # Errors
    ///
    /// When the host does not say what they are.
    pub fn management_urls(
        &self,
        instance_id: &str,
    ) -> Result<BTreeMap<&'static str, String>, DurableClientError> {
        self.settings.urls(instance_id)
    }

    /// The response with which an HTTP function tells where to ask for the status: 202 with `Location` and `Retry-After`, and the
    /// [`management_urls`](Self::management_urls) as its body.
    ///
    /// # Errors
    ///
    /// When the host does not say what they are.
    pub fn check_status_response(
        &self,
        instance_id: &str,
    ) -> Result<HttpResponse, DurableClientError> {
        self.settings.check_status(instance_id)
    }
}

impl FromInput for DurableOrchestrationClient {
    type Binding = DurableClientBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        Self::read(&data, Connection::new)
    }

    fn from_input_of(data: Data, context: &Context) -> Result<Self, BindError> {
        match context.state::<Connections>() {
            Some(connections) => Self::read(&data, |address| connections.to(address)),
            None => Self::from_input(data),
        }
    }
}

fn get(instance_id: &str) -> GetInstanceRequest {
    GetInstanceRequest {
        instance_id: instance_id.to_owned(),
        get_inputs_and_outputs: true,
    }
}

fn found(
    instance_id: &str,
    state: Option<azure_functions_durable::protocol::OrchestrationState>,
) -> Result<InstanceStatus, DurableClientError> {
    state
        .map(InstanceStatus::from_wire)
        .ok_or_else(|| DurableClientError::NotFound(format!("`{instance_id}`")))
}

/// The JSON text of a value; `None` for `null`, which the task hub takes as no value.
fn json(what: &str, value: &impl Serialize) -> Result<Option<String>, DurableClientError> {
    let text = message::text(value).map_err(|reason| {
        DurableClientError::Json(format!("{what} cannot be written as JSON: {reason}"))
    })?;
    Ok(Some(text).filter(|text| text != "null"))
}
