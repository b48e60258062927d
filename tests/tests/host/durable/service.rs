//! The service for clients against the recorded scene `b_grpc`.

use azure_functions_shared::durable::{
    CreateInstanceRequest, GetEntityRequest, GetInstanceRequest, InstanceBatch, InstanceQuery,
    OrchestrationState, OrchestrationStatus as Status, PurgeInstancesRequest,
    QueryInstancesRequest, RaiseEventRequest, RestartInstanceRequest, ResumeRequest,
    RewindInstanceRequest, SignalEntityRequest, StreamInstanceHistoryRequest, SuspendRequest,
    TerminateRequest, purge_instances_request::Request as Purge,
};
use tonic::Code;

use super::{query, setup};
use crate::support::soon;

/// The calls of the recorded scene `b_grpc`, in their order, with its codes and texts.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "the scene is one conversation")]
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
    let ids = |page: &[OrchestrationState]| {
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
