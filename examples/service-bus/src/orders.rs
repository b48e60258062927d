//! Orders, which their functions settle themselves.

use azure_functions::{
    bindings::{
        LockedMessage, ServiceBusTrigger,
        service_bus::{DeadLetter, SettleError},
    },
    func,
};
use serde::Deserialize;

/// An order.
#[derive(Debug, Deserialize)]
struct Order {
    /// How much.
    amount: u32,
    /// Whether to look at it again, and not now.
    #[serde(default)]
    later: bool,
}

/// Settles each message of `orders` in one of the four ways.
///
/// # Errors
///
/// The host does not settle the message.
#[func]
async fn accept(
    #[binding(queue_name = "orders")] order: LockedMessage<Order>,
) -> Result<(), SettleError> {
    let first = order.delivery_count == Some(1);
    match order.message {
        Order { later: true, .. } => order.lock.defer().await,
        Order { amount: 0, .. } => {
            let letter = DeadLetter::new("empty").description("an order of nothing");
            order.lock.property("amount", 0).dead_letter(letter).await
        }
        // Nobody orders that many the first time.
        Order { amount: 100.., .. } if first => {
            order.lock.property("doubted", true).abandon().await
        }
        Order { amount, .. } => {
            tracing::info!("accepted {amount}");
            order.lock.complete().await
        }
    }
}

/// Settles each message of a batch for itself: one that is refused does not bring back the others.
///
/// # Errors
///
/// The host does not settle a message.
#[func]
async fn accept_many(
    #[binding(queue_name = "bulk")] orders: Vec<LockedMessage<Order>>,
) -> Result<(), SettleError> {
    for order in orders {
        if order.message.amount == 0 {
            order.lock.dead_letter("empty").await?;
        } else {
            order.lock.complete().await?;
        }
    }
    Ok(())
}

/// Reads the orders that nobody accepted.
#[func]
fn mourn(#[binding(queue_name = "orders/$deadletterqueue")] order: &ServiceBusTrigger) {
    let reason = order.dead_letter_reason.as_deref().unwrap_or("no reason");
    tracing::info!("`{}` is dead: {reason}", order.message);
}

#[cfg(test)]
mod tests {
    use azure_functions::bindings::service_bus::{Properties, Settlement, Settlements};

    use super::*;

    #[tokio::test]
    async fn settles() {
        let doubted = Properties::from([("doubted".to_owned(), true.into())]);
        let letter = DeadLetter::new("empty").description("an order of nothing");
        let amount = Properties::from([("amount".to_owned(), 0.into())]);
        for (amount, later, settlement) in [
            (1, false, Settlement::Complete),
            (1, true, Settlement::Defer(Properties::new())),
            (100, false, Settlement::Abandon(doubted)),
            (0, false, Settlement::DeadLetter(letter, amount)),
        ] {
            let settlements = Settlements::new();
            let mut order = ServiceBusTrigger::new(Order { amount, later });
            order.delivery_count = Some(1).into();
            accept(settlements.lock_trigger(order)).await.unwrap();
            assert_eq!(settlements.take(), [settlement], "{amount} {later}");
        }
    }

    #[tokio::test]
    async fn settles_each_of_many() {
        let settlements = Settlements::new();
        let orders = [1, 0].map(|amount| {
            settlements.lock(Order {
                amount,
                later: false,
            })
        });
        accept_many(orders.into()).await.unwrap();
        let refused = Settlement::DeadLetter("empty".into(), Properties::new());
        assert_eq!(settlements.take(), [Settlement::Complete, refused]);
    }

    #[test]
    fn mourns() {
        mourn(&ServiceBusTrigger::new("order".to_owned()));
    }
}
