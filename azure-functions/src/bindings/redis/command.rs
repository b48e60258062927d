//! [`RedisInput`] and [`RedisOutput`]: what a command gives, and what it takes.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::CONNECTION;
use crate::{
    BindError, Binding, Data, FromInput, IntoElement, IntoOutput, Property,
    bindings::content::{Content, message},
};

/// The binding of [`RedisInput`] and [`RedisOutput`].
#[derive(Debug)]
pub struct RedisBinding;

impl Binding for RedisBinding {
    const TYPE: &'static str = "redis";
    const PROPERTIES: &'static [Property] = &[
        CONNECTION,
        Property::string("command").required().doc(
            "The command: of an input with its arguments, such as `GET {Key}`; of an output without those that the function gives, \
             such as `SET`. `{…}` expressions are replaced.",
        ),
    ];
}

/// What a Redis command gives.
///
/// `T` is the result: a `String` or bytes as they are, any other type as JSON. Take an `Option` of this if the key may not
/// exist.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `connection` | string | required | The app setting, or the prefix of settings, that says how to reach the server. |
/// | `command` | string | required | The command: of an input with its arguments, such as `GET {Key}`; of an output without those that the function gives, such as `SET`. `{…}` expressions are replaced. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{HttpRequest, RedisInput},
///     func,
/// };
///
/// #[func]
/// fn greeting(
///     #[binding(route = "greetings/{language}")] _request: HttpRequest,
///     #[binding(connection = "Redis", command = "GET greeting:{language}")] greeting: Option<RedisInput>,
/// ) -> String {
///     greeting.map_or_else(|| "?".to_owned(), |greeting| greeting.value)
/// }
///
/// // A test makes the value itself.
/// let moin = RedisInput::new("moin".to_owned());
/// assert_eq!(greeting(HttpRequest::default(), Some(moin)), "moin");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisInput<T = String> {
    /// The result of the command.
    pub value: T,
}

impl<T> RedisInput<T> {
    /// An input of a unit test.
    pub fn new(value: T) -> Self {
        Self { value }
    }
}

impl<T: DeserializeOwned + 'static> FromInput for RedisInput<T> {
    type Binding = RedisBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        data.decode().map(Self::new)
    }
}

/// What a Redis command takes: the host adds it to the command as its arguments.
///
/// It is made from text or JSON, and cannot hold bytes that are no text, because the host takes texts only. Each of a
/// `Vec<RedisOutput>` is a command of its own; an empty one runs none.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `connection` | string | required | The app setting, or the prefix of settings, that says how to reach the server. |
/// | `command` | string | required | The command: of an input with its arguments, such as `GET {Key}`; of an output without those that the function gives, such as `SET`. `{…}` expressions are replaced. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{RedisOutput, RedisPubSubTrigger},
///     func,
/// };
///
/// /// Deletes what was just set.
/// #[func]
/// #[binding(name = "$return", connection = "Redis", command = "DEL")]
/// fn delete(
///     #[binding(connection = "Redis", channel = "__keyevent@0__:set")] key: RedisPubSubTrigger,
/// ) -> RedisOutput {
///     key.message.into()
/// }
///
/// let output = delete(RedisPubSubTrigger::new("draft".to_owned()));
/// assert_eq!(output.as_str(), Some("draft"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisOutput(Content);

message!(RedisOutput);

impl RedisOutput {
    /// What is sent. Of bytes the host would make the text `System.Byte[]`.
    fn into_text(self) -> Result<String, BindError> {
        String::from_utf8(self.0.into_bytes()?.into()).map_err(|error| {
            BindError::new(format!(
                "the value is not UTF-8 ({}), and the host takes text only; write the bytes as text, in Base64 for instance",
                error.utf8_error()
            ))
        })
    }
}

impl IntoOutput for RedisOutput {
    type Binding = RedisBinding;

    fn into_output(self) -> Result<Data, BindError> {
        Content::from(Bytes::from(self.into_text()?)).into_text_output()
    }
}

impl IntoElement for RedisOutput {
    fn into_element(self) -> Result<Value, BindError> {
        self.into_text().map(Value::from)
    }
}
