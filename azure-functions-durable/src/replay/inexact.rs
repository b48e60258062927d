//! What a history from a status page does not say, taken from what the code does.

use std::collections::{BTreeMap, HashMap};

use azure_functions_shared::durable::{
    HistoryEvent, history_event::EventType,
    orchestrator_action::OrchestratorActionType as ActionType,
};
use serde::Deserialize;

/// Ids that the engine makes of the clock, which such a history does not have: those of the history, and the code's in their place.
#[derive(Default)]
pub(super) struct Guesses {
    requests: HashMap<String, String>,
}

/// A request to an entity; its id is the name of the event that answers it.
#[derive(Deserialize)]
struct Request {
    id: String,
}

impl Guesses {
    /// Puts the code's ids into an event.
    pub(super) fn adapt(&mut self, event: &mut HistoryEvent, pending: &BTreeMap<i32, ActionType>) {
        let action = pending.get(&event.event_id);
        match (&mut event.event_type, action) {
            (
                Some(EventType::SubOrchestrationInstanceCreated(created)),
                Some(ActionType::CreateSubOrchestration(part)),
            ) if created.name.eq_ignore_ascii_case(&part.name) => {
                created.instance_id.clone_from(&part.instance_id);
            }
            (Some(EventType::EventSent(sent)), Some(ActionType::SendEvent(sending))) => {
                if let (Some(old), Some(new)) =
                    (request(sent.input.as_ref()), request(sending.data.as_ref()))
                {
                    self.requests.insert(old.id.to_lowercase(), new.id);
                }
                // An operation at some time has the time in its name.
                if sent.name.starts_with("op@") && sending.name.starts_with("op@") {
                    sent.name.clone_from(&sending.name);
                }
            }
            (Some(EventType::EventRaised(raised)), _) => {
                if let Some(id) = self.requests.get(&raised.name.to_lowercase()) {
                    raised.name.clone_from(id);
                }
            }
            _ => {}
        }
    }
}

fn request(text: Option<&String>) -> Option<Request> {
    serde_json::from_str(text?).ok()
}
