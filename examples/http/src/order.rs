//! JSON in, JSON out.

use azure_functions::{Json, func};
use serde::{Deserialize, Serialize};

/// What a client orders.
#[derive(Debug, Deserialize)]
struct Order {
    /// What.
    item: String,
    /// How many.
    amount: u32,
    /// For how much each, in cents.
    price: u32,
}

/// What the order comes to.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Receipt {
    /// What was ordered.
    item: String,
    /// The sum, in cents.
    total: u64,
}

/// Adds up an order. A body that is no order is answered with 400 and the field that is wrong.
#[func]
fn order(
    #[binding(methods = ["post"], auth_level = "anonymous")] Json(order): Json<Order>,
) -> Json<Receipt> {
    Json(Receipt {
        item: order.item,
        total: u64::from(order.amount) * u64::from(order.price),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up() {
        let order_of_two = Order {
            item: "book".to_owned(),
            amount: 2,
            price: 1250,
        };
        let Json(receipt) = order(Json(order_of_two));
        assert_eq!((receipt.item.as_str(), receipt.total), ("book", 2500));
    }
}
