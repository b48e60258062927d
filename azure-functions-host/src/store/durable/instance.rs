//! One instance of an orchestrator: how far it has come, what has happened to it, and what it has not been told yet.

use azure_functions_shared::durable::{
    ExecutionStartedEvent, HistoryEvent, OrchestrationInstance, OrchestrationState,
    OrchestrationStatus as Status, ParentInstanceInfo, history_event::EventType,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Start, time::wire};

/// An instance.
#[derive(Debug, Clone, Default)]
pub(super) struct Instance {
    /// What a client can see of it.
    pub(super) state: OrchestrationState,
    pub(super) parent: Option<ParentInstanceInfo>,
    /// What its orchestrator has been told, and what the host has noted down of its answers.
    pub(super) history: Vec<HistoryEvent>,
    /// What its orchestrator has not been told yet, in the order in which it happened.
    pub(super) inbox: Vec<HistoryEvent>,
    /// Whether its next turn is the first after it has continued as new.
    pub(super) continued: bool,
    /// A turn runs.
    pub(super) busy: bool,
    /// It stands in the row of those that can have a turn.
    pub(super) queued: bool,
    /// It has no turn before a moment that is among the timers.
    pub(super) held: bool,
    /// How much of the history the journal has.
    pub(super) stored: usize,
    /// The journal has the history of an execution that is over, or one that was rewound.
    pub(super) rewritten: bool,
}

impl Instance {
    /// A new instance, whose inbox holds its start.
    pub(super) fn new(start: Start, now: Timestamp) -> Self {
        let mut instance = Self {
            state: OrchestrationState {
                instance_id: start.instance_id,
                name: start.name,
                version: start.version,
                orchestration_status: Status::Pending.into(),
                scheduled_start_timestamp: None,
                created_timestamp: Some(wire(now)),
                last_updated_timestamp: Some(wire(now)),
                input: start.input,
                execution_id: Some(start.execution_id),
                parent_instance_id: start
                    .parent
                    .as_ref()
                    .and_then(|parent| parent.orchestration_instance.as_ref())
                    .map(|parent| parent.instance_id.clone()),
                tags: start.tags,
                ..OrchestrationState::default()
            },
            parent: start.parent,
            held: start.at.is_some_and(|at| at > now),
            // The journal may know an instance of this name that is over.
            rewritten: true,
            ..Self::default()
        };
        instance.state.scheduled_start_timestamp = start.at.map(wire);
        instance.begin(now);
        instance
    }

    /// Puts the start of an execution into the inbox.
    pub(super) fn begin(&mut self, now: Timestamp) {
        let state = &self.state;
        let started = ExecutionStartedEvent {
            name: state.name.clone(),
            version: state.version.clone(),
            input: state.input.clone(),
            orchestration_instance: Some(OrchestrationInstance {
                instance_id: state.instance_id.clone(),
                execution_id: state.execution_id.clone(),
            }),
            parent_instance: self.parent.clone(),
            scheduled_start_timestamp: state.scheduled_start_timestamp,
            tags: state.tags.clone(),
            ..ExecutionStartedEvent::default()
        };
        self.inbox
            .push(event(now, -1, EventType::ExecutionStarted(started)));
    }

    /// Begins anew with another input, and what its orchestrator wants to keep.
    pub(super) fn continue_as_new(
        &mut self,
        input: Option<String>,
        version: Option<String>,
        carried: Vec<HistoryEvent>,
        now: Timestamp,
    ) {
        let left = std::mem::take(&mut self.inbox);
        self.history.clear();
        self.rewritten = true;
        self.continued = true;
        self.state.input = input;
        if version.is_some() {
            self.state.version = version;
        }
        self.state.execution_id = Some(Uuid::new_v4().simple().to_string());
        self.begin(now);
        self.inbox.extend(carried);
        // What the execution before had asked for reaches nobody.
        self.inbox.extend(left.into_iter().filter(|event| {
            matches!(
                event.event_type,
                Some(
                    EventType::EventRaised(_)
                        | EventType::ExecutionTerminated(_)
                        | EventType::ExecutionSuspended(_)
                        | EventType::ExecutionResumed(_)
                )
            )
        }));
    }

    /// Notes something down in the history.
    pub(super) fn record(&mut self, now: Timestamp, id: i32, what: EventType) {
        self.history.push(event(now, id, what));
    }

    pub(super) fn status(&self) -> Status {
        self.state.orchestration_status()
    }

    pub(super) fn set_status(&mut self, status: Status, now: Timestamp) {
        self.state.orchestration_status = status.into();
        self.state.last_updated_timestamp = Some(wire(now));
    }

    /// Whether it has ended.
    pub(super) fn is_over(&self) -> bool {
        is_over(self.status())
    }

    /// Whether it can have a turn.
    pub(super) fn is_ready(&self) -> bool {
        !self.busy && !self.held && !self.inbox.is_empty() && !self.is_over()
    }

    /// Whether an event for this execution reaches it; `None` is any.
    pub(super) fn is(&self, execution: Option<&str>) -> bool {
        execution.is_none_or(|execution| self.state.execution_id.as_deref() == Some(execution))
    }
}

/// Whether a status is the last one that an instance has.
pub(crate) fn is_over(status: Status) -> bool {
    matches!(
        status,
        Status::Completed | Status::Failed | Status::Canceled | Status::Terminated
    )
}

/// Something that happened now.
pub(super) fn event(now: Timestamp, id: i32, what: EventType) -> HistoryEvent {
    HistoryEvent {
        event_id: id,
        timestamp: Some(wire(now)),
        event_type: Some(what),
    }
}
