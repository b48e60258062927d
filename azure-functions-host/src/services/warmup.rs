//! Warmup: a function that runs when an instance is added, which is once at the start here.

use azure_functions_shared::rpc::TypedData;
use futures::{FutureExt as _, future::BoxFuture};

use super::{Listener, Service};
use crate::{binding_data::BindingData, plan::Plan, wire::trigger::Event};

/// The start of the host.
#[derive(Debug)]
pub(super) struct Warmups;

impl Service for Warmups {
    fn triggers(&self) -> &'static [&'static str] {
        &["warmupTrigger"]
    }

    fn check(&self, _plan: &Plan) -> Result<(), String> {
        Ok(())
    }

    fn listen(&self, listener: Listener) -> Result<BoxFuture<'static, ()>, String> {
        let call = async move {
            // How it ends is an event, and nothing waits for it.
            let _ = listener.call(event(), "The host started").await;
        };
        Ok(call.boxed())
    }

    fn event_by_hand<'a>(
        &'a self,
        _plan: &'a Plan,
        _input: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>> {
        async { Ok(event()) }.boxed()
    }
}

/// The payload means nothing.
fn event() -> Event {
    Event {
        value: TypedData::default(),
        data: BindingData::default(),
    }
}
