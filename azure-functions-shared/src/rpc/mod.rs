//! The worker protocol: its messages, and the two halves of its services.
//!
//! The messages are generated from `protobuf/`; what stands beside them here is what both ends need to say.

mod status;

#[expect(
    missing_docs,
    clippy::pedantic,
    unreachable_pub,
    reason = "generated code"
)]
#[cfg_attr(any(feature = "client", feature = "server"), expect(unused_qualifications, clippy::allow_attributes_without_reason, reason = "generated code"))]
#[cfg_attr(feature = "server", expect(clippy::allow_attributes, reason = "generated code"))]
#[rustfmt::skip]
mod generated {
    pub mod messages;
    mod root;

    pub use root::*;
}

#[cfg(feature = "client")]
pub use generated::messages::function_rpc_client::FunctionRpcClient;
#[cfg(feature = "server")]
pub use generated::messages::function_rpc_server::{FunctionRpc, FunctionRpcServer};
pub use generated::messages::*;
#[cfg(feature = "client")]
pub use generated::settlement_client::SettlementClient;
#[cfg(feature = "server")]
pub use generated::settlement_server::{Settlement, SettlementServer};
pub use generated::{
    AbandonRequest, CompleteRequest, DeadletterRequest, DeferRequest, GetSessionStateRequest,
    GetSessionStateResponse, NullableBool, NullableDouble, NullableString, NullableTimestamp,
    ReleaseSessionRequest, RenewMessageLockRequest, RenewSessionLockRequest,
    RenewSessionLockResponse, RpcClaim, RpcClaimsIdentity, SetSessionStateRequest, nullable_bool,
    nullable_double, nullable_string, nullable_timestamp,
};
pub use streaming_message::Content;
pub use typed_data::Data;

impl Content {
    /// The message that carries this content as the answer to `request_id`.
    pub fn into_message(self, request_id: impl Into<String>) -> StreamingMessage {
        StreamingMessage {
            request_id: request_id.into(),
            content: Some(self),
        }
    }
}

impl From<Data> for TypedData {
    fn from(data: Data) -> Self {
        Self { data: Some(data) }
    }
}

impl NullableString {
    /// The text, unless it is null.
    pub fn into_option(self) -> Option<String> {
        self.string.map(|nullable_string::String::Value(text)| text)
    }
}

impl From<String> for NullableString {
    fn from(text: String) -> Self {
        Self {
            string: Some(nullable_string::String::Value(text)),
        }
    }
}

impl From<bool> for NullableBool {
    fn from(value: bool) -> Self {
        Self {
            bool: Some(nullable_bool::Bool::Value(value)),
        }
    }
}

impl From<f64> for NullableDouble {
    fn from(value: f64) -> Self {
        Self {
            double: Some(nullable_double::Double::Value(value)),
        }
    }
}

impl From<prost_types::Timestamp> for NullableTimestamp {
    fn from(value: prost_types::Timestamp) -> Self {
        Self {
            timestamp: Some(nullable_timestamp::Timestamp::Value(value)),
        }
    }
}
