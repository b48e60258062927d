//! What a client wants of the hub, and why it may be refused.

use azure_functions_shared::durable::{
    EventRaisedEvent, ExecutionResumedEvent, ExecutionSuspendedEvent, ExecutionTerminatedEvent,
    OrchestrationState, OrchestrationStatus as Status, history_event::EventType,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Start,
    entity::{Operation, normal_id},
    instance::Instance,
    state::State,
};

/// Why the hub does not do what a client wants.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HubError {
    #[error("an instance `{id}` exists already, with the status {}", name(*.status))]
    Exists { id: String, status: Status },
    #[error("there is no instance `{0}`")]
    NotFound(String),
    #[error("the status {} of the instance `{id}` does not allow it", name(*.status))]
    Wrong { id: String, status: Status },
}

/// The name of a status, as clients read it.
pub(crate) fn name(status: Status) -> &'static str {
    match status {
        Status::Running => "Running",
        Status::Completed => "Completed",
        Status::ContinuedAsNew => "ContinuedAsNew",
        Status::Failed => "Failed",
        Status::Canceled => "Canceled",
        Status::Terminated => "Terminated",
        Status::Pending => "Pending",
        Status::Suspended => "Suspended",
    }
}

impl State {
    /// Starts an instance; one that has a status among `replaceable` makes room for it, by default one that is over.
    pub(super) fn start(
        &mut self,
        start: Start,
        replaceable: Option<&[Status]>,
        now: Timestamp,
    ) -> Result<(), HubError> {
        if let Some(old) = self.instances.get(&start.instance_id) {
            let status = old.status();
            // One that runs would have to be terminated first, which the real host does not do here either.
            let makes_room =
                old.is_over() && replaceable.is_none_or(|statuses| statuses.contains(&status));
            if !makes_room {
                return Err(HubError::Exists {
                    id: start.instance_id,
                    status,
                });
            }
        }
        self.add(start, now);
        Ok(())
    }

    /// Starts an instance as another one was started.
    pub(super) fn restart(
        &mut self,
        id: &str,
        with_new_id: bool,
        now: Timestamp,
    ) -> Result<String, HubError> {
        let old = self.instance(id)?;
        let new_id = if with_new_id {
            String::new()
        } else {
            id.to_owned()
        };
        let start = Start {
            name: old.state.name.clone(),
            version: old.state.version.clone(),
            input: old.state.input.clone(),
            tags: old.state.tags.clone(),
            ..Start::new(new_id)
        };
        let id = start.instance_id.clone();
        self.start(start, None, now)?;
        Ok(id)
    }

    pub(super) fn raise(
        &mut self,
        id: &str,
        name: String,
        input: Option<String>,
        now: Timestamp,
    ) -> Result<(), HubError> {
        let raised = EventType::EventRaised(EventRaisedEvent { name, input });
        self.tell_running(id, raised, now)
    }

    pub(super) fn terminate(
        &mut self,
        id: &str,
        output: Option<String>,
        now: Timestamp,
    ) -> Result<(), HubError> {
        let instance = self.instance(id)?;
        if instance.held && instance.status() == Status::Pending {
            // It has not begun, and has nothing to say to it.
            self.complete(id, -1, Status::Terminated, output, None, now);
            self.touch(id);
            return Ok(());
        }
        let terminated = ExecutionTerminatedEvent {
            input: output,
            recurse: false,
        };
        self.tell_running(id, EventType::ExecutionTerminated(terminated), now)
    }

    pub(super) fn suspend(
        &mut self,
        id: &str,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<(), HubError> {
        let suspended = ExecutionSuspendedEvent { input: reason };
        self.tell_running(id, EventType::ExecutionSuspended(suspended), now)
    }

    pub(super) fn resume(
        &mut self,
        id: &str,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<(), HubError> {
        let resumed = ExecutionResumedEvent { input: reason };
        self.tell_running(id, EventType::ExecutionResumed(resumed), now)
    }

    fn tell_running(&mut self, id: &str, what: EventType, now: Timestamp) -> Result<(), HubError> {
        let instance = self.instance(id)?;
        if instance.is_over() {
            return Err(wrong(&instance.state));
        }
        self.tell(id, None, what, now);
        Ok(())
    }

    pub(super) fn instance(&self, id: &str) -> Result<&Instance, HubError> {
        let instance = self.instances.get(id);
        instance.ok_or_else(|| HubError::NotFound(id.to_owned()))
    }

    /// Signals an entity.
    pub(super) fn signal(
        &mut self,
        entity: &str,
        operation: String,
        input: Option<String>,
        id: Uuid,
        at: Option<Timestamp>,
        now: Timestamp,
    ) {
        let entity = normal_id(entity);
        let operation = Operation {
            op: Some(operation),
            signal: true,
            input,
            id: id.to_string(),
            ..Operation::default()
        };
        match at.filter(|at| *at > now) {
            Some(at) => self.ask_later(&entity, operation, at),
            None => self.ask(&entity, operation, now),
        }
    }
}

pub(super) fn wrong(state: &OrchestrationState) -> HubError {
    HubError::Wrong {
        id: state.instance_id.clone(),
        status: state.orchestration_status(),
    }
}
