//! The bindings: one module per service.
//!
//! | Service | Starts a function | Is read | Is written |
//! |---|---|---|---|
//! | [HTTP](http) | [`HttpRequest`], [`Json`](crate::Json) | | [`HttpResponse`] and what it is made from |
//! | [Timer](timer) | [`TimerInfo`] | | |
//! | [Queue storage](queue) | [`QueueTrigger`] | | [`QueueMessage`], `Vec<QueueMessage>` |
//! | [Blob storage](blob) | [`BlobTrigger`] | [`Blob`], `Option<Blob>` | [`Blob`], `&mut Blob` |
//! | [Service Bus](service_bus) | [`ServiceBusTrigger`], [`LockedMessage`], `Vec` of either | | [`ServiceBusMessage`], `Vec<ServiceBusMessage>` |
//! | [Table storage](table) | | [`Table`], [`TableEntity`], `Option` and `Vec` of it | [`Table`], [`TableEntity`], `Vec<TableEntity>` |
//! | [Event Hubs](event_hub) | [`EventHubTrigger`], `Vec<EventHubTrigger>` | | [`EventHubMessage`], `Vec<EventHubMessage>` |
//! | [Kafka](kafka) | [`KafkaTrigger`], `Vec<KafkaTrigger>` | | [`KafkaMessage`], `Vec<KafkaMessage>` |
//! | [RabbitMQ](rabbit_mq) | [`RabbitMqTrigger`] | | [`RabbitMqMessage`], `Vec<RabbitMqMessage>` |
//! | [Redis](redis) | [`RedisPubSubTrigger`], [`RedisListTrigger`], [`RedisStreamTrigger`] | [`RedisInput`], `Option<RedisInput>` | [`RedisOutput`], `Vec<RedisOutput>` |
//! | [SignalR](signalr) | [`SignalRTrigger`] | [`SignalRConnectionInfo`], [`SignalRNegotiation`], [`SignalREndpoints`] | [`SignalRMessage`], [`SignalRGroupAction`], [`SignalROutput`], `Vec` of one; [`SignalRReply`] |
//! | [Web PubSub](web_pubsub) | [`WebPubSubTrigger`] | [`WebPubSubConnection`], [`WebPubSubContext`] | [`WebPubSubAction`], `Vec<WebPubSubAction>`; [`WebPubSubReply`] |
//! | [SendGrid](send_grid) | | | [`SendGridMessage`], `Vec<SendGridMessage>` |
//! | [Twilio](twilio) | | | [`TwilioSmsMessage`], `Vec<TwilioSmsMessage>` |
//! | [Dapr](dapr) | [`DaprServiceInvocationTrigger`], [`DaprBindingTrigger`], [`DaprTopicTrigger`] | [`DaprState`], [`DaprSecret`] | [`DaprState`], [`DaprInvoke`], [`DaprPublish`], [`DaprBinding`], `Vec` of one; [`DaprInvocationReply`], [`DaprBindingReply`] |
//! | [Warmup](warmup) | [`WarmupTrigger`] | | |
//! | [Any other](generic) | [`GenericTrigger`] | [`GenericInput`] | [`GenericOutput`] |

pub mod blob;
#[cfg(test)]
mod check;
mod content;
pub mod dapr;
pub mod event_hub;
pub mod generic;
pub mod http;
pub mod kafka;
mod object;
pub mod queue;
pub mod rabbit_mq;
#[cfg(test)]
mod recorded;
pub mod redis;
pub mod send_grid;
pub mod service_bus;
pub mod signalr;
pub mod table;
pub mod timer;
pub mod twilio;
pub mod warmup;
pub mod web_pubsub;

#[doc(inline)]
pub use self::{
    blob::{Blob, BlobProperties, BlobTrigger},
    dapr::{
        DaprBinding, DaprBindingReply, DaprBindingTrigger, DaprInvocationReply, DaprInvoke,
        DaprPublish, DaprSecret, DaprServiceInvocationTrigger, DaprState, DaprTopicTrigger,
    },
    event_hub::{EventHubMessage, EventHubTrigger, PartitionContext},
    generic::{GenericInput, GenericOutput, GenericTrigger},
    http::{HttpRequest, HttpResponse},
    kafka::{KafkaHeader, KafkaMessage, KafkaTrigger},
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
