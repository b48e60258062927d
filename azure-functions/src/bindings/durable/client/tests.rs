//! What the client makes of the payload of its binding.

use std::time::Duration;

use azure_functions_durable::EntityId;
use expect_test::expect;
use serde_json::{Value, json};

use super::{
    DurableClientError, DurableOrchestrationClient, InstanceQuery, RuntimeStatus, TestHub,
};
use crate::{
    Context, Data, FromInput, Timestamp,
    bindings::{HttpRequest, check::check_metadata},
    context::{Invocation, States},
    func, functions,
    worker::task_hub::Connections,
};

#[func]
fn manage(
    _req: HttpRequest,
    _own: DurableOrchestrationClient,
    #[binding(task_hub = "Other", connection_name = "OTHER", external_client = true)]
    _other: Option<DurableOrchestrationClient>,
) {
}

#[test]
fn metadata() {
    check_metadata(
        &functions![manage],
        &expect![[r#"
            {"name":"req","type":"httpTrigger","direction":"in"}
            {"name":"own","type":"durableClient","direction":"in","durableRequiresGrpc":true}
            {"name":"other","type":"durableClient","direction":"in","taskHub":"Other","connectionName":"OTHER","externalClient":true,"durableRequiresGrpc":true}"#]],
    );
}

/// What the extension sent in the recording `b`.
const RECORDED: &str = r#"{"taskHubName":"Hubdurb","connectionName":null,"creationUrls":null,"managementUrls":null,"baseUrl":null,"requiredQueryStringParameters":"code=durablekey","rpcBaseUrl":"http://127.0.0.1:34001","httpBaseUrl":"https://127.0.0.1:7802/runtime/webhooks/durabletask","useForwardedHost":false,"maxGrpcMessageSizeInBytes":4194304,"grpcHttpClientTimeout":"\"00:01:40\""}"#;

#[test]
fn payloads() {
    for (payload, expected) in [
        (RECORDED.to_owned(), Ok(())),
        (
            json!({"rpcBaseUrl": "http://localhost:4001"}).to_string(),
            Ok(()),
        ),
        (
            "{}".to_owned(),
            Err(
                "the host does not say at which address the task hub is; use version 3.15.0 of the Durable extension or later",
            ),
        ),
        (
            json!({"rpcBaseUrl": 1}).to_string(),
            Err("`rpcBaseUrl`: invalid type: integer `1`, expected a string at line 1 column 15"),
        ),
        ("hub".to_owned(), Err("expected value at line 1 column 1")),
    ] {
        let read = DurableOrchestrationClient::from_input(Data::text(payload.as_str()));
        let read = read.map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(read, expected.map_err(str::to_owned), "{payload}");
    }
}

#[test]
fn invocations_share_a_connection() {
    let context = Context::of(Invocation {
        states: States::default().with(Connections::default()),
        ..Invocation::default()
    });
    let made = |context| {
        let client = DurableOrchestrationClient::from_input_of(Data::text(RECORDED), context);
        client.unwrap().hub.connection
    };
    assert!(made(&context).is(&made(&context)));
    assert!(!made(&context).is(&made(&Context::new("work"))));
}

#[test]
fn addresses() {
    let client = DurableOrchestrationClient::from_input(Data::text(RECORDED)).unwrap();
    let response = client.check_status_response("a/b").unwrap();
    assert_eq!(response.status(), 202);
    let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap();
    let status =
        "https://127.0.0.1:7802/runtime/webhooks/durabletask/instances/a%2Fb?code=durablekey";
    assert_eq!(header("location"), status);
    assert_eq!(header("retry-after"), "10");
    let body: Value = response.body_json().unwrap();
    assert_eq!(body["id"], "a/b");
    assert_eq!(body["statusQueryGetUri"], status);
    assert_eq!(
        body["terminatePostUri"],
        "https://127.0.0.1:7802/runtime/webhooks/durabletask/instances/a%2Fb/terminate?reason={text}&code=durablekey"
    );

    // Templates of the host win.
    let given = json!({
        "rpcBaseUrl": "http://localhost:1",
        "managementUrls": {"id": "INSTANCEID", "statusQueryGetUri": "http://x/INSTANCEID?y", "rewindPostUri": null},
    });
    let client = DurableOrchestrationClient::from_input(Data::text(given.to_string())).unwrap();
    let urls = client.management_urls("a b").unwrap();
    assert_eq!(urls.len(), 2);
    assert_eq!(urls["statusQueryGetUri"], "http://x/a%20b?y");
    let nothing = json!({"rpcBaseUrl": "http://localhost:1"});
    let client = DurableOrchestrationClient::from_input(Data::text(nothing.to_string())).unwrap();
    assert!(matches!(
        client.management_urls("a"),
        Err(DurableClientError::Binding(_))
    ));
}

#[tokio::test]
async fn calls_that_cannot_be_made() {
    let client = |address: &str| {
        let payload = json!({ "rpcBaseUrl": address }).to_string();
        DurableOrchestrationClient::from_input(Data::text(payload)).unwrap()
    };
    let error = client("https://a").status("x").await.unwrap_err();
    assert!(matches!(error, DurableClientError::Binding(_)), "{error}");
    let error = client("http://").status("x").await.unwrap_err();
    assert!(matches!(error, DurableClientError::Binding(_)), "{error}");
    // A port that nobody has.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&address).status("x").await.unwrap_err();
    assert!(
        matches!(error, DurableClientError::Unavailable(_)),
        "{error}"
    );
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_hub_for_tests_that_knows_the_orchestrator() {
    let hub = TestHub::new();
    hub.orchestrator("double", |number: i64| match number {
        0 => Err("nothing to double"),
        number => Ok(2 * number),
    });
    let client = hub.client();

    // What is said of an orchestrator becomes of its instances.
    for (input, expected) in [
        (json!(4), Ok(8)),
        (json!(0), Err("Error: nothing to double")),
        (
            json!("four"),
            Err("BindError: invalid type: string \"four\", expected i64 at line 1 column 6"),
        ),
    ] {
        let id = client.start_by_name("double", &input).await.unwrap();
        let status = client.wait(&id, SECOND).await.unwrap();
        assert_eq!(status.input::<Value>().unwrap(), input);
        let result = status.output::<i64>();
        assert_eq!(
            result.map_err(|_| status.failure().unwrap()),
            expected,
            "{input}"
        );
    }
    let later = client.start_by_name("double", 1).after(SECOND);
    let later = later.id("later").await.unwrap();
    let wait = client.wait_for_start(&later, SECOND).await;
    assert_eq!(wait, Err(DurableClientError::TimedOut));
}

#[tokio::test]
async fn a_hub_for_tests_that_is_told() {
    let hub = TestHub::new();
    let client = hub.client();
    let start = || client.start_by_name("work", "a").id("w").tag("by", "me");
    assert_eq!(start().await.unwrap(), "w");
    assert_eq!(
        start().await,
        Err(DurableClientError::AlreadyExists("`w`".to_owned()))
    );
    client.wait_for_start("w", SECOND).await.unwrap();
    assert_eq!(
        client.wait("w", SECOND).await,
        Err(DurableClientError::TimedOut)
    );
    hub.set_custom_status("w", "half").unwrap();
    client.raise_event("w", "Go", true).await.unwrap();
    client.suspend("w", "").await.unwrap();
    let status = client.status("w").await.unwrap().unwrap();
    assert_eq!(status.runtime_status, RuntimeStatus::Suspended);
    assert_eq!(status.custom_status::<String>().unwrap(), "half");
    assert_eq!(status.tags["by"], "me");
    client.resume("w", "").await.unwrap();
    let busy = "`w` has the status `Running`";
    for error in [
        client.purge("w").await.map(drop),
        client.rewind("w", "").await,
        client.restart("w", false).await.map(drop),
    ] {
        assert_eq!(error, Err(DurableClientError::WrongState(busy.to_owned())));
    }
    hub.fail("w", "no luck").unwrap();
    client.rewind("w", "").await.unwrap();
    client.terminate("w", "enough").await.unwrap();
    let over = "`w` has the status `Terminated`";
    for error in [
        client.raise_event("w", "Go", true).await,
        client.terminate("w", ()).await,
        client.suspend("w", "").await,
        client.resume("w", "").await,
    ] {
        assert_eq!(error, Err(DurableClientError::WrongState(over.to_owned())));
    }
    assert_eq!(client.restart("w", false).await.unwrap(), "w");
    hub.complete("w", 1).unwrap();
    let again = client.restart("w", true).await.unwrap();
    assert_ne!(again, "w");
    assert_eq!(hub.events().len(), 1);
    assert_eq!(hub.events()[0].data_json.as_deref(), Some("true"));
    assert!(client.check_status_response("w").is_ok());
    hub.close();
    let gone = client.status("w").await;
    assert!(matches!(gone, Err(DurableClientError::Unavailable(_))));
}

#[tokio::test]
async fn a_hub_for_tests_with_many() {
    let hub = TestHub::new();
    let client = hub.client();
    for id in ["a", "b", "w", "x", "later", "z"] {
        client.start_by_name("work", ()).id(id).await.unwrap();
    }
    hub.fail("a", "no luck").unwrap();
    hub.fail("b", "no luck").unwrap();
    hub.complete("w", ()).unwrap();
    let of = |status| InstanceQuery::new().status(status);
    let page = client.query(InstanceQuery::new().page_size(4)).await;
    let page = page.unwrap();
    assert_eq!(page.instances.len(), 4);
    let rest = InstanceQuery::new().after(&page.next.unwrap());
    let rest = client.query(rest).await.unwrap();
    assert_eq!((rest.instances.len(), rest.next), (2, None));
    let failed = client.query(of(RuntimeStatus::Failed)).await.unwrap();
    assert_eq!(failed.instances.len(), 2);
    let named = client.query(InstanceQuery::new().id_prefix("la")).await;
    assert_eq!(named.unwrap().instances[0].instance_id, "later");
    let old = InstanceQuery::new().created_to(Timestamp::UNIX_EPOCH);
    assert!(
        client
            .query(old.clone())
            .await
            .unwrap()
            .instances
            .is_empty()
    );
    assert_eq!(client.purge_all(old).await, Ok(0));
    assert_eq!(client.purge_all(of(RuntimeStatus::Failed)).await, Ok(2));
    assert_eq!(client.purge("w").await, Ok(true));
    assert_eq!(client.purge("w").await, Ok(false));
    assert_eq!(client.status("w").await, Ok(None));
    let missing = DurableClientError::NotFound("`w`".to_owned());
    assert_eq!(hub.complete("w", ()), Err(missing.clone()));
    assert_eq!(client.terminate("w", ()).await, Err(missing));
}

#[tokio::test]
async fn a_hub_for_tests_with_entities() {
    let hub = TestHub::new();
    let client = hub.client();
    let entity = EntityId::new("counter", "a");
    assert_eq!(client.read_entity::<i64>(&entity).await, Ok(None));
    hub.set_entity(&entity, 3).unwrap();
    let state = client.read_entity::<i64>(&entity).await.unwrap().unwrap();
    assert_eq!(state.state, Some(3));
    let time = Timestamp::UNIX_EPOCH;
    client
        .signal_entity_at(time, &entity, "add", 4)
        .await
        .unwrap();
    let signals = hub.signals();
    assert_eq!((&signals[0].entity, signals[0].at), (&entity, Some(time)));
    assert_eq!(signals[0].input_json.as_deref(), Some("4"));
}
