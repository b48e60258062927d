//! What an invocation is answered.

use azure_functions_shared::rpc::{
    Content, Data, InvocationRequest, ParameterBinding, RetryContext, RpcException,
    RpcSharedMemory, RpcTraceContext, parameter_binding::RpcData,
};
use expect_test::{Expect, expect};

use crate::{
    functions::app,
    host::{Host, invocation, status},
};

/// Sends a request to a fresh worker and compares the answer.
async fn check(request: Content, expected: Expect) {
    let mut host = Host::initialized(app().0).await;
    host.send(request).await;
    let response = host.response().await;
    let mut lines = vec![format!(
        "{:?} {:?}",
        response.invocation_id,
        status(response.result.clone())
    )];
    if let Some(exception) = response.result.and_then(|result| result.exception) {
        let RpcException {
            stack_trace,
            message,
            is_user_exception,
            r#type,
            ..
        } = exception;
        lines.push(format!("message: {message}"));
        lines.push(format!("type: {type} user: {is_user_exception}"));
        lines.push(format!("trace: {stack_trace}"));
    }
    if let Some(value) = response.return_value {
        lines.push(format!("return: {:?}", value.data));
    }
    for output in response.output_data {
        lines.push(format!("{}: {:?}", output.name, output.rpc_data));
    }
    expected.assert_eq(&lines.join("\n"));
}

fn with_input(function: &str, data: Option<RpcData>) -> Content {
    Content::InvocationRequest(InvocationRequest {
        invocation_id: "1".to_owned(),
        function_id: function.to_owned(),
        input_data: vec![ParameterBinding {
            name: "ping".to_owned(),
            rpc_data: data,
        }],
        ..InvocationRequest::default()
    })
}

#[tokio::test]
async fn results() {
    let hello = || Some(RpcData::Data(Data::Json("[1]".to_owned()).into()));
    check(
        with_input("echo", hello()),
        expect![[r#"
        "1" Success
        return: Some(Json("[1]"))"#]],
    )
    .await;
    check(
        with_input("echo_blocking", hello()),
        expect![[r#"
        "1" Success
        return: Some(Json("[1]"))"#]],
    )
    .await;
    check(
        invocation("1", "two"),
        expect![[r#"
        "1" Success
        return: Some(String("first"))
        output1: Some(Data(TypedData { data: Some(Bytes(b"new")) }))"#]],
    )
    .await;
    check(
        invocation("1", "reject"),
        expect![[r#"
        "1" Success
        return: Some(String("400"))"#]],
    )
    .await;
}

#[tokio::test]
async fn failures() {
    for (name, expected) in [
        (
            "fail",
            expect![[r#"
            "1" Failure
            message: the order is lost
            type: app::OrderError user: true
            trace: app::OrderError: the order is lost
            caused by: an error occurred when formatting an argument"#]],
        ),
        (
            "fail_blocking",
            expect![[r#"
            "1" Failure
            message: the order is lost
            type: app::OrderError user: true
            trace: app::OrderError: the order is lost
            caused by: an error occurred when formatting an argument"#]],
        ),
        (
            "unbound",
            expect![[r#"
            "1" Failure
            message: parameter `ping`: the host sent no value; take an `Option` if it can be absent
            type: azure_functions::BindError user: false
            trace: azure_functions::BindError: the host sent no value; take an `Option` if it can be absent"#]],
        ),
        (
            "unsent",
            expect![[r#"
            "1" Failure
            message: output `$return`: too odd
            type: azure_functions::BindError user: false
            trace: azure_functions::BindError: too odd
            caused by: an error occurred when formatting an argument"#]],
        ),
        (
            "reject_nowhere",
            expect![[r#"
            "1" Failure
            message: parameter `ping`: no ping
            type: azure_functions::BindError user: false
            trace: azure_functions::BindError: no ping"#]],
        ),
        (
            "panic",
            expect![[r#"
            "1" Failure
            message: oh no
            type: panic user: true
            trace: "#]],
        ),
        (
            "panic_early",
            expect![[r#"
            "1" Failure
            message: early
            type: panic user: true
            trace: "#]],
        ),
        (
            "panic_blocking",
            expect![[r#"
            "1" Failure
            message: blocking
            type: panic user: true
            trace: "#]],
        ),
        (
            "panic_display",
            expect![[r#"
            "1" Failure
            message: no words
            type: panic user: true
            trace: "#]],
        ),
        (
            "missing",
            expect![[r#"
            "1" Failure
            message: function `missing` was not loaded by this app; restart the host
            type: azure_functions::InvokeError user: false
            trace: "#]],
        ),
    ] {
        check(invocation("1", name), expected).await;
    }
}

#[tokio::test]
async fn odd_requests() {
    check(with_input("echo", None), expect![[r#""1" Success"#]]).await;
    check(
        with_input(
            "echo",
            Some(RpcData::RpcSharedMemory(RpcSharedMemory::default())),
        ),
        expect![[r#"
            "1" Failure
            message: parameter `ping`: the value is in shared memory, which this worker does not read; switch `FUNCTIONS_WORKER_SHARED_MEMORY_DATA_TRANSFER_ENABLED` off
            type: azure_functions::InvokeError user: false
            trace: "#]],
    )
    .await;
    check(
        Content::InvocationRequest(InvocationRequest::default()),
        expect![[r#"
            "" Failure
            message: function `` was not loaded by this app; restart the host
            type: azure_functions::InvokeError user: false
            trace: "#]],
    )
    .await;
    check(invocation("", "echo"), expect![[r#""" Success"#]]).await;
}

#[tokio::test]
async fn contexts() {
    let about = |retry_context, trace_context| {
        Content::InvocationRequest(InvocationRequest {
            invocation_id: "1".to_owned(),
            function_id: "about".to_owned(),
            retry_context,
            trace_context,
            ..InvocationRequest::default()
        })
    };
    check(
        about(None, None),
        expect![[r#"
        "1" Success
        return: Some(String("1 about /home/site/wwwroot  no retry"))"#]],
    )
    .await;
    let retry = RetryContext {
        retry_count: 1,
        max_retry_count: 3,
        exception: Some(RpcException {
            message: "late".to_owned(),
            ..RpcException::default()
        }),
    };
    let trace = RpcTraceContext {
        trace_parent: "00-1-2-01".to_owned(),
        ..RpcTraceContext::default()
    };
    check(about(Some(retry), Some(trace)), expect![[r#"
        "1" Success
        return: Some(String("1 about /home/site/wwwroot 00-1-2-01 1 of Some(3) after Some(\"late\")"))"#]]).await;
    let odd = RetryContext {
        retry_count: -5,
        max_retry_count: -1,
        exception: None,
    };
    check(
        about(Some(odd), None),
        expect![[r#"
        "1" Success
        return: Some(String("1 about /home/site/wwwroot  0 of None after None"))"#]],
    )
    .await;
}

#[tokio::test]
async fn long() {
    let mut host = Host::initialized(app().0).await;
    let text = "x".repeat(8 << 20);
    let data = RpcData::Data(Data::String(text.clone()).into());
    host.send(with_input("echo", Some(data))).await;
    let value = host.response().await.return_value.unwrap();
    assert!(value.data == Some(Data::String(text)));
}

#[tokio::test]
async fn too_long() {
    let mut host = Host::start_with(app().0, 4096).await;
    host.init().await;
    host.invoke("1", "big").await;
    let exception = host.response().await.result.unwrap().exception.unwrap();
    assert!(
        exception.message.starts_with("the outputs have 41"),
        "{}",
        exception.message
    );
    // The stream lives on.
    host.send(with_input("echo", None)).await;
    host.response().await;
}
