//! Members for JSON files that may have comments: `local.settings.json`, and the connections of the infrastructure.

use std::path::Path;

use jsonc_parser::{
    ParseOptions,
    cst::{CstInputValue, CstObject, CstRootNode},
};

use super::EditError;

/// The text of `local.settings.json` with a setting in it, if it has none of that name.
///
/// # Errors
///
/// The text is not JSON, or no settings.
pub(crate) fn add_setting(
    file: &Path,
    text: &str,
    name: &str,
    value: &str,
) -> Result<String, EditError> {
    let root = parse(file, text)?;
    let object = root
        .object_value_or_create()
        .ok_or_else(|| shape(file, "it is not an object; write `{ \"Values\": {} }`"))?;
    let section = match member(&object, "Values") {
        Some(values) => values,
        None => "Values".to_owned(),
    };
    let values = object
        .object_value_or_create(&section)
        .ok_or_else(|| shape(file, "`Values` is not an object; write `\"Values\": {}`"))?;
    if member(&values, name).is_none() {
        values.append(name, CstInputValue::from(value));
    }
    Ok(root.to_string())
}

/// The text of `infra/connections.json` with a connection in it, if it has none of that name to that service.
///
/// # Errors
///
/// The text is not JSON, or not a list.
pub(crate) fn add_connection(
    file: &Path,
    text: &str,
    name: &str,
    service: &str,
) -> Result<String, EditError> {
    let root = parse(file, text)?;
    let list = root
        .array_value_or_create()
        .ok_or_else(|| shape(file, "it is not a list; write `[]`"))?;
    let is_there = list.elements().iter().any(|element| {
        let member = |name| {
            let value = element.as_object()?.get(name)?.value()?;
            value.as_string_lit()?.decoded_value().ok()
        };
        member("name").as_deref() == Some(name) && member("service").as_deref() == Some(service)
    });
    if !is_there {
        list.ensure_multiline();
        list.append(CstInputValue::Object(vec![
            ("name".to_owned(), name.into()),
            ("service".to_owned(), service.into()),
        ]));
    }
    Ok(root.to_string())
}

/// The host takes comments, single quotes, bare names and trailing commas.
fn parse(file: &Path, text: &str) -> Result<CstRootNode, EditError> {
    let options = ParseOptions {
        allow_missing_commas: false,
        ..ParseOptions::default()
    };
    CstRootNode::parse(text, &options).map_err(|error| EditError::Syntax {
        file: file.to_owned(),
        language: "JSON",
        line: error.line_display(),
        column: error.column_display(),
        problem: lowered(&error.kind().to_string()),
    })
}

/// The spelling of a member's name; the host does not mind the case.
fn member(object: &CstObject, name: &str) -> Option<String> {
    let properties = object.properties();
    let mut names = properties
        .iter()
        .filter_map(|property| property.name()?.decoded_value().ok());
    names.find(|own| own.eq_ignore_ascii_case(name))
}

fn shape(file: &Path, problem: &str) -> EditError {
    EditError::Shape {
        file: file.to_owned(),
        problem: problem.to_owned(),
    }
}

/// A sentence as it stands within another.
fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str().trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings() {
        let file = Path::new("local.settings.json");
        for (before, after) in [
            (
                "{\n  // mine\n  \"Values\": {\n    \"A\": \"x\" // y\n  }\n}\n",
                "{\n  // mine\n  \"Values\": {\n    \"A\": \"x\", // y\n    \"B\": \"1\"\n  }\n}\n",
            ),
            ("{ 'values': { 'b': 2, } }", "{ 'values': { 'b': 2, } }"),
        ] {
            let text = add_setting(file, before, "B", "1").unwrap();
            assert_eq!(text, after);
        }
        for (text, problem) in [
            ("[]", "is not an object"),
            ("{ \"Values\": 1 }", "`Values` is not an object"),
            ("{\n  \"A\": 1\n  \"B\": 2\n}", "line 2, column 9"),
        ] {
            let error = add_setting(file, text, "B", "1").unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn connections() {
        let file = Path::new("connections.json");
        let one = add_connection(file, "[]\n", "EventHubs", "eventHubs").unwrap();
        assert_eq!(
            one,
            "[\n  {\n    \"name\": \"EventHubs\",\n    \"service\": \"eventHubs\"\n  }\n]\n"
        );
        assert_eq!(
            add_connection(file, &one, "EventHubs", "eventHubs").unwrap(),
            one
        );
        assert!(add_connection(file, "{}", "a", "b").is_err());
    }
}
