//! The services that the host stands in for: what triggers functions, what they read, and what they write.
//!
//! A service is one file here, and one line in [`Services::new`].

mod blob;
mod cosmos;
pub(crate) mod durable;
mod event_grid;
mod event_hub;
mod notification;
mod queue;
pub(crate) mod service_bus;
mod table;
mod timer;
mod warmup;

pub(crate) use self::blob::Receipts;

use std::{error::Error, fmt, sync::Arc};

use axum::response::Response;
use azure_functions_shared::rpc::TypedData;
use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp, Zoned, tz::TimeZone};
use tokio_util::sync::CancellationToken;

use crate::{
    binding_data::BindingData,
    clock::Clock,
    config::HostJson,
    event::EventSink,
    expression::{System, Template},
    invoke::{Answer, Call, Dispatcher, InvokeError},
    plan::{Plan, Resolved},
    store::{
        BlobStore, EventHubStore, MemoryCosmos, QueueStore, SentOutputs, TableStore,
        service_bus::ServiceBus,
    },
    webhook::{self, Hook},
    wire::{Output, trigger::Event},
};

/// What all services work with.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    pub(crate) queues: Arc<dyn QueueStore>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) service_bus: ServiceBus,
    /// The Service Bus messages that functions have at the moment.
    pub(crate) running: service_bus::Running,
    pub(crate) event_hubs: Arc<dyn EventHubStore>,
    pub(crate) tables: Arc<dyn TableStore>,
    pub(crate) sent: Arc<SentOutputs>,
    pub(crate) cosmos: MemoryCosmos,
    pub(crate) receipts: Receipts,
    pub(crate) durable: durable::Durable,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) zone: TimeZone,
    pub(crate) settings: HostJson,
    pub(crate) events: EventSink,
}

impl Ground {
    /// The time, on the clocks of the zone.
    pub(crate) fn now(&self) -> Zoned {
        self.clock.now().to_zoned(self.zone.clone())
    }

    /// The moment that comes after `wait`.
    pub(crate) fn later(&self, wait: SignedDuration) -> Timestamp {
        self.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX)
    }
}

/// One service. What it cannot do it leaves out.
pub(crate) trait Service: fmt::Debug + Send + Sync {
    /// The types of its triggers.
    fn triggers(&self) -> &'static [&'static str];

    /// The types of its other bindings.
    fn bindings(&self) -> &'static [&'static str] {
        &[]
    }

    /// The properties whose expressions are parameters of a query, and no part of its text.
    fn queries(&self) -> &'static [&'static str] {
        &[]
    }

    /// Says whether the trigger can work as it is written.
    ///
    /// # Errors
    ///
    /// It cannot; the text says what to change.
    fn check(&self, plan: &Plan) -> Result<(), String>;

    /// Calls a function whenever the service triggers it, until the listener is stopped and the calls have ended.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    fn listen(&self, listener: Listener) -> Result<BoxFuture<'static, ()>, String>;

    /// What it does beside its listeners, if anything, until the host stops.
    fn run(&self, _: Surroundings) -> Option<BoxFuture<'static, ()>> {
        None
    }

    /// What the trigger would hand over for a text that a person gives.
    fn event_by_hand<'a>(
        &'a self,
        plan: &'a Plan,
        input: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>>;

    /// The same, if the text only names a place, with what there is.
    fn event_with_content<'a>(
        &'a self,
        plan: &'a Plan,
        input: &'a str,
        _content: Bytes,
    ) -> BoxFuture<'a, Result<Event, String>> {
        self.event_by_hand(plan, input)
    }

    /// Fills in the expressions of a property.
    ///
    /// # Errors
    ///
    /// A value is missing, or does not fit where it would stand.
    fn fill(
        &self,
        _property: &str,
        template: &Template,
        values: &BindingData,
        system: &System<'_>,
    ) -> Result<String, String> {
        template
            .resolve(values, system)
            .map_err(|error| error.to_string())
    }

    /// Reads an input.
    fn fetch<'a>(&'a self, _binding: &'a Resolved) -> BoxFuture<'a, Result<TypedData, String>> {
        Box::pin(async { Ok(TypedData::default()) })
    }

    /// Writes an output.
    fn store<'a>(
        &'a self,
        _binding: &'a Resolved,
        _value: &'a Output,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    /// The name of its webhook: requests under `/runtime/webhooks/NAME` are for [`answer`](Self::answer).
    fn webhook(&self) -> Option<&'static str> {
        None
    }

    /// Answers a request to its webhook.
    fn answer<'a>(&'a self, _hook: &'a Hook) -> BoxFuture<'a, Response> {
        Box::pin(async { webhook::none() })
    }

    /// Whether outputs go nowhere but into [`Ground::sent`], and are to be shown for that reason.
    fn only_records(&self) -> bool {
        false
    }
}

/// All services, by the types of their bindings.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    list: Arc<[Arc<dyn Service>]>,
}

impl Services {
    pub(crate) fn new(ground: &Ground) -> Self {
        let ground = &Arc::new(ground.clone());
        Self {
            list: Arc::new([
                Arc::new(blob::Blobs {
                    ground: Arc::clone(ground),
                }),
                Arc::new(durable::DurableFunctions {
                    ground: Arc::clone(ground),
                }),
                Arc::new(event_grid::EventGrid {
                    ground: Arc::clone(ground),
                }),
                Arc::new(event_hub::EventHubs::new(Arc::clone(ground))),
                Arc::new(notification::Notifications {
                    ground: Arc::clone(ground),
                }),
                Arc::new(cosmos::Cosmos {
                    ground: Arc::clone(ground),
                }),
                Arc::new(queue::Queues {
                    ground: Arc::clone(ground),
                }),
                Arc::new(service_bus::ServiceBuses {
                    ground: Arc::clone(ground),
                }),
                Arc::new(table::Tables {
                    ground: Arc::clone(ground),
                }),
                Arc::new(timer::Timers {
                    ground: Arc::clone(ground),
                }),
                Arc::new(warmup::Warmups),
            ]),
        }
    }

    /// The service that triggers by this type.
    pub(crate) fn trigger(&self, kind: &str) -> Option<&Arc<dyn Service>> {
        self.list
            .iter()
            .find(|service| names(service.triggers(), kind))
    }

    /// The service that reads and writes bindings of this type.
    pub(crate) fn binding(&self, kind: &str) -> Option<&Arc<dyn Service>> {
        self.list
            .iter()
            .find(|service| names(service.bindings(), kind))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<dyn Service>> {
        self.list.iter()
    }

    /// The service that has the webhook of this name.
    pub(crate) fn webhook(&self, name: &str) -> Option<&Arc<dyn Service>> {
        self.list.iter().find(|service| {
            let own = service.webhook();
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        })
    }
}

fn names(types: &[&str], kind: &str) -> bool {
    types.iter().any(|own| own.eq_ignore_ascii_case(kind))
}

/// All functions that are not disabled, and how to call them.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    pub(crate) plans: Vec<Arc<Plan>>,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) events: EventSink,
    /// Says that nothing more is to be begun.
    pub(crate) stop: CancellationToken,
    /// Says that running calls are to end.
    pub(crate) ending: CancellationToken,
}

/// A function that is to be triggered, and how to call it.
#[derive(Debug, Clone)]
pub(crate) struct Listener {
    pub(crate) plan: Arc<Plan>,
    pub(crate) dispatcher: Arc<Dispatcher>,
    /// Says that nothing more is to be triggered.
    pub(crate) stop: CancellationToken,
    /// Says that running calls are to end.
    pub(crate) ending: CancellationToken,
}

impl Listener {
    /// Calls the function.
    pub(crate) async fn call(
        &self,
        trigger: Event,
        reason: &'static str,
    ) -> Result<Answer, InvokeError> {
        let call = Call::new(&self.plan, reason, trigger);
        self.dispatcher.invoke(call, self.ending.clone()).await
    }
}

/// An error with its causes, in one line.
pub(crate) fn in_full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
