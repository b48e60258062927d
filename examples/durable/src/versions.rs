//! Versions: an orchestrator that does more for new instances, while those that were started before go on as they began.

use azure_functions::{
    bindings::{
        ActivityOutput, ActivityTrigger, DurableOrchestrationContext, OrchestrationOutput,
        durable::TaskError,
    },
    func,
};

/// Charges somebody, and gives the number of the receipt.
#[func]
pub(crate) fn charge(ActivityTrigger(customer): ActivityTrigger<String>) -> ActivityOutput<String> {
    ActivityOutput(format!("receipt of {customer}"))
}

/// Sends somebody a message.
#[func]
pub(crate) fn notify(ActivityTrigger(receipt): ActivityTrigger<String>) {
    tracing::info!("sent: {receipt}");
}

/// Charges a customer. Since version 2 the customer is told.
#[func]
pub(crate) async fn checkout(
    ctx: DurableOrchestrationContext<String>,
) -> Result<OrchestrationOutput<String>, TaskError> {
    let receipt = ctx.call_activity(charge, ctx.input().clone()).await?;
    // Instances without a version began before there were any.
    let version = ctx
        .version()
        .and_then(|version| version.parse::<u32>().ok());
    if version.is_some_and(|version| version >= 2) {
        ctx.call_activity(notify, receipt.clone()).await?;
    }
    Ok(OrchestrationOutput(receipt))
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use azure_functions::bindings::{
        ActivityTrigger,
        durable::{TaskError, World, assert_replays},
    };

    use super::{charge, checkout};

    #[test]
    fn goes_on_as_it_began() {
        assert_replays("tests/histories/checkout-without-version.json");
    }

    #[test]
    fn tells_customers_of_new_instances() {
        for (version, messages) in [(None, 0), (Some("1"), 0), (Some("2"), 1), (Some("10"), 1)] {
            let sent = Arc::new(AtomicU32::new(0));
            let count = Arc::clone(&sent);
            let mut world = World::new();
            world
                .activity("charge", |customer| {
                    Ok::<_, TaskError>(charge(ActivityTrigger(customer)))
                })
                .activity("notify", move |_: String| {
                    count.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, TaskError>(())
                });
            if let Some(version) = version {
                world.version(version);
            }
            let end = world.run("checkout", "Ada", checkout);
            assert_eq!(end.output(), Ok("receipt of Ada".to_owned()));
            assert_eq!(sent.load(Ordering::Relaxed), messages, "{version:?}");
        }
    }
}
