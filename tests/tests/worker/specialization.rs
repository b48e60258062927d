//! A worker that is started before it is known whose app it is, and workers that are not asked what functions there are.
//!
//! The platform starts a placeholder, and turns it into an app later. What it says then is recorded in
//! `specialization.jsonl`. On Flex Consumption a proxy stands between: it answers the host while no app is there, starts the
//! app, says the initialization to it once more, and takes the capabilities from the answer to the reload.

use std::{collections::HashMap, env};

use azure_functions::App;
use azure_functions_shared::rpc::{
    Content, Data, FunctionLoadRequest, InvocationResponse, WorkerInitRequest, WorkerWarmupRequest,
    function_environment_reload_response::CapabilitiesUpdateStrategy, status_result::Status,
};

use crate::{
    functions::app,
    host::{Host, status},
    http,
};

/// The directory of a placeholder, which is not there: the app is not known.
const STANDBY: &str = "/tmp/functions\\standby\\wwwroot";

fn standby() -> WorkerInitRequest {
    WorkerInitRequest {
        host_version: "4.1037.0.0".to_owned(),
        capabilities: HashMap::from([("MultiStream".to_owned(), "10".to_owned())]),
        worker_directory: "/azure-functions-host/workers/native".to_owned(),
        function_app_directory: STANDBY.to_owned(),
        ..WorkerInitRequest::default()
    }
}

fn text(response: InvocationResponse) -> String {
    match response.return_value.and_then(|value| value.data) {
        Some(Data::String(text)) => text,
        other => panic!("expected a text, got {other:?}"),
    }
}

#[tokio::test]
async fn a_placeholder_becomes_an_app() {
    let mut host = Host::start_process(&[("SETTING", "of the placeholder")]).await;
    let init = host.init_with(standby()).await;
    host.send(Content::WorkerWarmupRequest(WorkerWarmupRequest {
        worker_directory: "/azure-functions-host/workers/native".to_owned(),
    }))
    .await;
    let Content::WorkerWarmupResponse(warm) = host.answer().await else {
        panic!("not an answer to the warm-up");
    };
    assert_eq!(status(warm.result), Status::Success);

    let app = env::temp_dir().canonicalize().unwrap();
    let app = app.to_str().unwrap();
    let reload = host.reload(&[("SETTING", "of the app")], app).await;
    assert_eq!(status(reload.result.clone()), Status::Success);
    // Whether the host replaces or merges: what it knows then is what it knew.
    assert_eq!(
        reload.capabilities_update_strategy(),
        CapabilitiesUpdateStrategy::Replace
    );
    assert_eq!(reload.capabilities, init.capabilities);
    assert_eq!(reload.worker_metadata, init.worker_metadata);

    let metadata = host.metadata(app).await;
    assert_eq!(status(metadata.result), Status::Success);
    for function in &metadata.function_metadata_results {
        assert_eq!(function.directory, app);
        let loaded = host.load(&function.function_id, &function.name).await;
        assert_eq!(loaded, Status::Success, "{}", function.name);
    }
    let id = |name: &str| {
        let mut functions = metadata.function_metadata_results.iter();
        let function = functions.find(|function| function.name == name).unwrap();
        function.function_id.clone()
    };
    host.invoke("1", &id("where_am_i")).await;
    assert_eq!(text(host.response().await), format!("of the app {app}"));
}

#[tokio::test]
async fn a_second_reload_replaces_the_first_and_one_that_fails_changes_nothing() {
    let mut host = Host::start_process(&[("SETTING", "0")]).await;
    host.init_with(standby()).await;
    let first = env::temp_dir().canonicalize().unwrap();
    let second = env::current_dir().unwrap();
    let (first, second) = (first.to_str().unwrap(), second.to_str().unwrap());
    for (variables, directory, expected, seen) in [
        (
            &[("SETTING", "1")][..],
            first,
            Status::Success,
            format!("1 {first}"),
        ),
        (
            &[("SETTING", "2")],
            "/no/such/place",
            Status::Failure,
            format!("1 {first}"),
        ),
        (
            &[("SETTING", "3")],
            second,
            Status::Success,
            format!("3 {second}"),
        ),
        // What is not sent is not set, whatever it was at the start or at the time before.
        (
            &[("OTHER", "4")],
            first,
            Status::Success,
            format!(" {first}"),
        ),
    ] {
        let reload = host.reload(variables, directory).await;
        assert_eq!(status(reload.result), expected, "{variables:?}");
        host.invoke("1", "where_am_i").await;
        assert_eq!(text(host.response().await), seen, "{variables:?}");
    }
}

#[tokio::test]
async fn the_capabilities_are_the_same_however_often_and_wherever_they_are_told() {
    for app in [app().0, http::app().0] {
        let mut host = Host::start(app).await;
        let own = host.init_with(standby()).await;
        // The proxy says it once more, with what the host said at first.
        let replayed = host.init_with(standby()).await;
        assert_eq!(replayed, own);
        let reload = host.reload(&[], "").await;
        assert_eq!(status(reload.result.clone()), Status::Success);
        assert_eq!(reload.capabilities, own.capabilities);
        assert_eq!(reload.worker_metadata, own.worker_metadata);
        let replaces = reload.capabilities_update_strategy();
        assert_eq!(replaces, CapabilitiesUpdateStrategy::Replace);
    }
}

#[tokio::test]
async fn an_app_without_functions_is_a_failure_after_the_reload_too() {
    let mut host = Host::start(App::with_functions([])).await;
    host.init_with(standby()).await;
    let reloaded = host.reload(&[], "").await.result;
    let asked = host.metadata("").await.result;
    for result in [reloaded, asked] {
        let result = result.unwrap();
        assert_eq!(result.status(), Status::Failure);
        let reason = result.exception.unwrap().message;
        assert!(
            reason.starts_with("no functions are registered; put `#[func]`"),
            "{reason}"
        );
    }
}

/// The processes after the first one, and those that replace one that was lost, hear what to load and nothing before.
#[tokio::test]
async fn a_worker_that_is_not_asked_for_its_functions_knows_them_by_the_ids_of_another() {
    let mut first = Host::initialized(app().0).await;
    let functions = first.metadata("").await.function_metadata_results;
    assert!(functions.len() > 10);
    let mut second = Host::initialized(app().0).await;
    for function in &functions {
        // The host sends the name as well; the id alone is enough.
        let loaded = second.load(&function.function_id, "").await;
        assert_eq!(loaded, Status::Success, "{}", function.name);
    }
    let echo = functions.iter().find(|function| function.name == "echo");
    second.invoke("1", &echo.unwrap().function_id).await;
    assert_eq!(status(second.response().await.result), Status::Success);
    // All at once, for a host that would rather do that.
    let mut third = Host::initialized(app().0).await;
    let requests = functions.iter().map(|function| FunctionLoadRequest {
        function_id: function.function_id.clone(),
        ..FunctionLoadRequest::default()
    });
    third
        .send(Content::FunctionLoadRequestCollection(
            azure_functions_shared::rpc::FunctionLoadRequestCollection {
                function_load_requests: requests.collect(),
            },
        ))
        .await;
    let Content::FunctionLoadResponseCollection(loaded) = third.answer().await else {
        panic!("not an answer to the loads");
    };
    let loaded: Vec<_> = loaded
        .function_load_responses
        .into_iter()
        .map(|response| {
            assert_eq!(status(response.result), Status::Success);
            response.function_id
        })
        .collect();
    let asked: Vec<_> = functions
        .into_iter()
        .map(|function| function.function_id)
        .collect();
    assert_eq!(loaded, asked);
}
