//! Binding templates with their data, and `%SETTING%` names.

use std::collections::BTreeMap;

use azure_functions_host::{
    binding_data::{BindingData, Object, PropertyError, Value},
    dotnet::{DateTime, FormatError, Kind, eq_ignore_case},
    expression::{ResolveError, SettingError, System, Template, TemplateError, resolve_settings},
    lenient_json::{self, Dates, Token},
};
use jiff::{
    Zoned, civil,
    fmt::temporal::Pieces,
    tz::{Offset, TimeZone},
};
use serde::Deserialize;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::support::{Difference, Outcome, rows};

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Row {
    Binding(Binding),
    Name(Name),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Binding {
    template: String,
    data_keys: String,
    #[serde(default)]
    ignore_case: bool,
    data: serde_json::Map<String, Json>,
    types: BTreeMap<String, String>,
    sys: bool,
    #[serde(default)]
    parameters: Vec<String>,
    contract_error: Option<String>,
    result: Option<String>,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Name {
    text: Option<String>,
    settings: BTreeMap<String, String>,
    result: Option<String>,
    error: Option<String>,
}

const ORDINAL: &str =
    "the host's own binding data ignores case; only a test of its library has other data";

const DIFFERENCES: &[Difference] = &[
    ("{NAME} ordinal", ORDINAL),
    ("{nAmE}.{Ext} ordinal", ORDINAL),
    ("{NAME} ordinal, ignoring case", ORDINAL),
    ("{nAmE}.{Ext} ordinal, ignoring case", ORDINAL),
    ("{name} ordinal, ignoring case, of a twin", ORDINAL),
    ("null", "a string of Rust is never null"),
];

const NOW: &str = "2026-02-07T13:04:05.1234567Z";
const GUID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// What the recording has for a value that changes with each run, and its text for `NOW` and `GUID`.
const MARKERS: &[(&str, &str)] = &[
    ("<utc yyyy-MM-ddTHH-mm-ssK>", "2026-02-07T13-04-05Z"),
    ("<utc yyyy-MM-ddTHH:mm:ss.fffffffZ>", NOW),
    ("<utc yyyy-MM-ddTHH:mm>", "2026-02-07T13:04"),
    ("<utc yyyy-MM-dd>", "2026-02-07"),
    ("<utc yyyyMMddHH>", "2026020713"),
    ("<utc yyyy>", "2026"),
    ("<utc MM>", "02"),
    ("<utc dd>", "07"),
    ("<guid D>", GUID),
    ("<guid N>", "0f8fad5bd9cb469fa16570867728950e"),
    ("<guid B>", "{0f8fad5b-d9cb-469f-a165-70867728950e}"),
    ("<guid P>", "(0f8fad5b-d9cb-469f-a165-70867728950e)"),
    (
        "<guid X>",
        "{0x0f8fad5b,0xd9cb,0x469f,{0xa1,0x65,0x70,0x86,0x77,0x28,0x95,0x0e}}",
    ),
];

#[test]
fn expressions() {
    let mut outcome = Outcome::new();
    for row in rows::<Row>("expressions.jsonl") {
        match row {
            Row::Binding(row) => outcome.case(row.key(), row.difference()),
            Row::Name(row) => outcome.case(
                row.text.clone().unwrap_or_else(|| "null".to_owned()),
                row.difference(),
            ),
        }
    }
    outcome.finish(DIFFERENCES);
}

impl Binding {
    fn key(&self) -> String {
        let ordinal = if self.data_keys == "ordinal" {
            " ordinal"
        } else {
            ""
        };
        let ignoring = if self.ignore_case {
            ", ignoring case"
        } else {
            ""
        };
        let twin = if self.data.contains_key("NAME") {
            ", of a twin"
        } else {
            ""
        };
        format!("{}{ordinal}{ignoring}{twin}", self.template)
    }

    fn difference(&self) -> Option<String> {
        let wanted = self.result.as_ref().map_or_else(
            || Err(self.error.clone().unwrap_or_default()),
            |result| Ok(with_markers(result)),
        );
        let template = match Template::parse(&self.template) {
            Ok(template) => template,
            Err(error) => {
                let error = Err(template_error(&error));
                return (error != wanted).then(|| format!("{error:?}, not {wanted:?}"));
            }
        };
        let parameters: Vec<_> = template.parameters().collect();
        if parameters != self.parameters {
            return Some(format!("parameters {parameters:?}"));
        }
        let data: BindingData = self
            .data
            .iter()
            .map(|(name, value)| {
                let kind = self.types.get(name).expect("each value has a type");
                (name, value_of(kind, value))
            })
            .collect();
        let unresolvable = template
            .unresolvable(|name| data.get(name).is_some())
            .map(|name| format!("'{name}'"));
        let contract = match (&unresolvable, &self.contract_error) {
            (Some(name), Some(error)) => error.contains(name),
            (None, None) => true,
            _ => false,
        };
        if !contract {
            return Some(format!("unresolvable {unresolvable:?}"));
        }
        let system = System {
            now: NOW.parse().expect("a time"),
            method_name: self.sys.then_some("MyFunction"),
            new_guid: &|| Uuid::parse_str(GUID).expect("a GUID"),
        };
        let result = template
            .resolve(&data, &system)
            .map_err(|error| resolve_error(&error));
        (result != wanted).then(|| format!("{result:?}, not {wanted:?}"))
    }
}

impl Name {
    fn difference(&self) -> Option<String> {
        let text = self.text.as_deref().unwrap_or_default();
        let lookup = |name: &str| {
            self.settings
                .iter()
                .find(|(known, _)| eq_ignore_case(known, name))
                .map(|(_, value)| value.clone())
        };
        let (result, error) = match resolve_settings(text, lookup) {
            Ok(result) => (Some(result), None),
            Err(error) => (None, Some(setting_error(&error))),
        };
        (result != self.result || error != self.error).then(|| format!("{result:?} {error:?}"))
    }
}

fn with_markers(text: &str) -> String {
    MARKERS
        .iter()
        .fold(text.to_owned(), |text, (marker, value)| {
            text.replace(marker, value)
        })
}

/// The host's words for an error of ours.
pub(crate) fn template_error(error: &TemplateError) -> String {
    match error {
        TemplateError::Unclosed { template, position } => format!(
            "FormatException: Invalid template '{template}'. Missing closing bracket at position {position}."
        ),
        TemplateError::Unopened { template, position } => format!(
            "FormatException: Invalid template '{template}'. Missing opening bracket at position {position}."
        ),
        TemplateError::Empty { template, position } => format!(
            "FormatException: Invalid template '{template}'. The parameter name at position {position} is empty."
        ),
        TemplateError::Expression {
            template,
            expression,
        } => format!(
            "FormatException: Invalid template '{template}'. Invalid template expression '{expression}"
        ),
        TemplateError::Name { template, name } => format!(
            "FormatException: Invalid template '{template}'. The parameter name '{name}' is invalid."
        ),
        TemplateError::Dots { .. } => {
            "InvalidOperationException: Illegal expression: System.String[]".to_owned()
        }
    }
}

fn resolve_error(error: &ResolveError) -> String {
    match error {
        ResolveError::Missing(name) => {
            format!("InvalidOperationException: No value for named parameter '{name}'.")
        }
        ResolveError::Member { member, error, .. } => {
            let reason = match error {
                PropertyError::Missing => "property doesn't exist.",
                PropertyError::Null => "Object reference not set to an instance of an object.",
                PropertyError::Indexed => "Parameter count mismatch.",
            };
            format!("InvalidOperationException: Error while accessing '{member}': {reason}")
        }
        ResolveError::Format(FormatError::Date(_)) => {
            "FormatException: Input string was not in a correct format.".to_owned()
        }
        ResolveError::Format(FormatError::Guid(_)) => {
            "FormatException: Format string can be only \"D\", \"d\", \"N\", \"n\", \"P\", \"p\", \"B\", \"b\", \
             \"X\" or \"x\"."
                .to_owned()
        }
    }
}

fn setting_error(error: &SettingError) -> String {
    match error {
        SettingError::Missing(name) => {
            format!("InvalidOperationException: '%{name}%' does not resolve to a value.")
        }
        SettingError::Unclosed { position, .. } => format!(
            "InvalidOperationException: The '%' at position {} does not have a closing '%'",
            position - 1
        ),
    }
}

/// The value that the recorder made of a type's name and some JSON.
fn value_of(kind: &str, json: &Json) -> Value {
    let text = json.as_str().unwrap_or_default();
    match kind {
        "null" => Value::Null,
        "string" | "Char" => Value::String(text.to_owned()),
        "Int16" | "Int32" | "Int64" | "Byte" | "UInt32" | "UInt64" => {
            Value::Integer(json.to_string().parse().expect("an integer"))
        }
        "DayOfWeek" if text == "Monday" => Value::Integer(1),
        "Boolean" => Value::Bool(json.as_bool().expect("a truth value")),
        "Double" => Value::Double(json.as_f64().expect("a number")),
        "Single" | "Decimal" | "TimeSpan" | "String[]" | "Byte[]" => Value::Other(token_of(json)),
        "DateTime.Utc" => date(text, Kind::Utc),
        "DateTime.Unspecified" => date(text, Kind::Unspecified),
        "DateTime.Local" => date(text, Kind::Local(Offset::UTC)),
        "DateTimeOffset" => Value::DateTimeOffset(zoned(text)),
        "Guid" => Value::Guid(text.parse().expect("a GUID")),
        "Uri" => Value::Uri(text.parse().expect("an address")),
        "poco" => poco(json),
        _ if kind.starts_with("Dictionary") => dictionary(json, kind.ends_with("ordinal")),
        "JObject" | "JArray" => Value::Json(token_of(json)),
        _ if kind.starts_with("JValue.") => Value::Json(token_of(json)),
        _ => panic!("unknown type {kind}"),
    }
}

fn token_of(json: &Json) -> Token {
    lenient_json::tokens(&json.to_string(), Dates::Parse(&TimeZone::UTC)).expect("JSON")
}

fn zoned(text: &str) -> Zoned {
    let pieces = Pieces::parse(text).expect("a date");
    let offset = pieces.to_numeric_offset().expect("an offset");
    let civil = pieces.date().to_datetime(pieces.time().expect("a time"));
    civil.to_zoned(TimeZone::fixed(offset)).expect("a time")
}

fn date(text: &str, kind: Kind) -> Value {
    let civil: civil::DateTime = text
        .trim_end_matches('Z')
        .trim_end_matches("+00:00")
        .parse()
        .expect("a date");
    Value::DateTime(DateTime { civil, kind })
}

fn dictionary(json: &Json, exact: bool) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::String(text) => Value::String(text.clone()),
        Json::Number(number) => Value::Integer(number.as_i64().expect("an integer").into()),
        Json::Object(members) => Value::Object(Object {
            members: members
                .iter()
                .map(|(name, value)| match name.as_str() {
                    "j" => (name.clone(), Value::Json(token_of(value))),
                    _ => (name.clone(), dictionary(value, exact)),
                })
                .collect(),
            exact,
        }),
        _ => panic!("not expected in a dictionary: {json}"),
    }
}

fn poco(json: &Json) -> Value {
    let Json::Object(members) = json else {
        return Value::Null;
    };
    Value::object(members.iter().map(|(name, value)| {
        let value = match name.as_str() {
            "When" => value_of("DateTime.Utc", value),
            "Count" => value_of("Int32", value),
            "Inner" => poco(value),
            _ => value_of("string", value),
        };
        (name, value)
    }))
}
