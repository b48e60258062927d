//! Which function a real host gave each request to, and with which route values.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a recording that reads otherwise is a failure"
)]

use std::collections::BTreeMap;

use azure_functions_host::{
    functions::{Index, index},
    route::{FindError, RouteTable},
};
use azure_functions_shared::rpc::RpcFunctionMetadata;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Difference, Outcome, rows};

const DIFFERENCES: &[Difference] = &[
    (
        "66 GET /api/a full",
        "the route fits; a parameter named like the trigger's binding fails when the request is bound",
    ),
    (
        "66 GET /api/a?req=q full",
        "the route fits; a parameter named like the trigger's binding fails when the request is bound",
    ),
    (
        "113 GET /admin/host/ping full",
        "the front answers the host's own paths before it asks the table",
    ),
    (
        "113 GET /runtime/webhooks/x full",
        "the front answers the host's own paths before it asks the table",
    ),
];

#[derive(Deserialize)]
struct Row {
    case: u32,
    #[serde(default)]
    route: Value,
    methods: Option<Value>,
    functions: Option<Vec<Value>>,
    #[serde(rename = "routePrefix")]
    prefix: String,
    method: String,
    path: Option<String>,
    path_latin1: Option<String>,
    caps: String,
    status: u16,
    matched: Option<String>,
    #[serde(default)]
    http_params: BTreeMap<String, String>,
    #[serde(default)]
    host_log_errors: Vec<String>,
}

#[test]
fn routes() {
    let mut outcome = Outcome::new();
    for row in rows::<Row>("routes.jsonl") {
        let path = row.path.as_ref().or(row.path_latin1.as_ref()).unwrap();
        let key = format!("{} {} {path} {}", row.case, row.method, row.caps);
        let recorded = recorded(&row);
        let ours = ours(&row, path);
        let difference =
            (recorded != ours).then(|| format!("recorded {recorded:?}, ours {ours:?}"));
        outcome.case(key, difference);
    }
    outcome.finish(DIFFERENCES);
}

/// What became of a request.
#[derive(Debug, Eq, PartialEq)]
enum Found {
    Function(String, BTreeMap<String, String>),
    Nothing,
    Failure(u16),
}

/// Every function that was refused, with the reason, and what became of the request.
type Answer = (Vec<String>, Found);

fn recorded(row: &Row) -> Answer {
    let mut refused: Vec<String> = row.host_log_errors.clone();
    refused.retain(|message| message.contains("function is in error"));
    let found = match (&row.matched, row.status) {
        (Some(function), _) => Found::Function(function.clone(), row.http_params.clone()),
        // The answer to a HEAD has no body from which the function could be read.
        (None, 200) if row.method == "HEAD" => Found::Function("f".to_owned(), BTreeMap::new()),
        // The host's own pages.
        (None, 200 | 404) => Found::Nothing,
        (None, status) => Found::Failure(status),
    };
    (refused, found)
}

fn ours(row: &Row, path: &str) -> Answer {
    let index = index_of(row);
    let refused = index.errors.iter().map(ToString::to_string).collect();
    let functions = index.functions.iter();
    let table = RouteTable::new(
        &row.prefix,
        functions.map(|function| (&*function.name, function.route(), function.methods())),
    );
    let found = match table {
        Err(_) => Found::Failure(503),
        Ok(table) => {
            let method = row.method.parse().unwrap();
            match table.find(&method, path) {
                Ok(Some(found)) => Found::Function(
                    found.function.to_owned(),
                    found.values.into_iter().collect(),
                ),
                Ok(None) => Found::Nothing,
                Err(error @ (FindError::BadPath | FindError::Constraint(_))) => {
                    Found::Failure(error.status().as_u16())
                }
            }
        }
    };
    (refused, found)
}

/// The app of a case: the functions it lists, or the one function `f`.
fn index_of(row: &Row) -> Index {
    let one = [json!({ "name": "f", "route": row.route, "methods": row.methods })];
    let functions = row.functions.as_deref().unwrap_or(&one);
    let metadata = functions.iter().map(|function| {
        let name = function["name"].as_str().unwrap();
        let mut trigger = json!({
            "type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous",
        });
        for key in ["route", "methods"] {
            if !function[key].is_null() {
                trigger[key] = function[key].clone();
            }
        }
        let output = json!({ "type": "http", "direction": "out", "name": "$return" });
        RpcFunctionMetadata {
            name: name.to_owned(),
            function_id: format!("id-{name}"),
            script_file: "app".to_owned(),
            raw_bindings: vec![trigger.to_string(), output.to_string()],
            ..RpcFunctionMetadata::default()
        }
    });
    index(metadata.collect())
}
