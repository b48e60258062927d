//! A task hub in memory, for tests of functions that have a client.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::{self, Display},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use azure_functions_durable::{
    EntityId,
    protocol::{
        CreateInstanceRequest, CreateInstanceResponse, EntityMetadata, GetEntityRequest,
        GetEntityResponse, GetInstanceRequest, GetInstanceResponse, OrchestrationState,
        OrchestrationStatus, PurgeInstancesRequest, PurgeInstancesResponse, QueryInstancesRequest,
        QueryInstancesResponse, RaiseEventRequest, RaiseEventResponse, RestartInstanceRequest,
        RestartInstanceResponse, ResumeRequest, ResumeResponse, RewindInstanceRequest,
        RewindInstanceResponse, SignalEntityRequest, SignalEntityResponse, SuspendRequest,
        SuspendResponse, TerminateRequest, TerminateResponse, purge_instances_request::Request,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    DurableClientError, DurableOrchestrationClient, InstanceStatus, PATIENCE, RuntimeStatus, json,
    status::{into_wire, read, time},
    urls::Settings,
};
use crate::{
    Timestamp,
    bindings::durable::failure,
    worker::task_hub::{Connection, TaskHub},
};

/// A task hub in memory, for tests of functions with a [`DurableOrchestrationClient`]: it runs nothing, and remembers what it was asked.
///
/// An instance runs until the test says what became of it, by [`complete`](Self::complete) and [`fail`](Self::fail), or before it starts by
/// [`orchestrator`](Self::orchestrator). Nothing waits: to wait for an instance that still runs is
/// [`TimedOut`](DurableClientError::TimedOut) at once. Whether the orchestrator itself is right is the matter of a [`World`](super::super::World). Clones
/// are the same hub.
///
/// ```
/// use azure_functions::{
///     BoxError,
///     bindings::{
///         DurableOrchestrationClient, DurableOrchestrationContext, HttpRequest, HttpResponse,
///         durable::TestHub,
///     },
///     func,
/// };
///
/// #[func]
/// async fn work(_ctx: DurableOrchestrationContext<String>) {}
///
/// #[func]
/// async fn start(req: HttpRequest<String>, client: DurableOrchestrationClient) -> Result<HttpResponse, BoxError> {
///     let id = client.start(work, req.into_body()).await?;
///     Ok(client.check_status_response(&id)?)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let hub = TestHub::new();
/// let request = HttpRequest::post("/api/start").with_body("a".to_owned());
/// let response = start(request, hub.client()).await?;
/// assert_eq!(response.status(), 202);
/// let started = hub.instances();
/// assert_eq!(started[0].name, "work");
/// assert_eq!(started[0].input::<String>()?, "a");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct TestHub(Arc<Mutex<Known>>);

/// What a hub knows.
#[derive(Default)]
struct Known {
    orchestrators: HashMap<String, Orchestrator>,
    instances: Vec<OrchestrationState>,
    entities: BTreeMap<String, EntityMetadata>,
    events: Vec<SentEvent>,
    signals: Vec<SentSignal>,
    gone: bool,
}

/// What becomes of an instance with this input: its output, or the type and the text of its error.
type Orchestrator = Arc<dyn Fn(Option<&str>) -> Result<Option<String>, String> + Send + Sync>;

type Answer<T> = Result<T, DurableClientError>;

/// An event that was sent to an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentEvent {
    /// The id of the instance.
    pub instance_id: String,
    /// The name of the event.
    pub name: String,
    /// What came with it, as JSON.
    pub data_json: Option<String>,
}

/// An operation of an entity that was called by a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentSignal {
    /// The entity.
    pub entity: EntityId,
    /// The name of the operation.
    pub operation: String,
    /// What came with it, as JSON.
    pub input_json: Option<String>,
    /// When it is to be called, if not at once.
    pub at: Option<Timestamp>,
}

impl TestHub {
    /// A hub that knows of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A client of this hub.
    pub fn client(&self) -> DurableOrchestrationClient {
        DurableOrchestrationClient {
            hub: TaskHub {
                connection: Connection::to_test_hub(self.clone()),
                name: None,
                max_message: None,
            },
            settings: Arc::new(Settings::local()),
            patience: PATIENCE,
        }
    }

    /// Says what becomes of instances of the orchestrator of this name: they end when they are started, with what `end` makes of their
    /// input. An input that is not of the type fails them.
    pub fn orchestrator<I, O, E>(
        &self,
        name: &str,
        end: impl Fn(I) -> Result<O, E> + Send + Sync + 'static,
    ) where
        I: DeserializeOwned,
        O: Serialize,
        E: Display,
    {
        let end: Orchestrator = Arc::new(move |input| {
            let input = read(input).map_err(|reason| format!("BindError: {reason}"))?;
            let output = end(input).map_err(|error| failed::<E>(&error))?;
            json("the output", &output).map_err(|error| format!("BindError: {error}"))
        });
        self.known().orchestrators.insert(name.to_owned(), end);
    }

    /// Ends an instance with an output.
    ///
    /// # Errors
    ///
    /// When there is no such instance, or the output cannot be written as JSON.
    pub fn complete(&self, instance_id: &str, output: impl Serialize) -> Answer<()> {
        let output = json("the output", &output)?;
        self.known().end(instance_id, Ok(output))
    }

    /// Ends an instance with an error.
    ///
    /// # Errors
    ///
    /// When there is no such instance.
    pub fn fail<E: Display>(&self, instance_id: &str, error: E) -> Answer<()> {
        self.known().end(instance_id, Err(failed::<E>(&error)))
    }

    /// Says what an orchestrator of this instance would say of it.
    ///
    /// # Errors
    ///
    /// When there is no such instance, or the status cannot be written as JSON.
    pub fn set_custom_status(&self, instance_id: &str, status: impl Serialize) -> Answer<()> {
        let status = json("the custom status", &status)?;
        let mut known = self.known();
        known.instance(instance_id)?.custom_status = status;
        Ok(())
    }

    /// Gives an entity this state.
    ///
    /// # Errors
    ///
    /// When the state cannot be written as JSON.
    pub fn set_entity(&self, entity: &EntityId, state: impl Serialize) -> Answer<()> {
        let entity = EntityMetadata {
            instance_id: entity.to_string(),
            last_modified_time: Some(into_wire(Timestamp::now())),
            serialized_state: json("the state", &state)?,
            ..EntityMetadata::default()
        };
        let id = entity.instance_id.clone();
        self.known().entities.insert(id, entity);
        Ok(())
    }

    /// Is no longer there: all that clients ask from now on is [`Unavailable`](DurableClientError::Unavailable).
    pub fn close(&self) {
        self.known().gone = true;
    }

    /// What is known of the instances, in the order in which they were started.
    pub fn instances(&self) -> Vec<InstanceStatus> {
        let instances = self.known().instances.clone();
        instances
            .into_iter()
            .map(InstanceStatus::from_wire)
            .collect()
    }

    /// The events that clients sent.
    pub fn events(&self) -> Vec<SentEvent> {
        self.known().events.clone()
    }

    /// The signals that clients sent.
    pub fn signals(&self) -> Vec<SentSignal> {
        self.known().signals.clone()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known, for a client.
    fn asked(&self) -> Answer<MutexGuard<'_, Known>> {
        let known = self.known();
        if known.gone {
            return Err(DurableClientError::Unavailable(
                "the test hub was closed".to_owned(),
            ));
        }
        Ok(known)
    }
}

impl fmt::Debug for TestHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known();
        f.debug_struct("TestHub")
            .field("instances", &known.instances)
            .field("entities", &known.entities)
            .field("events", &known.events)
            .field("signals", &known.signals)
            .finish_non_exhaustive()
    }
}

/// What clients ask, in the words of the protocol.
#[expect(
    clippy::needless_pass_by_value,
    reason = "all are called as the calls of a host are"
)]
impl TestHub {
    pub(crate) fn start_instance(
        &self,
        message: CreateInstanceRequest,
    ) -> Answer<CreateInstanceResponse> {
        let end = {
            let mut known = self.asked()?;
            let id = message.instance_id.as_str();
            if let Ok(other) = known.instance(id) {
                if !is_over(other) {
                    return Err(DurableClientError::AlreadyExists(format!("`{id}`")));
                }
                known
                    .instances
                    .retain(|instance| instance.instance_id != id);
            }
            known.start(&message);
            let end = known.orchestrators.get(&message.name).cloned();
            end.filter(|_| message.scheduled_start_timestamp.is_none())
        };
        // Not under the lock: it may ask the hub.
        if let Some(end) = end {
            let result = end(message.input.as_deref());
            self.known().end(&message.instance_id, result)?;
        }
        Ok(CreateInstanceResponse {
            instance_id: message.instance_id,
        })
    }

    pub(crate) fn get_instance(&self, message: GetInstanceRequest) -> Answer<GetInstanceResponse> {
        let mut known = self.asked()?;
        let state = known.instance(&message.instance_id).ok().cloned();
        Ok(GetInstanceResponse {
            exists: state.is_some(),
            orchestration_state: state,
        })
    }

    pub(crate) fn wait_for_instance_start(
        &self,
        message: GetInstanceRequest,
    ) -> Answer<GetInstanceResponse> {
        self.wait(message, |state| {
            state.orchestration_status() != OrchestrationStatus::Pending
        })
    }

    pub(crate) fn wait_for_instance_completion(
        &self,
        message: GetInstanceRequest,
    ) -> Answer<GetInstanceResponse> {
        self.wait(message, is_over)
    }

    fn wait(
        &self,
        message: GetInstanceRequest,
        until: fn(&OrchestrationState) -> bool,
    ) -> Answer<GetInstanceResponse> {
        let answer = self.get_instance(message)?;
        if answer.orchestration_state.as_ref().is_some_and(until) {
            Ok(answer)
        } else {
            Err(DurableClientError::TimedOut)
        }
    }

    pub(crate) fn raise_event(&self, message: RaiseEventRequest) -> Answer<RaiseEventResponse> {
        let mut known = self.asked()?;
        known.running(&message.instance_id)?;
        known.events.push(SentEvent {
            instance_id: message.instance_id,
            name: message.name,
            data_json: message.input,
        });
        Ok(RaiseEventResponse::default())
    }

    pub(crate) fn terminate_instance(
        &self,
        message: TerminateRequest,
    ) -> Answer<TerminateResponse> {
        let mut known = self.asked()?;
        let instance = known.running(&message.instance_id)?;
        instance.output = message.output;
        change(instance, RuntimeStatus::Terminated);
        Ok(TerminateResponse::default())
    }

    pub(crate) fn suspend_instance(&self, message: SuspendRequest) -> Answer<SuspendResponse> {
        let mut known = self.asked()?;
        let instance = known.running(&message.instance_id)?;
        change(instance, RuntimeStatus::Suspended);
        Ok(SuspendResponse::default())
    }

    pub(crate) fn resume_instance(&self, message: ResumeRequest) -> Answer<ResumeResponse> {
        let mut known = self.asked()?;
        let instance = known.running(&message.instance_id)?;
        change(instance, RuntimeStatus::Running);
        Ok(ResumeResponse::default())
    }

    pub(crate) fn rewind_instance(
        &self,
        message: RewindInstanceRequest,
    ) -> Answer<RewindInstanceResponse> {
        let mut known = self.asked()?;
        let instance = known.instance(&message.instance_id)?;
        if instance.orchestration_status() != OrchestrationStatus::Failed {
            return Err(wrong_state(instance));
        }
        instance.output = None;
        change(instance, RuntimeStatus::Running);
        Ok(RewindInstanceResponse::default())
    }

    pub(crate) fn restart_instance(
        &self,
        message: RestartInstanceRequest,
    ) -> Answer<RestartInstanceResponse> {
        let old = self.asked()?.instance(&message.instance_id)?.clone();
        let as_new = message.restart_with_new_instance_id;
        if !as_new && !is_over(&old) {
            return Err(wrong_state(&old));
        }
        let answer = self.start_instance(CreateInstanceRequest {
            instance_id: if as_new {
                Uuid::new_v4().simple().to_string()
            } else {
                old.instance_id
            },
            name: old.name,
            input: old.input,
            tags: old.tags,
            ..CreateInstanceRequest::default()
        })?;
        Ok(RestartInstanceResponse {
            instance_id: answer.instance_id,
        })
    }

    pub(crate) fn query_instances(
        &self,
        message: QueryInstancesRequest,
    ) -> Answer<QueryInstancesResponse> {
        let known = self.asked()?;
        let query = message.query.unwrap_or_default();
        let from = query
            .continuation_token
            .as_deref()
            .map_or(Ok(0_usize), str::parse);
        let Ok(from) = from else {
            return Err(DurableClientError::Invalid(
                "the page is none of this hub".to_owned(),
            ));
        };
        let prefix = query.instance_id_prefix.as_deref().unwrap_or_default();
        let chosen: Vec<_> = known
            .instances
            .iter()
            .filter(|instance| instance.instance_id.starts_with(prefix))
            .filter(|instance| {
                let (after, before) = (&query.created_time_from, &query.created_time_to);
                is_chosen(
                    instance,
                    &query.runtime_status,
                    after.as_ref(),
                    before.as_ref(),
                )
            })
            .collect();
        let size = usize::try_from(query.max_instance_count).unwrap_or_default();
        let next = from.saturating_add(size.max(1));
        Ok(QueryInstancesResponse {
            orchestration_state: chosen
                .iter()
                .skip(from)
                .take(next - from)
                .map(|instance| (*instance).clone())
                .collect(),
            continuation_token: (next < chosen.len()).then(|| next.to_string()),
        })
    }

    pub(crate) fn purge_instances(
        &self,
        message: PurgeInstancesRequest,
    ) -> Answer<PurgeInstancesResponse> {
        let mut known = self.asked()?;
        let before = known.instances.len();
        match message.request {
            Some(Request::InstanceId(id)) => {
                if let Ok(instance) = known.instance(&id)
                    && !is_over(instance)
                {
                    return Err(wrong_state(instance));
                }
                known
                    .instances
                    .retain(|instance| instance.instance_id != id);
            }
            Some(Request::PurgeInstanceFilter(filter)) => known.instances.retain(|instance| {
                let (from, to) = (&filter.created_time_from, &filter.created_time_to);
                !(is_over(instance)
                    && is_chosen(instance, &filter.runtime_status, from.as_ref(), to.as_ref()))
            }),
            _ => {
                return Err(DurableClientError::Unsupported(
                    "a test hub removes instances by id or by filter".to_owned(),
                ));
            }
        }
        let removed = before - known.instances.len();
        Ok(PurgeInstancesResponse {
            deleted_instance_count: removed.try_into().unwrap_or(i32::MAX),
            is_complete: Some(true),
        })
    }

    pub(crate) fn signal_entity(
        &self,
        message: SignalEntityRequest,
    ) -> Answer<SignalEntityResponse> {
        let mut known = self.asked()?;
        let entity = message.instance_id.parse().map_err(|error| {
            DurableClientError::Invalid(format!("`{}`: {error}", message.instance_id))
        })?;
        known.signals.push(SentSignal {
            entity,
            operation: message.name,
            input_json: message.input,
            at: message.scheduled_time.as_ref().and_then(time),
        });
        Ok(SignalEntityResponse::default())
    }

    pub(crate) fn get_entity(&self, message: GetEntityRequest) -> Answer<GetEntityResponse> {
        let known = self.asked()?;
        let entity = known.entities.get(&message.instance_id).cloned();
        Ok(GetEntityResponse {
            exists: entity.is_some(),
            entity,
        })
    }
}

impl Known {
    fn instance(&mut self, id: &str) -> Answer<&mut OrchestrationState> {
        let mut instances = self.instances.iter_mut();
        instances
            .find(|instance| instance.instance_id == id)
            .ok_or_else(|| DurableClientError::NotFound(format!("`{id}`")))
    }

    /// An instance that has not ended.
    fn running(&mut self, id: &str) -> Answer<&mut OrchestrationState> {
        let instance = self.instance(id)?;
        if is_over(instance) {
            return Err(wrong_state(instance));
        }
        Ok(instance)
    }

    fn start(&mut self, message: &CreateInstanceRequest) {
        let now = Some(into_wire(Timestamp::now()));
        let status = match message.scheduled_start_timestamp {
            Some(_) => RuntimeStatus::Pending,
            None => RuntimeStatus::Running,
        };
        self.instances.push(OrchestrationState {
            instance_id: message.instance_id.clone(),
            name: message.name.clone(),
            version: message.version.clone(),
            orchestration_status: status.into_wire().into(),
            scheduled_start_timestamp: message.scheduled_start_timestamp,
            created_timestamp: now,
            last_updated_timestamp: now,
            input: message.input.clone(),
            tags: message.tags.clone(),
            ..OrchestrationState::default()
        });
    }

    fn end(&mut self, id: &str, result: Result<Option<String>, String>) -> Answer<()> {
        let instance = self.instance(id)?;
        let status = match result {
            Ok(output) => {
                instance.output = output;
                RuntimeStatus::Completed
            }
            Err(failure) => {
                instance.output = Some(failure);
                RuntimeStatus::Failed
            }
        };
        change(instance, status);
        Ok(())
    }
}

fn change(instance: &mut OrchestrationState, status: RuntimeStatus) {
    instance.orchestration_status = status.into_wire().into();
    instance.last_updated_timestamp = Some(into_wire(Timestamp::now()));
}

fn is_over(instance: &OrchestrationState) -> bool {
    RuntimeStatus::from_wire(instance.orchestration_status()).is_over()
}

/// Whether an instance has one of these statuses, if there are any, and was made in this time.
fn is_chosen(
    instance: &OrchestrationState,
    statuses: &[i32],
    from: Option<&prost_types::Timestamp>,
    to: Option<&prost_types::Timestamp>,
) -> bool {
    let created = instance.created_timestamp.as_ref().and_then(time);
    (statuses.is_empty() || statuses.contains(&instance.orchestration_status))
        && from.and_then(time).is_none_or(|from| created >= Some(from))
        && to.and_then(time).is_none_or(|to| created <= Some(to))
}

fn wrong_state(instance: &OrchestrationState) -> DurableClientError {
    let status = RuntimeStatus::from_wire(instance.orchestration_status());
    DurableClientError::WrongState(format!(
        "`{}` has the status `{status}`",
        instance.instance_id
    ))
}

/// The type and the text of an error, as the extension writes them.
fn failed<E: Display>(error: &E) -> String {
    format!("{}: {error}", failure::short(std::any::type_name::<E>()))
}
