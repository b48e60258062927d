//! What the client makes of the payload of its binding.

use expect_test::expect;
use serde_json::{Value, json};

use super::{DurableClientError, DurableOrchestrationClient};
use crate::{
    Context, Data, FromInput,
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
