//! `cargo func new-app`: a function app in a new folder.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{
    cli::{NewAppArgs, NewFunction, Vcs},
    edit::Changes,
    error::Failure,
    function::{Function, FunctionError, Layout},
    project::{Project, ProjectError, Source, Stage, check_name, in_repository, in_workspace},
    render::{NewApp, Terminal},
    triggers::{TRIGGERS, Trigger},
};

/// Writes the app.
///
/// # Errors
///
/// Something in the command line cannot be, or the folder cannot be written.
pub(crate) fn run(args: &NewAppArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let asks = args.path.is_none() && !args.yes && terminal.can_ask();
    let path = match &args.path {
        Some(path) => path.clone(),
        None if asks => PathBuf::from(terminal.ask_text("Folder of the app", "hello")?),
        None => return Err(ProjectError::NoPath.into()),
    };
    let absolute = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
    let name = match &args.name {
        Some(name) => name.clone(),
        None => folder_name(&absolute)?,
    };
    check_name(&name)?;
    let source = Source::find(args.app.azure_functions_path.as_deref())?;
    let trigger = match &args.app.template {
        Some(template) => Trigger::find(template),
        None if asks => first_trigger(terminal)?,
        None => None,
    };
    let function = trigger.map(first).transpose()?;
    let vcs = match args.vcs {
        Some(Vcs::Git) => true,
        Some(Vcs::None) => false,
        None => !in_repository(&absolute),
    };
    let project = Project::new(name, &source, in_workspace(&absolute));
    let stage = Stage::new(&path)?;
    let layout = Layout::usual(stage.folder());
    let mut changes = Changes::default();
    for (file, text) in project.files()? {
        changes.write(layout.folder.join(file), text)?;
    }
    if let Some(function) = &function {
        layout.add(&mut changes, function, "")?;
    }
    changes.apply()?;
    if vcs {
        stage.git().or_else(|error| match args.vcs {
            // Nobody asked for git, so that nobody misses it.
            None => Ok(()),
            Some(_) => Err(error),
        })?;
    }
    stage.finish()?;
    terminal.report(&NewApp {
        name: &project.name,
        folder: &path,
        azure_functions: source.path(),
        function: function.as_ref().map(|function| function.module.as_str()),
    });
    Ok(ExitCode::SUCCESS)
}

/// The name of the folder.
fn folder_name(folder: &Path) -> Result<String, ProjectError> {
    // `..` at the end, and the root, have none; `.` has one once it is absolute.
    let name = folder.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned)
        .ok_or_else(|| ProjectError::Nameless(folder.to_owned()))
}

fn first_trigger(terminal: &Terminal) -> Result<Option<&'static Trigger>, Failure> {
    let triggers: Vec<_> = TRIGGERS
        .iter()
        .filter(|trigger| trigger.needs_nothing())
        .collect();
    let mut words = vec!["no function yet".to_owned()];
    words.extend(
        triggers
            .iter()
            .map(|trigger| format!("{}: {}", trigger.name, trigger.about)),
    );
    let chosen = terminal.ask_choice("First function", &words)?;
    Ok(chosen
        .checked_sub(1)
        .and_then(|at| triggers.get(at).copied()))
}

/// The first function, called as the table of triggers says.
pub(super) fn first(trigger: &'static Trigger) -> Result<Function, FunctionError> {
    Function::new(&NewFunction {
        trigger,
        name: trigger.example.to_owned(),
        given: BTreeMap::new(),
    })
}
