//! Requests that the host sends for an orchestrator, with the polling of work that takes longer.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use azure_functions_shared::durable::{
    ScheduleTaskAction, orchestrator_action::OrchestratorActionType as ActionType,
};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

use crate::{RetryOptions, Task, TaskError, Timer, clock, json, state::Instance, task::Order};

/// The activity of the Durable extension that sends requests.
pub(crate) const ACTIVITY: &str = "BuiltIn::HttpActivity";

/// What is not sent to another server than the one that was asked first.
const SECRETS: [&str; 3] = ["authorization", "cookie", "x-functions-key"];

/// A request that the host sends for an orchestrator.
///
/// ```
/// use azure_functions_durable::DurableHttpRequest;
///
/// # fn main() -> Result<(), azure_functions_durable::TaskError> {
/// let request = DurableHttpRequest::post("https://example.com/jobs")
///     .header("x-from", "orchestrator")
///     .json(&["resize"])?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DurableHttpRequest {
    /// The method.
    pub method: String,
    /// The address.
    pub uri: String,
    /// The headers, each with all of its values.
    #[serde(default, deserialize_with = "headers")]
    pub headers: BTreeMap<String, Vec<String>>,
    /// The body.
    #[serde(default)]
    pub content: Option<String>,
    #[serde(skip)]
    once: bool,
}

impl DurableHttpRequest {
    /// A request with this method.
    pub fn new(method: impl Into<String>, uri: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            uri: uri.into(),
            headers: BTreeMap::new(),
            content: None,
            once: false,
        }
    }

    /// A `GET` request.
    pub fn get(uri: impl Into<String>) -> Self {
        Self::new("GET", uri)
    }

    /// A `POST` request.
    pub fn post(uri: impl Into<String>) -> Self {
        Self::new("POST", uri)
    }

    /// Adds a value of a header. What is sent stands in the history of the instance: give secrets to an activity instead.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers
            .entry(name.into())
            .or_default()
            .push(value.into());
        self
    }

    /// Gives it a body.
    pub fn content(mut self, content: impl Into<String>) -> Self {
        self.content = Some(content.into());
        self
    }

    /// Gives it a value as JSON for its body, and says so in a header.
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON.
    pub fn json(self, value: &impl Serialize) -> Result<Self, TaskError> {
        let text = json::write(value).map_err(|reason| TaskError::Input {
            task: described(&self),
            reason,
        })?;
        let text = text.unwrap_or_else(|| "null".to_owned());
        Ok(self
            .header("content-type", "application/json")
            .content(text))
    }

    /// Takes 202 as the answer, and asks nobody whether the work is done.
    pub fn without_polling(mut self) -> Self {
        self.once = true;
        self
    }

    /// The request that asks how far the work is, if the answer says where.
    fn next(&self, answer: &DurableHttpResponse) -> Option<Self> {
        if self.once || answer.status_code != 202 {
            return None;
        }
        let uri = resolve(&self.uri, answer.header("location")?);
        let mut headers = self.headers.clone();
        let elsewhere = !origin(&uri).eq_ignore_ascii_case(origin(&self.uri));
        headers.retain(|name, _| {
            let name = name.to_ascii_lowercase();
            let secret = elsewhere && SECRETS.contains(&name.as_str());
            !secret && !name.starts_with("content-")
        });
        Some(Self {
            headers,
            ..Self::get(uri)
        })
    }
}

/// The answer to a [`DurableHttpRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DurableHttpResponse {
    /// The status.
    pub status_code: u16,
    /// The headers, each with all of its values.
    #[serde(default, deserialize_with = "headers")]
    pub headers: BTreeMap<String, Vec<String>>,
    /// The body.
    #[serde(default)]
    pub content: Option<String>,
}

impl DurableHttpResponse {
    /// An answer with this status, as a test gives it.
    pub fn new(status_code: u16) -> Self {
        Self {
            status_code,
            ..Self::default()
        }
    }

    /// Adds a value of a header.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers
            .entry(name.into())
            .or_default()
            .push(value.into());
        self
    }

    /// Gives it a body.
    pub fn with_content(mut self, content: impl Into<String>) -> Self {
        self.content = Some(content.into());
        self
    }

    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status_code)
    }

    /// The first value of a header, whose case does not matter.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, values) = headers.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        values.first().map(String::as_str)
    }

    /// The body as a value of JSON.
    ///
    /// # Errors
    ///
    /// When it is none of the type. The text says where.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, TaskError> {
        json::read(self.content.as_deref()).map_err(|reason| TaskError::Output {
            task: "an HTTP request".to_owned(),
            reason,
        })
    }

    /// How long to wait before the next question.
    fn pause(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

/// A request that runs; awaiting it gives the answer.
#[must_use = "it runs, but nobody learns what is answered"]
pub struct HttpCall {
    instance: Instance,
    request: DurableHttpRequest,
    stage: Stage,
    retry: Option<RetryOptions>,
}

enum Stage {
    Asked(Box<Task<DurableHttpResponse>>),
    Pause(Timer, DurableHttpRequest),
    Ended,
}

impl HttpCall {
    pub(crate) fn new(instance: &Instance, request: DurableHttpRequest) -> Self {
        Self {
            instance: instance.clone(),
            stage: Stage::Asked(Box::new(ask(instance, &request, None))),
            request,
            retry: None,
        }
    }

    /// Sends each request again when there was no answer. A status that says that something went wrong is an answer.
    pub fn retry(mut self, options: RetryOptions) -> Self {
        if let Stage::Asked(task) = std::mem::replace(&mut self.stage, Stage::Ended) {
            self.stage = Stage::Asked(Box::new(task.retry(options.clone())));
        }
        self.retry = Some(options);
        self
    }
}

impl Future for HttpCall {
    type Output = Result<DurableHttpResponse, TaskError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match &mut this.stage {
                Stage::Asked(task) => {
                    let answer = ready!(Pin::new(task).poll(cx));
                    let next = answer.as_ref().ok();
                    let next = next.and_then(|answer| Some((this.request.next(answer)?, answer)));
                    let Some((next, answer)) = next else {
                        this.stage = Stage::Ended;
                        return Poll::Ready(answer);
                    };
                    let state = this.instance.state();
                    let pause = answer.pause().unwrap_or(state.http_pause);
                    let end = clock::later(state.now, pause);
                    drop(state);
                    this.stage = Stage::Pause(Timer::new(&this.instance, end), next);
                }
                Stage::Pause(timer, next) => {
                    ready!(Pin::new(timer).poll(cx));
                    this.request = next.clone();
                    let task = ask(&this.instance, next, this.retry.as_ref());
                    this.stage = Stage::Asked(Box::new(task));
                }
                Stage::Ended => return Poll::Pending,
            }
        }
    }
}

impl fmt::Debug for HttpCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HttpCall").field(&self.request).finish()
    }
}

fn ask(
    instance: &Instance,
    request: &DurableHttpRequest,
    retry: Option<&RetryOptions>,
) -> Task<DurableHttpResponse> {
    let what = described(request);
    // The extension reads the parameters of its activity from a list.
    let task = match json::write(&[request]) {
        Ok(input) => {
            let action = ScheduleTaskAction {
                name: ACTIVITY.to_owned(),
                input,
                ..ScheduleTaskAction::default()
            };
            Task::new(
                instance,
                what,
                Order::Again(ActionType::ScheduleTask(action)),
            )
        }
        Err(reason) => Task::failed(instance, TaskError::Input { task: what, reason }),
    };
    match retry {
        Some(options) => task.retry(options.clone()),
        None => task,
    }
}

fn described(request: &DurableHttpRequest) -> String {
    // A query may hold a key.
    let uri = request.uri.split('?').next().unwrap_or_default();
    format!("request `{} {uri}`", request.method)
}

/// Scheme, host and port of an address.
fn origin(uri: &str) -> &str {
    let Some(from) = uri.find("://").map(|at| at + 3) else {
        return "";
    };
    let rest = uri.get(from..).unwrap_or_default();
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    uri.get(..from + end).unwrap_or(uri)
}

/// Where `location` leads from `base`.
fn resolve(base: &str, location: &str) -> String {
    let origin = origin(base);
    if location.contains("://") {
        return location.to_owned();
    }
    if location.starts_with("//") {
        let scheme = base.split_once("://").map_or("http", |(scheme, _)| scheme);
        return format!("{scheme}:{location}");
    }
    if location.starts_with('/') {
        return format!("{origin}{location}");
    }
    let path = base.split(['?', '#']).next().unwrap_or_default();
    let folder = path.get(origin.len()..).unwrap_or_default();
    let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{origin}{folder}/{location}")
}

/// Reads headers, whose value is a text, or a list of texts.
fn headers<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Values {
        One(String),
        Many(Vec<String>),
    }

    let headers: Option<BTreeMap<String, Values>> = Option::deserialize(deserializer)?;
    let headers = headers.unwrap_or_default().into_iter();
    Ok(headers
        .map(|(name, values)| match values {
            Values::One(value) => (name, vec![value]),
            Values::Many(values) => (name, values),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{DurableHttpRequest, DurableHttpResponse, resolve};

    #[test]
    fn addresses() {
        for (base, location, expected) in [
            ("http://a/b/c?d", "https://e/f", "https://e/f"),
            ("http://a/b/c?d", "/f", "http://a/f"),
            ("http://a:1/b/c?d", "f?g", "http://a:1/b/f?g"),
            ("https://a/b/", "f", "https://a/b/f"),
            ("https://a", "f", "https://a/f"),
            ("https://a?b=/c", "f", "https://a/f"),
            ("https://a/b", "//e/f", "https://e/f"),
        ] {
            assert_eq!(resolve(base, location), expected, "{base} {location}");
        }
    }

    #[test]
    fn secrets_stay_with_their_server() {
        let first = DurableHttpRequest::post("http://a/jobs")
            .header("Authorization", "Bearer 1")
            .header("X-Functions-Key", "2")
            .header("x-other", "3")
            .json(&1)
            .unwrap();
        for (location, expected) in [
            (
                "/jobs/1",
                vec!["Authorization", "X-Functions-Key", "x-other"],
            ),
            (
                "http://A/jobs/1",
                vec!["Authorization", "X-Functions-Key", "x-other"],
            ),
            ("https://a/jobs/1", vec!["x-other"]),
            ("http://a:81/jobs/1", vec!["x-other"]),
            ("//b/jobs/1", vec!["x-other"]),
        ] {
            let answer = DurableHttpResponse::new(202).with_header("location", location);
            let next = first.next(&answer).unwrap();
            let names: Vec<_> = next.headers.keys().map(String::as_str).collect();
            assert_eq!(names, expected, "{location}");
            assert_eq!((next.method.as_str(), next.content), ("GET", None));
        }
    }

    #[test]
    fn recorded_messages() {
        // The scene `b9_tracing`.
        let request =
            DurableHttpRequest::get("http://127.0.0.1:7802/api/echo").header("x-test", "1");
        assert_eq!(
            serde_json::to_string(&[request]).unwrap(),
            r#"[{"method":"GET","uri":"http://127.0.0.1:7802/api/echo","headers":{"x-test":["1"]},"content":null}]"#
        );
        let answer = r#"{"statusCode":200,"headers":{"Date":"Sat, 21 Nov 2026 03:55:32 GMT","Server":"Kestrel"},"content":"ok"}"#;
        let answer: DurableHttpResponse = serde_json::from_str(answer).unwrap();
        assert_eq!(answer.header("server"), Some("Kestrel"));
        assert_eq!(answer.content.as_deref(), Some("ok"));
    }
}
