//! What the journal keeps of an instance, an entity, a call and a timer, as messages of protobuf.

use azure_functions_shared::durable::{HistoryEvent, OrchestrationState, ParentInstanceInfo};
use jiff::Timestamp;

use super::{
    entity::{Entity, Operation},
    instance::Instance,
    state::{Due, Task},
    time::{moment, wire},
};

/// An instance, without its history.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct InstanceRecord {
    #[prost(message, optional, tag = "1")]
    state: Option<OrchestrationState>,
    #[prost(message, optional, tag = "2")]
    parent: Option<ParentInstanceInfo>,
    #[prost(message, repeated, tag = "3")]
    inbox: Vec<HistoryEvent>,
    #[prost(bool, tag = "4")]
    continued: bool,
}

impl From<&Instance> for InstanceRecord {
    fn from(instance: &Instance) -> Self {
        Self {
            state: Some(instance.state.clone()),
            parent: instance.parent.clone(),
            inbox: instance.inbox.clone(),
            continued: instance.continued,
        }
    }
}

impl InstanceRecord {
    pub(super) fn into_instance(self, history: Vec<HistoryEvent>) -> Instance {
        Instance {
            state: self.state.unwrap_or_default(),
            parent: self.parent,
            stored: history.len(),
            history,
            inbox: self.inbox,
            continued: self.continued,
            ..Instance::default()
        }
    }
}

/// An entity; what runs is in its queue.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct EntityRecord {
    #[prost(string, optional, tag = "1")]
    state: Option<String>,
    #[prost(string, optional, tag = "2")]
    locked_by: Option<String>,
    /// Each in JSON.
    #[prost(string, repeated, tag = "3")]
    queue: Vec<String>,
    #[prost(message, optional, tag = "4")]
    modified: Option<prost_types::Timestamp>,
}

impl From<&Entity> for EntityRecord {
    fn from(entity: &Entity) -> Self {
        let queue = entity.running.iter().chain(&entity.queue);
        Self {
            state: entity.state.clone(),
            locked_by: entity.locked_by.clone(),
            queue: queue.map(Operation::to_json).collect(),
            modified: entity.modified.map(wire),
        }
    }
}

impl From<EntityRecord> for Entity {
    fn from(record: EntityRecord) -> Self {
        let queue = record.queue.iter();
        Self {
            state: record.state,
            locked_by: record.locked_by,
            queue: queue
                .filter_map(|operation| serde_json::from_str(operation).ok())
                .collect(),
            modified: record.modified.as_ref().and_then(moment),
            ..Self::default()
        }
    }
}

/// A call of an activity.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TaskRecord {
    #[prost(string, tag = "1")]
    instance_id: String,
    #[prost(string, tag = "2")]
    execution_id: String,
    #[prost(int32, tag = "3")]
    event_id: i32,
    #[prost(string, tag = "4")]
    name: String,
    #[prost(string, optional, tag = "5")]
    input: Option<String>,
}

impl From<&Task> for TaskRecord {
    fn from(task: &Task) -> Self {
        let task = task.clone();
        Self {
            instance_id: task.instance_id,
            execution_id: task.execution_id,
            event_id: task.event_id,
            name: task.name,
            input: task.input,
        }
    }
}

impl From<TaskRecord> for Task {
    fn from(record: TaskRecord) -> Self {
        Self {
            instance_id: record.instance_id,
            execution_id: record.execution_id,
            event_id: record.event_id,
            name: record.name,
            input: record.input,
        }
    }
}

/// What happens at some moment: an event for an instance, or an operation of an entity.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TimerRecord {
    #[prost(message, optional, tag = "1")]
    at: Option<prost_types::Timestamp>,
    #[prost(string, tag = "2")]
    instance_id: String,
    #[prost(string, tag = "3")]
    execution_id: String,
    #[prost(message, optional, tag = "4")]
    event: Option<HistoryEvent>,
    #[prost(string, tag = "5")]
    operation: String,
}

impl TimerRecord {
    /// `None` for what the journal does not keep.
    pub(super) fn new(at: Timestamp, due: &Due) -> Option<Self> {
        let record = match due {
            Due::Event {
                instance_id,
                execution_id,
                event,
            } => Self {
                instance_id: instance_id.clone(),
                execution_id: execution_id.clone(),
                event: Some((**event).clone()),
                ..Self::default()
            },
            Due::Operation { entity, operation } => Self {
                instance_id: entity.clone(),
                operation: operation.to_json(),
                ..Self::default()
            },
            Due::Turn(_) | Due::Batch(_) => return None,
        };
        Some(Self {
            at: Some(wire(at)),
            ..record
        })
    }

    pub(super) fn into_due(self) -> Option<(Timestamp, Due)> {
        let at = moment(self.at.as_ref()?)?;
        let due = match self.event {
            Some(event) => Due::Event {
                instance_id: self.instance_id,
                execution_id: self.execution_id,
                event: Box::new(event),
            },
            None => Due::Operation {
                entity: self.instance_id,
                operation: Box::new(serde_json::from_str(&self.operation).ok()?),
            },
        };
        Some((at, due))
    }
}
