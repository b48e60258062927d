//! The paths of blob triggers against the names of blobs.

use std::collections::BTreeMap;

use azure_functions_host::blob_pattern::{BlobPattern, BlobPatternError};
use serde::Deserialize;

use crate::{
    expressions::template_error,
    support::{Difference, Outcome, rows},
};

#[derive(Debug, Deserialize)]
struct Row {
    pattern: Option<String>,
    container: Option<String>,
    parameters: Option<Vec<String>>,
    blob: Option<String>,
    data: Option<BTreeMap<String, String>>,
    error: Option<String>,
}

const DIFFERENCES: &[Difference] = &[("null", "a string of Rust is never null")];

#[test]
fn blob_patterns() {
    let mut outcome = Outcome::new();
    for row in rows::<Row>("blob-patterns.jsonl") {
        let key = match (&row.pattern, &row.blob) {
            (None, _) => "null".to_owned(),
            (Some(pattern), None) => pattern.clone(),
            (Some(pattern), Some(blob)) => format!("{pattern} {blob}"),
        };
        outcome.case(key, difference(&row));
    }
    outcome.finish(DIFFERENCES);
}

fn difference(row: &Row) -> Option<String> {
    let pattern = match BlobPattern::parse(row.pattern.as_deref().unwrap_or_default()) {
        Ok(pattern) => pattern,
        Err(error) => {
            let (ours, theirs) = (words(&error), row.error.as_deref().unwrap_or_default());
            let same = !ours.is_empty() && theirs.starts_with(&ours);
            return (!same).then(|| format!("{error}; the host: {theirs}"));
        }
    };
    if let Some(error) = &row.error {
        return Some(format!("parsed; the host: {error}"));
    }
    if Some(pattern.container()) != row.container.as_deref() {
        return Some(format!("container {}", pattern.container()));
    }
    let parameters: Vec<_> = pattern.parameters().map(str::to_owned).collect();
    if Some(&parameters) != row.parameters.as_ref() {
        return Some(format!("parameters {parameters:?}"));
    }
    let path = row
        .blob
        .as_deref()
        .expect("a row without an error has a blob");
    let (container, blob) = path.split_once('/').unwrap_or((path, ""));
    let captured = pattern.matches(container, blob);
    let data: Option<BTreeMap<_, _>> = captured.map(|captured| captured.into_iter().collect());
    (data != row.data).then(|| format!("captured {data:?}, not {:?}", row.data))
}

/// How the host's words begin where we have this error.
fn words(error: &BlobPatternError) -> String {
    let path_error =
        |path: &str, rest| format!("FormatException: Invalid blob trigger path '{path}'. {rest}");
    match error {
        BlobPatternError::Shape(path) => {
            path_error(path, "Paths must be in the format 'container/blob'.")
        }
        BlobPatternError::Container(path) => {
            path_error(path, "Container paths cannot contain {resolve} tokens.")
        }
        BlobPatternError::Name { path, error } => {
            let (container, blob) = path.split_once('/').unwrap_or((path, ""));
            match error.as_str() {
                text if text.contains("container") => {
                    format!("FormatException: Invalid container name: {container}")
                }
                text if text.contains("ends with") => {
                    format!("FormatException: The given blob name '{blob}' has an invalid suffix.")
                }
                _ => format!(
                    "FormatException: The given blob name '{blob}' contain illegal characters."
                ),
            }
        }
        BlobPatternError::Template(error) => template_error(error),
        BlobPatternError::Member(_) => {
            "InvalidOperationException: Capture expressions can't include dot operators".to_owned()
        }
        BlobPatternError::Capture { path, name } => {
            let before = path.split_once('{').map_or("", |(before, _)| before);
            format!("RegexParseException: Invalid pattern '^{before}(?<{name}>.*)$'")
        }
    }
}
