//! The worker's process: how it is started, what it prints, how it ends.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    task::JoinSet,
};

use crate::{
    error::HostError,
    event::{Event, EventKind, EventSink, Level},
};

/// What the real host passes as the largest message.
const MAX_MESSAGE: &str = "2147483647";
/// How many of the last lines of standard error are kept, to explain an exit.
const LAST_WORDS: usize = 10;
/// Longer lines are cut, so that a worker that prints without end is not kept in memory.
const LINE: u64 = 64 * 1024;
/// How long the output of an ended process may stay open: a grandchild may hold it.
const OUTPUT: Duration = Duration::from_millis(500);

/// What to start.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    pub(crate) program: PathBuf,
    /// Arguments before those of the host.
    pub(crate) arguments: Vec<String>,
    /// The folder of the function app, which is the working directory.
    pub(crate) directory: PathBuf,
    /// Variables on top of those of this process.
    pub(crate) environment: Vec<(String, String)>,
}

/// A running worker.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    name: String,
    output: JoinSet<()>,
    last_words: LastWords,
}

impl Process {
    /// Starts the worker, told to connect to `address`.
    ///
    /// # Errors
    ///
    /// [`HostError`] if the program cannot be started.
    pub(crate) fn spawn(
        launch: &Launch,
        address: SocketAddr,
        worker_id: &str,
        request_id: &str,
        events: &EventSink,
    ) -> Result<Self, HostError> {
        let mut command = Command::new(&launch.program);
        command
            .args(&launch.arguments)
            .args(host_arguments(address, worker_id, request_id))
            .current_dir(&launch.directory)
            .envs(launch.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Ctrl-C in a terminal is for the host, which ends the worker in order; the worker must not hear it too.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(|source| {
            // The system says the same of a program and of a folder that is not there.
            if source.kind() == io::ErrorKind::NotFound && !launch.directory.is_dir() {
                return HostError::Folder(launch.directory.clone());
            }
            HostError::Start {
                program: launch.program.clone(),
                source,
            }
        })?;
        let last_words = LastWords::default();
        let mut output = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            let events = events.clone();
            output.spawn(lines(stdout, move |line| {
                events.send(console(line, Level::Information));
            }));
        }
        if let Some(stderr) = child.stderr.take() {
            let events = events.clone();
            let last_words = last_words.clone();
            output.spawn(lines(stderr, move |line| {
                last_words.push(line);
                events.send(console(line, stderr_level(line)));
            }));
        }
        Ok(Self {
            child,
            name: launch
                .program
                .file_name()
                .unwrap_or(launch.program.as_os_str())
                .to_string_lossy()
                .into_owned(),
            output,
            last_words,
        })
    }

    /// The number of the process, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for the process to end, and for what it still printed.
    ///
    /// # Cancel safety
    ///
    /// The exit is not lost when the returned future is dropped.
    pub(crate) async fn wait(&mut self) -> Exit {
        let status = self.child.wait().await;
        let rest = async { while self.output.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(OUTPUT, rest).await;
        Exit {
            program: self.name.clone(),
            status,
            last_words: self.last_words.read(),
        }
    }

    /// Kills the process, and waits for its end.
    pub(crate) async fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.start_kill();
        self.wait().await;
    }
}

/// How a worker ended.
#[derive(Debug)]
pub(crate) struct Exit {
    program: String,
    status: io::Result<ExitStatus>,
    pub(crate) last_words: Vec<String>,
}

impl Exit {
    /// The exit code, unless a signal ended the process.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.as_ref().ok().and_then(ExitStatus::code)
    }

    /// The exit in words.
    pub(crate) fn summary(&self) -> String {
        let program = &self.program;
        match (&self.status, self.code()) {
            (_, Some(code)) => format!("`{program}` exited with code {code} (0x{code:X})"),
            (Ok(status), None) => format!("`{program}` was ended by {status}"),
            (Err(error), None) => format!("`{program}` is gone: {error}"),
        }
    }
}

/// The nine arguments of the host, in its order.
fn host_arguments(address: SocketAddr, worker_id: &str, request_id: &str) -> Vec<String> {
    let host = address.ip().to_string();
    let port = address.port().to_string();
    let uri = format!("http://{address}/");
    [
        ("--host", host.as_str()),
        ("--port", &port),
        ("--workerId", worker_id),
        ("--requestId", request_id),
        ("--grpcMaxMessageLength", MAX_MESSAGE),
        ("--functions-uri", &uri),
        ("--functions-worker-id", worker_id),
        ("--functions-request-id", request_id),
        ("--functions-grpc-max-message-length", MAX_MESSAGE),
    ]
    .into_iter()
    .flat_map(|(name, value)| [name.to_owned(), value.to_owned()])
    .collect()
}

#[derive(Debug, Clone, Default)]
struct LastWords {
    lines: Arc<Mutex<VecDeque<String>>>,
}

impl LastWords {
    fn push(&self, line: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LAST_WORDS {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    fn read(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }
}

/// Reads lines to the end, and gives each to `each`.
async fn lines(output: impl AsyncRead + Unpin, each: impl Fn(&str)) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut output).take(LINE).read_until(b'\n', &mut line).await {
            Ok(0) => return,
            Ok(_) => each(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n'])),
            Err(error) => {
                tracing::debug!(%error, "the output of the worker cannot be read");
                return;
            }
        }
    }
}

/// What a line is taken for, if it does not say so itself.
fn stderr_level(line: &str) -> Level {
    let line = line.to_lowercase();
    let has = |word: &str| line.contains(word);
    if has("warn") {
        Level::Warning
    } else if ["error", "fail", "severe", "unhandled exception"]
        .into_iter()
        .any(has)
    {
        Level::Error
    } else {
        Level::Information
    }
}

/// A printed line as an event: of the worker itself if it carries the prefix for that, else of the console.
fn console(line: &str, level: Level) -> Event {
    const SYSTEM: &str = "LanguageWorkerConsoleLog";
    const TOOLING: &str = "azfuncjsonlog:";
    if let Some((prefix, rest)) = line.split_at_checked(SYSTEM.len())
        && prefix.eq_ignore_ascii_case(SYSTEM)
    {
        return Event::new(EventKind::Worker, level, "Host.Worker", rest);
    }
    let category = if line.starts_with(TOOLING) {
        "Host.Function.ToolingConsoleLog"
    } else {
        "Host.Function.Console"
    };
    Event::new(EventKind::Console, level, category, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_those_of_the_real_host() {
        let address = SocketAddr::from(([127, 0, 0, 1], 36153));
        let arguments = host_arguments(address, "w", "r");
        assert_eq!(
            arguments.join(" "),
            "--host 127.0.0.1 --port 36153 --workerId w --requestId r \
             --grpcMaxMessageLength 2147483647 --functions-uri http://127.0.0.1:36153/ \
             --functions-worker-id w --functions-request-id r \
             --functions-grpc-max-message-length 2147483647"
        );
    }

    #[test]
    fn a_printed_line_says_what_it_is() {
        let check = |line: &str, kind, category: &str, message: &str| {
            let event = console(line, Level::Information);
            assert_eq!(
                (event.kind, event.category.as_str(), event.message.as_str()),
                (kind, category, message),
                "{line}"
            );
        };
        check(
            "hello",
            EventKind::Console,
            "Host.Function.Console",
            "hello",
        );
        check(
            "languageworkerconsolelogready",
            EventKind::Worker,
            "Host.Worker",
            "ready",
        );
        check(
            "azfuncjsonlog:{}",
            EventKind::Console,
            "Host.Function.ToolingConsoleLog",
            "azfuncjsonlog:{}",
        );
        check("é", EventKind::Console, "Host.Function.Console", "é");
    }

    #[test]
    fn the_words_of_a_line_on_standard_error_give_its_level() {
        for (line, level) in [
            ("Warning: it failed", Level::Warning),
            ("ERROR x", Level::Error),
            ("something Failed", Level::Error),
            ("SEVERE", Level::Error),
            ("Unhandled exception", Level::Error),
            ("thread 'main' panicked", Level::Information),
        ] {
            assert_eq!(stderr_level(line), level, "{line}");
        }
    }

    #[tokio::test]
    async fn a_line_without_an_end_is_cut() {
        let text = "x".repeat(usize::try_from(LINE).unwrap() + 3) + "\nlast";
        let lengths = Mutex::new(Vec::new());
        lines(text.as_bytes(), |line| {
            lengths.lock().unwrap().push(line.len());
        })
        .await;
        assert_eq!(*lengths.lock().unwrap(), [65536, 3, 4]);
    }
}
