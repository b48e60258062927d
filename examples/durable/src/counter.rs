//! A counter: an entity, and an orchestrator that uses two of them as one.

use azure_functions::{
    BoxError,
    bindings::{DurableOrchestrationContext, OrchestrationOutput, durable::EntityRef},
    func,
};
use serde::{Deserialize, Serialize};

/// The state of a counter: its count.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Counter(i64);

/// What a counter can do: each method is an operation.
#[func]
impl Counter {
    /// Counts, and gives the new count. A failure leaves the counter as it was.
    pub(crate) fn add(&mut self, amount: i64) -> Result<i64, BoxError> {
        self.0 += amount;
        if self.0 < 0 {
            return Err("a counter does not go below zero".into());
        }
        Ok(self.0)
    }

    /// The count.
    pub(crate) fn get(&self) -> i64 {
        self.0
    }

    /// Deletes the counter, and gives its last count.
    pub(crate) fn reset(self) -> i64 {
        self.0
    }
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
    let from = EntityRef::<Counter>::new(from);
    let to = EntityRef::<Counter>::new(to);
    let _lock = ctx.lock_entities([&from, &to]).await?;
    let left = ctx.call_operation(&from, Counter::add, -amount).await?;
    ctx.call_operation(&to, Counter::add, *amount).await?;
    Ok(OrchestrationOutput(left))
}

/// Empties a counter into another, and deletes it.
#[func]
pub(crate) async fn merge(
    ctx: DurableOrchestrationContext<(String, String)>,
) -> Result<OrchestrationOutput<i64>, BoxError> {
    let (from, to) = ctx.input();
    let from = EntityRef::<Counter>::new(from);
    let to = EntityRef::<Counter>::new(to);
    let rest = ctx.call_operation(&from, Counter::reset, ()).await?;
    let sum = ctx.call_operation(&to, Counter::add, rest).await?;
    Ok(OrchestrationOutput(sum))
}

#[cfg(test)]
mod tests {
    use azure_functions::bindings::durable::{Status, World};

    use super::{Counter, Transfer, merge, transfer};

    #[test]
    fn operations() {
        let mut counter = Counter::default();
        assert_eq!(counter.add(4).unwrap(), 4);
        assert!(counter.add(-5).is_err());
        assert_eq!(Counter(7).get(), 7);
        assert_eq!(Counter(7).reset(), 7);
    }

    #[test]
    fn transfers() {
        let mut world = World::new();
        world.entity_of::<Counter>().entity_state("a", &Counter(10));
        let amount = |amount| Transfer {
            from: "a".to_owned(),
            to: "b".to_owned(),
            amount,
        };
        let end = world.run("transfer", amount(4), transfer);
        assert_eq!(end.output(), Ok(6));
        assert_eq!(end.entity::<Counter>("b"), Some(Counter(4)));

        let end = world.run("transfer", amount(11), transfer);
        assert_eq!(end.status(), Status::Failed);
        assert_eq!(end.entity::<Counter>("a"), Some(Counter(10)));
        assert_eq!(end.entity::<Counter>("b"), None);
    }

    #[test]
    fn merges() {
        let mut world = World::new();
        world
            .entity_of::<Counter>()
            .entity_state("a", &Counter(10))
            .entity_state("b", &Counter(5));
        let end = world.run("merge", ("a", "b"), merge);
        assert_eq!(end.output(), Ok(15));
        assert_eq!(end.entity::<Counter>("a"), None);
    }
}
