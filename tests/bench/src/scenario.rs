//! What is measured: invocations as the recordings of a real host show them.

use std::{collections::HashMap, fmt::Write as _};

use anyhow::{bail, ensure};
use azure_functions_shared::rpc::{
    CollectionBytes, CollectionSInt64, CollectionString, Data, InvocationRequest,
    InvocationResponse, NullableString, ParameterBinding, RpcClaimsIdentity, RpcHttp,
    RpcTraceContext, StatusResult, TypedData, parameter_binding::RpcData, status_result::Status,
};
use bytes::Bytes;

/// A kind of invocation.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What it is called in the table.
    pub name: &'static str,
    /// How many invocations run at a time.
    pub concurrency: usize,
    /// How the invocations come.
    pub way: Way,
    /// The function.
    pub function: &'static str,
    /// The arguments.
    request: fn() -> InvocationRequest,
    /// How many log records come before the answer.
    pub logs: usize,
    /// What the function returns.
    returns: fn() -> Option<Vec<u8>>,
}

/// How invocations come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As messages.
    Messages,
    /// As messages; a custom handler gets an HTTP request with this method and path.
    Http(&'static str, &'static str),
    /// As messages, and a request to the worker's own server.
    Forwarded,
}

/// All scenarios.
pub const SCENARIOS: [Scenario; 8] = [
    Scenario {
        name: "small HTTP",
        concurrency: 32,
        way: Way::Http("GET", "/api/hello?name=Rust"),
        function: "hello",
        request: hello,
        logs: 0,
        returns: || Some(b"Hello, Rust!".to_vec()),
    },
    Scenario {
        name: "JSON 4 KiB echo",
        concurrency: 32,
        way: Way::Http("POST", "/api/echo"),
        function: "echo",
        request: echo,
        logs: 0,
        returns: || Some(json().into_bytes()),
    },
    Scenario {
        name: "queue, no output",
        concurrency: 32,
        way: Way::Messages,
        function: "take",
        request: queue,
        logs: 0,
        returns: || None,
    },
    Scenario {
        name: "queue → queue",
        concurrency: 32,
        way: Way::Messages,
        function: "relay",
        request: queue,
        logs: 0,
        returns: || Some(MESSAGE.into()),
    },
    Scenario {
        name: "1 MiB blob in and out",
        concurrency: 4,
        way: Way::Messages,
        function: "copy",
        request: blob,
        logs: 0,
        returns: || Some(vec![b'x'; MEBIBYTE]),
    },
    Scenario {
        name: "64-event batch",
        concurrency: 8,
        way: Way::Messages,
        function: "batch",
        request: batch,
        logs: 0,
        returns: || None,
    },
    Scenario {
        name: "ten log lines",
        concurrency: 32,
        way: Way::Messages,
        function: "log",
        request: queue,
        logs: 10,
        returns: || None,
    },
    Scenario {
        name: "forwarded HTTP",
        concurrency: 32,
        way: Way::Forwarded,
        function: "hello",
        request: forwarded,
        logs: 0,
        returns: || None,
    },
];

impl Scenario {
    /// The invocation, without its id.
    pub fn request(&self) -> InvocationRequest {
        InvocationRequest {
            function_id: self.function.to_owned(),
            trace_context: Some(RpcTraceContext {
                trace_parent: "00-42198055709028e5a8906a8e4a572f51-73829210915ecf4d-00".to_owned(),
                ..RpcTraceContext::default()
            }),
            ..(self.request)()
        }
    }

    /// The body of the request over HTTP.
    pub fn body(&self) -> String {
        match self.way {
            Way::Http("POST", _) => json(),
            _ => String::new(),
        }
    }

    /// The body of the response over HTTP.
    pub fn response(&self) -> Vec<u8> {
        match self.way {
            Way::Forwarded => b"Hello, Rust!".to_vec(),
            _ => (self.returns)().unwrap_or_default(),
        }
    }

    /// Checks an answer.
    ///
    /// # Errors
    ///
    /// When it is not what the function should give.
    pub fn check(&self, answer: &InvocationResponse) -> anyhow::Result<()> {
        let name = self.name;
        if answer.result.as_ref().map(StatusResult::status) != Some(Status::Success) {
            bail!("{name}: failed: {:?}", answer.result);
        }
        let data = answer.return_value.as_ref();
        let data = match data.and_then(|data| data.data.as_ref()) {
            Some(Data::Http(http)) => http.body.as_ref().and_then(|body| body.data.as_ref()),
            data => data,
        };
        let returned = match data {
            None => None,
            Some(Data::Bytes(bytes)) => Some(bytes.to_vec()),
            Some(Data::String(text) | Data::Json(text)) => Some(text.clone().into_bytes()),
            Some(other) => bail!("{name}: returned {other:?}"),
        };
        ensure!(
            returned == (self.returns)(),
            "{name}: returned something else"
        );
        Ok(())
    }
}

const MEBIBYTE: usize = 1 << 20;
const MESSAGE: &str = "{\"order\":17,\"items\":[\"a\"]}";

fn text(text: impl Into<String>) -> TypedData {
    Data::String(text.into()).into()
}

fn json_data(json: impl Into<String>) -> TypedData {
    Data::Json(json.into()).into()
}

fn invocation(
    input: &str,
    data: Data,
    metadata: impl IntoIterator<Item = (&'static str, TypedData)>,
) -> InvocationRequest {
    InvocationRequest {
        input_data: vec![ParameterBinding {
            name: input.to_owned(),
            rpc_data: Some(RpcData::Data(data.into())),
        }],
        trigger_metadata: metadata
            .into_iter()
            .map(|(name, data)| (name.to_owned(), data))
            .collect(),
        ..InvocationRequest::default()
    }
}

/// A request with the headers and the metadata that a host sends to a worker with these capabilities.
fn http(
    method: &str,
    url: &str,
    more: &[(&str, &str)],
    query: &[(&str, &str)],
) -> (RpcHttp, String) {
    let headers = [
        ("host", "127.0.0.1:7071"),
        ("connection", "keep-alive"),
        ("accept", "*/*"),
        ("accept-language", "*"),
        ("sec-fetch-mode", "cors"),
        ("user-agent", "node"),
        ("accept-encoding", "gzip, deflate"),
    ];
    let headers = headers.iter().chain(more);
    let nullable = |pairs: &[(&str, &str)]| -> HashMap<String, NullableString> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into()))
            .collect()
    };
    let headers: Vec<_> = headers.copied().collect();
    let mut json = String::from("{");
    for (name, value) in &headers {
        let _ = write!(json, "\"{name}\":\"{value}\",");
    }
    json.pop();
    json.push('}');
    let claim =
        |kind: &str| Some(format!("http://schemas.example.org/identity/claims/{kind}").into());
    let http = RpcHttp {
        method: method.to_owned(),
        url: url.to_owned(),
        nullable_headers: nullable(&headers),
        nullable_query: nullable(query),
        identities: vec![RpcClaimsIdentity {
            name_claim_type: claim("name"),
            role_claim_type: claim("role"),
            ..RpcClaimsIdentity::default()
        }],
        ..RpcHttp::default()
    };
    (http, json)
}

fn hello() -> InvocationRequest {
    let url = "http://127.0.0.1:7071/api/hello?name=Rust";
    let (http, headers) = http("GET", url, &[], &[("name", "Rust")]);
    invocation(
        "request",
        Data::Http(Box::new(http)),
        [
            ("Headers", json_data(headers)),
            ("Query", json_data("{\"name\":\"Rust\"}")),
            ("name", text("Rust")),
        ],
    )
}

fn echo() -> InvocationRequest {
    let url = "http://127.0.0.1:7071/api/echo";
    let more = [
        ("content-type", "application/json"),
        ("content-length", "4096"),
    ];
    let (mut http, headers) = http("POST", url, &more, &[]);
    http.body = Some(Box::new(Data::Bytes(json().into()).into()));
    invocation(
        "value",
        Data::Http(Box::new(http)),
        [("Headers", json_data(headers)), ("Query", json_data("{}"))],
    )
}

fn queue() -> InvocationRequest {
    invocation(
        "message",
        Data::String(MESSAGE.to_owned()),
        [
            ("DequeueCount", json_data("1")),
            (
                "NextVisibleTime",
                json_data("\"2026-11-21T02:55:43+00:00\""),
            ),
            ("InsertionTime", json_data("\"2026-11-21T02:45:43+00:00\"")),
            ("ExpirationTime", json_data("\"2026-11-28T02:45:43+00:00\"")),
            ("Id", text("b6112a16-c7e4-40f1-b677-e4aadf83e1bb")),
            ("PopReceipt", text("MjFOb3YyMDI2MDI6NDU6NDM5ZDEw")),
            ("QueueTrigger", text(MESSAGE)),
            ("order", text("17")),
        ],
    )
}

fn blob() -> InvocationRequest {
    invocation(
        "blob",
        Data::Bytes(Bytes::from(vec![b'x'; MEBIBYTE])),
        [
            ("BlobTrigger", text("in/large.bin")),
            (
                "Uri",
                json_data("\"http://127.0.0.1:10000/devstoreaccount1/in/large.bin\""),
            ),
            ("Metadata", json_data("{}")),
            ("name", text("large.bin")),
            (
                "Properties",
                json_data(
                    "{\"ContentLength\":1048576,\"ContentType\":\"application/octet-stream\",\"ETag\":\"\\\"0x1\\\"\",\
                     \"LastModified\":\"2026-11-21T02:45:43+00:00\"}",
                ),
            ),
        ],
    )
}

fn batch() -> InvocationRequest {
    const EVENTS: usize = 64;
    let list = |element: fn(usize) -> String| {
        let elements: Vec<_> = (0..EVENTS).map(element).collect();
        json_data(format!("[{}]", elements.join(",")))
    };
    let events =
        (0..EVENTS).map(|at| format!("{{\"room\":\"attic\",\"celsius\":31.5,\"at\":{at}}}"));
    let texts = |element: fn(usize) -> String| {
        let string = (0..EVENTS).map(element).collect();
        Data::CollectionString(CollectionString { string }).into()
    };
    invocation(
        "events",
        Data::CollectionBytes(CollectionBytes {
            bytes: events.map(Bytes::from).collect(),
        }),
        [
            ("PartitionKeyArray", texts(|_| "attic".to_owned())),
            ("OffsetArray", texts(|at| (at * 24).to_string())),
            (
                "SequenceNumberArray",
                Data::CollectionSint64(CollectionSInt64 {
                    sint64: (0..64).collect(),
                })
                .into(),
            ),
            (
                "EnqueuedTimeUtcArray",
                list(|_| "\"2026-11-21T02:45:43.123Z\"".to_owned()),
            ),
            ("PropertiesArray", list(|_| "{}".to_owned())),
            (
                "SystemPropertiesArray",
                list(|at| {
                    format!(
                        "{{\"SequenceNumber\":{at},\"Offset\":\"{}\",\"PartitionKey\":\"attic\",\
                         \"EnqueuedTimeUtc\":\"2026-11-21T02:45:43.123Z\"}}",
                        at * 24
                    )
                }),
            ),
            (
                "PartitionContext",
                json_data(
                    "{\"FullyQualifiedNamespace\":\"hubs.example.org\",\"EventHubName\":\"readings\",\
                     \"ConsumerGroup\":\"$Default\",\"PartitionId\":\"0\",\"IsCheckpointingAfterInvocation\":true}",
                ),
            ),
        ],
    )
}

fn forwarded() -> InvocationRequest {
    invocation(
        "request",
        Data::Http(Box::default()),
        [
            (
                "Headers",
                json_data("{\"Host\":\"127.0.0.1:7071\",\"User-Agent\":\"node\"}"),
            ),
            ("Query", json_data("{\"name\":\"Rust\"}")),
            ("name", text("Rust")),
        ],
    )
}

/// About 4 KiB of JSON, printed as `serde_json` prints it.
pub fn json() -> String {
    let orders: Vec<_> = (0..26)
        .map(|at| {
            format!(
                "{{\"amount\":{},\"city\":\"Zürich\",\"express\":{},\"id\":{},\"lines\":[{{\"count\":{at},\"sku\":\"A-{at}\"}},{{\"count\":1,\"sku\":\"B\"}}],\
                 \"note\":\"please ring twice\",\"zip\":null}}",
                f64::from(at) + 0.25,
                at % 2 == 0,
                1_000_000 + at
            )
        })
        .collect();
    format!("[{}]", orders.join(","))
}
