//! SignalR, Web PubSub, SendGrid and Twilio: nothing is sent, but all that would be is checked, recorded and shown.
//!
//! The inputs of SignalR and Web PubSub are stand-ins of the right shape: their addresses lead nowhere, and their tokens
//! are not signed.

mod check;
mod connection;

use std::sync::Arc;

use azure_functions_shared::rpc::{Data, TypedData};
use futures::{FutureExt as _, future::BoxFuture};
use serde_json::Value;

use super::{Ground, Listener, Service, in_full};
use crate::{
    json_text::{self, Element},
    plan::{Plan, Resolved},
    store::Sent,
    wire::{Output, trigger::Event},
};

const SIGNALR: &str = "signalR";
const WEB_PUBSUB: &str = "webPubSub";
const SEND_GRID: &str = "sendGrid";
const TWILIO: &str = "twilioSms";

/// The services that tell people and browsers something.
#[derive(Debug)]
pub(super) struct Notifications {
    pub(super) ground: Arc<Ground>,
}

impl Service for Notifications {
    fn triggers(&self) -> &'static [&'static str] {
        &[]
    }

    fn bindings(&self) -> &'static [&'static str] {
        &[
            SIGNALR,
            WEB_PUBSUB,
            SEND_GRID,
            TWILIO,
            connection::SIGNALR,
            connection::SIGNALR_NEGOTIATION,
            connection::SIGNALR_ENDPOINTS,
            connection::WEB_PUBSUB,
        ]
    }

    fn check(&self, plan: &Plan) -> Result<(), String> {
        Err(no_trigger(plan))
    }

    fn listen(&self, listener: Listener) -> Result<BoxFuture<'static, ()>, String> {
        Err(no_trigger(&listener.plan))
    }

    fn event_by_hand<'a>(
        &'a self,
        plan: &'a Plan,
        _input: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>> {
        async move { Err(no_trigger(plan)) }.boxed()
    }

    fn fetch<'a>(&'a self, binding: &'a Resolved) -> BoxFuture<'a, Result<TypedData, String>> {
        async move {
            let value = connection::value(binding, self.ground.clock.now())?;
            Ok(Data::Json(value.to_string()).into())
        }
        .boxed()
    }

    fn store<'a>(
        &'a self,
        binding: &'a Resolved,
        value: &'a Output,
    ) -> BoxFuture<'a, Result<(), String>> {
        async move {
            // All or nothing: a bad element must not leave those before it behind.
            let elements = objects(value)?
                .into_iter()
                .map(|element| check::output(binding, &element).map(|()| element))
                .collect::<Result<Vec<_>, _>>()?;
            for element in elements {
                self.ground.sent.record(Sent::new(
                    self.ground.clock.now(),
                    binding.kind(),
                    binding.properties().clone(),
                    element,
                ));
            }
            Ok(())
        }
        .boxed()
    }

    fn only_records(&self) -> bool {
        true
    }
}

fn no_trigger(plan: &Plan) -> String {
    format!("`{}` is no trigger of this service", plan.trigger().kind())
}

/// The objects of a value: itself, or the elements of an array.
///
/// These bindings collect JSON objects, and fail for any other element.
fn objects(value: &Output) -> Result<Vec<Value>, String> {
    let elements = match value {
        Output::Json(token) => json_text::token_elements(token.clone()),
        Output::Text(text) => {
            json_text::elements(text, &jiff::tz::TimeZone::UTC).map_err(|error| in_full(&error))?
        }
        Output::Bytes(_) | Output::Http(_) | Output::Int(_) | Output::Double(_) => {
            return Err(
                "the value is not JSON; send a JSON object, or an array of them".to_owned(),
            );
        }
    };
    let object = |element: Element| match element {
        Element::Json(token) => match Value::from(token) {
            object @ Value::Object(_) => Ok(object),
            other => Err(not_object(&other.to_string())),
        },
        Element::Text(text) => Err(not_object(&text)),
    };
    elements.into_iter().map(object).collect()
}

fn not_object(text: &str) -> String {
    format!("`{text}` is not a JSON object; send an object, or an array of them")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::lenient_json::{Dates, tokens};

    #[test]
    fn outputs_are_objects() {
        let json = |text: &str| Output::Json(tokens(text, Dates::Keep).unwrap());
        let text = |text: &str| Output::Text(text.to_owned());
        for (output, expected) in [
            (json("{\"a\":1}"), Ok(json!([{ "a": 1 }]))),
            (
                json("[{\"a\":1},{\"b\":2}]"),
                Ok(json!([{ "a": 1 }, { "b": 2 }])),
            ),
            (json("[]"), Ok(json!([]))),
            (
                text("{'a':'2026-02-27T23:59:58Z'}"),
                Ok(json!([{ "a": "2026-02-27T23:59:58Z" }])),
            ),
            (text(" [{}] "), Ok(json!([{}]))),
            (json("[{},7]"), Err("`7` is not a JSON object")),
            (json("[null]"), Err("`null` is not a JSON object")),
            (text("hi"), Err("`hi` is not a JSON object")),
            (text("{"), Err("`{` is not a JSON object")),
            (text("{a}"), Err("line 1")),
            (Output::Bytes(Bytes::from_static(b"{}")), Err("is not JSON")),
            (Output::Int(1), Err("is not JSON")),
        ] {
            match (objects(&output).map(Value::from), expected) {
                (Ok(values), Ok(expected)) => assert_eq!(values, expected, "{output:?}"),
                (Err(error), Err(expected)) => {
                    assert!(error.contains(expected), "{output:?}: {error}");
                }
                (result, _) => panic!("{output:?}: {result:?}"),
            }
        }
    }
}
