//! One binding of a function, read from its JSON.

use azure_functions_shared::names::is_binding_name;
pub use azure_functions_shared::rpc::binding_info::{DataType, Direction};
use serde_json::{Map, Value};

use crate::lenient_json;

/// A binding as the worker declared it.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The name of the parameter, or `$return`.
    pub name: String,
    /// The type, in the case in which it was written; [`Binding::is`] compares it.
    pub kind: String,
    /// Whether it is read or written.
    pub direction: Direction,
    /// How the payload is to arrive.
    pub data_type: DataType,
    /// Whether one or many payloads arrive at once.
    pub cardinality: Cardinality,
    /// The name of the setting that holds the connection.
    pub connection: Option<String>,
    /// All members, those above included.
    pub properties: Map<String, Value>,
}

/// Whether one or many payloads arrive at once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cardinality {
    /// One payload an invocation.
    #[default]
    One,
    /// A batch an invocation.
    Many,
}

impl Binding {
    /// Reads one entry of a function's `raw_bindings`; comments and single quotes are good.
    pub(super) fn parse(json: &str) -> Result<Self, String> {
        let value = lenient_json::parse(json)
            .map_err(|error| format!("a binding is not JSON ({error}): send a JSON object"))?;
        let Value::Object(properties) = value else {
            return Err(format!(
                "a binding is not a JSON object but `{value}`: send a JSON object"
            ));
        };
        let text = |key| find(&properties, key).and_then(scalar);
        let name = text("name").unwrap_or_default();
        let direction = match text("direction") {
            None => Direction::In,
            Some(text) => choose(&text, &DIRECTIONS)
                .ok_or_else(|| format!("'{text}' is not a valid binding direction."))?,
        };
        let data_type = match text("dataType") {
            None => DataType::Undefined,
            Some(text) => choose(&text, &DATA_TYPES).ok_or_else(|| {
                format!("'{text}' is not a data type: use `string`, `binary` or `stream`")
            })?,
        };
        let cardinality = match text("cardinality") {
            None => Cardinality::One,
            Some(text) => choose(&text, &CARDINALITIES)
                .ok_or_else(|| format!("'{text}' is not a cardinality: use `one` or `many`"))?,
        };
        let kind = text("type")
            .ok_or_else(|| format!("the binding '{name}' has no type: give it a `type`"))?;
        Ok(Self {
            name,
            kind,
            direction,
            data_type,
            cardinality,
            connection: text("connection"),
            properties,
        })
    }

    /// Checks the name, in the host's own words.
    pub(super) fn check_name(&self) -> Result<(), String> {
        if !is_binding_name(&self.name) {
            return Err(format!(
                "The binding name {} is invalid. Please assign a valid name to the binding.",
                self.name
            ));
        }
        if self.is_return() && self.direction != Direction::Out {
            return Err("$return bindings must specify a direction of 'out'.".to_owned());
        }
        Ok(())
    }

    /// Says whether the binding is of this type, in any case.
    pub fn is(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    /// Says whether the binding takes the function's return value.
    pub fn is_return(&self) -> bool {
        self.name == azure_functions_shared::names::RETURN
    }

    /// Says whether the binding triggers its function: its type ends with `Trigger`, and it is no output.
    pub fn is_trigger(&self) -> bool {
        const SUFFIX: &str = "trigger";
        let start = self.kind.len().saturating_sub(SUFFIX.len());
        let suffix = self.kind.get(start..);
        self.direction != Direction::Out
            && suffix.is_some_and(|text| text.eq_ignore_ascii_case(SUFFIX))
    }

    /// The member of this name, in any case, unless it is null.
    pub fn get(&self, key: &str) -> Option<&Value> {
        find(&self.properties, key)
    }

    /// The text of a member.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// The truth value of a member, which may also be written as text.
    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The whole number of a member, which may also be written as text.
    pub fn number(&self, key: &str) -> Option<i64> {
        match self.get(key)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

const DIRECTIONS: [(&str, Direction); 3] = [
    ("in", Direction::In),
    ("out", Direction::Out),
    ("inout", Direction::Inout),
];

const DATA_TYPES: [(&str, DataType); 4] = [
    ("undefined", DataType::Undefined),
    ("string", DataType::String),
    ("binary", DataType::Binary),
    ("stream", DataType::Stream),
];

const CARDINALITIES: [(&str, Cardinality); 2] =
    [("one", Cardinality::One), ("many", Cardinality::Many)];

/// The choice of this name, in any case, or of this number.
fn choose<T: Copy>(text: &str, choices: &[(&str, T)]) -> Option<T> {
    let at = text.parse::<usize>().ok();
    choices
        .iter()
        .enumerate()
        .find(|(number, (name, _))| name.eq_ignore_ascii_case(text) || at == Some(*number))
        .map(|(_, (_, choice))| *choice)
}

/// The last member of this name, in any case, unless it is null.
fn find<'a>(properties: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    let exact = properties.get(key);
    exact
        .or_else(|| {
            let mut members = properties.iter();
            let found = members.rfind(|(name, _)| name.eq_ignore_ascii_case(key));
            found.map(|(_, value)| value)
        })
        .filter(|value| !value.is_null())
}

/// The text of anything but an array, an object or null.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Binding, Cardinality, DataType, Direction};

    #[test]
    fn members_in_any_case() {
        let json = "{'NAME':'q', /* c */ 'Type':'QueueTRIGGER', 'queuename':'in', 'DATATYPE':'Binary', \
                    'cardinality':'MANY', 'runOnStartup':'True', 'batch':'7', 'Connection':'C', 'none':null}";
        let binding = Binding::parse(json).unwrap();
        assert_eq!(binding.name, "q");
        assert!(binding.is("queueTrigger") && binding.is_trigger());
        assert_eq!(binding.direction, Direction::In);
        assert_eq!(binding.data_type, DataType::Binary);
        assert_eq!(binding.cardinality, Cardinality::Many);
        assert_eq!(binding.connection.as_deref(), Some("C"));
        assert_eq!(binding.text("queueName"), Some("in"));
        assert_eq!(binding.flag("RunOnStartup"), Some(true));
        assert_eq!(binding.number("Batch"), Some(7));
        assert_eq!(binding.get("none"), None);
    }

    #[test]
    fn bad_bindings() {
        for (json, message) in [
            ("[]", "is not a JSON object"),
            ("{", "is not JSON"),
            (r#"{"name":"a"}"#, "'a' has no type"),
            (
                r#"{"type":"a","direction":"up"}"#,
                "'up' is not a valid binding direction",
            ),
            (
                r#"{"type":"a","direction":3}"#,
                "'3' is not a valid binding direction",
            ),
            (
                r#"{"type":"a","cardinality":"few"}"#,
                "'few' is not a cardinality",
            ),
        ] {
            let error = Binding::parse(json).unwrap_err();
            assert!(error.contains(message), "{json}: {error}");
        }
    }
}
