//! Turns of orchestrators and batches of entities: a message in base64 to the worker, and one back.

use azure_functions_shared::durable::{
    EntityBatchResult, OrchestratorResponse, TaskFailureDetails,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use prost::Message;
use serde_json::json;

use super::{
    activity::details_of,
    dispatch::{Dispatch, Failure},
    encoded,
};
use crate::{
    event::Level,
    invoke::Answer,
    store::durable::{Batch, Turn},
    wire::Output,
};

/// The category of what is said about orchestrations and entities.
const CATEGORY: &str = "Host.Triggers.DurableTask";

impl Dispatch {
    /// Has an orchestrator take its turn.
    pub(super) async fn turn(&self, mut turn: Turn) {
        let name = turn.name.clone();
        let plan = match self.registry.orchestrator(&name) {
            Ok(plan) => plan,
            Err(problem) => {
                self.say(Level::Error, &problem);
                let output = json!({ "message": problem });
                return self.hub.fail_turn(&turn, output.to_string());
            }
        };
        let event = encoded(BASE64.encode(turn.request().encode_to_vec()));
        let answer = match self.call(plan, "an orchestration goes on", event).await {
            Ok(answer) => answer,
            Err(Failure::Lost(error)) => {
                self.say(
                    Level::Warning,
                    &format!(
                        "the turn of the instance `{}` of `{name}` was lost, and comes again: {error}",
                        turn.instance_id
                    ),
                );
                return self.hub.abandon_turn(&turn);
            }
            Err(Failure::Failed(error)) => {
                return self.refuse(&turn, &error.to_string());
            }
        };
        let response = match decode::<OrchestratorResponse>(&answer) {
            Ok(response) => response,
            Err(problem) => return self.refuse(&turn, &problem),
        };
        if response.requires_history {
            return self.hub.abandon_turn(&turn);
        }
        if let Err(problem) = self.hub.end_turn(&turn, response) {
            self.refuse(&turn, &problem);
        }
    }

    /// Fails an instance whose orchestrator gave no answer that can be read.
    fn refuse(&self, turn: &Turn, problem: &str) {
        let message = format!(
            "Function '{}' failed with an unhandled exception.",
            turn.name
        );
        self.say(
            Level::Error,
            &format!("the instance `{}` has failed: {problem}", turn.instance_id),
        );
        let output = json!({ "message": message, "details": problem });
        self.hub.fail_turn(turn, output.to_string());
    }

    /// Has an entity do what it is asked for.
    pub(super) async fn batch(&self, batch: Batch) {
        let failure = |error_type: &str, message: String| TaskFailureDetails {
            error_type: error_type.to_owned(),
            error_message: message,
            ..TaskFailureDetails::default()
        };
        let plan = match self.registry.entity(batch.name()) {
            Ok(plan) => plan,
            Err(problem) => {
                self.say(Level::Error, &problem);
                let failure = failure("EntityNotFound", problem);
                return self.hub.fail_batch(&batch, &failure);
            }
        };
        let event = encoded(BASE64.encode(batch.request().encode_to_vec()));
        let answer = match self.call(plan, "an entity is asked", event).await {
            Ok(answer) => answer,
            Err(Failure::Lost(error)) => {
                self.say(
                    Level::Warning,
                    &format!(
                        "operations of `{}` were lost, and come again: {error}",
                        batch.id
                    ),
                );
                return self.hub.abandon_batch(&batch);
            }
            Err(Failure::Failed(error)) => {
                let failure = details_of(plan.name(), &error);
                return self.hub.fail_batch(&batch, &failure);
            }
        };
        match decode::<EntityBatchResult>(&answer) {
            Ok(result) if result.requires_state => self.hub.abandon_batch(&batch),
            Ok(result) => self.hub.end_batch(&batch, result),
            Err(problem) => {
                self.say(
                    Level::Error,
                    &format!("the operations of `{}` have failed: {problem}", batch.id),
                );
                let failure = failure("InvalidAnswer", problem);
                self.hub.fail_batch(&batch, &failure);
            }
        }
    }

    fn say(&self, level: Level, text: &str) {
        self.surroundings.events.host(level, CATEGORY, text);
    }
}

/// The message that a function has returned.
fn decode<M: Message + Default>(answer: &Answer) -> Result<M, String> {
    let Some(Output::Text(text)) = answer.values().return_value() else {
        return Err(
            "the function returned no text; return the message in base64 as `string`".to_owned(),
        );
    };
    if text.is_empty() {
        return Err("the function returned an empty text; return the message in base64".to_owned());
    }
    let bytes = BASE64.decode(text).map_err(|error| {
        format!("the function returned no base64 ({error}); encode the message")
    })?;
    M::decode(bytes.as_slice()).map_err(|error| {
        format!("the function returned no message of the protocol ({error}); check its versions")
    })
}
