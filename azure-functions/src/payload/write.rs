//! Writing a payload through serde: strings and bytes as they are, everything else as JSON.

use serde::{Serialize, Serializer};
use serde_json::Error;

use super::JSON;

/// The writer of everything that is neither a string nor bytes.
pub(super) type JsonWriter<'a> = serde_json::Serializer<&'a mut Vec<u8>>;

/// A payload that is written as it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Raw {
    Text(String),
    Binary(Vec<u8>),
}

/// A payload to write: into `raw` when it is written as it is, otherwise through `json`.
pub(super) struct Payload<'a, 'b> {
    json: &'a mut JsonWriter<'b>,
    raw: &'a mut Option<Raw>,
}

impl<'a, 'b> Payload<'a, 'b> {
    pub(super) fn new(json: &'a mut JsonWriter<'b>, raw: &'a mut Option<Raw>) -> Self {
        Self { json, raw }
    }
}

type Inner<'a, 'b> = &'a mut JsonWriter<'b>;

macro_rules! as_json {
    ($($method:ident($type:ty))*) => {$(
        fn $method(self, value: $type) -> Result<(), Error> {
            self.json.$method(value)
        }
    )*};
}

impl<'a, 'b> Serializer for Payload<'a, 'b> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = <Inner<'a, 'b> as Serializer>::SerializeSeq;
    type SerializeTuple = <Inner<'a, 'b> as Serializer>::SerializeTuple;
    type SerializeTupleStruct = <Inner<'a, 'b> as Serializer>::SerializeTupleStruct;
    type SerializeTupleVariant = <Inner<'a, 'b> as Serializer>::SerializeTupleVariant;
    type SerializeMap = <Inner<'a, 'b> as Serializer>::SerializeMap;
    type SerializeStruct = <Inner<'a, 'b> as Serializer>::SerializeStruct;
    type SerializeStructVariant = <Inner<'a, 'b> as Serializer>::SerializeStructVariant;

    as_json! {
        serialize_bool(bool)
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128)
        serialize_f32(f32) serialize_f64(f64)
    }

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        *self.raw = Some(Raw::Text(text.to_owned()));
        Ok(())
    }

    fn serialize_char(self, letter: char) -> Result<(), Error> {
        *self.raw = Some(Raw::Text(letter.into()));
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Error> {
        *self.raw = Some(Raw::Binary(bytes.to_vec()));
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.json.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.json.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Error> {
        self.json.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        if name == JSON {
            value.serialize(self.json)
        } else {
            value.serialize(self)
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.json
            .serialize_newtype_variant(name, index, variant, value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        self.json.serialize_seq(len)
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, Error> {
        self.json.serialize_tuple(len)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        self.json.serialize_tuple_struct(name, len)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        self.json.serialize_tuple_variant(name, index, variant, len)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, Error> {
        self.json.serialize_map(len)
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, Error> {
        self.json.serialize_struct(name, len)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        self.json
            .serialize_struct_variant(name, index, variant, len)
    }
}
