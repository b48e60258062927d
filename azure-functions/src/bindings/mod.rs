//! The bindings: one module per service.
//!
//! | Service | Starts a function | Is read | Is written |
//! |---|---|---|---|
//! | [Azure Blob storage](blob) | [`BlobTrigger`] | [`Blob`] | [`Blob`], `&mut BlobTrigger`, `&mut Blob` |
//! | [Azure Cosmos DB](cosmos_db) | [`CosmosDbTrigger`] | [`CosmosDbDocument`], `Vec<CosmosDbDocument>` | [`CosmosDbDocument`], `Vec<CosmosDbDocument>`, `&mut CosmosDbDocument` |
//! | [Dapr](dapr) | [`DaprServiceInvocationTrigger`], [`DaprBindingTrigger`], [`DaprTopicTrigger`] | [`DaprState`], [`DaprSecret`] | [`DaprInvoke`], `Vec<DaprInvoke>`, [`DaprPublish`], `Vec<DaprPublish>`, [`DaprBinding`], `Vec<DaprBinding>`, [`DaprState`], `Vec<DaprState>`, [`DaprInvocationReply`], [`DaprBindingReply`] |
//! | Durable Functions (feature `durable`) | `ActivityTrigger`, `DurableActivityContext`, `DurableEntityContext`, `DurableOrchestrationContext` | `DurableOrchestrationClient` | `ActivityOutput`, `EntityOutput`, `OrchestrationOutput` |
//! | [Azure Event Grid](event_grid) | [`CloudEvent`], `Vec<CloudEvent>`, [`EventGridEvent`], `Vec<EventGridEvent>` | | [`CloudEvent`], `Vec<CloudEvent>`, [`EventGridEvent`], `Vec<EventGridEvent>` |
//! | [Event Hubs](event_hub) | [`EventHubTrigger`], `Vec<EventHubTrigger>` | | [`EventHubMessage`], `Vec<EventHubMessage>` |
//! | [HTTP](http) | [`HttpRequest`], [`Json`](crate::Json), `Request` | | [`HttpResponse`], [`SignalRConnectionInfo`], [`SignalRNegotiation`], [`WebPubSubConnection`], [`Json`](crate::Json), `&str`, `String`, `Bytes`, `Vec<u8>`, `StatusCode`, `Response` |
//! | [Apache Kafka](kafka) | [`KafkaTrigger`], `Vec<KafkaTrigger>` | | [`KafkaMessage`], `Vec<KafkaMessage>` |
//! | The Model Context Protocol (feature `mcp`) | `McpPromptTrigger`, `McpResourceTrigger`, `McpToolTrigger` | `McpPromptArgument`, `McpToolProperty` | `McpPromptResult`, `McpPromptMessages`, `McpResourceResult`, `McpToolResult`, `McpToolContent` |
//! | [MySQL](my_sql) | [`MySqlTrigger`] | [`MySqlInput`] | [`MySqlOutput`], `Vec<MySqlOutput>` |
//! | [Azure Queue storage](queue) | [`QueueTrigger`] | | [`QueueMessage`], `Vec<QueueMessage>` |
//! | [RabbitMQ](rabbit_mq) | [`RabbitMqTrigger`] | | [`RabbitMqMessage`], `Vec<RabbitMqMessage>` |
//! | [Redis](redis) | [`RedisListTrigger`], [`RedisPubSubTrigger`], [`RedisStreamTrigger`] | [`RedisInput`] | [`RedisOutput`], `Vec<RedisOutput>` |
//! | [SendGrid](send_grid) | | | [`SendGridMessage`], `Vec<SendGridMessage>` |
//! | [Azure Service Bus](service_bus) | [`LockedMessage`], `Vec<LockedMessage>`, [`ServiceBusTrigger`], `Vec<ServiceBusTrigger>` | | [`ServiceBusMessage`], `Vec<ServiceBusMessage>` |
//! | [Azure SignalR Service](signalr) | [`SignalRTrigger`] | [`SignalRConnectionInfo`], [`SignalRNegotiation`], [`SignalREndpoints`] | [`SignalRMessage`], `Vec<SignalRMessage>`, [`SignalRGroupAction`], `Vec<SignalRGroupAction>`, [`SignalROutput`], `Vec<SignalROutput>`, [`SignalRReply`] |
//! | [Azure SQL](sql) | [`SqlTrigger`] | [`SqlInput`] | [`SqlOutput`], `Vec<SqlOutput>` |
//! | [Azure Table storage](table) | | [`Table`], [`TableEntity`], `Vec<TableEntity>` | [`Table`], [`TableEntity`], `Vec<TableEntity>` |
//! | [Timers](timer) | [`TimerInfo`] | | |
//! | [Twilio](twilio) | | | [`TwilioSmsMessage`], `Vec<TwilioSmsMessage>` |
//! | [Warmup](warmup) | [`WarmupTrigger`] | | |
//! | [Azure Web PubSub](web_pubsub) | [`WebPubSubTrigger`] | [`WebPubSubConnection`], [`WebPubSubContext`] | [`WebPubSubAction`], `Vec<WebPubSubAction>`, [`WebPubSubReply`] |
//! | [Any other binding of the host](generic) | [`GenericTrigger`] | [`GenericInput`] | [`GenericOutput`], `Vec<GenericOutput>` |

#[cfg(test)]
mod arrival_round_trips;
pub mod blob;
#[cfg(test)]
mod check;
mod content;
pub mod cosmos_db;
pub mod dapr;
#[cfg(feature = "durable")]
pub mod durable;
pub mod event_grid;
pub mod event_hub;
pub mod generic;
pub mod http;
mod json;
pub mod kafka;
#[cfg(feature = "mcp")]
pub mod mcp;
mod member;
mod members;
pub mod my_sql;
mod object;
pub mod queue;
pub mod rabbit_mq;
#[cfg(test)]
mod recorded;
pub mod redis;
#[cfg(test)]
mod round_trips;
pub mod send_grid;
pub mod service_bus;
pub mod signalr;
pub mod sql;
pub mod table;
pub mod timer;
pub mod twilio;
pub mod warmup;
pub mod web_pubsub;

#[cfg(feature = "durable")]
#[doc(inline)]
pub use self::durable::{
    ActivityOutput, ActivityTrigger, DurableActivityContext, DurableEntityContext,
    DurableOrchestrationClient, DurableOrchestrationContext, EntityOutput, OrchestrationOutput,
};
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
    dapr::{
        DaprBinding, DaprBindingReply, DaprBindingTrigger, DaprInvocationReply, DaprInvoke,
        DaprPublish, DaprSecret, DaprServiceInvocationTrigger, DaprState, DaprTopicTrigger,
    },
    event_grid::{CloudEvent, EventGridEvent},
    event_hub::{EventHubMessage, EventHubTrigger, PartitionContext},
    generic::{GenericInput, GenericOutput, GenericTrigger},
    http::{BodyStream, HttpRequest, HttpResponse, ServerSentEvent},
    kafka::{KafkaHeader, KafkaMessage, KafkaTrigger},
    my_sql::{MySqlInput, MySqlOutput, MySqlTrigger},
    queue::{QueueMessage, QueueTrigger},
    rabbit_mq::{RabbitMqMessage, RabbitMqTrigger},
    redis::{RedisInput, RedisListTrigger, RedisOutput, RedisPubSubTrigger, RedisStreamTrigger},
    send_grid::SendGridMessage,
    service_bus::{LockedMessage, ServiceBusMessage, ServiceBusTrigger},
    signalr::{
        GroupAction, SignalRConnectionInfo, SignalREndpoint, SignalREndpoints, SignalRGroupAction,
        SignalRGroupMember, SignalRMessage, SignalRNegotiation, SignalRNegotiationEndpoint,
        SignalROutput, SignalRRecipient, SignalRReply, SignalRTrigger,
    },
    sql::{SqlChange, SqlInput, SqlOperation, SqlOutput, SqlTrigger},
    table::{Table, TableEntity},
    timer::{ScheduleStatus, TimerInfo},
    twilio::TwilioSmsMessage,
    warmup::WarmupTrigger,
    web_pubsub::{
        WebPubSubAction, WebPubSubClient, WebPubSubConnection, WebPubSubContext, WebPubSubData,
        WebPubSubDataType, WebPubSubErrorCode, WebPubSubPermission, WebPubSubReply,
        WebPubSubResponse, WebPubSubTrigger,
    },
};
