//! The bindings: one module per service.
//!
//! | Service | Starts a function | Is read | Is written |
//! |---|---|---|---|
//! | [Azure Blob storage](blob) | [`BlobTrigger`] | [`Blob`] | [`Blob`], `&mut BlobTrigger`, `&mut Blob` |
//! | [Event Hubs](event_hub) | [`EventHubTrigger`], `Vec<EventHubTrigger>` | | [`EventHubMessage`], `Vec<EventHubMessage>` |
//! | [HTTP](http) | [`HttpRequest`], [`Json`](crate::Json) | | [`HttpResponse`], [`Json`](crate::Json) |
//! | [Apache Kafka](kafka) | [`KafkaTrigger`], `Vec<KafkaTrigger>` | | [`KafkaMessage`], `Vec<KafkaMessage>` |
//! | [Azure Queue storage](queue) | [`QueueTrigger`] | | [`QueueMessage`], `Vec<QueueMessage>` |
//! | [RabbitMQ](rabbit_mq) | [`RabbitMqTrigger`] | | [`RabbitMqMessage`], `Vec<RabbitMqMessage>` |
//! | [Redis](redis) | [`RedisListTrigger`], [`RedisPubSubTrigger`], [`RedisStreamTrigger`] | [`RedisInput`] | [`RedisOutput`], `Vec<RedisOutput>` |
//! | [Azure Service Bus](service_bus) | [`LockedMessage`], `Vec<LockedMessage>`, [`ServiceBusTrigger`], `Vec<ServiceBusTrigger>` | | [`ServiceBusMessage`], `Vec<ServiceBusMessage>` |
//! | [Azure Table storage](table) | | [`Table`], [`TableEntity`], `Vec<TableEntity>` | [`Table`], [`TableEntity`], `Vec<TableEntity>` |
//! | [Timers](timer) | [`TimerInfo`] | | |
//! | [Any other binding of the host](generic) | [`GenericTrigger`] | [`GenericInput`] | [`GenericOutput`], `Vec<GenericOutput>` |

pub mod blob;
#[cfg(test)]
mod check;
mod content;
pub mod event_hub;
pub mod generic;
pub mod http;
pub mod kafka;
pub mod queue;
pub mod rabbit_mq;
#[cfg(test)]
mod recorded;
pub mod redis;
pub mod service_bus;
pub mod table;
pub mod timer;

#[doc(inline)]
pub use self::{
    blob::{Blob, BlobProperties, BlobTrigger},
    event_hub::{EventHubMessage, EventHubTrigger, PartitionContext},
    generic::{GenericInput, GenericOutput, GenericTrigger},
    http::{BodyStream, HttpRequest, HttpResponse, ServerSentEvent},
    kafka::{KafkaHeader, KafkaMessage, KafkaTrigger},
    queue::{QueueMessage, QueueTrigger},
    rabbit_mq::{RabbitMqMessage, RabbitMqTrigger},
    redis::{RedisInput, RedisListTrigger, RedisOutput, RedisPubSubTrigger, RedisStreamTrigger},
    service_bus::{LockedMessage, ServiceBusMessage, ServiceBusTrigger},
    table::{Table, TableEntity},
    timer::{ScheduleStatus, TimerInfo},
};
