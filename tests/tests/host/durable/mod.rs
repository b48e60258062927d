//! Durable Functions: orchestrators, activities and entities of a real worker, and clients over HTTP and gRPC.

mod management;
mod service;

use std::{sync::Arc, time::Duration};

use azure_functions_host::clock::ManualClock;
use azure_functions_shared::{
    durable::{
        GetInstanceRequest, task_hub_sidecar_service_client::TaskHubSidecarServiceClient as Client,
    },
    rpc::{Content, Data, parameter_binding::RpcData},
};
use serde_json::{Value, json};
use tonic::transport::Channel;

use crate::{
    client::{Reply, get, post, receive, send},
    support::{App, Setup, function, http, soon},
};

const API: &str = "/runtime/webhooks/durabletask";

/// An app with all functions of the script.
fn setup() -> Setup {
    let of = |kind: &str, names: &[&str]| {
        let functions = names.iter().map(|name| {
            function(
                name,
                &json!([{ "type": kind, "direction": "in", "name": "input" }]),
            )
        });
        functions.collect::<Vec<_>>()
    };
    let orchestrators = [
        "chain",
        "fan",
        "can",
        "wrong",
        "event",
        "timer",
        "sub",
        "tries",
        "killorch",
        "counting",
        "bad_none",
        "bad_empty",
        "bad_garbage",
        "bad_message",
    ];
    let mut start = http("start");
    start["bindings"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "type": "durableClient", "direction": "in", "name": "client" }));
    let mut functions = of("orchestrationTrigger", &orchestrators);
    functions.extend(of("activityTrigger", &["hello", "fail", "crash"]));
    functions.extend(of("entityTrigger", &["counter"]));
    functions.push(start);
    Setup::new(&functions)
}

impl App {
    async fn get(&self, path: &str) -> Reply {
        get(self.host.address(), &format!("{API}{path}")).await
    }

    async fn post(&self, path: &str, body: &str) -> Reply {
        let path = format!("{API}{path}");
        post(self.host.address(), &path, "application/json", body).await
    }

    async fn delete(&self, path: &str) -> Reply {
        let target = format!("DELETE {API}{path}");
        receive(send(self.host.address(), &target, &[], "").await).await
    }

    /// Runs an instance to its end.
    async fn run(&self, name: &str, input: &str) -> Value {
        let path = format!("/orchestrators/{name}?timeout=30");
        let reply = self.post(&path, input).await;
        assert_eq!(reply.status, 200, "{name}: {reply:?}");
        json_of(&reply)
    }

    /// What a function that has a client was given for it.
    async fn given(&self, path: &str) -> Value {
        assert_eq!(get(self.host.address(), path).await.status, 200);
        let calls = self.record().into_iter();
        let given = calls.filter_map(|(_, message)| match message.content? {
            Content::InvocationRequest(request) => {
                let client = request
                    .input_data
                    .into_iter()
                    .find(|data| data.name == "client")?;
                match client.rpc_data? {
                    RpcData::Data(data) => data.data,
                    RpcData::RpcSharedMemory(_) => None,
                }
            }
            _ => None,
        });
        let Some(Data::String(given)) = given.last() else {
            panic!("no client was given");
        };
        serde_json::from_str(&given).unwrap()
    }

    /// A client of the task hub, with the address that a function was given.
    async fn client(&self) -> Client<Channel> {
        let given = self.given("/api/start").await;
        assert_eq!(given["requiredQueryStringParameters"], "code=local");
        let base = format!("http://{}{API}", self.host.address());
        assert_eq!(given["httpBaseUrl"], base.as_str());
        assert_eq!(given["taskHubName"], "TestHubName");
        assert_eq!(given["maxGrpcMessageSizeInBytes"], 4_194_304);
        assert_eq!(given["grpcHttpClientTimeout"], "\"00:01:40\"");
        let address = given["rpcBaseUrl"].as_str().unwrap().to_owned();
        Client::connect(address).await.unwrap()
    }
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{reply:?}"))
}

fn query(id: &str) -> GetInstanceRequest {
    GetInstanceRequest {
        instance_id: id.to_owned(),
        get_inputs_and_outputs: true,
    }
}

#[tokio::test]
async fn orchestrations_run_to_their_ends() {
    let app = setup().start().await;
    let chain = json!(["hello 'Tokyo'", "hello {'k':[1,2]}"]);
    for (name, input, output) in [
        ("chain", "\"in\"", chain.clone()),
        // The case of a name does not matter.
        ("CHAIN", "", chain.clone()),
        ("fan", "50", json!(50)),
        ("can", "3", json!("can done")),
        (
            "counting",
            "",
            json!([
                3,
                7,
                "operation `boom` of entity `@counter@a` failed: EntityError: no operation boom"
            ]),
        ),
        (
            "sub",
            "",
            json!([
                chain,
                "sub-orchestration `wrong` failed: MyOrchError: it went wrong"
            ]),
        ),
        ("tries", "\"hello\"", json!(null)),
        (
            "tries",
            "\"fail\"",
            json!("activity `fail` failed: fails on purpose"),
        ),
    ] {
        assert_eq!(app.run(name, input).await, output, "{name}");
    }
    // Each of these fails, and the others go on.
    for name in ["bad_none", "bad_empty", "bad_garbage", "bad_message"] {
        let status = app.run(name, "").await;
        assert_eq!(status["runtimeStatus"], "Failed", "{name}");
        let message = format!("Function '{name}' failed with an unhandled exception.");
        assert_eq!(status["output"]["message"], message.as_str());
    }
    let missing = app.run("nosuch", "").await;
    assert_eq!(missing["runtimeStatus"], "Failed");
    let message = missing["output"]["message"].as_str().unwrap();
    assert!(
        message.starts_with(
            "The function 'nosuch' doesn't exist, is disabled, or is not an orchestrator function."
        ),
        "{message}"
    );
    app.host.stop().await.unwrap();
}

#[tokio::test]
async fn a_worker_that_is_lost_fails_an_activity_and_no_orchestrator() {
    let mut setup = setup();
    setup.config.limits.restart_delay = Duration::from_millis(1);
    setup.config.limits.restart_interval = Duration::from_millis(1);
    let app = setup.start().await;
    let failed = app.run("tries", "\"crash\"").await;
    let failed = failed.as_str().unwrap();
    assert!(
        failed.contains("Exception while executing function: Functions.crash"),
        "{failed}"
    );
    assert_eq!(app.run("killorch", "").await, "hello 'again'");
    app.host.stop().await.unwrap();
}

#[tokio::test]
async fn a_timer_follows_the_clock_of_the_host() {
    let clock = ManualClock::new("2026-11-21T03:51:51Z".parse().unwrap());
    let mut setup = setup();
    setup.config.clock = Arc::new(clock.clone());
    let app = setup.start().await;
    let mut client = app.client().await;
    assert_eq!(app.post("/orchestrators/timer/t", "").await.status, 202);
    soon(client.wait_for_instance_start(query("t")))
        .await
        .unwrap();
    assert_eq!(app.get("/instances/t").await.status, 202);
    soon(clock.until_asleep(1)).await;
    clock.advance(Duration::from_secs(3600));
    let ended = soon(client.wait_for_instance_completion(query("t"))).await;
    let state = ended.unwrap().into_inner().orchestration_state.unwrap();
    assert_eq!(state.output.as_deref(), Some("\"an hour later\""));
    let status = json_of(
        &app.get("/instances/t?showHistory=true&showHistoryOutput=true")
            .await,
    );
    assert_eq!(status["createdTime"], "2026-11-21T03:51:51Z");
    assert_eq!(status["lastUpdatedTime"], "2026-11-21T04:51:51Z");
    let events = status["historyEvents"].as_array().unwrap();
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["EventType"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "ExecutionStarted",
            "TimerCreated",
            "TimerFired",
            "ExecutionCompleted"
        ]
    );
    assert_eq!(events[0]["FunctionName"], "timer");
    assert_eq!(events[2]["FireAt"], "2026-11-21T04:51:51Z");
    assert_eq!(events[3]["Result"], "an hour later");
    app.host.stop().await.unwrap();
}

#[tokio::test]
async fn pages_waits_and_entities_over_http() {
    let app = setup().start().await;
    for id in ["a", "b", "c"] {
        app.post(&format!("/orchestrators/event/{id}"), "").await;
    }
    let page = app.get("/instances?top=2").await;
    assert_eq!(json_of(&page).as_array().unwrap().len(), 2);
    let token = page
        .header
        .lines()
        .find_map(|line| line.strip_prefix("x-ms-continuation-token: "));
    // The header is shown in lower case, but the token of `b` has capital letters.
    assert_eq!(token.map(str::to_owned), Some("yg==".to_owned()));
    let target = format!("GET {API}/instances?top=2");
    let stream = send(
        app.host.address(),
        &target,
        &[("x-ms-continuation-token", "Yg==")],
        "",
    )
    .await;
    let rest = receive(stream).await;
    assert!(
        has(&json_of(&rest), &json!([{ "instanceId": "c" }])),
        "{rest:?}"
    );
    assert!(!rest.header.contains("x-ms-continuation-token"));

    // One that does not end in time is answered as one that was not waited for.
    let late = app.post("/orchestrators/event/late?timeout=0", "").await;
    assert_eq!((late.status, &json_of(&late)["id"]), (202, &json!("late")));
    let wrong = app.run("wrong", "\"wait\"").await;
    assert_eq!(
        (&wrong["runtimeStatus"], &wrong["input"]),
        (&json!("Failed"), &json!("wait"))
    );

    let changed = app.post("/entities/counter/web?op=add", "7").await;
    assert_eq!(changed.status, 202);
    // An orchestration that asks the same worker is a barrier, though not for entities: they are asked until they answer.
    soon(async {
        while app.get("/entities/Counter/web").await.body != "7" {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let listed = json_of(&app.get("/entities/counter").await);
    assert!(
        has(
            &listed,
            &json!([{ "entityId": { "name": "counter", "key": "web" }, "state": null }])
        ),
        "{listed}"
    );
    let listed = json_of(&app.get("/entities?fetchState=true").await);
    assert!(has(&listed, &json!([{ "state": 7 }])), "{listed}");
    assert_eq!(app.delete("/entities/counter/web").await.status, 202);
    soon(async {
        while app.get("/entities/counter/web").await.status != 404 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    app.host.stop().await.unwrap();
}

#[tokio::test]
async fn a_hub_in_a_file_goes_on_in_the_next_host() {
    let folder = tempfile::tempdir().unwrap();
    let with_file = || {
        let mut setup = setup();
        setup.config.durable_store = Some(folder.path().join("hub.db"));
        setup
    };
    let app = with_file().start().await;
    let mut client = app.client().await;
    app.post("/orchestrators/event/e", "").await;
    soon(client.wait_for_instance_start(query("e")))
        .await
        .unwrap();
    assert_eq!(app.run("counting", "").await[1], 7);
    let second = with_file().try_start().await.unwrap_err();
    assert!(second.to_string().contains("hub.db"), "{second}");
    drop(client);
    app.host.stop().await.unwrap();

    let app = with_file().start().await;
    assert_eq!(app.get("/entities/counter/a").await.body, "7");
    assert_eq!(
        app.post("/instances/e/raiseEvent/go", "5").await.status,
        202
    );
    let mut client = app.client().await;
    let ended = soon(client.wait_for_instance_completion(query("e"))).await;
    let ended = ended.unwrap().into_inner().orchestration_state.unwrap();
    assert_eq!(ended.output.as_deref(), Some("{\"got\":5}"));
    app.host.stop().await.unwrap();
}

/// Whether all that is expected is there; objects may have more members.
fn has(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => expected
            .iter()
            .all(|(name, value)| actual.get(name).is_some_and(|actual| has(actual, value))),
        (Value::Array(actual), Value::Array(expected)) => {
            actual.len() == expected.len()
                && actual
                    .iter()
                    .zip(expected)
                    .all(|(actual, expected)| has(actual, expected))
        }
        _ => actual == expected,
    }
}
