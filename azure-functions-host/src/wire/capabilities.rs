//! What a worker said it can take, as far as it changes the shape of a request.

use std::collections::HashMap;

/// What a worker said it can take, as far as it changes the shape of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// `RpcHttpBodyOnly`: the body comes once, and is not parsed.
    pub body_only: bool,
    /// `RawHttpBodyBytes`: the raw body comes as bytes.
    pub raw_body_bytes: bool,
    /// `RpcHttpTriggerMetadataRemoved`: the request is not repeated in the trigger metadata.
    pub request_removed_from_metadata: bool,
    /// `UseNullableValueDictionaryForHttp`: headers, query and route values come in maps of nullable texts.
    pub nullable_values: bool,
    /// `TypedDataCollection`: lists of texts, bytes and numbers come as such, not as JSON.
    pub typed_collections: bool,
    /// `IncludeEmptyEntriesInMessagePayload`: empty texts stay in lists.
    pub empty_entries: bool,
    /// `HttpUri`: requests go to the worker's own server.
    pub http_uri: bool,
    /// `RequiresRouteParameters`: then the invocation still has the values of the route's parameters.
    pub requires_route_parameters: bool,
}

impl Capabilities {
    /// Reads the capabilities that a worker sent; one without a value does not count.
    pub fn new(sent: &HashMap<String, String>) -> Self {
        let has = |name: &str| sent.get(name).is_some_and(|value| !value.is_empty());
        Self {
            body_only: has("RpcHttpBodyOnly"),
            raw_body_bytes: has("RawHttpBodyBytes"),
            request_removed_from_metadata: has("RpcHttpTriggerMetadataRemoved"),
            nullable_values: has("UseNullableValueDictionaryForHttp"),
            typed_collections: has("TypedDataCollection"),
            empty_entries: has("IncludeEmptyEntriesInMessagePayload"),
            http_uri: has("HttpUri"),
            requires_route_parameters: has("RequiresRouteParameters"),
        }
    }
}
