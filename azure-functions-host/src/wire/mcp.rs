//! Arguments of a call of the Model Context Protocol, of which an input of the function may be one.

use azure_functions_shared::rpc::{Data, TypedData};
use serde_json::Value;

/// The properties that name an argument, by the types of the inputs that have them.
const NAMED_BY: &[(&str, &str)] = &[
    ("mcpToolProperty", "propertyName"),
    ("mcpPromptArgument", "argumentName"),
];

/// The property that says which argument an input of this type is; nothing for other types.
pub(crate) fn named_by(kind: &str) -> Option<&'static str> {
    let mut all = NAMED_BY.iter();
    let (_, property) = all.find(|(own, _)| own.eq_ignore_ascii_case(kind))?;
    Some(property)
}

/// The argument of this name in the payload of a trigger; nothing if it has none.
pub(crate) fn argument(payload: &TypedData, name: &str) -> TypedData {
    let Some(Data::String(text) | Data::Json(text)) = &payload.data else {
        return TypedData::default();
    };
    let Ok(mut call) = serde_json::from_str::<Value>(text) else {
        return TypedData::default();
    };
    let argument = call.pointer_mut("/arguments").map(Value::take);
    let argument = argument.and_then(|mut all| all.as_object_mut()?.remove(name));
    match argument {
        None | Some(Value::Null) => TypedData::default(),
        Some(Value::String(text)) => Data::String(text).into(),
        Some(other) => Data::Json(other.to_string()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_by_their_names() {
        let payload =
            r#"{"name":"t","arguments":{"city":"Ulm","days":3,"none":null,"list":["a"]}}"#;
        let text = |text: &str| Some(Data::String(text.to_owned()));
        let json = |text: &str| Some(Data::Json(text.to_owned()));
        for (payload, name, expected) in [
            (payload, "city", text("Ulm")),
            (payload, "days", json("3")),
            (payload, "list", json(r#"["a"]"#)),
            (payload, "none", None),
            (payload, "City", None),
            ("{}", "city", None),
            (r#"{"arguments":[1]}"#, "city", None),
            ("not JSON", "city", None),
        ] {
            let payload = Data::String(payload.to_owned()).into();
            assert_eq!(argument(&payload, name).data, expected, "{name}");
        }
        assert_eq!(argument(&TypedData::default(), "city").data, None);
    }
}
