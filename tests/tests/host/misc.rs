//! Odd requests and odd answers, as the real host takes them.

use std::{collections::BTreeMap, fmt::Write as _, net::SocketAddr, time::Duration};

use azure_functions_host::Keys;
use azure_functions_shared::rpc::{
    Content, Data, RpcHttp, nullable_string, parameter_binding::RpcData,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{App, Setup, function, http};

/// How long nothing may come before the answer is complete.
const SILENCE: Duration = Duration::from_secs(2);
/// The same for one to a large body.
const PATIENCE: Duration = Duration::from_secs(20);

/// Cases that are answered otherwise here, by their names, and why.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "HTTP/1.0 without Host",
        "it needs none; the real host fails on it",
    ),
    (
        "empty Host",
        "it is refused in a sentence; the real host fails on it",
    ),
    (
        "HTTP/1.2",
        "refused with 400 instead of 505: no client is helped by the difference",
    ),
    ("HTTP/2.0 in the request line", "as above"),
    ("no version", "as above"),
    (
        "control in header",
        "a control character is refused, which shows a mistake that an intermediary on the way to Azure would refuse",
    ),
    (
        "chunked and Content-Length",
        "the length that does not count is left out, not renamed to `X-Content-Length`",
    ),
    (
        "fragment in path",
        "a client that sends a fragment gets what it asks for; it never leaves a proper client",
    ),
    (
        "body size, 104857601",
        "413 with the limit in words says what is wrong; 500 would look like a failure of the function",
    ),
    ("body size, 120000000", "as above"),
    (
        "function answers ehdr, HEAD /api/ehdr",
        "a `Transfer-Encoding` of the function does not break the response",
    ),
    (
        "status from the worker, GET /api/echo?do=status&c=-1",
        "the real host sends a line that no client can read; 500, and the reason in the events",
    ),
    (
        "status from the worker, GET /api/echo?do=status&c=0",
        "as above",
    ),
    (
        "status from the worker, GET /api/echo?do=status&c=1000",
        "as above",
    ),
    (
        "status from the worker, GET /api/echo?do=status&c=100",
        "a status below 200 is no answer, and leaves clients waiting: as above",
    ),
    (
        "status from the worker, GET /api/echo?do=status&c=101",
        "as above",
    ),
    (
        "status from the worker, GET /api/echo?do=status&c=199",
        "as above",
    ),
];

#[derive(Debug, serde::Deserialize)]
struct Row {
    case: String,
    environment: Option<String>,
    #[serde(default)]
    method: String,
    #[serde(default)]
    path: String,
    raw: Option<String>,
    request_headers: Option<Vec<(String, String)>>,
    request_body: Option<Value>,
    bytes: Option<usize>,
    count: Option<usize>,
    content_length: Option<usize>,
    first: Option<String>,
    first_line: Option<String>,
    status: Option<u16>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    worker_saw: Option<Value>,
}

fn rows() -> Vec<Row> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/vectors/misc.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The bytes of a text, whose characters the recording has for them.
fn latin1(text: &str) -> Vec<u8> {
    let bytes = text.chars().map(|char| u8::try_from(u32::from(char)));
    bytes
        .collect::<Result<_, _>>()
        .unwrap_or_else(|_| text.as_bytes().to_vec())
}

impl Row {
    /// What tells the case from others of its name.
    fn key(&self) -> String {
        let mut key = self.case.clone();
        if !self.path.contains('…') && self.path != "/api/echo" && !self.path.is_empty() {
            let _ = write!(key, ", {} {}", self.method, self.path);
        }
        for number in [self.bytes, self.count, self.content_length]
            .iter()
            .flatten()
        {
            let _ = write!(key, ", {number}");
        }
        key
    }

    /// The path and query, of which the recording leaves some out.
    fn target(&self) -> String {
        match (self.case.as_str(), self.bytes) {
            ("long query", Some(bytes)) => format!("/api/echo?x={}", "a".repeat(bytes)),
            ("long path", Some(bytes)) => format!("/api/{}", "a".repeat(bytes)),
            _ => self.path.clone(),
        }
    }

    fn request(&self) -> Vec<u8> {
        if let Some(raw) = &self.raw {
            return latin1(raw);
        }
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n",
            self.method,
            self.target()
        );
        for (name, value) in self.request_headers.iter().flatten() {
            let value = match self.bytes {
                Some(bytes) if value.starts_with('<') => "b".repeat(bytes),
                _ => value.clone(),
            };
            let _ = write!(head, "{name}: {value}\r\n");
        }
        for number in 0..self.count.unwrap_or(0) {
            let _ = write!(head, "X-{number}: 1\r\n");
        }
        let body = match &self.request_body {
            Some(Value::String(text)) => Some(latin1(text)),
            Some(other) => Some(latin1(other["latin1"].as_str().unwrap())),
            None => None,
        };
        if let Some(body) = &body {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        [latin1(&head), body.unwrap_or_default()].concat()
    }
}

/// Sends bytes, and reads the answer until the connection ends or nothing comes any more.
async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let silence = if request.len() > 1 << 20 {
        PATIENCE
    } else {
        SILENCE
    };
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A host that refuses a request need not read all of it.
    let _ = tokio::time::timeout(silence, stream.write_all(request)).await;
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    while let Ok(Ok(length @ 1..)) = tokio::time::timeout(silence, stream.read(&mut part)).await {
        answer.extend_from_slice(&part[..length]);
        // The first answer is what counts.
        if answer.windows(4).any(|window| window == b"\r\n\r\n") && answer.len() > 64 << 10 {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The answer after one that only says to go on.
fn last(answer: &str) -> &str {
    match answer.split_once("\r\n\r\n") {
        Some((head, rest)) if head.starts_with("HTTP/1.1 100 ") && !rest.is_empty() => rest,
        _ => answer,
    }
}

fn status(answer: &str) -> Option<u16> {
    answer.split(' ').nth(1)?.parse().ok()
}

/// The request that the last function was called with.
fn seen(app: &App) -> Option<Value> {
    let record = app.record();
    let request = record
        .iter()
        .rev()
        .find_map(|(_, message)| match &message.content {
            Some(Content::InvocationRequest(request)) => Some(request),
            _ => None,
        })?;
    let RpcData::Data(data) = request.input_data.first()?.rpc_data.as_ref()? else {
        return None;
    };
    let Some(Data::Http(http)) = &data.data else {
        return None;
    };
    Some(shown(http))
}

fn shown(http: &RpcHttp) -> Value {
    let text = |value: &azure_functions_shared::rpc::NullableString| {
        let nullable_string::String::Value(value) = value.string.as_ref().unwrap();
        value.clone()
    };
    let headers: BTreeMap<_, _> = http
        .nullable_headers
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let body = http.body.as_ref().and_then(|body| body.data.as_ref());
    let body = body.map(|body| match body {
        Data::Bytes(bytes) => {
            json!({ "bytes": format!("b64:{}", BASE64_STANDARD.encode(bytes)), "data": "bytes" })
        }
        other => json!(format!("{other:?}")),
    });
    json!({ "method": http.method, "url": http.url, "rpc_headers": headers, "rpc_body": body })
}

/// The same of what the worker of the recording saw.
fn recorded(saw: &Value, row: &Row) -> Value {
    let mut url = saw["url"].as_str().unwrap().replace("<host>", "127.0.0.1");
    if row.case == "long query" {
        url = format!("http://127.0.0.1{}", row.target());
    }
    let mut headers = saw["rpc_headers"].clone();
    if let (Some(big), Some(bytes)) = (headers.get_mut("x-big"), row.bytes) {
        *big = json!("b".repeat(bytes));
    }
    json!({ "method": saw["method"], "url": url, "rpc_headers": headers, "rpc_body": saw["rpc_body"] })
}

fn functions() -> Vec<Value> {
    let with = |name: &str, properties: Value| {
        let mut trigger = json!({ "type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous" });
        for (name, value) in properties.as_object().unwrap() {
            trigger[name] = value.clone();
        }
        let output = json!({ "type": "http", "direction": "out", "name": "$return" });
        function(name, &json!([trigger, output]))
    };
    let mut functions: Vec<_> = [
        "echo",
        "fail",
        "failplain",
        "noresult",
        "nobody",
        "emptytd",
        "badhdr",
        "ehdr",
        "noret",
    ]
    .into_iter()
    .map(http)
    .collect();
    functions.push(with("g", json!({ "methods": ["get"] })));
    functions.push(with("p", json!({ "methods": ["post"] })));
    functions.push(with("fn", json!({ "authLevel": "function" })));
    functions.push(function(
        "noout",
        &json!([{ "type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous" }]),
    ));
    functions
}

/// What differs in the answer to a row, in words.
async fn difference(app: &App, row: &Row) -> Option<String> {
    let address = app.host.address();
    if let Some(first) = &row.first {
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
            row.path
        );
        let answer = exchange(address, head.as_bytes()).await;
        let line = answer.lines().next().unwrap_or_default();
        return (line != first).then(|| line.to_owned());
    }
    if let Some(length) = row.content_length {
        let head = format!(
            "POST /api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        let body = vec![b'x'; length.min(30_000_000)];
        let answer = exchange(address, &[head.as_bytes(), &body].concat()).await;
        let line = answer.lines().next().unwrap_or_default();
        return (Some(line) != row.first_line.as_deref()).then(|| line.to_owned());
    }
    let answer = exchange(address, &row.request()).await;
    let answer = last(&answer);
    if status(answer) != row.status {
        return Some(answer.lines().next().unwrap_or("nothing").to_owned());
    }
    let head = answer
        .split("\r\n\r\n")
        .next()
        .unwrap_or_default()
        .to_lowercase();
    for (name, value) in &row.headers {
        let own = ["x-a", "location", "etag"];
        let text = format!("{name}: {value}").to_lowercase();
        if own.contains(&name.to_lowercase().as_str()) && !head.contains(&text) {
            return Some(format!("no `{text}`"));
        }
    }
    let saw = row.worker_saw.as_ref()?;
    let (expected, mut got) = (recorded(saw, row), seen(app)?);
    if expected["rpc_headers"] == "<omitted>" {
        got["rpc_headers"] = json!("<omitted>");
    }
    (got != expected).then(|| format!("{got} instead of {expected}"))
}

/// What a row has but for its environment and the hour.
fn facts(row: &Value) -> String {
    let mut row = row.clone();
    row["environment"].take();
    if let Some(headers) = row["headers"].as_array_mut() {
        headers.retain(|header| header[0] != "Date");
    }
    row.to_string()
}

#[test]
fn the_environments_do_not_differ() {
    let mut facts_of = BTreeMap::<String, Vec<String>>::new();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/vectors/misc.jsonl");
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let Some(environment) = row["environment"].as_str() else {
            continue;
        };
        let environment = environment.to_owned();
        facts_of.entry(environment).or_default().push(facts(&row));
    }
    assert_eq!(facts_of["none"], facts_of["Development+coretools"]);
}

#[tokio::test]
async fn odd_requests_and_answers_are_taken_as_by_the_real_host() {
    let mut setup = Setup::new(&functions());
    setup.config.keys = Some(Keys::generate().into());
    let app = setup.start().await;
    let silent = Setup::new(&functions()).with("SCRIPT_RECORD", "/dev/null");
    let silent = silent.start().await;
    let mut different = BTreeMap::new();
    let mut compared = 0;
    for row in rows() {
        // The other environment does not differ, as the test below holds.
        if row
            .environment
            .as_deref()
            .is_some_and(|name| name != "none")
        {
            continue;
        }
        compared += 1;
        let app = if row.content_length.is_some() {
            &silent
        } else {
            &app
        };
        if let Some(difference) = difference(app, &row).await {
            different.insert(row.key(), difference);
        }
    }
    assert!(compared >= 180, "{compared}");
    let known: BTreeMap<_, _> = DIFFERENT.iter().copied().collect();
    assert_eq!(
        different.keys().map(String::as_str).collect::<Vec<_>>(),
        known.keys().copied().collect::<Vec<_>>(),
        "{different:#?}"
    );
}
