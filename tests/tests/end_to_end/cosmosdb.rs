//! Documents: written, read, found, changed, and heard of.

use azure_functions_host::{EventKind, store::ContainerName};
use azure_functions_tests::app::Setup;
use http::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn an_order_is_written_found_paid_and_heard_of() {
    let mut app = Setup::example("cosmosdb").start().await;
    assert_eq!(app.get("/api/orders/ann/1").await.status, 404);
    assert_eq!(app.get("/api/orders/ann").await.body, "[]");
    for (id, customer) in [("2", "ann"), ("1", "ann"), ("1", "bob' OR true")] {
        let order =
            json!({ "id": id, "customer": customer, "items": ["tea"], "paid": false, "note": "x" });
        let reply = app.post("/api/orders", &order.to_string()).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        assert_eq!(
            app.logged("watch").await,
            format!("order {id} of tea is open")
        );
    }
    let container = ContainerName::new("shop", "orders");
    let cosmos = app.host.cosmos().clone();
    assert_eq!(
        cosmos.partition_key(&container).as_deref(),
        Some("/customer")
    );

    assert_eq!(app.get("/api/orders/ann").await.body, r#"["1","2"]"#);
    assert_eq!(
        app.get("/api/orders/bob'%20OR%20true").await.body,
        r#"["1"]"#
    );
    let order = app.get("/api/orders/ann/1").await;
    assert_eq!(order.status, 200, "{}", order.body);
    let order: Value = serde_json::from_str(&order.body).unwrap();
    assert_eq!(
        (&order["customer"], &order["note"]),
        (&json!("ann"), &json!("x"))
    );
    assert!(order["_etag"].is_string(), "{order}");

    let etag = || {
        cosmos
            .get(&container, "1", &json!("ann"))
            .map(|order| order["_etag"].clone())
    };
    for (path, status, writes) in [
        ("/api/orders/ann/1/payment", StatusCode::NO_CONTENT, true),
        ("/api/orders/ann/1/payment", StatusCode::NO_CONTENT, false),
        ("/api/orders/ann/9/payment", StatusCode::NOT_FOUND, false),
    ] {
        let before = etag();
        let reply = app.send(Method::POST, path, "").await;
        assert_eq!(reply.status, status.as_u16(), "{path}: {}", reply.body);
        assert_eq!(etag() != before, writes, "{path}");
    }
    assert_eq!(app.logged("watch").await, "order 1 of tea is paid");
    let paid = cosmos.get(&container, "1", &json!("ann")).unwrap();
    assert_eq!((&paid["paid"], &paid["note"]), (&json!(true), &json!("x")));
    assert_eq!(cosmos.documents(&container, None).len(), 3);
    assert_eq!(app.get("/api/orders/ann").await.body, r#"["2"]"#);
    app.stop().await;
}

#[tokio::test]
async fn a_batch_that_fails_is_tried_as_the_policy_says() {
    let mut app = Setup::example("cosmosdb").start().await;
    for (items, attempts) in [(json!([]), 3), (json!(["tea"]), 0)] {
        let order = json!({ "id": "1", "customer": "ann", "items": items, "paid": false });
        let reply = app.post("/api/orders", &order.to_string()).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        for _ in 0..attempts {
            let event = app.event(EventKind::Failed, "watch").await;
            let exception = event.exception.unwrap();
            assert!(exception.contains("order 1 is empty"), "{exception}");
        }
    }
    assert_eq!(app.logged("watch").await, "order 1 of tea is open");
    app.stop().await;
}
