//! What the check of an app finds, and what it lets pass.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::scripted::Scripted;

const HOST: &str = r#"{ "version": "2.0", "extensionBundle": { "id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)" } }"#;

/// An app with a function `f` that has these bindings, and a good `host.json`.
fn app(bindings: &Value) -> Scripted {
    apps(&json!([{ "name": "f", "bindings": bindings }]))
}

fn apps(functions: &Value) -> Scripted {
    Scripted::new(functions).file("host.json", HOST)
}

fn queue(more: &Value) -> Value {
    let mut trigger =
        json!({ "type": "queueTrigger", "direction": "in", "name": "m", "queueName": "work" });
    for (name, value) in more.as_object().unwrap() {
        trigger[name] = value.clone();
    }
    json!([trigger])
}

#[track_caller]
fn check(app: &Scripted, expected: &Expect) {
    app.check(&["check"], expected);
}

#[test]
fn nothing_is_wrong() {
    let app =
        app(&queue(&json!({ "connection": "Work" }))).with("Work", "UseDevelopmentStorage=true");
    check(&app, &expect![[""]]);
    app.check(&["check", "--quiet"], &expect![[""]]);
}

#[test]
fn connections_have_two_forms() {
    let bindings = json!([
        { "type": "serviceBusTrigger", "direction": "in", "name": "m", "queueName": "q", "connection": "Bus" },
        { "type": "blob", "direction": "in", "name": "b", "path": "a/b", "connection": "Store" },
        { "type": "cosmosDB", "direction": "out", "name": "c", "databaseName": "d", "containerName": "c", "connection": "Db" },
        { "type": "table", "direction": "out", "name": "t", "tableName": "t", "connection": "Prefixed" },
        { "type": "redis", "direction": "in", "name": "r", "command": "GET a", "connection": "Cache" },
    ]);
    let whole = app(&bindings)
        .with("Bus__fullyQualifiedNamespace", "x.servicebus.windows.net")
        .with("Store__accountName", "store")
        .with("Db:accountEndpoint", "https://x")
        .with("AzureWebJobsPrefixed", "UseDevelopmentStorage=true")
        .with("Cache__redisHostName", "x");
    check(&whole, &expect![[""]]);
    let broken = app(&bindings)
        .with("Bus__credential", "managedidentity")
        .with("Store", "")
        .with("Cache", "x");
    check(&broken, &expect![[""]]);
}

#[test]
fn settings_are_there() {
    let timer = json!([
        { "type": "timerTrigger", "direction": "in", "name": "t", "schedule": "%WHEN%" },
        { "type": "sendGrid", "direction": "out", "name": "mail", "to": "%TO%" },
    ]);
    let app = app(&timer)
        .with("AzureWebJobsStorage", "UseDevelopmentStorage=true")
        .with("TO", "");
    check(&app, &expect![[""]]);
}

#[test]
fn what_the_host_refuses() {
    let http = |route: &str| {
        json!([
            { "type": "httpTrigger", "direction": "in", "name": "req", "route": route, "methods": ["get"] },
            { "type": "http", "direction": "out", "name": "$return" },
        ])
    };
    let app = apps(&json!([
        { "name": "one", "bindings": http("same") },
        { "name": "two", "bindings": http("same") },
        { "name": "no name", "bindings": http("b") },
        { "name": "three", "bindings": [{ "type": "timerTrigger", "direction": "in", "name": "t", "schedule": "soon" }] },
        { "name": "four", "bindings": [{ "type": "timerTrigger", "direction": "in", "name": "a_b", "schedule": "0 0 0 * * *" }] },
    ]));
    check(&app, &expect![[""]]);
    let twice = apps(&json!([
        { "name": "greet", "bindings": http("a") },
        { "name": "Greet", "bindings": http("b") },
    ]));
    check(&twice, &expect![[""]]);
}

#[test]
fn the_bundle_has_the_bindings() {
    let bindings = json!([
        { "type": "timerTrigger", "direction": "in", "name": "t", "schedule": "0 0 0 * * *" },
        { "type": "table", "direction": "out", "name": "rows", "tableName": "t" },
        { "type": "kusto", "direction": "out", "name": "k", "database": "d" },
        { "type": "cosmosDB", "direction": "out", "name": "c", "databaseName": "d", "containerName": "c" },
    ]);
    let app = |id: &str, version: &str| {
        let bundle =
            json!({ "version": "2.0", "extensionBundle": { "id": id, "version": version } });
        Scripted::new(&json!([{ "name": "f", "bindings": bindings }]))
            .with("AzureWebJobsStorage", "UseDevelopmentStorage=true")
            .with("CosmosDB", "x")
            .file("host.json", &bundle.to_string())
    };
    let general = "Microsoft.Azure.Functions.ExtensionBundle";
    let preview = "Microsoft.Azure.Functions.ExtensionBundle.Preview";
    check(&app(general, "[3.*, 4.0.0)"), &expect![[""]]);
    check(&app(preview, "[4.*, 5.0.0)"), &expect![[""]]);
    check(&app(general, "latest"), &expect![[""]]);
    check(
        &app(general, "[4.*, 5.0.0)").file("host.json", r#"{ "version": "2.0" }"#),
        &expect![[""]],
    );
}

#[test]
fn members_that_nobody_reads() {
    let app = apps(&json!([{ "name": "f", "bindings": [
        { "type": "timerTrigger", "direction": "in", "name": "t", "schedule": "0 0 0 * * *" },
    ] }]))
    .with("AzureWebJobsStorage", "UseDevelopmentStorage=true")
    .file(
        "host.json",
        r#"{ "version": "2.0", "functionTimeOut": "00:05:00", "http": {}, "retry": {}, "extentionBundle": {}, "mine": 1 }"#,
    );
    check(&app, &expect![[""]]);
}

#[test]
fn properties_that_do_not_go_together() {
    let app = apps(&json!([
        { "name": "watch", "bindings": [
            { "type": "cosmosDBTrigger", "direction": "in", "name": "d", "databaseName": "d", "containerName": "c",
              "createLeaseContainerIfNotExists": true },
            { "type": "eventGrid", "direction": "out", "name": "e", "topicEndpointUri": "TopicUri" },
        ] },
        { "name": "warm", "bindings": [{ "type": "warmupTrigger", "direction": "in", "name": "w" }] },
        { "name": "again", "retry": 1, "bindings": [
            { "type": "queueTrigger", "direction": "in", "name": "m", "queueName": "q" },
        ] },
    ]))
    .with("AzureWebJobsStorage", "UseDevelopmentStorage=true")
    .with("CosmosDB__accountEndpoint", "https://x")
    .with("TopicUri", "https://topic");
    check(&app, &expect![[""]]);
}

#[test]
fn for_programs() {
    let app = app(&queue(&json!({ "connection": "Work" })));
    app.check(&["check", "--json"], &expect![[""]]);
}

#[test]
fn a_host_json_that_cannot_be_read() {
    let app = app(&queue(&json!({}))).file(
        "host.json",
        "{\n  \"version\": \"2.0\",\n  \"logging\": }\n",
    );
    check(&app, &expect![[""]]);
}
