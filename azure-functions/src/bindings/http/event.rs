//! [`ServerSentEvent`]: one message of a `text/event-stream`.

use std::{fmt::Write as _, time::Duration};

use bytes::Bytes;
use serde::Serialize;

use crate::BindError;

/// One message of a `text/event-stream`, which [`HttpResponse::events`](super::HttpResponse::events) sends.
///
/// ```
/// use azure_functions::{Bytes, bindings::ServerSentEvent};
///
/// let event = ServerSentEvent::data("20 °C\nsunny").event("weather").id("7");
/// assert_eq!(Bytes::from(event), "event: weather\nid: 7\ndata: 20 °C\ndata: sunny\n\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerSentEvent {
    event: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
    data: Option<String>,
    comment: Option<String>,
}

impl ServerSentEvent {
    /// An event with a text of any number of lines.
    pub fn data(text: impl Into<String>) -> Self {
        Self {
            data: Some(text.into()),
            ..Self::default()
        }
    }

    /// An event with a value as JSON.
    ///
    /// # Errors
    ///
    /// When `value` cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, BindError> {
        let json = serde_json::to_string(value).map_err(|error| {
            BindError::new("the event cannot be written as JSON").with_source(error)
        })?;
        Ok(Self::data(json))
    }

    /// An event that nobody hears: it keeps the connection open.
    pub fn comment(text: impl Into<String>) -> Self {
        Self {
            comment: Some(text.into()),
            ..Self::default()
        }
    }

    /// Sets the kind of the event. Line breaks are blanks.
    #[must_use]
    pub fn event(mut self, kind: impl Into<String>) -> Self {
        self.event = Some(kind.into());
        self
    }

    /// Sets the id, which a client that connects again sends as `last-event-id`. Line breaks are blanks.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets how long the client waits before it connects again.
    #[must_use]
    pub fn retry(mut self, pause: Duration) -> Self {
        self.retry = Some(pause);
        self
    }
}

impl From<ServerSentEvent> for Bytes {
    fn from(event: ServerSentEvent) -> Self {
        let mut text = String::new();
        for (field, value) in [("event", &event.event), ("id", &event.id)] {
            if let Some(value) = value {
                // A client leaves out an id that has a null character.
                let _ = writeln!(text, "{field}: {}", value.replace(['\r', '\n', '\0'], " "));
            }
        }
        if let Some(pause) = event.retry {
            let _ = writeln!(text, "retry: {}", pause.as_millis());
        }
        for (field, value) in [("data: ", &event.data), (": ", &event.comment)] {
            for line in value.iter().flat_map(|value| lines(value)) {
                let _ = writeln!(text, "{field}{line}");
            }
        }
        text.push('\n');
        text.into()
    }
}

/// The lines of a text, whose ends can be of three kinds; an empty text has one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::ServerSentEvent;

    #[test]
    fn texts() {
        for (event, text) in [
            (ServerSentEvent::data(""), "data: \n\n"),
            (
                ServerSentEvent::data("a\r\nb\rc\n"),
                "data: a\ndata: b\ndata: c\ndata: \n\n",
            ),
            (ServerSentEvent::comment("still here"), ": still here\n\n"),
            (
                // Nothing that a field holds can begin another.
                ServerSentEvent::data("x").event("a\ndata: b").id("1\r2\0"),
                "event: a data: b\nid: 1 2 \ndata: x\n\n",
            ),
            (
                ServerSentEvent::data("x").retry(Duration::from_millis(1500)),
                "retry: 1500\ndata: x\n\n",
            ),
            (ServerSentEvent::json(&[1, 2]).unwrap(), "data: [1,2]\n\n"),
            (ServerSentEvent::default(), "\n"),
        ] {
            assert_eq!(Bytes::from(event), text);
        }
    }
}
