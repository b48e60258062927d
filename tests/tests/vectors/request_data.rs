//! What a request gives to the bindings of a function and to its worker: query, route values, members of the body.

use std::collections::HashMap;

use azure_functions_host::wire::{Capabilities, request::HttpRequest};
use azure_functions_shared::rpc::{Data, TypedData};
use bytes::Bytes;
use http::{Request, request::Parts};
use serde::Deserialize;

use crate::support::{Outcome, rows};

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    caps: String,
    #[serde(default)]
    request_headers: Vec<(String, String)>,
    #[serde(default)]
    request_body: Option<String>,
    /// The metadata that the worker saw, without that of the headers.
    #[serde(default)]
    params: Option<HashMap<String, Param>>,
    #[serde(default)]
    http_params: Option<HashMap<String, String>>,
    #[serde(default)]
    http_query: Option<HashMap<String, QueryText>>,
}

#[derive(Deserialize)]
struct Param {
    kind: String,
    value: String,
}

/// The recorder printed what the worker got: a text, or a nullable one.
#[derive(Deserialize)]
#[serde(untagged)]
enum QueryText {
    Plain(String),
    Nullable { value: String },
}

#[test]
fn request_data() {
    let mut outcome = Outcome::new();
    for (at, row) in rows::<Row>("routes.jsonl").into_iter().enumerate() {
        if let (Some(path), Some(params), Some(route_values)) =
            (&row.path, &row.params, &row.http_params)
            && let Some(parts) = parts(&row, path)
        {
            let key = format!("{} {path}", at + 1);
            outcome.case(key, difference(&row, &parts, params, route_values));
        }
    }
    outcome.finish(&[(
        "856 /api/x?#",
        "a request target has no fragment, and the server below the embedded host cuts it off",
    )]);
}

/// The request, unless its target is none that the server below the embedded host takes.
fn parts(row: &Row, path: &str) -> Option<Parts> {
    let mut request = Request::builder()
        .uri(path)
        .method(row.method.as_deref().unwrap_or("GET"));
    for (name, value) in &row.request_headers {
        request = request.header(name, value);
    }
    if let Some(body) = &row.request_body {
        request = request.header("content-length", body.len());
    }
    Some(request.body(()).ok()?.into_parts().0)
}

fn difference(
    row: &Row,
    parts: &Parts,
    params: &HashMap<String, Param>,
    route_values: &HashMap<String, String>,
) -> Option<String> {
    let capabilities = match &*row.caps {
        "full" => Capabilities::new(&HashMap::from(
            [
                "RpcHttpBodyOnly",
                "RpcHttpTriggerMetadataRemoved",
                "UseNullableValueDictionaryForHttp",
            ]
            .map(|name| (name.to_owned(), "true".to_owned())),
        )),
        _ => Capabilities::default(),
    };
    let body = Bytes::from(row.request_body.clone().unwrap_or_default());
    let route_values: Vec<_> = route_values.clone().into_iter().collect();
    let request = HttpRequest {
        parts,
        body: &body,
        route_values: &route_values,
        scheme: "http",
    };
    let metadata = request.trigger_metadata("req", capabilities);
    for (name, param) in params {
        // The real host renames its own entry when the user has one of the name; ours has none to rename.
        if name != "$sys" && !is(metadata.get(name), param) {
            return Some(format!(
                "`{name}` is {:?}, not {}",
                metadata.get(name),
                param.value
            ));
        }
    }
    let rpc = request.to_rpc(capabilities);
    let recorded = row.http_query.iter().flatten();
    for (name, text) in recorded {
        let (QueryText::Plain(text) | QueryText::Nullable { value: text }) = text;
        let nullable = rpc.nullable_query.get(name).cloned();
        let ours = nullable.and_then(azure_functions_shared::rpc::NullableString::into_option);
        let ours = ours.or_else(|| rpc.query.get(name).cloned());
        if ours.as_ref() != Some(text) {
            return Some(format!("the query's `{name}` is {ours:?}, not `{text}`"));
        }
    }
    let known = |name: &str| {
        params.contains_key(name) || ["Query", "Headers", "$request", "req"].contains(&name)
    };
    let mut extra = metadata.keys().filter(|name| !known(name));
    extra
        .next()
        .map(|name| format!("`{name}` was not seen by the worker"))
}

fn is(data: Option<&TypedData>, param: &Param) -> bool {
    match data.and_then(|data| data.data.as_ref()) {
        Some(Data::String(text)) => param.kind == "string" && *text == param.value,
        Some(Data::Json(text)) => {
            let read = |text| serde_json::from_str::<serde_json::Value>(text).ok();
            param.kind == "json" && read(text) == read(&param.value)
        }
        _ => false,
    }
}
