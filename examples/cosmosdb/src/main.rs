//! Functions that keep orders in Cosmos DB: they write documents, read them, find them, change them, and hear of changes.
//!
//! ```text
//! curl http://localhost:7071/api/orders -H 'content-type: application/json' \
//!   -d '{"id": "1", "customer": "ann", "items": ["tea"], "paid": false}'
//! curl http://localhost:7071/api/orders/ann
//! curl http://localhost:7071/api/orders/ann/1
//! curl -X POST http://localhost:7071/api/orders/ann/1/payment
//! ```

use std::{process::ExitCode, time::Duration};

use azure_functions::{
    Json, RetryPolicy,
    bindings::{CosmosDbDocument, CosmosDbTrigger, HttpRequest, HttpResponse},
    func,
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a customer wants.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
struct Order {
    id: String,
    customer: String,
    items: Vec<String>,
    paid: bool,
    /// Whatever else there is in the document, so that it stays there.
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// Writes an order, and makes the container for it if need be.
#[func]
#[binding(
    name = "output1",
    database_name = "shop",
    container_name = "orders",
    create_if_not_exists = true,
    partition_key = "/customer"
)]
fn create(
    #[binding(methods = "post", route = "orders", auth_level = "anonymous")] Json(order): Json<
        Order,
    >,
) -> (HttpResponse, CosmosDbDocument<Order>) {
    (StatusCode::CREATED.into(), order.into())
}

/// Reads one order.
#[func]
fn read(
    #[binding(
        methods = "get",
        route = "orders/{customer}/{id}",
        auth_level = "anonymous"
    )]
    _request: HttpRequest,
    #[binding(
        database_name = "shop",
        container_name = "orders",
        id = "{id}",
        partition_key = "{customer}"
    )]
    order: Option<CosmosDbDocument<Order>>,
) -> HttpResponse {
    match order {
        Some(order) => HttpResponse::json(&order.content),
        None => StatusCode::NOT_FOUND.into(),
    }
}

/// Finds the orders of a customer that are not paid; the value in braces is a parameter of the query.
#[func]
fn open(
    #[binding(methods = "get", route = "orders/{customer}", auth_level = "anonymous")]
    _request: HttpRequest,
    #[binding(
        database_name = "shop",
        container_name = "orders",
        sql_query = "SELECT VALUE c.id FROM c WHERE c.customer = {customer} AND c.paid = false ORDER BY c.id"
    )]
    orders: Vec<CosmosDbDocument<String>>,
) -> Json<Vec<String>> {
    Json(orders.into_iter().map(|order| order.content).collect())
}

/// Pays an order. What is not changed is not written.
#[func]
fn pay(
    #[binding(
        methods = "post",
        route = "orders/{customer}/{id}/payment",
        auth_level = "anonymous"
    )]
    _request: HttpRequest,
    #[binding(
        database_name = "shop",
        container_name = "orders",
        id = "{id}",
        partition_key = "{customer}"
    )]
    order: &mut CosmosDbDocument<Order>,
) -> StatusCode {
    if !order.exists() {
        return StatusCode::NOT_FOUND;
    }
    order.content.paid = true;
    StatusCode::NO_CONTENT
}

/// Hears of all orders that are new or changed. A batch that fails is tried twice more, and then it is gone.
///
/// # Errors
///
/// An order has nothing in it.
#[func(retry = RetryPolicy::fixed_delay(2, Duration::from_millis(100)))]
fn watch(
    #[binding(
        database_name = "shop",
        container_name = "orders",
        create_lease_container_if_not_exists = true,
        feed_poll_delay = 200
    )]
    orders: &CosmosDbTrigger<CosmosDbDocument<Order>>,
) -> Result<(), String> {
    for order in &orders.documents {
        let Order { id, items, .. } = &order.content;
        if items.is_empty() {
            return Err(format!("order {id} is empty"));
        }
        let paid = if order.content.paid { "paid" } else { "open" };
        tracing::info!("order {id} of {} is {paid}", items.join(" and "));
    }
    Ok(())
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order {
            id: "1".to_owned(),
            items: vec!["tea".to_owned()],
            ..Order::default()
        }
    }

    #[test]
    fn an_order_is_written_as_it_came() {
        let (response, document) = create(Json(order()));
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(document.content, order());
    }

    #[test]
    fn an_order_is_read_if_there_is_one() {
        for (document, status) in [
            (Some(order().into()), StatusCode::OK),
            (None, StatusCode::NOT_FOUND),
        ] {
            assert_eq!(read(HttpRequest::default(), document).status(), status);
        }
        let ids = vec![CosmosDbDocument::new("1".to_owned())];
        assert_eq!(open(HttpRequest::default(), ids).0, ["1"]);
    }

    #[test]
    fn an_order_is_paid_if_there_is_one() {
        let mut document = CosmosDbDocument::new(order());
        assert_eq!(
            pay(HttpRequest::default(), &mut document),
            StatusCode::NO_CONTENT
        );
        assert!(document.content.paid);
        let mut missing = CosmosDbDocument::default();
        assert_eq!(
            pay(HttpRequest::default(), &mut missing),
            StatusCode::NOT_FOUND
        );
        assert!(!missing.content.paid);
    }

    #[test]
    fn an_empty_order_is_a_failure() {
        let batch = |order: Order| CosmosDbTrigger::new(vec![order.into()]);
        assert_eq!(watch(&batch(order())), Ok(()));
        assert!(watch(&batch(Order::default())).is_err());
    }
}
