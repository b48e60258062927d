//! A function becomes part of an app: its file, its `mod` line, and what it needs.

use std::path::{Path, PathBuf};

use super::Function;
use crate::{
    edit::{
        Changes, Dependency, EditError, Manifest, ModuleError, add_connection, add_module,
        add_setting,
    },
    error::Explain,
};

/// The module with the functions.
const MODULE: &str = "functions";

/// Where the parts of an app are.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The folder with `host.json`.
    pub(crate) folder: PathBuf,
    pub(crate) manifest: PathBuf,
    /// The file of the program.
    pub(crate) main: PathBuf,
    /// The file of the library, if the package has one.
    pub(crate) library: Option<PathBuf>,
}

/// Why a function cannot become part of an app.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddError {
    #[error("there is a module `{module}` in `{}`", .file.display())]
    Exists { module: String, file: PathBuf },
    #[error("`{}` exists", .0.display())]
    FileExists(PathBuf),
    #[error("there is no function `{name}` in `{}`, which `--{flag}` names", .file.display())]
    Unknown {
        flag: &'static str,
        name: String,
        file: PathBuf,
    },
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl Explain for AddError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Exists { .. } | Self::FileExists(_) => {
                Some("choose another name for the function; nothing was changed".to_owned())
            }
            Self::Unknown { flag, name, .. } => Some(format!(
                "make it first with `cargo func new {flag} {name}`; nothing was changed"
            )),
            Self::Edit(error) => error.hint(),
        }
    }
}

impl Layout {
    /// The layout of an app as it is made here.
    pub(crate) fn usual(folder: PathBuf) -> Self {
        Self {
            manifest: folder.join("Cargo.toml"),
            main: folder.join("src/main.rs"),
            library: None,
            folder,
        }
    }

    /// Adds what is needed so that there are functions: their module, and its line where the program is.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or is not Rust.
    pub(crate) fn add_functions(
        &self,
        changes: &mut Changes,
        template: &str,
    ) -> Result<PathBuf, AddError> {
        let mut root = &self.main;
        if let Some(library) = &self.library {
            let text = changes.read(library)?.unwrap_or_default();
            if with_module(library, &text, MODULE)?.is_none() {
                root = library;
            }
        }
        let text = changes.read(root)?.unwrap_or_default();
        if let Some(text) = with_module(root, &text, MODULE)? {
            changes.write(root.clone(), text)?;
        }
        let source = root.parent().unwrap_or(root);
        let files = [source.join("functions/mod.rs"), source.join("functions.rs")];
        let [usual, _] = &files;
        let found = files.iter().find(|file| file.is_file());
        if found.is_none() && changes.read(usual)?.is_none() {
            changes.write(usual.clone(), template.to_owned())?;
        }
        Ok(found.unwrap_or(usual).clone())
    }

    /// Adds a function with all that it needs; says which file it is in.
    ///
    /// # Errors
    ///
    /// It is there already, or a file cannot be read or understood.
    pub(crate) fn add(
        &self,
        changes: &mut Changes,
        function: &Function,
        template: &str,
    ) -> Result<PathBuf, AddError> {
        let list = self.add_functions(changes, template)?;
        let folder = match list.file_name() {
            Some(name) if name == "mod.rs" => list.with_file_name(""),
            _ => list.with_extension(""),
        };
        let module = &function.module;
        let text = changes.read(&list)?.unwrap_or_default();
        let with = with_module(&list, &text, module)?.ok_or_else(|| AddError::Exists {
            module: module.clone(),
            file: list.clone(),
        })?;
        for used in &function.uses {
            if with_module(&list, &text, &used.module)?.is_some() {
                return Err(AddError::Unknown {
                    flag: used.flag,
                    name: used.name.clone(),
                    file: list,
                });
            }
        }
        let file = folder.join(format!("{module}.rs"));
        if changes.read(&file)?.is_some() || folder.join(module).join("mod.rs").exists() {
            return Err(AddError::FileExists(file));
        }
        changes.write(file.clone(), function.code.clone())?;
        self.add_dependencies(changes, function)?;
        self.add_settings(changes, function)?;
        // Last, because it is what makes the file a part of the app.
        changes.write(list, with)?;
        Ok(file)
    }

    fn add_dependencies(&self, changes: &mut Changes, function: &Function) -> Result<(), AddError> {
        let text = changes.read(&self.manifest)?.unwrap_or_default();
        let mut manifest = Manifest::parse(&self.manifest, &text)?;
        manifest.require(&Dependency {
            name: "azure-functions",
            version: env!("CARGO_PKG_VERSION"),
            path: None,
            features: function.feature.into_iter().collect(),
        })?;
        if function.code.contains("tracing::") {
            manifest.require(&Dependency {
                name: "tracing",
                version: "0.1",
                path: None,
                features: Vec::new(),
            })?;
        }
        changes.write(self.manifest.clone(), manifest.text())?;
        Ok(())
    }

    /// Settings and connections, where there are files for them.
    fn add_settings(&self, changes: &mut Changes, function: &Function) -> Result<(), AddError> {
        let file = self.folder.join("local.settings.json");
        if let Some(mut text) = changes.read(&file)? {
            for (name, value) in &function.settings {
                text = add_setting(&file, &text, name, value)?;
            }
            changes.write(file, text)?;
        }
        let file = self.folder.join("infra/connections.json");
        if let Some((name, service)) = &function.connection
            && let Some(text) = changes.read(&file)?
        {
            let text = add_connection(&file, &text, name, service)?;
            changes.write(file, text)?;
        }
        Ok(())
    }
}

/// The text of a file with a module; nothing if it is there already.
fn with_module(file: &Path, text: &str, module: &str) -> Result<Option<String>, EditError> {
    match add_module(text, module) {
        Ok(text) => Ok(Some(text)),
        Err(ModuleError::Exists) => Ok(None),
        Err(ModuleError::Syntax {
            line,
            column,
            problem,
        }) => Err(EditError::Syntax {
            file: file.to_owned(),
            language: "Rust",
            line,
            column,
            problem,
        }),
    }
}
