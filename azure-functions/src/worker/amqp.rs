//! Application properties as the map of AMQP 1.0 that the host's `Settlement` service takes.

use bytes::{BufMut, Bytes, BytesMut};

use crate::settlement::{Properties, PropertyValue};

/// How .NET counts time.
const NANOSECONDS_PER_TICK: u128 = 100;

/// The properties as a map; none are no bytes at all.
pub(super) fn map(properties: &Properties) -> Bytes {
    if properties.is_empty() {
        return Bytes::new();
    }
    let mut items = BytesMut::new();
    for (name, value) in properties {
        put_text(&mut items, name);
        put_value(&mut items, value);
    }
    let mut map = BytesMut::new();
    map.put_u8(0xD1);
    // The size counts the number of items, which follows it.
    map.put_u32(length(items.len().saturating_add(4)));
    map.put_u32(length(properties.len().saturating_mul(2)));
    map.extend_from_slice(&items);
    map.freeze()
}

fn put_value(out: &mut BytesMut, value: &PropertyValue) {
    match value {
        PropertyValue::Bool(true) => out.put_u8(0x41),
        PropertyValue::Bool(false) => out.put_u8(0x42),
        PropertyValue::Int(number) => {
            out.put_u8(0x71);
            out.put_i32(*number);
        }
        PropertyValue::Long(number) => put_long(out, *number),
        PropertyValue::ULong(number) => {
            out.put_u8(0x80);
            out.put_u64(*number);
        }
        PropertyValue::Double(number) => {
            out.put_u8(0x82);
            out.put_f64(*number);
        }
        PropertyValue::Text(text) => put_text(out, text),
        PropertyValue::Time(time) => {
            out.put_u8(0x83);
            out.put_i64(time.as_millisecond());
        }
        PropertyValue::Duration(duration) => {
            // A described value: the description, then the value.
            out.put_u8(0x00);
            let description = "com.microsoft:timespan";
            out.put_u8(0xB3);
            out.put_u32(length(description.len()));
            out.extend_from_slice(description.as_bytes());
            let ticks = duration.as_nanos() / NANOSECONDS_PER_TICK;
            put_long(out, i64::try_from(ticks).unwrap_or(i64::MAX));
        }
    }
}

fn put_long(out: &mut BytesMut, number: i64) {
    out.put_u8(0x81);
    out.put_i64(number);
}

fn put_text(out: &mut BytesMut, text: &str) {
    out.put_u8(0xB1);
    out.put_u32(length(text.len()));
    out.extend_from_slice(text.as_bytes());
}

/// No message is as long as this can count.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use serde_amqp::{Value, described::Described, descriptor::Descriptor};

    use super::*;
    use crate::Timestamp;

    #[track_caller]
    fn check(value: impl Into<PropertyValue>, expected: Value) {
        let value = value.into();
        let name = "n".repeat(300);
        let properties = [
            (name.clone(), value.clone()),
            ("z".to_owned(), value.clone()),
        ];
        let encoded = map(&Properties::from(properties));
        let decoded: BTreeMap<String, Value> = serde_amqp::from_slice(&encoded).unwrap();
        let expected = BTreeMap::from([(name, expected.clone()), ("z".to_owned(), expected)]);
        assert_eq!(decoded, expected, "{value:?}");
    }

    /// What a decoder that others wrote makes of each.
    #[test]
    fn values() {
        check(true, Value::Bool(true));
        check(false, Value::Bool(false));
        check(-2, Value::Int(-2));
        check(7_u8, Value::Int(7));
        check(u32::MAX, Value::Long(u32::MAX.into()));
        check(i64::MIN, Value::Long(i64::MIN));
        check(u64::MAX, Value::Ulong(u64::MAX));
        check(-0.5, Value::Double((-0.5).into()));
        check(
            "\u{1F980}".repeat(99),
            Value::String("\u{1F980}".repeat(99)),
        );
        check('x', Value::String("x".to_owned()));
        let time = Timestamp::from_millisecond(-1).unwrap();
        check(time, Value::Timestamp((-1).into()));
        let ticks = |ticks| {
            Value::Described(Box::new(Described {
                descriptor: Descriptor::Name("com.microsoft:timespan".into()),
                value: Value::Long(ticks),
            }))
        };
        check(Duration::from_nanos(1_999), ticks(19));
        check(Duration::MAX, ticks(i64::MAX));
    }

    #[test]
    fn nothing() {
        assert_eq!(map(&Properties::new()), "");
    }
}
