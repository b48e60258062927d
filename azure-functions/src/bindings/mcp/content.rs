//! [`McpContent`]: a piece of what a tool answers.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};

/// A content block of the protocol.
#[derive(Clone, Debug, PartialEq)]
pub struct McpContent {
    kind: &'static str,
    block: Value,
}

impl McpContent {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        let text: String = text.into();
        Self {
            kind: "text",
            block: json!({ "type": "text", "text": text }),
        }
    }

    /// A picture, with its media type.
    pub fn image(bytes: impl AsRef<[u8]>, mime_type: &str) -> Self {
        Self::media("image", bytes.as_ref(), mime_type)
    }

    /// A sound, with its media type.
    pub fn audio(bytes: impl AsRef<[u8]>, mime_type: &str) -> Self {
        Self::media("audio", bytes.as_ref(), mime_type)
    }

    /// A link to a resource that the client can read.
    pub fn resource_link(uri: &str, name: &str) -> Self {
        Self {
            kind: "resource_link",
            block: json!({ "type": "resource_link", "uri": uri, "name": name }),
        }
    }

    /// A resource that consists of text.
    pub fn resource(uri: &str, mime_type: &str, text: &str) -> Self {
        let resource = json!({ "uri": uri, "mimeType": mime_type, "text": text });
        Self {
            kind: "resource",
            block: json!({ "type": "resource", "resource": resource }),
        }
    }

    fn media(kind: &'static str, bytes: &[u8], mime_type: &str) -> Self {
        let data = BASE64.encode(bytes);
        Self {
            kind,
            block: json!({ "type": kind, "data": data, "mimeType": mime_type }),
        }
    }

    /// What the host calls the block, and its JSON.
    pub(super) fn into_parts(self) -> (&'static str, Value) {
        (self.kind, self.block)
    }
}

impl From<&str> for McpContent {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for McpContent {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}
