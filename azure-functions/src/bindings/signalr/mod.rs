//! Azure SignalR Service: let clients connect, send them messages, manage their groups, and hear what they say.

mod connection;
mod message;
#[cfg(test)]
mod tests;
mod trigger;

pub use self::{
    connection::{
        SignalRConnectionInfo, SignalRConnectionInfoBinding, SignalREndpoint, SignalREndpoints,
        SignalREndpointsBinding, SignalRNegotiation, SignalRNegotiationBinding,
        SignalRNegotiationEndpoint,
    },
    message::{
        GroupAction, SignalRBinding, SignalRGroupAction, SignalRGroupMember, SignalRMessage,
        SignalROutput, SignalRRecipient,
    },
    trigger::{SignalRReply, SignalRReplyBinding, SignalRTrigger, SignalRTriggerBinding},
};
use crate::{Property, Syntax};

const HUB: Property = Property::string("hub_name").required().doc("The hub.");

const CONNECTION: Property = Property::string("connection_string_setting")
    .old(&["connection"])
    .syntax(Syntax::Setting)
    .default("`AzureSignalRConnectionString`")
    .doc("The app setting, or the prefix of settings, that says how to reach the service.");
