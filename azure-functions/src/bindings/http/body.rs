//! The body of a response.

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use super::{BodyStream, arrived::Content};
use crate::Json;

/// The body of a response: bytes or a stream, and the `content-type` to send when the response sets none.
///
/// It is made from text, bytes, JSON, a [`BodyStream`], or `()`, which is no body. Clones of a streamed one share the
/// stream, so that only one of them can be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    pub(super) content: Content,
    pub(super) content_type: Option<&'static str>,
    /// Why there is none.
    pub(super) problem: Option<String>,
}

impl Body {
    /// A body that holds `value` as JSON.
    ///
    /// If `value` cannot be written as JSON, the invocation fails when the response is sent.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => Self::new(json, "application/json"),
            Err(error) => Self {
                problem: Some(format!(
                    "the body of the response cannot be written as JSON: {error}"
                )),
                ..Self::default()
            },
        }
    }

    fn new(bytes: impl Into<Bytes>, content_type: &'static str) -> Self {
        Self {
            content: Content::Bytes(bytes.into()),
            content_type: Some(content_type),
            problem: None,
        }
    }

    fn text(text: impl Into<Bytes>) -> Self {
        Self::new(text, "text/plain; charset=utf-8")
    }

    fn binary(bytes: impl Into<Bytes>) -> Self {
        Self::new(bytes, "application/octet-stream")
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl From<BodyStream> for Body {
    /// A body without a `content-type` of its own.
    fn from(stream: BodyStream) -> Self {
        Self {
            content: stream.into(),
            ..Self::default()
        }
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::binary(bytes)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::binary(bytes)
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Self::binary(bytes)
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self::json(&value)
    }
}

impl<T: Serialize> From<Json<T>> for Body {
    fn from(Json(value): Json<T>) -> Self {
        Self::json(&value)
    }
}
