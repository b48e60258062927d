//! A history put together from the status page of a host, which shows what was begun where it ended, without ids and the clock.

use azure_functions_shared::durable::{
    EventRaisedEvent, EventSentEvent, ExecutionCompletedEvent, ExecutionResumedEvent,
    ExecutionStartedEvent, ExecutionSuspendedEvent, ExecutionTerminatedEvent, GenericEvent,
    HistoryEvent, OrchestrationInstance, OrchestrationStatus, OrchestratorStartedEvent,
    SubOrchestrationInstanceCompletedEvent, SubOrchestrationInstanceCreatedEvent,
    SubOrchestrationInstanceFailedEvent, TaskCompletedEvent, TaskFailedEvent, TaskFailureDetails,
    TaskScheduledEvent, TimerCreatedEvent, TimerFiredEvent, history_event::EventType,
    recorded::RecordedHistory,
};
use prost_types::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// An event on the page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    event_type: String,
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    scheduled_time: Option<String>,
    #[serde(default)]
    function_name: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    instance_id: Option<String>,
    #[serde(default)]
    input: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    data: Option<String>,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    fire_at: Option<String>,
    #[serde(default)]
    orchestration_status: Option<String>,
    #[serde(default)]
    failure_details: Option<Failure>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    #[serde(default)]
    error_type: Option<String>,
    #[serde(default)]
    error_message: Option<String>,
    #[serde(default)]
    stack_trace: Option<String>,
    #[serde(default, rename = "InnerFailure")]
    inner: Option<Box<Self>>,
    #[serde(default)]
    is_non_retriable: bool,
}

impl From<Failure> for TaskFailureDetails {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.error_type.unwrap_or_default(),
            error_message: failure.error_message.unwrap_or_default(),
            stack_trace: failure.stack_trace,
            inner_failure: failure.inner.map(|inner| Box::new((*inner).into())),
            is_non_retriable: failure.is_non_retriable,
            ..Self::default()
        }
    }
}

/// An event whose ids are not known yet.
struct Draft {
    time: Option<Timestamp>,
    kind: Kind,
}

enum Kind {
    /// The orchestrator scheduled it; it gets an id.
    Scheduled(EventType),
    /// It ends what the draft at this place began.
    Ends(usize, EventType),
    /// It came from outside.
    Came(EventType),
    /// It says nothing to the orchestrator.
    Else(EventType),
}

/// The history on a status page.
///
/// # Errors
///
/// The page has none, or one of another form.
pub(super) fn history(id: &str, page: &Value) -> Result<RecordedHistory, String> {
    let shown = page
        .get("historyEvents")
        .ok_or("its status page has no `historyEvents`")?;
    let shown: Vec<Shown> = Vec::deserialize(shown).map_err(|error| error.to_string())?;
    let mut drafts = Vec::new();
    for event in shown {
        draft(id, event, &mut drafts)?;
    }
    Ok(RecordedHistory::inexact(id, numbered(drafts)))
}

impl Shown {
    fn name(&self) -> String {
        let name = self.name.as_ref().or(self.function_name.as_ref());
        name.cloned().unwrap_or_default()
    }

    /// The JSON text of the result.
    fn result(&self) -> Option<String> {
        let result = Some(&self.result).filter(|result| !result.is_null());
        result.map(ToString::to_string)
    }

    fn take_failure(&mut self) -> Option<TaskFailureDetails> {
        let failure = self.failure_details.take().map(TaskFailureDetails::from);
        // An app that speaks the older protocol has it in another place.
        failure.or_else(|| {
            self.reason.take().map(|reason| TaskFailureDetails {
                error_type: "(unknown)".to_owned(),
                error_message: reason,
                ..TaskFailureDetails::default()
            })
        })
    }

    /// The beginning of a call of an activity.
    fn task(&self) -> EventType {
        EventType::TaskScheduled(TaskScheduledEvent {
            name: self.name(),
            ..TaskScheduledEvent::default()
        })
    }

    /// The beginning of a sub-orchestration.
    fn part(&self) -> EventType {
        EventType::SubOrchestrationInstanceCreated(SubOrchestrationInstanceCreatedEvent {
            name: self.name(),
            instance_id: self.instance_id.clone().unwrap_or_default(),
            ..SubOrchestrationInstanceCreatedEvent::default()
        })
    }

    /// What begins and what ends it, if the event ends a call of an activity or a sub-orchestration. The ids are put in when they
    /// are known.
    fn call(&mut self) -> Option<(EventType, EventType)> {
        Some(match self.event_type.as_str() {
            "TaskCompleted" => {
                let ended = TaskCompletedEvent {
                    result: self.result(),
                    ..TaskCompletedEvent::default()
                };
                (self.task(), EventType::TaskCompleted(ended))
            }
            "TaskFailed" => {
                let ended = TaskFailedEvent {
                    failure_details: self.take_failure(),
                    ..TaskFailedEvent::default()
                };
                (self.task(), EventType::TaskFailed(ended))
            }
            "SubOrchestrationInstanceCompleted" => {
                let ended = SubOrchestrationInstanceCompletedEvent {
                    result: self.result(),
                    ..SubOrchestrationInstanceCompletedEvent::default()
                };
                (
                    self.part(),
                    EventType::SubOrchestrationInstanceCompleted(ended),
                )
            }
            "SubOrchestrationInstanceFailed" => {
                let ended = SubOrchestrationInstanceFailedEvent {
                    failure_details: self.take_failure(),
                    ..SubOrchestrationInstanceFailedEvent::default()
                };
                (
                    self.part(),
                    EventType::SubOrchestrationInstanceFailed(ended),
                )
            }
            _ => return None,
        })
    }
}

/// Adds what an event on the page stands for.
fn draft(id: &str, mut shown: Shown, drafts: &mut Vec<Draft>) -> Result<(), String> {
    let mut time = moment(shown.timestamp.as_deref())?;
    if let Some((begin, end)) = shown.call() {
        drafts.push(Draft {
            time: moment(shown.scheduled_time.as_deref())?,
            kind: Kind::Scheduled(begin),
        });
        let kind = Kind::Ends(drafts.len() - 1, end);
        drafts.push(Draft { time, kind });
        return Ok(());
    }
    let fire_at = moment(shown.fire_at.as_deref())?;
    let kind = match shown.event_type.as_str() {
        "ExecutionStarted" => Kind::Came(EventType::ExecutionStarted(ExecutionStartedEvent {
            name: shown.name(),
            input: shown.input,
            orchestration_instance: Some(OrchestrationInstance {
                instance_id: id.to_owned(),
                execution_id: None,
            }),
            ..ExecutionStartedEvent::default()
        })),
        "TaskScheduled" => Kind::Scheduled(shown.task()),
        "SubOrchestrationInstanceCreated" => Kind::Scheduled(shown.part()),
        "TimerCreated" => Kind::Scheduled(EventType::TimerCreated(TimerCreatedEvent { fire_at })),
        "TimerFired" => {
            // Its own time is that when the timer was made.
            time = fire_at;
            let Some(timer) = timer(drafts, fire_at) else {
                return Ok(());
            };
            let fired = TimerFiredEvent {
                fire_at,
                timer_id: 0,
            };
            Kind::Ends(timer, EventType::TimerFired(fired))
        }
        "EventSent" => Kind::Scheduled(EventType::EventSent(EventSentEvent {
            name: shown.name(),
            instance_id: shown.instance_id.unwrap_or_default(),
            input: shown.input,
        })),
        "EventRaised" => Kind::Came(EventType::EventRaised(EventRaisedEvent {
            name: shown.name(),
            input: shown.input,
        })),
        "ExecutionTerminated" => {
            Kind::Came(EventType::ExecutionTerminated(ExecutionTerminatedEvent {
                input: shown.input,
                recurse: false,
            }))
        }
        "ExecutionSuspended" => {
            Kind::Came(EventType::ExecutionSuspended(ExecutionSuspendedEvent {
                input: shown.reason,
            }))
        }
        "ExecutionResumed" => Kind::Came(EventType::ExecutionResumed(ExecutionResumedEvent {
            input: shown.reason,
        })),
        "ExecutionCompleted" => {
            let status = status(shown.orchestration_status.as_deref())?;
            Kind::Else(EventType::ExecutionCompleted(ExecutionCompletedEvent {
                orchestration_status: status.into(),
                result: shown.result(),
                failure_details: shown.take_failure(),
            }))
        }
        "GenericEvent" => Kind::Else(EventType::GenericEvent(GenericEvent { data: shown.data })),
        _ => return Ok(()),
    };
    drafts.push(Draft { time, kind });
    Ok(())
}

/// The timer that ends then and has not fired.
fn timer(drafts: &[Draft], fire_at: Option<Timestamp>) -> Option<usize> {
    let fired = |timer: usize| {
        let mut drafts = drafts.iter();
        drafts.any(|draft| matches!(&draft.kind, Kind::Ends(of, _) if *of == timer))
    };
    drafts.iter().enumerate().find_map(|(at, draft)| {
        let Kind::Scheduled(EventType::TimerCreated(timer)) = &draft.kind else {
            return None;
        };
        (timer.fire_at == fire_at && !fired(at)).then_some(at)
    })
}

/// The events with ids, which count what was scheduled in the order of the time, and with a clock, which shows the time of what came.
fn numbered(drafts: Vec<Draft>) -> Vec<HistoryEvent> {
    let order = |time: Option<Timestamp>| time.map(|time| (time.seconds, time.nanos));
    let scheduled = drafts.iter().enumerate();
    let scheduled = scheduled.filter(|(_, draft)| matches!(draft.kind, Kind::Scheduled(_)));
    let mut scheduled: Vec<_> = scheduled
        .map(|(at, draft)| (order(draft.time), at))
        .collect();
    scheduled.sort_unstable();
    let mut ids = vec![-1; drafts.len()];
    for (id, (_, at)) in scheduled.into_iter().enumerate() {
        if let Some(place) = ids.get_mut(at) {
            *place = i32::try_from(id).unwrap_or(i32::MAX);
        }
    }
    let id_at = |at: usize| ids.get(at).copied().unwrap_or(-1);
    let mut events = Vec::new();
    let mut clock = None;
    for (at, draft) in drafts.into_iter().enumerate() {
        let (id, event, came) = match draft.kind {
            Kind::Scheduled(event) => (id_at(at), event, false),
            Kind::Else(event) => (-1, event, false),
            Kind::Came(event) => (-1, event, true),
            Kind::Ends(begun, event) => (-1, ending(event, id_at(begun)), true),
        };
        if came {
            if order(draft.time) > order(clock) {
                clock = draft.time;
            }
            events.push(HistoryEvent {
                event_id: -1,
                timestamp: clock,
                event_type: Some(EventType::OrchestratorStarted(OrchestratorStartedEvent {})),
            });
        }
        events.push(HistoryEvent {
            event_id: id,
            timestamp: draft.time,
            event_type: Some(event),
        });
    }
    events
}

/// An event that ends what has this id.
fn ending(mut event: EventType, id: i32) -> EventType {
    match &mut event {
        EventType::TaskCompleted(task) => task.task_scheduled_id = id,
        EventType::TaskFailed(task) => task.task_scheduled_id = id,
        EventType::SubOrchestrationInstanceCompleted(part) => part.task_scheduled_id = id,
        EventType::SubOrchestrationInstanceFailed(part) => part.task_scheduled_id = id,
        EventType::TimerFired(timer) => timer.timer_id = id,
        _ => {}
    }
    event
}

fn status(name: Option<&str>) -> Result<OrchestrationStatus, String> {
    Ok(match name {
        Some("Completed") => OrchestrationStatus::Completed,
        Some("Failed") => OrchestrationStatus::Failed,
        Some("Terminated") => OrchestrationStatus::Terminated,
        Some("Canceled") => OrchestrationStatus::Canceled,
        Some("ContinuedAsNew") => OrchestrationStatus::ContinuedAsNew,
        other => {
            return Err(format!(
                "an instance ended with the status `{}`",
                other.unwrap_or_default()
            ));
        }
    })
}

fn moment(text: Option<&str>) -> Result<Option<Timestamp>, String> {
    let time = text.map(|text| text.parse().map_err(|_| format!("`{text}` is not a time")));
    time.transpose()
}
