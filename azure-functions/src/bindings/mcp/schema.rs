//! What the host is told of a type: its JSON Schema, or as much of it as the host has words for.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

/// The JSON Schema of `T`, without references where that is possible: not all clients follow them.
pub(super) fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>().into()
}

/// The properties of an object's schema, none if it says nothing of them: the name, the schema, and whether it is required.
pub(super) fn members(schema: &Value) -> impl Iterator<Item = (&str, &Value, bool)> {
    let required = schema.get("required").and_then(Value::as_array);
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(move |(name, schema)| {
        let required = required.is_some_and(|required| required.iter().any(|own| own == name));
        (name.as_str(), schema, required)
    })
}

/// What the host is told of a property of a tool, by the names that it has for it.
pub(super) fn property(schema: &Value) -> Vec<(&'static str, Value)> {
    let element = schema.get("items").filter(|_| kind(schema) == "array");
    let inner = element.unwrap_or(schema);
    let mut members = vec![
        ("propertyType", kind(inner).into()),
        ("isRequired", (!is_nullable(schema)).into()),
        ("isArray", element.is_some().into()),
    ];
    if let Some(values) = values(inner) {
        members.push(("enumValues", values));
    }
    if let Some(text) = schema.get("description") {
        members.push(("description", text.clone()));
    }
    members
}

/// The type of a schema that is not `null`; a mixture of types is an object.
fn kind(schema: &Value) -> &str {
    let named = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().find(|kind| *kind != "null"),
        kind => kind,
    };
    match named.and_then(Value::as_str) {
        Some(kind) => kind,
        None if values(schema).is_some() => "string",
        None => "object",
    }
}

fn is_nullable(schema: &Value) -> bool {
    let is_null = |schema: &Value| match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "null"),
        kind => kind.is_some_and(|kind| kind == "null"),
    };
    let any = schema.get("anyOf").and_then(Value::as_array);
    is_null(schema) || any.is_some_and(|any| any.iter().any(is_null))
}

/// The texts that a schema allows, if it lists them: as they are, or each with a description.
fn values(schema: &Value) -> Option<Value> {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let texts: Vec<_> = values.iter().filter(|value| value.is_string()).collect();
        return Some(json!(texts));
    }
    let choices = schema.get("oneOf")?.as_array()?;
    let texts: Option<Vec<_>> = choices
        .iter()
        .map(|choice| choice.get("const").filter(|value| value.is_string()))
        .collect();
    texts.map(|texts| json!(texts))
}
