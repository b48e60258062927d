//! What the host is answered before, between and beside invocations.

use std::{collections::HashMap, env};

use azure_functions::App;
use azure_functions_shared::rpc::{
    CloseSharedMemoryResourcesRequest, Content, FileChangeEventRequest,
    FunctionEnvironmentReloadRequest, FunctionLoadRequest, FunctionLoadRequestCollection,
    FunctionsMetadataRequest, RpcLog, StreamingMessage, WorkerHeartbeat, WorkerInitRequest,
    WorkerInitResponse, WorkerStatusRequest, WorkerWarmupRequest,
    function_environment_reload_response::CapabilitiesUpdateStrategy,
    rpc_log::{Level, RpcLogCategory},
    status_result::Status,
};
use expect_test::expect;

use crate::{
    functions::app,
    host::{Host, status},
};

async fn start() -> Host {
    Host::initialized(app().0).await
}

fn sorted(capabilities: HashMap<String, String>) -> String {
    let mut lines: Vec<_> = capabilities
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn init() {
    let mut host = Host::start(app().0).await;
    host.send_message(
        Content::WorkerInitRequest(WorkerInitRequest::default()).into_message("echo me"),
    )
    .await;
    let message = host.next().await.unwrap();
    assert_eq!(message.request_id, "echo me");
    let Some(Content::WorkerInitResponse(response)) = message.content else {
        panic!("not an init response");
    };
    assert_eq!(status(response.result), Status::Success);
    expect![[r"
        EnableUserCodeException=true
        HandlesInvocationCancelMessage=true
        HandlesWorkerTerminateMessage=true
        HandlesWorkerWarmupMessage=true
        IncludeEmptyEntriesInMessagePayload=true
        RawHttpBodyBytes=true
        RpcHttpBodyOnly=true
        RpcHttpTriggerMetadataRemoved=true
        TypedDataCollection=true
        UseNullableValueDictionaryForHttp=true
        WorkerStatus=true"]]
    .assert_eq(&sorted(response.capabilities));
    assert_eq!(response.worker_metadata.unwrap().runtime_name, "rust");
}

#[tokio::test]
async fn mistakes_are_told_and_survived() {
    let mut host = Host::start(App::with_functions([])).await;
    host.send(Content::WorkerInitRequest(WorkerInitRequest::default()))
        .await;
    let Content::WorkerInitResponse(response) = host.answer().await else {
        panic!("not an init response");
    };
    assert_eq!(status(response.result), Status::Success);
    let log = host.logs.first().expect("a record of what is wrong");
    assert_eq!(
        (log.level(), log.log_category()),
        (Level::Error, RpcLogCategory::System)
    );
    assert!(
        log.message
            .starts_with("no functions are registered; put `#[func]`")
    );

    host.send(Content::FunctionsMetadataRequest(
        FunctionsMetadataRequest::default(),
    ))
    .await;
    let Content::FunctionMetadataResponse(response) = host.answer().await else {
        panic!("not a metadata response");
    };
    assert_eq!(
        response.result.unwrap().exception.unwrap().message,
        log_text(&host)
    );
    assert_eq!(host.load("1", "echo").await, Status::Failure);
    host.terminate(5).await;
    host.end().await.unwrap();
}

#[tokio::test]
async fn a_specialized_worker_without_functions_says_so() {
    let mut host = Host::initialized(App::with_functions([])).await;
    host.send(Content::FunctionEnvironmentReloadRequest(
        FunctionEnvironmentReloadRequest::default(),
    ))
    .await;
    let Content::FunctionEnvironmentReloadResponse(response) = host.answer().await else {
        panic!("not a reload response");
    };
    let result = response.result.unwrap();
    assert_eq!(result.status(), Status::Failure);
    assert_eq!(result.exception.unwrap().message, log_text(&host));
}

fn log_text(host: &Host) -> String {
    host.logs.first().map(|log| log.message.clone()).unwrap()
}

#[tokio::test]
async fn metadata_as_often_as_asked() {
    let mut host = start().await;
    for (asked, told) in [
        ("/home/site/wwwroot", "/home/site/wwwroot"),
        ("/other", "/other"),
        ("", "/other"),
    ] {
        host.send(Content::FunctionsMetadataRequest(
            FunctionsMetadataRequest {
                function_app_directory: asked.to_owned(),
            },
        ))
        .await;
        let Content::FunctionMetadataResponse(response) = host.answer().await else {
            panic!("not a metadata response");
        };
        assert_eq!(status(response.result), Status::Success);
        assert!(!response.use_default_metadata_indexing);
        let ids: std::collections::HashSet<_> = response
            .function_metadata_results
            .iter()
            .map(|function| &function.function_id)
            .collect();
        assert_eq!(ids.len(), response.function_metadata_results.len());
        assert!(ids.len() > 10);
        assert!(
            response
                .function_metadata_results
                .iter()
                .all(|function| function.directory == told)
        );
    }
}

#[tokio::test]
async fn loads() {
    let mut host = start().await;
    for (id, name, expected) in [
        ("echo", "echo", Status::Success),
        ("echo", "echo", Status::Success),
        ("8f2b", "echo", Status::Success),
        ("8f2c", "gone", Status::Failure),
        ("", "", Status::Failure),
    ] {
        assert_eq!(host.load(id, name).await, expected, "{id} {name}");
    }
    for (id, expected) in [
        ("echo", Status::Success),
        ("8f2b", Status::Success),
        ("8f2c", Status::Failure),
    ] {
        host.invoke("1", id).await;
        assert_eq!(status(host.response().await.result), expected, "{id}");
    }

    host.send(Content::FunctionLoadRequestCollection(
        FunctionLoadRequestCollection {
            function_load_requests: ["echo", "gone"]
                .map(|id| FunctionLoadRequest {
                    function_id: id.to_owned(),
                    ..FunctionLoadRequest::default()
                })
                .into(),
        },
    ))
    .await;
    let Content::FunctionLoadResponseCollection(responses) = host.answer().await else {
        panic!("not a load response");
    };
    let answers: Vec<_> = responses
        .function_load_responses
        .into_iter()
        .map(|response| (response.function_id, status(response.result)))
        .collect();
    assert_eq!(
        answers,
        [
            ("echo".to_owned(), Status::Success),
            ("gone".to_owned(), Status::Failure)
        ]
    );
}

#[tokio::test]
async fn warm_up() {
    let mut host = start().await;
    host.send(Content::WorkerWarmupRequest(WorkerWarmupRequest::default()))
        .await;
    let Content::WorkerWarmupResponse(response) = host.answer().await else {
        panic!("not a warm-up response");
    };
    assert_eq!(status(response.result), Status::Success);
}

#[tokio::test]
async fn environment() {
    let mut host = start().await;
    let here = env::current_dir().unwrap().display().to_string();
    for (directory, expected) in [
        (here.as_str(), Status::Success),
        ("", Status::Success),
        ("/no/such/place", Status::Failure),
    ] {
        host.send(Content::FunctionEnvironmentReloadRequest(
            FunctionEnvironmentReloadRequest {
                function_app_directory: directory.to_owned(),
                ..FunctionEnvironmentReloadRequest::default()
            },
        ))
        .await;
        let Content::FunctionEnvironmentReloadResponse(response) = host.answer().await else {
            panic!("not a reload response");
        };
        assert_eq!(
            response.capabilities_update_strategy(),
            CapabilitiesUpdateStrategy::Replace
        );
        assert_eq!(response.capabilities.len(), 11);
        assert_eq!(status(response.result), expected, "{directory}");
    }
}

#[tokio::test]
async fn shared_memory() {
    let mut host = start().await;
    host.send(Content::CloseSharedMemoryResourcesRequest(
        CloseSharedMemoryResourcesRequest {
            map_names: vec!["a".to_owned()],
        },
    ))
    .await;
    let Content::CloseSharedMemoryResourcesResponse(response) = host.answer().await else {
        panic!("not an answer about shared memory");
    };
    assert_eq!(
        response.close_map_results,
        HashMap::from([("a".to_owned(), false)])
    );
}

#[tokio::test]
async fn what_means_nothing_is_ignored() {
    let mut host = start().await;
    host.send_message(StreamingMessage::default()).await;
    for content in [
        Content::WorkerHeartbeat(WorkerHeartbeat {}),
        Content::FileChangeEventRequest(FileChangeEventRequest::default()),
        Content::WorkerInitResponse(WorkerInitResponse::default()),
        Content::RpcLog(RpcLog::default()),
    ] {
        host.send(content).await;
    }
    host.send(Content::WorkerStatusRequest(WorkerStatusRequest {}))
        .await;
    assert!(matches!(
        host.answer().await,
        Content::WorkerStatusResponse(_)
    ));
}
