//! What the host sends of channels, lists and streams, what commands give, and what they take.

use std::{collections::BTreeMap, fmt::Debug};

use bytes::Bytes;
use expect_test::expect;
use serde::Deserialize;
use serde_json::json;

use super::{RedisInput, RedisListTrigger, RedisOutput, RedisPubSubTrigger, RedisStreamTrigger};
use crate::{
    BindingData, Data, FromInput, FromTrigger, Trigger,
    bindings::check::{check_metadata, check_output},
    func, functions,
};

#[derive(Debug, PartialEq, Deserialize, BindingData)]
struct Order {
    order: u32,
}

#[track_caller]
fn check<T: FromTrigger + Debug + PartialEq>(
    data: Data,
    entries: &[(&str, Data)],
    expected: Result<T, &str>,
) {
    let entries = entries.iter();
    let trigger: Trigger = entries.map(|(name, data)| (*name, data.clone())).collect();
    assert_eq!(
        T::from_trigger(data, &trigger).map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}

const MISSING: &str = "the host sent no value; take an `Option` if it can be absent";

#[test]
fn published_messages() {
    let published =
        r#"{"SubscriptionChannel":"n.*","Channel":"n.a","Message":"{\"order\":1}","More":0}"#;
    let message = |message| RedisPubSubTrigger {
        channel: Some("n.a".to_owned()),
        subscription_channel: Some("n.*".to_owned()),
        ..RedisPubSubTrigger::new(message)
    };
    for data in [
        Data::text(published),
        Data::json(published),
        Data::bytes(published),
    ] {
        check(data.clone(), &[], Ok(message("{\"order\":1}".to_owned())));
        let order = RedisPubSubTrigger {
            channel: Some("n.a".to_owned()),
            subscription_channel: Some("n.*".to_owned()),
            ..RedisPubSubTrigger::new(Order { order: 1 })
        };
        check(data, &[("Channel", Data::text("hidden"))], Ok(order));
    }
    // By hand, and from a message without a channel.
    let entries = [
        ("Channel", Data::text("n")),
        ("subscriptionchannel", Data::text("n")),
    ];
    let plain = RedisPubSubTrigger {
        channel: Some("n".to_owned()),
        subscription_channel: Some("n".to_owned()),
        ..RedisPubSubTrigger::new("hi".to_owned())
    };
    check(Data::text("hi"), &entries, Ok(plain.clone()));
    check(Data::json("{\"Message\":\"hi\"}"), &entries, Ok(plain));
    check(
        Data::text("{\"order\":1}"),
        &[],
        Ok(RedisPubSubTrigger::new(Order { order: 1 })),
    );
    check(
        Data::bytes(vec![0xff]),
        &[],
        Ok(RedisPubSubTrigger::new(Bytes::from(vec![0xff]))),
    );

    check::<RedisPubSubTrigger>(Data::none(), &[], Err(MISSING));
    check::<RedisPubSubTrigger>(Data::text("{\"Message\":null}"), &[], Err(MISSING));
    check(
        Data::text("{\"Message\":null}"),
        &[],
        Ok(RedisPubSubTrigger::new(None::<String>)),
    );
    check::<RedisPubSubTrigger<Order>>(
        Data::text("{\"Message\":\"{\\\"order\\\":\\\"1\\\"}\"}"),
        &[],
        Err("`order`: invalid type: string \"1\", expected u32 at line 1 column 12"),
    );
}

#[test]
fn list_entries() {
    let entry = RedisListTrigger {
        key: Some("jobs".to_owned()),
        ..RedisListTrigger::new("hi".to_owned())
    };
    let entries = [("Key", Data::text("jobs")), ("Value", Data::text("hi"))];
    check(Data::bytes("hi"), &entries, Ok(entry.clone()));
    check(Data::text("hi"), &entries, Ok(entry));
    check(
        Data::bytes("{\"order\":1}"),
        &[],
        Ok(RedisListTrigger::new(Order { order: 1 })),
    );
    check(
        Data::bytes(vec![0xff]),
        &[],
        Ok(RedisListTrigger::new(vec![0xff_u8])),
    );
    check::<RedisListTrigger>(Data::none(), &[], Err(MISSING));
    check::<RedisListTrigger<Order>>(
        Data::bytes("[]"),
        &[],
        Err("invalid length 0, expected struct Order with 1 element at line 1 column 2"),
    );
}

#[test]
fn stream_entries() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Fields {
        f: String,
    }
    let entry = r#"{"Id":"1-0","Values":{"f":"v","g":"7"},"More":0}"#;
    let entries = [("Key", Data::text("s")), ("Id", Data::text("hidden"))];
    let values =
        BTreeMap::from([("f", "v"), ("g", "7")].map(|(f, v)| (f.to_owned(), v.to_owned())));
    let expected = RedisStreamTrigger {
        id: Some("1-0".to_owned()),
        key: Some("s".to_owned()),
        ..RedisStreamTrigger::new(values)
    };
    for data in [Data::text(entry), Data::json(entry), Data::bytes(entry)] {
        check(data.clone(), &entries, Ok(expected.clone()));
        let fields = RedisStreamTrigger {
            id: Some("1-0".to_owned()),
            ..RedisStreamTrigger::new(Fields { f: "v".to_owned() })
        };
        check(data, &[], Ok(fields));
    }
    // By hand.
    check(
        Data::text("{\"f\":\"v\"}"),
        &[],
        Ok(RedisStreamTrigger::new(Fields { f: "v".to_owned() })),
    );
    check::<RedisStreamTrigger>(Data::none(), &[], Err(MISSING));
    check::<RedisStreamTrigger>(
        Data::text("{\"Values\":[]}"),
        &[],
        Err("invalid type: sequence, expected a map at line 1 column 0"),
    );
    check::<RedisStreamTrigger>(
        Data::bytes(vec![0xff]),
        &[],
        Err("expected value at line 1 column 1"),
    );
}

#[test]
fn inputs() {
    assert_eq!(
        RedisInput::from_input(Data::text("hi")).unwrap(),
        RedisInput::new("hi".to_owned())
    );
    assert_eq!(
        RedisInput::from_input(Data::json("{\"order\":1}")).unwrap(),
        RedisInput::new(Order { order: 1 })
    );
    assert_eq!(
        Option::<RedisInput>::from_input(Data::none()).unwrap(),
        None
    );
    let missing = RedisInput::<String>::from_input(Data::none()).unwrap_err();
    assert_eq!(missing.to_string(), MISSING);
    let bad = RedisInput::<Order>::from_input(Data::text("hi")).unwrap_err();
    assert_eq!(bad.to_string(), "expected value at line 1 column 1");
}

#[test]
fn outputs() {
    check_output(RedisOutput::from("key value"), Ok(Data::text("key value")));
    check_output(
        RedisOutput::from(json!({"a": 1})),
        Ok(Data::json(r#"["{\"a\":1}"]"#)),
    );
    let bytes = || RedisOutput::from(vec![0xff_u8]);
    let no_text = "the value is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0), and the host takes text only; write the bytes as text, in Base64 for instance";
    check_output(bytes(), Err(no_text));
    check_output(vec![bytes()], Err(no_text));
    check_output(None::<RedisOutput>, Ok(Data::none()));
    check_output(Vec::<RedisOutput>::new(), Ok(Data::none()));
    check_output(
        vec![RedisOutput::from("a"), RedisOutput::json(&[1])],
        Ok(Data::json(r#"["a","[1]"]"#)),
    );
}

#[func]
#[binding(name = "$return", connection = "Redis", command = "SET copy:{Channel}")]
fn published(
    #[binding(connection = "Redis", channel = "n.*", pattern = true)] _message: RedisPubSubTrigger,
    #[binding(connection = "Redis", command = "GET {Message}")] value: RedisInput,
) -> RedisOutput {
    value.value.into()
}

#[func]
fn pushed(
    #[binding(
        connection = "Redis",
        key = "jobs",
        polling_interval_in_ms = 100,
        max_batch_size = 4,
        list_direction = "RIGHT"
    )]
    _job: RedisListTrigger<Order>,
    #[binding(connection = "Redis", command = "GET {order}")] _value: Option<RedisInput>,
) {
}

#[func]
fn added(
    #[binding(connection = "Redis", key = "%STREAM%", max_batch_size = 4)]
    _entry: RedisStreamTrigger,
) {
}

#[test]
fn metadata() {
    check_metadata(
        &functions![published, pushed, added],
        &expect![[r#"
        {"name":"message","type":"redisPubSubTrigger","direction":"in","connection":"Redis","channel":"n.*","pattern":true,"dataType":"string"}
        {"name":"value","type":"redis","direction":"in","connection":"Redis","command":"GET {Message}"}
        {"name":"$return","type":"redis","direction":"out","connection":"Redis","command":"SET copy:{Channel}"}
        {"name":"job","type":"redisListTrigger","direction":"in","connection":"Redis","key":"jobs","pollingIntervalInMs":100,"maxBatchSize":4,"listDirection":"RIGHT","dataType":"string"}
        {"name":"value","type":"redis","direction":"in","connection":"Redis","command":"GET {order}"}
        {"name":"entry","type":"redisStreamTrigger","direction":"in","connection":"Redis","key":"%STREAM%","maxBatchSize":4,"dataType":"string"}"#]],
    );
}
