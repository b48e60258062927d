//! What the host is told, what it sends, and what it gets.

use std::{fmt::Debug, time::Duration};

use bytes::Bytes;
use expect_test::expect;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::*;
use crate::{
    BindError, BindingData, Context, Data, FromTrigger, Lazy, Timestamp, Trigger,
    bindings::{
        Blob,
        check::{check_metadata, check_output},
    },
    func, functions,
};

#[derive(Debug, PartialEq, Deserialize, BindingData)]
struct Order {
    id: u32,
}

#[func]
fn one(#[binding(queue_name = "orders")] _order: ServiceBusTrigger<Order>) {}

#[func]
fn many(
    #[binding(
        topic_name = "news",
        subscription_name = "%NAME%",
        connection = "Bus",
        is_sessions_enabled = true,
        auto_complete_messages = false
    )]
    _news: Vec<ServiceBusTrigger>,
) {
}

#[func]
fn locked(#[binding(queue_name = "orders/$deadletterqueue")] _order: LockedMessage<Bytes>) {}

#[func]
fn locked_many(#[binding(queue_name = "orders")] _orders: Vec<LockedMessage>) {}

#[func]
#[binding(name = "$return", topic_name = "{Subject}")]
fn relayed(
    #[binding(queue_name = "orders")] _order: ServiceBusTrigger<Order>,
    #[binding(path = "orders/{id}.json")] _file: Blob,
) -> Vec<ServiceBusMessage> {
    Vec::new()
}

#[func]
#[binding(name = "$return", queue_name = "out")]
fn sent(#[binding(queue_name = "orders")] order: ServiceBusTrigger) -> ServiceBusMessage {
    order.message.into()
}

#[test]
fn metadata() {
    check_metadata(
        &functions![one, many, locked, locked_many, relayed, sent],
        &expect![[r#"
            {"name":"order","type":"serviceBusTrigger","direction":"in","queueName":"orders","dataType":"binary"}
            {"name":"news","type":"serviceBusTrigger","direction":"in","topicName":"news","subscriptionName":"%NAME%","connection":"Bus","isSessionsEnabled":true,"autoCompleteMessages":false,"dataType":"binary","cardinality":"many"}
            {"name":"order","type":"serviceBusTrigger","direction":"in","queueName":"orders/$deadletterqueue","autoCompleteMessages":false,"dataType":"binary"}
            {"name":"orders","type":"serviceBusTrigger","direction":"in","queueName":"orders","autoCompleteMessages":false,"dataType":"binary","cardinality":"many"}
            {"name":"order","type":"serviceBusTrigger","direction":"in","queueName":"orders","dataType":"string"}
            {"name":"file","type":"blob","direction":"in","path":"orders/{id}.json","dataType":"binary"}
            {"name":"$return","type":"serviceBus","direction":"out","topicName":"{Subject}"}
            {"name":"order","type":"serviceBusTrigger","direction":"in","queueName":"orders","dataType":"binary"}
            {"name":"$return","type":"serviceBus","direction":"out","queueName":"out"}"#]],
    );
}

#[track_caller]
fn check_bind<T: DeserializeOwned + Debug + PartialEq + 'static>(
    data: Data,
    metadata: &[(&str, Data)],
    expected: Result<ServiceBusTrigger<T>, &str>,
) {
    let trigger = metadata
        .iter()
        .map(|(name, data)| (*name, data.clone()))
        .collect();
    assert_eq!(
        ServiceBusTrigger::from_trigger(data, &trigger).map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}

#[test]
fn payloads() {
    const MISSING: &str = "the host sent no value; take an `Option` if it can be absent";
    let text = |text: &str| Ok(ServiceBusTrigger::new(text.to_owned()));
    check_bind(Data::text("hi"), &[], text("hi"));
    check_bind(Data::bytes("hi"), &[], text("hi"));
    check_bind(Data::json("\"hi\""), &[], text("hi"));
    // An empty message.
    check_bind(Data::none(), &[], text(""));
    check_bind(Data::none(), &[], Ok(ServiceBusTrigger::new(Bytes::new())));
    check_bind(Data::none(), &[], Ok(ServiceBusTrigger::new(None::<Order>)));
    check_bind::<Order>(Data::none(), &[], Err(MISSING));
    let bytes = [0xFF, 0];
    check_bind(
        Data::bytes(bytes.to_vec()),
        &[],
        Ok(ServiceBusTrigger::new(Bytes::copy_from_slice(&bytes))),
    );
    check_bind(
        Data::bytes("{\"id\":1,\"more\":[]}"),
        &[],
        Ok(ServiceBusTrigger::new(Order { id: 1 })),
    );
    check_bind::<Order>(
        Data::bytes("{\"id\":\"1\"}"),
        &[],
        Err("`id`: invalid type: string \"1\", expected u32 at line 1 column 9"),
    );
    check_bind::<String>(
        Data::bytes(bytes.to_vec()),
        &[],
        Err(
            "expected text, but it is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0); take `Bytes` to receive the bytes as they are",
        ),
    );
}

/// All that a host can say of one message.
fn all() -> Vec<(&'static str, Data)> {
    vec![
        ("MessageId", Data::text("m")),
        ("DeliveryCount", Data::json("3")),
        ("LockToken", Data::text("l")),
        ("SequenceNumber", Data::json("9007199254740993")),
        (
            "EnqueuedTime",
            Data::json("\"2026-01-02T03:04:05.12+02:00\""),
        ),
        ("EnqueuedTimeUtc", Data::json("\"2026-01-02T01:04:05.12\"")),
        (
            "ExpiresAt",
            Data::json("\"9999-12-31T23:59:59.9999999+00:00\""),
        ),
        (
            "ExpiresAtUtc",
            Data::json("\"9999-12-31T23:59:59.9999999\""),
        ),
        ("ContentType", Data::text("text/plain")),
        ("CorrelationId", Data::text("c")),
        ("ReplyTo", Data::text("r")),
        ("ReplyToSessionId", Data::text("rs")),
        ("SessionId", Data::text("s")),
        ("PartitionKey", Data::text("p")),
        ("TransactionPartitionKey", Data::text("t")),
        ("To", Data::text("you")),
        ("Subject", Data::text("about")),
        ("Label", Data::text("about")),
        ("DeadLetterSource", Data::text("d")),
        (
            "ApplicationProperties",
            Data::json("{\"a\":1,\"DeadLetterReason\":\"why\"}"),
        ),
        (
            "UserProperties",
            Data::json("{\"a\":1,\"DeadLetterReason\":\"why\"}"),
        ),
        (
            "SessionActions",
            Data::json("{\"SessionLockedUntil\":\"2026-01-02T03:04:05+00:00\"}"),
        ),
        ("MessageActions", Data::json("{}")),
        // Of newer extensions.
        ("EnqueuedSequenceNumber", Data::json("5")),
        ("LockedUntil", Data::json("\"2026-01-02T03:04:06+00:00\"")),
        (
            "ScheduledEnqueueTimeUtc",
            Data::json("\"2026-01-02T03:04:07\""),
        ),
        ("State", Data::text("Active")),
        ("TimeToLive", Data::text("14.00:00:00")),
        ("DeadLetterErrorDescription", Data::text("because")),
    ]
}

fn expected() -> ServiceBusTrigger {
    let time = |text: &str| Lazy::from(text.parse::<Timestamp>().ok());
    let text = |text: &str| Lazy::from(Some(text.to_owned()));
    ServiceBusTrigger {
        message_id: text("m"),
        delivery_count: Some(3).into(),
        lock_token: text("l"),
        sequence_number: Some(9_007_199_254_740_993).into(),
        enqueued_time: time("2026-01-02T01:04:05.12Z"),
        expires_at: Some(Timestamp::MAX).into(),
        content_type: text("text/plain"),
        correlation_id: text("c"),
        reply_to: text("r"),
        reply_to_session_id: text("rs"),
        session_id: text("s"),
        session_locked_until: time("2026-01-02T03:04:05Z"),
        partition_key: text("p"),
        transaction_partition_key: text("t"),
        to: text("you"),
        subject: text("about"),
        dead_letter_source: text("d"),
        dead_letter_reason: text("why"),
        dead_letter_error_description: text("because"),
        application_properties: json!({"a": 1, "DeadLetterReason": "why"})
            .as_object()
            .cloned()
            .unwrap_or_default()
            .into(),
        enqueued_sequence_number: Some(5).into(),
        locked_until: time("2026-01-02T03:04:06Z"),
        scheduled_enqueue_time: time("2026-01-02T03:04:07Z"),
        state: text("Active"),
        time_to_live: Some(Duration::from_secs(14 * 24 * 60 * 60)).into(),
        ..ServiceBusTrigger::new("hi".to_owned())
    }
}

#[test]
fn all_metadata_of_one() {
    check_bind(Data::bytes("hi"), &all(), Ok(expected()));
    // Numbers as texts, and what an old extension says.
    let old = [
        ("deliverycount", Data::text("3")),
        ("SequenceNumber", Data::text("7")),
        ("EnqueuedTimeUtc", Data::text("2026-01-02T03:04:05")),
        ("Label", Data::text("about")),
        ("UserProperties", Data::json("{\"a\":1}")),
        (
            "SessionActions",
            Data::json("{\"SessionLockedUntil\":\"2026-01-02T03:04:06\"}"),
        ),
    ];
    check_bind(
        Data::text("hi"),
        &old,
        Ok(ServiceBusTrigger {
            delivery_count: Some(3).into(),
            sequence_number: Some(7).into(),
            enqueued_time: "2026-01-02T03:04:05Z".parse().ok().into(),
            session_locked_until: "2026-01-02T03:04:06Z".parse().ok().into(),
            subject: Some("about".to_owned()).into(),
            application_properties: json!({"a": 1})
                .as_object()
                .cloned()
                .unwrap_or_default()
                .into(),
            ..ServiceBusTrigger::new("hi".to_owned())
        }),
    );
    // Members of a payload that came as text hide what the host says.
    let hidden = [
        ("DeliveryCount", Data::text("often")),
        ("EnqueuedTime", Data::text("5")),
        ("ApplicationProperties", Data::text("none")),
        ("SessionActions", Data::text("none")),
        ("TimeToLive", Data::text("-00:00:01")),
    ];
    check_bind(
        Data::text("hi"),
        &hidden,
        Ok(ServiceBusTrigger::new("hi".to_owned())),
    );
}

#[track_caller]
fn check_batch(
    data: Data,
    metadata: &[(&str, &str)],
    expected: Result<Vec<ServiceBusTrigger>, &str>,
) {
    let trigger: Trigger = metadata
        .iter()
        .map(|(name, json)| (*name, Data::json(*json)))
        .collect();
    let batch: Result<_, BindError> = Vec::<ServiceBusTrigger>::from_trigger(data, &trigger);
    assert_eq!(
        batch.map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}

#[test]
fn batches() {
    let message = |text: &str| ServiceBusTrigger::new(text.to_owned());
    check_batch(
        Data::json("[\"a\",\"b\"]"),
        &[
            ("MessageIdArray", "[\"1\",\"2\"]"),
            ("DeliveryCountArray", "[1,\"2\"]"),
            ("SequenceNumberArray", "[7,8]"),
            ("SubjectArray", "[\"\",\"s\"]"),
            ("EnqueuedTimeArray", "[\"2026-01-02T03:04:05+00:00\",null]"),
            ("ApplicationPropertiesArray", "[{\"a\":1},null]"),
            // One was dropped: nobody knows whose it is.
            ("ReplyToArray", "[\"r\"]"),
        ],
        Ok(vec![
            ServiceBusTrigger {
                message_id: Some("1".to_owned()).into(),
                delivery_count: Some(1).into(),
                sequence_number: Some(7).into(),
                enqueued_time: "2026-01-02T03:04:05Z".parse().ok().into(),
                application_properties: json!({"a": 1})
                    .as_object()
                    .cloned()
                    .unwrap_or_default()
                    .into(),
                ..message("a")
            },
            ServiceBusTrigger {
                message_id: Some("2".to_owned()).into(),
                delivery_count: Some(2).into(),
                sequence_number: Some(8).into(),
                subject: Some("s".to_owned()).into(),
                ..message("b")
            },
        ]),
    );
    check_batch(Data::json("[]"), &[], Ok(Vec::new()));
    check_batch(
        Data::json("[\"a\",null]"),
        &[],
        Ok(vec![message("a"), message("")]),
    );
    check_batch(
        Data::none(),
        &[],
        Err("the host sent no value; take an `Option` if it can be absent"),
    );
    check_batch(
        Data::text("a"),
        &[],
        Err(
            "expected a batch, found a value that is no JSON array: expected value at line 1 column 1",
        ),
    );
}

#[test]
fn outputs() {
    // Each is an element of an array, so that the host leaves it as it is.
    check_output(
        ServiceBusMessage::from("[1,2]"),
        Ok(Data::json("[\"[1,2]\"]")),
    );
    check_output(
        ServiceBusMessage::json(&json!({"a": "é"})),
        Ok(Data::json(r#"["{\"a\":\"é\"}"]"#)),
    );
    check_output(
        vec![ServiceBusMessage::from("a"), ServiceBusMessage::from("")],
        Ok(Data::json("[\"a\",\"\"]")),
    );
    check_output(Vec::<ServiceBusMessage>::new(), Ok(Data::none()));
    check_output(None::<ServiceBusMessage>, Ok(Data::none()));
    check_output(
        ServiceBusMessage::from(vec![0xFF]),
        Err(
            "the message is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0), and the host sends text only; \
             write the bytes as text, in Base64 for instance",
        ),
    );
}

#[tokio::test]
async fn settling() {
    let settlements = Settlements::new();
    let lock = || settlements.lock("hi".to_owned()).lock;
    lock().complete().await.unwrap();
    lock().abandon().await.unwrap();
    let letter = DeadLetter::new("bad").description("very");
    lock()
        .property("n", 1)
        .dead_letter(letter.clone())
        .await
        .unwrap();
    lock().property("t", "x").defer().await.unwrap();
    lock().renew().await.unwrap();
    let property = |name: &str, value: PropertyValue| Properties::from([(name.to_owned(), value)]);
    assert_eq!(
        settlements.take(),
        [
            Settlement::Complete,
            Settlement::Abandon(Properties::new()),
            Settlement::DeadLetter(letter, property("n", 1.into())),
            Settlement::Defer(property("t", "x".into())),
            Settlement::RenewLock,
        ]
    );
    assert_eq!(settlements.take(), []);
}

#[tokio::test]
async fn sessions() {
    let settlements = Settlements::new();
    let mut message = ServiceBusTrigger::new(1);
    assert!(message.session(&Context::new("step")).is_none());
    message.session_id = Some("s".to_owned()).into();
    let session = message.session(&settlements.context("step")).unwrap();
    assert_eq!(
        (session.id(), session.state().await.unwrap()),
        ("s", Bytes::new())
    );
    session.set_state("half").await.unwrap();
    let again = settlements.lock_trigger(message.clone()).session().unwrap();
    assert_eq!(again.state().await.unwrap(), "half");
    assert_eq!(again.renew().await.unwrap(), None);
    again.release().await.unwrap();
    assert_eq!(settlements.session_state("s"), "half");

    let nobody = message.session(&Context::new("step")).unwrap();
    assert_eq!(
        nobody.state().await.map_err(|error| error.to_string()),
        Err(
            "there is no host to settle the message; in a test, make it with `Settlements`"
                .to_owned()
        )
    );
}

#[tokio::test]
async fn a_message_without_a_token_cannot_be_settled() {
    let bound =
        |trigger: &Trigger| LockedMessage::<String>::from_trigger(Data::text("hi"), trigger);
    let context = Settlements::new().context("f");
    let trigger = Trigger::default().of_call(&context);
    let error = bound(&trigger).unwrap().lock.complete().await.unwrap_err();
    assert!(error.to_string().contains("no lock token"), "{error}");
    let error = bound(&Trigger::default())
        .unwrap()
        .lock
        .complete()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no host"), "{error}");
}
