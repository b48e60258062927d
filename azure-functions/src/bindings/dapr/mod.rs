//! Dapr: be called, be told, call and tell others, and keep state, through the sidecar that runs beside the app.

mod output;
mod state;
#[cfg(test)]
mod tests;
mod trigger;

pub use self::{
    output::{
        DaprBinding, DaprBindingBinding, DaprInvoke, DaprInvokeBinding, DaprPublish,
        DaprPublishBinding,
    },
    state::{DaprSecret, DaprSecretBinding, DaprState, DaprStateBinding},
    trigger::{
        DaprBindingReply, DaprBindingReplyBinding, DaprBindingTrigger, DaprBindingTriggerBinding,
        DaprInvocationReply, DaprInvocationReplyBinding, DaprServiceInvocationTrigger,
        DaprServiceInvocationTriggerBinding, DaprTopicTrigger, DaprTopicTriggerBinding,
    },
};
use crate::Property;

const ADDRESS: Property =
    Property::string("dapr_address").doc("The address of the sidecar, if it is not the usual one.");
