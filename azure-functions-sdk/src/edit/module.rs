//! A `mod` line for a Rust file: found by the syntax tree, inserted into the text.

use std::ops::Range;

use proc_macro2::{Span, TokenStream};
use syn::{Item, ItemMod, ext::IdentExt as _, spanned::Spanned as _};

/// Why there is no new `mod` line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ModuleError {
    /// The file has such a module.
    Exists,
    /// The file is not Rust.
    Syntax {
        line: usize,
        column: usize,
        problem: String,
    },
}

/// The text of a Rust file with `mod name;` in it, and nothing else changed.
///
/// The line comes where the order of the other `mod` lines wants it, or behind them if they have none, or before the first item.
///
/// # Errors
///
/// The file is not Rust, or has a module of that name.
pub(crate) fn add_module(text: &str, name: &str) -> Result<String, ModuleError> {
    let file = syn::parse_file(text).map_err(|error| {
        let (mut line, mut column) = (error.span().start().line, error.span().start().column + 1);
        if error.to_string().starts_with("unexpected end of input") {
            // The place of that is nowhere in the text, and so not in the error.
            let text = text.trim_end();
            line = text.lines().count();
            column = text.lines().last().map_or(0, |line| line.chars().count()) + 1;
        }
        let problem = match error.to_string() {
            // So says the lexer of everything that it stops at.
            text if text == "cannot parse string into token stream" => {
                "a bracket has no partner, or a character no meaning".to_owned()
            }
            text => text,
        };
        ModuleError::Syntax {
            line,
            column,
            problem,
        }
    })?;
    let modules = || {
        file.items.iter().filter_map(|item| match item {
            Item::Mod(module) => Some(module),
            _ => None,
        })
    };
    if modules().any(|module| module.ident.unraw() == name) {
        return Err(ModuleError::Exists);
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let declared: Vec<Declared> = modules().filter_map(Declared::new).collect();
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = format!("mod {name};{end}");
    let (at, inserted) = match declared.as_slice() {
        [] => alone(&file.items, &lines, &line, end),
        some => (among(some, &lines, name), line),
    };
    let mut result: String = lines.iter().take(at).copied().collect();
    if !result.is_empty() && !result.ends_with('\n') {
        result.push_str(end);
    }
    result.push_str(&inserted);
    result.extend(lines.iter().skip(at).copied());
    Ok(result)
}

/// A line `mod name;` on which the order depends.
#[derive(Debug)]
struct Declared {
    name: String,
    /// Its lines, from 0, with its attributes and documentation.
    lines: Range<usize>,
}

impl Declared {
    fn new(module: &ItemMod) -> Option<Self> {
        // A module in place, one for tests, or one somewhere else is not part of the list.
        (module.content.is_none()
            && !module
                .attrs
                .iter()
                .any(|attribute| !attribute.path().is_ident("doc")))
        .then(|| Self {
            name: module.ident.unraw().to_string(),
            lines: lines_of(module.span()),
        })
    }
}

/// The line before which the new one belongs.
fn among(declared: &[Declared], lines: &[&str], name: &str) -> usize {
    let sorted = declared.is_sorted_by(|one, other| one.name <= other.name);
    let before = declared
        .iter()
        .rfind(|module| !sorted || module.name.as_str() < name);
    if let Some(module) = before {
        return module.lines.end;
    }
    let first = declared.first().map_or(0, |module| module.lines.start);
    above_comments(lines, first)
}

/// The place and the text for the first `mod` line of a file: before its first item, with an empty line between.
fn alone(items: &[Item], lines: &[&str], line: &str, end: &str) -> (usize, String) {
    let Some(item) = items.first() else {
        let space = lines.last().is_some_and(|line| !line.trim().is_empty());
        let space = if space { end } else { "" };
        return (lines.len(), format!("{space}{line}"));
    };
    let start = above_comments(lines, lines_of(item.span()).start);
    (start, format!("{line}{end}"))
}

/// Comments right above a line belong to it.
fn above_comments(lines: &[&str], mut at: usize) -> usize {
    let is_comment = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("//") && !line.starts_with("//!")
    };
    while at > 0 && lines.get(at - 1).is_some_and(is_comment) {
        at -= 1;
    }
    at
}

/// The lines that something stands on, from 0.
fn lines_of(span: Span) -> Range<usize> {
    span.start().line.saturating_sub(1)..span.end().line
}

/// Whether a text can be the name of a module: an identifier that is no keyword.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.parse::<TokenStream>().is_ok() && syn::parse_str::<syn::Ident>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_line_is_new() {
        for (before, name, after) in [
            ("", "b", "mod b;\n"),
            ("//! Docs.\n", "b", "//! Docs.\n\nmod b;\n"),
            ("//! Docs.", "b", "//! Docs.\n\nmod b;\n"),
            (
                "//! Docs.\n\nmod a;\nmod c;\n",
                "b",
                "//! Docs.\n\nmod a;\nmod b;\nmod c;\n",
            ),
            ("mod b;\n", "a", "mod a;\nmod b;\n"),
            ("mod a;", "b", "mod a;\nmod b;\n"),
            // No order: at the end of the list.
            (
                "mod c;\nmod a;\n\nfn main() {}\n",
                "b",
                "mod c;\nmod a;\nmod b;\n\nfn main() {}\n",
            ),
            // Comments, attributes and formatting stay where they are.
            (
                "mod  a ; // first\n// about c\nmod c;\n",
                "b",
                "mod  a ; // first\nmod b;\n// about c\nmod c;\n",
            ),
            ("// about b\nmod b;\n", "a", "mod a;\n// about b\nmod b;\n"),
            (
                "/// About b.\npub mod b;\n",
                "a",
                "mod a;\n/// About b.\npub mod b;\n",
            ),
            (
                "mod a;\n#[cfg(test)]\nmod tests;\n",
                "z",
                "mod a;\nmod z;\n#[cfg(test)]\nmod tests;\n",
            ),
            // None yet.
            (
                "//! Docs.\n\nuse x::y;\n\nfn f() {}\n",
                "b",
                "//! Docs.\n\nmod b;\n\nuse x::y;\n\nfn f() {}\n",
            ),
            (
                "// about f\nfn f() {}\n\nmod inline {}\n",
                "b",
                "mod b;\n\n// about f\nfn f() {}\n\nmod inline {}\n",
            ),
            (
                "mod a;\r\nmod c;\r\n",
                "b",
                "mod a;\r\nmod b;\r\nmod c;\r\n",
            ),
            (
                "mod r#async;\nmod x;\n",
                "b",
                "mod r#async;\nmod b;\nmod x;\n",
            ),
        ] {
            assert_eq!(add_module(before, name).as_deref(), Ok(after), "{before:?}");
        }
    }

    #[test]
    fn what_is_there_or_is_not_rust() {
        for text in ["mod a;", "mod a {}", "mod r#a;", "#[cfg(test)] mod a;"] {
            assert_eq!(add_module(text, "a"), Err(ModuleError::Exists), "{text}");
        }
        let refused = add_module("mod a;\nmod ;\n", "b");
        assert!(
            matches!(
                refused,
                Err(ModuleError::Syntax {
                    line: 2,
                    column: 5,
                    ..
                })
            ),
            "{refused:?}"
        );
    }

    #[test]
    fn identifiers() {
        for (text, is) in [
            ("a", true),
            ("_a1", true),
            ("match", false),
            ("1a", false),
            ("a b", false),
            ("", false),
            ("_", false),
        ] {
            assert_eq!(is_identifier(text), is, "{text}");
        }
    }
}
