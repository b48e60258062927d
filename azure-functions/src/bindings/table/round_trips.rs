//! An entity is read as it was written, whatever its properties hold and however the host spells them.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::{
    char, collection, num, option,
    prelude::{Just, ProptestConfig, Strategy, any},
    prop_oneof, proptest,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Row, Table, TableEntity, edm};
use crate::{
    Data, FromInput, IntoOutput, Timestamp,
    payload::round_trips::{bytes, float, newtonsoft, text},
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Thing {
    text: String,
    letter: char,
    flag: bool,
    small: i8,
    int: i64,
    unsigned: u32,
    real: f64,
    half: f32,
    bytes: Bytes,
    time: edm::DateTime,
    guid: edm::Guid,
    plain_time: Timestamp,
    kind: Kind,
    list: Vec<f64>,
    map: BTreeMap<String, Option<i64>>,
    pair: (u64, String),
    maybe_text: Option<String>,
    maybe_int: Option<i64>,
    maybe_time: Option<edm::DateTime>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Plain,
    Sized(i64),
    Named { name: String },
}

/// How the host spells what JSON has several ways for.
#[derive(Clone, Copy, Debug)]
struct Spelling {
    /// Large numbers as text, as OData has them.
    numbers_as_text: bool,
    /// `+00:00` in place of `Z`.
    offset: bool,
}

/// A time as precise as a table keeps it: ticks of 100 ns.
fn time() -> impl Strategy<Value = Timestamp> {
    (-11_644_473_600_i64..253_402_300_000, 0..10_000_000)
        .prop_map(|(second, tick)| Timestamp::new(second, tick * 100).unwrap())
}

/// Any `Edm.Double` that equals itself.
fn real() -> impl Strategy<Value = f64> {
    prop_oneof![9 => float(), 1 => num::f64::INFINITE]
}

fn thing() -> impl Strategy<Value = Thing> {
    let kind = prop_oneof![
        Just(Kind::Plain),
        any::<i64>().prop_map(Kind::Sized),
        text().prop_map(|name| Kind::Named { name }),
    ];
    let guid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    let half = num::f32::NORMAL | num::f32::ZERO;
    (
        (text(), char::any(), any::<bool>()),
        (any::<i8>(), any::<i64>(), any::<u32>(), real(), half),
        (bytes(), time(), guid, time(), kind),
        collection::vec(float(), 0..4),
        collection::btree_map(text(), any::<Option<i64>>(), 0..4),
        (any::<u64>(), text()),
        (option::of(text()), any::<Option<i64>>(), option::of(time())),
    )
        .prop_map(
            |(
                (text, letter, flag),
                (small, int, unsigned, real, half),
                (bytes, time, guid, plain_time, kind),
                list,
                map,
                pair,
                (maybe_text, maybe_int, maybe_time),
            )| Thing {
                text,
                letter,
                flag,
                small,
                int,
                unsigned,
                real,
                half,
                bytes: bytes.into(),
                time: time.into(),
                guid: guid.into(),
                plain_time,
                kind,
                list,
                map,
                pair,
                maybe_text,
                maybe_int,
                maybe_time: maybe_time.map(edm::DateTime),
            },
        )
}

/// Properties whose types only their values say.
fn row() -> impl Strategy<Value = Row> {
    let value = prop_oneof![
        text().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        float().prop_map(Value::from),
    ];
    collection::btree_map("x[a-z0-9]{0,5}", value, 0..5).prop_map(Map::from_iter)
}

fn spelling() -> impl Strategy<Value = Spelling> {
    any::<(bool, bool)>().prop_map(|(numbers_as_text, offset)| Spelling {
        numbers_as_text,
        offset,
    })
}

proptest! {
    // A value that fails belongs into the tables of `tests.rs`.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn typed(key in text(), thing in thing(), spelling in spelling()) {
        let entity = TableEntity::new("p", key, thing);
        let data = stored(entity.clone().into_output().unwrap(), Some(spelling));
        assert_eq!(TableEntity::from_input(data).unwrap(), entity);
    }

    #[test]
    fn typed_queries(things in collection::vec(thing(), 0..3), spelling in spelling()) {
        let mut table = Table::default();
        for thing in things {
            table.push(TableEntity::new("p", "r", thing));
        }
        let data = stored(table.clone().into_output().unwrap(), Some(spelling));
        assert_eq!(Table::from_input(data).unwrap(), table);
    }

    #[test]
    fn untyped(row in row()) {
        let entity = TableEntity::new("p", "r", row);
        let data = stored(entity.clone().into_output().unwrap(), None);
        assert_eq!(TableEntity::from_input(data).unwrap(), entity);
    }
}

/// What the host makes of entities that it was given: the annotations are gone, and so may be the form of some values.
fn stored(data: Data, spelling: Option<Spelling>) -> Data {
    if data.is_none() {
        return data;
    }
    let mut json: Value = data.decode_json().unwrap();
    let rows = match &mut json {
        Value::Array(rows) => rows.as_mut_slice(),
        row => std::slice::from_mut(row),
    };
    for row in rows {
        let members = row.as_object_mut().unwrap();
        members.retain(|name, _| !name.contains("@odata"));
        if let Some(spelling) = spelling {
            for (name, value) in members {
                respell(name, value, spelling);
            }
        }
    }
    Data::json(newtonsoft(&json))
}

fn respell(name: &str, value: &mut Value, spelling: Spelling) {
    if spelling.numbers_as_text && matches!(name, "int" | "unsigned" | "maybe_int") {
        *value = value.to_string().into();
    }
    if spelling.offset
        && matches!(name, "time" | "maybe_time")
        && let Some(time) = value.as_str().and_then(|time| time.strip_suffix('Z'))
    {
        *value = format!("{time}+00:00").into();
    }
}
