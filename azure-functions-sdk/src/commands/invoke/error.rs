//! Why a function cannot be called.

use std::{fmt, io, path::PathBuf};

use crate::{
    error::{Explain, quoted},
    exit,
    samples::RouteError,
};

/// Why a function cannot be called.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvokeError {
    #[error("the app has no function `{name}`")]
    Unknown {
        name: String,
        similar: Option<String>,
        known: Vec<String>,
    },
    #[error("the function `{0}` has no trigger")]
    NoTrigger(String),
    #[error("the function `{0}` has no route")]
    NoRoute(String),
    #[error(
        "the route of the function `{function}` has the parameter `{parameter}`, which has no value"
    )]
    Parameter { function: String, parameter: String },
    #[error("nothing says what the `{0}` is to hand over")]
    NoEvent(String),
    #[error("the `{kind}` has no built-in event `{name}`")]
    NoSample {
        kind: String,
        name: String,
        known: Vec<&'static str>,
    },
    #[error("cannot read `{}`", .file.display())]
    File { file: PathBuf, source: io::Error },
    #[error("`{}` is not JSON", .file.display())]
    BrokenFile {
        file: PathBuf,
        source: serde_json::Error,
    },
    #[error("the data is not text, but a message for this trigger is")]
    NotText,
    #[error("the data is not JSON, but the `{kind}` hands over JSON")]
    NotJson {
        kind: String,
        source: serde_json::Error,
    },
    #[error("the function `{name}` is {part}, which runs only over its history")]
    OfTaskHub { name: String, part: Part },
    #[error("the host does not call `{name}`: {reason}")]
    Refused { name: String, reason: String },
}

impl InvokeError {
    /// A route that cannot become a path.
    pub(super) fn route(function: &str, error: RouteError) -> Self {
        match error {
            RouteError::Missing(parameter) => Self::Parameter {
                function: function.to_owned(),
                parameter,
            },
            RouteError::Broken => Self::NoRoute(function.to_owned()),
        }
    }
}

impl Explain for InvokeError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown {
                similar: Some(name),
                ..
            } => format!("did you mean `{name}`?"),
            Self::Unknown { known, .. } if known.is_empty() => {
                "it has none that can run; the log of the host says why".to_owned()
            }
            Self::Unknown { known, .. } => format!("it has {}", quoted(known)),
            Self::NoTrigger(_) | Self::NoRoute(_) => {
                "the log of the host says why it cannot run".to_owned()
            }
            Self::Parameter { parameter, .. } => {
                format!(
                    "give it with `--param {parameter}=VALUE`, or take a made-up one with `--sample`"
                )
            }
            Self::NoEvent(kind) if kind.eq_ignore_ascii_case("blobTrigger") => {
                "give the path of a blob with `--data`, or take a built-in event with `--sample`"
                    .to_owned()
            }
            Self::NoEvent(_) => {
                "give it with `--data` or `--file`, or take a built-in event with `--sample`"
                    .to_owned()
            }
            Self::NoSample { known, .. } => format!("there is {}", quoted(known)),
            Self::File { .. } => "check the path and the permissions".to_owned(),
            Self::BrokenFile { .. } => {
                "mend the file, or give it another ending if it is not meant to be JSON".to_owned()
            }
            Self::NotText => {
                "write it as UTF-8; only a request to an HTTP function can have any bytes"
                    .to_owned()
            }
            Self::NotJson { .. } => "`--sample` takes an event as the service sends it".to_owned(),
            Self::OfTaskHub {
                name,
                part: Part::Orchestrator,
            } => format!("start it with `cargo func durable start {name}`"),
            Self::OfTaskHub {
                part: Part::Entity, ..
            } => {
                "an orchestration calls it, or a function signals it; `cargo func durable start NAME` starts an orchestration".to_owned()
            }
            Self::Refused { .. } => {
                "give what the trigger takes; `--sample` is an event that it does".to_owned()
            }
        })
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::NoEvent(_) | Self::OfTaskHub { .. } => exit::USAGE,
            _ => exit::FAILURE,
        }
    }
}

/// A part of Durable Functions that nobody but the task hub calls.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Orchestrator,
    Entity,
}

impl Part {
    /// What a trigger of this type makes of a function.
    pub(super) fn of(kind: &str) -> Option<Self> {
        if kind.eq_ignore_ascii_case("orchestrationTrigger") {
            return Some(Self::Orchestrator);
        }
        kind.eq_ignore_ascii_case("entityTrigger")
            .then_some(Self::Entity)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Orchestrator => "an orchestrator",
            Self::Entity => "an entity",
        })
    }
}

/// A function that a setting disables.
#[derive(Debug)]
pub(super) struct Disabled<'a>(pub(super) &'a str);

impl fmt::Display for Disabled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the function `{}` is disabled: only calls by hand reach it",
            self.0
        )
    }
}
