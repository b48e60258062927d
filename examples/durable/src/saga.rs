//! Saga: steps that are taken back, in reverse order, when a later one fails.

use azure_functions::{
    BoxError,
    bindings::{
        ActivityOutput, ActivityTrigger, DurableOrchestrationContext, OrchestrationOutput,
        durable::TaskError,
    },
    func,
};

/// Books a part of a journey, and gives the number of the booking.
#[func]
pub(crate) fn book(
    ActivityTrigger(part): ActivityTrigger<String>,
) -> Result<ActivityOutput<String>, BoxError> {
    if part.is_empty() {
        return Err("there is nothing to book".into());
    }
    Ok(ActivityOutput(format!("booking of {part}")))
}

/// Cancels a booking.
#[func]
pub(crate) fn cancel(ActivityTrigger(booking): ActivityTrigger<String>) {
    tracing::info!("{booking} is cancelled");
}

/// Books all parts of a journey, or none.
#[func]
pub(crate) async fn journey(
    ctx: DurableOrchestrationContext<Vec<String>>,
) -> Result<OrchestrationOutput<Vec<String>>, TaskError> {
    let mut bookings = Vec::new();
    for part in ctx.input() {
        match ctx.call_activity(book, part.clone()).await {
            Ok(booking) => bookings.push(booking),
            Err(error) => {
                for booking in bookings.into_iter().rev() {
                    ctx.call_activity(cancel, booking).await?;
                }
                return Err(error);
            }
        }
    }
    Ok(OrchestrationOutput(bookings))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use azure_functions::bindings::{
        ActivityTrigger,
        durable::{Status, TaskError, World},
    };

    use super::{book, journey};

    fn world(cancelled: &Arc<Mutex<Vec<String>>>) -> World {
        let mut world = World::new();
        let cancelled = Arc::clone(cancelled);
        world
            .activity("book", |part| book(ActivityTrigger(part)))
            .activity("cancel", move |booking: String| {
                cancelled.lock().unwrap().push(booking);
                Ok::<_, TaskError>(())
            });
        world
    }

    #[test]
    fn books() {
        let cancelled = Arc::default();
        let end = world(&cancelled).run("journey", ["train", "hotel"], journey);
        let bookings = ["booking of train", "booking of hotel"].map(str::to_owned);
        assert_eq!(end.output(), Ok(bookings.to_vec()));
        assert!(cancelled.lock().unwrap().is_empty());
    }

    #[test]
    fn takes_back() {
        let cancelled = Arc::default();
        let end = world(&cancelled).run("journey", ["train", "hotel", ""], journey);
        assert_eq!(end.status(), Status::Failed);
        assert_eq!(
            *cancelled.lock().unwrap(),
            ["booking of hotel", "booking of train"]
        );
    }
}
