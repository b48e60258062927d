//! [`KafkaTrigger`]: a record that starts a function.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::properties;
use crate::{
    BindError, Binding, Data, DataType, FromBatch, FromTrigger, Offers, Property, Timestamp,
    Trigger, time,
};

/// The binding of [`KafkaTrigger`].
#[derive(Debug)]
pub struct KafkaTriggerBinding;

impl Binding for KafkaTriggerBinding {
    const TYPE: &'static str = "kafkaTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("broker_list")
            .required()
            .doc("The brokers to ask first: `host:port,host:port`, or `%SETTING%`."),
        Property::string("topic")
            .required()
            .doc("The topic to read."),
        Property::string("consumer_group")
            .doc("The consumer group whose place in the topic the function follows."),
        Property::integer("lag_threshold")
            .default("`1000`")
            .doc("How many unread records make another instance worth its while."),
        properties::AUTHENTICATION_MODE,
        properties::USERNAME,
        properties::PASSWORD,
        properties::PROTOCOL,
        properties::SSL_CA_LOCATION,
        properties::SSL_CERTIFICATE_LOCATION,
        properties::SSL_KEY_LOCATION,
        properties::SSL_KEY_PASSWORD,
        properties::SSL_CERTIFICATE_PEM,
        properties::SSL_KEY_PEM,
        properties::SSL_CA_PEM,
        properties::SSL_CERTIFICATE_AND_KEY_PEM,
        properties::AVRO_SCHEMA,
        properties::KEY_AVRO_SCHEMA,
        properties::KEY_DATA_TYPE,
        properties::SCHEMA_REGISTRY_URL,
        properties::SCHEMA_REGISTRY_USERNAME,
        properties::SCHEMA_REGISTRY_PASSWORD,
        properties::OAUTH_BEARER_METHOD,
        properties::OAUTH_BEARER_CLIENT_ID,
        properties::OAUTH_BEARER_CLIENT_SECRET,
        properties::OAUTH_BEARER_SCOPE,
        properties::OAUTH_BEARER_TOKEN_ENDPOINT_URL,
        properties::OAUTH_BEARER_EXTENSIONS,
        properties::HTTPS_CA_LOCATION,
        properties::HTTPS_CA_PEM,
        properties::EVENT_HUB_CONNECTION_STRING,
    ];
    const RETRIES: bool = true;
    const OFFERS: Offers = Offers::names(&[
        "Key",
        "Partition",
        "Topic",
        "Timestamp",
        "Offset",
        "Headers",
        "LeaderEpoch",
        "IsPartitionEOF",
    ]);
}

/// A record of a Kafka topic that starts a function; `Vec<KafkaTrigger>` takes a batch.
///
/// `T` is the value of the record: a `String` or bytes as they are, any other type as JSON; `Option` of it if the topic has
/// records without a value. A batch takes far fewer calls; it fails or succeeds as a whole.
///
/// When the function fails the host goes on with the next records all the same. To have it tried again, give it a
/// [retry policy](crate::RetryPolicy).
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `broker_list` | string | required | The brokers to ask first: `host:port,host:port`, or `%SETTING%`. |
/// | `topic` | string | required | The topic to read. |
/// | `consumer_group` | string | | The consumer group whose place in the topic the function follows. |
/// | `lag_threshold` | integer | `1000` | How many unread records make another instance worth its while. |
/// | `authentication_mode` | `NotSet`, `Gssapi`, `Plain`, `ScramSha256`, `ScramSha512` or `OAuthBearer` | `NotSet` | The SASL mechanism by which the brokers know the app. |
/// | `username` | string | | The user, for `Plain` and the two `Scram` mechanisms. |
/// | `password` | string | | The password of the user: `%SETTING%`, so that it is not in the code. |
/// | `protocol` | `NotSet`, `plaintext`, `ssl`, `saslPlaintext` or `saslSsl` | `NotSet` | How the connection is secured. |
/// | `ssl_ca_location` | string | | The file with the certificate of the authority that the brokers' certificates come from. |
/// | `ssl_certificate_location` | string | | The file with the certificate of the app. |
/// | `ssl_key_location` | string | | The file with the private key of the app, in PEM. |
/// | `ssl_key_password` | string | | The password of the private key: `%SETTING%`. |
/// | `ssl_certificate_pem` | string | | The certificate of the app itself, in PEM: `%SETTING%`. |
/// | `ssl_key_pem` | string | | The private key itself, in PEM: `%SETTING%`. |
/// | `ssl_ca_pem` | string | | The certificate of the authority itself, in PEM: `%SETTING%`. |
/// | `ssl_certificate_and_key_pem` | string | | The certificate of the app and its private key together, in PEM: `%SETTING%`. |
/// | `avro_schema` | string | | The Avro schema of the values, in JSON. |
/// | `key_avro_schema` | string | | The Avro schema of the keys, in JSON. |
/// | `key_data_type` | `Int`, `Long`, `String` or `Binary` | `String` | What the keys are. |
/// | `schema_registry_url` | string | | Where the Avro schemas are, instead of a schema here. |
/// | `schema_registry_username` | string | | The user of the schema registry. |
/// | `schema_registry_password` | string | | The password of the user of the schema registry: `%SETTING%`. |
/// | `oauth_bearer_method` | `Default` or `Oidc` | | How to get a token, for `OAuthBearer`. |
/// | `oauth_bearer_client_id` | string | | The id of the app, for `Oidc`. |
/// | `oauth_bearer_client_secret` | string | | The secret of the app, for `Oidc`: `%SETTING%`. |
/// | `oauth_bearer_scope` | string | | What the app asks to be allowed, for `Oidc`. |
/// | `oauth_bearer_token_endpoint_url` | string | | Where tokens are given, for `Oidc`. |
/// | `oauth_bearer_extensions` | string | | More to tell the brokers, for `Oidc`: `key=value,key=value`. |
/// | `https_ca_location` | string | | The file with the certificate of the authority that the token endpoint's certificate comes from. |
/// | `https_ca_pem` | string | | The certificate of that authority itself, in PEM: `%SETTING%`. |
/// | `event_hub_connection_string` | string | | The app setting with the connection string of an Event Hubs namespace that speaks Kafka. |
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::KafkaTrigger, func};
///
/// #[func]
/// fn log(
///     #[binding(broker_list = "%KAFKA_BROKERS%", topic = "orders", consumer_group = "log")] orders: Vec<KafkaTrigger>,
/// ) {
///     for order in orders {
///         println!("{:?}: {}", order.key, order.message);
///     }
/// }
///
/// // A test calls the function with records of its own.
/// log(vec![KafkaTrigger::new("a pen".to_owned())]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KafkaTrigger<T = String> {
    /// The value of the record.
    pub message: T,
    /// The key as text; a number in digits, and bytes in Base64.
    pub key: Option<String>,
    /// The partition that the record comes from.
    pub partition: Option<i32>,
    /// The topic that the record comes from.
    pub topic: Option<String>,
    /// When the record was made or stored, as the topic is configured.
    pub timestamp: Option<Timestamp>,
    /// The number of the record in its partition.
    pub offset: Option<i64>,
    /// The headers, in their order; a name can come more than once.
    pub headers: Vec<KafkaHeader>,
    /// How often the partition had changed its leader when the record was read.
    pub leader_epoch: Option<i32>,
    /// Whether there was nothing behind the record in its partition.
    pub is_partition_eof: Option<bool>,
}

/// A header of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KafkaHeader {
    /// Its name.
    pub key: String,
    /// What it holds; it can be without a value.
    pub value: Option<Bytes>,
}

impl<T> KafkaTrigger<T> {
    /// A record that the host says nothing more about, as a unit test needs it.
    pub fn new(message: T) -> Self {
        Self {
            message,
            key: None,
            partition: None,
            topic: None,
            timestamp: None,
            offset: None,
            headers: Vec::new(),
            leader_epoch: None,
            is_partition_eof: None,
        }
    }
}

impl KafkaHeader {
    /// What it holds, if that is text.
    pub fn as_str(&self) -> Option<&str> {
        str::from_utf8(self.value.as_ref()?).ok()
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for KafkaTrigger<T> {
    type Binding = KafkaTriggerBinding;
    // Of text the host makes JSON that has the value in it.
    const DATA_TYPE: Option<DataType> = Some(DataType::Binary);

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        let Some(envelope) = data.as_text().and_then(Envelope::read) else {
            return Ok(Self {
                message: data.decode()?,
                key: trigger.data("Key").and_then(key),
                partition: trigger.get("Partition"),
                topic: trigger.get("Topic"),
                timestamp: trigger.time("Timestamp"),
                offset: trigger.get("Offset"),
                headers: headers(trigger.get("Headers").unwrap_or_default()),
                leader_epoch: trigger.get("LeaderEpoch"),
                is_partition_eof: trigger.get("IsPartitionEOF"),
            });
        };
        Ok(Self {
            message: Data::of_member(envelope.value)?.decode()?,
            key: key(Data::of_member(envelope.key)?),
            partition: Some(envelope.partition),
            topic: Some(envelope.topic),
            timestamp: time::parse(&envelope.timestamp),
            offset: Some(envelope.offset),
            headers: headers(envelope.headers),
            leader_epoch: trigger.get("LeaderEpoch"),
            is_partition_eof: trigger.get("IsPartitionEOF"),
        })
    }
}

impl<T: DeserializeOwned + 'static> FromBatch for KafkaTrigger<T> {}

/// What the host makes of a record that it hands over as text.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    offset: i64,
    partition: i32,
    topic: String,
    timestamp: String,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow, default)]
    key: Option<&'a RawValue>,
    #[serde(default)]
    headers: Vec<Header>,
}

impl<'a> Envelope<'a> {
    /// The envelope that a text is; any other text is the value itself.
    fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// A header on the wire.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Header {
    key: String,
    value: Option<String>,
}

fn headers(headers: Vec<Header>) -> Vec<KafkaHeader> {
    let header = |Header { key, value }| KafkaHeader {
        key,
        value: value.map(|text| BASE64.decode(&text).unwrap_or(text.into_bytes()).into()),
    };
    headers.into_iter().map(header).collect()
}

fn key(data: Data) -> Option<String> {
    if data.is_bytes() {
        Some(BASE64.encode(data.into_bytes().ok()?))
    } else {
        data.decode().ok()
    }
}
