//! What stands for OpenTelemetry in an app without the feature `opentelemetry`: nothing happens.

use std::collections::HashMap;

use azure_functions_shared::rpc::InvocationResponse;
use tracing::{Span, Subscriber, subscriber::set_global_default};

use super::logs;
use crate::{Context, FunctionDef};

/// The export of traces and logs, which is not there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Telemetry(());

#[expect(
    clippy::unused_self,
    clippy::unused_async,
    reason = "the feature's own methods have these signatures"
)]
impl Telemetry {
    pub(super) fn start(&self) {}

    pub(super) fn announce(&self, _: &mut HashMap<String, String>) {}

    pub(super) fn span(&self, context: &Context, function: &'static FunctionDef) -> Span {
        logs::invocation_span(context.invocation_id(), function.name)
    }

    pub(super) async fn end(&self, _: Span, _: &InvocationResponse, _: &Context) {}

    pub(super) async fn close(&self) {}

    /// Makes `subscriber` the way of all events; fails if there is another.
    pub(super) fn install(&self, subscriber: impl Subscriber + Send + Sync) -> bool {
        set_global_default(subscriber).is_ok()
    }
}
