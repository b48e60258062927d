//! Apache Kafka: start a function from the records of a topic, one or many at a time, or send some.

mod message;
mod properties;
mod trigger;

pub use self::{
    message::{KafkaBinding, KafkaMessage},
    trigger::{KafkaHeader, KafkaTrigger, KafkaTriggerBinding},
};

#[cfg(test)]
mod tests;
