//! Why a host cannot be asked.

use crate::error::Explain;

/// Why a host cannot be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The address is none.
    #[error("`{0}` is not the address of a function app")]
    Address(String),
    /// A key would be readable on its way.
    #[error("the key would go to `{0}` unencrypted")]
    InClear(String),
    /// Nobody answers.
    #[error("no function app answers at {base}")]
    Unreachable { base: String, source: ureq::Error },
    /// Something answers that is no Functions host.
    #[error("what answers at {0} is not a Functions host")]
    NoHost(String),
    /// The host is there, and its app is not.
    #[error("the host at {0} cannot run the app")]
    NotReady(String),
    /// The host wants a key, or another one.
    #[error("the host at {base} {}", if *has_key { "refuses the key" } else { "asks for a key" })]
    Denied { base: String, has_key: bool },
    /// A request cannot be written.
    #[error("the request `{what}` cannot be sent")]
    Request {
        what: String,
        source: ureq::http::Error,
    },
}

impl Explain for ClientError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Address(_) => {
                "write it as `https://NAME.azurewebsites.net` or `http://localhost:7071`"
            }
            Self::InClear(_) => "use `https`",
            Self::Unreachable { base, .. } if base.starts_with("http://localhost:") => {
                "start the app with `cargo func run`, or say where it listens with `--port` or `--url`"
            }
            Self::Unreachable { .. } => "check the address and the network",
            Self::NoHost(_) => "say where the app listens with `--port` or `--url`",
            Self::NotReady(_) => "the log of the host says why",
            Self::Denied { .. } => {
                "give the master key in the variable `CARGO_FUNC_KEY` or with `--key`; `az functionapp keys list` shows it as `masterKey`"
            }
            Self::Request { .. } => "a method is a word such as `POST`, and a key has no blanks",
        };
        Some(hint.to_owned())
    }
}
