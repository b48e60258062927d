//! A process whose use of the machine is read from the system.

use std::{ffi::OsStr, fs, path::Path, process::Stdio};

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

/// A child process, which ends with this.
#[derive(Debug)]
pub struct Process {
    _child: Child,
    id: u32,
}

impl Process {
    /// Starts a program, on one core if one is given.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start<A: AsRef<OsStr>>(
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        variables: &[(&str, String)],
        core: Option<usize>,
    ) -> anyhow::Result<Self> {
        let mut command = match core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string()]).arg(program);
                command
            }
            None => Command::new(program),
        };
        let child = command
            .args(arguments)
            .env_remove("RUST_LOG")
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("`{}` does not start", program.display()))?;
        let id = child.id().context("the process has ended")?;
        Ok(Self { _child: child, id })
    }

    /// The CPU time of all its threads so far, in nanoseconds.
    ///
    /// # Errors
    ///
    /// When the system does not say, as one without `/proc`.
    pub fn cpu(&self) -> anyhow::Result<u64> {
        let tasks = format!("/proc/{}/task", self.id);
        let mut sum = 0;
        for task in fs::read_dir(&tasks).with_context(|| format!("`{tasks}` cannot be read"))? {
            // A thread can end between the two reads.
            let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else {
                continue;
            };
            let time = text.split_whitespace().next().unwrap_or_default();
            sum += time.parse::<u64>()?;
        }
        Ok(sum)
    }

    /// The memory that it holds, in KiB.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let path = format!("/proc/{}/status", self.id);
        let text = fs::read_to_string(&path).with_context(|| format!("`{path}` cannot be read"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let Some(number) = line.and_then(|line| line.split_whitespace().next()) else {
            bail!("`{path}` does not say `VmRSS`");
        };
        Ok(number.parse()?)
    }
}
