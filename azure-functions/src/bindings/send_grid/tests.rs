//! What the host is told of the binding, and what a mail looks like.

use expect_test::expect;
use serde_json::{Value, json};

use super::*;
use crate::{
    Data,
    bindings::{
        TimerInfo,
        check::{check_metadata, check_output},
    },
    func, functions,
};

#[func]
#[binding(
    name = "$return",
    api_key = "Key",
    from = "%FROM%",
    to = "a@b.c",
    subject = "s",
    text = "%TEXT%"
)]
fn mail(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo) -> SendGridMessage {
    SendGridMessage::default()
}

#[test]
fn metadata() {
    check_metadata(
        &functions![mail],
        &expect![[r#"
        {"name":"timer","type":"timerTrigger","direction":"in","schedule":"0 * * * * *"}
        {"name":"$return","type":"sendGrid","direction":"out","apiKey":"Key","from":"%FROM%","to":"a@b.c","subject":"s","text":"%TEXT%"}"#]],
    );
}

/// A mail with all that there is.
fn whole() -> Value {
    json!({
        "from": { "email": "from@x", "name": "From" },
        "reply_to": { "email": "reply@x" },
        "subject": "all",
        "personalizations": [
            {
                "to": [{ "email": "to@x" }, { "email": "to2@x", "name": "To" }, { "email": "to3@x" }, { "email": "to4@x" }],
                "cc": [{ "email": "cc@x" }, { "email": "cc2@x", "name": "Cc" }, { "email": "cc3@x" }],
                "bcc": [{ "email": "bcc@x" }, { "email": "bcc2@x", "name": "Bcc" }, { "email": "bcc3@x" }],
                "subject": "one",
                "headers": { "a": "1", "b": "2", "c": "3" },
                "substitutions": { "-d-": "4", "-e-": "5" },
                "custom_args": { "f": "6", "g": "7" },
                "send_at": 8,
                "dynamic_template_data": { "h": 9, "i": [10] },
            },
            { "to": [{ "email": "other@x" }], "cc": [{ "email": "late@x" }] },
        ],
        "content": [
            { "type": "text/plain", "value": "text" },
            { "type": "text/html", "value": "<p>" },
            { "type": "text/x-amp-html", "value": "amp" },
        ],
        "attachments": [
            { "content": "/w==", "type": "image/png", "filename": "a.png" },
            { "content": "AQI=", "type": "image/gif", "filename": "b.gif", "disposition": "inline", "content_id": "logo" },
            { "content": "", "type": "text/plain", "filename": "c.txt" },
        ],
        "template_id": "template",
        "headers": { "j": "11", "k": "12" },
        "sections": { "-l-": "13", "-m-": "14" },
        "categories": ["n", "o", "p"],
        "custom_args": { "q": "15", "r": "16" },
        "send_at": 17,
        "asm": { "group_id": 18, "groups_to_display": [19] },
        "batch_id": "batch",
        "ip_pool_name": "pool",
        "mail_settings": {
            "bcc": { "enable": true, "email": "bcc@x" },
            "bypass_list_management": { "enable": false },
            "footer": { "enable": true, "text": "t", "html": "h" },
            "sandbox_mode": { "enable": true },
            "spam_check": { "enable": true, "threshold": 5, "post_to_url": "u" },
        },
        "tracking_settings": {
            "click_tracking": { "enable": true, "enable_text": false },
            "open_tracking": { "enable": true, "substitution_tag": "tag" },
            "subscription_tracking": { "enable": true, "text": "t", "html": "h", "substitution_tag": "tag" },
            "ganalytics": {
                "enable": true, "utm_source": "s", "utm_medium": "m", "utm_term": "t", "utm_content": "c", "utm_campaign": "g",
            },
        },
    })
}

fn settings() -> (MailSettings, TrackingSettings) {
    let mail = MailSettings::default()
        .bcc(BccSettings::default().enable(true).email("bcc@x"))
        .bypass_list_management(BypassListManagement::default().enable(false))
        .footer(FooterSettings::default().enable(true).text("t").html("h"))
        .sandbox_mode(SandboxMode::default().enable(true))
        .spam_check(
            SpamCheck::default()
                .enable(true)
                .threshold(5)
                .post_to_url("u"),
        );
    let subscription = SubscriptionTracking::default()
        .enable(true)
        .text("t")
        .html("h")
        .substitution_tag("tag");
    let analytics = GoogleAnalytics::default()
        .enable(true)
        .utm_source("s")
        .utm_medium("m")
        .utm_term("t")
        .utm_content("c")
        .utm_campaign("g");
    let tracking = TrackingSettings::default()
        .click_tracking(ClickTracking::default().enable(true).enable_text(false))
        .open_tracking(OpenTracking::default().enable(true).substitution_tag("tag"))
        .subscription_tracking(subscription)
        .ganalytics(analytics);
    (mail, tracking)
}

fn built() -> SendGridMessage {
    let (mail_settings, tracking_settings) = settings();
    let mut group = UnsubscribeGroup::new(18);
    group.groups_to_display = vec![19];
    let mut other = Personalization::default();
    other.to.push("other@x".into());
    SendGridMessage::build()
        .from("nobody@x")
        .from_with_name("from@x", "From")
        .reply_to("reply@x")
        .global_subject("all")
        .to("to@x")
        .to_with_name("to2@x", "To")
        .tos(["to3@x", "to4@x"])
        .cc("cc@x")
        .cc_with_name("cc2@x", "Cc")
        .ccs(["cc3@x"])
        .bcc("bcc@x")
        .bcc_with_name("bcc2@x", "Bcc")
        .bccs([EmailAddress::new("bcc3@x")])
        .subject("one")
        .header("a", "1")
        .headers([("b", "2"), ("c", "3")])
        .substitution("-d-", "4")
        .substitutions([("-e-", "5")])
        .custom_arg("f", "6")
        .custom_args([("g", "7")])
        .send_at(8)
        .template_data("h", 9)
        .template_data("i", vec![10])
        .personalization(other)
        .cc("late@x")
        .content("text")
        .content_with_type("<p>", "text/html")
        .contents([Content::new("text/x-amp-html", "amp")])
        .attachment("a.png", [0xff], "image/png")
        .inline_attachment("b.gif", vec![1, 2], "image/gif", "logo")
        .attachments([Attachment::new("c.txt", "", "text/plain")])
        .template_id("template")
        .global_header("j", "11")
        .global_headers([("k", "12")])
        .section("-l-", "13")
        .sections([("-m-", "14")])
        .category("n")
        .categories(["o", "p"])
        .global_custom_arg("q", "15")
        .global_custom_args([("r", "16")])
        .global_send_at(17)
        .unsubscribe_group(group)
        .batch_id("batch")
        .ip_pool_name("pool")
        .mail_settings(mail_settings)
        .tracking_settings(tracking_settings)
        .finish()
}

#[test]
fn every_field_can_be_built_written_and_read() {
    let message = built();
    assert_eq!(serde_json::to_value(&message).unwrap(), whole());
    assert_eq!(
        serde_json::from_value::<SendGridMessage>(whole()).unwrap(),
        message
    );
    check_output(
        message.clone(),
        Ok(Data::json(serde_json::to_string(&message).unwrap())),
    );
}

#[test]
fn what_is_not_said_is_left_out() {
    check_output(SendGridMessage::default(), Ok(Data::json("{}")));
    let to = SendGridMessage::build().to("a@x").finish();
    check_output(
        vec![to, SendGridMessage::default()],
        Ok(Data::json(
            r#"[{"personalizations":[{"to":[{"email":"a@x"}]}]},{}]"#,
        )),
    );
    check_output(Vec::<SendGridMessage>::new(), Ok(Data::none()));
    check_output(None::<SendGridMessage>, Ok(Data::none()));
    // Unknown members are skipped.
    let read: SendGridMessage = serde_json::from_value(json!({ "new": 1 })).unwrap();
    assert_eq!(read, SendGridMessage::default());
}
