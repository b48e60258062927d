//! Errors that another attempt does not cure.

use azure_functions::{App, BoxError, FunctionDef, InvokeError, Invoker, Permanent, ResultExt};
use azure_functions_shared::rpc::{
    Content, InvocationRequest, RetryContext,
    rpc_log::{Level, RpcLogCategory},
    status_result::Status,
};
use azure_functions_tests::ping::function;

use crate::host::{Host, status};

static FUNCTIONS: [FunctionDef; 3] = [
    function(
        "hopeless",
        Invoker::Async(|_| Box::pin(async { Err(failure(Permanent::new("no number").into())) })),
    ),
    function(
        "hopeless_blocking",
        Invoker::Blocking(|_| Err(failure("x".parse::<u8>().permanent().unwrap_err().into()))),
    ),
    function(
        "hopeful",
        Invoker::Blocking(|_| {
            let busy: Result<(), _> = Err(Permanent::new("busy"));
            Err(failure(busy.transient().unwrap_err().into()))
        }),
    ),
];

fn failure(error: BoxError) -> InvokeError {
    InvokeError::User {
        type_name: "app::Error",
        error,
    }
}

#[tokio::test]
async fn attempts_that_are_left_are_not_made() {
    let mut host = Host::initialized(App::with_functions(&FUNCTIONS)).await;
    for (function, attempt, expected) in [
        ("hopeless", None, Status::Failure),
        ("hopeless", Some((0, 3)), Status::Success),
        ("hopeless", Some((2, 3)), Status::Success),
        ("hopeless", Some((3, 3)), Status::Failure),
        ("hopeless", Some((1000, -1)), Status::Success),
        ("hopeless_blocking", Some((0, 3)), Status::Success),
        ("hopeful", Some((0, 3)), Status::Failure),
    ] {
        host.send(Content::InvocationRequest(InvocationRequest {
            invocation_id: "1".to_owned(),
            function_id: function.to_owned(),
            retry_context: attempt.map(|(retry_count, max_retry_count)| RetryContext {
                retry_count,
                max_retry_count,
                ..RetryContext::default()
            }),
            ..InvocationRequest::default()
        }))
        .await;
        let response = host.response().await;
        assert_eq!(status(response.result), expected, "{function} {attempt:?}");
        let logs: Vec<_> = host.logs.drain(..).collect();
        if expected == Status::Failure {
            assert!(logs.is_empty(), "{logs:?}");
            continue;
        }
        // What the answer does not say, the function's log does.
        let [log] = logs.try_into().unwrap();
        assert_eq!(
            (log.level(), log.log_category()),
            (Level::Error, RpcLogCategory::User)
        );
        assert_eq!(log.invocation_id, "1");
        let exception = log.exception.unwrap();
        assert!(!exception.message.is_empty());
        assert!(
            exception
                .stack_trace
                .contains("caused by: it is marked as permanent"),
            "{exception:?}"
        );
    }
}
