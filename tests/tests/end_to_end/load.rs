//! Ten thousand requests, of which many fail.

use std::collections::HashSet;

use azure_functions_tests::app::{App, Reply, Setup, soon};
use futures::{StreamExt as _, stream};
use http::{Method, StatusCode};
use serde_json::Value;

const REQUESTS: u32 = 10_000;
const CONCURRENCY: usize = 64;

/// A request, by its number: every tenth panics, every seventh fails, and of the others every third asks for the state.
fn path(number: u32) -> String {
    if number.is_multiple_of(10) {
        "/api/explode".to_owned()
    } else if number.is_multiple_of(7) {
        format!("/api/double?number=x{number}")
    } else if number.is_multiple_of(3) {
        "/api/visit".to_owned()
    } else {
        format!("/api/double?number={number}")
    }
}

/// The number of the visit and the process, if the request was one.
fn check(number: u32, reply: &Reply) -> Option<(u64, u64)> {
    let path = path(number);
    if number.is_multiple_of(10) || number.is_multiple_of(7) {
        assert_eq!(
            *reply,
            Reply::new(StatusCode::INTERNAL_SERVER_ERROR, ""),
            "{path}"
        );
        return None;
    }
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    if number.is_multiple_of(3) {
        let visit: Value = serde_json::from_str(&reply.body).unwrap();
        let member = |name| visit[name].as_u64().unwrap();
        return Some((member("number"), member("process")));
    }
    assert_eq!(reply.body, (number * 2).to_string(), "{path}");
    None
}

async fn replies(app: &App) -> Vec<(u32, Reply)> {
    stream::iter(0..REQUESTS)
        .map(|number| {
            let reply = app.send(Method::GET, &path(number), "");
            async move { (number, soon(reply).await) }
        })
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_answered_by_one_process() {
    let app = Setup::example("http").start().await;
    let replies = replies(&app).await;
    assert_eq!(replies.len(), REQUESTS as usize);
    let visits: Vec<_> = replies
        .iter()
        .filter_map(|(number, reply)| check(*number, reply))
        .collect();
    let processes: HashSet<_> = visits.iter().map(|(_, process)| process).collect();
    assert_eq!(processes.len(), 1, "{processes:?}");
    let mut numbers: Vec<_> = visits.iter().map(|(number, _)| *number).collect();
    numbers.sort_unstable();
    let expected: Vec<_> = (1..=visits.len() as u64).collect();
    assert_eq!(numbers, expected, "a visit was counted twice or not at all");
    app.stop().await;
}
