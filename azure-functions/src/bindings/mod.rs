//! The bindings: one module per service.
//!
//! | Service | Starts a function | Is read | Is written |
//! |---|---|---|---|
//! | [HTTP](http) | [`HttpRequest`], [`Json`](crate::Json) | | [`HttpResponse`] and what it is made from |
//! | [Timer](timer) | [`TimerInfo`] | | |
//! | [Queue storage](queue) | [`QueueTrigger`] | | [`QueueMessage`], `Vec<QueueMessage>` |
//! | [Blob storage](blob) | [`BlobTrigger`] | [`Blob`], `Option<Blob>` | [`Blob`], `&mut Blob` |
//! | [SignalR](signalr) | [`SignalRTrigger`] | [`SignalRConnectionInfo`], [`SignalRNegotiation`], [`SignalREndpoints`] | [`SignalRMessage`], [`SignalRGroupAction`], [`SignalROutput`], `Vec` of one; [`SignalRReply`] |
//! | [Web PubSub](web_pubsub) | [`WebPubSubTrigger`] | [`WebPubSubConnection`], [`WebPubSubContext`] | [`WebPubSubAction`], `Vec<WebPubSubAction>`; [`WebPubSubReply`] |
//! | [SendGrid](send_grid) | | | [`SendGridMessage`], `Vec<SendGridMessage>` |
//! | [Twilio](twilio) | | | [`TwilioSmsMessage`], `Vec<TwilioSmsMessage>` |
//! | [Warmup](warmup) | [`WarmupTrigger`] | | |
//! | [Any other](generic) | [`GenericTrigger`] | [`GenericInput`] | [`GenericOutput`] |

pub mod blob;
#[cfg(test)]
mod check;
mod content;
pub mod generic;
pub mod http;
mod object;
pub mod queue;
#[cfg(test)]
mod recorded;
pub mod send_grid;
pub mod signalr;
pub mod timer;
pub mod twilio;
pub mod warmup;
pub mod web_pubsub;

#[doc(inline)]
pub use self::{
    blob::{Blob, BlobProperties, BlobTrigger},
    generic::{GenericInput, GenericOutput, GenericTrigger},
    http::{HttpRequest, HttpResponse},
    queue::{QueueMessage, QueueTrigger},
    send_grid::SendGridMessage,
    signalr::{
        GroupAction, SignalRConnectionInfo, SignalREndpoint, SignalREndpoints, SignalRGroupAction,
        SignalRGroupMember, SignalRMessage, SignalRNegotiation, SignalRNegotiationEndpoint,
        SignalROutput, SignalRRecipient, SignalRReply, SignalRTrigger,
    },
    timer::{ScheduleStatus, TimerInfo},
    twilio::TwilioSmsMessage,
    warmup::WarmupTrigger,
    web_pubsub::{
        WebPubSubAction, WebPubSubClient, WebPubSubConnection, WebPubSubContext, WebPubSubData,
        WebPubSubDataType, WebPubSubErrorCode, WebPubSubPermission, WebPubSubReply,
        WebPubSubResponse, WebPubSubTrigger,
    },
};
