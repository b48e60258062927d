//! [`ServiceBusMessage`]: a message to send.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

use super::ServiceBusBinding;
use crate::{
    BindError, Data, IntoElement, IntoOutput,
    bindings::content::{Content, from_content},
};

/// A message to send to a Service Bus queue or topic.
///
/// It is made from text or JSON, and arrives as it is. It cannot hold bytes that are no text, because the host takes
/// texts only; nor can it have properties or a session id, so queues with sessions need the SDK. An empty `Vec` sends
/// nothing.
///
/// # Properties
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{ServiceBusMessage, ServiceBusTrigger},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", topic_name = "words")]
/// fn split(#[binding(queue_name = "lines")] line: ServiceBusTrigger) -> Vec<ServiceBusMessage> {
///     line.message.split_whitespace().map(ServiceBusMessage::from).collect()
/// }
///
/// let words = split(ServiceBusTrigger::new("to be".to_owned()));
/// assert_eq!(words, [ServiceBusMessage::from("to"), ServiceBusMessage::from("be")]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceBusMessage(Content);

impl ServiceBusMessage {
    /// A message that holds `value` as JSON.
    ///
    /// If `value` cannot be written as JSON, the invocation fails when the message is sent.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        Content::json(value).into()
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
    pub fn as_json<T: DeserializeOwned + 'static>(&self) -> Result<T, BindError> {
        self.0.as_json()
    }
}

impl fmt::Display for ServiceBusMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Content> for ServiceBusMessage {
    fn from(content: Content) -> Self {
        Self(content)
    }
}

from_content!(ServiceBusMessage);

impl IntoOutput for ServiceBusMessage {
    type Binding = ServiceBusBinding;

    fn into_output(self) -> Result<Data, BindError> {
        // The host takes a text that looks like JSON apart and writes it anew, and makes `System.Byte[]` of bytes; an
        // element of an array it leaves alone.
        vec![self].into_output()
    }
}

impl IntoElement for ServiceBusMessage {
    fn into_element(self) -> Result<serde_json::Value, BindError> {
        match String::from_utf8(self.0.into_bytes()?.into()) {
            Ok(text) => Ok(text.into()),
            Err(error) => Err(BindError::new(format!(
                "the message is not UTF-8 ({}), and the host sends text only; write the bytes as text, in Base64 for instance",
                error.utf8_error()
            ))),
        }
    }
}
