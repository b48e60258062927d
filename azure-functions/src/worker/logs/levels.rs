//! What the host would throw away: such a record is neither formatted nor sent.
//!
//! The protocol has a place for the host's levels, `log_categories`, which no known host fills. So they are read where
//! the host reads them: in the `host.json` of the app, and in the variables that take precedence over it. Whatever is
//! not certain is left to the host, which filters all that it gets: a file that is not strict JSON, a category with a
//! `*`, and levels of one log provider, which may let more through than those of all.

use std::{collections::HashMap, fs, path::Path};

use azure_functions_shared::rpc::rpc_log::Level;
use serde_json::Value;

use crate::env;

/// What the variables begin with that take precedence over `host.json`.
const OVERRIDE: &str = "AzureFunctionsJobHost__logging__";

/// The member with the levels, below `logging`.
const LEVELS: &str = "logLevel";

/// The category that stands for all that have no level of their own.
const DEFAULT: &str = "default";

/// The least level by the beginning of the category, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels(HashMap<String, Level>);

impl Levels {
    /// The levels that the host says, or else those of the app in `directory`.
    pub(crate) fn read(said: &HashMap<String, i32>, directory: &Path) -> Self {
        if !said.is_empty() {
            let said = said.iter().filter_map(|(category, level)| {
                Some((category.to_ascii_lowercase(), Level::try_from(*level).ok()?))
            });
            return Self(said.collect());
        }
        let file = fs::read(directory.join("host.json")).unwrap_or_else(|_| b"{}".to_vec());
        Self::of(&file, env::with_prefix(OVERRIDE)).unwrap_or_default()
    }

    /// The levels in the text of a `host.json` and in variables; `None` if they are not certain.
    fn of(file: &[u8], variables: Vec<(String, String)>) -> Option<Self> {
        let file: Value = serde_json::from_slice(file).ok()?;
        let mut levels = HashMap::new();
        for (name, value) in file
            .get("logging")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            if !name.eq_ignore_ascii_case(LEVELS) {
                if has_levels(value) {
                    return None;
                }
                continue;
            }
            for (category, level) in value.as_object().into_iter().flatten() {
                levels.insert(category.to_ascii_lowercase(), level.as_str()?.to_owned());
            }
        }
        for (name, level) in variables {
            // The rest of the name, which has the prefix.
            let path = name.get(OVERRIDE.len()..)?.to_ascii_lowercase();
            match path.split_once("__") {
                Some((first, category)) if first.eq_ignore_ascii_case(LEVELS) => {
                    levels.insert(category.to_owned(), level);
                }
                Some((_, rest)) if rest.contains("loglevel") => return None,
                _ => {}
            }
        }
        let is_odd = |category: &String| category.contains(['*', ':']) || category.contains("__");
        if levels.keys().any(is_odd) {
            return None;
        }
        let levels = levels
            .into_iter()
            .map(|(category, level)| Some((category, level_of(&level)?)));
        levels.collect::<Option<_>>().map(Self)
    }

    /// The least level of the records that the host keeps of `category`, if that is known.
    pub(super) fn least(&self, category: &str) -> Option<Level> {
        let begins = |prefix: &str| {
            category
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        self.0
            .iter()
            .filter(|(prefix, _)| *prefix != DEFAULT && begins(prefix))
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, level)| *level)
            .or_else(|| self.0.get(DEFAULT).copied())
    }
}

fn has_levels(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|members| members.keys().any(|name| name.eq_ignore_ascii_case(LEVELS)))
}

fn level_of(name: &str) -> Option<Level> {
    Some(match name.to_ascii_lowercase().as_str() {
        "trace" => Level::Trace,
        "debug" => Level::Debug,
        "information" => Level::Information,
        "warning" => Level::Warning,
        "error" => Level::Error,
        "critical" => Level::Critical,
        "none" => Level::None,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, path::Path};

    use azure_functions_shared::rpc::rpc_log::Level;

    use super::Levels;

    #[track_caller]
    fn check(file: &str, variables: &[(&str, &str)], category: &str, expected: Option<Level>) {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let levels = Levels::of(file.as_bytes(), variables).unwrap_or_default();
        assert_eq!(levels.least(category), expected, "{file} {category}");
    }

    #[test]
    fn the_longest_category_decides() {
        let file = r#"{ "logging": { "logLevel": { "Default": "Warning", "Function": "error", "function.a": "None" } } }"#;
        for (category, expected) in [
            ("Function.a.User", Level::None),
            ("Function.b.User", Level::Error),
            ("Other", Level::Warning),
            ("Func", Level::Warning),
        ] {
            check(file, &[], category, Some(expected));
        }
        let variable = (
            "azurefunctionsjobhost__logging__loglevel__Function",
            "Trace",
        );
        check(file, &[variable], "Function.b.User", Some(Level::Trace));
        check("{}", &[variable], "Function.b.User", Some(Level::Trace));
        check("{}", &[variable], "Other", None);
    }

    #[test]
    fn what_is_not_certain_is_left_to_the_host() {
        let default = |rest: &str| {
            format!(r#"{{ "logging": {{ "logLevel": {{ "default": "Error"{rest} }} }} }}"#)
        };
        for (file, variables) in [
            ("{}".to_owned(), &[][..]),
            ("{ \"logging\": {} } // a comment".to_owned(), &[]),
            (default(r#", "Function.*.User": "Debug""#), &[]),
            (default(r#", "Function": "Loud""#), &[]),
            (default(r#", "Function": 3"#), &[]),
            (
                r#"{ "logging": { "logLevel": { "default": "Error" }, "applicationInsights": { "LogLevel": { "default": "Debug" } } } }"#.to_owned(),
                &[],
            ),
            (
                default(""),
                &[("AzureFunctionsJobHost__logging__console__logLevel__default", "Debug")],
            ),
        ] {
            check(&file, variables, "Function.a.User", None);
        }
        check(&default(""), &[], "Function.a.User", Some(Level::Error));
    }

    #[test]
    fn what_the_host_says_counts_before_its_file() {
        let said = HashMap::from([
            ("Function".to_owned(), Level::Error.into()),
            ("default".to_owned(), 77),
        ]);
        let levels = Levels::read(&said, Path::new("/no/such/place"));
        assert_eq!(levels.least("Function.a.User"), Some(Level::Error));
        assert_eq!(levels.least("Other"), None);
    }
}
