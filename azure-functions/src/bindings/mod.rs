//! The bindings: one module per service.
//!
//! | Service | Starts a function | Is read | Is written |
//! |---|---|---|---|
//! | [HTTP](http) | [`HttpRequest`], [`Json`](crate::Json) | | [`HttpResponse`] and what it is made from |
//! | [Timer](timer) | [`TimerInfo`] | | |
//! | [Queue storage](queue) | [`QueueTrigger`] | | [`QueueMessage`], `Vec<QueueMessage>` |
//! | [Blob storage](blob) | [`BlobTrigger`] | [`Blob`], `Option<Blob>` | [`Blob`], `&mut Blob` |
//! | [Event Grid](event_grid) | [`EventGridEvent`], [`CloudEvent`], `Vec` of one | | [`EventGridEvent`], [`CloudEvent`], `Vec` of one |
//! | Model Context Protocol, `mcp`: with the feature `mcp` | `McpToolTrigger`, `McpResourceTrigger`, `McpPromptTrigger` | `McpToolProperty`, `McpPromptArgument` | `McpToolResult`, `McpResourceResult`, `McpPromptResult` |
//! | [Table storage](table) | | [`Table`], [`TableEntity`], `Option` and `Vec` of it | [`Table`], [`TableEntity`], `Vec<TableEntity>` |
//! | [Event Hubs](event_hub) | [`EventHubTrigger`], `Vec<EventHubTrigger>` | | [`EventHubMessage`], `Vec<EventHubMessage>` |
//! | [Any other](generic) | [`GenericTrigger`] | [`GenericInput`] | [`GenericOutput`] |

pub mod blob;
#[cfg(test)]
mod check;
mod content;
pub mod event_grid;
pub mod event_hub;
pub mod generic;
pub mod http;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod queue;
#[cfg(test)]
mod recorded;
pub mod table;
pub mod timer;

#[cfg(feature = "mcp")]
#[doc(inline)]
pub use self::mcp::{
    McpPromptArgument, McpPromptResult, McpPromptTrigger, McpResourceResult, McpResourceTrigger,
    McpToolProperty, McpToolResult, McpToolTrigger,
};
#[doc(inline)]
pub use self::{
    blob::{Blob, BlobProperties, BlobTrigger},
    event_grid::{CloudEvent, EventGridEvent},
    event_hub::{EventHubMessage, EventHubTrigger, PartitionContext},
    generic::{GenericInput, GenericOutput, GenericTrigger},
    http::{HttpRequest, HttpResponse},
    queue::{QueueMessage, QueueTrigger},
    table::{Table, TableEntity},
    timer::{ScheduleStatus, TimerInfo},
};
