//! What the terminal shows: the only place that prints.

mod durable;
mod event;
mod finding;
mod invoke;
mod json;
mod list;
mod package;
mod project;
mod prompt;
mod reload;
mod report;
mod table;

use std::{
    fmt::{self, Write as _},
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use anstream::ColorChoice;
use azure_functions_host::{Event, EventKind, HostHandle, Keys, Level};
use owo_colors::OwoColorize as _;

pub(crate) use self::{
    durable::{Acted, Instance, Instances, Purged, Raised, Recorded, Started},
    finding::{Checked, Diagnosis},
    invoke::{Answered, Begun, Ended},
    list::Listed,
    package::{Built, Deployed, Manual, Packed, Planned},
    project::{Added, Initialized, NewApp},
    report::Report,
};
use crate::{
    cli::{Color, OutputArgs},
    error::Explain,
};

/// Standard error for people, and standard output for programs.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    quiet: bool,
    json: bool,
}

impl Terminal {
    /// A terminal as the command line wants it.
    pub(crate) fn new(args: &OutputArgs) -> Self {
        let choice = match args.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        choice.write_global();
        Self {
            quiet: args.quiet,
            json: args.json,
        }
    }

    /// Whether people see every line that the app prints.
    pub(crate) fn shows_all(&self) -> bool {
        !self.quiet && !self.json
    }

    /// What cargo needs to know to print likewise.
    pub(crate) fn cargo_flags(&self) -> Vec<&'static str> {
        let color = match ColorChoice::global() {
            ColorChoice::Always | ColorChoice::AlwaysAnsi => "--color=always",
            ColorChoice::Never => "--color=never",
            ColorChoice::Auto => "--color=auto",
        };
        let mut flags = vec![color];
        if self.quiet {
            flags.push("--quiet");
        }
        flags
    }

    /// Where the host listens, and for what.
    pub(crate) fn ready(&self, host: &HostHandle) {
        if self.json {
            print(json::ready(host));
        } else if !self.quiet {
            say(table::ready(host));
        }
    }

    /// One thing that happened before the host was ready.
    pub(crate) fn starting(&self, event: &Event) {
        // What the host did to get ready is not news to people once it is; what it could not do is.
        let routine = event.kind == EventKind::Host && event.level < Level::Warning;
        if self.json || !routine {
            self.event(event);
        }
    }

    /// One thing that happened.
    pub(crate) fn event(&self, event: &Event) {
        if self.json {
            print(json::event(event));
        } else if (!self.quiet || event.level >= Level::Warning)
            && let Some(line) = event::line(event)
        {
            say(line);
        }
    }

    /// What a command did: an object for programs on standard output, or lines for people.
    pub(crate) fn report(&self, report: &impl Report) {
        if self.json {
            print(json::object(report));
        } else if !self.quiet {
            say(report.text());
        }
    }

    /// What a command was asked for: it goes to standard output for people too.
    pub(crate) fn answer(&self, report: &impl Report) {
        if self.json {
            print(json::object(report));
        } else {
            let text = report.text();
            if !text.is_empty() {
                print(text);
            }
        }
    }

    /// The response of a function: its body is what was asked for, and the rest is about it.
    pub(crate) fn body(&self, answered: &Answered<'_>, body: &[u8]) {
        if self.json {
            print(json::object(answered));
            return;
        }
        if !self.quiet {
            say(answered.text());
        }
        let mut out = std::io::stdout().lock();
        // As it is, for it may be no text; a terminal gets a line of its own afterwards.
        let _ = out.write_all(body);
        if out.is_terminal() && !body.is_empty() && !body.ends_with(b"\n") {
            let _ = out.write_all(b"\n");
        }
        let _ = out.flush();
    }

    /// An instance was started: its id is what was asked for.
    pub(crate) fn started(&self, started: &Started<'_>) {
        if self.json {
            print(json::object(started));
            return;
        }
        if !self.quiet {
            say(started.text());
        }
        print(started.id());
    }

    /// What became of a call: its result is what was asked for, and the rest is about it.
    pub(crate) fn outcome(&self, ended: &Ended<'_>) {
        if self.json {
            print(json::object(ended));
            return;
        }
        if !self.quiet || !ended.succeeded() {
            say(ended.text());
        }
        if let Some(result) = ended.result() {
            print(result);
        }
    }

    /// Whether people want to see warnings and errors only.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet && !self.json
    }

    /// Files of the app changed, and it is built again.
    pub(crate) fn changed(&self, paths: &[PathBuf], folder: &Path) {
        if self.json {
            print(json::changed(paths, folder));
        } else if !self.quiet {
            say(reload::changed(paths, folder));
        }
    }

    /// A new build runs.
    pub(crate) fn reloaded(&self, host: &HostHandle, took: Duration) {
        if self.json {
            print(json::reloaded(host, took));
        } else if !self.quiet {
            say(reload::reloaded(host, took));
        }
    }

    /// The new build is the same as the old one.
    pub(crate) fn same(&self) {
        if self.json {
            print(json::same());
        } else if !self.quiet {
            say(reload::same());
        }
    }

    /// The new build does not run, for this reason; the old one does.
    pub(crate) fn kept(&self, reason: &dyn Explain) {
        if self.json {
            print(json::kept(reason));
            return;
        }
        error(reason);
        if !self.quiet {
            say(reload::kept());
        }
    }

    /// The keys that requests need, and the file that they stand in.
    pub(crate) fn keys(&self, keys: &Keys, path: &Path) {
        if !self.json && !self.quiet {
            say(reload::keys(keys, path));
        }
    }

    /// The Core Tools of that version are started; somebody may expect them to look for changes.
    pub(crate) fn core_tools(&self, version: &str, watched_for: bool) {
        if !self.json && !self.quiet {
            say(reload::core_tools(version, watched_for));
        }
    }

    /// A worker is held up until a debugger has attached.
    pub(crate) fn waits_for_debugger(&self, pid: u32) {
        if self.json {
            print(json::waits_for_debugger(pid));
        } else {
            say(reload::waits_for_debugger(pid));
        }
    }

    /// What a command does now, in the manner of cargo.
    pub(crate) fn step(&self, verb: &str, what: &str) {
        if self.shows_all() {
            say(format!("{:>12} {what}", verb.green().bold()));
        }
    }

    /// A text that was asked for, and nothing else.
    #[expect(clippy::unused_self, reason = "it is the terminal that prints")]
    pub(crate) fn document(&self, text: &str) {
        print(text.trim_end());
    }

    /// The host begins to stop.
    pub(crate) fn stopping(&self) {
        if !self.quiet && !self.json {
            say("Stopping; press Ctrl-C again not to wait for running functions".dimmed());
        }
    }
}

/// Shows an error with all that caused it, and what to do about it.
pub(crate) fn error(error: &dyn Explain) {
    let label = "error:";
    let mut text = format!("{} {error}", label.red().bold());
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, "\n  caused by: {error}");
        cause = error.source();
    }
    if let Some(hint) = error.hint() {
        let label = "hint:";
        let _ = write!(text, "\n\n{} {hint}", label.cyan().bold());
    }
    say(text);
}

/// Shows what may be wrong.
pub(crate) fn warning(text: &impl fmt::Display) {
    say(format!("{} {text}", "warning:".yellow().bold()));
}

/// Writes a line for people. A terminal that is gone is no reason to fail.
fn say(text: impl fmt::Display) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Writes a line for programs.
fn print(text: impl fmt::Display) {
    let _ = writeln!(anstream::stdout().lock(), "{text}");
}
