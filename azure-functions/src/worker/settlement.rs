//! The `Settlement` service of the host, which it has on the connection of the worker's stream.

use std::sync::Arc;

use azure_functions_shared::rpc::{
    AbandonRequest, CompleteRequest, DeadletterRequest, DeferRequest, GetSessionStateRequest,
    GetSessionStateResponse, ReleaseSessionRequest, RenewMessageLockRequest,
    RenewSessionLockRequest, RenewSessionLockResponse, SetSessionStateRequest,
};
use bytes::{Buf as _, BufMut as _, Bytes};
use futures::{FutureExt, future::BoxFuture};
use http::uri::PathAndQuery;
use prost::Message;
use tonic::{
    Code, Request as GrpcRequest, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};

use super::amqp;
use crate::{
    Timestamp,
    settlement::{Reply, Request, SessionAction, SettleError, Settlement, Settler},
};

/// Who settles messages over `channel`.
pub(super) fn client(channel: Channel) -> Arc<dyn Settler> {
    Arc::new(Client(Grpc::new(channel)))
}

#[derive(Clone, Debug)]
struct Client(Grpc<Channel>);

impl Settler for Client {
    fn settle(&self, request: Request) -> BoxFuture<'_, Result<Reply, SettleError>> {
        // A client is a handle; each call needs one of its own.
        let mut client = self.clone();
        async move {
            let (what, (path, message)) = match request {
                Request::Message {
                    lock_token,
                    settlement,
                } => ("the message", of_message(lock_token, settlement)),
                Request::Session { id, action } => ("the session", of_session(id, action)),
            };
            let answer = client.call(path, message).await;
            answer
                .and_then(|answer| reply(path, answer))
                .map_err(|status| refused(what, status))
        }
        .boxed()
    }
}

impl Client {
    /// Calls a method with a message that is encoded, and gives the encoded answer.
    ///
    /// The generated client would be as much code again for each of the nine methods: a thirtieth of a small program.
    async fn call(&mut self, path: &'static str, message: Vec<u8>) -> Result<Bytes, Status> {
        self.0.ready().await.map_err(|error| {
            let mut status = Status::unavailable(format!("there is no connection: {error}"));
            status.set_source(Arc::new(error));
            status
        })?;
        let path = PathAndQuery::from_static(path);
        let answer = self.0.unary(GrpcRequest::new(message), path, Encoded).await;
        answer.map(tonic::Response::into_inner)
    }
}

const GET_STATE: &str = "/Settlement/GetSessionState";
const RENEW_SESSION: &str = "/Settlement/RenewSessionLock";

/// The method that tells the host what becomes of a message, and what it is told.
fn of_message(locktoken: String, settlement: Settlement) -> (&'static str, Vec<u8>) {
    match settlement {
        Settlement::Complete => (
            "/Settlement/Complete",
            CompleteRequest { locktoken }.encode_to_vec(),
        ),
        Settlement::Abandon(properties) => {
            let request = AbandonRequest {
                locktoken,
                properties_to_modify: amqp::map(&properties),
            };
            ("/Settlement/Abandon", request.encode_to_vec())
        }
        Settlement::DeadLetter(letter, properties) => {
            let request = DeadletterRequest {
                locktoken,
                properties_to_modify: amqp::map(&properties),
                deadletter_reason: letter.reason,
                deadletter_error_description: letter.description,
            };
            ("/Settlement/Deadletter", request.encode_to_vec())
        }
        Settlement::Defer(properties) => {
            let request = DeferRequest {
                locktoken,
                properties_to_modify: amqp::map(&properties),
            };
            ("/Settlement/Defer", request.encode_to_vec())
        }
        Settlement::RenewLock => (
            "/Settlement/RenewMessageLock",
            RenewMessageLockRequest { locktoken }.encode_to_vec(),
        ),
    }
}

/// The method that tells the host what becomes of a session, and what it is told.
fn of_session(session_id: String, action: SessionAction) -> (&'static str, Vec<u8>) {
    match action {
        SessionAction::State => (
            GET_STATE,
            GetSessionStateRequest { session_id }.encode_to_vec(),
        ),
        SessionAction::SetState(session_state) => {
            let request = SetSessionStateRequest {
                session_id,
                session_state,
            };
            ("/Settlement/SetSessionState", request.encode_to_vec())
        }
        SessionAction::Release => (
            "/Settlement/ReleaseSession",
            ReleaseSessionRequest { session_id }.encode_to_vec(),
        ),
        SessionAction::RenewLock => (
            RENEW_SESSION,
            RenewSessionLockRequest { session_id }.encode_to_vec(),
        ),
    }
}

/// What the host answered; most methods answer nothing.
fn reply(path: &str, answer: Bytes) -> Result<Reply, Status> {
    let damaged = |error| Status::internal(format!("the answer of the host is damaged: {error}"));
    let mut reply = Reply::default();
    match path {
        GET_STATE => {
            reply.state = GetSessionStateResponse::decode(answer)
                .map_err(damaged)?
                .session_state;
        }
        RENEW_SESSION => {
            let answer = RenewSessionLockResponse::decode(answer).map_err(damaged)?;
            reply.locked_until = answer
                .locked_until
                .and_then(|until| Timestamp::new(until.seconds, until.nanos).ok());
        }
        _ => {}
    }
    Ok(reply)
}

/// Messages that are encoded.
#[derive(Debug)]
struct Encoded;

impl Codec for Encoded {
    type Encode = Vec<u8>;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Encoded {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put_slice(&message);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(message.copy_to_bytes(message.remaining())))
    }
}

fn refused(what: &str, status: Status) -> SettleError {
    let text = match status.code() {
        Code::Unimplemented => format!(
            "the host cannot settle {what}, because its Service Bus extension has no `Settlement` service; update the extension bundle"
        ),
        _ => format!("the host refused to settle {what}: {}", status.message()),
    };
    SettleError::new(text).with_source(status)
}
