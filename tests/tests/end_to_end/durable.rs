//! Durable Functions: each pattern of the example, with a real worker and the task hub of the embedded host.

use std::{sync::Arc, time::Duration};

use azure_functions_host::clock::ManualClock;
use azure_functions_tests::app::{App, Reply, Setup, soon};
use http::Method;
use serde_json::{Value, json};

const API: &str = "/runtime/webhooks/durabletask";

fn parsed(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

/// Starts an orchestrator as a client of the app does, and gives the addresses of the answer.
async fn start(app: &App, name: &str, input: &Value) -> Value {
    let path = format!("/api/start/{name}");
    let reply = app.post(&path, &input.to_string()).await;
    assert_eq!(reply.status, 202, "{name}: {reply:?}");
    parsed(&reply)
}

/// What a request to one of the addresses is answered.
async fn call(app: &App, method: Method, addresses: &Value, which: &str, body: &str) -> Reply {
    let address = addresses[which].as_str().unwrap();
    let own = format!("http://{}", app.host.address());
    let path = address.strip_prefix(&own).unwrap();
    let path = path.replace("{eventName}", "Approval");
    soon(app.send(method, &path.replace("{text}", "because"), body)).await
}

/// Asks for the status, at the address that the client was given, until `wanted` is there.
async fn status_that(app: &App, addresses: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
    soon(async {
        loop {
            let reply = call(app, Method::GET, addresses, "statusQueryGetUri", "").await;
            let status = parsed(&reply);
            let running = ["Pending", "Running"].map(Value::from);
            let is_over = !running.contains(&status["runtimeStatus"]);
            assert_eq!(reply.status, if is_over { 200 } else { 202 }, "{reply:?}");
            if wanted(&status) {
                return status;
            }
            assert!(!is_over, "{status}");
        }
    })
    .await
}

/// Asks for the status until the instance has ended.
async fn end(app: &App, addresses: &Value) -> Value {
    status_that(app, addresses, |status| {
        ["Completed", "Failed", "Terminated"].contains(&status["runtimeStatus"].as_str().unwrap())
    })
    .await
}

#[tokio::test]
async fn orchestrations_of_each_pattern_come_to_their_ends() {
    let app = Setup::example("durable").start().await;
    for (name, input, status, output) in [
        ("chain", json!("Welt"), "Completed", json!("Hello, world!")),
        (
            "count_all",
            json!(["one", "two words", "", "a b c"]),
            "Completed",
            json!(6),
        ),
        ("count_all", json!([]), "Completed", json!(0)),
        (
            "count_all",
            json!(vec!["to be"; 200]),
            "Completed",
            json!(400),
        ),
        (
            "monitor",
            json!({ "job": "well done", "every_secs": 60, "tries": 9 }),
            "Completed",
            json!(true),
        ),
        (
            "monitor",
            json!({ "job": "bake", "every_secs": 1, "tries": 3 }),
            "Completed",
            json!(false),
        ),
        (
            "journey",
            json!(["train", "hotel"]),
            "Completed",
            json!(["booking of train", "booking of hotel"]),
        ),
        (
            "journey",
            json!(["train", "hotel", ""]),
            "Failed",
            json!("Error: activity `book` failed: Error: there is nothing to book"),
        ),
    ] {
        let addresses = start(&app, name, &input).await;
        let ended = end(&app, &addresses).await;
        assert_eq!(
            (&ended["runtimeStatus"], &ended["output"]),
            (&json!(status), &output),
            "{name}: {input}: {ended}"
        );
        assert_eq!(ended["name"], name);
        // One that has continued as new has the input of its last execution.
        if ended["input"]["tries"] != 1 {
            assert_eq!(ended["input"], input);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn what_a_saga_has_done_is_taken_back_in_reverse_order() {
    let mut app = Setup::example("durable").start().await;
    let addresses = start(&app, "journey", &json!(["train", "hotel", ""])).await;
    assert_eq!(end(&app, &addresses).await["runtimeStatus"], "Failed");
    for booking in ["booking of hotel", "booking of train"] {
        assert_eq!(
            app.logged("cancel").await,
            format!("{booking} is cancelled")
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn a_client_is_answered_with_the_result_or_asks_for_it() {
    let app = Setup::example("durable").start().await;
    let reply = app.post("/api/greetings", "\"Welt\"").await;
    assert_eq!(
        (reply.status, reply.body.as_str()),
        (200, "Hello, \"Welt\"!")
    );
    assert_eq!(app.get("/api/greetings/nobody").await.status, 404);
    let addresses = start(&app, "chain", &json!("Ferris")).await;
    end(&app, &addresses).await;
    let path = format!("/api/greetings/{}", addresses["id"].as_str().unwrap());
    let reply = app.get(&path).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "Hello, Ferris!"));
    let purged = call(
        &app,
        Method::DELETE,
        &addresses,
        "purgeHistoryDeleteUri",
        "",
    )
    .await;
    assert_eq!(parsed(&purged), json!({ "instancesDeleted": 1 }));
    assert_eq!(app.get(&path).await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn an_approval_is_given_refused_or_too_late() {
    let clock = ManualClock::new("2026-11-21T03:51:51Z".parse().unwrap());
    let mut setup = Setup::example("durable");
    setup.config.clock = Arc::new(clock.clone());
    let app = setup.start().await;
    for (answer, output) in [
        (Some("true"), "approved"),
        (Some("false"), "refused"),
        (None, "nobody answered"),
    ] {
        let addresses = start(&app, "approve", &json!("May I?")).await;
        let waits = |status: &Value| status["customStatus"] == "waits for an answer";
        status_that(&app, &addresses, waits).await;
        if let Some(answer) = answer {
            let reply = call(&app, Method::POST, &addresses, "sendEventPostUri", answer).await;
            assert_eq!(reply.status, 202, "{reply:?}");
        } else {
            soon(clock.until_asleep(1)).await;
            clock.advance(Duration::from_secs(3 * 24 * 3600));
        }
        let ended = end(&app, &addresses).await;
        assert_eq!(ended["output"], output, "{ended}");
        let late = call(&app, Method::POST, &addresses, "sendEventPostUri", "true").await;
        assert_eq!(late.status, 410, "{late:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn counters_are_signalled_called_and_locked() {
    let app = Setup::example("durable").start().await;
    let count = async |key: &str, wanted: &str| {
        let path = format!("{API}/entities/counter/{key}");
        soon(async {
            while app.get(&path).await.body != wanted {
                tokio::task::yield_now().await;
            }
        })
        .await;
    };
    for _ in 0..10 {
        assert_eq!(app.post("/api/visits/a", "").await.status, 204);
    }
    count("a", "10").await;
    let transfer = |amount: i64| json!({ "from": "a", "to": "b", "amount": amount });
    let addresses = start(&app, "transfer", &transfer(5)).await;
    assert_eq!(end(&app, &addresses).await["output"], 5);
    count("a", "5").await;
    count("b", "5").await;
    // What fails gives the locks back.
    let addresses = start(&app, "transfer", &transfer(6)).await;
    let failed = end(&app, &addresses).await;
    assert_eq!(failed["runtimeStatus"], "Failed");
    let reason = failed["output"].as_str().unwrap();
    assert!(
        reason.contains("a counter does not go below zero"),
        "{reason}"
    );
    // Each has enough for all that is taken from it, in whatever order.
    let many: Vec<Value> = futures::future::join_all((0..10).map(async |number| {
        let input = json!({ "from": if number % 2 == 0 { "a" } else { "b" }, "to": if number % 2 == 0 { "b" } else { "a" }, "amount": 1 });
        let addresses = start(&app, "transfer", &input).await;
        end(&app, &addresses).await
    }))
    .await;
    for ended in many {
        assert_eq!(ended["runtimeStatus"], "Completed", "{ended}");
    }
    count("a", "5").await;
    let reply = app
        .post(&format!("{API}/entities/counter/a?op=reset"), "")
        .await;
    assert_eq!(reply.status, 202);
    count("a", "").await;
    app.stop().await;
}
