//! `cargo func init`: a crate becomes a function app.

use std::process::ExitCode;

use crate::{
    cargo,
    cli::{CargoArgs, InitArgs},
    commands::new_app,
    edit::{Changes, Manifest, with_line},
    error::Failure,
    function::Layout,
    project::{Project, Source},
    render::{Initialized, Terminal},
    template::FUNCTIONS,
    triggers::Trigger,
};

/// What `cargo new` writes, which nobody misses.
const UNTOUCHED: &str = "fn main() {\n    println!(\"Hello, world!\");\n}\n";

/// Adds what a function app has and the crate has not.
///
/// # Errors
///
/// There is no crate, or one of its files cannot be changed.
pub(crate) fn run(args: &InitArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let source = Source::find(args.app.azure_functions_path.as_deref())?;
    let trigger = args.app.template.as_deref().and_then(Trigger::find);
    let function = trigger.map(new_app::first).transpose()?;
    let (name, layout) = cargo::layout_of(&CargoArgs {
        package: args.package.clone(),
        manifest_path: args.manifest_path.clone(),
        ..CargoArgs::default()
    })?;
    let project = Project::new(name, &source, false);
    let mut changes = Changes::default();
    add_dependency(&mut changes, &layout, &project, &source)?;
    let starts = add_program(&mut changes, &layout, &project)?;
    layout.add_functions(&mut changes, FUNCTIONS)?;
    for (path, text) in project.tools()? {
        let file = layout.folder.join(path);
        match changes.read(&file)? {
            None => changes.write(file, text)?,
            Some(own) if path == ".gitignore" && !own.contains("local.settings.json") => {
                changes.write(file, with_line(&own, "/local.settings.json"))?;
            }
            Some(_) => {}
        }
    }
    if let Some(function) = &function {
        layout.add(&mut changes, function, FUNCTIONS)?;
    }
    changes.apply()?;
    terminal.report(&Initialized::new(
        &project.name,
        &layout.folder,
        &changes,
        starts,
    ));
    Ok(ExitCode::SUCCESS)
}

fn add_dependency(
    changes: &mut Changes,
    layout: &Layout,
    project: &Project,
    source: &Source,
) -> Result<(), Failure> {
    let text = changes.read(&layout.manifest)?.unwrap_or_default();
    let mut manifest = Manifest::parse(&layout.manifest, &text)?;
    manifest.require(&source.dependency())?;
    manifest.require_profile(&project.profile()?)?;
    changes.write(layout.manifest.clone(), manifest.text())?;
    Ok(())
}

/// Writes the program if there is none; says whether it starts a worker.
fn add_program(changes: &mut Changes, layout: &Layout, project: &Project) -> Result<bool, Failure> {
    match changes.read(&layout.main)? {
        Some(text) if text.replace("\r\n", "\n") != UNTOUCHED => {
            Ok(text.contains("azure_functions"))
        }
        _ => {
            changes.write(layout.main.clone(), project.main()?)?;
            Ok(true)
        }
    }
}
