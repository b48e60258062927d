//! Records from what the host sends, and records to send.

use std::{fmt::Debug, time::Duration};

use azure_functions_shared::rpc;
use bytes::Bytes;
use expect_test::expect;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::{KafkaBinding, KafkaHeader, KafkaMessage, KafkaTrigger, KafkaTriggerBinding};
use crate::{
    Binding as _, Data, FromTrigger, IntoOutput, Property, RetryPolicy, Trigger,
    bindings::check::{check_metadata, check_output},
    func, functions,
};

#[derive(Debug, PartialEq, Deserialize)]
struct Order {
    order: u32,
}

#[track_caller]
fn check<T: DeserializeOwned + Debug + PartialEq + 'static>(
    data: Data,
    entries: &[(&str, Data)],
    expected: Result<KafkaTrigger<T>, &str>,
) {
    let entries = entries.iter();
    let trigger: Trigger = entries.map(|(name, data)| (*name, data.clone())).collect();
    assert_eq!(
        KafkaTrigger::from_trigger(data, &trigger).map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}

fn header(key: &str, value: Option<&'static [u8]>) -> KafkaHeader {
    KafkaHeader {
        key: key.to_owned(),
        value: value.map(Bytes::from_static),
    }
}

fn record<T>(message: T) -> KafkaTrigger<T> {
    KafkaTrigger {
        key: Some("k".to_owned()),
        partition: Some(2),
        topic: Some("t".to_owned()),
        timestamp: Some("2026-01-02T03:04:05.678Z".parse().unwrap()),
        offset: Some(3),
        headers: vec![header("h", Some(b"hi")), header("none", None)],
        ..KafkaTrigger::new(message)
    }
}

#[test]
fn single_records() {
    let entries = [
        ("Key", Data::text("k")),
        ("Partition", Data::json("2")),
        ("Topic", Data::text("t")),
        ("Timestamp", Data::json("\"2026-01-02T03:04:05.678Z\"")),
        ("Offset", Data::json("3")),
        (
            "Headers",
            Data::json("[{\"Key\":\"h\",\"Value\":\"aGk=\"},{\"Key\":\"none\",\"Value\":null}]"),
        ),
        ("LeaderEpoch", Data::json("5")),
        ("IsPartitionEOF", Data::json("true")),
    ];
    let all = |message: Order| KafkaTrigger {
        leader_epoch: Some(5),
        is_partition_eof: Some(true),
        ..record(message)
    };
    check(
        Data::bytes("{\"order\":1,\"more\":[]}"),
        &entries,
        Ok(all(Order { order: 1 })),
    );
    check(
        Data::bytes(vec![0xff]),
        &[],
        Ok(KafkaTrigger::new(Bytes::from(vec![0xff]))),
    );
    check(
        Data::text("hi"),
        &[],
        Ok(KafkaTrigger::new("hi".to_owned())),
    );
    check::<Option<String>>(Data::none(), &[], Ok(KafkaTrigger::new(None)));
    check::<String>(
        Data::none(),
        &[],
        Err("the host sent no value; take an `Option` if it can be absent"),
    );
    check::<String>(
        Data::bytes(vec![0xff]),
        &[],
        Err(
            "expected text, but it is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0); take `Bytes` to receive the bytes as they are",
        ),
    );
    check::<Order>(
        Data::bytes("{\"order\":\"1\"}"),
        &[],
        Err("`order`: invalid type: string \"1\", expected u32 at line 1 column 12"),
    );
}

#[test]
fn envelopes() {
    let envelope = |value: &str, key: &str| {
        format!(
            "{{\"Offset\":3,\"Partition\":2,\"Topic\":\"t\",\"Timestamp\":\"2026-01-02T03:04:05.678Z\",\"Value\":{value},\"Key\":{key},\
             \"Headers\":[{{\"Key\":\"h\",\"Value\":\"aGk=\"}},{{\"Key\":\"none\",\"Value\":null}}],\"More\":1}}"
        )
    };
    let text = envelope("\"{\\\"order\\\":1}\"", "\"k\"");
    check(
        Data::text(text.as_str()),
        &[],
        Ok(record(Order { order: 1 })),
    );
    check(
        Data::json(text.as_str()),
        &[],
        Ok(record("{\"order\":1}".to_owned())),
    );
    check(
        Data::text(envelope("{\"order\":1}", "7")),
        &[],
        Ok(KafkaTrigger {
            key: Some("7".to_owned()),
            ..record(Order { order: 1 })
        }),
    );
    check(
        Data::text(envelope("null", "null")),
        &[],
        Ok(KafkaTrigger {
            key: None,
            ..record(None::<Order>)
        }),
    );
    check::<String>(
        Data::text(envelope("null", "null")),
        &[],
        Err("the host sent no value; take an `Option` if it can be absent"),
    );
    // Bytes are the value, whatever they look like.
    check(Data::bytes(text.clone()), &[], Ok(KafkaTrigger::new(text)));
}

#[test]
fn odd_entries() {
    for (name, data, expected) in [
        (
            "Key",
            Data::json("7"),
            KafkaTrigger {
                key: Some("7".to_owned()),
                ..KafkaTrigger::default()
            },
        ),
        (
            "Key",
            Data::json("\"k\""),
            KafkaTrigger {
                key: Some("k".to_owned()),
                ..KafkaTrigger::default()
            },
        ),
        (
            "key",
            Data::bytes(vec![0xff]),
            KafkaTrigger {
                key: Some("/w==".to_owned()),
                ..KafkaTrigger::default()
            },
        ),
        ("Key", Data::none(), KafkaTrigger::default()),
        (
            "Partition",
            Data::text("2"),
            KafkaTrigger {
                partition: Some(2),
                ..KafkaTrigger::default()
            },
        ),
        ("Partition", Data::text("two"), KafkaTrigger::default()),
        ("Offset", Data::json("\"x\""), KafkaTrigger::default()),
        ("Timestamp", Data::json("5"), KafkaTrigger::default()),
        ("Headers", Data::json("{}"), KafkaTrigger::default()),
        ("Headers", Data::json("[]"), KafkaTrigger::default()),
        (
            "Headers",
            Data::json("[{\"Key\":\"h\",\"Value\":\"no base64!\"}]"),
            KafkaTrigger {
                headers: vec![header("h", Some(b"no base64!"))],
                ..KafkaTrigger::default()
            },
        ),
        ("IsPartitionEOF", Data::json("7"), KafkaTrigger::default()),
    ] {
        check::<String>(Data::bytes(""), &[(name, data)], Ok(expected));
    }
    assert_eq!(header("h", Some(b"hi")).as_str(), Some("hi"));
    assert_eq!(header("h", Some(b"\xff")).as_str(), None);
    assert_eq!(header("h", None).as_str(), None);
}

#[test]
fn batches() {
    let texts = |texts: &[&str]| {
        let string = texts.iter().map(|&text| text.to_owned()).collect();
        Data::from_wire(&rpc::Data::CollectionString(rpc::CollectionString { string }).into())
    };
    let sint64 = vec![7, 8];
    let offsets =
        Data::from_wire(&rpc::Data::CollectionSint64(rpc::CollectionSInt64 { sint64 }).into());
    let bytes = vec!["a".into(), "b".into()];
    let values =
        Data::from_wire(&rpc::Data::CollectionBytes(rpc::CollectionBytes { bytes }).into());
    let entries = [
        ("KeyArray", Data::json("[null,\"k\"]")),
        ("PartitionArray", Data::json("[0,1]")),
        ("OffsetArray", offsets),
        (
            "TimestampArray",
            Data::json("[\"2026-01-02T03:04:05Z\",\"2026-01-02T03:04:06Z\"]"),
        ),
        ("TopicArray", texts(&["t", "t"])),
        // Shorter than the batch: nobody can say whose headers these are.
        (
            "HeadersArray",
            Data::json("[[{\"Key\":\"h\",\"Value\":\"aGk=\"}]]"),
        ),
        ("LeaderEpochArray", Data::json("[1,null]")),
    ];
    let trigger = entries.into_iter().collect();
    let records = Vec::<KafkaTrigger>::from_trigger(values, &trigger).unwrap();
    let seen: Vec<_> = records
        .iter()
        .map(|record| {
            (
                record.message.as_str(),
                record.key.as_deref(),
                record.partition,
                record.offset,
                record.timestamp.unwrap().as_second() % 60,
                record.topic.as_deref(),
                record.headers.len(),
                record.leader_epoch,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("a", None, Some(0), Some(7), 5, Some("t"), 0, Some(1)),
            ("b", Some("k"), Some(1), Some(8), 6, Some("t"), 0, None),
        ]
    );

    let bad = |data| Vec::<KafkaTrigger<Order>>::from_trigger(data, &Trigger::default());
    assert_eq!(bad(Data::json("[]")).unwrap(), []);
    for (data, expected) in [
        (
            Data::none(),
            "the host sent no value; take an `Option` if it can be absent",
        ),
        (
            Data::json("[{\"order\":1},null]"),
            "element 1: the host sent no value; take an `Option` if it can be absent",
        ),
        (
            texts(&["{"]),
            "element 0: EOF while parsing an object at line 1 column 1",
        ),
    ] {
        assert_eq!(bad(data).unwrap_err().to_string(), expected);
    }
}

#[func(retry = RetryPolicy::fixed_delay(3, Duration::from_secs(1)))]
#[binding(
    name = "$return",
    broker_list = "Brokers",
    topic = "copies-{Key}",
    linger_ms = 50,
    enable_idempotence = true,
    avro_schema = r#"{"type":"record"}"#
)]
fn copy(
    #[binding(
        broker_list = "Brokers",
        topic = "%TOPIC%",
        consumer_group = "copy",
        authentication_mode = "plain",
        username = "$ConnectionString",
        password = "%PASSWORD%",
        protocol = "saslSsl",
        ssl_ca_location = "ca.pem",
        ssl_certificate_and_key_pem = "%PEM%",
        oauth_bearer_client_id = "app",
        https_ca_pem = "%PEM%",
        key_data_type = "Long",
        lag_threshold = 10
    )]
    order: KafkaTrigger,
) -> KafkaMessage {
    order.message.into()
}

#[func]
fn many(#[binding(broker_list = "b", topic = "t")] _orders: &[KafkaTrigger<Order>]) {}

#[test]
fn metadata() {
    check_metadata(
        &functions![copy, many],
        &expect![[r#"
        {"name":"order","type":"kafkaTrigger","direction":"in","brokerList":"Brokers","topic":"%TOPIC%","consumerGroup":"copy","authenticationMode":"plain","username":"$ConnectionString","password":"%PASSWORD%","protocol":"saslSsl","sslCaLocation":"ca.pem","sslCertificateandKeyPEM":"%PEM%","oAuthBearerClientId":"app","httpsCaPem":"%PEM%","keyDataType":"Long","lagThreshold":10,"dataType":"binary"}
        {"name":"$return","type":"kafka","direction":"out","brokerList":"Brokers","topic":"copies-{Key}","lingerMs":50,"enableIdempotence":true,"avroSchema":"{\"type\":\"record\"}"}
        {"name":"orders","type":"kafkaTrigger","direction":"in","brokerList":"b","topic":"t","dataType":"binary","cardinality":"many"}"#]],
    );
}

/// The names that the host knows, in any order.
#[test]
fn properties() {
    const SHARED: &str = "brokerList topic authenticationMode username password protocol sslCaLocation sslCertificateLocation \
        sslKeyLocation sslKeyPassword sslCertificatePEM sslKeyPEM sslCaPEM sslCertificateandKeyPEM avroSchema keyAvroSchema \
        keyDataType schemaRegistryUrl schemaRegistryUsername schemaRegistryPassword oAuthBearerMethod oAuthBearerClientId \
        oAuthBearerClientSecret oAuthBearerScope oAuthBearerTokenEndpointUrl oAuthBearerExtensions httpsCaLocation httpsCaPem \
        eventHubConnectionString";
    for (properties, own) in [
        (
            KafkaTriggerBinding::PROPERTIES,
            "consumerGroup lagThreshold",
        ),
        (
            KafkaBinding::PROPERTIES,
            "maxMessageBytes batchSize enableIdempotence messageTimeoutMs requestTimeoutMs maxRetries lingerMs",
        ),
    ] {
        let mut found: Vec<_> = properties.iter().map(Property::wire_name).collect();
        let mut expected: Vec<_> = SHARED.split_whitespace().chain(own.split(' ')).collect();
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}

#[test]
fn outputs() {
    let message = |value: &str| KafkaMessage::from(value);
    let timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    check_output(message("hi"), Ok(Data::text("hi")));
    check_output(message(""), Ok(Data::text("")));
    // An element of an array stays as it is.
    check_output(message("[1,2]"), Ok(Data::json(r#"["[1,2]"]"#)));
    check_output(
        KafkaMessage::from(json!({"a": 1})),
        Ok(Data::json(r#"["{\"a\":1}"]"#)),
    );
    check_output(KafkaMessage::from(vec![0xff]), Ok(Data::bytes(vec![0xff])));
    let full = message("a\"b")
        .with_key("k")
        .with_header("h", "1")
        .with_header("h", "é")
        .with_timestamp(timestamp);
    assert_eq!(full.key(), Some("k"));
    assert_eq!(full.headers().collect::<Vec<_>>(), [("h", "1"), ("h", "é")]);
    check_output(
        vec![full, message("plain")],
        Ok(Data::json(
            r#"["{\"Offset\":0,\"Partition\":0,\"Topic\":\"\",\"Timestamp\":\"2026-01-02T03:04:05Z\",\"Value\":\"a\\\"b\",\"Key\":\"k\",\"Headers\":[{\"Key\":\"h\",\"Value\":\"1\"},{\"Key\":\"h\",\"Value\":\"é\"}]}","plain"]"#,
        )),
    );
    check_output(
        message("v").with_timestamp(timestamp),
        Ok(Data::json(
            r#"["{\"Offset\":0,\"Partition\":0,\"Topic\":\"\",\"Timestamp\":\"2026-01-02T03:04:05Z\",\"Value\":\"v\",\"Headers\":[]}"]"#,
        )),
    );
    check_output(
        KafkaMessage::from(vec![0xff]).with_key("k"),
        Err(
            "the value is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0), and with a key, a header or a timestamp the host takes text only; \
             leave them out, or write the bytes as text, in Base64 for instance",
        ),
    );
    check_output(Vec::<KafkaMessage>::new(), Ok(Data::none()));
    check_output(None::<KafkaMessage>, Ok(Data::none()));
}

/// The host takes JSON for a record only if it has these members and the time is one.
#[test]
fn a_key_alone_makes_a_whole_envelope() {
    let data = KafkaMessage::from("v").with_key("k").into_output().unwrap();
    let [text]: [String; 1] = data.decode_json().unwrap();
    let envelope: serde_json::Value = serde_json::from_str(&text).unwrap();
    for member in [
        "Offset",
        "Partition",
        "Topic",
        "Timestamp",
        "Value",
        "Headers",
    ] {
        assert!(!envelope[member].is_null(), "{member}");
    }
    let timestamp: crate::Timestamp = envelope["Timestamp"].as_str().unwrap().parse().unwrap();
    assert!(timestamp > crate::Timestamp::UNIX_EPOCH);
}
