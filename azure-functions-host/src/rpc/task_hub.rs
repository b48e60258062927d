//! The service by which clients of Durable Functions reach the task hub, with the codes and texts of the real one.

use azure_functions_shared::durable::{
    CleanEntityStorageRequest, CleanEntityStorageResponse, CreateInstanceRequest,
    CreateInstanceResponse, GetEntityRequest, GetEntityResponse, GetInstanceRequest,
    GetInstanceResponse, HistoryChunk, OrchestrationState, OrchestrationStatus as State,
    PurgeInstancesRequest, PurgeInstancesResponse, QueryEntitiesRequest, QueryEntitiesResponse,
    QueryInstancesRequest, QueryInstancesResponse, RaiseEventRequest, RaiseEventResponse,
    RestartInstanceRequest, RestartInstanceResponse, ResumeRequest, ResumeResponse,
    RewindInstanceRequest, RewindInstanceResponse, SignalEntityRequest, SignalEntityResponse,
    StreamInstanceHistoryRequest, SuspendRequest, SuspendResponse, TerminateRequest,
    TerminateResponse, purge_instances_request::Request as Purge,
    task_hub_sidecar_service_server::TaskHubSidecarService,
};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::store::durable::{
    EntityFilter, Filter, HubError, Start, TaskHub, id_of, is_over, moment, split_id, status_name,
    token_of,
};

/// How many items a client gets that does not say how many it wants, and how many at most.
const PAGE: usize = 100;
/// How many events of a history are sent at a time.
const CHUNK: usize = 256;

#[derive(Debug)]
pub(super) struct Service {
    pub(super) hub: TaskHub,
}

type Answer<T> = Result<Response<T>, Status>;
type Chunks = BoxStream<'static, Result<HistoryChunk, Status>>;

#[tonic::async_trait]
impl TaskHubSidecarService for Service {
    async fn hello(&self, _: Request<()>) -> Answer<()> {
        Ok(Response::new(()))
    }

    async fn start_instance(
        &self,
        request: Request<CreateInstanceRequest>,
    ) -> Answer<CreateInstanceResponse> {
        let request = request.into_inner();
        let policy = request.orchestration_id_reuse_policy.map(|policy| {
            let statuses = policy.replaceable_status.into_iter();
            statuses
                .filter_map(|status| State::try_from(status).ok())
                .collect::<Vec<_>>()
        });
        let mut start = Start {
            name: request.name,
            version: request.version,
            input: request.input,
            at: request.scheduled_start_timestamp.as_ref().and_then(moment),
            tags: request.tags,
            ..Start::new(request.instance_id)
        };
        if let Some(execution_id) = request.execution_id.filter(|id| !id.is_empty()) {
            start.execution_id = execution_id;
        }
        let instance_id =
            self.hub
                .start(start, policy.as_deref())
                .map_err(|error| match error {
                    HubError::Exists { id, .. } => Status::already_exists(format!(
                        "An Orchestration instance with the ID {id} already exists."
                    )),
                    other => Status::failed_precondition(other.to_string()),
                })?;
        Ok(Response::new(CreateInstanceResponse { instance_id }))
    }

    async fn get_instance(
        &self,
        request: Request<GetInstanceRequest>,
    ) -> Answer<GetInstanceResponse> {
        let request = request.into_inner();
        let state = self.hub.get(&request.instance_id);
        Ok(found(state, request.get_inputs_and_outputs))
    }

    async fn wait_for_instance_start(
        &self,
        request: Request<GetInstanceRequest>,
    ) -> Answer<GetInstanceResponse> {
        let request = request.into_inner();
        let started = |status| status != State::Pending;
        let state = self.hub.wait(&request.instance_id, started).await;
        Ok(found(Some(state), request.get_inputs_and_outputs))
    }

    async fn wait_for_instance_completion(
        &self,
        request: Request<GetInstanceRequest>,
    ) -> Answer<GetInstanceResponse> {
        let request = request.into_inner();
        let state = self.hub.wait(&request.instance_id, is_over).await;
        Ok(found(Some(state), request.get_inputs_and_outputs))
    }

    async fn raise_event(&self, request: Request<RaiseEventRequest>) -> Answer<RaiseEventResponse> {
        let request = request.into_inner();
        self.hub
            .raise(&request.instance_id, request.name, request.input)
            .map_err(|error| match error {
                HubError::NotFound(id) => Status::not_found(unknown(&id)),
                _ => Status::failed_precondition(
                    "The orchestration instance with the provided instance id is not running.",
                ),
            })?;
        Ok(Response::new(RaiseEventResponse {}))
    }

    async fn terminate_instance(
        &self,
        request: Request<TerminateRequest>,
    ) -> Answer<TerminateResponse> {
        let request = request.into_inner();
        let ended = self.hub.terminate(&request.instance_id, request.output);
        ended.map_err(|error| cannot("terminate", &error))?;
        Ok(Response::new(TerminateResponse {}))
    }

    async fn suspend_instance(&self, request: Request<SuspendRequest>) -> Answer<SuspendResponse> {
        let request = request.into_inner();
        let suspended = self.hub.suspend(&request.instance_id, request.reason);
        suspended.map_err(|error| cannot("suspend", &error))?;
        Ok(Response::new(SuspendResponse {}))
    }

    async fn resume_instance(&self, request: Request<ResumeRequest>) -> Answer<ResumeResponse> {
        let request = request.into_inner();
        let resumed = self.hub.resume(&request.instance_id, request.reason);
        resumed.map_err(|error| cannot("resume", &error))?;
        Ok(Response::new(ResumeResponse {}))
    }

    async fn rewind_instance(
        &self,
        request: Request<RewindInstanceRequest>,
    ) -> Answer<RewindInstanceResponse> {
        let request = request.into_inner();
        self.hub
            .rewind(&request.instance_id, request.reason)
            .map_err(|error| match error {
                HubError::NotFound(id) => Status::not_found(unknown(&id)),
                _ => Status::failed_precondition(
                    "The rewind operation is only supported on failed orchestration instances.",
                ),
            })?;
        Ok(Response::new(RewindInstanceResponse {}))
    }

    async fn restart_instance(
        &self,
        request: Request<RestartInstanceRequest>,
    ) -> Answer<RestartInstanceResponse> {
        let request = request.into_inner();
        let with_new_id = request.restart_with_new_instance_id;
        let instance_id = self
            .hub
            .restart(&request.instance_id, with_new_id)
            .map_err(|error| match error {
                HubError::Exists { status, .. } => Status::failed_precondition(format!(
                    "Non-terminal instance with this instance ID already exists: An Orchestration instance with the status {} already exists.",
                    status_name(status)
                )),
                other => cannot("restart", &other),
            })?;
        Ok(Response::new(RestartInstanceResponse { instance_id }))
    }

    async fn query_instances(
        &self,
        request: Request<QueryInstancesRequest>,
    ) -> Answer<QueryInstancesResponse> {
        let query = request.into_inner().query.unwrap_or_default();
        let statuses = query.runtime_status.iter();
        let filter = Filter {
            statuses: statuses
                .filter_map(|status| State::try_from(*status).ok())
                .collect(),
            created_from: query.created_time_from.as_ref().and_then(moment),
            created_to: query.created_time_to.as_ref().and_then(moment),
            prefix: query.instance_id_prefix.unwrap_or_default(),
        };
        let after = query.continuation_token.as_deref().and_then(id_of);
        let limit = limit(query.max_instance_count);
        let page = self.hub.query(&filter, after.as_deref(), limit);
        let states = page.items.into_iter().map(|state| {
            let state = shown(state, query.fetch_inputs_and_outputs);
            OrchestrationState {
                tags: [].into(),
                ..state
            }
        });
        Ok(Response::new(QueryInstancesResponse {
            orchestration_state: states.collect(),
            continuation_token: page.next.as_deref().map(token_of),
        }))
    }

    async fn purge_instances(
        &self,
        request: Request<PurgeInstancesRequest>,
    ) -> Answer<PurgeInstancesResponse> {
        let count = match request.into_inner().request {
            Some(Purge::InstanceId(id)) => match self.hub.purge(&id) {
                Ok(()) => 1,
                Err(HubError::NotFound(_)) => 0,
                Err(error) => return Err(Status::failed_precondition(not_over(&error))),
            },
            Some(Purge::PurgeInstanceFilter(filter)) => {
                let statuses = filter.runtime_status.iter();
                let filter = Filter {
                    statuses: statuses
                        .filter_map(|status| State::try_from(*status).ok())
                        .collect(),
                    created_from: filter.created_time_from.as_ref().and_then(moment),
                    created_to: filter.created_time_to.as_ref().and_then(moment),
                    prefix: String::new(),
                };
                self.hub.purge_all(&filter)
            }
            other => {
                let kind = if other.is_none() {
                    "None"
                } else {
                    "InstanceBatch"
                };
                return Err(Status::invalid_argument(format!(
                    "Unknown purge request type '{kind}'."
                )));
            }
        };
        Ok(Response::new(PurgeInstancesResponse {
            deleted_instance_count: i32::try_from(count).unwrap_or(i32::MAX),
            is_complete: None,
        }))
    }

    type StreamInstanceHistoryStream = Chunks;

    async fn stream_instance_history(
        &self,
        request: Request<StreamInstanceHistoryRequest>,
    ) -> Answer<Chunks> {
        let request = request.into_inner();
        let events = self.hub.history(&request.instance_id).unwrap_or_default();
        let chunks: Vec<_> = events
            .chunks(CHUNK)
            .map(|events| {
                Ok(HistoryChunk {
                    events: events.to_vec(),
                })
            })
            .collect();
        Ok(Response::new(stream::iter(chunks).boxed()))
    }

    async fn signal_entity(
        &self,
        request: Request<SignalEntityRequest>,
    ) -> Answer<SignalEntityResponse> {
        let request = request.into_inner();
        // The real host fails on both without a reason.
        let thrown = || Status::unknown("Exception was thrown by handler.");
        split_id(&request.instance_id).ok_or_else(thrown)?;
        let id: Uuid = request.request_id.parse().map_err(|_| thrown())?;
        let at = request.scheduled_time.as_ref().and_then(moment);
        self.hub
            .signal(&request.instance_id, request.name, request.input, id, at);
        Ok(Response::new(SignalEntityResponse {}))
    }

    async fn get_entity(&self, request: Request<GetEntityRequest>) -> Answer<GetEntityResponse> {
        let request = request.into_inner();
        let entity = self.hub.entity(&request.instance_id, request.include_state);
        Ok(Response::new(GetEntityResponse {
            exists: entity.is_some(),
            entity,
        }))
    }

    async fn query_entities(
        &self,
        request: Request<QueryEntitiesRequest>,
    ) -> Answer<QueryEntitiesResponse> {
        let query = request.into_inner().query.unwrap_or_default();
        let filter = EntityFilter {
            prefix: query.instance_id_starts_with.unwrap_or_default(),
            modified_from: query.last_modified_from.as_ref().and_then(moment),
            modified_to: query.last_modified_to.as_ref().and_then(moment),
            include_state: query.include_state,
            include_transient: query.include_transient,
        };
        let after = query.continuation_token.as_deref().and_then(id_of);
        let limit = limit(query.page_size.unwrap_or_default());
        let page = self.hub.query_entities(&filter, after.as_deref(), limit);
        Ok(Response::new(QueryEntitiesResponse {
            entities: page.items,
            continuation_token: page.next.as_deref().map(token_of),
        }))
    }

    async fn clean_entity_storage(
        &self,
        request: Request<CleanEntityStorageRequest>,
    ) -> Answer<CleanEntityStorageResponse> {
        Ok(Response::new(self.hub.clean(&request.into_inner())))
    }
}

fn limit(wanted: i32) -> usize {
    let wanted = usize::try_from(wanted).ok();
    wanted.filter(|wanted| *wanted > 0).unwrap_or(PAGE)
}

fn found(state: Option<OrchestrationState>, with_values: bool) -> Response<GetInstanceResponse> {
    let state = state.map(|state| OrchestrationState {
        version: None,
        ..shown(state, with_values)
    });
    Response::new(GetInstanceResponse {
        exists: state.is_some(),
        orchestration_state: state,
    })
}

/// What the real host tells of an instance: its values only if they are asked for, and no ids of executions.
fn shown(mut state: OrchestrationState, with_values: bool) -> OrchestrationState {
    state.execution_id = None;
    state.parent_instance_id = None;
    if !with_values {
        state.input = None;
        state.output = None;
        state.custom_status = None;
    }
    state
}

fn unknown(id: &str) -> String {
    format!("No instance with ID '{id}' was found. (Parameter 'instanceId')")
}

fn cannot(verb: &str, error: &HubError) -> Status {
    match error {
        HubError::NotFound(id) => Status::not_found(format!("ArgumentException: {}", unknown(id))),
        HubError::Exists { id, status } | HubError::Wrong { id, status } => {
            Status::failed_precondition(format!(
                "InvalidOperationException: Cannot {verb} the orchestration instance {id} because instance is in the {} state.",
                status_name(*status)
            ))
        }
    }
}

/// Why an instance cannot be purged.
fn not_over(error: &HubError) -> String {
    match error {
        HubError::Exists { id, status } | HubError::Wrong { id, status } => format!(
            "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID {id} has status {}",
            status_name(*status)
        ),
        HubError::NotFound(id) => unknown(id),
    }
}
