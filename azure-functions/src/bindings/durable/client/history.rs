//! What happened to an instance, as the task hub has it.

use azure_functions_durable::recorded::RecordedHistory;
use azure_functions_shared::durable::StreamInstanceHistoryRequest;

use super::{DurableClientError, DurableOrchestrationClient};

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
