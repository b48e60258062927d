//! The templates, which are files, and how they become text.

use minijinja::{Environment, Error, UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use proc_macro2::Literal;
use serde::Serialize;

/// A file that every new app has.
#[derive(Debug)]
pub(crate) struct ProjectFile {
    /// Its path in the app.
    pub(crate) path: &'static str,
    template: &'static str,
}

macro_rules! project {
    ($($path:literal <- $file:literal),+ $(,)?) => {
        &[$(ProjectFile {
            path: $path,
            template: include_str!(concat!("templates/project/", $file)),
        }),+]
    };
}

/// The files of a new app beside its sources and `Cargo.toml`.
pub(crate) const FILES: &[ProjectFile] = project![
    "host.json" <- "host.json.jinja",
    "local.settings.json" <- "local.settings.json.jinja",
    ".funcignore" <- "funcignore.jinja",
    ".gitignore" <- "gitignore.jinja",
    ".vscode/extensions.json" <- "vscode/extensions.json.jinja",
    ".vscode/launch.json" <- "vscode/launch.json.jinja",
    ".vscode/tasks.json" <- "vscode/tasks.json.jinja",
    ".github/workflows/deploy.yml" <- "github/workflows/deploy.yml.jinja",
    "Dockerfile" <- "Dockerfile.jinja",
    ".dockerignore" <- "dockerignore.jinja",
    "docker/worker.config.json" <- "worker.config.json.jinja",
    "azure.yaml" <- "azure.yaml.jinja",
    "infra/main.bicep" <- "infra/main.bicep.jinja",
    "infra/resources.bicep" <- "infra/resources.bicep.jinja",
    "infra/main.parameters.json" <- "infra/main.parameters.json.jinja",
    "infra/connections.json" <- "infra/connections.json.jinja",
];

/// The patterns of `.funcignore` in a new app.
pub(crate) fn funcignore() -> &'static str {
    include_str!("templates/project/funcignore.jinja")
}

/// What says in an image how to start the worker.
pub(crate) fn worker_config() -> &'static str {
    include_str!("templates/project/worker.config.json.jinja")
}

/// The manifest of a new app.
pub(crate) const MANIFEST: &str = include_str!("templates/project/Cargo.toml.jinja");
/// The program of a new app.
pub(crate) const MAIN: &str = include_str!("templates/project/src/main.rs.jinja");
/// The module of the functions of an app that has none yet.
pub(crate) const FUNCTIONS: &str = include_str!("templates/project/src/functions/mod.rs.jinja");

impl ProjectFile {
    /// The text of the file.
    ///
    /// # Errors
    ///
    /// The template is broken, which a test would have told.
    pub(crate) fn render(&self, context: impl Serialize) -> Result<String, TemplateError> {
        render(self.template, context)
    }
}

/// A template of ours is broken.
#[derive(Debug, thiserror::Error)]
#[error("a template of `cargo func` is broken")]
pub(crate) struct TemplateError(#[from] Error);

impl crate::error::Explain for TemplateError {}

/// The text that a template makes of its context.
///
/// # Errors
///
/// The template is broken, which a test would have told.
pub(crate) fn render(template: &str, context: impl Serialize) -> Result<String, TemplateError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    syntax.keep_trailing_newline(true).trim_blocks(true);
    environment.set_syntax(syntax.build()?);
    Ok(environment.render_str(template, Serde(context))?)
}

/// A text as a literal of Rust.
pub(crate) fn literal(text: &str) -> String {
    Literal::string(text).to_string()
}
