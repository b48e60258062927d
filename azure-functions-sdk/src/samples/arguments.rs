//! The arguments of a sample call of the Model Context Protocol: those that the binding asks for.

use serde_json::{Map, Value, json};

use super::text;

/// How deep a schema is followed.
const DEPTH: usize = 8;

/// The arguments that a tool or a prompt has to get: those that its trigger lists, and those that other bindings of the function are.
pub(super) fn of(
    trigger: &Map<String, Value>,
    others: &[Map<String, Value>],
) -> Map<String, Value> {
    let mut arguments = listed(trigger);
    for binding in others {
        let kind = text(binding, "type").unwrap_or_default();
        let is = |own: &str| own.eq_ignore_ascii_case(kind);
        let (name, schema) = if is("mcpToolProperty") {
            (text(binding, "propertyName"), property(binding))
        } else if is("mcpPromptArgument") {
            (text(binding, "argumentName"), json!({ "type": "string" }))
        } else {
            continue;
        };
        if let Some(name) = name {
            arguments.insert(name.to_owned(), value(&schema, DEPTH));
        }
    }
    arguments
}

/// The schema of an argument that is a binding.
fn property(binding: &Map<String, Value>) -> Value {
    let flag = binding.get("isArray").and_then(Value::as_bool);
    let kind = text(binding, "propertyType").unwrap_or("string");
    match binding.get("enumValues") {
        _ if flag == Some(true) => json!({ "type": "array" }),
        Some(values) => json!({ "type": kind, "enum": values }),
        None => json!({ "type": kind }),
    }
}

/// The arguments that the trigger lists.
fn listed(binding: &Map<String, Value>) -> Map<String, Value> {
    let read = |property: &str| serde_json::from_str::<Value>(text(binding, property)?).ok();
    if let Some(schema) = read("inputSchema") {
        return match value(&schema, DEPTH) {
            Value::Object(arguments) => arguments,
            _ => Map::new(),
        };
    }
    let list = read("toolProperties").or_else(|| read("promptArguments"));
    let Some(Value::Array(list)) = list else {
        return Map::new();
    };
    let arguments = list.iter().filter_map(|argument| {
        let name = argument
            .get("propertyName")
            .or_else(|| argument.get("name"))?;
        let kind = argument
            .get("propertyType")
            .cloned()
            .unwrap_or(json!("string"));
        Some((
            name.as_str()?.to_owned(),
            value(&json!({ "type": kind }), DEPTH),
        ))
    });
    arguments.collect()
}

/// A small value that a schema takes.
fn value(schema: &Value, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else {
        return Value::Null;
    };
    if let Some(choice) = schema.get("enum").and_then(|choices| choices.get(0)) {
        return choice.clone();
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        Some(kind) => kind.as_str(),
        None => schema.get("properties").map(|_| "object"),
    };
    match kind {
        Some("string") => json!("sample"),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => {
            let required = schema.get("required").and_then(Value::as_array);
            let members = required.into_iter().flatten().filter_map(|name| {
                let name = name.as_str()?;
                let member = schema.get("properties")?.get(name)?;
                Some((name.to_owned(), value(member, depth)))
            });
            Value::Object(members.collect())
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_what_is_asked_for() {
        for (property, asked, expected) in [
            (
                "inputSchema",
                r#"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":["integer","null"],"minimum":0},"unit":{"enum":["C"]},"in":{"type":"object","properties":{"a":{"type":"array"}},"required":["a"]},"no":{"type":"string"}},"required":["city","days","unit","in"]}"#,
                json!({ "city": "sample", "days": 0, "unit": "C", "in": { "a": [] } }),
            ),
            (
                "toolProperties",
                r#"[{"propertyName":"q","propertyType":"boolean"},{"propertyName":"r"}]"#,
                json!({ "q": true, "r": "sample" }),
            ),
            (
                "promptArguments",
                r#"[{"name":"code"}]"#,
                json!({ "code": "sample" }),
            ),
            ("inputSchema", "broken", json!({})),
        ] {
            let binding = Map::from_iter([(property.to_owned(), asked.into())]);
            assert_eq!(Value::Object(of(&binding, &[])), expected, "{property}");
        }
    }

    #[test]
    fn bindings_are_arguments() {
        let bindings = [
            json!({ "type": "mcpToolProperty", "propertyName": "city", "propertyType": "string" }),
            json!({ "type": "mcpToolProperty", "propertyName": "days", "propertyType": "integer", "isArray": true }),
            json!({ "type": "mcpToolProperty", "propertyName": "unit", "enumValues": ["C", "F"] }),
            json!({ "type": "mcpPromptArgument", "argumentName": "code" }),
            json!({ "type": "blob", "name": "other" }),
        ];
        let bindings = bindings.map(|binding| binding.as_object().unwrap().clone());
        assert_eq!(
            Value::Object(of(&Map::new(), &bindings)),
            json!({ "city": "sample", "days": [], "unit": "C", "code": "sample" })
        );
    }
}
