//! What the extension is told of a function that failed.

use std::{error::Error as StdError, fmt};

use azure_functions_durable::FailureDetails;
use azure_functions_shared::names;

use crate::{BoxError, InvokeError, driver::Invoked, mark};

/// What an orchestrator or an operation of an entity gave: its result as a JSON text.
///
/// # Errors
///
/// When it failed, or wrote something else.
pub(super) fn result(who: &str, invoked: Invoked) -> Result<Option<String>, FailureDetails> {
    let mut outputs = invoked.map_err(details)?;
    let result = outputs.take(names::RETURN);
    if let Some((output, _)) = outputs.into_iter().next() {
        return Err(FailureDetails::new(
            "Outputs",
            format!(
                "output `{output}`: {who} cannot write anything, because it may run again; write it in an activity"
            ),
        )
        .non_retriable());
    }
    let text = result.as_ref().and_then(|data| data.as_text());
    Ok(text.filter(|text| *text != "null").map(str::to_owned))
}

/// What the host is told of a failed call.
pub(super) fn details(error: InvokeError) -> FailureDetails {
    match error {
        InvokeError::User { type_name, error } => {
            let details = FailureDetails::of_returned(short(type_name), &*error);
            if mark::is_permanent(&*error) {
                details.non_retriable()
            } else {
                details
            }
        }
        other => FailureDetails::of(BIND_ERROR, &other),
    }
}

/// A failed activity, with the type of its error where the host looks for it: before its text.
pub(super) fn named(error: InvokeError) -> InvokeError {
    let (type_name, error): (&'static str, BoxError) = match error {
        InvokeError::User { type_name, error } => (type_name, error),
        other => (BIND_ERROR, other.into()),
    };
    InvokeError::User {
        type_name,
        error: Box::new(Named {
            type_name: short(type_name),
            error,
        }),
    }
}

const BIND_ERROR: &str = "BindError";

/// The name of an error's type without its path; `Error` for one that says nothing.
pub(super) fn short(type_name: &'static str) -> &'static str {
    let path = type_name.split('<').next().unwrap_or_default();
    match path.rsplit("::").next().unwrap_or_default() {
        "" | "Arc" | "Box" | "Permanent" | "String" | "Transient" | "str" | "&str" => "Error",
        name => name,
    }
}

/// An error whose text begins with its type.
#[derive(Debug)]
struct Named {
    type_name: &'static str,
    error: BoxError,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.type_name, self.error)
    }
}

impl StdError for Named {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn short_names() {
        for (path, name) in [
            ("app::orders::OrderError", "OrderError"),
            ("app::Wrong<alloc::string::String>", "Wrong"),
            (
                "alloc::boxed::Box<dyn core::error::Error + core::marker::Send>",
                "Error",
            ),
            ("&str", "Error"),
            ("alloc::string::String", "Error"),
            ("panic", "panic"),
        ] {
            assert_eq!(short(path), name, "{path}");
        }
    }
}
