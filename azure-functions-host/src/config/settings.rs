//! A tree of settings as the host sees it: one text for each path, whatever the case of the names.

use std::collections::BTreeMap;

use azure_functions_shared::timespan::{self, TimeSpan};
use serde_json::{Map, Value};

/// The prefix of environment variables that override `host.json`.
const OVERRIDE: &str = "AzureFunctionsJobHost__";

/// Texts by path; the names of a path are joined by `:`.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// The lower-cased path, then the path as written and its text.
    texts: BTreeMap<String, (String, String)>,
}

impl Settings {
    pub(super) fn new(members: &Map<String, Value>) -> Self {
        let mut settings = Self::default();
        for (name, value) in members {
            settings.add(name, value);
        }
        settings
    }

    /// Lets environment variables such as `AzureFunctionsJobHost__extensions__http__routePrefix` take precedence.
    pub(super) fn override_with<'e>(
        &mut self,
        environment: impl IntoIterator<Item = (&'e str, &'e str)>,
    ) {
        for (name, text) in environment {
            let Some((prefix, path)) = name.split_at_checked(OVERRIDE.len()) else {
                continue;
            };
            if prefix.eq_ignore_ascii_case(OVERRIDE) {
                self.insert(&path.replace("__", ":"), text.to_owned());
            }
        }
    }

    /// The text at a path; that of `null` is empty.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let (_, text) = self.texts.get(&path.to_lowercase())?;
        Some(text)
    }

    /// The value at a path, unless there is none or it is empty.
    ///
    /// # Errors
    ///
    /// `read` does not take the text; the error says that `wanted` was expected.
    pub(super) fn get<T>(
        &self,
        path: &str,
        wanted: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(text) = self.text(path).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let value = read(text);
        value.map(Some).ok_or_else(|| {
            let path = path.replace(':', ".");
            format!("`{path}` is `{text}`; write {wanted}")
        })
    }

    pub(super) fn bool(&self, path: &str) -> Result<Option<bool>, String> {
        self.get(path, "`true` or `false`", |text| {
            text.trim().to_ascii_lowercase().parse().ok()
        })
    }

    pub(super) fn int(&self, path: &str) -> Result<Option<i32>, String> {
        self.get(path, "a whole number", |text| text.trim().parse().ok())
    }

    pub(super) fn time_span(&self, path: &str) -> Result<Option<TimeSpan>, String> {
        self.get(path, "a TimeSpan `hh:mm:ss`, such as `00:05:00`", |text| {
            timespan::parse(text).ok()
        })
    }

    /// The names and texts directly below a path.
    pub(super) fn children<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let prefix = format!("{}:", path.to_lowercase());
        self.texts.iter().filter_map(move |(key, (written, text))| {
            let below = key.strip_prefix(&prefix)?;
            let name = written.get(written.len().checked_sub(below.len())?..)?;
            (!name.contains(':')).then_some((name, text.as_str()))
        })
    }

    fn add(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.add(&format!("{path}:{name}"), value);
                }
            }
            Value::Array(elements) => {
                for (at, value) in elements.iter().enumerate() {
                    self.add(&format!("{path}:{at}"), value);
                }
            }
            Value::Null => self.insert(path, String::new()),
            Value::Bool(true) => self.insert(path, "True".to_owned()),
            Value::Bool(false) => self.insert(path, "False".to_owned()),
            Value::Number(number) => self.insert(path, number.to_string()),
            Value::String(text) => self.insert(path, text.clone()),
        }
    }

    fn insert(&mut self, path: &str, text: String) {
        self.texts
            .insert(path.to_lowercase(), (path.to_owned(), text));
    }
}
