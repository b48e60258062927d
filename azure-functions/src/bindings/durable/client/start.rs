//! Starting an instance.

use std::{collections::HashMap, future::IntoFuture, time::Duration};

use azure_functions_durable::protocol::CreateInstanceRequest;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use uuid::Uuid;

use super::{DurableClientError, DurableOrchestrationClient, status::into_wire};
use crate::Timestamp;

/// The start of an instance; awaiting it starts it, and gives its id.
///
/// Without [`id`](Self::id) the instance gets a new one.
#[derive(Clone, Debug)]
#[must_use = "nothing starts unless it is awaited"]
pub struct Start<'a> {
    client: &'a DurableOrchestrationClient,
    message: Result<CreateInstanceRequest, DurableClientError>,
    at: Option<Timestamp>,
}

impl<'a> Start<'a> {
    pub(super) fn new(
        client: &'a DurableOrchestrationClient,
        name: Result<&str, DurableClientError>,
        input: Result<Option<String>, DurableClientError>,
    ) -> Self {
        let message = name.and_then(|name| {
            Ok(CreateInstanceRequest {
                name: name.to_owned(),
                input: input?,
                ..CreateInstanceRequest::default()
            })
        });
        Self {
            client,
            message,
            at: None,
        }
    }

    /// Gives the instance this id. It fails if there is a running one with it; one that has ended is replaced.
    pub fn id(self, id: impl Into<String>) -> Self {
        self.with(|message| message.instance_id = id.into())
    }

    /// Has it begin at this time.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.at = Some(time);
        self
    }

    /// Has it begin after this long.
    pub fn after(self, delay: Duration) -> Self {
        let time = SignedDuration::try_from(delay)
            .ok()
            .and_then(|delay| Timestamp::now().checked_add(delay).ok());
        self.at(time.unwrap_or(Timestamp::MAX))
    }

    /// Marks it with a tag.
    pub fn tag(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|message| {
            message.tags.insert(name.into(), value.into());
        })
    }

    /// Marks it with tags.
    pub fn tags(self, tags: HashMap<String, String>) -> Self {
        self.with(|message| message.tags.extend(tags))
    }

    /// Says for which version of the orchestrator it is. An app whose `host.json` has no `defaultVersion` never begins such an
    /// instance.
    pub fn version(self, version: impl Into<String>) -> Self {
        self.with(|message| message.version = Some(version.into()))
    }

    fn with(mut self, change: impl FnOnce(&mut CreateInstanceRequest)) -> Self {
        if let Ok(message) = &mut self.message {
            change(message);
        }
        self
    }

    async fn send(self) -> Result<String, DurableClientError> {
        let mut message = self.message?;
        if message.instance_id.is_empty() {
            message.instance_id = Uuid::new_v4().simple().to_string();
        }
        message.scheduled_start_timestamp = self.at.map(into_wire);
        message.request_time = Some(into_wire(Timestamp::now()));
        let id = message.instance_id.clone();
        let client = self.client;
        let answer = client.hub.start_instance(message, client.patience).await?;
        Ok(if answer.instance_id.is_empty() {
            id
        } else {
            answer.instance_id
        })
    }
}

impl<'a> IntoFuture for Start<'a> {
    type Output = Result<String, DurableClientError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
