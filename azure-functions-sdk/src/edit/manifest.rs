//! Dependencies and profiles for a `Cargo.toml`.

use std::path::Path;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::{EditError, place};

/// A dependency that a package has to have.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// The folder that it is in, instead of the registry.
    pub(crate) path: Option<String>,
    pub(crate) features: Vec<&'static str>,
}

/// A `Cargo.toml`.
#[derive(Debug)]
pub(crate) struct Manifest<'f> {
    file: &'f Path,
    document: DocumentMut,
}

impl<'f> Manifest<'f> {
    /// Reads the text.
    ///
    /// # Errors
    ///
    /// The text is not TOML.
    pub(crate) fn parse(file: &'f Path, text: &str) -> Result<Self, EditError> {
        let document = text.parse::<DocumentMut>().map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let (line, column) = place(text, at);
            EditError::Syntax {
                file: file.to_owned(),
                language: "TOML",
                line,
                column,
                problem: error.message().trim().replace('\n', "; "),
            }
        })?;
        Ok(Self { file, document })
    }

    /// Adds a dependency, or the features that it lacks.
    ///
    /// # Errors
    ///
    /// What stands there is not a dependency.
    pub(crate) fn require(&mut self, dependency: &Dependency) -> Result<(), EditError> {
        let table = self.table("dependencies")?;
        let key = key_of(table, dependency.name);
        let Some(item) = key.and_then(|key| table.get_mut(&key)) else {
            let sorted = table.iter().map(|(key, _)| key).is_sorted();
            table.insert(dependency.name, Item::Value(dependency.value()));
            if sorted {
                table.sort_values();
            }
            return Ok(());
        };
        if add_features(item, &dependency.features).is_none() {
            return Err(EditError::Shape {
                file: self.file.to_owned(),
                problem: format!("`dependencies.{}` is not a dependency", dependency.name),
            });
        }
        Ok(())
    }

    /// Adds what a small release build needs, where nobody has said anything of it.
    ///
    /// # Errors
    ///
    /// `profile` is not a table.
    pub(crate) fn require_profile(&mut self, profile: &Table) -> Result<(), EditError> {
        let profiles = self.table("profile")?;
        profiles.set_implicit(true);
        if !profiles.contains_key("release") {
            profiles.insert("release", Item::Table(profile.clone()));
        }
        Ok(())
    }

    fn table(&mut self, name: &str) -> Result<&mut Table, EditError> {
        let file = self.file;
        let item = self
            .document
            .entry(name)
            .or_insert_with(|| Item::Table(Table::new()));
        item.as_table_mut().ok_or_else(|| EditError::Shape {
            file: file.to_owned(),
            problem: format!("`{name}` is not a table; write `[{name}]`"),
        })
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        self.document.to_string()
    }
}

impl Dependency {
    fn value(&self) -> Value {
        if self.path.is_none() && self.features.is_empty() {
            return Value::from(self.version);
        }
        let mut table = InlineTable::new();
        if let Some(path) = &self.path {
            table.insert("path", path.as_str().into());
        }
        table.insert("version", self.version.into());
        if !self.features.is_empty() {
            table.insert(
                "features",
                Value::Array(self.features.iter().copied().collect()),
            );
        }
        Value::InlineTable(table)
    }
}

/// The key of a dependency, which may have another name than its package.
fn key_of(table: &Table, package: &str) -> Option<String> {
    let is_it = |(key, item): &(&str, &Item)| {
        let renamed = item
            .as_table_like()
            .and_then(|table| table.get("package"))
            .and_then(Item::as_str);
        renamed.unwrap_or(key) == package
    };
    table.iter().find(is_it).map(|(key, _)| key.to_owned())
}

/// Adds the features that a dependency lacks; nothing if it is no dependency.
fn add_features(item: &mut Item, features: &[&str]) -> Option<()> {
    if features.is_empty() {
        return Some(());
    }
    if let Some(version) = item.as_str() {
        let mut table = InlineTable::new();
        table.insert("version", version.into());
        let value = item.as_value_mut()?;
        let decor = value.decor().clone();
        *value = Value::InlineTable(table);
        *value.decor_mut() = decor;
    }
    let table: &mut dyn TableLike = item.as_table_like_mut()?;
    let array = table
        .entry("features")
        .or_insert_with(|| Item::Value(Value::Array(Array::new())))
        .as_array_mut()?;
    for feature in features {
        if !array.iter().any(|own| own.as_str() == Some(feature)) {
            array.push(*feature);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(before: &str, name: &'static str, features: &[&'static str]) -> String {
        let mut manifest = Manifest::parse(Path::new("Cargo.toml"), before).unwrap();
        manifest
            .require(&Dependency {
                name,
                version: "1",
                path: None,
                features: features.to_vec(),
            })
            .unwrap();
        manifest.text()
    }

    #[test]
    fn dependencies() {
        for (before, name, features, after) in [
            (
                "[dependencies]\n",
                "b",
                &[][..],
                "[dependencies]\nb = \"1\"\n",
            ),
            (
                "",
                "b",
                &["x"][..],
                "[dependencies]\nb = { version = \"1\", features = [\"x\"] }\n",
            ),
            (
                "[dependencies] # mine\na = \"2\"\n# about c\nc = \"3\" # old\n",
                "b",
                &[],
                "[dependencies] # mine\na = \"2\"\nb = \"1\"\n# about c\nc = \"3\" # old\n",
            ),
            (
                "[dependencies]\nb = \"2\" # old\n",
                "b",
                &[],
                "[dependencies]\nb = \"2\" # old\n",
            ),
            (
                "[dependencies]\nb = \"2\" # old\n",
                "b",
                &["x"],
                "[dependencies]\nb = { version = \"2\", features = [\"x\"] } # old\n",
            ),
            (
                "[dependencies]\nb = { path = \"..\",  features = [\"x\"] }\n",
                "b",
                &["x", "y"],
                "[dependencies]\nb = { path = \"..\",  features = [\"x\", \"y\"] }\n",
            ),
            (
                "[dependencies.bee]\npackage = \"b\"\n",
                "b",
                &["x"],
                "[dependencies.bee]\npackage = \"b\"\nfeatures = [\"x\"]\n",
            ),
        ] {
            assert_eq!(with(before, name, features), after, "{before}");
        }
    }

    #[test]
    fn what_is_broken() {
        let file = Path::new("Cargo.toml");
        let error = Manifest::parse(file, "[package]\nname = \n").unwrap_err();
        assert!(error.to_string().contains("line 2, column 8"), "{error}");
        let mut manifest = Manifest::parse(file, "dependencies = 1\n").unwrap();
        let dependency = Dependency {
            name: "b",
            version: "1",
            path: None,
            features: Vec::new(),
        };
        assert!(manifest.require(&dependency).is_err());
    }
}
