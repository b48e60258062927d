//! The arguments of `cargo func completions` and `man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use crate::exit;

/// Print the completions for a shell
///
/// They complete `cargo-func`, which is the same program as `cargo func`.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}

/// Print the manual page, or write one for each command
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct ManArgs {
    /// Folder to write the pages of all commands to, such as `~/.local/share/man/man1`
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}
