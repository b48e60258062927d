//! The syntax of what options are given, in the words of the checks that a compiler would make of it later.

use azure_functions_shared::{expression, ncrontab, route, storage_name, timespan};

use crate::{error::Explain as _, function};

/// Any text but none.
pub(super) fn text(value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err("it is empty; write something".to_owned());
    }
    Ok(())
}

/// A schedule in NCRONTAB, or a `TimeSpan`; one that a setting gives is not known yet.
pub(super) fn schedule(value: &str) -> Result<(), String> {
    if expression::has_setting(value) || timespan::parse(value).is_ok() {
        return Ok(());
    }
    ncrontab::parse(value)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// A route template.
pub(super) fn http_route(value: &str) -> Result<(), String> {
    if expression::has_setting(value) {
        return Ok(());
    }
    route::check(value).map_err(|error| error.to_string())
}

/// The name of a storage queue.
pub(super) fn queue(value: &str) -> Result<(), String> {
    if expression::has_setting(value) {
        return Ok(());
    }
    storage_name::queue(value).map_err(|error| error.to_string())
}

/// The path of blobs: a container and a pattern.
pub(super) fn blob_path(value: &str) -> Result<(), String> {
    let container = value.split('/').next().unwrap_or_default();
    if expression::has_setting(value) {
        return Ok(());
    }
    storage_name::container(container).map_err(|error| error.to_string())
}

/// The name of an app setting.
pub(super) fn setting(value: &str) -> Result<(), String> {
    let is_name =
        |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | ':');
    if value.is_empty() || !value.chars().all(is_name) {
        return Err(
            "it is not the name of an app setting; write the name, and the connection string into `local.settings.json`"
                .to_owned(),
        );
    }
    Ok(())
}

/// The name of a function.
pub(super) fn function(value: &str) -> Result<(), String> {
    function::module(value)
        .map(|_| ())
        .map_err(|error| match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        })
}

/// A word of letters.
pub(super) fn word(value: &str) -> Result<(), String> {
    if value.is_empty() || !value.chars().all(|letter| letter.is_ascii_alphabetic()) {
        return Err(format!("`{value}` is not a word; separate words by commas"));
    }
    Ok(())
}

/// A property and its value: `NAME=VALUE`, with a name as it would stand in Rust.
pub(crate) fn property(value: &str) -> Result<(&str, &str), String> {
    let is_name = |name: &str| {
        name.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && name
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    match value.split_once('=') {
        Some((name, value)) if is_name(name) => Ok((name, value)),
        _ => Err("it is not `NAME=VALUE`; write for example `queue_name=jobs`".to_owned()),
    }
}
