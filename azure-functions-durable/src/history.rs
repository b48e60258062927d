//! What the events of a history do to an instance.

use std::{collections::VecDeque, fmt};

use azure_functions_shared::durable::{
    HistoryEvent, history_event::EventType,
    orchestrator_action::OrchestratorActionType as ActionType,
};

use crate::{FailureDetails, clock, state::Instance};

/// What an event means for the orchestrator.
pub(crate) enum Effect {
    /// Nothing yet.
    Nothing,
    /// It begins.
    Begun,
    /// It may go on.
    Progress,
    /// It was ended from outside.
    Terminated(Option<String>),
}

/// Why an event cannot be taken in.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The code does not do what the history says.
    Mismatch {
        id: i32,
        /// What the history has.
        history: String,
        /// What the code scheduled; `None` for nothing.
        code: Option<String>,
    },
    /// The history contradicts itself.
    Contradiction(&'static str),
}

impl Problem {
    /// The failure of the instance.
    pub(crate) fn details(&self, name: &str) -> FailureDetails {
        match self {
            Self::Mismatch { id, history, code } => mismatch(name, *id, history, code.as_deref()),
            Self::Contradiction(what) => contradiction(what),
        }
    }
}

/// Takes in events one by one.
pub(crate) struct History {
    instance: Instance,
    begun: bool,
    /// What came while the instance was suspended.
    held: Option<VecDeque<HistoryEvent>>,
}

impl History {
    pub(crate) fn new(instance: Instance) -> Self {
        Self {
            instance,
            begun: false,
            held: None,
        }
    }

    /// Takes in the next event.
    ///
    /// # Errors
    ///
    /// When it does not fit to what the orchestrator did.
    pub(crate) fn apply(&mut self, event: HistoryEvent) -> Result<Effect, Problem> {
        let event_id = event.event_id;
        match event.event_type {
            // Of a later version of the protocol.
            None => Ok(Effect::Nothing),
            Some(
                EventType::TaskCompleted(_)
                | EventType::TaskFailed(_)
                | EventType::SubOrchestrationInstanceCompleted(_)
                | EventType::SubOrchestrationInstanceFailed(_)
                | EventType::TimerFired(_)
                | EventType::EventRaised(_),
            ) => {
                if let Some(held) = &mut self.held {
                    held.push_back(event);
                    return Ok(Effect::Nothing);
                }
                self.deliver(event);
                Ok(Effect::Progress)
            }
            Some(event_type) => self.other(event_id, event.timestamp, event_type),
        }
    }

    /// Takes in what is neither a reply nor an event from outside.
    fn other(
        &mut self,
        event_id: i32,
        timestamp: Option<prost_types::Timestamp>,
        event_type: EventType,
    ) -> Result<Effect, Problem> {
        match event_type {
            EventType::OrchestratorStarted(_) => {
                if let Some(now) = timestamp.as_ref().and_then(clock::from_wire) {
                    self.instance.state().now = now;
                }
                Ok(Effect::Nothing)
            }
            EventType::ExecutionStarted(started) => {
                let mut state = self.instance.state();
                state.name = started.name;
                state.version = started.version.filter(|version| !version.is_empty());
                state.input = started.input;
                state.execution_id = started
                    .orchestration_instance
                    .and_then(|instance| instance.execution_id);
                state.parent_instance_id = started
                    .parent_instance
                    .and_then(|parent| parent.orchestration_instance)
                    .map(|instance| instance.instance_id);
                drop(state);
                if std::mem::replace(&mut self.begun, true) {
                    return Err(Problem::Contradiction("it begins twice"));
                }
                Ok(Effect::Begun)
            }
            EventType::ExecutionTerminated(terminated) => Ok(Effect::Terminated(terminated.input)),
            EventType::ExecutionSuspended(_) => {
                self.held.get_or_insert_default();
                Ok(Effect::Nothing)
            }
            EventType::ExecutionResumed(_) => {
                let held = self.held.take().unwrap_or_default();
                let any = !held.is_empty();
                for event in held {
                    self.deliver(event);
                }
                Ok(if any {
                    Effect::Progress
                } else {
                    Effect::Nothing
                })
            }
            EventType::TaskScheduled(scheduled) => {
                self.confirm(event_id, &Confirmed::Activity(&scheduled.name))
            }
            EventType::SubOrchestrationInstanceCreated(created) => self.confirm(
                event_id,
                &Confirmed::SubOrchestration(&created.name, &created.instance_id),
            ),
            EventType::TimerCreated(_) => self.confirm(event_id, &Confirmed::Timer),
            EventType::EventSent(sent) => {
                self.confirm(event_id, &Confirmed::Event(&sent.name, &sent.instance_id))
            }
            // They say nothing to an orchestrator, or stand only in histories of other protocols.
            _ => Ok(Effect::Nothing),
        }
    }

    /// Takes in an event after the orchestrator has failed: of what it still sends, the host says that it has it.
    pub(crate) fn acknowledge(&self, event: &HistoryEvent) {
        if let Some(EventType::EventSent(_) | EventType::TimerCreated(_)) = event.event_type {
            self.instance.state().pending.remove(&event.event_id);
        }
    }

    /// Hands a reply or an event to whoever waits for it.
    fn deliver(&self, event: HistoryEvent) {
        let failed = |details: Option<_>| {
            Err(details.map_or_else(
                || {
                    // So the host says that there is no such function.
                    FailureDetails::new(
                        "(unknown)",
                        "the host gave no reason; is there a function of this name in the app?",
                    )
                },
                FailureDetails::from_wire,
            ))
        };
        let HistoryEvent {
            event_id,
            timestamp,
            event_type: Some(event_type),
        } = event
        else {
            return;
        };
        match event_type {
            EventType::TaskCompleted(completed) => self
                .instance
                .reply(completed.task_scheduled_id, Ok(completed.result)),
            EventType::TaskFailed(task) => self
                .instance
                .reply(task.task_scheduled_id, failed(task.failure_details)),
            EventType::SubOrchestrationInstanceCompleted(completed) => self
                .instance
                .reply(completed.task_scheduled_id, Ok(completed.result)),
            EventType::SubOrchestrationInstanceFailed(task) => self
                .instance
                .reply(task.task_scheduled_id, failed(task.failure_details)),
            EventType::TimerFired(fired) => self.instance.reply(fired.timer_id, Ok(None)),
            EventType::EventRaised(raised) => {
                let name = raised.name.clone();
                let input = raised.input.clone();
                let event = HistoryEvent {
                    event_id,
                    timestamp,
                    event_type: Some(EventType::EventRaised(raised)),
                };
                self.instance.raise(&name, input, event);
            }
            _ => {}
        }
    }

    /// Holds what the history says was scheduled against what the orchestrator scheduled.
    fn confirm(&self, id: i32, history: &Confirmed<'_>) -> Result<Effect, Problem> {
        if !self.begun {
            return Err(Problem::Contradiction(
                "something is scheduled before it begins",
            ));
        }
        let action = self.instance.state().pending.remove(&id);
        match action {
            Some(action) if history.is(&action) => Ok(Effect::Nothing),
            action => Err(Problem::Mismatch {
                id,
                history: history.to_string(),
                code: action.map(|action| Described(&action).to_string()),
            }),
        }
    }
}

/// What an event says was scheduled, if it is one that does.
pub(crate) fn scheduled(event: &HistoryEvent) -> Option<String> {
    let confirmed = match event.event_type.as_ref()? {
        EventType::TaskScheduled(task) => Confirmed::Activity(&task.name),
        EventType::SubOrchestrationInstanceCreated(part) => {
            Confirmed::SubOrchestration(&part.name, &part.instance_id)
        }
        EventType::TimerCreated(_) => Confirmed::Timer,
        EventType::EventSent(sent) => Confirmed::Event(&sent.name, &sent.instance_id),
        _ => return None,
    };
    Some(confirmed.to_string())
}

/// What a history says was scheduled.
enum Confirmed<'a> {
    Activity(&'a str),
    SubOrchestration(&'a str, &'a str),
    Timer,
    Event(&'a str, &'a str),
}

impl Confirmed<'_> {
    fn is(&self, action: &ActionType) -> bool {
        match (self, action) {
            (Self::Activity(name), ActionType::ScheduleTask(task)) => same(name, &task.name),
            (Self::SubOrchestration(name, id), ActionType::CreateSubOrchestration(sub)) => {
                same(name, &sub.name) && *id == sub.instance_id
            }
            (Self::Timer, ActionType::CreateTimer(_)) => true,
            (Self::Event(name, target), ActionType::SendEvent(event)) => {
                let instance = event.instance.as_ref();
                *name == event.name
                    && instance.is_some_and(|instance| *target == instance.instance_id)
            }
            _ => false,
        }
    }
}

/// Whether two names are those of one function: the host does not heed case.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl fmt::Display for Confirmed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Activity(name) => write!(f, "activity `{name}`"),
            Self::SubOrchestration(name, id) => {
                write!(f, "sub-orchestration `{name}` with the id `{id}`")
            }
            Self::Timer => f.write_str("a timer"),
            Self::Event(name, target) => write!(f, "event `{name}` to `{target}`"),
        }
    }
}

/// An action in the same words.
pub(crate) struct Described<'a>(pub(crate) &'a ActionType);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ActionType::ScheduleTask(task) => Confirmed::Activity(&task.name).fmt(f),
            ActionType::CreateSubOrchestration(sub) => {
                Confirmed::SubOrchestration(&sub.name, &sub.instance_id).fmt(f)
            }
            ActionType::CreateTimer(_) => Confirmed::Timer.fmt(f),
            ActionType::SendEvent(event) => {
                let target = event.instance.as_ref();
                let target = target.map_or("", |instance| &instance.instance_id);
                Confirmed::Event(&event.name, target).fmt(f)
            }
            _ => f.write_str("something else"),
        }
    }
}

fn mismatch(name: &str, id: i32, history: &str, code: Option<&str>) -> FailureDetails {
    let code = code.unwrap_or("nothing");
    FailureDetails::new(
        "NonDeterminism",
        format!(
            "orchestrator `{name}` does not do again what it did: as number {id} its history has {history}, and the code now \
             scheduled {code}; let running instances end before the code changes, or branch on the version"
        ),
    )
    .non_retriable()
}

fn contradiction(what: &str) -> FailureDetails {
    FailureDetails::new(
        "BrokenHistory",
        format!("the history of the instance contradicts itself: {what}; purge the instance"),
    )
    .non_retriable()
}
