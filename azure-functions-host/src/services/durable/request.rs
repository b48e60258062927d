//! The activity of the extension itself that sends HTTP requests for orchestrators.

use std::{collections::BTreeMap, error::Error, thread, time::Duration};

use azure_functions_shared::durable::TaskFailureDetails;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// Its name.
pub(super) const ACTIVITY: &str = "BuiltIn::HttpActivity";

/// How long a server may take for an answer.
const PATIENCE: Duration = Duration::from_secs(100);

/// The longest answer that is read.
const LONGEST: u64 = 16 << 20;

/// What it is called with, in a list.
#[derive(Debug, Deserialize)]
struct Request {
    method: String,
    uri: String,
    headers: Option<BTreeMap<String, Values>>,
    content: Option<String>,
}

/// The values of a header: a text if there is one.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

/// What it gives.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    status_code: u16,
    headers: BTreeMap<String, Values>,
    content: String,
}

/// Sends the request that an input describes, and gives the answer as a JSON text. Any status is an answer.
///
/// # Errors
///
/// When the input is no request, or the server does not answer.
///
/// # Cancel safety
///
/// Dropped, the request goes on by itself, and nobody learns of its answer.
pub(super) async fn send(input: Option<&str>) -> Result<String, TaskFailureDetails> {
    let [request]: [Request; 1] = serde_json::from_str(input.unwrap_or("null")).map_err(failure)?;
    let (sender, receiver) = oneshot::channel();
    // A thread that the runtime does not wait for when the host ends.
    thread::Builder::new()
        .name("http-activity".to_owned())
        .spawn(move || drop(sender.send(exchange(request))))
        .map_err(failure)?;
    let answer = receiver.await.map_err(failure)?.map_err(failure)?;
    serde_json::to_string(&answer).map_err(failure)
}

fn exchange(request: Request) -> Result<Response, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let mut builder = http::Request::builder()
        .method(request.method.as_str())
        .uri(&request.uri);
    for (name, values) in request.headers.into_iter().flatten() {
        let values = match values {
            Values::One(value) => vec![value],
            Values::Many(values) => values,
        };
        for value in values {
            builder = builder.header(&name, value);
        }
    }
    let mut answer = match request.content {
        Some(content) => agent.run(builder.body(content)?)?,
        None => agent.run(builder.body(())?)?,
    };
    let mut headers: BTreeMap<String, Values> = BTreeMap::new();
    for name in answer.headers().keys() {
        let values = answer.headers().get_all(name).iter();
        let values: Vec<_> = values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        let values = match <[String; 1]>::try_from(values) {
            Ok([value]) => Values::One(value),
            Err(values) => Values::Many(values),
        };
        headers.insert(name.to_string(), values);
    }
    let status_code = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(LONGEST);
    Ok(Response {
        status_code,
        headers,
        content: body.lossy_utf8(true).read_to_string()?,
    })
}

fn failure(error: impl Error) -> TaskFailureDetails {
    TaskFailureDetails {
        error_type: "HttpActivityError".to_owned(),
        error_message: error.to_string(),
        ..TaskFailureDetails::default()
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        http::{HeaderMap, Method, StatusCode},
        response::IntoResponse,
        routing::any,
    };
    use serde_json::{Value, json};
    use tokio::net::TcpListener;

    use super::send;

    /// Says what it was sent.
    async fn echo(method: Method, headers: HeaderMap, body: String) -> impl IntoResponse {
        let given = headers.get_all("x-test").iter();
        let given: Vec<_> = given.map(|value| value.to_str().unwrap()).collect();
        (
            StatusCode::ACCEPTED,
            [("x-one", "1"), ("location", "/jobs/1")],
            format!("{method} {given:?} {body}"),
        )
    }

    async fn run(input: Value) -> Value {
        let answer = send(Some(&input.to_string())).await.unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    #[tokio::test]
    async fn sends_what_is_recorded() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/api/echo", listener.local_addr().unwrap());
        let app = Router::new().route("/api/echo", any(echo));
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        for (method, headers, content, expected) in [
            (
                "GET",
                json!({"x-test": ["1"]}),
                Value::Null,
                r#"GET ["1"] "#,
            ),
            (
                "POST",
                json!({"x-test": ["1", "2"]}),
                json!("body"),
                r#"POST ["1", "2"] body"#,
            ),
            (
                "DELETE",
                json!({"x-test": "1"}),
                Value::Null,
                r#"DELETE ["1"] "#,
            ),
            ("POST", Value::Null, Value::Null, "POST [] "),
        ] {
            let request =
                json!({"method": method, "uri": uri, "headers": headers, "content": content});
            let answer = run(json!([request])).await;
            assert_eq!(answer["content"], expected);
            assert_eq!(answer["statusCode"], 202);
            assert_eq!(answer["headers"]["x-one"], "1");
            // Nobody follows it here: that is the orchestrator's part.
            assert_eq!(answer["headers"]["location"], "/jobs/1");
        }
        server.abort();

        for input in [
            json!({"method": "GET", "uri": uri}),
            json!([]),
            json!([{"method": "G T", "uri": uri, "headers": null, "content": null}]),
            json!([{"method": "GET", "uri": "http://127.0.0.1:1/", "headers": null, "content": null}]),
        ] {
            let failure = send(Some(&input.to_string())).await.unwrap_err();
            assert_eq!(
                failure.error_type, "HttpActivityError",
                "{input}: {failure:?}"
            );
        }
    }
}
