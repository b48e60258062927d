//! SendGrid and Twilio: what would be sent is recorded.

use azure_functions_tests::app::Setup;
use serde_json::{Value, json};

#[tokio::test]
async fn a_mail_is_recorded() {
    let app = Setup::example("sendgrid").start().await;
    let letter = json!({ "to": "ann@example.com", "subject": "hi", "text": "Hello" }).to_string();
    let reply = app.post("/api/mails", &letter).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let mails = app.host.sent().by("sendGrid");
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].property("from"), Some("post@example.com"));
    assert_eq!(
        mails[0].value,
        json!({
            "personalizations": [{ "to": [{ "email": "ann@example.com" }], "subject": "hi" }],
            "content": [
                { "type": "text/plain", "value": "Hello" },
                { "type": "text/html", "value": "<p>Hello</p>" },
            ],
            "categories": ["letters"],
        })
    );
    app.host.invoke("remind", "").await.unwrap();
    assert_eq!(app.host.sent().by("sendGrid").len(), 3);
    app.stop().await;
}

#[tokio::test]
async fn a_text_message_is_recorded() {
    let app = Setup::example("twilio").start().await;
    let alarm = |phone: &str| json!({ "phone": phone, "text": "wet" }).to_string();
    let reply = app.post("/api/alarms", &alarm("+15550199")).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    // One without a number is refused, as by the real host.
    let reply = app.post("/api/alarms", &alarm("")).await;
    assert_eq!(reply.status, 500, "{}", reply.body);
    let messages = app.host.sent().by("twilioSms");
    let values: Vec<&Value> = messages.iter().map(|sent| &sent.value).collect();
    assert_eq!(values, [&json!({ "to": "+15550199", "body": "wet" })]);
    assert_eq!(messages[0].property("from"), Some("+15550100"));
    app.stop().await;
}
