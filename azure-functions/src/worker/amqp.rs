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
    use std::time::Duration;

    use super::*;
    use crate::Timestamp;

    #[track_caller]
    fn check(value: impl Into<PropertyValue>, expected: &[u8]) {
        let value = value.into();
        let encoded = map(&Properties::from([("n".to_owned(), value.clone())]));
        let size = u8::try_from(expected.len() + 10).unwrap();
        let head = [0xD1, 0, 0, 0, size, 0, 0, 0, 2, 0xB1, 0, 0, 0, 1, b'n'];
        assert_eq!(encoded, [&head[..], expected].concat(), "{value:?}");
    }

    /// The codes are those of part 1.6 of the AMQP 1.0 standard.
    #[test]
    fn values() {
        check(true, &[0x41]);
        check(false, &[0x42]);
        check(-2, &[0x71, 255, 255, 255, 254]);
        check(7_u8, &[0x71, 0, 0, 0, 7]);
        check(1_i64 << 32, &[0x81, 0, 0, 0, 1, 0, 0, 0, 0]);
        check(u64::MAX, &[0x80, 255, 255, 255, 255, 255, 255, 255, 255]);
        check(1.0, &[0x82, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0]);
        check("é", &[0xB1, 0, 0, 0, 2, 0xC3, 0xA9]);
        check('x', &[0xB1, 0, 0, 0, 1, b'x']);
        let second = Timestamp::from_second(1).unwrap();
        check(second, &[0x83, 0, 0, 0, 0, 0, 0, 3, 0xE8]);
        let mut span = vec![0, 0xB3, 0, 0, 0, 22];
        span.extend_from_slice(b"com.microsoft:timespan");
        span.extend_from_slice(&[0x81, 0, 0, 0, 0, 0, 0, 0, 10]);
        check(Duration::from_micros(1), &span);
        assert_eq!(map(&Properties::new()), "");
    }
}
