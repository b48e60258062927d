//! Tools, resources and prompts, called by hand: this host has no server for them.

use azure_functions_host::wire::Output;
use azure_functions_tests::app::{App, Setup, soon};
use serde_json::{Value, json};

/// What a function answers to its trigger.
async fn answer(app: &App, function: &str, call: &Value) -> String {
    let answer = soon(app.host.invoke(function, &call.to_string()))
        .await
        .unwrap();
    match answer.values().return_value() {
        Some(Output::Text(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn answers_go_back_to_the_trigger() {
    let app = Setup::example("mcp").start().await;
    let call =
        json!({ "name": "forecast", "arguments": { "city": "Bonn", "days": 2 }, "sessionid": "s" });
    let forecast: Value = serde_json::from_str(&answer(&app, "forecast", &call).await).unwrap();
    assert_eq!(forecast["type"], "text");
    let content: Value = serde_json::from_str(forecast["content"].as_str().unwrap()).unwrap();
    assert_eq!(
        content,
        json!({ "type": "text", "text": "[20, 21] degrees in Bonn" })
    );
    assert_eq!(
        forecast["structuredContent"],
        r#"{"city":"Bonn","degrees":[20,21]}"#
    );
    assert_eq!(
        answer(&app, "rules", &json!({ "uri": "file://rules.md" })).await,
        "# Rules\n\nRead <file://rules.md> again.\n"
    );
    let call = json!({ "name": "review", "arguments": { "code": "1 + 1" } });
    assert_eq!(
        answer(&app, "review", &call).await,
        "Review this code:\n\n1 + 1"
    );

    let wrong = json!({ "arguments": { "city": "Bonn", "days": -1 } }).to_string();
    let error = soon(app.host.invoke("forecast", &wrong))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("parameter `call`: `arguments`: `days`: invalid value: integer `-1`"),
        "{error}"
    );
    app.stop().await;
}
