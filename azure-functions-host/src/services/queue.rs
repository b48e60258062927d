//! Queues: a message triggers a function, and is tried again until it goes to the poison queue.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture};
use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::{Ground, Listener, Service, in_full};
use crate::{
    event::Level,
    plan::{Plan, Resolved},
    store::{Message, NewMessage, Receipt, StoreError},
    wire::{
        Output, outputs,
        trigger::{self, Event},
    },
};

/// How long a message is hidden while its function runs; it is hidden anew before that is over.
const HIDDEN: Duration = Duration::from_secs(600);
/// How long before that.
const RENEW: SignedDuration = SignedDuration::from_secs(300);
/// How often a queue is looked at in any case: not all stores tell of changes.
const POLL: SignedDuration = SignedDuration::from_secs(1);

/// The queues of the host.
#[derive(Debug)]
pub(super) struct Queues {
    pub(super) ground: Arc<Ground>,
}

impl Service for Queues {
    fn triggers(&self) -> &'static [&'static str] {
        &["queueTrigger"]
    }

    fn bindings(&self) -> &'static [&'static str] {
        &["queue"]
    }

    fn check(&self, plan: &Plan) -> Result<(), String> {
        plan.trigger().required("queueName").map(|_| ())
    }

    fn listen(&self, listener: Listener) -> Result<BoxFuture<'static, ()>, String> {
        let queue = listener.plan.trigger().required("queueName")?.to_owned();
        let reader = Reader {
            ground: Arc::clone(&self.ground),
            listener,
            queue,
        };
        Ok(reader.run().boxed())
    }

    fn event_by_hand<'a>(
        &'a self,
        plan: &'a Plan,
        input: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>> {
        async move {
            let now = self.ground.clock.now();
            let content = Bytes::copy_from_slice(input.as_bytes());
            let message = Message {
                receipt: Receipt {
                    id: uuid::Uuid::new_v4().to_string(),
                    pop_receipt: String::new(),
                },
                body: Bytes::new(),
                dequeue_count: 1,
                inserted: now,
                expires: now,
                next_visible: now,
            };
            let data_type = plan.trigger().data_type();
            Ok(trigger::queue_message(&message, &content, data_type))
        }
        .boxed()
    }

    fn store<'a>(
        &'a self,
        binding: &'a Resolved,
        value: &'a Output,
    ) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let queue = binding.required("queueName")?;
            let encoding = self.ground.settings.queues.message_encoding;
            for message in outputs::queue_messages(value).map_err(|error| in_full(&error))? {
                let message = trigger::encode_message(&message, encoding);
                let put = self.ground.queues.put(queue, NewMessage::new(message));
                put.await.map_err(|error| in_full(&error))?;
            }
            Ok(())
        }
        .boxed()
    }
}

/// Reads one queue for one function.
#[derive(Debug, Clone)]
struct Reader {
    ground: Arc<Ground>,
    listener: Listener,
    queue: String,
}

impl Reader {
    async fn run(self) {
        let settings = &self.ground.settings.queues;
        let mut changes = self.ground.queues.changes();
        let mut running = JoinSet::new();
        let poll = SignedDuration::try_from(settings.max_polling_interval).unwrap_or(POLL);
        let poll = poll.min(POLL);
        loop {
            // Marked before looking, so that a change between looking and waiting is not missed.
            changes.borrow_and_update();
            if running.len() <= settings.new_batch_threshold {
                match self
                    .ground
                    .queues
                    .receive(&self.queue, settings.batch_size, HIDDEN)
                    .await
                {
                    Ok(messages) => {
                        for message in messages {
                            let reader = self.clone();
                            running.spawn(async move { reader.process(message).await });
                        }
                    }
                    Err(error) => self.complain("cannot be read", &error),
                }
            }
            let shows = self.ground.queues.next_visible(&self.queue);
            let poll = self.ground.later(poll);
            let look = shows.map_or(poll, |shows| shows.min(poll));
            tokio::select! {
                () = self.listener.stop.cancelled() => break,
                // A store without a sender never changes.
                Ok(()) = changes.changed() => {}
                Some(_) = running.join_next() => {}
                () = self.ground.clock.sleep_until(look) => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Calls the function with a message, and deletes it, shows it again, or gives it up.
    async fn process(&self, message: Message) {
        let settings = &self.ground.settings.queues;
        let Some(content) = trigger::decode_message(&message.body, settings.message_encoding)
        else {
            // It will not get better.
            let reason = "Message is not in base64, as `messageEncoding` in `host.json` says.";
            let gave_up = self.give_up(&message, &message.receipt, reason);
            if let Err(error) = gave_up.await {
                self.complain("cannot be updated", &error);
            }
            return;
        };
        let data_type = self.listener.plan.trigger().data_type();
        let trigger = trigger::queue_message(&message, &content, data_type);
        let reason = "New queue message detected";
        let mut receipt = message.receipt.clone();
        let call = self.listener.call(trigger, reason);
        tokio::pin!(call);
        let result = loop {
            let renew = self.ground.later(RENEW);
            tokio::select! {
                result = &mut call => break result,
                () = self.ground.clock.sleep_until(renew) => {
                    match self.ground.queues.hide(&self.queue, &receipt, HIDDEN).await {
                        Ok(renewed) => receipt = renewed,
                        Err(error) => self.complain("cannot hide a message any longer", &error),
                    }
                }
            }
        };
        let done = if result.is_ok() {
            self.ground.queues.delete(&self.queue, &receipt).await
        } else if message.dequeue_count >= settings.max_dequeue_count {
            let count = message.dequeue_count;
            let reason = format!("Message has reached MaxDequeueCount of {count}.");
            self.give_up(&message, &receipt, &reason).await
        } else {
            let shown = self
                .ground
                .queues
                .hide(&self.queue, &receipt, settings.visibility_timeout);
            shown.await.map(|_| ())
        };
        if let Err(error) = done {
            self.complain("cannot be updated", &error);
        }
    }

    /// Moves a message to the poison queue, for a reason.
    async fn give_up(
        &self,
        message: &Message,
        receipt: &Receipt,
        reason: &str,
    ) -> Result<(), StoreError> {
        let poison = format!("{}-poison", self.queue);
        let copy = NewMessage::new(message.body.clone());
        self.ground.queues.put(&poison, copy).await?;
        self.ground.events.host(
            Level::Error,
            "Host.Triggers.Queue",
            format!("{reason} Moving message to queue '{poison}'."),
        );
        self.ground.queues.delete(&self.queue, receipt).await
    }

    fn complain(&self, what: &str, error: &StoreError) {
        let text = format!("the queue `{}` {what}: {error}", self.queue);
        self.ground
            .events
            .host(Level::Error, "Host.Triggers.Queue", text);
    }
}
