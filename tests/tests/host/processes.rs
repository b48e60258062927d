//! Several processes of one app.

use std::{collections::BTreeSet, time::Duration};

use azure_functions_host::InvokeError;
use azure_functions_shared::rpc::{Content, StreamingMessage};

use crate::{
    client::get,
    support::{App, Setup, http, record, soon},
};

/// An app that wants so many processes.
fn setup(number: &str, functions: &[&str]) -> Setup {
    let functions: Vec<_> = functions.iter().map(|name| http(name)).collect();
    let mut setup = Setup::new(&functions).with("FUNCTIONS_WORKER_PROCESS_COUNT", number);
    setup.config.limits.restart_delay = Duration::ZERO;
    setup.config.limits.restart_interval = Duration::ZERO;
    setup
}

async fn process(app: &App) -> String {
    get(app.host.address(), "/api/pid").await.body
}

/// The processes that answer, once there are so many.
async fn processes(app: &App, number: usize) -> BTreeSet<String> {
    soon(async {
        let mut seen = BTreeSet::new();
        while seen.len() < number {
            seen.insert(process(app).await);
        }
        seen
    })
    .await
}

fn count(record: &[(String, StreamingMessage)], wanted: fn(&Content) -> bool) -> usize {
    record
        .iter()
        .filter(|(_, message)| message.content.as_ref().is_some_and(wanted))
        .count()
}

#[tokio::test]
async fn calls_go_to_one_process_after_the_other() {
    let app = setup("3", &["pid", "echo"]).start().await;
    let all = processes(&app, 3).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(process(&app).await);
    }
    assert_eq!(seen[..3], seen[3..]);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all);
    soon(app.host.stop()).await.unwrap();

    // The first is asked what there is, and all are told what to load.
    let record = record(app.folder.path());
    for (expected, what) in [
        (
            3,
            (|content| matches!(content, Content::WorkerInitRequest(_))) as fn(&Content) -> bool,
        ),
        (1, |content| {
            matches!(content, Content::FunctionsMetadataRequest(_))
        }),
        (6, |content| {
            matches!(content, Content::FunctionLoadRequest(_))
        }),
        (3, |content| matches!(content, Content::WorkerTerminate(_))),
    ] {
        assert_eq!(count(&record, what), expected);
    }
}

#[tokio::test]
async fn the_others_go_on_when_one_is_lost() {
    let mut setup = setup("2", &["pid", "slow", "crash"]);
    // So that none comes back while this looks.
    setup.config.limits.restart_delay = Duration::from_secs(3600);
    let app = setup.start().await;
    let all = processes(&app, 2).await;
    // They go to different ones.
    let calls =
        async { tokio::join!(app.host.invoke("slow", "300"), app.host.invoke("crash", "")) };
    let (slow, crash) = soon(calls).await;
    slow.unwrap();
    assert!(
        matches!(crash, Err(InvokeError::WorkerLost(_))),
        "{crash:?}"
    );
    let left = process(&app).await;
    assert!(all.contains(&left));
    for _ in 0..4 {
        assert_eq!(process(&app).await, left);
    }
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn a_lost_one_is_replaced_as_often_as_the_budget_of_all_allows() {
    let mut app = setup("2", &["pid", "crash"]).start().await;
    let all = processes(&app, 2).await;
    soon(app.host.invoke("crash", "")).await.unwrap_err();
    // One of the old ones, and a new one.
    let now = processes(&app, 2).await;
    assert_eq!(all.intersection(&now).count(), 1);
    // Three for each of the two: at the last, that one is not replaced, and the other goes on.
    for _ in 1..6 {
        soon(app.host.invoke("crash", "")).await.unwrap_err();
    }
    assert!(!process(&app).await.is_empty());
    soon(app.host.invoke("crash", "")).await.unwrap_err();
    let error = soon(app.host.wait()).await.unwrap_err();
    assert!(error.to_string().contains("lost 7 times"), "{error}");
}

#[tokio::test]
async fn there_are_one_to_ten() {
    for number in ["0", "11", "-1", "two"] {
        let error = setup(number, &["echo"]).try_start().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "`FUNCTIONS_WORKER_PROCESS_COUNT` is `{number}`; write a whole number from 1 to 10"
            )
        );
    }
}
