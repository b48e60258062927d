//! The bindings: one module per service.
//!
//! | Service | Starts a function | Is read | Is written |
//! |---|---|---|---|
//! | [Azure Blob storage](blob) | [`BlobTrigger`] | [`Blob`] | [`Blob`], `&mut BlobTrigger`, `&mut Blob` |
//! | [Azure Cosmos DB](cosmos_db) | [`CosmosDbTrigger`] | [`CosmosDbDocument`], `Vec<CosmosDbDocument>` | [`CosmosDbDocument`], `Vec<CosmosDbDocument>`, `&mut CosmosDbDocument` |
//! | [Azure Event Grid](event_grid) | [`CloudEvent`], `Vec<CloudEvent>`, [`EventGridEvent`], `Vec<EventGridEvent>` | | [`CloudEvent`], `Vec<CloudEvent>`, [`EventGridEvent`], `Vec<EventGridEvent>` |
//! | [Event Hubs](event_hub) | [`EventHubTrigger`], `Vec<EventHubTrigger>` | | [`EventHubMessage`], `Vec<EventHubMessage>` |
//! | [HTTP](http) | [`HttpRequest`], [`Json`](crate::Json) | | [`HttpResponse`], [`Json`](crate::Json), `&str`, `String`, `Bytes`, `Vec<u8>`, `StatusCode`, `Response` |
//! | [Apache Kafka](kafka) | [`KafkaTrigger`], `Vec<KafkaTrigger>` | | [`KafkaMessage`], `Vec<KafkaMessage>` |
//! | The Model Context Protocol (feature `mcp`) | `McpPromptTrigger`, `McpResourceTrigger`, `McpToolTrigger` | `McpPromptArgument`, `McpToolProperty` | `McpPromptResult`, `McpPromptMessages`, `McpResourceResult`, `McpToolResult`, `McpToolContent` |
//! | [MySQL](my_sql) | [`MySqlTrigger`] | [`MySqlInput`] | [`MySqlOutput`], `Vec<MySqlOutput>` |
//! | [Azure Queue storage](queue) | [`QueueTrigger`] | | [`QueueMessage`], `Vec<QueueMessage>` |
//! | [RabbitMQ](rabbit_mq) | [`RabbitMqTrigger`] | | [`RabbitMqMessage`], `Vec<RabbitMqMessage>` |
//! | [Redis](redis) | [`RedisListTrigger`], [`RedisPubSubTrigger`], [`RedisStreamTrigger`] | [`RedisInput`] | [`RedisOutput`], `Vec<RedisOutput>` |
//! | [Azure Service Bus](service_bus) | [`LockedMessage`], `Vec<LockedMessage>`, [`ServiceBusTrigger`], `Vec<ServiceBusTrigger>` | | [`ServiceBusMessage`], `Vec<ServiceBusMessage>` |
//! | [Azure SQL](sql) | [`SqlTrigger`] | [`SqlInput`] | [`SqlOutput`], `Vec<SqlOutput>` |
//! | [Azure Table storage](table) | | [`Table`], [`TableEntity`], `Vec<TableEntity>` | [`Table`], [`TableEntity`], `Vec<TableEntity>` |
//! | [Timers](timer) | [`TimerInfo`] | | |
//! | [Any other binding of the host](generic) | [`GenericTrigger`] | [`GenericInput`] | [`GenericOutput`], `Vec<GenericOutput>` |

pub mod blob;
#[cfg(test)]
mod check;
mod content;
pub mod cosmos_db;
pub mod event_grid;
pub mod event_hub;
pub mod generic;
pub mod http;
pub mod kafka;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod my_sql;
mod object;
pub mod queue;
pub mod rabbit_mq;
#[cfg(test)]
mod recorded;
pub mod redis;
pub mod service_bus;
pub mod sql;
pub mod table;
pub mod timer;

#[cfg(feature = "mcp")]
#[doc(inline)]
pub use self::mcp::{
    McpPromptArgument, McpPromptMessages, McpPromptResult, McpPromptTrigger, McpResourceResult,
    McpResourceTrigger, McpToolContent, McpToolProperty, McpToolResult, McpToolTrigger,
};
#[doc(inline)]
pub use self::{
    blob::{Blob, BlobProperties, BlobTrigger},
    cosmos_db::{CosmosDbDocument, CosmosDbProperties, CosmosDbTrigger},
    event_grid::{CloudEvent, EventGridEvent},
    event_hub::{EventHubMessage, EventHubTrigger, PartitionContext},
    generic::{GenericInput, GenericOutput, GenericTrigger},
    http::{HttpRequest, HttpResponse},
    kafka::{KafkaHeader, KafkaMessage, KafkaTrigger},
    my_sql::{MySqlInput, MySqlOutput, MySqlTrigger},
    queue::{QueueMessage, QueueTrigger},
    rabbit_mq::{RabbitMqMessage, RabbitMqTrigger},
    redis::{RedisInput, RedisListTrigger, RedisOutput, RedisPubSubTrigger, RedisStreamTrigger},
    service_bus::{LockedMessage, ServiceBusMessage, ServiceBusTrigger},
    sql::{SqlChange, SqlInput, SqlOperation, SqlOutput, SqlTrigger},
    table::{Table, TableEntity},
    timer::{ScheduleStatus, TimerInfo},
};
