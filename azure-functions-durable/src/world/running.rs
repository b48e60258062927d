//! A [`World`](crate::World) while it runs.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use azure_functions_shared::durable::{
    CompleteOrchestrationAction, CreateSubOrchestrationAction, CreateTimerAction, EventRaisedEvent,
    EventSentEvent, ExecutionCompletedEvent, ExecutionResumedEvent, ExecutionStartedEvent,
    ExecutionSuspendedEvent, ExecutionTerminatedEvent, HistoryEvent, OrchestrationInstance,
    OrchestrationStatus, OrchestratorAction, OrchestratorCompletedEvent, OrchestratorRequest,
    OrchestratorResponse, OrchestratorStartedEvent, ParentInstanceInfo, ScheduleTaskAction,
    SendEventAction, SubOrchestrationInstanceCompletedEvent, SubOrchestrationInstanceCreatedEvent,
    SubOrchestrationInstanceFailedEvent, TaskCompletedEvent, TaskFailedEvent, TaskScheduledEvent,
    TimerCreatedEvent, TimerFiredEvent, history_event::EventType,
    orchestrator_action::OrchestratorActionType as ActionType,
};
use jiff::Timestamp;

use super::{
    End, Happening, Json, Status, World,
    entities::{self, Entities},
};
use crate::{EntityId, FailureDetails, clock, entity_call::Request, history::Described, run};

/// The id of the instance that a test runs.
const ROOT: &str = "root";

/// How many turns all instances may take: more is a loop without an end.
const TURNS: usize = 100_000;

/// One instance.
#[derive(Default)]
struct Instance {
    name: String,
    execution: usize,
    history: Vec<HistoryEvent>,
    inbox: VecDeque<HistoryEvent>,
    parent: Option<(String, i32)>,
    end: End,
    ended: bool,
}

/// The world while it runs.
pub(super) struct Running<'a> {
    pub(super) world: &'a mut World,
    start: Timestamp,
    pub(super) now: Timestamp,
    instances: BTreeMap<String, Instance>,
    pub(super) entities: Entities,
    later: BTreeMap<(Timestamp, usize), Later>,
    next: usize,
}

/// What happens at some time.
pub(super) enum Later {
    Event(String, Box<EventType>),
    Operation(EntityId, Box<Request>),
}

impl<'a> Running<'a> {
    pub(super) fn new(world: &'a mut World) -> Self {
        let start = Timestamp::from_second(1_700_000_000).unwrap_or(Timestamp::UNIX_EPOCH);
        let entities = entities::stored(&world.states);
        Self {
            world,
            start,
            now: start,
            instances: BTreeMap::new(),
            entities,
            later: BTreeMap::new(),
            next: 0,
        }
    }

    pub(super) fn run(mut self, name: &str, input: Json) -> End {
        self.begin(ROOT, name.to_owned(), input, None);
        for (after, happening) in std::mem::take(&mut self.world.events) {
            let event = match happening {
                Happening::Event(name, input) => {
                    EventType::EventRaised(EventRaisedEvent { name, input })
                }
                Happening::Suspend => {
                    EventType::ExecutionSuspended(ExecutionSuspendedEvent::default())
                }
                Happening::Resume => EventType::ExecutionResumed(ExecutionResumedEvent::default()),
                Happening::Terminate(input) => {
                    EventType::ExecutionTerminated(ExecutionTerminatedEvent {
                        input,
                        recurse: false,
                    })
                }
            };
            let time = clock::later(self.start, after);
            self.at(time, Later::Event(ROOT.to_owned(), Box::new(event)));
        }
        for _ in 0..TURNS {
            let busy = self
                .instances
                .iter()
                .find(|(_, instance)| !instance.ended && !instance.inbox.is_empty())
                .map(|(id, _)| id.clone());
            if let Some(id) = busy {
                self.turn(&id);
                continue;
            }
            let over = self.instances.get(ROOT).is_none_or(|root| root.ended);
            match self.later.pop_first() {
                Some(((time, _), later)) if !over => {
                    self.now = self.now.max(time);
                    match later {
                        Later::Event(id, event) => self.tell(&id, -1, *event),
                        Later::Operation(entity, request) => self.ask(&entity, *request),
                    }
                }
                _ => break,
            }
        }
        let root = self.instances.remove(ROOT).unwrap_or_default();
        End {
            elapsed: Duration::try_from(self.now.duration_since(self.start)).unwrap_or_default(),
            entities: entities::states(self.entities),
            history: root.history,
            ..root.end
        }
    }

    pub(super) fn at(&mut self, time: Timestamp, later: Later) {
        let at = self.next;
        self.next += 1;
        self.later.insert((time, at), later);
    }

    /// Starts an instance, or its next execution.
    pub(super) fn begin(
        &mut self,
        id: &str,
        name: String,
        input: Json,
        parent: Option<(String, i32)>,
    ) {
        let instance = self.instances.entry(id.to_owned()).or_default();
        instance.execution += 1;
        instance.history.clear();
        let started = ExecutionStartedEvent {
            name: name.clone(),
            version: self.world.version.clone(),
            input,
            orchestration_instance: Some(OrchestrationInstance {
                instance_id: id.to_owned(),
                execution_id: Some(format!("{id}-{}", instance.execution)),
            }),
            parent_instance: parent.as_ref().map(|(id, task)| ParentInstanceInfo {
                task_scheduled_id: *task,
                orchestration_instance: Some(OrchestrationInstance {
                    instance_id: id.clone(),
                    execution_id: None,
                }),
                ..ParentInstanceInfo::default()
            }),
            ..ExecutionStartedEvent::default()
        };
        instance.name = name;
        instance.parent = parent;
        self.tell(id, -1, EventType::ExecutionStarted(started));
    }

    fn stamped(&self, event_id: i32, event: EventType) -> HistoryEvent {
        HistoryEvent {
            event_id,
            timestamp: Some(clock::into_wire(self.now)),
            event_type: Some(event),
        }
    }

    pub(super) fn tell(&mut self, id: &str, event_id: i32, event: EventType) {
        let event = self.stamped(event_id, event);
        if let Some(instance) = self.instances.get_mut(id) {
            instance.inbox.push_back(event);
        }
    }

    /// Lets an instance go on.
    fn turn(&mut self, id: &str) {
        let started = self.stamped(
            -1,
            EventType::OrchestratorStarted(OrchestratorStartedEvent {}),
        );
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        let count = if self.world.one_by_one {
            1
        } else {
            instance.inbox.len()
        };
        let mut new = vec![started];
        new.extend(instance.inbox.drain(..count));
        let request = OrchestratorRequest {
            instance_id: id.to_owned(),
            past_events: instance.history.clone(),
            new_events: new.clone(),
            ..OrchestratorRequest::default()
        };
        let name = instance.name.clone();
        let Some(orchestrator) = self.world.orchestrators.get(&name.to_lowercase()) else {
            let text = format!(
                "there is no orchestrator `{name}` in this world; give it one with `World::orchestrator`"
            );
            return self.end(
                id,
                Status::Failed,
                None,
                Some(FailureDetails::new("World", text)),
            );
        };
        let orchestrator = Arc::clone(orchestrator);
        let response = run(request.clone(), |context| orchestrator(context));
        let again = run(request, |context| orchestrator(context));
        if response != again {
            let text = format!(
                "orchestrator `{name}` is not deterministic: run twice over the same history, {}; what it does may depend on its \
                 input and its context only",
                difference(&response, &again)
            );
            return self.end(
                id,
                Status::Failed,
                None,
                Some(FailureDetails::new("NonDeterminism", text)),
            );
        }
        let lost = self.world.lose.as_mut().is_some_and(|lose| lose());
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        if lost {
            for event in new.into_iter().skip(1).rev() {
                instance.inbox.push_front(event);
            }
            return;
        }
        instance.history.extend(new);
        if let Some(status) = response.custom_status {
            instance.end.custom_status = Some(status);
        }
        for action in response.actions {
            self.act(id, action);
        }
        let completed = self.stamped(
            -1,
            EventType::OrchestratorCompleted(OrchestratorCompletedEvent {}),
        );
        if let Some(instance) = self.instances.get_mut(id)
            && !instance.history.is_empty()
        {
            instance.history.push(completed);
        }
    }

    fn record(&mut self, id: &str, event_id: i32, event: EventType) {
        let event = self.stamped(event_id, event);
        if let Some(instance) = self.instances.get_mut(id) {
            instance.history.push(event);
        }
    }

    /// Does what an orchestrator asks for.
    fn act(&mut self, id: &str, action: OrchestratorAction) {
        match action.orchestrator_action_type {
            Some(ActionType::ScheduleTask(task)) => self.call(id, action.id, task),
            Some(ActionType::CreateTimer(timer)) => self.set_timer(id, action.id, &timer),
            Some(ActionType::CreateSubOrchestration(sub)) => self.start_part(id, action.id, sub),
            Some(ActionType::SendEvent(event)) => self.send(id, action.id, event),
            Some(ActionType::CompleteOrchestration(completion)) => {
                if completion.orchestration_status() != OrchestrationStatus::ContinuedAsNew {
                    let completed = ExecutionCompletedEvent {
                        orchestration_status: completion.orchestration_status,
                        result: completion.result.clone(),
                        failure_details: completion.failure_details.clone(),
                    };
                    self.record(id, action.id, EventType::ExecutionCompleted(completed));
                }
                self.complete(id, completion);
            }
            Some(_) | None => {
                let details = FailureDetails::new("World", "the action is not of this world");
                self.end(id, Status::Failed, None, Some(details));
            }
        }
    }

    fn call(&mut self, id: &str, task_id: i32, task: ScheduleTaskAction) {
        let scheduled = TaskScheduledEvent {
            name: task.name.clone(),
            ..TaskScheduledEvent::default()
        };
        self.record(id, task_id, EventType::TaskScheduled(scheduled));
        let activity = self.world.activities.get_mut(&task.name.to_lowercase());
        let result = match activity {
            Some(activity) => activity(task.input),
            None => Err(missing("activity", &task.name)),
        };
        let event = match result {
            Ok(result) => EventType::TaskCompleted(TaskCompletedEvent {
                task_scheduled_id: task_id,
                result,
            }),
            Err(details) => EventType::TaskFailed(TaskFailedEvent {
                task_scheduled_id: task_id,
                failure_details: Some(details.into_wire()),
            }),
        };
        self.tell(id, -1, event);
    }

    fn set_timer(&mut self, id: &str, task_id: i32, timer: &CreateTimerAction) {
        let fire_at = timer.fire_at;
        self.record(
            id,
            task_id,
            EventType::TimerCreated(TimerCreatedEvent { fire_at }),
        );
        let time = fire_at.as_ref().and_then(clock::from_wire);
        let fired = EventType::TimerFired(TimerFiredEvent {
            fire_at,
            timer_id: task_id,
        });
        self.at(
            time.unwrap_or(self.now),
            Later::Event(id.to_owned(), Box::new(fired)),
        );
    }

    fn start_part(&mut self, id: &str, task_id: i32, sub: CreateSubOrchestrationAction) {
        let created = SubOrchestrationInstanceCreatedEvent {
            instance_id: sub.instance_id.clone(),
            name: sub.name.clone(),
            ..SubOrchestrationInstanceCreatedEvent::default()
        };
        self.record(
            id,
            task_id,
            EventType::SubOrchestrationInstanceCreated(created),
        );
        let parent = Some((id.to_owned(), task_id));
        self.begin(&sub.instance_id, sub.name, sub.input, parent);
    }

    fn send(&mut self, id: &str, task_id: i32, event: SendEventAction) {
        let target = event.instance.unwrap_or_default().instance_id;
        let sent = EventSentEvent {
            instance_id: target.clone(),
            name: event.name.clone(),
            input: event.data.clone(),
        };
        self.record(id, task_id, EventType::EventSent(sent));
        match target.parse::<EntityId>() {
            Ok(entity) => self.send_to_entity(&entity, &event.name, event.data.as_deref()),
            Err(_) => self.tell(
                &target,
                -1,
                EventType::EventRaised(EventRaisedEvent {
                    name: event.name,
                    input: event.data,
                }),
            ),
        }
    }

    fn complete(&mut self, id: &str, completion: CompleteOrchestrationAction) {
        let status = completion.orchestration_status();
        let details = completion.failure_details.map(FailureDetails::from_wire);
        match status {
            OrchestrationStatus::ContinuedAsNew => {
                let Some(instance) = self.instances.get_mut(id) else {
                    return;
                };
                let name = instance.name.clone();
                let parent = instance.parent.take();
                let rest = std::mem::take(&mut instance.inbox);
                self.begin(id, name, completion.result, parent);
                if let Some(instance) = self.instances.get_mut(id) {
                    instance.inbox.extend(completion.carryover_events);
                    // Replies to what the last execution asked for reach nobody.
                    instance.inbox.extend(rest.into_iter().filter(|event| {
                        matches!(event.event_type, Some(EventType::EventRaised(_)))
                    }));
                }
            }
            OrchestrationStatus::Failed => self.end(id, Status::Failed, None, details),
            OrchestrationStatus::Terminated => {
                self.end(id, Status::Terminated, completion.result, None);
            }
            _ => self.end(id, Status::Completed, completion.result, None),
        }
    }

    /// Ends an instance, and tells the one that it is a part of.
    fn end(&mut self, id: &str, status: Status, output: Json, failure: Option<FailureDetails>) {
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        instance.ended = true;
        instance.end.status = status;
        instance.end.output.clone_from(&output);
        instance.end.failure.clone_from(&failure);
        if let Some((parent, task)) = instance.parent.clone() {
            let event = match (status, failure) {
                (Status::Completed, _) => EventType::SubOrchestrationInstanceCompleted(
                    SubOrchestrationInstanceCompletedEvent {
                        task_scheduled_id: task,
                        result: output,
                    },
                ),
                (_, failure) => {
                    EventType::SubOrchestrationInstanceFailed(SubOrchestrationInstanceFailedEvent {
                        task_scheduled_id: task,
                        failure_details: failure.map(FailureDetails::into_wire),
                    })
                }
            };
            self.tell(&parent, -1, event);
        }
    }
}

/// What the two answers of one turn first differ in.
fn difference(one: &OrchestratorResponse, other: &OrchestratorResponse) -> String {
    let length = one.actions.len().max(other.actions.len());
    let pair = (0..length)
        .map(|at| (one.actions.get(at), other.actions.get(at)))
        .find(|(one, other)| one != other);
    match pair {
        Some((first, second)) => {
            let number = first.or(second).map_or(0, |action| action.id);
            let (first, second) = (written(first), written(second));
            format!("it asked for this as number {number}: {first}; and then for this: {second}")
        }
        None => format!(
            "it set the custom status {}, and then {}",
            one.custom_status.as_deref().unwrap_or("of nobody"),
            other.custom_status.as_deref().unwrap_or("of nobody"),
        ),
    }
}

/// What an action asks for, with its input.
fn written(action: Option<&OrchestratorAction>) -> String {
    let action = action.and_then(|action| action.orchestrator_action_type.as_ref());
    let Some(action) = action else {
        return "nothing".to_owned();
    };
    let with = |what: &str, value: Option<&str>| match value {
        Some(value) => format!("{}, {what} `{value}`", Described(action)),
        None => Described(action).to_string(),
    };
    match action {
        ActionType::ScheduleTask(task) => with("with the input", task.input.as_deref()),
        ActionType::CreateSubOrchestration(sub) => with("with the input", sub.input.as_deref()),
        ActionType::SendEvent(event) => with("with", event.data.as_deref()),
        ActionType::CreateTimer(timer) => {
            let end = timer.fire_at.as_ref().and_then(clock::from_wire);
            let end = end.map(|end| end.to_string());
            with("that ends at", end.as_deref())
        }
        ActionType::CompleteOrchestration(completion) => {
            let failure = completion.failure_details.as_ref();
            let failure = failure.map(|details| details.error_message.as_str());
            match (failure, completion.result.as_deref()) {
                (Some(failure), _) => format!("its end, with the failure `{failure}`"),
                (None, Some(result)) => format!("its end, with `{result}`"),
                (None, None) => "its end".to_owned(),
            }
        }
        _ => with("", None),
    }
}

/// The failure of something that nobody gave to the world.
pub(super) fn missing(what: &str, name: &str) -> FailureDetails {
    FailureDetails::new(
        "World",
        format!("there is no {what} `{name}` in this world; give it one with `World::{what}`"),
    )
}
