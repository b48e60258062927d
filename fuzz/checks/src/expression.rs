//! `expression`: a template, a text to match it against, and the binding data as JSON, one a line.

use azure_functions_host::{
    binding_data::BindingData,
    blob_path::BlobPath,
    blob_pattern::BlobPattern,
    expression::{SettingError, System, Template, resolve_settings},
    json_text,
};
use azure_functions_shared::{
    expression::{self, Placeholders},
    storage_name,
};
use jiff::{Timestamp, tz::TimeZone};
use uuid::Uuid;

use crate::lines;

/// The macro and the host read a template alike, filling it in does not fail oddly, and what a blob pattern captures gives
/// the blob's name again.
///
/// # Panics
///
/// That is not so.
pub fn check(data: &[u8]) {
    let Some([text, other, json]) = lines::of(data) else {
        return;
    };
    template(text, json);
    settings(text, other);
    blobs(text, other);
}

fn template(text: &str, json: &str) {
    let compiles = placeholders(text);
    let parsed = Template::parse(text);
    match (&compiles, &parsed) {
        (Ok(_), Err(error)) => {
            // Which letters beyond ASCII are letters is not looked up while a function compiles.
            assert!(!text.is_ascii(), "{text:?} compiles, but the host: {error}");
        }
        (Err(error), Ok(_)) => panic_with(text, &error.to_string()),
        (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
    }
    let Ok(template) = parsed else { return };
    if let Ok(names) = compiles {
        let theirs: Vec<_> = template.parameters().collect();
        assert_eq!(names.len(), theirs.len(), "{text:?}: {names:?} {theirs:?}");
        for (name, theirs) in names.iter().zip(theirs) {
            // Of a system value, the macro needs no name.
            let same = name.as_ref().is_none_or(|name| name == theirs);
            assert!(same, "{text:?}: {name:?} is `{theirs}` for the host");
        }
    }
    let data: BindingData = json_text::binding_data(json, &TimeZone::UTC)
        .into_iter()
        .collect();
    let system = System {
        now: Timestamp::UNIX_EPOCH,
        method_name: Some("f"),
        new_guid: &|| Uuid::nil(),
    };
    let resolved = template.resolve(&data, &system);
    if resolved.is_ok() {
        let missing = template.unresolvable(|name| data.get(name).is_some());
        assert_eq!(missing, None, "{text:?} is filled in without a value");
    }
    let _ = template.parameterize(&data, &system);
}

/// The names as the macro reads them; `None` for what the host has a value of its own for.
fn placeholders(text: &str) -> Result<Vec<Option<String>>, expression::Error> {
    let mut placeholders = Placeholders::new(text);
    let mut names = Vec::new();
    while let Some(placeholder) = placeholders.next()? {
        let name = (!placeholder.is_system()).then(|| placeholder.name().to_owned());
        names.push(name);
    }
    Ok(names)
}

fn settings(text: &str, value: &str) {
    let compiles = expression::settings(text);
    let resolved = resolve_settings(text, |_| Some(value.to_owned()));
    assert_eq!(compiles.is_ok(), resolved.is_ok(), "{text:?}");
    if let Ok(resolved) = resolved {
        let names = text.matches('%').count() / 2;
        let kept = text.split('%').step_by(2).map(str::len).sum::<usize>();
        assert_eq!(resolved.len(), kept + names * value.len(), "{text:?}");
    }
    if !expression::has_setting(text) {
        let alone: Result<_, SettingError> = resolve_settings(text, |_| None);
        assert_eq!(alone.as_deref(), Ok(text));
    }
}

fn blobs(pattern: &str, path: &str) {
    if let Ok(path) = BlobPath::parse(path) {
        let again = BlobPath::parse(&path.to_string());
        assert!(again.is_ok(), "`{path}` cannot be read again");
    }
    let _ = storage_name::blob_path(pattern);
    let Ok(parsed) = BlobPattern::parse(pattern) else {
        return;
    };
    let (container, blob) = path.split_once('/').unwrap_or((path, ""));
    let Some(captured) = parsed.matches(container, blob) else {
        return;
    };
    assert_eq!(container, parsed.container());
    if captured.is_empty() {
        return;
    }
    let count = parsed.parameters().count();
    let Ok(template) = Template::parse(pattern) else {
        return;
    };
    // A name that stands there twice, in whatever case, has its last value only.
    if count == template.parameters().count() && captured.len() == count {
        let data: BindingData = captured
            .into_iter()
            .map(|(name, value)| {
                (
                    name,
                    azure_functions_host::binding_data::Value::String(value),
                )
            })
            .collect();
        let system = System {
            now: Timestamp::UNIX_EPOCH,
            method_name: None,
            new_guid: &|| Uuid::nil(),
        };
        let filled = template.resolve(&data, &system);
        assert_eq!(filled.as_deref(), Ok(path), "{pattern:?}");
    }
}

#[track_caller]
fn panic_with(text: &str, error: &str) {
    assert!(
        error.is_empty(),
        "the host takes {text:?}, which does not compile: {error}"
    );
}
