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
    check(
        &app,
        &expect![[r#"
        exit code 0
        --- stdout
        Checked 1 function: no errors, no warnings
    "#]],
    );
    app.check(
        &["check", "--quiet"],
        &expect![[r#"
        exit code 0
    "#]],
    );
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
    check(
        &whole,
        &expect![[r#"
        exit code 0
        --- stdout
        Checked 1 function: no errors, no warnings
    "#]],
    );
    let broken = app(&bindings)
        .with("Bus__credential", "managedidentity")
        .with("Store", "")
        .with("Cache", "x");
    check(
        &broken,
        &expect![[r#"
        exit code 1
        --- stdout
        error: f: the `serviceBusTrigger` binding `m` needs the connection `Bus`, whose settings do not say where the service is
          hint: set `Bus__fullyQualifiedNamespace` in `local.settings.json`
        warning: f: the `blob` binding `b` needs the connection `Store`, which is empty
          hint: give `Store` a value in `local.settings.json`, or `Store__accountName` for the identity of the app, before the function meets the real service
        error: f: the `cosmosDB` binding `c` needs the connection `Db`, which is not set
          hint: set `Db` in `local.settings.json`, or `Db__accountEndpoint` for the identity of the app
        error: f: the `table` binding `t` needs the connection `Prefixed`, which is not set
          hint: set `Prefixed` in `local.settings.json`, or `Prefixed__accountName` for the identity of the app

        Checked 1 function: 3 errors, 1 warning
    "#]],
    );
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
    check(
        &app,
        &expect![[r#"
        exit code 1
        --- stdout
        error: f: the `timerTrigger` binding `t` needs the setting `WHEN`, which is not set
          hint: set `WHEN` in `local.settings.json`
        error: f: the `sendGrid` binding `mail` needs the setting `AzureWebJobsSendGridApiKey`, which is not set
          hint: set `AzureWebJobsSendGridApiKey` in `local.settings.json`
        warning: f: the `sendGrid` binding `mail` needs the setting `TO`, which is empty
          hint: give `TO` a value in `local.settings.json`, before the function meets the real service

        Checked 1 function: 2 errors, 1 warning
    "#]],
    );
}

#[test]
fn a_task_hub_needs_blobs_queues_and_tables() {
    let hub = json!([
        { "type": "orchestrationTrigger", "direction": "in", "name": "ctx" },
        { "type": "durableClient", "direction": "in", "name": "client", "connectionName": "Hub" },
    ]);
    let app = app(&hub)
        .with("AzureWebJobsStorage__blobServiceUri", "https://x")
        .with("Hub__accountName", "x");
    check(
        &app,
        &expect![[r#"
        exit code 1
        --- stdout
        error: f: the `orchestrationTrigger` binding `ctx` needs the connection `AzureWebJobsStorage`, whose settings do not say where the service is
          hint: set `AzureWebJobsStorage__accountName` in `local.settings.json`

        Checked 1 function: 1 error, no warnings
    "#]],
    );
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
        { "name": "five", "bindings": http("a/{b") },
        { "name": "three", "bindings": [{ "type": "timerTrigger", "direction": "in", "name": "t", "schedule": "soon" }] },
        { "name": "four", "bindings": [{ "type": "timerTrigger", "direction": "in", "name": "a_b", "schedule": "0 0 0 * * *" }] },
    ]));
    check(
        &app,
        &expect![[r#"
            exit code 1
            --- stdout
            error: no name: 'no name' is not a valid function name.
              hint: begin with a letter, and go on with letters, digits, `_` and `-`
            error: three: Microsoft.Azure.WebJobs.Host: Error indexing method 'Functions.three'. Microsoft.Azure.WebJobs.Extensions: The schedule expression 'soon' was not recognized as a valid cron expression or timespan string.
              hint: write six fields, such as `0 */5 * * * *`, or a time span `hh:mm:ss`
            error: four: The binding name a_b is invalid. Please assign a valid name to the binding.
              hint: begin with a letter, and go on with letters and digits
            error: two: The route specified conflicts with the route defined by function 'one'.
              hint: give one of them another `route`, or other `methods`
            error: five: the route `api/a/{b` of function `five` stops the whole host, as the route has a brace without a partner: close the parameter, or write `{{` or `}}` for a literal brace

            Checked 6 functions: 5 errors, no warnings
        "#]],
    );
    let twice = apps(&json!([
        { "name": "greet", "bindings": http("a") },
        { "name": "Greet", "bindings": http("b") },
    ]));
    check(
        &twice,
        &expect![[r#"
        exit code 1
        --- stdout
        error: app: the names of functions `greet` and `Greet` differ only in case, which stops the whole host: rename one of them

        Checked 2 functions: 1 error, no warnings
    "#]],
    );
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
    check(
        &app(general, "[3.*, 4.0.0)"),
        &expect![[r#"
        exit code 1
        --- stdout
        error: host.json: the bundle `Microsoft.Azure.Functions.ExtensionBundle` has no `kusto`
          hint: write `Microsoft.Azure.Functions.ExtensionBundle.Preview` for the `id` of the bundle
        error: host.json: the bundle's versions `[3.*, 4.0.0)` end before 4, and know other properties of a `cosmosDB`
          hint: write `"version": "[4.*, 5.0.0)"`

        Checked 1 function: 2 errors, no warnings
    "#]],
    );
    check(
        &app(preview, "[4.*, 5.0.0)"),
        &expect![[r#"
        exit code 1
        --- stdout
        error: host.json: the bundle `Microsoft.Azure.Functions.ExtensionBundle.Preview` has no `table`
          hint: write `Microsoft.Azure.Functions.ExtensionBundle` for the `id` of the bundle

        Checked 1 function: 1 error, no warnings
    "#]],
    );
    check(
        &app(general, "latest"),
        &expect![[r#"
        exit code 1
        --- stderr
        error: `[FOLDER]/host.json`: `extensionBundle.version` is `latest`; write a range such as `[4.*, 5.0.0)`
    "#]],
    );
    check(
        &app(general, "[4.*, 5.0.0)").file("host.json", r#"{ "version": "2.0" }"#),
        &expect![[r#"
            exit code 1
            --- stdout
            error: host.json: `cosmosDB` is no part of the host, and there is no `extensionBundle` that has it
              hint: add `"extensionBundle": { "id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)" }`

            Checked 1 function: 1 error, no warnings
        "#]],
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
    check(
        &app,
        &expect![[r#"
        exit code 0
        --- stdout
        warning: host.json: `http` is no member that is known here
          hint: move it into `extensions`, as `extensions.http`
        warning: host.json: the host no longer reads `retry`
          hint: give each function its own: `#[func(retry = RetryPolicy::…)]`
        warning: host.json: `extentionBundle` is no member that is known here
          hint: did you mean `extensionBundle`?
        warning: host.json: `mine` is no member that is known here
          hint: drop it, or look up where it belongs

        Checked 1 function: no errors, 4 warnings
    "#]],
    );
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
    check(
        &app,
        &expect![[r#"
        exit code 1
        --- stdout
        error: watch: the `cosmosDBTrigger` binding `d` is to create its lease container, which an identity may not
          hint: create the container, and drop `create_lease_container_if_not_exists`; `CosmosDB` is a connection by identity
        error: watch: the `eventGrid` binding `e` does not say in one way where the topic is
          hint: give it `topic_endpoint_uri` and `topic_key_setting`, or else `connection`
        warning: warm: the host calls a warmup function only by the name `warmup`
          hint: call the function `warmup`, or write `#[func(name = "warmup")]`
        warning: again: the host does not heed a retry policy for a `queueTrigger`
          hint: drop `retry`; the service itself tries again, or nobody does

        Checked 3 functions: 2 errors, 2 warnings
    "#]],
    );
}

#[test]
fn for_programs() {
    let app = app(&queue(&json!({ "connection": "Work" })));
    app.check(&["check", "--json"], &expect![[r#"
        exit code 1
        --- stdout
        {"functions":1,"findings":[{"severity":"error","about":"f","message":"the `queueTrigger` binding `m` needs the connection `Work`, which is not set","hint":"set `Work` in `local.settings.json`, or `Work__accountName` for the identity of the app"}]}
    "#]]);
}

#[test]
fn a_host_json_that_cannot_be_read() {
    let app = app(&queue(&json!({}))).file(
        "host.json",
        "{\n  \"version\": \"2.0\",\n  \"logging\": }\n",
    );
    check(
        &app,
        &expect![[r#"
        exit code 1
        --- stderr
        error: `[FOLDER]/host.json` is not JSON
          caused by: `}` begins no value; put strings into quotes, at `logging`, line 3, column 14
    "#]],
    );
}
