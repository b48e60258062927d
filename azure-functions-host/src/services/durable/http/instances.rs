//! Instances over HTTP: started, looked at, told things, and cleared away.

use std::time::Duration;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use azure_functions_shared::durable::OrchestrationStatus as Status;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Answer, Api, CONTINUATION, accepted, conflict, gone, history, not_found, page, status, value,
};
use crate::{
    http::sentence,
    store::durable::{Filter, HubError, Start, is_over, status_name, token_of},
};

/// The statuses that a client can ask for.
const STATUSES: [Status; 8] = [
    Status::Running,
    Status::Completed,
    Status::ContinuedAsNew,
    Status::Failed,
    Status::Canceled,
    Status::Terminated,
    Status::Pending,
    Status::Suspended,
];

impl Api<'_> {
    /// Starts an instance, and waits for its end if the client wants so.
    pub(super) async fn start(&self, name: &str, id: &str) -> Answer {
        let start = Start {
            name: name.to_owned(),
            input: self.body()?,
            ..Start::new(id.to_owned())
        };
        let id = self
            .hub
            .start(start, None)
            .map_err(|error| conflict(&error))?;
        let seconds = self.hook.query("timeout");
        let Some(seconds) = seconds.and_then(|text| text.parse::<f64>().ok()) else {
            return Ok(self.started(&id));
        };
        let wait = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        let until = self.ground.clock.now().checked_add(wait);
        let until = until.unwrap_or(Timestamp::MAX);
        let state = tokio::select! {
            state = self.hub.wait(&id, is_over) => state,
            () = self.ground.clock.sleep_until(until) => return Ok(self.started(&id)),
        };
        if state.orchestration_status() == Status::Completed {
            return Ok(page(StatusCode::OK, &value(state.output.as_deref())));
        }
        let fails = self.flag("returnInternalServerErrorOnFailure") == Some(true)
            && state.orchestration_status() == Status::Failed;
        let code = if fails {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::OK
        };
        Ok(page(code, &status::body(&state)))
    }

    /// How far an instance has come.
    pub(super) fn status(&self, id: &str) -> Answer {
        let state = self.hub.get(id).ok_or_else(not_found)?;
        if let Some(file) = self.whole_history(id) {
            return Ok(file);
        }
        let mut body = status::body(&state);
        if self.flag("showHistory") == Some(true)
            && let Some(body) = body.as_object_mut()
        {
            let events = self.hub.history(id).unwrap_or_default();
            let with_output = self.flag("showHistoryOutput") == Some(true);
            body.insert(
                "historyEvents".to_owned(),
                history::events(&events, with_output),
            );
        }
        let status = state.orchestration_status();
        if !is_over(status) {
            return Ok(self.look_again(page(StatusCode::ACCEPTED, &body)));
        }
        let fails = status == Status::Failed
            && self.flag("returnInternalServerErrorOnFailure") == Some(true);
        let code = if fails {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::OK
        };
        Ok(page(code, &body))
    }

    /// A list of instances.
    pub(super) fn list(&self) -> Answer {
        let filter = Filter {
            prefix: self.hook.query("instanceIdPrefix").unwrap_or_default(),
            ..self.filter()?
        };
        let found = self.hub.query(&filter, self.after().as_deref(), self.top());
        let body: Vec<Value> = found.items.iter().map(status::body).collect();
        let mut response = page(StatusCode::OK, &Value::Array(body));
        if let Some(next) = found.next
            && let Ok(token) = HeaderValue::try_from(token_of(&next))
        {
            let name = HeaderName::from_static(CONTINUATION);
            response.headers_mut().insert(name, token);
        }
        Ok(response)
    }

    fn filter(&self) -> Result<Filter, Response> {
        let names = self.hook.query("runtimeStatus").unwrap_or_default();
        let names = names.split(',').map(str::trim);
        let statuses = names.filter(|name| !name.is_empty()).map(|name| {
            let mut statuses = STATUSES.into_iter();
            let found = statuses.find(|status| status_name(*status).eq_ignore_ascii_case(name));
            found.ok_or_else(|| {
                let all = STATUSES.map(status_name).join(", ");
                let text = format!("there is no status `{name}`; there are {all}");
                sentence(StatusCode::BAD_REQUEST, text)
            })
        });
        Ok(Filter {
            statuses: statuses.collect::<Result<_, _>>()?,
            created_from: self.time("createdTimeFrom")?,
            created_to: self.time("createdTimeTo")?,
            prefix: String::new(),
        })
    }

    /// Forgets an instance that is over.
    pub(super) fn purge(&self, id: &str) -> Answer {
        self.hub.purge(id).map_err(|error| match error {
            HubError::NotFound(_) => not_found(),
            HubError::Exists { id, status } | HubError::Wrong { id, status } => {
                let text = format!(
                    "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID {id} has status {}",
                    status_name(status)
                );
                page(StatusCode::PRECONDITION_FAILED, &text.into())
            }
        })?;
        Ok(page(StatusCode::OK, &json!({ "instancesDeleted": 1 })))
    }

    /// Forgets instances that are over.
    pub(super) fn purge_all(&self) -> Answer {
        match self.hub.purge_all(&self.filter()?) {
            0 => Err(not_found()),
            count => Ok(page(StatusCode::OK, &json!({ "instancesDeleted": count }))),
        }
    }

    /// Tells an instance of an event.
    pub(super) fn raise(&self, id: &str, event: &str) -> Answer {
        let input = self.body()?;
        self.hub
            .raise(id, event.to_owned(), input)
            .map_err(|error| gone(&error))?;
        Ok(accepted())
    }

    /// Terminates, suspends, resumes, rewinds or restarts an instance.
    pub(super) fn act(&self, id: &str, verb: &str) -> Answer {
        let reason = self.hook.query("reason");
        let result = match verb.to_ascii_lowercase().as_str() {
            "terminate" => self.hub.terminate(id, reason),
            "suspend" => self.hub.suspend(id, reason),
            "resume" => self.hub.resume(id, reason),
            "rewind" => {
                return match self.hub.rewind(id, reason) {
                    Ok(()) => Ok(accepted()),
                    Err(HubError::NotFound(_)) => Err(not_found()),
                    Err(HubError::Exists { status, .. } | HubError::Wrong { status, .. }) => {
                        let text = format!(
                            "This orchestration has status {}, but only orchestrations in the \"Failed\" state can be rewound.",
                            status_name(status)
                        );
                        Err(page(StatusCode::PRECONDITION_FAILED, &text.into()))
                    }
                };
            }
            "restart" => {
                let with_new_id = self.flag("restartWithNewInstanceId") != Some(false);
                let id = self.hub.restart(id, with_new_id);
                return Ok(self.started(&id.map_err(|error| conflict(&error))?));
            }
            _ => return Err(not_found()),
        };
        result.map_err(|error| gone(&error))?;
        Ok(accepted())
    }
}
