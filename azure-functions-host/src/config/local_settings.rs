//! `local.settings.json`: the app settings of a developer's machine.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use serde_json::{Map, Value};

use super::{ConfigError, object, read};

/// The name of the file.
const FILE: &str = "local.settings.json";

/// The app settings of a developer's machine; they become environment variables of the function app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalSettings {
    /// The app settings.
    pub values: BTreeMap<String, String>,
    /// Connection strings by name, without the prefix `ConnectionStrings:`.
    pub connection_strings: BTreeMap<String, String>,
    /// The port on which the host listens.
    pub port: Option<u16>,
    /// The origins that browsers may call from; `*` is all.
    pub cors: Vec<String>,
}

impl LocalSettings {
    /// Reads `local.settings.json` in a folder; if there is none, there are no settings.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not JSON, is encrypted, or holds a value that is not a setting.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let file = folder.join(FILE);
        let Some(text) = read(&file)? else {
            return Ok(Self::default());
        };
        let members = object(&file, &text)?;
        Self::new(&members).map_err(|problem| ConfigError::Value { file, problem })
    }

    fn new(members: &Map<String, Value>) -> Result<Self, String> {
        if member(members, "IsEncrypted")
            .and_then(text)
            .is_some_and(|text| text.eq_ignore_ascii_case("true"))
        {
            return Err(
                "the settings are encrypted, and only Core Tools has the key; run `func settings decrypt`, or write \
                 the values in clear with `\"IsEncrypted\": false`"
                    .to_owned(),
            );
        }
        let host = section(members, "Host")?;
        Ok(Self {
            values: section(members, "Values")?
                .iter()
                .map(|(name, value)| setting("Values", name, value))
                .collect::<Result<_, _>>()?,
            connection_strings: section(members, "ConnectionStrings")?
                .iter()
                .map(|(name, value)| {
                    let inner = value
                        .as_object()
                        .and_then(|value| member(value, "ConnectionString"));
                    setting("ConnectionStrings", name, inner.unwrap_or(value))
                })
                .collect::<Result<_, _>>()?,
            port: member(host, "LocalHttpPort").map(port).transpose()?,
            cors: member(host, "CORS")
                .and_then(text)
                .map(|origins| {
                    let origins = origins.split(',').map(str::trim);
                    origins
                        .filter(|origin| !origin.is_empty())
                        .map(str::to_owned)
                        .collect()
                })
                .unwrap_or_default(),
        })
    }
}

/// The member of that name, in any case.
fn member<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m Value> {
    let mut found = members
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found.next_back().map(|(_, value)| value)
}

fn section<'m>(
    members: &'m Map<String, Value>,
    name: &str,
) -> Result<&'m Map<String, Value>, String> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    match member(members, name) {
        None | Some(Value::Null) => Ok(&NONE),
        Some(Value::Object(section)) => Ok(section),
        Some(other) => Err(format!(
            "`{name}` is `{other}`; write an object, such as `{{ \"NAME\": \"value\" }}`"
        )),
    }
}

fn setting(section: &str, name: &str, value: &Value) -> Result<(String, String), String> {
    let text = text(value).ok_or_else(|| {
        format!("`{section}.{name}` is not a text; write each level as a name of its own, such as `{name}__inner`")
    })?;
    Ok((name.to_owned(), text))
}

/// The text of a scalar.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn port(value: &Value) -> Result<u16, String> {
    let port = text(value).and_then(|text| text.trim().parse().ok());
    port.ok_or_else(|| format!("`Host.LocalHttpPort` is `{value}`; write a port from 0 to 65535"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<LocalSettings, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), text).unwrap();
        LocalSettings::read(folder.path()).map_err(|error| match error {
            ConfigError::Value { problem, .. } => problem,
            other => other.to_string(),
        })
    }

    #[test]
    fn values_become_texts() {
        let read = settings(
            "{ 'IsEncrypted': false, // not here
               values: { 'A': 'x', 'B': 1.50, 'C': true, 'D': null, },
               'Host': { 'LocalHttpPort': 7071, 'CORS': '*, https://a.example' },
               'ConnectionStrings': { 'Db': 'x=1', 'Full': { 'ConnectionString': 'y=2', 'ProviderName': 'p' } } }",
        );
        let map = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect()
        };
        let expected = LocalSettings {
            values: map(&[("A", "x"), ("B", "1.5"), ("C", "true"), ("D", "")]),
            connection_strings: map(&[("Db", "x=1"), ("Full", "y=2")]),
            port: Some(7071),
            cors: vec!["*".to_owned(), "https://a.example".to_owned()],
        };
        assert_eq!(read, Ok(expected));
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            LocalSettings::read(folder.path()).unwrap(),
            LocalSettings::default()
        );
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        for (text, problem) in [
            ("{'IsEncrypted': true}", "the settings are encrypted"),
            ("{'Values': 'x'}", "`Values` is `\"x\"`"),
            ("{'Values': {'A': {'B': 1}}}", "`Values.A` is not a text"),
            (
                "{'Host': {'LocalHttpPort': 'x'}}",
                "`Host.LocalHttpPort` is `\"x\"`",
            ),
            ("{", "is not JSON"),
        ] {
            let refused = settings(text).unwrap_err();
            assert!(refused.contains(problem), "{text}: {refused}");
        }
    }
}
