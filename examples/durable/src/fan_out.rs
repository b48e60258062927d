//! Fan-out and fan-in: many activities at once, and one result of all of them.

use std::time::Duration;

use azure_functions::{
    bindings::{
        ActivityOutput, ActivityTrigger, DurableOrchestrationContext, OrchestrationOutput,
        durable::{RetryOptions, TaskError, join_all},
    },
    func,
};

/// Counts the words of a text.
#[func]
pub(crate) fn count_words(ActivityTrigger(text): ActivityTrigger<String>) -> ActivityOutput<usize> {
    ActivityOutput(text.split_whitespace().count())
}

/// Counts the words of many texts, each in an activity of its own that is tried three times.
#[func]
pub(crate) async fn count_all(
    ctx: DurableOrchestrationContext<Vec<String>>,
) -> Result<OrchestrationOutput<usize>, TaskError> {
    let retry = RetryOptions::new(3, Duration::from_secs(5));
    let counts = ctx.input().iter().map(|text| {
        ctx.call_activity(count_words, text.clone())
            .retry(retry.clone())
    });
    let sum: Result<usize, TaskError> = join_all(counts).await.into_iter().sum();
    sum.map(OrchestrationOutput)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use azure_functions::bindings::{
        ActivityTrigger,
        durable::{TaskError, World},
    };

    use super::{count_all, count_words};

    #[test]
    fn sums() {
        let mut world = World::new();
        world.activity("count_words", |text| {
            Ok::<_, TaskError>(count_words(ActivityTrigger(text)))
        });
        let end = world.run("count_all", ["one", "two words", ""], count_all);
        assert_eq!(end.output(), Ok(3));
    }

    #[test]
    fn tries_again() {
        let mut world = World::new();
        let mut calls = 0;
        world.activity("count_words", move |_: String| {
            calls += 1;
            if calls == 1 { Err("busy") } else { Ok(1) }
        });
        let end = world.run("count_all", ["one", "two"], count_all);
        assert_eq!(end.output(), Ok(2));
        assert_eq!(end.elapsed(), Duration::from_secs(5));
    }
}
