//! Marks on errors that say whether another attempt may help: [`Permanent`] and [`Transient`].

use std::{error::Error as StdError, fmt};

use crate::BoxError;

/// An error that another attempt does not cure: a message that nobody can read, an order of a customer who does not exist.
///
/// It says nothing but what its error says, and can be returned wherever an error can. A mark counts wherever it is
/// among the causes of the error that a function returns ([`source`](StdError::source)), so `?`, `Box<dyn Error>`, `anyhow`
/// and error types of your own keep it; of several, the outermost counts. [`ResultExt::permanent`] is the short way to it.
///
/// # What the host makes of it
///
/// The protocol between host and worker has no word for a failure that is final: a function succeeds or it fails. So what
/// the mark can do depends on the trigger. No message is lost through it that would be kept otherwise.
///
/// | Trigger | What happens |
/// |---|---|
/// | Any with a [`RetryPolicy`](crate::RetryPolicy): timer, Event Hubs, Kafka, Cosmos DB | The attempts that are left are not made: the function's log has the error, and the host is told that the invocation succeeded, because it makes another attempt of every one that did not. The last attempt fails as usual. |
/// | Service Bus, [`LockedMessage`](crate::bindings::service_bus::LockedMessage) | The message goes to the dead-letter queue at once, unless the function settled it: the reason is the type of the error, the description its text. The invocation fails. Not with a batch: the error does not say which message it is about. |
/// | Service Bus, [`ServiceBusTrigger`](crate::bindings::ServiceBusTrigger) | As any failure: the host settles the message itself, and delivers it until it is a dead letter. |
/// | Queue, blob, RabbitMQ, SQL, Event Grid, Redis | As any failure: the host, or the service, tries again in its own way, and puts what fails too often where it always does, if it has such a place. To give up at once, write the message somewhere and return `Ok`. |
/// | Timer, Event Hubs, Kafka, Cosmos DB without a policy | As any failure: there is no other attempt. |
/// | HTTP and everything with a caller | As any failure: the caller learns of it, and decides. |
///
/// # Example
///
/// ```
/// use std::time::Duration;
///
/// use azure_functions::{BoxError, ResultExt, RetryPolicy, bindings::EventHubTrigger, func};
///
/// #[func(retry = RetryPolicy::fixed_delay(5, Duration::from_secs(10)))]
/// fn count(
///     #[binding(event_hub_name = "visits", connection = "HUB")] visit: EventHubTrigger,
/// ) -> Result<(), BoxError> {
///     // A text that is no number will be none in ten seconds either.
///     let visitors: u32 = visit.message.parse().permanent()?;
///     // But a database may be back by then.
///     store(visitors)?;
///     Ok(())
/// }
/// # fn store(_: u32) -> Result<(), std::io::Error> { Ok(()) }
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct Permanent(Mark);

impl Permanent {
    /// Marks `error`; a text is one too.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(Mark::new(true, error.into()))
    }

    /// The error without the mark.
    pub fn into_inner(self) -> BoxError {
        self.0.error
    }
}

/// An error that another attempt may cure, which is what the worker takes every error for that is not marked.
///
/// It takes back a [`Permanent`] that is among its causes: the outermost mark counts.
///
/// ```
/// use azure_functions::{BoxError, Permanent, ResultExt};
///
/// fn parse(text: &str) -> Result<u32, Permanent> {
///     text.parse().permanent()
/// }
///
/// fn parse_what_is_still_written(text: &str) -> Result<u32, BoxError> {
///     Ok(parse(text).transient()?)
/// }
///
/// assert_eq!(parse_what_is_still_written("7").unwrap(), 7);
/// assert!(parse_what_is_still_written("7 and").is_err());
/// ```
#[derive(Debug)]
pub struct Transient(Mark);

impl Transient {
    /// Marks `error`; a text is one too.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(Mark::new(false, error.into()))
    }

    /// The error without the mark.
    pub fn into_inner(self) -> BoxError {
        self.0.error
    }
}

/// Marks the error of a `Result`.
pub trait ResultExt<T> {
    /// Says that another attempt would fail as well.
    ///
    /// # Errors
    ///
    /// The error of the result, marked as [`Permanent`].
    fn permanent(self) -> Result<T, Permanent>;

    /// Says that another attempt may succeed.
    ///
    /// # Errors
    ///
    /// The error of the result, marked as [`Transient`].
    fn transient(self) -> Result<T, Transient>;
}

impl<T, E: Into<BoxError>> ResultExt<T> for Result<T, E> {
    fn permanent(self) -> Result<T, Permanent> {
        self.map_err(Permanent::new)
    }

    fn transient(self) -> Result<T, Transient> {
        self.map_err(Transient::new)
    }
}

/// The mark: a link in the chain of causes between the error's text and the error's own causes. It is a link and not the
/// marked error itself, because wrappers like `anyhow` hide the outermost error behind a type of theirs.
#[derive(Debug)]
struct Mark {
    permanent: bool,
    error: BoxError,
}

impl Mark {
    fn new(permanent: bool, error: BoxError) -> Self {
        Self { permanent, error }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.permanent {
            "it is marked as permanent"
        } else {
            "it is marked as transient"
        })
    }
}

impl StdError for Mark {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.source()
    }
}

impl fmt::Display for Permanent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.error.fmt(f)
    }
}

impl StdError for Permanent {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

impl fmt::Display for Transient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.error.fmt(f)
    }
}

impl StdError for Transient {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// Whether `error` or one of its causes is marked as permanent, and none before it as transient.
pub(crate) fn is_permanent(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(mark) = error.downcast_ref::<Mark>() {
            return mark.permanent;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::{error::Error as StdError, fmt, num::ParseIntError};

    use super::{Permanent, ResultExt, Transient, is_permanent};
    use crate::BoxError;

    /// What an app wraps errors in.
    #[derive(Debug)]
    struct Shows(BoxError);

    impl fmt::Display for Shows {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the order is lost")
        }
    }

    impl StdError for Shows {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(self.0.as_ref())
        }
    }

    fn bad() -> Result<u8, ParseIntError> {
        "?".parse()
    }

    fn with_question_mark() -> Result<u8, BoxError> {
        Ok(bad().permanent()?)
    }

    #[test]
    fn marks() {
        let permanent = || Permanent::new("no");
        let anyhow = || anyhow::Error::from(permanent());
        let cases: [(BoxError, bool); 9] = [
            ("no".into(), false),
            (permanent().into(), true),
            (Transient::new("no").into(), false),
            (with_question_mark().unwrap_err(), true),
            (anyhow().into(), true),
            (anyhow().context("the order is lost").into(), true),
            (Shows(anyhow().into()).into(), true),
            (Transient::new(Shows(permanent().into())).into(), false),
            (Permanent::new(Transient::new("no")).into(), true),
        ];
        for (at, (error, expected)) in cases.into_iter().enumerate() {
            assert_eq!(is_permanent(error.as_ref()), expected, "{at}: {error:?}");
        }
        assert_eq!(permanent().to_string(), "no");
        assert!(permanent().into_inner().source().is_none());
        assert_eq!(
            bad().transient().unwrap_err().to_string(),
            bad().unwrap_err().to_string()
        );
    }
}
