//! RabbitMQ: start a function from a message of a queue, or send some.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::content::{Content, message};
use crate::{
    BindError, Binding, BindingData, Data, DataType, FromTrigger, IntoElement, IntoOutput, Offers,
    Property, Syntax, Trigger,
};

const CONNECTION: Property = Property::string("connection_string_setting")
    .required()
    .syntax(Syntax::Setting)
    .doc("The app setting with the address of the broker: `amqp://user:password@host:port`.");

const DISABLE_CERTIFICATE_VALIDATION: Property =
    Property::boolean("disable_certificate_validation")
        .default("`false`")
        .doc("Whether any certificate of the broker will do; for development only.");

/// The binding of [`RabbitMqTrigger`].
#[derive(Debug)]
pub struct RabbitMqTriggerBinding;

impl Binding for RabbitMqTriggerBinding {
    const TYPE: &'static str = "rabbitMQTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("queue_name")
            .required()
            .doc("The queue to read from."),
        CONNECTION,
        DISABLE_CERTIFICATE_VALIDATION,
    ];
    const OFFERS: Offers = Offers::names(&[
        "ConsumerTag",
        "DeliveryTag",
        "Redelivered",
        "Exchange",
        "RoutingKey",
        "BasicProperties",
        "Body",
    ])
    .and_payload();
}

/// The binding of [`RabbitMqMessage`].
#[derive(Debug)]
pub struct RabbitMqBinding;

impl Binding for RabbitMqBinding {
    const TYPE: &'static str = "rabbitMQ";
    const PROPERTIES: &'static [Property] = &[
        Property::string("queue_name")
            .required()
            .doc("The queue to write to; `{…}` expressions are replaced."),
        CONNECTION,
        DISABLE_CERTIFICATE_VALIDATION,
    ];
}

/// A message of a RabbitMQ queue that starts a function.
///
/// `T` is what the message holds: a `String` or bytes as they are, any other type as JSON. When the function fails, the
/// message comes again, up to five times in all, and is then moved to the queue `<name>-poison`. The trigger does not work on
/// a Consumption plan.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `queue_name` | string | required | The queue to read from. |
/// | `connection_string_setting` | string | required | The app setting with the address of the broker: `amqp://user:password@host:port`. |
/// | `disable_certificate_validation` | boolean | `false` | Whether any certificate of the broker will do; for development only. |
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::RabbitMqTrigger, func};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Order {
///     id: u32,
/// }
///
/// #[func]
/// fn accept(
///     #[binding(queue_name = "orders", connection_string_setting = "RabbitMq")] order: RabbitMqTrigger<Order>,
/// ) {
///     println!("order {} by {:?}", order.message.id, order.routing_key);
/// }
///
/// // A test calls the function with a message of its own.
/// accept(RabbitMqTrigger::new(Order { id: 7 }));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RabbitMqTrigger<T = String> {
    /// What the message holds.
    pub message: T,
    /// The name of the host's subscription to the queue.
    pub consumer_tag: Option<String>,
    /// The number of the delivery, by which it is acknowledged.
    pub delivery_tag: Option<u64>,
    /// Whether the message was delivered before.
    pub redelivered: Option<bool>,
    /// The exchange that the message was sent to; the nameless one is empty.
    pub exchange: Option<String>,
    /// The routing key that the message was sent with.
    pub routing_key: Option<String>,
    /// What the sender says of the message, as the host has it: `ContentType`, `Headers`, `MessageId`, `CorrelationId` and
    /// others.
    pub basic_properties: Map<String, Value>,
}

impl<T> RabbitMqTrigger<T> {
    /// A message that the host says nothing more about, as a unit test needs it.
    pub fn new(message: T) -> Self {
        Self {
            message,
            consumer_tag: None,
            delivery_tag: None,
            redelivered: None,
            exchange: None,
            routing_key: None,
            basic_properties: Map::new(),
        }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for RabbitMqTrigger<T> {
    type Binding = RabbitMqTriggerBinding;
    // So that a message need not be text.
    const DATA_TYPE: Option<DataType> = Some(DataType::Binary);

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        Ok(Self {
            message: data.decode()?,
            consumer_tag: trigger.get("ConsumerTag"),
            delivery_tag: trigger.get("DeliveryTag"),
            redelivered: trigger.get("Redelivered"),
            exchange: trigger.get("Exchange"),
            routing_key: trigger.get("RoutingKey"),
            basic_properties: trigger.get("BasicProperties").unwrap_or_default(),
        })
    }
}

impl<T: BindingData> BindingData for RabbitMqTrigger<T> {
    const NAMES: Option<&'static [&'static str]> = T::NAMES;
}

/// A message to send to a RabbitMQ queue.
///
/// It is made from text, bytes or JSON. A single message arrives as it is. Of a `Vec<RabbitMqMessage>` each has to be text,
/// because the host takes many as one JSON array; an empty one sends nothing.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `queue_name` | string | required | The queue to write to; `{…}` expressions are replaced. |
/// | `connection_string_setting` | string | required | The app setting with the address of the broker: `amqp://user:password@host:port`. |
/// | `disable_certificate_validation` | boolean | `false` | Whether any certificate of the broker will do; for development only. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{QueueTrigger, RabbitMqMessage},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", queue_name = "words", connection_string_setting = "RabbitMq")]
/// fn split(#[binding(queue_name = "lines")] line: QueueTrigger) -> Vec<RabbitMqMessage> {
///     line.message.split_whitespace().map(RabbitMqMessage::from).collect()
/// }
///
/// let words = split(QueueTrigger::new("to be".to_owned()));
/// assert_eq!(words, [RabbitMqMessage::from("to"), RabbitMqMessage::from("be")]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RabbitMqMessage(Content);

message!(RabbitMqMessage);

impl IntoOutput for RabbitMqMessage {
    type Binding = RabbitMqBinding;

    fn into_output(self) -> Result<Data, BindError> {
        // The host takes text that looks like JSON apart and writes it anew; bytes it leaves alone.
        self.0.into_bytes().map(Data::bytes)
    }
}

impl IntoElement for RabbitMqMessage {
    fn into_element(self) -> Result<Value, BindError> {
        self.0.into_element()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use bytes::Bytes;
    use expect_test::expect;
    use serde::{Deserialize, de::DeserializeOwned};
    use serde_json::json;

    use super::{RabbitMqMessage, RabbitMqTrigger};
    use crate::{
        BindingData, Data, FromTrigger,
        bindings::{
            Blob,
            check::{check_metadata, check_output},
        },
        func, functions,
    };

    #[derive(Debug, PartialEq, Deserialize, BindingData)]
    struct Order {
        order: u32,
    }

    #[track_caller]
    fn check<T: DeserializeOwned + Debug + PartialEq + 'static>(
        data: Data,
        entries: &[(&str, Data)],
        expected: Result<RabbitMqTrigger<T>, &str>,
    ) {
        let entries = entries.iter();
        let trigger = entries.map(|(name, data)| (*name, data.clone())).collect();
        assert_eq!(
            RabbitMqTrigger::from_trigger(data, &trigger).map_err(|error| error.to_string()),
            expected.map_err(str::to_owned)
        );
    }

    #[test]
    fn messages() {
        let entries = [
            ("ConsumerTag", Data::text("amq.ctag-1")),
            ("DeliveryTag", Data::json("18446744073709551615")),
            ("Redelivered", Data::json("true")),
            ("Exchange", Data::text("")),
            ("RoutingKey", Data::text("orders")),
            (
                "BasicProperties",
                Data::json("{\"ContentType\":\"text/plain\",\"Headers\":null}"),
            ),
            ("Body", Data::json("\"aGk=\"")),
        ];
        let properties = json!({ "ContentType": "text/plain", "Headers": null });
        let all = RabbitMqTrigger {
            consumer_tag: Some("amq.ctag-1".to_owned()),
            delivery_tag: Some(u64::MAX),
            redelivered: Some(true),
            exchange: Some(String::new()),
            routing_key: Some("orders".to_owned()),
            basic_properties: properties.as_object().unwrap().clone(),
            ..RabbitMqTrigger::new("hi".to_owned())
        };
        check(Data::bytes("hi"), &entries, Ok(all.clone()));
        check(Data::text("hi"), &entries, Ok(all));
        for data in [
            Data::bytes("{\"order\":1}"),
            Data::json("{\"order\":1,\"more\":0}"),
        ] {
            check(data, &[], Ok(RabbitMqTrigger::new(Order { order: 1 })));
        }
        check(
            Data::bytes(vec![0xff]),
            &[],
            Ok(RabbitMqTrigger::new(Bytes::from(vec![0xff]))),
        );
    }

    #[test]
    fn bad_messages_and_odd_entries() {
        check::<String>(
            Data::none(),
            &[],
            Err("the host sent no value; take an `Option` if it can be absent"),
        );
        check::<String>(
            Data::bytes(vec![0xff]),
            &[],
            Err(
                "expected text, but it is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0); take `Bytes` to receive the bytes as they are",
            ),
        );
        check::<Order>(
            Data::bytes("{\"order\":\"1\"}"),
            &[],
            Err("`order`: invalid type: string \"1\", expected u32 at line 1 column 12"),
        );
        // Members of a JSON message hide what the host says, as text.
        let hidden = [
            ("deliverytag", Data::text("7")),
            ("Redelivered", Data::text("often")),
            ("BasicProperties", Data::text("none")),
            ("ConsumerTag", Data::none()),
        ];
        check(
            Data::bytes("hi"),
            &hidden,
            Ok(RabbitMqTrigger {
                delivery_tag: Some(7),
                ..RabbitMqTrigger::new("hi".to_owned())
            }),
        );
    }

    #[func]
    #[binding(
        name = "$return",
        queue_name = "copies",
        connection_string_setting = "Rabbit"
    )]
    fn copy(
        #[binding(
            queue_name = "orders",
            connection_string_setting = "Rabbit",
            disable_certificate_validation = true
        )]
        order: RabbitMqTrigger,
    ) -> RabbitMqMessage {
        order.message.into()
    }

    #[func]
    fn find(
        #[binding(queue_name = "orders", connection_string_setting = "Rabbit")]
        _order: RabbitMqTrigger<Order>,
        #[binding(path = "orders/{order}-{DeliveryTag}")] _blob: Blob,
    ) {
    }

    #[test]
    fn metadata() {
        check_metadata(
            &functions![copy, find],
            &expect![[r#"
            {"name":"order","type":"rabbitMQTrigger","direction":"in","queueName":"orders","connectionStringSetting":"Rabbit","disableCertificateValidation":true,"dataType":"binary"}
            {"name":"$return","type":"rabbitMQ","direction":"out","queueName":"copies","connectionStringSetting":"Rabbit"}
            {"name":"order","type":"rabbitMQTrigger","direction":"in","queueName":"orders","connectionStringSetting":"Rabbit","dataType":"string"}
            {"name":"blob","type":"blob","direction":"in","path":"orders/{order}-{DeliveryTag}","dataType":"binary"}"#]],
        );
    }

    #[test]
    fn outputs() {
        check_output(RabbitMqMessage::from("[1,2]"), Ok(Data::bytes("[1,2]")));
        check_output(
            RabbitMqMessage::from(vec![0xff]),
            Ok(Data::bytes(vec![0xff])),
        );
        check_output(None::<RabbitMqMessage>, Ok(Data::none()));
        check_output(Vec::<RabbitMqMessage>::new(), Ok(Data::none()));
        check_output(
            vec![
                RabbitMqMessage::from("a\"b"),
                RabbitMqMessage::json(&json!({"c": 1})),
            ],
            Ok(Data::json(r#"["a\"b","{\"c\":1}"]"#)),
        );
    }
}
