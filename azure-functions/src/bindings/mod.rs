//! The bindings: one module per service.
//!
//! | Service | Starts a function | Is read | Is written |
//! |---|---|---|---|
//! | [HTTP](http) | [`HttpRequest`], [`Json`](crate::Json) | | [`HttpResponse`] and what it is made from |
//! | [Timer](timer) | [`TimerInfo`] | | |
//! | [Queue storage](queue) | [`QueueTrigger`] | | [`QueueMessage`], `Vec<QueueMessage>` |
//! | [Blob storage](blob) | [`BlobTrigger`] | [`Blob`], `Option<Blob>` | [`Blob`], `&mut Blob` |
//! | [Service Bus](service_bus) | [`ServiceBusTrigger`], [`LockedMessage`], `Vec` of either | | [`ServiceBusMessage`], `Vec<ServiceBusMessage>` |
//! | [Event Hubs](event_hub) | [`EventHubTrigger`], `Vec<EventHubTrigger>` | | [`EventHubMessage`], `Vec<EventHubMessage>` |
//! | [Kafka](kafka) | [`KafkaTrigger`], `Vec<KafkaTrigger>` | | [`KafkaMessage`], `Vec<KafkaMessage>` |
//! | [RabbitMQ](rabbit_mq) | [`RabbitMqTrigger`] | | [`RabbitMqMessage`], `Vec<RabbitMqMessage>` |
//! | [Redis](redis) | [`RedisPubSubTrigger`], [`RedisListTrigger`], [`RedisStreamTrigger`] | [`RedisInput`], `Option<RedisInput>` | [`RedisOutput`], `Vec<RedisOutput>` |
//! | [Any other](generic) | [`GenericTrigger`] | [`GenericInput`] | [`GenericOutput`] |

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
pub mod timer;

#[doc(inline)]
pub use self::{
    blob::{Blob, BlobProperties, BlobTrigger},
    event_hub::{EventHubMessage, EventHubTrigger, PartitionContext},
    generic::{GenericInput, GenericOutput, GenericTrigger},
    http::{HttpRequest, HttpResponse},
    kafka::{KafkaHeader, KafkaMessage, KafkaTrigger},
    queue::{QueueMessage, QueueTrigger},
    rabbit_mq::{RabbitMqMessage, RabbitMqTrigger},
    redis::{RedisInput, RedisListTrigger, RedisOutput, RedisPubSubTrigger, RedisStreamTrigger},
    service_bus::{LockedMessage, ServiceBusMessage, ServiceBusTrigger},
    timer::{ScheduleStatus, TimerInfo},
};
