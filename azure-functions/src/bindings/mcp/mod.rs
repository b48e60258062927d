//! The Model Context Protocol: tools, resources and prompts for language models, with the feature `mcp`.
//!
//! The host is the server, at `/runtime/webhooks/mcp`; a function is a tool, a resource or a prompt. What the function returns
//! is the answer: a [`McpToolResult`] or [`McpToolContent`], a [`McpResourceResult`], a [`McpPromptResult`] or
//! [`McpPromptMessages`].

mod content;
mod prompt;
mod resource;
mod schema;
mod tool;

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

pub use self::{
    content::McpContent,
    prompt::{
        McpPromptArgument, McpPromptArgumentBinding, McpPromptMessage, McpPromptMessages,
        McpPromptMessagesBinding, McpPromptResult, McpPromptResultBinding, McpPromptTrigger,
        McpPromptTriggerBinding,
    },
    resource::{
        McpResourceResult, McpResourceResultBinding, McpResourceTrigger, McpResourceTriggerBinding,
    },
    tool::{
        McpToolContent, McpToolContentBinding, McpToolProperty, McpToolPropertyBinding,
        McpToolResult, McpToolResultBinding, McpToolTrigger, McpToolTriggerBinding,
    },
};
use crate::{BindError, Data};

/// Who calls: the program that the language model is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct McpClient {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: Option<String>,
}

/// How the call came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct McpTransport {
    /// `http-streamable` or `http-sse`.
    #[serde(default)]
    pub name: String,
    /// The session of the transport.
    #[serde(default, rename = "sessionId", alias = "sessionid")]
    pub session_id: Option<String>,
    /// What else the host says of it, such as `headers`.
    #[serde(default)]
    pub properties: Map<String, Value>,
}

/// What the host sends for a call of any kind.
#[derive(Deserialize)]
struct Call {
    #[serde(default)]
    name: String,
    #[serde(default)]
    uri: String,
    #[serde(default)]
    arguments: Option<Box<RawValue>>,
    #[serde(default, rename = "sessionid", alias = "sessionId")]
    session_id: Option<String>,
    #[serde(default, rename = "clientinfo", alias = "clientInfo")]
    client: Option<McpClient>,
    #[serde(default)]
    transport: Option<McpTransport>,
}

impl Call {
    fn read(data: Data) -> Result<Self, BindError> {
        data.decode_json()
    }

    /// The arguments, none of which is an object without members.
    fn arguments<T: serde::de::DeserializeOwned + 'static>(&self) -> Result<T, BindError> {
        let json = match self.arguments.as_deref().map(RawValue::get) {
            None | Some("null") => "{}",
            Some(json) => json,
        };
        Data::json(json)
            .decode_json()
            .map_err(|error| BindError::new(format!("`arguments`: {error}")).with_source(error))
    }
}

#[cfg(test)]
mod tests;
