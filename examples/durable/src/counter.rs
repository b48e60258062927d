//! A counter: an entity, and an orchestrator that uses two of them as one.

use azure_functions::{
    BoxError,
    bindings::{
        DurableEntityContext, DurableOrchestrationContext, EntityOutput, OrchestrationOutput,
    },
    func,
};
use serde::{Deserialize, Serialize};

/// Counts. `add` takes a number, `get` gives the count, `reset` forgets it.
#[func]
pub(crate) fn counter(ctx: &DurableEntityContext<i64>) -> Result<EntityOutput<i64>, BoxError> {
    let count = ctx.state()?.unwrap_or_default();
    let count = match ctx.operation_name().as_str() {
        "add" => count + ctx.input::<i64>()?,
        "get" => return Ok(EntityOutput(count)),
        "reset" => {
            ctx.delete_state();
            return Ok(EntityOutput(0));
        }
        other => return Err(format!("a counter has no operation `{other}`").into()),
    };
    if count < 0 {
        return Err("a counter does not go below zero".into());
    }
    ctx.set_state(&count)?;
    Ok(EntityOutput(count))
}

/// What goes from one counter to another.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Transfer {
    from: String,
    to: String,
    amount: i64,
}

/// Moves an amount from one counter to another. Nobody sees the one changed and the other not.
#[func]
pub(crate) async fn transfer(
    ctx: DurableOrchestrationContext<Transfer>,
) -> Result<OrchestrationOutput<i64>, BoxError> {
    let Transfer { from, to, amount } = ctx.input();
    let from = ctx.entity(counter, from)?;
    let to = ctx.entity(counter, to)?;
    let _lock = ctx.lock_entities([from.clone(), to.clone()]).await?;
    let left: i64 = ctx.call_entity(&from, "add", -amount).await?;
    let _: i64 = ctx.call_entity(&to, "add", amount).await?;
    Ok(OrchestrationOutput(left))
}

#[cfg(test)]
mod tests {
    use azure_functions::bindings::{
        DurableEntityContext,
        durable::{EntityContext, EntityId, Status, World},
    };

    use super::{Transfer, counter, transfer};

    #[test]
    fn operations() {
        for (operation, input, state, expected) in [
            ("add", Some(3), Some(4), Ok(Some(7))),
            ("add", Some(3), None, Ok(Some(3))),
            ("get", None, Some(4), Ok(Some(4))),
            ("reset", None, Some(4), Ok(None)),
            (
                "add",
                Some(-5),
                Some(4),
                Err("a counter does not go below zero"),
            ),
            (
                "double",
                None,
                Some(4),
                Err("a counter has no operation `double`"),
            ),
        ] {
            let id = EntityId::new("counter", "a");
            let context = EntityContext::new(id, operation, input, state).unwrap();
            let result = counter(&context.clone().into());
            let found = result.map(|_| context.state::<i64>().unwrap());
            let found = found.map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{operation}");
        }
    }

    #[test]
    fn transfers() {
        let mut world = World::new();
        world.entity("counter", |ctx: DurableEntityContext<i64>| {
            // Each has something to give.
            if ctx.state()?.is_none() {
                ctx.set_state(&10)?;
            }
            counter(&ctx)
        });
        let amount = |amount| Transfer {
            from: "a".to_owned(),
            to: "b".to_owned(),
            amount,
        };
        let end = world.run("transfer", amount(4), transfer);
        assert_eq!(end.output(), Ok(6));
        let end = world.run("transfer", amount(11), transfer);
        assert_eq!(end.status(), Status::Failed);
    }
}
