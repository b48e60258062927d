//! The management API against the recorded scene `b6_management`.

use azure_functions_host::Keys;
use serde_json::json;

use super::{API, has, json_of, query, setup};
use crate::support::soon;

/// The calls of the recorded scene `b6_management`, in their order, with its status codes.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "the scene is one conversation")]
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
        json_of(&started),
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
async fn addresses_carry_the_key_that_is_asked_for() {
    let mut keys = Keys::generate();
    let own = "durabletask_extension".to_owned();
    keys.system_keys.insert(own, "d+1/k&".to_owned());
    let function_key = keys.function_keys["default"].clone();
    let mut setup = setup();
    setup.config.keys = Some(keys.clone().into());
    let app = setup.start().await;
    let code = "code=d%2B1%2Fk%26";
    for (query, status) in [
        ("code=", 401),
        ("code=nobody", 401),
        ("code=local", 401),
        (&*format!("code={function_key}"), 403),
        (
            &*format!("code={}", keys.system_keys["eventgrid_extension"]),
            403,
        ),
        (&*format!("code={}", keys.master_key), 202),
    ] {
        let reply = app.post(&format!("/orchestrators/event?{query}"), "").await;
        assert_eq!(reply.status, status, "{query}: {reply:?}");
    }
    let started = app
        .post(&format!("/orchestrators/event/k?{code}"), "")
        .await;
    let addresses = json_of(&started);
    for (name, address) in addresses.as_object().unwrap() {
        let address = address.as_str().unwrap();
        assert!(
            name == "id" || address.ends_with(&format!("&{code}")),
            "{address}"
        );
    }
    let base = format!("http://{}{API}", app.host.address());
    let status = addresses["statusQueryGetUri"].as_str().unwrap();
    let (path, _) = status.strip_prefix(&base).unwrap().split_once('?').unwrap();
    assert_eq!(
        app.get(status.strip_prefix(&base).unwrap()).await.status,
        202
    );
    assert_eq!(app.get(path).await.status, 401);
    let given = app.given(&format!("/api/start?code={function_key}")).await;
    assert_eq!(given["requiredQueryStringParameters"], code);
    app.host.stop().await.unwrap();
}
