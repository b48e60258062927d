//! The bindings: one module per service.
//!
//! | Service | Starts a function | Is read | Is written |
//! |---|---|---|---|
//! | [HTTP](http) | [`HttpRequest`], [`Json`](crate::Json) | | [`HttpResponse`] and what it is made from |
//! | [Timer](timer) | [`TimerInfo`] | | |
//! | [Queue storage](queue) | [`QueueTrigger`] | | [`QueueMessage`], `Vec<QueueMessage>` |
//! | [Blob storage](blob) | [`BlobTrigger`] | [`Blob`], `Option<Blob>` | [`Blob`], `&mut Blob` |
//! | [Event Hubs](event_hub) | [`EventHubTrigger`], `Vec<EventHubTrigger>` | | [`EventHubMessage`], `Vec<EventHubMessage>` |
//! | [Kafka](kafka) | [`KafkaTrigger`], `Vec<KafkaTrigger>` | | [`KafkaMessage`], `Vec<KafkaMessage>` |
//! | [RabbitMQ](rabbit_mq) | [`RabbitMqTrigger`] | | [`RabbitMqMessage`], `Vec<RabbitMqMessage>` |
//! | [Redis](redis) | [`RedisPubSubTrigger`], [`RedisListTrigger`], [`RedisStreamTrigger`] | [`RedisInput`], `Option<RedisInput>` | [`RedisOutput`], `Vec<RedisOutput>` |
//! | [Cosmos DB](cosmos_db) | [`CosmosDbTrigger`] | [`CosmosDbDocument`], `Option<CosmosDbDocument>`, `Vec<CosmosDbDocument>` | [`CosmosDbDocument`], `Vec<CosmosDbDocument>`, `&mut CosmosDbDocument` |
//! | [Azure SQL](sql) | [`SqlTrigger`] | [`SqlInput`] | [`SqlOutput`], `Vec<SqlOutput>` |
//! | [MySQL](my_sql) | [`MySqlTrigger`] | [`MySqlInput`] | [`MySqlOutput`], `Vec<MySqlOutput>` |
//! | [Any other](generic) | [`GenericTrigger`] | [`GenericInput`] | [`GenericOutput`] |

pub mod blob;
#[cfg(test)]
mod check;
mod content;
pub mod cosmos_db;
pub mod event_hub;
pub mod generic;
pub mod http;
pub mod kafka;
pub mod my_sql;
mod object;
pub mod queue;
pub mod rabbit_mq;
#[cfg(test)]
mod recorded;
pub mod redis;
pub mod sql;
pub mod timer;

#[doc(inline)]
pub use self::{
    blob::{Blob, BlobProperties, BlobTrigger},
    cosmos_db::{CosmosDbDocument, CosmosDbProperties, CosmosDbTrigger},
    event_hub::{EventHubMessage, EventHubTrigger, PartitionContext},
    generic::{GenericInput, GenericOutput, GenericTrigger},
    http::{HttpRequest, HttpResponse},
    kafka::{KafkaHeader, KafkaMessage, KafkaTrigger},
    my_sql::{MySqlInput, MySqlOutput, MySqlTrigger},
    queue::{QueueMessage, QueueTrigger},
    rabbit_mq::{RabbitMqMessage, RabbitMqTrigger},
    redis::{RedisInput, RedisListTrigger, RedisOutput, RedisPubSubTrigger, RedisStreamTrigger},
    sql::{SqlChange, SqlInput, SqlOperation, SqlOutput, SqlTrigger},
    timer::{ScheduleStatus, TimerInfo},
};
