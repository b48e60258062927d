//! A host that stops a worker with many calls in flight.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use azure_functions_shared::rpc::{Content, status_result::Status};

use super::{call, worker::process};
use crate::host::{Host, status};

/// What the host gives a worker.
const GRACE: Duration = Duration::from_secs(5);

/// How many calls run: those that end when they are told, those that never do, and those that have a thread and never
/// end. There are 16 threads for them at least, and the rest of them waits.
const CALLS: [(&str, usize); 3] = [("obeys", 100), ("ignores", 84), ("blocks", 16)];

/// Terminates a process in the middle of its calls. A host that does not drain sends more of them after that.
async fn check(late: usize) {
    let mut host = Host::listen(i32::MAX, process).await;
    host.init().await;
    let mut functions = HashMap::new();
    for (function, count) in CALLS {
        for number in 0..count {
            let id = format!("{function}-{number}");
            host.send(call(&id, function, &id)).await;
            functions.insert(id, function);
        }
    }
    // Each says that it has begun.
    let mut begun = 0;
    while begun < 200 {
        match host.next().await.and_then(|message| message.content) {
            Some(Content::RpcLog(log)) => begun += usize::from(log.message == "begun"),
            other => panic!("expected a log record, got {other:?}"),
        }
    }
    let told = Instant::now();
    host.terminate_within(GRACE).await;
    for number in 0..late {
        let id = format!("late-{number}");
        host.send(call(&id, "returns", &id)).await;
        functions.insert(id, "returns");
    }
    let mut named = HashSet::new();
    let mut answers = HashMap::new();
    while let Some(message) = host.next().await {
        match message.content {
            Some(Content::RpcLog(log)) if log.message.contains("did not end") => {
                let function = functions[&log.invocation_id];
                assert_eq!(log.category, format!("Function.{function}.User"));
                for word in [function, log.invocation_id.as_str()] {
                    assert!(
                        log.message.contains(&format!("`{word}`")),
                        "{}",
                        log.message
                    );
                }
                assert!(
                    !answers.contains_key(&log.invocation_id),
                    "after the answer"
                );
                named.insert(log.invocation_id);
            }
            Some(Content::InvocationResponse(response)) => {
                let id = response.invocation_id;
                let again = answers.insert(id.clone(), status(response.result));
                assert_eq!(again, None, "`{id}` was answered twice");
            }
            _ => {}
        }
    }
    let took = told.elapsed();
    assert!(took < GRACE, "the last answer came after {took:?}");
    for (id, function) in &functions {
        let stuck = ["ignores", "blocks"].contains(function);
        assert_eq!(named.contains(id), stuck, "`{id}` in the log");
        let expected = if *function == "obeys" {
            Status::Success
        } else {
            Status::Cancelled
        };
        assert_eq!(answers.get(id), Some(&expected), "`{id}`");
    }
    let end = host.hang_up().await;
    assert_eq!(end.status.code(), Some(0), "{end:?}");
    assert_eq!(String::from_utf8_lossy(&end.stderr), "");
}

#[tokio::test]
async fn all_calls_are_answered_within_the_grace_period_and_the_stuck_ones_named() {
    check(0).await;
}

#[tokio::test]
async fn a_host_that_does_not_drain_gets_an_answer_to_its_last_calls_too() {
    check(50).await;
}
