//! The history of an instance as JSON: what was begun stands where it ended, unless somebody wants the events themselves.

use std::collections::{HashMap, HashSet};

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use azure_functions_shared::durable::{
    HistoryEvent, OrchestrationStatus, TaskFailureDetails,
    history_event::EventType,
    recorded::{PREFERENCE, RecordedHistory},
};
use serde_json::{Map, Value, json};

use super::{Api, status::ticks, value};
use crate::store::durable::{details, status_name};

/// The header of a request that says what its sender would rather have, and that of the answer that says that it got it.
const PREFER: &str = "prefer";
const APPLIED: &str = "preference-applied";

impl Api<'_> {
    /// The file of the history, for a client that asks for it: a real host takes no notice of that.
    pub(super) fn whole_history(&self, id: &str) -> Option<Response> {
        let headers = self.hook.request.headers().get_all(PREFER);
        let wants = |value: &HeaderValue| {
            let text = value.to_str().unwrap_or_default();
            text.split(',').any(|wanted| wanted.trim() == PREFERENCE)
        };
        if !headers.iter().any(wants) {
            return None;
        }
        let history = RecordedHistory::new(id, self.hub.history(id).unwrap_or_default());
        let headers = [
            (header::CONTENT_TYPE, "application/json; charset=utf-8"),
            (HeaderName::from_static(APPLIED), PREFERENCE),
        ];
        Some((headers, history.to_string()).into_response())
    }
}

/// What was begun: a call of an activity, or a part.
struct Begun<'a> {
    name: &'a str,
    instance_id: Option<&'a str>,
    time: Option<String>,
}

/// The events that a client is shown.
pub(super) fn events(events: &[HistoryEvent], with_output: bool) -> Value {
    let mut begun = HashMap::new();
    let mut ended = HashSet::new();
    for event in events {
        let time = ticks(event.timestamp.as_ref());
        match &event.event_type {
            Some(EventType::TaskScheduled(task)) => {
                let task = Begun {
                    name: &task.name,
                    instance_id: None,
                    time,
                };
                begun.insert(event.event_id, task);
            }
            Some(EventType::SubOrchestrationInstanceCreated(part)) => {
                let part = Begun {
                    name: &part.name,
                    instance_id: Some(&part.instance_id),
                    time,
                };
                begun.insert(event.event_id, part);
            }
            Some(other) => {
                ended.extend(of(other));
            }
            None => {}
        }
    }
    let shown = events.iter().filter_map(|event| {
        let what = event.event_type.as_ref()?;
        let over = ended.contains(&event.event_id);
        let mut shown = shown(what, over, with_output)?;
        let time = ticks(event.timestamp.as_ref());
        shown.insert("Timestamp".to_owned(), time.into());
        if let EventType::ExecutionStarted(started) = what {
            shown.insert("FunctionName".to_owned(), started.name.as_str().into());
        }
        if let Some(begun) = of(what).and_then(|id| begun.get(&id)) {
            let time = begun.time.as_ref();
            let time = time.map(|time| time.replace('Z', "+00:00"));
            shown.insert("ScheduledTime".to_owned(), time.into());
            shown.insert("FunctionName".to_owned(), begun.name.into());
            if let Some(id) = begun.instance_id {
                shown.insert("InstanceId".to_owned(), id.into());
            }
            shown.insert("Input".to_owned(), Value::Null);
        }
        Some(Value::Object(shown))
    });
    shown.collect()
}

/// Which call or part an event ends.
fn of(event: &EventType) -> Option<i32> {
    match event {
        EventType::TaskCompleted(task) => Some(task.task_scheduled_id),
        EventType::TaskFailed(task) => Some(task.task_scheduled_id),
        EventType::SubOrchestrationInstanceCompleted(part) => Some(part.task_scheduled_id),
        EventType::SubOrchestrationInstanceFailed(part) => Some(part.task_scheduled_id),
        _ => None,
    }
}

/// One event, without its time; the beginning and the end of a turn are not shown, nor is what has ended.
fn shown(event: &EventType, over: bool, with_output: bool) -> Option<Map<String, Value>> {
    let result = |text: Option<&str>| {
        if with_output {
            value(text)
        } else {
            Value::Null
        }
    };
    let failure = |failure: Option<&TaskFailureDetails>| failure.map(details);
    let shown = match event {
        EventType::ExecutionStarted(started) => json!({
            "EventType": "ExecutionStarted",
            "Input": started.input,
            "Correlation": null,
            "ParentTraceContext": null,
            "ScheduledStartTime": ticks(started.scheduled_start_timestamp.as_ref()),
            "Generation": 0,
            "GenerateNewTrace": false,
        }),
        EventType::ExecutionCompleted(completed) => {
            let status = OrchestrationStatus::try_from(completed.orchestration_status);
            json!({
                "EventType": "ExecutionCompleted",
                "OrchestrationStatus": status.ok().map(status_name),
                "Result": result(completed.result.as_deref()),
                "FailureDetails": failure(completed.failure_details.as_ref()),
            })
        }
        EventType::ExecutionTerminated(ended) => json!({
            "EventType": "ExecutionTerminated", "Input": ended.input,
        }),
        EventType::ExecutionSuspended(suspended) => json!({
            "EventType": "ExecutionSuspended", "Reason": suspended.input,
        }),
        EventType::ExecutionResumed(resumed) => json!({
            "EventType": "ExecutionResumed", "Reason": resumed.input,
        }),
        EventType::TaskScheduled(task) if !over => json!({
            "EventType": "TaskScheduled", "Name": task.name, "Input": null,
        }),
        EventType::TaskCompleted(task) => json!({
            "EventType": "TaskCompleted", "Result": result(task.result.as_deref()),
        }),
        EventType::TaskFailed(task) => json!({
            "EventType": "TaskFailed",
            "Reason": null,
            "Details": null,
            "FailureDetails": failure(task.failure_details.as_ref()),
        }),
        EventType::SubOrchestrationInstanceCreated(part) if !over => json!({
            "EventType": "SubOrchestrationInstanceCreated",
            "Name": part.name,
            "InstanceId": part.instance_id,
            "Input": null,
        }),
        EventType::SubOrchestrationInstanceCompleted(part) => json!({
            "EventType": "SubOrchestrationInstanceCompleted",
            "Result": result(part.result.as_deref()),
        }),
        EventType::SubOrchestrationInstanceFailed(part) => json!({
            "EventType": "SubOrchestrationInstanceFailed",
            "Reason": null,
            "Details": null,
            "FailureDetails": failure(part.failure_details.as_ref()),
        }),
        EventType::TimerCreated(timer) => json!({
            "EventType": "TimerCreated", "FireAt": ticks(timer.fire_at.as_ref()),
        }),
        EventType::TimerFired(timer) => json!({
            "EventType": "TimerFired", "FireAt": ticks(timer.fire_at.as_ref()),
        }),
        EventType::EventSent(sent) => json!({
            "EventType": "EventSent",
            "InstanceId": sent.instance_id,
            "Name": sent.name,
            "Input": sent.input,
        }),
        EventType::EventRaised(raised) => json!({
            "EventType": "EventRaised",
            "Name": raised.name,
            "Input": raised.input,
            "ParentTraceContext": null,
        }),
        EventType::GenericEvent(generic) => json!({
            "EventType": "GenericEvent", "Data": generic.data,
        }),
        _ => return None,
    };
    match shown {
        Value::Object(members) => Some(members),
        _ => None,
    }
}
