//! An entity: two keys, and properties that have types.

use std::fmt;

use jiff::Timestamp;

use super::property::{Property, PropertyError};
use crate::lenient_json::Token;

/// What tells entities of a table apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The partition that the entity is in.
    pub partition: String,
    /// The entity's name in its partition.
    pub row: String,
}

impl Key {
    /// A key of two parts.
    pub fn new(partition: impl Into<String>, row: impl Into<String>) -> Self {
        Self {
            partition: partition.into(),
            row: row.into(),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` `{}`", self.partition, self.row)
    }
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// What tells it apart.
    pub key: Key,
    /// When it was written; the store sets it.
    pub timestamp: Timestamp,
    /// Changes each time it is written; the store sets it.
    pub etag: String,
    /// Its other properties.
    pub properties: Vec<(String, Property)>,
}

/// What to do if the entity exists, or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// It must not exist.
    Insert,
    /// It may exist, and is replaced then.
    InsertOrReplace,
    /// It must exist, with this `ETag`.
    Replace(String),
}

impl Entity {
    /// An entity without properties, not yet written.
    pub fn new(key: Key) -> Self {
        Self {
            key,
            timestamp: Timestamp::UNIX_EPOCH,
            etag: String::new(),
            properties: Vec::new(),
        }
    }

    /// Reads an entity that an output binding wrote, with its keys unless it has its own.
    ///
    /// `NAME@odata.type` says which type the property `NAME` has; without it the JSON does. The `ETag` says how to write it:
    /// none inserts it, `*` inserts or replaces it, any other replaces the one that has it.
    ///
    /// # Errors
    ///
    /// A key is missing, or a property has a value that its type does not have.
    pub fn read(
        members: Vec<(String, Token)>,
        partition: Option<&str>,
        row: Option<&str>,
    ) -> Result<(Self, Write), PropertyError> {
        let (types, members): (Vec<_>, Vec<_>) = members
            .into_iter()
            .partition(|(name, _)| name.ends_with(TYPE));
        let mut keys = [partition, row].map(|key| key.map(str::to_owned));
        let [partition, row] = &mut keys;
        let mut write = Write::Insert;
        let mut properties = Vec::new();
        for (name, token) in members {
            let is = |own: &str| name.eq_ignore_ascii_case(own);
            if is("PartitionKey") || is("RowKey") {
                let Token::String(text) = token else {
                    return Err(PropertyError::new(&name, "a text", &token));
                };
                *(if is("RowKey") {
                    &mut *row
                } else {
                    &mut *partition
                }) = Some(text);
            } else if is("ETag") || is("odata.etag") {
                write = match token.text() {
                    text if text.is_empty() => Write::Insert,
                    text if text == "*" => Write::InsertOrReplace,
                    text => Write::Replace(text),
                };
            } else if !is("Timestamp") {
                let annotation = types
                    .iter()
                    .find(|(annotated, _)| annotated.strip_suffix(TYPE) == Some(&name))
                    .map(|(_, kind)| kind.text());
                if let Some(value) = Property::read(&name, token, annotation.as_deref())? {
                    properties.push((name, value));
                }
            }
        }
        let [Some(partition), Some(row)] = keys else {
            return Err(PropertyError::NoKey);
        };
        let entity = Self {
            properties,
            ..Self::new(Key { partition, row })
        };
        Ok((entity, write))
    }

    /// The JSON that an input binding hands over, where neither the time nor the `ETag` stands.
    pub fn token(&self) -> Token {
        let keys = [
            ("PartitionKey", &self.key.partition),
            ("RowKey", &self.key.row),
        ];
        let keys = keys.map(|(name, key)| (name.to_owned(), Token::String(key.clone())));
        let properties = self.properties.iter();
        let properties = properties.map(|(name, value)| (name.clone(), value.token()));
        Token::Object(keys.into_iter().chain(properties).collect())
    }

    /// The property of this name, keys and time included.
    pub(super) fn property(&self, name: &str) -> Option<Property> {
        match name {
            "PartitionKey" => Some(Property::String(self.key.partition.clone())),
            "RowKey" => Some(Property::String(self.key.row.clone())),
            "Timestamp" => Some(Property::DateTime(self.timestamp)),
            _ => {
                let mut properties = self.properties.iter();
                let found = properties.find(|(own, _)| own == name);
                found.map(|(_, value)| value.clone())
            }
        }
    }

    /// How many bytes it takes, about as the service counts them.
    pub(super) fn size(&self) -> usize {
        let texts = [&self.key.partition, &self.key.row];
        let texts = texts.map(|text| 2 * text.len()).into_iter();
        let properties = self.properties.iter();
        let properties = properties.map(|(name, value)| 2 * name.len() + value.size());
        texts.chain(properties).fold(0, usize::saturating_add)
    }
}

/// What the name of a property ends with that says the type of another.
const TYPE: &str = "@odata.type";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Entity, Token, Write};
    use crate::lenient_json::{self, Dates};

    fn read(json: &Value) -> Result<(Entity, Write), String> {
        let token = lenient_json::tokens(&json.to_string(), Dates::Keep).unwrap();
        let Token::Object(members) = token else {
            panic!("{json}");
        };
        Entity::read(members, Some("p"), None).map_err(|error| error.to_string())
    }

    #[test]
    fn an_entity_is_handed_over_as_it_was_written() {
        for (written, read_again) in [
            (
                json!({ "RowKey": "r", "s": "2026-01-02", "b": true, "i": -7, "d": 1.0, "n": null }),
                json!({ "PartitionKey": "p", "RowKey": "r", "s": "2026-01-02", "b": true, "i": -7, "d": 1.0 }),
            ),
            (
                json!({ "partitionkey": "q", "ROWKEY": "", "o": { "a": [1] }, "Timestamp": "x" }),
                json!({ "PartitionKey": "q", "RowKey": "", "o": "{\n  \"a\": [\n    1\n  ]\n}" }),
            ),
            (
                json!({
                    "RowKey": "r",
                    "l": "9223372036854775807", "l@odata.type": "Edm.Int64",
                    "i": "5", "i@odata.type": "Edm.Int32",
                    "d": 3, "d@odata.type": "Edm.Double",
                    "t": "2026-01-02T03:04:05.678Z", "t@odata.type": "Edm.DateTime",
                    "g": "00000000-0000-0000-0000-00000000000A", "g@odata.type": "Edm.Guid",
                    "y": "AAE=", "y@odata.type": "Edm.Binary",
                    "b": "True", "b@odata.type": "Edm.Boolean",
                    "s": 5, "s@odata.type": "Edm.String",
                    "x@odata.type": "Edm.Guid",
                }),
                json!({
                    "PartitionKey": "p", "RowKey": "r",
                    "l": i64::MAX, "i": 5, "d": 3.0, "t": "2026-01-02T03:04:05.678+00:00",
                    "g": "00000000-0000-0000-0000-00000000000a", "y": "AAE=", "b": true, "s": "5",
                }),
            ),
        ] {
            let (entity, _) = read(&written).unwrap();
            assert_eq!(Value::from(entity.token()), read_again, "{written}");
        }
    }

    #[test]
    fn the_etag_says_how_to_write() {
        for (json, write) in [
            (json!({ "RowKey": "r" }), Write::Insert),
            (json!({ "RowKey": "r", "ETag": "" }), Write::Insert),
            (
                json!({ "RowKey": "r", "etag": "*" }),
                Write::InsertOrReplace,
            ),
            (
                json!({ "RowKey": "r", "odata.etag": "W/1" }),
                Write::Replace("W/1".to_owned()),
            ),
        ] {
            assert_eq!(read(&json).unwrap().1, write, "{json}");
        }
    }

    #[test]
    fn what_is_no_entity_is_refused() {
        for (json, reason) in [
            (
                json!({ "a": 1 }),
                "the entity has no `PartitionKey` or no `RowKey`; give it both, or set them for the binding",
            ),
            (
                json!({ "RowKey": 5 }),
                "the property `RowKey` is `5`, but it must be a text",
            ),
            (
                json!({ "RowKey": "r", "a": 1_u64 << 63 }),
                "the property `a` is `9223372036854775808`, but it must be a number of 64 bits",
            ),
            (
                json!({ "RowKey": "r", "a": "x", "a@odata.type": "Edm.Guid" }),
                "the property `a` is `\"x\"`, but it must be Edm.Guid",
            ),
            (
                json!({ "RowKey": "r", "a": "x", "a@odata.type": "Edm.Byte" }),
                "the property `a` has the type `Edm.Byte`; use one of those of `Edm` that tables have",
            ),
        ] {
            assert_eq!(read(&json), Err(reason.to_owned()));
        }
    }
}
