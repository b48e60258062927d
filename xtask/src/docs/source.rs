//! The sources of the bindings, as modules: what `mod` declares and `cfg(test)` does not hide.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, anyhow, bail};
use proc_macro2::Span;
use syn::{Attribute, Expr, ExprLit, Item, ItemMod, Lit};

/// The text of each file, by its path from the root of the workspace.
pub(super) type Files = BTreeMap<String, String>;

/// One module: its items, and where they are.
pub(super) struct Module {
    /// The names of the modules that lead here; none for the root.
    pub(super) path: Vec<String>,
    pub(super) file: String,
    /// The first line of its docs.
    pub(super) doc: String,
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
    let mut found = Vec::new();
    visit_file(
        files,
        &format!("{folder}/mod.rs"),
        folder,
        Vec::new(),
        &mut found,
    )?;
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
        }) =>
        // Of one that a macro writes, the words are where they were given to it.
        {
            Some((text.span().start().line, text.value()))
        }
        _ => None,
    }
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

fn visit_file(
    files: &Files,
    file: &str,
    folder: &str,
    path: Vec<String>,
    found: &mut Vec<Module>,
) -> anyhow::Result<()> {
    let text = files
        .get(file)
        .with_context(|| format!("there is no `{file}`"))?;
    let parsed = syn::parse_file(text)
        .map_err(|error| anyhow!("{file}:{}: {error}", error.span().start().line))?;
    visit(
        files,
        file,
        folder,
        path,
        &parsed.attrs,
        parsed.items,
        found,
    )
}

/// Keeps a module and visits the modules that it declares. `folder` is where the files of those are.
fn visit(
    files: &Files,
    file: &str,
    folder: &str,
    path: Vec<String>,
    attributes: &[Attribute],
    items: Vec<Item>,
    found: &mut Vec<Module>,
) -> anyhow::Result<()> {
    let mut module = Module {
        path,
        file: file.to_owned(),
        doc: doc_lines(attributes).next().unwrap_or_default(),
        items: Vec::new(),
    };
    let mut children = Vec::new();
    for item in items {
        match item {
            Item::Mod(child) => children.push(child),
            other => module.items.push(other),
        }
    }
    let path = module.path.clone();
    found.push(module);
    for ItemMod {
        attrs,
        ident,
        content,
        ..
    } in children
    {
        if is_test(&attrs) {
            continue;
        }
        let name = ident.to_string();
        let inner = format!("{folder}/{name}");
        let mut path = path.clone();
        path.push(name);
        if let Some((_, items)) = content {
            visit(files, file, &inner, path, &attrs, items, found)?;
            continue;
        }
        let flat = format!("{inner}.rs");
        let nested = format!("{inner}/mod.rs");
        let Some(child) = [&flat, &nested]
            .into_iter()
            .find(|name| files.contains_key(*name))
        else {
            bail!(
                "{file}:{}: there is neither `{flat}` nor `{nested}`",
                ident.span().start().line
            );
        };
        visit_file(files, child, &inner, path, found)?;
    }
    Ok(())
}
