//! Activities: a JSON text in, a JSON text out, and failures as the extension reads them from texts.

use azure_functions_shared::{
    durable::{TaskCompletedEvent, TaskFailedEvent, TaskFailureDetails, history_event::EventType},
    rpc::{Data, TypedData},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

use super::{
    dispatch::{Dispatch, Failure, time_span},
    request,
};
use crate::{
    binding_data::{BindingData, Value},
    invoke::{Answer, InvokeError},
    lenient_json::{self, Dates, Token},
    plan::Plan,
    store::durable::Task,
    wire::{Output, trigger::Event},
};

impl Dispatch {
    /// Calls an activity, and tells the instance what it answered.
    pub(super) async fn task(&self, number: u64, task: Task) {
        if task.name.eq_ignore_ascii_case(request::ACTIVITY) {
            return self.request(number, &task).await;
        }
        let Ok(plan) = self.registry.activity(&task.name) else {
            // The real host gives no details of this.
            return self.fail(number, &task, None);
        };
        let event = event(plan, &task.instance_id, task.input.as_deref());
        match self.call(plan, "an orchestration calls", event).await {
            Ok(answer) => {
                let completed = TaskCompletedEvent {
                    task_scheduled_id: task.event_id,
                    result: result(&answer),
                };
                let completed = EventType::TaskCompleted(completed);
                self.hub.end_task(number, completed);
            }
            // It is in the hub still, and is called by the next host that has it.
            Err(Failure::Lost(_)) if self.ends() => {}
            Err(Failure::Lost(error) | Failure::Failed(error)) => {
                let details = details_of(plan.name(), &error);
                self.fail(number, &task, Some(details));
            }
        }
    }

    /// Sends an HTTP request for an instance.
    async fn request(&self, number: u64, task: &Task) {
        let answer = tokio::select! {
            answer = request::send(task.input.as_deref()) => answer,
            // It is in the hub still.
            () = self.surroundings.stop.cancelled() => return,
        };
        match answer {
            Ok(answer) => {
                let completed = EventType::TaskCompleted(TaskCompletedEvent {
                    task_scheduled_id: task.event_id,
                    result: Some(answer),
                });
                self.hub.end_task(number, completed);
            }
            Err(details) => self.fail(number, task, Some(details)),
        }
    }

    fn fail(&self, number: u64, task: &Task, details: Option<TaskFailureDetails>) {
        let failed = EventType::TaskFailed(TaskFailedEvent {
            task_scheduled_id: task.event_id,
            failure_details: details,
        });
        self.hub.end_task(number, failed);
    }
}

/// What an activity is called with. Without an input there is no value.
pub(super) fn event(plan: &Plan, instance_id: &str, input: Option<&str>) -> Event {
    let mut data = BindingData::default();
    data.insert("instanceId", Value::String(instance_id.to_owned()));
    let value = match input {
        None => TypedData::default(),
        Some(text) => {
            if let Ok(token) = lenient_json::tokens(text, Dates::Keep) {
                data.insert("data", Value::Json(token));
            }
            let name = &plan.function().trigger().name;
            data.insert(name.as_str(), Value::String(text.to_owned()));
            Data::String(text.to_owned()).into()
        }
    };
    Event { value, data }
}

/// The result of an activity as a JSON text.
fn result(answer: &Answer) -> Option<String> {
    let quoted = |text: &str| Token::String(text.to_owned()).compact();
    Some(match answer.values().return_value()? {
        Output::Json(token) => token.compact(),
        Output::Text(text) => quoted(text),
        Output::Bytes(bytes) => quoted(&BASE64.encode(bytes)),
        Output::Int(number) => number.to_string(),
        Output::Double(number) => Token::Float(*number).compact(),
        Output::Http(_) => return None,
    })
}

/// What the extension makes of a call that failed.
pub(super) fn details_of(function: &str, error: &InvokeError) -> TaskFailureDetails {
    let details = |error_type: &str, message: String| TaskFailureDetails {
        error_type: error_type.to_owned(),
        error_message: message,
        ..TaskFailureDetails::default()
    };
    match error {
        InvokeError::Failed { message, stack } => {
            let (error_type, message) = read(message);
            TaskFailureDetails {
                stack_trace: Some(stack.clone()),
                ..details(error_type, message.to_owned())
            }
        }
        InvokeError::TimedOut(limit) => details(
            "Microsoft.Azure.WebJobs.Host.FunctionTimeoutException",
            format!(
                "Timeout value of {} was exceeded by function: Functions.{function}",
                time_span(*limit)
            ),
        ),
        other => {
            let inner = match other {
                InvokeError::WorkerLost(reason) => details(
                    "Microsoft.Azure.WebJobs.Script.Workers.WorkerProcessExitException",
                    reason.clone(),
                ),
                other => details("System.Exception", other.to_string()),
            };
            TaskFailureDetails {
                inner_failure: Some(Box::new(inner)),
                ..details(
                    "Microsoft.Azure.WebJobs.Host.FunctionInvocationException",
                    format!("Exception while executing function: Functions.{function}"),
                )
            }
        }
    }
}

/// The type and the message that the first line of a text holds.
fn read(text: &str) -> (&str, &str) {
    let line = text.lines().next().unwrap_or_default();
    line.split_once(": ").unwrap_or(("(unknown)", line))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn failures_are_read_as_by_the_extension() {
        // The texts of the recorded scene `b`, and what the orchestrator was told.
        for (text, error_type, message) in [
            ("MyError: text of it", "MyError", "text of it"),
            (
                "plain words without colon",
                "(unknown)",
                "plain words without colon",
            ),
            ("", "(unknown)", ""),
            ("Outer: Inner: deep", "Outer", "Inner: deep"),
            ("A: first\nB: second", "A", "first"),
        ] {
            let error = InvokeError::Failed {
                message: text.to_owned(),
                stack: "at x".to_owned(),
            };
            let details = details_of("f", &error);
            assert_eq!(
                (details.error_type.as_str(), details.error_message.as_str()),
                (error_type, message)
            );
            assert_eq!(details.stack_trace.as_deref(), Some("at x"));
        }
    }

    #[test]
    fn a_lost_worker_and_a_timeout_have_their_types() {
        let lost = details_of("killer", &InvokeError::WorkerLost("exited".to_owned()));
        assert_eq!(
            lost.error_message,
            "Exception while executing function: Functions.killer"
        );
        let inner = lost.inner_failure.unwrap();
        assert!(inner.error_type.ends_with(".WorkerProcessExitException"));
        let late = details_of("slowact", &InvokeError::TimedOut(Duration::from_secs(6)));
        assert_eq!(
            late.error_message,
            "Timeout value of 00:00:06 was exceeded by function: Functions.slowact"
        );
    }
}
