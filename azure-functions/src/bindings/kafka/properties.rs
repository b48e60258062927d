//! The properties that say how to reach the brokers, which the trigger and the output share.

/// Properties of one of the two, with those of the connection between.
macro_rules! properties {
    ([$($topic:expr),*] [$($own:expr),* $(,)?]) => {
        &[
            $($topic,)*
            $($own,)*
            Property::string("authentication_mode")
                .one_of(&["NotSet", "Gssapi", "Plain", "ScramSha256", "ScramSha512", "OAuthBearer"])
                .default("`NotSet`")
                .doc("The SASL mechanism by which the brokers know the app."),
            Property::string("username").doc("The user, for `Plain` and the two `Scram` mechanisms."),
            Property::string("password").doc("The password of the user: `%SETTING%`, so that it is not in the code."),
            Property::string("protocol")
                .one_of(&["NotSet", "plaintext", "ssl", "saslPlaintext", "saslSsl"])
                .default("`NotSet`")
                .doc("How the connection is secured."),
            Property::string("ssl_ca_location")
                .doc("The file with the certificate of the authority that the brokers' certificates come from."),
            Property::string("ssl_certificate_location").doc("The file with the certificate of the app."),
            Property::string("ssl_key_location").doc("The file with the private key of the app, in PEM."),
            Property::string("ssl_key_password").doc("The password of the private key: `%SETTING%`."),
            Property::string("ssl_certificate_pem")
                .wire("sslCertificatePEM")
                .doc("The certificate of the app itself, in PEM: `%SETTING%`."),
            Property::string("ssl_key_pem")
                .wire("sslKeyPEM")
                .doc("The private key itself, in PEM: `%SETTING%`."),
            Property::string("ssl_ca_pem")
                .wire("sslCaPEM")
                .doc("The certificate of the authority itself, in PEM: `%SETTING%`."),
            Property::string("ssl_certificate_and_key_pem")
                .wire("sslCertificateandKeyPEM")
                .doc("The certificate of the app and its private key together, in PEM: `%SETTING%`."),
            Property::string("avro_schema")
                .syntax(Syntax::Verbatim)
                .doc("The Avro schema of the values, in JSON."),
            Property::string("key_avro_schema")
                .syntax(Syntax::Verbatim)
                .doc("The Avro schema of the keys, in JSON."),
            Property::string("key_data_type")
                .one_of(&["Int", "Long", "String", "Binary"])
                .default("`String`")
                .doc("What the keys are."),
            Property::string("schema_registry_url").doc("Where the Avro schemas are, instead of a schema here."),
            Property::string("schema_registry_username").doc("The user of the schema registry."),
            Property::string("schema_registry_password")
                .doc("The password of the user of the schema registry: `%SETTING%`."),
            Property::string("oauth_bearer_method")
                .wire("oAuthBearerMethod")
                .one_of(&["Default", "Oidc"])
                .doc("How to get a token, for `OAuthBearer`."),
            Property::string("oauth_bearer_client_id")
                .wire("oAuthBearerClientId")
                .doc("The id of the app, for `Oidc`."),
            Property::string("oauth_bearer_client_secret")
                .wire("oAuthBearerClientSecret")
                .doc("The secret of the app, for `Oidc`: `%SETTING%`."),
            Property::string("oauth_bearer_scope")
                .wire("oAuthBearerScope")
                .doc("What the app asks to be allowed, for `Oidc`."),
            Property::string("oauth_bearer_token_endpoint_url")
                .wire("oAuthBearerTokenEndpointUrl")
                .doc("Where tokens are given, for `Oidc`."),
            Property::string("oauth_bearer_extensions")
                .wire("oAuthBearerExtensions")
                .doc("More to tell the brokers, for `Oidc`: `key=value,key=value`."),
            Property::string("https_ca_location")
                .doc("The file with the certificate of the authority that the token endpoint's certificate comes from."),
            Property::string("https_ca_pem")
                .doc("The certificate of that authority itself, in PEM: `%SETTING%`."),
            Property::string("event_hub_connection_string")
                .doc("The app setting with the connection string of an Event Hubs namespace that speaks Kafka."),
        ]
    };
}

pub(super) use properties;
