//! `cargo func run --host func`: the app under the Azure Functions Core Tools, as a worker with a runtime of its own.

use std::{
    io,
    path::{Path, PathBuf},
    process::{ExitCode, ExitStatus, Stdio},
    time::Duration,
};

use serde_json::json;
use tokio::process::Command;

use super::{Program, Settings, Signals};
use crate::{
    cargo::App,
    cli::RunArgs,
    error::{Explain, Failure},
    exit,
    render::Terminal,
};

/// The program of the Core Tools.
const FUNC: &str = "func";
/// The first major version whose host asks workers for their functions.
const OLDEST: u32 = 4;
/// The name of the runtime: any that the Core Tools do not know.
const RUNTIME: &str = "rust";
/// How long the Core Tools may take to say their version.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long they may take to end.
const END: Duration = Duration::from_secs(15);

/// Why the app cannot run under the Core Tools.
#[derive(Debug, thiserror::Error)]
enum CoreToolsError {
    /// They are not there.
    #[error("the Azure Functions Core Tools are not installed: there is no `func` in the `PATH`")]
    Missing,
    /// They cannot be run.
    #[error("cannot run `func`")]
    Run(#[source] io::Error),
    /// They do not say which version they are.
    #[error("`func --version` says `{0}`, which is no version")]
    NoVersion(String),
    /// They are too old.
    #[error("the Azure Functions Core Tools {0} are too old")]
    TooOld(String),
    /// A part of the command line is not for them.
    #[error("`{0}` is for the embedded host, not for `--host func`")]
    NotForThem(&'static str),
    /// What they need could not be written.
    #[error("cannot write `{}`", .path.display())]
    Write { path: PathBuf, source: io::Error },
    /// They failed.
    #[error("`func start` ended with {0}")]
    Ended(ExitStatus),
}

impl Explain for CoreToolsError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing => {
                "install them from https://aka.ms/azure-functions-core-tools, or run without `--host func`"
                    .to_owned()
            }
            Self::NoVersion(_) => "check which program `func` is".to_owned(),
            Self::TooOld(_) => format!("install version {OLDEST}, or run without `--host func`"),
            Self::NotForThem(_) => "leave one of the two out".to_owned(),
            Self::Ended(_) => "the reason is in what it printed above".to_owned(),
            Self::Run(_) | Self::Write { .. } => return None,
        };
        Some(hint)
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::NotForThem(_) => exit::USAGE,
            _ => exit::FAILURE,
        }
    }
}

/// Builds the app, and runs it under the Core Tools until they end.
///
/// # Errors
///
/// When the Core Tools are missing, too old or fail, or the app cannot be built.
pub(super) async fn run(args: &RunArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    for (given, flag) in [
        (args.auth, "--auth"),
        (args.debug, "--debug"),
        (args.durable_store.is_some(), "--durable-store"),
    ] {
        if given {
            return Err(CoreToolsError::NotForThem(flag).into());
        }
    }
    let app = App::find(&args.cargo)?;
    let settings = Settings::new(&app, args)?;
    let config = settings.read()?;
    let variables = settings.variables()?;
    // Before the build, which takes longer.
    let version = version().await?;
    let mut signals = Signals::new()?;
    let mut program = Program::new(&app, args, terminal);
    let built = tokio::select! {
        built = program.build() => built?,
        () = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    let folder = app.own_target().join("core-tools");
    describe(&folder, &built.unwrap_or_default())?;
    terminal.core_tools(&version, !args.no_watch);
    let mut command = Command::new(FUNC);
    command
        .args(["start", "--custom", "--port", &config.port.to_string()])
        .current_dir(app.directory())
        .envs(variables)
        .env("FUNCTIONS_WORKER_RUNTIME", RUNTIME)
        .env(
            format!("languageWorkers__{RUNTIME}__workerDirectory"),
            &folder,
        )
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(CoreToolsError::Run)?;
    let status = tokio::select! {
        status = child.wait() => status.map_err(CoreToolsError::Run)?,
        () = signals.next() => {
            terminal.stopping();
            // A terminal tells them too; whoever told this program alone has them told by it.
            tell(child.id()).await;
            tokio::select! {
                _ = child.wait() => {}
                () = tokio::time::sleep(END) => {}
                () = signals.next() => return Ok(ExitCode::from(exit::INTERRUPTED)),
            }
            return Ok(ExitCode::SUCCESS);
        }
    };
    if status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(CoreToolsError::Ended(status).into())
}

/// Asks a process to end, in the words of the system.
async fn tell(pid: Option<u32>) {
    let Some(pid) = pid else { return };
    let kill = Command::new("kill")
        .args(["-INT", &pid.to_string()])
        .stderr(Stdio::null())
        .status();
    // Without it the process is killed when it does not end in time.
    let _ = kill.await;
}

/// The version of the Core Tools.
async fn version() -> Result<String, CoreToolsError> {
    let asked = Command::new(FUNC)
        .arg("--version")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            return Err(CoreToolsError::Missing);
        }
        Ok(Err(error)) => return Err(CoreToolsError::Run(error)),
        Err(_) => return Err(CoreToolsError::Run(io::ErrorKind::TimedOut.into())),
    };
    // What is new may stand above it.
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty());
    let version = last.unwrap_or_default().to_owned();
    let major = version
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    match major {
        None => Err(CoreToolsError::NoVersion(version)),
        Some(major) if major < OLDEST => Err(CoreToolsError::TooOld(version)),
        Some(_) => Ok(version),
    }
}

/// Writes what tells the host which program is the worker.
fn describe(folder: &Path, program: &Path) -> Result<(), CoreToolsError> {
    let path = folder.join("worker.config.json");
    let config = json!({
        "description": {
            "language": RUNTIME,
            "defaultExecutablePath": program,
            "workerIndexing": "true",
        },
    });
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, format!("{config:#}\n")))
        .map_err(|source| CoreToolsError::Write { path, source })
}
