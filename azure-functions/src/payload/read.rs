//! Reading a payload through serde: strings and bytes as they are, everything else as JSON.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, IntoDeserializer, Visitor, value::StrDeserializer},
    forward_to_deserialize_any,
};
use serde_json::de::{SliceRead, StrRead};

use super::JSON;

/// Why a payload is not what was asked for.
#[derive(Debug)]
pub(super) struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

/// What a payload is read from: bytes, or a text, which is known to be UTF-8.
pub(super) trait Source<'a>: Copy {
    /// How JSON is read from it.
    type Json: serde_json::de::Read<'a>;

    fn bytes(self) -> &'a [u8];

    fn text(self) -> Result<&'a str, Error>;

    fn json(self) -> serde_json::Deserializer<Self::Json>;
}

impl<'a> Source<'a> for &'a [u8] {
    type Json = SliceRead<'a>;

    fn bytes(self) -> &'a [u8] {
        self
    }

    fn text(self) -> Result<&'a str, Error> {
        str::from_utf8(self).map_err(|error| {
            Error(format!("expected text, but it is not UTF-8 ({error}); take `Bytes` to receive the bytes as they are"))
        })
    }

    fn json(self) -> serde_json::Deserializer<SliceRead<'a>> {
        serde_json::Deserializer::from_slice(self)
    }
}

impl<'a> Source<'a> for &'a str {
    type Json = StrRead<'a>;

    fn bytes(self) -> &'a [u8] {
        self.as_bytes()
    }

    fn text(self) -> Result<&'a str, Error> {
        Ok(self)
    }

    fn json(self) -> serde_json::Deserializer<StrRead<'a>> {
        serde_json::Deserializer::from_str(self)
    }
}

/// A payload to read.
pub(super) struct Payload<S> {
    source: S,
    is_json: bool,
}

impl<'a, S: Source<'a>> Payload<S> {
    /// `is_json` says that the host sent it as JSON, so that a string stands in quotes.
    pub(super) fn new(source: S, is_json: bool) -> Self {
        Self { source, is_json }
    }

    /// Reads all of it as JSON.
    fn json<T>(
        self,
        read: impl FnOnce(&mut serde_json::Deserializer<S::Json>) -> Result<T, serde_json::Error>,
    ) -> Result<T, Error> {
        let mut json = self.source.json();
        let value = read(&mut json)?;
        json.end()?;
        Ok(value)
    }
}

macro_rules! as_json {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.json(|json| json.$method(visitor))
        }
    )*};
}

impl<'de, S: Source<'de>> Deserializer<'de> for Payload<S> {
    type Error = Error;

    as_json! {
        deserialize_any deserialize_bool
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
        deserialize_unit deserialize_seq deserialize_map deserialize_ignored_any
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_json && self.source.bytes().trim_ascii_start().first() == Some(&b'"') {
            return self.json(|json| json.deserialize_str(visitor));
        }
        visitor.visit_borrowed_str(self.source.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_bytes(self.source.bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.json(|json| json.deserialize_unit_struct(name, visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == JSON {
            return self.json(|json| json.deserialize_newtype_struct(name, visitor));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.json(|json| json.deserialize_tuple(len, visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.json(|json| json.deserialize_tuple_struct(name, len, visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.json(|json| json.deserialize_struct(name, fields, visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if matches!(
            self.source.bytes().trim_ascii_start().first(),
            Some(b'"' | b'{')
        ) {
            return self.json(|json| json.deserialize_enum(name, variants, visitor));
        }
        let variant: StrDeserializer<'_, Error> = self.source.text()?.into_deserializer();
        variant.deserialize_enum(name, variants, visitor)
    }
}

/// No value. Only a type that has room for that can be read from it.
pub(super) struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error("no value".to_owned()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Reads what is inside [`Json`](super::Json).
pub(super) struct JsonVisitor<T>(PhantomData<T>);

impl<T> JsonVisitor<T> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for JsonVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}
