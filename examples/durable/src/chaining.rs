//! Function chaining: activities one after the other, each with the result of the one before it.

use azure_functions::{
    bindings::{
        ActivityOutput, ActivityTrigger, DurableOrchestrationContext, OrchestrationOutput,
        durable::TaskError,
    },
    func,
};

/// Translates a word.
#[func]
pub(crate) fn translate(ActivityTrigger(word): ActivityTrigger<String>) -> ActivityOutput<String> {
    ActivityOutput(match word.as_str() {
        "Welt" => "world".to_owned(),
        _ => word,
    })
}

/// Greets somebody.
#[func]
pub(crate) fn greet(ActivityTrigger(name): ActivityTrigger<String>) -> ActivityOutput<String> {
    ActivityOutput(format!("Hello, {name}!"))
}

/// Translates a name and greets it.
#[func]
pub(crate) async fn chain(
    ctx: DurableOrchestrationContext<String>,
) -> Result<OrchestrationOutput<String>, TaskError> {
    let name = ctx.call_activity(translate, ctx.input().clone()).await?;
    let greeting = ctx.call_activity(greet, name).await?;
    Ok(OrchestrationOutput(greeting))
}

#[cfg(test)]
mod tests {
    use azure_functions::bindings::{
        ActivityTrigger,
        durable::{TaskError, World, assert_replays},
    };

    use super::{chain, greet, translate};

    #[test]
    fn does_again_what_it_did() {
        let end = assert_replays("tests/histories/chain.json");
        assert_eq!(end.output(), Ok("Hello, world!".to_owned()));
    }

    #[test]
    fn greets() {
        let mut world = World::new();
        world
            .activity("translate", |word| {
                Ok::<_, TaskError>(translate(ActivityTrigger(word)))
            })
            .activity("greet", |name| {
                Ok::<_, TaskError>(greet(ActivityTrigger(name)))
            });
        let end = world.run("chain", "Welt", chain);
        assert_eq!(end.output(), Ok("Hello, world!".to_owned()));
    }

    #[test]
    fn fails_when_an_activity_does() {
        let mut world = World::new();
        world.activity("translate", |_: String| Err::<String, _>("no dictionary"));
        let end = world.run("chain", "Welt", chain);
        assert_eq!(
            end.failure().unwrap().message,
            "activity `translate` failed: no dictionary"
        );
    }
}
