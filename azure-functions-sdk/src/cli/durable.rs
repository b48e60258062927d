//! The arguments of `cargo func durable`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use jiff::{SpanRelativeTo, Timestamp, civil::Date, tz::TimeZone};

use super::HostArgs;
use crate::exit;

/// Look after the orchestrations of an app that runs
///
/// Speaks with the management API of Durable Functions, of `cargo func run` and of a deployed app alike.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct DurableArgs {
    #[command(subcommand)]
    pub(crate) command: DurableCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DurableCommand {
    Start(StartArgs),
    Status(StatusArgs),
    List(InstancesArgs),
    Events(EventsArgs),
    Terminate(TerminateArgs),
    Suspend(SuspendArgs),
    Resume(ResumeArgs),
    Rewind(RewindArgs),
    Restart(RestartArgs),
    Purge(PurgeArgs),
    History(HistoryArgs),
}

/// Start an orchestration, and print the id of its instance
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct StartArgs {
    /// Name of the orchestrator
    #[arg(value_name = "NAME", value_parser = segment)]
    pub(crate) orchestrator: String,
    /// Id of the instance; that of one that has ended makes a new one in its place [default: the host makes one]
    #[arg(long, value_parser = segment)]
    pub(crate) id: Option<String>,
    /// Input, as JSON
    #[arg(short, long, value_name = "JSON", group = "given")]
    pub(crate) input: Option<String>,
    /// File with the input as JSON, `-` for the standard input
    #[arg(short, long, value_name = "PATH", group = "given")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Until when to wait
#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    /// Wait until the instance has ended, and fail if it has not completed
    #[arg(long)]
    pub(crate) wait: bool,
    /// Wait no longer than this
    #[arg(long, value_name = "SECONDS", requires = "wait")]
    pub(crate) timeout: Option<u64>,
}

/// Show how far an instance is, with its input and its output
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct StatusArgs {
    /// Id of the instance
    #[arg(value_parser = segment)]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// List the instances
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct InstancesArgs {
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// Only those whose ids begin so
    #[arg(long)]
    pub(crate) prefix: Option<String>,
    /// How many at most
    #[arg(long, value_name = "COUNT", default_value = "100", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Which instances
#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Only those with one of these statuses
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    pub(crate) status: Vec<InstanceStatus>,
    /// Only those that were started then or later: a time, a date, or how long ago, such as `7d` or `12h`
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) after: Option<Timestamp>,
    /// Only those that were started then or earlier
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) before: Option<Timestamp>,
}

/// How far an instance is
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InstanceStatus {
    Pending,
    Running,
    Suspended,
    Completed,
    Failed,
    Terminated,
    Canceled,
    ContinuedAsNew,
}

/// Raise an event for an instance
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct EventsArgs {
    /// Id of the instance
    #[arg(value_parser = segment)]
    pub(crate) id: String,
    /// Name of the event
    #[arg(value_parser = segment)]
    pub(crate) name: String,
    /// What comes with it, as JSON
    #[arg(short, long, value_name = "JSON", group = "given")]
    pub(crate) data: Option<String>,
    /// File with what comes with it as JSON, `-` for the standard input
    #[arg(short, long, value_name = "PATH", group = "given")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

macro_rules! acts {
    ($($(#[$doc:meta])+ $name:ident)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Args)]
        #[command(after_help = exit::HELP)]
        pub(crate) struct $name {
            #[command(flatten)]
            pub(crate) act: ActArgs,
        }
    )+};
}

acts! {
    /// End an instance, and let its history stand
    TerminateArgs
    /// Stop an instance for a while: what happens meanwhile waits for it
    SuspendArgs
    /// Let an instance that was suspended go on
    ResumeArgs
    /// Have a failed instance try again what failed
    RewindArgs
}

/// Which instance, and why
#[derive(Debug, Args)]
pub(crate) struct ActArgs {
    /// Id of the instance
    #[arg(value_parser = segment)]
    pub(crate) id: String,
    /// Why; a terminated instance has it for its output
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Start an instance again with the input that it had, and print the id
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct RestartArgs {
    /// Id of the instance
    #[arg(value_parser = segment)]
    pub(crate) id: String,
    /// Take the same id, if the instance has ended
    #[arg(long)]
    pub(crate) same_id: bool,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Remove all traces of an instance that has ended, or of many
#[derive(Debug, Args)]
#[command(
    after_help = exit::HELP,
    group = ArgGroup::new("which").args(["id", "status", "after", "before"]).required(true).multiple(true)
)]
pub(crate) struct PurgeArgs {
    /// Id of the instance
    #[arg(conflicts_with_all = ["status", "after", "before"], value_parser = segment)]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Print what has happened to an instance, as a file that `assert_replays` reads
///
/// A host that is not `cargo func run` does not tell the ids of events and the clock of the orchestrator; they are guessed then,
/// and the file says `"exact": false`. `DurableOrchestrationClient::history` gives a deployed app the whole history.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct HistoryArgs {
    /// Id of the instance
    #[arg(value_parser = segment)]
    pub(crate) id: String,
    /// File to write [default: the standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// A part of the path of a request. What would lead to another path could mean all instances.
fn segment(text: &str) -> Result<String, String> {
    if ["", ".", ".."].contains(&text) {
        return Err("no instance, orchestrator or event is called so".to_owned());
    }
    Ok(text.to_owned())
}

/// A moment: a time, a date in UTC, or how long ago.
fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    if let Ok(date) = text.parse::<Date>() {
        let start = date.to_zoned(TimeZone::UTC);
        return Ok(start.map_err(|error| error.to_string())?.timestamp());
    }
    let span: Result<jiff::Span, _> = text.parse();
    let ago = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let time = ago.and_then(|ago| Timestamp::now().checked_sub(ago));
    time.map_err(|_| {
        "write a time such as `2026-01-31T08:00:00Z`, a date such as `2026-01-31`, or how long ago, such as `7d`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn moments() {
        for (text, expected) in [
            ("2026-01-31T08:00:00Z", Some("2026-01-31T08:00:00Z")),
            ("2026-01-31T08:00:00+02:00", Some("2026-01-31T06:00:00Z")),
            ("2026-01-31", Some("2026-01-31T00:00:00Z")),
            ("yesterday", None),
            ("", None),
        ] {
            let found = time(text).ok().map(|time| time.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
        let week = SignedDuration::from_hours(7 * 24);
        let before = Timestamp::now();
        let found = time("7d").map(|found| found + week);
        let after = Timestamp::now();
        assert!(
            found.is_ok_and(|found| (before..=after).contains(&found)),
            "7d"
        );
    }
}
