//! The types of properties that JSON has no value for.
//!
//! A date and a GUID travel as text. A field of one of these types tells the table which of the two it is, so that filters such
//! as `placed gt datetime'2026-01-01T00:00:00Z'` find it. Elsewhere, in an HTTP response for example, they are plain text.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Unexpected, Visitor},
};

use crate::{Timestamp, time};

/// What the writer of entities knows [`DateTime`] by.
pub(super) const DATE_TIME: &str = "Edm.DateTime";
/// What the writer of entities knows [`Guid`] by.
pub(super) const GUID: &str = "Edm.Guid";

/// A property of the type `Edm.DateTime`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(pub Timestamp);

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(DATE_TIME, &self.0)
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Moment).map(Self)
    }
}

impl From<Timestamp> for DateTime {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

/// A property of the type `Edm.Guid`. `T` is a text, or what a GUID is for you: `uuid::Uuid`, for example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid<T = String>(pub T);

impl<T: Serialize> Serialize for Guid<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(GUID, &self.0)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Guid<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

impl<T> From<T> for Guid<T> {
    fn from(guid: T) -> Self {
        Self(guid)
    }
}

/// Reads a date with or without an offset.
struct Moment;

impl Visitor<'_> for Moment {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        time::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}
