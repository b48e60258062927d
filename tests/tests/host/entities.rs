//! Entities that a function writes, as the host keeps them, and as a function reads them again.

use std::collections::BTreeMap;

use azure_functions::{
    Bytes, Data, FromInput as _, IntoOutput as _, Timestamp,
    bindings::{TableEntity, table::edm},
};
use azure_functions_host::{
    lenient_json::{self, Dates, Token},
    store::{Entity, Property},
};
use proptest::{
    collection, option,
    prelude::{Just, ProptestConfig, Strategy, any, prop_assert_eq},
    prop_oneof, proptest,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Plain,
    Sized(i64),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    text: String,
    flag: bool,
    small: i8,
    int: i64,
    unsigned: u32,
    real: f64,
    half: f32,
    bytes: Bytes,
    time: edm::DateTime,
    guid: edm::Guid,
    kind: Kind,
    list: Vec<i64>,
    map: BTreeMap<String, Option<bool>>,
    some: Option<String>,
}

/// Any text, those that look like something else among them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just("2026-01-02T03:04:05Z".to_owned()),
        Just("[1]".to_owned()),
        Just("null".to_owned()),
    ]
}

fn row() -> impl Strategy<Value = Row> {
    let numbers = (
        any::<i8>(),
        any::<i64>(),
        any::<u32>(),
        prop_oneof![proptest::num::f64::ANY, Just(3.0)]
            .prop_filter("a number", |real| !real.is_nan()),
        any::<f32>(),
    );
    let special = (
        collection::vec(any::<u8>(), 0..5),
        // The range of a table's dates, in the host's resolution.
        -62_135_596_800_i64..253_402_207_200,
        0_i32..10_000_000,
        any::<u128>(),
    );
    let nested = (
        prop_oneof![Just(Kind::Plain), any::<i64>().prop_map(Kind::Sized)],
        collection::vec(any::<i64>(), 0..3),
        collection::btree_map(text(), any::<Option<bool>>(), 0..3),
        option::of(text()),
    );
    (text(), any::<bool>(), numbers, special, nested).prop_map(
        |(text, flag, (small, int, unsigned, real, half), (bytes, second, tick, guid), nested)| {
            let (kind, list, map, some) = nested;
            Row {
                text,
                flag,
                small,
                int,
                unsigned,
                real,
                half,
                bytes: bytes.into(),
                time: edm::DateTime(Timestamp::new(second, tick * 100).unwrap()),
                guid: edm::Guid(uuid::Uuid::from_u128(guid).to_string()),
                kind,
                list,
                map,
                some,
            }
        },
    )
}

/// What the host keeps of an entity on its way to a function.
fn keep(data: Data) -> Entity {
    let json: serde_json::Value = data.decode_json().unwrap();
    match lenient_json::tokens(&json.to_string(), Dates::Keep) {
        Ok(Token::Object(members)) => Entity::read(members, None, None).unwrap().0,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn entities_are_read_as_they_were_written(row in row()) {
        let entity = TableEntity::new("p", "r", row);
        let kept = keep(entity.clone().into_output().unwrap());
        let read = Data::json(kept.token().compact());
        prop_assert_eq!(TableEntity::<Row>::from_input(read).unwrap(), entity.clone());

        // In the table each property has the type that its field says.
        let kind = |name: &str| {
            let property = kept.properties.iter().find(|(own, _)| own == name);
            property.map(|(_, value)| std::mem::discriminant(value))
        };
        let same = |value: &Property| Some(std::mem::discriminant(value));
        prop_assert_eq!(kind("text"), same(&Property::String(String::new())));
        prop_assert_eq!(kind("small"), same(&Property::Int64(0)));
        prop_assert_eq!(kind("int"), same(&Property::Int64(0)));
        prop_assert_eq!(kind("real"), same(&Property::Double(0.0)));
        prop_assert_eq!(kind("half"), same(&Property::Double(0.0)));
        prop_assert_eq!(kind("flag"), same(&Property::Boolean(false)));
        prop_assert_eq!(kind("bytes"), same(&Property::Binary(Bytes::new())));
        prop_assert_eq!(kind("time"), same(&Property::DateTime(Timestamp::UNIX_EPOCH)));
        prop_assert_eq!(kind("guid"), same(&Property::Guid(uuid::Uuid::nil())));
    }
}
