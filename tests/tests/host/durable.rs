//! Durable Functions: orchestrators, activities and entities of a real worker, and clients over HTTP and gRPC.

use std::{sync::Arc, time::Duration};

use azure_functions_host::clock::ManualClock;
use azure_functions_shared::{
    durable::{
        CreateInstanceRequest, GetEntityRequest, GetInstanceRequest, InstanceBatch, InstanceQuery,
        OrchestrationStatus as Status, PurgeInstancesRequest, QueryInstancesRequest,
        RaiseEventRequest, RestartInstanceRequest, ResumeRequest, RewindInstanceRequest,
        SignalEntityRequest, StreamInstanceHistoryRequest, SuspendRequest, TerminateRequest,
        purge_instances_request::Request as Purge,
        task_hub_sidecar_service_client::TaskHubSidecarServiceClient as Client,
    },
    rpc::{Content, Data, parameter_binding::RpcData},
};
use serde_json::{Value, json};
use tonic::{Code, transport::Channel};

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
        json(&reply)
    }

    /// A client of the task hub, with the address that a function was given.
    async fn client(&self) -> Client<Channel> {
        assert_eq!(get(self.host.address(), "/api/start").await.status, 200);
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
        let given: Value = serde_json::from_str(&given).unwrap();
        let base = format!("http://{}{API}", self.host.address());
        assert_eq!(given["httpBaseUrl"], base.as_str());
        assert_eq!(given["taskHubName"], "TestHubName");
        assert_eq!(given["maxGrpcMessageSizeInBytes"], 4_194_304);
        assert_eq!(given["grpcHttpClientTimeout"], "\"00:01:40\"");
        let address = given["rpcBaseUrl"].as_str().unwrap().to_owned();
        Client::connect(address).await.unwrap()
    }
}

fn json(reply: &Reply) -> Value {
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
            json!("activity `fail` failed: (unknown): fails on purpose"),
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
    let status = json(
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

/// The calls of the recorded scene `b6_management`, in their order, with its status codes.
#[tokio::test]
async fn the_management_api_answers_as_recorded() {
    let app = setup().start().await;
    let mut client = app.client().await;
    let started = app
        .post("/orchestrators/event/L1?code=x", "{\"a\":1}")
        .await;
    assert_eq!(started.status, 202);
    let address = format!("http://{}{API}/instances/L1", app.host.address());
    let common = "taskHub=TestHubName&connection=Storage&code=local";
    assert_eq!(
        json(&started),
        json!({
            "id": "L1",
            "statusQueryGetUri": format!("{address}?{common}"),
            "sendEventPostUri": format!("{address}/raiseEvent/{{eventName}}?{common}"),
            "terminatePostUri": format!("{address}/terminate?reason={{text}}&{common}"),
            "purgeHistoryDeleteUri": format!("{address}?{common}"),
            "restartPostUri": format!("{address}/restart?{common}"),
            "suspendPostUri": format!("{address}/suspend?reason={{text}}&{common}"),
            "resumePostUri": format!("{address}/resume?reason={{text}}&{common}"),
        })
    );
    assert!(
        started.header.contains("retry-after: 10"),
        "{}",
        started.header
    );
    assert!(
        started
            .header
            .contains("content-type: application/json; charset=utf-8")
    );
    app.post("/orchestrators/event/L2", "").await;
    app.post("/orchestrators/chain/C1", "1").await;
    app.post("/orchestrators/wrong/F1", "2").await;
    for id in ["C1", "F1"] {
        soon(client.wait_for_instance_completion(query(id)))
            .await
            .unwrap();
    }
    for id in ["L1", "L2"] {
        soon(client.wait_for_instance_start(query(id)))
            .await
            .unwrap();
    }
    let running = app.get("/instances/L1?code=x").await;
    assert!(
        running.header.contains("retry-after: 5"),
        "{}",
        running.header
    );
    let location = format!("location: {address}?code=x").to_ascii_lowercase();
    assert!(running.header.contains(&location), "{}", running.header);
    let failure = "MyOrchError: it went wrong";
    let message = |text: &str| json!({ "Message": text });
    let purge_l2 = "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID L2 has status Running";
    let rewind = "This orchestration has status Completed, but only orchestrations in the \"Failed\" state can be rewound.";
    let nosuch = "The function 'nosuch' doesn't exist, is disabled, or is not an entity function. Additional info: The following are the known entity functions: 'counter'.";
    for (method, path, body, status, expected) in [
        (
            "POST",
            "/orchestrators/event/L1",
            "{}",
            409,
            message("An Orchestration instance with the status Running already exists."),
        ),
        ("GET", "/instances/nothere", "", 404, json!(null)),
        (
            "GET",
            "/instances/F1",
            "",
            200,
            json!({ "runtimeStatus": "Failed", "output": failure, "input": 2 }),
        ),
        (
            "GET",
            "/instances/F1?returnInternalServerErrorOnFailure=true",
            "",
            500,
            json!({ "runtimeStatus": "Failed" }),
        ),
        (
            "GET",
            "/instances?runtimeStatus=Running,Failed",
            "",
            200,
            json!([{ "instanceId": "F1" }, { "instanceId": "L1" }, { "instanceId": "L2" }]),
        ),
        (
            "GET",
            "/instances/?instanceIdPrefix=L&showInput=false",
            "",
            200,
            json!([{ "instanceId": "L1", "input": { "a": 1 } }, { "instanceId": "L2" }]),
        ),
        (
            "GET",
            "/instances/?createdTimeFrom=2130-01-01T00:00:00Z",
            "",
            200,
            json!([]),
        ),
        (
            "POST",
            "/instances/L1/raiseEvent/other",
            "{bad json",
            400,
            message("Invalid JSON content"),
        ),
        (
            "POST",
            "/instances/L1/raiseEvent/other",
            "\"x\"",
            202,
            json!(null),
        ),
        (
            "POST",
            "/instances/nothere/raiseEvent/e",
            "1",
            404,
            json!(null),
        ),
        ("POST", "/instances/C1/raiseEvent/e", "1", 410, json!(null)),
        (
            "POST",
            "/instances/C1/terminate?reason=again",
            "",
            410,
            json!(null),
        ),
        ("POST", "/instances/nothere/terminate", "", 404, json!(null)),
        ("POST", "/instances/C1/suspend", "", 410, json!(null)),
        ("POST", "/instances/C1/rewind", "", 412, json!(rewind)),
        (
            "POST",
            "/orchestrators/chain",
            "not json",
            400,
            message("Invalid JSON content"),
        ),
        ("DELETE", "/instances/L2", "", 412, json!(purge_l2)),
        (
            "DELETE",
            "/instances/C1",
            "",
            200,
            json!({ "instancesDeleted": 1 }),
        ),
        ("DELETE", "/instances/C1", "", 404, json!(null)),
        (
            "DELETE",
            "/instances/?createdTimeFrom=2020-01-01T00:00:00Z&runtimeStatus=Failed",
            "",
            200,
            json!({ "instancesDeleted": 1 }),
        ),
        (
            "DELETE",
            "/instances/?createdTimeFrom=2130-01-01T00:00:00Z",
            "",
            404,
            json!(null),
        ),
        (
            "GET",
            "/instances/L2?taskHub=OtherHub",
            "",
            404,
            json!(null),
        ),
        ("GET", "/entities/nosuch/x", "", 404, json!(null)),
        (
            "POST",
            "/entities/nosuch/x?op=add",
            "1",
            400,
            message(nosuch),
        ),
        ("GET", "/nowhere", "", 404, json!(null)),
    ] {
        let reply = match method {
            "GET" => app.get(path).await,
            "DELETE" => app.delete(path).await,
            _ => app.post(path, body).await,
        };
        assert_eq!(reply.status, status, "{method} {path}: {reply:?}");
        let actual = serde_json::from_str(&reply.body).unwrap_or_default();
        assert!(has(&actual, &expected), "{method} {path}: {actual}");
    }
    app.host.stop().await.unwrap();
}

#[tokio::test]
async fn pages_waits_and_entities_over_http() {
    let app = setup().start().await;
    for id in ["a", "b", "c"] {
        app.post(&format!("/orchestrators/event/{id}"), "").await;
    }
    let page = app.get("/instances?top=2").await;
    assert_eq!(json(&page).as_array().unwrap().len(), 2);
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
        has(&json(&rest), &json!([{ "instanceId": "c" }])),
        "{rest:?}"
    );
    assert!(!rest.header.contains("x-ms-continuation-token"));

    // One that does not end in time is answered as one that was not waited for.
    let late = app.post("/orchestrators/event/late?timeout=0", "").await;
    assert_eq!((late.status, &json(&late)["id"]), (202, &json!("late")));
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
    let listed = json(&app.get("/entities/counter").await);
    assert!(
        has(
            &listed,
            &json!([{ "entityId": { "name": "counter", "key": "web" }, "state": null }])
        ),
        "{listed}"
    );
    let listed = json(&app.get("/entities?fetchState=true").await);
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

/// The calls of the recorded scene `b_grpc`, in their order, with its codes and texts.
#[tokio::test]
async fn the_service_of_the_hub_answers_as_recorded() {
    let app = setup().start().await;
    let mut client = app.client().await;
    client.hello(()).await.unwrap();
    let start = |id: &str, name: &str| CreateInstanceRequest {
        instance_id: id.to_owned(),
        name: name.to_owned(),
        input: Some("\"via grpc\"".to_owned()),
        tags: [("k".to_owned(), "v".to_owned())].into(),
        ..CreateInstanceRequest::default()
    };
    let id = client
        .start_instance(start("", "chain"))
        .await
        .unwrap()
        .into_inner()
        .instance_id;
    assert_eq!((id.len(), id.contains('-')), (32, false));
    let missing = client
        .get_instance(query("nothere"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((missing.exists, missing.orchestration_state), (false, None));

    client.start_instance(start("g-ev", "event")).await.unwrap();
    let state = soon(client.wait_for_instance_start(query("g-ev")))
        .await
        .unwrap();
    let state = state.into_inner().orchestration_state.unwrap();
    assert_eq!(state.orchestration_status(), Status::Running);
    assert_eq!(state.input.as_deref(), Some("\"via grpc\""));
    assert_eq!(state.tags["k"], "v");
    let bare = GetInstanceRequest {
        get_inputs_and_outputs: false,
        ..query("g-ev")
    };
    let bare = client
        .get_instance(bare)
        .await
        .unwrap()
        .into_inner()
        .orchestration_state
        .unwrap();
    assert_eq!(
        (bare.input, bare.custom_status, bare.execution_id),
        (None, None, None)
    );

    let refused = client
        .start_instance(start("g-ev", "event"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert_eq!(
        refused.message(),
        "An Orchestration instance with the ID g-ev already exists."
    );

    let suspend = SuspendRequest {
        instance_id: "g-ev".to_owned(),
        reason: Some("pause it".to_owned()),
    };
    client.suspend_instance(suspend).await.unwrap();
    let raise = |id: &str| RaiseEventRequest {
        instance_id: id.to_owned(),
        name: "GO".to_owned(),
        input: Some("{\"v\":1}".to_owned()),
    };
    client.raise_event(raise("g-ev")).await.unwrap();
    let resume = ResumeRequest {
        instance_id: "g-ev".to_owned(),
        reason: None,
    };
    client.resume_instance(resume.clone()).await.unwrap();
    let ended = soon(client.wait_for_instance_completion(query("g-ev")))
        .await
        .unwrap();
    let ended = ended.into_inner().orchestration_state.unwrap();
    assert_eq!(ended.output.as_deref(), Some("{\"got\":{\"v\":1}}"));
    assert_eq!(ended.custom_status.as_deref(), Some("null"));

    let terminate = |id: &str| TerminateRequest {
        instance_id: id.to_owned(),
        output: Some("\"stop now\"".to_owned()),
        recursive: true,
    };
    client
        .start_instance(start("g-term", "timer"))
        .await
        .unwrap();
    soon(client.wait_for_instance_start(query("g-term")))
        .await
        .unwrap();
    client
        .terminate_instance(terminate("g-term"))
        .await
        .unwrap();
    let ended = soon(client.wait_for_instance_completion(query("g-term")))
        .await
        .unwrap();
    let ended = ended.into_inner().orchestration_state.unwrap();
    assert_eq!(ended.orchestration_status(), Status::Terminated);
    assert_eq!(ended.output.as_deref(), Some("\"stop now\""));

    client
        .start_instance(start("g-fail", "wrong"))
        .await
        .unwrap();
    let failed = soon(client.wait_for_instance_completion(query("g-fail")))
        .await
        .unwrap();
    let failed = failed.into_inner().orchestration_state.unwrap();
    assert_eq!(failed.output.as_deref(), Some("MyOrchError: it went wrong"));
    assert_eq!(failed.failure_details, None);
    let rewind = |id: &str| RewindInstanceRequest {
        instance_id: id.to_owned(),
        reason: None,
    };
    client.rewind_instance(rewind("g-fail")).await.unwrap();

    client
        .start_instance(start("g-run", "event"))
        .await
        .unwrap();
    soon(client.wait_for_instance_start(query("g-run")))
        .await
        .unwrap();
    let restart = |id: &str, with_new: bool| RestartInstanceRequest {
        instance_id: id.to_owned(),
        restart_with_new_instance_id: with_new,
    };
    let again = client
        .restart_instance(restart("g-ev", true))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again.instance_id.len(), 32);
    let purge = |request: Purge| PurgeInstancesRequest {
        request: Some(request),
        ..PurgeInstancesRequest::default()
    };
    let batch = InstanceBatch {
        instance_ids: vec!["g-ev".to_owned()],
    };
    let unknown = "No instance with ID 'nothere' was found. (Parameter 'instanceId')";
    let argument = format!("ArgumentException: {unknown}");
    let over = |verb: &str, id: &str, status: &str| {
        format!(
            "InvalidOperationException: Cannot {verb} the orchestration instance {id} because instance is in the {status} state."
        )
    };
    for (error, code, text) in [
        (client.resume_instance(resume).await.err(), Code::FailedPrecondition, over("resume", "g-ev", "Completed")),
        (client.raise_event(raise("g-ev")).await.err(), Code::FailedPrecondition, "The orchestration instance with the provided instance id is not running.".to_owned()),
        (client.raise_event(raise("nothere")).await.err(), Code::NotFound, unknown.to_owned()),
        (client.terminate_instance(terminate("g-term")).await.err(), Code::FailedPrecondition, over("terminate", "g-term", "Terminated")),
        (client.terminate_instance(terminate("nothere")).await.err(), Code::NotFound, argument.clone()),
        (client.rewind_instance(rewind("g-ev")).await.err(), Code::FailedPrecondition, "The rewind operation is only supported on failed orchestration instances.".to_owned()),
        (client.rewind_instance(rewind("nothere")).await.err(), Code::NotFound, unknown.to_owned()),
        (client.restart_instance(restart("g-run", false)).await.err(), Code::FailedPrecondition, "Non-terminal instance with this instance ID already exists: An Orchestration instance with the status Running already exists.".to_owned()),
        (client.restart_instance(restart("nothere", true)).await.err(), Code::NotFound, argument),
        (client.purge_instances(purge(Purge::InstanceBatch(batch))).await.err(), Code::InvalidArgument, "Unknown purge request type 'InstanceBatch'.".to_owned()),
        (client.purge_instances(purge(Purge::InstanceId("g-run".to_owned()))).await.err(), Code::FailedPrecondition, "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID g-run has status Running".to_owned()),
        (client.signal_entity(signal("not-a-guid")).await.err(), Code::Unknown, "Exception was thrown by handler.".to_owned()),
    ] {
        let error = error.unwrap_or_else(|| panic!("not refused: {text}"));
        assert_eq!((error.code(), error.message()), (code, text.as_str()));
    }

    let list = InstanceQuery {
        instance_id_prefix: Some("g-".to_owned()),
        max_instance_count: 2,
        fetch_inputs_and_outputs: true,
        ..InstanceQuery::default()
    };
    let page = QueryInstancesRequest {
        query: Some(list.clone()),
    };
    let page = client.query_instances(page).await.unwrap().into_inner();
    let ids = |page: &[azure_functions_shared::durable::OrchestrationState]| {
        page.iter()
            .map(|state| state.instance_id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&page.orchestration_state), ["g-ev", "g-fail"]);
    let next = InstanceQuery {
        continuation_token: page.continuation_token,
        ..list
    };
    let page = QueryInstancesRequest { query: Some(next) };
    let page = client.query_instances(page).await.unwrap().into_inner();
    assert_eq!(ids(&page.orchestration_state), ["g-run", "g-term"]);
    assert_eq!(page.continuation_token, None);

    let history = StreamInstanceHistoryRequest {
        instance_id: "g-ev".to_owned(),
        ..StreamInstanceHistoryRequest::default()
    };
    let mut chunks = client
        .stream_instance_history(history)
        .await
        .unwrap()
        .into_inner();
    let chunk = soon(chunks.message()).await.unwrap().unwrap();
    assert!(chunk.events.len() > 6, "{chunk:?}");

    let id = "11111111-0000-4000-8000-000000000001";
    client.signal_entity(signal(id)).await.unwrap();
    let look = GetEntityRequest {
        instance_id: "@counter@grpc".to_owned(),
        include_state: true,
    };
    let entity = soon(async {
        loop {
            let found = client.get_entity(look.clone()).await.unwrap().into_inner();
            if let Some(entity) = found.entity {
                return entity;
            }
        }
    })
    .await;
    assert_eq!(entity.serialized_state.as_deref(), Some("5"));

    let purged = client
        .purge_instances(purge(Purge::InstanceId("g-term".to_owned())))
        .await;
    assert_eq!(purged.unwrap().into_inner().deleted_instance_count, 1);
    let purged = client
        .purge_instances(purge(Purge::InstanceId("nothere".to_owned())))
        .await;
    assert_eq!(purged.unwrap().into_inner().deleted_instance_count, 0);
    app.host.stop().await.unwrap();
}

fn signal(id: &str) -> SignalEntityRequest {
    SignalEntityRequest {
        instance_id: "@Counter@grpc".to_owned(),
        name: "add".to_owned(),
        input: Some("5".to_owned()),
        request_id: id.to_owned(),
        ..SignalEntityRequest::default()
    }
}
