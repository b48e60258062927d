//! An invocation as the host sends it, read as far as the worker itself needs it.

use std::sync::Arc;

use azure_functions_shared::rpc::RetryContext;
use bytes::Bytes;
use prost::Message as _;

use crate::{
    Data, Retry, Trigger,
    context::Traced,
    wire::{self, Field, Malformed},
};

/// The numbers of the fields of the protocol's `InvocationRequest`.
mod field {
    pub(super) const ID: u32 = 1;
    pub(super) const FUNCTION: u32 = 2;
    pub(super) const INPUTS: u32 = 3;
    pub(super) const TRACE: u32 = 5;
    pub(super) const RETRY: u32 = 6;
}

/// The numbers of the fields of the protocol's `ParameterBinding`.
mod input {
    pub(super) const NAME: u32 = 1;
    pub(super) const DATA: u32 = 2;
    pub(super) const SHARED_MEMORY: u32 = 3;
}

/// An invocation.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: Arc<str>,
    /// The host's id of the function.
    pub(super) function: Bytes,
    /// The trigger and the inputs by their names, or what is wrong with one of them.
    pub(super) inputs: Result<Vec<(Bytes, Data)>, String>,
    pub(super) retry: Option<Retry>,
    pub(super) trace: Traced,
    pub(super) metadata: Trigger,
}

impl Request {
    /// Reads the message.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub(super) fn read(message: &Bytes) -> Result<Self, Malformed> {
        let mut id = "";
        let mut function = Bytes::new();
        let mut inputs = Ok(Vec::new());
        let (mut retry, mut trace) = (None, Traced::default());
        for field in wire::fields(message) {
            match field? {
                (field::ID, Field::Bytes(text)) => {
                    id = str::from_utf8(text).map_err(|_| Malformed)?;
                }
                (field::FUNCTION, Field::Bytes(text)) => function = wire::slice(message, text),
                (field::INPUTS, Field::Bytes(binding)) => {
                    match (read(message, binding), &mut inputs) {
                        (Ok(input), Ok(inputs)) => inputs.push(input),
                        (Err(reason), Ok(_)) => inputs = Err(reason),
                        (_, Err(_)) => {}
                    }
                }
                (field::TRACE, Field::Bytes(context)) => {
                    trace = Traced::of(wire::slice(message, context));
                }
                (field::RETRY, Field::Bytes(context)) => {
                    retry = Some(attempt(
                        RetryContext::decode(context).map_err(|_| Malformed)?,
                    ));
                }
                _ => {}
            }
        }
        Ok(Self {
            id: id.into(),
            function,
            inputs,
            retry,
            trace,
            metadata: Trigger::of_invocation(message.clone()),
        })
    }
}

fn read(message: &Bytes, binding: &[u8]) -> Result<(Bytes, Data), String> {
    let (mut name, mut data, mut shared) = (&b""[..], None, false);
    let mut damaged = false;
    for field in wire::fields(binding) {
        match field {
            Ok((input::NAME, Field::Bytes(text))) => name = text,
            Ok((input::DATA, Field::Bytes(value))) => (data, shared) = (Some(value), false),
            Ok((input::SHARED_MEMORY, _)) => shared = true,
            Ok(_) => {}
            Err(Malformed) => damaged = true,
        }
    }
    let data = match data {
        Some(data) => Data::read(&wire::slice(message, data)),
        None => Ok(Data::none()),
    };
    match data {
        _ if shared => Err(format!(
            "parameter `{}`: the value is in shared memory, which this worker does not read; switch \
             `FUNCTIONS_WORKER_SHARED_MEMORY_DATA_TRANSFER_ENABLED` off",
            String::from_utf8_lossy(name)
        )),
        Ok(data) if !damaged => Ok((wire::slice(message, name), data)),
        _ => Err(format!(
            "parameter `{}`: the value is damaged; the message of the host is not what the protocol says",
            String::from_utf8_lossy(name)
        )),
    }
}

fn attempt(context: RetryContext) -> Retry {
    Retry {
        count: context.retry_count.try_into().unwrap_or_default(),
        max: context.max_retry_count.try_into().ok(),
        error: context.exception.map(|exception| exception.message),
    }
}
