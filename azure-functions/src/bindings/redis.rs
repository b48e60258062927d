//! Redis: start a function from a channel, a list or a stream, read by a command, or write by one.

mod command;
mod list;
mod pub_sub;
mod stream;

use crate::{Property, Syntax};

pub use self::{
    command::{RedisBinding, RedisInput, RedisOutput},
    list::{RedisListTrigger, RedisListTriggerBinding},
    pub_sub::{RedisPubSubTrigger, RedisPubSubTriggerBinding},
    stream::{RedisStreamTrigger, RedisStreamTriggerBinding},
};

const CONNECTION: Property = Property::string("connection")
    .required()
    .syntax(Syntax::Setting)
    .doc("The app setting, or the prefix of settings, that says how to reach the server.");

const POLLING_INTERVAL: Property = Property::integer("polling_interval_in_ms")
    .default("`1000`")
    .doc("How often the host looks for something new, in milliseconds.");

const MAX_BATCH_SIZE: Property = Property::integer("max_batch_size")
    .default("`16`")
    .doc("How many entries the host takes at a time.");

#[cfg(test)]
mod tests;
