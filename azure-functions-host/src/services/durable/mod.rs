//! Durable Functions: orchestrators, activities and entities run as the task hub says, and clients reach the hub.

mod activity;
mod dispatch;
mod http;
mod orchestrator;
mod registry;
mod request;

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use axum::response::Response;
use azure_functions_shared::rpc::{Data, TypedData};
use futures::{
    FutureExt as _,
    future::{BoxFuture, ready},
};
use serde_json::json;

use super::{Ground, Listener, Service, Surroundings};
use crate::{
    auth::Keys,
    binding_data::BindingData,
    plan::{Plan, Resolved},
    store::durable::TaskHub,
    webhook::Hook,
    wire::trigger::Event,
};
use dispatch::Dispatch;
use registry::Registry;

/// The types of the triggers.
const ORCHESTRATION: &str = "orchestrationTrigger";
const ACTIVITY: &str = "activityTrigger";
const ENTITY: &str = "entityTrigger";
const TRIGGERS: &[&str] = &[ORCHESTRATION, ACTIVITY, ENTITY];
const CLIENTS: &[&str] = &["durableClient", "orchestrationClient"];

/// What a client has to add to addresses where no key is asked for: there is one all the same, as in the Core Tools.
const NO_KEY: &str = "code=local";
/// The name of the webhook, by which its key is named too.
const WEBHOOK: &str = "durabletask";
/// The connection that addresses name.
const CONNECTION: &str = "Storage";
/// The largest message that the client's service takes, as clients are told.
const LARGEST_MESSAGE: usize = 4 << 20;

/// The task hub, and where clients reach it.
#[derive(Debug, Clone)]
pub(crate) struct Durable {
    pub(crate) hub: TaskHub,
    /// Where the service for clients listens; set once, when it does.
    pub(crate) rpc: Arc<OnceLock<SocketAddr>>,
    /// Where the host listens for HTTP.
    pub(crate) http: SocketAddr,
    /// The key that stands in addresses for clients, as a parameter of their query.
    pub(crate) key: Arc<str>,
}

impl Durable {
    /// A task hub of a host that listens for HTTP at this address, and may ask for keys.
    pub(crate) fn new(hub: TaskHub, http: SocketAddr, keys: Option<&Keys>) -> Self {
        let key = keys.map_or_else(|| NO_KEY.to_owned(), |keys| keys.query(WEBHOOK));
        Self {
            hub,
            rpc: Arc::default(),
            http,
            key: key.into(),
        }
    }
}

/// Whether a function of this trigger answers the hub, and nobody else.
pub(crate) fn answers_hub(trigger: &str) -> bool {
    super::names(TRIGGERS, trigger)
}

/// Durable Functions in this host.
#[derive(Debug)]
pub(super) struct DurableFunctions {
    pub(super) ground: Arc<Ground>,
}

impl Service for DurableFunctions {
    fn triggers(&self) -> &'static [&'static str] {
        TRIGGERS
    }

    fn bindings(&self) -> &'static [&'static str] {
        CLIENTS
    }

    fn check(&self, _: &Plan) -> Result<(), String> {
        Ok(())
    }

    /// Nothing of its own: the hub says which function is to be called.
    fn listen(&self, _: Listener) -> Result<BoxFuture<'static, ()>, String> {
        Ok(ready(()).boxed())
    }

    fn run(&self, surroundings: Surroundings) -> Option<BoxFuture<'static, ()>> {
        let concerned = |plan: &Arc<Plan>| {
            answers_hub(plan.trigger().kind())
                || plan
                    .inputs()
                    .any(|(input, _)| super::names(CLIENTS, input.kind()))
        };
        if !surroundings.plans.iter().any(concerned) {
            return None;
        }
        let dispatch = Dispatch {
            hub: self.ground.durable.hub.clone(),
            clock: Arc::clone(&self.ground.clock),
            settings: self.ground.settings.durable.clone(),
            registry: Registry::new(&surroundings.plans),
            surroundings,
        };
        Some(Arc::new(dispatch).run().boxed())
    }

    fn event_by_hand<'a>(
        &'a self,
        plan: &'a Plan,
        input: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>> {
        let event = if plan.trigger().is(ACTIVITY) {
            Ok(activity::event(plan, "", Some(input)))
        } else {
            Err(format!(
                "`{}` is not called by hand; start an instance with `POST /runtime/webhooks/durabletask/orchestrators/NAME`, or signal an entity with `POST /runtime/webhooks/durabletask/entities/NAME/KEY`",
                plan.name()
            ))
        };
        ready(event).boxed()
    }

    /// What a client needs to reach the hub.
    fn fetch<'a>(&'a self, binding: &'a Resolved) -> BoxFuture<'a, Result<TypedData, String>> {
        ready(self.client(binding)).boxed()
    }

    fn webhook(&self) -> Option<&'static str> {
        Some(WEBHOOK)
    }

    fn answer<'a>(&'a self, hook: &'a Hook) -> BoxFuture<'a, Response> {
        http::answer(&self.ground, hook).boxed()
    }
}

impl DurableFunctions {
    fn client(&self, binding: &Resolved) -> Result<TypedData, String> {
        let Durable { rpc, http, key, .. } = &self.ground.durable;
        let rpc = rpc
            .get()
            .ok_or("the service of the task hub does not listen yet; call the function later")?;
        let own = &self.ground.settings.durable.hub_name;
        let hub = binding.get("taskHub").filter(|name| !name.is_empty());
        if let Some(other) = hub.filter(|name| !name.eq_ignore_ascii_case(own)) {
            return Err(format!(
                "the task hub `{other}` is not here; this host has `{own}`, which `hubName` of host.json names"
            ));
        }
        let client = json!({
            "taskHubName": own,
            "connectionName": binding.get("connectionName"),
            "creationUrls": null,
            "managementUrls": null,
            "baseUrl": null,
            "requiredQueryStringParameters": &**key,
            "rpcBaseUrl": format!("http://{rpc}"),
            "httpBaseUrl": format!("http://{http}/runtime/webhooks/{WEBHOOK}"),
            "useForwardedHost": false,
            "maxGrpcMessageSizeInBytes": LARGEST_MESSAGE,
            "grpcHttpClientTimeout": "\"00:01:40\"",
        });
        Ok(Data::String(client.to_string()).into())
    }
}

/// An event for a parameter that is a text of base64, without metadata.
fn encoded(text: String) -> Event {
    Event {
        value: Data::String(text).into(),
        data: BindingData::default(),
    }
}
