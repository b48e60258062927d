//! Azure Queue storage: start a function from a message, or send some.

use serde::de::DeserializeOwned;

use super::content::{Content, message};
use crate::{
    BindError, Binding, BindingData, Data, FromTrigger, IntoElement, IntoOutput, Lazy, Offers,
    Property, Syntax, Timestamp, Trigger,
};

const CONNECTION: Property = Property::string("connection")
    .syntax(Syntax::Setting)
    .default("`AzureWebJobsStorage`")
    .doc("The app setting, or the prefix of settings, that says how to reach the storage account.");

/// The binding of [`QueueTrigger`].
#[derive(Debug)]
pub struct QueueTriggerBinding;

impl Binding for QueueTriggerBinding {
    const TYPE: &'static str = "queueTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("queue_name")
            .required()
            .syntax(Syntax::QueueName)
            .doc("The queue to read from."),
        CONNECTION,
    ];
    const OFFERS: Offers = Offers::names(&[
        "QueueTrigger",
        "Id",
        "DequeueCount",
        "InsertionTime",
        "ExpirationTime",
        "NextVisibleTime",
        "PopReceipt",
    ])
    .and_payload();
}

/// The binding of [`QueueMessage`].
#[derive(Debug)]
pub struct QueueBinding;

impl Binding for QueueBinding {
    const TYPE: &'static str = "queue";
    const PROPERTIES: &'static [Property] = &[
        Property::string("queue_name")
            .required()
            .syntax(Syntax::QueueName)
            .doc("The queue to write to; `{…}` expressions are replaced."),
        CONNECTION,
    ];
}

/// A message of a queue that starts a function.
///
/// `T` is what the message holds: a `String` or bytes as they are, any other type as JSON. When the function fails, the
/// message comes again, up to five times unless `host.json` says otherwise, and is then moved to the queue
/// `<name>-poison`.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `queue_name` | string | required | The queue to read from. |
/// | `connection` | string | `AzureWebJobsStorage` | The app setting, or the prefix of settings, that says how to reach the storage account. |
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::QueueTrigger, func};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Order {
///     id: u32,
/// }
///
/// #[func]
/// fn accept(#[binding(queue_name = "orders")] order: QueueTrigger<Order>) {
///     println!("order {}, attempt {:?}", order.message.id, order.dequeue_count);
/// }
///
/// // A test calls the function with a message of its own.
/// accept(QueueTrigger::new(Order { id: 7 }));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueTrigger<T = String> {
    /// What the message holds.
    pub message: T,
    /// The id that the queue gave the message.
    ///
    /// The host adds the members of a JSON message to what it says of the message, and they win: the member `Id` of an
    /// order stands here instead, and so with the other fields.
    pub id: Lazy<Option<String>>,
    /// How often the message was taken from the queue, this time included.
    pub dequeue_count: Lazy<Option<u32>>,
    /// When the message was put into the queue.
    pub insertion_time: Lazy<Option<Timestamp>>,
    /// When the queue drops the message; [`Timestamp::MAX`] if never.
    pub expiration_time: Lazy<Option<Timestamp>>,
    /// When the message becomes visible to other readers again.
    pub next_visible_time: Lazy<Option<Timestamp>>,
    /// What the queue's API asks for to delete the message or change it.
    pub pop_receipt: Lazy<Option<String>>,
}

impl<T> QueueTrigger<T> {
    /// A message that the host says nothing more about, as a unit test needs it.
    pub fn new(message: T) -> Self {
        Self {
            message,
            id: Lazy::default(),
            dequeue_count: Lazy::default(),
            insertion_time: Lazy::default(),
            expiration_time: Lazy::default(),
            next_visible_time: Lazy::default(),
            pop_receipt: Lazy::default(),
        }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for QueueTrigger<T> {
    type Binding = QueueTriggerBinding;

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        Ok(Self {
            message: data.decode()?,
            id: trigger.lazy(|trigger| trigger.get("Id")),
            dequeue_count: trigger.lazy(|trigger| trigger.get("DequeueCount")),
            insertion_time: trigger.lazy(|trigger| trigger.time("InsertionTime")),
            expiration_time: trigger.lazy(|trigger| trigger.time("ExpirationTime")),
            next_visible_time: trigger.lazy(|trigger| trigger.time("NextVisibleTime")),
            pop_receipt: trigger.lazy(|trigger| trigger.get("PopReceipt")),
        })
    }
}

impl<T: BindingData> BindingData for QueueTrigger<T> {
    const NAMES: Option<&'static [&'static str]> = T::NAMES;
}

/// A message to send to a queue.
///
/// It is made from text, bytes or JSON. A single message arrives as it is. Of a `Vec<QueueMessage>` each has to be text,
/// because the host takes many as one JSON array; an empty one sends nothing.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `queue_name` | string | required | The queue to write to; `{…}` expressions are replaced. |
/// | `connection` | string | `AzureWebJobsStorage` | The app setting, or the prefix of settings, that says how to reach the storage account. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{QueueMessage, QueueTrigger},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", queue_name = "words")]
/// fn split(#[binding(queue_name = "lines")] line: QueueTrigger) -> Vec<QueueMessage> {
///     line.message.split_whitespace().map(QueueMessage::from).collect()
/// }
///
/// let words = split(QueueTrigger::new("to be".to_owned()));
/// assert_eq!(words, [QueueMessage::from("to"), QueueMessage::from("be")]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMessage(Content);

message!(QueueMessage);

impl IntoOutput for QueueMessage {
    type Binding = QueueBinding;

    fn into_output(self) -> Result<Data, BindError> {
        // The host takes text that looks like JSON apart and writes it anew; bytes it leaves alone.
        self.0.into_bytes().map(Data::bytes)
    }
}

impl IntoElement for QueueMessage {
    fn into_element(self) -> Result<serde_json::Value, BindError> {
        self.0.into_element()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use bytes::Bytes;
    use expect_test::expect;
    use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned, ser::Error as _};
    use serde_json::json;

    use super::{QueueMessage, QueueTrigger};
    use crate::{
        Data, FromTrigger,
        bindings::{
            check::{check_metadata, check_output},
            recorded::{self, Recorded},
        },
        func, functions,
    };

    #[derive(Debug, PartialEq, Deserialize)]
    struct Order {
        order: u32,
    }

    #[track_caller]
    fn check_bind<T: DeserializeOwned + Debug + PartialEq + 'static>(
        data: Data,
        metadata: &[(&str, Data)],
        expected: Result<QueueTrigger<T>, &str>,
    ) {
        let trigger = metadata
            .iter()
            .map(|(name, data)| (*name, data.clone()))
            .collect();
        assert_eq!(
            QueueTrigger::from_trigger(data, &trigger).map_err(|error| error.to_string()),
            expected.map_err(str::to_owned)
        );
    }

    #[test]
    fn binding() {
        check_bind(
            Data::text("hi"),
            &[],
            Ok(QueueTrigger::new("hi".to_owned())),
        );
        check_bind(
            Data::json("\"hi\""),
            &[],
            Ok(QueueTrigger::new("hi".to_owned())),
        );
        check_bind(
            Data::bytes("hi"),
            &[],
            Ok(QueueTrigger::new(Bytes::from("hi"))),
        );
        check_bind(
            Data::json("{\"order\":1}"),
            &[],
            Ok(QueueTrigger::new(Order { order: 1 })),
        );
        check_bind::<Order>(
            Data::text("{\"order\":-1}"),
            &[],
            Err("`order`: invalid value: integer `-1`, expected u32 at line 1 column 11"),
        );
        check_bind::<String>(
            Data::none(),
            &[],
            Err("the host sent no value; take an `Option` if it can be absent"),
        );
        // Members of the message hide what the host says.
        check_bind(
            Data::text("{\"Id\":\"mine\",\"DequeueCount\":\"often\",\"InsertionTime\":5}"),
            &[
                ("Id", Data::text("mine")),
                ("DequeueCount", Data::text("often")),
                ("InsertionTime", Data::text("5")),
                (
                    "ExpirationTime",
                    Data::json("\"9999-12-31T23:59:59.9999999+00:00\""),
                ),
            ],
            Ok(QueueTrigger {
                id: Some("mine".to_owned()).into(),
                expiration_time: Some(crate::Timestamp::MAX).into(),
                ..QueueTrigger::new(
                    "{\"Id\":\"mine\",\"DequeueCount\":\"often\",\"InsertionTime\":5}".to_owned(),
                )
            }),
        );
    }

    #[test]
    fn recordings() {
        let messages: Vec<QueueTrigger> = recorded::inputs("storage.jsonl", "-queue_", "trigger")
            .into_iter()
            .map(|Recorded { data, trigger }| QueueTrigger::from_trigger(data, &trigger).unwrap())
            .collect();
        let seen: Vec<_> = messages
            .iter()
            .map(|message| (message.message.as_str(), *message.dequeue_count))
            .collect();
        assert_eq!(
            seen,
            [
                ("plain text", Some(1)),
                ("poison me", Some(1)),
                ("{\"order\":1,\"items\":[\"a\"]}", Some(1)),
                ("[1,2]", Some(1)),
                ("42", Some(1)),
                ("", Some(1)),
                ("poison me", Some(2)),
                ("poison me", Some(3)),
                ("poison me", Some(4)),
                ("poison me", Some(5)),
            ]
        );
        let first = messages.first().unwrap();
        assert_eq!(
            first.id.as_deref(),
            Some("1605e97f-58fe-47a3-b91a-aa7311f5a49b")
        );
        assert_eq!(
            first.pop_receipt.as_deref(),
            Some("MjFOb3YyMDI2MDI6NDU6NDM5ZDEw")
        );
        let times = [
            &first.insertion_time,
            &first.expiration_time,
            &first.next_visible_time,
        ]
        .map(|time| time.map(|time| time.to_string()).unwrap_or_default());
        assert_eq!(
            times,
            [
                "2026-11-21T02:45:43Z",
                "2026-11-28T02:45:43Z",
                "2026-11-21T02:55:43Z"
            ]
        );
    }

    struct NoJson;

    impl Serialize for NoJson {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("no"))
        }
    }

    #[func]
    #[binding(name = "$return", queue_name = "copies", connection = "Other")]
    fn copy(#[binding(queue_name = "orders")] order: QueueTrigger) -> QueueMessage {
        order.message.into()
    }

    #[test]
    fn metadata() {
        check_metadata(
            &functions![copy],
            &expect![[r#"
                {"name":"order","type":"queueTrigger","direction":"in","queueName":"orders"}
                {"name":"$return","type":"queue","direction":"out","queueName":"copies","connection":"Other"}"#]],
        );
    }

    #[test]
    fn outputs() {
        check_output(QueueMessage::from("[1,2]"), Ok(Data::bytes("[1,2]")));
        check_output(
            QueueMessage::from("text".to_owned()),
            Ok(Data::bytes("text")),
        );
        check_output(QueueMessage::from(vec![0xff]), Ok(Data::bytes(vec![0xff])));
        check_output(
            QueueMessage::from(json!({"a": 1})),
            Ok(Data::bytes("{\"a\":1}")),
        );
        check_output(QueueMessage::json(&[1, 2]), Ok(Data::bytes("[1,2]")));
        check_output(
            QueueMessage::json(&NoJson),
            Err("the value cannot be written as JSON: no"),
        );
        check_output(None::<QueueMessage>, Ok(Data::none()));
        check_output(Vec::<QueueMessage>::new(), Ok(Data::none()));
        check_output(
            vec![
                QueueMessage::from("a\"b"),
                QueueMessage::json(&json!({"c": 1})),
            ],
            Ok(Data::json(r#"["a\"b","{\"c\":1}"]"#)),
        );
        check_output(
            vec![QueueMessage::from(vec![0xff])],
            Err(
                "one of many messages is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0), and the host takes many as text only; \
                 return a single message, or write the bytes as text, in Base64 for instance",
            ),
        );
    }

    #[test]
    fn reading_a_message() {
        let message = QueueMessage::json(&json!({"order": 3}));
        assert_eq!(message.as_json::<Order>().unwrap(), Order { order: 3 });
        assert_eq!(message.as_str(), Some("{\"order\":3}"));
        assert_eq!(message.to_string(), "{\"order\":3}");
        assert!(QueueMessage::json(&NoJson).as_json::<Order>().is_err());
    }
}
