//! A new function: its name, its code, and what the app has to have for it.

mod add;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use azure_functions_shared::names;
use serde_json::{Value, json};

pub(crate) use self::add::Layout;
use crate::{
    cli::NewFunction,
    edit::is_identifier,
    error::Explain,
    template::{TemplateError, literal, render},
    triggers::{Kind, Trigger, TriggerOption, split_property},
};

/// Why a name cannot be that of a function.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NameError {
    #[error("the name of the function is empty")]
    Empty,
    #[error("the name of the function has {0} characters; {max} are allowed", max = names::MAX_LEN)]
    TooLong(usize),
    #[error("`{0}` cannot be the name of a function")]
    Invalid(String),
    #[error("`{0}` is a word of Rust, and cannot be the name of a function")]
    Keyword(String),
}

impl Explain for NameError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Empty | Self::Invalid(_) => {
                "begin with a letter, and go on with letters, digits, `_` and `-`; `host` is the host's own".to_owned()
            }
            Self::TooLong(_) => "choose a shorter one".to_owned(),
            Self::Keyword(word) => format!("choose another, such as `{word}_it`"),
        })
    }
}

/// A function that is ready to be written.
#[derive(Debug)]
pub(crate) struct Function {
    /// The name of its module and of the Rust function.
    pub(crate) module: String,
    pub(crate) code: String,
    /// App settings that it needs, with values for the machine of a developer.
    pub(crate) settings: Vec<(String, &'static str)>,
    /// The service that it connects to, and the setting that says how.
    pub(crate) connection: Option<(String, &'static str)>,
    /// The feature of `azure-functions` that it needs.
    pub(crate) feature: Option<&'static str>,
    /// Other functions that its code uses.
    pub(crate) uses: Vec<Used>,
}

/// A function that the code of another uses.
#[derive(Debug)]
pub(crate) struct Used {
    pub(crate) name: String,
    pub(crate) module: String,
    /// The option that names it.
    pub(crate) flag: &'static str,
}

impl Function {
    /// Makes the code.
    ///
    /// # Errors
    ///
    /// The name is none, or the template is broken.
    pub(crate) fn new(new: &NewFunction) -> Result<Self, FunctionError> {
        let module = module(&new.name)?;
        let values = values(new);
        let connection = new
            .trigger
            .options
            .iter()
            .filter(|option| matches!(option.kind, Kind::Setting))
            .find_map(|option| values.get(option.flag)?.first().cloned())
            .or_else(|| new.trigger.setting.map(str::to_owned));
        let mut settings: Vec<_> = connection.iter().map(|name| (name.clone(), "")).collect();
        for value in values.values().flatten() {
            settings.extend(placeholders(value).map(|name| (name.to_owned(), "")));
        }
        for (name, value) in &mut settings {
            *value = local_value(name);
        }
        let uses = uses(new.trigger, &values)?;
        let mut context: BTreeMap<String, Value> = new
            .trigger
            .options
            .iter()
            .filter_map(|option| {
                let text = values.get(option.flag)?.join(" ");
                Some((option.property(), text.into()))
            })
            .collect();
        for used in &uses {
            context.insert(
                used.flag.to_owned(),
                json!({ "name": used.name, "module": used.module, "literal": literal(&used.name) }),
            );
        }
        context.insert("ident".to_owned(), module.clone().into());
        context.insert("literal".to_owned(), literal(&new.name).into());
        let attribute = if module == new.name {
            "#[func]".to_owned()
        } else {
            format!("#[func(name = {})]", literal(&new.name))
        };
        context.insert("func".to_owned(), attribute.into());
        context.insert("binding".to_owned(), binding(new, &values).into());
        Ok(Self {
            code: formatted(render(new.trigger.template, context)?),
            module,
            settings,
            connection: connection.and_then(|name| Some((name, new.trigger.service?))),
            feature: new.trigger.feature,
            uses,
        })
    }
}

/// Why there is no code for a function.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FunctionError {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Template(#[from] TemplateError),
}

impl Explain for FunctionError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Name(error) => error.hint(),
            Self::Template(error) => error.hint(),
        }
    }
}

/// The name of the module for a function: `sendMail` and `send-mail` are in `send_mail`.
pub(crate) fn module(name: &str) -> Result<String, NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    let length = name.chars().count();
    if length > names::MAX_LEN {
        return Err(NameError::TooLong(length));
    }
    if !names::is_function_name(name) {
        return Err(NameError::Invalid(name.to_owned()));
    }
    let mut module = String::new();
    let mut before = '_';
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            module.push('_');
        }
        module.push(if letter == '-' {
            '_'
        } else {
            letter.to_ascii_lowercase()
        });
        before = letter;
    }
    if !is_identifier(&module) {
        return Err(NameError::Keyword(module));
    }
    Ok(module)
}

/// What was given for the options, or is their default.
fn values(new: &NewFunction) -> BTreeMap<&'static str, Vec<String>> {
    let options = new.trigger.options.iter();
    let value = |option: &'static TriggerOption| {
        let given = new.given.get(option.flag).cloned();
        let given = given.or_else(|| Some(vec![option.default_for(&new.name)?]));
        Some((option.flag, given?))
    };
    options.filter_map(value).collect()
}

/// The functions that options name.
fn uses(
    trigger: &Trigger,
    values: &BTreeMap<&'static str, Vec<String>>,
) -> Result<Vec<Used>, NameError> {
    let options = trigger.options.iter();
    let named = options.filter(|option| matches!(option.kind, Kind::Function));
    let named = named.filter_map(|option| Some((option.flag, values.get(option.flag)?.first()?)));
    let used = |(flag, name): (&'static str, &String)| {
        Ok(Used {
            name: name.clone(),
            module: module(name)?,
            flag,
        })
    };
    named.map(used).collect()
}

/// The attribute with the properties of the binding, or nothing if it has none.
fn binding(new: &NewFunction, values: &BTreeMap<&'static str, Vec<String>>) -> String {
    let mut properties = Vec::new();
    let options = new.trigger.options.iter();
    for option in options.filter(|option| !matches!(option.kind, Kind::Function)) {
        for value in values.get(option.flag).into_iter().flatten() {
            let property = match (option.kind, split_property(value)) {
                (Kind::Switch, _) => format!("{} = true", option.property()),
                (Kind::Words, _) => {
                    format!(
                        "{} = {}",
                        option.property(),
                        literal(&value.replace(',', "|"))
                    )
                }
                (Kind::Properties, Ok((name, value))) => format!("{name} = {}", literal(value)),
                _ => format!("{} = {}", option.property(), literal(value)),
            };
            properties.push(property);
        }
    }
    let fixed = new.trigger.fixed.iter();
    properties.extend(fixed.map(|(name, value)| format!("{name} = {value}")));
    if properties.is_empty() {
        return String::new();
    }
    let mut attribute = String::new();
    let _ = write!(attribute, "#[binding({})] ", properties.join(", "));
    attribute
}

/// The settings that a text has the host fill in: `%NAME%`.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let parts: Vec<_> = text.split('%').collect();
    let pairs = parts.len().saturating_sub(1) / 2;
    (0..pairs).filter_map(move |pair| parts.get(pair * 2 + 1).copied())
}

/// What a setting is on the machine of a developer, if that is known.
fn local_value(name: &str) -> &'static str {
    match name {
        "AzureWebJobsStorage" => "UseDevelopmentStorage=true",
        "KafkaBrokers" => "localhost:9092",
        _ => "",
    }
}

/// The code as `rustfmt` writes it, or as it is if there is no `rustfmt`.
fn formatted(code: String) -> String {
    let rustfmt = || -> Option<String> {
        let mut child = Command::new("rustfmt")
            .args(["--edition", "2024", "--quiet"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // It reads everything before it writes, so that neither side waits for the other.
        let written = child.stdin.take()?.write_all(code.as_bytes());
        let output = child.wait_with_output().ok()?;
        (written.is_ok() && output.status.success())
            .then(|| String::from_utf8(output.stdout).ok())?
    };
    rustfmt().unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, expected) in [
            ("greet", "greet"),
            ("send-mail", "send_mail"),
            ("sendMail", "send_mail"),
            ("HTTPTrigger1", "httptrigger1"),
        ] {
            assert_eq!(module(name).ok().as_deref(), Some(expected), "{name}");
        }
        for name in [
            "",
            "1st",
            "grüße",
            "match",
            "Match",
            "host",
            "a b",
            "../a",
            &"a".repeat(129),
        ] {
            assert!(module(name).is_err(), "{name}");
        }
    }

    #[test]
    fn settings_in_texts() {
        let names = |text| placeholders(text).collect::<Vec<_>>();
        assert_eq!(names("%A%,x%B%"), ["A", "B"]);
        assert_eq!(names("100%"), Vec::<&str>::new());
    }
}
