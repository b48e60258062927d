//! The command line that the host starts the app with, in all spellings that hosts have used.

use std::ffi::OsString;

use crate::{Error, error::Kind};

/// What the host says on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Where the host listens.
    pub(crate) uri: String,
    /// What the host calls this process.
    pub(crate) worker_id: String,
    /// What the first message answers.
    pub(crate) request_id: String,
    /// The longest message, in bytes, in both directions.
    pub(crate) max_message: usize,
}

/// What the host means when it says nothing about the length of messages.
const MAX_MESSAGE: usize = i32::MAX as usize;

impl Arguments {
    /// Reads the command line, without the name of the program.
    ///
    /// # Errors
    ///
    /// When it is not the command line of a host.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Error> {
        let flags = Flags::read(arguments);
        let uri = flags.get("functionsuri").map(str::to_owned).or_else(|| {
            Some(format!(
                "http://{}:{}/",
                flags.get("host")?,
                flags.get("port")?
            ))
        });
        let worker_id = flags
            .get("functionsworkerid")
            .or_else(|| flags.get("workerid"));
        let (Some(uri), Some(worker_id)) = (uri, worker_id) else {
            return Err(Error::new(Kind::Arguments(
                "this program is an Azure Functions app, which a Functions host starts; run it with `cargo func run`".to_owned(),
            )));
        };
        Ok(Self {
            uri,
            worker_id: worker_id.to_owned(),
            request_id: flags
                .get("functionsrequestid")
                .or_else(|| flags.get("requestid"))
                .unwrap_or_default()
                .to_owned(),
            max_message: flags
                .get("functionsgrpcmaxmessagelength")
                .or_else(|| flags.get("grpcmaxmessagelength"))
                .and_then(|length| length.parse().ok())
                .filter(|length| *length > 0)
                .unwrap_or(MAX_MESSAGE),
        })
    }
}

/// The flags of a command line with their values. Hosts disagree on dashes and case inside a flag, so both are dropped.
struct Flags(Vec<(String, String)>);

impl Flags {
    fn read(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut flags = Vec::new();
        let mut waiting = None;
        for argument in arguments {
            let argument = argument.to_string_lossy();
            if let Some(flag) = argument.strip_prefix("--") {
                waiting = None;
                match flag.split_once('=') {
                    Some((flag, value)) => flags.push((normal(flag), value.to_owned())),
                    None => waiting = Some(normal(flag)),
                }
            } else if let Some(flag) = waiting.take() {
                flags.push((flag, argument.into_owned()));
            }
        }
        Self(flags)
    }

    /// The last value of `flag`: the host's own flags come after those that a user injects.
    fn get(&self, flag: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(name, value)| name == flag && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }
}

fn normal(flag: &str) -> String {
    flag.replace('-', "").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{Arguments, MAX_MESSAGE};

    #[track_caller]
    fn check(line: &str, expected: Option<(&str, &str, &str, usize)>) {
        let parsed = Arguments::parse(line.split_whitespace().map(Into::into)).ok();
        let expected = expected.map(|(uri, worker_id, request_id, max_message)| Arguments {
            uri: uri.to_owned(),
            worker_id: worker_id.to_owned(),
            request_id: request_id.to_owned(),
            max_message,
        });
        assert_eq!(parsed, expected, "{line}");
    }

    #[test]
    fn spellings() {
        check(
            "--host 127.0.0.1 --port 1 --workerId old --requestId oldr --grpcMaxMessageLength 10 \
             --functions-uri http://127.0.0.1:2/ --functions-worker-id w --functions-request-id r \
             --functions-grpc-max-message-length 2147483647",
            Some(("http://127.0.0.1:2/", "w", "r", 2_147_483_647)),
        );
        check(
            "--host 127.0.0.1 --port 1 --workerId w --requestId r --grpcMaxMessageLength 10",
            Some(("http://127.0.0.1:1/", "w", "r", 10)),
        );
        check(
            "--functions-uri=http://h:2/ --functions-workerid=w --functions-requestid=r --functions-grpcmaxmessagelength=10",
            Some(("http://h:2/", "w", "r", 10)),
        );
        check(
            "--functions-uri http://h:2/ --functions-workerid w --functions-requestid r",
            Some(("http://h:2/", "w", "r", MAX_MESSAGE)),
        );
    }

    #[test]
    fn odd() {
        // What a user injects comes first, and is ignored.
        check(
            "worker.dll --inspect=9229 --debug x -v --functions-uri http://h:2/ --workerId w --new-flag y",
            Some(("http://h:2/", "w", "", MAX_MESSAGE)),
        );
        check(
            "--workerId mine --functions-uri http://h:2/ --workerId w",
            Some(("http://h:2/", "w", "", MAX_MESSAGE)),
        );
        // A flag without its value does not eat the next flag.
        check(
            "--requestId --functions-uri http://h:2/ --workerId w",
            Some(("http://h:2/", "w", "", MAX_MESSAGE)),
        );
        for length in ["0", "-1", "x", "99999999999999999999999"] {
            check(
                &format!(
                    "--functions-uri http://h:2/ --workerId w --grpcMaxMessageLength {length}"
                ),
                Some(("http://h:2/", "w", "", MAX_MESSAGE)),
            );
        }
    }

    #[test]
    fn not_a_host() {
        for line in [
            "",
            "--help",
            "--host 127.0.0.1 --workerId w",
            "--host 127.0.0.1 --port 1",
            "--functions-uri= --workerId w",
        ] {
            check(line, None);
        }
    }
}
