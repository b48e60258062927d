//! OpenTelemetry: what the collector and the host get of an invocation.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use azure_functions::{App, Data, FunctionDef, Invoker, Outputs};
use azure_functions_shared::rpc::{
    Content, FunctionEnvironmentReloadRequest, InvocationRequest, InvocationResponse,
    RpcTraceContext, status_result::Status,
};
use azure_functions_tests::ping::function;
use expect_test::{Expect, expect};
use tokio::process::Child;

use crate::{
    collector::{Collector, Received, attributes, hex, nowhere, value},
    host::{Host, status},
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";
const CAPABILITY: &str = "WorkerOpenTelemetryEnabled";

async fn start(variables: &[(&str, &str)]) -> (Host<Child>, bool) {
    let program = env!("CARGO_BIN_EXE_telemetry_app");
    let mut host = Host::start_program(program, variables).await;
    let announced = host.init().await.contains_key(CAPABILITY);
    (host, announced)
}

/// A worker that exports to `collector`.
async fn exporting(collector: &Collector) -> Host<Child> {
    let (host, announced) = start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.uri)]).await;
    assert!(announced);
    host
}

/// Invokes a function in a trace of the host, which is sampled if it says so.
async fn invoke(host: &mut Host<Child>, function: &str, sampled: bool) -> InvocationResponse {
    let flags = u8::from(sampled);
    host.send(Content::InvocationRequest(InvocationRequest {
        invocation_id: "id-1".to_owned(),
        function_id: function.to_owned(),
        trace_context: Some(RpcTraceContext {
            trace_parent: format!("00-{TRACE}-{PARENT}-{flags:02}"),
            trace_state: "vendor=1".to_owned(),
            attributes: HashMap::from([("HostInstanceId".to_owned(), "host-1".to_owned())]),
            ..RpcTraceContext::default()
        }),
        ..InvocationRequest::default()
    }))
    .await;
    host.response().await
}

/// What a collector got, as text: `span` stands for the id of the invocation's span.
fn text(received: &Received) -> String {
    let invocation = received
        .spans
        .iter()
        .find(|span| hex(&span.parent_span_id) == PARENT);
    let name = |id: &[u8]| match hex(id) {
        id if invocation.is_some_and(|span| hex(&span.span_id) == id) => "span".to_owned(),
        id if id == TRACE => "trace".to_owned(),
        id if id == PARENT => "host".to_owned(),
        id if id.is_empty() => "none".to_owned(),
        _ => "other".to_owned(),
    };
    let mut lines = Vec::new();
    for span in &received.spans {
        let status = span.status.clone().unwrap_or_default();
        lines.push(format!(
            "{} {} of {} below {} {:?} {:?} {:?}{}",
            span.name,
            name(&span.span_id),
            name(&span.trace_id),
            name(&span.parent_span_id),
            span.trace_state,
            span.kind(),
            (status.code(), status.message),
            attributes(&span.attributes),
        ));
        for event in &span.events {
            lines.push(format!("  {}{}", event.name, attributes(&event.attributes)));
        }
    }
    for log in &received.logs {
        lines.push(format!(
            "{:?} {:?} in {} of {}{}",
            log.severity_text,
            value(log.body.as_ref()),
            name(&log.span_id),
            name(&log.trace_id),
            attributes(&log.attributes),
        ));
    }
    lines.join("\n")
}

#[track_caller]
fn check(collector: &Collector, expected: &Expect) {
    expected.assert_eq(&text(&collector.take()));
}

/// The collector has everything when the answer comes.
#[tokio::test]
async fn spans() {
    let collector = Collector::start().await;
    let mut host = exporting(&collector).await;
    let response = invoke(&mut host, "hello", true).await;
    check(
        &collector,
        &expect![[r#"
        work other of trace below span "vendor=1" Internal (Unset, "") step=1
        hello span of trace below host "vendor=1" Internal (Unset, "") faas.instance=host-1 faas.invocation_id=id-1 faas.name=hello faas.trigger=other order.id=7
        "INFO" "inside" in span of trace answer=42
        "WARN" "deeper" in other of trace"#]],
    );
    assert_eq!(
        response.trace_context_attributes,
        HashMap::from([("order.id".to_owned(), "7".to_owned())])
    );
    // The records reach the host too.
    let logs: Vec<_> = host
        .logs
        .drain(..)
        .filter(|log| log.invocation_id == "id-1")
        .collect();
    assert_eq!(logs.len(), 2, "{logs:?}");
    assert_eq!(logs[0].category, "Function.hello.User");

    invoke(&mut host, "hello_blocking", true).await;
    check(
        &collector,
        &expect![[r#"
        work other of trace below span "vendor=1" Internal (Unset, "") step=1
        hello_blocking span of trace below host "vendor=1" Internal (Unset, "") faas.instance=host-1 faas.invocation_id=id-1 faas.name=hello_blocking faas.trigger=other order.id=7
        "WARN" "deeper" in other of trace"#]],
    );

    let failed = invoke(&mut host, "fail", true).await;
    assert_eq!(status(failed.result), Status::Failure);
    check(
        &collector,
        &expect![[r#"
        fail span of trace below host "vendor=1" Internal (Error, "out of order") faas.instance=host-1 faas.invocation_id=id-1 faas.name=fail faas.trigger=other
          exception exception.message=out of order exception.stacktrace=Broken: out of order exception.type=Broken"#]],
    );

    let failed = invoke(&mut host, "boom", true).await;
    assert_eq!(status(failed.result), Status::Failure);
    let received = collector.take();
    let span = &received.spans[0];
    assert_eq!(span.status.clone().unwrap().message, "boom");
    assert!(
        attributes(&span.events[0].attributes).contains("exception.type=panic"),
        "{span:?}"
    );

    // The host does not want this trace to be kept.
    invoke(&mut host, "hello", false).await;
    check(
        &collector,
        &expect![[r#"
        "INFO" "inside" in other of trace answer=42
        "WARN" "deeper" in other of trace"#]],
    );
}

#[tokio::test]
async fn without_a_trace() {
    let collector = Collector::start().await;
    let mut host = exporting(&collector).await;
    host.invoke("1", "hello_blocking").await;
    host.response().await;
    let received = collector.take();
    let span = received
        .spans
        .iter()
        .find(|span| span.name == "hello_blocking")
        .unwrap();
    assert_eq!(
        (span.parent_span_id.len(), span.kind().as_str_name()),
        (0, "SPAN_KIND_SERVER")
    );
}

#[tokio::test]
async fn resource_and_headers() {
    let collector = Collector::start().await;
    let (mut host, _) = start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.uri),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=secret"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("WEBSITE_SITE_NAME", "shop"),
        ("REGION_NAME", "westeurope"),
    ])
    .await;
    invoke(&mut host, "hello", true).await;
    let received = collector.take();
    assert_eq!(received.keys, [Some("secret".to_owned())]);
    let resource = attributes(&received.resources[0].attributes);
    for attribute in [
        "cloud.platform=azure_functions",
        "cloud.region=westeurope",
        "service.name=shop",
        "telemetry.sdk.language=rust",
    ] {
        assert!(resource.contains(attribute), "{resource}");
    }
    let span = received.spans.iter().find(|span| span.name == "hello");
    let span = attributes(&span.unwrap().attributes);
    assert!(span.contains("faas.name=shop/hello"), "{span}");
}

#[tokio::test]
async fn who_exports_logs() {
    let collector = Collector::start().await;
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.uri.as_str());
    for (variables, expected) in [
        (&[][..], false),
        (&[endpoint][..], true),
        (&[endpoint, ("OTEL_LOGS_EXPORTER", "none")][..], false),
        (&[endpoint, ("OTEL_SDK_DISABLED", "true")][..], false),
        (
            &[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")][..],
            false,
        ),
    ] {
        let (mut host, announced) = start(variables).await;
        assert_eq!(announced, expected, "{variables:?}");
        assert_eq!(
            status(invoke(&mut host, "hello", true).await.result),
            Status::Success
        );
        let is_told = host.logs.iter().any(|log| {
            log.message
                .starts_with("traces and logs are not exported: `OTEL_EXPORTER_OTLP_PROTOCOL`")
        });
        assert_eq!(
            is_told,
            variables.len() == 2 && variables[1].0.ends_with("PROTOCOL")
        );
    }
}

/// A process that was started before it had an app learns from the reload where the collector is.
#[tokio::test]
async fn reload() {
    let collector = Collector::start().await;
    let (mut host, announced) = start(&[]).await;
    assert!(!announced);
    for on in [true, false, true] {
        let mut variables = HashMap::from([("OTEL_SERVICE_NAME".to_owned(), "late".to_owned())]);
        if on {
            variables.insert(
                "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(),
                collector.uri.clone(),
            );
        }
        host.send(Content::FunctionEnvironmentReloadRequest(
            FunctionEnvironmentReloadRequest {
                environment_variables: variables,
                ..FunctionEnvironmentReloadRequest::default()
            },
        ))
        .await;
        let Content::FunctionEnvironmentReloadResponse(response) = host.answer().await else {
            panic!("not a reload response");
        };
        assert_eq!(response.capabilities.contains_key(CAPABILITY), on);
        invoke(&mut host, "hello", true).await;
        let received = collector.take();
        let names: Vec<_> = received.spans.iter().map(|span| &span.name).collect();
        if on {
            assert_eq!(names, ["work", "hello"]);
            let resource = attributes(&received.resources[0].attributes);
            assert!(resource.contains("service.name=late"), "{resource}");
        } else {
            assert!(names.is_empty(), "{names:?}");
        }
    }
}

/// Answers wait once for a collector that does not answer, or is not there, and then no more.
#[tokio::test]
async fn no_collector() {
    let silent = Collector::start_silent().await;
    for uri in [silent.uri.clone(), format!("http://{}", nowhere().await)] {
        let (mut host, _) = start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &uri)]).await;
        let start = Instant::now();
        for _ in 0..50 {
            let response = invoke(&mut host, "hello", true).await;
            assert_eq!(status(response.result), Status::Success);
        }
        // Half a second each would be 25 s.
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{:?}",
            start.elapsed()
        );
        let start = Instant::now();
        host.terminate(5).await;
        assert!(host.exit().await.status.success());
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{:?}",
            start.elapsed()
        );
    }
}

#[tokio::test]
async fn collector_comes_late() {
    let address = nowhere().await;
    let (mut host, _) =
        start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}"))]).await;
    while !host
        .logs
        .iter()
        .any(|log| log.message.starts_with("traces and logs are not exported"))
    {
        invoke(&mut host, "hello", true).await;
    }
    let collector = Collector::start_at(address).await;
    while collector.take().spans.is_empty() {
        invoke(&mut host, "hello", true).await;
    }
}

/// What no answer waited for is exported when the process ends.
#[tokio::test]
async fn end() {
    let collector = Collector::start().await;
    let (mut host, _) = start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.uri),
        ("DO_NOT_WAIT", "1"),
    ])
    .await;
    host.invoke("1", "wait").await;
    host.terminate(5).await;
    assert_eq!(status(host.response().await.result), Status::Success);
    assert!(host.exit().await.status.success());
    let received = collector.take();
    let names: Vec<_> = received.spans.iter().map(|span| &span.name).collect();
    assert_eq!(names, ["wait"]);
}

static TAGS: [FunctionDef; 1] = [function(
    "tag",
    Invoker::Blocking(|call| {
        call.context().set_trace_attribute("a", "0");
        call.context().set_trace_attribute("a", "1");
        call.context().set_trace_attribute("b", "2".repeat(1000));
        let mut outputs = Outputs::new();
        outputs.put("$return", Data::text("pong"));
        Ok(outputs)
    }),
)];

/// Tags need no export; tags that the host does not take do not spoil the answer.
#[tokio::test]
async fn tags() {
    for (max_message, expected) in [(i32::MAX, 2), (1500, 0)] {
        let mut host = Host::start_with(App::with_functions(&TAGS), max_message).await;
        let capabilities = host.init().await;
        assert!(!capabilities.contains_key(CAPABILITY));
        host.invoke("1", "tag").await;
        let response = host.response().await;
        assert_eq!(status(response.result), Status::Success);
        let tags = response.trace_context_attributes;
        assert_eq!(tags.len(), expected);
        assert!(expected == 0 || tags["a"] == "1");
    }
}
