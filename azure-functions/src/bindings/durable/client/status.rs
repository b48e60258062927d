//! What the task hub knows of an instance or an entity.

use std::{collections::HashMap, fmt};

use azure_functions_durable::{
    EntityId,
    protocol::{EntityMetadata, OrchestrationState, OrchestrationStatus},
};
use serde::de::DeserializeOwned;

use super::DurableClientError;
use crate::{Data, Timestamp, bindings::durable::message};

/// How far an instance has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RuntimeStatus {
    /// It has not begun.
    #[default]
    Pending,
    /// It runs, or waits.
    Running,
    /// It was told to stop for a while.
    Suspended,
    /// It has an output.
    Completed,
    /// It has failed.
    Failed,
    /// It was terminated.
    Terminated,
    /// It was cancelled.
    Canceled,
    /// It begins anew.
    ContinuedAsNew,
}

impl RuntimeStatus {
    /// Whether it has come to its end.
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed | Self::Terminated | Self::Canceled
        )
    }

    pub(super) const fn from_wire(status: OrchestrationStatus) -> Self {
        match status {
            OrchestrationStatus::Running => Self::Running,
            OrchestrationStatus::Completed => Self::Completed,
            OrchestrationStatus::ContinuedAsNew => Self::ContinuedAsNew,
            OrchestrationStatus::Failed => Self::Failed,
            OrchestrationStatus::Canceled => Self::Canceled,
            OrchestrationStatus::Terminated => Self::Terminated,
            OrchestrationStatus::Pending => Self::Pending,
            OrchestrationStatus::Suspended => Self::Suspended,
        }
    }

    pub(super) const fn into_wire(self) -> OrchestrationStatus {
        match self {
            Self::Running => OrchestrationStatus::Running,
            Self::Completed => OrchestrationStatus::Completed,
            Self::ContinuedAsNew => OrchestrationStatus::ContinuedAsNew,
            Self::Failed => OrchestrationStatus::Failed,
            Self::Canceled => OrchestrationStatus::Canceled,
            Self::Terminated => OrchestrationStatus::Terminated,
            Self::Pending => OrchestrationStatus::Pending,
            Self::Suspended => OrchestrationStatus::Suspended,
        }
    }
}

impl fmt::Display for RuntimeStatus {
    /// Its name, as the host writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What is known of an instance.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct InstanceStatus {
    /// The id of the instance.
    pub instance_id: String,
    /// The name of its orchestrator.
    pub name: String,
    /// How far it has come.
    pub runtime_status: RuntimeStatus,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When something last happened to it.
    pub last_updated: Option<Timestamp>,
    /// What it was started with, as JSON.
    pub input_json: Option<String>,
    /// What it gave, as JSON; of one that has failed, the type and the text of the error.
    pub output_json: Option<String>,
    /// What the orchestrator says of it, as JSON.
    pub custom_status_json: Option<String>,
    /// The tags that it was started with.
    pub tags: HashMap<String, String>,
}

impl InstanceStatus {
    /// What it was started with.
    ///
    /// # Errors
    ///
    /// When it is not of the type.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, DurableClientError> {
        self.read("input", self.input_json.as_deref())
    }

    /// What it gave.
    ///
    /// # Errors
    ///
    /// When it has not completed, or the output is not of the type.
    pub fn output<T: DeserializeOwned>(&self) -> Result<T, DurableClientError> {
        if self.runtime_status == RuntimeStatus::Completed {
            return self.read("output", self.output_json.as_deref());
        }
        let id = &self.instance_id;
        let status = self.runtime_status;
        let why = self.failure().unwrap_or_default();
        let why = if why.is_empty() {
            String::new()
        } else {
            format!(": {why}")
        };
        Err(DurableClientError::WrongState(format!(
            "instance `{id}` has no output, because its status is `{status}`{why}"
        )))
    }

    /// What the orchestrator says of it.
    ///
    /// # Errors
    ///
    /// When it is not of the type.
    pub fn custom_status<T: DeserializeOwned>(&self) -> Result<T, DurableClientError> {
        self.read("custom status", self.custom_status_json.as_deref())
    }

    /// Why it failed, if it did: the type of the error and its text.
    pub fn failure(&self) -> Option<&str> {
        if self.runtime_status == RuntimeStatus::Failed {
            self.output_json.as_deref()
        } else {
            None
        }
    }

    fn read<T: DeserializeOwned>(
        &self,
        what: &str,
        json: Option<&str>,
    ) -> Result<T, DurableClientError> {
        read(json).map_err(|reason| {
            DurableClientError::Json(format!(
                "the {what} of instance `{}`: {reason}",
                self.instance_id
            ))
        })
    }

    pub(super) fn from_wire(state: OrchestrationState) -> Self {
        let status = state.orchestration_status();
        // The extension says why an instance failed in its output; should it one day do so in the place for it, that counts.
        let failure = state
            .failure_details
            .map(|details| format!("{}: {}", details.error_type, details.error_message));
        Self {
            instance_id: state.instance_id,
            name: state.name,
            runtime_status: RuntimeStatus::from_wire(status),
            created: state.created_timestamp.as_ref().and_then(time),
            last_updated: state.last_updated_timestamp.as_ref().and_then(time),
            input_json: state.input,
            output_json: state.output.or(failure),
            custom_status_json: state.custom_status,
            tags: state.tags,
        }
    }
}

/// What is known of an entity, and its state.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EntityState<S> {
    /// Which entity.
    pub id: EntityId,
    /// The state; `None` if it was deleted, or the host does not say.
    pub state: Option<S>,
    /// When it last changed.
    pub last_modified: Option<Timestamp>,
    /// How many operations wait for it.
    pub backlog: u32,
    /// The instance that has locked it.
    pub locked_by: Option<String>,
}

impl<S: DeserializeOwned> EntityState<S> {
    pub(super) fn from_wire(
        id: &EntityId,
        entity: EntityMetadata,
    ) -> Result<Self, DurableClientError> {
        let state = read(entity.serialized_state.as_deref()).map_err(|reason| {
            DurableClientError::Json(format!("the state of entity `{id}`: {reason}"))
        })?;
        Ok(Self {
            id: id.clone(),
            state,
            last_modified: entity.last_modified_time.as_ref().and_then(time),
            backlog: entity.backlog_queue_size.try_into().unwrap_or_default(),
            locked_by: entity.locked_by.filter(|by| !by.is_empty()),
        })
    }
}

pub(super) fn read<T: DeserializeOwned>(json: Option<&str>) -> Result<T, String> {
    let data = json.map_or_else(Data::none, Data::json);
    message::read(&data).map_err(|error| error.to_string())
}

pub(super) fn time(time: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(time.seconds, time.nanos).ok()
}

pub(super) fn into_wire(time: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: time.as_second(),
        nanos: time.subsec_nanosecond(),
    }
}
