//! Human approval: wait for somebody's answer, and go on without it when the time is up.

use std::time::Duration;

use azure_functions::{
    bindings::{
        ActivityTrigger, DurableOrchestrationContext, OrchestrationOutput, durable::TaskError,
    },
    func,
};

/// How long somebody has to answer.
const PATIENCE: Duration = Duration::from_secs(3 * 24 * 3600);

/// Asks somebody: a real one sends a mail.
#[func]
pub(crate) fn ask(ActivityTrigger(question): ActivityTrigger<String>) {
    tracing::info!("{question}");
}

/// Asks for an approval, and waits for the event `Approval`.
#[func]
pub(crate) async fn approve(
    ctx: DurableOrchestrationContext<String>,
) -> Result<OrchestrationOutput<String>, TaskError> {
    ctx.call_activity(ask, ctx.input().clone()).await?;
    ctx.set_custom_status("waits for an answer")?;
    let answer = ctx
        .wait_for_event::<bool>("Approval")
        .timeout(PATIENCE)
        .await?;
    Ok(OrchestrationOutput(
        match answer {
            Some(true) => "approved",
            Some(false) => "refused",
            None => "nobody answered",
        }
        .to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use azure_functions::bindings::durable::{Status, TaskError, World, assert_replays};

    use super::{PATIENCE, approve};

    #[test]
    fn one_that_waits_goes_on() {
        let end = assert_replays("tests/histories/approve-waiting.json");
        assert_eq!(end.status(), Status::Running);
    }

    #[test]
    fn answers() {
        let hour = Duration::from_secs(3600);
        for (after, answer, expected) in [
            (hour, true, "approved"),
            (hour, false, "refused"),
            (PATIENCE + hour, true, "nobody answered"),
        ] {
            let mut world = World::new();
            world
                .activity("ask", |_: String| Ok::<_, TaskError>(()))
                .raise_event(after, "approval", answer);
            let end = world.run("approve", "May I?", approve);
            assert_eq!(end.output(), Ok(expected.to_owned()));
            assert_eq!(end.custom_status(), Some("waits for an answer".to_owned()));
        }
    }
}
