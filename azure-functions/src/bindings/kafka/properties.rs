//! The properties that say how to reach the brokers, which the trigger and the output share.

use crate::{Property, Syntax};

pub(super) const AUTHENTICATION_MODE: Property = Property::string("authentication_mode")
    .one_of(&[
        "NotSet",
        "Gssapi",
        "Plain",
        "ScramSha256",
        "ScramSha512",
        "OAuthBearer",
    ])
    .default("`NotSet`")
    .doc("The SASL mechanism by which the brokers know the app.");
pub(super) const USERNAME: Property =
    Property::string("username").doc("The user, for `Plain` and the two `Scram` mechanisms.");
pub(super) const PASSWORD: Property = Property::string("password")
    .doc("The password of the user: `%SETTING%`, so that it is not in the code.");
pub(super) const PROTOCOL: Property = Property::string("protocol")
    .one_of(&["NotSet", "plaintext", "ssl", "saslPlaintext", "saslSsl"])
    .default("`NotSet`")
    .doc("How the connection is secured.");
pub(super) const SSL_CA_LOCATION: Property = Property::string("ssl_ca_location").doc(
    "The file with the certificate of the authority that the brokers' certificates come from.",
);
pub(super) const SSL_CERTIFICATE_LOCATION: Property =
    Property::string("ssl_certificate_location").doc("The file with the certificate of the app.");
pub(super) const SSL_KEY_LOCATION: Property =
    Property::string("ssl_key_location").doc("The file with the private key of the app, in PEM.");
pub(super) const SSL_KEY_PASSWORD: Property =
    Property::string("ssl_key_password").doc("The password of the private key: `%SETTING%`.");
pub(super) const SSL_CERTIFICATE_PEM: Property = Property::string("ssl_certificate_pem")
    .wire("sslCertificatePEM")
    .doc("The certificate of the app itself, in PEM: `%SETTING%`.");
pub(super) const SSL_KEY_PEM: Property = Property::string("ssl_key_pem")
    .wire("sslKeyPEM")
    .doc("The private key itself, in PEM: `%SETTING%`.");
pub(super) const SSL_CA_PEM: Property = Property::string("ssl_ca_pem")
    .wire("sslCaPEM")
    .doc("The certificate of the authority itself, in PEM: `%SETTING%`.");
pub(super) const SSL_CERTIFICATE_AND_KEY_PEM: Property =
    Property::string("ssl_certificate_and_key_pem")
        .wire("sslCertificateandKeyPEM")
        .doc("The certificate of the app and its private key together, in PEM: `%SETTING%`.");
pub(super) const AVRO_SCHEMA: Property = Property::string("avro_schema")
    .syntax(Syntax::Verbatim)
    .doc("The Avro schema of the values, in JSON.");
pub(super) const KEY_AVRO_SCHEMA: Property = Property::string("key_avro_schema")
    .syntax(Syntax::Verbatim)
    .doc("The Avro schema of the keys, in JSON.");
pub(super) const KEY_DATA_TYPE: Property = Property::string("key_data_type")
    .one_of(&["Int", "Long", "String", "Binary"])
    .default("`String`")
    .doc("What the keys are.");
pub(super) const SCHEMA_REGISTRY_URL: Property = Property::string("schema_registry_url")
    .doc("Where the Avro schemas are, instead of a schema here.");
pub(super) const SCHEMA_REGISTRY_USERNAME: Property =
    Property::string("schema_registry_username").doc("The user of the schema registry.");
pub(super) const SCHEMA_REGISTRY_PASSWORD: Property = Property::string("schema_registry_password")
    .doc("The password of the user of the schema registry: `%SETTING%`.");
pub(super) const OAUTH_BEARER_METHOD: Property = Property::string("oauth_bearer_method")
    .wire("oAuthBearerMethod")
    .one_of(&["Default", "Oidc"])
    .doc("How to get a token, for `OAuthBearer`.");
pub(super) const OAUTH_BEARER_CLIENT_ID: Property = Property::string("oauth_bearer_client_id")
    .wire("oAuthBearerClientId")
    .doc("The id of the app, for `Oidc`.");
pub(super) const OAUTH_BEARER_CLIENT_SECRET: Property =
    Property::string("oauth_bearer_client_secret")
        .wire("oAuthBearerClientSecret")
        .doc("The secret of the app, for `Oidc`: `%SETTING%`.");
pub(super) const OAUTH_BEARER_SCOPE: Property = Property::string("oauth_bearer_scope")
    .wire("oAuthBearerScope")
    .doc("What the app asks to be allowed, for `Oidc`.");
pub(super) const OAUTH_BEARER_TOKEN_ENDPOINT_URL: Property =
    Property::string("oauth_bearer_token_endpoint_url")
        .wire("oAuthBearerTokenEndpointUrl")
        .doc("Where tokens are given, for `Oidc`.");
pub(super) const OAUTH_BEARER_EXTENSIONS: Property = Property::string("oauth_bearer_extensions")
    .wire("oAuthBearerExtensions")
    .doc("More to tell the brokers, for `Oidc`: `key=value,key=value`.");
pub(super) const HTTPS_CA_LOCATION: Property = Property::string("https_ca_location")
                .doc("The file with the certificate of the authority that the token endpoint's certificate comes from.");
pub(super) const HTTPS_CA_PEM: Property = Property::string("https_ca_pem")
    .doc("The certificate of that authority itself, in PEM: `%SETTING%`.");
pub(super) const EVENT_HUB_CONNECTION_STRING: Property = Property::string(
    "event_hub_connection_string",
)
.doc("The app setting with the connection string of an Event Hubs namespace that speaks Kafka.");
