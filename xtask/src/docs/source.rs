//! The sources of the bindings, as modules: what `mod` declares and `cfg(test)` does not hide.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, anyhow};
use proc_macro2::Span;
use syn::{Attribute, Expr, ExprLit, Item, Lit, MetaNameValue};

/// The text of each file, by its path from the root of the workspace.
pub(super) type Files = BTreeMap<String, String>;

/// One module: its items, and where they are.
pub(super) struct Module {
    /// The names of the modules that lead here; none for the root.
    pub(super) path: Vec<String>,
    pub(super) file: String,
    /// The first line of its docs.
    pub(super) doc: String,
    /// The feature without which it is not there.
    pub(super) feature: Option<String>,
    pub(super) items: Vec<Item>,
}

impl Module {
    /// `file:line: message`.
    pub(super) fn error(&self, at: Span, message: &str) -> anyhow::Error {
        anyhow!("{}:{}: {message}", self.file, at.start().line)
    }
}

/// Reads all Rust files of a folder. `name` is what the folder is called in their paths.
pub(super) fn read(folder: &Path, name: &str) -> anyhow::Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let file = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let inside = format!("{name}/{file}");
        if path.is_dir() {
            files.extend(read(&path, &inside)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).with_context(|| inside.clone())?;
            files.insert(inside, text);
        }
    }
    Ok(files)
}

/// The module `folder/mod.rs` and all below it.
pub(super) fn modules(files: &Files, folder: &str) -> anyhow::Result<Vec<Module>> {
    let root = Module {
        path: Vec::new(),
        file: format!("{folder}/mod.rs"),
        doc: String::new(),
        feature: None,
        items: Vec::new(),
    };
    let mut found = Vec::new();
    visit_file(files, folder, root, &mut found)?;
    Ok(found)
}

/// The lines of a doc comment, as far as they are literals.
pub(super) fn doc_lines(attributes: &[Attribute]) -> impl Iterator<Item = String> {
    attributes
        .iter()
        .filter_map(|attribute| Some(doc_line(attribute)?.1))
}

/// The line of a doc comment: its number, and what it says.
pub(super) fn doc_line(attribute: &Attribute) -> Option<(usize, String)> {
    if !attribute.path().is_ident("doc") {
        return None;
    }
    match &attribute.meta.require_name_value().ok()?.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => {
            // Of one that a macro writes, the words are where they were given to it.
            let line = text.span().start().line;
            Some((line, text.value()))
        }
        _ => None,
    }
}

/// The feature that an item needs.
fn feature(attributes: &[Attribute]) -> Option<String> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .filter_map(|attribute| attribute.parse_args::<MetaNameValue>().ok())
        .filter(|condition| condition.path.is_ident("feature"))
        .find_map(|condition| match condition.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(name),
                ..
            }) => Some(name.value()),
            _ => None,
        })
}

/// Whether an item is there in tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

/// Reads the file of a module, of which no more is known than where it is. `folder` is where the files of its modules are.
fn visit_file(
    files: &Files,
    folder: &str,
    module: Module,
    found: &mut Vec<Module>,
) -> anyhow::Result<()> {
    let file = &module.file;
    let text = files
        .get(file)
        .with_context(|| format!("there is no `{file}`"))?;
    let parsed = syn::parse_file(text)
        .map_err(|error| anyhow!("{file}:{}: {error}", error.span().start().line))?;
    visit(files, folder, module, &parsed.attrs, parsed.items, found)
}

/// Fills a module, keeps it and visits the modules that it declares.
fn visit(
    files: &Files,
    folder: &str,
    mut module: Module,
    attributes: &[Attribute],
    items: Vec<Item>,
    found: &mut Vec<Module>,
) -> anyhow::Result<()> {
    module.doc = doc_lines(attributes).next().unwrap_or_default();
    let mut children = Vec::new();
    for item in items {
        match item {
            Item::Mod(child) => children.push(child),
            other => module.items.push(other),
        }
    }
    let children: Vec<_> = children
        .into_iter()
        .filter(|child| !is_test(&child.attrs))
        .map(|child| {
            let name = child.ident.to_string();
            let empty = Module {
                path: module.path.iter().cloned().chain([name.clone()]).collect(),
                file: module.file.clone(),
                doc: String::new(),
                feature: feature(&child.attrs).or_else(|| module.feature.clone()),
                items: Vec::new(),
            };
            (child, format!("{folder}/{name}"), empty)
        })
        .collect();
    found.push(module);
    for (child, folder, mut module) in children {
        if let Some((_, items)) = child.content {
            visit(files, &folder, module, &child.attrs, items, found)?;
            continue;
        }
        let flat = format!("{folder}.rs");
        let nested = format!("{folder}/mod.rs");
        let Some(file) = [&flat, &nested]
            .into_iter()
            .find(|name| files.contains_key(*name))
        else {
            let message = format!("there is neither `{flat}` nor `{nested}`");
            return Err(module.error(child.ident.span(), &message));
        };
        module.file.clone_from(file);
        visit_file(files, &folder, module, found)?;
    }
    Ok(())
}
