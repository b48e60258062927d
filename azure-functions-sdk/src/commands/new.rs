//! `cargo func new`: one more function.

use std::{collections::BTreeMap, process::ExitCode};

use crate::{
    cargo::App,
    cli::{NewArgs, NewFunction},
    edit::Changes,
    error::{Explain, Failure},
    exit,
    function::{Function, module},
    render::{Added, Terminal},
    template::FUNCTIONS,
    triggers::{Kind, TRIGGERS},
};

/// The command line does not say what starts the function, and nobody can be asked.
#[derive(Debug, thiserror::Error)]
#[error("nothing says what starts the function")]
struct NoTrigger;

impl Explain for NoTrigger {
    fn hint(&self) -> Option<String> {
        Some(
            "write `cargo func new TRIGGER NAME`; `cargo func new --help` lists the triggers"
                .to_owned(),
        )
    }

    fn exit_code(&self) -> u8 {
        exit::USAGE
    }
}

/// Adds the function.
///
/// # Errors
///
/// There is no app, it has such a function, or one of its files cannot be changed.
pub(crate) fn run(args: &NewArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let new = match &args.function {
        Some(new) => new.clone(),
        None if terminal.can_ask() => ask(terminal)?,
        None => return Err(NoTrigger.into()),
    };
    let layout = App::find(&args.cargo())?.layout()?;
    let function = Function::new(&new)?;
    let mut changes = Changes::default();
    let file = layout.add(&mut changes, &function, FUNCTIONS)?;
    changes.apply()?;
    terminal.report(&Added::new(
        &new.name,
        &function,
        &layout.folder,
        &file,
        &changes,
    ));
    Ok(ExitCode::SUCCESS)
}

/// Asks for what the command line would say.
fn ask(terminal: &Terminal) -> Result<NewFunction, Failure> {
    let words = TRIGGERS
        .iter()
        .map(|trigger| format!("{}: {}", trigger.name, trigger.about));
    let chosen = terminal.ask_choice("What starts the function", &words.collect::<Vec<_>>())?;
    let trigger = TRIGGERS.get(chosen).ok_or(NoTrigger)?;
    let name = terminal.ask_text("Name of the function", trigger.example)?;
    module(&name)?;
    let mut given = BTreeMap::new();
    for option in trigger.options {
        // What has no default is rarely wanted, and can be written into the code.
        let default = option.default_for(&name).unwrap_or_default();
        let is_asked =
            !default.is_empty() || matches!(option.default, crate::triggers::Default::Required);
        if is_asked
            && matches!(
                option.kind,
                Kind::Text(_) | Kind::Setting | Kind::Function | Kind::OneOf(_)
            )
        {
            let answer =
                terminal.ask_checked(option.help, &default, |value| option.check(value))?;
            given.insert(option.flag, vec![answer]);
        }
    }
    Ok(NewFunction {
        trigger,
        name,
        given,
    })
}
