//! [`KafkaMessage`]: a record to send.

use serde::Serialize;
use serde_json::Value;

use super::properties;
use crate::{
    BindError, Binding, Data, IntoElement, IntoOutput, Property, Timestamp,
    bindings::content::{Content, message},
};

/// The binding of [`KafkaMessage`].
#[derive(Debug)]
pub struct KafkaBinding;

impl Binding for KafkaBinding {
    const TYPE: &'static str = "kafka";
    const PROPERTIES: &'static [Property] = &[
        Property::string("broker_list")
            .required()
            .doc("The brokers to ask first: `host:port,host:port`, or `%SETTING%`."),
        Property::string("topic")
            .required()
            .doc("The topic to write to; `{…}` expressions are replaced."),
        Property::integer("max_message_bytes")
            .default("`1000000`")
            .doc("How large a record can be."),
        Property::integer("batch_size")
            .default("`10000`")
            .doc("How many records are sent together at most."),
        Property::integer("linger_ms")
            .default("`5`")
            .doc("How long a record waits for others to be sent with, in milliseconds."),
        Property::boolean("enable_idempotence")
            .default("`false`")
            .doc("Whether each record is stored exactly once, and in order."),
        Property::integer("message_timeout_ms")
            .default("`300000`")
            .doc("After how many milliseconds a record that is not stored is an error."),
        Property::integer("request_timeout_ms")
            .default("`5000`")
            .doc("How long the broker may take to confirm, in milliseconds."),
        Property::integer("max_retries")
            .default("`2147483647`")
            .doc("How often a record is sent again."),
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
}

/// A record to send to a Kafka topic.
///
/// Its value is made from text, bytes or JSON. A record with a key, headers or a timestamp has to be text, and each of a
/// `Vec<KafkaMessage>` too; an empty one sends nothing.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `broker_list` | string | required | The brokers to ask first: `host:port,host:port`, or `%SETTING%`. |
/// | `topic` | string | required | The topic to write to; `{…}` expressions are replaced. |
/// | `max_message_bytes` | integer | `1000000` | How large a record can be. |
/// | `batch_size` | integer | `10000` | How many records are sent together at most. |
/// | `linger_ms` | integer | `5` | How long a record waits for others to be sent with, in milliseconds. |
/// | `enable_idempotence` | boolean | `false` | Whether each record is stored exactly once, and in order. |
/// | `message_timeout_ms` | integer | `300000` | After how many milliseconds a record that is not stored is an error. |
/// | `request_timeout_ms` | integer | `5000` | How long the broker may take to confirm, in milliseconds. |
/// | `max_retries` | integer | `2147483647` | How often a record is sent again. |
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
/// use azure_functions::{
///     bindings::{KafkaMessage, QueueTrigger},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", broker_list = "%KAFKA_BROKERS%", topic = "words")]
/// fn split(#[binding(queue_name = "lines")] line: QueueTrigger) -> Vec<KafkaMessage> {
///     let words = line.message.split_whitespace();
///     words.map(|word| KafkaMessage::from(word).with_key("word").with_header("language", "en")).collect()
/// }
///
/// let words = split(QueueTrigger::new("to be".to_owned()));
/// assert_eq!(words[1].as_str(), Some("be"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaMessage(Content, Extras);

/// What a record has besides its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Extras {
    key: Option<String>,
    headers: Vec<(String, String)>,
    timestamp: Option<Timestamp>,
}

message!(KafkaMessage, Extras::default());

impl KafkaMessage {
    /// Gives the record a key, which chooses its partition.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.1.key = Some(key.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.1.headers.push((key.into(), value.into()));
        self
    }

    /// Says when the record was made; without it, a record with a key or headers was made when it is sent.
    #[must_use]
    pub fn with_timestamp(mut self, timestamp: Timestamp) -> Self {
        self.1.timestamp = Some(timestamp);
        self
    }

    /// The key.
    pub fn key(&self) -> Option<&str> {
        self.1.key.as_deref()
    }

    /// The headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.1.headers.iter();
        headers.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// What is sent: the value, or JSON that has it in it.
    fn into_content(self) -> Result<Content, BindError> {
        let Self(content, extras) = self;
        if extras == Extras::default() {
            return Ok(content);
        }
        let bytes = content.into_bytes()?;
        let value = str::from_utf8(&bytes).map_err(|error| {
            BindError::new(format!(
                "the value is not UTF-8 ({error}), and with a key, a header or a timestamp the host takes text only; leave them \
                 out, or write the bytes as text, in Base64 for instance"
            ))
        })?;
        let headers = extras.headers.iter();
        Ok(Content::json(&Envelope {
            offset: 0,
            partition: 0,
            topic: "",
            timestamp: extras.timestamp.unwrap_or_else(Timestamp::now),
            value,
            key: extras.key.as_deref(),
            headers: headers.map(|(key, value)| Header { key, value }).collect(),
        }))
    }
}

impl IntoOutput for KafkaMessage {
    type Binding = KafkaBinding;

    fn into_output(self) -> Result<Data, BindError> {
        self.into_content()?.into_text_output()
    }
}

impl IntoElement for KafkaMessage {
    fn into_element(self) -> Result<Value, BindError> {
        self.into_content()?.into_element()
    }
}

/// A record with more than a value. The host knows it by its members, all but the key, and takes the place of the record
/// from the topic.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    offset: i64,
    partition: i32,
    topic: &'a str,
    timestamp: Timestamp,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    headers: Vec<Header<'a>>,
}

/// A header on the wire: text, although the trigger has it in Base64.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Header<'a> {
    key: &'a str,
    value: &'a str,
}
