//! Events become log records, as tables.

use std::{fmt, path::Path};

use azure_functions_shared::rpc::{Content, RpcLog, rpc_log::Level};
use expect_test::{Expect, expect};
use futures::FutureExt as _;
use tracing::{Level as TracingLevel, subscriber::with_default};
use tracing_subscriber::{Layer, Registry, filter::LevelFilter, layer::SubscriberExt};

use super::{BUFFER, LogLayer, Logs, invocation_span, levels::Levels};

/// What the layer makes of the events of `f`.
fn records(f: impl FnOnce()) -> Vec<RpcLog> {
    let logs = Logs::default();
    let layer = LogLayer::new(logs.clone()).with_filter(LevelFilter::TRACE);
    with_default(Registry::default().with(layer), f);
    let waiting = std::mem::take(&mut *logs.0.waiting.lock().unwrap());
    waiting.into()
}

#[track_caller]
fn check(f: impl FnOnce(), expected: &Expect) {
    let mut lines = Vec::new();
    for record in records(f) {
        let mut properties: Vec<_> = record
            .properties_map
            .iter()
            .map(|(name, data)| format!("{name}: {:?}", data.data))
            .collect();
        properties.sort();
        lines.push(format!(
            "{:?} {:?} {:?} {:?} {:?} {properties:?} {:?}",
            record.log_category(),
            record.category,
            record.invocation_id,
            record.level(),
            record.message,
            record.exception,
        ));
    }
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn where_events_go() {
    check(
        || {
            tracing::info!("outside");
            let span = invocation_span("42", "order");
            span.in_scope(|| {
                tracing::warn!("inside");
                tracing::info_span!("inner").in_scope(|| tracing::info!("deeper"));
            });
            tracing::info!(parent: &span, "by its parent");
            // A span of the user's that looks like ours is not ours.
            tracing::info_span!("invocation", invocation_id = "43", function = "x")
                .in_scope(|| tracing::info!("not inside"));
        },
        &expect![[r#"
            System "azure_functions::worker::logs::tests" "" Information "outside" [] None
            User "Function.order.User" "42" Warning "inside" [] None
            User "Function.order.User" "42" Information "deeper" [] None
            User "Function.order.User" "42" Information "by its parent" [] None
            System "azure_functions::worker::logs::tests" "" Information "not inside" [] None"#]],
    );
}

#[test]
fn levels() {
    check(
        || {
            tracing::error!("e");
            tracing::warn!("w");
            tracing::info!("i");
            tracing::debug!("d");
            tracing::trace!("t");
        },
        &expect![[r#"
            System "azure_functions::worker::logs::tests" "" Error "e" [] None
            System "azure_functions::worker::logs::tests" "" Warning "w" [] None
            System "azure_functions::worker::logs::tests" "" Information "i" [] None
            System "azure_functions::worker::logs::tests" "" Debug "d" [] None
            System "azure_functions::worker::logs::tests" "" Trace "t" [] None"#]],
    );
}

#[test]
fn fields() {
    let error = std::io::Error::other("disk");
    check(
        || {
            tracing::info!(
                int = -1,
                uint = 2_u64,
                huge = u64::MAX,
                float = 0.5,
                yes = true,
                "message {}",
                1
            );
            tracing::info!(text = "t", shown = %"s", debugged = ?"d");
            tracing::error!(error = &error as &dyn std::error::Error, "failed");
        },
        &expect![[r#"
            System "azure_functions::worker::logs::tests" "" Information "message 1 int=-1 uint=2 huge=18446744073709551615 float=0.5 yes=true" ["float: Some(Double(0.5))", "huge: Some(Json(\"18446744073709551615\"))", "int: Some(Int(-1))", "uint: Some(Int(2))", "yes: Some(Json(\"true\"))"] None
            System "azure_functions::worker::logs::tests" "" Information "text=t shown=s debugged=\"d\"" ["debugged: Some(String(\"\\\"d\\\"\"))", "shown: Some(String(\"s\"))", "text: Some(String(\"t\"))"] None
            System "azure_functions::worker::logs::tests" "" Error "failed error=disk" ["error: Some(String(\"disk\"))"] Some(RpcException { stack_trace: "error: disk", message: "disk", source: "", is_user_exception: false, r#type: "" })"#]],
    );
}

#[test]
fn connection_is_quiet() {
    check(
        || {
            tracing::event!(target: "h2::codec", TracingLevel::TRACE, "would never end");
            tracing::event!(target: "hyper_util", TracingLevel::TRACE, "would never end");
            tracing::event!(target: "h2o", TracingLevel::TRACE, "somebody else");
            invocation_span("1", "f").in_scope(|| {
                tracing::event!(target: "hyper::client", TracingLevel::TRACE, "the function's own client");
            });
        },
        &expect![[r#"
            System "h2o" "" Trace "somebody else" [] None
            User "Function.f.User" "1" Trace "the function's own client" [] None"#]],
    );
}

#[test]
fn old_records_give_way() {
    let records = records(|| {
        for at in 0..=BUFFER {
            tracing::info!("{at}");
        }
    });
    assert_eq!(records.len(), BUFFER);
    assert_eq!(records[0].message, "1");
}

/// What goes to the host when the stream opens after so many records.
fn sent_after(number: usize) -> Vec<String> {
    let (outbox, mut outgoing) = crate::worker::stream::queue();
    let logs = Logs::default();
    let layer = LogLayer::new(logs.clone());
    with_default(Registry::default().with(layer), || {
        for at in 1..=number {
            tracing::info!("before {at}");
        }
        logs.open(&outbox);
        tracing::info!("after");
    });
    // It waits until all of it is read, which comes next.
    assert_eq!(outbox.end().now_or_never(), None);
    crate::worker::stream::drain(&mut outgoing)
        .into_iter()
        .map(|message| match message.content {
            Some(Content::RpcLog(log)) => log.message,
            other => format!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn buffer_is_sent_once_there_is_a_stream() {
    assert_eq!(sent_after(1), ["before 1", "after"]);
}

#[tokio::test]
async fn what_the_buffer_lost_is_reported() {
    let sent = sent_after(BUFFER + 3);
    assert_eq!(sent.len(), BUFFER + 2);
    assert!(
        sent[0].starts_with("3 log records from before the connection"),
        "{}",
        sent[0]
    );
    assert_eq!(sent[1], "before 4");
}

/// A value that must not be formatted.
struct Secret;

impl fmt::Display for Secret {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("formatted")
    }
}

#[test]
fn what_the_host_would_throw_away_is_not_formatted() {
    let logs = Logs::default();
    let layer = LogLayer::new(logs.clone()).with_filter(LevelFilter::TRACE);
    let said = [
        ("Function", Level::Warning),
        ("Function.silent", Level::None),
    ];
    let said = said.map(|(category, level)| (category.to_owned(), level.into()));
    logs.keep(Levels::read(&said.into(), Path::new("")));
    with_default(Registry::default().with(layer), || {
        invocation_span("1", "loud").in_scope(|| {
            tracing::info!("{Secret}");
            tracing::info!(secret = %Secret, "below");
            tracing::warn!("kept");
        });
        invocation_span("2", "silent").in_scope(|| tracing::error!("{Secret}"));
        // The worker's own records are none of the app's categories.
        tracing::info!("outside");
    });
    let waiting = logs.0.waiting.lock().unwrap();
    let messages: Vec<_> = waiting.iter().map(|log| log.message.as_str()).collect();
    assert_eq!(messages, ["kept", "outside"]);
}

#[test]
fn directives() {
    for (directives, filter, left_out) in [
        ("", "info", &[][..]),
        (" ", "info", &[]),
        ("off, small_app=warn", "off,small_app=warn", &[]),
        // Without a level of its own, all else is silent.
        ("my_app", "my_app=trace", &[]),
        ("a::b=debug,,c=info", "a::b=debug,c=info", &[]),
        (
            "warn,[span{id=1}]=debug,a=loud",
            "warn",
            &["[span{id=1}]=debug", "a=loud"],
        ),
        ("[span]=debug", "info", &["[span]=debug"]),
    ] {
        let (found, left) = super::read(directives);
        assert_eq!(found, filter.parse().unwrap(), "{directives}");
        assert_eq!(left, left_out, "{directives}");
    }
}
