//! A message is settled once.

use azure_functions::{
    bindings::{LockedMessage, service_bus::SettleError},
    func,
};

#[func]
async fn twice(#[binding(queue_name = "orders")] order: LockedMessage) -> Result<(), SettleError> {
    order.lock.complete().await?;
    order.lock.dead_letter("again").await
}

#[func]
async fn again(#[binding(queue_name = "orders")] orders: Vec<LockedMessage>) -> Result<(), SettleError> {
    for order in orders {
        let message = order.trigger.message;
        order.lock.complete().await?;
        if message.is_empty() {
            order.lock.abandon().await?;
        }
    }
    Ok(())
}

fn main() {}
