//! Entities: into a table, and out of it again.

use azure_functions_host::{
    EventKind,
    store::{Key, Property},
};
use azure_functions_tests::app::{App, Setup, soon};
use http::Method;
use serde_json::{Value, json};

async fn send(app: &App, method: Method, path: &str, body: &Value) -> u16 {
    soon(app.send(method, path, &body.to_string())).await.status
}

#[tokio::test]
async fn people_are_inserted_once_and_found() {
    let mut app = Setup::example("table").start().await;
    let person = |height: f64| json!({ "height": height, "born": "1815-12-10T00:00:00.5Z" });
    for (method, path, height, status) in [
        (Method::POST, "/api/people/de/ada", 1.6, 201),
        (Method::POST, "/api/people/de/bob", 1.8, 201),
        (Method::POST, "/api/people/fr/ada", 2.0, 201),
        (Method::PUT, "/api/people/fr/ada", 1.9, 204),
    ] {
        let answered = send(&app, method, path, &person(height)).await;
        assert_eq!(answered, status, "{path}");
    }
    let twice = send(&app, Method::POST, "/api/people/de/ada", &person(1.0)).await;
    assert_eq!(twice, 500);
    let failed = app.event(EventKind::Failed, "create").await;
    let exception = failed.exception.unwrap();
    assert!(
        exception.contains("there is an entity `de` `ada` already"),
        "{exception}"
    );

    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let row = |country: &str, name: &str, height: f64| {
        json!({
            "PartitionKey": country, "RowKey": name, "height": height,
            "born": "1815-12-10T00:00:00.5Z", "visits": 0,
        })
    };
    let read = app.get("/api/people/de/ada").await;
    assert_eq!(
        (read.status, json(&read.body)),
        (200, row("de", "ada", 1.6))
    );
    assert_eq!(app.get("/api/people/de/eve").await.status, 404);
    let list = app.get("/api/people/de").await;
    let mut rows = json(&list.body);
    for row in rows.as_array_mut().unwrap() {
        // An untyped row has the date as the host writes it.
        assert_eq!(row["born"], "1815-12-10T00:00:00.5+00:00");
        row["born"] = json!("1815-12-10T00:00:00.5Z");
    }
    assert_eq!(rows, json!([row("de", "ada", 1.6), row("de", "bob", 1.8)]));
    assert_eq!(app.get("/api/taller/1.7").await.body, "bob\nada");

    let stored = app
        .host
        .tables()
        .get("people", &Key::new("fr", "ada"))
        .await;
    let born = "1815-12-10T00:00:00.5Z".parse().unwrap();
    assert_eq!(
        stored.unwrap().unwrap().properties,
        [
            ("born", Property::DateTime(born)),
            ("height", Property::Double(1.9)),
            ("visits", Property::Int64(0)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    );
    app.stop().await;
}
