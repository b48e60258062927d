//! What the host can be told of an error that is [`Permanent`](crate::Permanent), by trigger.

use azure_functions_shared::rpc::{
    RpcLog, StatusResult,
    rpc_log::{Level, RpcLogCategory},
};

use super::{answer::Answer, invoke::Calls, logs};
use crate::{
    Call, Cardinality, Context, FunctionDef, Trigger,
    binding::Value,
    settlement::{DeadLetter, Properties, Request, Settlement},
};

/// The setting of a message that its function settles.
const SETTLED_BY_HOST: &str = "auto_complete_messages";

/// The trigger of a call whose message nobody but its function settles.
pub(super) fn unsettled(function: &FunctionDef, call: &Call) -> Option<Trigger> {
    let mut parameters = function.parameters.iter();
    let trigger = parameters.find(|parameter| parameter.trigger)?;
    let fixed = trigger.binding?.fixed;
    let settles = fixed.iter().any(|setting| {
        setting.name == SETTLED_BY_HOST && matches!(setting.value, Value::Flag(false))
    });
    let one = trigger.cardinality != Some(Cardinality::Many);
    (settles && one).then(|| call.trigger().clone())
}

impl Calls {
    /// Gives up on a call whose function failed for good, as far as the host can be told so. `message` is the trigger of
    /// a message that the function had to settle.
    pub(super) async fn give_up(
        &self,
        answer: Answer,
        context: &Context,
        message: Option<Trigger>,
    ) -> Answer {
        if !answer.is_permanent() {
            return answer;
        }
        if let Some(message) = message {
            dead_letter(&answer, context, &message).await;
            return answer;
        }
        let again = context
            .retry()
            .is_some_and(|retry| retry.max.is_none_or(|max| retry.count < max));
        if !again {
            return answer;
        }
        let record = RpcLog {
            invocation_id: context.invocation_id().to_owned(),
            category: format!("Function.{}.User", context.function_name()),
            log_category: RpcLogCategory::User.into(),
            ..logs::system(
                Level::Error,
                "the function failed for good, so it is not called again for the same event"
                    .to_owned(),
            )
        };
        let StatusResult { exception, .. } = answer.into_result();
        // In the place of the answer that would say it: it waits for its place in the queue, and is not dropped.
        self.tell(RpcLog {
            exception,
            ..record
        })
        .await;
        Answer::success(crate::Outputs::new())
    }
}

/// Moves the message to the dead-letter queue, if the function did not settle it.
async fn dead_letter(answer: &Answer, context: &Context, message: &Trigger) {
    let (Some(settler), Some(lock_token)) = (context.settler(), message.get::<String>("LockToken"))
    else {
        return;
    };
    let (reason, description) = answer.reason();
    let letter = DeadLetter::new(reason).description(description);
    let request = Request::Message {
        lock_token,
        settlement: Settlement::DeadLetter(letter, Properties::new()),
    };
    if let Err(error) = settler.settle(request).await {
        // It may have been settled, so this is no mistake yet.
        tracing::info!(
            "the message was not made a dead letter, though the error is permanent: {error}"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing::Span;

    use super::unsettled;
    use crate::{
        BoxError, Call, Context, Data, FunctionDef, ResultExt,
        bindings::{
            ServiceBusTrigger,
            service_bus::{DeadLetter, LockedMessage, Settlement, Settlements},
        },
        func, functions,
        worker::{
            hooks::Started,
            invoke::Calls,
            limit::Limits,
            stream::{Outgoing, queue},
        },
    };

    #[func]
    fn hopeless(#[binding(queue_name = "orders")] order: &LockedMessage) -> Result<(), BoxError> {
        order.message.parse::<u8>().permanent()?;
        Ok(())
    }

    #[func]
    fn hopeful(#[binding(queue_name = "orders")] order: &LockedMessage) -> Result<(), BoxError> {
        order.message.parse::<u8>()?;
        Ok(())
    }

    #[func]
    fn batch(#[binding(queue_name = "orders")] orders: &[LockedMessage]) -> Result<(), BoxError> {
        Err(format!("{} orders", orders.len())).permanent()?;
        Ok(())
    }

    #[func]
    fn not_its_own(
        #[binding(queue_name = "orders")] order: &ServiceBusTrigger,
    ) -> Result<(), BoxError> {
        order.message.parse::<u8>().permanent()?;
        Ok(())
    }

    fn calls() -> (Arc<Calls>, Outgoing) {
        let (outbox, outgoing) = queue();
        let limits = Limits {
            blocking: 1,
            ..Limits::default()
        };
        let calls = Calls::new(
            outbox,
            Started::default(),
            None,
            None,
            &limits,
            crate::worker::telemetry::Telemetry::default(),
        );
        (Arc::new(calls), outgoing)
    }

    #[tokio::test]
    async fn dead_letters() {
        let [hopeless, hopeful, batch, not_its_own] =
            functions![hopeless, hopeful, batch, not_its_own];
        let letter = DeadLetter::new(std::any::type_name::<BoxError>())
            .description("invalid digit found in string");
        let letter = Settlement::DeadLetter(letter, std::collections::BTreeMap::new());
        let check = async |function: &'static FunctionDef, expected: &[Settlement]| {
            let (calls, _outgoing) = calls();
            let settlements = Settlements::new();
            let context: Context = settlements.context(function.name);
            let entries = [("LockToken", Data::text("1"))];
            let parameter = function.parameters[0].name;
            let data = if function.name == "batch" {
                Data::json("[\"?\"]")
            } else {
                Data::text("?")
            };
            let inputs = vec![(parameter.to_owned(), data)];
            let call = Call::new(inputs, entries.into_iter().collect(), context.clone());
            let message = unsettled(function, &call);
            let answer = calls.run(function, call, &context, Span::none()).await;
            let answer = calls.give_up(answer, &context, message).await;
            assert!(!answer.is_success());
            assert_eq!(settlements.take(), expected, "{}", function.name);
        };
        check(hopeless, &[letter]).await;
        check(hopeful, &[]).await;
        check(batch, &[]).await;
        check(not_its_own, &[]).await;
    }
}
