//! Blobs as the host sends them, and as it gets them.

use std::fmt::Debug;

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

use super::{Blob, BlobTrigger};
use crate::{
    Data, FromInput, FromTrigger, Trigger, Update,
    bindings::{
        check::check_output,
        recorded::{self, Recorded},
    },
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Order {
    id: u32,
}

#[track_caller]
fn check_input<T: FromInput + Debug + PartialEq>(data: Data, expected: Result<T, &str>) {
    assert_eq!(
        T::from_input(data).map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}

#[test]
fn inputs() {
    check_input(
        Data::bytes(vec![0xff]),
        Ok(Blob::new(Bytes::from(vec![0xff]))),
    );
    check_input(Data::text("hi"), Ok(Blob::new(Bytes::from("hi"))));
    check_input(Data::bytes("hi"), Ok(Blob::new("hi".to_owned())));
    check_input(Data::bytes("{\"id\":1}"), Ok(Blob::new(Order { id: 1 })));
    check_input(Data::json("{\"id\":1}"), Ok(Blob::new(Order { id: 1 })));
    check_input(Data::bytes(""), Ok(Some(Blob::new(Bytes::new()))));
    check_input(Data::none(), Ok(None::<Blob>));
    check_input::<Blob>(
        Data::none(),
        Err("the blob does not exist; take `Option<Blob>` if it need not"),
    );
    check_input::<Blob<Order>>(
        Data::bytes("{\"id\":\"x\"}"),
        Err("`id`: invalid type: string \"x\", expected u32 at line 1 column 9"),
    );
    check_input::<Blob<String>>(
        Data::bytes(vec![0xff]),
        Err(
            "expected text, but it is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0); \
             take `Bytes` to receive the bytes as they are",
        ),
    );
}

#[test]
fn outputs() {
    check_output(Blob::from("hi"), Ok(Data::bytes("hi")));
    check_output(Blob::from(vec![0xff]), Ok(Data::bytes(vec![0xff])));
    check_output(Blob::from(json!([1])), Ok(Data::bytes("[1]")));
    check_output(Blob::json("hi"), Ok(Data::bytes("\"hi\"")));
    check_output(Blob::new("hi".to_owned()), Ok(Data::bytes("hi")));
    check_output(Blob::new(Order { id: 1 }), Ok(Data::bytes("{\"id\":1}")));
    check_output(None::<Blob>, Ok(Data::none()));
    check_output(
        Blob::json(&std::collections::HashMap::from([((), 1)])),
        Err("the value cannot be written as JSON: key must be a string"),
    );
}

/// Reads a blob, lets a function change it, and says what is written.
#[track_caller]
fn check_update<T: Default + Serialize + DeserializeOwned + 'static>(
    data: Data,
    change: impl FnOnce(&mut Blob<T>),
    expected: &Data,
) {
    let mut blob = if data.is_none() {
        Blob::absent()
    } else {
        Blob::from_input(data).unwrap()
    };
    let before = blob.before();
    change(&mut blob);
    assert_eq!(&blob.after(before).unwrap(), expected);
}

#[test]
fn updates() {
    check_update(Data::bytes("a"), |_: &mut Blob| {}, &Data::none());
    check_update(
        Data::bytes("a"),
        |blob: &mut Blob<String>| blob.content.push('b'),
        &Data::bytes("ab"),
    );
    check_update(
        Data::bytes("a"),
        |blob: &mut Blob| *blob = "a".into(),
        &Data::none(),
    );
    check_update(
        Data::bytes("a"),
        |blob: &mut Blob| *blob = "".into(),
        &Data::bytes(""),
    );
    check_update(
        Data::bytes("{ \"id\": 1 }"),
        |_: &mut Blob<Order>| {},
        &Data::none(),
    );
    check_update(
        Data::bytes("{ \"id\": 1 }"),
        |blob: &mut Blob<Order>| blob.content.id += 1,
        &Data::bytes("{\"id\":2}"),
    );
    check_update(
        Data::none(),
        |blob: &mut Blob<u32>| assert!(!blob.exists()),
        &Data::none(),
    );
    check_update(
        Data::none(),
        |blob: &mut Blob<u32>| blob.content += 1,
        &Data::bytes("1"),
    );

    let mut trigger = BlobTrigger::new("a".to_owned());
    let before = trigger.before();
    assert_eq!(trigger.clone().after(before).unwrap(), Data::none());
    let before = trigger.before();
    trigger.content.push('b');
    assert_eq!(trigger.after(before).unwrap(), Data::bytes("ab"));
}

#[test]
fn recorded_triggers() {
    let mut blobs = recorded::inputs("storage.jsonl", "blob_", "trigger")
        .into_iter()
        .map(|Recorded { data, trigger }| {
            BlobTrigger::<String>::from_trigger(data, &trigger).unwrap()
        });
    let blob = blobs.next().unwrap();
    assert_eq!(blob.content, "blob bytes");
    assert_eq!(blob.path.as_deref(), Some("rec-in/hello.txt"));
    assert_eq!(
        blob.uri.as_deref(),
        Some("http://127.0.0.1:10000/devstoreaccount1/rec-in/hello.txt")
    );
    assert_eq!(blob.metadata, [("k".to_owned(), "v".to_owned())].into());
    assert_eq!(
        blob.tokens,
        [("name", "hello"), ("ext", "txt")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    );
    let properties = blob.properties;
    let created = Some("2026-11-21T02:45:43Z".parse().unwrap());
    assert_eq!(properties.content_length, Some(10));
    assert_eq!(properties.content_type.as_deref(), Some("text/plain"));
    assert_eq!(
        properties.content_hash.as_deref(),
        Some("LPBKw7UOv+aM8LK5KhPSFA==")
    );
    assert_eq!(properties.etag.as_deref(), Some("\"0x1F990F0005CF950\""));
    assert_eq!(properties.created_on, created);
    assert_eq!(properties.last_modified, created);
    assert_eq!(properties.is_server_encrypted, Some(true));
    assert_eq!(properties.other.get("BlobType"), Some(&json!(2)));
    assert!(!properties.other.contains_key("DeletedTime"));

    let contents: Vec<_> = blobs.map(|blob| blob.content).collect();
    assert_eq!(contents, ["{\"p\":1}", "blob text"]);
}

#[test]
fn trigger_forms() {
    let trigger: Trigger = [
        ("BlobTrigger", Data::text("c/b")),
        (
            "Properties",
            Data::json(r#"{"ContentLength":3,"CreatedOn":"2026-01-02T03:04:05+00:00","ETag":{},"ContentHash":"aA=="}"#),
        ),
        ("Metadata", Data::json("null")),
    ]
    .into_iter()
    .collect();
    let blob = BlobTrigger::<Bytes>::from_trigger(Data::text("abc"), &trigger).unwrap();
    assert_eq!(blob.content, "abc");
    assert_eq!(blob.properties.content_length, Some(3));
    assert_eq!(blob.properties.content_hash.as_deref(), Some("aA=="));
    assert_eq!(blob.properties.etag, None);
    assert_eq!(
        blob.properties.created_on,
        Some("2026-01-02T03:04:05Z".parse().unwrap())
    );
    // A function that is started by hand gets the value only.
    assert_eq!(
        BlobTrigger::from_trigger(Data::text("x"), &Trigger::default()).unwrap(),
        BlobTrigger::new(Bytes::from("x"))
    );
}

#[test]
fn recorded_inputs() {
    for Recorded { data, .. } in recorded::inputs("storage.jsonl", "blob_echo", "same") {
        check_input(data, Ok(Blob::new(Bytes::from("blob bytes"))));
    }
    let missing = recorded::inputs("outputs.jsonl", "id-pair", "state")
        .into_iter()
        .map(|Recorded { data, .. }| Option::<Blob>::from_input(data).unwrap())
        .filter(Option::is_none)
        .count();
    assert!(missing > 0);
}
