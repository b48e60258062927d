//! Messages of the protocol that are read where they lie.
//!
//! Most of an invocation is not asked for: headers, claims, what the host knows of a queue message. So it is not decoded
//! into maps and strings. [`fields`] walks over a message, and what someone asks for is a slice of the frame that it came
//! in. All tables of a worker's protocol are maps of the same form, see [`entries`].

use bytes::{BufMut, Bytes};
use prost::length_delimiter_len;

/// How the content of a field is written: the last three bits of its key.
const NUMBER: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const BYTES: u64 = 2;
const FOUR_BYTES: u64 = 5;

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The content of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Field<'a> {
    /// A number of variable length.
    Number(u64),
    /// A number of eight bytes.
    Fixed(u64),
    /// A text, bytes or a message.
    Bytes(&'a [u8]),
}

/// The fields of a message with their numbers, in the order in which they were written.
pub(crate) fn fields(message: &[u8]) -> Fields<'_> {
    Fields(message)
}

/// See [`fields`].
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    #[inline]
    fn read(&mut self) -> Result<(u32, Field<'a>), Malformed> {
        let key = self.number()?;
        let number = u32::try_from(key >> 3).map_err(|_| Malformed)?;
        if number == 0 {
            return Err(Malformed);
        }
        let field = match key & 7 {
            NUMBER => Field::Number(self.number()?),
            BYTES => {
                let length = self.number()?;
                Field::Bytes(self.take(usize::try_from(length).map_err(|_| Malformed)?)?)
            }
            EIGHT_BYTES => {
                let bytes = self.take(8)?.try_into().map_err(|_| Malformed)?;
                Field::Fixed(u64::from_le_bytes(bytes))
            }
            FOUR_BYTES => {
                let bytes = self.take(4)?.try_into().map_err(|_| Malformed)?;
                Field::Fixed(u32::from_le_bytes(bytes).into())
            }
            _ => return Err(Malformed),
        };
        Ok((number, field))
    }

    /// A number: seven bits in each byte, and one that says whether there are more.
    #[inline]
    fn number(&mut self) -> Result<u64, Malformed> {
        if let Some((&byte, rest)) = self.0.split_first()
            && byte < 0x80
        {
            self.0 = rest;
            return Ok(byte.into());
        }
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(Malformed)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Malformed)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(bytes)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Field<'a>), Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.read();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

/// What the fields with this number hold. Behind something malformed there are none.
pub(crate) fn all(message: &[u8], number: u32) -> impl Iterator<Item = &[u8]> {
    fields(message)
        .map_while(Result::ok)
        .filter_map(move |field| match field {
            (found, Field::Bytes(bytes)) if found == number => Some(bytes),
            _ => None,
        })
}

/// What the field with this number holds: of several the last.
pub(crate) fn last(message: &[u8], number: u32) -> Option<&[u8]> {
    all(message, number).last()
}

/// The text of the field with this number; an empty one if there is none.
pub(crate) fn text(message: &[u8], number: u32) -> Result<&str, Malformed> {
    str::from_utf8(last(message, number).unwrap_or_default()).map_err(|_| Malformed)
}

/// The keys and values of the map with this number.
pub(crate) fn entries(message: &[u8], number: u32) -> impl Iterator<Item = (&[u8], &[u8])> {
    all(message, number).map(|entry| {
        let (mut key, mut value) = Default::default();
        for field in fields(entry).map_while(Result::ok) {
            match field {
                (1, Field::Bytes(bytes)) => key = bytes,
                (2, Field::Bytes(bytes)) => value = bytes,
                _ => {}
            }
        }
        (key, value)
    })
}

/// The part of `frame` that `part` borrows.
pub(crate) fn slice(frame: &Bytes, part: &[u8]) -> Bytes {
    if part.is_empty() {
        return Bytes::new();
    }
    frame.slice_ref(part)
}

/// Writes the key of a field and the length of what it holds.
pub(crate) fn put_head(number: u32, length: usize, out: &mut impl BufMut) {
    put_number(u64::from(number) << 3 | BYTES, out);
    put_number(length as u64, out);
}

/// Writes a text, bytes or a message.
pub(crate) fn put(number: u32, bytes: &[u8], out: &mut impl BufMut) {
    put_head(number, bytes.len(), out);
    out.put_slice(bytes);
}

/// Writes an entry of a map.
pub(crate) fn put_entry(number: u32, key: &[u8], value: &[u8], out: &mut impl BufMut) {
    put_head(number, length(1, key.len()) + length(2, value.len()), out);
    put(1, key, out);
    put(2, value, out);
}

/// How long a field is that holds so many bytes.
pub(crate) fn length(number: u32, bytes: usize) -> usize {
    let key = (number << 3) as usize;
    length_delimiter_len(key) + length_delimiter_len(bytes) + bytes
}

fn put_number(mut number: u64, out: &mut impl BufMut) {
    while number >= 0x80 {
        out.put_u8((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.put_u8((number & 0x7f) as u8);
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use azure_functions_shared::rpc::{RetryContext, RpcTraceContext};
    use prost::Message as _;

    use super::{Field, Malformed, entries, fields, length, put_entry, text};

    #[test]
    fn reads_what_prost_writes() {
        let trace = RpcTraceContext {
            trace_parent: "p".repeat(200),
            baggage: HashMap::from([("k".to_owned(), "v".to_owned())]),
            ..RpcTraceContext::default()
        };
        let message = trace.encode_to_vec();
        assert_eq!(text(&message, 1), Ok("p".repeat(200).as_str()));
        assert_eq!(text(&message, 2), Ok(""));
        let baggage: Vec<_> = entries(&message, 4).collect();
        assert_eq!(baggage, [(&b"k"[..], &b"v"[..])]);

        let mut written = Vec::new();
        put_entry(4, b"k", b"v", &mut written);
        assert_eq!(written, message[message.len() - written.len()..]);
        assert_eq!(written.len(), length(4, 6));

        let retry = RetryContext {
            retry_count: 300,
            ..RetryContext::default()
        };
        let message = retry.encode_to_vec();
        let found: Vec<_> = fields(&message).collect();
        assert_eq!(found, [Ok((1, Field::Number(300)))]);
    }

    #[test]
    fn malformed() {
        for message in [
            &b"\x0a"[..],                                    // a length is missing
            b"\x0a\x02a",                                    // a byte is missing
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", // a length that no machine has
            b"\x08\xff",                                     // a number without its end
            b"\x09\x01",                                     // a number of eight bytes with one
            b"\x0b\x0c",                                     // a group
            b"\x00\x01",                                     // a field 0
        ] {
            let found: Vec<_> = fields(message).collect();
            assert_eq!(found, [Err(Malformed)], "{message:?}");
        }
        assert_eq!(text(b"\x0a\x01\xff", 1), Err(Malformed));
    }
}
