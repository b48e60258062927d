//! What a message-like output carries: bytes, or the reason why there are none.

use std::{fmt, str};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{BindError, Data};

/// Bytes to write. A value that could not be written as JSON is reported when the output is sent, so that a function can
/// make it without a `Result`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Content(Result<Bytes, String>);

impl Content {
    /// The JSON of `value`.
    pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        Self(
            serde_json::to_vec(value)
                .map(Bytes::from)
                .map_err(|error| error.to_string()),
        )
    }

    /// The bytes; none when there was no JSON.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }

    /// The bytes as text, if that is what they are.
    pub(crate) fn as_str(&self) -> Option<&str> {
        str::from_utf8(self.as_bytes()).ok()
    }

    /// Reads the bytes as JSON.
    pub(crate) fn as_json<T: DeserializeOwned + 'static>(&self) -> Result<T, BindError> {
        self.clone()
            .into_bytes()
            .and_then(|bytes| Data::bytes(bytes).decode_json())
    }

    pub(crate) fn into_bytes(self) -> Result<Bytes, BindError> {
        self.0.map_err(|error| {
            BindError::new(format!("the value cannot be written as JSON: {error}"))
        })
    }

    /// The bytes for an output whose messages the host makes of text: exactly as they are, if they are text.
    ///
    /// The host writes text anew that looks like JSON, unless it is an element of an array.
    pub(crate) fn into_text_output(self) -> Result<Data, BindError> {
        let bytes = self.into_bytes()?;
        Ok(match str::from_utf8(&bytes) {
            Ok(text) if text.trim_start().starts_with(['{', '[']) => {
                Data::json(Value::from(vec![text]).to_string())
            }
            Ok(text) => Data::text(text),
            Err(_) => Data::bytes(bytes),
        })
    }

    /// The bytes as an element of an array, where each element is text.
    pub(crate) fn into_element(self) -> Result<Value, BindError> {
        match str::from_utf8(&self.into_bytes()?) {
            Ok(text) => Ok(Value::from(text)),
            Err(error) => Err(BindError::new(format!(
                "one of many messages is not UTF-8 ({error}), and the host takes many as text only; return a single message, or \
                 write the bytes as text, in Base64 for instance"
            ))),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0, self.as_str()) {
            (Err(error), _) => write!(f, "<no JSON: {error}>"),
            (Ok(_), Some(text)) => fmt::Debug::fmt(text, f),
            (Ok(bytes), None) => fmt::Debug::fmt(bytes, f),
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self(Ok(bytes))
    }
}

/// Implements `From` for everything that a message can be made of, through `From<Content>`.
macro_rules! from_content {
    ($type:ty) => {
        $crate::bindings::content::from_content! {
            $type:
            |text: &str| bytes::Bytes::copy_from_slice(text.as_bytes()).into();
            |text: String| bytes::Bytes::from(text).into();
            |bytes: bytes::Bytes| bytes.into();
            |bytes: Vec<u8>| bytes::Bytes::from(bytes).into();
            |bytes: &[u8]| bytes::Bytes::copy_from_slice(bytes).into();
            |value: serde_json::Value| $crate::bindings::content::Content::json(&value);
            |value: &serde_json::Value| $crate::bindings::content::Content::json(value);
        }
    };
    ($type:ty: $(|$value:ident: $from:ty| $content:expr;)+) => {$(
        impl From<$from> for $type {
            fn from($value: $from) -> Self {
                let content: $crate::bindings::content::Content = $content;
                content.into()
            }
        }
    )+};
}

/// Gives a message, which is a newtype of [`Content`], the ways to make one and to look at what it holds.
///
/// `rest` is what a message has besides that, at first.
macro_rules! message {
    ($type:ident $(, $rest:expr)*) => {
        impl $type {
            /// A message that holds `value` as JSON.
            ///
            /// If `value` cannot be written as JSON, the invocation fails when the message is sent.
            pub fn json<T: serde::Serialize + ?Sized>(value: &T) -> Self {
                $crate::bindings::content::Content::json(value).into()
            }

            /// What the message holds.
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }

            /// What the message holds, if that is text.
            pub fn as_str(&self) -> Option<&str> {
                self.0.as_str()
            }

            /// Reads what the message holds as JSON.
            ///
            /// # Errors
            ///
            /// When it is no JSON, or no `T`.
            pub fn as_json<T: serde::de::DeserializeOwned + 'static>(
                &self,
            ) -> Result<T, $crate::BindError> {
                self.0.as_json()
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$crate::bindings::content::Content> for $type {
            fn from(content: $crate::bindings::content::Content) -> Self {
                Self(content $(, $rest)*)
            }
        }

        $crate::bindings::content::from_content!($type);
    };
}

pub(crate) use from_content;
pub(crate) use message;
