//! The `Settlement` service of the host, which it has on the connection of the worker's stream.

use std::sync::Arc;

use azure_functions_shared::rpc::{
    AbandonRequest, CompleteRequest, DeadletterRequest, DeferRequest, GetSessionStateRequest,
    ReleaseSessionRequest, RenewMessageLockRequest, RenewSessionLockRequest,
    SetSessionStateRequest, SettlementClient,
};
use futures::{FutureExt, future::BoxFuture};
use tonic::{Code, Status, transport::Channel};

use super::amqp;
use crate::{
    Timestamp,
    settlement::{Reply, Request, SessionAction, SettleError, Settlement, Settler},
};

/// Who settles messages over `channel`.
pub(super) fn client(channel: Channel) -> Arc<dyn Settler> {
    Arc::new(Client(SettlementClient::new(channel)))
}

#[derive(Clone, Debug)]
struct Client(SettlementClient<Channel>);

impl Settler for Client {
    fn settle(&self, request: Request) -> BoxFuture<'_, Result<Reply, SettleError>> {
        // A client is a handle; each call needs one of its own.
        let mut client = self.0.clone();
        async move {
            match request {
                Request::Message {
                    lock_token,
                    settlement,
                } => settle(&mut client, lock_token, settlement)
                    .await
                    .map_err(|status| refused("the message", status)),
                Request::Session { id, action } => act(&mut client, id, action)
                    .await
                    .map_err(|status| refused("the session", status)),
            }
        }
        .boxed()
    }
}

/// Tells the host what becomes of a message.
async fn settle(
    client: &mut SettlementClient<Channel>,
    locktoken: String,
    settlement: Settlement,
) -> Result<Reply, Status> {
    match settlement {
        Settlement::Complete => client.complete(CompleteRequest { locktoken }).await?,
        Settlement::Abandon(properties) => {
            client
                .abandon(AbandonRequest {
                    locktoken,
                    properties_to_modify: amqp::map(&properties),
                })
                .await?
        }
        Settlement::DeadLetter(letter, properties) => {
            client
                .deadletter(DeadletterRequest {
                    locktoken,
                    properties_to_modify: amqp::map(&properties),
                    deadletter_reason: letter.reason,
                    deadletter_error_description: letter.description,
                })
                .await?
        }
        Settlement::Defer(properties) => {
            client
                .defer(DeferRequest {
                    locktoken,
                    properties_to_modify: amqp::map(&properties),
                })
                .await?
        }
        Settlement::RenewLock => {
            client
                .renew_message_lock(RenewMessageLockRequest { locktoken })
                .await?
        }
    };
    Ok(Reply::default())
}

/// Tells the host what becomes of a session.
async fn act(
    client: &mut SettlementClient<Channel>,
    id: String,
    action: SessionAction,
) -> Result<Reply, Status> {
    let mut reply = Reply::default();
    match action {
        SessionAction::State => {
            let request = GetSessionStateRequest { session_id: id };
            reply.state = client
                .get_session_state(request)
                .await?
                .into_inner()
                .session_state;
        }
        SessionAction::SetState(session_state) => {
            client
                .set_session_state(SetSessionStateRequest {
                    session_id: id,
                    session_state,
                })
                .await?;
        }
        SessionAction::Release => {
            client
                .release_session(ReleaseSessionRequest { session_id: id })
                .await?;
        }
        SessionAction::RenewLock => {
            let request = RenewSessionLockRequest { session_id: id };
            let answer = client.renew_session_lock(request).await?.into_inner();
            reply.locked_until = answer
                .locked_until
                .and_then(|until| Timestamp::new(until.seconds, until.nanos).ok());
        }
    }
    Ok(reply)
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
