//! The `Settlement` service: what a worker does with the Service Bus messages and sessions of the calls that it runs.

use std::collections::BTreeMap;

use azure_functions_shared::{
    rpc::{
        AbandonRequest, CompleteRequest, DeadletterRequest, DeferRequest, GetSessionStateRequest,
        GetSessionStateResponse, ReleaseSessionRequest, RenewMessageLockRequest,
        RenewSessionLockRequest, RenewSessionLockResponse, SetSessionStateRequest, Settlement,
    },
    timespan::TimeSpan,
};
use jiff::Timestamp;
use serde_amqp::{Value as Amqp, descriptor::Descriptor};
use tonic::{Request, Response, Status};

use crate::{
    binding_data::Value,
    dotnet::DateTime,
    services::service_bus::{Refused, Running},
    store::service_bus::{self, Properties},
};

/// The `Settlement` service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) running: Running,
}

type Answer<T = ()> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Settlement for Service {
    async fn complete(&self, request: Request<CompleteRequest>) -> Answer {
        let token = request.into_inner().locktoken;
        answer(
            self.running
                .settle(&token, service_bus::Settlement::Complete),
        )
    }

    async fn abandon(&self, request: Request<AbandonRequest>) -> Answer {
        let request = request.into_inner();
        let changed = properties(&request.properties_to_modify)?;
        let settlement = service_bus::Settlement::Abandon(changed);
        answer(self.running.settle(&request.locktoken, settlement))
    }

    async fn deadletter(&self, request: Request<DeadletterRequest>) -> Answer {
        let request = request.into_inner();
        let settlement = service_bus::Settlement::DeadLetter {
            reason: request.deadletter_reason,
            description: request.deadletter_error_description,
            properties: properties(&request.properties_to_modify)?,
        };
        answer(self.running.settle(&request.locktoken, settlement))
    }

    async fn defer(&self, request: Request<DeferRequest>) -> Answer {
        let request = request.into_inner();
        let changed = properties(&request.properties_to_modify)?;
        let settlement = service_bus::Settlement::Defer(changed);
        answer(self.running.settle(&request.locktoken, settlement))
    }

    async fn renew_message_lock(&self, request: Request<RenewMessageLockRequest>) -> Answer {
        answer(self.running.renew(&request.into_inner().locktoken))
    }

    async fn get_session_state(
        &self,
        request: Request<GetSessionStateRequest>,
    ) -> Answer<GetSessionStateResponse> {
        let state = self.running.state(&request.into_inner().session_id);
        answer(state.map(|session_state| GetSessionStateResponse { session_state }))
    }

    async fn set_session_state(&self, request: Request<SetSessionStateRequest>) -> Answer {
        let SetSessionStateRequest {
            session_id,
            session_state,
        } = request.into_inner();
        answer(self.running.set_state(&session_id, session_state))
    }

    async fn release_session(&self, request: Request<ReleaseSessionRequest>) -> Answer {
        answer(self.running.release(&request.into_inner().session_id))
    }

    async fn renew_session_lock(
        &self,
        request: Request<RenewSessionLockRequest>,
    ) -> Answer<RenewSessionLockResponse> {
        let until = self.running.renew_session(&request.into_inner().session_id);
        answer(until.map(|until| RenewSessionLockResponse {
            locked_until: Some(prost_types::Timestamp {
                seconds: until.as_second(),
                nanos: until.subsec_nanosecond(),
            }),
        }))
    }
}

fn answer<T>(result: Result<T, Refused>) -> Answer<T> {
    result
        .map(Response::new)
        .map_err(|refused| Status::failed_precondition(refused.to_string()))
}

/// Reads an AMQP map; no bytes at all are no properties.
fn properties(encoded: &[u8]) -> Result<Properties, Status> {
    if encoded.is_empty() {
        return Ok(Properties::new());
    }
    let invalid = |why: String| {
        Status::invalid_argument(format!(
            "`propertiesToModify` is not an AMQP map of texts to scalars: {why}"
        ))
    };
    let map: BTreeMap<String, Amqp> =
        serde_amqp::from_slice(encoded).map_err(|error| invalid(error.to_string()))?;
    map.into_iter()
        .map(|(name, value)| match property(value) {
            Some(value) => Ok((name, value)),
            None => Err(invalid(format!("the value of `{name}` is of no such type"))),
        })
        .collect()
}

/// The value of a property, as the application properties of a message have it later.
fn property(value: Amqp) -> Option<Value> {
    Some(match value {
        Amqp::Null => Value::Null,
        Amqp::Bool(value) => Value::Bool(value),
        Amqp::Ubyte(number) => Value::Integer(number.into()),
        Amqp::Ushort(number) => Value::Integer(number.into()),
        Amqp::Uint(number) => Value::Integer(number.into()),
        Amqp::Ulong(number) => Value::Integer(number.into()),
        Amqp::Byte(number) => Value::Integer(number.into()),
        Amqp::Short(number) => Value::Integer(number.into()),
        Amqp::Int(number) => Value::Integer(number.into()),
        Amqp::Long(number) => Value::Integer(number.into()),
        Amqp::Float(number) => Value::Double(number.into_inner().into()),
        Amqp::Double(number) => Value::Double(number.into_inner()),
        Amqp::Char(letter) => Value::String(letter.into()),
        Amqp::String(text) => Value::String(text),
        Amqp::Uuid(guid) => Value::Guid(uuid::Uuid::from_bytes(guid.into_inner())),
        Amqp::Timestamp(moment) => date(Timestamp::from_millisecond(moment.into_inner()).ok()?),
        Amqp::Described(described) => {
            let Descriptor::Name(name) = described.descriptor else {
                return None;
            };
            match (name.as_str(), described.value) {
                ("com.microsoft:uri", Amqp::String(text)) => Value::Uri(text.parse().ok()?),
                ("com.microsoft:timespan", Amqp::Long(ticks)) => {
                    Value::String(TimeSpan::from_ticks(ticks).to_string())
                }
                ("com.microsoft:datetime-offset", Amqp::Long(ticks)) => date(from_ticks(ticks)?),
                _ => return None,
            }
        }
        _ => return None,
    })
}

fn date(instant: Timestamp) -> Value {
    Value::DateTime(DateTime::utc(instant))
}

/// The instant of .NET's ticks, which count from the beginning of the first year.
fn from_ticks(ticks: i64) -> Option<Timestamp> {
    const UNIX_EPOCH: i64 = 621_355_968_000_000_000;
    let since = ticks.checked_sub(UNIX_EPOCH)?;
    let nanoseconds = i128::from(since).checked_mul(100)?;
    Timestamp::from_nanosecond(nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use serde_amqp::{
        described::Described,
        primitives::{Symbol, Timestamp as AmqpTimestamp, Uuid as AmqpUuid},
    };

    use super::*;

    #[test]
    fn properties_are_read_from_an_amqp_map() {
        let described = |name: &str, value| {
            Amqp::Described(Box::new(Described {
                descriptor: Descriptor::Name(Symbol::from(name)),
                value,
            }))
        };
        let epoch = || date(Timestamp::UNIX_EPOCH);
        for (sent, read) in [
            (Amqp::Bool(true), Some(Value::Bool(true))),
            (Amqp::Byte(-1), Some(Value::Integer(-1))),
            (Amqp::Ulong(u64::MAX), Some(Value::Integer(u64::MAX.into()))),
            (Amqp::Float(0.5.into()), Some(Value::Double(0.5))),
            (Amqp::Char('é'), Some(Value::String("é".to_owned()))),
            (
                Amqp::Uuid(AmqpUuid::from([0; 16])),
                Some(Value::Guid(uuid::Uuid::nil())),
            ),
            (
                Amqp::Timestamp(AmqpTimestamp::from_milliseconds(0)),
                Some(epoch()),
            ),
            (
                described("com.microsoft:timespan", Amqp::Long(15_000_000)),
                Some(Value::String("00:00:01.5000000".to_owned())),
            ),
            (
                described(
                    "com.microsoft:datetime-offset",
                    Amqp::Long(621_355_968_000_000_000),
                ),
                Some(epoch()),
            ),
            (described("other", Amqp::Long(1)), None),
            (Amqp::List(Vec::new()), None),
        ] {
            let map = BTreeMap::from([("name".to_owned(), sent.clone())]);
            let encoded = serde_amqp::to_vec(&map).unwrap();
            let expected = read.map(|value| Properties::from([("name".to_owned(), value)]));
            assert_eq!(properties(&encoded).ok(), expected, "{sent:?}");
        }
        assert_eq!(properties(&[]).unwrap(), Properties::new());
        for broken in [
            &b"text"[..],
            &[0xc1],
            &[0xd1, 255, 255, 255, 255, 255, 255, 255, 255],
        ] {
            let error = properties(broken).unwrap_err();
            assert!(error.message().contains("not an AMQP map"), "{error}");
        }
    }
}
