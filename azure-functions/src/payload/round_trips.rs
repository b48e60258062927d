//! What a host makes of a payload is read back as the payload that was written, whatever it holds and in whatever form it comes.
//!
//! `PROPTEST_CASES=10000 cargo test -p azure-functions round_trips` tries more values than the tests alone do.

use std::{collections::BTreeMap, fmt::Debug, io};

use azure_functions_shared::rpc::{self, CollectionBytes, CollectionString};
use bytes::Bytes;
use proptest::{
    char, collection, num,
    prelude::{Just, ProptestConfig, Strategy, any},
    prop_oneof, proptest,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter};

use super::{Encoded, Json, encode};
use crate::Data;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    id: i64,
    count: u64,
    price: f64,
    customer: String,
    note: Option<String>,
    state: State,
    lines: Vec<Line>,
    tags: BTreeMap<String, Option<i64>>,
    before: Option<Box<Order>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    article: Article,
    amount: (u8, f64),
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Article {
    Book { isbn: String, pages: u64 },
    Service { hours: f64, account: i64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum State {
    New,
    Paid(i64),
    Sent(String, bool),
    Lost { since: Option<u64> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Name(String);

/// Any text, control characters and all.
pub(crate) fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        collection::vec(char::any(), 0..20).prop_map(String::from_iter),
        // Texts that look like something else.
        prop_oneof![
            Just("null"),
            Just("42"),
            Just("\"quoted\""),
            Just("[1,2]"),
            Just("{\"a\":1}"),
            Just("true"),
            Just(" "),
            Just("New"),
        ]
        .prop_map(str::to_owned),
    ]
}

/// Any number that JSON has.
pub(crate) fn float() -> impl Strategy<Value = f64> + Clone {
    num::f64::NORMAL | num::f64::SUBNORMAL | num::f64::ZERO
}

pub(crate) fn bytes() -> impl Strategy<Value = Vec<u8>> + Clone {
    collection::vec(any::<u8>(), 0..40)
}

fn state() -> impl Strategy<Value = State> + Clone {
    prop_oneof![
        Just(State::New),
        any::<i64>().prop_map(State::Paid),
        (text(), any::<bool>()).prop_map(|(to, signed)| State::Sent(to, signed)),
        any::<Option<u64>>().prop_map(|since| State::Lost { since }),
    ]
}

fn line() -> impl Strategy<Value = Line> + Clone {
    let article = prop_oneof![
        (text(), any::<u64>()).prop_map(|(isbn, pages)| Article::Book { isbn, pages }),
        (float(), any::<i64>()).prop_map(|(hours, account)| Article::Service { hours, account }),
    ];
    (article, any::<u8>(), float(), bytes()).prop_map(|(article, amount, price, bytes)| Line {
        article,
        amount: (amount, price),
        bytes,
    })
}

fn order() -> impl Strategy<Value = Order> + Clone {
    let tags = collection::btree_map(text(), any::<Option<i64>>(), 0..4);
    let one = (
        (any::<i64>(), any::<u64>(), float(), text()),
        proptest::option::of(text()),
        state(),
        collection::vec(line(), 0..3),
        tags,
    )
        .prop_map(
            |((id, count, price, customer), note, state, lines, tags)| Order {
                id,
                count,
                price,
                customer,
                note,
                state,
                lines,
                tags,
                before: None,
            },
        );
    (one.clone(), proptest::option::of(one)).prop_map(|(order, before)| Order {
        before: before.map(Box::new),
        ..order
    })
}

proptest! {
    // A value that fails belongs into the table of `tests.rs`.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn strings(value in text()) {
        check(&value);
        check(&Name(value.clone()));
        check(&Some(value.clone()));
        check(&Json(value));
    }

    #[test]
    fn binary(value in bytes()) {
        check(&Bytes::from(value.clone()));
        check(&value);
    }

    #[test]
    fn scalars(int in any::<i64>(), unsigned in any::<u64>(), float in float(), flag in any::<bool>(), letter in char::any()) {
        check(&int);
        check(&unsigned);
        check(&float);
        check(&flag);
        check(&letter);
        check_wire(&rpc::Data::Int(int), &int);
        check_wire(&rpc::Data::Double(float), &float);
    }

    #[test]
    fn numbers_in_a_batch(ints in collection::vec(any::<i64>(), 0..4), floats in collection::vec(float(), 0..4)) {
        let sint64 = ints.clone();
        check_batch(&rpc::Data::CollectionSint64(rpc::CollectionSInt64 { sint64 }), &ints);
        let double = floats.clone();
        check_batch(&rpc::Data::CollectionDouble(rpc::CollectionDouble { double }), &floats);
    }

    #[test]
    fn enums(value in state()) {
        check(&value);
        check(&Json(value));
    }

    #[test]
    fn options(number in any::<Option<i64>>(), line in proptest::option::of(line())) {
        check(&number);
        check(&line);
        check(&Json(line));
    }

    #[test]
    fn structs(value in order()) {
        check(&value);
        check(&Json(value));
    }

    #[test]
    fn lists(value in collection::vec(line(), 0..4), pair in (any::<i64>(), text())) {
        check(&value);
        check(&pair);
    }

    #[test]
    fn maps(value in collection::btree_map(text(), state(), 0..4), by_number in collection::btree_map(any::<i64>(), float(), 0..4)) {
        check(&value);
        check(&by_number);
    }

    #[test]
    fn batches(texts in collection::vec(text(), 0..4), binary in collection::vec(bytes(), 0..4), orders in collection::vec(order(), 0..3)) {
        check_batches(&texts);
        check_batches(&binary);
        check_batches(&orders);
    }
}

/// Fails unless `value` comes back from every form in which a host can send what was written of it.
#[track_caller]
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug + 'static>(value: &T) {
    let encoded = encode(value).unwrap();
    let content = encoded.clone().into_bytes();
    check_wire(&rpc::Data::Bytes(content.clone()), value);
    if let Ok(text) = String::from_utf8(content.to_vec()) {
        check_wire(&rpc::Data::String(text.clone()), value);
        match encoded {
            // A text that the host has as a JSON value comes in quotes.
            Encoded::Text(_) => {
                check_wire(&rpc::Data::Json(newtonsoft(&text)), value);
                check_wire(&rpc::Data::Json(escaped(&text)), value);
            }
            Encoded::Json(_) => {
                check_wire(&rpc::Data::Json(text), value);
                check_wire(&rpc::Data::Json(newtonsoft(value)), value);
                check_wire(&rpc::Data::Json(escaped(value)), value);
                check_wire(&rpc::Data::String(indented(value)), value);
            }
            Encoded::Binary(_) => {}
        }
    }
}

/// Fails unless `values` come back from every form of a batch.
#[track_caller]
fn check_batches<T: Serialize + DeserializeOwned + PartialEq + Debug + 'static>(values: &[T]) {
    let encoded: Vec<_> = values.iter().map(|value| encode(value).unwrap()).collect();
    let contents: Vec<Bytes> = encoded.iter().cloned().map(Encoded::into_bytes).collect();
    let texts: Result<Vec<String>, _> = contents
        .iter()
        .map(|content| String::from_utf8(content.to_vec()))
        .collect();
    let bytes = CollectionBytes { bytes: contents };
    check_batch(&rpc::Data::CollectionBytes(bytes), values);
    if let Ok(string) = texts {
        check_batch(&rpc::Data::Json(newtonsoft(&string)), values);
        check_batch(&rpc::Data::String(indented(&string)), values);
        let string = CollectionString { string };
        check_batch(&rpc::Data::CollectionString(string), values);
    }
    if encoded.iter().all(|one| matches!(one, Encoded::Json(_))) {
        check_batch(&rpc::Data::Json(newtonsoft(&values)), values);
    }
}

#[track_caller]
fn check_wire<T: DeserializeOwned + PartialEq + Debug + 'static>(wire: &rpc::Data, value: &T) {
    let read: T = Data::from_wire(&wire.clone().into())
        .decode()
        .unwrap_or_else(|error| panic!("{wire:?}: {error}"));
    assert_eq!(read, *value, "{wire:?}");
}

#[track_caller]
fn check_batch<T: DeserializeOwned + PartialEq + Debug + 'static>(wire: &rpc::Data, values: &[T]) {
    let read: Vec<T> = Data::from_wire(&wire.clone().into())
        .into_list()
        .and_then(|list| list.into_iter().map(Data::decode).collect())
        .unwrap_or_else(|error| panic!("{wire:?}: {error}"));
    assert_eq!(read, values, "{wire:?}");
}

/// JSON as .NET's Newtonsoft.Json writes it: numbers such as `1E+20`.
pub(crate) fn newtonsoft<T: Serialize + ?Sized>(value: &T) -> String {
    written(value, Newtonsoft)
}

/// JSON in ASCII only.
fn escaped<T: Serialize + ?Sized>(value: &T) -> String {
    written(value, Escaped)
}

/// JSON on many lines.
fn indented<T: Serialize + ?Sized>(value: &T) -> String {
    written(value, PrettyFormatter::new())
}

fn written<T: Serialize + ?Sized>(value: &T, formatter: impl Formatter) -> String {
    let mut json = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut json, formatter);
    value.serialize(&mut writer).unwrap();
    String::from_utf8(json).unwrap()
}

struct Newtonsoft;

impl Formatter for Newtonsoft {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let text = format!("{value:E}");
        let text = if text.contains("E-") {
            text
        } else {
            text.replace('E', "E+")
        };
        writer.write_all(text.as_bytes())
    }
}

struct Escaped;

impl Formatter for Escaped {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for unit in fragment.encode_utf16() {
            write!(writer, "\\u{unit:04X}")?;
        }
        Ok(())
    }

    fn write_char_escape<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        CompactFormatter.write_char_escape(writer, escape)
    }
}
