//! One event in the file of a history.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::failure::Failure;
use crate::durable::{
    ContinueAsNewEvent, EventRaisedEvent, EventSentEvent, ExecutionCompletedEvent,
    ExecutionResumedEvent, ExecutionStartedEvent, ExecutionSuspendedEvent,
    ExecutionTerminatedEvent, GenericEvent, HistoryEvent, OrchestrationInstance,
    OrchestrationStatus, OrchestratorCompletedEvent, OrchestratorStartedEvent, ParentInstanceInfo,
    SubOrchestrationInstanceCompletedEvent, SubOrchestrationInstanceCreatedEvent,
    SubOrchestrationInstanceFailedEvent, TaskCompletedEvent, TaskFailedEvent, TaskScheduledEvent,
    TimerCreatedEvent, TimerFiredEvent, history_event::EventType,
};

/// The id of an event that nothing refers to.
const NO_ID: i32 = -1;

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    ExecutionStarted,
    ExecutionCompleted,
    ExecutionTerminated,
    TaskScheduled,
    TaskCompleted,
    TaskFailed,
    SubOrchestrationInstanceCreated,
    SubOrchestrationInstanceCompleted,
    SubOrchestrationInstanceFailed,
    TimerCreated,
    TimerFired,
    OrchestratorStarted,
    OrchestratorCompleted,
    EventSent,
    EventRaised,
    GenericEvent,
    ContinueAsNew,
    ExecutionSuspended,
    ExecutionResumed,
    /// It says nothing to an orchestrator.
    Other,
}

/// One event: which members it has depends on its kind.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    event: Kind,
    /// By which what ends it refers to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<i32>,
    /// The id of what it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instance_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    execution_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<Parent>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fire_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// An input or a result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Box<RawValue>>,
    /// The same, if its text is not JSON, or would not be read as the same text again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parent {
    of: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    instance_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    execution_id: Option<String>,
}

impl Entry {
    fn new(kind: Kind, id: i32) -> Self {
        Self {
            time: None,
            event: kind,
            id: (id != NO_ID).then_some(id),
            of: None,
            name: None,
            instance_id: None,
            execution_id: None,
            version: None,
            parent: None,
            tags: BTreeMap::new(),
            fire_at: None,
            status: None,
            value: None,
            text: None,
            failure: None,
        }
    }

    fn of_id(self, id: i32) -> Self {
        Self {
            of: Some(id),
            ..self
        }
    }

    fn named(self, name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..self
        }
    }

    fn at(self, time: Option<&prost_types::Timestamp>) -> Self {
        Self {
            fire_at: time.map(ToString::to_string),
            ..self
        }
    }

    /// With an input or a result.
    fn with(self, text: Option<&String>) -> Self {
        let value = text.filter(|text| *text != "null" && !text.contains('\n'));
        let value = value.and_then(|text| RawValue::from_string(text.clone()).ok());
        let text = text.filter(|_| value.is_none()).cloned();
        Self {
            value,
            text,
            ..self
        }
    }

    /// An event as an entry.
    pub(super) fn of(event: &HistoryEvent) -> Self {
        let id = event.event_id;
        let new = |kind| Self::new(kind, id);
        let entry = match &event.event_type {
            Some(EventType::ExecutionStarted(started)) => Self::started(started, id),
            Some(EventType::ExecutionCompleted(completed)) => {
                let status = completed.orchestration_status();
                Self {
                    status: Some(name_of(status).to_owned()),
                    failure: completed.failure_details.as_ref().map(Failure::from),
                    ..new(Kind::ExecutionCompleted).with(completed.result.as_ref())
                }
            }
            Some(EventType::ExecutionTerminated(ended)) => {
                new(Kind::ExecutionTerminated).with(ended.input.as_ref())
            }
            Some(EventType::TaskScheduled(task)) => Self {
                version: task.version.clone(),
                ..new(Kind::TaskScheduled)
                    .named(&task.name)
                    .with(task.input.as_ref())
            },
            Some(EventType::TaskCompleted(task)) => new(Kind::TaskCompleted)
                .of_id(task.task_scheduled_id)
                .with(task.result.as_ref()),
            Some(EventType::TaskFailed(task)) => Self {
                failure: task.failure_details.as_ref().map(Failure::from),
                ..new(Kind::TaskFailed).of_id(task.task_scheduled_id)
            },
            Some(EventType::SubOrchestrationInstanceCreated(part)) => Self {
                version: part.version.clone(),
                instance_id: Some(part.instance_id.clone()),
                ..new(Kind::SubOrchestrationInstanceCreated)
                    .named(&part.name)
                    .with(part.input.as_ref())
            },
            Some(EventType::SubOrchestrationInstanceCompleted(part)) => {
                new(Kind::SubOrchestrationInstanceCompleted)
                    .of_id(part.task_scheduled_id)
                    .with(part.result.as_ref())
            }
            Some(EventType::SubOrchestrationInstanceFailed(part)) => Self {
                failure: part.failure_details.as_ref().map(Failure::from),
                ..new(Kind::SubOrchestrationInstanceFailed).of_id(part.task_scheduled_id)
            },
            Some(EventType::TimerCreated(timer)) => {
                new(Kind::TimerCreated).at(timer.fire_at.as_ref())
            }
            Some(EventType::TimerFired(timer)) => new(Kind::TimerFired)
                .of_id(timer.timer_id)
                .at(timer.fire_at.as_ref()),
            Some(EventType::OrchestratorStarted(_)) => new(Kind::OrchestratorStarted),
            Some(EventType::OrchestratorCompleted(_)) => new(Kind::OrchestratorCompleted),
            Some(EventType::EventSent(sent)) => Self {
                instance_id: Some(sent.instance_id.clone()),
                ..new(Kind::EventSent)
                    .named(&sent.name)
                    .with(sent.input.as_ref())
            },
            Some(EventType::EventRaised(raised)) => new(Kind::EventRaised)
                .named(&raised.name)
                .with(raised.input.as_ref()),
            Some(EventType::GenericEvent(generic)) => {
                new(Kind::GenericEvent).with(generic.data.as_ref())
            }
            Some(EventType::ContinueAsNew(next)) => {
                new(Kind::ContinueAsNew).with(next.input.as_ref())
            }
            Some(EventType::ExecutionSuspended(suspended)) => {
                new(Kind::ExecutionSuspended).with(suspended.input.as_ref())
            }
            Some(EventType::ExecutionResumed(resumed)) => {
                new(Kind::ExecutionResumed).with(resumed.input.as_ref())
            }
            _ => new(Kind::Other),
        };
        Self {
            time: event.timestamp.as_ref().map(ToString::to_string),
            ..entry
        }
    }

    fn started(started: &ExecutionStartedEvent, id: i32) -> Self {
        let instance = started.orchestration_instance.as_ref();
        let parent = started.parent_instance.as_ref().map(|parent| {
            let instance = parent.orchestration_instance.clone().unwrap_or_default();
            Parent {
                of: parent.task_scheduled_id,
                name: parent.name.clone(),
                instance_id: instance.instance_id,
                execution_id: instance.execution_id,
            }
        });
        let tags = started.tags.iter();
        Self {
            instance_id: instance.map(|instance| instance.instance_id.clone()),
            execution_id: instance.and_then(|instance| instance.execution_id.clone()),
            version: started.version.clone(),
            parent,
            tags: tags
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            ..Self::new(Kind::ExecutionStarted, id)
                .named(&started.name)
                .with(started.input.as_ref())
        }
    }

    /// The event that an entry is.
    ///
    /// # Errors
    ///
    /// When a member is missing or wrong: the text says which.
    pub(super) fn into_event(mut self) -> Result<HistoryEvent, String> {
        let payload = self.text.take();
        let payload = payload.or_else(|| self.value.take().map(|value| value.get().to_owned()));
        let event_type = match self.event {
            Kind::ExecutionStarted => EventType::ExecutionStarted(self.take_started(payload)?),
            Kind::ExecutionCompleted => {
                EventType::ExecutionCompleted(self.take_completed(payload)?)
            }
            Kind::ExecutionTerminated => EventType::ExecutionTerminated(ExecutionTerminatedEvent {
                input: payload,
                recurse: false,
            }),
            Kind::TaskScheduled => EventType::TaskScheduled(TaskScheduledEvent {
                name: self.take_name()?,
                version: self.version.take(),
                input: payload,
                ..TaskScheduledEvent::default()
            }),
            Kind::TaskCompleted => EventType::TaskCompleted(TaskCompletedEvent {
                task_scheduled_id: self.take_of()?,
                result: payload,
            }),
            Kind::TaskFailed => EventType::TaskFailed(TaskFailedEvent {
                task_scheduled_id: self.take_of()?,
                failure_details: self.failure.take().map(Into::into),
            }),
            Kind::SubOrchestrationInstanceCreated => {
                EventType::SubOrchestrationInstanceCreated(SubOrchestrationInstanceCreatedEvent {
                    instance_id: self.take_instance_id()?,
                    name: self.take_name()?,
                    version: self.version.take(),
                    input: payload,
                    ..SubOrchestrationInstanceCreatedEvent::default()
                })
            }
            Kind::SubOrchestrationInstanceCompleted => {
                EventType::SubOrchestrationInstanceCompleted(
                    SubOrchestrationInstanceCompletedEvent {
                        task_scheduled_id: self.take_of()?,
                        result: payload,
                    },
                )
            }
            Kind::SubOrchestrationInstanceFailed => {
                EventType::SubOrchestrationInstanceFailed(SubOrchestrationInstanceFailedEvent {
                    task_scheduled_id: self.take_of()?,
                    failure_details: self.failure.take().map(Into::into),
                })
            }
            Kind::TimerCreated => EventType::TimerCreated(TimerCreatedEvent {
                fire_at: moment("fireAt", self.fire_at.as_deref())?,
            }),
            Kind::TimerFired => EventType::TimerFired(TimerFiredEvent {
                fire_at: moment("fireAt", self.fire_at.as_deref())?,
                timer_id: self.take_of()?,
            }),
            Kind::OrchestratorStarted => {
                EventType::OrchestratorStarted(OrchestratorStartedEvent {})
            }
            Kind::OrchestratorCompleted => {
                EventType::OrchestratorCompleted(OrchestratorCompletedEvent {})
            }
            Kind::EventSent => EventType::EventSent(EventSentEvent {
                instance_id: self.take_instance_id()?,
                name: self.take_name()?,
                input: payload,
            }),
            Kind::EventRaised => EventType::EventRaised(EventRaisedEvent {
                name: self.take_name()?,
                input: payload,
            }),
            Kind::GenericEvent => EventType::GenericEvent(GenericEvent { data: payload }),
            Kind::ContinueAsNew => EventType::ContinueAsNew(ContinueAsNewEvent { input: payload }),
            Kind::ExecutionSuspended => {
                EventType::ExecutionSuspended(ExecutionSuspendedEvent { input: payload })
            }
            Kind::ExecutionResumed => {
                EventType::ExecutionResumed(ExecutionResumedEvent { input: payload })
            }
            Kind::Other => return self.into_wire(None),
        };
        self.into_wire(Some(event_type))
    }

    fn into_wire(self, event_type: Option<EventType>) -> Result<HistoryEvent, String> {
        Ok(HistoryEvent {
            event_id: self.id.unwrap_or(NO_ID),
            timestamp: moment("time", self.time.as_deref())?,
            event_type,
        })
    }

    fn take_started(&mut self, input: Option<String>) -> Result<ExecutionStartedEvent, String> {
        let parent = self.parent.take().map(|parent| ParentInstanceInfo {
            task_scheduled_id: parent.of,
            name: parent.name,
            version: None,
            orchestration_instance: Some(OrchestrationInstance {
                instance_id: parent.instance_id,
                execution_id: parent.execution_id,
            }),
        });
        let execution_id = self.execution_id.take();
        let instance = self.instance_id.take();
        Ok(ExecutionStartedEvent {
            name: self.take_name()?,
            version: self.version.take(),
            input,
            orchestration_instance: instance.map(|instance_id| OrchestrationInstance {
                instance_id,
                execution_id,
            }),
            parent_instance: parent,
            tags: std::mem::take(&mut self.tags).into_iter().collect(),
            ..ExecutionStartedEvent::default()
        })
    }

    fn take_completed(
        &mut self,
        result: Option<String>,
    ) -> Result<ExecutionCompletedEvent, String> {
        let name = self.status.take().ok_or_else(|| missing("status"))?;
        let status = STATUSES.into_iter().find(|status| name_of(*status) == name);
        let status = status.ok_or_else(|| format!("there is no status `{name}`"))?;
        Ok(ExecutionCompletedEvent {
            orchestration_status: status.into(),
            result,
            failure_details: self.failure.take().map(Into::into),
        })
    }

    fn take_name(&mut self) -> Result<String, String> {
        self.name.take().ok_or_else(|| missing("name"))
    }

    fn take_instance_id(&mut self) -> Result<String, String> {
        self.instance_id.take().ok_or_else(|| missing("instanceId"))
    }

    fn take_of(&self) -> Result<i32, String> {
        self.of.ok_or_else(|| missing("of"))
    }

    /// The words by which an error speaks of the event.
    pub(super) fn brief(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = serde_json::to_string(&self.event).map_err(|_| fmt::Error)?;
        f.write_str(kind.trim_matches('"'))?;
        if let Some(id) = self.id {
            write!(f, " {id}")?;
        }
        if let Some(of) = self.of {
            write!(f, " of {of}")?;
        }
        if let Some(name) = &self.name {
            write!(f, " `{name}`")?;
        }
        if let Some(status) = &self.status {
            write!(f, " {status}")?;
        }
        if let Some(failure) = &self.failure {
            write!(f, " ({}: {})", failure.error_type, failure.message)?;
        }
        Ok(())
    }
}

const STATUSES: [OrchestrationStatus; 8] = [
    OrchestrationStatus::Running,
    OrchestrationStatus::Completed,
    OrchestrationStatus::ContinuedAsNew,
    OrchestrationStatus::Failed,
    OrchestrationStatus::Canceled,
    OrchestrationStatus::Terminated,
    OrchestrationStatus::Pending,
    OrchestrationStatus::Suspended,
];

fn name_of(status: OrchestrationStatus) -> &'static str {
    match status {
        OrchestrationStatus::Running => "running",
        OrchestrationStatus::Completed => "completed",
        OrchestrationStatus::ContinuedAsNew => "continuedAsNew",
        OrchestrationStatus::Failed => "failed",
        OrchestrationStatus::Canceled => "canceled",
        OrchestrationStatus::Terminated => "terminated",
        OrchestrationStatus::Pending => "pending",
        OrchestrationStatus::Suspended => "suspended",
    }
}

fn missing(member: &str) -> String {
    format!("`{member}` is missing")
}

fn moment(member: &str, text: Option<&str>) -> Result<Option<prost_types::Timestamp>, String> {
    let time = text.map(|text| {
        text.parse()
            .map_err(|_| format!("`{member}` is `{text}`, which is not a time"))
    });
    time.transpose()
}
