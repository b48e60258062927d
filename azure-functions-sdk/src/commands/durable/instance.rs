//! What can be asked of a task hub, and what its answers mean.

use std::{
    thread,
    time::{Duration, Instant},
};

use azure_functions_shared::durable::recorded::{PREFERENCE, RecordedHistory};
use jiff::Timestamp;
use serde_json::Value;
use ureq::http::StatusCode;

use super::{error::DurableError, status_page};
use crate::{
    cli::{FilterArgs, InstanceStatus},
    client::{Client, ClientError, Described, ManagementRequest, Reply},
    samples,
    similar::closest,
};

/// The first pause between two looks at an instance, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The header that says where a list goes on.
const CONTINUATION: &str = "x-ms-continuation-token";
/// The header of an answer that says that it is what was preferred.
const APPLIED: &str = "preference-applied";
/// A time before all instances: the API wants one.
const BEGINNING: &str = "2000-01-01T00:00:00Z";

/// The task hub of an app that runs.
#[derive(Debug)]
pub(super) struct Hub {
    client: Client,
}

impl Hub {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Starts an instance, and gives its id.
    ///
    /// # Errors
    ///
    /// There is no such orchestrator, as far as the host tells, or the id is taken.
    pub(super) fn start(
        &self,
        name: &str,
        id: Option<&str>,
        input: Option<&str>,
    ) -> Result<String, DurableError> {
        // The API starts any name, and the instance fails. Only the master key shows what there is.
        match self.client.functions() {
            Ok(functions) => check(&functions, name)?,
            Err(ClientError::Denied { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let path = ["orchestrators", name, id.unwrap_or_default()];
        let reply = self.client.manage(ManagementRequest {
            method: "POST",
            path: path.get(..2 + usize::from(id.is_some())).unwrap_or(&path),
            body: input,
            ..ManagementRequest::default()
        })?;
        match reply.status {
            StatusCode::ACCEPTED => self.started(&reply),
            StatusCode::CONFLICT => Err(refused(
                &reply,
                "start it",
                Some(format!(
                    "take another `--id`, or end it with `cargo func durable terminate {}`",
                    id.unwrap_or_default()
                )),
            )),
            StatusCode::NOT_FOUND => Err(self.no_hub()),
            _ => Err(refused(&reply, "start it", None)),
        }
    }

    /// Starts an instance as another one was started, and gives its id.
    ///
    /// # Errors
    ///
    /// There is no such instance, or it runs and is to keep its id.
    pub(super) fn restart(&self, id: &str, with_new_id: bool) -> Result<String, DurableError> {
        let reply = self.client.manage(ManagementRequest {
            method: "POST",
            path: &["instances", id, "restart"],
            query: vec![("restartWithNewInstanceId", with_new_id.to_string())],
            ..ManagementRequest::default()
        })?;
        match reply.status {
            StatusCode::ACCEPTED => self.started(&reply),
            StatusCode::NOT_FOUND => Err(DurableError::NoInstance(id.to_owned())),
            _ => Err(refused(&reply, "start it again", None)),
        }
    }

    fn started(&self, reply: &Reply) -> Result<String, DurableError> {
        let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
        let id = body.as_ref().and_then(|body| body.get("id")?.as_str());
        let id = id.ok_or_else(|| self.no_host())?;
        Ok(id.to_owned())
    }

    /// What the host says of an instance.
    ///
    /// # Errors
    ///
    /// There is no such instance.
    pub(super) fn status(&self, id: &str) -> Result<Value, DurableError> {
        self.page(&self.look(id, Vec::new(), Vec::new())?)
    }

    fn look(
        &self,
        id: &str,
        query: Vec<(&str, String)>,
        headers: Vec<(&str, &str)>,
    ) -> Result<Reply, DurableError> {
        let reply = self.client.manage(ManagementRequest {
            method: "GET",
            path: &["instances", id],
            query,
            headers,
            body: None,
        })?;
        match reply.status {
            StatusCode::OK | StatusCode::ACCEPTED => Ok(reply),
            StatusCode::NOT_FOUND => Err(DurableError::NoInstance(id.to_owned())),
            _ => Err(refused(&reply, "tell of it", None)),
        }
    }

    fn page(&self, reply: &Reply) -> Result<Value, DurableError> {
        serde_json::from_slice(&reply.body).map_err(|_| self.no_host())
    }

    /// Waits until an instance has ended.
    ///
    /// # Errors
    ///
    /// There is no such instance, or the time is up.
    pub(super) fn wait(&self, id: &str, seconds: Option<u64>) -> Result<Value, DurableError> {
        let began = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let status = self.status(id)?;
            let name = status
                .get("runtimeStatus")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if ["Completed", "Failed", "Terminated", "Canceled"].contains(&name) {
                return Ok(status);
            }
            let left =
                seconds.map(|seconds| Duration::from_secs(seconds).saturating_sub(began.elapsed()));
            if left == Some(Duration::ZERO) {
                return Err(DurableError::TimedOut {
                    id: id.to_owned(),
                    seconds: seconds.unwrap_or_default(),
                    status: name.to_owned(),
                });
            }
            thread::sleep(left.map_or(pause, |left| left.min(pause)));
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    /// Instances that a filter chooses, and whether there are more.
    ///
    /// # Errors
    ///
    /// The app has no task hub.
    pub(super) fn list(
        &self,
        filter: &FilterArgs,
        prefix: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Value>, bool), DurableError> {
        let mut found: Vec<Value> = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let left = limit.saturating_sub(found.len());
            let mut query = query(filter);
            query.push(("top", left.to_string()));
            query.extend(prefix.map(|prefix| ("instanceIdPrefix", prefix.to_owned())));
            let token_header = token.as_deref().map(|token| (CONTINUATION, token));
            let reply = self.client.manage(ManagementRequest {
                method: "GET",
                path: &["instances"],
                query,
                headers: token_header.into_iter().collect(),
                body: None,
            })?;
            match reply.status {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => return Err(self.no_hub()),
                _ => return Err(refused(&reply, "list instances", None)),
            }
            let page = self.page(&reply)?;
            let page = page.as_array().ok_or_else(|| self.no_host())?;
            found.extend(page.iter().take(left).cloned());
            let mut headers = reply.headers.iter();
            let next = headers.find(|(name, _)| name.eq_ignore_ascii_case(CONTINUATION));
            let next = next.map(|(_, token)| token.clone());
            let next = next.filter(|token| !token.is_empty());
            if next.is_none() || next == token || found.len() >= limit {
                return Ok((found, next.is_some()));
            }
            token = next;
        }
    }

    /// Raises an event for an instance.
    ///
    /// # Errors
    ///
    /// There is no such instance, or it has ended.
    pub(super) fn raise(
        &self,
        id: &str,
        name: &str,
        data: Option<&str>,
    ) -> Result<(), DurableError> {
        let reply = self.client.manage(ManagementRequest {
            method: "POST",
            path: &["instances", id, "raiseEvent", name],
            body: Some(data.unwrap_or("null")),
            ..ManagementRequest::default()
        })?;
        done(&reply, id, "raise the event")
    }

    /// Terminates, suspends, resumes or rewinds an instance.
    ///
    /// # Errors
    ///
    /// There is no such instance, or it is not in a state for it.
    pub(super) fn act(
        &self,
        id: &str,
        verb: &str,
        reason: Option<&str>,
    ) -> Result<(), DurableError> {
        let reason = reason.map(|reason| ("reason", reason.to_owned()));
        let reply = self.client.manage(ManagementRequest {
            method: "POST",
            path: &["instances", id, verb],
            query: reason.into_iter().collect(),
            ..ManagementRequest::default()
        })?;
        done(&reply, id, &format!("{verb} it"))
    }

    /// Removes all traces of an instance.
    ///
    /// # Errors
    ///
    /// There is no such instance, or it has not ended.
    pub(super) fn purge(&self, id: &str) -> Result<u64, DurableError> {
        let reply = self.client.manage(ManagementRequest {
            method: "DELETE",
            path: &["instances", id],
            ..ManagementRequest::default()
        })?;
        match reply.status {
            StatusCode::OK => self.count(&reply),
            StatusCode::NOT_FOUND => Err(DurableError::NoInstance(id.to_owned())),
            _ => Err(refused(
                &reply,
                "purge it",
                Some(format!("end it with `cargo func durable terminate {id}`")),
            )),
        }
    }

    /// Removes all traces of the instances that a filter chooses and that have ended.
    ///
    /// # Errors
    ///
    /// There are none.
    pub(super) fn purge_all(&self, filter: &FilterArgs) -> Result<u64, DurableError> {
        let mut query = query(filter);
        if filter.after.is_none() {
            query.push(("createdTimeFrom", BEGINNING.to_owned()));
        }
        let reply = self.client.manage(ManagementRequest {
            method: "DELETE",
            path: &["instances"],
            query,
            ..ManagementRequest::default()
        })?;
        match reply.status {
            StatusCode::OK => self.count(&reply),
            StatusCode::NOT_FOUND => Err(DurableError::NonePurged),
            _ => Err(refused(&reply, "purge instances", None)),
        }
    }

    fn count(&self, reply: &Reply) -> Result<u64, DurableError> {
        let page = self.page(reply)?;
        let count = page.get("instancesDeleted").and_then(Value::as_u64);
        count.ok_or_else(|| self.no_host())
    }

    /// What has happened to an instance: as the hub has it if the host tells that, or as its status page says it.
    ///
    /// # Errors
    ///
    /// There is no such instance.
    pub(super) fn history(&self, id: &str) -> Result<RecordedHistory, DurableError> {
        let yes = || "true".to_owned();
        let query = vec![("showHistory", yes()), ("showHistoryOutput", yes())];
        let reply = self.look(id, query, vec![("prefer", PREFERENCE)])?;
        let applied = reply
            .headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case(APPLIED) && value == PREFERENCE);
        if applied {
            return reply.text().parse().map_err(|_| self.no_host());
        }
        let page = self.page(&reply)?;
        status_page::history(id, &page).map_err(|reason| DurableError::Refused {
            what: "tell its history".to_owned(),
            reason,
            hint: None,
        })
    }

    fn no_host(&self) -> DurableError {
        ClientError::NoHost(self.client.base().to_owned()).into()
    }

    fn no_hub(&self) -> DurableError {
        DurableError::NoHub(self.client.base().to_owned())
    }
}

/// Whether there is an orchestrator of this name.
fn check(functions: &[Described], name: &str) -> Result<(), DurableError> {
    let orchestrators = functions.iter().filter_map(|function| {
        let trigger = function.trigger()?;
        let kind = samples::text(trigger, "type")?;
        kind.eq_ignore_ascii_case("orchestrationTrigger").then(|| {
            let given = samples::text(trigger, "orchestration").filter(|name| !name.is_empty());
            given.unwrap_or(&function.name)
        })
    });
    let known: Vec<&str> = orchestrators.collect();
    if known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    Err(DurableError::NoOrchestrator {
        name: name.to_owned(),
        similar: closest(name, known.iter().copied()).map(str::to_owned),
        known: known.into_iter().map(str::to_owned).collect(),
    })
}

/// What an answer means that says no more than that it is done.
fn done(reply: &Reply, id: &str, what: &str) -> Result<(), DurableError> {
    match reply.status {
        StatusCode::ACCEPTED | StatusCode::OK => Ok(()),
        StatusCode::NOT_FOUND => Err(DurableError::NoInstance(id.to_owned())),
        StatusCode::GONE => Err(DurableError::Ended(id.to_owned())),
        _ => Err(refused(
            reply,
            what,
            Some(format!(
                "`cargo func durable status {id}` says how far it is"
            )),
        )),
    }
}

/// What the host says of a request that it does not take.
fn refused(reply: &Reply, what: &str, hint: Option<String>) -> DurableError {
    let text = reply.text();
    let body: Option<Value> = serde_json::from_str(&text).ok();
    let said = |name: &str| body.as_ref()?.get(name)?.as_str().map(str::to_owned);
    let reason = match (said("Message"), said("ExceptionMessage")) {
        (Some(message), Some(detail)) => format!("{message}: {detail}"),
        (Some(message), None) => message,
        _ => match body.as_ref().and_then(Value::as_str) {
            Some(text) => text.to_owned(),
            None if text.trim().is_empty() => format!("it answers {}", reply.status),
            None => text.trim().to_owned(),
        },
    };
    DurableError::Refused {
        what: what.to_owned(),
        reason: reason.trim_end_matches('.').to_owned(),
        hint,
    }
}

/// A filter as the API has it.
fn query(filter: &FilterArgs) -> Vec<(&'static str, String)> {
    let mut query = Vec::new();
    let statuses: Vec<_> = filter.status.iter().map(|status| name(*status)).collect();
    if !statuses.is_empty() {
        query.push(("runtimeStatus", statuses.join(",")));
    }
    let time = |time: Timestamp| time.to_string();
    query.extend(filter.after.map(|from| ("createdTimeFrom", time(from))));
    query.extend(filter.before.map(|to| ("createdTimeTo", time(to))));
    query
}

fn name(status: InstanceStatus) -> &'static str {
    match status {
        InstanceStatus::Pending => "Pending",
        InstanceStatus::Running => "Running",
        InstanceStatus::Suspended => "Suspended",
        InstanceStatus::Completed => "Completed",
        InstanceStatus::Failed => "Failed",
        InstanceStatus::Terminated => "Terminated",
        InstanceStatus::Canceled => "Canceled",
        InstanceStatus::ContinuedAsNew => "ContinuedAsNew",
    }
}
