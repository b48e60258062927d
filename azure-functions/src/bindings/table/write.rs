//! Writing entities: flat JSON, in which `NAME@odata.type` says the type of what JSON has no value for.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{
    Serialize, Serializer,
    ser::{Error as _, Impossible, SerializeMap, SerializeStruct},
};
use serde_json::{Error, Map, Value, value::Serializer as Json};

use super::{TableEntity, edm};
use crate::BindError;

/// The members that the host takes for something else than a property.
const RESERVED: [&str; 5] = ["PartitionKey", "RowKey", "Timestamp", "ETag", "odata.etag"];

/// The JSON of an entity.
pub(super) fn entity<T: Serialize>(
    entity: &TableEntity<T>,
) -> Result<Map<String, Value>, BindError> {
    let mut members = Map::new();
    let own = [
        ("PartitionKey", Some(&entity.partition_key)),
        ("RowKey", Some(&entity.row_key)),
        ("ETag", entity.etag.as_ref()),
    ];
    for (name, value) in own {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            members.insert(name.to_owned(), value.as_str().into());
        }
    }
    let properties = Properties {
        members: &mut members,
        name: None,
    };
    entity.properties.serialize(properties).map_err(|error| {
        BindError::new(format!(
            "the entity `{}` `{}` cannot be written: {error}",
            entity.partition_key, entity.row_key
        ))
    })?;
    Ok(members)
}

/// Takes the members of a struct or a map.
struct Properties<'a> {
    members: &'a mut Map<String, Value>,
    /// The key of a map whose value comes next.
    name: Option<String>,
}

impl Properties<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Result<(), Error> {
        if RESERVED.iter().any(|own| own.eq_ignore_ascii_case(&name)) {
            return Err(Error::custom(format!(
                "`{name}` is a property of every entity; set the field of `TableEntity`, and give this one another name"
            )));
        }
        let mut kind = None;
        let value = value
            .serialize(Property { kind: &mut kind })
            .map_err(|error| Error::custom(format!("`{name}`: {error}")))?;
        let value = match value {
            // No property.
            Value::Null => return Ok(()),
            Value::Array(_) | Value::Object(_) => value.to_string().into(),
            value => value,
        };
        if let Some(kind) = kind {
            self.members
                .insert(format!("{name}@odata.type"), kind.into());
        }
        self.members.insert(name, value);
        Ok(())
    }
}

fn refused<T>() -> Result<T, Error> {
    Err(Error::custom(
        "the properties of an entity are a struct or a map; take one of these",
    ))
}

macro_rules! refuse {
    ($($method:ident($($type:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$ok, Error> {
            refused()
        }
    )*};
}

type Never = Impossible<(), Error>;

impl Serializer for Properties<'_> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Never;

    refuse! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Never;
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }

    fn serialize_none(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        refused()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        Ok(self)
    }
}

impl SerializeStruct for Properties<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.add(name.to_owned(), value)
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

impl SerializeMap for Properties<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let Value::String(name) = key.serialize(Json)? else {
            return Err(Error::custom("the name of a property is text"));
        };
        self.name = Some(name);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let name = self.name.take().unwrap_or_default();
        self.add(name, value)
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

/// Makes the JSON of a property, and says its type if the JSON does not.
struct Property<'a> {
    kind: &'a mut Option<&'static str>,
}

macro_rules! as_json {
    ($($method:ident($($name:ident: $type:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $($name: $type),*) -> Result<$ok, Error> {
            Json.$method($($name),*)
        }
    )*};
}

impl Serializer for Property<'_> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = <Json as Serializer>::SerializeSeq;
    type SerializeTuple = <Json as Serializer>::SerializeTuple;
    type SerializeTupleStruct = <Json as Serializer>::SerializeTupleStruct;
    type SerializeTupleVariant = <Json as Serializer>::SerializeTupleVariant;
    type SerializeMap = <Json as Serializer>::SerializeMap;
    type SerializeStruct = <Json as Serializer>::SerializeStruct;
    type SerializeStructVariant = <Json as Serializer>::SerializeStructVariant;

    as_json! {
        serialize_bool(value: bool) -> Value;
        serialize_i8(number: i8) -> Value;
        serialize_i16(number: i16) -> Value;
        serialize_i32(number: i32) -> Value;
        serialize_i64(number: i64) -> Value;
        serialize_u8(number: u8) -> Value;
        serialize_u16(number: u16) -> Value;
        serialize_u32(number: u32) -> Value;
        serialize_char(letter: char) -> Value;
        serialize_str(text: &str) -> Value;
        serialize_none() -> Value;
        serialize_unit() -> Value;
        serialize_unit_struct(name: &'static str) -> Value;
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str) -> Value;
        serialize_seq(len: Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(len: usize) -> Self::SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> Self::SerializeTupleVariant;
        serialize_map(len: Option<usize>) -> Self::SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> Self::SerializeStruct;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> Self::SerializeStructVariant;
    }

    fn serialize_u64(self, number: u64) -> Result<Value, Error> {
        match i64::try_from(number) {
            Ok(number) => self.serialize_i64(number),
            Err(_) => Err(Error::custom(format!(
                "`{number}` is above the largest integer of a table; store it as text"
            ))),
        }
    }

    fn serialize_f32(self, number: f32) -> Result<Value, Error> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<Value, Error> {
        if number.is_finite() {
            return Json.serialize_f64(number);
        }
        *self.kind = Some("Edm.Double");
        Ok(Value::from(if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value, Error> {
        *self.kind = Some("Edm.Binary");
        Ok(BASE64.encode(bytes).into())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        if name == edm::DATE_TIME || name == edm::GUID {
            *self.kind = Some(name);
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        Json.serialize_newtype_variant(name, index, variant, value)
    }
}
