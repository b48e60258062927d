//! Azure Web PubSub: let clients connect, tell them something, and hear what they say.

mod action;
mod connection;
mod context;
mod data;
mod reply;
#[cfg(test)]
mod tests;
mod trigger;

pub use self::{
    action::{WebPubSubAction, WebPubSubBinding, WebPubSubPermission},
    connection::{WebPubSubConnection, WebPubSubConnectionBinding},
    context::{WebPubSubContext, WebPubSubContextBinding, WebPubSubResponse},
    data::{WebPubSubData, WebPubSubDataType},
    reply::{WebPubSubErrorCode, WebPubSubReply, WebPubSubReplyBinding},
    trigger::{WebPubSubClient, WebPubSubTrigger, WebPubSubTriggerBinding},
};
use crate::{Property, Syntax};

const HUB: Property = Property::string("hub").required().doc("The hub.");

const CONNECTION: Property = Property::string("connection")
    .syntax(Syntax::Setting)
    .default("`WebPubSubConnectionString`")
    .doc("The app setting, or the prefix of settings, that says how to reach the service.");

const CONNECTIONS: Property = Property::strings("connections")
    .default("`WebPubSubConnectionString`")
    .doc("The app settings that say how to reach the services whose requests are taken.");
