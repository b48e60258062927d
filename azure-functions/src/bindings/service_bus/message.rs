//! [`ServiceBusMessage`]: a message to send.

use super::ServiceBusBinding;
use crate::{
    BindError, Data, IntoElement, IntoOutput,
    bindings::content::{Content, message},
};

/// A message to send to a Service Bus queue or topic.
///
/// It is made from text or JSON, and arrives as it is. It cannot hold bytes that are no text, because the host takes
/// texts only; nor can it have properties or a session id, so queues with sessions need the SDK. An empty `Vec` sends
/// nothing.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `queue_name` | string | | The queue to send to; `{…}` expressions are replaced. |
/// | `topic_name` | string | | The topic to send to; `{…}` expressions are replaced. |
/// | `connection` | string | `ServiceBus` | The app setting, or the prefix of settings, that says how to reach the namespace. |
///
/// Exactly one of `queue_name` and `topic_name`.
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

message!(ServiceBusMessage);

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
