//! The steps of several journeys, in order: each journey is a session.

use azure_functions::{
    Context,
    bindings::{ServiceBusTrigger, service_bus::SettleError},
    func,
};

/// Adds each message of `steps` to what its session remembers.
///
/// # Errors
///
/// The host does not keep the state of the session.
#[func]
async fn step(
    #[binding(queue_name = "steps", is_sessions_enabled = true)] step: ServiceBusTrigger,
    context: Context,
) -> Result<(), SettleError> {
    let Some(session) = step.session(&context) else {
        return Ok(());
    };
    let state = session.state().await?;
    let journey = match str::from_utf8(&state) {
        Ok("") | Err(_) => step.message,
        Ok(before) => format!("{before}, {}", step.message),
    };
    tracing::info!("{}: {journey}", session.id());
    session.set_state(journey).await
}

#[cfg(test)]
mod tests {
    use azure_functions::bindings::service_bus::Settlements;

    use super::*;

    #[tokio::test]
    async fn remembers() {
        let settlements = Settlements::new();
        for text in ["home", "abroad"] {
            let mut message = ServiceBusTrigger::new(text.to_owned());
            message.session_id = Some("a".to_owned()).into();
            step(message, settlements.context("step")).await.unwrap();
        }
        assert_eq!(settlements.session_state("a"), "home, abroad");
        let alone = ServiceBusTrigger::new("nowhere".to_owned());
        step(alone, settlements.context("step")).await.unwrap();
    }
}
