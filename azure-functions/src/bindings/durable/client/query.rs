//! Asking for many instances, and removing many.

use azure_functions_durable::protocol::{
    InstanceQuery as Message, PurgeInstanceFilter, QueryInstancesResponse,
};

use super::{InstanceStatus, RuntimeStatus, status::into_wire};
use crate::Timestamp;

/// Which instances: all, unless something is said.
///
/// ```
/// use azure_functions::bindings::durable::{InstanceQuery, RuntimeStatus};
///
/// let query = InstanceQuery::new().status(RuntimeStatus::Failed).id_prefix("order-").page_size(100);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InstanceQuery(Message);

impl InstanceQuery {
    /// All instances, a hundred at a time.
    pub fn new() -> Self {
        Self(Message {
            max_instance_count: 100,
            ..Message::default()
        })
    }

    /// Those with this status, or another that was given.
    pub fn status(mut self, status: RuntimeStatus) -> Self {
        self.0.runtime_status.push(status.into_wire().into());
        self
    }

    /// Those that were made at this time or later.
    pub fn created_from(mut self, time: Timestamp) -> Self {
        self.0.created_time_from = Some(into_wire(time));
        self
    }

    /// Those that were made at this time or earlier.
    pub fn created_to(mut self, time: Timestamp) -> Self {
        self.0.created_time_to = Some(into_wire(time));
        self
    }

    /// Those whose ids begin with this.
    pub fn id_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.0.instance_id_prefix = Some(prefix.into());
        self
    }

    /// How many at a time.
    pub fn page_size(mut self, size: u16) -> Self {
        self.0.max_instance_count = size.into();
        self
    }

    /// With their inputs and outputs, which can be large.
    pub fn with_values(mut self) -> Self {
        self.0.fetch_inputs_and_outputs = true;
        self
    }

    /// Those after a [page](InstancePage::next).
    pub fn after(mut self, page: &str) -> Self {
        self.0.continuation_token = Some(page.to_owned());
        self
    }

    pub(super) fn into_wire(self) -> Message {
        self.0
    }

    /// The same as a choice of what to remove.
    pub(super) fn into_filter(self) -> PurgeInstanceFilter {
        PurgeInstanceFilter {
            // The extension removes nothing without it.
            created_time_from: Some(self.0.created_time_from.unwrap_or_default()),
            created_time_to: self.0.created_time_to,
            runtime_status: self.0.runtime_status,
            timeout: None,
        }
    }

    /// Whether it says something that a removal cannot heed.
    pub(super) fn is_more_than_filter(&self) -> bool {
        self.0.instance_id_prefix.is_some() || self.0.continuation_token.is_some()
    }
}

/// Some of the instances that were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct InstancePage {
    /// The instances.
    pub instances: Vec<InstanceStatus>,
    /// What leads to the next ones; `None` if these are the last.
    pub next: Option<String>,
}

impl InstancePage {
    pub(super) fn from_wire(answer: QueryInstancesResponse) -> Self {
        Self {
            instances: answer
                .orchestration_state
                .into_iter()
                .map(InstanceStatus::from_wire)
                .collect(),
            next: answer.continuation_token.filter(|next| !next.is_empty()),
        }
    }
}
