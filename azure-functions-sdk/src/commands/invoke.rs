//! `cargo func invoke`: call a function of an app that runs.

mod error;
mod event;

use std::{collections::BTreeMap, process::ExitCode, time::Instant};

use azure_functions_host::{PORT, config::LocalSettings};
use serde_json::{Map, Value};

use self::{
    error::{Disabled, InvokeError, Part},
    event::Event,
};
use crate::{
    cli::{HostArgs, InvokeArgs},
    client::{Client, Described, Ran, Sent},
    error::Failure,
    exit,
    render::{self, Answered, Begun, Ended, Terminal},
    samples,
    similar::closest,
};

/// Calls the function. That it failed is an answer, and no error.
///
/// # Errors
///
/// There is no such app, no such function, or nothing that it could be given.
pub(crate) fn run(args: &InvokeArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let local = local()?;
    // Before the host is asked: a file that cannot be read has nothing to do with it.
    let event = Event::read(&args.event)?;
    let client = client(&args.host, &local)?;
    let functions = client.functions()?;
    let function = find(&functions, &args.function)?;
    if function.is_disabled {
        render::warning(&Disabled(&function.name));
    }
    let trigger = function
        .trigger()
        .ok_or_else(|| InvokeError::NoTrigger(function.name.clone()))?;
    let kind = samples::text(trigger, "type").unwrap_or_default();
    if let Some(part) = Part::of(kind) {
        let name = function.name.clone();
        return Err(InvokeError::OfTaskHub { name, part }.into());
    }
    let succeeded = if kind.eq_ignore_ascii_case("httpTrigger") {
        request(args, &client, function, trigger, &event, terminal)?
    } else {
        call(&client, function, trigger, &event, &local, terminal)?
    };
    Ok(if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::FAILURE)
    })
}

/// The settings of the app in this folder or around it, if there is one.
pub(super) fn local() -> Result<LocalSettings, Failure> {
    let here = std::env::current_dir().unwrap_or_default();
    let app = here
        .ancestors()
        .find(|folder| folder.join("host.json").is_file());
    Ok(match app {
        Some(folder) => LocalSettings::read(folder)?,
        None => LocalSettings::default(),
    })
}

/// A client of the host that the command line names.
pub(super) fn client(args: &HostArgs, local: &LocalSettings) -> Result<Client, Failure> {
    let port = args.port.or(local.port).unwrap_or(PORT);
    let url = args
        .url
        .clone()
        .unwrap_or_else(|| format!("http://localhost:{port}"));
    let key = args.key.clone().filter(|key| !key.is_empty());
    Ok(Client::new(&url, key)?)
}

fn find<'f>(functions: &'f [Described], name: &str) -> Result<&'f Described, InvokeError> {
    let mut all = functions.iter();
    let found = all.find(|function| function.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| {
        let names = functions.iter().map(|function| function.name.as_str());
        InvokeError::Unknown {
            name: name.to_owned(),
            similar: closest(name, names.clone()).map(str::to_owned),
            known: names.map(str::to_owned).collect(),
        }
    })
}

/// Sends a request to the route of a function; says whether it went well.
fn request(
    args: &InvokeArgs,
    client: &Client,
    function: &Described,
    trigger: &Map<String, Value>,
    event: &Event,
    terminal: &Terminal,
) -> Result<bool, Failure> {
    let template = function.invoke_url_template.as_deref().and_then(path);
    let template = template.ok_or_else(|| InvokeError::NoRoute(function.name.clone()))?;
    let mut values: BTreeMap<String, String> = args.event.parameters.iter().cloned().collect();
    let is_sample = matches!(event, Event::Sample(_));
    let mut path = samples::fill(template, &values, is_sample)
        .map_err(|error| InvokeError::route(&function.name, error))?;
    for parameter in samples::parameters(template) {
        values.retain(|name, _| !name.eq_ignore_ascii_case(parameter.name));
    }
    for (at, (name, value)) in values.iter().enumerate() {
        path.push(if at == 0 { '?' } else { '&' });
        samples::escape(&mut path, name, false);
        path.push('=');
        samples::escape(&mut path, value, false);
    }
    let methods = methods(trigger);
    let method = method(args.event.method.as_deref(), &methods, event);
    let body = match event {
        Event::None => None,
        Event::Given(bytes) => Some(bytes.clone()),
        Event::Sample(name) if has_body(&method) => {
            Some(event::sample(function, trigger, name)?.into_bytes())
        }
        Event::Sample(_) => None,
    };
    let kind = match &body {
        Some(body) if serde_json::from_slice::<Value>(body).is_ok() => "application/json",
        Some(body) if std::str::from_utf8(body).is_ok() => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let headers = [("content-type", kind)];
    let headers = if body.is_some() { &headers[..] } else { &[] };
    let began = Instant::now();
    let sent = Sent {
        method: &method,
        path: &path,
        headers,
        body: body.as_deref(),
    };
    let (reply, told) = client.request(&sent)?;
    let answered = Answered::new(
        &function.name,
        &sent,
        &reply,
        told.as_ref(),
        began.elapsed(),
    );
    terminal.body(&answered, &reply.body);
    Ok(answered.succeeded())
}

/// Has the host call a function; says whether it went well, as far as the host tells.
fn call(
    client: &Client,
    function: &Described,
    trigger: &Map<String, Value>,
    event: &Event,
    local: &LocalSettings,
    terminal: &Terminal,
) -> Result<bool, Failure> {
    let kind = samples::text(trigger, "type").unwrap_or_default();
    let (input, content) = match event {
        Event::None if samples::needs_nothing(kind) => (String::new(), None),
        Event::None => return Err(InvokeError::NoEvent(kind.to_owned()).into()),
        Event::Given(bytes) => (event::text(bytes)?, None),
        Event::Sample(name) => {
            let sample = event::sample(function, trigger, name)?;
            match event::blob(trigger, local) {
                Some(path) => (path, Some(sample)),
                None => (sample, None),
            }
        }
    };
    if matches!(event, Event::Given(_)) && samples::is_json(kind) {
        event::check_json(kind, &input)?;
    }
    match client.run(&function.name, &input, content.as_deref())? {
        Ran::Refused(reason) => {
            let name = function.name.clone();
            Err(InvokeError::Refused { name, reason }.into())
        }
        Ran::Begun => {
            let place = content.is_some().then_some(input.as_str());
            terminal.report(&Begun::new(&function.name, client.base(), place));
            Ok(true)
        }
        Ran::Ended(outcome) => {
            let ended = Ended::new(&function.name, &outcome);
            terminal.outcome(&ended);
            Ok(ended.succeeded())
        }
    }
}

/// The path of an address.
fn path(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let at = rest.find('/')?;
    rest.get(at..)
}

fn methods(trigger: &Map<String, Value>) -> Vec<String> {
    let mut members = trigger.iter();
    let found = members.find(|(name, _)| name.eq_ignore_ascii_case("methods"));
    let list = found.and_then(|(_, value)| value.as_array());
    let names = list.into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_ascii_uppercase).collect()
}

/// The method that is asked for, or one that the function takes and that fits what is sent.
fn method(asked: Option<&str>, taken: &[String], event: &Event) -> String {
    if let Some(method) = asked {
        return method.to_ascii_uppercase();
    }
    let with_body = taken.iter().find(|method| has_body(method));
    let wanted = match event {
        Event::Given(_) => taken.iter().find(|method| *method == "POST").or(with_body),
        Event::None | Event::Sample(_) => None,
    };
    let default = if matches!(event, Event::Given(_)) {
        "POST"
    } else {
        "GET"
    };
    wanted
        .or(taken.first())
        .map_or_else(|| default.to_owned(), Clone::clone)
}

fn has_body(method: &str) -> bool {
    ["POST", "PUT", "PATCH"].contains(&method)
}
