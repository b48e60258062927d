//! Payloads both ways, as tables.

use std::fmt::Debug;

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Encoded, Json, decode, encode};
use crate::Data;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    id: String,
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    amount: u32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Name(String);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Colour {
    Red,
    Mixed(u8),
}

#[track_caller]
fn check_decode<T: DeserializeOwned + Debug + PartialEq + 'static>(
    data: Data,
    expected: Result<T, &str>,
) {
    assert_eq!(
        decode::<T>(data).map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}

#[test]
fn decoding() {
    check_decode(Data::text("{\"a\":1}"), Ok("{\"a\":1}".to_owned()));
    check_decode(Data::bytes("hi"), Ok("hi".to_owned()));
    check_decode(Data::json("\"hi\""), Ok("hi".to_owned()));
    check_decode(Data::json(" \"hi\"\n"), Ok("hi".to_owned()));
    check_decode(Data::json("{\"a\":1}"), Ok("{\"a\":1}".to_owned()));
    check_decode(Data::text("hi"), Ok(Bytes::from("hi")));
    check_decode(Data::text("hi"), Ok(b"hi".to_vec()));
    check_decode(Data::text("hi"), Ok(Name("hi".to_owned())));
    check_decode(Data::text("\"hi\""), Ok(Json("hi".to_owned())));
    check_decode(Data::text("42"), Ok(42_u8));
    check_decode(Data::text("Red"), Ok(Colour::Red));
    check_decode(Data::text("\"Red\""), Ok(Colour::Red));
    check_decode(Data::text("{\"Mixed\":3}"), Ok(Colour::Mixed(3)));
    check_decode(Data::text("[1,2]"), Ok(serde_json::json!([1, 2])));
    check_decode(Data::none(), Ok(None::<Order>));
    check_decode(Data::text(" null"), Ok(None::<Order>));
    check_decode(Data::json("null"), Ok(None::<String>));
    check_decode(Data::text("null"), Ok(Some("null".to_owned())));
    check_decode(
        Data::text("1.5975363010215753e-229"),
        Ok(1.597_536_301_021_575_3e-229),
    );
    check_decode(
        Data::bytes("{\"id\":\"x\",\"lines\":[{\"amount\":1}]}"),
        Ok(Some(Order {
            id: "x".to_owned(),
            lines: vec![Line { amount: 1 }],
        })),
    );
}

#[test]
fn decoding_fails() {
    check_decode::<String>(
        Data::none(),
        Err("the host sent no value; take an `Option` if it can be absent"),
    );
    check_decode::<Order>(
        Data::text("{\"id\":\"x\",\"lines\":[{\"amount\":\"two\"}]}"),
        Err("`lines[0].amount`: invalid type: string \"two\", expected u32 at line 1 column 34"),
    );
    check_decode::<Order>(
        Data::text("{\"id\":\"x\"}"),
        Err("missing field `lines` at line 1 column 10"),
    );
    check_decode::<Json<u8>>(
        Data::text("1 2"),
        Err("trailing characters at line 1 column 3"),
    );
    check_decode::<Json<Line>>(
        Data::text("{\"amount\":-1}"),
        Err("`amount`: invalid value: integer `-1`, expected u32 at line 1 column 12"),
    );
    check_decode::<String>(
        Data::bytes(vec![0xff]),
        Err(
            "expected text, but it is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0); \
             take `Bytes` to receive the bytes as they are",
        ),
    );
}

#[track_caller]
fn check_encode<T: Serialize + 'static>(value: T, expected: Encoded) {
    assert_eq!(encode(&value).ok(), Some(expected));
}

#[test]
fn encoding() {
    check_encode("hi", Encoded::Text("hi".into()));
    check_encode("hi".to_owned(), Encoded::Text("hi".into()));
    check_encode(Name("hi".to_owned()), Encoded::Text("hi".into()));
    check_encode(Colour::Red, Encoded::Text("Red".into()));
    check_encode(Colour::Mixed(3), Encoded::Json("{\"Mixed\":3}".into()));
    check_encode(Json("hi"), Encoded::Json("\"hi\"".into()));
    check_encode(Bytes::from("hi"), Encoded::Binary("hi".into()));
    check_encode(b"hi".to_vec(), Encoded::Binary("hi".into()));
    check_encode(42, Encoded::Json("42".into()));
    check_encode(
        vec![Line { amount: 1 }],
        Encoded::Json("[{\"amount\":1}]".into()),
    );
    check_encode(Some("hi"), Encoded::Text("hi".into()));
    check_encode(None::<u8>, Encoded::Json("null".into()));
}

#[test]
fn encoding_fails() {
    let broken = std::collections::HashMap::from([((1, 2), 3)]);
    assert_eq!(
        encode(&broken).map_err(|error| error.to_string()),
        Err("the value cannot be written as JSON: key must be a string".to_owned())
    );
}
