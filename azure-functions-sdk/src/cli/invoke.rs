//! The arguments of `cargo func invoke`.

use std::path::PathBuf;

use clap::Args;

use crate::exit;

/// Call a function of an app that runs
///
/// Asks the host for the function and gives its trigger an event: an HTTP function gets a request on its route, every other goes
/// through the admin pages of the host. The host of `cargo func run` tells the result, the outputs and the log lines; other hosts
/// tell only that they have begun. It succeeds if the function does, or if the status of its response is below 400.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct InvokeArgs {
    /// Name of the function
    pub(crate) function: String,
    #[command(flatten)]
    pub(crate) event: EventArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// What the function is given
#[derive(Debug, Args)]
#[command(next_help_heading = "Event options")]
pub(crate) struct EventArgs {
    /// Text for the trigger: the body of a request, the content of a message, the path of a blob
    #[arg(short, long, value_name = "TEXT", group = "event")]
    pub(crate) data: Option<String>,
    /// File with the text for the trigger, `-` for the standard input
    #[arg(short, long, value_name = "PATH", group = "event")]
    pub(crate) file: Option<PathBuf>,
    /// Give a built-in event for the trigger
    ///
    /// There are several for some triggers: `--sample=cloud-event` is one of Event Grid.
    #[arg(long, value_name = "NAME", group = "event", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) sample: Option<String>,
    /// Method of the request to an HTTP function [default: POST with data, else the first of the function]
    #[arg(long)]
    pub(crate) method: Option<String>,
    /// Value for a parameter of the route of an HTTP function, or of its query
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(crate) parameters: Vec<(String, String)>,
}

/// Where the app runs
#[derive(Debug, Args)]
#[command(next_help_heading = "Host options")]
pub(crate) struct HostArgs {
    /// Port on this machine [default: `LocalHttpPort` of `local.settings.json`, or 7071]
    #[arg(long, conflicts_with = "url")]
    pub(crate) port: Option<u16>,
    /// Address of the app, such as `https://NAME.azurewebsites.net`
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Master key of the app; better in the variable, where no other user of the machine sees it
    #[arg(long, env = "CARGO_FUNC_KEY", hide_env_values = true)]
    pub(crate) key: Option<String>,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write `NAME=VALUE`".to_owned()),
    }
}
