//! What an orchestrator wants to be done, and how that stands in its history.

use azure_functions_shared::durable::{
    CompleteOrchestrationAction, CreateSubOrchestrationAction, CreateTimerAction, EventRaisedEvent,
    EventSentEvent, OrchestrationInstance, OrchestrationStatus as Status, ParentInstanceInfo,
    ScheduleTaskAction, SendEntityMessageAction, SendEventAction,
    SubOrchestrationInstanceCreatedEvent, SubOrchestrationInstanceFailedEvent, TaskFailureDetails,
    TaskScheduledEvent, TimerCreatedEvent, TimerFiredEvent, history_event::EventType,
    orchestrator_action::OrchestratorActionType as Action,
    send_entity_message_action::EntityMessageType as Message,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Start,
    entity::{self, Operation},
    instance::event,
    state::{Due, State, Task},
    time::moment,
};

impl State {
    /// Does what an orchestrator wants.
    pub(super) fn act(&mut self, id: &str, event_id: i32, action: Action, now: Timestamp) {
        match action {
            Action::ScheduleTask(task) => self.call(id, event_id, task, now),
            Action::CreateTimer(timer) => self.set_timer(id, event_id, timer, now),
            Action::CreateSubOrchestration(part) => self.start_part(id, event_id, part, now),
            Action::SendEvent(sent) => self.send(id, event_id, sent, now),
            Action::SendEntityMessage(message) => self.send_message(id, event_id, message, now),
            Action::CompleteOrchestration(completion) => self.end(id, event_id, completion, now),
            Action::TerminateOrchestration(_) | Action::RewindOrchestration(_) => {}
        }
    }

    fn record(&mut self, id: &str, event_id: i32, what: EventType, now: Timestamp) {
        if let Some(instance) = self.instances.get_mut(id) {
            instance.record(now, event_id, what);
        }
    }

    fn execution(&self, id: &str) -> String {
        let instance = self.instances.get(id);
        let execution = instance.and_then(|instance| instance.state.execution_id.clone());
        execution.unwrap_or_default()
    }

    fn call(&mut self, id: &str, event_id: i32, action: ScheduleTaskAction, now: Timestamp) {
        // By default the extension leaves inputs out of the history.
        let scheduled = TaskScheduledEvent {
            name: action.name.clone(),
            version: action.version,
            tags: action.tags,
            ..TaskScheduledEvent::default()
        };
        self.record(id, event_id, EventType::TaskScheduled(scheduled), now);
        self.add_task(Task {
            instance_id: id.to_owned(),
            execution_id: self.execution(id),
            event_id,
            name: action.name,
            input: action.input,
        });
    }

    fn set_timer(&mut self, id: &str, event_id: i32, timer: CreateTimerAction, now: Timestamp) {
        let fire_at = timer.fire_at;
        let created = EventType::TimerCreated(TimerCreatedEvent { fire_at });
        self.record(id, event_id, created, now);
        let fired = TimerFiredEvent {
            fire_at,
            timer_id: event_id,
        };
        let due = Due::Event {
            instance_id: id.to_owned(),
            execution_id: self.execution(id),
            event: Box::new(event(now, -1, EventType::TimerFired(fired))),
        };
        let at = fire_at.as_ref().and_then(moment).unwrap_or(now);
        self.at(at, due);
    }

    fn start_part(
        &mut self,
        id: &str,
        event_id: i32,
        action: CreateSubOrchestrationAction,
        now: Timestamp,
    ) {
        let created = SubOrchestrationInstanceCreatedEvent {
            instance_id: action.instance_id.clone(),
            name: action.name.clone(),
            version: action.version.clone(),
            tags: action.tags.clone(),
            ..SubOrchestrationInstanceCreatedEvent::default()
        };
        let created = EventType::SubOrchestrationInstanceCreated(created);
        self.record(id, event_id, created, now);
        let execution_id = self.execution(id);
        if let Some(problem) = self.cannot_start(&action.instance_id) {
            // The real host says nothing, and the instance waits for ever.
            let failed = SubOrchestrationInstanceFailedEvent {
                task_scheduled_id: event_id,
                failure_details: Some(TaskFailureDetails {
                    error_type: "InvalidInstanceId".to_owned(),
                    error_message: problem,
                    ..TaskFailureDetails::default()
                }),
            };
            let failed = EventType::SubOrchestrationInstanceFailed(failed);
            return self.tell(id, Some(&execution_id), failed, now);
        }
        let parent = self.instances.get(id).map(|parent| ParentInstanceInfo {
            task_scheduled_id: event_id,
            name: Some(parent.state.name.clone()),
            version: parent.state.version.clone(),
            orchestration_instance: Some(OrchestrationInstance {
                instance_id: id.to_owned(),
                execution_id: Some(execution_id),
            }),
        });
        let start = Start {
            instance_id: action.instance_id,
            execution_id: Uuid::new_v4().simple().to_string(),
            name: action.name,
            version: action.version,
            input: action.input,
            at: None,
            tags: action.tags,
            parent,
        };
        self.add(start, now);
    }

    /// Why there can be no new part with this id.
    fn cannot_start(&self, id: &str) -> Option<String> {
        if id.is_empty() {
            return Some(
                "a sub-orchestration has no instance id, and would never end in Azure; give it one"
                    .to_owned(),
            );
        }
        let running = self
            .instances
            .get(id)
            .is_some_and(|instance| !instance.is_over());
        running.then(|| {
            format!(
                "an instance `{id}` runs already, so that this part would never end in Azure; give it an id of its own"
            )
        })
    }

    fn send(&mut self, id: &str, event_id: i32, action: SendEventAction, now: Timestamp) {
        let target = action.instance.unwrap_or_default();
        let sent = EventSentEvent {
            instance_id: target.instance_id.clone(),
            name: action.name.clone(),
            input: action.data.clone(),
        };
        self.record(id, event_id, EventType::EventSent(sent), now);
        if target.instance_id.starts_with('@') {
            let entity = entity::normal_id(&target.instance_id);
            self.send_to_entity(&entity, &action.name, action.data.as_deref(), now);
            return;
        }
        let raised = EventRaisedEvent {
            name: action.name,
            input: action.data,
        };
        let execution = target
            .execution_id
            .as_deref()
            .filter(|execution| !execution.is_empty());
        let raised = EventType::EventRaised(raised);
        self.tell(&target.instance_id, execution, raised, now);
    }

    /// Signals work in this form; calls and locks are lost by the extension's default settings, and so they are here.
    fn send_message(
        &mut self,
        id: &str,
        event_id: i32,
        action: SendEntityMessageAction,
        now: Timestamp,
    ) {
        let Some(message) = action.entity_message_type else {
            return;
        };
        let (target, name, operation, works) = match message {
            Message::EntityOperationSignaled(signal) => {
                let due = signal.scheduled_time.as_ref().and_then(moment);
                let name = due.map_or_else(
                    || entity::OPERATION.to_owned(),
                    |due| format!("{}@{due}", entity::OPERATION),
                );
                let operation = Operation {
                    op: Some(signal.operation),
                    signal: true,
                    input: signal.input,
                    id: signal.request_id,
                    ..Operation::default()
                };
                (signal.target_instance_id, name, operation, true)
            }
            Message::EntityOperationCalled(call) => {
                let operation = Operation {
                    op: Some(call.operation),
                    input: call.input,
                    id: call.request_id,
                    parent: call.parent_instance_id,
                    parent_execution: call.parent_execution_id,
                    ..Operation::default()
                };
                let name = entity::OPERATION.to_owned();
                (call.target_instance_id, name, operation, false)
            }
            Message::EntityLockRequested(lock) => {
                let operation = Operation {
                    id: lock.critical_section_id,
                    parent: lock.parent_instance_id,
                    ..Operation::default()
                };
                let first = lock.lock_set.into_iter().next();
                (first, entity::OPERATION.to_owned(), operation, false)
            }
            Message::EntityUnlockSent(unlock) => {
                let operation = Operation {
                    id: unlock.critical_section_id,
                    parent: unlock.parent_instance_id,
                    ..Operation::default()
                };
                let name = entity::RELEASE.to_owned();
                (unlock.target_instance_id, name, operation, false)
            }
        };
        let target = entity::normal_id(&target.unwrap_or_default());
        let data = operation.to_json();
        let sent = EventSentEvent {
            instance_id: target.clone(),
            name: name.clone(),
            input: Some(data.clone()),
        };
        self.record(id, event_id, EventType::EventSent(sent), now);
        if works {
            self.send_to_entity(&target, &name, Some(&data), now);
        }
    }

    fn end(
        &mut self,
        id: &str,
        event_id: i32,
        completion: CompleteOrchestrationAction,
        now: Timestamp,
    ) {
        let status = completion.orchestration_status();
        if status == Status::ContinuedAsNew {
            if let Some(instance) = self.instances.get_mut(id) {
                instance.continue_as_new(
                    completion.result,
                    completion.new_version,
                    completion.carryover_events,
                    now,
                );
            }
            return;
        }
        let failure = completion
            .failure_details
            .filter(|_| status == Status::Failed);
        self.complete(id, event_id, status, completion.result, failure, now);
    }
}
