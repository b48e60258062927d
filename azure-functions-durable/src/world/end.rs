//! What became of an instance in a [`World`](crate::World).

use std::{collections::BTreeMap, time::Duration};

use azure_functions_shared::durable::HistoryEvent;
use serde::de::DeserializeOwned;

use crate::{Entity, EntityId, FailureDetails, TaskError, json};

/// How far an instance has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// It waits for something that does not happen in this world.
    #[default]
    Running,
    /// It has an output.
    Completed,
    /// It has failed.
    Failed,
    /// It was terminated.
    Terminated,
}

/// What became of an instance in a [`World`](crate::World).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct End {
    pub(crate) status: Status,
    pub(crate) output: Option<String>,
    pub(crate) failure: Option<FailureDetails>,
    pub(crate) custom_status: Option<String>,
    pub(crate) elapsed: Duration,
    pub(crate) history: Vec<HistoryEvent>,
    pub(crate) entities: BTreeMap<EntityId, String>,
}

impl End {
    /// How far it has come.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The output.
    ///
    /// # Errors
    ///
    /// When there is none because the instance has not completed, or it is not of the type.
    pub fn output<T: DeserializeOwned>(&self) -> Result<T, TaskError> {
        let task = "the instance".to_owned();
        match (&self.failure, self.status) {
            (Some(details), _) => Err(TaskError::Failed {
                task,
                details: details.clone(),
            }),
            (None, Status::Running) => Err(TaskError::Misuse {
                task,
                reason: "it still waits for something that does not happen in this world"
                    .to_owned(),
            }),
            (None, _) => json::read(self.output.as_deref())
                .map_err(|reason| TaskError::Output { task, reason }),
        }
    }

    /// Why it failed.
    pub fn failure(&self) -> Option<&FailureDetails> {
        self.failure.as_ref()
    }

    /// The custom status, if one was set and is of the type.
    pub fn custom_status<T: DeserializeOwned>(&self) -> Option<T> {
        json::read(Some(self.custom_status.as_deref()?)).ok()
    }

    /// How long it took in virtual time.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The state of an entity at the end; `None` if it does not exist, or its state is not of the type.
    pub fn entity<E: Entity>(&self, key: &str) -> Option<E> {
        let state = self.entities.get(&EntityId::new(E::NAME, key))?;
        json::read(Some(state)).ok()
    }

    /// What happened in its last execution.
    pub fn history(&self) -> &[HistoryEvent] {
        &self.history
    }
}
