//! Resources: what a client can read, such as a file.

use bytes::Bytes;
use serde_json::json;

use super::{Call, McpClient, McpTransport};
use crate::{BindError, Binding, Data, FromTrigger, IntoOutput, Property, Syntax, Trigger};

/// The binding of [`McpResourceTrigger`].
#[derive(Debug)]
pub struct McpResourceTriggerBinding;

impl Binding for McpResourceTriggerBinding {
    const TYPE: &'static str = "mcpResourceTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("uri")
            .required()
            .syntax(Syntax::Verbatim)
            .doc("The address of the resource."),
        Property::string("resource_name")
            .required()
            .doc("The name of the resource."),
        Property::string("title").doc("The name for people to read."),
        Property::string("description").doc("What the resource is, for the model to read."),
        Property::string("mime_type").doc("The media type of the resource."),
        Property::integer("size").doc("The size of the resource, in bytes."),
        Property::string("metadata")
            .syntax(Syntax::Verbatim)
            .doc("What else a client is told of the resource, in JSON."),
    ];
}

/// A client that reads a resource, which starts the function.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `uri` | string | required | The address of the resource. |
/// | `resource_name` | string | required | The name of the resource. |
/// | `title` | string | | The name for people to read. |
/// | `description` | string | | What the resource is, for the model to read. |
/// | `mime_type` | string | | The media type of the resource. |
/// | `size` | integer | | The size of the resource, in bytes. |
/// | `metadata` | string | | What else a client is told of the resource, in JSON. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::mcp::{McpResourceResult, McpResourceTrigger},
///     func,
/// };
///
/// #[func]
/// fn readme(
///     #[binding(uri = "file://readme.md", resource_name = "readme", mime_type = "text/markdown")]
///     _call: McpResourceTrigger,
/// ) -> McpResourceResult {
///     "# Read me".into()
/// }
///
/// assert_eq!(readme(McpResourceTrigger::new("file://readme.md")), McpResourceResult::from("# Read me"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct McpResourceTrigger {
    /// The address that the client reads.
    pub uri: String,
    /// The session of the client.
    pub session_id: Option<String>,
    /// The client.
    pub client: Option<McpClient>,
    /// How the call came.
    pub transport: Option<McpTransport>,
}

impl McpResourceTrigger {
    /// A call that the host says nothing more about, as a unit test needs it.
    pub fn new(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            ..Self::default()
        }
    }
}

impl FromTrigger for McpResourceTrigger {
    type Binding = McpResourceTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        let call = Call::read(data)?;
        Ok(Self {
            uri: call.uri,
            session_id: call.session_id,
            client: call.client,
            transport: call.transport,
        })
    }
}

/// Says that the value is the content of a resource. The host has no binding of this type.
#[derive(Debug)]
pub struct McpResourceResultBinding;

impl Binding for McpResourceResultBinding {
    const TYPE: &'static str = "mcpResourceResult";
    const ONLY_WITH: Option<&'static str> = Some("mcpResourceTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}

/// The content of a resource: text or bytes.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `mcpResourceTrigger`.
#[derive(Clone, Debug, PartialEq)]
pub struct McpResourceResult(Data);

impl McpResourceResult {
    /// A text under another address, or of another media type, than the trigger says.
    pub fn text_of(uri: &str, mime_type: &str, text: &str) -> Self {
        let content = json!({ "uri": uri, "mimeType": mime_type, "text": text }).to_string();
        Self(Data::text(json!({ "content": content }).to_string()))
    }
}

impl From<&str> for McpResourceResult {
    fn from(text: &str) -> Self {
        Self(Data::text(text))
    }
}

impl From<String> for McpResourceResult {
    fn from(text: String) -> Self {
        Self(Data::text(text))
    }
}

impl From<Bytes> for McpResourceResult {
    fn from(bytes: Bytes) -> Self {
        Self(Data::bytes(bytes))
    }
}

impl From<Vec<u8>> for McpResourceResult {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Data::bytes(bytes))
    }
}

impl IntoOutput for McpResourceResult {
    type Binding = McpResourceResultBinding;

    fn into_output(self) -> Result<Data, BindError> {
        Ok(self.0)
    }
}
