//! The functions of the app as a table.

use std::fmt::Write as _;

use azure_functions_host::{Function, HostHandle, functions::FunctionError};
use owo_colors::OwoColorize as _;

/// A function in words.
#[derive(Debug)]
struct Row {
    name: String,
    trigger: String,
    source: String,
}

/// Where the host listens, what starts each function, and which functions cannot run.
pub(super) fn ready(host: &HostHandle) -> String {
    let functions = host.functions();
    let rows = functions.iter().map(|function| row(host, function));
    table(&root(host), &rows.collect::<Vec<_>>(), host.errors())
}

/// The address of the host as a person would type it.
pub(super) fn root(host: &HostHandle) -> String {
    format!("http://localhost:{}", host.address().port())
}

/// The address of a function that HTTP starts.
pub(super) fn url(host: &HostHandle, function: &Function) -> Option<String> {
    let url = host.url(function)?;
    let path = url.strip_prefix(&format!("http://{}", host.address()))?;
    Some(format!("{}{path}", root(host)))
}

fn row(host: &HostHandle, function: &Function) -> Row {
    let (trigger, source) = match url(host, function) {
        Some(url) => (methods(function), url),
        None => (kind(function).to_owned(), source(function).to_owned()),
    };
    Row {
        name: function.name.clone(),
        trigger,
        source: if function.disabled {
            format!("{source} (disabled)")
        } else {
            source
        },
    }
}

/// The methods that a function answers.
fn methods(function: &Function) -> String {
    function.methods().map_or_else(
        || "any".to_owned(),
        |methods| methods.join(",").to_ascii_uppercase(),
    )
}

/// The kind of the trigger in a word: a `queueTrigger` is a `queue`.
pub(super) fn kind(function: &Function) -> &str {
    let kind = function.trigger().kind.as_str();
    kind.strip_suffix("Trigger").unwrap_or(kind)
}

/// What the trigger listens to.
fn source(function: &Function) -> &str {
    let members = ["schedule", "queueName", "path"];
    let mut texts = members
        .iter()
        .filter_map(|member| function.trigger().text(member));
    texts.next().unwrap_or_default()
}

fn table(root: &str, rows: &[Row], errors: &[FunctionError]) -> String {
    let width = |column: fn(&Row) -> &String| {
        let lengths = rows.iter().map(|row| column(row).chars().count());
        lengths.max().unwrap_or(0)
    };
    let names = width(|row| &row.name);
    let triggers = width(|row| &row.trigger);
    let mut text = format!("   {} on {}\n", "Listening".green().bold(), root.bold());
    for row in rows {
        // Colours have a length too, so that the padding comes first.
        let name = format!("{:names$}", row.name);
        let trigger = format!("{:triggers$}", row.trigger);
        let _ = write!(
            text,
            "\n  {}  {}  {}",
            name.bold(),
            trigger.cyan(),
            row.source
        );
    }
    for error in errors {
        let _ = write!(
            text,
            "\n  {}  {} {}",
            error.function.bold(),
            "cannot run:".red(),
            error.message
        );
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let row = |name: &str, trigger: &str, source: &str| Row {
            name: name.to_owned(),
            trigger: trigger.to_owned(),
            source: source.to_owned(),
        };
        let rows = [
            row("greet", "GET,POST", "http://localhost:1/api/greet"),
            row("tidy_up", "timer", "0 * * * * *"),
        ];
        let text = table("http://localhost:1", &rows, &[]);
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(
            plain,
            "   Listening on http://localhost:1\n\
             \n  greet    GET,POST  http://localhost:1/api/greet\
             \n  tidy_up  timer     0 * * * * *\n"
        );
    }
}
