//! What a path in the sources of the bindings stands for.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, UseTree};

use super::source::Module;

/// How often an import may lead to an import.
const DEPTH: usize = 8;

/// An item: the path of its module, and its name.
pub(super) type Key = (Vec<String>, String);

/// The names that the modules define and import.
#[derive(Debug, Default)]
pub(super) struct Names {
    defined: BTreeSet<Key>,
    modules: BTreeSet<Vec<String>>,
    imports: BTreeMap<Key, Vec<String>>,
    globs: BTreeMap<Vec<String>, Vec<Vec<String>>>,
}

impl Names {
    /// Collects the names.
    pub(super) fn of(modules: &[Module]) -> Self {
        let mut names = Self::default();
        for module in modules {
            names.modules.insert(module.path.clone());
            for item in &module.items {
                let ident = match item {
                    Item::Const(item) => &item.ident,
                    Item::Static(item) => &item.ident,
                    Item::Struct(item) => &item.ident,
                    Item::Enum(item) => &item.ident,
                    Item::Macro(item) => match &item.ident {
                        Some(ident) => ident,
                        None => continue,
                    },
                    Item::Use(item) => {
                        names.import(&module.path, &item.tree, &mut Vec::new());
                        continue;
                    }
                    _ => continue,
                };
                names
                    .defined
                    .insert((module.path.clone(), ident.to_string()));
            }
        }
        names
    }

    /// The item that `path` means in `module`. A name that is not imported is looked for in the parent modules too.
    pub(super) fn find(&self, module: &[String], path: &[String]) -> Option<Key> {
        self.exact(module, path, DEPTH).or_else(|| {
            (0..module.len())
                .rev()
                .find_map(|length| self.exact(module.get(..length)?, path, DEPTH))
        })
    }

    /// Whether some module takes this name from the root of the crate.
    pub(super) fn is_of_crate(&self, name: &str) -> bool {
        self.imports.values().any(|path| *path == ["crate", name])
    }

    fn exact(&self, module: &[String], path: &[String], depth: usize) -> Option<Key> {
        let depth = depth.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "self" => return self.exact(module, rest, depth),
            "super" => {
                let (_, parent) = module.split_last()?;
                return self.exact(parent, rest, depth);
            }
            // The root of the sources is this module of the crate.
            "crate" => {
                let (bindings, rest) = rest.split_first()?;
                return (bindings == "bindings")
                    .then(|| self.exact(&[], rest, depth))
                    .flatten();
            }
            _ => {}
        }
        let here: Key = (module.to_vec(), first.clone());
        if rest.is_empty() && self.defined.contains(&here) {
            return Some(here);
        }
        let mut child = module.to_vec();
        child.push(first.clone());
        if !rest.is_empty() && self.modules.contains(&child) {
            return self.exact(&child, rest, depth);
        }
        if let Some(import) = self.imports.get(&here) {
            let full: Vec<String> = import.iter().chain(rest).cloned().collect();
            return self.exact(module, &full, depth);
        }
        self.globs.get(module)?.iter().find_map(|glob| {
            let full: Vec<String> = glob.iter().chain(path).cloned().collect();
            self.exact(module, &full, depth)
        })
    }

    fn import(&mut self, module: &[String], tree: &UseTree, path: &mut Vec<String>) {
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.import(module, &tree.tree, path);
                path.pop();
            }
            UseTree::Name(tree) => {
                let name = tree.ident.to_string();
                let full = path.iter().cloned().chain([name.clone()]).collect();
                self.imports.insert((module.to_vec(), name), full);
            }
            UseTree::Rename(tree) => {
                let full = path
                    .iter()
                    .cloned()
                    .chain([tree.ident.to_string()])
                    .collect();
                self.imports
                    .insert((module.to_vec(), tree.rename.to_string()), full);
            }
            UseTree::Glob(_) => {
                let globs = self.globs.entry(module.to_vec()).or_default();
                globs.push(path.clone());
            }
            UseTree::Group(tree) => {
                for tree in &tree.items {
                    self.import(module, tree, path);
                }
            }
        }
    }
}
