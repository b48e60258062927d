//! `impl Binding` → reference docs: the table under `# Properties` of each public type, that of the services, and `docs/bindings.md`.
//!
//! The sources are read, not compiled, so that the task needs no build of the crate and cannot be fooled by a stale one.

mod catalog;
mod constant;
mod expand;
mod names;
mod property;
mod reference;
mod section;
mod services;
mod source;

use std::{fs, path::Path};

use anyhow::{Context, bail};

use self::{catalog::Catalog, names::Names};

/// The folder of the bindings.
const BINDINGS: &str = "azure-functions/src/bindings";
/// The table of all bindings.
const REFERENCE: &str = "docs/bindings.md";

/// Writes the tables, or with `check` says which of them are stale.
pub(crate) fn run(root: &Path, check: bool) -> anyhow::Result<()> {
    let files = source::read(&root.join(BINDINGS), BINDINGS)?;
    let mut stale = Vec::new();
    for (file, text) in generate(&files)? {
        let path = root.join(&file);
        let old = fs::read_to_string(&path).unwrap_or_default();
        if old == text {
            continue;
        }
        if check {
            stale.push(difference(&file, &old, &text));
        } else {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, text).with_context(|| file.clone())?;
        }
    }
    if !stale.is_empty() {
        bail!(
            "stale; run `cargo xtask docs` and commit the result:\n  {}",
            stale.join("\n  ")
        );
    }
    Ok(())
}

/// The sources with tables, and the table of all bindings.
fn generate(files: &source::Files) -> anyhow::Result<source::Files> {
    let mut modules = source::modules(files, BINDINGS)?;
    let names = Names::of(&modules);
    expand::expand(&mut modules, &names);
    // With what the macros define.
    let names = Names::of(&modules);
    let catalog = Catalog::read(&modules, &names)?;
    let mut generated = section::rewrite(files, &catalog)?;
    let root = format!("{BINDINGS}/mod.rs");
    let text = generated.get(&root).or_else(|| files.get(&root));
    let text = services::rewrite(text.context("no root")?, &modules, &names, &catalog)?;
    generated.insert(root, text);
    generated.insert(REFERENCE.to_owned(), reference::markdown(&catalog));
    Ok(generated)
}

/// The first line that differs.
fn difference(file: &str, old: &str, new: &str) -> String {
    let (mut old, mut new) = (old.split('\n'), new.split('\n'));
    let mut number = 0;
    loop {
        number += 1;
        let (is, should) = (old.next(), new.next());
        if is != should || is.is_none() {
            let shown = |line: Option<&str>| match line {
                Some(line) => format!("`{line}`"),
                None => "nothing".to_owned(),
            };
            return format!(
                "{file}:{number}: is {}, should be {}",
                shown(is),
                shown(should)
            );
        }
    }
}

#[cfg(test)]
mod tests;
