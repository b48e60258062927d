//! `host_json`: a file that is read as `host.json`, as `local.settings.json`, and as plain JSON.

use std::fs;

use azure_functions_host::{
    config::{HostJson, LocalSettings},
    json_text,
    lenient_json::{self, Dates},
};
use jiff::tz::TimeZone;
use serde_json::Value;

/// How deep JSON may be for the host's reader.
const DEPTH: usize = 64;

/// Any file has settings or an error that says something; what is JSON for everybody is JSON for the host, with the same
/// values.
///
/// # Panics
///
/// That is not so.
#[expect(
    clippy::expect_used,
    reason = "a system without files is no finding, and has to be seen"
)]
pub fn check(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for the files");
    for name in ["host.json", "local.settings.json"] {
        fs::write(folder.path().join(name), data).expect("a file");
    }
    let environment = [("AzureFunctionsJobHost__extensions__http__routePrefix", "p")];
    for environment in [&environment[..0], &environment] {
        match HostJson::read(folder.path(), environment.iter().copied()) {
            Ok(read) if !environment.is_empty() => assert_eq!(read.http.route_prefix, "p"),
            Ok(_) => {}
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let _ = LocalSettings::read(folder.path());
    if let Ok(text) = std::str::from_utf8(data) {
        json(text);
    }
}

fn json(text: &str) {
    let lenient = lenient_json::parse(text);
    if let Ok(strict) = serde_json::from_str::<Value>(text)
        && depth(&strict) < DEPTH
    {
        assert!(lenient.is_ok(), "JSON is refused: {lenient:?}");
    }
    for dates in [Dates::Keep, Dates::Parse(&TimeZone::UTC)] {
        let Ok(token) = lenient_json::tokens(text, dates) else {
            continue;
        };
        let compact = token.compact();
        let again = lenient_json::tokens(&compact, Dates::Keep);
        assert!(
            again.is_ok(),
            "{compact:?} is written and cannot be read: {again:?}"
        );
        let _ = token.text();
    }
    for element in json_text::elements(text, &TimeZone::UTC).unwrap_or_default() {
        let _ = element.text();
    }
    let _ = json_text::binding_data(text, &TimeZone::UTC);
}

fn depth(value: &Value) -> usize {
    1 + match value {
        Value::Array(elements) => elements.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => None,
    }
    .unwrap_or_default()
}
