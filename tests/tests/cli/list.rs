//! The functions of an app, for people and for programs.

use azure_functions_tests::build;
use expect_test::expect;
use serde_json::{Value, json};

use crate::{
    scripted::Scripted,
    support::{check, filtered, run},
};

fn app() -> Scripted {
    Scripted::new(&json!([
        { "name": "tidy", "bindings": [
            { "type": "timerTrigger", "direction": "in", "name": "timer", "schedule": "%WHEN%" },
        ] },
        { "name": "order", "bindings": [
            { "type": "httpTrigger", "direction": "in", "name": "req", "methods": ["post"], "route": "orders/{id:int}", "authLevel": "admin" },
            { "type": "http", "direction": "out", "name": "$return" },
            { "type": "cosmosDB", "direction": "in", "name": "old", "databaseName": "shop", "containerName": "orders", "id": "{id}" },
            { "type": "queue", "direction": "out", "name": "next", "queueName": "%QUEUE%", "connection": "Work" },
        ] },
        { "name": "off", "bindings": [
            { "type": "queueTrigger", "direction": "in", "name": "m", "queueName": "q" },
        ] },
        { "name": "bad name", "bindings": [
            { "type": "queueTrigger", "direction": "in", "name": "m", "queueName": "q" },
        ] },
    ]))
    .with("AzureWebJobs.off.Disabled", "true")
    .file(
        "host.json",
        r#"{ "version": "2.0", "extensions": { "http": { "routePrefix": "v1" } } }"#,
    )
}

#[test]
fn for_people() {
    app().check(&["list"], &expect![[""]]);
}

#[test]
fn for_programs() {
    let shown = app().run(&["list", "--json"]);
    let object = shown.strip_prefix("exit code 0\n--- stdout\n").unwrap();
    let listed: Value = serde_json::from_str(object).unwrap();
    let functions = listed["functions"].as_array().unwrap();
    let names: Vec<_> = functions.iter().map(|function| &function["name"]).collect();
    assert_eq!(names, ["off", "order", "tidy"]);
    assert_eq!(functions[0]["disabled"], true);
    let order = &functions[1];
    assert_eq!(order["route"], "/v1/orders/{id:int}");
    assert_eq!(order["methods"], json!(["post"]));
    assert_eq!(order["auth_level"], "admin");
    assert_eq!(order["settings"], json!(["CosmosDB", "QUEUE", "Work"]));
    assert_eq!(order["bindings"][3]["queueName"], "%QUEUE%");
    assert_eq!(
        functions[2]["settings"],
        json!(["AzureWebJobsStorage", "WHEN"])
    );
    assert_eq!(listed["errors"][0]["function"], "bad name");
}

#[test]
fn a_real_app() {
    build::example("queue");
    check(&["list", "-p", "queue-example"], &expect![[""]]);
}

#[test]
fn errors() {
    app()
        .file(
            "local.settings.json",
            "{\n  \"Values\": {\n    \"A\": \"b\"\n    \"C\": 1\n  }\n}\n",
        )
        .check(&["list"], &expect![[""]]);
    app()
        .with("SCRIPT_START", "exit")
        .check(&["list"], &expect![[""]]);
    app()
        .with("SCRIPT_START", "refuse")
        .check(&["list"], &expect![[""]]);
    let folder = tempfile::tempdir().unwrap();
    let shown = run(folder.path(), &["list"]);
    expect![[""]].assert_eq(&filtered(&shown, folder.path()));
}
