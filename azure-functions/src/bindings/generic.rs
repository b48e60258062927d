//! Any other binding of the host, by its name on the wire.

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    BindError, Binding, Data, FromInput, FromTrigger, IntoElement, IntoOutput, Property, Trigger,
};

/// The binding of [`GenericTrigger`].
#[derive(Debug)]
pub struct GenericTriggerBinding;

impl Binding for GenericTriggerBinding {
    /// For messages only: the host is told what `type` says.
    const TYPE: &'static str = "genericTrigger";
    const PROPERTIES: &'static [Property] = &[Property::string("type")
        .required()
        .refuse("httpTrigger", "take `HttpRequest` instead")
        .doc("The type of the trigger, as the host spells it.")];
    const OPEN: bool = true;
}

/// The binding of [`GenericInput`] and [`GenericOutput`].
#[derive(Debug)]
pub struct GenericBinding;

impl Binding for GenericBinding {
    /// For messages only: the host is told what `type` says.
    const TYPE: &'static str = "generic";
    const PROPERTIES: &'static [Property] = &[Property::string("type")
        .required()
        .refuse("httpTrigger", "take `HttpRequest` instead")
        .refuse("http", "return `HttpResponse` instead")
        .doc("The type of the binding, as the host spells it.")];
    const OPEN: bool = true;
}

/// A trigger that this crate has no type for.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `type` | string | required | The type of the trigger, as the host spells it. |
/// | any other | any | | Passed on with its name in camel case. |
///
/// # Example
///
/// ```
/// use azure_functions::{BoxError, Data, bindings::GenericTrigger, func};
///
/// #[func]
/// fn listen(
///     #[binding(type = "redisPubSubTrigger", channel = "news", connection = "Redis")] news: GenericTrigger,
/// ) -> Result<(), BoxError> {
///     let channel: Option<String> = news.metadata.get("Channel");
///     let text: String = news.data.decode()?;
///     println!("{channel:?}: {text}");
///     Ok(())
/// }
///
/// // A test makes the value itself.
/// assert!(listen(GenericTrigger::new(Data::text("hi"))).is_ok());
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct GenericTrigger {
    /// The value that the trigger gives.
    pub data: Data,
    /// What the host says of it.
    pub metadata: Trigger,
}

impl GenericTrigger {
    /// A value that the host says nothing more about, as a unit test needs it.
    pub fn new(data: Data) -> Self {
        Self {
            data,
            metadata: Trigger::default(),
        }
    }
}

impl FromTrigger for GenericTrigger {
    type Binding = GenericTriggerBinding;

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        Ok(Self {
            data,
            metadata: trigger.clone(),
        })
    }
}

/// An input that this crate has no type for.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `type` | string | required | The type of the binding, as the host spells it. |
/// | any other | any | | Passed on with its name in camel case. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     BoxError, Data,
///     bindings::{GenericInput, HttpRequest},
///     func,
/// };
///
/// #[func]
/// fn products(
///     _request: HttpRequest,
///     #[binding(type = "sql", command_text = "select Name from Products", connection_string_setting = "Sql")]
///     rows: GenericInput,
/// ) -> Result<String, BoxError> {
///     let rows: Vec<serde_json::Value> = rows.data.decode()?;
///     Ok(format!("{} products", rows.len()))
/// }
///
/// // A test makes the value itself.
/// let rows = GenericInput::new(Data::json(r#"[{"Name": "pen"}]"#));
/// assert_eq!(products(HttpRequest::default(), rows).unwrap(), "1 products");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct GenericInput {
    /// The value that was read.
    pub data: Data,
}

impl GenericInput {
    /// An input of a unit test.
    pub fn new(data: Data) -> Self {
        Self { data }
    }
}

impl FromInput for GenericInput {
    type Binding = GenericBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        Ok(Self { data })
    }
}

/// An output that this crate has no type for.
///
/// Text goes to the host as text, bytes as bytes, and JSON as JSON; what becomes of each is up to the binding. Many outputs
/// make one message of each element of a JSON array, as they do of each element of a `Vec<GenericOutput>`.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `type` | string | required | The type of the binding, as the host spells it. |
/// | any other | any | | Passed on with its name in camel case. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{GenericOutput, TimerInfo},
///     func,
/// };
/// use serde_json::json;
///
/// #[func]
/// #[binding(name = "$return", type = "kafka", topic = "ticks", broker_list = "Brokers")]
/// fn publish(#[binding(schedule = "0 * * * * *")] timer: TimerInfo) -> GenericOutput {
///     json!({ "late": timer.is_past_due }).into()
/// }
///
/// let tick = publish(TimerInfo::default());
/// assert_eq!(tick, GenericOutput::from(json!({ "late": false })));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct GenericOutput {
    /// The value to write.
    pub data: Data,
}

impl GenericOutput {
    /// An output that holds `value` as JSON.
    ///
    /// # Errors
    ///
    /// When `value` cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, BindError> {
        match serde_json::to_string(value) {
            Ok(json) => Ok(Data::json(json).into()),
            Err(error) => Err(BindError::new(format!(
                "the value cannot be written as JSON: {error}"
            ))),
        }
    }

    /// Reads the value as a payload.
    ///
    /// # Errors
    ///
    /// When there is no value, or it is no `T`.
    pub fn decode<T: DeserializeOwned + 'static>(&self) -> Result<T, BindError> {
        self.data.clone().decode()
    }
}

macro_rules! from {
    ($(|$value:ident: $from:ty| $data:expr;)+) => {$(
        impl From<$from> for GenericOutput {
            fn from($value: $from) -> Self {
                Self { data: $data }
            }
        }
    )+};
}

from! {
    |data: Data| data;
    |text: &str| Data::text(text);
    |text: String| Data::text(text);
    |bytes: Bytes| Data::bytes(bytes);
    |bytes: Vec<u8>| Data::bytes(bytes);
    |bytes: &[u8]| Data::bytes(Bytes::copy_from_slice(bytes));
    |value: Value| Data::json(value.to_string());
    |value: &Value| Data::json(value.to_string());
}

impl IntoOutput for GenericOutput {
    type Binding = GenericBinding;

    fn into_output(self) -> Result<Data, BindError> {
        Ok(self.data)
    }
}

impl IntoElement for GenericOutput {
    fn into_element(self) -> Result<Value, BindError> {
        if self.data.is_none() {
            // The host would write an empty message.
            Err(BindError::new(
                "one of many outputs has no value; leave it out of the `Vec`",
            ))
        } else if self.data.is_json() {
            self.data.decode_json()
        } else {
            self.data.decode::<String>().map(Value::from)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{GenericInput, GenericOutput, GenericTrigger};
    use crate::{
        Data, FromInput, FromTrigger,
        bindings::{
            check::check_output,
            recorded::{self, Recorded},
        },
    };

    #[test]
    fn outputs() {
        check_output(GenericOutput::from("[1]"), Ok(Data::text("[1]")));
        check_output(GenericOutput::from(vec![0xff]), Ok(Data::bytes(vec![0xff])));
        check_output(
            GenericOutput::from(json!({"a": 1})),
            Ok(Data::json("{\"a\":1}")),
        );
        check_output(GenericOutput::json("a").unwrap(), Ok(Data::json("\"a\"")));
        check_output(GenericOutput::default(), Ok(Data::none()));
        check_output(
            vec![GenericOutput::from("a"), GenericOutput::default()],
            Err("one of many outputs has no value; leave it out of the `Vec`"),
        );
        check_output(
            vec![
                GenericOutput::from("{}"),
                GenericOutput::from(json!({"a": [1]})),
                GenericOutput::from(b"b".as_slice()),
            ],
            Ok(Data::json(r#"["{}",{"a":[1]},"b"]"#)),
        );
        check_output(
            vec![GenericOutput::from(vec![0xff])],
            Err(
                "expected text, but it is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0); \
                 take `Bytes` to receive the bytes as they are",
            ),
        );
    }

    #[test]
    fn recordings() {
        let mut inputs = recorded::inputs("storage.jsonl", "table_query", "rows").into_iter();
        let Recorded { data, .. } = inputs.next().unwrap();
        assert_eq!(
            GenericInput::from_input(data).unwrap(),
            GenericInput::new(Data::json("[]"))
        );
        let mut triggers = recorded::inputs("storage.jsonl", "queue_echo", "trigger").into_iter();
        let Recorded { data, trigger } = triggers.next().unwrap();
        let message = GenericTrigger::from_trigger(data, &trigger).unwrap();
        assert_eq!(message.data, Data::text("plain text"));
        assert_eq!(message.metadata.get("dequeuecount"), Some(1));
    }
}
