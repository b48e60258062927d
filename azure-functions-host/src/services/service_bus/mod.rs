//! Service Bus: queues and subscriptions trigger functions with messages that are locked until they are settled.

mod reader;
mod running;

use std::sync::Arc;

use futures::{FutureExt as _, future::BoxFuture};
use uuid::Uuid;

use self::reader::Reader;
use super::{Ground, Listener, Service, in_full};
use crate::{
    event::Level,
    functions::Cardinality,
    plan::{Plan, Resolved},
    store::service_bus::{NewMessage, ServiceBusError, Session, subscription_path},
    wire::{Output, service_bus, trigger::Event},
};

pub(crate) use running::{Refused, Running};

/// The category of what the service says.
const CATEGORY: &str = "Host.Triggers.ServiceBus";

/// The Service Bus namespace of the host.
#[derive(Debug)]
pub(super) struct ServiceBuses {
    pub(super) ground: Arc<Ground>,
}

impl Service for ServiceBuses {
    fn triggers(&self) -> &'static [&'static str] {
        &["serviceBusTrigger"]
    }

    fn bindings(&self) -> &'static [&'static str] {
        &["serviceBus"]
    }

    fn check(&self, plan: &Plan) -> Result<(), String> {
        let entity = source(plan.trigger())?;
        let checked = self.ground.service_bus.peek(&entity);
        checked.map(|_| ()).map_err(|error| in_full(&error))
    }

    fn listen(&self, listener: Listener) -> Result<BoxFuture<'static, ()>, String> {
        let trigger = listener.plan.trigger();
        let bus = &self.ground.service_bus;
        let failed = |error: ServiceBusError| in_full(&error);
        let entity = match (trigger.get("topicName"), trigger.get("subscriptionName")) {
            (Some(topic), Some(subscription)) => {
                bus.subscribe(topic, subscription).map_err(failed)?
            }
            _ => source(trigger)?.to_lowercase(),
        };
        if sessions(trigger) {
            bus.require_sessions(&entity).map_err(failed)?;
        }
        let reader = Reader {
            ground: Arc::clone(&self.ground),
            entity,
            listener,
        };
        Ok(reader.run().boxed())
    }

    fn event_by_hand<'a>(
        &'a self,
        plan: &'a Plan,
        input: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>> {
        async move {
            let trigger = plan.trigger();
            let mut message = NewMessage::new(input.to_owned());
            if sessions(trigger) {
                message = message.in_session(Uuid::new_v4().to_string());
            }
            let entity = source(trigger)?;
            let lent = self.ground.service_bus.lend(&entity, message);
            let lent = lent.map_err(|error| in_full(&error))?;
            let session = lent.sent.session_id.clone().zip(lent.lock);
            let session = session.map(|(id, lock)| Session { entity, id, lock });
            self.ground.running.lend(&lent, session.as_ref());
            let data_type = trigger.data_type();
            match plan.function().trigger().cardinality {
                Cardinality::One => Ok(service_bus::message(&lent, session.as_ref(), data_type)),
                Cardinality::Many => service_bus::batch(&[lent], session.as_ref(), data_type),
            }
        }
        .boxed()
    }

    fn store<'a>(
        &'a self,
        binding: &'a Resolved,
        value: &'a Output,
    ) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let (name, is_topic) = target(binding)?;
            for body in service_bus::messages(value).map_err(|error| in_full(&error))? {
                self.send(name, is_topic, NewMessage::new(body))
                    .map_err(|error| in_full(&error))?;
            }
            Ok(())
        }
        .boxed()
    }
}

impl ServiceBuses {
    fn send(&self, name: &str, is_topic: bool, message: NewMessage) -> Result<(), ServiceBusError> {
        let bus = &self.ground.service_bus;
        if !is_topic {
            return bus.send(name, message);
        }
        if bus.publish(name, &message)? == 0 {
            self.ground.events.host(
                Level::Warning,
                CATEGORY,
                format!("the topic `{name}` has no subscription here, so a message was dropped; listen to one with a function"),
            );
        }
        Ok(())
    }
}

/// The queue or subscription of a trigger.
fn source(trigger: &Resolved) -> Result<String, String> {
    let given = |name| trigger.get(name).filter(|text: &&str| !text.is_empty());
    match (given("queueName"), given("topicName")) {
        (Some(queue), None) => Ok(queue.to_owned()),
        (None, Some(topic)) => {
            let subscription = trigger.required("subscriptionName")?;
            Ok(subscription_path(topic, subscription))
        }
        _ => Err(format!(
            "the `{}` binding `{}` needs either `queueName`, or `topicName` and `subscriptionName`",
            trigger.kind(),
            trigger.name()
        )),
    }
}

/// The name of an output's queue or topic, and whether it is a topic.
fn target(binding: &Resolved) -> Result<(&str, bool), String> {
    let given = |name| binding.get(name).filter(|text: &&str| !text.is_empty());
    let either = given("queueOrTopicName").map(|name| {
        let kind = given("entityType").unwrap_or_default();
        (name, kind.eq_ignore_ascii_case("Topic"))
    });
    match (given("queueName"), given("topicName"), either) {
        (Some(queue), None, None) => Ok((queue, false)),
        (None, Some(topic), None) => Ok((topic, true)),
        (None, None, Some(either)) => Ok(either),
        _ => Err(format!(
            "the `{}` binding `{}` needs either `queueName` or `topicName`",
            binding.kind(),
            binding.name()
        )),
    }
}

fn sessions(trigger: &Resolved) -> bool {
    trigger.flag("isSessionsEnabled", false)
}
