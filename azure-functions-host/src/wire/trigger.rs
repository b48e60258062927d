//! What starts a function other than a request: a message, a blob, or the time.

use azure_functions_shared::rpc::{Data, TypedData};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use http::Uri;
use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::{ZONE, metadata::offset_date};
use crate::{
    binding_data::{BindingData, Value},
    blob_path::BlobPath,
    config::MessageEncoding,
    json_text,
    lenient_json::Token,
    store::{BlobProperties, Message},
};

/// The value of a trigger, and what it gives to the other bindings of the function.
#[derive(Clone, Debug)]
pub struct Event {
    /// The value.
    pub value: TypedData,
    /// Names and values, of which the trigger metadata is made as well.
    pub data: BindingData,
}

/// As what a value reaches the worker: the `dataType` of a binding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataType {
    /// Nothing is said.
    #[default]
    Undefined,
    /// A text.
    String,
    /// Bytes.
    Binary,
}

/// Writes the content of a message as it lies in a queue.
pub fn encode_message(content: &Bytes, encoding: MessageEncoding) -> Bytes {
    match encoding {
        MessageEncoding::Base64 => BASE64.encode(content).into(),
        MessageEncoding::None => content.clone(),
    }
}

/// Reads the content of a message; one that is not encoded, although it should be, is nothing.
pub fn decode_message(body: &Bytes, encoding: MessageEncoding) -> Option<Bytes> {
    match encoding {
        MessageEncoding::Base64 => BASE64.decode(body).ok().map(Bytes::from),
        MessageEncoding::None => Some(body.clone()),
    }
}

/// A queue message, whose `content` is decoded.
pub fn queue_message(message: &Message, content: &Bytes, data_type: DataType) -> Event {
    let text = std::str::from_utf8(content).ok();
    let mut data = BindingData::default();
    if let Some(text) = text {
        data.insert("QueueTrigger", Value::String(text.to_owned()));
    }
    data.insert("DequeueCount", Value::Integer(message.dequeue_count.into()));
    data.insert("ExpirationTime", second(message.expires));
    data.insert("Id", Value::String(message.receipt.id.clone()));
    data.insert("InsertionTime", second(message.inserted));
    data.insert("NextVisibleTime", second(message.next_visible));
    data.insert(
        "PopReceipt",
        Value::String(message.receipt.pop_receipt.clone()),
    );
    let value = match text.filter(|_| data_type != DataType::Binary) {
        Some(text) => {
            data.extend(json_text::binding_data(text, &ZONE));
            Data::String(text.to_owned())
        }
        None => Data::Bytes(content.clone()),
    };
    Event {
        value: value.into(),
        data,
    }
}

/// A blob that was written, at the address `uri`; `captures` are the values of the path's parameters.
pub fn blob(
    path: &BlobPath,
    uri: &Uri,
    content: &Bytes,
    properties: &BlobProperties,
    captures: impl IntoIterator<Item = (String, String)>,
) -> Event {
    let metadata = properties.metadata.iter();
    let metadata = metadata.map(|(name, value)| (name.clone(), Value::String(value.clone())));
    let mut data = BindingData::default();
    data.insert("BlobTrigger", Value::String(path.to_string()));
    data.insert("Uri", Value::Uri(uri.clone()));
    data.insert("Properties", blob_properties(properties));
    data.insert("Metadata", Value::object(metadata));
    for (name, value) in captures {
        data.insert(name, Value::String(value));
    }
    Event {
        value: Data::Bytes(content.clone()).into(),
        data,
    }
}

/// The content of a blob for an input binding, or nothing if there is no such blob.
pub fn blob_input(content: Option<&Bytes>, data_type: DataType) -> TypedData {
    match content {
        None => TypedData::default(),
        Some(content) if data_type == DataType::Binary => Data::Bytes(content.clone()).into(),
        Some(content) => Data::String(String::from_utf8_lossy(content).into_owned()).into(),
    }
}

/// What a monitored timer remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleStatus {
    /// When the timer fired last, if ever.
    pub last: Option<Zoned>,
    /// When it is due next.
    pub next: Zoned,
    /// When this was written last, if ever.
    pub last_updated: Option<Zoned>,
}

/// A timer that fired at `now`, with its status if it is monitored.
pub fn timer(
    now: &Zoned,
    adjust_for_dst: bool,
    status: Option<&ScheduleStatus>,
    past_due: bool,
) -> Event {
    let moment = |date: Option<&Zoned>| {
        // The first date there is stands for never.
        let text = date.map_or_else(|| "0001-01-01T00:00:00+00:00".to_owned(), offset_date);
        Token::String(text)
    };
    let status = status.map_or(Token::Null, |status| {
        object([
            ("Last", moment(status.last.as_ref())),
            ("Next", moment(Some(&status.next))),
            ("LastUpdated", moment(status.last_updated.as_ref())),
        ])
    });
    let payload = object([
        (
            "Schedule",
            object([("AdjustForDST", Token::Bool(adjust_for_dst))]),
        ),
        ("ScheduleStatus", status),
        ("IsPastDue", Token::Bool(past_due)),
    ]);
    let mut data = BindingData::default();
    let fired = now.datetime().strftime("%m/%d/%Y %H:%M:%S").to_string();
    data.insert("TimerTrigger", Value::String(fired));
    Event {
        value: Data::Json(payload.compact()).into(),
        data,
    }
}

/// The properties of a blob by the names of both generations of the storage library: the host of the recordings had
/// the first, today's has the second.
fn blob_properties(properties: &BlobProperties) -> Value {
    let text = |text: &str| Value::String(text.to_owned());
    let length = || Value::Integer(i128::try_from(properties.length).unwrap_or(i128::MAX));
    let digest = || Value::String(BASE64.encode(properties.content_md5));
    let mut members = vec![
        ("Length", length()),
        ("ContentLength", length()),
        ("ContentMD5", digest()),
        ("ContentHash", digest()),
        ("ContentType", text(&properties.content_type)),
        ("ETag", text(&properties.etag)),
        ("Created", second(properties.created)),
        ("CreatedOn", second(properties.created)),
        ("LastModified", second(properties.last_modified)),
        ("BlobTierLastModifiedTime", second(properties.created)),
        // A block blob in the hot tier, encrypted, which nobody has leased.
        ("BlobType", Value::Integer(2)),
        ("LeaseStatus", Value::Integer(2)),
        ("LeaseState", Value::Integer(1)),
        ("LeaseDuration", Value::Integer(0)),
        ("StandardBlobTier", Value::Integer(1)),
        ("IsServerEncrypted", Value::Bool(true)),
        ("IsIncrementalCopy", Value::Bool(false)),
        ("BlobTierInferred", Value::Bool(true)),
    ];
    let absent = [
        "CacheControl",
        "ContentDisposition",
        "ContentEncoding",
        "ContentLanguage",
        "PageBlobSequenceNumber",
        "AppendBlobCommittedBlockCount",
        "RehydrationStatus",
        "PremiumPageBlobTier",
        "DeletedTime",
        "RemainingDaysBeforePermanentDelete",
    ];
    members.extend(absent.map(|name| (name, Value::Null)));
    Value::object(members)
}

/// A date of the storage service, which counts in whole seconds and whose end of time is .NET's.
fn second(instant: Timestamp) -> Value {
    if instant == Timestamp::MAX {
        // A `Zoned` ends a day earlier.
        let last = "9999-12-31T23:59:59.9999999+00:00";
        return Value::Other(Token::String(last.to_owned()));
    }
    let whole = Timestamp::from_second(instant.as_second()).unwrap_or(instant);
    Value::DateTimeOffset(whole.to_zoned(TimeZone::UTC))
}

fn object<const N: usize>(members: [(&str, Token); N]) -> Token {
    let members = members.into_iter();
    Token::Object(
        members
            .map(|(name, token)| (name.to_owned(), token))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{store::Receipt, wire::trigger_metadata};

    fn event(content: &[u8], data_type: DataType) -> Event {
        let message = Message {
            receipt: Receipt {
                id: "1".to_owned(),
                pop_receipt: "2".to_owned(),
            },
            body: Bytes::new(),
            dequeue_count: 1,
            inserted: Timestamp::UNIX_EPOCH,
            expires: Timestamp::MAX,
            next_visible: Timestamp::UNIX_EPOCH,
        };
        queue_message(&message, &Bytes::copy_from_slice(content), data_type)
    }

    #[test]
    fn a_message_is_text_unless_it_cannot_or_shall_not_be() {
        let json = br#"{"id":"mine","n":{"a":1},"l":[1]}"#;
        for (content, data_type, text, id) in [
            (&json[..], DataType::Undefined, true, "mine"),
            (&json[..], DataType::String, true, "mine"),
            (&json[..], DataType::Binary, false, "1"),
            (&b"\xFF"[..], DataType::String, false, "1"),
        ] {
            let event = event(content, data_type);
            let is_text = matches!(event.value.data, Some(Data::String(_)));
            assert_eq!(is_text, text, "{content:?} {data_type:?}");
            let metadata = trigger_metadata(&event.data);
            assert_eq!(metadata["Id"].data, Some(Data::String(id.to_owned())));
            assert_eq!(metadata.contains_key("n"), text);
            assert!(!metadata.contains_key("l"));
            assert_eq!(metadata.contains_key("QueueTrigger"), content != b"\xFF");
        }
    }

    #[test]
    fn the_end_of_time_is_that_of_the_service() {
        let metadata = trigger_metadata(&event(b"", DataType::Undefined).data);
        let expires = Data::Json("\"9999-12-31T23:59:59.9999999+00:00\"".to_owned());
        assert_eq!(metadata["ExpirationTime"].data, Some(expires));
    }

    #[test]
    fn messages_are_encoded_and_decoded() {
        let content = Bytes::from_static(b"hi");
        for (encoding, body) in [
            (MessageEncoding::Base64, "aGk="),
            (MessageEncoding::None, "hi"),
        ] {
            assert_eq!(encode_message(&content, encoding), body);
            assert_eq!(
                decode_message(&body.into(), encoding),
                Some(content.clone())
            );
        }
        assert_eq!(
            decode_message(&"plain text".into(), MessageEncoding::Base64),
            None
        );
    }
}
