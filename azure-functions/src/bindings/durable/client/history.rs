//! What happened to an instance, as the task hub has it.

use azure_functions_durable::recorded::RecordedHistory;
use azure_functions_shared::durable::{
    ExecutionCompletedEvent, ExecutionStartedEvent, GetInstanceRequest, HistoryEvent,
    OrchestrationInstance, StreamInstanceHistoryRequest, history_event::EventType,
};

use super::{DurableClientError, DurableOrchestrationClient, RuntimeStatus, TestHub};

impl DurableOrchestrationClient {
    /// What has happened to an instance; `None` if there is none.
    ///
    /// Its text is the file that [`assert_replays`](crate::bindings::durable::assert_replays) reads. `cargo func durable history` gets
    /// that from an app that runs under `cargo func run`; the management API of the real host leaves ids and the clock out, so that a deployed
    /// app needs a function like this one to give away whole histories. They hold inputs and results: let nobody call it without a key.
    ///
    /// ```
    /// use azure_functions::{
    ///     BoxError,
    ///     bindings::{DurableOrchestrationClient, HttpRequest, HttpResponse},
    ///     func,
    /// };
    ///
    /// #[func]
    /// #[binding(name = "req", route = "histories/{id}", methods = ["get"], auth_level = "admin")]
    /// async fn history(req: HttpRequest, client: DurableOrchestrationClient) -> Result<HttpResponse, BoxError> {
    ///     let id = req.route_param("id").unwrap_or_default();
    ///     Ok(match client.history(id).await? {
    ///         Some(history) => history.to_string().into(),
    ///         None => HttpResponse::builder().status(404).finish(),
    ///     })
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// When the task hub does not answer.
    pub async fn history(
        &self,
        instance_id: &str,
    ) -> Result<Option<RecordedHistory>, DurableClientError> {
        let message = StreamInstanceHistoryRequest {
            instance_id: instance_id.to_owned(),
            ..StreamInstanceHistoryRequest::default()
        };
        let events = self.hub.history(message, self.patience).await?;
        Ok(Some(events)
            .filter(|events| !events.is_empty())
            .map(|events| RecordedHistory::new(instance_id, events)))
    }
}

impl TestHub {
    /// The events of an instance: no more than its beginning and its end, for nothing runs here.
    pub(crate) fn history(
        &self,
        instance_id: &str,
    ) -> Result<Vec<HistoryEvent>, DurableClientError> {
        let message = GetInstanceRequest {
            instance_id: instance_id.to_owned(),
            get_inputs_and_outputs: true,
        };
        let Some(state) = self.get_instance(message)?.orchestration_state else {
            return Ok(Vec::new());
        };
        let over = RuntimeStatus::from_wire(state.orchestration_status()).is_over();
        let event = |timestamp, event_type| HistoryEvent {
            event_id: -1,
            timestamp,
            event_type: Some(event_type),
        };
        let ended = EventType::ExecutionCompleted(ExecutionCompletedEvent {
            orchestration_status: state.orchestration_status,
            result: state.output,
            failure_details: None,
        });
        let ended = event(state.last_updated_timestamp, ended);
        let begun = EventType::ExecutionStarted(ExecutionStartedEvent {
            name: state.name,
            version: state.version,
            input: state.input,
            orchestration_instance: Some(OrchestrationInstance {
                instance_id: state.instance_id,
                execution_id: None,
            }),
            tags: state.tags,
            ..ExecutionStartedEvent::default()
        });
        let begun = event(state.created_timestamp, begun);
        Ok([Some(begun), over.then_some(ended)]
            .into_iter()
            .flatten()
            .collect())
    }
}
