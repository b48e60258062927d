//! Functions that block the runtime are named while they do.

use std::{collections::HashSet, time::Duration};

use azure_functions_shared::rpc::{
    Content, Data, RpcLog,
    rpc_log::{Level, RpcLogCategory},
    status_result::Status,
};

use crate::{
    functions::app,
    host::{Host, status},
};

/// The next records about a function that blocks: the function's and the worker's.
async fn records(host: &mut Host) -> [RpcLog; 2] {
    let mut records = Vec::new();
    while records.len() < 2 {
        match host.next().await.unwrap().content {
            Some(Content::RpcLog(log)) if log.message.contains("has blocked") => records.push(log),
            Some(Content::RpcLog(_)) => {}
            other => panic!("expected a record, got {other:?}"),
        }
    }
    records.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_blocked_thread_is_named() {
    let threshold = Duration::from_millis(20);
    let (watched, mut remote) = app();
    let mut host = Host::initialized(watched.watchdog(threshold)).await;
    let (unwatched, mut other) = app();
    let mut unwatched = Host::initialized(unwatched.watchdog(None)).await;
    unwatched.invoke("1", "spin").await;
    other.started().await;
    for (function, again) in [("spin", 0), ("spin", 1), ("spin_child", 0)] {
        let id = format!("{function} {again}");
        host.invoke(&id, function).await;
        remote.started().await;
        // It still blocks: nobody has let it go.
        let [user, system] = records(&mut host).await;
        let start = format!(
            "function `{function}` has blocked a thread of the async runtime for more than "
        );
        assert!(user.message.starts_with(&start), "{}", user.message);
        assert!(
            user.message.contains(&format!("invocation `{id}`")),
            "{}",
            user.message
        );
        assert_eq!(user.message, system.message);
        assert_eq!(
            [user.level(), system.level()],
            [Level::Warning, Level::Warning]
        );
        assert_eq!(
            [user.log_category(), system.log_category()],
            [RpcLogCategory::User, RpcLogCategory::System]
        );
        assert_eq!(user.invocation_id, id);
        assert_eq!(user.category, format!("Function.{function}.User"));
        let lasts = user.properties_map.get("blocked_ms").unwrap().data.clone();
        assert!(
            matches!(lasts, Some(Data::Int(20..))),
            "as long as it may, at least: {lasts:?}"
        );
        remote.words.send("go on".to_owned()).unwrap();
        assert_eq!(status(host.response().await.result), Status::Success);
    }
    let texts: HashSet<_> = host.logs.iter().map(|log| &log.message).collect();
    assert!(
        !texts.iter().any(|text| text.contains("has blocked")),
        "once: {texts:?}"
    );
    // It has blocked for longer than all of those.
    other.words.send("go on".to_owned()).unwrap();
    unwatched.response().await;
    assert!(unwatched.logs.is_empty(), "{:?}", unwatched.logs);
}
