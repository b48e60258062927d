//! The functions of the app as a table.

use std::fmt::Write as _;

use azure_functions_host::{Function, HostHandle};
use owo_colors::OwoColorize as _;

/// Where the host listens, and what starts each function.
pub(super) fn ready(host: &HostHandle) -> String {
    let rows: Vec<_> = host.functions().iter().map(|function| {
        let kind = kind(function.trigger_type());
        let (kind, detail) = match url(host, function) {
            Some(url) => (methods(function), url),
            None => (kind.to_owned(), source(function)),
        };
        (function.name(), kind, detail)
    }).collect();
    let width = |of: &dyn Fn(&(&str, String, String)) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let (names, kinds) = (width(&|row| row.0.len()), width(&|row| row.1.len()));
    let mut text = format!("{} on {}\n", "Listening".green().bold(), root(host).bold());
    for (name, kind, detail) in &rows {
        let row = format!("  {:names$}  {:kinds$}  {}", name.bold(), kind.cyan(), detail);
        let _ = write!(text, "\n{}", row.trim_end());
    }
    text.push('\n');
    text
}

/// The address of the host as a person would type it.
pub(super) fn root(host: &HostHandle) -> String {
    format!("http://localhost:{}", host.address().port())
}

/// The address of a function that HTTP starts.
pub(super) fn url(host: &HostHandle, function: &Function) -> Option<String> {
    let route = function.route()?;
    Some(format!("{}/{}", root(host), route))
}

/// The methods that a function answers.
fn methods(function: &Function) -> String {
    let methods: Vec<_> = function.methods().iter().map(|method| method.to_ascii_uppercase()).collect();
    if methods.is_empty() { "any method".to_owned() } else { methods.join(", ") }
}

/// The kind of trigger in a word: `queueTrigger` is a `queue`.
fn kind(wire_type: &str) -> &str {
    wire_type.strip_suffix("Trigger").unwrap_or(wire_type)
}

/// What the trigger listens to.
fn source(function: &Function) -> String {
    let mut sources = ["schedule", "queueName", "path"].into_iter();
    sources.find_map(|name| function.trigger_property(name)).unwrap_or_default().to_owned()
}
