//! Service Bus messages as a function gets them, and an output as Service Bus messages.

use azure_functions_shared::rpc::{CollectionBytes, CollectionString, Data, TypedData};
use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};

use super::{
    Output, ZONE,
    metadata::{offset_date, token},
    outputs::{self, OutputError},
    trigger::{DataType, Event},
};
use crate::{
    binding_data::{BindingData, Object, Value},
    dotnet::{DateTime, Kind},
    json_text,
    lenient_json::{self, Dates, Token},
    store::service_bus::{Message, Session},
};

/// The end of time in .NET, which a message that lives for ever has.
const END_OF_TIME: &str = "9999-12-31T23:59:59.9999999";

/// One message.
pub fn message(message: &Message, session: Option<&Session>, data_type: DataType) -> Event {
    let mut data = BindingData::default();
    for (name, value) in metadata(message) {
        data.insert(name, value);
    }
    data.insert("SessionActions", session_actions(session));
    let body = &message.sent.body;
    let value = match data_type {
        _ if body.is_empty() => TypedData::default(),
        DataType::Binary => Data::Bytes(body.clone()).into(),
        DataType::String | DataType::Undefined => {
            let text = String::from_utf8_lossy(body).into_owned();
            data.extend(json_text::binding_data(&text, &ZONE));
            Data::String(text).into()
        }
    };
    Event { value, data }
}

/// A batch of messages.
///
/// # Errors
///
/// The trigger has no `dataType`, and one of the messages is no JSON.
pub fn batch(
    messages: &[Message],
    session: Option<&Session>,
    data_type: DataType,
) -> Result<Event, String> {
    let bodies = || messages.iter().map(|message| &message.sent.body);
    let texts = || bodies().map(|body| String::from_utf8_lossy(body));
    let value = match data_type {
        DataType::Binary => Data::CollectionBytes(CollectionBytes {
            bytes: bodies().cloned().collect(),
        }),
        DataType::String => Data::CollectionString(CollectionString {
            string: texts().map(Into::into).collect(),
        }),
        DataType::Undefined => {
            let elements = texts().map(|text| {
                lenient_json::tokens(&text, Dates::Keep).map_err(|error| {
                    format!(
                        "a message of a batch is not JSON ({error}); give the trigger a `dataType`"
                    )
                })
            });
            let elements = elements.collect::<Result<_, _>>()?;
            Data::Json(Token::Array(elements).compact())
        }
    };
    let mut data = BindingData::default();
    let rows: Vec<_> = messages.iter().map(metadata).collect();
    let names = rows
        .first()
        .map(|row| row.each_ref().map(|(name, _)| *name));
    for name in names.into_iter().flatten() {
        // A partition key is all that the real host has for this one.
        let source = match name {
            "TransactionPartitionKey" => "PartitionKey",
            other => other,
        };
        let values = rows.iter().filter_map(|row| {
            let mut cells = row.iter();
            let cell = cells.find(|(name, _)| *name == source);
            cell.map(|(_, value)| value)
        });
        data.insert(format!("{name}Array"), list(name, values));
    }
    data.insert("SessionActions", session_actions(session));
    Ok(Event {
        value: value.into(),
        data,
    })
}

/// The messages that an output becomes.
///
/// The collector of the real host takes texts, and makes the name of their type of bytes.
///
/// # Errors
///
/// As [`outputs::queue_messages`].
pub fn messages(output: &Output) -> Result<Vec<Bytes>, OutputError> {
    match output {
        Output::Bytes(_) => Ok(vec![Bytes::from_static(b"System.Byte[]")]),
        other => outputs::queue_messages(other),
    }
}

/// What the worker is told of a message, by name.
fn metadata(message: &Message) -> [(&'static str, Value); 21] {
    let sent = &message.sent;
    let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::String);
    let properties = || {
        Value::Object(Object {
            members: sent.properties.clone().into_iter().collect(),
            exact: true,
        })
    };
    let lock = message.lock.map(|lock| lock.token.to_string());
    [
        ("MessageId", Value::String(sent.message_id.clone())),
        (
            "DeliveryCount",
            Value::Integer(message.delivery_count.into()),
        ),
        ("LockToken", text(&lock)),
        (
            "SequenceNumber",
            Value::Integer(message.sequence_number.into()),
        ),
        ("EnqueuedTime", offset(message.enqueued)),
        ("EnqueuedTimeUtc", plain(message.enqueued)),
        ("ExpiresAt", offset(message.expires)),
        ("ExpiresAtUtc", plain(message.expires)),
        ("ContentType", text(&sent.content_type)),
        ("CorrelationId", text(&sent.correlation_id)),
        ("ReplyTo", text(&sent.reply_to)),
        ("ReplyToSessionId", text(&sent.reply_to_session_id)),
        ("SessionId", text(&sent.session_id)),
        ("PartitionKey", text(&sent.partition_key)),
        ("TransactionPartitionKey", Value::Null),
        ("To", text(&sent.to)),
        ("Subject", text(&sent.subject)),
        ("Label", text(&sent.subject)),
        ("DeadLetterSource", Value::Null),
        ("ApplicationProperties", properties()),
        ("UserProperties", properties()),
    ]
}

/// The values of one name for all messages of a batch.
fn list<'a>(name: &str, values: impl Iterator<Item = &'a Value>) -> Value {
    match name {
        "SequenceNumber" => Value::Integers(
            values
                .map(|value| match value {
                    Value::Integer(number) => i64::try_from(*number).unwrap_or_default(),
                    _ => 0,
                })
                .collect(),
        ),
        "DeliveryCount"
        | "EnqueuedTime"
        | "EnqueuedTimeUtc"
        | "ExpiresAt"
        | "ExpiresAtUtc"
        | "ApplicationProperties"
        | "UserProperties" => Value::Other(Token::Array(values.map(token).collect())),
        _ => Value::Texts(
            values
                .map(|value| match value {
                    Value::String(text) => text.clone(),
                    _ => String::new(),
                })
                .collect(),
        ),
    }
}

fn session_actions(session: Option<&Session>) -> Value {
    let Some(session) = session else {
        return Value::Null;
    };
    Value::object([("SessionLockedUntil", offset(session.lock.until))])
}

fn offset(instant: Timestamp) -> Value {
    Value::Other(Token::String(if instant == Timestamp::MAX {
        // A `Zoned` ends a day earlier.
        format!("{END_OF_TIME}+00:00")
    } else {
        offset_date(&instant.to_zoned(TimeZone::UTC))
    }))
}

fn plain(instant: Timestamp) -> Value {
    if instant == Timestamp::MAX {
        return Value::Other(Token::String(END_OF_TIME.to_owned()));
    }
    Value::DateTime(DateTime {
        kind: Kind::Unspecified,
        ..DateTime::utc(instant)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::{Expect, expect};

    use super::*;
    use crate::{
        clock::ManualClock,
        store::service_bus::{NewMessage, ServiceBus},
        wire::trigger_metadata,
    };

    fn received(bodies: &[&'static str]) -> Vec<Message> {
        let bus = ServiceBus::new(Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH)));
        for body in bodies {
            let mut message = NewMessage::new(*body);
            message.message_id = format!("id of {body}");
            message.partition_key = Some("p".to_owned());
            message.subject = body.starts_with('{').then(|| "json".to_owned());
            message
                .properties
                .insert("Number".to_owned(), Value::Integer(1));
            bus.send("orders", message).unwrap();
        }
        let mut messages = bus.receive("orders", 9).unwrap();
        for message in &mut messages {
            if let Some(lock) = &mut message.lock {
                lock.token = uuid::Uuid::nil();
            }
        }
        messages
    }

    #[track_caller]
    fn check(event: &Event, expected: &Expect) {
        let mut lines = vec![format!("value: {:?}", event.value.data)];
        let metadata = trigger_metadata(&event.data);
        let mut names: Vec<_> = metadata.keys().collect();
        names.sort();
        for name in names {
            lines.push(format!(
                "{name}: {:?}",
                metadata[name].data.as_ref().unwrap()
            ));
        }
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn one_message() {
        check(
            &message(&received(&["{\"id\":7}"])[0], None, DataType::String),
            &expect![[r#"
                value: Some(String("{\"id\":7}"))
                ApplicationProperties: Json("{\"Number\":1}")
                DeliveryCount: Json("1")
                EnqueuedTime: Json("\"1970-01-01T00:00:00+00:00\"")
                EnqueuedTimeUtc: Json("\"1970-01-01T00:00:00\"")
                ExpiresAt: Json("\"9999-12-31T23:59:59.9999999+00:00\"")
                ExpiresAtUtc: Json("\"9999-12-31T23:59:59.9999999\"")
                Label: String("json")
                LockToken: String("00000000-0000-0000-0000-000000000000")
                MessageId: String("id of {\"id\":7}")
                PartitionKey: String("p")
                SequenceNumber: Json("1")
                Subject: String("json")
                UserProperties: Json("{\"Number\":1}")
                id: String("7")"#]],
        );
        for (body, data_type, value) in [
            ("", DataType::String, None),
            ("", DataType::Binary, None),
            ("a", DataType::Binary, Some(Data::Bytes("a".into()))),
            ("a", DataType::Undefined, Some(Data::String("a".to_owned()))),
        ] {
            let event = message(&received(&[body])[0], None, data_type);
            assert_eq!(event.value.data, value, "{body} {data_type:?}");
        }
    }

    #[test]
    fn many_messages() {
        check(
            &batch(&received(&["{\"a\":1}", "b"]), None, DataType::String).unwrap(),
            &expect![[r#"
                value: Some(CollectionString(CollectionString { string: ["{\"a\":1}", "b"] }))
                ApplicationPropertiesArray: Json("[{\"Number\":1},{\"Number\":1}]")
                ContentTypeArray: CollectionString(CollectionString { string: ["", ""] })
                CorrelationIdArray: CollectionString(CollectionString { string: ["", ""] })
                DeadLetterSourceArray: CollectionString(CollectionString { string: ["", ""] })
                DeliveryCountArray: Json("[1,1]")
                EnqueuedTimeArray: Json("[\"1970-01-01T00:00:00+00:00\",\"1970-01-01T00:00:00+00:00\"]")
                EnqueuedTimeUtcArray: Json("[\"1970-01-01T00:00:00\",\"1970-01-01T00:00:00\"]")
                ExpiresAtArray: Json("[\"9999-12-31T23:59:59.9999999+00:00\",\"9999-12-31T23:59:59.9999999+00:00\"]")
                ExpiresAtUtcArray: Json("[\"9999-12-31T23:59:59.9999999\",\"9999-12-31T23:59:59.9999999\"]")
                LabelArray: CollectionString(CollectionString { string: ["json", ""] })
                LockTokenArray: CollectionString(CollectionString { string: ["00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"] })
                MessageIdArray: CollectionString(CollectionString { string: ["id of {\"a\":1}", "id of b"] })
                PartitionKeyArray: CollectionString(CollectionString { string: ["p", "p"] })
                ReplyToArray: CollectionString(CollectionString { string: ["", ""] })
                ReplyToSessionIdArray: CollectionString(CollectionString { string: ["", ""] })
                SequenceNumberArray: CollectionSint64(CollectionSInt64 { sint64: [1, 2] })
                SessionIdArray: CollectionString(CollectionString { string: ["", ""] })
                SubjectArray: CollectionString(CollectionString { string: ["json", ""] })
                ToArray: CollectionString(CollectionString { string: ["", ""] })
                TransactionPartitionKeyArray: CollectionString(CollectionString { string: ["p", "p"] })
                UserPropertiesArray: Json("[{\"Number\":1},{\"Number\":1}]")"#]],
        );
        let bytes = batch(&received(&["a", ""]), None, DataType::Binary).unwrap();
        let bodies = vec!["a".into(), Bytes::new()];
        assert_eq!(
            bytes.value.data,
            Some(Data::CollectionBytes(CollectionBytes { bytes: bodies }))
        );
        let json = batch(&received(&["{\"a\": 1}", "2"]), None, DataType::Undefined).unwrap();
        assert_eq!(
            json.value.data,
            Some(Data::Json("[{\"a\":1},2]".to_owned()))
        );
        let text = batch(&received(&["text"]), None, DataType::Undefined);
        assert!(text.unwrap_err().contains("give the trigger a `dataType`"));
    }

    #[test]
    fn outputs_are_texts() {
        for (output, texts) in [
            (Output::Text("[1,2]".to_owned()), &["1", "2"][..]),
            (Output::Text("a".to_owned()), &["a"]),
            (Output::Bytes("a".into()), &["System.Byte[]"]),
        ] {
            assert_eq!(messages(&output).unwrap(), texts);
        }
    }
}
