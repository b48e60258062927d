//! `cargo func durable`: look after the orchestrations of an app that runs.

mod error;
mod history;
mod instance;
mod payload;
mod status_page;

use std::process::ExitCode;

use self::instance::Hub;
use crate::{
    cli::{ActArgs, DurableArgs, DurableCommand, HostArgs},
    error::Failure,
    exit,
    render::{Acted, Instance, Instances, Purged, Raised, Recorded, Started, Terminal},
};

/// Does what the command line says.
///
/// # Errors
///
/// There is no such app or instance, or the instance is not in a state for it.
pub(crate) fn run(args: &DurableArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    match &args.command {
        DurableCommand::Start(args) => {
            let input = payload::read("--input", args.input.as_deref(), args.file.as_deref())?;
            let hub = hub(&args.host)?;
            let id = hub.start(&args.orchestrator, args.id.as_deref(), input.as_deref())?;
            if !args.wait.wait {
                terminal.started(&Started::new(&args.orchestrator, &id));
                return Ok(ExitCode::SUCCESS);
            }
            let instance = Instance::new(hub.wait(&id, args.wait.timeout)?);
            terminal.answer(&instance);
            Ok(code(instance.has_completed()))
        }
        DurableCommand::Status(args) => {
            let hub = hub(&args.host)?;
            if args.wait.wait {
                let instance = Instance::new(hub.wait(&args.id, args.wait.timeout)?);
                terminal.answer(&instance);
                return Ok(code(instance.has_completed()));
            }
            terminal.answer(&Instance::new(hub.status(&args.id)?));
            Ok(ExitCode::SUCCESS)
        }
        DurableCommand::List(args) => {
            let hub = hub(&args.host)?;
            let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
            let (found, more) = hub.list(&args.filter, args.prefix.as_deref(), limit)?;
            terminal.answer(&Instances::new(found, more));
            Ok(ExitCode::SUCCESS)
        }
        DurableCommand::Events(args) => {
            let data = payload::read("--data", args.data.as_deref(), args.file.as_deref())?;
            hub(&args.host)?.raise(&args.id, &args.name, data.as_deref())?;
            terminal.report(&Raised::new(&args.id, &args.name));
            Ok(ExitCode::SUCCESS)
        }
        DurableCommand::Terminate(args) => act("terminate", &args.act, terminal),
        DurableCommand::Suspend(args) => act("suspend", &args.act, terminal),
        DurableCommand::Resume(args) => act("resume", &args.act, terminal),
        DurableCommand::Rewind(args) => act("rewind", &args.act, terminal),
        DurableCommand::Restart(args) => {
            let hub = hub(&args.host)?;
            let name = Instance::new(hub.status(&args.id)?).name().to_owned();
            let id = hub.restart(&args.id, !args.same_id)?;
            terminal.started(&Started::new(&name, &id));
            Ok(ExitCode::SUCCESS)
        }
        DurableCommand::Purge(args) => {
            let hub = hub(&args.host)?;
            let count = match &args.id {
                Some(id) => hub.purge(id)?,
                None => hub.purge_all(&args.filter)?,
            };
            terminal.report(&Purged::new(count));
            Ok(ExitCode::SUCCESS)
        }
        DurableCommand::History(args) => {
            let history = hub(&args.host)?.history(&args.id)?;
            let text = history.to_string();
            if let Some(file) = &args.out {
                history::write(file, &text)?;
                terminal.report(&Recorded::new(&history, file));
            } else {
                terminal.document(&text);
            }
            if !history.exact {
                crate::render::warning(&history::Inexact);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn act(verb: &'static str, args: &ActArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    hub(&args.host)?.act(&args.id, verb, args.reason.as_deref())?;
    terminal.report(&Acted::new(verb, &args.id));
    Ok(ExitCode::SUCCESS)
}

fn hub(args: &HostArgs) -> Result<Hub, Failure> {
    let local = super::invoke::local()?;
    Ok(Hub::new(super::invoke::client(args, &local)?))
}

fn code(well: bool) -> ExitCode {
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::FAILURE)
    }
}
