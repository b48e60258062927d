//! The functions of an app, for people and for programs.

use expect_test::expect;
use serde_json::{Value, json};

use crate::{
    scripted::Scripted,
    support::{filtered, run},
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
    app().check(
        &["list"],
        &expect![[r#"
        exit code 0
        --- stdout
        off  queue  queueName=q  disabled
          needs  AzureWebJobsStorage
        order  POST  /v1/orders/{id:int}  (admin)
          in     cosmosDB old  databaseName=shop containerName=orders id={id}
          out    queue next  queueName=%QUEUE%
          needs  CosmosDB, QUEUE, Work
        tidy  timer  schedule=%WHEN%
          needs  AzureWebJobsStorage, WHEN
        bad name  cannot run: 'bad name' is not a valid function name.
    "#]],
    );
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
fn a_real_worker() {
    let app = Scripted::of(env!("CARGO_BIN_EXE_triggers_app"));
    app.check(
        &["list"],
        &expect![[r#"
            exit code 0
            --- stdout
            activityTrigger  activity  durableRequiresGrpc=true
              needs  AzureWebJobsStorage
            any  other  table=events
            blobTrigger  blob  path=incoming/{name}.{ending}
              needs  AzureWebJobsStorage
            cloudEvent  eventGrid
            cosmosDBTrigger  cosmosDB  databaseName=app containerName=items
              needs  CosmosDB
            daprBindingTrigger  daprBinding  bindingName=bell
            daprServiceInvocationTrigger  daprServiceInvocation
            daprTopicTrigger  daprTopic  pubSubName=bus topic=orders
            entityTrigger  entity  durableRequiresGrpc=true
              needs  AzureWebJobsStorage
            eventGridTrigger  eventGrid
            eventHubTrigger  eventHub  eventHubName=hub
              needs  EventHubs
            httpTrigger  GET,POST  /api/greet/{id:int}/{*rest}  (function)
            kafkaTrigger  kafka  brokerList=localhost:[PORT] topic=orders
            mcpPromptArgument  mcpPrompt  promptName=explain
              in     mcpPromptArgument code  argumentName=code
              needs  AzureWebJobsStorage
            mcpPromptTrigger  mcpPrompt  promptName=review
              needs  AzureWebJobsStorage
            mcpResourceTrigger  mcpResource  uri=file://rules.md resourceName=rules
              needs  AzureWebJobsStorage
            mcpToolProperty  mcpTool  toolName=weather
              in     mcpToolProperty city  propertyName=city propertyType=string isRequired=true
              in     mcpToolProperty days  propertyName=days propertyType=integer isRequired=true
              needs  AzureWebJobsStorage
            mcpToolTrigger  mcpTool  toolName=forecast useWorkerInputSchema=true
              needs  AzureWebJobsStorage
            mysqlTrigger  mysql  tableName=items
              needs  Sql
            orchestrationTrigger  orchestration  durableRequiresGrpc=true
              needs  AzureWebJobsStorage
            queueTrigger  queue  queueName=work
              out    queue $return  queueName=done
              needs  AzureWebJobsStorage
            rabbitMQTrigger  rabbitMQ  queueName=work
              needs  Rabbit
            redisListTrigger  redisList  key=work
              needs  Redis
            redisPubSubTrigger  redisPubSub  channel=news
              needs  Redis
            redisStreamTrigger  redisStream  key=log
              needs  Redis
            serviceBusTrigger  serviceBus  queueName=work
              needs  AzureWebJobsServiceBus
            signalRTrigger  signalR  hubName=chat category=messages event=say
              needs  AzureSignalRConnectionString
            sqlTrigger  sql  tableName=dbo.Items
              needs  Sql
            teapot  GET  /api/teapot  (function)
            timerTrigger  timer  schedule=0 0 0 1 1 *
              needs  AzureWebJobsStorage
            warmup  warmup
            webPubSubTrigger  webPubSub  hub=chat eventType=user eventName=say
              needs  WebPubSubConnectionString
        "#]],
    );
}

#[test]
fn errors() {
    app()
        .file(
            "local.settings.json",
            "{\n  \"Values\": {\n    \"A\": \"b\"\n    \"C\": 1\n  }\n}\n",
        )
        .check(&["list"], &expect![[r#"
            exit code 1
            --- stderr
            error: `[FOLDER]/local.settings.json` is not JSON
              caused by: `"` stands after a value; put `,` between values, at `Values.A`, line 4, column 5
        "#]]);
    app().with("SCRIPT_START", "exit").check(
        &["list"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: the worker ended before it was ready: `app` exited with code 3 (0x3)
              | fatal: exits before its first message
        "#]],
    );
    app().with("SCRIPT_START", "refuse").check(
        &["list"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: the worker refused to be initialized: does not want to
            at scripted
        "#]],
    );
    let folder = tempfile::tempdir().unwrap();
    let shown = run(folder.path(), &["list"]);
    expect![[r#"
        exit code 1
        --- stderr
        error: could not find `Cargo.toml` in `[FOLDER]` or any parent directory

        hint: go to the folder of the app, or name its `Cargo.toml` with `--manifest-path`
    "#]]
    .assert_eq(&filtered(&shown, folder.path()));
}
