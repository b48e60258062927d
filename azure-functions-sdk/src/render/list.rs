//! The functions of an app, with all that they are bound to.

use std::fmt::Write as _;

use azure_functions_host::{
    Function, Listing,
    functions::{AuthLevel, Binding},
};
use owo_colors::OwoColorize as _;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Report, table::kind};
use crate::needs;

/// The functions of an app.
#[derive(Debug, Serialize)]
pub(crate) struct Listed<'l> {
    functions: Vec<Entry<'l>>,
    /// Functions that cannot run.
    errors: Vec<Refused>,
}

#[derive(Debug, Serialize)]
struct Entry<'l> {
    name: &'l str,
    trigger: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    /// None means all, and is there for HTTP functions only.
    #[serde(skip_serializing_if = "Option::is_none")]
    methods: Option<&'l [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_level: Option<&'static str>,
    disabled: bool,
    bindings: Vec<&'l Map<String, Value>>,
    settings: Vec<String>,
    #[serde(skip)]
    function: &'l Function,
}

#[derive(Debug, Serialize)]
struct Refused {
    function: String,
    message: String,
}

impl<'l> Listed<'l> {
    /// The functions, whose routes stand behind a prefix.
    pub(crate) fn new(listing: &'l Listing, route_prefix: &str) -> Self {
        let functions = listing.functions.iter().map(|function| Entry {
            name: &function.name,
            trigger: &function.trigger().kind,
            route: function.path(route_prefix).map(|path| format!("/{path}")),
            methods: function.methods(),
            auth_level: function.auth_level().map(auth_level),
            disabled: function.disabled,
            bindings: function
                .bindings
                .iter()
                .map(|binding| &binding.properties)
                .collect(),
            settings: needs::names(function),
            function,
        });
        let refused = listing.refused.iter().map(|error| Refused {
            function: error.function.clone(),
            message: error.message.clone(),
        });
        let fatal = listing.fatal.iter().map(|fatal| Refused {
            function: "app".to_owned(),
            message: fatal.to_string(),
        });
        let mut functions: Vec<_> = functions.collect();
        functions.sort_by_key(|entry| entry.name.to_lowercase());
        Self {
            functions,
            errors: refused.chain(fatal).collect(),
        }
    }
}

impl Report for Listed<'_> {
    fn text(&self) -> String {
        let mut text = String::new();
        for entry in &self.functions {
            let (trigger, source) = match &entry.route {
                Some(route) => (methods(entry.methods), route.clone()),
                None => (
                    kind(entry.function).to_owned(),
                    source(entry.function.trigger()),
                ),
            };
            let mut head = format!("{}  {}", entry.name.bold(), trigger.cyan());
            if !source.is_empty() {
                let _ = write!(head, "  {source}");
            }
            if let Some(level) = entry.auth_level {
                let _ = write!(head, "  {}", format!("({level})").dimmed());
            }
            if entry.disabled {
                let _ = write!(head, "  {}", "disabled".yellow());
            }
            let _ = writeln!(text, "{head}");
            for binding in entry.function.inputs() {
                text.push_str(&line("in", binding));
            }
            for binding in entry.function.outputs() {
                // What answers a request is no news.
                if !binding.is("http") {
                    text.push_str(&line("out", binding));
                }
            }
            if !entry.settings.is_empty() {
                let _ = writeln!(
                    text,
                    "  {}  {}",
                    "needs".dimmed(),
                    entry.settings.join(", ")
                );
            }
        }
        for error in &self.errors {
            let _ = writeln!(
                text,
                "{}  {} {}",
                error.function.bold(),
                "cannot run:".red(),
                error.message
            );
        }
        text.trim_end().to_owned()
    }
}

fn line(word: &str, binding: &Binding) -> String {
    let word = format!("{word:5}");
    let mut line = format!("  {}  {} {}", word.dimmed(), binding.kind, binding.name);
    let source = source(binding);
    if !source.is_empty() {
        let _ = write!(line, "  {source}");
    }
    line.push('\n');
    line
}

/// What a binding is bound to: its properties but for those that all have, and for names of settings.
fn source(binding: &Binding) -> String {
    const APART: &[&str] = &[
        "name",
        "type",
        "direction",
        "dataType",
        "cardinality",
        "connection",
        "connectionStringSetting",
        "properties",
        "inputSchema",
        "outputSchema",
        "toolProperties",
        "promptArguments",
        "metadata",
        "icons",
        "description",
    ];
    const ENOUGH: usize = 3;
    let properties = binding.properties.iter();
    let told = properties.filter_map(|(name, value)| {
        if APART.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            return None;
        }
        match value {
            Value::String(text) => Some(format!("{name}={text}")),
            Value::Number(_) | Value::Bool(_) => Some(format!("{name}={value}")),
            _ => None,
        }
    });
    told.take(ENOUGH).collect::<Vec<_>>().join(" ")
}

fn methods(methods: Option<&[String]>) -> String {
    match methods {
        None => "ANY".to_owned(),
        Some([]) => "NONE".to_owned(),
        Some(methods) => methods.join(",").to_ascii_uppercase(),
    }
}

fn auth_level(level: AuthLevel) -> &'static str {
    match level {
        AuthLevel::Anonymous => "anonymous",
        AuthLevel::User => "user",
        AuthLevel::Function => "function",
        AuthLevel::System => "system",
        AuthLevel::Admin => "admin",
    }
}
